"""Flow: where dense optical flow finds what one of two laid pictures shows in the other."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from monoprint.imaging.scaling import smaller
from monoprint.matching.align import Matrix
from monoprint.matching.compare import (
    Bytes,
    Difference,
    Floats,
    Laid,
    Mask,
    cell_means,
    grey,
    lay,
)
from monoprint.matching.picture import Picture
from monoprint.opencv import cv2

# The longer side that flow is looked for at, the side of the cells that it is told by, and the
# texture that a cell must have, in grey levels a pixel.
_FLOW_SIDE: Final = 352
_FLOW_CELL: Final = 10
_FLOW_TEXTURE: Final = 12

# Pixels of the grid that the corners may be off without being moved.
_STILL: Final = 0.3

# Less of the flow than this agreeing is no movement of the whole picture.
_RIGID: Final = 0.35

# The longer side that parallax is looked for at, and the cells that it is told by: their side, how
# many there must be, the least variance of their grey levels, and what part of it flow may leave.
_SIDE: Final = 256
_CELL: Final = 12
_LEAST_CELLS: Final = 12
_VARIED: Final = 36.0
_TOLD: Final = 0.3

# Pixels that a cell lies from where a plane has it, to have moved, the part that flow then leaves
# of the variance that the plane does, and the smoothing before either is asked.
_AWAY: Final = 0.2
_BETTER: Final = 0.5
_SOFT: Final = 0.7

# The part of its variance that the plane must leave of a cell: along a straight edge flow drifts,
# and explains a little of next to nothing.
_MISSED: Final = 0.02


def aligned(first: Picture, second: Picture, matrix: Matrix, most: int) -> Laid | None:
    """Lay the pictures by a matrix and then as dense flow corrects it; see `lay` and `refined`."""
    laid = lay(first, second, matrix, most)
    return None if laid is None else refined(first, second, laid, most)


def refined(first: Picture, second: Picture, laid: Laid, most: int) -> Laid:
    """Lay the pictures anew after moving them by what dense optical flow says is left.

    A homography is fitted to the flow where there is texture: nothing but the whole picture moves.
    """
    height, width = laid.valid.shape
    shrink = min(1.0, _FLOW_SIDE / max(height, width))
    size = (max(16, round(width * shrink)), max(16, round(height * shrink)))
    if min(size) < 24:
        return laid
    a, b = (_levelled(smaller(grey(each), size)) for each in (laid.first, laid.second))
    valid = cv2.resize(laid.valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    flow = _flow(a, b)
    texture = np.minimum(_texture(a), _texture(b))
    texture[~valid] = 0
    rows, columns = size[1] // _FLOW_CELL, size[0] // _FLOW_CELL
    cells = (
        texture[: rows * _FLOW_CELL, : columns * _FLOW_CELL]
        .reshape(rows, _FLOW_CELL, columns, _FLOW_CELL)
        .transpose(0, 2, 1, 3)
        .reshape(rows * columns, -1)
    )
    at = cells.argmax(axis=1)
    cell = np.flatnonzero(cells[np.arange(len(at)), at] >= _FLOW_TEXTURE)
    if len(cell) < 12:
        return laid
    y = cell // columns * _FLOW_CELL + at[cell] // _FLOW_CELL
    x = cell % columns * _FLOW_CELL + at[cell] % _FLOW_CELL
    here = np.stack([x, y], axis=1).astype(np.float32)
    there = here + flow[y, x]
    plane = _plane(here, there, 1.0, 300)
    if plane is None:
        return laid
    fit, off = plane
    rigid = float(np.mean(off < 1.0))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    straight = cv2.warpPerspective(a, fit, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    nearer = cv2.absdiff(straight, b)[valid].mean() < cv2.absdiff(a, b)[valid].mean()
    if rigid < _RIGID or not nearer:
        return replace(laid, rigid=rigid)
    full = np.array(
        [
            [width / size[0], 0, 0.5 * width / size[0] - 0.5],
            [0, height / size[1], 0.5 * height / size[1] - 0.5],
            [0, 0, 1],
        ]
    )
    corners = np.array([[[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]]], np.float32)
    if np.abs(cv2.perspectiveTransform(corners, fit) - corners).max() < _STILL * shrink:
        return replace(laid, rigid=rigid)
    moved = laid.to_first @ (full @ fit @ np.linalg.inv(full)) @ np.linalg.inv(laid.to_second)
    again = lay(first, second, moved / moved[2, 2], most)
    return replace(again or laid, rigid=rigid)


def parallax(laid: Laid, difference: Difference, aside: Mask) -> float:
    """Return the share of places that lie elsewhere than one plane puts them, 0 to 1.

    What is set `aside`, bool (h, w), is not looked at; of both ways to ask the larger is told.
    A copy lies on its picture by one homography, as all that a camera sees does if it only turns
    (Hartley, Zisserman, "Multiple View Geometry", 2004, chapter 8). Where a camera moved between
    two exposures what is near is displaced by more than what is far, and what moved itself by more
    than either. Those places count that flow explains, and those have moved that it explains far
    better than the homography fitted to it.
    """
    seen = _both(laid, difference, aside)
    if seen is None:
        return 0.0
    one, other, asked = seen
    return max(_displaced(one, other, asked), _displaced(other, one, asked))


def held(laid: Laid, difference: Difference) -> float:
    """Return the share of places that both pictures show alike where they lie, 0 to 1.

    Those count in which there is something to see. It says less than `Laid.rigid` of whether one
    picture moved as a whole, but along a horizon, and in noise that levelling makes strong, flow
    goes astray.
    """
    seen = _both(laid, difference, np.zeros_like(laid.valid))
    if seen is None:
        return 0.0
    one, other, asked = seen
    if asked.sum() < _LEAST_CELLS:
        return 0.0
    alike = _left(one.soft, other.soft) < _TOLD * np.minimum(one.variance, other.variance)
    return float(np.mean(alike[asked]))


@dataclass(frozen=True, eq=False)
class _Seen:
    """A grey picture, what of it flow goes by, itself a bit softer, and its cells' variance."""

    pixels: Bytes
    levelled: Bytes
    soft: Floats
    variance: Floats


