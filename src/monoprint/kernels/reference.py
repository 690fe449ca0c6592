"""Plain NumPy versions of the kernels, to read and to check them by."""

import numpy as np
from numpy.typing import NDArray


def self_join(
    codes: NDArray[np.uint64], radius: int = 31
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Find every pair of codes at most `radius` bits apart, by comparing each with each.

    Takes uint64[N, 4] and returns pairs, uint32[M, 2] with the lower index first and sorted by
    both, and distances, uint8[M].
    """
    pairs, distances = join(codes, codes, radius)
    once = pairs[:, 0] < pairs[:, 1]
    return pairs[once], distances[once]


def join(
    left: NDArray[np.uint64], right: NDArray[np.uint64], radius: int = 31
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Find every pair of a left and a right code at most `radius` bits apart.

    Takes uint64[N, 4] and uint64[K, 4] and returns pairs, uint32[M, 2] with the index in `left`
    first and sorted by both, and distances, uint8[M].
    """
    pairs = [np.empty((0, 2), np.uint32)]
    distances = [np.empty(0, np.uint8)]
    for i, code in enumerate(left):
        apart = np.bitwise_count(code ^ right).sum(axis=1)
        near = np.flatnonzero(apart <= radius)
        pairs.append(np.column_stack([np.full_like(near, i), near]).astype(np.uint32))
        distances.append(apart[near].astype(np.uint8))
    return np.concatenate(pairs), np.concatenate(distances)
