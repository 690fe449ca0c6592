"""Attributes: what a picture's file says that findings, rules and people use, by stated names.

`metadata` tells all that a file says, each thing by where it stands. Here the few that matter are
told once each. What a camera writes (date, camera, place) is taken from EXIF first; what people
write (rights, credit, captions) from XMP first, which today's programs keep up, then IPTC, then
EXIF.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from monoprint.imaging import metadata, provenance
from monoprint.imaging.decode import Opened

Attributes = tuple[tuple[str, str], ...]

# A longer text says no more to who filters or groups by it.
_LONGEST: Final = 500

_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "caption": ("xmp.dc:description", "iptc.Caption", "exif.ImageDescription"),
    "creator": ("xmp.dc:creator", "iptc.Byline", "exif.Artist"),
    "credit": ("xmp.photoshop:Credit", "iptc.Credit"),
    "original-name": (
        "xmp.xmpMM:PreservedFileName", "xmp.crs:RawFileName", "exif.OriginalRawFileName",
    ),
    "rights": ("xmp.dc:rights", "iptc.CopyrightNotice", "exif.Copyright"),
    "title": ("xmp.dc:title", "iptc.ObjectName", "xmp.photoshop:Headline", "iptc.Headline"),
}  # fmt: skip

# Each moment of exposure with where its clock's offset from UTC, or its time of day, stands.
_DATES: Final = (
    ("exif.DateTimeOriginal", "exif.OffsetTimeOriginal"),
    ("xmp.exif:DateTimeOriginal", ""),
    ("xmp.photoshop:DateCreated", ""),
    ("iptc.DateCreated", "iptc.TimeCreated"),
    ("exif.DateTimeDigitized", "exif.OffsetTimeDigitized"),
    ("xmp.xmp:CreateDate", ""),
)
_DATE: Final = re.compile(
    r"(\d{4})[-:]?(0[1-9]|1[0-2])[-:]?(0[1-9]|[12]\d|3[01])"
    r"(?:[ T]*([01]\d|2[0-3]):?([0-5]\d):?([0-5]\d)?(?:\.\d+)?)?\s*(Z|[-+]\d\d:?\d\d)?",
    re.ASCII,
)
_NO_YEAR: Final = "0000"

_DEGREES: Final = re.compile(r"(\d+(?:\.\d+)?), (\d+(?:\.\d+)?), (\d+(?:\.\d+)?)", re.ASCII)
_XMP_DEGREES: Final = re.compile(r"(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NESW])", re.ASCII)


def attributes(opened: Opened, anchors: str = "") -> Attributes:
    """Return a picture's attributes as pairs of name and text, sorted by name.

    Names are ``camera``, ``caption``, ``creator``, ``credit``, ``date`` (ISO 8601), ``gps``
    (degrees north and east), ``original-name``, ``rights``, ``title``, and those of
    `provenance.credentials`, which takes `anchors`. What the file does not say is left out;
    ``xmp-unread`` says why its XMP could not be read. Texts are one line of at most 500
    characters. To be called before pixels are decoded scaled.
    """
    found = _chosen(metadata.facts(opened))
    for name, text in provenance.credentials(opened.data, anchors):
        _put(found, name, metadata.plain(text))
    return tuple(sorted(found.items()))


def sidecar_attributes(packet: bytes) -> Attributes:
    """Return the attributes of an XMP packet that lies beside a picture, as `attributes` does.

    The picture's file itself tells of its credentials, so those are not among them.
    """
    facts: dict[str, str] = {}
    for name, text in metadata.packet_facts(packet):
        facts.setdefault(name, text)
    return tuple(sorted(_chosen(facts).items()))


def _chosen(facts: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, places in _PLACES.items():
        _put(found, name, next((facts[place] for place in places if facts.get(place)), ""))
    for name, told in (("camera", _camera), ("date", _date), ("gps", _gps)):
        _put(found, name, told(facts))
    _put(found, "xmp-unread", facts.get("xmp.unread", ""))
    return found


def _put(found: dict[str, str], name: str, text: str) -> None:
    if text:
        found[name] = text if len(text) <= _LONGEST else text[:_LONGEST] + " [...]"


def _camera(facts: Mapping[str, Any]) -> str:
    """Return make and model, the make once."""
    for where in ("exif.", "xmp.tiff:"):
        make, model = facts.get(f"{where}Make", ""), facts.get(f"{where}Model", "")
        if make or model:
            return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()
    return ""


def _date(facts: Mapping[str, Any]) -> str:
    """Return when the picture was taken, as far as that is told; no date for a clock never set."""
    for place, more in _DATES:
        said = str(facts.get(place, ""))
        match = _DATE.fullmatch(f"{said} {facts.get(more, '')}".strip()) or _DATE.fullmatch(said)
        if match is None or match.group(1) == _NO_YEAR:
            continue
        year, month, day, hour, minute, second, zone = match.groups()
        if hour is None:
            return f"{year}-{month}-{day}"
        return f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{_offset(zone)}"
    return ""


def _offset(zone: str | None) -> str:
    return f"{zone[:3]}:{zone[-2:]}" if zone and zone != "Z" else zone or ""


def _gps(facts: Mapping[str, Any]) -> str:
    """Return the place as degrees north and east, to about a decimetre."""
    for degrees in (_exif_degrees, _xmp_degrees):
        north, east = degrees(facts, "Latitude"), degrees(facts, "Longitude")
        if north is not None and east is not None and abs(north) <= 90 and abs(east) <= 180:
            return f"{north:.6f}, {east:.6f}"
    return ""


def _exif_degrees(facts: Mapping[str, Any], which: str) -> float | None:
    match = _DEGREES.fullmatch(str(facts.get(f"gps.GPS{which}", "")))
    side = facts.get(f"gps.GPS{which}Ref", "")
    return None if match is None else _degrees(match.groups(), side)


def _xmp_degrees(facts: Mapping[str, Any], which: str) -> float | None:
    match = _XMP_DEGREES.fullmatch(str(facts.get(f"xmp.exif:GPS{which}", "")))
    return None if match is None else _degrees(match.groups()[:3], match.group(4))


def _degrees(parts: tuple[str | None, ...], side: str) -> float | None:
    if side not in {"N", "E", "S", "W"}:
        return None
    degrees, minutes, seconds = (float(part or 0) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if side in {"S", "W"} else value
