"""Matches: on which rung of the ladder two assets meet, and what was changed."""

from enum import StrEnum
from typing import Final


class Relation(StrEnum):
    """The rung of the ladder on which two assets match, nearest first."""

    IDENTICAL_BYTES = "identical-bytes"
    IDENTICAL_PIXELS = "identical-pixels"
    SIMILAR = "similar"


# What was done to a picture, in the order of `monoprint.kernels.pdq.ORIENTATIONS`.
TURNS: Final = (
    "",
    "rotated 90° counter-clockwise",
    "rotated 180°",
    "rotated 90° clockwise",
    "flipped top to bottom",
    "mirrored left to right",
    "mirrored along the diagonal",
    "mirrored along the other diagonal",
)
