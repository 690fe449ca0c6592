"""Locality-sensitive join: nearly every pair of 256-bit codes at most so many bits apart.

The method is bit sampling (Indyk, Motwani, "Approximate Nearest Neighbors: Towards Removing the
Curse of Dimensionality", 1998). A table's key is some of a code's bits; codes of one key meet, and
two that are alike have one key in some table, the more surely the nearer they are. The exact join
of `monoprint.kernels.hamming` must take slots of 16 bits to be exact; here a key may have as many
bits as there are codes to tell apart, so the buckets stay small where codes are many. What that
gives up is stated: of pairs at the very radius `MISSED` are not met, and of nearer ones fewer.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import ceil, log, prod
from typing import Any, Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from monoprint.kernels.hamming import Workers, nearest_word, popcount

U64 = np.uint64
Words = NDArray[np.uint64]
Indices = NDArray[np.uint32]
Function = Callable[..., Any]
Result = TypeVar("Result")

BITS: Final = 256
WORDS: Final = 4

MISSED: Final = 0.3
"""Share of the pairs at the radius itself that no table brings together, were errors random.

Pictures that share a part share dozens of descriptors, most of them nearer than the radius: with a
tenth of this the same pictures are proposed (`docs/decisions/0014-own-descriptors.md`), from two to
three times the tables.
"""

MOST_KEY_BITS: Final = 24
"""A table of 16 million buckets: more would cost more than they save, up to 100 million codes."""

LEAST_KEY_BITS: Final = 12

CODES_PER_BUCKET: Final = 2
"""What a bucket would hold were the bits random; descriptors' are not, so theirs hold more."""

MAX_RADIUS: Final = 31

# Bits of a key lie so far apart (modulo 256), at first and then with each new round of tables: odd,
# so that every bit comes in once a round, and a bit is never with its mirror image (128 apart).
_STRIDE: Final = 77
_NEXT_STRIDE: Final = 34

# Pairs that one call of a kernel holds, and the parts of a table that threads work on.
_KEYS_PER_PART: Final = 1 << 20
_PARTS_PER_THREAD: Final = 32
_CODES_PER_PART: Final = 1 << 12

_0: Final = np.uint64(0)
_1: Final = np.uint64(1)
_2: Final = np.uint64(2)
_4: Final = np.uint64(WORDS)
_6: Final = np.uint64(6)
_32: Final = np.uint64(32)
_63: Final = np.uint64(63)
_BLOCK: Final = np.uint64(1024)
_STRETCH: Final = np.uint64(256)
_LANES: Final = np.uint64(32)


class Table(NamedTuple):
    """Codes sorted by key: those of key v are ids[starts[v]:starts[v + 1]], in order of index."""

    starts: Indices
    ids: Indices


def _kernel(signature: str) -> Callable[[Function], Function]:
    """Compile for one signature, to run without the interpreter's lock."""
    return cast(Callable[[Function], Function], numba.njit(signature, nogil=True, cache=True))


def _part(function: Function) -> Function:
    """Compile as a part of the kernels that call it."""
    return cast(Function, numba.njit(function))


@_kernel("void(uint64[:, ::1], uint32[::1], uint64[::1], uint64, uint64, uint64, uint32[::1])")
def _keys(
    codes: Words, which: Indices, bits: Words, swap: U64, begin: U64, end: U64, keys: Indices
) -> None:
    """Write the keys of the codes which[begin:end], with their halves exchanged if `swap` is 2."""
    block = np.empty((_4, _BLOCK), np.uint64)
    made = np.empty(_BLOCK, np.uint32)
    for first in range(begin, end, _BLOCK):
        size = min(_BLOCK, end - first)
        for k in range(size):
            for word in range(_4):
                block[word, k] = codes[which[first + k], word ^ swap]
        made[:size] = 0
        for place in range(np.uint64(bits.size)):
            word = bits[place] >> _6
            shift = bits[place] & _63
            for k in range(size):
                made[k] |= np.uint32((block[word, k] >> shift & _1) << place)
        keys[first : first + size] = made[:size]


@_kernel("void(uint32[::1], uint64, uint64, uint32[::1])")
def _count(keys: Indices, begin: U64, end: U64, counts: Indices) -> None:
    for k in range(begin, end):
        counts[keys[k]] += np.uint32(1)


@_kernel("void(uint32[::1], uint32[::1], uint64, uint64, uint32[::1], uint32[::1])")
def _scatter(
    keys: Indices, which: Indices, begin: U64, end: U64, places: Indices, ids: Indices
) -> None:
    """Put each code's index at its key's next place."""
    for k in range(begin, end):
        place = places[keys[k]]
        ids[place] = which[k]
        places[keys[k]] = place + np.uint32(1)


@_part
def _gather(
    codes: Words, ids: Indices, begin: U64, size: U64, swap: U64, block: Words
) -> None:  # fmt: skip
    """Copy codes together, word by word; reads of scattered memory then wait for each other not."""
    for k in range(size):
        for word in range(_4):
            block[word, k] = codes[ids[begin + k], word ^ swap]


