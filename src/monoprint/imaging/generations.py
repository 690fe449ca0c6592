"""Generations: whether a JPEG file's picture had been a JPEG file of lower quality before.

What was once rounded to coarse steps hardly changes when it is rounded to them again, so the error
of saving a picture anew, which falls as the quality rises, falls into a hole at qualities that it
has been through: Farid, "Exposing Digital Forgeries from JPEG Ghosts" (IEEE Transactions on
Information Forensics and Security 4, 2009).
"""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from monoprint.imaging import encoding
from monoprint.imaging.decode import Opened

# The middle of the picture tells, on the file's own grid of blocks; of 64 pixels a side too few are
# left.
_SIDE: Final = 256
_LEAST_SIDE: Final = 64
_GRID: Final = 16

# Qualities that are tried: below the first nobody saves, and within a few of the file's own a hole
# is the file's own.
_QUALITIES: Final = range(30, 101)
_OWN: Final = 5

# Flat pictures have holes wherever their few levels happen to fall: so much of one must vary, by so
# many grey levels within a block, for it to tell.
_BLOCK: Final = 8
_VARIED: Final = 2.0
_VARIED_SHARE: Final = 0.3

# How deep a hole is: the error beside that of qualities around it. Of 68 pictures that vary enough
# or not, none saved once at 60, 80, 90 or 95 came below; 44 saved at 85 and then at 95 all did, and
# 24 were too flat. What was saved again at nearly the same quality leaves no trace.
_HOLE: Final = 0.75
_AROUND: Final = (3, 4, 5)
_LEAST_ERROR: Final = 0.2


def earlier_quality(opened: Opened) -> int | None:
    """Return the JPEG quality, 30 to 100, that a JPEG file's picture was saved with before.

    Of several the lowest; None if it is no JPEG file, if nothing tells of an earlier one, or if
    that one had been made smaller or cropped since. Raises Unread where it cannot be decoded.
    """
    own = encoding.jpeg_quality(opened.image) if opened.format == "JPEG" else None
    if own is None:
        return None
    _, image = next(opened.each_frame())
    middle = _middle(image.convert("L"))
    if min(middle.size) < _LEAST_SIDE or _varied(middle) < _VARIED_SHARE:
        return None
    holes = _depths(middle) < _HOLE
    before = [q for q, hole in zip(_QUALITIES, holes, strict=True) if hole and q <= own - _OWN]
    return min(before, default=None)


def _middle(image: Image.Image) -> Image.Image:
    sides = [min(side, _SIDE) // _GRID * _GRID for side in image.size]
    left, top = (
        (whole - side) // 2 // _GRID * _GRID for whole, side in zip(image.size, sides, strict=True)
    )
    return image.crop((left, top, left + sides[0], top + sides[1]))


def _varied(image: Image.Image) -> float:
    """Return the share of blocks in which brightness varies."""
    width, height = image.size
    blocks = np.asarray(image, np.float64).reshape(
        height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK
    )
    return float((blocks.std(axis=(1, 3)) > _VARIED).mean())


def _depths(image: Image.Image) -> NDArray[np.float64]:
    """Return for each quality the error of saving anew, as a share of that of those around it."""
    own = np.asarray(image, np.int16)
    error = np.array([float(((own - _saved(image, q)) ** 2).mean()) for q in _QUALITIES])
    error += _LEAST_ERROR
    depths = np.ones(len(error))
    for at in range(max(_AROUND), len(error) - max(_AROUND)):
        below = np.mean([error[at - k] for k in _AROUND])
        above = np.mean([error[at + k] for k in _AROUND])
        depths[at] = error[at] / np.sqrt(below * above)
    return depths


def _saved(image: Image.Image, quality: int) -> NDArray[np.int16]:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    with Image.open(file, formats=["JPEG"]) as again:
        return np.asarray(again, np.int16)
