"""Decoding: from a file's bytes to frames of pixels, under limits.

Run this in a worker process: decoders of hostile input crash, hang and bloat.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pi_heif
from PIL import Image, UnidentifiedImageError

from monoprint.errors import Refused, Unread, Unreadable, Unsupported
from monoprint.imaging import jpeg, jxl, limits, psd, raw, sniff, svg
from monoprint.imaging.deferred import DeferredImage
from monoprint.imaging.depth import refuse_partial
from monoprint.model.formats import TABLES

pi_heif.register_heif_opener()

# Pillow checks every header, nested ones too, against this; a warning is already over our limit.
Image.MAX_IMAGE_PIXELS = limits.MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

# The raster formats that Pillow reads. Left out of what Pillow knows: those that start another
# program or need one (EPS, WMF), video (MPEG), and those that are a name without a decoder.
FORMATS: Final = (
    "JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "AVIF", "HEIF", "JPEG2000", "PPM", "ICO", "CUR",
    "ICNS", "PSD", "DIB", "DDS", "DCX", "PCX", "SGI", "SUN", "QOI", "MSP", "XBM", "XPM", "FITS",
    "FLI", "FTEX", "BLP", "PIXAR", "GBR", "PCD", "SPIDER",
)  # fmt: skip

# A Targa file has no signature, so almost any bytes can pass for one: it is tried only on files
# that end in Targa 2's footer or are named as Targa.
_TARGA_FOOTER: Final = b"TRUEVISION-XFILE.\x00"

# Formats whose further frames are not pages: a phone's gain map or preview, a drawing's layers,
# the same icon in other sizes.
_FIRST_FRAME_ONLY: Final = {"MPO", "PSD", "ICO", "CUR", "ICNS"}

# How Pillow warns of a directory that ends before its entries do, and goes on with what it has.
_BAD_DIRECTORY: Final = "Corrupt EXIF data"

# ISO media files of these brands are pictures (ISO/IEC 23008-12, AV1 Image File Format).
_MEDIA_BRANDS: Final = {b"ftyp" + brand for brand in (b"avif", b"avis", b"heic", b"heix", b"mif1")}

# A JPEG 2000 file (ISO/IEC 15444-1), in its container or bare.
_JPEG2000: Final = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")

_DECODED_SCALED: Final = {"JPEG", "MPO"}

# What is added to the reason of a file of rows: what it may list is not looked for unasked.
_AS_TABLE: Final = (
    "pictures that its rows list are read with FILE#path=COLUMN or FILE#url=COLUMN as a store"
)

# Bytes a pixel takes in memory once decoded, by Pillow's mode; all others take one a band.
_WIDE_MODES: Final = {"I": 4, "F": 4, "I;16": 2, "I;16B": 2, "I;16L": 2, "RGB": 4}


@dataclass(slots=True)
class Opened:
    """A picture whose header was read and found within the limits.

    `format` is the real one, `frames` the number of frames or pages, `read_frames` how many of
    them may be decoded. `notes` collects what is odd about the file.
    """

    image: Image.Image
    data: bytes
    format: str
    frames: int
    read_frames: int
    notes: list[str]

    def each_frame(self) -> Iterator[tuple[int, Image.Image]]:
        """Go to each frame that is compared, and yield its number from 0 with the image.

        Raises Unreadable or Refused for a frame that cannot be gone to.
        """
        return self._frames(self.read_frames)

    def every_frame(self) -> Iterator[tuple[int, Image.Image]]:
        """Go to all frames, also those that are no pages, as a phone's gain map.

        Raises Refused for a file that holds more than is decoded, else as `each_frame`.
        """
        if self.frames > limits.MAX_FRAMES:
            raise Refused(f"frame limit: {self.frames:,} frames, more than {limits.MAX_FRAMES}")
        for frame, image in self._frames(self.frames):
            refuse_partial(image, self.data, self.format)  # each page of a TIFF has its own depth
            yield frame, image

    def _frames(self, count: int) -> Iterator[tuple[int, Image.Image]]:
        for frame in range(count):
            if frame:
                self._seek(frame)
            yield frame, self.image

    def _seek(self, frame: int) -> None:
        try:
            self.image.seek(frame)
        except EOFError as error:
            raise Unreadable(f"truncated: frame {frame + 1} of {self.frames} is missing") from error
        check_size(self.image, self.format)


def open_picture(data: bytes, name: str) -> Opened:
    """Read the header of the picture in `data` and hold it against the limits.

    `name` only decides what is odd: the format is told from the bytes. Raises Unreadable for
    what claims to be a picture and is broken, Unsupported for what is no raster picture, Refused
    where a limit is passed.
    """
    image, notes = _identify(data, name)
    real = image.format or ""
    if real in _DECODED_SCALED:
        jpeg.check_scans(data)
        image, data = jpeg.mend_ending(image, data)
    elif real == "PSD":
        psd.check_merged(data)
    check_size(image, real)
    frames = _count_frames(image)
    read_frames = 1 if real in _FIRST_FRAME_ONLY else min(frames, limits.MAX_FRAMES)
    promised = sniff.PICTURE_ENDINGS.get(sniff.ending(name))
    shown = "JPEG" if real == "MPO" else real
    if promised and promised != shown and (promised, shown) != ("BMP", "DIB"):
        notes.append(f"named {sniff.ending(name)} but is {shown}")
    if read_frames < frames and real not in _FIRST_FRAME_ONLY:
        notes.append(f"{frames - read_frames} of {frames} frames not compared")
    return Opened(image, data, shown, frames, read_frames, notes)


def _identify(data: bytes, name: str) -> tuple[Image.Image, list[str]]:
    """Return the picture, its header read, and what is to be said of it."""
    deferred = _deferred(data)
    if deferred is not None:
        return deferred, _noted(deferred)
    targa = sniff.ending(name) == ".tga" or data.endswith(_TARGA_FOOTER)
    formats = [*FORMATS, "TGA"] if targa else list(FORMATS)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", UserWarning)
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError as error:
        raise no_picture(data, name) from error
    notes = [_sentence(warning.message) for warning in told]
    if image.format == "TIFF" and any(note.startswith(_BAD_DIRECTORY) for note in notes):
        raise Unreadable("bad directory: it claims more entries than the file holds")
    return image, notes


def _deferred(data: bytes) -> DeferredImage | None:
    """Return a picture that is not Pillow's to decode.

    Looked for first: most camera raw files are TIFF files too, whose first picture is a thumbnail.
    """
    if raw.kind(data) is not None:
        return raw.RawImage(data)
    if jxl.is_jxl(data):
        return jxl.JxlImage(data)
    if psd.is_wide(data):
        return psd.WidePsd(data)
    return svg.Drawing(data) if svg.is_drawing(data) else None


def _noted(image: DeferredImage) -> list[str]:
    if isinstance(image, jxl.JxlImage) and jxl.holds_jpeg(image.data):
        return ["a JPEG file transcoded without loss"]
    if isinstance(image, svg.Drawing) and image.replaced:
        return [f"{image.replaced} letters drawn as their numbers: the font here lacks them"]
    return []


def decode_png(image: Image.Image) -> None:
    """Decode a PNG picture before its metadata are asked for, which may stand behind its pixels.

    Pillow would do it then, and give the rest of a picture that failed without an error: its fault
    must not be taken for one of the metadata. Raises what decoding raises.
    """
    if image.format == "PNG":
        image.load()


@contextmanager
def guarded() -> Iterator[None]:
    """Turn whatever a decoder raises into Unreadable or Refused with a reason for people.

    Decoders of damaged files raise almost any exception, so this is the one place that takes
    them all; what is no ordinary exception (an interrupt) passes.
    """
    try:
        yield
    except Unread:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except MemoryError as error:
        raise Refused(
            f"memory limit: decoding needs more than {limits.MAX_WORKER_BYTES >> 20:,} MiB"
        ) from error
    except Exception as error:
        if "MAX_TEXT" in str(error):
            raise Refused(
                "text limit: a compressed text or profile unpacks to over 1 MB"
            ) from error
        kind = "truncated" if "truncated" in str(error).lower() else "damaged"
        raise Unreadable(f"{kind}: {_sentence(error)}") from error


def _sentence(error: BaseException | str) -> str:
    """Return an error's own words, one line of printable text, short."""
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(char if char.isprintable() else "?" for char in text)[:200]


