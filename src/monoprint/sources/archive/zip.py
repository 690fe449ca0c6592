"""Zip archives, and office documents, which are zip archives of text, styles and pictures."""

import calendar
import stat
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, Final, cast

from monoprint.errors import Unreadable
from monoprint.imaging.sniff import PICTURE_ENDINGS, ending
from monoprint.model.asset import Status
from monoprint.sources.archive.members import Archive, Bounded, Member, size_of, whole

# A directory of the most members that are read, with names of usual length.
MAX_DIRECTORY_BYTES: Final = 64 << 20

# What precedes a member's bytes (APPNOTE 4.3.7): 30 bytes, the name and extra fields.
_LOCAL_HEADER: Final = 30

_UTF_8: Final = 0x800
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000  # APPNOTE 4.4.4: bits 0, 6 and 13
_UNIX: Final = {3, 19}  # APPNOTE 4.4.2: systems whose attributes hold a mode

_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_METHOD_NAMES: Final = {
    1: "shrink", 6: "implode", 9: "Deflate64", 93: "Zstandard", 95: "xz", 96: "JPEG", 97: "WavPack",
    98: "PPMd", 99: "AES",
}  # fmt: skip

# Folders of office documents: where pictures are, and where the document's own preview is.
_MEDIA: Final = ("word/media/", "ppt/media/", "xl/media/", "visio/media/", "Pictures/")
_PREVIEWS: Final = ("docProps/", "Thumbnails/")

_OPEN_DOCUMENT: Final = b"mimetypeapplication/vnd.oasis.opendocument."
_KINDS: Final = {
    b"text": "ODT", b"presentation": "ODP", b"spreadsheet": "ODS", b"graphics": "ODG",
}  # fmt: skip
_PACKAGES: Final = {"word/": "DOCX", "ppt/": "PPTX", "xl/": "XLSX", "visio/": "VSDX"}


class Zip(Archive[zipfile.ZipInfo]):
    """A zip archive."""

    def __init__(self, archive: zipfile.ZipFile, packed: int) -> None:
        self._zip = archive
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        super().__init__("ZIP", packed, _members(infos))

    def _unpacked(self, member: Member[zipfile.ZipInfo]) -> bytes:
        with self._zip.open(member.handle) as file:
            return whole(file, member.bytes)

    def close(self) -> None:
        """Give up what is held open."""
        self._zip.close()


class Office(Zip):
    """An office document or book: its pictures are members, its other parts are only counted."""

    def __init__(self, archive: zipfile.ZipFile, packed: int, kind: str) -> None:
        super().__init__(archive, packed)
        self.format = kind
        parts = len(self._members)
        self._members = {
            place: member for place, member in self._members.items() if _is_picture(member.name)
        }
        if others := parts - len(self._members):
            self.note = f"{others:,} other parts (text, styles, previews) are not looked into"


def opened(file: BinaryIO, head: bytes) -> Zip:
    """Open a zip file as what it is. Raises Unreadable or Refused."""
    packed = size_of(file)
    try:
        archive = zipfile.ZipFile(cast("BinaryIO", Bounded(file, MAX_DIRECTORY_BYTES)))
    except zipfile.BadZipFile as error:
        raise Unreadable(
            "bad archive: truncated or damaged, its directory is not to be had"
        ) from error
    kind = _stated_kind(head) or _package_kind(archive.namelist())
    return Office(archive, packed, kind) if kind else Zip(archive, packed)


def _stated_kind(head: bytes) -> str:
    """Return the kind of document whose first part says so (OpenDocument 1.2 part 3, EPUB OCF)."""
    at = head.find(b"mimetypeapplication/", 0, 256)
    if at < 0:
        return ""
    if head.startswith(b"mimetypeapplication/epub+zip", at):
        return "EPUB"
    if not head.startswith(_OPEN_DOCUMENT, at):
        return ""
    rest = head[at + len(_OPEN_DOCUMENT) :]
    return next((name for kind, name in _KINDS.items() if rest.startswith(kind)), "ODF")


def _package_kind(names: list[str]) -> str:
    """Return the kind of an Open Packaging document (ECMA-376 part 2), "" for a plain archive."""
    if "[Content_Types].xml" not in names:
        return ""
    for name in names:
        folder = name.partition("/")[0] + "/"
        if folder in _PACKAGES:
            return _PACKAGES[folder]
    return ""


def _is_picture(name: str) -> bool:
    if name.startswith(_PREVIEWS):
        return False
    return name.startswith(_MEDIA) or ending(name) in PICTURE_ENDINGS


def _members(infos: list[zipfile.ZipInfo]) -> Iterator[Member[zipfile.ZipInfo]]:
    """Yield the files of a zip archive's directory, sorted by where they lie."""
    free = 0
    for info, after in pairwise([*infos, None]):
        assert info is not None  # noqa: S101 - only the last is
        begin = info.header_offset
        end = begin + _LOCAL_HEADER + len(info.orig_filename) + info.compress_size
        # Bytes that serve several members are how a small file holds a great bomb (D. Fifield,
        # "A better zip bomb", 2019).
        overlaps = begin < free or (after is not None and after.header_offset < end)
        free = max(free, end)
        if info.is_dir():
            continue
        reason, status = _barred(info, overlaps)
        yield Member(_name(info), info.file_size, _time(info), info, reason, status)


def _name(info: zipfile.ZipInfo) -> str:
    """Return a name whose bytes are taken for UTF-8, as nearly all are, whatever its flag says."""
    if info.flag_bits & _UTF_8:
        return info.orig_filename
    return info.orig_filename.encode("cp437").decode("utf-8", "surrogateescape")


def _barred(info: zipfile.ZipInfo, overlaps: bool) -> tuple[str, Status]:
    mode = info.external_attr >> 16 if info.create_system in _UNIX else 0
    if stat.S_ISLNK(mode):
        return "symbolic link in an archive, not followed", Status.REFUSED
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return "not a regular file", Status.REFUSED
    if overlaps:
        return "overlaps another member of its archive: made to be a bomb", Status.REFUSED
    if info.flag_bits & _ENCRYPTED:
        return "encrypted in its archive", Status.UNSUPPORTED
    if info.compress_type not in _METHODS:
        method = _METHOD_NAMES.get(info.compress_type, str(info.compress_type))
        return f"compression method that is not read: {method}", Status.UNSUPPORTED
    return "", Status.REFUSED


def _time(info: zipfile.ZipInfo) -> int:
    """Return when a member was changed; zip tells no time zone, so UTC is taken."""
    try:
        return calendar.timegm((*info.date_time, 0, 0, 0)) * 1_000_000_000
    except ValueError:
        return 0  # month 0 and the like: not told
