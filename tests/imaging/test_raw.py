"""Camera raw: the preview proposes, the development is compared; formats, turns, limits, damage."""

import io
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from monoprint.errors import Refused, Unread, Unreadable, Unsupported
from monoprint.imaging import metadata, normalize, raw
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.facts import facts
from monoprint.imaging.normalize import canonical_frames, recipe_pixels
from tests.cameras import dng, jpeg

pytest.importorskip("rawpy")


@pytest.fixture(scope="module")
def shot(paint):
    return paint(1200, 800)


@pytest.fixture(scope="module")
def other(paint):
    """Another picture of the same shape, to see which of two was looked at."""
    return paint(1200, 800).convert("L").convert("RGB")


def proposed(data):
    opened = open_picture(data, "")
    return recipe_pixels(opened, opened.image)


def compared(data):
    return normalize.picture(open_picture(data, ""), 0, 512)


def at_512(image):
    small = image.copy()
    small.thumbnail((512, 512))
    return small


def test_format_and_size_are_told_without_developing(shot, monkeypatch):
    data = dng(shot, jpeg(shot))
    monkeypatch.setattr("monoprint.imaging.raw.RawImage._decode", lambda _: pytest.fail("decoded"))
    opened = open_picture(data, "a.dng")
    assert (opened.format, opened.image.size, opened.frames, opened.notes) == (
        "DNG", (1200, 800), 1, [],
    )  # fmt: skip
    assert open_picture(data, "a.tif").notes == ["named .tif but is DNG"]


def test_the_preview_proposes_and_the_development_is_compared(shot, other, apart):
    data = dng(shot, jpeg(other))
    assert apart(proposed(data), at_512(other)) < 4
    assert apart(compared(data), at_512(shot)) < 2
    ((frame, colours),) = canonical_frames_of(data)
    assert colours == "sRGB"
    assert apart(frame, shot) < 4


def canonical_frames_of(data):
    """Return all frames in full, past the refusal that a raw file has no identity of pixels."""
    opened = open_picture(data, "")
    return [(opened.image, "sRGB")]


def test_a_raw_file_has_no_identity_of_pixels(shot):
    with pytest.raises(Refused, match="DNG file may hold more"):
        list(canonical_frames(open_picture(dng(shot), "")))


def test_people_see_the_preview(shot, other, apart):
    shown = normalize.thumbnail(open_picture(dng(shot, jpeg(other)), ""), 512)
    with Image.open(io.BytesIO(shown)) as image:
        assert apart(np.asarray(image.convert("RGB")), at_512(other)) < 6


