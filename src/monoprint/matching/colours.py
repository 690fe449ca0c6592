"""Colours: where a drawing has other colours than another though its strokes are the same.

A page, a plan or a sign is judged by its strokes, in grey: that says nothing of a red stamp where
the other has a green one. What is done to a whole picture (saturation, a tint, no colour at all)
turns, stretches and moves all colours alike; what it does not explain is other content.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.compare import (
    LUMA,
    Bytes,
    Floats,
    GridBox,
    Laid,
    Light,
    Mask,
    as_soft,
    edges,
    grey,
)
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

# A colour stronger than this is one.
_COLOURED: Final = 20.0

# A colour stronger than this is no tint of white paper. Where all of those are about the same (as
# the length of the mean of their directions tells, of so many), nothing tells a turn of the whole
# picture by so many degrees from another stamp.
_INKED: Final = 40.0
_ALIKE: Final = 0.85
_SECTORS: Final = 24
_TURNED: Final = 12.0

# Levels from an end of the scale at which a channel may have been clipped, and tells no more.
_AT_END: Final = 6

# Degrees between two turns of the hue that are tried, and the pixels that they are tried on.
_HUES: Final = 6
_TRIED: Final = 4000

# How far around a place its light is measured, as a share of the longer side.
_REACH: Final = 0.2

# How often the fit is weighted anew, and levels that a colour off by them counts half for it.
_FITS: Final = 6
_HALF: Final = 8.0


def places(laid: Laid, light: Light) -> list[GridBox]:
    """Return the boxes with other colours, the largest first."""
    # At its edges what is softer has all colours between two.
    first, second = as_soft(laid.first, laid.second, light)
    found = recoloured(replace(laid, first=first, second=second))
    count, _, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    large = sorted(
        (stats[k].tolist() for k in range(1, count) if stats[k][cv2.CC_STAT_AREA] >= _LEAST),
        key=lambda stat: (-stat[cv2.CC_STAT_AREA], stat),
    )
    return [(x, y, x + width, y + height) for x, y, width, height, _ in large]


def recoloured(laid: Laid) -> Mask:
    """Return where colours differ by more than what was done to the whole, bool (h, w)."""
    steady = laid.valid & ~edges(laid.first, _NEAR_EDGE) & ~edges(laid.second, _NEAR_EDGE)
    if not steady.any():
        return steady
    here, there = _averaged(laid.first), _averaged(laid.second)
    one, other = _colour(here), _colour(there)
    turn, move = _turn(one[steady], other[steady])
    found = steady & (np.abs(turn * one + move - other) > _APART)
    # Neither uneven light nor what is clipped, as by brightness, is a turn or a move.
    found &= np.abs(one * _light(laid) - other) > _APART
    if found.any():
        for changed in _changes(here[steady], there[steady]):
            found[found] = np.abs(_colour(changed(here[found])) - other[found]) > _APART
            if not found.any():
                break
    coloured = steady & (np.minimum(np.abs(one), np.abs(other)) > _INKED)
    if abs(np.angle(turn, deg=True)) > _TURNED and _is_one_colour(one[coloured]):
        found |= coloured & (np.abs(one - other) > _APART)
    return np.asarray(found)


def _is_one_colour(colours: Colour) -> bool:
    """Say whether all colours that take up a place or more are about the same."""
    sector = np.floor(np.angle(colours) * _SECTORS / (2 * np.pi)).astype(np.int64) % _SECTORS
    taken = np.flatnonzero(np.bincount(sector, minlength=_SECTORS) >= _LEAST)
    if not len(taken):
        return True
    return bool(abs(np.exp(2j * np.pi * taken / _SECTORS).mean()) > _ALIKE)


def _changes(one: Floats, other: Floats) -> Iterator[Callable[[Floats], Floats]]:
    """Yield what may have been done to all colours, each as well as it fits; (n, 3) to (n, 3).

    Brightness and contrast, gamma, a white balance, saturation and hue. None has more than three
    parameters: of few colours more would explain any change of one.
    """
    step = max(1, len(one) // _TRIED)
    x, y = one[::step], other[::step]
    inside = np.minimum(x, y) > _AT_END
    inside &= np.maximum(x, y) < 255 - _AT_END
    if not inside.any():
        return
    gain, level = _line(x[inside], y[inside])
    yield lambda p: np.clip(gain * p + level, 0, 255)
    power, factor = _line(np.log(x[inside]), np.log(y[inside]))
    yield lambda p: np.clip(np.exp(factor) * np.maximum(p, 1) ** power, 0, 255)
    ratios = y / np.maximum(x, 1)
    balance = np.median(ratios, axis=0)
    for k in np.flatnonzero(inside.any(axis=0)):
        balance[k] = np.median(ratios[inside[:, k], k])
    yield lambda p: np.clip(p * balance, 0, 255)
    strong, stronger = np.abs(_colour(x)), np.abs(_colour(y))
    coloured = inside.all(axis=1) & (strong > _COLOURED)
    if coloured.any():
        strength = float(np.median(stronger[coloured] / strong[coloured]))
        yield lambda p: np.clip(_paler(p, strength), 0, 255)
    hue = min(
        range(-180, 180, _HUES),
        key=lambda hue: float(np.abs(_colour(_hued(x, hue)) - _colour(y)).mean()),
    )
    yield lambda p: _hued(p, hue)


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Fit a line to most points: by least absolute deviations, weighted least squares anew."""
    weight = np.ones(x.shape)
    for _ in range(_FITS):
        slope, level = map(float, _weighted(x, y, weight, 1e-6))
        off = np.abs(slope * x + level - y)
        weight = 1.0 / (off + float(np.median(off)) + 1e-3)
    return slope, level


