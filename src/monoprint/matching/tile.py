"""Tiles: where one picture shows a part of the other, cut to fit, beside other pictures.

A collage's tile is a picture without its rims. Laid on the picture it was cut from, the collage
goes on beyond the tile with other pictures, where that one goes on with its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.align import Matrix
from monoprint.matching.compare import Agreement, Bytes, GridBox, Laid, Tile
from monoprint.matching.picture import Picture

# What a cell that differs takes from a tile, in cells that agree.
_AGAINST: Final = 4.0

# The least share of what both show that a tile may be, and the share of what differs that must lie
# outside of it: what differs within is no other tile.
_LEAST: Final = 0.3
_OUTSIDE: Final = 0.8

# How much of what lies outside may agree by chance.
_BY_CHANCE: Final = 0.5

# How far beyond the grid a picture must go on, as a share of what is cut off there; how deep, in
# pixels of the grid, a cut may be that is the rounding of cells to pixels; a standard deviation, in
# levels of a channel, below which a strip is a margin; and what points may lie outside of a
# picture, as a share of its sides.
_PAST: Final = 0.25
_ROUNDED: Final = 12
_EVEN: Final = 8.0
_SLACK: Final = 0.01


def cut(first: Picture, second: Picture, laid: Laid, cells: Agreement) -> Laid | None:
    """Return what was laid cut to a tile of one picture; None if that explains nothing."""
    found = _best(np.where(cells.agree, 1.0, -_AGAINST) * cells.structured)
    if found is None:
        return None
    rows, columns = cells.agree.shape
    left, top, right, bottom = found
    if (right - left) * (bottom - top) < _LEAST * rows * columns or not _explains(cells, found):
        return None
    height, width = laid.valid.shape
    box = (
        left * cells.side,
        top * cells.side,
        width if right == columns else right * cells.side,
        height if bottom == rows else bottom * cells.side,
    )
    if _holds(second, laid.second, laid.to_second, laid, box):
        host = 2
    elif _holds(first, laid.first, laid.to_first, laid, box):
        host = 1
    else:
        return None
    inside = np.zeros_like(laid.valid)
    inside[box[1] : box[3], box[0] : box[2]] = True
    return replace(laid, valid=laid.valid & inside, tile=Tile(box, host))


def _best(value: NDArray[np.float64]) -> GridBox | None:
    """Return the box (left, top, right, bottom) of the largest sum (Bentley 1984), None for all."""
    rows, columns = value.shape
    sums = np.vstack([np.zeros(columns), np.cumsum(value, axis=0)])
    top, bottom = np.triu_indices(rows + 1, 1)
    column = sums[bottom] - sums[top]
    # Of all these strips at once, the best stretch of columns that ends at each column.
    run, start = np.zeros(len(top)), np.zeros(len(top), np.int64)
    most, best = 0.0, None
    for right in range(columns):
        start[run <= 0] = right
        run = np.maximum(run, 0) + column[:, right]
        k = int(run.argmax())
        if run[k] > most:
            most, best = float(run[k]), (int(start[k]), int(top[k]), right + 1, int(bottom[k]))
    return None if best == (0, 0, columns, rows) else best


def _explains(cells: Agreement, box: GridBox) -> bool:
    """Say whether what differs lies outside of a box, and little else does."""
    left, top, right, bottom = box
    outside = np.ones(cells.agree.shape, np.bool_)
    outside[top:bottom, left:right] = False
    differs = cells.structured & ~cells.agree
    out, agree = int((differs & outside).sum()), int((cells.agree & outside).sum())
    return out >= _OUTSIDE * differs.sum() and agree <= _BY_CHANCE * (agree + out)


def _holds(picture: Picture, shown: Bytes, to_picture: Matrix, laid: Laid, box: GridBox) -> bool:
    """Say whether beyond each side of a box a picture goes on past the grid, or is a margin.

    What ends where the grid does is a caption or a banner, and no other tile.
    """
    height, width = laid.valid.shape
    left, top, right, bottom = box
    after, below = width - right, height - bottom
    near, by = _ROUNDED, _PAST  # the strip's rim may be of the tile
    sides = (
        (left, shown[:, : left - near], ((-left * by, top), (-left * by, bottom))),
        (top, shown[: top - near], ((left, -top * by), (right, -top * by))),
        (
            after,
            shown[:, right + near :],
            ((width + after * by, top), (width + after * by, bottom)),
        ),
        (
            below,
            shown[bottom + near :],
            ((left, height + below * by), (right, height + below * by)),
        ),
    )
    return all(
        depth <= _ROUNDED
        or _inside(picture, to_picture, ends)
        or strip.std(axis=(0, 1)).max() < _EVEN
        for depth, strip, ends in sides
    )


def _inside(picture: Picture, to_picture: Matrix, points: Sequence[tuple[float, float]]) -> bool:
    """Say whether points of the grid lie within a picture, but for what rounding does."""
    u, v, w = to_picture @ np.array([[x, y, 1.0] for x, y in points]).T
    if (w <= 0).any():
        return False
    x, y = u / w / picture.width, v / w / picture.height
    return bool((np.minimum(x, y) > -_SLACK).all() and (np.maximum(x, y) < 1 + _SLACK).all())
