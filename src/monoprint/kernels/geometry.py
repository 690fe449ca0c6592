"""Geometry of keypoints: which similarity brings one picture's keypoints onto another's.

A keypoint has a place, a scale and a direction, so one pair of keypoints already says how the
pictures lie on each other. That guess is then tried on all the other keypoints: a true one
predicts where each has its twin and how it looks; a false one predicts nothing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from monoprint.kernels import brief
from monoprint.kernels.hamming import distance

# The least and largest ratio of scales that two pictures are compared at.
SCALE_RANGE: Final = (0.12, 8.5)

# How far from its predicted place a keypoint may be, in pixels of the first picture: the first guess
# comes from one keypoint's direction, so it is the vaguer the farther away it predicts.
_FIRST_REACH: Final = 6.0
_FIRST_REACH_SLOPE: Final = 0.12
_REACH: Final = 7.0

# How far scale (as a ratio) and direction (radians) of a twin may differ from those predicted.
_SCALE_SLACK: Final = 1.5
_ANGLE_SLACK: Final = 0.6

_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Keypoints of one picture, ordered by `y`.

    `x`, `y`, `scale` (1 at the picture's own size, larger for coarser ones) and `angle` (radians)
    are float32 (N,), `code` uint64 (N, 4).
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    scale: NDArray[np.float32]
    angle: NDArray[np.float32]
    code: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.x)

    def mirrored(self, width: float) -> "Keypoints":
        """Return the keypoints of the picture mirrored left to right; `width` in pixels."""
        return Keypoints(
            np.float32(width - 1) - self.x,
            self.y,
            self.scale,
            np.float32(np.pi) - self.angle,
            brief.mirrored(self.code),
        )


@dataclass(frozen=True, slots=True)
class Support:
    """What speaks for a similarity.

    `matrix` is float64 (2, 3) and brings points of the second picture onto the first. `pairs` is
    int32 (M, 2), the keypoints that agree with it; `expected` counts the second picture's keypoints
    that it brings into the first picture, agreeing or not.
    """

    matrix: NDArray[np.float64]
    pairs: NDArray[np.int32]
    expected: int


@njit(
    "int64(float32[::1], float32[::1], float32[::1], float32[::1], uint64[:, ::1],"
    " float32[::1], float32[::1], float32[::1], float32[::1], uint64[:, ::1],"
    " float64, float64, float64, float64, float64, float64, int64, int64,"
    " float64, float64, float64, float64, int64, int32[:, ::1], float64[::1])",
    cache=True,
    nogil=True,
)
def _grow(
    ax, ay, ascale, aangle, acode,  # type: ignore[no-untyped-def]
    bx, by, bscale, bangle, bcode,
    a, b, tx, ty, seed_x, seed_y, width, height,
    reach0, slope0, scale_slack, angle_slack, radius, pairs, out,
):  # fmt: skip
    """Try a similarity (x' = a x - b y + tx, y' = b x + a y + ty) and fit it to what agrees.

    Writes agreeing pairs to `pairs` and a, b, tx, ty, expected to `out`; returns their number.
    """
    n = ax.size
    taken = np.full(n, -1, np.int64)  # the round in which a keypoint was paired: once is enough
    count = 0
    expected = 0
    for turn in range(_ROUNDS):
        count = 0
        expected = 0
        zoom = np.sqrt(a * a + b * b)
        if zoom < 0.1 or zoom > 10.0:
            return 0
        rotation = np.arctan2(b, a)
        sx = sy = sbx = sby = 0.0
        for j in range(bx.size):
            px = a * bx[j] - b * by[j] + tx
            py = b * bx[j] + a * by[j] + ty
            if px < 0 or py < 0 or px >= width or py >= height:
                continue
            expected += 1
            reach = _REACH
            if turn == 0:
                reach = reach0 + slope0 * np.sqrt((px - seed_x) ** 2 + (py - seed_y) ** 2)
            low, high = 0, n
            while low < high:
                middle = (low + high) // 2
                if ay[middle] < py - reach:
                    low = middle + 1
                else:
                    high = middle
            best, bits = -1, radius + 1
            for i in range(low, n):
                if ay[i] > py + reach:
                    break
                if (ax[i] - px) ** 2 + (ay[i] - py) ** 2 > reach * reach:
                    continue
                ratio = ascale[i] / (bscale[j] * zoom)
                if ratio > scale_slack or ratio * scale_slack < 1:
                    continue
                off = aangle[i] - bangle[j] - rotation
                off -= 2 * np.pi * np.rint(off / (2 * np.pi))
                if abs(off) > angle_slack:
                    continue
                bits_apart = np.int64(distance(acode, np.uint64(i), bcode, np.uint64(j)))
                if bits_apart < bits:
                    best, bits = i, bits_apart
            if best >= 0 and taken[best] != turn:
                taken[best] = turn
                pairs[count, 0] = best
                pairs[count, 1] = j
                count += 1
                sx += ax[best]
                sy += ay[best]
                sbx += bx[j]
                sby += by[j]
        if count < 2:
            break
        # Least squares for a similarity, about the centres.
        mx, my, mbx, mby = sx / count, sy / count, sbx / count, sby / count
        along = across = spread = 0.0
        for k in range(count):
            ux, uy = ax[pairs[k, 0]] - mx, ay[pairs[k, 0]] - my
            vx, vy = bx[pairs[k, 1]] - mbx, by[pairs[k, 1]] - mby
            along += ux * vx + uy * vy
            across += uy * vx - ux * vy
            spread += vx * vx + vy * vy
        if spread < 1e-6:
            break
        a, b = along / spread, across / spread
        tx, ty = mx - a * mbx + b * mby, my - b * mbx - a * mby
    out[0], out[1], out[2], out[3], out[4] = a, b, tx, ty, expected
    return count


def support(
    first: Keypoints,
    second: Keypoints,
    pair: tuple[int, int],
    size: tuple[int, int],
    radius: int,
) -> Support:
    """Return what speaks for the similarity that one pair of keypoints (first, second) suggests.

    `size` is the first picture's width and height in pixels; `radius` the largest distance in bits
    of two descriptors that agree.
    """
    i, j = pair
    zoom = float(first.scale[i] / second.scale[j])
    rotation = float(first.angle[i] - second.angle[j])
    a, b = zoom * np.cos(rotation), zoom * np.sin(rotation)
    x, y = float(second.x[j]), float(second.y[j])
    tx = float(first.x[i]) - a * x + b * y
    ty = float(first.y[i]) - b * x - a * y
    pairs = np.empty((len(second), 2), np.int32)
    out = np.zeros(5)
    count = _grow(
        first.x, first.y, first.scale, first.angle, first.code,
        second.x, second.y, second.scale, second.angle, second.code,
        a, b, tx, ty, float(first.x[i]), float(first.y[i]), size[0], size[1],
        _FIRST_REACH, _FIRST_REACH_SLOPE, _SCALE_SLACK, _ANGLE_SLACK, radius, pairs, out,
    )  # fmt: skip
    a, b, tx, ty, expected = out
    return Support(np.array([[a, -b, tx], [b, a, ty]]), pairs[:count], int(expected))


@njit(
    "void(uint64[:, ::1], uint64[:, ::1], int32[::1], int32[::1], int32[::1], int32[::1])",
    cache=True,
    nogil=True,
)
def _nearest(acode, bcode, to_b, bits_a, to_a, bits_b):  # type: ignore[no-untyped-def]
    for i in range(acode.shape[0]):
        for j in range(bcode.shape[0]):
            bits = np.int64(distance(acode, np.uint64(i), bcode, np.uint64(j)))
            if bits < bits_a[i]:
                bits_a[i] = bits
                to_b[i] = j
            if bits < bits_b[j]:
                bits_b[j] = bits
                to_a[j] = i


def mutual(
    first: Keypoints, second: Keypoints, radius: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the pairs of keypoints that are each other's nearest, (M, 2), and their bits (M,)."""
    n, m = len(first), len(second)
    to_b, bits_a = np.zeros(n, np.int32), np.full(n, 257, np.int32)
    to_a, bits_b = np.zeros(m, np.int32), np.full(m, 257, np.int32)
    _nearest(first.code, second.code, to_b, bits_a, to_a, bits_b)
    i = np.flatnonzero((bits_a <= radius) & (to_a[to_b] == np.arange(n)))
    return np.stack([i.astype(np.int32), to_b[i]], axis=1), bits_a[i]