def _both(laid: Laid, difference: Difference, aside: Mask) -> tuple[_Seen, _Seen, Mask] | None:
    """Return both pictures and the cells to ask of, none set `aside`, or None of few pixels."""
    a, b = difference.a, difference.b
    valid = (laid.valid & ~aside).astype(np.float32)
    shrink = min(1.0, _SIDE / max(valid.shape))
    if shrink < 1:
        size = (max(1, round(valid.shape[1] * shrink)), max(1, round(valid.shape[0] * shrink)))
        a, b = smaller(a, size), smaller(b, size)
        valid = np.asarray(cv2.resize(valid, size), np.float32)
    if min(valid.shape) < 3 * _CELL:
        return None
    one, other = _seen(a), _seen(b)
    return one, other, (_mean(valid) > 0.99) & (np.minimum(one.variance, other.variance) > _VARIED)


def _seen(pixels: Bytes) -> _Seen:
    soft = _soft(pixels)
    mean = _mean(soft)
    return _Seen(pixels, _levelled(pixels), soft, _mean(soft * soft) - mean * mean)


def _displaced(first: _Seen, second: _Seen, asked: Mask) -> float:
    """Return the share of cells that the first shows elsewhere than a plane puts them.

    Of the cells `asked` those count that flow explains.
    """
    flow = _flow(first.levelled, second.levelled)
    height, width = first.pixels.shape
    here = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=2).astype(np.float32)
    spread = np.minimum(first.variance, second.variance)
    by_flow = _left(_soft(_taken(first.pixels, here + flow)), second.soft)
    told = asked & (by_flow < _TOLD * spread)
    if told.sum() < _LEAST_CELLS:
        return 0.0
    rows, columns = np.nonzero(told)
    middle = (np.stack([columns, rows], axis=1) + 0.5).astype(np.float32) * _CELL - np.float32(0.5)
    there = middle + np.stack([_mean(flow[..., k]) for k in (0, 1)], axis=2)[told]
    plane = _plane(middle, there, 0.5, 500)
    if plane is None:
        return 0.0
    fit, away = plane
    onto = cv2.perspectiveTransform(here.reshape(1, -1, 2), fit).reshape(here.shape)
    by_plane = _left(_soft(_taken(first.pixels, onto)), second.soft)
    by_plane = np.minimum(by_plane, _left(first.soft, second.soft))
    missed = by_plane[told] > np.maximum(by_flow[told] / _BETTER, _MISSED * spread[told])
    return float(np.mean((away > _AWAY) & missed))


def _flow(first: Bytes, second: Bytes) -> Floats:
    """Return, float32 (h, w, 2), how far off the first shows what the second shows at a place.

    Dense inverse search (Kroeger, Timofte, Dai, Van Gool, "Fast Optical Flow using Dense Inverse
    Search", 2016), at half the size.
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    dis.setFinestScale(1)
    still = np.zeros((*second.shape, 2), np.float32)
    return np.asarray(dis.calc(second, first, still), np.float32)


def _plane(here: Floats, there: Floats, within: float, tries: int) -> tuple[Matrix, Floats] | None:
    """Return the homography that most places moved by, and how far off it each is (n,), or None.

    Most of them lie within so many pixels of it.
    """
    fit, _ = cv2.findHomography(here, there, cv2.RANSAC, within, maxIters=tries)
    if fit is None:
        return None
    off = np.hypot(*(cv2.perspectiveTransform(here[None], fit)[0] - there).T)
    return np.asarray(fit, np.float64), np.asarray(off, np.float32)


def _taken(pixels: Bytes, places: cv2.typing.MatLike) -> Bytes:
    """Return what a picture shows at places (h, w, 2), x before y."""
    x, y = cv2.split(places)
    moved = cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _soft(pixels: Bytes) -> Floats:
    return np.asarray(cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), _SOFT), np.float32)


def _mean(x: Floats) -> Floats:
    return cell_means(x, _CELL)


def _left(one: Floats, other: Floats) -> Floats:
    """Return the mean square that two pictures differ by, cell by cell."""
    return _mean((one - other) ** 2)


def _levelled(pixels: cv2.typing.MatLike) -> Bytes:
    """Take away slow changes of light and bring what is left to one strength."""
    p = pixels.astype(np.float32)
    mean = cv2.boxFilter(p, -1, (31, 31))
    d = p - mean
    strength = cv2.sqrt(np.maximum(cv2.boxFilter(d * d, -1, (63, 63)), 0))
    out = d / (strength + 4) * 48 + 128
    return np.asarray(cv2.convertScaleAbs(np.maximum(out, 0)), np.uint8)


def _texture(pixels: Bytes) -> Floats:
    dx = cv2.Sobel(pixels, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
    dy = cv2.Sobel(pixels, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
    return np.asarray(cv2.magnitude(dx, dy), np.float32)
