"""Tar archives, plain or compressed as a whole."""

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from monoprint.imaging.decode import no_picture
from monoprint.model.asset import Status, path_text
from monoprint.sources.archive.members import (
    CHUNK,
    Archive,
    Bounded,
    Member,
    check_total,
    size_of,
    whole,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# A header that says where things lie: names and attributes of one member. GNU tar's and pax's are
# of some kilobytes.
MAX_HEADER_BYTES: Final = 1 << 20

# An unpacked archive of no more than this is held in memory, so that its members can be read in
# any order; of a larger one the place is kept and reading goes on forward.
MAX_HELD_BYTES: Final = 256 << 20

# How compressed files begin.
GZIP: Final = b"\x1f\x8b"
BZIP2: Final = b"BZh"
XZ: Final = b"\xfd7zXZ\x00"
ZSTD: Final = b"\x28\xb5\x2f\xfd"

# What is raised where an archive breaks off or is damaged.
_BROKEN: Final = (
    tarfile.TarError, EOFError, OSError, RecursionError, ValueError,
    zlib.error, lzma.LZMAError, zstd.ZstdError,
)  # fmt: skip

_BARRED: Final = {
    tarfile.SYMTYPE: "symbolic link in an archive, not followed",
    tarfile.CHRTYPE: "not a regular file: device",
    tarfile.BLKTYPE: "not a regular file: device",
    tarfile.FIFOTYPE: "not a regular file: named pipe",
}


class Tar(Archive[tarfile.TarInfo]):
    """A tar archive in a stream that is not compressed, or is unpacked as it is read.

    `broken` says that the stream breaks off, and how.
    """

    def __init__(self, kind: str, stream: BinaryIO, packed: int, broken: str = "") -> None:
        self.format = kind
        self._stream = stream
        self._packed = packed
        self._broken = broken
        file = cast("BinaryIO", Bounded(stream, MAX_HEADER_BYTES))
        self._tar = tarfile.TarFile(fileobj=file, encoding="utf-8", errors="surrogateescape")
        super().__init__(kind, packed, self._found())
        if self._broken:
            self.note = f"breaks off after {len(self._members):,} entries: {self._broken}"
            if kind != "TAR":  # its checksum comes at the end, which was not reached
                self.note += "; what comes before may be damaged too"

    def _found(self) -> Iterator[Member[tarfile.TarInfo]]:
        for info in self._headers():
            if info.isdir():
                continue
            reason = _BARRED.get(info.type, "")
            if info.islnk():
                reason = f"hard link in an archive to {path_text(info.linkname)}"
            elif not reason and not info.isreg():
                reason = f"entry of an unknown kind: {info.type.decode('latin-1')!r}"
            yield Member(info.name, info.size, _time(info.mtime), info, reason, Status.REFUSED)

    def _headers(self) -> Iterator[tarfile.TarInfo]:
        """Yield members up to the end, or to where the archive is broken."""
        while True:
            try:
                info = self._tar.next()
                if info is None:
                    self._broken = self._broken or self._ending()
                    return
            except _BROKEN as error:
                self._broken = self._broken or _words(error)
                return
            if self._tar.offset < info.offset_data:
                self._broken = "damaged: a member of negative size"
                return
            check_total(info.offset_data, self._packed)
            yield info

    def _ending(self) -> str:
        """Say what is wrong with the end: what is read there is no header, or nothing at all."""
        self._stream.seek(self._tar.offset)
        block = self._stream.read(tarfile.BLOCKSIZE)
        if not block:
            return "it has no end mark"
        if len(block) < tarfile.BLOCKSIZE:
            return "truncated"
        if block.strip(b"\0"):
            return "damaged: what follows is no header"
        if self.format != "TAR":
            # A compressed stream's checksum stands at its end.
            while self._stream.read(CHUNK):
                check_total(self._stream.tell(), self._packed)
        return ""

    def _unpacked(self, member: Member[tarfile.TarInfo]) -> bytes:
        file = self._tar.extractfile(member.handle)
        assert file is not None  # noqa: S101 - only directories and links have none
        with file:
            return whole(file, member.bytes)

    def close(self) -> None:
        """Give up what is held open."""
        self._tar.close()
        self._stream.close()


def is_tar(head: bytes) -> bool:
    """Say whether these first bytes are a tar archive's."""
    if len(head) < tarfile.BLOCKSIZE:
        return False
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def opened(file: BinaryIO) -> Tar:
    """Open a plain tar archive."""
    packed = size_of(file)
    return Tar("TAR", io.BufferedReader(cast("io.RawIOBase", _Kept(file))), packed)


def opened_compressed(file: BinaryIO, head: bytes, name: str) -> Tar:
    """Open a compressed tar archive. Raises Unsupported or Unreadable if it is something else."""
    packed = size_of(file)
    kind, stream = _decompressed(file, head)
    first, broken = _read(stream, tarfile.BLOCKSIZE)
    if not is_tar(first):
        stream.close()
        raise no_picture(head, name)
    held = io.BytesIO(first)
    held.seek(0, io.SEEK_END)
    while not broken and held.tell() <= MAX_HELD_BYTES:
        check_total(held.tell(), packed)
        part, broken = _read(stream, CHUNK)
        if not part:
            break
        held.write(part)
    if held.tell() > MAX_HELD_BYTES:
        stream.seek(0)
        return Tar(kind, cast("BinaryIO", stream), packed)
    stream.close()
    held.seek(0)
    return Tar(kind, held, packed, broken)


def _decompressed(file: BinaryIO, head: bytes) -> tuple[str, io.BufferedIOBase]:
    """Return the format and what unpacks a file as it is read, going back by starting again."""
    if head.startswith(GZIP):
        return "TAR.GZ", gzip.GzipFile(fileobj=file, mode="rb")
    if head.startswith(BZIP2):
        return "TAR.BZ2", bz2.BZ2File(file)
    if head.startswith(XZ):
        return "TAR.XZ", lzma.LZMAFile(file)
    return "TAR.ZST", zstd.ZstdFile(file)


def _read(stream: io.BufferedIOBase, size: int) -> tuple[bytes, str]:
    """Read up to a size; return what came, and why no more does where the stream is broken."""
    got = bytearray()
    try:
        while len(got) < size and (part := stream.read1(size - len(got))):
            got += part
    except _BROKEN as error:
        return bytes(got), _words(error)
    return bytes(got), ""


class _Kept(io.RawIOBase):
    """A file that stays open when what reads it is closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, into: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        part = self._file.read(len(into))
        into[: len(part)] = part
        return len(part)


def _words(error: BaseException) -> str:
    text = path_text(str(error)) or type(error).__name__
    truncated = isinstance(error, EOFError) or "unexpected end" in text or "ended before" in text
    return f"truncated: {text}" if truncated else f"damaged: {text}"


def _time(seconds: float) -> int:
    """Return a time in nanoseconds, held within 64 bits; 0 for one that is no number."""
    try:
        return max(-(1 << 63), min(int(seconds * 1_000_000_000), (1 << 63) - 1))
    except (OverflowError, ValueError):
        return 0
