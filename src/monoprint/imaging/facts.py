"""Facts: what a picture's file says of itself, before its pixels are looked at.

EXIF is as hostile as the rest of a file: what cannot be read, or is not as the standard has it,
says nothing.
"""

import struct
import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from monoprint.imaging.decode import Opened
from monoprint.imaging.normalize import oriented_size
from monoprint.model.asset import Facts

# Tags of EXIF 2.32 (CIPA DC-008): those of the picture, then those of its Exif directory.
_MAKE: Final = 0x010F
_MODEL: Final = 0x0110
_ORIENTATION: Final = 0x0112
_EXIF: Final = 0x8769
_TAKEN: Final = 0x9003
_FRACTION: Final = 0x9291
_SERIAL: Final = 0xA431

# What Pillow's reader raises on broken EXIF, besides the errors of a file that ends early.
_BROKEN: Final = (
    SyntaxError, ValueError, OSError, KeyError, IndexError, TypeError, OverflowError, struct.error,
)  # fmt: skip

# Longer texts are not what these tags are for: an honest make, model or number fits.
_MAX_TEXT: Final = 64

# Formats that keep every sample, whatever is stored in them; others depend on the file.
_LOSSLESS: Final = {
    "PNG", "BMP", "DIB", "GIF", "PPM", "QOI", "TGA", "PCX", "DCX", "SGI", "SUN", "MSP", "XBM",
    "XPM", "FITS", "PSD", "ICO", "CUR", "ICNS",
}  # fmt: skip
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


def facts(opened: Opened) -> Facts:
    """Return what a file says of itself; to be called before its pixels are decoded scaled."""
    image = opened.image
    width, height = oriented_size(image)
    taken, camera, orientation = _exif(image)
    return Facts(
        format=opened.format,
        width=width,
        height=height,
        quality=_quality(image) if opened.format == "JPEG" else None,
        taken=taken,
        camera=camera,
        orientation=orientation,
        lossless=_lossless(opened),
    )


def _exif(image: Image.Image) -> tuple[str, str, int]:
    """Return the moment of exposure, the camera and the orientation tag."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of entries that it leaves out
            exif = image.getexif()
            inner = exif.get_ifd(_EXIF)
            moment, fraction = _text(inner.get(_TAKEN)), _text(inner.get(_FRACTION))
            make, model = _text(exif.get(_MAKE)), _text(exif.get(_MODEL))
            serial = _text(inner.get(_SERIAL))
            tag = exif.get(_ORIENTATION, 1)
    except _BROKEN:
        return "", "", 1
    taken = f"{moment}.{fraction}" if moment and fraction.isdigit() else moment
    if model.lower().startswith(make.lower()):
        make = ""  # many write it twice
    camera = " ".join(filter(None, (make, model, serial)))
    return taken, camera, tag if isinstance(tag, int) and 1 <= tag <= 8 else 1


def _text(value: object) -> str:
    """Return a tag's text: printable, one line, not long; nothing for what is no text."""
    if isinstance(value, bytes):
        value = value[: 2 * _MAX_TEXT].decode("ascii", "replace")
    if not isinstance(value, str):
        return ""
    words = value[: 2 * _MAX_TEXT].replace("\0", " ").split()
    text = " ".join("".join(c for c in word if c.isprintable()) for word in words)
    # A clock that was never set has its digits left out, or zero.
    return "" if not text.strip(" :0") else text[:_MAX_TEXT]


def _quality(image: Image.Image) -> int | None:
    """Return the quality from 1 to 100 whose luminance table is nearest to the file's.

    The Independent JPEG Group's library scales the standard's table by ``5000 / quality`` percent
    below 50, else by ``200 - 2 * quality`` (jcparam.c, `jpeg_quality_scaling`); files of other
    encoders get the nearest.
    """
    tables: dict[int, list[int]] = getattr(image, "quantization", {})
    if not tables or len(tables[min(tables)]) != _LUMINANCE.size:
        return None
    own = np.array(tables[min(tables)], np.int64)
    return 1 + int(np.abs(_tables() - own).sum(axis=1).argmin())


def _tables() -> NDArray[np.int64]:
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    return np.clip((_LUMINANCE * scale[:, None] + 50) // 100, 1, 255)


def _lossless(opened: Opened) -> bool:
    if opened.format == "TIFF":
        return opened.image.info.get("compression") not in _LOSSY_TIFF
    if opened.format == "WEBP":
        return _lossless_webp(opened.data)
    return opened.format in _LOSSLESS


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
