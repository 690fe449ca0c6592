"""Colours: where a drawing has other colours than another though its strokes are the same.

A page, a plan or a sign is judged by its strokes, in grey: that says nothing of a red stamp where
the other has a green one. What is done to a whole picture (saturation, a tint, no colour at all)
turns, stretches and moves all colours alike; what it does not explain is other content.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.compare import (
    Bytes,
    Floats,
    GridBox,
    Laid,
    Light,
    Mask,
    as_soft,
    grey,
    other_colour,
)
from monoprint.matching.treatment import (
    Change,
    Colour,
    averaged,
    changes,
    colour,
    tints,
    weighted,
)
from monoprint.opencv import cv2

# Connected pixels of the grid that are a place, and of those that are far apart: of 112 pairs of
# one page, plan, screen or drawing of the tuning half none has as many, a flag at JPEG quality 20
# has 74; of 187 none has one that is so far apart.
_LEAST: Final = 200
_LEAST_STRONG: Final = 40

# Levels of a channel by which a colour lies beyond all that the other has near, and connected
# pixels that do: of 276 pairs of one page, screen or drawing of the tuning half 274 have seven at
# most, the others are of a copy in sepia and of one that was turned and filled up beside.
_SPECK: Final = 100
_LEAST_SPECK: Final = 12

# In photographs, which have edges everywhere, one of so many pixels a side is asked; of those a
# place of another colour is so many broad at least, and so many connected ones are one. A seam
# where another picture begins and the strokes of a date are thinner.
_COARSE: Final = 2
_BROAD: Final = 5
_LEAST_BROAD: Final = 25

# Sigma of the blur that takes detail away, its least strength in levels, how much of it two
# pictures must share, and how far off their colours must be, where nine tenths of what lies farther
# than so many pixels beside them are off by no more than so much. Of 163 photographs in which a
# thing was given another colour, by 16 levels or more, 109 are told by this; of 715 copies, many of
# them in other light and colours or with something laid on, seven, four of which had a palette.
_DETAIL: Final = 2.0
_LEAST_DETAIL: Final = 3.0
_KEPT: Final = 0.6
_APART_PHOTO: Final = 30.0
_BESIDE: Final = 11
_AS_IT_WAS: Final = 10.0

# How far from an edge colours count: compression and scaling carry them across.
_NEAR_EDGE: Final = 7

# How far a colour may be from where the whole picture's change takes it, in levels of a channel.
_APART: Final = 40.0
_STRONG: Final = 70.0

# A colour stronger than this is no tint of white paper. Where all of those are about the same (as
# the length of the mean of their directions tells, of so many), nothing tells a turn of the whole
# picture by so many degrees from another stamp.
_INKED: Final = 40.0
_ALIKE: Final = 0.85
_SECTORS: Final = 24
_TURNED: Final = 12.0

# How far around a place its light is measured, as a share of the longer side.
_REACH: Final = 0.2

# How often the fit is weighted anew, and levels that a colour off by them counts half for it.
_FITS: Final = 6
_HALF: Final = 8.0


def patches(laid: Laid) -> list[GridBox]:
    """Return the boxes of a photograph whose colours are others and whose detail is the same.

    The largest first. Colours are others that nothing explains that was done to the whole; what is
    laid on a place covers its detail, even if it is as bright.
    """
    one, other = (averaged(each)[::_COARSE, ::_COARSE] for each in (laid.first, laid.second))
    valid, inside = (each[::_COARSE, ::_COARSE] for each in (laid.valid, laid.inside))
    apart = np.abs(colour(one - other))
    broad = _broad(apart, inside)
    if not broad.any():
        return []
    fine = [_fine(grey(each))[::_COARSE, ::_COARSE] for each in (laid.first, laid.second)]
    if not _kept(broad, fine):
        return []
    here, there, light = one[valid], other[valid], _light(laid)[::_COARSE, ::_COARSE]
    for a, b, brighter in ((here, there, light[valid]), (there, here, 1 / light[valid])):
        off, _ = _off(a, b, brighter.astype(np.float32), _APART_PHOTO)
        apart[valid] = np.minimum(apart[valid], off)
        broad = _broad(apart, inside)
        if not broad.any():
            return []
    rest = valid & (cv2.dilate(broad, np.ones((_BESIDE, _BESIDE), np.uint8)) == 0)
    if not rest.any() or np.percentile(apart[rest], 90) > _AS_IT_WAS:
        return []
    step = _COARSE
    boxes = _kept(broad, fine)
    return [(x * step, y * step, right * step, down * step) for x, y, right, down in boxes]


def _kept(broad: cv2.typing.MatLike, fine: Sequence[Floats]) -> list[GridBox]:
    """Return the boxes of places, uint8 (h, w), where both pictures have the same detail."""
    count, label, stats, _ = cv2.connectedComponentsWithStats(broad, connectivity=8)
    return _boxes(
        stats[k]
        for k in range(1, count)
        if stats[k][cv2.CC_STAT_AREA] >= _LEAST_BROAD
        and _is_kept(*(_shown(each, label, stats, k) for each in fine))
    )


def _broad(apart: Floats, inside: Mask) -> cv2.typing.MatLike:
    """Return where so much of a photograph is in other colours that it is no seam, uint8 (h, w)."""
    return cv2.morphologyEx(
        ((apart > _APART_PHOTO) & inside).astype(np.uint8), cv2.MORPH_OPEN,
        np.ones((_BROAD, _BROAD), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0,
    )  # fmt: skip


def _boxes(stats: Iterable[NDArray[np.int32]]) -> list[GridBox]:
    """Return the boxes of connected components, the largest first."""
    found = sorted((s.tolist() for s in stats), key=lambda s: (-s[cv2.CC_STAT_AREA], s))
    return [(x, y, x + width, y + height) for x, y, width, height, _ in found]


def _shown(
    pixels: Any, label: cv2.typing.MatLike, stats: cv2.typing.MatLike, component: int
) -> Any:
    """Return what pixels (h, w, ...) show of a connected component, (n, ...)."""
    left, top, width, height, _ = stats[component].tolist()
    view = (slice(top, top + height), slice(left, left + width))
    return pixels[view][label[view] == component]


def _fine(pixels: Bytes) -> Floats:
    """Return what varies within some pixels."""
    soft = pixels.astype(np.float32)
    return np.asarray(soft - cv2.GaussianBlur(soft, (0, 0), _DETAIL), np.float32)


def _is_kept(one: Floats, other: Floats) -> bool:
    """Say whether there is detail in a place of one picture, and the same in the other's."""
    most = max(float(one @ one), float(other @ other))
    return most >= _LEAST_DETAIL**2 * len(one) and float(one @ other) >= _KEPT * most


