"""Assets: stored images, where they are, and how their reading ended."""

import builtins
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from monoprint.model.fixity import Flaw

# The size of a listed entry that is not known before it is read; 0 is that of an empty one.
UNKNOWN_SIZE: Final = -1


class Status(StrEnum):
    """How the reading of one listed file ended; every listed file has exactly one.

    `container`: it holds other files or pages, which are entries of their own. `listed`: what the
    store says of its size and checksum decided, so it was not read.
    """

    OK = "ok"
    CONTAINER = "container"
    LISTED = "listed"
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"
    REFUSED = "refused"


# What a path's text form escapes: control characters (a newline would break a line of a report),
# the escape sign itself, characters that turn the direction of text (a name could show as
# another), and bytes that are not UTF-8 (Python keeps those as lone surrogates).
_ESCAPED = re.compile(
    "[\x00-\x1f\x7f-\x9f\\\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(\\))")


def path_text(name: str) -> str:
    r"""Return the text form of a file name or path: unambiguous, printable, valid UTF-8.

    Bytes that are not UTF-8 become ``\xNN``, control and direction characters ``\uNNNN``, and a
    backslash is doubled; all else stays as it is. `path_name` turns it back.
    """
    if name.isascii() and name.isprintable() and "\\" not in name:
        return name  # nearly all names, and listings are long

    def escape(match: re.Match[str]) -> str:
        char = match.group()
        code = ord(char)
        if char == "\\":
            return "\\\\"
        if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: byte 0xNN is kept as U+DCNN
            return f"\\x{code - 0xDC00:02x}"
        return f"\\u{code:04x}"

    return _ESCAPED.sub(escape, name)


def path_name(text: str) -> str:
    """Return the file name or path that `path_text` gave this text form for."""
    if "\\" not in text:
        return text  # nearly all, and each step of a plan asks ten times

    def unescape(match: re.Match[str]) -> str:
        byte, char, _ = match.groups()
        if byte:
            return chr(0xDC00 + int(byte, 16))
        return chr(int(char, 16)) if char else "\\"

    return _ESCAPE.sub(unescape, text)


@dataclass(frozen=True, slots=True)
class Store:
    """A place that holds images: a name for people and the location it is read from.

    `listed_at` is when it was last listed (ISO 8601, UTC), for stores whose listing takes a while
    in which they can change, and that may look otherwise now; "" for others.
    """

    name: str
    location: str
    listed_at: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a store's listing, before anything of it was read.

    `bytes` is UNKNOWN_SIZE where the store does not tell.

    `inode` and `device` identify the physical file (0 where the system has none), `links` counts
    its hard links. `barred` is empty for a file that may be read; else it is the reason why the
    entry is not opened, and `status` how it is accounted for.

    What only some stores say is "" elsewhere: `version` changes whenever the content does (an
    ETag), `checksum` is the store's own claim of it (``sha-256:`` and hexadecimal digits; names as
    in the IANA registry of hash algorithms), `identity` names the stored object itself, so that two
    ways to it are told as one, and `unit` the bag or object that means to hold its own copies.
    `attributes` are what the store tells of the entry (name, value), sorted by name. `flaws` are
    what its listing shows to be wrong with its fixity; that the bytes are not those of the checksum
    shows when they are read.
    """

    path: str
    bytes: int = 0
    modified_ns: int = 0
    inode: int = 0
    device: int = 0
    links: int = 1
    barred: str = ""
    status: Status = Status.REFUSED
    version: str = ""
    checksum: str = ""
    identity: str = ""
    unit: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of a store with what its reading gave.

    `sha256` is of the bytes (32 bytes; None where the bytes could not be read), `format` the real
    format as told by the bytes. `width` and `height` are those of the upright picture. `note`
    tells what is odd about a file that could be read. `bytes` is None if nothing tells them. `pdq`
    is the code of the first frame. `derived` says how the bytes were made where they are not those
    that are stored. `attributes` are what the store and the file tell of it (name, value), sorted
    by name.
    """

    store: str
    path: str
    status: Status
    reason: str
    note: str
    format: str
    bytes: int | None
    width: int | None
    height: int | None
    frames: int | None
    sha256: builtins.bytes | None
    pdq: builtins.bytes | None
    quality: int | None
    iscc: str | None
    derived: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """What decides whether a copy at this place costs anything.

    `inside` says that it lies in a container, so that giving it up frees nothing by itself;
    `identity` and `unit` are as in `Listed`, `derived` as in `Asset`.
    """

    inside: bool = False
    identity: str = ""
    unit: str = ""
    derived: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture's file says of itself.

    `width` and `height` are those of the upright picture in full size, `format` the real one,
    `quality` the JPEG quality that its quantisation tables amount to (1 to 100, None for other
    formats), `taken` the moment of exposure as EXIF has it, to the fraction of a second where that
    is told ("" if not told), `camera` make, model and serial number, `orientation` the EXIF tag,
    `lossless` whether the format keeps every sample.
    """

    format: str
    width: int
    height: int
    quality: int | None = None
    taken: str = ""
    camera: str = ""
    orientation: int = 1
    lossless: bool = False
