"""Encoding: how a picture's file keeps its samples, told from the file and not from its name."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from monoprint.imaging.decode import Opened
from monoprint.imaging.jxl import holds_jpeg

# Formats that keep every sample, whatever is stored in them, and those that never do.
_LOSSLESS: Final = {
    "PNG", "BMP", "DIB", "GIF", "PPM", "QOI", "TGA", "PCX", "DCX", "SGI", "SUN", "MSP", "XBM",
    "XPM", "FITS", "PSD", "ICO", "CUR", "ICNS", "PIXAR", "SVG",
}  # fmt: skip
_LOSSY: Final = {"JPEG", "MPO", "BLP"}
_LOSSY_TIFF: Final = {"jpeg", "tiff_jpeg", "webp", "jpeg2000"}

# Chunks of a WebP file that are walked: an animation can hold very many.
_MAX_CHUNKS: Final = 4096

# The luminance table of ITU-T T.81, Annex K.1, row by row.
_LUMINANCE: Final = np.array(
    [
        16, 11, 10, 16, 24, 40, 51, 61,
        12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56,
        14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77,
        24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101,
        72, 92, 95, 98, 112, 100, 103, 99,
    ],
    np.int64,
)  # fmt: skip


def jpeg_quality(image: Image.Image) -> int | None:
    """Return the quality from 1 to 100 whose luminance table is nearest to a JPEG file's.

    None where the file holds no such table. The Independent JPEG Group's library scales the
    standard's table by ``5000 / quality`` percent below 50, else by ``200 - 2 * quality``
    (jcparam.c, `jpeg_quality_scaling`); files of other encoders get the nearest.
    """
    tables: dict[int, list[int]] = getattr(image, "quantization", {})
    if not tables or len(tables[min(tables)]) != _LUMINANCE.size:
        return None
    own = np.array(tables[min(tables)], np.int64)
    return 1 + int(np.abs(_tables() - own).sum(axis=1).argmin())


def lossless(opened: Opened) -> bool | None:
    """Say whether a file keeps every sample, or None where that cannot be told."""
    if opened.format in _LOSSLESS:
        return True
    if opened.format in _LOSSY:
        return False
    if opened.format == "JXL" and holds_jpeg(opened.data):
        return False
    if opened.format == "TIFF":
        return opened.image.info.get("compression") not in _LOSSY_TIFF
    if opened.format == "WEBP":
        return _lossless_webp(opened.data)
    if opened.format == "JPEG2000":
        # ITU-T T.800 A.6.1: the transformation is 13 bytes after the marker's begin, 1: 5-3.
        at = opened.data.find(b"\xff\x52")
        return opened.data[at + 13 : at + 14] == b"\x01" if at >= 0 else None
    return None


def _tables() -> NDArray[np.int64]:
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    return np.clip((_LUMINANCE * scale[:, None] + 50) // 100, 1, 255)


def _lossless_webp(data: bytes) -> bool:
    """Say whether the first picture of a WebP file is coded without loss (RFC 9649)."""
    at = 12
    for _ in range(_MAX_CHUNKS):
        kind = data[at : at + 4]
        if kind in {b"VP8L", b"VP8 "}:
            return kind == b"VP8L"
        if len(data) < at + 8:
            return False
        if kind == b"ANMF":  # a frame: 16 bytes, then chunks of its own
            at += 8 + 16
        else:
            length = int.from_bytes(data[at + 4 : at + 8], "little")
            at += 8 + length + length % 2
    return False