def places(laid: Laid, light: Light) -> list[GridBox]:
    """Return the boxes with other colours, the largest first."""
    # At its edges what is softer has all colours between two.
    first, second = as_soft(laid.first, laid.second, light)
    laid = replace(laid, first=first, second=second)
    apart = recoloured(laid)
    count, label, stats, _ = cv2.connectedComponentsWithStats(
        (apart > _APART).astype(np.uint8), connectivity=8
    )
    strong = np.bincount(label[apart > _STRONG], minlength=count)
    boxes = _boxes(
        stats[k]
        for k in range(1, count)
        if stats[k][cv2.CC_STAT_AREA] >= _LEAST or strong[k] >= _LEAST_STRONG
    )
    return boxes or list(_specks(laid))


def _specks(laid: Laid) -> Iterator[GridBox]:
    """Yield the boxes of what is too small to have colours away from its edges, in another colour.

    A colour counts as another if no change of the whole picture takes one to the other.
    """
    apart = other_colour(laid)
    far = ((apart > _SPECK) & laid.inside).astype(np.uint8)
    count, label, stats, _ = cv2.connectedComponentsWithStats(far, connectivity=8)
    specks = [k for k in range(1, count) if stats[k][cv2.CC_STAT_AREA] >= _LEAST_SPECK]
    if not specks:
        return
    one, other = (
        np.array([_shown(each, label, stats, k).mean(axis=0) for k in specks], np.float32)
        for each in (laid.first, laid.second)
    )
    even = laid.steady(_NEAR_EDGE)
    here, there = averaged(laid.first)[even], averaged(laid.second)[even]
    off = np.abs(colour(one) - colour(other))
    if even.any():
        turn, move = _turn(colour(here), colour(there))
        off = np.minimum(off, np.abs(turn * colour(one) + move - colour(other)))
        _explain(off, one, other, changes(here, there))
        _explain(off, other, one, changes(there, here))
    for k, far_off in zip(specks, off > _STRONG, strict=True):
        if far_off:
            x, y, width, height, _ = stats[k].tolist()
            yield x, y, x + width, y + height


