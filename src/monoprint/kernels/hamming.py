"""Hamming join: every pair of 256-bit codes at most so many bits apart, exactly.

The method is multi-index hashing (Norouzi, Punjani, Fleet, "Fast Exact Search in Hamming Space
with Multi-Index Hashing", 2014) with the pigeonhole principle applied twice. A code is four
64-bit words, a word four 16-bit slots. Of two codes within `radius`, some word differs in at most
`radius // 4` bits, and within that word some slot in at most `radius // 16`. So for each of the
sixteen slots in turn the codes are sorted into buckets by the slot's value, and the codes of a
bucket meet only those of buckets whose values are that close; and since the one word around the
slot must be within its own share, eight bytes of a code decide nearly every comparison. At radius
31 that share is 7 of 64 bits, which two random words meet about once in ten million times.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any, NamedTuple, Self, TypeVar, cast

import numba
import numpy as np
from numba.extending import intrinsic
from numpy.typing import NDArray

from monoprint.errors import TooManyPairs

U64 = np.uint64
Words = NDArray[np.uint64]
Indices = NDArray[np.uint32]
Function = Callable[..., Any]
Result = TypeVar("Result")

WORDS = 4
SLOTS_PER_WORD = 4
SLOTS = WORDS * SLOTS_PER_WORD
SLOT_BITS = 16
BUCKETS = 1 << SLOT_BITS

MAX_RADIUS = 63
"""Four flips in a slot would make a bucket meet 2,517 of 65,536: no longer an index."""

MAX_PAIRS = 1 << 28
"""A pair takes 25 bytes while pairs are sorted, so this many take 6.7 GB: a desktop has them."""

CROWD = 2_000
"""A crowd of this size costs a join two million pairs, which take it less than a second."""

LEADERS_PER_BUCKET = 16
"""Enough to meet the crowd even where nine in ten codes of a bucket stand apart."""

CODES_LIMIT = (1 << 32) - 1
"""Indices are uint32, and the greatest of them marks a free place in a hash table."""

TASKS_PER_THREAD = 16
"""For each slot: enough that threads end together and progress and Ctrl-C are soon heard."""

CODES_PER_TASK = 1 << 10
"""Fewer codes than this are done before a second thread has begun."""

KEYS_PER_TASK = 1 << 16

# Kernel arithmetic is unsigned throughout: numba turns a mix of signed and unsigned integers into
# floating point, and guards signed indices against negative values.
_0 = np.uint64(0)
_1 = np.uint64(1)
_2 = np.uint64(2)
_4 = np.uint64(WORDS)
_16 = np.uint64(SLOT_BITS)
_32 = np.uint64(32)
_64 = np.uint64(64)
_LOW_HALF = np.uint64((1 << 32) - 1)
_SLOT_MASK = np.uint64(BUCKETS - 1)
_LANES = np.uint64(32)
_BLOCK = np.uint64(2048)
_EMPTY = np.uint32(CODES_LIMIT)


def _kernel(signature: str) -> Callable[[Function], Function]:
    """Compile for one signature, to run without the interpreter's lock."""
    return cast(Callable[[Function], Function], numba.njit(signature, nogil=True, cache=True))


def _part(function: Function) -> Function:
    """Compile as a part of the kernels that call it."""
    return cast(Function, numba.njit(function))


def _ctpop(_context: object, _word: object) -> tuple[object, object]:
    uint64 = numba.types.uint64
    return uint64(uint64), lambda _c, builder, _s, arguments: builder.ctpop(arguments[0])


popcount: Function = intrinsic(_ctpop)
"""The number of bits set in a word, by the processor's own instruction; for use inside kernels."""


@_part
def distance(left: Words, i: U64, right: Words, j: U64) -> U64:
    """Return how many bits two codes differ in; for use inside kernels."""
    total = _0
    for word in range(_4):
        total += popcount(left[i, word] ^ right[j, word])
    return total


@_part
def swapped_distance(left: Words, i: U64, right: Words, j: U64) -> U64:
    """Return how many bits a code and another one with its halves exchanged differ in."""
    total = _0
    for word in range(_4):
        total += popcount(left[i, word] ^ right[j, word ^ _2])
    return total


