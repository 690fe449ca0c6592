"""Pages of PDF documents and the pictures in them, through PDFium: no scripts, no network.

Run this in a worker process, like all that reads hostile bytes.
"""

import builtins
import hashlib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageOps

from monoprint.errors import Refused, Unread, Unreadable, Unsupported
from monoprint.imaging import limits, normalize
from monoprint.imaging.decode import guarded, open_picture

# Pages are compared at less than 1,600 pixels a side; an A4 page has 1,240 by 1,754 at this.
RENDERED_DPI: Final = 150

# A sheet of A0 has 35 million pixels at that resolution.
MAX_RENDERED_PIXELS: Final = 50_000_000

# How far a scan's edges may lie from its page's, as a part of the page's side: scanners' software
# rounds to whole points.
_EDGE: Final = 0.02

# How a page is looked at to see whether it is its scan: pixels a side, and by how much grey values
# (0 to 255) may differ on average. Colours are converted in two ways; ink on paper differs by more
# than a hundred from the same turned about.
_LOOK_SIDE: Final = 64
_ALIKE: Final = 32.0

_POINTS_AN_INCH: Final = 72
_INVISIBLE: Final = 3  # ISO 32000-2, 9.3.6: text rendering mode
_TURNS: Final = {(1, 0, 0, 1): 0, (0, -1, 1, 0): 90, (-1, 0, 0, -1): 180, (0, 1, -1, 0): 270}


@dataclass(frozen=True, slots=True)
class Made:
    """A picture's bytes, how they were made ("" for its own bytes), and what belongs to it."""

    data: bytes
    derived: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture on a page: its number there from 1, its size, and the digest of its stream."""

    number: int
    width: int
    height: int
    bytes: int
    digest: builtins.bytes


class Pdf:
    """A PDF document; pages are numbered from 1.

    Raises Unreadable for a broken file, Unsupported for one that needs a password.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._pdf = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pdfium.FPDF_ERR_PASSWORD:
                raise Unsupported("encrypted PDF document: it needs a password") from error
            raise Unreadable("damaged: PDF document that cannot be opened") from error
        self.pages = len(self._pdf)
        self.attachments = int(self._pdf.count_attachments())

    def scan(self, number: int) -> Embedded | None:
        """Return the one picture that a page consists of, None if it is more or other than that."""
        with self._opened(number) as page:
            image = _scan(page)
            return None if image is None else _embedded(1, image)

    def embedded(self, number: int) -> Iterator[Embedded]:
        """Yield the pictures on a page in the order in which they are drawn."""
        with self._opened(number) as page:
            for n, image in enumerate(_images(page), start=1):
                yield _embedded(n, image)

    def page(self, number: int) -> Made:
        """Return a page as a picture: the scan that it is, or rendered. Raises Refused.

        A scan that looks other than its page (it shows through a mask, or its values are turned
        about) is rendered.
        """
        with self._opened(number) as page:
            image = _scan(page)
            if image is not None:
                turn = _turn(page, image)
                made = _extracted(image, turn)
                if _looks_like(page, made, turn or 0):
                    return made
            return _rendered(page)

    def picture(self, page_number: int, number: int) -> Made:
        """Return a picture on a page by its number there. Raises Unreadable or Refused."""
        with self._opened(page_number) as page:
            for n, image in enumerate(_images(page), start=1):
                if n == number:
                    return _extracted(image, 0)
        raise Unreadable(f"page {page_number} has no picture {number}")

    def close(self) -> None:
        """Give up the document."""
        self._pdf.close()

    def _opened(self, number: int) -> "_Page":
        if not 1 <= number <= self.pages:
            raise Unreadable(f"the document has no page {number}")
        try:
            return _Page(self._pdf[number - 1])
        except pypdfium2.PdfiumError as error:
            raise Unreadable(f"damaged: page {number} cannot be opened") from error


