"""Camera raw files of drawn pictures: DNG files written by hand."""

import io
import struct

import numpy as np
from PIL import Image

# TIFF's types and their sizes.
BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL = 1, 2, 3, 4, 5, 10
SIZES = {BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I"}

# From CIE XYZ (D65) to linear sRGB, so that the camera's colours are sRGB's.
XYZ_TO_CAMERA = (3.2405, -1.5371, -0.4985, -0.9693, 1.8760, 0.0416, 0.0556, -0.2040, 1.0572)


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **({"quality": 92} | options))
    return out.getvalue()


def mosaic(image):
    """Return what a sensor under an RGGB filter saw of a picture, uint16 (H, W), linear."""
    srgb = np.asarray(image.convert("RGB")).astype(np.float64) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = linear[..., 1].copy()
    seen[0::2, 0::2] = linear[0::2, 0::2, 0]
    seen[1::2, 1::2] = linear[1::2, 1::2, 2]
    return np.round(seen * 65535).astype("<u2")


def _packed(kind, values):
    if kind in (RATIONAL, SRATIONAL):
        form = "<II" if kind == RATIONAL else "<ii"
        return b"".join(struct.pack(form, round(value * 10000), 10000) for value in values)
    if kind == ASCII:
        return values.encode() + b"\0"
    return struct.pack(f"<{len(values)}{SIZES[kind]}", *values)


def _directory(tags, at):
    """Return a TIFF directory at an offset, with its values after it."""
    after = at + 2 + 12 * len(tags) + 4
    entries, values = b"", b""
    for tag, (kind, value) in sorted(tags.items()):
        packed = _packed(kind, value)
        count = len(packed) // {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4}.get(kind, 8)
        if len(packed) > 4:
            place = struct.pack("<I", after + len(values))
            values += packed + bytes(len(packed) % 2)
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, count) + place
    return struct.pack("<H", len(tags)) + entries + bytes(4) + values


def dng(
    image, preview=None, orientation=1, make="Acme", version=True, tags=None, preview_first=False
):
    """Return a DNG of a drawn picture, with an embedded JPEG preview if its bytes are given.

    `tags` are further ones of the first directory. Sides must be even.
    """
    width, height = image.size
    samples = mosaic(image).tobytes()
    sensor = {
        254: (LONG, [0]), 256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [16]),
        259: (SHORT, [1]), 262: (SHORT, [32803]), 273: (LONG, [0]), 277: (SHORT, [1]),
        278: (LONG, [height]), 279: (LONG, [len(samples)]), 33421: (SHORT, [2, 2]),
        33422: (BYTE, [0, 1, 1, 2]), 50714: (SHORT, [0]), 50717: (LONG, [65535]),
    }  # fmt: skip
    first = {
        254: (LONG, [1]), 271: (ASCII, make), 272: (ASCII, "One"), 274: (SHORT, [orientation]),
        330: (LONG, [0]), 50708: (ASCII, "Acme One"), 50721: (SRATIONAL, XYZ_TO_CAMERA),
        50728: (RATIONAL, [1, 1, 1]), 50778: (SHORT, [21]), 306: (ASCII, "2020:05:17 10:11:12"),
    } | (tags or {})  # fmt: skip
    if version:
        first[50706] = (BYTE, [1, 4, 0, 0])
    if preview is not None:
        with Image.open(io.BytesIO(preview)) as shown:
            across, down = shown.size
        first |= {
            256: (LONG, [across]), 257: (LONG, [down]), 258: (SHORT, [8, 8, 8]), 259: (SHORT, [7]),
            262: (SHORT, [6]), 273: (LONG, [0]), 277: (SHORT, [3]), 278: (LONG, [down]),
            279: (LONG, [len(preview)]),
        }  # fmt: skip
    sub_at = 8 + len(_directory(first, 8))
    samples_at = sub_at + len(_directory(sensor, sub_at))
    preview = preview or b""
    first[330] = (LONG, [sub_at])
    sensor[273] = (LONG, [samples_at + len(preview) * preview_first])
    if preview:
        first[273] = (LONG, [samples_at + len(samples) * (not preview_first)])
    head = b"II*\0" + struct.pack("<I", 8) + _directory(first, 8) + _directory(sensor, sub_at)
    return head + (preview + samples if preview_first else samples + preview)
