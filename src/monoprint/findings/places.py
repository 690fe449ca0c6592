"""Places: where two pictures differ, in words."""

from collections.abc import Iterable
from typing import Final

from monoprint.model.match import Box

_WORDS: Final = (
    ("upper left", "top", "upper right"),
    ("left", "middle", "right"),
    ("lower left", "bottom", "lower right"),
)

# More names than these say no more than that it is all over the picture.
_NAMED: Final = 4

# A place of this share of the width and of the height has no side of its own.
_WIDE: Final = 0.75


def in_words(where: Iterable[Box]) -> str:
    """Return the names of places, in reading order, and how much of the picture they are.

    ``upper left and bottom, 4 % of the picture``; "" for none.
    """
    boxes = list(where)
    if not boxes:
        return ""
    thirds = sorted({(_third(b.top, b.bottom), _third(b.left, b.right)) for b in boxes})
    large = any(b.right - b.left >= _WIDE and b.bottom - b.top >= _WIDE for b in boxes)
    if large or len(thirds) > _NAMED:
        named = "all over"
    else:
        names = [_WORDS[row][column] for row, column in thirds]
        named = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    share = min(1.0, sum(_length(b.left, b.right) * _length(b.top, b.bottom) for b in boxes))
    return f"{named}, {_percent(share)} of the picture"


def _third(start: float, end: float) -> int:
    return min(2, max(0, int(3 * (start + end) / 2)))


def _length(start: float, end: float) -> float:
    return max(0.0, min(1.0, end) - max(0.0, start))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "less than 1 %"
