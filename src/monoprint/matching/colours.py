"""Colours: where a drawing has other colours than another though its strokes are the same.

A page, a plan or a sign is judged by its strokes, in grey: that says nothing of a red stamp where
the other has a green one. What is done to a whole picture (saturation, a tint, no colour at all)
turns, stretches and moves all colours alike; what it does not explain is other content.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.compare import LUMA, Bytes, Floats, GridBox, Laid, Light, Mask, edges, grey
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
    found = recoloured(_as_soft(laid, light))
    count, _, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    large = sorted(
        (stats[k].tolist() for k in range(1, count) if stats[k][cv2.CC_STAT_AREA] >= _LEAST),
        key=lambda stat: (-stat[cv2.CC_STAT_AREA], stat),
    )
    return [(x, y, x + width, y + height) for x, y, width, height, _ in large]


def _as_soft(laid: Laid, light: Light) -> Laid:
    """Return both as soft as the softer one, which has all colours between two at their edge."""
    if light.blurred == "second":
        return replace(laid, first=_blurred(laid.first, light.blur))
    if light.blurred == "first":
        return replace(laid, second=_blurred(laid.second, light.blur))
    return laid


def _blurred(pixels: Bytes, sigma: float) -> Bytes:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def recoloured(laid: Laid) -> Mask:
    """Return where colours differ by more than what was done to the whole, bool (h, w)."""
    steady = laid.valid & ~edges(laid.first, _NEAR_EDGE) & ~edges(laid.second, _NEAR_EDGE)
    one, other = _colour(laid.first), _colour(laid.second)
    if not steady.any():
        return steady
    turn, move = _change(one[steady], other[steady])
    found = steady & (np.abs(turn * one + move - other) > _APART)
    # Neither uneven light nor what is clipped, as by brightness, is a turn or a move.
    found &= np.abs(one * _light(laid) - other) > _APART
    if found.any():
        here, there = _soft(laid.first), _soft(laid.second)
        for changed in _changes(here[steady], there[steady]):
            if not found.any():
                break
            found[found] = np.abs(_chroma(changed(here[found])) - other[found]) > _APART
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
    whole = inside.all(axis=1)
    strong, stronger = (np.abs(_chroma(each))[whole] for each in (x, y))
    if (strong > _COLOURED).any():
        strength = float(np.median(stronger[strong > _COLOURED] / strong[strong > _COLOURED]))
        yield lambda p: np.clip(_paler(p, strength), 0, 255)
    hues = np.arange(-180, 180, _HUES)
    off = [float(np.abs(_chroma(_hued(x, float(hue))) - _chroma(y)).mean()) for hue in hues]
    best = float(hues[int(np.argmin(off))])
    yield lambda p: _hued(p, best)


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Fit a line to most points: by least absolute deviations, weighted least squares anew."""
    weight = np.ones(x.shape)
    slope, level = 1.0, 0.0
    for _ in range(_FITS):
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        spread = float((weight * (x - mean_x) ** 2).sum())
        slope = float((weight * (x - mean_x) * (y - mean_y)).sum()) / (spread + 1e-6)
        level = float(mean_y - slope * mean_x)
        off = np.abs(slope * x + level - y)
        weight = 1.0 / (off + float(np.median(off)) + 1e-3)
    return slope, level


def _paler(colours: Floats, strength: float) -> Floats:
    """Return colours (n, 3) with what parts them from grey so many times as strong."""
    grey = colours @ LUMA
    return np.asarray(grey[:, None] + strength * (colours - grey[:, None]), np.float32)


def _hued(colours: Floats, degrees: float) -> Floats:
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


def _soft(pixels: Bytes) -> Floats:
    return np.asarray(cv2.blur(pixels, (_SOFT, _SOFT)), np.float32)


def _colour(pixels: Bytes) -> Colour:
    """Return red against green, and blue against both, as one complex number a pixel."""
    return _chroma(_soft(pixels))


def _chroma(soft: Floats) -> Colour:
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
