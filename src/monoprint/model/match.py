"""Matches: on which rung of the ladder two assets meet, and what was changed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Relation(StrEnum):
    """The rung of the ladder on which two assets match, nearest first.

    `SIMILAR` is a proposal by codes that nobody has verified (the level `visual`). `EDITED` (same
    template or scene, other content), `BURST` (another exposure of one scene) and `CONTESTED` (a
    match by itself that others contradict) are warnings: assets that meet there are not copies, or
    not known to be, and never share a group for it.
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
    CONTESTED = "contested"

    @property
    def warns(self) -> bool:
        """Whether this rung is a warning, never a match."""
        return self in {Relation.EDITED, Relation.BURST, Relation.CONTESTED}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done to a picture: its kind, how much, and both in words.

    `kind` is a word of the ladder's table (``crop``, ``brightness``, ``turn``, ...); `size` is in
    the unit that `text` names, None where the change has no size.
    """

    kind: str
    size: float | None
    text: str


Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]

WHOLE: Final[Quad] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Box:
    """A place in a picture: left, top, right, bottom as shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of laying two pictures on each other and comparing them.

    `relation` is the furthest rung that was reached, a warning, or None for no match. `changes`
    made the second picture of the first, `back` the first of the second. `certainty` is the
    calibrated probability (0 to 1) that this is so. `matrix` (row by row, 3 x 3) brings a point of
    the second picture onto the first, both in shares of width and height. `first_window` and
    `second_window` are what both show, in the same shares; `where` holds the places of the first
    picture that differ. `source` is 1 or 2 if one of the two is plainly what the other was made
    from (it shows all that the other shows, or what lies under its overlay), else 0. `residual` is
    what differs on average once light is made alike, in grey levels.
    """

    relation: Relation | None
    changes: tuple[Change, ...] = ()
    back: tuple[Change, ...] = ()
    certainty: float = 1.0
    matrix: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    first_window: Quad = WHOLE
    second_window: Quad = WHOLE
    where: tuple[Box, ...] = ()
    source: int = 0
    residual: float = 0.0

    @property
    def matches(self) -> bool:
        """Whether the two are copies of one picture."""
        return self.relation is not None and not self.relation.warns


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
