"""Facts: what a picture's file says of itself, before its pixels are looked at.

EXIF is as hostile as the rest of a file: what cannot be read, or is not as the standard has it,
says nothing.
"""

import struct
import warnings
from typing import Final

from PIL import Image

from monoprint.imaging import encoding
from monoprint.imaging.decode import Opened, decode_png
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
BROKEN: Final = (
    SyntaxError, ValueError, OSError, KeyError, IndexError, TypeError, OverflowError, struct.error,
)  # fmt: skip

# Longer texts are not what these tags are for: an honest make, model or number fits.
_MAX_TEXT: Final = 64


def facts(opened: Opened) -> Facts:
    """Return what a file says of itself; to be called before its pixels are decoded scaled."""
    image = opened.image
    width, height = oriented_size(image)
    taken, camera, orientation = _exif(image)
    return Facts(
        format=opened.format,
        width=width,
        height=height,
        quality=encoding.jpeg_quality(image) if opened.format == "JPEG" else None,
        taken=taken,
        camera=camera,
        orientation=orientation,
        lossless=bool(encoding.lossless(opened)),
    )


def _exif(image: Image.Image) -> tuple[str, str, int]:
    """Return the moment of exposure, the camera and the orientation tag."""
    decode_png(image)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of entries that it leaves out
            exif = image.getexif()
            inner = exif.get_ifd(_EXIF)
            moment, fraction = _text(inner.get(_TAKEN)), _text(inner.get(_FRACTION))
            make, model = _text(exif.get(_MAKE)), _text(exif.get(_MODEL))
            serial = _text(inner.get(_SERIAL))
            tag = exif.get(_ORIENTATION, 1)
    except BROKEN:
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
