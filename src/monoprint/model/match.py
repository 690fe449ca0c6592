"""Matches: two assets that show one picture, and how far apart they are."""

from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """The rung of the ladder on which two assets match, nearest first."""

    IDENTICAL_BYTES = "identical-bytes"
    IDENTICAL_PIXELS = "identical-pixels"
    SIMILAR = "similar"


class Orientation(StrEnum):
    """What was done to one picture to get the other, in PDQ's order of orientations."""

    UPRIGHT = ""
    ROTATED_90 = "rotated 90°"
    ROTATED_180 = "rotated 180°"
    ROTATED_270 = "rotated 270°"
    FLIPPED_VERTICALLY = "flipped top to bottom"
    MIRRORED = "mirrored left to right"
    TRANSPOSED = "mirrored along the main diagonal"
    TRANSVERSED = "mirrored along the other diagonal"


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """Two codes within reach of each other.

    `left` and `right` are positions in the list of codes that was joined, `distance` their Hamming
    distance in bits, `orientation` the turn that brings the right one onto the left one.
    """

    left: int
    right: int
    distance: int
    orientation: Orientation
