"""Pairs worth a look: the nearest of each picture, whatever brought them up and in which order."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.matching.candidates import Edges
from monoprint.matching.proposals import MOST, Proposal, Proposals, of_codes


def test_a_picture_is_not_paired_with_itself():
    found = Proposals()
    found.add((3, 3), (0, 1), 0.0)
    assert found.of_pair == {}


def test_a_pair_is_kept_once_with_its_frames_in_order():
    found = Proposals()
    found.add((5, 2), (1, 0), 7.0, 7)
    found.add((2, 5), (0, 1), 3.0, 3)
    assert found.of_pair == {(2, 5): [Proposal(3.0, 0, 1, 3)]}


def test_of_many_frames_the_nearest_are_tried():
    found = Proposals()
    for frame in range(6):
        found.add((0, 1), (frame, 0), float(10 - frame))
    assert [p.first_frame for p in found.of_pair[0, 1]] == [5, 4]


@settings(deadline=None)
@given(st.data())
def test_the_order_of_adding_does_not_matter(data):
    ways = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2), st.integers(0, 2),
                     st.integers(0, 5))  # fmt: skip
    added = data.draw(st.lists(ways, max_size=20))
    shuffled = data.draw(st.permutations(added))
    one, other = Proposals(), Proposals()
    for into, order in ((one, added), (other, shuffled)):
        for a, b, first, second, near in order:
            into.add((a, b), (first, second), float(near))
    assert one.of_pair == other.of_pair
    assert one.nearest() == other.nearest()


def test_of_a_crowd_each_picture_keeps_its_nearest():
    found = Proposals()
    for other in range(1, MOST + 20):
        found.add((0, other), (0, 0), float(other))
    kept, crowded = found.nearest()
    # Each of the others has 0 alone, so that pair is among the nearest of one of its two.
    assert crowded == [0]
    assert set(kept) == {(0, other) for other in range(1, MOST + 20)}
    for one, other in combinations(range(1, MOST + 20), 2):
        found.add((one, other), (0, 0), abs(one - other) / 100)
    kept, crowded = found.nearest()
    assert len(crowded) == MOST + 20
    assert {(n, n + 1) for n in range(1, MOST + 18)} <= set(kept)
    assert len(kept) < 60 * MOST
    assert list(kept) == sorted(kept)


def codes(nodes, edges=(), distance=()):
    """Propose for pictures with one code each."""
    found = Proposals()
    size = len(nodes)
    joined = Edges(
        np.array(edges, np.int64).reshape(-1, 2), np.array(distance, np.int32),
        np.zeros(len(edges), np.uint8),
    )  # fmt: skip
    of_codes(
        found, np.array(nodes), np.arange(size), np.zeros(size, np.int32), joined, np.arange(size)
    )
    return found.of_pair


def test_equal_codes_propose_each_other_at_distance_0():
    assert codes([4, 7, 4]) == {(0, 2): [Proposal(0.0, 0, 0, 0)]}


def test_an_edge_proposes_all_that_have_its_codes():
    found = codes([0, 1, 1], [(0, 1)], [9])
    assert set(found) == {(0, 1), (0, 2), (1, 2)}
    assert found[0, 1][0].distance == found[0, 2][0].distance == 9


@pytest.mark.parametrize("size", [33, 200])
def test_the_best_stands_for_a_crowd_of_equal_codes(size):
    found = codes([0] * size)
    assert {pair for pair in found if 0 in pair} == {(0, n) for n in range(1, size)}
    assert len(found) <= size