def test_a_whole_preview_does_not_make_cut_samples_whole(shot):
    preview = jpeg(shot)
    data = dng(shot, preview)
    ahead = dng(shot, preview, preview_first=True)
    assert open_picture(ahead, "").format == "DNG"
    for cut in (data[: -len(preview) - 2], ahead[:-2], ahead[: len(ahead) // 2]):
        with pytest.raises(Unreadable, match="truncated: the sensor's samples end"), guarded():
            proposed(cut)


@pytest.mark.parametrize(
    "preview",
    [None, (320, 214), (1200, 900), (1200, 1200)],
    ids=["none", "small", "wrong shape", "square"],
)
def test_without_a_preview_that_will_do_it_is_developed(preview, shot, other, apart):
    data = dng(shot, None if preview is None else jpeg(other.resize(preview)))
    assert apart(proposed(data), at_512(shot)) < 2


def test_with_a_preview_that_is_cut_it_is_developed(shot, other, apart):
    preview = jpeg(other)
    data = dng(shot, preview)[: -len(preview) // 2]
    assert apart(proposed(data), at_512(shot)) < 2


@pytest.mark.parametrize(
    ("orientation", "turn", "preview_upright"),
    [
        (3, Image.Transpose.ROTATE_180, False),
        (6, Image.Transpose.ROTATE_270, False),
        (6, Image.Transpose.ROTATE_270, True),
        (8, Image.Transpose.ROTATE_90, False),
        (8, Image.Transpose.ROTATE_90, True),
    ],
)
def test_turned_upright_as_preview_and_as_development(
    orientation, turn, preview_upright, shot, apart
):
    upright = shot.transpose(turn)
    data = dng(shot, jpeg(upright if preview_upright else shot), orientation)
    opened = open_picture(data, "")
    assert normalize.oriented_size(opened.image) == upright.size
    assert apart(proposed(data), at_512(upright)) < 4
    assert apart(compared(data), at_512(upright)) < 2


def test_the_preview_is_converted_by_its_profile(shot, profile, apart):
    data = dng(shot, jpeg(shot, icc_profile=profile()))
    plain = open_picture(jpeg(shot, icc_profile=profile()), "")
    assert apart(proposed(data), Image.fromarray(recipe_pixels(plain, plain.image))) < 1
    assert apart(proposed(data), at_512(shot)) > 10


def test_the_same_file_is_developed_the_same(shot):
    data = dng(shot)
    assert (compared(data) == compared(data)).all()


def test_brightness_is_that_of_the_sensor_not_of_the_picture(shot, apart):
    """A dark picture stays dark: nothing is stretched to what the picture happens to hold."""
    dark = shot.point(lambda value: value // 4)
    assert apart(compared(dng(dark)), at_512(dark)) < 2


@pytest.mark.parametrize(
    ("make", "name"),
    [("NIKON CORPORATION", "NEF"), ("SONY", "ARW"), ("PENTAX", "PEF"), ("Samsung", "SRW"),
     ("Acme", "RAW"), ("Hasselblad", "3FR")],
)  # fmt: skip
def test_tiff_of_a_sensor_is_named_by_its_maker(make, name, shot):
    assert raw.kind(dng(shot, jpeg(shot), make=make, version=False)) == name
    assert raw.kind(dng(shot, jpeg(shot), make=make)) == "DNG"


@pytest.mark.parametrize(
    ("head", "name"),
    [(b"FUJIFILMCCD-RAW 0201", "RAF"), (b"IIU\0\x18\0\0\0", "RW2"), (b"IIRO\x08\0\0\0", "ORF"),
     (b"\0\0\0\x18ftypcrx ", "CR3"), (b"II*\0\x10\0\0\0CR\2\0", "CR2"), (b"FOVb", "X3F"),
     (b"II\x1a\0\0\0HEAPCCDR", "CRW"), (b"\0MRM", "MRW"), (b"II*\0\x08\0\0\0IIII", "IIQ")],
)  # fmt: skip
def test_other_formats_are_told_by_their_signature(head, name):
    assert raw.kind(head + bytes(64)) == name
    with pytest.raises(Unread), guarded():
        open_picture(head + bytes(64), "")


@pytest.mark.parametrize("kind", ["TIFF", "JPEG", "PNG"])
def test_pictures_are_not_taken_for_raw_files(kind, picture, encode):
    exif = Image.Exif()
    exif[0x010F] = "NIKON CORPORATION"
    assert raw.kind(encode(picture, kind, exif=exif.tobytes())) is None


def test_a_raw_file_is_never_read_as_the_thumbnail_in_it(shot, hidden):
    data = dng(shot, jpeg(shot))
    hidden("rawpy")
    message = r"^camera raw \(DNG\); pip install 'monoprint\[raw\]'$"
    with pytest.raises(Unsupported, match=message):
        open_picture(data, "a.dng")


def test_what_the_file_says_of_itself(shot):
    data = dng(shot, jpeg(shot), orientation=6)
    told = facts(open_picture(data, ""))
    assert (told.format, told.width, told.height) == ("DNG", 800, 1200)
    assert (told.camera, told.orientation) == ("Acme One", 6)
    assert metadata.facts(open_picture(data, ""))["exif.Model"] == "One"


def test_the_sensor_limit_is_told_before_the_samples_are_unpacked(shot, monkeypatch):
    data = dng(shot)
    monkeypatch.setattr("monoprint.imaging.limits.MAX_RAW_PIXELS", 1200 * 800 - 1)
    with pytest.raises(Refused, match="pixel limit: a sensor of more than 959,999 pixels"):
        open_picture(data, "")


def test_a_very_large_sensor_is_developed_at_half_its_size(shot, monkeypatch, apart):
    monkeypatch.setattr("monoprint.imaging.limits.MAX_DEVELOPED_PIXELS", 1200 * 800 - 1)
    opened = open_picture(dng(shot), "")
    assert facts(opened).width == 1200
    assert apart(normalize.picture(opened, 0, 512), at_512(shot)) < 2
    assert opened.image.size == (600, 400)


def test_cut_samples_are_unreadable(shot):
    data = dng(shot)
    with pytest.raises(Unreadable), guarded():
        compared(data[: len(data) // 2])


# Where a small file's directories are.
DIRECTORIES = 900


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_file_is_a_picture_or_unread(paint, draws):
    small = dng(paint(64, 48), jpeg(paint(64, 48)))
    data = bytearray(small[: draws.draw(st.integers(DIRECTORIES, len(small)))])
    for _ in range(draws.draw(st.integers(0, 3))):
        at = st.integers(8, DIRECTORIES - 1) | st.integers(8, len(data) - 1)
        data[draws.draw(at)] = draws.draw(st.integers(0, 255))
    with suppress(Unread), guarded():
        assert proposed(bytes(data)).size > 0
        assert compared(bytes(data)).size > 0
