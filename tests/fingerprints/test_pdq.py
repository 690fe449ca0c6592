"""PDQ codes of frames: each distinct code once, with its frame's number."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from monoprint.fingerprints import pdq
from monoprint.imaging.normalize import recipe_frames
from monoprint.kernels import pdq as kernel


def distance(first, second):
    pair = np.frombuffer(first + second, np.uint8).reshape(2, -1)
    return int(np.bitwise_count(pair[0] ^ pair[1]).sum())


def codes_of(opened):
    return pdq.fingerprint(recipe_frames(opened))


def test_one_picture_has_one_code(picture, opened):
    (code,) = codes_of(opened(picture))
    assert (code.frame, len(code.code), len(code.turned)) == (0, 32, 7 * 32)
    assert 0 <= code.quality <= 100


def test_the_code_is_the_kernels(picture):
    pixels = np.asarray(picture)
    codes, quality = kernel.codes(pixels)
    (code,) = pdq.fingerprint([(5, pixels)])
    assert code.frame == 5
    assert code.code + code.turned == codes.tobytes()
    assert code.quality == quality


TURNS = {
    "rotate-90": Image.Transpose.ROTATE_90,
    "rotate-180": Image.Transpose.ROTATE_180,
    "rotate-270": Image.Transpose.ROTATE_270,
    "flip-x": Image.Transpose.FLIP_TOP_BOTTOM,
    "flip-y": Image.Transpose.FLIP_LEFT_RIGHT,
    "flip-plus-1": Image.Transpose.TRANSPOSE,
    "flip-minus-1": Image.Transpose.TRANSVERSE,
}


@pytest.mark.parametrize("orientation", TURNS)
def test_a_turned_picture_has_the_code_of_that_orientation(orientation, picture, opened):
    (upright,) = codes_of(opened(picture))
    (turned,) = codes_of(opened(picture.transpose(TURNS[orientation])))
    at = 32 * (kernel.ORIENTATIONS.index(orientation) - 1)
    assert distance(turned.code, upright.turned[at : at + 32]) <= 10
    assert distance(turned.code, upright.code) > 60


def test_frames_of_one_code_are_given_once_with_the_first_number(paint, opened):
    first, second = paint(1), paint(2)
    pages = [first, second, first, first, second, paint(3)]
    found = codes_of(opened(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [code.frame for code in found] == [0, 1, 5]
    assert len({code.code for code in found}) == 3


def test_no_frames_have_no_codes():
    assert pdq.fingerprint([]) == []


def test_a_flat_picture_has_quality_zero(opened):
    (code,) = codes_of(opened(Image.new("RGB", (80, 60), "white")))
    assert code.quality == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 3), (4, 4), (5, 5)])
def test_a_tiny_picture_has_a_code_and_quality_zero_if_it_is_too_small(size, paint, opened):
    (code,) = codes_of(opened(paint(1).resize(size)))
    assert len(code.code) == 32
    if min(size) < kernel.MIN_SIDE:
        assert code.quality == 0


@pytest.mark.parametrize(
    ("kind", "options", "bits"),
    [
        ("JPEG", {"quality": 75}, 12),
        ("JPEG", {"quality": 75, "progressive": True}, 12),
        ("WEBP", {"quality": 75}, 12),
        ("GIF", {}, 31),  # a palette moves every pixel of a small picture
        ("TIFF", {}, 0),
        ("BMP", {}, 0),
    ],
)
def test_one_picture_in_two_formats_has_near_codes(kind, options, bits, picture, opened):
    (first,) = codes_of(opened(picture))
    found = codes_of(opened(picture, kind, **options))
    assert first.quality > 50
    assert distance(first.code, found[0].code) <= bits


def test_another_picture_has_a_far_code(paint, opened):
    (first,), (second,) = codes_of(opened(paint(1))), codes_of(opened(paint(2)))
    assert distance(first.code, second.code) > 60


def test_the_negative_has_a_far_code(picture, opened):
    (first,) = codes_of(opened(picture))
    (second,) = codes_of(opened(ImageOps.invert(picture)))
    assert distance(first.code, second.code) > 150
