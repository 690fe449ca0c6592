"""Photoshop files: whether their merged picture is one, and those that Pillow does not read.

A layered file shows what its layers give only in the merged picture at its end, which Photoshop
may leave out: then a blank one stands there. Structures are those of Adobe's file format
specification (2019).
"""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from monoprint.errors import Unreadable, Unsupported
from monoprint.imaging.deferred import DeferredImage

_SIGNATURE: Final = b"8BPS"
_PILLOWS_DEPTHS: Final = {1, 8}
_LARGE: Final = 2  # the version of files for large documents (PSB)

# Colour modes whose merged pictures are read here, with their Pillow mode and channels.
_MODES: Final = {1: ("L", 1), 3: ("RGB", 3), 4: ("CMYK", 4)}
_NAMES: Final = {0: "bitmap", 2: "indexed", 7: "multichannel", 8: "duotone", 9: "Lab"}

_ICC_PROFILE, _VERSION_INFO, _XMP = 1039, 1057, 1060
_RAW, _PACKED = 0, 1


def is_wide(data: bytes) -> bool:
    """Say whether data is a Photoshop file that Pillow does not read: over 8 bits, or a PSB."""
    if not data.startswith(_SIGNATURE) or len(data) < 26:
        return False
    version, depth = int.from_bytes(data[4:6], "big"), int.from_bytes(data[22:24], "big")
    return version == _LARGE or (version == 1 and depth not in _PILLOWS_DEPTHS)


def check_merged(data: bytes) -> None:
    """Raise Unreadable if a Photoshop file says that its merged picture is a blank one."""
    for number, content in _resources(data)[0]:
        # Version info: a version in 4 bytes, then whether the merged picture is real.
        if number == _VERSION_INFO and content[4:5] == b"\0":
            raise Unreadable("no merged picture: saved without the composite of its layers")


def xmp(data: bytes) -> bytes:
    """Return the XMP packet of a Photoshop file, nothing for none."""
    return next((content for number, content in _resources(data)[0] if number == _XMP), b"")


def _resources(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Return a file's image resources by number, and where what follows them begins."""
    at = 26
    at += 4 + int.from_bytes(data[at : at + 4], "big")  # colour mode data
    end = at + 4 + int.from_bytes(data[at : at + 4], "big")
    at += 4
    found: list[tuple[int, bytes]] = []
    while at + 12 <= min(end, len(data)):
        number, name = int.from_bytes(data[at + 4 : at + 6], "big"), data[at + 6]
        at += 6 + name + 1 + (name + 1) % 2
        length = int.from_bytes(data[at : at + 4], "big")
        found.append((number, data[at + 4 : at + 4 + length]))
        at += 4 + length + length % 2
    return found, end


class WidePsd(DeferredImage):
    """The merged picture of a Photoshop file of 16 bits a channel, or of a large one (PSB).

    16 bits are scaled to 8, but for grey. Raises Unsupported for other depths and colour modes.
    """

    format = "PSD"
    format_description = "Adobe Photoshop"

    def _open(self) -> None:
        version, channels, height, width, self._depth, colours = struct.unpack_from(
            ">H6xHIIHH", self.data, 4
        )
        if self._depth not in {8, 16}:
            raise Unsupported(f"Photoshop file of {self._depth} bits a channel")
        if colours not in _MODES:
            named = _NAMES.get(colours, f"unknown ({colours})")
            raise Unsupported(f"Photoshop file of {self._depth} bits with {named} colours")
        self._colours, self._needed = _MODES[colours]
        if channels < self._needed:
            raise Unreadable("damaged: it has fewer channels than its colours need")
        self._channels, self._large = channels, version == _LARGE
        found, at = _resources(self.data)
        for number, content in found:
            if number == _ICC_PROFILE:
                self.info["icc_profile"] = content
        form, long = (">Q", 8) if self._large else (">I", 4)
        (layers,) = struct.unpack_from(form, self.data, at)
        self._merged_at = at + long + layers
        self._mode = "I;16" if self._colours == "L" and self._depth == 16 else self._colours
        self._size = width, height

    def _decode(self) -> Image.Image:
        compression = int.from_bytes(self.data[self._merged_at : self._merged_at + 2], "big")
        at = self._merged_at + 2
        if compression == _RAW:
            planes = self._raw_planes(at)
        elif compression == _PACKED:
            planes = self._packed_planes(at)
        else:
            raise Unsupported("Photoshop file whose merged picture is compressed by ZIP")
        if self._mode == "I;16":
            return Image.fromarray(planes[0].astype("<u2"))
        if self._depth == 16:
            planes = [((plane.astype(np.uint32) + 128) // 257).astype(np.uint8) for plane in planes]
        if self._colours == "CMYK":
            planes = [255 - plane for plane in planes]
        bands = [Image.fromarray(plane.astype(np.uint8)) for plane in planes]
        return bands[0] if len(bands) == 1 else Image.merge(self._colours, bands)

    def _raw_planes(self, at: int) -> list[NDArray[np.generic]]:
        length = self.width * self.height * self._depth // 8
        return [self._plane(self.data[at + n * length :][:length]) for n in range(self._needed)]

    def _packed_planes(self, at: int) -> list[NDArray[np.generic]]:
        """Return the planes that are packed row by row (PackBits), after the rows' lengths."""
        form = ">u4" if self._large else ">u2"
        rows = self.height * self._channels
        width = self.width * self._depth // 8
        counts = np.frombuffer(self.data, form, rows, at)
        at += counts.nbytes
        planes = []
        for lengths in counts.reshape(self._channels, -1)[: self._needed]:
            length = int(lengths.sum(dtype=np.uint64))
            packed = self.data[at : at + length]
            rows_of = Image.frombytes("L", (width, self.height), packed, "packbits", "L")
            planes.append(self._plane(rows_of.tobytes()))
            at += length
        return planes

    def _plane(self, samples: bytes) -> NDArray[np.generic]:
        if len(samples) < self.width * self.height * self._depth // 8:
            raise Unreadable("truncated: the merged picture ends early")
        form = ">u2" if self._depth == 16 else "u1"
        return np.frombuffer(samples, form).reshape(self.height, self.width)
