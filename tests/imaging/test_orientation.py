"""Pictures stored turned come out upright, whatever holds them; bad tags change nothing."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, features

from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import (
    canonical_frames,
    iscc_pixels,
    oriented_size,
    recipe_frames,
    thumbnail,
)

# How a picture is stored so that the tag's turn brings it upright again.
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}

KINDS = ["JPEG", "progressive", "PNG", "PNG16", "PNG1", "WEBP", "TIFF", "TIFF16", "TIFF1", "AVIF"]


def turned(image, orientation):
    turn = STORED_AS[orientation]
    return image if turn is None else image.transpose(turn)


@pytest.fixture(scope="module")
def store(encode):
    """Return a function that stores an upright picture turned, with the tag that says so."""

    made = {}

    def once(kind, image, orientation):
        key = (kind, image.size, orientation)
        if key not in made:
            made[key] = make(kind, image, orientation)
        return made[key]

    def make(kind, image, orientation):
        if kind.endswith("16"):
            wide = np.asarray(image.convert("L")).astype(np.uint16) * 257
            image = Image.fromarray(wide)
        elif kind.endswith("1"):
            image = image.convert("1")
        block = Image.Exif()
        block[0x0112] = orientation
        options = {
            "JPEG": {"quality": 92},
            "progressive": {"quality": 92, "progressive": True},
            "WEBP": {"lossless": True, "method": 0},
            "AVIF": {"quality": 95, "speed": 10},
        }.get(kind, {})
        real = "JPEG" if kind == "progressive" else kind.rstrip("16")
        return encode(turned(image, orientation), real, exif=block.tobytes(), **options)

    return once


@pytest.fixture(params=KINDS)
def kind(request):
    if request.param == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    return request.param


@pytest.fixture(scope="module")
def large(paint):
    return paint(600, 400)


def as_stored(kind, image):
    return image.convert("1").convert("L") if kind.endswith("1") else image


@pytest.mark.parametrize("orientation", STORED_AS)
def test_recipe_pixels_are_upright(kind, orientation, picture, store, recipe, apart):
    pixels = recipe(store(kind, picture, orientation))
    assert apart(pixels, as_stored(kind, picture)) < 4


@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_recipe_pixels_scaled_down_are_upright(kind, orientation, large, store, recipe, apart):
    reference = as_stored(kind, large)
    reference = reference.resize((512, 341))
    assert apart(recipe(store(kind, large, orientation)), reference) < 4


@pytest.mark.parametrize("orientation", STORED_AS)
def test_the_size_is_that_of_the_upright_picture(kind, orientation, picture, store):
    opened = open_picture(store(kind, picture, orientation), "")
    assert oriented_size(opened.image) == picture.size


@pytest.mark.parametrize("orientation", STORED_AS)
def test_thumbnails_are_upright(kind, orientation, picture, store, apart):
    opened = open_picture(store(kind, picture, orientation), "")
    with Image.open(io.BytesIO(thumbnail(opened, 96))) as small:
        assert apart(small.convert("L"), as_stored(kind, picture)) < 12


@pytest.mark.parametrize("orientation", STORED_AS)
def test_canonical_frames_are_upright(kind, orientation, picture, store):
    plain = open_picture(store(kind, picture, 1), "")
    opened = open_picture(store(kind, picture, orientation), "")
    ((upright, _),) = canonical_frames(plain)
    ((frame, _),) = canonical_frames(opened)
    assert (frame.mode, frame.size) == (upright.mode, upright.size)
    difference = np.abs(np.asarray(frame).astype(int) - np.asarray(upright).astype(int))
    assert difference.mean() <= (4 if kind in {"JPEG", "progressive", "AVIF"} else 0)


@pytest.mark.parametrize("orientation", STORED_AS)
def test_iscc_pixels_are_upright(kind, orientation, picture, store):
    plain = np.frombuffer(iscc_pixels(open_picture(store(kind, picture, 1), "")), np.uint8)
    data = store(kind, picture, orientation)
    ours = np.frombuffer(iscc_pixels(open_picture(data, "")), np.uint8)
    assert np.abs(ours.astype(int) - plain.astype(int)).mean() < 3


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_an_orientation_that_is_none_changes_nothing(
    orientation, picture, encode, exif, with_segment, recipe, apart
):
    data = with_segment(encode(picture, "JPEG", quality=92), 0xE1, exif(orientation))
    assert oriented_size(open_picture(data, "").image) == picture.size
    assert apart(recipe(data), picture) < 4
    ((frame, _),) = canonical_frames(open_picture(data, ""))
    assert frame.size == picture.size


BROKEN_EXIF = {
    "zeroes": b"Exif\0\0" + bytes(200),
    "cut": b"Exif\0\0II",
    "header only": b"Exif\0\0",
    "directory past the end": b"Exif\0\0II*\0\xff\xff\xff\x7f",
    "many entries": b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12",
    "text": b"Exif\0\0no directory at all",
    "loop": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
    "orientation as text": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\x006\0\0\0"
    + bytes(4),
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
@pytest.mark.filterwarnings("ignore:Truncated File Read:UserWarning")
@pytest.mark.parametrize("holder", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("block", BROKEN_EXIF.values(), ids=BROKEN_EXIF)
class TestBrokenExif:
    @pytest.fixture
    def opened(self, holder, block, picture, encode, with_segment):
        if holder == "JPEG":
            data = with_segment(encode(picture, "JPEG", quality=92), 0xE1, block)
        else:
            options = {"lossless": True} if holder == "WEBP" else {}
            data = encode(picture, holder, exif=block[6:], **options)
        return open_picture(data, "")

    def test_pixels_stand_as_stored(self, opened, picture, apart):
        assert oriented_size(opened.image) == picture.size
        ((_, pixels),) = recipe_frames(opened)
        assert apart(pixels, picture) < 4

    def test_pixels_can_be_compared(self, opened, picture):
        ((frame, _),) = canonical_frames(opened)
        assert frame.size == picture.size

    def test_iscc_pixels_can_be_had(self, opened):
        assert len(iscc_pixels(opened)) == 1024

    def test_a_thumbnail_can_be_had(self, opened):
        assert thumbnail(opened, 64).startswith(b"\xff\xd8")


def test_orientation_of_xmp(picture, encode, with_segment, recipe, apart):
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    stored = encode(turned(picture, 6), "JPEG", quality=92)
    data = with_segment(stored, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)
    assert apart(recipe(data), picture) < 4


# PNG may hold EXIF in three places; all readings must agree which way is up.


@pytest.fixture(params=["before the pixels", "after the pixels", "as text"])
def exif_png(request, picture, exif, png):
    stored = turned(picture, 6)
    raw = b"".join(b"\0" + row.tobytes() for row in np.asarray(stored))
    block = exif(6)
    if request.param == "as text":
        text = b"Raw profile type exif\0\nexif\n%8d\n%s\n" % (len(block), block.hex().encode())
        return png(*stored.size, 8, 2, raw, before=[(b"tEXt", text)])
    where = "before" if request.param.startswith("before") else "after"
    return png(*stored.size, 8, 2, raw, **{where: [(b"eXIf", block[6:])]})


def test_orientation_of_png(exif_png, picture, recipe, apart):
    assert apart(recipe(exif_png), picture) == 0


def test_size_of_png(exif_png, picture):
    assert oriented_size(open_picture(exif_png, "").image) == picture.size


def test_canonical_png(exif_png, picture):
    ((frame, _),) = canonical_frames(open_picture(exif_png, ""))
    assert frame.tobytes() == picture.tobytes()


def test_pages_turned_each_its_own_way(picture, paint, encode, apart):
    """Every page of a TIFF has its own orientation."""
    pages = [paint(seed=seed) for seed in range(3)]
    out = io.BytesIO()
    stored = []
    for page, orientation in zip(pages, (6, 1, 3), strict=True):
        image = turned(page, orientation)
        image.encoderinfo = {"tiffinfo": {0x0112: orientation}}
        stored.append(image)
    stored[0].save(out, "TIFF", save_all=True, append_images=stored[1:], tiffinfo={0x0112: 6})
    opened = open_picture(out.getvalue(), "")
    found = [pixels for _, pixels in recipe_frames(opened)]
    assert len(found) == 3
    for pixels, page in zip(found, pages, strict=True):
        assert apart(pixels, page) == 0


def test_a_grey_sixteen_bit_picture_keeps_its_tag(exif, png, picture, recipe, apart):
    stored = turned(picture.convert("L"), 8)
    wide = (np.asarray(stored).astype(">u2") * 257).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in wide)
    data = png(*stored.size, 16, 0, raw, before=[(b"eXIf", exif(8)[6:])])
    assert struct.unpack(">II", data[16:24]) == stored.size
    assert apart(recipe(data), picture.convert("L")) == 0
