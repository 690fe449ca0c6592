"""Pixels at a smaller size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monoprint.imaging.scaling import averaged, halved, smaller

SIDES = st.integers(1, 200)


@given(SIDES, SIDES, st.integers(1, 100), st.integers(1, 100), st.sampled_from([(), (3,)]))
@pytest.mark.parametrize("scaled", [smaller, averaged])
def test_it_has_the_size_asked_for_and_keeps_a_colour(
    scaled, height, width, percent, other, channels
):
    pixels = np.full((height, width, *channels), 93, np.uint8)
    size = (max(1, width * percent // 100), max(1, height * other // 100))
    found = scaled(pixels, size)
    assert found.shape == (size[1], size[0], *channels)
    assert (found == 93).all()


@given(arrays(np.uint8, st.tuples(st.integers(32, 70), st.integers(32, 70), st.just(3))))
def test_a_half_is_the_average_of_four(pixels):
    even = pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]
    quarters = [even[y::2, x::2].astype(int) for y in (0, 1) for x in (0, 1)]
    assert np.abs(halved(even) - sum(quarters) / 4).max() <= 0.5


def averages(rows, count):
    """Return the means of so many runs of rows of equal length."""
    bounds = np.linspace(0, len(rows), count + 1).round().astype(int)
    return np.add.reduceat(rows, bounds[:-1]) / np.diff(bounds)[:, None]


@pytest.mark.parametrize("share", [0.9, 0.6, 0.4, 0.15])
@pytest.mark.parametrize(("scaled", "off"), [(smaller, 2.5), (averaged, 1.5)])
def test_it_is_near_the_true_average(share, scaled, off):
    ys, xs = np.mgrid[0:400, 0:600]
    scene = 128 + 60 * np.sin(xs / 23) * np.cos(ys / 17) + 40 * np.sin((xs + ys) / 9)
    pixels = np.clip(scene, 0, 255).astype(np.uint8)
    size = (round(600 * share), round(400 * share))
    fine = np.kron(pixels, np.ones((8, 8)))
    true = averages(averages(fine, size[1]).T, size[0]).T
    assert np.abs(scaled(pixels, size) - true).mean() < off