@_part
def _emit(
    rows: Words, row: U64, i: U64, columns: Words, ids: Indices, first: U64, begin: U64, end: U64,
    word: U64, share: U64, radius: U64, later: bool, masks: Words, table: U64, keys: Words,
    count: U64,
) -> U64:  # fmt: skip
    """Write the pairs of one row with a stretch of columns; count on where `keys` is full.

    A pair that several tables bring together is written at the first of them. With `later` only
    columns of a higher index than the row's count.
    """
    for k in range(begin, end):
        if popcount(rows[word, row] ^ columns[word, k]) > share:
            continue
        j = np.uint64(ids[first + k])
        if later and j <= i:
            continue
        a = rows[_0, row] ^ columns[_0, k]
        b = rows[_1, row] ^ columns[_1, k]
        c = rows[_2, row] ^ columns[_2, k]
        d = rows[_2 + _1, row] ^ columns[_2 + _1, k]
        if popcount(a) + popcount(b) + popcount(c) + popcount(d) > radius:
            continue
        fresh = True
        for earlier in range(table):
            fresh &= (
                a & masks[earlier, _0] | b & masks[earlier, _1]
                | c & masks[earlier, _2] | d & masks[earlier, _2 + _1]
            ) != _0  # fmt: skip
        if fresh:
            if count < np.uint64(keys.size):
                keys[count] = i << _32 | j
            count += _1
    return count


@_kernel(
    "uint64(uint64[:, ::1], uint32[::1], uint32[::1], uint32[::1], uint32[::1], boolean, uint64,"
    " uint64[:, ::1], uint64, uint64, uint64, uint64, uint64, uint64[::1], uint64)"
)
def _match(
    codes: Words, left_starts: Indices, left_ids: Indices, right_starts: Indices,
    right_ids: Indices, later: bool, swap: U64, masks: Words, table: U64, share: U64, radius: U64,
    begin: U64, end: U64, keys: Words, limit: U64,
) -> U64:  # fmt: skip
    """Match the left codes sorted to [begin, end) with the right ones of the same key.

    Returns the number of pairs, of which `keys` holds as many as fit; stops above `limit`.
    """
    rows = np.empty((_4, _BLOCK), np.uint64)
    columns = np.zeros((_4, _BLOCK + _LANES), np.uint64)
    word = table % _4
    own, others = rows[word], columns[word]
    count: U64 = _0
    value, last = _0, np.uint64(left_starts.size - 1)
    while value + _1 < last:  # the bucket that holds `begin`
        middle = (value + last) // _2
        if np.uint64(left_starts[middle]) <= begin:
            value = middle
        else:
            last = middle
    row_begin = begin
    while row_begin < end:
        row_end = min(np.uint64(left_starts[value + _1]), end, row_begin + _BLOCK)
        if row_end <= row_begin:
            value += _1
            continue
        _gather(codes, left_ids, row_begin, row_end - row_begin, _0, rows)
        tile, bucket_end = np.uint64(right_starts[value]), np.uint64(right_starts[value + _1])
        while tile < bucket_end:
            size = min(_BLOCK, bucket_end - tile)
            _gather(codes, right_ids, tile, size, swap, columns)
            for row in range(row_end - row_begin):
                some = _0
                while some < size:
                    some_end = min(some + _STRETCH, size)
                    if nearest_word(own[row], others, some, some_end) <= share:
                        count = _emit(
                            rows, row, np.uint64(left_ids[row_begin + row]), columns, right_ids,
                            tile, some, some_end, word, share, radius, later, masks, table, keys,
                            count,
                        )  # fmt: skip
                        if count > limit:
                            return count
                    some = some_end
            tile += size
        row_begin = row_end
    return count


def key_bits(count: int) -> int:
    """Return how many bits a key should have, to tell so many codes apart."""
    return min(MOST_KEY_BITS, max(LEAST_KEY_BITS, round(log(max(1, count / CODES_PER_BUCKET), 2))))


def tables(bits: int, radius: int) -> int:
    """Return how many tables it takes to meet all but `MISSED` of the pairs at the radius.

    Two codes agree in all bits of a key, drawn without putting back, with the chance that none of
    those that differ is drawn.
    """
    chance = prod((BITS - radius - k) / (BITS - k) for k in range(bits))
    return ceil(log(MISSED) / log(1 - chance)) if radius else 1


