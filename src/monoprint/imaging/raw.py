"""Camera raw through LibRaw (the optional package rawpy): the preview inside, and the development.

A raw file holds what the sensor saw, and nearly always a JPEG that the camera made of it. That JPEG
is enough to propose by; pictures are compared by a development of our own, always the same.
"""

import io
import struct
from collections.abc import Iterator
from typing import Any, Final

from PIL import Image

from monoprint.errors import Refused, Unreadable, Unsupported
from monoprint.imaging import limits
from monoprint.imaging.deferred import DeferredImage

# Signatures at an offset, for formats that are no TIFF, or one of a kind.
_SIGNATURES: Final = (
    (0, b"FUJIFILMCCD-RAW", "RAF"),
    (0, b"IIU\0", "RW2"),
    (0, b"IIRO", "ORF"),
    (0, b"IIRS", "ORF"),
    (0, b"MMOR", "ORF"),
    (0, b"FOVb", "X3F"),
    (0, b"\0MRM", "MRW"),
    (4, b"ftypcrx ", "CR3"),
    (6, b"HEAPCCDR", "CRW"),
)
_TIFF: Final = {b"II*\0": "<", b"MM\0*": ">"}
_TIFF_KINDS: Final = ((8, b"CR\2", "CR2"), (8, b"IIII", "IIQ"), (8, b"MMMM", "IIQ"))

# What the makers call their raw files that are a TIFF by its structure.
_MAKERS: Final = (
    ("NIKON", "NEF"), ("SONY", "ARW"), ("PENTAX", "PEF"), ("RICOH", "PEF"), ("SAMSUNG", "SRW"),
    ("HASSELBLAD", "3FR"), ("EPSON", "ERF"), ("SEIKO EPSON", "ERF"), ("KODAK", "DCR"),
    ("EASTMAN KODAK", "DCR"), ("MAMIYA", "MEF"), ("LEAF", "MOS"), ("PHASE ONE", "IIQ"),
    ("CANON", "CR2"),
)  # fmt: skip

# Tags of TIFF 6.0, TIFF/EP (ISO 12234-2) and DNG 1.7, and what tells that samples are a sensor's.
_PHOTOMETRIC, _MAKE, _SUB_IFDS, _XMP, _DNG_VERSION = 262, 271, 330, 700, 50706
_SENSOR: Final = {32803, 34892}

# Where the strips or tiles of samples begin, and their lengths.
_PIECES: Final = ((273, 279), (324, 325))

# What is looked at to tell a raw file: entries of a directory, and values of a tag.
_MAX_ENTRIES: Final = 512
_MOST_VALUES: Final = {_SUB_IFDS: 8} | dict.fromkeys((273, 279, 324, 325), 65536)
_TEXTS: Final = {_MAKE: 64, _XMP: 1 << 21}
_BYTES: Final = {1, 2, 7}
_FORMS: Final = {3: ("H", 2), 4: ("I", 4), 13: ("I", 4)}

# A preview is as good as the picture for proposing if it has about its shape: cameras that fill up
# a small one with black bars are off by more.
_SAME_SHAPE: Final = 1.04

# LibRaw's flips (after dcraw's), as what turns a picture upright.
_TURNS: Final = {
    3: Image.Transpose.ROTATE_180,
    5: Image.Transpose.ROTATE_90,
    6: Image.Transpose.ROTATE_270,
}


def kind(data: bytes) -> str | None:
    """Return the name of a camera raw format (DNG, NEF, CR2, ...), None for what is none."""
    for at, signature, name in _SIGNATURES:
        if data.startswith(signature, at):
            return name
    order = _TIFF.get(data[:4])
    if order is None:
        return None
    for at, signature, name in _TIFF_KINDS:
        if data.startswith(signature, at):
            return name
    first, *subs = _directories(data, order)
    if _DNG_VERSION in first:
        return "DNG"
    if not any(map(_holds_samples, (first, *subs))):
        return None
    make = first.get(_MAKE, (b"",))[0].split(b"\0")[0].decode("ascii", "replace").upper()
    return next((name for maker, name in _MAKERS if make.startswith(maker)), "RAW")


