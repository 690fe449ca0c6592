"""Candidates: pairs of codes within reach of each other, upright or turned."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.kernels import hamming
from monoprint.kernels.distinct import distinct

# The orientations (rows of `monoprint.kernels.pdq.ORIENTATIONS`) that have to be joined. The
# third quarter turn is left out: if one picture is the other turned by three quarters, the other
# is the first turned by one.
_JOINED: Final = (1, 2, 4, 5, 6, 7)

QUARTER_TURN: Final = 1
THREE_QUARTER_TURN: Final = 3


@dataclass(frozen=True, slots=True)
class Nodes:
    """Distinct codes.

    `code` is uint64 (U, 4); `of_row` int64 (K,) gives the node of each row of codes; `row` int64
    (U,) gives the first row of each node.
    """

    code: NDArray[np.uint64]
    of_row: NDArray[np.int64]
    row: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of nodes within reach, each pair once, sorted.

    `nodes` is uint32 (M, 2) with left < right, `distance` uint8 (M,) in bits, `orientation`
    uint8 (M,) the turn that brings the right picture onto the left one.
    """

    nodes: NDArray[np.uint32]
    distance: NDArray[np.uint8]
    orientation: NDArray[np.uint8]

    def within(self, radius: int) -> "Edges":
        """Return the pairs within `radius` bits."""
        near = self.distance <= radius
        return Edges(self.nodes[near], self.distance[near], self.orientation[near])


def nodes_of(code: NDArray[np.uint64]) -> Nodes:
    """Return the distinct rows of uint64 (K, 4), in the order of their first appearance."""
    of_row, row = distinct(np.ascontiguousarray(code).view(np.uint8).reshape(-1, 32))
    return Nodes(code[row], of_row, row)


def propose(
    nodes: Nodes,
    turned: NDArray[np.uint64],
    radius: int,
    progress: Callable[[float], None],
) -> Edges:
    """Return all pairs of nodes within `radius` bits, upright or in another orientation.

    `turned` holds the nodes' codes in the orientations 1 to 7, uint64 (U, 7, 4). Where a
    crowd of codes lies within reach of one leader, only the leader is joined with the rest, and
    the others are paired with the leader alone. `progress` is advanced by 1 in all.
    """
    leader = hamming.crowds(nodes.code, radius)
    standing = np.flatnonzero(leader == np.arange(len(leader), dtype=leader.dtype))
    followers = np.flatnonzero(leader != np.arange(len(leader), dtype=leader.dtype))
    code = nodes.code[standing]
    joins = 1 + len(_JOINED)
    pairs, distance = hamming.self_join(code, radius)
    progress(1 / joins)
    found = [
        (standing[pairs], distance, 0),
        (
            np.stack([leader[followers], followers], axis=1),
            _distances(nodes.code[leader[followers]], nodes.code[followers]),
            0,
        ),
    ]
    for orientation in _JOINED:
        pairs, distance = hamming.join(
            code, np.ascontiguousarray(turned[standing, orientation - 1]), radius
        )
        found.append((standing[pairs], distance, orientation))
        progress(1 / joins)
    return _merged(found)


def _distances(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.uint8]:
    bits: NDArray[np.uint8] = np.bitwise_count(left ^ right).sum(axis=1, dtype=np.uint8)
    return bits


def _merged(found: list[tuple[NDArray[np.int64], NDArray[np.uint8], int]]) -> Edges:
    """Bring all pairs to left < right and keep the best of each: upright before turned, near."""
    pairs = np.concatenate([pairs.reshape(-1, 2) for pairs, _, _ in found]).astype(np.uint32)
    distance = np.concatenate([distance for _, distance, _ in found])
    turn = np.concatenate([np.full(len(p), turn, np.uint8) for p, _, turn in found])
    swapped = pairs[:, 0] > pairs[:, 1]
    pairs[swapped] = pairs[swapped, ::-1]
    turn[swapped & (turn == QUARTER_TURN)] = THREE_QUARTER_TURN
    real = pairs[:, 0] != pairs[:, 1]  # a symmetric picture is near itself turned
    pairs, distance, turn = pairs[real], distance[real], turn[real]
    order = np.lexsort((turn, distance, turn > 0, pairs[:, 1], pairs[:, 0]))
    pairs, distance, turn = pairs[order], distance[order], turn[order]
    fresh = np.ones(len(pairs), bool)
    fresh[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return Edges(pairs[fresh], distance[fresh], turn[fresh])
