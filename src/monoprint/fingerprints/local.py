"""Local features, recipe ``local/1``: what a picture looks like around its corners."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from monoprint.kernels import brief
from monoprint.kernels.geometry import Keypoints

# Eight sizes of the picture, each 1.2 times smaller than the one before: a crop that shows a seventh
# of a picture still meets it at some of them.
_LEVELS: Final = 8
_STEP: Final = 1.2

# The least difference in brightness of a corner (FAST): low, so that washed-out copies keep theirs.
_CONTRAST: Final = 10

# Smoothing before points are compared, as BRIEF and ORB have it.
_SMOOTHING: Final = 2.0
_KERNEL: Final = (7, 7)

# Corners to choose from, for each that is kept, and the cells a side that they are spread over: the
# text of a screenshot must not leave the photograph in it without a keypoint.
_CHOICE: Final = 6
_CELLS: Final = 12

# Fewer pixels than this on a side have no room for a keypoint and its patch.
_MIN_SIDE: Final = 2 * brief.PATCH_RADIUS + 4


def features(grey: NDArray[np.uint8], most: int) -> Keypoints:
    """Return up to `most` keypoints of a grey picture, uint8 (H, W), spread over all of it.

    Corners are found and given a direction by OpenCV's ORB (Rublee et al. 2011), and described by
    `monoprint.kernels.brief`.
    """
    if min(grey.shape) < _MIN_SIDE:
        return Keypoints(*(np.empty(0, np.float32) for _ in range(4)), np.empty((0, 4), np.uint64))
    orb = cv2.ORB.create(
        nfeatures=_CHOICE * most,
        scaleFactor=_STEP,
        nlevels=_LEVELS,
        edgeThreshold=brief.PATCH_RADIUS + 2,
        fastThreshold=_CONTRAST,
    )
    found = _spread(orb.detect(grey, None), max(grey.shape), most)
    found = sorted(found, key=lambda k: (k.pt[1], k.pt[0], k.octave))
    x = np.array([k.pt[0] for k in found], np.float32)
    y = np.array([k.pt[1] for k in found], np.float32)
    level = np.array([k.octave for k in found], np.int32)
    angle = np.deg2rad(np.array([k.angle for k in found], np.float32))
    code = np.empty((len(found), 4), np.uint64)
    for octave in range(_LEVELS):
        here = np.flatnonzero(level == octave)
        if not len(here):
            continue
        step = np.float32(_STEP**octave)
        size = (round(grey.shape[1] / step), round(grey.shape[0] / step))
        smaller = cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR_EXACT) if octave else grey
        smooth = cv2.GaussianBlur(smaller, _KERNEL, _SMOOTHING)
        code[here] = brief.describe(
            np.asarray(smooth, np.uint8), x[here] / step, y[here] / step, angle[here]
        )
    return Keypoints(x, y, np.float32(_STEP) ** level.astype(np.float32), angle, code)


def _spread(found: Sequence[cv2.KeyPoint], side: int, most: int) -> list[cv2.KeyPoint]:
    """Choose the strongest corner of each cell, then the second of each, and so on."""
    if len(found) <= most:
        return list(found)
    place = np.array([k.pt for k in found]) * (_CELLS / side)
    cell = place[:, 0].astype(np.int64) * _CELLS + place[:, 1].astype(np.int64)
    strength = np.array([k.response for k in found])
    order = np.lexsort((-strength, cell))
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    turn = np.empty(len(found), np.int64)
    turn[order] = np.arange(len(found)) - np.repeat(starts, np.diff(starts, append=len(found)))
    return [found[k] for k in np.lexsort((place[:, 0], place[:, 1], -strength, turn))[:most]]
