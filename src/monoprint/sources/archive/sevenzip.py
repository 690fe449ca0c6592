"""7z archives, through py7zr. Their members are packed together and so unpacked in one order."""

import queue
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Final

import py7zr
from py7zr.exceptions import PasswordRequired, UnsupportedCompressionMethodError

from monoprint.errors import Unreadable, Unsupported
from monoprint.model.asset import Status
from monoprint.sources.archive.members import Archive, Member, size_of

# An archive that unpacks to no more than this is held in memory, so that its members can be read
# in any order; a larger one is unpacked forward, a member at a time.
MAX_HELD_BYTES: Final = 256 << 20

# How often the thread that unpacks looks whether it is still wanted, in seconds.
_LOOK_EVERY: Final = 0.1


@dataclass(frozen=True, slots=True)
class _Packed:
    """What a member is unpacked by: the name that py7zr knows it by, and its checksum."""

    name: str
    crc: int | None


class SevenZip(Archive[_Packed]):
    """A 7z archive."""

    def __init__(self, file: BinaryIO) -> None:
        packed = size_of(file)
        self._file = file
        super().__init__("7Z", packed, self._found())
        readable = [m for m in self._members.values() if m.bytes and not m.barred]
        self._numbers = {m.handle.name: number for number, m in enumerate(readable)}
        self._held: list[bytes] = []
        self._holds = sum(m.bytes for m in readable) <= MAX_HELD_BYTES
        self._unpacking = self._from_the_begin()

    def _found(self) -> Iterator[Member[_Packed]]:
        try:
            with py7zr.SevenZipFile(self._file) as archive:
                encrypted = archive.needs_password()
                infos = [info for info in archive.list() if not info.is_directory]
        except PasswordRequired as error:
            raise Unsupported("encrypted archive, names and all") from error
        except py7zr.Bad7zFile as error:
            raise Unreadable(f"bad archive: {error}") from error
        times = Counter(info.filename for info in infos)
        for info in infos:
            reason, status = "", Status.REFUSED
            if encrypted:
                reason, status = "encrypted in its archive", Status.UNSUPPORTED
            elif info.is_symlink:
                reason = "symbolic link in an archive, not followed"
            elif not info.is_file:
                reason = "not a regular file"
            elif times[info.filename] > 1:
                # py7zr unpacks by name, so which of them is which cannot be told.
                reason = f"the same name {times[info.filename]} times in the archive: none is read"
            when = 0 if info.creationtime is None else info.creationtime.timestamp()
            handle = _Packed(info.filename, info.crc32)
            yield Member(
                info.filename, info.uncompressed, int(when * 1_000_000_000), handle, reason, status
            )

    def _unpacked(self, member: Member[_Packed]) -> bytes:
        if not member.bytes:
            return b""
        number = self._numbers[member.handle.name]
        if self._holds:
            while len(self._held) <= number:
                self._held.append(self._next())
            data = self._held[number]
        else:
            if self._unpacking.at > number:
                self._unpacking.stop()
                self._unpacking = self._from_the_begin()
            while self._unpacking.at < number:
                self._next()
            data = self._next()
        if len(data) != member.bytes or member.handle.crc not in {None, zlib.crc32(data)}:
            raise Unreadable("damaged: it is not what the archive says of it")
        return data

    def _from_the_begin(self) -> "_Unpacking":
        return _Unpacking(self._file, tuple(self._numbers))

    def _next(self) -> bytes:
        try:
            return self._unpacking.next()
        except UnsupportedCompressionMethodError as error:
            raise Unsupported(f"compression method that is not read: {error}") from error

    def close(self) -> None:
        """Give up what is held open."""
        self._unpacking.stop()


class _Stopped(Exception):
    """Nobody wants the rest."""


class _Unpacking:
    """Unpacks the named members in their order, in a thread that waits until each is taken."""

    def __init__(self, file: BinaryIO, names: tuple[str, ...]) -> None:
        self.at = 0
        self._file = file
        self._names = names
        self._ready: queue.Queue[bytes | BaseException] = queue.Queue(maxsize=1)
        self.unwanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._failed: BaseException | None = None

    def next(self) -> bytes:
        """Return the next member's bytes. Raises what unpacking raised, then and ever after."""
        if self._failed is not None:
            raise self._failed
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        got = self._ready.get()
        if isinstance(got, BaseException):
            self._failed = got
            raise got
        self.at += 1
        return got

    def stop(self) -> None:
        """End the thread."""
        self.unwanted.set()
        if self._thread is not None:
            self._thread.join()

    def hand_over(self, what: bytes | BaseException) -> None:
        """Wait until the one before was taken. Raises _Stopped if nobody takes it any more."""
        while not self.unwanted.is_set():
            with suppress(queue.Full):
                self._ready.put(what, timeout=_LOOK_EVERY)
                return
        raise _Stopped

    def _run(self) -> None:
        try:
            try:
                self._file.seek(0)
                with py7zr.SevenZipFile(self._file) as archive:
                    archive.extract(targets=list(self._names), factory=_Factory(self))
                self.hand_over(Unreadable("the archive holds less than it says"))
            except _Stopped:
                raise
            except Exception as error:  # noqa: BLE001 - raised where the member is asked for
                self.hand_over(error)
        except _Stopped:
            return


class _Factory(py7zr.io.WriterFactory):
    """Gives py7zr what it writes members into."""

    def __init__(self, unpacking: _Unpacking) -> None:
        self._unpacking = unpacking

    def create(self, filename: str) -> "_Writer":  # noqa: ARG002
        return _Writer(self._unpacking)


class _Writer(py7zr.io.Py7zIO):
    """Takes one member in, and hands it over when it is whole."""

    def __init__(self, unpacking: _Unpacking) -> None:
        self._unpacking = unpacking
        self._parts: list[bytes] = []

    def write(self, s: bytes | bytearray) -> int:
        if self._unpacking.unwanted.is_set():
            raise _Stopped
        self._parts.append(bytes(s))
        return len(s)

    def close(self) -> None:
        self._unpacking.hand_over(b"".join(self._parts))

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002
        return offset

    def flush(self) -> None:
        return

    def size(self) -> int:
        return sum(len(part) for part in self._parts)
