"""What a picture's file says of itself beyond its pixels: EXIF, IPTC, XMP, how it was encoded.

Run this in a worker process, like all that reads hostile bytes.
"""

import re
import struct
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from monoprint.imaging.decode import Opened

# What is told of one file at most: more is not looked at by anybody, and a file can hold any
# amount. A caption that is longer is cut, and says so by its end.
_MOST_FACTS: Final = 400
_LONGEST: Final = 2_000
_MOST_XMP_BYTES: Final = 1 << 20

_IFDS: Final = {ExifTags.IFD.Exif: ExifTags.TAGS, ExifTags.IFD.GPSInfo: ExifTags.GPSTAGS}

# EXIF entries that say nothing about the picture: where things lie in the file, what the
# camera's maker keeps to himself.
_NO_FACTS: Final = {"ExifOffset", "GPSInfo", "MakerNote", "JPEGInterchangeFormat",
                    "JPEGInterchangeFormatLength", "StripOffsets", "StripByteCounts",
                    "TileOffsets", "TileByteCounts", "PrintImageMatching", "XMLPacket",
                    "ImageResources", "InterColorProfile", "IPTCNAA", "JPEGTables"}  # fmt: skip

# IPTC IIM 4.2, record 2: what editors and archives fill in.
_IPTC: Final = {
    5: "ObjectName", 25: "Keywords", 40: "SpecialInstructions", 55: "DateCreated",
    60: "TimeCreated", 80: "Byline", 85: "BylineTitle", 90: "City", 92: "Sublocation",
    95: "ProvinceState", 101: "CountryName", 103: "OriginalTransmissionReference",
    105: "Headline", 110: "Credit", 115: "Source", 116: "CopyrightNotice", 118: "Contact",
    120: "Caption", 122: "Writer",
}  # fmt: skip

_XMP_PREFIXES: Final = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
}
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_TAG: Final = re.compile(r"\{([^}]*)\}(.+)")

# The luminance table of ITU-T T.81, annex K.1, which libjpeg scales by its quality, in zigzag
# order as files hold it.
_STANDARD_LUMINANCE: Final = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35,
    37, 29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109,
    81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip

_LOSSLESS: Final = {"PNG", "BMP", "DIB", "GIF", "PPM", "TGA", "PCX", "DCX", "SGI", "SUN", "QOI",
                    "MSP", "XBM", "XPM", "FITS", "PSD", "ICNS", "PIXAR"}  # fmt: skip
_LOSSY_TIFF: Final = {"jpeg", "tiff_jpeg", "webp"}


def facts(opened: Opened) -> dict[str, Any]:
    """Return facts by name: ``exif.…``, ``gps.…``, ``iptc.…``, ``xmp.…``, ``encoding.…``.

    Values are texts, but ``encoding.lossless`` (bool, left out where it cannot be told) and
    ``encoding.quality`` (1 to 100, of JPEG: libjpeg's setting that comes nearest to the tables).
    """
    found: dict[str, Any] = {}
    for name, value in _everything(opened):
        if len(found) >= _MOST_FACTS:
            break
        if value != "":
            found.setdefault(name, value)
    return found


def _everything(opened: Opened) -> Iterator[tuple[str, Any]]:
    yield from _encoding(opened)
    yield from _exif(opened.image)
    yield from _iptc(opened.image)
    yield from _xmp(opened.image)


def _encoding(opened: Opened) -> Iterator[tuple[str, Any]]:
    yield "encoding.format", opened.format
    lossless = _lossless(opened)
    if lossless is not None:
        yield "encoding.lossless", lossless
    tables = getattr(opened.image, "quantization", None)
    if isinstance(tables, dict) and tables:
        yield "encoding.quality", _quality(list(tables[min(tables)]))
    if "icc_profile" in opened.image.info:
        yield "encoding.profile", "embedded"


