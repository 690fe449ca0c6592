"""What a file says of itself; hostile EXIF says nothing and breaks nothing."""

import io
import struct

import pytest
from PIL import Image

from monoprint.imaging.decode import open_picture
from monoprint.imaging.facts import facts


def told(data, name=""):
    return facts(open_picture(data, name))


def tagged(orientation=1, make="Nikon", **inner):
    """Return EXIF with a camera and an Exif directory of these tags by number."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = make, "D750", orientation
    exif[0x8769] = {int(tag.removeprefix("t"), 16): value for tag, value in inner.items()}
    return exif.tobytes()


MOMENT = {"t9003": "2024:05:06 07:08:09", "t9291": "42", "tA431": "6012345"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_is_read_from_every_kind(kind, picture, encode):
    found = told(encode(picture, kind, exif=tagged(**MOMENT)))
    assert found.format == kind
    assert found.taken == "2024:05:06 07:08:09.42"
    assert found.camera == "Nikon D750 6012345"


def test_a_maker_that_the_model_names_is_told_once(picture, encode):
    assert (
        told(encode(picture, "JPEG", exif=tagged(make="d750", **MOMENT))).camera == "D750 6012345"
    )


def test_a_plain_file_says_little(picture, encode):
    found = told(encode(picture, "PNG"))
    assert (found.taken, found.camera, found.orientation) == ("", "", 1)
    assert (found.width, found.height, found.quality) == (96, 64, None)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sizes_are_those_of_the_upright_picture(orientation, picture, encode):
    found = told(encode(picture, "JPEG", exif=tagged(orientation)))
    assert found.orientation == orientation
    assert (found.width, found.height) == ((64, 96) if orientation >= 5 else (96, 64))


def test_a_clock_that_was_never_set_says_nothing(picture, encode):
    for moment in ("0000:00:00 00:00:00", "    :  :     :  :  ", ""):
        exif = tagged(t9003=moment, t9291="12")
        assert told(encode(picture, "JPEG", exif=exif)).taken == ""


@pytest.mark.parametrize("quality", [1, 5, 20, 49, 50, 51, 75, 90, 95, 100])
def test_the_quality_is_that_which_was_asked_for(quality, picture, encode):
    assert told(encode(picture, "JPEG", quality=quality)).quality == quality
    assert told(encode(picture.convert("L"), "JPEG", quality=quality)).quality == quality


def test_tables_of_others_get_the_nearest_quality(picture, encode):
    flat = encode(picture, "JPEG", qtables=[[8] * 64, [8] * 64])
    assert 85 <= told(flat).quality <= 97


def test_what_keeps_every_sample_is_lossless(picture, encode):
    def lossless(kind, **options):
        return told(encode(picture, kind, **options)).lossless

    assert lossless("PNG")
    assert lossless("TIFF")
    assert lossless("TIFF", compression="tiff_lzw")
    assert not lossless("TIFF", compression="jpeg")
    assert lossless("WEBP", lossless=True)
    assert not lossless("WEBP", quality=80)
    assert not lossless("JPEG")
    assert not lossless("AVIF")


def test_webp_of_several_frames_is_looked_into(picture, encode):
    def frames(**options):
        more = [picture.rotate(9)]
        return told(encode(picture, "WEBP", save_all=True, append_images=more, **options))

    assert frames(lossless=True).lossless
    assert not frames(quality=80).lossless


def test_webp_chunks_that_lead_nowhere_end(picture, encode):
    data = encode(picture, "WEBP", lossless=True, exif=tagged(**MOMENT))
    opened = open_picture(data, "")
    for broken in (b"", data[:14], data[:12] + b"XXXX\0\0\0\0" * 9000):
        opened.data = broken
        assert not facts(opened).lossless


# Hostile EXIF


def jpeg_with(exif, encode, picture, with_segment):
    return with_segment(encode(picture, "JPEG"), 0xE1, b"Exif\0\0" + exif)


def directory(*entries):
    table = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\0\x08\0\0\0" + table


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"II",
        b"XX*\0\x08\0\0\0",
        b"II*\0\xff\xff\xff\xff",
        directory(struct.pack("<HHII", 0x8769, 4, 1, 8)),  # the Exif directory is this one
        directory(struct.pack("<HHII", 0x8769, 4, 1, 0xFFFFFFF0)),
        directory(struct.pack("<HHII", 0x8769, 2, 5, 9)),
        directory(struct.pack("<HHII", 0x010F, 2, 0xFFFFFFFF, 8)),
        directory(struct.pack("<HHII", 0x0112, 5, 1, 26)),
        directory(struct.pack("<HHII", 0x0112, 12, 1, 26)),
        struct.pack("<4sIH", b"II*\0", 8, 0xFFFF) + b"\x12" * 400,
    ],
)
def test_broken_exif_says_nothing(exif, encode, picture, with_segment):
    found = told(jpeg_with(exif, encode, picture, with_segment))
    assert (found.taken, found.camera) == ("", "")
    assert 1 <= found.orientation <= 8
    assert (found.width, found.height) in {(96, 64), (64, 96)}


def test_texts_are_short_printable_and_on_one_line(picture, encode):
    exif = tagged(make="Ni\nkon\x1b[31m\0\u202e" + "x" * 5000, **MOMENT)
    camera = told(encode(picture, "JPEG", exif=exif)).camera
    assert camera.startswith("Ni kon")
    assert camera.isprintable()
    assert len(camera) < 200


def test_a_tag_of_the_wrong_type_says_nothing(picture, encode):
    exif = tagged(t9003=7, t9291=(1, 2), tA431=3.5)
    found = told(encode(picture, "JPEG", exif=exif))
    assert (found.taken, found.camera) == ("", "Nikon D750")


def test_asking_twice_gives_the_same(picture, encode):
    opened = open_picture(encode(picture, "JPEG", exif=tagged(6, **MOMENT)), "")
    assert facts(opened) == facts(opened)


def test_pixels_can_be_had_afterwards(picture, encode):
    out = io.BytesIO(encode(picture, "WEBP", exif=tagged(**MOMENT)))
    opened = open_picture(out.getvalue(), "")
    facts(opened)
    opened.image.load()
