"""How common a descriptor is: in how many pictures it stands, and how often in its own.

Descriptors of clean corners, letters and logos stand in pictures that have nothing else in common.
They say little about a pair of pictures and cost a join the square of their number: what text
retrieval calls stop words (Sivic, Zisserman, "Video Google", 2003).
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numba
import numpy as np
from numpy.typing import NDArray

from monoprint.kernels import hamming
from monoprint.kernels.hamming import distance, nearest_word, popcount

Words = NDArray[np.uint64]
Indices = NDArray[np.uint32]
Function = Callable[..., Any]

MANY: Final = 255
"""Counts end here: what stands in more pictures than that is as common as can be."""

_MAX_RADIUS: Final = 15
"""Up to here one of the sixteen slots of two codes is equal; see `monoprint.kernels.hamming`."""

_SLOT_BITS = np.uint64(hamming.SLOT_BITS)
_MASK = np.uint64(hamming.BUCKETS - 1)
_4 = np.uint64(4)
_CODES_PER_PIECE: Final = 1 << 15


def _kernel(signature: str) -> Callable[[Function], Function]:
    """Compile for one signature, to run without the interpreter's lock."""
    return cast(Callable[[Function], Function], numba.njit(signature, nogil=True, cache=True))


@_kernel(
    "void(uint64[:, ::1], uint32[::1], uint64[:, ::1], uint32[::1], uint32[:, ::1], uint64[::1],"
    " uint32[:, ::1], int64, int64, int64, uint8[::1])"
)
def _frequency(
    code: Words, of: Indices, sample: Words, sample_of: Indices, starts: Indices, words: Words,
    ids: Indices, radius: int, begin: int, end: int, count: NDArray[np.uint8],
) -> None:  # fmt: skip
    seen = np.full(np.int64(sample_of.max()) + 1, -1, np.int64)
    share = np.uint64(radius // 4)
    stride = np.uint64(words.size // 16)
    for i in range(begin, end):
        found = 0
        for slot in range(16):
            if found == MANY:
                break
            word = code[i, slot // 4]
            value = np.int64(word >> np.uint64(slot % 4) * _SLOT_BITS & _MASK)
            first, last = np.uint64(starts[slot, value]), np.uint64(starts[slot, value + 1])
            row = np.uint64(slot) * stride
            if nearest_word(word, words, row + first, row + last) > share:
                continue
            for k in range(first, last):
                if popcount(word ^ words[row + k]) > share:
                    continue
                j = np.uint64(ids[slot, k])
                picture = sample_of[j]
                if picture == of[i] or seen[picture] == i:
                    continue
                if distance(code, np.uint64(i), sample, j) <= np.uint64(radius):
                    seen[picture] = i
                    found += 1
                    if found == MANY:
                        break
        count[i] = found


def document_frequency(
    code: Words, of: Indices, sample: Indices, radius: int, *, threads: int | None = None
) -> NDArray[np.uint8]:
    """Return in how many other pictures of a sample each descriptor stands, up to `MANY`.

    `code` is uint64 (N, 4), `of` uint32 (N,) each code's picture, `sample` uint32 (K,) the indices
    of the sampled pictures' codes, `radius` 0 to 15 bits within which a descriptor is the same.
    """
    if not 0 <= radius <= _MAX_RADIUS:
        raise ValueError(f"radius must be 0 to {_MAX_RADIUS}, not {radius}")
    count = np.zeros(len(code), np.uint8)
    if not len(sample):
        return count
    known, known_of = code[sample], of[sample]
    with hamming.Workers(threads) as workers:
        slots = [hamming.sorted_slot(known, slot, workers) for slot in range(hamming.SLOTS)]
        starts = np.stack([slot.starts for slot in slots])
        words = np.concatenate([slot.words for slot in slots])
        ids = np.stack([slot.ids for slot in slots])
        del slots

        def piece(begin: int, end: int) -> None:
            _frequency(
                code, of, known, known_of, starts, words, ids, radius, begin, end, count
            )  # fmt: skip

        for _ in workers.map(piece, len(code), 1 + len(code) // _CODES_PER_PIECE):
            pass
    return count


@_kernel("void(uint64[:, ::1], uint32[::1], int64, int64, int64, int64, boolean[::1])")
def _repeated(
    code: Words, starts: Indices, radius: int, most: int, begin: int, end: int,
    repeated: NDArray[np.bool_],
) -> None:  # fmt: skip
    for picture in range(begin, end):
        first = np.int64(starts[picture])
        for i in range(first, np.int64(starts[picture + 1])):
            twins = 0
            for j in range(first, i):
                if not repeated[j] and distance(
                    code, np.uint64(i), code, np.uint64(j)
                ) <= np.uint64(radius):
                    twins += 1
            repeated[i] = twins >= most


def repeated(
    code: Words, starts: Indices, radius: int, most: int, *, threads: int | None = None
) -> NDArray[np.bool_]:
    """Say which descriptors look like `most` earlier ones of their own picture, or more.

    `code` is uint64 (N, 4), `starts` uint32 (P + 1,) where each picture's codes begin.
    """
    found = np.zeros(len(code), np.bool_)
    pictures = len(starts) - 1

    def piece(begin: int, end: int) -> None:
        _repeated(code, starts, radius, most, begin, end, found)

    with hamming.Workers(threads) as workers:
        for _ in workers.map(piece, pictures, 1 + pictures // 64):
            pass
    return found
