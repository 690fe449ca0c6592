"""Distinct rows of a table of bytes."""

import numpy as np
from numpy.typing import NDArray


def distinct(rows: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give equal rows one number, in the order of their first appearance.

    Takes uint8 (N, W), gives the number of each row, int64 (N,), and the first row of each
    number, int64 (D,), ascending.
    """
    if len(rows) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1]))).ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return number[inverse.ravel()], first[order].astype(np.int64)