@_part
def nearest_word(word: U64, words: Words, begin: U64, end: U64) -> U64:
    """Return the least distance of a word to a stretch of words, or of a few words beyond it.

    Going on to a whole number of vectors spares the compiler's loop for the rest; what lies beyond
    can only raise a false alarm.
    """
    least = _64
    for k in range(begin, begin + (end - begin + _LANES - _1) // _LANES * _LANES):
        least = min(least, popcount(word ^ words[k]))
    return least


@_part
def _emit(
    left: Words, i: U64, right: Words, words: Words, ids: Indices, begin: U64, end: U64,
    slot: U64, radius: U64, symmetric: bool, keys: Words, count: U64,
) -> U64:  # fmt: skip
    """Write the pairs of code `i` with a stretch of codes; count on where `keys` is full.

    A pair that several slots bring together is written at the first of them alone.
    """
    word = left[i, slot // _4]
    for k in range(begin, end):
        difference = word ^ words[k]
        if popcount(difference) > radius // _4:
            continue
        first = True
        for earlier in range(slot % _4):
            first &= popcount(difference >> _16 * earlier & _SLOT_MASK) > radius // _16
        if not first:
            continue
        j = np.uint64(ids[k])
        for earlier in range(slot // _4):
            first &= popcount(left[i, earlier] ^ right[j, earlier]) > radius // _4
        if first and distance(left, i, right, j) <= radius:
            if count < np.uint64(keys.size):
                if symmetric and j < i:
                    keys[count] = j << _32 | i
                else:
                    keys[count] = i << _32 | j
            count += _1
    return count


_TABLE = "uint64[:,::1], uint32[::1], uint64[::1], uint32[::1]"


@_kernel(
    f"uint64({_TABLE}, {_TABLE}, uint64[::1], boolean, uint64, uint64, uint64, uint64, uint64[::1],"
    " uint64)"
)
def _match(
    left: Words, left_starts: Indices, left_words: Words, left_ids: Indices,
    right: Words, right_starts: Indices, right_words: Words, right_ids: Indices,
    flips: Words, symmetric: bool, slot: U64, radius: U64,
    begin: U64, end: U64, keys: Words, limit: U64,
) -> U64:  # fmt: skip
    """Match the left codes sorted to [begin, end) with the right ones in reach of this slot.

    Returns the number of pairs, of which `keys` holds as many as fit; stops above `limit`.
    A pair's key is its left index above its right one. In a symmetric match left and right are
    the same codes, and each pair comes once, the lower index first.
    """
    block_words = np.zeros(_BLOCK + _LANES, np.uint64)
    block_ids = np.empty(_BLOCK, np.uint32)
    share = radius // _4
    count: U64 = _0
    value = _0
    row_begin = begin
    while row_begin < end:
        row_end = min(np.uint64(left_starts[value + _1]), end)
        if row_end <= row_begin:
            value += _1
            continue

        if symmetric:
            bucket_end = np.uint64(left_starts[value + _1])
            for row in range(row_begin, row_end):
                if nearest_word(left_words[row], left_words, row + _1, bucket_end) <= share:
                    count = _emit(
                        left, np.uint64(left_ids[row]), right, left_words, left_ids,
                        row + _1, bucket_end, slot, radius, symmetric, keys, count,
                    )  # fmt: skip
                    if count > limit:
                        return count

        # Neighbouring buckets are short and scattered, so they are first copied together.
        flip = _0
        taken = _0
        while flip < np.uint64(flips.size):
            size = _0
            while flip < np.uint64(flips.size) and size < _BLOCK:
                neighbour = value ^ flips[flip]
                if symmetric and neighbour <= value:
                    flip += _1
                    continue
                source = np.uint64(right_starts[neighbour]) + taken
                rest = np.uint64(right_starts[neighbour + _1]) - source
                take = min(rest, _BLOCK - size)
                for k in range(take):
                    block_words[size + k] = right_words[source + k]
                for k in range(take):
                    block_ids[size + k] = right_ids[source + k]
                size += take
                if take == rest:
                    flip += _1
                    taken = _0
                else:
                    taken += take
            for row in range(row_begin, row_end):
                if nearest_word(left_words[row], block_words, _0, size) <= share:
                    count = _emit(
                        left, np.uint64(left_ids[row]), right, block_words, block_ids,
                        _0, size, slot, radius, symmetric, keys, count,
                    )  # fmt: skip
                    if count > limit:
                        return count
        row_begin = row_end
        value += _1
    return count


@_kernel("void(uint64[:,::1], uint64, uint64, uint64, uint32[::1])")
def _count(codes: Words, slot: U64, begin: U64, end: U64, counts: Indices) -> None:
    """Count the codes of each value of a slot."""
    word = slot // _4
    shift = slot % _4 * _16
    for i in range(begin, end):
        counts[codes[i, word] >> shift & _SLOT_MASK] += np.uint32(1)


@_kernel("void(uint64[:,::1], uint64, uint64, uint64, uint32[::1], uint64[::1], uint32[::1])")
def _scatter(
    codes: Words, slot: U64, begin: U64, end: U64, places: Indices, words: Words, ids: Indices
) -> None:
    """Put the slot's word and the index of each code at its value's next place."""
    word = slot // _4
    shift = slot % _4 * _16
    for i in range(begin, end):
        value = codes[i, word] >> shift & _SLOT_MASK
        place = places[value]
        words[place] = codes[i, word]
        ids[place] = np.uint32(i)
        places[value] = place + np.uint32(1)


@_kernel("uint64(uint64[:,::1], uint32[::1], uint32[::1], uint32[::1])")
def _number(codes: Words, table: Indices, numbers: Indices, first: Indices) -> U64:
    """Give each distinct code a number, in order of appearance, and return how many there are."""
    mask = np.uint64(table.size - 1)
    count = _0
    for i in range(np.uint64(codes.shape[0])):
        place = _0
        for word in range(_4):
            place = (place ^ codes[i, word]) * np.uint64(0x9E3779B97F4A7C15)
            place ^= place >> _32
        place &= mask
        while table[place] != _EMPTY and distance(codes, i, codes, first[table[place]]) > _0:
            place = (place + _1) & mask
        if table[place] == _EMPTY:
            table[place] = count
            first[count] = i
            count += _1
        numbers[i] = table[place]
    return count


@_kernel(
    "void(uint64[::1], uint32[::1], uint32[::1], uint32[::1], uint32[::1], boolean, uint64[::1])"
)
def _expand(
    keys: Words, left_members: Indices, left_starts: Indices,
    right_members: Indices, right_starts: Indices, symmetric: bool, expanded: Words,
) -> None:  # fmt: skip
    """Write every pair of codes that the pairs of distinct codes stand for."""
    count = _0
    for key in keys:
        a = key >> _32
        b = key & _LOW_HALF
        for x in range(np.uint64(left_starts[a]), np.uint64(left_starts[a + _1])):
            for y in range(np.uint64(right_starts[b]), np.uint64(right_starts[b + _1])):
                i = np.uint64(left_members[x])
                j = np.uint64(right_members[y])
                if symmetric and j < i:
                    i, j = j, i
                expanded[count] = i << _32 | j
                count += _1
    if symmetric:
        for a in range(np.uint64(left_starts.size - 1)):
            end = np.uint64(left_starts[a + _1])
            for x in range(np.uint64(left_starts[a]), end):
                for y in range(x + _1, end):
                    expanded[count] = np.uint64(left_members[x]) << _32 | left_members[y]
                    count += _1


@_kernel("void(uint64[:,::1], uint64[:,::1], uint64[::1], uint32[:,::1], uint8[::1])")
def _finish(
    left: Words, right: Words, keys: Words, pairs: Indices, distances: NDArray[np.uint8]
) -> None:
    """Sort pairs by their right and then by their left index, by counting, and measure them."""
    places = np.zeros(right.shape[0] + 1, np.uint64)
    for key in keys:
        places[(key & _LOW_HALF) + _1] += _1
    places = np.cumsum(places)
    by_right = np.empty_like(keys)
    for key in keys:
        place = places[key & _LOW_HALF]
        by_right[place] = key
        places[key & _LOW_HALF] = place + _1

    places = np.zeros(left.shape[0] + 1, np.uint64)
    for key in keys:
        places[(key >> _32) + _1] += _1
    places = np.cumsum(places)
    for key in by_right:
        i = key >> _32
        j = key & _LOW_HALF
        place = places[i]
        places[i] = place + _1
        pairs[place, _0] = np.uint32(i)
        pairs[place, _1] = np.uint32(j)
        distances[place] = np.uint8(distance(left, i, right, j))


@_kernel("void(uint64[:,::1], uint32[::1], uint32[::1], uint64, uint64, uint32[::1], boolean[::1])")
def _claim(
    codes: Words, starts: Indices, ids: Indices, radius: U64, crowd: U64,
    leader: Indices, leads: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Let leaders claim the codes around them in each crowded bucket."""
    members = np.empty(ids.size, np.uint32)
    for value in range(np.uint64(BUCKETS)):
        size = _0
        begin = np.uint64(starts[value])
        end = np.uint64(starts[value + _1])
        if end - begin <= crowd:
            continue
        for k in range(begin, end):
            if leader[ids[k]] == ids[k]:
                members[size] = ids[k]
                size += _1
        for _ in range(LEADERS_PER_BUCKET):
            if size <= crowd:
                break
            head = members[0]
            kept = _0
            for k in range(_1, size):
                code = members[k]
                if not leads[code] and distance(codes, head, codes, code) <= radius:
                    leader[code] = head
                    leads[head] = True
                else:
                    members[kept] = code
                    kept += _1
            size = kept


class Workers:
    """Threads that work through a range in pieces, and drop what is left when the caller stops."""

    def __init__(self, threads: int | None) -> None:
        if threads is None:
            threads = (
                len(os.sched_getaffinity(0))
                if hasattr(os, "sched_getaffinity")
                else os.cpu_count() or 1
            )
        if threads < 1:
            raise ValueError(f"threads must be at least 1, not {threads}")
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def map(
        self, function: Callable[..., Result], size: int, pieces: int, *each: Iterable[Any]
    ) -> Iterator[Result]:
        """Call `function(begin, end, ...)` for even pieces of range(size), results in order."""
        bounds = [size * k // pieces for k in range(pieces + 1)]
        return self._pool.map(function, bounds[:-1], bounds[1:], *each)


class _Tally:
    """The pairs that all threads have counted, checked before room is made for them."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self._count += count
            _check_pairs(self._count)


class _Slot(NamedTuple):
    """Codes sorted by the value of one slot, those of a value in index order.

    The codes of value v lie at [starts[v], starts[v + 1]): `words` holds the word around the slot,
    and some zeros more, which `nearest_word` may read; `ids` holds the index in `codes`.
    """

    codes: Words
    starts: Indices
    words: Words
    ids: Indices


class _Distinct(NamedTuple):
    """The distinct codes, and for each the indices of all codes that equal it, in order.

    The equals of distinct code d are members[starts[d]:starts[d + 1]].
    """

    codes: Words
    members: Indices
    starts: Indices


def self_join(
    codes: Words,
    radius: int = 31,
    *,
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Indices, NDArray[np.uint8]]:
    """Find every pair of codes at most `radius` bits apart.

    `codes` is uint64[N, 4] with N below 2**32, `radius` 0 to 63. Returns the pairs, uint32[M, 2]
    with the lower index first and sorted by both, and their distances, uint8[M]. The answer is
    complete, and does not depend on `threads` (by default all this process may use). `progress`
    is called with the share done, up to 1. Time has a part that grows with N and a small one that
    grows with N squared, which leads from some millions on; equal codes cost only their pairs.

    Raises ValueError for another shape, dtype or radius, and TooManyPairs beyond `MAX_PAIRS`.
    The method is multi-index hashing (Norouzi, Punjani, Fleet 2014); see the module.
    """
    return _join(_checked(codes, "codes"), None, radius, threads, progress)


def join(
    left: Words,
    right: Words,
    radius: int = 31,
    *,
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Indices, NDArray[np.uint8]]:
    """Find every pair of a left and a right code at most `radius` bits apart.

    `left` is uint64[N, 4] and `right` uint64[K, 4], each shorter than 2**32, `radius` 0 to 63.
    Returns the pairs, uint32[M, 2] with the index in `left` first and sorted by both, and their
    distances, uint8[M]. For `threads`, `progress`, errors and method see `self_join`.
    """
    return _join(_checked(left, "left"), _checked(right, "right"), radius, threads, progress)


def crowds(
    codes: Words, radius: int = 31, *, size: int = CROWD, threads: int | None = None
) -> Indices:
    """Find dense crowds of codes, and let a leader stand for each code it claims.

    A crowd of n codes has up to n * n / 2 pairs; with the claimed codes left out, a join takes
    time nearly linear in the size of the crowds. Where more than `size` distinct codes agree in
    a slot, the first of them claims those within `radius`, then the first of the rest, and so on
    for at most `LEADERS_PER_BUCKET` leaders.

    `codes` is uint64[N, 4] with N below 2**32, `radius` 0 to 63. Returns uint32[N]: the index of
    the leader, within `radius`, that claimed a code, or the code's own index if none did. A leader
    is not claimed itself. Codes that equal a leader are claimed by it, and codes that equal a
    claimed one share its leader. The answer does not depend on `threads`.

    Raises ValueError for another shape, dtype or radius, or a size below 1. The buckets are those
    of multi-index hashing (Norouzi, Punjani, Fleet 2014); see the module.
    """
    codes = _checked(codes, "codes")
    _check_radius(radius)
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    everyone = np.arange(len(codes), dtype=np.uint32)
    with Workers(threads) as workers:
        crowded = [k for k in range(SLOTS) if _counted(codes, k, workers).sum(axis=0).max() > size]
        if not crowded:
            return everyone
        distinct = _distinct(codes)
        leader = np.arange(len(distinct.codes), dtype=np.uint32)
        leads = np.zeros(len(leader), np.bool_)
        for slot in crowded:
            counts = _counted(distinct.codes, slot, workers)
            _, starts, _, ids = _sorted(distinct.codes, slot, counts, workers)
            _claim(distinct.codes, starts, ids, radius, size, leader, leads)

    # From distinct codes back to all: those that equal a leader or a claimed code go with it.
    repeats = np.diff(distinct.starts)
    first = distinct.members[distinct.starts[:-1]]
    goes = np.repeat(leads | (leader != np.arange(len(leader))), repeats)
    everyone[distinct.members[goes]] = np.repeat(first[leader], repeats)[goes]
    return everyone


def _checked(codes: Words, name: str) -> Words:
    if codes.dtype != np.uint64 or codes.ndim != 2 or codes.shape[1] != WORDS:
        raise ValueError(f"{name} must be uint64[N, 4], not {codes.dtype}{list(codes.shape)}")
    if len(codes) >= CODES_LIMIT:
        raise ValueError(f"{name} must be fewer than {CODES_LIMIT:,} codes, not {len(codes):,}")
    return np.ascontiguousarray(codes)


def _check_radius(radius: int) -> None:
    if not 0 <= radius <= MAX_RADIUS:
        raise ValueError(f"radius must be 0 to {MAX_RADIUS}, not {radius}")


def _check_pairs(count: int) -> None:
    if count > MAX_PAIRS:
        raise TooManyPairs(
            f"More than {MAX_PAIRS:,} pairs of codes are within the radius.",
            advice="Choose a smaller radius, or let leaders stand for the crowds.",
        )


def _join(
    left: Words,
    right: Words | None,
    radius: int,
    threads: int | None,
    progress: Callable[[float], None] | None,
) -> tuple[Indices, NDArray[np.uint8]]:
    """Join left with right codes, or the left ones with each other."""
    _check_radius(radius)
    ours = _distinct(left)
    theirs = None if right is None else _distinct(right)
    with Workers(threads) as workers:
        keys = _near_pairs(
            ours.codes, None if theirs is None else theirs.codes, radius, workers, progress
        )
    keys = _with_equals(keys, ours, theirs)
    pairs = np.empty((len(keys), 2), np.uint32)
    distances = np.empty(len(keys), np.uint8)
    _finish(left, left if right is None else right, keys, pairs, distances)
    return pairs, distances


def _distinct(codes: Words) -> _Distinct:
    """Collapse equal codes."""
    numbers = np.empty(len(codes), np.uint32)
    first = np.empty(len(codes), np.uint32)
    table = np.full(2 << len(codes).bit_length(), _EMPTY)
    count = _number(codes, table, numbers, first)
    if count == len(codes):
        return _Distinct(codes, numbers, np.arange(count + 1, dtype=np.uint32))
    starts = np.zeros(count + 1, np.uint32)
    np.cumsum(np.bincount(numbers), out=starts[1:])
    members = np.argsort(numbers, kind="stable").astype(np.uint32)
    return _Distinct(codes[first[:count]], members, starts)


def _with_equals(keys: Words, left: _Distinct, right: _Distinct | None) -> Words:
    """Turn pairs of distinct codes into the pairs of all codes."""
    symmetric = right is None
    right = right or left
    if len(left.members) == len(left.codes) and len(right.members) == len(right.codes):
        return keys
    repeats = np.diff(left.starts).astype(np.uint64)
    right_repeats = np.diff(right.starts)
    count = int(np.sum(repeats[keys >> 32] * right_repeats[keys & _LOW_HALF]))
    if symmetric:
        count += int(np.sum(repeats * (repeats - _1) // 2))
    _check_pairs(count)
    expanded = np.empty(count, np.uint64)
    _expand(keys, left.members, left.starts, right.members, right.starts, symmetric, expanded)
    return expanded


def _near_pairs(
    left: Words,
    right: Words | None,
    radius: int,
    workers: Workers,
    progress: Callable[[float], None] | None,
) -> Words:
    """Find the keys of all pairs of distinct codes within the radius, in no particular order."""
    values = np.arange(BUCKETS, dtype=np.uint64)
    flips = values[np.bitwise_count(values) <= radius // SLOTS]
    parts = []
    tally = _Tally()
    for slot in range(SLOTS):
        ours = _sorted(left, slot, _counted(left, slot, workers), workers)
        theirs = (
            ours if right is None else _sorted(right, slot, _counted(right, slot, workers), workers)
        )
        match = partial(_matched, ours, theirs, flips, right is None, slot, radius, tally)
        tasks = min(TASKS_PER_THREAD * workers.threads, 1 + len(left) // CODES_PER_TASK)
        for done, keys in enumerate(workers.map(match, len(left), tasks), 1):
            parts.append(keys)
            if progress is not None:
                progress((slot + done / tasks) / SLOTS)
    return np.concatenate(parts)


def _matched(
    left: _Slot, right: _Slot, flips: Words, symmetric: bool, slot: int, radius: int,
    tally: _Tally, begin: int, end: int,
) -> Words:  # fmt: skip
    """Match the left codes sorted to [begin, end), with as much room as their pairs need."""
    keys = np.empty(KEYS_PER_TASK, np.uint64)
    task = partial(_match, *left, *right, flips, symmetric, slot, radius, begin, end)
    count = task(keys, MAX_PAIRS)
    tally.add(count)
    if count <= len(keys):
        return keys[:count].copy()
    keys = np.empty(count, np.uint64)
    task(keys, MAX_PAIRS)
    return keys


def _counted(codes: Words, slot: int, workers: Workers) -> Indices:
    """Count the codes of each value of a slot, in a row for each piece of the codes."""

    def count(begin: int, end: int) -> Indices:
        row = np.zeros(BUCKETS, np.uint32)
        _count(codes, slot, begin, end, row)
        return row

    # A piece is no smaller than its row, lest the rows cost more than the codes.
    pieces = min(workers.threads, 1 + len(codes) // BUCKETS)
    return np.stack(list(workers.map(count, len(codes), pieces)))


def _sorted(codes: Words, slot: int, counts: Indices, workers: Workers) -> _Slot:
    """Sort codes by the value of a slot, given the counts of each piece of the codes."""
    ends = np.cumsum(counts.T, dtype=np.uint32).reshape(counts.T.shape)
    places = np.ascontiguousarray(ends.T) - counts
    starts = np.append(places[0], np.uint32(len(codes)))
    words = np.zeros(len(codes) + int(_LANES), np.uint64)
    ids = np.empty(len(codes), np.uint32)

    def scatter(begin: int, end: int, row: Indices) -> None:
        _scatter(codes, slot, begin, end, row, words, ids)

    for _ in workers.map(scatter, len(codes), len(counts), places):
        pass
    return _Slot(codes, starts, words, ids)
