"""BRIEF descriptors: 256 comparisons of brightness around a keypoint, turned to its direction.

After Calonder, Lepetit, Strecha, Fua, "BRIEF: Binary Robust Independent Elementary Features"
(2010), turned as in Rublee, Rabaud, Konolige, Bradski, "ORB: an efficient alternative to SIFT or
SURF" (2011). Here the second half of the comparisons is the first one mirrored at the keypoint's
direction, so the descriptor of the mirrored picture is the same one with its halves exchanged:
mirrored copies cost another join and no second look at any picture.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

BITS: Final = 256
PATCH_RADIUS: Final = 14
"""Pixels around a keypoint, at its scale, that its descriptor may look at."""

# 128 comparisons, each two points as along, across, along, across in pixels: part of the recipe.
# Chosen by benchmarks/choose_pattern.py, so that each is set about half of the time and no two say
# the same: descriptors of different pictures are within 24 bits 800 times more seldom than those of
# as many comparisons drawn at random.
_HALF: Final = """
    2 -2 2 -4 -3 -2 -3 2 4 12 3 -5 -8 -1 -8 -5 6 -2 6 2 5 -3 6 -2 6 -1 6 9 0 -8 2 6 -4 6 -4 5 -4
    5 -9 -1 8 5 5 -12 0 -6 1 -6 2 3 0 6 2 -2 3 -2 1 6 -3 -6 -5 -2 2 -13 -3 -4 -2 -1 -2 10 -1 7 7
    10 8 -11 6 6 8 10 0 5 0 -14 -5 0 -4 -1 -4 -5 -3 -5 0 0 -7 10 4 1 5 2 -11 -7 -5 -13 -5 1 -2 1
    -1 7 1 9 -4 -9 0 -8 -4 4 -1 6 -3 -12 4 -5 0 -12 11 -1 -8 -7 -4 0 0 2 -2 11 1 -5 1 -8 -11 -8
    -7 8 5 9 6 9 -4 5 -8 8 -8 -11 -7 -9 4 -4 8 5 -4 -8 -10 -9 -9 7 -4 -11 -3 -3 0 1 -5 1 -3 13 0
    -3 5 -13 0 -12 -3 4 1 -7 6 2 3 2 -3 -7 -1 -4 -1 -5 7 -3 10 7 1 -3 1 4 -3 5 -5 -11 1 -10 2 10
    -6 3 -5 -7 10 0 9 4 5 -1 10 -1 -3 -1 -9 -2 12 2 6 6 5 7 4 6 -3 -6 -1 -5 1 7 -1 2 8 -5 7 -5 2
    4 3 4 7 5 1 7 -8 4 -8 -5 -12 6 -8 6 -2 11 -1 -7 -3 4 -5 10 -11 -2 -7 -4 -5 3 -12 -3 9 7 5 3
    1 9 0 -3 5 -5 8 -4 7 -1 6 0 3 7 11 8 7 -2 4 -12 -13 -2 -3 13 1 1 2 -1 7 -6 2 -3 0 4 2 5 -2
    -7 -1 4 8 1 10 2 6 -1 7 -3 4 8 4 5 8 -8 9 -4 5 2 6 2 -4 2 -5 3 3 7 6 -8 -3 2 -2 6 -6 -8 -3
    -8 3 -3 4 -2 5 7 2 -1 9 -4 4 -9 0 12 5 -8 0 3 -12 4 -7 -8 2 -11 -4 1 -4 2 4 -3 5 -6 -11 4 -6
    2 -7 -3 -5 1 -6 3 -6 6 3 -1 2 10 -9 4 -7 8 -6 6 -2 -4 2 10 4 6 3 6 4 5 -10 -5 -1 2 -2 7 -12
    -7 -5 -11 1 7 5 1 3 -2 -1 -10 -7 3 3 -8 1 -8 4 5 4 -2 1 -7 1 -12 -7 3 -6 3 0 -1 0 -2 5 12 4
    9 -2 -12 -1 -12 -7 4 -7 11 13 -4 7 6 -7 -4 -4 -5 -2 -6 -1 -8 -3 -1 -1 4 -4 -13 2 3 -2 12 -9
    9 -2 2 -1 2 2 -1 11 5 -1 -6 4 9
"""


def _pattern() -> NDArray[np.float32]:
    """Return all comparisons, rows of two points: the half, and its mirror image."""
    half = np.array(_HALF.split(), np.float32).reshape(BITS // 2, 4)
    return np.concatenate([half, half * np.array([1, -1, 1, -1], np.float32)])


PATTERN: Final = _pattern()


@njit(
    "void(uint8[:, ::1], float32[::1], float32[::1], float32[::1], float32[:, ::1],"
    " uint64[:, ::1])",
    cache=True,
    nogil=True,
)
def _describe(
    smooth: NDArray[np.uint8],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    angle: NDArray[np.float32],
    pattern: NDArray[np.float32],
    code: NDArray[np.uint64],
) -> None:
    bottom, right = smooth.shape[0] - 1, smooth.shape[1] - 1
    for k in range(x.size):
        cos, sin = np.cos(angle[k]), np.sin(angle[k])
        for word in range(4):
            bits = np.uint64(0)
            for bit in range(64):
                u, v, w, z = pattern[word * 64 + bit]
                left = min(max(int(np.rint(x[k] + cos * u - sin * v)), 0), right)
                top = min(max(int(np.rint(y[k] + sin * u + cos * v)), 0), bottom)
                other_left = min(max(int(np.rint(x[k] + cos * w - sin * z)), 0), right)
                other_top = min(max(int(np.rint(y[k] + sin * w + cos * z)), 0), bottom)
                if smooth[top, left] < smooth[other_top, other_left]:
                    bits |= np.uint64(1) << np.uint64(bit)
            code[k, word] = bits


def describe(
    smooth: NDArray[np.uint8],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    angle: NDArray[np.float32],
) -> NDArray[np.uint64]:
    """Return the descriptors of keypoints in a smoothed grey picture, uint64 (N, 4).

    `smooth` is uint8 (H, W), `x` and `y` float32 (N,) in its pixels, `angle` float32 (N,) in
    radians.
    Points beyond the picture's edge take the edge's value.
    """
    code = np.empty((len(x), 4), np.uint64)
    _describe(np.ascontiguousarray(smooth), x, y, angle, PATTERN, code)
    return code


def mirrored(code: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the descriptors that the same keypoints have in the mirrored picture, (N, 4)."""
    return np.ascontiguousarray(code[:, [2, 3, 0, 1]])