class _Page:
    """A page that is given up at the end of a block."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def __enter__(self) -> Any:
        return self._page

    def __exit__(self, *_: object) -> None:
        self._page.close()


def _images(page: Any) -> Iterator[Any]:
    return iter(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]))


def _embedded(number: int, image: Any) -> Embedded:
    width, height = image.get_px_size()
    stream = memoryview(image.get_data())
    return Embedded(number, width, height, len(stream), hashlib.sha256(stream).digest())


def _scan(page: Any) -> Any | None:
    """Return the picture that covers a page on which nothing else is seen, or None.

    Text that is not drawn is what recognising the letters left there.
    """
    found = None
    for each in page.get_objects(max_depth=1):
        if each.type == pdfium.FPDF_PAGEOBJ_IMAGE and found is None:
            found = each
        elif each.type != pdfium.FPDF_PAGEOBJ_TEXT or (
            pdfium.FPDFTextObj_GetTextRenderMode(each) != _INVISIBLE
        ):
            return None
    if found is None or not _covers(page, found) or _turn(page, found) is None or _notes(page):
        return None
    return found


def _covers(page: Any, image: Any) -> bool:
    left, bottom, right, top = page.get_bbox()
    box = image.get_bounds()
    tolerance = (_EDGE * (right - left), _EDGE * (top - bottom)) * 2
    edges = zip(box, (left, bottom, right, top), tolerance, strict=True)
    return all(abs(edge - rim) <= reach for edge, rim, reach in edges) and not bool(
        pdfium.FPDFPageObj_HasTransparency(image)
    )


def _turn(page: Any, image: Any) -> int | None:
    """Return by how many degrees a picture is shown turned clockwise, None if it is mirrored."""
    a, b, c, d, *_ = image.get_matrix().get()
    across, down = math.hypot(a, b) or 1.0, math.hypot(c, d) or 1.0
    direction = (round(a / across), round(b / across), round(c / down), round(d / down))
    own = _TURNS.get(direction)
    return None if own is None else (own + page.get_rotation()) % 360


def _notes(page: Any) -> bool:
    """Say whether annotations are drawn on a page: all but links and what opens by itself."""
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        pdfium.FPDFPage_CloseAnnot(note)
        if kind not in {pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP}:
            return True
    return False


def _extracted(image: Any, turn: int | None) -> Made:
    """Return a picture in its own bytes if they are a picture's file, else as PNG.

    What keeps its own bytes is told to be turned; a PNG is turned.
    """
    filters = image.get_filters(skip_simple=True)
    if filters in (["DCTDecode"], ["JPXDecode"]):
        turned = (("pdf.shown-turned", f"{turn} degrees clockwise"),) if turn else ()
        return Made(bytes(image.get_data(decode_simple=True)), "", turned)
    width, height = image.get_px_size()
    if width * height > limits.MAX_PIXELS or width * height * 4 > limits.MAX_DECODED_BYTES:
        raise Refused(f"pixel limit: a picture of {width} x {height} pixels in a PDF document")
    pixels = image.get_bitmap().to_pil()
    told = image.get_metadata()
    if told.bits_per_pixel == 1 and told.colorspace == pdfium.FPDF_COLORSPACE_UNKNOWN:
        # A stencil (ISO 32000-2, 8.9.6.2): what it marks is painted, with black in scans.
        pixels = ImageOps.invert(pixels.convert("L"))
    if turn:
        pixels = pixels.rotate(-turn, expand=True)
    how = "re-wrapped as PNG"
    if told.bits_per_pixel not in {1, 8, 24}:
        how = "converted to 8 bits and RGB, as PNG"
    return Made(_png(pixels), f"picture in a PDF document, {how}")


def _looks_like(page: Any, made: Made, turn: int) -> bool:
    """Say whether a page looks like the picture that it consists of, both made very small.

    What cannot be decoded is taken for it: reading it will say what is wrong.
    """
    try:
        with guarded():
            seen = Image.fromarray(normalize.picture(open_picture(made.data, ""), 0, _LOOK_SIDE))
    except Unread:
        return True
    if turn and not made.derived:
        seen = seen.rotate(-turn, expand=True)
    scale = _LOOK_SIDE / max(page.get_size())
    shown = page.render(scale=scale, may_draw_forms=False).to_pil().convert("L")
    one = np.asarray(seen.convert("L").resize(shown.size, Image.Resampling.BOX), np.float64)
    return bool(np.abs(one - np.asarray(shown)).mean() <= _ALIKE)


def _rendered(page: Any) -> Made:
    width, height = page.get_size()
    scale = RENDERED_DPI / _POINTS_AN_INCH
    if not 0 < width * height * scale**2 <= MAX_RENDERED_PIXELS:
        raise Refused(
            f"pixel limit: a page of {width:.0f} x {height:.0f} points has more than "
            f"{MAX_RENDERED_PIXELS:,} pixels at {RENDERED_DPI} dpi"
        )
    bitmap = page.render(scale=scale, may_draw_forms=False)
    return Made(_png(bitmap.to_pil()), f"PDF page rendered at {RENDERED_DPI} dpi")


def _png(image: Image.Image) -> bytes:
    """Return a PNG file, of one channel if all are equal, of one bit if there are two values."""
    samples = np.asarray(image)
    if samples.ndim == 3 and (samples[..., :3] == samples[..., :1]).all():
        image = Image.fromarray(np.ascontiguousarray(samples[..., 0]))
        samples = samples[..., 0]
    if samples.ndim == 2 and ((samples == 0) | (samples == 255)).all():
        image = image.convert("1", dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.convert("RGB" if image.mode in {"RGBX", "RGBA"} else image.mode).save(
        out, "PNG", compress_level=1
    )
    return out.getvalue()