def _directories(data: bytes, order: str) -> list[dict[int, tuple[Any, ...]]]:
    """Return the first directory of a TIFF file and those below it: values by tag."""
    (at,) = struct.unpack_from(order + "I", data, 4) if len(data) >= 8 else (8,)
    first = dict(_entries(data, at, order))
    return [first, *(dict(_entries(data, at, order)) for at in first.get(_SUB_IFDS, ()))]


def _holds_samples(directory: dict[int, tuple[Any, ...]]) -> bool:
    return bool(_SENSOR & set(directory.get(_PHOTOMETRIC, ())))


def _end(data: bytes) -> int:
    """Return where the sensor's samples end by the directories of a TIFF; 0 if they do not say."""
    order = _TIFF.get(data[:4])
    ends = [0]
    for directory in filter(_holds_samples, _directories(data, order) if order else ()):
        for starts, lengths in _PIECES:
            pieces = zip(directory.get(starts, ()), directory.get(lengths, ()), strict=False)
            ends += [start + length for start, length in pieces]
    return max(ends)


def _entries(data: bytes, at: int, order: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    (count,) = struct.unpack_from(order + "H", data, at) if at + 2 <= len(data) else (0,)
    for entry in range(at + 2, at + 2 + 12 * min(count, _MAX_ENTRIES), 12):
        if entry + 12 > len(data):
            return
        tag, form, values = struct.unpack_from(order + "HHI", data, entry)
        if tag == _PHOTOMETRIC:
            yield tag, struct.unpack_from(order + "H", data, entry + 8)
        elif tag == _DNG_VERSION:
            yield tag, ()
        elif tag in _MOST_VALUES and form in _FORMS:
            letter, size = _FORMS[form]
            values = min(values, _MOST_VALUES[tag])
            (start,) = struct.unpack_from(order + "I", data, entry + 8)
            start = entry + 8 if size * values <= 4 else start
            if start + size * values <= len(data):
                yield tag, struct.unpack_from(f"{order}{values}{letter}", data, start)
        elif tag in _TEXTS and form in _BYTES:
            (start,) = struct.unpack_from(order + "I", data, entry + 8)
            start = entry + 8 if values <= 4 else start
            yield tag, (data[start : start + min(values, _TEXTS[tag])],)


class RawImage(DeferredImage):
    """A camera raw file; its pixels are the development, 8 bits, sRGB, upright.

    Developed with the camera's white balance, AHD demosaicing, sRGB's own curve, clipped
    highlights, and nothing that depends on the picture: no automatic brightness, no guess of the
    white level; very large sensors at half their size. Raises Unsupported for a kind that LibRaw
    does not know.
    """

    format_description = "camera raw"

    def _open(self) -> None:
        self.format = kind(self.data)
        try:
            import rawpy
        except ImportError as error:
            raise Unsupported(
                f"camera raw ({self.format}); pip install 'monoprint[raw]'"
            ) from error
        self._raw = rawpy.RawPy()
        try:
            self._raw.open_buffer(io.BytesIO(self.data))
        except rawpy.LibRawFileUnsupportedError as error:
            raise Unsupported(f"camera raw ({self.format}) of a kind that is not read") from error
        except rawpy.LibRawError as error:
            raise Unreadable(f"damaged: {_words(error)}") from error
        sizes = self._raw.sizes
        if sizes.raw_width * sizes.raw_height > limits.MAX_RAW_PIXELS:
            raise Refused(f"pixel limit: a sensor of more than {limits.MAX_RAW_PIXELS:,} pixels")
        self._flip = sizes.flip
        across, down = sizes.iwidth or sizes.width, sizes.iheight or sizes.height
        self._size = (down, across) if self._flip & 4 else (across, down)
        self._mode = "RGB"

    def _decode(self) -> Image.Image:
        import rawpy

        sizes = self._raw.sizes
        try:
            samples = self._raw.postprocess(
                half_size=sizes.raw_width * sizes.raw_height > limits.MAX_DEVELOPED_PIXELS,
                demosaic_algorithm=rawpy.DemosaicAlgorithm.AHD,
                use_camera_wb=True,
                output_color=rawpy.ColorSpace.sRGB,
                output_bps=8,
                gamma=(2.4, 12.92),
                no_auto_bright=True,
                adjust_maximum_thr=0.0,
                highlight_mode=rawpy.HighlightMode.Clip,
            )
        except (rawpy.LibRawUnsufficientMemoryError, rawpy.LibRawTooBigError) as error:
            raise MemoryError from error
        except rawpy.LibRawIOError as error:
            raise Unreadable("truncated: the sensor's samples end early") from error
        except rawpy.LibRawError as error:
            raise Unreadable(f"damaged: {_words(error)}") from error
        if samples.ndim == 3 and samples.shape[2] == 1:
            samples = samples[..., 0]
        return Image.fromarray(samples)

    def preview(self, side: int) -> Image.Image | None:
        """Return the preview inside, upright; None if smaller than `side` or of another shape.

        It may be scaled down while it is decoded, its longer side to no less than `side` pixels.
        None too for a file that is shorter than its directories say: only developing it tells
        whether it is whole.
        """
        import rawpy

        if _end(self.data) > len(self.data):
            return None
        try:
            thumbnail = self._raw.extract_thumb()
        except rawpy.LibRawError:
            return None  # there is none, or of a kind that is not read
        if thumbnail.format != rawpy.ThumbFormat.JPEG:
            return None
        try:
            shown = Image.open(io.BytesIO(bytes(thumbnail.data)), formats=["JPEG"])
            if max(shown.size) < side or not self._has_shape_of(shown):
                return None
            shown.draft("RGB", (side, side))
            profile = shown.info.get("icc_profile")
            upright = self._upright(shown.convert("RGB"))
        except (OSError, SyntaxError, ValueError):
            return None  # broken, and the picture itself may be whole
        upright.info = {"icc_profile": profile} if profile else {}
        return upright

    def _upright(self, shown: Image.Image) -> Image.Image:
        """Turn a preview as the picture, unless it was stored upright."""
        turned = self._flip & 4
        if turned and (shown.width < shown.height) == (self.width < self.height):
            return shown
        return shown.transpose(_TURNS[self._flip]) if self._flip in _TURNS else shown

    def _has_shape_of(self, shown: Image.Image) -> bool:
        ours = max(self.size) / max(1, min(self.size))
        theirs = max(shown.size) / max(1, min(shown.size))
        return 1 / _SAME_SHAPE < ours / theirs < _SAME_SHAPE

    def getexif(self) -> Image.Exif:
        """Return the EXIF block: the file's own, or the preview's where it is no TIFF."""
        exif = Image.Exif()
        if self.data[:4] in _TIFF:
            exif.load_from_fp(io.BytesIO(self.data))
        elif (begin := self.data.find(b"\xff\xd8\xff\xe1")) >= 0:
            with Image.open(io.BytesIO(self.data[begin:]), formats=["JPEG"]) as inside:
                exif = inside.getexif()
        return exif

    def xmp(self) -> bytes:
        """Return the XMP packet of a raw file that is a TIFF by its structure; nothing for none."""
        order = _TIFF.get(self.data[:4])
        (packet,) = _directories(self.data, order)[0].get(_XMP, (b"",)) if order else (b"",)
        return bytes(packet)


def _words(error: Exception) -> str:
    """Return what LibRaw says of an error, which it gives as bytes."""
    said = error.args[0] if error.args else ""
    return said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
