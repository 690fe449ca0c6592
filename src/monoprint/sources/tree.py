"""Folders of another machine's file system: walked, and read file by file."""

import stat
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from monoprint.errors import StoreError, Unread, Unreadable
from monoprint.model.asset import Listed, Status, path_text
from monoprint.sources.objects import Stream
from monoprint.sources.pace import Pace
from monoprint.sources.patience import Again, patiently

_CHUNK: Final = 1 << 18

# Folders within each other: one that a loop leads into again and again comes to an end.
_MAX_DEPTH: Final = 64

_LINK: Final = "symbolic link, not followed"

# Faults that trying again does not mend, as reasons.
GONE: Final = "vanished during the scan, or was never there"
BARRED: Final = "not allowed to read it"


@dataclass(frozen=True, slots=True)
class Seen:
    """What lies in a folder: its name there, the mode of POSIX, the size and the time."""

    name: str
    mode: int
    size: int
    modified_ns: int


def walk(
    location: object, inside: Callable[[str], list[Listed | str]], advice: str
) -> Iterator[Listed]:
    """Yield the entries of a folder and of all below it; one that cannot be listed is told.

    `inside` returns what lies in a folder, named from the outermost, which is "": entries, and the
    names of folders, which end in a slash. Raises StoreError, with the advice, if the outermost
    cannot be listed.
    """
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            found = inside(folder)
        except Unread as error:
            if not folder:
                raise StoreError(f"cannot list {location}: {error}", advice=advice) from error
            reason = f"folder could not be listed: {error}"
            yield Listed(path_text(folder), barred=reason, status=Status(error.status))
            continue
        for each in found:
            if isinstance(each, Listed):
                yield each
            elif each.count("/") > _MAX_DEPTH:
                yield Listed(path_text(each), barred="depth limit: too many folders in each other")
            else:
                folders.append(each)


class Tree(ABC):
    """A folder and all below it, as `Objects`; a kind says how to connect, look and open.

    A kind's faults are those of a file system (OSError) and of `passing`; both may pass, but for
    what is not there or not allowed. After one the connection is made anew.
    """

    vouches = False

    passing: tuple[type[Exception], ...] = ()

    # What ends a name there beside a slash.
    backslashes = False

    def __init__(self, location: str, identity: str, pace: Pace) -> None:
        self._location = location
        self._identity = identity
        self._pace = pace
        self._lock = threading.Lock()
        self._connection: Any = None
        self._faults: tuple[type[Exception], ...] = (
            OSError, EOFError, UnicodeError, *self.passing
        )  # fmt: skip

    @abstractmethod
    def connect(self) -> Any:
        """Return a connection."""

    @abstractmethod
    def disconnect(self, connection: Any) -> None:
        """Give a connection up."""

    @abstractmethod
    def scan(self, connection: Any, folder: str) -> list[Seen]:
        """Return what lies in a folder, named from the root; "" is the root."""

    @abstractmethod
    def open_file(self, connection: Any, name: str) -> Any:
        """Open a file in binary, with `seek`, `read` and `close`."""

    @abstractmethod
    def state(self, connection: Any, name: str, file: Any) -> tuple[int, int]:
        """Return an open file's size and time as they are now."""

    def entries(self) -> Iterator[Listed]:
        """Walk the folders; see `Objects.entries`."""
        advice = "Check the address, the folder and #credentials=NAME."
        return walk(self._location, self._inside, advice)

    def stream(
        self,
        name: str,
        start: int,
        stop: int | None,
        version: str,  # noqa: ARG002 - the caller compares
    ) -> Stream:
        """Return a part of a file; see `Objects.stream`."""
        try:
            connection = self._connected()
            file = self.open_file(connection, name)
            size, modified_ns = self.state(connection, name, file)
        except self._faults as error:
            raise self._told(error) from error
        chunks = self._chunks(name, file, start, stop, (size, modified_ns))
        return Stream(size, _version(size, modified_ns), modified_ns, chunks)

    def checksums(self, name: str) -> frozenset[str]:  # noqa: ARG002
        """Nothing: file systems keep no checksums."""
        return frozenset()

    def close(self) -> None:
        """Give up the connection."""
        with self._lock:
            if self._connection is not None:
                self.disconnect(self._connection)
            self._connection = None

    def _chunks(
        self, name: str, file: Any, start: int, stop: int | None, state: tuple[int, int]
    ) -> Iterator[bytes]:
        """Yield a file's bytes; raise Unreadable if it is not afterwards as it was before."""
        with closing(file):
            try:
                file.seek(start)
                left = (state[0] if stop is None else min(stop, state[0])) - start
                while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                    left -= len(chunk)
                    yield bytes(chunk)
                after = self.state(self._connected(), name, file)
            except self._faults as error:
                raise self._told(error) from error
        if after != state:
            raise Unreadable("changed while it was read")

    def _inside(self, folder: str) -> list[Listed | str]:
        return [self._listed(folder, each) for each in patiently(lambda: self._scan(folder))]

    def _listed(self, folder: str, seen: Seen) -> Listed | str:
        name = folder + seen.name
        path = path_text(name)
        if "/" in seen.name or ("\\" in seen.name and self.backslashes):
            return Listed(path, barred="a name with a slash in it")
        if stat.S_ISLNK(seen.mode):
            return Listed(path, barred=_LINK)
        if stat.S_ISDIR(seen.mode):
            return f"{name}/"
        if not stat.S_ISREG(seen.mode):
            return Listed(path, barred="not a regular file")
        return Listed(
            path, seen.size, seen.modified_ns, identity=self._identity + path,
            version=_version(seen.size, seen.modified_ns),
        )  # fmt: skip

    def _scan(self, folder: str) -> list[Seen]:
        self._pace.request()
        try:
            return self.scan(self._connected(), folder)
        except self._faults as error:
            raise self._told(error) from error

    def _connected(self) -> Any:
        with self._lock:
            if self._connection is None:
                self._connection = self.connect()
            return self._connection

    def lasting(self, error: Exception) -> str:
        """Return the reason of a fault that will not pass, "" for one that may."""
        if isinstance(error, FileNotFoundError):
            return GONE
        if isinstance(error, PermissionError):
            return BARRED
        if isinstance(error, UnicodeError):
            return "a name in it is not UTF-8"
        return ""

    def _told(self, error: Exception) -> Exception:
        """Return a fault in terms of sources."""
        if reason := self.lasting(error):
            return Unreadable(reason)
        self.close()
        return Again(f"no whole answer: {type(error).__name__}")


def _version(size: int, modified_ns: int) -> str:
    return f"{size}-{modified_ns}"
