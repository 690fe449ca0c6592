"""Geometry of keypoints: which similarity brings one picture's keypoints onto another's.

A keypoint has a place, a scale and a direction, so one pair of keypoints already says how the
pictures lie on each other. That guess is then tried on all the other keypoints: a true one
predicts where each has its twin and how it looks; a false one predicts nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import numba
import numpy as np
from numpy.typing import NDArray

from monoprint.kernels import brief
from monoprint.kernels.hamming import distance, swapped_distance

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int32]
Indices = NDArray[np.uint32]
Shorts = NDArray[np.uint16]
Words = NDArray[np.uint64]
Function = Callable[..., Any]

LEAST_ZOOM: Final = 0.1
MOST_ZOOM: Final = 10.0
"""Pictures whose scales differ by more have no octave in which both show the same corner."""

# How far from its predicted place a twin may be, in pixels of the first picture: the first guess
# comes from one keypoint's direction, so it is the vaguer the farther away it predicts.
_FIRST_REACH: Final = 6.0
_FIRST_REACH_SLOPE: Final = 0.12
_REACH: Final = 7.0

# The same where chance must be told from what agrees, and by few keypoints; and how far from the
# first pair, in pixels, a guess predicts well enough to be worth trying.
_CLOSE_REACH: Final = 4.5
_FIRST_WINDOW: Final = 160.0

# Keypoints of one picture this close, in pixels, are one corner seen in several sizes.
_SAME_CORNER: Final = 6.0

# Evidence beyond which more adds nothing.
_ENOUGH: Final = 50.0

# How far scale (as a ratio) and direction (radians) of a twin may differ from those predicted.
_SCALE_SLACK: Final = 1.5
_ANGLE_SLACK: Final = 0.6

# A guess is fitted to what agrees, and tried again with the fit.
_ROUNDS: Final = 3

# Around a pair of keypoints its company is looked for, within so many pixels (of the picture in
# which they are fewer), where even one keypoint's direction predicts well. Within 72 the same true
# pairs are proposed, for a quarter to two fifths more time.
_COMPANY_REACH: Final = 48.0

# Company beyond this tells no more.
_COMPANY_MOST: Final = 16

# A guess that brings another pair of keypoints together this closely, in pixels, explains it.
_EXPLAINED: Final = 12.0

# Cells a side that a picture's keypoints are sorted into, to look only where a twin is predicted.
_CELLS: Final = 16

_TURN: Final = 2 * np.pi
_UPRIGHT: Final = -1.0


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Keypoints of one picture, ordered by `y`.

    `x`, `y`, `scale` (1 at the picture's own size, larger for coarser ones) and `angle` (radians)
    are float32 (N,), `code` uint64 (N, 4).
    """

    x: Floats
    y: Floats
    scale: Floats
    angle: Floats
    code: Words

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


def _part(function: Function) -> Function:
    """Compile as a part of the kernels that call it."""
    return cast(Function, numba.njit(function))


def _kernel(signature: str) -> Callable[[Function], Function]:
    """Compile for one signature, to run without the interpreter's lock."""
    return cast(Callable[[Function], Function], numba.njit(signature, nogil=True, cache=True))


# The kernels take the keypoints of all pictures in one set of arrays, and stretches of them. The
# second picture is mirrored where `mirror` is its width less one, and upright where it is negative.


