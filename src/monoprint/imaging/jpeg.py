"""JPEG's own structure: scans, endings, and how little of a progressive file is enough.

Marker names and the layout of segments are those of ITU-T T.81 (ISO/IEC 10918-1).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image

from monoprint.errors import Refused, Unreadable
from monoprint.imaging import limits

_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_SOS: Final = b"\xff\xda"
_PROGRESSIVE: Final = {0xC2, 0xC6, 0xCA, 0xCE}

# The luminance frequencies (in zigzag order) that PDQ can see in a large picture: where a cell
# of its 64 a side spans two blocks of 8 pixels or more, the first five say enough.
_ENOUGH_AC: Final = 5


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a JPEG file.

    `start` is the offset of its marker; `components` are the identifiers it holds; `first` and
    `last` the range of coefficients, `high` and `low` the bit positions before and after it
    (high 0: not coded before; low 0: nothing left to refine).
    """

    start: int
    components: tuple[int, ...]
    first: int
    last: int
    high: int
    low: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a JPEG file says before its first scan: its kind, components and where scans begin.

    `one_scan` is set for a file that a decoder is done with after its first scan.
    """

    progressive: bool
    components: tuple[int, ...]
    scans_from: int
    one_scan: bool


def read_header(data: bytes) -> Header | None:
    """Walk the segments up to the first scan; None if the file has no frame or no scan."""
    at = 2
    progressive = False
    components: tuple[int, ...] = ()
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == _SOS[1]:
            # A sequential file whose first scan has all components is decoded from that alone.
            one_scan = not progressive and data[at + 4 : at + 5] == bytes([len(components)])
            return Header(progressive, components, at, one_scan) if components else None
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            progressive = marker in _PROGRESSIVE
            segment = data[at + 4 : at + 2 + length]
            components = tuple(segment[6::3][: segment[5]]) if len(segment) > 5 else ()
        at += 2 + length
    return None


def scans(data: bytes, header: Header) -> Iterator[Scan]:
    """Yield the scans in file order.

    Inside coded data 0xFF is always followed by 0x00 or a restart, so the marker's two bytes
    cannot occur there; tables between scans could hold them, which a length check tells apart.
    """
    at = header.scans_from
    while at >= 0:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        segment = data[at + 4 : at + 2 + length]
        if segment and len(segment) == 4 + 2 * segment[0]:
            first, last, bits = segment[-3:]
            yield Scan(at, tuple(segment[1:-3:2]), first, last, bits >> 4, bits & 15)
        at = data.find(_SOS, at + 2)


def check_scans(data: bytes) -> None:
    """Raise Refused if the file has more scans than any honest encoder writes."""
    header = read_header(data)
    if header is None or header.one_scan:
        return
    count = sum(1 for _ in scans(data, header))
    if count > limits.MAX_SCANS:
        raise Refused(f"scan limit: {count:,} JPEG scans, more than {limits.MAX_SCANS}")


def first_scans(data: bytes) -> bytes:
    """Return a progressive file up to the scans that decide a fingerprint; others unchanged.

    The later scans refine what the 64 x 64 cells of PDQ average away, so this is for pictures of
    at least twice the recipe's side. Only a file that runs to its end marker is cut, so that a
    truncated one is still found out by decoding it whole.
    """
    header = read_header(data)
    if header is None or not header.progressive or not header.components:
        return data
    luminance = header.components[0]
    seen = 0
    enough = False
    for scan in scans(data, header):
        if enough:
            ended = data.rfind(_EOI) > data.rfind(_SOS)
            return data[: scan.start] + _EOI if ended else data
        if scan.components == (luminance,) and scan.first == seen + 1 and not scan.high:
            seen = scan.last
        enough = seen >= _ENOUGH_AC
    return data


def mend_ending(image: Image.Image, data: bytes) -> tuple[Image.Image, bytes]:
    """Accept a file that lacks only its end marker; refuse one that lacks picture data.

    A decoder fills what is missing from whatever follows. If two different endings give the same
    pixels, no scan was cut; and then the scans must be all there are. Raises Unreadable for a
    truncated file.
    """
    if data.rfind(_EOI, max(0, len(data) - 4096)) >= 0 or data.rfind(_EOI) > data.rfind(_SOS):
        return image, data
    data = data.removesuffix(b"\xff")  # half a marker
    endings = (_EOI, b"\x55" * 64 + _EOI)
    try:
        pixels = {_decode(data + ending) for ending in endings}
    except (OSError, SyntaxError) as error:
        raise Unreadable("truncated: the picture data ends early") from error
    if len(pixels) > 1 or not _all_coded(data):
        raise Unreadable("truncated: the picture data ends early")
    whole = data + _EOI
    return Image.open(io.BytesIO(whole), formats=["JPEG"]), whole


def _all_coded(data: bytes) -> bool:
    """Say whether the scans code every frequency of every component to its last bit."""
    header = read_header(data)
    if header is None:
        return False
    frequencies = {component: set(range(64)) for component in header.components}
    for scan in scans(data, header):
        for component in scan.components:
            if not header.progressive:
                frequencies.pop(component, None)
            elif not scan.low and component in frequencies:
                frequencies[component] -= set(range(scan.first, scan.last + 1))
    return not any(frequencies.values())


def _decode(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        return image.tobytes()
