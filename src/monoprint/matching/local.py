"""Candidates by local features: pictures that share some part, however little of each that is.

Descriptors are joined like whole pictures' codes. A pair of equal descriptors proposes how two
pictures lie on each other, and what else agrees with that decides, before any pixel is looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from monoprint.fingerprints import local as recipe
from monoprint.kernels import frequency, geometry, hamming, lsh
from monoprint.kernels.geometry import Grid

# Bits within which two descriptors are taken for the same corner. A wider radius finds 7 more of
# 409 true pairs at 31, but also the more chance pairs the larger the collection, so only small ones
# have it. At 23 two more of 1,207 true pairs of the tuning half are proposed than at 19, in nearly
# three times the time for 2,000 photographs of rooms; at 15 eight less.
RADIUS: Final = 15
WIDE_RADIUS: Final = 19
WIDE_PICTURES: Final = 2000

# Bits within which keypoints agree that were predicted to: their places have been told, so they
# need only be more alike than chance: of descriptors of different pictures 1 in 70,000 is within 40
# bits, and 1 in 120 within 70.
AGREE: Final = 48

# Bits within which pictures are as good as one, and how many of them still speak for themselves.
NEAR: Final = 10
NEAR_MOST: Final = 8

# A picture's own repetitions of a descriptor (a pattern, a letter) that may seek others.
REPEATS: Final = 4

# Pictures whose descriptors tell how common one is. More would tell rarer ones apart.
SAMPLE: Final = 4096

# Pairs of descriptors that a join may be expected to bring, for each picture and at least in all:
# each costs some microseconds. Common descriptors seek no others once there would be more, except
# those that are in no more than `RARE` pictures: so often a picture may be copied.
PAIRS_PER_PICTURE: Final = 600
LEAST_PAIRS: Final = 4_000_000
RARE: Final = 24

# Agreeing keypoints near a pair of descriptors without which the pair is taken for chance.
COMPANY: Final = 1

# Ways to lie on each other that are tried for a pair of pictures.
TRIES: Final = 6

# Evidence that makes a candidate, in agreeing corners that no other picture has; the commoner one
# is, the less it counts. Of 409 true pairs of all transforms one has less that has any, and of 202
# photographs of houses 23 pairs are proposed that show two houses (both sets were tuned on). A
# tenfold collection has ten times the chances, so it asks for more; by how much is a guess.
EVIDENCE: Final = 3.0
EVIDENCE_PER_TENFOLD: Final = 1.0

# What more each corner that could agree asks for: two pages have a word in common by chance, and
# the more of them lies on each other, the more chances there are. On 2,326 files of the tuning half
# 63 % of 22,461 false pairs have less, and of 1,612 copies one is no longer tied to its source.
EVIDENCE_PER_CORNER: Final = 0.008
_PICTURES: Final = 1000

# Shares of the time, for the progress bar.
STOPPING: Final = 0.2
JOINING: Final = 0.35

_LOW: Final = np.uint64((1 << 32) - 1)
_32: Final = np.uint64(32)
_PAIRS_PER_PIECE: Final = 1 << 10


@dataclass(frozen=True, slots=True)
class Features:
    """The keypoints of many pictures, one picture after the other.

    `x`, `y`, `scale`, `angle` float32 (N,) and `code` uint64 (N, 4) are as in
    `monoprint.kernels.geometry.Keypoints`; picture p has the keypoints [starts[p], starts[p + 1]),
    `starts` uint32 (P + 1,); `size` is uint16 (P, 2), width and height in pixels.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    scale: NDArray[np.float32]
    angle: NDArray[np.float32]
    code: NDArray[np.uint64]
    starts: NDArray[np.uint32]
    size: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.size)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of pictures that may share a part, each pair once, sorted.

    `pairs` is uint32 (M, 2) with left < right; `mirrored` bool (M,) says whether one shows the
    other turned over; `support` int32 (M,) counts the keypoints that agree, `expected` those that
    could, and `evidence` float64 (M,) weighs how rare they are;
    `matrix` float64 (M, 2, 3) brings points of the right picture (mirrored left to right first,
    where `mirrored` says so) onto the left one, in pixels.
    """

    pairs: NDArray[np.uint32]
    mirrored: NDArray[np.bool_]
    support: NDArray[np.int32]
    expected: NDArray[np.int32]
    evidence: NDArray[np.float64]
    matrix: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pairs)


def features_of(
    keypoints: NDArray[Any], starts: NDArray[np.uint32], size: NDArray[np.uint16]
) -> Features:
    """Make features of stored keypoints, (N,) of `monoprint.model.fingerprint.KEYPOINT`."""
    points = recipe.unpacked(keypoints)
    return Features(points.x, points.y, points.scale, points.angle, points.code, starts, size)


def propose(
    features: Features,
    standing: NDArray[np.bool_],
    progress: Callable[[float], None],
    *,
    threads: int | None = None,
) -> Candidates:
    """Return the pairs of pictures whose keypoints agree on how they lie on each other.

    Only pictures that are `standing`, bool (P,), are compared (see `stand_ins`). `progress` is
    advanced by 1 in all. The answer depends neither on the pictures' order nor on `threads`.
    """
    of = np.repeat(np.arange(len(features), dtype=np.uint32), np.diff(features.starts))
    rank = _ranks(features)
    radius = WIDE_RADIUS if np.count_nonzero(standing) <= WIDE_PICTURES else RADIUS
    seeking, weight = _seeking(features, of, standing, rank, radius, threads)
    progress(STOPPING)
    grid = geometry.gridded(
        features.x, features.y, features.scale, features.starts, features.size
    )  # fmt: skip
    seeds = []
    for mirrored in (False, True):
        take = partial(_accompanied, features, grid, of, rank, mirrored)
        parts = lsh.near(
            features.code, seeking, radius, take, swapped=mirrored, threads=threads,
            progress=_share(progress, JOINING),
        )  # fmt: skip
        seeds.append(_gathered(list(parts)))
    found = _supported(features, grid, of, weight, seeds, threads)
    progress(1 - STOPPING - 2 * JOINING)
    return found


def stand_ins(code: NDArray[np.uint64], comparable: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Return the picture that stands for each in the local join, uint32 (P,), most for themselves.

    `code` is the pictures' PDQ codes, uint64 (P, 4), of which those that are `comparable`, bool
    (P,), count. Where more than `NEAR_MOST` pictures are within `NEAR` bits of one, that one
    stands for them: hundreds of copies of one picture would make each of its descriptors common,
    and cost the join the square of their number. What stands for others is found by the order of
    the codes; of equal codes the first picture stands.

    A caller compares with `propose` only the pictures that stand for themselves. What matches a
    picture that stands for others matches them over it, as PDQ proposes each of them with it. If it
    does not match truly (`edited`: one template, other contents), try the others one by one.
    """
    leader = np.arange(len(code), dtype=np.uint32)
    rows = np.flatnonzero(comparable)
    if not len(rows):
        return leader
    known, first, of_row = np.unique(code[rows], axis=0, return_index=True, return_inverse=True)
    of_row = of_row.reshape(-1)
    lead = hamming.crowds(known, NEAR)
    free = np.flatnonzero(lead == np.arange(len(lead), dtype=lead.dtype))
    pairs, _ = hamming.self_join(known[free], NEAR)
    _follow(free[pairs], lead)
    members = np.bincount(lead[of_row], minlength=len(known))
    many = members[lead[of_row]] > NEAR_MOST
    leader[rows[many]] = rows[first[lead[of_row[many]]]]
    return leader


