"""Damaged and cut files: never the code of half a picture taken for a whole one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.errors import Unread, Unreadable, Unsupported
from monoprint.fingerprints.pixels import identity
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.normalize import recipe_frames


def read(data, name=""):
    """Read bytes as a worker does: their pixels, or an Unread."""
    with guarded():
        return [pixels for _, pixels in recipe_frames(open_picture(data, name))]


def unread(data, name=""):
    """Return why bytes were not read, or None if they were; anything else passes."""
    try:
        read(data, name)
    except Unread as error:
        return str(error)
    return None


@pytest.fixture(scope="module")
def jpegs(paint, encode, one_by_one):
    image = paint(240, 160)
    return {
        "baseline": encode(image, "JPEG", quality=88),
        "grey": encode(image.convert("L"), "JPEG", quality=88),
        "progressive": encode(image, "JPEG", quality=88, progressive=True),
        "progressive grey": encode(image.convert("L"), "JPEG", quality=88, progressive=True),
        "restarts": encode(image, "JPEG", quality=88, restart_marker_rows=1),
        "one by one": one_by_one(image),
    }


JPEGS = ["baseline", "grey", "progressive", "progressive grey", "restarts", "one by one"]


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("part", [0.05, 0.15, 0.3, 0.5, 0.75, 0.9, 0.97, 0.99])
def test_a_cut_jpeg_is_unreadable(kind, part, jpegs):
    data = jpegs[kind]
    with pytest.raises(Unreadable, match="truncated"):
        read(data[: int(len(data) * part)], "a.jpg")


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("lacking", [1, 2])
def test_a_jpeg_that_lacks_only_its_end_marker_is_whole(kind, lacking, jpegs):
    data = jpegs[kind]
    assert data.endswith(b"\xff\xd9")
    (whole,) = read(data)
    cut = data[:-lacking]
    (pixels,) = read(cut)
    assert np.abs(pixels.astype(int) - whole.astype(int)).mean() < 1
    assert identity(open_picture(cut, "")) == identity(open_picture(data, ""))


@pytest.mark.parametrize("kind", ["progressive", "progressive grey", "one by one"])
def test_a_jpeg_cut_between_two_scans_is_unreadable(kind, jpegs):
    """What is there is whole scans, so only what they do not cover tells that some are missing."""
    data = jpegs[kind]
    starts = []
    at = data.find(b"\xff\xda")
    while at >= 0:
        starts.append(at)
        at = data.find(b"\xff\xda", at + 2)
    assert len(starts) >= 3
    ends = [
        data.rfind(b"\xff\xc4", 0, start) if "progressive" in kind else start
        for start in starts[1:]
    ]
    read_as_whole = [number for number, end in enumerate(ends, 1) if not unread(data[:end])]
    assert read_as_whole == []


@pytest.mark.parametrize("kind", JPEGS)
def test_a_cut_jpeg_with_a_thumbnail_inside_is_unreadable(kind, jpegs, encode, paint, with_segment):
    """The end marker of an embedded thumbnail is not the file's."""
    thumbnail = encode(paint(40, 30), "JPEG")
    data = with_segment(jpegs[kind], 0xE1, b"Exif\0\0" + thumbnail)
    with pytest.raises(Unreadable, match="truncated"):
        read(data[: data.rfind(b"\xff\xda") + 40], "a.jpg")
    with pytest.raises(Unreadable, match="truncated"):
        read(data[: int(len(data) * 0.9)], "a.jpg")


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("trailer", [b"\0" * 10_000, b"garbage" * 1500, b"\xff\xd9" * 3, b"\n"])
def test_bytes_after_a_jpeg_change_nothing(kind, trailer, jpegs):
    (whole,) = read(jpegs[kind])
    (pixels,) = read(jpegs[kind] + trailer)
    np.testing.assert_array_equal(pixels, whole)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 20])
def test_the_first_bytes_of_a_jpeg_are_unreadable(length, jpegs):
    with pytest.raises(Unreadable):
        read(jpegs["baseline"][:length], "a.jpg")


def test_a_jpeg_without_its_tables_is_unreadable(jpegs):
    data = jpegs["baseline"]
    with pytest.raises(Unreadable):
        read(data[: data.index(b"\xff\xc4")], "a.jpg")
    with pytest.raises(Unreadable):
        read(data[: data.index(b"\xff\xda") + 14], "a.jpg")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF", "QOI"])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_half_a_file_is_unreadable(kind, part, picture, encode):
    data = encode(picture, kind)
    with pytest.raises(Unreadable):
        read(data[: int(len(data) * part)])