def _bits_of(table: int, bits: int) -> Words:
    """Return the bits of a table's key: no two tables of a round share one."""
    a_round = BITS // bits
    stride = _STRIDE + _NEXT_STRIDE * (table // a_round)
    places = np.arange(bits, dtype=np.uint64) + np.uint64(bits * (table % a_round))
    return places * np.uint64(stride) % np.uint64(BITS)


def _masks(count: int, bits: int) -> Words:
    """Return the keys' bits of all tables as masks of codes, uint64 (count, 4)."""
    masks = np.zeros((count, WORDS), np.uint64)
    for table in range(count):
        for bit in _bits_of(table, bits).tolist():
            masks[table, bit // 64] |= np.uint64(1 << bit % 64)
    return masks


def near(
    codes: Words,
    which: Indices,
    radius: int,
    take: Callable[[Words], Result],
    *,
    swapped: bool = False,
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Result]:
    """Meet nearly every pair of codes at most `radius` bits apart, in parts.

    `codes` is uint64[N, 4], of which those with the indices `which`, uint32[K] and rising, are
    joined; `radius` is 0 to 31. With `swapped` a pair's second code is taken with its halves
    exchanged. `take` is called in several threads with keys, uint64[M], that hold the lower index
    above the higher one, 32 bits each; what it returns is yielded. Each pair comes once; how the
    pairs are parted depends on `threads`, which pairs there are does not. Pairs of equal codes are
    all met; for others see the module.
    """
    return _joined(codes, which, which, None, radius, take, swapped, threads, progress)


def near_others(
    codes: Words,
    left: Indices,
    right: Indices,
    radius: int,
    take: Callable[[Words], Result],
    *,
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Result]:
    """Meet nearly every pair of a left and a right code at most `radius` bits apart.

    `left` and `right` are indices in `codes`. Keys hold the left index above the right one, and no
    two calls of `take` at a time have a left code in common; for all else see `near`.
    """
    return _joined(codes, left, right, right, radius, take, False, threads, progress)


def _joined(
    codes: Words, left: Indices, right: Indices, others: Indices | None, radius: int,
    take: Callable[[Words], Result], swapped: bool, threads: int | None,
    progress: Callable[[float], None] | None,
) -> Iterator[Result]:  # fmt: skip
    if not 0 <= radius <= MAX_RADIUS:
        raise ValueError(f"radius must be 0 to {MAX_RADIUS}, not {radius}")
    swap = 2 if swapped else 0
    bits = key_bits(len(right))
    count = tables(bits, radius)
    masks = _masks(count, bits)
    share = radius // 2 + 1  # of one word's 64 bits: all but a few in a thousand keep within it
    with Workers(threads) as workers:
        for table in range(count):
            ours = theirs = _sorted(codes, left, _bits_of(table, bits), 0, workers)
            if others is not None or swapped:
                theirs = _sorted(codes, right, _bits_of(table, bits), swap, workers)
            match = partial(
                _matched, take, codes, ours, theirs, others is None, swap, masks, table, share,
                radius,
            )  # fmt: skip
            pieces = min(_PARTS_PER_THREAD * workers.threads, 1 + len(left) // _CODES_PER_PART)
            for done, parts in enumerate(workers.map(match, len(left), pieces), 1):
                yield from parts
                if progress is not None:
                    progress((table + done / pieces) / count)


def _sorted(codes: Words, which: Indices, bits: Words, swap: int, workers: Workers) -> Table:
    """Sort codes by key, by counting."""
    keys = np.empty(len(which), np.uint32)
    buckets = 1 << len(bits)
    # A piece is no smaller than its row of counts, lest the rows cost more than the codes.
    pieces = min(workers.threads, 1 + len(which) // buckets)
    counts = np.zeros((pieces, buckets), np.uint32)

    def count(begin: int, end: int, row: Indices) -> None:
        _keys(codes, which, bits, swap, begin, end, keys)
        _count(keys, begin, end, row)

    for _ in workers.map(count, len(which), pieces, counts):
        pass
    ends = np.cumsum(counts.T, dtype=np.uint32).reshape(counts.T.shape)
    places = np.ascontiguousarray(ends.T) - counts
    starts = np.append(places[0], np.uint32(len(which)))
    ids = np.empty(len(which), np.uint32)

    def scatter(begin: int, end: int, row: Indices) -> None:
        _scatter(keys, which, begin, end, row, ids)

    for _ in workers.map(scatter, len(which), pieces, places):
        pass
    return Table(starts, ids)


def _matched(
    take: Callable[[Words], Result], codes: Words, left: Table, right: Table, later: bool,
    swap: int, masks: Words, table: int, share: int, radius: int, begin: int, end: int,
) -> list[Result]:  # fmt: skip
    """Match the left codes sorted to [begin, end), halving the stretch where its pairs are many."""
    arguments = (codes, *left, *right, later, swap, masks, table, share, radius)
    keys = np.empty(_KEYS_PER_PART, np.uint64)
    count = _match(*arguments, begin, end, keys, len(keys))
    if count > len(keys) and end - begin > 1:
        each = partial(
            _matched, take, codes, left, right, later, swap, masks, table, share, radius
        )  # fmt: skip
        middle = (begin + end) // 2
        return each(begin, middle) + each(middle, end)
    if count > len(keys):
        keys = np.empty(len(right.ids), np.uint64)
        count = _match(*arguments, begin, end, keys, len(keys))
    return [take(keys[:count])]