def recoloured(laid: Laid) -> Floats:
    """Return how far colours are from what was done to the whole, in levels; float32 (h, w).

    It is 0 near edges, where nothing is known.
    """
    even = laid.steady(_NEAR_EDGE)
    apart = np.zeros(even.shape, np.float32)
    if not even.any():
        return apart
    here, there = averaged(laid.first)[even], averaged(laid.second)[even]
    one, other = colour(here), colour(there)
    off, turn = _off(here, there, _light(laid)[even], _APART)
    coloured = np.minimum(np.abs(one), np.abs(other)) > _INKED
    if abs(np.angle(turn, deg=True)) > _TURNED and _is_one_colour(one[coloured]):
        as_is = np.abs(one - other)
        for tint in tints(here, there):
            as_is = np.minimum(as_is, np.abs(colour(tint(here)) - other))
        off[coloured] = np.maximum(off[coloured], as_is[coloured])
    apart[even] = off
    return apart


def _off(
    here: Floats, there: Floats, light: NDArray[np.float32], most: float
) -> tuple[Floats, complex]:
    """Return how far colours (n, 3) are from what was done to the whole, in levels, (n,).

    And the turn that this was, or was taken for. `light` is by how much the second are brighter;
    what is off by no more than `most` is explained well enough.
    """
    one, other = colour(here), colour(there)
    turn, move = _turn(one, other)
    # Neither uneven light nor what is clipped, as by brightness, is a turn or a move.
    by_turn, by_light = np.abs(turn * one + move - other), np.abs(one * light - other)
    off = np.minimum(by_turn, by_light).astype(np.float32)
    _explain(off, here, there, changes(here, there), most)
    return off, turn


def _explain(
    off: Floats, one: Floats, other: Floats, ways: Iterable[Change], most: float = _APART
) -> None:
    """Lessen how far colours (n, 3) are off, (n,), to what any change of the whole leaves of it."""
    for change in ways:
        far = off > most
        if not far.any():
            return
        left = np.abs(colour(change(one[far])) - colour(other[far]))
        off[far] = np.minimum(off[far], left)


def _is_one_colour(colours: Colour) -> bool:
    """Say whether all colours that take up a place or more are about the same."""
    sector = np.floor(np.angle(colours) * _SECTORS / (2 * np.pi)).astype(np.int64) % _SECTORS
    taken = np.flatnonzero(np.bincount(sector, minlength=_SECTORS) >= _LEAST)
    if not len(taken):
        return True
    return bool(abs(np.exp(2j * np.pi * taken / _SECTORS).mean()) > _ALIKE)


def _light(laid: Laid) -> NDArray[np.float32]:
    """Return by how much the second is brighter than the first, place by place."""
    reach = max(3, round(_REACH * max(laid.valid.shape)))
    one, other = (
        cv2.blur(grey(each).astype(np.float32), (reach, reach))
        for each in (laid.first, laid.second)
    )
    return np.asarray((other + 1) / (one + 1), np.float32)


def _turn(one: Colour, other: Colour) -> tuple[complex, complex]:
    """Fit the turn and stretch, and the move, that take most colours to the other's.

    By least squares, weighted anew by how well each fits (Holland, Welsch 1977).
    """
    step = max(1, len(one) // 20000)
    x, y = one[::step].astype(np.complex128), other[::step].astype(np.complex128)
    weight = np.ones(len(x))
    for _ in range(_FITS):
        turn, move = map(complex, weighted(x, y, weight, 1.0))
        weight = 1.0 / (1.0 + (np.abs(turn * x + move - y) / _HALF) ** 2)
    return turn, move
