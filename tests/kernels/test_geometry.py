"""Growing a pair of keypoints into a similarity: what agrees, and what does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.kernels import brief, geometry
from monoprint.kernels.geometry import Keypoints

SIZE = (512, 384)


def ordered(x, y, scale, angle, code):
    order = np.argsort(y, kind="stable")
    return Keypoints(
        *(np.ascontiguousarray(each[order], np.float32) for each in (x, y, scale, angle)),
        np.ascontiguousarray(code[order]),
    ), order


def scattered(seed, count=120):
    """Keypoints all over a picture, no two alike."""
    rng = np.random.default_rng(seed)
    return ordered(
        rng.uniform(0, SIZE[0], count), rng.uniform(0, SIZE[1], count),
        1.2 ** rng.integers(0, 8, count), rng.uniform(0, 6.28, count),
        rng.integers(0, 2**64, (count, 4), dtype=np.uint64),
    )[0]  # fmt: skip


def moved(points, zoom, turn, shift):
    """The keypoints as a picture shows them that lies so on the first, and whence each came."""
    back = -turn
    x, y = (points.x - shift[0]) / zoom, (points.y - shift[1]) / zoom
    return ordered(
        np.cos(back) * x - np.sin(back) * y, np.sin(back) * x + np.cos(back) * y,
        points.scale / zoom, points.angle - turn, points.code,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    zoom=st.floats(0.3, 3),
    turn=st.floats(-3, 3),
    shift=st.tuples(st.floats(-200, 200), st.floats(-200, 200)),
)
def test_one_pair_finds_the_similarity_and_all_that_agree(seed, zoom, turn, shift):
    first = scattered(seed)
    second, came = moved(first, zoom, turn, shift)
    k = 17
    found = geometry.support(first, second, (int(came[k]), k), SIZE, 24)
    true = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    np.testing.assert_allclose(found.matrix, np.column_stack([true, shift]), atol=0.02)
    assert {(int(came[b]), b) for b in range(len(second))} == set(map(tuple, found.pairs.tolist()))
    assert found.expected == len(second)


def test_a_false_pair_grows_into_nothing():
    first, second = scattered(1), scattered(2)
    assert len(geometry.support(first, second, (3, 40), SIZE, 24).pairs) == 0


def test_absurd_scales_are_not_tried():
    first = scattered(1)
    second, came = moved(first, 20.0, 0.0, (0, 0))
    assert len(geometry.support(first, second, (int(came[5]), 5), SIZE, 24).pairs) == 0


def test_mirrored_keypoints_are_those_of_the_mirrored_picture():
    points = scattered(4)
    twice = points.mirrored(SIZE[0]).mirrored(SIZE[0])
    np.testing.assert_allclose(twice.x, points.x, atol=1e-3)
    np.testing.assert_array_equal(twice.code, points.code)
    np.testing.assert_array_equal(points.mirrored(SIZE[0]).code, brief.mirrored(points.code))


def joined(first, second):
    """Two pictures' keypoints in one set of arrays, and where each picture's begin."""
    arrays = [
        np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("x", "y", "scale", "angle", "code")
    ]
    starts = np.array([0, len(first), len(first) + len(second)], np.uint32)
    grid = geometry.gridded(*arrays[:3], starts, np.array([SIZE, SIZE], np.uint16))
    arrays += [grid.spans, grid.cells, grid.order]
    return arrays, np.repeat(np.arange(2, dtype=np.uint32), np.diff(starts)), starts


def key(i, j):
    return np.array([i << 32 | j], np.uint64)


def test_a_grid_holds_each_keypoint_once_in_the_cell_where_it_lies():
    first, second = scattered(1, 70), scattered(2, 50)
    arrays, _, starts = joined(first, second)
    grid = geometry.gridded(*arrays[:3], starts, np.array([SIZE, (256, 256)], np.uint16))
    for picture, points in enumerate((first, second)):
        numbers = grid.order[starts[picture] : starts[picture + 1]]
        assert sorted(numbers.tolist()) == list(range(len(points)))
        side = (512, 256)[picture]
        cell = np.repeat(np.arange(256), np.diff(grid.cells[picture].astype(int)))
        row, column = (
            np.minimum(each[numbers] * 16 / side, 15).astype(int) for each in (points.y, points.x)
        )
        np.testing.assert_array_equal(cell, row * 16 + column)
        assert grid.spans[picture].tolist() == [side, points.scale.min(), points.scale.max()]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("true", [False, True])
def test_company_is_what_agrees_nearby(mirrored, true):
    first = scattered(11, 300)
    second, came = moved(first, 1.0, 0.2, (5, -7)) if true else (scattered(12, 300), range(300))
    if mirrored:
        flipped = second.mirrored(SIZE[0])
        second = flipped
    arrays, of, starts = joined(first, second)
    middle = int(np.argmin(np.hypot(first.x - 256, first.y - 192)))
    there = int(np.flatnonzero(np.asarray(came) == middle)[0])
    count = np.empty(1, np.uint8)
    width = np.full(2, SIZE[0], np.uint16)
    geometry.company(
        *arrays, of, starts, width, key(middle, len(first) + there), mirrored, 24, count
    )
    near = np.hypot(first.x - first.x[middle], first.y - first.y[middle])
    expected = min(16, int(((near <= 48) & (near >= 2)).sum())) if true else 0
    assert abs(int(count[0]) - expected) <= (1 if true else 0)


def test_pairs_within_one_picture_have_no_company():
    first = scattered(11, 300)
    arrays, of, starts = joined(first, first)
    count = np.full(1, 9, np.uint8)
    width = np.full(2, SIZE[0], np.uint16)
    geometry.company(*arrays, of, starts, width, key(5, 5), False, 24, count)
    assert count[0] == 0


def test_a_corner_seen_in_several_sizes_is_evidence_once():
    rng = np.random.default_rng(5)
    code = rng.integers(0, 2**64, (8, 4), dtype=np.uint64)
    x = np.array([100, 101, 102, 103, 300, 301, 302, 303], np.float32)
    y = np.array([50, 50, 51, 51, 200, 200, 201, 201], np.float32)
    one = np.ones(8, np.float32)
    points = Keypoints(x, y, one, 0 * one, code)
    arrays, _, starts = joined(points, points)
    count, expected = np.zeros(1, np.int32), np.zeros(1, np.int32)
    evidence, similarity = np.zeros(1), np.zeros((1, 4))
    geometry.supports(
        *arrays, starts, np.array([SIZE, SIZE], np.uint16), key(0, 8), np.array([0, 1]),
        np.array([[0, 1]], np.uint32), np.zeros(1, bool), np.ones(16, np.float32), 0, 1, 3, 24,
        count, expected, evidence, similarity,
    )  # fmt: skip
    assert (int(count[0]), float(evidence[0])) == (8, 2.0)
    np.testing.assert_allclose(similarity, [[1, 0, 0, 0]], atol=1e-4)


def test_mutual_pairs_are_each_others_nearest():
    first = scattered(21, 40)
    second, came = moved(first, 1.0, 0.0, (0, 0))
    pairs, bits = geometry.mutual(first, second, 24)
    assert set(map(tuple, pairs.tolist())) == {(int(came[b]), b) for b in range(40)}
    assert not bits.any()
    nothing, _ = geometry.mutual(first, scattered(22, 40), 24)
    assert nothing.shape == (0, 2)