def no_picture(data: bytes, name: str) -> Unreadable | Unsupported:
    """Return the error that says what a file is that is no picture, and what it claims to be."""
    what = sniff.describe(data)
    promised = sniff.PICTURE_ENDINGS.get(sniff.ending(name))
    if not data:
        return Unreadable("empty file")
    if data.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")) or (
        data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    ):
        return Unreadable("truncated or damaged before its picture data")
    if data[4:12] in _MEDIA_BRANDS:
        return Unreadable(f"damaged, or an {data[8:12].decode().upper()} kind that is not decoded")
    if data.startswith(_JPEG2000):
        return Unreadable("damaged, or a JPEG 2000 kind that is not decoded")
    if data.startswith(b"8BPS"):
        return Unreadable("damaged, or a Photoshop kind that is not decoded")
    if data.startswith(b"PK") and len(data) < 64:
        return Unreadable("bad archive: a zip header and nothing more")
    if promised:
        return Unreadable(f"not an image: {what} named {sniff.ending(name)}")
    if sniff.ending(name).removeprefix(".") in TABLES:
        return Unsupported(f"{what}; {_AS_TABLE}")
    return Unsupported(what)


def _too_many_pixels() -> Refused:
    return Refused(f"pixel limit: more than {limits.MAX_PIXELS:,} pixels")


def check_size(image: Image.Image, real: str) -> None:
    """Raise Refused or Unreadable for a frame whose size is over the limits or not one at all."""
    width, height = image.size
    if width <= 0 or height <= 0:
        raise Unreadable(f"bad size: {width} x {height} pixels")
    if width * height > limits.MAX_PIXELS:
        raise _too_many_pixels()
    a_pixel = _WIDE_MODES.get(image.mode, len(image.getbands()))
    if real not in _DECODED_SCALED and width * height * a_pixel > limits.MAX_DECODED_BYTES:
        raise Refused(
            f"memory limit: {width} x {height} pixels decode to more than "
            f"{limits.MAX_DECODED_BYTES >> 20:,} MiB"
        )


def _count_frames(image: Image.Image) -> int:
    """Count frames; TIFF's chain of directories is walked here, up to a limit."""
    if not getattr(image, "is_animated", False):
        return 1
    if image.format == "TIFF":
        count = 1
        try:
            while count < limits.MAX_COUNTED_FRAMES:
                image.seek(count)
                count += 1
        except EOFError:
            pass
        image.seek(0)
        return count
    return int(getattr(image, "n_frames", 1))
