"""What was pasted has seams where it lies; what was cut out has none."""

import numpy as np
import pytest

from monoprint.matching.seam import pasted
from monoprint.model.match import WHOLE


def window(left, top, right, bottom):
    return (left, top), (right, top), (right, bottom), (left, bottom)


HERE = window(0.3, 0.25, 0.7, 0.75)


def test_pasted_pictures_have_seams(pictures):
    told = []
    for seed in range(8):
        large = pictures.scene(seed).copy()
        large[150:450, 240:560] = pictures.scene(seed + 30, (320, 300))
        told.append(pasted(pictures.picture(large), HERE))
    assert sum(told) >= 6  # where both are of one colour along the sides, there is no seam


@pytest.mark.parametrize("seed", range(4))
def test_a_part_that_was_cut_out_has_none(pictures, seed):
    assert not pasted(pictures.picture(pictures.scene(seed)), HERE)


def test_a_frame_has_seams(pictures):
    framed = np.full((600, 800, 3), 250, np.uint8)
    framed[150:450, 240:560] = pictures.scene(1, (320, 300))
    assert pasted(pictures.picture(framed), HERE)


def test_an_even_margin_is_a_seam_though_the_picture_is_of_its_brightness(pictures):
    rng = np.random.default_rng(1)
    framed = np.full((600, 800, 3), 128, np.uint8)
    busy = np.kron(rng.integers(80, 176, (30, 32, 1)), np.ones((10, 10, 1)))
    framed[150:450, 240:560] = np.repeat(busy, 3, axis=2).astype(np.uint8)
    assert pasted(pictures.picture(framed), HERE)


@pytest.mark.parametrize("where", [WHOLE, window(0.5, 0.5, 0.5, 0.5), window(0.01, 0, 1, 0.99)])
def test_where_no_side_can_be_looked_at_nothing_was_pasted(pictures, where):
    assert not pasted(pictures.picture(pictures.scene(1)), where)
