"""The limits stop a file before its cost is paid, and the reason names the limit."""

import struct
import zlib

import pytest
from PIL import Image

from monoprint.errors import Refused, Unreadable, Unsupported
from monoprint.imaging import limits
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.normalize import recipe_frames


@pytest.fixture
def limit(monkeypatch):
    """Return a function that sets one limit for this test."""

    def put(name, value):
        assert hasattr(limits, name)
        monkeypatch.setattr(limits, name, value)

    return put


KINDS = ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_pixel_limit_is_told_from_the_header(kind, picture, encode, limit):
    data = encode(picture, kind)
    limit("MAX_PIXELS", 96 * 64)
    assert open_picture(data, "").image.size == (96, 64)
    limit("MAX_PIXELS", 96 * 64 - 1)
    with pytest.raises(Refused, match="pixel limit: more than 6,143 pixels"):
        open_picture(data, "")


def test_no_pixel_is_decoded_for_the_pixel_limit(picture, encode, limit, monkeypatch):
    data = encode(picture, "PNG")
    limit("MAX_PIXELS", 10)

    def load(_):
        pytest.fail("decoded")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", load)
    with pytest.raises(Refused):
        open_picture(data, "")


def test_every_page_is_held_against_the_pixel_limit(picture, encode, limit):
    pages = [picture.resize((10, 10)), picture.copy()]
    opened = open_picture(encode(pages[0], "TIFF", save_all=True, append_images=pages[1:]), "")
    limit("MAX_PIXELS", 100)
    with pytest.raises(Refused, match="pixel limit"):
        list(recipe_frames(opened))


@pytest.mark.parametrize(
    ("kind", "mode", "a_pixel"),
    [("PNG", "L", 1), ("PNG", "RGB", 4), ("PNG", "RGBA", 4), ("PNG", "I;16", 2), ("TIFF", "F", 4),
     ("TIFF", "CMYK", 4), ("PNG", "LA", 2)],
)  # fmt: skip
def test_the_decoded_bytes_limit(kind, mode, a_pixel, encode, limit):
    data = encode(Image.new(mode, (30, 20)), kind)
    limit("MAX_DECODED_BYTES", 600 * a_pixel)
    assert open_picture(data, "").image.mode == mode
    limit("MAX_DECODED_BYTES", 600 * a_pixel - 1)
    with pytest.raises(Refused, match="memory limit: 30 x 20 pixels"):
        open_picture(data, "")


def test_jpeg_is_decoded_scaled_and_exempt_from_the_decoded_bytes_limit(picture, encode, limit):
    limit("MAX_DECODED_BYTES", 1)
    assert open_picture(encode(picture, "JPEG"), "").format == "JPEG"


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP"])
def test_frames_over_the_limit_are_counted_and_said(kind, paint, encode, limit):
    frames = [paint(seed=seed) for seed in range(5)]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    limit("MAX_FRAMES", 5)
    assert open_picture(data, "").notes == []
    limit("MAX_FRAMES", 2)
    opened = open_picture(data, "")
    assert (opened.frames, opened.read_frames) == (5, 2)
    assert opened.notes == ["3 of 5 frames not compared"]
    assert [number for number, _ in recipe_frames(opened)] == [0, 1]


def test_counting_pages_ends(paint, encode, limit):
    pages = [paint(8, 8, seed=seed) for seed in range(6)]
    data = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    limit("MAX_COUNTED_FRAMES", 4)
    assert open_picture(data, "").frames == 4


def test_scans_of_a_progressive_jpeg(picture, encode, limit):
    data = encode(picture, "JPEG", progressive=True)
    count = data.count(b"\xff\xda")
    assert count > 5
    limit("MAX_SCANS", count)
    assert open_picture(data, "").format == "JPEG"
    limit("MAX_SCANS", count - 1)
    with pytest.raises(Refused, match=rf"scan limit: {count} JPEG scans, more than {count - 1}"):
        open_picture(data, "")