@_part
def _place(
    x: Floats, y: Floats, scale: Floats, angle: Floats, k: int, mirror: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return a keypoint of the second picture: x, y, scale and direction."""
    if mirror < 0:
        return np.float64(x[k]), np.float64(y[k]), np.float64(scale[k]), np.float64(angle[k])
    return mirror - x[k], np.float64(y[k]), np.float64(scale[k]), np.pi - angle[k]


@_part
def _first_at(
    y: Floats, begin: int, end: int, least: float,
) -> int:  # fmt: skip
    """Return the first keypoint of a stretch, ordered by `y`, that is no higher than `least`."""
    while begin < end:
        middle = (begin + end) // 2
        if y[middle] < least:
            begin = middle + 1
        else:
            end = middle
    return begin


@_part
def _guess(
    x: Floats, y: Floats, scale: Floats, angle: Floats, i: int, j: int, mirror: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return the similarity that one pair of keypoints suggests.

    It is a, b, tx, ty of x' = a x - b y + tx, y' = b x + a y + ty.
    """
    px, py, size, direction = _place(x, y, scale, angle, j, mirror)
    zoom = scale[i] / size
    rotation = angle[i] - direction
    a, b = zoom * np.cos(rotation), zoom * np.sin(rotation)
    return a, b, x[i] - a * px + b * py, y[i] - b * px - a * py


@_part
def _cell(place: float, side: float) -> int:
    """Return the row or column of cells that a coordinate lies in; beyond the rim, the last."""
    return int(min(max(place * _CELLS / side, 0.0), _CELLS - 1.0))


@_kernel(
    "void(float32[::1], float32[::1], float32[::1], uint32[::1], float32[:, ::1], uint16[:, ::1],"
    " uint16[::1])"
)
def _sort_into_cells(
    x: Floats, y: Floats, scale: Floats, starts: Indices, spans: Floats, cells: Shorts,
    order: Shorts,
) -> None:  # fmt: skip
    """Sort each picture's keypoints by the cell they lie in, row by row; see `Grid`."""
    for p in range(spans.shape[0]):
        begin, end = np.int64(starts[p]), np.int64(starts[p + 1])
        side = spans[p, 0]
        if end > begin:
            spans[p, 1], spans[p, 2] = scale[begin:end].min(), scale[begin:end].max()
        count = np.zeros(_CELLS * _CELLS + 1, np.uint16)
        for k in range(begin, end):
            count[_cell(y[k], side) * _CELLS + _cell(x[k], side) + 1] += 1
        for cell in range(_CELLS * _CELLS):
            count[cell + 1] += count[cell]
        cells[p] = count
        for k in range(begin, end):
            cell = _cell(y[k], side) * _CELLS + _cell(x[k], side)
            order[begin + count[cell]] = k - begin
            count[cell] += 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Keypoints of pictures by the cells, of 16 x 16 to a square of the longer side, they lie in.

    Picture p's keypoints in cell c, counted row by row, are those numbered
    order[starts[p] + cells[p, c]:starts[p] + cells[p, c + 1]] within the picture; `cells` is uint16
    (P, 257), `order` uint16 (N,). `spans` float32 (P, 3) are the longer side in pixels, and the
    least and the largest scale of a keypoint.
    """

    spans: Floats
    cells: Shorts
    order: Shorts


def gridded(x: Floats, y: Floats, scale: Floats, starts: Indices, size: Shorts) -> Grid:
    """Return where the keypoints of pictures lie; `size` is (P, 2), width and height in pixels."""
    spans = np.ones((len(size), 3), np.float32)
    spans[:, 0] = np.maximum(size.max(axis=1), 1)
    cells = np.empty((len(size), _CELLS * _CELLS + 1), np.uint16)
    order = np.empty(len(x), np.uint16)
    _sort_into_cells(x, y, scale, starts, spans, cells, order)
    return Grid(spans, cells, order)


@_part
def _seen(spans: Floats, picture: int, size: float) -> bool:
    """Say whether a picture has keypoints at all of about this scale."""
    least, largest = float(spans[picture, 1]), float(spans[picture, 2])
    return size * _SCALE_SLACK >= least and size <= _SCALE_SLACK * largest


@_part
def _twin(
    x: Floats, y: Floats, scale: Floats, angle: Floats, code: Words, begin: int,
    spans: Floats, cells: Shorts, order: Shorts, picture: int, px: float, py: float, size: float,
    direction: float, k: int, mirror: float, reach: float, radius: int,
) -> int:  # fmt: skip
    """Return the first picture's keypoint that looks most like keypoint `k` where it is predicted.

    The first picture's keypoints start at `begin`, their directions are from 0 to a whole turn;
    returns -1 if none agrees.
    """
    best, least = -1, np.int64(radius + 1)
    side = spans[picture, 0]
    if not _seen(spans, picture, size):
        return best
    direction -= _TURN * np.floor(direction / _TURN)
    left, right = _cell(px - reach, side), _cell(px + reach, side)
    for row in range(_cell(py - reach, side), _cell(py + reach, side) + 1):
        first = begin + np.int64(cells[picture, row * _CELLS + left])
        last = begin + np.int64(cells[picture, row * _CELLS + right + 1])
        for place in range(first, last):
            i = begin + int(order[place])
            if (x[i] - px) ** 2 + (y[i] - py) ** 2 > reach * reach:
                continue
            off = abs(angle[i] - direction)
            alike = min(off, _TURN - off) <= _ANGLE_SLACK
            alike &= (scale[i] <= _SCALE_SLACK * size) & (scale[i] * _SCALE_SLACK >= size)
            if not alike:
                continue
            if mirror < 0:
                bits = np.int64(distance(code, np.uint64(i), code, np.uint64(k)))
            else:
                bits = np.int64(swapped_distance(code, np.uint64(i), code, np.uint64(k)))
            if bits < least or (bits == least and best > i):
                best, least = i, bits
    return best


@_part
def _grow(
    x: Floats, y: Floats, scale: Floats, angle: Floats, code: Words, begin: int, end: int,
    spans: Floats, cells: Shorts, order: Shorts, picture: int, second: int, second_end: int,
    mirror: float, width: float, height: float, i: int, j: int, radius: int, first_window: float,
    fitted_reach: float, taken: NDArray[np.int64], pairs: Ints,
) -> tuple[int, int, float, float, float, float]:  # fmt: skip
    """Try the similarity that keypoints i and j suggest, and fit it to what agrees.

    At first it is tried on what it brings within `first_window` pixels of keypoint i. Writes
    agreeing pairs to `pairs`; returns their number, how many were expected, and the fit. `taken`
    has a place for each of the first picture's keypoints.
    """
    a, b, tx, ty = _guess(x, y, scale, angle, i, j, mirror)
    count = expected = 0
    taken[: end - begin] = -1  # the round in which a keypoint was paired: once is enough
    for turn in range(_ROUNDS):
        count = expected = 0
        zoom = np.sqrt(a * a + b * b)
        if zoom < LEAST_ZOOM or zoom > MOST_ZOOM:
            return 0, 0, a, b, tx, ty
        rotation = np.arctan2(b, a)
        sx = sy = sqx = sqy = 0.0
        for k in range(second, second_end):
            qx, qy, size, direction = _place(x, y, scale, angle, k, mirror)
            px = a * qx - b * qy + tx
            py = b * qx + a * qy + ty
            if px < 0 or py < 0 or px >= width or py >= height:
                continue
            expected += 1
            reach = fitted_reach
            if turn == 0:
                far = np.sqrt((px - x[i]) ** 2 + (py - y[i]) ** 2)
                if far > first_window:
                    continue
                reach = _FIRST_REACH + _FIRST_REACH_SLOPE * far
            twin = _twin(
                x, y, scale, angle, code, begin, spans, cells, order, picture, px, py, size * zoom,
                direction + rotation, k, mirror, reach, radius,
            )  # fmt: skip
            if twin < 0 or taken[twin - begin] == turn:
                continue
            taken[twin - begin] = turn
            pairs[count, 0], pairs[count, 1] = twin, k
            count += 1
            sx += float(x[twin])
            sy += float(y[twin])
            sqx += qx
            sqy += qy
        if count < 2:
            break
        # Least squares for a similarity, about the centres.
        mx, my, mqx, mqy = sx / count, sy / count, sqx / count, sqy / count
        along = across = spread = 0.0
        for k in range(count):
            qx, qy, _, _ = _place(x, y, scale, angle, pairs[k, 1], mirror)
            ux, uy = x[pairs[k, 0]] - mx, y[pairs[k, 0]] - my
            vx, vy = qx - mqx, qy - mqy
            along += ux * vx + uy * vy
            across += uy * vx - ux * vy
            spread += vx * vx + vy * vy
        if spread < 1e-6:
            break
        a, b = along / spread, across / spread
        tx, ty = float(mx - a * mqx + b * mqy), float(my - b * mqx - a * mqy)
    return count, expected, a, b, tx, ty


_ALL = "float32[::1], float32[::1], float32[::1], float32[::1], uint64[:, ::1]"
_GRID = "float32[:, ::1], uint16[:, ::1], uint16[::1]"


@_kernel(
    f"UniTuple(float64, 6)({_ALL}, {_GRID}, int64, float64, float64, int64, int64, int64,"
    " int32[:, ::1])"
)
def _support(
    x: Floats, y: Floats, scale: Floats, angle: Floats, code: Words, spans: Floats, cells: Shorts,
    order: Shorts, split: int, width: float, height: float, i: int, j: int, radius: int,
    pairs: Ints,
) -> tuple[float, ...]:  # fmt: skip
    """Grow one pair; the first picture's keypoints are those before `split`."""
    taken = np.empty(split, np.int64)
    count, expected, a, b, tx, ty = _grow(
        x, y, scale, angle, code, 0, split, spans, cells, order, 0, split, x.size, _UPRIGHT,
        width, height, i, j, radius, np.inf, _REACH, taken, pairs,
    )  # fmt: skip
    return np.float64(count), np.float64(expected), a, b, tx, ty


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
    split = len(first)
    grid = gridded(
        first.x, first.y, first.scale, np.array([0, split], np.uint32), np.array([size], np.uint16)
    )  # fmt: skip
    pairs = np.empty((len(second), 2), np.int32)
    count, expected, a, b, tx, ty = _support(
        np.concatenate([first.x, second.x]),
        np.concatenate([first.y, second.y]),
        np.concatenate([first.scale, second.scale]),
        np.concatenate([first.angle, second.angle]),
        np.concatenate([first.code, second.code]),
        grid.spans, grid.cells, grid.order,
        split, *size, pair[0], split + pair[1], radius, pairs,
    )  # fmt: skip
    found = pairs[: int(count)] - np.array([0, split], np.int32)
    return Support(np.array([[a, -b, tx], [b, a, ty]]), found, int(expected))


@_kernel(
    f"void({_ALL}, {_GRID}, uint32[::1], uint32[::1], uint16[::1], uint64[::1], boolean, int64,"
    " uint8[::1])"
)
def company(
    x: Floats, y: Floats, scale: Floats, angle: Floats, code: Words, spans: Floats, cells: Shorts,
    order: Shorts, of: Indices, starts: Indices, width: Shorts, keys: Words, mirrored: bool,
    radius: int, count: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Count for pairs of keypoints the others nearby that agree with what each suggests.

    `of` uint32 (N,) is each keypoint's picture, `starts` uint32 (P + 1,) where each picture's
    keypoints begin, `width` uint16 (P,) in pixels. A key is the first picture's keypoint above the
    second's, 32 bits each. Pairs within one picture have no company. Writes `count`, uint8.
    """
    for n in range(keys.size):
        count[n] = 0
        i, j = np.int64(keys[n] >> np.uint64(32)), np.int64(keys[n] & np.uint64(0xFFFFFFFF))
        first, second = of[i], of[j]
        if first == second:
            continue
        mirror = np.float64(width[second]) - 1.0 if mirrored else _UPRIGHT
        a, b, tx, ty = _guess(x, y, scale, angle, i, j, mirror)
        zoom = np.sqrt(a * a + b * b)
        rotation = np.arctan2(b, a)
        begin = np.int64(starts[first])
        last = np.int64(starts[second + 1])
        window = _COMPANY_REACH / min(zoom, 1.0)
        found = 0
        for k in range(_first_at(y, np.int64(starts[second]), last, y[j] - window), last):
            if y[k] > y[j] + window:
                break
            far = np.sqrt((x[k] - x[j]) ** 2 + (y[k] - y[j]) ** 2)
            if far > window or far < 2.0:  # the same corner in another octave is no company
                continue
            if not _seen(spans, first, scale[k] * zoom):
                continue
            qx, qy, size, direction = _place(x, y, scale, angle, k, mirror)
            px, py = a * qx - b * qy + tx, b * qx + a * qy + ty
            twin = _twin(
                x, y, scale, angle, code, begin, spans, cells, order, first, px, py,
                size * zoom, direction + rotation, k, mirror,
                _FIRST_REACH + _FIRST_REACH_SLOPE * far * zoom, radius,
            )  # fmt: skip
            if twin >= 0 and (x[twin] - x[i]) ** 2 + (y[twin] - y[i]) ** 2 >= 4.0:
                found += 1
                if found == _COMPANY_MOST:
                    break
        count[n] = found


@_part
def _worth(
    x: Floats, y: Floats, weight: Floats, agreeing: NDArray[np.int64], count: int,
) -> float:  # fmt: skip
    """Add up the evidence of agreeing keypoints, of each corner once."""
    total = 0.0
    for t in range(count):
        i, k = agreeing[t, 0], agreeing[t, 1]
        told = False
        for s in range(t):
            u = agreeing[s, 0]
            told |= (x[u] - x[i]) ** 2 + (y[u] - y[i]) ** 2 < _SAME_CORNER**2
        if not told:
            total += min(weight[i], weight[k])
        if total > _ENOUGH:
            break
    return total


@_kernel(
    f"void({_ALL}, {_GRID}, uint32[::1], uint16[:, ::1], uint64[::1], int64[::1], uint32[:, ::1],"
    " boolean[::1], float32[::1], int64, int64, int64, int64, int32[::1], int32[::1], float64[::1],"
    " float64[:, ::1])"
)
def supports(
    x: Floats, y: Floats, scale: Floats, angle: Floats, code: Words, spans: Floats, cells: Shorts,
    order: Shorts, starts: Indices, size: Shorts, keys: Words, seeds: NDArray[np.int64],
    pictures: Indices, mirrored: NDArray[np.bool_], weight: Floats, begin: int, end: int,
    tries: int, radius: int,
    count: Ints, expected: Ints, evidence: Doubles, similarity: Doubles,
) -> None:  # fmt: skip
    """Find for pairs of pictures the similarity that most speaks for.

    `pictures` is uint32 (M, 2); the pairs of keypoints that suggest how pair m lies are
    keys[seeds[m]:seeds[m + 1]], the most telling first; `mirrored` says whether its second
    picture is turned over; `size` uint16 (P, 2) is width and height. At most `tries` suggestions
    that do not explain each other are tried. A pair of agreeing keypoints is worth the lesser
    `weight`, float32 (N,), of the two. Does the pairs [begin, end) and writes their `count` of
    agreeing keypoints, how many were `expected`, their `evidence` in all, and `similarity` as a,
    b, tx, ty.
    """
    most = np.int64(0)
    for picture in range(starts.size - 1):
        most = max(most, np.int64(starts[picture + 1]) - np.int64(starts[picture]))
    taken = np.empty(most, np.int64)
    agreeing = np.empty((most, 2), np.int32)
    tried = np.empty((tries, 4), np.float64)
    for m in range(begin, end):
        first, second = pictures[m, 0], pictures[m, 1]
        mirror = np.float64(size[second, 0]) - 1.0 if mirrored[m] else _UPRIGHT
        done = 0
        count[m] = expected[m] = 0
        evidence[m] = 0.0
        for n in range(seeds[m], seeds[m + 1]):
            if done == tries:
                break
            i, j = np.int64(keys[n] >> np.uint64(32)), np.int64(keys[n] & np.uint64(0xFFFFFFFF))
            px, py, _, _ = _place(x, y, scale, angle, j, mirror)
            explained = False
            for t in range(done):
                a, b, tx, ty = tried[t]
                off = (a * px - b * py + tx - x[i]) ** 2 + (b * px + a * py + ty - y[i]) ** 2
                explained |= off < _EXPLAINED**2
            if explained:
                continue
            agree, hoped, a, b, tx, ty = _grow(
                x, y, scale, angle, code, np.int64(starts[first]), np.int64(starts[first + 1]),
                spans, cells, order, first,
                np.int64(starts[second]), np.int64(starts[second + 1]), mirror,
                np.float64(size[first, 0]), np.float64(size[first, 1]), i, j, radius,
                _FIRST_WINDOW, _CLOSE_REACH, taken, agreeing,
            )  # fmt: skip
            tried[done, 0], tried[done, 1], tried[done, 2], tried[done, 3] = a, b, tx, ty
            done += 1
            worth = _worth(x, y, weight, agreeing, agree)
            if worth > evidence[m]:
                count[m], expected[m], evidence[m] = agree, hoped, worth
                similarity[m] = tried[done - 1]


@_kernel("void(uint64[:, ::1], uint64[:, ::1], int32[::1], int32[::1], int32[::1], int32[::1])")
def _nearest(
    acode: Words, bcode: Words, to_b: Ints, bits_a: Ints, to_a: Ints, bits_b: Ints,
) -> None:  # fmt: skip
    """Find each code's nearest on the other side, the first of equally near ones."""
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
    if not n or not m:
        return np.empty((0, 2), np.int32), np.empty(0, np.int32)
    i = np.flatnonzero((bits_a <= radius) & (to_a[to_b] == np.arange(n)))
    return np.stack([i.astype(np.int32), to_b[i]], axis=1), bits_a[i]
