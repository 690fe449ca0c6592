"""Seams: whether a picture was pasted where its window lies, or cut out from there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.picture import Picture
from monoprint.model.match import Quad
from monoprint.opencv import cv2

# Points looked at along each side of a window, and how far in and out, in pixels.
_POINTS: Final = 64
_STEP: Final = 3.0

# A side this near to the picture's own frame, as a share of it, tells nothing.
_OWN_FRAME: Final = 0.02

# A seam: brightness steps across it by this many times what it does within, and this many levels
# more; or it varies so little beyond, along the side, and that much more within: there is a margin.
_TIMES: Final = 2.2
_MORE: Final = 4.0
_EVEN: Final = 3.0
_VARIES: Final = 12.0

# How a side that is a margin counts: as if brightness stepped by seven times what is asked. Of 150
# windows in photographs of the tuning half 2 are called pasted where they were cut out, and 144
# where another was pasted there; where most sides had to show a seam, none and 129.
_MARGIN: Final = 2.0


def pasted(within: Picture, window: Quad) -> bool:
    """Say whether a window in a picture is bounded by seams: it was pasted there, not cut out.

    What was cut out goes on smoothly beyond its edge; what was pasted, framed or photographed on a
    screen ends there. Most sides that can be looked at must show a seam.
    """
    size = np.array([within.width, within.height], np.float64)
    corners = np.array(window) * size - 0.5
    centre = corners.mean(axis=0)
    soft = np.asarray(cv2.blur(within.grey, (3, 3)), np.uint8)
    votes: list[float] = []
    for k in range(4):
        start, end = corners[k], corners[(k + 1) % 4]
        if _on_frame(start / size, end / size):
            continue
        along = end - start
        length = float(np.hypot(*along))
        if length < 4 * _STEP:
            continue
        out = np.array([along[1], -along[0]]) / length
        if np.dot(out, (start + end) / 2 - centre) < 0:
            out = -out
        share = np.linspace(0.1, 0.9, _POINTS)[:, None]
        points = start + share * along
        beyond, inside, deeper = (
            _sampled(soft, points + out * by) for by in (_STEP, -_STEP, -3 * _STEP)
        )
        across = float(np.abs(beyond - inside).mean())
        within_it = float(np.abs(inside - deeper).mean())
        even = float(beyond.std()) < _EVEN and float(inside.std()) > _VARIES
        margin = even and not within.is_graphic  # between its lines a page is even too
        votes.append(_MARGIN if margin else np.log((across + 1) / (_TIMES * within_it + _MORE)))
    return bool(votes) and float(np.mean(votes)) > 0


def _on_frame(start: NDArray[np.float64], end: NDArray[np.float64]) -> bool:
    return any(
        max(abs(start[axis] - bound), abs(end[axis] - bound)) <= _OWN_FRAME
        for axis in (0, 1)
        for bound in (0.0, 1.0)
    )


def _sampled(grey: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.float32]:
    x = np.clip(np.rint(points[:, 0]), 0, grey.shape[1] - 1).astype(int)
    y = np.clip(np.rint(points[:, 1]), 0, grey.shape[0] - 1).astype(int)
    found: NDArray[np.float32] = grey[y, x].astype(np.float32)
    return found
