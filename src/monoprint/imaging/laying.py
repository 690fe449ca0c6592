"""Laying: a picture as it lies on another one's frame, by a matrix in shares of both."""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from monoprint.opencv import cv2

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]

# Shares of a frame that its corners may move by and still lie where they lay: half a pixel of the
# largest screen.
_STILL: Final = 0.5 / 1600

# How small and how large, in frames, a picture is drawn: beyond that it is a point or a haze.
_LEAST: Final = 0.01
_MOST: Final = 50.0

# Lossy, but finer than the pictures it is compared with; the least effort, since somebody waits.
_QUALITY: Final = 90
_EFFORT: Final = 1

_CORNERS: Final = np.array([[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])


def still(matrix: Matrix) -> bool:
    """Say whether a matrix (3, 3) leaves a picture as it lies, for all that anybody can see."""
    moved = moved_corners(matrix)
    return moved is not None and bool((abs(moved - _CORNERS[:2]) < _STILL).all())


def moved_corners(matrix: Matrix) -> NDArray[np.float64] | None:
    """Return where a picture's corners come to lie, (2, 4) in shares; None beyond the horizon."""
    points = matrix @ _CORNERS
    if not np.isfinite(points).all() or (points[2] * points[2][0] <= 1e-9).any():
        return None
    return np.asarray(points[:2] / points[2], np.float64)


def laid(pixels: Pixels, matrix: Matrix, size: tuple[int, int]) -> tuple[Pixels, Pixels] | None:
    """Lay a picture on a frame of `size` (width, height) pixels.

    `pixels` is uint8 (H, W, 3); `matrix` (3, 3) brings shares of its width and height onto shares
    of the frame's. Return the frame, uint8 (height, width, 3), and how far the picture covers each
    of its pixels, uint8 (height, width) with 255 for wholly; None if it cannot lie there.
    """
    corners = moved_corners(matrix)
    if corners is None or abs(np.linalg.det(matrix)) < 1e-9:
        return None
    width, height = size
    across, down = (
        float(np.clip(np.hypot(*(corners[:, at] - corners[:, 0])), _LEAST, _MOST)) for at in (1, 3)
    )
    # First about as small as it will be shown: warping takes single samples. A picture that lies
    # on its side is as long there as the frame is high.
    turned = abs(corners[1, 1] - corners[1, 0]) > abs(corners[0, 1] - corners[0, 0])
    room = (height, width) if turned else (width, height)
    near = (
        max(1, min(pixels.shape[1], round(room[0] * across))),
        max(1, min(pixels.shape[0], round(room[1] * down))),
    )
    small = cv2.resize(pixels, near, interpolation=cv2.INTER_AREA)
    shares = np.array([[1 / near[0], 0, 0.5 / near[0]], [0, 1 / near[1], 0.5 / near[1]], [0, 0, 1]])
    frame = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]])
    onto = frame @ matrix @ shares
    shown = cv2.warpPerspective(
        small, onto, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    # Four times as fine, so that edges are smooth; the corners' quadrilateral, since a warped mask
    # would end half a pixel early.
    cover = np.zeros((height, width), np.uint8)
    outline = np.clip(corners.T * (width, height) - 0.5, -_MOST * max(size), _MOST * max(size))
    cv2.fillConvexPoly(cover, np.rint(outline * 16).astype(np.int32), 255, cv2.LINE_AA, shift=4)
    return np.asarray(shown, np.uint8), cover


def encoded(shown: Pixels, cover: Pixels) -> bytes:
    """Return a frame as a WebP that is transparent where the picture does not cover it."""
    out = io.BytesIO()
    image = Image.fromarray(np.dstack([shown, cover]))
    image.save(out, "WEBP", quality=_QUALITY, method=_EFFORT)
    return out.getvalue()
