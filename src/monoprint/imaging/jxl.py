"""JPEG XL through libjxl (the optional package pylibjxl)."""

import io
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageOps

from monoprint.errors import Unreadable, Unsupported
from monoprint.imaging.deferred import DeferredImage

FORMAT: Final = "JXL"

_CONTAINER: Final = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_CODESTREAM: Final = b"\xff\x0a"

# The box that keeps what is needed to write the JPEG file again that a picture was made from.
_RECONSTRUCTION: Final = b"jbrd"

# Boxes that are walked: pictures have about five, and a file can hold millions.
_MAX_BOXES: Final = 256

_MODES: Final = {1: "L", 3: "RGB", 4: "RGBA"}


def is_jxl(data: bytes) -> bool:
    """Say whether data begins as JPEG XL (ISO/IEC 18181-2), in a container or bare."""
    return data.startswith((_CONTAINER, _CODESTREAM))


def holds_jpeg(data: bytes) -> bool:
    """Say whether a file is a JPEG file transcoded without loss, which can be had back."""
    return any(kind == _RECONSTRUCTION for kind in _boxes(data))


class JxlImage(DeferredImage):
    """A JPEG XL picture, decoded to 8 bits a channel; `depth` is the bits that the file holds.

    The decoder turns it upright; the EXIF orientation is ignored, as ISO/IEC 18181-2 has it.
    Raises Unsupported for an animation: the decoder gives its last frame alone.
    """

    format = FORMAT
    format_description = "JPEG XL"

    def _open(self) -> None:
        try:
            import pylibjxl
        except ImportError as error:
            raise Unsupported("JPEG XL picture; pip install 'monoprint[jxl]'") from error
        try:
            header = pylibjxl.probe(self.data)
        except RuntimeError as error:
            raise Unreadable("truncated or damaged before its picture data") from error
        if header["have_animation"]:
            raise Unsupported("JPEG XL animation (not read by this version)")
        self._size = (header["width"], header["height"])
        self._mode = _MODES.get(header["channels"], "RGBA")
        self.depth = int(header["bits_per_sample"])
        self._exif_block = b""

    def _decode(self) -> Image.Image:
        import pylibjxl

        # One thread: the workers are as many as the processors.
        with pylibjxl.JXL(threads=1, pool_size=1) as codec:
            if holds_jpeg(self.data):
                return self._from_jpeg(codec.jxl_to_jpeg(self.data))
            samples, told = codec.decode(self.data, metadata=True)
        self._exif_block = told.get("exif", b"")
        self.info |= {
            name: told[key]
            for key, name in (("icc", "icc_profile"), ("xmp", "xmp"))
            if told.get(key)
        }
        return Image.fromarray(samples)

    def _from_jpeg(self, data: bytes) -> Image.Image:
        """Return the pixels of the JPEG file, which are then equal to those of the file itself."""
        image = Image.open(io.BytesIO(data), formats=["JPEG"])
        self._exif_block = image.info.get("exif", b"")
        self.info |= {
            name: image.info[name] for name in ("icc_profile", "xmp") if name in image.info
        }
        return ImageOps.exif_transpose(image)

    def getexif(self) -> Image.Exif:
        """Return the EXIF block; it may be compressed, so the file is decoded for it."""
        self.load()
        exif = Image.Exif()
        if self._exif_block:
            exif.load(self._exif_block)
        return exif


def _boxes(data: bytes) -> Iterator[bytes]:
    """Yield the types of a container's boxes (ISO/IEC 14496-12)."""
    at = 0 if data.startswith(_CONTAINER) else len(data)
    for _ in range(_MAX_BOXES):
        if at + 8 > len(data):
            return
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        yield data[at + 4 : at + 8]
        if length < 8:  # 0: to the end of the file
            return
        at += length
