"""How common a descriptor is: how often it stands in other pictures, and in its own.

Descriptors of clean corners, letters and logos stand in pictures that have nothing else in common.
They say little about a pair of pictures and cost a join the square of their number: what text
retrieval calls stop words (Sivic, Zisserman, "Video Google", 2003).
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numba
import numpy as np
from numpy.typing import NDArray

from monoprint.kernels import lsh
from monoprint.kernels.hamming import Workers, distance

Words = NDArray[np.uint64]
Indices = NDArray[np.uint32]
Function = Callable[..., Any]

MANY: Final = 255
"""Counts end here: what stands in more places than that is as common as can be."""


def _kernel(signature: str) -> Callable[[Function], Function]:
    """Compile for one signature, to run without the interpreter's lock."""
    return cast(Callable[[Function], Function], numba.njit(signature, nogil=True, cache=True))


@_kernel("void(uint64[::1], uint32[::1], uint8[::1])")
def _tally(keys: Words, of: Indices, count: NDArray[np.uint8]) -> None:
    """Count each pair of different pictures' codes at its left one, up to `MANY`."""
    for key in keys:
        i = key >> np.uint64(32)
        j = key & np.uint64(0xFFFFFFFF)
        if of[i] != of[j] and count[i] < MANY:
            count[i] += np.uint8(1)


def collection_frequency(
    code: Words, of: Indices, sample: Indices, radius: int, *, threads: int | None = None
) -> NDArray[np.uint8]:
    """Count the sampled descriptors of other pictures that look like each, up to `MANY`.

    `code` is uint64 (N, 4), `of` uint32 (N,) each code's picture, `sample` uint32 (K,) the indices
    of the sampled codes, `radius` the bits within which a descriptor is the same. Returns uint8
    (N,): in as many of the sampled pictures each stands, if none of them repeats itself, less the
    those that `monoprint.kernels.lsh` misses.
    """
    count = np.zeros(len(code), np.uint8)
    everyone = np.arange(len(code), dtype=np.uint32)

    def take(keys: Words) -> None:
        _tally(keys, of, count)

    for _ in lsh.near_others(code, everyone, sample, radius, take, threads=threads):
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

    with Workers(threads) as workers:
        for _ in workers.map(piece, pictures, 1 + pictures // 64):
            pass
    return found