def test_a_wrong_checksum_in_png_is_unreadable(picture, encode):
    data = bytearray(encode(picture, "PNG"))
    data[-20] ^= 1
    with pytest.raises(Unreadable):
        read(bytes(data))


def test_a_tiff_directory_past_the_end_is_unreadable(picture, encode):
    data = bytearray(encode(picture, "TIFF"))
    data[4:8] = (10**8).to_bytes(4, "little")
    with pytest.raises(Unreadable):
        read(bytes(data), "a.tif")


def test_a_tiff_directory_of_more_entries_than_the_file_holds_is_unreadable(picture, encode):
    data = bytearray(encode(picture, "TIFF"))
    start = int.from_bytes(data[4:8], "little")
    data[start : start + 2] = b"\xff\xff"
    with pytest.raises(Unreadable):
        read(bytes(data), "a.tif")


def test_a_page_that_is_missing_is_unreadable(paint, encode):
    """The chain of directories names a page that lies past the end."""
    pages = [paint(seed=seed) for seed in range(3)]
    data = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(Unreadable):
        read(data[: len(data) * 2 // 3], "a.tif")


# What is no picture


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.jpg", "empty file"),
        (b"", "a.txt", "empty file"),
        (b"\xff\xd8", "a.jpg", "truncated or damaged before its picture data"),
        (b"\x89PNG\r\n", "a", "truncated or damaged before its picture data"),
        (b"GIF89a", "a", "truncated or damaged before its picture data"),
        (b"RIFF\x10\0\0\0WEBP", "a", "truncated or damaged before its picture data"),
        (b"<!DOCTYPE html><html>", "a.jpg", "not an image: HTML page named .jpg"),
        (b'{"error": 404}', "a.PNG", "not an image: JSON text named .png"),
        (bytes(8192), "a.jpg", "not an image: nothing but zero bytes named .jpg"),
        (b"%PDF-1.7", "a.tif", "not an image: PDF document named .tif"),
        (b"PK\x03\x04" + bytes(20), "a.zip", "bad archive: a zip header and nothing more"),
        (b"\0\0\0\x1cftypheic" + bytes(80), "a", "damaged, or an HEIC kind that is not decoded"),
    ],
)
def test_what_claims_to_be_a_picture_is_unreadable(data, name, reason):
    with pytest.raises(Unreadable) as told:
        read(data, name)
    assert str(told.value) == reason


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"%PDF-1.7", "a.pdf", "PDF document"),
        (b"PK\x03\x04" + bytes(100), "a.docx", "zip archive or office document"),
        (b"just some text\n", "readme", "text"),
        (b"<svg:svg xmlns:svg='urn:other'/>", "a.xml", "XML text that is no SVG drawing"),
        (b"\0\0\0\x20ftypisom" + bytes(80), "a.mp4", "ISO media file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a.eps", "PostScript"),
        (bytes(range(256)), "a.bin", "unknown binary data"),
        (b"photo,no\na.jpg,1\n", "a.csv", "text; pictures that its rows list are read with FILE"),
        (b'{"photo": "a.jpg"}\n', "a.JSONL", "JSON text; pictures that its rows list are read"),
        (b"PAR1" + bytes(100), "a.parquet", "Parquet table; pictures that its rows list are read"),
    ],
)
def test_what_is_no_picture_is_unsupported(data, name, reason):
    with pytest.raises(Unsupported) as told:
        read(data, name)
    assert str(told.value).startswith(reason)


STARTS = st.sampled_from(
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0\x08\0\0\0", b"MM\0*",
     b"RIFF\x40\0\0\0WEBPVP8 ", b"\0\0\0\x1cftypavif", b"\0\0\0\x0cjP  \r\n\x87\n", b"P6 3 3 255\n",
     b"\0\0\x01\0\x01\0", b"8BPS\0\x01", b"qoif", b"DDS ", b"SIMPLE  =", b"/* XPM */"]
)  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=300, deadline=None)
@given(start=STARTS, rest=st.binary(max_size=200), name=st.sampled_from(["", "a.jpg", "a.tga"]))
def test_any_bytes_end_in_pixels_or_a_reason(start, rest, name):
    reason = unread(start + rest, name)
    assert reason is None or (reason and reason.isprintable())


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "JPEG2000", "ICO"])
@settings(max_examples=25, deadline=None)
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_any_damage_ends_in_pixels_or_a_reason(kind, picture, encode, changes):
    data = bytearray(encode(picture, kind))
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    reason = unread(bytes(data))
    assert reason is None or (reason and reason.isprintable())
