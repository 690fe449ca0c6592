"""Watermarks: what lies on a picture in one colour and lets it shine through.

Where a share of a picture is mixed with one colour (Braudaway, Magerlein, Mintzer, "Protecting
publicly available images with a visible image watermark", 1996), every colour there moves towards
that one by the same part of the way. Other content does not move so: what stands in the place of a
word keeps neither that word nor what is around it. So once the share and the colour are known the
mark is lifted, and what is left must be the picture that has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from monoprint.matching.compare import LUMA, Bytes, Floats, GridBox, Laid, Mask, most_apart
from monoprint.matching.treatment import fitted, telling
from monoprint.opencv import cv2

# Levels of a channel that a mark moves pixels by at least, averaged over so many a side, and the
# least and the most of a picture that it covers.
_MOVED: Final = 6
_AVERAGED: Final = 3
_LEAST: Final = 0.002
_MOST: Final = 0.6

# How often the mix is fitted anew to where the mark is whole, and the share of a mark that must lie
# inside it for its rim to be left out.
_ROUNDS: Final = 4
_WIDE: Final = 0.1

# So much of the picture shines through: of what shows less it is not sure what lies beneath. And
# how far beyond black and white the colour may be fitted.
_LEAST_THROUGH: Final = 0.3
_MOST_THROUGH: Final = 0.95
_OFF: Final = 25.0

# Pixels that must tell, and the spread of their luminance: on one ground nothing is seen through a
# mark. What the mix leaves of the spread about one colour, at most: fitted to single pixels, of 72
# drawn pictures with tiled watermarks 69 left less, of 385 pairs of two drawings 126.
_LEAST_TOLD: Final = 150
_VARIED: Final = 20.0
_EXPLAINS: Final = 0.4

# Parts of the mark's strength that are tried for each pixel: at its rim it is weaker.
_STRENGTHS: Final = (0.25, 0.5, 0.75, 1.0)
_HALF: Final = 0.5

# Marks nearer than this share of the longer side are one place, and so many places are told.
_REACH: Final = 0.02
_PLACES: Final = 60


@dataclass(frozen=True, eq=False)
class Lifted:
    """Two laid pictures once the mark is lifted from the one that bears it: 1 or 2.

    `mask` is where it lies, bool (h, w).
    """

    laid: Laid
    bearer: int
    mask: Mask

    @property
    def boxes(self) -> list[GridBox]:
        """The boxes of the places where it lies, the largest first."""
        # What compression left of strokes here and there is no part of it.
        mask = self.mask.astype(np.uint8)
        solid = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _square(_AVERAGED))
        reach = max(3, round(_REACH * max(mask.shape))) | 1
        shown = solid if solid.any() else mask
        closed = cv2.morphologyEx(shown, cv2.MORPH_CLOSE, _square(reach))
        _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
        found = sorted(stats[1:].tolist(), key=lambda s: (-s[cv2.CC_STAT_AREA], s))
        return [(x, y, x + width, y + height) for x, y, width, height, _ in found[:_PLACES]]


def lifted(laid: Laid) -> Iterator[Lifted]:
    """Yield the two without the watermark that the second may bear, and the first; see `Lifted`."""
    first, second = _soft(laid.first), _soft(laid.second)
    moved = (most_apart(first, second) > _MOVED) & laid.valid
    if not _LEAST <= moved.mean() <= _MOST:
        return
    mix = _mixed(first, second, moved)
    if mix is not None:
        without, mask = _without(laid.first, laid.second, *mix)
        yield Lifted(replace(laid, second=without), 2, mask & laid.valid)
    mix = _mixed(second, first, moved)
    if mix is not None:
        without, mask = _without(laid.second, laid.first, *mix)
        yield Lifted(replace(laid, first=without), 1, mask & laid.valid)


def _mixed(bare: Bytes, bears: Bytes, moved: Mask) -> tuple[float, Floats] | None:
    """Return the share that shines through, and the levels that are added to it (3,), or None."""
    off = most_apart(bears, bare)
    whole = moved
    for _ in range(_ROUNDS):
        where = telling(bare, _inside(whole))
        x, y = bare[where].astype(np.float32), bears[where].astype(np.float32)
        if len(x) < _LEAST_TOLD or float((x @ LUMA.astype(np.float32)).std()) < _VARIED:
            return None
        design = np.zeros((3, len(x), 4))
        for k in range(3):
            design[k, :, 0], design[k, :, 1 + k] = x[:, k], 1
        through, *added = fitted(design.reshape(-1, 4), y.T.ravel()).tolist()
        if through >= 1:  # then it is the other that bears a mark, if either
            return None
        levels = np.array(added, np.float32)
        # What is not nearer to its colour with the mark than without lies at its rim, or beside it.
        whole = moved & (most_apart(bears, _mapped(bare, through, levels)) < off)
    if not _LEAST_THROUGH <= through <= _MOST_THROUGH:
        return None
    colour = levels / np.float32(1 - through)
    if colour.min() < -_OFF or colour.max() > 255 + _OFF:
        return None
    left = float(np.abs(through * x + levels - y).mean())
    about_one = float(np.abs(y - np.median(y, axis=0)).mean())
    return (through, levels) if left <= _EXPLAINS * about_one else None


def _inside(mask: Mask) -> Mask:
    """Return what lies inside a mask with all around it, or the mask itself if that is little.

    At its rim a mark is weaker than it is.
    """
    inside = np.asarray(cv2.erode(mask.view(np.uint8), _square(_AVERAGED))) > 0
    return inside if inside.sum() >= _WIDE * mask.sum() else mask


def _without(bare: Bytes, bears: Bytes, through: float, added: Floats) -> tuple[Bytes, Mask]:
    """Return the picture that bears a mark without it, and where the mark is.

    Each pixel is as near to the other picture as the mark allows, in any of its strengths.
    """
    best, off = bears.copy(), most_apart(bears, bare)
    mask = np.zeros(off.shape, np.bool_)
    for strength in _STRENGTHS:
        share = 1 - strength * (1 - through)
        tried = _mapped(bears, 1 / share, -strength / share * added)
        now = most_apart(tried, bare)
        nearer = now < off
        best[nearer], off[nearer] = tried[nearer], now[nearer]
        if strength >= _HALF:
            mask |= nearer
    return best, mask


def _square(side: int) -> Bytes:
    return np.ones((side, side), np.uint8)


def _soft(pixels: Bytes) -> Bytes:
    """Return the mean around each pixel: a mix stays one, and what lies a bit off matters less."""
    return np.asarray(cv2.blur(pixels, (_AVERAGED, _AVERAGED)), np.uint8)


def _mapped(pixels: Bytes, gain: float, added: Floats) -> Bytes:
    """Return pixels with all channels so many times as bright, and levels (3,) added to them."""
    table = np.clip(np.arange(256)[:, None] * gain + added + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table[None]), np.uint8)