def _paler(colours: Floats, strength: float) -> Floats:
    """Return colours (n, 3) with what parts them from grey so many times as strong."""
    luminance = (colours @ LUMA)[:, None]
    return np.asarray(luminance + strength * (colours - luminance), np.float32)


def _hued(colours: Floats, degrees: int) -> Floats:
    """Return colours (n, 3) with their hue (of HSV) turned."""
    hsv = cv2.cvtColor(colours[None] / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + degrees) % 360
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0] * 255, np.float32)


def _light(laid: Laid) -> NDArray[np.float32]:
    """Return by how much the second is brighter than the first, place by place."""
    reach = max(3, round(_REACH * max(laid.valid.shape)))
    one, other = (
        cv2.blur(grey(each).astype(np.float32), (reach, reach))
        for each in (laid.first, laid.second)
    )
    return np.asarray((other + 1) / (one + 1), np.float32)


def _averaged(pixels: Bytes) -> Floats:
    return np.asarray(cv2.blur(pixels, (_SOFT, _SOFT)), np.float32)


def _colour(pixels: Floats) -> Colour:
    """Return red against green, and blue against both, as one complex number a pixel."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return np.asarray((red - green) + 1j * (blue - (red + green) / 2), np.complex64)


def _turn(one: Colour, other: Colour) -> tuple[complex, complex]:
    """Fit the turn and stretch, and the move, that take most colours to the other's.

    By least squares, weighted anew by how well each fits (Holland, Welsch 1977).
    """
    step = max(1, len(one) // 20000)
    x, y = one[::step].astype(np.complex128), other[::step].astype(np.complex128)
    weight = np.ones(len(x))
    for _ in range(_FITS):
        turn, move = map(complex, _weighted(x, y, weight, 1.0))
        weight = 1.0 / (1.0 + (np.abs(turn * x + move - y) / _HALF) ** 2)
    return turn, move


def _weighted(x: Any, y: Any, weight: NDArray[np.float64], least: float) -> tuple[Any, Any]:
    """Return the factor and the addend that take x to y, by weighted least squares.

    Numbers are real or complex; the factor of an x that spreads by much less than `least` is 0.
    """
    mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = (weight * np.abs(x - mean_x) ** 2).sum()
    factor = (weight * np.conj(x - mean_x) * (y - mean_y)).sum() / (spread + least)
    return factor, mean_y - factor * mean_x
