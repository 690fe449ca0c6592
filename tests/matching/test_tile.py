"""A tile is cut to where two pictures agree, if one goes on beyond it with others."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monoprint.matching import compare, tile


@given(
    arrays(np.int64, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(-4, 1))
)
def test_the_best_box_has_the_largest_sum(value):
    rows, columns = value.shape
    sums = {
        (left, top, right, bottom): value[top:bottom, left:right].sum()
        for top in range(rows)
        for bottom in range(top + 1, rows + 1)
        for left in range(columns)
        for right in range(left + 1, columns + 1)
    }
    most = max(sums.values())
    found = tile._best(value.astype(np.float64))
    if most <= 0:
        assert found is None
    elif found is None:
        assert sums[0, 0, columns, rows] == most
    else:
        assert sums[found] == most


@pytest.fixture
def laid(pictures):
    """Give a function that lays a picture on another that shows it, cut, at a place."""

    def lay(whole, shown, at):
        first, second = pictures.picture(shown), pictures.picture(whole)
        matrix = np.array([[1.0, 0, -at[0]], [0, 1, -at[1]], [0, 0, 1]])
        found = compare.lay(first, second, matrix, 512)
        return first, second, found, compare.agreement(found, compare.difference(found))

    return lay


def test_the_host_is_the_one_that_goes_on(laid, pictures):
    scene = pictures.scene(1)
    whole = np.hstack([scene[:, :700], pictures.scene(2), pictures.scene(3)])
    found = tile.cut(*laid(whole, scene, (0, 0)))
    assert found.tile.host == 2
    left, top, right, bottom = found.tile.box
    assert (left, top, bottom) == (0, 0, 384)
    assert right == pytest.approx(700 * 512 / 800, abs=12)
    assert not found.valid[:, right:].any()


def test_a_strip_where_both_end_is_no_other_tile(laid, pictures):
    scene = pictures.scene(1)
    whole = scene.copy()
    whole[:, 700:] = pictures.scene(2)[:, 700:]
    assert tile.cut(*laid(whole, scene, (0, 0))) is None


def test_an_even_strip_is_a_margin(laid, pictures):
    scene = pictures.scene(1)
    whole = scene.copy()
    whole[:, 700:] = 255
    assert tile.cut(*laid(whole, scene, (0, 0))).tile.host == 2


def test_what_differs_in_the_middle_is_no_matter_of_tiles(laid, pictures):
    scene = pictures.scene(1)
    whole = np.hstack([scene, pictures.scene(2)])
    cv2.rectangle(whole, (300, 200), (500, 400), (250, 20, 20), -1)
    assert tile.cut(*laid(whole, scene, (0, 0))) is None
