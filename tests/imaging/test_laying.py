"""Laying one picture on another's frame: where it comes to lie, and what it leaves bare."""

import io

import numpy as np
import pytest
from PIL import Image

from monoprint.imaging import laying

SIZE = (200, 150)
PART = np.array([[0.5, 0, 0.25], [0, 0.5, 0.25], [0, 0, 1]])  # onto the frame's middle
QUARTER_TURN = np.array([[0, -1.0, 1], [1, 0, 0], [0, 0, 1]])  # clockwise: the top goes right


@pytest.fixture
def scene(draw):
    return np.asarray(draw.scene(3, SIZE))


def apart(one, other, where=...):
    return np.abs(one.astype(int) - other.astype(int))[where].mean()


def test_a_picture_that_stays_is_what_it_was(scene):
    shown, cover = laying.laid(scene, np.eye(3), SIZE)
    assert (shown == scene).all()
    assert (cover[2:-2, 2:-2] == 255).all()


def test_a_part_covers_its_part_alone(scene):
    part = scene[38:113, 50:150]
    shown, cover = laying.laid(part, PART, SIZE)
    inside = np.s_[42:108, 54:146]
    assert (cover[inside] == 255).all()
    assert apart(shown, scene, inside) < 3
    bare = cover.copy()
    bare[36:115, 48:152] = 0
    assert not bare.any()


def test_a_turned_picture_is_turned_back(scene):
    turned = np.ascontiguousarray(np.rot90(scene))  # counter-clockwise
    shown, _ = laying.laid(turned, QUARTER_TURN, SIZE)
    assert apart(shown, scene, np.s_[2:-2, 2:-2]) < 3


def test_a_larger_picture_is_averaged(scene):
    large = np.asarray(Image.fromarray(scene).resize((1600, 1200), Image.Resampling.NEAREST))
    noisy = large.copy()
    noisy[::2, ::2] = 255 - noisy[::2, ::2]  # a pattern that single samples would take for all
    shown, _ = laying.laid(noisy, np.eye(3), SIZE)
    expected = 0.75 * scene.astype(float) + 0.25 * (255 - scene.astype(float))
    assert apart(shown, expected, np.s_[2:-2, 2:-2]) < 3


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((3, 3)), np.full((3, 3), np.nan), np.diag([1.0, 0.0, 1.0]),
        np.array([[1.0, 0, 0], [0, 1, 0], [-2, 0, 1]]),  # a corner lies beyond the horizon
    ],
    ids=["nothing", "no numbers", "flat", "horizon"],
)  # fmt: skip
def test_what_cannot_lie_there_is_not_drawn(scene, matrix):
    assert laying.laid(scene, matrix, SIZE) is None


def test_a_picture_far_too_large_fills_the_frame(scene):
    shown, cover = laying.laid(scene, np.array([[900.0, 0, -450], [0, 900, -450], [0, 0, 1]]), SIZE)
    assert shown.shape == (150, 200, 3)
    assert (cover == 255).all()


def test_what_moves_by_less_than_a_pixel_is_still():
    assert laying.still(np.eye(3))
    assert laying.still(np.array([[1, 0, 0.0002], [0, 1, 0], [0, 0, 1]]))
    assert laying.still(5 * np.eye(3))
    assert not laying.still(np.array([[1, 0, 0.002], [0, 1, 0], [0, 0, 1]]))
    assert not laying.still(QUARTER_TURN)
    assert not laying.still(np.full((3, 3), np.nan))


def test_it_is_transparent_where_it_is_bare(scene):
    shown, cover = laying.laid(scene[38:113, 50:150], PART, SIZE)
    image = Image.open(io.BytesIO(laying.encoded(shown, cover)))
    assert (image.format, image.mode, image.size) == ("WEBP", "RGBA", SIZE)
    assert (np.asarray(image)[..., 3] == cover).all()
    assert apart(np.asarray(image)[..., :3], shown, cover == 255) < 6