def test_scans_of_a_sequential_jpeg(paint, one_by_one, limit):
    """Sequential files may repeat scans too, and each costs a pass over the picture."""
    data = one_by_one(paint(), repeats=5)
    limit("MAX_SCANS", 15)
    assert open_picture(data, "").format == "JPEG"
    limit("MAX_SCANS", 14)
    with pytest.raises(Refused, match="scan limit"):
        open_picture(data, "")


# Headers that lie


def png_header(width, height, depth=8, colour=2):
    def chunk(kind, data):
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9))
        + chunk(b"IEND", b"")
    )


def jpeg_header(data, width, height):
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def bmp_header(width, height):
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 64, 0, 0, 54, 40, width, height, 1, 24, *[0] * 6)


def gif_header(width, height):
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\x80\0\0" + bytes(6) + b"," + bytes(4) + size + b"\0\x02\x01\0\0;"


@pytest.mark.parametrize(
    "data",
    [
        png_header(60_000, 60_000),
        png_header(2**31 - 1, 2**31 - 1),
        png_header(60_000, 60_000, 1, 0),
        png_header(600_000_001, 1),
        bmp_header(2**31 - 1, 2**31 - 1),
        gif_header(65_535, 65_535),
        b"P6 999999 999999 255\n",
    ],
)
def test_huge_sizes_are_refused(data):
    with pytest.raises(Refused, match="pixel limit"), guarded():
        list(recipe_frames(open_picture(data, "")))


def test_a_huge_jpeg_is_refused(picture, encode):
    with pytest.raises(Refused, match="pixel limit"), guarded():
        open_picture(jpeg_header(encode(picture, "JPEG"), 65_500, 65_500), "")


@pytest.mark.parametrize("data", [png_header(0, 0), png_header(0, 5), bmp_header(0, 0)])
def test_no_size_at_all_is_unreadable(data):
    with pytest.raises(Unreadable), guarded():
        list(recipe_frames(open_picture(data, "")))


def test_a_text_that_unpacks_to_too_much(png):
    text = b"Comment\0\0" + zlib.compress(bytes(30 << 20))
    data = png(1, 1, 8, 0, b"\0\0", before=[(b"zTXt", text)])
    with pytest.raises(Refused, match="text limit"), guarded():
        list(recipe_frames(open_picture(data, "")))


# What decoders raise


@pytest.mark.parametrize(
    ("raised", "caught", "message"),
    [
        (OSError("image file is truncated (3 bytes)"), Unreadable, "truncated: image file"),
        (OSError("broken data stream"), Unreadable, "damaged: broken data stream"),
        (ValueError("bad\n value\x00 in\ttile"), Unreadable, "damaged: bad value? in tile"),
        (SyntaxError("not a file"), Unreadable, "damaged: not a file"),
        (RuntimeError(), Unreadable, "damaged: RuntimeError"),
        (RecursionError("too deep"), Unreadable, "damaged: too deep"),
        (MemoryError(), Refused, "memory limit: decoding needs more than 3,072 MiB"),
        (Image.DecompressionBombError("big"), Refused, "pixel limit: more than 600,000,000"),
        (Image.DecompressionBombWarning("big"), Refused, "pixel limit: more than 600,000,000"),
        (ValueError("Decompressed data too large for PngImagePlugin.MAX_TEXT_CHUNK"), Refused,
         "text limit"),
        (Unsupported("PDF document"), Unsupported, "PDF document"),
        (Unreadable("as it is"), Unreadable, "as it is"),
        (Refused("as it is"), Refused, "as it is"),
    ],
    ids=repr,
)  # fmt: skip
def test_whatever_a_decoder_raises_has_a_status(raised, caught, message):
    with pytest.raises(caught) as told, guarded():
        raise raised
    assert str(told.value).startswith(message)


def test_reasons_are_short_printable_lines():
    with pytest.raises(Unreadable) as told, guarded():
        raise ValueError("\x1b[31m\u202e" + "long\n" * 1000)
    assert len(str(told.value)) < 250
    assert str(told.value).isprintable()


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_passes(raised):
    with pytest.raises(raised), guarded():
        raise raised


def test_nothing_raised_passes():
    with guarded():
        value = 1
    assert value == 1
