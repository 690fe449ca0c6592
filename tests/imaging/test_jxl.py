"""JPEG XL: pixels, orientation, profiles, transcoded JPEG files, limits, damage."""

import base64
import io
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from monoprint.errors import Refused, Unread, Unreadable, Unsupported
from monoprint.fingerprints import pixels
from monoprint.imaging import metadata
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.facts import facts
from monoprint.imaging.normalize import canonical_frames, oriented_size

pylibjxl = pytest.importorskip("pylibjxl")

# Drawn by formulas and encoded by imagecodecs 2026.3.6, since pylibjxl writes neither: three frames
# of 8 x 8, and 16 bits a channel.
ANIMATED = base64.b64decode(
    "/wpBBE0AICYIBAEANANLKDLdjJ2Owvh7+62goKDkomBkFNHsGBUdEcOIqBijY/DisU0xBhPDGIOBGGMYYzS2KsZgVmN0"
    "jDEixiDH4ECM0TgjxuB0bETEBeIHqLlAn1iDImq22VZWKLaVbWRbmRTXRraVbc1zZFvZRraVeZBtZbPNrpHRHryq1zmj"
)
WIDE = base64.b64decode(
    "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAAF5anhsY/8KQfADULQICAQBAIwFSzhC9XId"
    "+FEYv7/C+P8VFJSSFBSMNDtGRUfEMCIqxugYvHjaQBhjcKFjjGF0rNXoVjEGGwtjDAZijGGM0ReIH4DTTAUA0AMXfwbo"
    "PwP03wZouG6A/tsADdB/OEADNECrHP/hAA3QAP1XAzRAk7wB9B8O0AAN0H81QF9jATRA/+EADdAA/VdLqwE0QAP0Hw7Q"
    "AA3QYfl/NUADNED/4QAN0ABtrPSHAzRA/22ABui/rWgJ0H8G6D8DGsX0z4D+OaC/naYQoD//doD++bcD7s/LeL792wH3"
    "59/+7UNRAPrzn3874P7827+99BgQ//zzbwfQn/988+HbAe7PP/92QHzN7PPPvx2w/vzznw8PA9yff/7tgPjnnwMCAujP"
    "fw64Pwfoz18gAP355z+/AP75t+9Hffufj1N/+59/e5Hgn387eMyffzvAwrf//OfstJ9/7ntZwKHsFk7O0oVW5jUD8xoA"
    "3gADAA=="
)


@pytest.fixture(scope="module")
def jxl():
    """Return a function that stores an image as JPEG XL, without loss if not told otherwise."""

    def store(image, **options):
        return pylibjxl.encode(np.asarray(image), **({"lossless": True} | options))

    return store


