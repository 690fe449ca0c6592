"""Local features, recipe ``local/2``, and the layout of plain pictures, ``layout/1``."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monoprint.kernels import brief
from monoprint.kernels.geometry import Keypoints
from monoprint.model.fingerprint import KEYPOINT, LocalCode
from monoprint.opencv import cv2

KEYPOINTS: Final = 500
"""Keypoints of a frame; 400 or 600 cost 5 % less or more; what they find is untried."""

MAX_FRAMES: Final = 8
"""Pages of a document that are looked at: each costs as much as a picture."""

# Eight sizes of the picture, each 1.2 times smaller than the one before: a crop that shows a
# seventh of a picture still meets it at some of them.
_LEVELS: Final = 8
_STEP: Final = 1.2

# The least difference in brightness of a corner (FAST), and the lower one where that leaves fewer
# than `_PLENTY` for each that is kept: faint corners cost time, and washed-out copies have no
# others.
_CONTRAST: Final = 20
_FAINT_CONTRAST: Final = 10
_PLENTY: Final = 3

# Smoothing before points are compared, as BRIEF and ORB have it.
_SMOOTHING: Final = 2.0
_KERNEL: Final = (7, 7)

# Corners to choose from, for each that is kept, and the fields a side that they are spread over:
# the text of a screenshot must not leave the photograph in it without a keypoint.
_CHOICE: Final = 4
_FIELDS: Final = 12

# Fewer pixels than this on a side have no room for a keypoint and its patch.
_MIN_SIDE: Final = 2 * brief.PATCH_RADIUS + 4

# Stored places are in 1/64 pixel, so up to 1024, directions in 1/256 turn.
_PLACES: Final = 64
_DIRECTIONS: Final = 256

# Levels of 32 and the share of a picture that they make up on a page, a plan, a screen: photographs
# of houses of the tuning half had 0.37 in two at most, those 0.56 at least. Print that is some
# pixels high, of which a crop or a screenshot shows a part, has keypoints of its own only where it
# is seen larger. Where that would be less than so many times, it is not.
_INK_AND_PAPER: Final = 2
_INKED: Final = 0.5
_LARGER: Final = 1.25

# With fewer keypoints than this, or less PDQ quality, a picture is told by its layout too.
_FEW: Final = 128
_PLAIN_QUALITY: Final = 50

# The layout's cells a side, and its levels above the lowest: luminance, and either chroma.
_CELLS: Final = 4
_LUMA_LEVELS: Final = 8
_CHROMA_LEVELS: Final = 4

# Chroma (Rec. 601) is told apart up to so far from grey, which is what flags and signs use.
_CHROMA_SPAN: Final = 96.0


def features(grey: NDArray[np.uint8], most: int, levels: int = _LEVELS) -> Keypoints:
    """Return up to `most` keypoints of a grey picture, uint8 (H, W), spread over all of it.

    They are looked for in so many sizes of it, `levels`. Corners are found and given a direction by
    OpenCV's ORB (Rublee et al. 2011), and described by `monoprint.kernels.brief`.
    """
    if min(grey.shape) < _MIN_SIDE:
        return _none()
    corners = _corners(grey, _CHOICE * most, levels, _CONTRAST)
    if len(corners) < _PLENTY * most:
        corners = _corners(grey, _CHOICE * most, levels, _FAINT_CONTRAST)
    found = _spread(corners, max(grey.shape), most)
    if not found:
        return _none()
    x, y = _places(found).T
    level = np.array([k.octave for k in found], np.int32)
    order = np.lexsort((level, x, y))
    x, y, level = x[order], y[order], level[order]
    angle = np.deg2rad(np.array([k.angle for k in found], np.float32))[order]
    code = np.empty((len(found), 4), np.uint64)
    for octave in range(levels):
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
    return Keypoints(x, y, scales(level), angle, code)


def _corners(
    grey: NDArray[np.uint8], most: int, levels: int, contrast: int
) -> Sequence[cv2.KeyPoint]:
    orb = cv2.ORB.create(
        nfeatures=most,
        scaleFactor=_STEP,
        nlevels=levels,
        edgeThreshold=brief.PATCH_RADIUS + 2,
        fastThreshold=contrast,
    )
    return orb.detect(grey, None)


def _none() -> Keypoints:
    none = np.empty(0, np.float32)
    return Keypoints(none, none, none, none, np.empty((0, 4), np.uint64))


def _places(found: Sequence[cv2.KeyPoint]) -> NDArray[np.float32]:
    return np.asarray(cv2.KeyPoint.convert(found), np.float32)


def _spread(found: Sequence[cv2.KeyPoint], side: int, most: int) -> list[cv2.KeyPoint]:
    """Choose the strongest corner of each field, then the second of each, and so on."""
    if len(found) <= most:
        return list(found)
    place = _places(found).astype(np.float64) * (_FIELDS / side)
    field = place[:, 0].astype(np.int64) * _FIELDS + place[:, 1].astype(np.int64)
    strength = np.array([k.response for k in found])
    order = np.argsort(-strength, kind="stable")
    order = order[np.argsort(field[order].astype(np.uint8), kind="stable")]
    starts = np.flatnonzero(np.diff(field[order], prepend=-1))
    turn = np.empty(len(found), np.int64)
    turn[order] = np.arange(len(found)) - np.repeat(starts, np.diff(starts, append=len(found)))
    last = np.searchsorted(np.cumsum(np.bincount(turn)), most)
    near = np.flatnonzero(turn <= last)
    x, y = place[near].T
    return [found[k] for k in near[np.lexsort((x, y, -strength[near], turn[near]))[:most]]]


def scales(octave: NDArray[Any]) -> NDArray[np.float32]:
    """Return the scale of keypoints by the size they were found in, float32 (N,)."""
    return np.float32(_STEP) ** octave.astype(np.float32)


def fingerprint(frame: int, pixels: NDArray[np.uint8]) -> LocalCode:
    """Return the local features of a frame's recipe pixels, uint8 (H, W) or (H, W, 3)."""
    found = features(_grey(pixels), KEYPOINTS)
    return LocalCode(frame, pixels.shape[1], pixels.shape[0], packed(found))


