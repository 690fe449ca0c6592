"""Proposals: which pairs of pictures are worth a look, whichever code brought them together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.candidates import Edges

Pair = tuple[int, int]

# Pictures of one code, or one of each of two codes, that are all paired; of more the best ranked
# stands for the rest, or a thousand copies would make half a million pairs.
_CROWD: Final = 32

# Candidates of one picture that are looked at, the nearest of its own first: a thousand forms
# filled in on one template are all near each other, and a copy is nearer than those.
MOST: Final = 40

# Frames of two files that are tried on each other, the nearest first.
_FRAMES: Final = 2


@dataclass(frozen=True, slots=True, order=True)
class Proposal:
    """Why two pictures may match: how near they are (0 nearest), and by which of their frames.

    `distance` is of PDQ codes in bits, or -1 if another code proposed them.
    """

    nearness: float
    first_frame: int
    second_frame: int
    distance: int = -1


@dataclass(slots=True)
class Proposals:
    """Pairs of pictures with the nearest proposals of each; pairs are (a, b) with a < b."""

    of_pair: dict[Pair, list[Proposal]] = field(default_factory=dict)

    def add(
        self,
        pictures: Pair,
        frames: tuple[int, int],
        nearness: float,
        distance: int = -1,
    ) -> None:
        """Take in a proposal; a picture is not paired with itself."""
        one, other = pictures
        if one == other:
            return
        first, second = frames
        if one > other:
            one, other, first, second = other, one, second, first
        held = self.of_pair.setdefault((one, other), [])
        held.append(Proposal(nearness, first, second, distance))
        held.sort()
        nearest = {(p.first_frame, p.second_frame): p for p in reversed(held)}
        held[:] = sorted(nearest.values())[:_FRAMES]

    def nearest(self) -> tuple[dict[Pair, list[Proposal]], list[int]]:
        """Return the pairs that are among the `MOST` nearest of either picture.

        Also return, in order, the pictures that had more.
        """
        of_picture: dict[int, list[tuple[Proposal, Pair]]] = {}
        for pair, held in self.of_pair.items():
            for picture in pair:
                of_picture.setdefault(picture, []).append((held[0], pair))
        kept: set[Pair] = set()
        crowded = []
        for picture, near in of_picture.items():
            if len(near) > MOST:
                crowded.append(picture)
                near.sort()
            kept.update(pair for _, pair in near[:MOST])
        return {pair: self.of_pair[pair] for pair in sorted(kept)}, sorted(crowded)


def of_codes(
    proposals: Proposals,
    node: NDArray[np.int64],
    picture: NDArray[np.int64],
    frame: NDArray[np.int32],
    edges: Edges,
    rank: NDArray[np.int64],
) -> None:
    """Add the pairs of pictures whose codes are equal or joined by an edge.

    `node`, `picture` and `frame` say of each code row, (K,), which distinct code it has and which
    picture's frame it belongs to.
    """
    rows = _best_first(node, picture, rank)
    for held in rows.values():
        for one, other in _pairs(held, held):
            proposals.add(
                (int(picture[one]), int(picture[other])), (int(frame[one]), int(frame[other])),
                0.0, 0,
            )  # fmt: skip
    for (left, right), distance in zip(edges.nodes.tolist(), edges.distance.tolist(), strict=True):
        for one, other in _pairs(rows[left], rows[right]):
            proposals.add(
                (int(picture[one]), int(picture[other])), (int(frame[one]), int(frame[other])),
                float(distance), distance,
            )  # fmt: skip


def _best_first(
    node: NDArray[np.int64], picture: NDArray[np.int64], rank: NDArray[np.int64]
) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {}
    for row in np.lexsort((rank[picture], node)).tolist():
        rows.setdefault(int(node[row]), []).append(row)
    return rows


def _pairs(left: list[int], right: list[int]) -> Iterator[Pair]:
    """Yield all pairs of two small crowds; of large ones those with either's first."""
    if len(left) * len(right) <= _CROWD * _CROWD:
        yield from _all(left, right)
        return
    yield from _all(left[:1], right)
    yield from _all(right[:1], left)


def _all(left: Iterable[int], right: list[int]) -> Iterator[Pair]:
    for one in left:
        for other in right:
            if one != other:
                yield one, other
