"""Colours: where a drawing has other colours than another though its strokes are the same.

A page, a plan or a sign is judged by its strokes, in grey: that says nothing of a red stamp where
the other has a green one. What is done to a whole picture (saturation, a tint, no colour at all)
turns, stretches and moves all colours alike; what it does not explain is other content.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.compare import Bytes, GridBox, Laid, Mask, edges, grey
from monoprint.opencv import cv2

Colour = NDArray[np.complex64]

# The box, in pixels of the grid, that colours are averaged in, and how far from an edge they count:
# compression and scaling carry them across.
_SOFT: Final = 5
_NEAR_EDGE: Final = 7

# Connected pixels of the grid that are a place: of 112 pairs of one page, plan, screen or drawing
# of the tuning half none has as many, a flag at JPEG quality 20 has 74.
_LEAST: Final = 200

# How far a colour may be from where the whole picture's change takes it, in levels of a channel.
_APART: Final = 40.0

# A colour stronger than this is one, and how much alike all of those may be (the length of the mean
# of their directions) for a turn by so many degrees to be one of the whole picture: where there is
# one colour alone, nothing tells it from another stamp.
_COLOURED: Final = 20.0
_ALIKE: Final = 0.85
_TURNED: Final = 12.0

# Levels from which a channel tells by what it was multiplied.
_LIT: Final = 64

# How far around a place its light is measured, as a share of the longer side.
_REACH: Final = 0.2

# How often the fit is weighted anew, and levels that a colour off by them counts half for it.
_FITS: Final = 6
_HALF: Final = 8.0


def places(laid: Laid) -> list[GridBox]:
    """Return the boxes with other colours, the largest first."""
    found = recoloured(laid)
    count, _, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    large = sorted(
        (stats[k].tolist() for k in range(1, count) if stats[k][cv2.CC_STAT_AREA] >= _LEAST),
        key=lambda stat: (-stat[cv2.CC_STAT_AREA], stat),
    )
    return [(x, y, x + width, y + height) for x, y, width, height, _ in large]


def recoloured(laid: Laid) -> Mask:
    """Return where colours differ by more than what was done to the whole, bool (h, w)."""
    steady = laid.valid & ~edges(laid.first, _NEAR_EDGE) & ~edges(laid.second, _NEAR_EDGE)
    one, other = _colour(laid.first), _colour(laid.second)
    if not steady.any():
        return steady
    turn, move = _change(one[steady], other[steady])
    found = steady & (np.abs(turn * one + move - other) > _APART)
    # Neither a white balance, a factor for each channel, nor uneven light is a turn or a move.
    found &= np.abs(_colour(_balanced(laid, steady)) - other) > _APART
    found &= np.abs(one * _light(laid) - other) > _APART
    coloured = steady & (np.abs(one) > _COLOURED)
    if abs(np.angle(turn, deg=True)) > _TURNED and coloured.any():
        of = one[coloured]
        if abs(np.mean(of / np.abs(of))) > _ALIKE:
            found |= coloured & (np.abs(one - other) > _APART)
    return np.asarray(found)


def _balanced(laid: Laid, steady: Mask) -> NDArray[np.float32]:
    """Return the first picture with each channel multiplied as the second's mostly is."""
    one, other = (each.astype(np.float32) for each in (laid.first, laid.second))
    factors = [
        float(np.median(other[..., k][lit] / one[..., k][lit])) if lit.any() else 1.0
        for k in range(3)
        for lit in [steady & (laid.first[..., k] >= _LIT)]
    ]
    return np.asarray(one * np.array(factors, np.float32), np.float32)


def _light(laid: Laid) -> NDArray[np.float32]:
    """Return by how much the second is brighter than the first, place by place."""
    reach = max(3, round(_REACH * max(laid.valid.shape)))
    one, other = (
        cv2.blur(grey(each).astype(np.float32), (reach, reach))
        for each in (laid.first, laid.second)
    )
    return np.asarray((other + 1) / (one + 1), np.float32)


def _colour(pixels: Bytes | NDArray[np.float32]) -> Colour:
    """Return red against green, and blue against both, as one complex number a pixel."""
    soft = cv2.blur(pixels, (_SOFT, _SOFT)).astype(np.float32)
    red, green, blue = soft[..., 0], soft[..., 1], soft[..., 2]
    return np.asarray((red - green) + 1j * (blue - (red + green) / 2), np.complex64)


def _change(one: Colour, other: Colour) -> tuple[complex, complex]:
    """Fit the turn and stretch, and the move, that take most colours to the other's.

    By least squares, weighted anew by how well each fits (Holland, Welsch 1977).
    """
    step = max(1, len(one) // 20000)
    x, y = one[::step].astype(np.complex128), other[::step].astype(np.complex128)
    weight = np.ones(len(x))
    turn, move = 1 + 0j, 0j
    for _ in range(_FITS):
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        spread = float((weight * np.abs(x - mean_x) ** 2).sum())
        turn = complex((weight * np.conj(x - mean_x) * (y - mean_y)).sum() / (spread + 1.0))
        move = complex(mean_y - turn * mean_x)
        weight = 1.0 / (1.0 + (np.abs(turn * x + move - y) / _HALF) ** 2)
    return turn, move