@numba.njit("void(int64[:, ::1], uint32[::1])", cache=True, nogil=True)
def _follow(
    pairs: NDArray[np.int64], leader: NDArray[np.uint32],
) -> None:  # fmt: skip
    """Let each code that still stands, in order, lead those near it that nobody else leads."""
    leads = np.zeros(leader.size, np.bool_)
    for i in range(leader.size):
        leads[leader[i]] |= leader[i] != i  # leaders of crowds stay
    for n in range(pairs.shape[0]):
        a, b = pairs[n]
        if leader[a] == a and leader[b] == b and not leads[b]:
            leader[b] = a
            leads[a] = True


def _share(progress: Callable[[float], None], share: float) -> Callable[[float], None]:
    """Turn what is told as done so far into advances of a share of the whole."""
    last = 0.0

    def advance(done: float) -> None:
        nonlocal last
        progress(share * (done - last))
        last = done

    return advance


_Seeds = tuple[NDArray[np.uint64], NDArray[np.uint8]]


def _gathered(parts: list[_Seeds]) -> _Seeds:
    keys = [keys for keys, _ in parts] or [np.empty(0, np.uint64)]
    company = [company for _, company in parts] or [np.empty(0, np.uint8)]
    return np.concatenate(keys), np.concatenate(company)


