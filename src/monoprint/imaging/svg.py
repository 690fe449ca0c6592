"""Drawings: SVG rendered by resvg (the optional package resvg-py), from the file alone.

What a drawing shows must come from its own bytes, and the same on every machine: nothing is
fetched or read, no script runs, and all text is drawn in the one font that Pillow brings along.
"""

import base64
import binascii
import io
import re
import tempfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes
from xml.etree.ElementTree import Element, tostring

from PIL import Image, ImageFont

from monoprint.errors import Refused, Unreadable, Unsupported
from monoprint.imaging import limits, markup
from monoprint.imaging.deferred import DeferredImage

FORMAT: Final = "SVG"

# The longer side in pixels that every drawing is drawn to: as many as are compared.
SIDE: Final = 1600

_SVG: Final = "{http://www.w3.org/2000/svg}"
_HREFS: Final = ("href", "{http://www.w3.org/1999/xlink}href")
_GZIP: Final = b"\x1f\x8b"
_LOOKED_AT: Final = 1 << 16
_FIRST: Final = re.compile(rb"<([A-Za-z_][\w.-]*:)?svg[\s/>]")
_BEFORE_IT: Final = (
    (b"<?", re.compile(rb"\?>\s*")),
    (b"<!--", re.compile(rb"-->\s*")),
    (b"<!DOCTYPE", re.compile(rb"[^\[>]*(\[[^\]]*\]\s*)?>\s*")),
)

# What a style may refer to besides a part of the same drawing: nothing.
_REFERENCE: Final = re.compile(r"""url\(\s*["']?\s*(?!["'#\s])|@import""", re.IGNORECASE)
_ENTIRE_TEXT: Final = {"text", "tspan", "textPath", "tref"}
_PLACED: Final = re.compile(r"\s*data:image/(png|jpe?g|gif|webp)\s*(;[^,]*)?,", re.IGNORECASE)
_PLACED_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")

_LENGTH: Final = re.compile(r"\s*\+?([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*([a-z]*)\s*")
_UNITS: Final = {
    "": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "mm": 96 / 25.4, "cm": 96 / 2.54,
}  # fmt: skip


def is_drawing(data: bytes) -> bool:
    """Say whether data is an SVG drawing, plain or packed by gzip (``.svgz``)."""
    head = _unpacked(data, _LOOKED_AT, whole=False) if data.startswith(_GZIP) else data[:_LOOKED_AT]
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return _FIRST.match(head, _prolog(head)) is not None


def _prolog(head: bytes) -> int:
    """Return where an XML document's first element begins, or its end."""
    at = 0
    while at < len(head):
        for begin, end in _BEFORE_IT:
            if head.startswith(begin, at):
                closed = end.search(head, at + len(begin))
                at = closed.end() if closed else len(head)
                break
        else:
            return at
    return at


class Drawing(DeferredImage):
    """An SVG drawing, of `SIDE` pixels on its longer side, with transparent ground.

    Raises Refused for one that needs what is not in it, runs scripts or passes a limit.
    """

    format = FORMAT
    format_description = "SVG"

    def _open(self) -> None:
        try:
            import resvg_py  # noqa: F401
        except ImportError as error:
            raise Unsupported("SVG drawing; pip install 'monoprint[svg]'") from error
        text = self.data
        if text.startswith(_GZIP):
            text = _unpacked(text, limits.MAX_DRAWING_BYTES + 1, whole=True)
        if len(text) > limits.MAX_DRAWING_BYTES:
            raise Refused(f"drawing limit: more than {limits.MAX_DRAWING_BYTES >> 20} MiB of SVG")
        self._root = markup.parse(text)
        if self._root.tag != f"{_SVG}svg":
            raise Unsupported("XML text that is no SVG drawing")
        _check(self._root)
        _check_uses(self._root)
        self.replaced = _spell_out(self._root)
        self._size = _fit(self._root)
        self._mode = "RGBA"

    def _decode(self) -> Image.Image:
        import resvg_py

        font = _typeface()
        family = str(font.getname()[0])
        text = tostring(self._root, encoding="unicode")
        try:
            # A file each time, 13 kB: workers are killed when they are done, and would leave one.
            with tempfile.TemporaryDirectory(prefix="monoprint-") as folder:
                path = Path(folder, "font.ttf")
                path.write_bytes(font.font_bytes)
                drawn = resvg_py.svg_to_bytes(
                    svg_string=text,
                    skip_system_fonts=True,
                    font_files=[str(path)],
                    font_family=family,
                    serif_family=family,
                    sans_serif_family=family,
                    cursive_family=family,
                    fantasy_family=family,
                    monospace_family=family,
                    dpi=96.0,
                )
        except ValueError as error:
            raise Unreadable(f"damaged: {error}") from error
        return Image.open(io.BytesIO(drawn), formats=["PNG"]).convert("RGBA")


def _unpacked(data: bytes, most: int, *, whole: bool) -> bytes:
    """Return at most so many bytes of what gzip packed; the first of them if that is all."""
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = unpacking.decompress(data, most)
    except zlib.error as error:
        if whole:
            raise Unreadable(f"damaged: {error}") from error
        return b""
    if whole and not unpacking.eof and len(text) < most:
        raise Unreadable("truncated: the packed drawing ends early")
    return text


