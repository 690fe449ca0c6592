"""Thumbnails for people, and the 32 x 32 pixels of an ISCC."""

import io

import numpy as np
import pytest
from PIL import Image

from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import iscc_pixels, thumbnail


def small(data, side):
    out = thumbnail(open_picture(data, ""), side)
    return Image.open(io.BytesIO(out))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize(
    ("size", "side", "shown"),
    [
        ((600, 400), 160, (160, 107)),
        ((400, 600), 160, (107, 160)),
        ((90, 60), 160, (90, 60)),
        ((160, 160), 160, (160, 160)),
        ((2000, 3), 100, (100, 1)),
    ],
)
def test_size(kind, size, side, shown, paint, encode):
    with small(encode(paint(*size), kind), side) as image:
        assert image.format == "JPEG"
        assert image.size == shown


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("PNG", "L"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("JPEG", "CMYK"),
     ("TIFF", "CMYK"), ("GIF", "P"), ("JPEG", "L"), ("WEBP", "RGBA")],
)  # fmt: skip
def test_shows_the_picture(kind, mode, paint, encode, apart):
    image = paint(300, 200).convert(mode)
    reference = image.convert("RGB")
    reference.thumbnail((100, 100))
    with small(encode(image, kind), 100) as shown:
        assert shown.mode in {"L", "RGB"}
        assert apart(np.asarray(shown), reference) < 8


@pytest.mark.parametrize("mode", ["1", "I;16", "F"])
def test_grey_of_any_depth_can_be_shown(mode, paint, encode):
    grey = np.asarray(paint().convert("L"))
    image = {
        "1": lambda: Image.fromarray(grey).convert("1"),
        "I;16": lambda: Image.fromarray(grey.astype(np.uint16) * 257),
        "F": lambda: Image.fromarray(grey.astype(np.float32) / 255),
    }[mode]()
    with small(encode(image, "TIFF"), 100) as shown:
        assert shown.mode == "L"
        assert abs(np.asarray(shown).mean() - grey.mean()) < 6


def test_metadata_is_left_out(picture, encode, exif, profile):
    data = encode(picture, "JPEG", exif=exif(6), icc_profile=profile(), comment=b"secret")
    out = thumbnail(open_picture(data, ""), 50)
    with Image.open(io.BytesIO(out)) as image:
        assert not {"exif", "icc_profile", "comment"} & set(image.info)


def test_the_same_file_gives_the_same_thumbnail(picture, encode):
    data = encode(picture, "PNG")
    assert len({thumbnail(open_picture(data, ""), 50) for _ in range(3)}) == 1


# ISCC


def grey(data):
    pixels = iscc_pixels(open_picture(data, ""))
    return np.frombuffer(pixels, np.uint8).reshape(32, 32)


def test_iscc_pixels_are_a_small_grey_picture(picture, encode):
    reference = picture.convert("L").resize((32, 32), Image.Resampling.BICUBIC)
    difference = grey(encode(picture, "PNG")).astype(int) - np.asarray(reference)
    assert np.abs(difference).max() <= 1


def test_iscc_pixels_of_one_picture_in_two_formats(picture, encode):
    first, second = grey(encode(picture, "PNG")), grey(encode(picture, "JPEG", quality=95))
    assert np.abs(first.astype(int) - second).mean() < 2


def test_iscc_pixels_leave_an_empty_border_out(picture, encode):
    framed = Image.new("RGB", (200, 150), "white")
    dark = picture.point(lambda value: value // 3)
    framed.paste(dark, (30, 50))
    np.testing.assert_array_equal(grey(encode(framed, "PNG")), grey(encode(dark, "PNG")))


def test_iscc_pixels_of_an_empty_picture(encode):
    assert (grey(encode(Image.new("RGB", (50, 40), (9, 9, 9)), "PNG")) == 9).all()


def test_iscc_pixels_have_alpha_on_white(picture, encode):
    hidden = picture.convert("RGBA")
    hidden.putalpha(0)
    assert (grey(encode(hidden, "PNG")) == 255).all()


def test_iscc_pixels_of_sixteen_bits_are_scaled(picture, encode):
    plain = picture.convert("L")
    wide = Image.fromarray(np.asarray(plain).astype(np.uint16) * 257)
    np.testing.assert_array_equal(grey(encode(wide, "PNG")), grey(encode(plain, "PNG")))
