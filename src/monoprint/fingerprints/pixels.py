"""The identity of a file's pixels, and a sketch that tells cheaply where it cannot be equal."""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.imaging import jpeg
from monoprint.imaging.decode import Opened
from monoprint.imaging.normalize import canonical_frames

_SKETCH_BYTES: Final = 16


def identity(opened: Opened) -> bytes:
    """Return the SHA-256 of a file's pixels: frames, shape, mode and samples, upright.

    Two files with one identity hold the same samples, whatever their container and metadata.
    Raises Unreadable where a frame cannot be decoded.
    """
    digest = hashlib.sha256(f"pixels/1 {opened.frames}\n".encode())
    for frame, colours in canonical_frames(opened):
        digest.update(f"{frame.mode} {frame.width} {frame.height} {colours}\n".encode())
        digest.update(frame.tobytes())
    return digest.digest()


def sketch(opened: Opened, pixels: NDArray[np.uint8]) -> bytes | None:
    """Return 17 bytes that are equal for JPEG files of equal pixels read by the same path.

    `pixels` is the first frame as `recipe_frames` gives it. Other formats have no sketch: a
    palette and true colours are scaled differently although they may be equal.
    """
    if opened.format != "JPEG":
        return None
    header = jpeg.read_header(opened.data)
    path = b"p" if header is not None and header.progressive else b"b"
    return path + hashlib.sha256(pixels.tobytes()).digest()[:_SKETCH_BYTES]
