"""Small drawn pictures, ways to store them, and ways to look at what was decoded."""

import io
import struct
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import recipe_pixels


@pytest.fixture(scope="session")
def paint():
    """Return a function that draws a smooth picture without any symmetry."""

    def make(width=96, height=64, seed=0):
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float64)
        xs /= width
        ys /= height
        red = 60 + 150 * xs
        green = 60 + 60 * ys + 60 * xs * ys
        blue = 200 - 140 * ys
        image = Image.fromarray(np.dstack([red, green, blue]).round().astype(np.uint8))
        pen = ImageDraw.Draw(image)
        shift = 3 * seed / 96
        for left, top, right, bottom, colour in (
            (0.06, 0.1, 0.36, 0.55, (225, 190, 40)),
            (0.5 + shift, 0.15, 0.92, 0.35, (30, 60, 90)),
            (0.3, 0.65, 0.55, 0.9 - shift, (200, 60, 60)),
        ):
            box = (left * width, top * height, right * width, bottom * height)
            pen.ellipse(box, fill=colour)
        return image

    return make


@pytest.fixture(scope="session")
def picture(paint):
    return paint()


@pytest.fixture(scope="session")
def encode():
    """Return a function that stores an image as bytes."""

    def store(image, kind, **options):
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    return store


@pytest.fixture(scope="session")
def recipe():
    """Return a function that gives the recipe's pixels of the first frame of stored bytes."""

    def pixels(data, name=""):
        opened = open_picture(data, name)
        return recipe_pixels(opened, opened.image)

    return pixels


@pytest.fixture(scope="session")
def apart():
    """Return a function: how far two pictures are apart, mean of the samples' differences.

    A grey one is compared with the other's luminance. Different shapes fail.
    """

    def mean(pixels, reference):
        ours = np.asarray(pixels)
        theirs = np.asarray(reference.convert("L" if ours.ndim == 2 else "RGB"))
        assert ours.shape == theirs.shape
        return float(np.abs(ours.astype(int) - theirs.astype(int)).mean())

    return mean


@pytest.fixture(scope="session")
def profile():
    """Return a function that makes an ICC version 2 profile of primaries and one gamma.

    The default primaries are those of a wide space with red and green changed over, so nothing
    that ignores the profile can come near the right colours.
    """

    def make(space=b"RGB ", gamma=1.8, description=b"Test space"):
        def fixed(*values):
            return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

        tags = {
            b"desc": b"desc\0\0\0\0"
            + struct.pack(">I", len(description) + 1)
            + description
            + bytes(79),
            b"cprt": b"text\0\0\0\0none\0",
            b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1.0, 0.8249),
        }
        curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
        if space == b"GRAY":
            tags[b"kTRC"] = curve
        else:
            tags[b"rXYZ"] = b"XYZ \0\0\0\0" + fixed(0.2053, 0.6257, 0.0609)
            tags[b"gXYZ"] = b"XYZ \0\0\0\0" + fixed(0.6097, 0.3111, 0.0195)
            tags[b"bXYZ"] = b"XYZ \0\0\0\0" + fixed(0.1492, 0.0632, 0.7446)
            tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
        table = b""
        body = b""
        start = 128 + 4 + 12 * len(tags)
        for name, value in tags.items():
            table += name + struct.pack(">II", start + len(body), len(value))
            body += value + bytes(-len(value) % 4)
        size = start + len(body)
        header = struct.pack(">I4sI", size, b"test", 0x02400000) + b"mntr" + space + b"XYZ "
        header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
        header += fixed(0.9642, 1.0, 0.8249)
        header = header.ljust(128, b"\0")
        return header + struct.pack(">I", len(tags)) + table + body

    return make


@pytest.fixture(scope="session")
def exif():
    """Return a function that makes an EXIF block with an orientation tag."""

    def make(orientation):
        entry = struct.pack("<HHI", 0x0112, 3, 1) + struct.pack("<HH", orientation, 0)
        return b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry + bytes(4)

    return make


@pytest.fixture(scope="session")
def with_segment():
    """Return a function that puts a segment right after a JPEG file's start marker."""

    def insert(data, marker, payload):
        length = struct.pack(">H", len(payload) + 2)
        return data[:2] + bytes([0xFF, marker]) + length + payload + data[2:]

    return insert


@pytest.fixture(scope="session")
def png():
    """Return a function that writes a PNG by hand: raw rows without filter, chunks at will."""
    import zlib

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    def make(width, height, depth, colour, raw, before=(), after=(), interlace=0):
        head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
        return b"".join(
            [
                b"\x89PNG\r\n\x1a\n",
                chunk(b"IHDR", head),
                *[chunk(*pair) for pair in before],
                chunk(b"IDAT", zlib.compress(raw)),
                *[chunk(*pair) for pair in after],
                chunk(b"IEND", b""),
            ]
        )

    return make


@pytest.fixture(scope="session")
def one_by_one():
    """Return a function that makes a sequential JPEG whose components come one scan each.

    `repeats` writes every scan that many times over, as an attack on the processor would.
    """

    def make(image, repeats=1):
        planes = []
        for band in image.convert("YCbCr").split():
            out = io.BytesIO()
            band.save(out, "JPEG", quality=90)
            planes.append(out.getvalue())
        first = planes[0]
        sof, sos = first.index(b"\xff\xc0"), first.index(b"\xff\xda")
        width, height = image.size
        frame = struct.pack(">BHHB", 8, height, width, 3)
        frame += b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
        length = int.from_bytes(first[sof + 2 : sof + 4], "big")
        data = first[:sof] + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame
        data += first[sof + 2 + length : sos]
        for _ in range(repeats):
            for number, plane in enumerate(planes, 1):
                start = plane.index(b"\xff\xda") + 10
                data += b"\xff\xda\0\x08\x01" + bytes([number, 0, 0, 63, 0]) + plane[start:-2]
        return data + b"\xff\xd9"

    return make


@pytest.fixture
def hidden(monkeypatch):
    """Return a function that makes a package one that is not installed."""

    def hide(name):
        monkeypatch.setitem(sys.modules, name, None)

    return hide
