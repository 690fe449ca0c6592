"""What a picture's file says of itself beyond its pixels: EXIF, IPTC, XMP, how it was encoded.

Run this in a worker process, like all that reads hostile bytes.
"""

import re
import warnings
from collections.abc import Iterator
from typing import Any, Final

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from monoprint.errors import Unread
from monoprint.imaging import encoding, markup, psd
from monoprint.imaging.decode import Opened, decode_png
from monoprint.imaging.facts import BROKEN
from monoprint.imaging.normalize import embedded_profile
from monoprint.imaging.raw import RawImage

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
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
}
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_TAG: Final = re.compile(r"\{([^}]*)\}(.+)")


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
    yield from packet_facts(_packet(opened))


def _encoding(opened: Opened) -> Iterator[tuple[str, Any]]:
    yield "encoding.format", opened.format
    lossless = encoding.lossless(opened)
    if lossless is not None:
        yield "encoding.lossless", lossless
    quality = encoding.jpeg_quality(opened.image)
    if quality is not None:
        yield "encoding.quality", quality
    if embedded_profile(opened.image):
        yield "encoding.profile", "embedded"


def _exif(image: Image.Image) -> Iterator[tuple[str, str]]:
    decode_png(image)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of entries that it leaves out
            exif = image.getexif()
            directories = [("exif", ExifTags.TAGS, dict(exif))]
            for ifd, names in _IFDS.items():
                kind = "gps" if ifd is ExifTags.IFD.GPSInfo else "exif"
                directories.append((kind, names, exif.get_ifd(ifd)))
    except BROKEN:
        yield "exif.unread", "damaged"
        return
    for kind, names, entries in directories:
        for tag, value in sorted(entries.items()):
            name = names.get(tag, f"0x{tag:04x}")
            if name not in _NO_FACTS:
                yield f"{kind}.{name}", plain(value)


def _iptc(image: Image.Image) -> Iterator[tuple[str, str]]:
    if not isinstance(image, ImageFile.ImageFile):
        return
    try:
        records = IptcImagePlugin.getiptcinfo(image) or {}
    except BROKEN:
        yield "iptc.unread", "damaged"
        return
    for (record, dataset), value in sorted(records.items()):
        if record == 2 and dataset in _IPTC:
            values = value if isinstance(value, list) else [value]
            yield f"iptc.{_IPTC[dataset]}", plain("; ".join(_decoded(v) for v in values))


def _packet(opened: Opened) -> bytes:
    """Return the XMP packet that is embedded in a picture, nothing for none."""
    if opened.format == "PSD":
        return psd.xmp(opened.data)
    if isinstance(opened.image, RawImage):
        return opened.image.xmp()
    info = opened.image.info
    packet = info.get("xmp") or info.get("XML:com.adobe.xmp")
    if isinstance(packet, str):
        return packet.encode("utf-8", "replace")
    return packet if isinstance(packet, bytes) else b""


def packet_facts(packet: bytes) -> Iterator[tuple[str, str]]:
    """Yield the facts of an XMP packet (ISO 16684-1): ``xmp.…``, or ``xmp.unread`` and why."""
    packet = packet.strip(b"\x00 \r\n\t")
    if not packet:
        return
    if len(packet) > _MOST_XMP_BYTES:
        yield "xmp.unread", f"refused: more than {_MOST_XMP_BYTES >> 20} MiB"
        return
    try:
        root = markup.parse(packet)
    except Unread as error:
        yield "xmp.unread", str(error) if error.status == "unreadable" else f"refused: {error}"
        return
    # Of this picture alone: below a property may stand descriptions of those that it was made from.
    of_it = (d for graph in root.iter(f"{_RDF}RDF") for d in graph.iterfind(f"{_RDF}Description"))
    for description in of_it:
        for tag, value in description.attrib.items():
            name = _xmp_name(tag)
            if name:
                yield name, plain(value)
        for child in description:
            name = _xmp_name(child.tag)
            if name:
                said = [text.strip() for text in child.itertext() if text.strip()]
                yield name, plain("; ".join(said))


def _xmp_name(tag: str) -> str:
    match = _TAG.fullmatch(tag)
    prefix = _XMP_PREFIXES.get(match.group(1)) if match else None
    return f"xmp.{prefix}:{match.group(2)}" if match and prefix else ""


def plain(value: Any) -> str:
    """Return a value as one line of printable text, cut if it is long."""
    said: str
    if isinstance(value, bytes):
        said = _decoded(value)
    elif isinstance(value, tuple | list):
        said = ", ".join(plain(v) for v in value[:64])
    else:
        said = str(value)
    # Texts for people and for JSON: no control characters, nothing that UTF-8 cannot hold.
    whole = said.encode("utf-8", "replace").decode()
    said = "".join(char if char.isprintable() else " " for char in whole).strip()
    return said if len(said) <= _LONGEST else said[:_LONGEST] + " [...]"


def _decoded(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    text = bytes(value).strip(b"\x00")
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
