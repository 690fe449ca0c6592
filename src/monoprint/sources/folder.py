"""Folders of this machine, recursively."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from monoprint.errors import Refused, StoreError, TooLarge, Unreadable
from monoprint.model.asset import Listed, Status, path_name, path_text
from monoprint.model.plan import QUARANTINE
from monoprint.sources.extents import shared_extents
from monoprint.sources.interface import Content

# Reading again once is enough for a file that was being written as we came by; one that changes
# twice is being written still.
_ATTEMPTS: Final = 2

_NOT_FOLLOWED: Final = "symbolic link, not followed"
_PUT_ASIDE: Final = "quarantine: what an applied plan has put aside, no part of the store"


class Folder:
    """A folder and all below it.

    `follow_symlinks` decides whether links are followed; a link to a folder that it lies in is
    not followed even then. `max_bytes` is the size above which a file is refused.
    """

    def __init__(self, location: str, *, follow_symlinks: bool = False, max_bytes: int) -> None:
        self._root = path_name(location)
        self._follow = follow_symlinks
        self._max_bytes = max_bytes
        self.location = location

    @property
    def atomic(self) -> bool:
        """A folder's listing takes no time that matters."""
        return True

    def listing(self) -> Iterator[Listed]:
        """Yield every entry below the folder; see `Source.listing`."""
        try:
            root = Path(self._root).stat()
            first = self._entries("", self._root)
        except OSError as error:
            raise StoreError(
                f"cannot list {self.location}: {_reason(error)}",
                advice="Check that the folder exists and that you may read it.",
            ) from error
        # Each level holds its entries still to come (last first) and the folders it lies in.
        levels = [(first, frozenset({(root.st_dev, root.st_ino)}))]
        while levels:
            entries, above = levels[-1]
            if not entries:
                levels.pop()
                continue
            path, entry = entries.pop()
            try:
                below = self._folder_of(path, entry, above)
            except OSError as error:
                yield Listed(path, barred=_reason(error), status=Status.UNREADABLE)
                continue
            if isinstance(below, Listed):
                yield below
                continue
            try:
                levels.append((self._entries(path, entry.path), above | {below}))
            except OSError as error:
                reason = f"folder could not be listed: {_reason(error)}"
                yield Listed(path, barred=reason, status=Status.UNREADABLE)

    def _entries(self, path: str, name: str) -> list[tuple[str, "os.DirEntry[str]"]]:
        """List a folder as (path, entry), last first; folders' paths end in ``/``.

        With that slash the order of one folder's entries is also the order of all that lies
        below them, so the whole listing comes out sorted.
        """
        found = []
        with os.scandir(name) as entries:
            for entry in entries:
                slash = "/" if self._is_folder(entry) else ""
                found.append((path + path_text(entry.name) + slash, entry))
        found.sort(key=lambda pair: pair[0], reverse=True)
        return found

    def _is_folder(self, entry: "os.DirEntry[str]") -> bool:
        try:
            return entry.is_dir(follow_symlinks=self._follow)
        except OSError:
            return False  # links that name each other; `_folder_of` says so

    def _folder_of(
        self, path: str, entry: "os.DirEntry[str]", above: frozenset[tuple[int, int]]
    ) -> Listed | tuple[int, int]:
        """Return an entry to list, or the identity of a folder to go into."""
        if path == f"{QUARANTINE}/":
            return Listed(path, barred=_PUT_ASIDE, status=Status.UNSUPPORTED)
        if entry.is_symlink() and not self._follow:
            return Listed(path, barred=_NOT_FOLLOWED)
        try:
            info = entry.stat(follow_symlinks=self._follow)
        except FileNotFoundError:
            reason = "dangling symbolic link" if entry.is_symlink() else "vanished during the scan"
            return Listed(path, barred=reason, status=Status.UNREADABLE)
        if stat.S_ISDIR(info.st_mode):
            identity = (info.st_dev, info.st_ino)
            if identity in above:
                return Listed(path, barred="symbolic link to a folder it lies in: a loop")
            return identity
        if not stat.S_ISREG(info.st_mode):
            return Listed(path, barred=f"not a regular file: {_kind(info.st_mode)}")
        return Listed(path, info.st_size, _time(info), info.st_ino, info.st_dev, info.st_nlink)

    def at(self, path: str) -> Listed:
        """Return the entry at a path (text form) below the folder, barred if it cannot be read."""
        try:
            number = self._open(path)
        except OSError as error:
            gone = error.errno == errno.ENOENT
            reason = "there is no such file" if gone else _reason(error)
            return Listed(path, barred=reason, status=Status.UNREADABLE)
        except Refused as error:
            return Listed(path, barred=str(error))
        try:
            info = os.fstat(number)
        finally:
            os.close(number)
        if not stat.S_ISREG(info.st_mode):
            return Listed(path, barred=f"not a regular file: {_kind(info.st_mode)}")
        return Listed(path, info.st_size, _time(info), info.st_ino, info.st_dev, info.st_nlink)

    def read(self, path: str) -> Content:
        """Return a file's bytes; see `Source.read`."""
        try:
            for _ in range(_ATTEMPTS):
                content = self._read_once(path)
                if content is not None:
                    return content
        except OSError as error:
            raise Unreadable(_reason(error)) from error
        raise Unreadable("changed while it was read")

    def open(self, path: str) -> BinaryIO:
        """Open a file to be read here and there; see `Source.open`."""
        try:
            file = os.fdopen(self._open(path), "rb")
        except OSError as error:
            raise Unreadable(_reason(error)) from error
        info = os.fstat(file.fileno())
        if not stat.S_ISREG(info.st_mode):
            file.close()
            raise Refused(f"not a regular file: {_kind(info.st_mode)}")
        return file

    def close(self) -> None:
        """Nothing is held open between reads."""

    def _read_once(self, path: str) -> Content | None:
        with open(self._open(path), "rb", buffering=0) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise Refused(f"not a regular file: {_kind(before.st_mode)}")
            if before.st_size > self._max_bytes:
                raise TooLarge(f"size limit: {before.st_size:,} bytes, over {self._max_bytes:,}")
            data = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
        same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        if not same or len(data) != before.st_size:
            return None
        return Content(data, _time(after))

    def _open(self, path: str) -> int:
        """Open a file; unless links are followed, step by step, so that none leads elsewhere."""
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        if self._follow or os.open not in os.supports_dir_fd:
            return os.open(self._name(path), flags)
        *folders, last = path_name(path).split("/")
        at = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
                os.close(at)
                at = below
            return os.open(last, flags | os.O_NOFOLLOW, dir_fd=at)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOTDIR}:
                raise Refused(_NOT_FOLLOWED) from error
            raise
        finally:
            os.close(at)

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:
        """Return the file's extents if they are shared with another file (Linux only)."""
        if sys.platform != "linux":
            return ()  # which tells nothing, so that the file need not be opened
        try:
            with open(self._open(path), "rb") as file:
                return shared_extents(file.fileno())
        except (OSError, Refused):
            return ()  # the file cannot be opened, so nothing is claimed

    def _name(self, path: str) -> str:
        return str(Path(self._root, path_name(path)))


def _time(info: os.stat_result) -> int:
    """Return the time of change, held within 64 bits: a file may claim any year."""
    return max(-(1 << 63), min(info.st_mtime_ns, (1 << 63) - 1))


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "vanished during the scan"
    if error.errno == errno.ELOOP:
        return "symbolic link loop"
    return (error.strerror or type(error).__name__).lower()


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFCHR: "device",
        stat.S_IFBLK: "device",
        stat.S_IFDIR: "folder",
    }
    return kinds.get(stat.S_IFMT(mode), "special file")
