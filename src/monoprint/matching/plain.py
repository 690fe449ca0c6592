"""Plain pictures: blank pages, solid colours, flags, signs, icons, which have little to compare.

Where there are no corners to hold two pictures together, other light could make anything equal, so
here colours count as they are: such pictures match by equal or nearly equal pixels alone.
"""

from typing import Final

import cv2
import numpy as np

from monoprint.matching.compare import Bytes, Laid, Mask

# Fewer places with a corner in both pictures than this, and a picture is plain.
FEW_CORNERS: Final = 20

# A corner: the lesser eigenvalue of the gradients around it, in grey levels squared.
_CORNER: Final = 30.0
_CORNER_CELL: Final = 16

# How far colours may be apart: what JPEG at low quality and its coarser colour leave of a plain area,
# on average and at the worst place away from edges.
_MEAN_APART: Final = 2.0
_MOST_APART: Final = 12


def corners(laid: Laid) -> int:
    """Count the cells of the grid in which both pictures have a corner at about the same place."""
    height, width = laid.valid.shape
    if min(height, width) < _CORNER_CELL:
        return 0
    grid = (width // _CORNER_CELL, height // _CORNER_CELL)
    there = np.ones((grid[1], grid[0]), bool)
    for pixels in (laid.first, laid.second):
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        strength = cv2.cornerMinEigenVal(grey, 5, ksize=3) * (255.0**2)
        strength[~laid.valid] = 0
        most = cv2.dilate(strength, np.ones((_CORNER_CELL, _CORNER_CELL), np.uint8))
        cells = cv2.resize(most, grid, interpolation=cv2.INTER_NEAREST)
        there &= cells > _CORNER
    return int(there.sum())


def alike(laid: Laid) -> bool:
    """Say whether two plain pictures have the same colours everywhere, edges aside."""
    inside = cv2.erode(laid.valid.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not inside.any():
        return False
    apart = _apart(laid.first, laid.second)
    steady = inside & ~_edges(laid.first) & ~_edges(laid.second)
    if not steady.any():
        return bool(apart[inside].mean() <= _MEAN_APART)
    return bool(
        apart[steady].mean() <= _MEAN_APART and np.quantile(apart[steady], 0.999) <= _MOST_APART
    )


def _apart(one: Bytes, other: Bytes) -> Bytes:
    """Return the largest difference of a colour channel, smoothed so that noise averages out."""
    soft = [cv2.blur(each, (5, 5)) for each in (one, other)]
    return np.asarray(cv2.absdiff(*soft).max(axis=2), np.uint8)


def _edges(pixels: Bytes) -> Mask:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    step = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((9, 9), np.uint8))
    return np.asarray(step) > 24