@pytest.fixture(scope="module")
def taken(picture, encode):
    """A JPEG as a camera that was held upright stores it, with its maker's name."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Acme"
    return encode(picture, "JPEG", quality=90, exif=exif.tobytes())


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_decodes_to_the_picture_drawn(mode, picture, jxl, recipe, apart):
    stored = picture.convert(mode)
    assert apart(recipe(jxl(stored)), stored) == 0


def test_a_lossy_picture_is_close_to_the_one_drawn(picture, jxl, recipe, apart):
    stored = picture.convert("L")
    assert apart(recipe(jxl(stored, lossless=False, distance=1.0)), stored) < 2


def test_format_and_size_are_told_without_decoding(picture, jxl, monkeypatch):
    data = jxl(picture)
    monkeypatch.setattr("monoprint.imaging.jxl.JxlImage._decode", lambda _: pytest.fail("decoded"))
    opened = open_picture(data, "a.jxl")
    assert (opened.format, opened.image.size, opened.frames) == ("JXL", (96, 64), 1)
    assert opened.notes == []
    assert open_picture(data, "a.jpg").notes == ["named .jpg but is JXL"]


def test_equal_pixels_have_one_identity_whatever_the_file(picture, jxl, encode):
    identities = {
        pixels.identity(open_picture(data, "")) for data in (jxl(picture), encode(picture, "PNG"))
    }
    assert len(identities) == 1


def test_a_transcoded_jpeg_is_told_and_has_the_pixels_of_the_jpeg(taken):
    data = pylibjxl.jpeg_to_jxl(taken)
    opened = open_picture(data, "a.jxl")
    assert opened.notes == ["a JPEG file transcoded without loss"]
    assert pixels.identity(opened) == pixels.identity(open_picture(taken, "a.jpg"))
    assert facts(open_picture(data, "")).lossless is False


def test_a_transcoded_jpeg_is_turned_upright_once(picture, taken, recipe, apart):
    data = pylibjxl.jpeg_to_jxl(taken)
    opened = open_picture(data, "")
    assert oriented_size(opened.image) == (64, 96)
    assert apart(recipe(data), picture.transpose(Image.Transpose.ROTATE_270)) < 4
    assert metadata.facts(open_picture(data, ""))["exif.Make"] == "Acme"


def test_the_exif_orientation_of_a_picture_is_for_information_alone(picture, jxl, recipe, apart):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Acme"
    data = jxl(picture, exif=exif.tobytes())
    assert apart(recipe(data), picture) == 0
    told = facts(open_picture(data, ""))
    assert (told.width, told.height, told.orientation, told.camera) == (96, 64, 6, "Acme")


def test_a_colour_profile_is_used(picture, profile, jxl, recipe, apart):
    data = jxl(picture, icc=profile())
    out = io.BytesIO()
    picture.save(out, "PNG", icc_profile=profile())
    assert apart(recipe(data), Image.fromarray(recipe(out.getvalue()))) < 1
    assert apart(recipe(data), picture) > 10


def test_sixteen_bits_are_read_and_have_no_identity_of_pixels(recipe):
    shown = recipe(WIDE)
    assert shown.shape == (8, 8, 3)
    assert shown[0, 7].tolist() == [round(56000 / 257), 0, 0]
    with pytest.raises(Refused, match="more than the 8 bits"):
        list(canonical_frames(open_picture(WIDE, "")))


def test_an_animation_is_not_read_as_a_picture():
    with pytest.raises(Unsupported, match="animation"):
        open_picture(ANIMATED, "a.jxl")


def test_the_pixel_limit_is_told_from_the_header(picture, jxl, monkeypatch):
    data = jxl(picture)
    monkeypatch.setattr("monoprint.imaging.limits.MAX_PIXELS", 96 * 64 - 1)
    with pytest.raises(Refused, match="pixel limit"):
        open_picture(data, "")


def test_a_missing_package_is_named(picture, jxl, hidden):
    data = jxl(picture)
    hidden("pylibjxl")
    with pytest.raises(Unsupported, match=r"^JPEG XL picture; pip install 'monoprint\[jxl\]'$"):
        open_picture(data, "a.jxl")


def test_a_cut_file_is_unreadable(picture, jxl, taken, recipe):
    for data in (jxl(picture), pylibjxl.jpeg_to_jxl(taken)):
        for kept in (16, 40, len(data) // 2, len(data) - 5):
            with pytest.raises(Unreadable), guarded():
                recipe(data[:kept])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_a_picture_or_unread(paint, recipe, draws):
    image = np.asarray(paint(32, 24))
    whole = draws.draw(st.sampled_from([
        pylibjxl.encode(image, lossless=True), pylibjxl.encode(image, distance=2.0), WIDE, ANIMATED,
    ]))  # fmt: skip
    data = bytearray(whole[: draws.draw(st.integers(2, len(whole)))])
    for _ in range(draws.draw(st.integers(0, 3))):
        data[draws.draw(st.integers(0, len(data) - 1))] = draws.draw(st.integers(0, 255))
    with suppress(Unread), guarded():
        assert recipe(bytes(data)).size > 0