def _lossless(opened: Opened) -> bool | None:
    if opened.format in _LOSSLESS:
        return True
    if opened.format in {"JPEG", "MPO", "BLP"}:
        return False
    if opened.format == "TIFF":
        return opened.image.info.get("compression") not in _LOSSY_TIFF
    if opened.format == "WEBP":
        return b"VP8L" in opened.data[:64]
    if opened.format == "JPEG2000":
        # ITU-T T.800 A.6.1: the transformation is 13 bytes after the marker's begin, 1: 5-3.
        at = opened.data.find(b"\xff\x52")
        return opened.data[at + 13 : at + 14] == b"\x01" if at >= 0 else None
    return None


def _quality(table: list[int]) -> int:
    """Return the quality whose table comes nearest, by the sum of differences."""
    if len(table) != len(_STANDARD_LUMINANCE):
        return 1

    def distance(quality: int) -> int:
        scale = 5000 // quality if quality < 50 else 200 - 2 * quality
        scaled = (max(1, min(255, (entry * scale + 50) // 100)) for entry in _STANDARD_LUMINANCE)
        return sum(abs(a - b) for a, b in zip(sorted(table), sorted(scaled), strict=True))

    return min(range(100, 0, -1), key=distance)


def _exif(image: Image.Image) -> Iterator[tuple[str, str]]:
    exif = image.getexif()
    for tag, value in sorted(exif.items()):
        name = ExifTags.TAGS.get(tag, f"0x{tag:04x}")
        if name not in _NO_FACTS:
            yield f"exif.{name}", _text(value)
    for ifd, names in _IFDS.items():
        kind = "gps" if ifd is ExifTags.IFD.GPSInfo else "exif"
        for tag, value in sorted(exif.get_ifd(ifd).items()):
            name = names.get(tag, f"0x{tag:04x}")
            if name not in _NO_FACTS:
                yield f"{kind}.{name}", _text(value)


def _iptc(image: Image.Image) -> Iterator[tuple[str, str]]:
    if not isinstance(image, ImageFile.ImageFile):
        return
    try:
        records = IptcImagePlugin.getiptcinfo(image) or {}
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, struct.error):
        yield "iptc.unread", "damaged"
        return
    for (record, dataset), value in sorted(records.items()):
        if record == 2 and dataset in _IPTC:
            values = value if isinstance(value, list) else [value]
            yield f"iptc.{_IPTC[dataset]}", _text("; ".join(_decoded(v) for v in values))


def _xmp(image: Image.Image) -> Iterator[tuple[str, str]]:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if isinstance(packet, str):
        packet = packet.encode()
    if not isinstance(packet, bytes) or len(packet) > _MOST_XMP_BYTES:
        return
    packet = packet.strip(b"\x00 \r\n\t")
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        yield "xmp.unread", "refused: it declares entities"
        return
    try:
        root = ElementTree.fromstring(packet)  # noqa: S314 - in a worker, and without entities
    except ElementTree.ParseError:
        yield "xmp.unread", "damaged"
        return
    for description in root.iter(f"{_RDF}Description"):
        for tag, value in description.attrib.items():
            name = _xmp_name(tag)
            if name:
                yield name, _text(value)
        for child in description:
            name = _xmp_name(child.tag)
            if name:
                said = [text.strip() for text in child.itertext() if text.strip()]
                yield name, _text("; ".join(said))


def _xmp_name(tag: str) -> str:
    match = _TAG.fullmatch(tag)
    prefix = _XMP_PREFIXES.get(match.group(1)) if match else None
    return f"xmp.{prefix}:{match.group(2)}" if match and prefix else ""


def _text(value: Any) -> str:
    said: str
    if isinstance(value, bytes):
        said = _decoded(value)
    elif isinstance(value, tuple | list):
        said = ", ".join(_text(v) for v in value[:64])
    else:
        said = str(value)
    # Texts for people and for JSON: no control characters, nothing that UTF-8 cannot hold.
    whole = said.encode("utf-8", "replace").decode()
    said = "".join(char if char.isprintable() else " " for char in whole).strip()
    return said if len(said) <= _LONGEST else said[:_LONGEST] + " [...]"


def _decoded(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    plain = bytes(value).strip(b"\x00")
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("latin-1")