def is_page(code: LocalCode, pixels: NDArray[np.uint8]) -> bool:
    """Say whether a frame with these recipe pixels shows print, or what is drawn as finely.

    It has as many keypoints as are kept, and hardly more than ink and paper, in grey.
    """
    if len(code.keypoints) < KEYPOINTS * KEYPOINT.itemsize:
        return False
    count = np.ravel(cv2.calcHist([_grey(pixels)], [0], None, [32], [0, 256]))
    return bool(np.sort(count)[-_INK_AND_PAPER:].sum() >= _INKED * count.sum())


def with_print(code: LocalCode, pixels: NDArray[np.uint8]) -> LocalCode:
    """Return a page's features with those of its small print.

    `pixels`, uint8 (H, W) or (H, W, 3), are more of the frame's than `code` was made from, up to
    1024 a side; only the sizes are looked at that are larger. The keypoints there were keep their
    places on the picture.
    """
    larger = max(pixels.shape[:2]) / max(code.width, code.height)
    if larger < _LARGER:
        return code
    own = unpacked(np.frombuffer(code.keypoints, KEYPOINT))
    fine = features(_grey(pixels), KEYPOINTS, round(np.log(larger) / np.log(_STEP)))
    zoom = np.float32(larger)
    x, y = np.append(own.x * zoom, fine.x), np.append(own.y * zoom, fine.y)
    order = np.lexsort((x, y))
    both = Keypoints(
        x[order],
        y[order],
        np.append(own.scale * zoom, fine.scale)[order],
        np.append(own.angle, fine.angle)[order],
        np.concatenate([own.code, fine.code])[order],
    )
    return replace(code, width=pixels.shape[1], height=pixels.shape[0], keypoints=packed(both))


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(grey, np.uint8)


def is_plain(code: LocalCode, quality: int) -> bool:
    """Say whether a frame of this PDQ quality shows too little to be told by its parts."""
    return quality < _PLAIN_QUALITY or len(code.keypoints) < _FEW * KEYPOINT.itemsize


def packed(keypoints: Keypoints) -> bytes:
    """Return keypoints of one picture as they are stored, rows of `KEYPOINT`."""
    rows = np.empty(len(keypoints), KEYPOINT)
    rows["x"] = np.rint(keypoints.x * _PLACES)
    rows["y"] = np.rint(keypoints.y * _PLACES)
    rows["octave"] = np.rint(np.log(keypoints.scale) / np.log(_STEP))
    turns = keypoints.angle / (2 * np.pi) * _DIRECTIONS
    rows["angle"] = np.rint(turns).astype(np.int64) % _DIRECTIONS
    rows["code"] = keypoints.code
    return rows.tobytes()


def unpacked(rows: NDArray[Any]) -> Keypoints:
    """Return stored keypoints, rows of `KEYPOINT`, of one picture or of many in a row."""
    return Keypoints(
        rows["x"].astype(np.float32) / np.float32(_PLACES),
        rows["y"].astype(np.float32) / np.float32(_PLACES),
        scales(rows["octave"]),
        rows["angle"].astype(np.float32) * np.float32(2 * np.pi / _DIRECTIONS),
        np.ascontiguousarray(rows["code"], np.uint64),
    )


def layout(pixels: NDArray[np.uint8]) -> bytes:
    """Return the `layout/1` code of a picture, uint8 (H, W) or (H, W, 3), in 32 bytes.

    The mean colours of 4 x 4 cells as luminance and two chroma, each a thermometer: as many bits
    are set as the level is high, so the Hamming distance of two codes is how many levels they lie
    apart in all.
    """
    colours = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    height, width = colours.shape[:2]
    rows, columns = _cuts(height), _cuts(width)
    sums = np.add.reduceat(np.add.reduceat(colours, rows, 0, np.int64), columns, 1, np.int64)
    areas = np.diff([*rows, height])[:, None] * np.diff([*columns, width])[None]
    if min(height, width) < _CELLS:  # cells that are less than a pixel show the pixel they lie in
        sums = colours[np.ix_(rows, columns)].astype(np.int64)
        areas = np.ones((_CELLS, _CELLS), np.int64)
    red, green, blue = np.moveaxis(sums / areas[..., None], 2, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = np.stack([(blue - luma) / 1.772, (red - luma) / 1.402], axis=2)
    bright = _thermometer(luma / 256, _LUMA_LEVELS)
    tint = _thermometer(chroma / (2 * _CHROMA_SPAN) + 0.5, _CHROMA_LEVELS)
    bits = np.concatenate([bright, tint.reshape(_CELLS, _CELLS, -1)], axis=2)
    return np.packbits(bits.ravel()).tobytes()


def _cuts(length: int) -> NDArray[np.int64]:
    """Return where the cells along a side begin."""
    return np.arange(_CELLS) * length // _CELLS


def _thermometer(share: NDArray[np.float64], levels: int) -> NDArray[np.bool_]:
    """Set as many of `levels` bits, along a new axis, as the share of 1 says."""
    level = np.clip(share * (levels + 1), 0, levels).astype(np.int64)
    return np.arange(levels) < level[..., None]
