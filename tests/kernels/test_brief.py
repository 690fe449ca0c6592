"""Descriptors: against the readable version, and what mirroring does to them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.kernels import brief, reference


def scene(seed, side=96):
    """A smooth grey picture and keypoints well inside it, uint8 and three float32 arrays."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    waves = rng.uniform([-1, -1, 0], [1, 1, 6.3], (12, 3))
    total = sum(np.cos(30 * (a * x + b * y) + phase) for a, b, phase in waves)
    total -= total.min()
    places = rng.integers(20, side - 20, (2, 12)).astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi, 12).astype(np.float32)
    return np.uint8(total * (255 / total.max())), *places, angle


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_descriptors_agree_with_the_reference(seed):
    told = brief.describe(*scene(seed))
    expected = reference.describe(*scene(seed), brief.PATTERN)
    # Points that fall between two pixels may be rounded either way in another precision.
    assert np.bitwise_count(told ^ expected).sum(axis=1).max() <= 3


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_picture_has_the_descriptors_with_halves_exchanged(seed):
    grey, x, y, angle = scene(seed)
    there = brief.describe(
        np.ascontiguousarray(grey[:, ::-1]), 95 - x, y, np.float32(np.pi) - angle
    )
    apart = np.bitwise_count(brief.mirrored(brief.describe(grey, x, y, angle)) ^ there).sum(axis=1)
    assert np.median(apart) <= 3
    assert apart.max() <= 12


def test_mirroring_twice_is_nothing():
    code = np.random.default_rng(1).integers(0, 2**64, (5, 4), dtype=np.uint64)
    np.testing.assert_array_equal(brief.mirrored(brief.mirrored(code)), code)


def test_other_places_have_other_descriptors():
    code = brief.describe(*scene(7))
    apart = np.bitwise_count(code[:, None] ^ code[None]).sum(axis=2)
    assert apart[~np.eye(len(code), dtype=bool)].min() > 24


def test_points_beyond_the_edge_take_the_edge():
    grey = np.full((20, 20), 9, np.uint8)
    corner = np.zeros(1, np.float32)
    assert brief.describe(grey, corner, corner, corner).tolist() == [[0, 0, 0, 0]]