def _check(root: Element) -> None:
    """Raise Refused for what would have to be fetched, or run, or cannot be drawn."""
    for element in root.iter():
        name = element.tag.removeprefix(_SVG)
        if name == "script":
            raise Refused("drawing rule: it holds a script")
        if name == "foreignObject":
            raise Refused("drawing rule: it holds parts that are no drawing (foreignObject)")
        styles = [*element.attrib.values(), (element.text or "") if name == "style" else ""]
        if any(_REFERENCE.search(style) for style in styles):
            raise Refused("drawing rule: its style refers to other files")
        for key in _HREFS:
            target = element.get(key, "").strip()
            if name != "a" and target and not target.startswith("#"):
                _check_placed(target)


def _check_placed(target: str) -> None:
    """Raise Refused unless a reference holds a raster picture of bounded size itself."""
    match = _PLACED.match(target)
    if match is None:
        raise Refused("drawing rule: it refers to other files")
    content = target[match.end() :]
    try:
        if "base64" in (match.group(2) or ""):
            picture = base64.b64decode("".join(content.split()))
        else:
            picture = unquote_to_bytes(content)
        with Image.open(io.BytesIO(picture), formats=_PLACED_FORMATS) as image:
            width, height = image.size
    except (binascii.Error, OSError, SyntaxError, ValueError) as error:
        raise Unreadable("damaged: a picture inside the drawing") from error
    if width * height > limits.MAX_PLACED_PIXELS:
        raise Refused(
            f"pixel limit: more than {limits.MAX_PLACED_PIXELS:,} pixels in a picture inside it"
        )


def _check_uses(root: Element) -> None:
    """Hold a drawing with all that it uses again against the limits of elements and depth.

    Raises Refused for one that passes them or uses itself.
    """
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    known: dict[int, tuple[int, int]] = {}

    def extent(element: Element, within: frozenset[int]) -> tuple[int, int]:
        if id(element) in within:
            raise Refused("element limit: the drawing uses itself, without an end")
        if len(within) >= limits.MAX_ELEMENT_DEPTH:
            raise Refused(f"depth limit: nested deeper than {limits.MAX_ELEMENT_DEPTH}")
        if id(element) not in known:
            parts = [extent(part, within | {id(element)}) for part in _parts(element, named)]
            elements = 1 + sum(count for count, _ in parts)
            depth = 1 + max((deep for _, deep in parts), default=0)
            if elements > limits.MAX_ELEMENTS:
                raise Refused(f"element limit: more than {limits.MAX_ELEMENTS:,} elements are used")
            if depth > limits.MAX_ELEMENT_DEPTH:
                raise Refused(f"depth limit: nested deeper than {limits.MAX_ELEMENT_DEPTH}")
            known[id(element)] = elements, depth
        return known[id(element)]

    extent(root, frozenset())


def _parts(element: Element, named: dict[str | None, Element]) -> Iterator[Element]:
    yield from element
    if element.tag == f"{_SVG}use":
        for key in _HREFS:
            target = named.get(element.get(key, "").strip().removeprefix("#"))
            if target is not None:
                yield target
                return


def _spell_out(root: Element) -> int:
    """Write letters that the font lacks as their numbers, and return how many there were.

    So two drawings that differ in such a letter alone do not look the same.
    """
    count = 0

    def spelt(text: str | None) -> str | None:
        nonlocal count
        if not text:
            return text
        lacking = {char for char in set(text) if not char.isspace() and not _drawn(char)}
        count += sum(text.count(char) for char in lacking)
        return "".join(f"[{ord(char):x}]" if char in lacking else char for char in text)

    for element in root.iter():
        if element.tag.removeprefix(_SVG) in _ENTIRE_TEXT:
            element.text = spelt(element.text)
            for part in element:
                part.tail = spelt(part.tail)
    return count


def _fit(root: Element) -> tuple[int, int]:
    """Set a drawing's size so that its longer side has `SIDE` pixels, and return the size.

    Raises Unreadable for a drawing that does not state its shape.
    """
    box = [float(n) for n in re.findall(r"[-+0-9.eE]+", root.get("viewBox", "")) if _number(n)]
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    if width is None or height is None:
        width, height = (box[2], box[3]) if len(box) == 4 else (0.0, 0.0)
    if not (0 < width < 1e9 and 0 < height < 1e9):
        raise Unreadable("bad size: the drawing does not state its width and height")
    if len(box) != 4:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    scale = SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    root.set("width", str(size[0]))
    root.set("height", str(size[1]))
    return size


def _length(said: str) -> float | None:
    """Return a length in CSS pixels; None for none, or one that depends on where it is shown."""
    match = _LENGTH.fullmatch(said)
    if match is None or match.group(2) not in _UNITS:
        return None
    return float(match.group(1)) * _UNITS[match.group(2)]


def _number(said: str) -> bool:
    try:
        float(said)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _typeface() -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(16)
    assert isinstance(font, ImageFont.FreeTypeFont)  # noqa: S101 - Pillow with FreeType, as wheels are
    return font


@lru_cache(maxsize=4096)
def _drawn(char: str) -> bool:
    """Say whether the font has a letter: it draws another shape than for one that there is not."""
    font = _typeface()
    one, none = font.getmask(char), font.getmask("\uffff")
    return one.size != none.size or bytes(one) != bytes(none)
