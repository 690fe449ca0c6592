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

# The spread of the compared points, in pixels, and the seed they are drawn with: the recipe's own.
_SPREAD: Final = 5.5
_SEED: Final = 1


def _pattern() -> NDArray[np.float32]:
    """Draw the comparisons: rows (along, across, along, across) of two points, in pixels."""
    drawn = np.rint(np.random.Generator(np.random.PCG64(_SEED)).normal(0, _SPREAD, (4000, 4)))
    first, second = drawn[:, :2], drawn[:, 2:]
    inside = (np.hypot(*first.T) <= PATCH_RADIUS) & (np.hypot(*second.T) <= PATCH_RADIUS)
    apart = (first != second).any(axis=1)
    off_axis = (first[:, 1] != 0) | (second[:, 1] != 0)  # else its mirror image is itself
    half = drawn[inside & apart & off_axis][: BITS // 2]
    return np.concatenate([half, half * [1, -1, 1, -1]]).astype(np.float32)


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
