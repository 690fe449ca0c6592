"""Pictures as they are compared and drawn: upright, in colour, in a size that was asked for."""

import numpy as np
import pytest
from PIL import Image

from monoprint.errors import Unreadable
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import picture as pixels_of


def shown(data, side=200, frame=0):
    return pixels_of(open_picture(data, ""), frame, side)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((600, 400), 300, (200, 300, 3)),
        ((90, 60), 300, (60, 90, 3)),
        ((1, 1), 300, (1, 1, 3)),
        ((4000, 1), 300, (1, 300, 3)),
    ],
)
def test_it_fits_the_side_and_is_never_enlarged(kind, size, side, expected, paint, encode, apart):
    image = paint(*size)
    found = shown(encode(image, kind), side)
    assert found.dtype == np.uint8
    assert found.shape == expected
    reference = image.resize(expected[1::-1], Image.Resampling.BICUBIC)
    assert apart(found, reference) < (12 if size == (1, 1) else 8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_it_is_always_in_three_colours(mode, paint, encode):
    grey = paint().convert("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        image = paint().convert(mode)
    assert shown(encode(image, "PNG")).shape == (64, 96, 3)


def test_it_is_upright(picture, encode, exif, apart):
    found = shown(encode(picture, "JPEG", quality=95, exif=exif(6)))
    assert apart(found, picture.rotate(-90, expand=True)) < 4


def test_alpha_lies_on_white(picture, encode):
    hidden = picture.convert("RGBA")
    hidden.putalpha(0)
    assert (shown(encode(hidden, "PNG")) == 255).all()


def test_each_page_can_be_had(picture, encode, apart):
    pages = [picture, picture.rotate(180), picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    data = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    for frame, page in enumerate(pages):
        assert apart(shown(data, frame=frame), page) == 0


def test_a_page_that_is_not_there_is_told(picture, encode):
    with pytest.raises(Unreadable, match="frame 2 of 1"):
        shown(encode(picture, "PNG"), frame=1)
