"""Plain pictures: blank pages, solid colours, flags, signs, icons, which have little to compare.

Where there are no corners to hold two pictures together, other light could make anything equal, so
here colours count as they are: such pictures match by equal or nearly equal pixels alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from monoprint.matching.compare import (
    Bytes,
    Floats,
    Laid,
    Mask,
    beyond,
    grey,
    most_apart,
    other_colour,
)
from monoprint.opencv import cv2

# Fewer cells with a corner than this, and there is little to compare: fewer for
# photographs, which have noise and light of their own, than for drawings of few colours.
_SCARCE: Final = 16
_SCARCE_GRAPHIC: Final = 80

# Cells with a corner below which a drawing is a sign, a flag, a logo: the Union Jack in the corners
# of flags has 115 at most, a poster with two lines of text on a screen 136, pages and plans 750.
_SIMPLE: Final = 130

# The same of strong corners: the Union Jack and a flag that bears it, compressed to quality 20,
# have 46 of them and 193 in all; four small parts of photographs have 138 or more.
_STRONG_CORNER: Final = 200.0
_SIMPLE_STRONG: Final = 60

# A corner: the lesser eigenvalue of the gradients around it, in grey levels squared (Shi, Tomasi
# 1994), and the cells that corners are counted in.
_CORNER: Final = 30.0
_CORNER_CELL: Final = 16

# How far colours may be apart, in levels of the channel that differs most: what JPEG at low quality
# and its coarser colour leave of a plain area, on average and at the worst place away from edges.
_MEAN_APART: Final = 3.0
_MOST_APART: Final = 14
_NEAR_EDGE: Final = 9

# A page number or a speck on an empty page: so many pixels that only one shows, by so many levels.
_SPECK: Final = 32
_SPECK_PIXELS: Final = 3

# The same of two files that both lose something, each in its own way: of 448 such pairs of plain
# pictures of the tuning half that are one and are not alike, 356 are within, and of 348 that are
# two, blank pages, solid colours and flags of near layout, none. What is made smaller loses specks
# by itself, so there they are counted as ever.
_MEAN_BY_TWO: Final = 5.0
_SPECK_BY_TWO: Final = 48
_SPECK_PIXELS_BY_TWO: Final = 6

# A speck of the same grey in another colour, as a white sign and a yellow one: so many pixels, by
# so many levels of a channel, beyond what coarse colour is carried. Of 174 pairs of flags, signs
# and blank pages of the tuning half that are one, none has as many.
_COLOURED: Final = 80
_COLOURED_PIXELS: Final = 8

# A square of a pixel to each side, which edges may be off.
_WITHIN: Final = 3

# The least share of these levels, where a treatment took contrast away: compression takes none.
_FAINTEST: Final = 0.5

# Colours this near, on average, are worth a warning: the same drawing in other colours.
_NEAR: Final = 25.0

# Colours this far apart, on average, are seen to be at any size.
_FAR: Final = 2 * _NEAR

# Log odds of these verdicts: no more is known than that equal colours are seldom chance.
ODDS: Final = 3.0


@dataclass(frozen=True)
class Colours:
    """How two plain pictures' colours compare: `alike` everywhere, or at least `near`.

    `within_two_codings` says that they differ by no more than two lossy copies of one picture may.
    """

    alike: bool
    within_two_codings: bool
    near: bool


def scarce(laid: Laid, *, graphic: bool) -> bool:
    """Say whether there is too little in both pictures for anything but their colours to count."""
    return _cornered(_corners(laid)) < (_SCARCE_GRAPHIC if graphic else _SCARCE)


def simple(laid: Laid, *, graphic: bool) -> bool:
    """Say whether what is laid on each other is a drawing of few strokes, such as a sign.

    Compression leaves weak corners along edges, so of `graphic` pictures the strong ones tell too.
    """
    corners = _corners(laid)
    if _cornered(corners) < _SIMPLE:
        return True
    return graphic and _cornered(corners, _STRONG_CORNER) < _SIMPLE_STRONG


def far_apart(laid: Laid) -> bool:
    """Say of few colours on a small grid that there is little to compare, and that it is another's.

    Nothing but keypoints can then say that the two are one in other light.
    """
    apart = _apart(laid.first, laid.second)[laid.valid]
    return bool(apart.size) and float(apart.mean()) > _FAR and scarce(laid, graphic=True)


def compare(laid: Laid) -> Colours:
    """Compare colours place by place, edges aside, where nothing was done to the light."""
    found = _compared(laid)
    if found is None:
        return Colours(alike=False, within_two_codings=False, near=False)
    speck, pixels = _SPECK_BY_TWO, _SPECK_PIXELS_BY_TWO
    if laid.is_scaled:
        speck, pixels = _SPECK, _SPECK_PIXELS
    return Colours(
        alike=found.alike(_MEAN_APART, _SPECK, _SPECK_PIXELS),
        within_two_codings=found.alike(_MEAN_BY_TWO, speck, pixels),
        near=found.mean <= _NEAR,
    )


def alike_as_treated(laid: Laid, treated: Laid) -> bool:
    """Say whether colours are alike once one of the two is treated as the other was.

    What lost contrast by that shows the less of what differs, so less of it counts there.
    """
    found = _compared(treated)
    kept = min(
        _detail(after) / max(_detail(before), 1e-3)
        for before, after in ((laid.first, treated.first), (laid.second, treated.second))
    )
    fainter = float(np.clip(kept, _FAINTEST, 1))
    return found is not None and found.alike(
        _MEAN_BY_TWO, _SPECK * fainter, _SPECK_PIXELS, _COLOURED * fainter
    )


def _detail(pixels: Bytes) -> float:
    """Return the contrast of what is fine, in levels."""
    return float(cv2.absdiff(pixels, cv2.blur(pixels, (5, 5))).mean())


@dataclass(frozen=True)
class _Compared:
    """How colours differ: on average, at most, and by how much specks do, in grey and in colour."""

    mean: float
    most: float
    specks: Bytes
    coloured: Bytes

    def alike(self, mean: float, speck: float, pixels: int, coloured: float = _COLOURED) -> bool:
        return (
            self.mean <= mean
            and self.most <= _MOST_APART
            and int((self.specks > speck).sum()) < pixels
            and int((self.coloured > coloured).sum()) < _COLOURED_PIXELS
        )


def _compared(laid: Laid) -> _Compared | None:
    inside = laid.inside
    if not inside.any():
        return None
    steady = inside & laid.steady(_NEAR_EDGE)
    apart = _apart(laid.first, laid.second)[steady if steady.any() else inside]
    return _Compared(
        mean=float(apart.mean()),
        most=float(np.quantile(apart, 0.999)),
        specks=_only_one(laid)[inside],
        coloured=other_colour(laid)[inside],
    )


def _only_one(laid: Laid) -> Bytes:
    """Return how far either picture shows what the other has not within a pixel, in grey levels."""
    one, other = (grey(each) for each in (laid.first, laid.second))
    return beyond(one, other, _WITHIN, scaled=laid.is_scaled)


def _corners(laid: Laid) -> list[Floats]:
    """Return the strongest corner in each cell of the grid, of either picture."""
    height, width = laid.valid.shape
    if min(height, width) < _CORNER_CELL:
        return []
    grid = (width // _CORNER_CELL, height // _CORNER_CELL)
    return [_strongest(pixels, laid.valid, grid) for pixels in (laid.first, laid.second)]


def _cornered(corners: list[Floats], least: float = _CORNER) -> int:
    """Count the cells with a corner, in the picture that has more: blur takes them."""
    return max((int((each > least).sum()) for each in corners), default=0)


def _strongest(pixels: Bytes, valid: Mask, grid: tuple[int, int]) -> Floats:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    strength = cv2.cornerMinEigenVal(grey, 5, ksize=3) * 255.0**2
    strength[~valid] = 0
    most = cv2.dilate(strength, np.ones((_CORNER_CELL, _CORNER_CELL), np.uint8))
    return np.asarray(cv2.resize(most, grid, interpolation=cv2.INTER_NEAREST), np.float32)


def _apart(one: Bytes, other: Bytes) -> Bytes:
    """Return the largest difference of a colour channel, smoothed so that noise averages out."""
    soft = [cv2.blur(each, (5, 5)) for each in (one, other)]
    return most_apart(*soft)
