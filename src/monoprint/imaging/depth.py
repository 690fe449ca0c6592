"""Whether what a decoder gives is all that a file holds.

Pillow decodes some files to 8 bits a channel that hold more, or leaves out channels and layers.
That is enough to compare looks, and not enough to call two files equal in pixels.
"""

from typing import Final

from PIL import Image

from monoprint.errors import Refused
from monoprint.imaging.jxl import JxlImage

# Formats whose frames Pillow gives as they are stored, some under the conditions below.
_WHOLE: Final = {
    "JPEG", "PNG", "GIF", "BMP", "DIB", "WEBP", "TIFF", "AVIF", "HEIF", "JPEG2000", "PPM", "TGA",
    "PCX", "QOI", "ICO", "JXL",
}  # fmt: skip

_BITS_PER_SAMPLE, _PHOTOMETRIC, _EXTRA_SAMPLES = 258, 262, 338
_WHITE_IS_ZERO: Final = 0


def refuse_partial(image: Image.Image, data: bytes, format: str) -> None:  # noqa: A002
    """Raise Refused if what is decoded of the current frame is less than what the file holds.

    `data` is the whole file, `format` its real format.
    """
    if format not in _WHOLE:
        raise Refused(f"a {format} file may hold more than is decoded")
    if format == "ICO" and len(image.info.get("sizes", ())) > 1:
        raise Refused("the file holds icons of several sizes")
    depth = _DEPTHS[format](image, data) if format in _DEPTHS else 8
    if depth > 8:
        raise Refused("the file holds more than the 8 bits a channel that are decoded")


def _tiff(image: Image.Image, _data: bytes) -> int:
    """Return the depth of the current page (TIFF 6.0); 16-bit grey alone is decoded in full."""
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS_PER_SAMPLE, (1,))
    if 0 in tags.get(_EXTRA_SAMPLES, ()):
        raise Refused("the file holds channels that are not decoded")
    # Pillow does not invert 16-bit grey whose white is zero, so it would equal its negative.
    in_full = len(bits) == 1 and tags.get(_PHOTOMETRIC) != _WHITE_IS_ZERO
    return 8 if in_full else max(bits)


def _png(_image: Image.Image, data: bytes) -> int:
    """Return IHDR's bit depth (ISO/IEC 15948); 16-bit grey alone is decoded in full."""
    depth, colour = data[24], data[25]
    return 8 if colour == 0 else depth


def _heif(_image: Image.Image, data: bytes) -> int:
    """Return the largest depth that a ``pixi`` box states (ISO/IEC 23008-12); 16 if none does."""
    depths: list[int] = []
    at = data.find(b"pixi")
    while at >= 0:
        channels = data[at + 8] if at + 8 < len(data) else 0
        depths += data[at + 9 : at + 9 + channels]
        at = data.find(b"pixi", at + 4)
    return max(depths, default=16)


def _jpeg2000(image: Image.Image, data: bytes) -> int:
    """Return the largest depth in the SIZ marker (ISO/IEC 15444-1) of a picture of 8-bit mode."""
    if image.mode.startswith("I"):
        return 8
    at = data.find(b"\xff\x4f\xff\x51") + 2
    channels = int.from_bytes(data[at + 38 : at + 40], "big")
    depths = data[at + 40 : at + 40 + 3 * channels : 3]
    return max(((depth & 0x7F) + 1 for depth in depths), default=16)


def _ppm(image: Image.Image, data: bytes) -> int:
    """Return the depth of the largest value that a netpbm header states."""
    if image.mode.startswith("I") or image.mode in {"1", "F"}:
        return 8
    words: list[bytes] = []
    for line in data[:4096].splitlines():
        words += line.partition(b"#")[0].split()
        if len(words) > 3:
            break
    return int(words[3]).bit_length() if len(words) > 3 and words[3].isdigit() else 16


def _jxl(image: Image.Image, _data: bytes) -> int:
    return image.depth if isinstance(image, JxlImage) else 16


_DEPTHS: Final = {
    "PNG": _png, "AVIF": _heif, "HEIF": _heif, "JPEG2000": _jpeg2000, "PPM": _ppm,
    "TIFF": _tiff, "JXL": _jxl,
}  # fmt: skip