@numba.njit("void(uint64[:, ::1], uint32[::1], uint64[::1])", cache=True, nogil=True)
def _digest(
    code: NDArray[np.uint64], starts: NDArray[np.uint32], digest: NDArray[np.uint64],
) -> None:  # fmt: skip
    for p in range(digest.size):
        state = np.uint64(starts[p + 1] - starts[p])
        for k in range(starts[p], starts[p + 1]):
            for word in range(4):
                state = (state ^ code[k, word]) * np.uint64(0x9E3779B97F4A7C15)
                state ^= state >> np.uint64(29)
        digest[p] = state


def _ranks(features: Features) -> NDArray[np.uint32]:
    """Return each picture's place in an order that depends on its descriptors alone."""
    digest = np.empty(len(features), np.uint64)
    _digest(features.code, features.starts, digest)
    rank = np.empty(len(features), np.uint32)
    rank[np.argsort(digest, kind="stable")] = np.arange(len(features), dtype=np.uint32)
    return rank


def _seeking(
    features: Features,
    of: NDArray[np.uint32],
    standing: NDArray[np.bool_],
    rank: NDArray[np.uint32],
    radius: int,
    threads: int | None,
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Return the keypoints that seek others, and the weight of all, float32 (N,), by their rarity.

    Those seek that are not too common, in their picture and in all.
    """
    own = frequency.repeated(features.code, features.starts, radius, REPEATS, threads=threads)
    pictures = np.flatnonzero(standing)
    sampled = np.zeros(len(features), np.bool_)
    sampled[pictures[np.argsort(rank[pictures])[:SAMPLE]]] = True
    alone = ~frequency.repeated(features.code, features.starts, radius, 1, threads=threads)
    sample = np.flatnonzero(sampled[of] & alone).astype(np.uint32)
    known = frequency.collection_frequency(features.code, of, sample, radius, threads=threads)

    size = max(min(SAMPLE, len(pictures)), _PICTURES)
    weights = np.log((size + 1) / (np.arange(256) + 1)) / np.log(size + 1)
    weight = weights.astype(np.float32)[known]

    seeks = standing[of] & ~own
    share = max(1, len(pictures)) / max(1, min(SAMPLE, len(pictures)))
    pairs = np.cumsum(np.bincount(known[seeks], minlength=256) * np.arange(256) * share / 2)
    budget = max(LEAST_PAIRS, PAIRS_PER_PICTURE * len(pictures))
    limit = max(int(np.searchsorted(pairs, budget, side="right")) - 1, int(RARE / share))
    if limit < frequency.MANY:
        seeks &= known <= limit
    return np.flatnonzero(seeks).astype(np.uint32), weight


def _accompanied(
    features: Features,
    grid: Grid,
    of: NDArray[np.uint32],
    rank: NDArray[np.uint32],
    mirrored: bool,
    keys: NDArray[np.uint64],
) -> _Seeds:
    """Keep the pairs of descriptors that have company, with the picture of lower rank first."""
    i, j = keys >> _32, keys & _LOW
    apart = of[i] != of[j]
    i, j = i[apart], j[apart]
    turned = rank[of[i]] > rank[of[j]]
    i, j = np.where(turned, j, i), np.where(turned, i, j)
    keys = i << _32 | j
    count = np.empty(len(keys), np.uint8)
    geometry.company(
        features.x, features.y, features.scale, features.angle, features.code, grid.spans,
        grid.cells, grid.order, of, features.starts, features.size[:, 0].copy(), keys, mirrored,
        AGREE, count,
    )  # fmt: skip
    kept = count >= COMPANY
    return keys[kept], count[kept]


def _supported(
    features: Features,
    grid: Grid,
    of: NDArray[np.uint32],
    weight: NDArray[np.float32],
    seeds: list[_Seeds],
    threads: int | None,
) -> Candidates:
    """Grow what has company, and keep the pairs of pictures with enough evidence."""
    keys = np.concatenate([keys for keys, _ in seeds])
    company = np.concatenate([company for _, company in seeds])
    mirror = np.repeat([False, True], [len(keys) for keys, _ in seeds])
    first, second = of[keys >> _32], of[keys & _LOW]
    order = np.lexsort((keys, ~company, mirror, second, first))  # most company first
    keys, first, second, mirror = keys[order], first[order], second[order], mirror[order]
    new = np.ones(len(keys), np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1]) | (mirror[1:] != mirror[:-1])
    begin = np.flatnonzero(new)
    pictures = np.stack([first[begin], second[begin]], axis=1)
    mirrored = mirror[begin]
    bounds = np.append(begin, len(keys)).astype(np.int64)
    total = len(begin)
    count, expected = np.zeros(total, np.int32), np.zeros(total, np.int32)
    evidence, similarity = np.zeros(total), np.zeros((total, 4))

    def piece(begin: int, end: int) -> None:
        geometry.supports(
            features.x, features.y, features.scale, features.angle, features.code, grid.spans,
            grid.cells, grid.order, features.starts, features.size, keys, bounds, pictures,
            mirrored, weight, begin, end, TRIES, AGREE, count, expected, evidence, similarity,
        )  # fmt: skip

    with hamming.Workers(threads) as workers:
        for _ in workers.map(piece, total, 1 + total // _PAIRS_PER_PIECE):
            pass
    tenfold = max(0.0, float(np.log10(max(1, len(features)) / _PICTURES)))
    good = evidence >= EVIDENCE + EVIDENCE_PER_TENFOLD * tenfold + EVIDENCE_PER_CORNER * expected
    return _ordered(
        features.size[:, 0],
        Candidates(
            pictures[good], mirrored[good], count[good], expected[good], evidence[good],
            similarity[good],
        ),
    )  # fmt: skip


def _ordered(width: NDArray[np.uint16], found: Candidates) -> Candidates:
    """Bring pairs to left < right, and keep of each the way that has most evidence.

    `found` has its similarities as a, b, tx, ty.
    """
    a, b, tx, ty = found.matrix.T.copy()
    turned = found.pairs[:, 0] > found.pairs[:, 1]
    # The inverse; between mirrored pictures it is brought to the other side of both mirrors.
    norm = a * a + b * b
    ia, ib = a / norm, -b / norm
    ix, iy = -(ia * tx - ib * ty), -(ib * tx + ia * ty)
    over = found.mirrored
    wide = width[found.pairs].astype(np.float64) - 1
    ix = np.where(over, wide[:, 1] - ix - ia * wide[:, 0], ix)
    iy = np.where(over, iy + ib * wide[:, 0], iy)
    ib = np.where(over, -ib, ib)
    a, b = np.where(turned, ia, a), np.where(turned, ib, b)
    tx, ty = np.where(turned, ix, tx), np.where(turned, iy, ty)
    pairs = np.sort(found.pairs, axis=1)
    order = np.lexsort((found.mirrored, -found.evidence, pairs[:, 1], pairs[:, 0]))
    fresh = np.ones(len(pairs), np.bool_)
    fresh[1:] = (pairs[order[1:]] != pairs[order[:-1]]).any(axis=1)
    kept = order[fresh]
    matrix = np.stack([np.stack([a, -b, tx], axis=1), np.stack([b, a, ty], axis=1)], axis=1)
    return Candidates(
        pairs[kept], found.mirrored[kept], found.support[kept], found.expected[kept],
        found.evidence[kept], matrix[kept],
    )  # fmt: skip
