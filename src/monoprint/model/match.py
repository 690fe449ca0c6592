"""Matches: on which rung of the ladder two assets meet, and what was changed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Relation(StrEnum):
    """The rung of the ladder on which two assets match, nearest first.

    `SIMILAR` is a proposal by codes that nobody has verified (the level `visual`). `EDITED` (same
    template or scene, other content) and `BURST` (another exposure of one moment) are warnings:
    assets that meet there are not copies and never share a group for it.
    """

    IDENTICAL_BYTES = "identical-bytes"
    IDENTICAL_PIXELS = "identical-pixels"
    RE_ENCODED = "re-encoded"
    RESIZED = "resized"
    REORIENTED = "reoriented"
    ADJUSTED = "adjusted"
    CROPPED = "cropped"
    OVERLAID = "overlaid"
    SIMILAR = "similar"
    EDITED = "edited"
    BURST = "burst"

    @property
    def warns(self) -> bool:
        """Whether this rung is a warning, never a match."""
        return self in {Relation.EDITED, Relation.BURST}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done to a picture: its kind, how much, and both in words.

    `kind` is a word of the ladder's table (``crop``, ``brightness``, ``turn``, ...); `size` is in
    the unit that `text` names, None where the change has no size.
    """

    kind: str
    size: float | None
    text: str


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
