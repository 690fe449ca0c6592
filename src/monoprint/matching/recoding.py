"""Recoding: one picture as the other's encoder would have kept it.

What compression does to edges and colours differs from picture to picture: rings along lettering,
red that bleeds over a flag's stripes. No bound on differences lets it pass and stops a changed
digit. So the coarser file's own encoder is asked: what it makes of the finer picture is like the
coarser one if that is a copy, and is not if it shows anything else.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from monoprint.imaging.coding import coded
from monoprint.matching import align, compare
from monoprint.matching.align import Matrix
from monoprint.matching.compare import Laid
from monoprint.matching.picture import Picture

# Coarser files than this keep so little that what another picture becomes in them says nothing;
# and what is taken for the quality of files that do not tell it.
_LEAST_QUALITY: Final = 15
_UNTOLD: Final = 60


@dataclass(frozen=True)
class Recoded:
    """Two pictures laid on each other, the finer one coded as the coarser one is.

    `first` and `second` are the two as they now are, on the coarser one's frame; `matrix` is how
    the second lies on the first as they were.
    """

    first: Picture
    second: Picture
    laid: Laid
    matrix: Matrix


def recoded(first: Picture, second: Picture, about: Matrix, most: int) -> Recoded | None:
    """Lay two pictures of one whole frame on each other once they are coded alike.

    `about` is how the second lies on the first, as well as is known: it tells how it is turned.
    Returns None if neither is lossy, or the coarser one was read smaller than it is stored: its
    encoder's blocks are then not to be seen.
    """
    coarser = _coarser(first, second)
    if coarser is None:
        return None
    matrix = align.nearest_frame(first, second, about)
    if coarser is second:
        one, other = _as_coded(first, second, matrix), second
    else:
        one, other = first, _as_coded(second, first, np.asarray(np.linalg.inv(matrix), np.float64))
    laid = compare.lay(one, other, np.eye(3), most)
    return None if laid is None else Recoded(one, other, laid, matrix)


def _coarser(first: Picture, second: Picture) -> Picture | None:
    """Return the picture whose file keeps less, if its pixels are those of the file."""
    lossy = [each for each in (first, second) if each.coding is not None]
    if not lossy:
        return None
    found = min(lossy, key=lambda each: each.facts.quality or _UNTOLD)
    full = (found.width, found.height) == (found.facts.width, found.facts.height)
    return found if full and (found.facts.quality or _UNTOLD) >= _LEAST_QUALITY else None


def _as_coded(shown: Picture, like: Picture, to_shown: Matrix) -> Picture:
    """Bring a picture onto another's frame and code it as that one is."""
    assert like.coding is not None  # noqa: S101 - it was chosen for it
    size = (like.width, like.height)
    step = math.sqrt(shown.width * shown.height / (like.width * like.height))
    pixels, _ = compare.warped(shown, to_shown, size, step)
    return Picture(coded(pixels, like.coding), like.facts, like.coding)
