"""A store as a tree of folders that is changed: every way in it is gone step by step.

No symbolic link is ever followed, so that nothing outside of the store can be reached through it.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from monoprint.errors import PlanError
from monoprint.model.asset import path_name, path_text
from monoprint.model.plan import QUARANTINE

# Folders kept open at once: far below what a process may have open.
_OPEN_FOLDERS: Final = 64

# Files that were replaced and are freed together: as few as the folders that are held open.
_FREED_TOGETHER: Final = 64

_CHUNK: Final = 1 << 20


class Skip(Exception):
    """A step that is not carried out; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was found: what identifies it, and its content's digest (hexadecimal)."""

    device: int
    inode: int
    size: int
    modified_ns: int
    sha256: str


def require() -> None:
    """Raise PlanError on a system that cannot open files step by step, as changes need."""
    if os.open not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
        raise PlanError(
            "this system cannot open files step by step, so no store is changed here",
            advice="Carry the plan out on Linux or macOS, or plan it as redirect.",
        )


class Tree:
    """A store's folder, held open and locked against another plan on this machine.

    `location` is in text form. Raises PlanError if it is not there or another plan is being
    carried out in it.
    """

    def __init__(self, location: str) -> None:
        require()
        self.location = location
        root = path_name(location)
        try:
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise PlanError(
                f"cannot open the store {location}: {error.strerror}",
                advice="Check that it is mounted where it was when the plan was made.",
            ) from error
        self._open: dict[str, int] = {}
        self._touched: set[str] = set()
        self._freeing = ThreadPoolExecutor(1, "freeing")
        self._replaced: list[int] = []
        self._freed: Future[None] | None = None
        self._lock()

    def _lock(self) -> None:
        import fcntl

        try:
            fcntl.flock(self._root, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._root)
            if error.errno in {errno.EWOULDBLOCK, errno.EAGAIN}:
                raise PlanError(
                    f"another plan is being carried out in {self.location}",
                    advice="Wait for it to end, then run the same command again.",
                ) from error
            raise PlanError(
                f"the store {self.location} cannot be locked: {error.strerror}",
                advice="Carry the plan out on the machine that holds the store.",
            ) from error

    def close(self) -> None:
        """Give up all folders and the lock."""
        self._free()
        self._freeing.shutdown()
        self.forget()
        os.close(self._root)

    def forget(self) -> None:
        """Close the folders that are held open, so that they are looked up anew."""
        for handle in self._open.values():
            os.close(handle)
        self._open.clear()

    def folder(self, path: str, *, make: bool = False) -> tuple[int, str]:
        """Return the open folder that a path (text form) ends in, and the last name.

        `make` makes folders that are missing. Raises Skip for a way through a symbolic link.
        """
        *above, name = path_name(path).split("/")
        key = "/".join(above)
        if key in self._open:
            return self._open[key], name
        if len(self._open) >= _OPEN_FOLDERS:
            self.forget()
        at = os.dup(self._root)
        try:
            for part in above:
                below = _below(at, part, make=make)
                os.close(at)
                at = below
        except BaseException:
            os.close(at)
            raise
        self._open[key] = at
        return at, name

    def names(self, path: str) -> list[str]:
        """Return what a folder (text form) holds now, as the system's names, sorted.

        Raises FileNotFoundError, and Skip for a way through a symbolic link.
        """
        # Opened anew: POSIX leaves open whether a handle lists what came after it was opened, and
        # on Btrfs it does not.
        folder, _ = self.folder(f"{path}/x" if path else "x")
        handle = _below(folder, ".", make=False)
        try:
            return sorted(os.listdir(handle))  # noqa: PTH208 - pathlib knows no open folders
        finally:
            os.close(handle)

    def look(self, path: str) -> os.stat_result | None:
        """Return what stands at a path, a symbolic link as itself; None if nothing does."""
        try:
            folder, name = self.folder(path)
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            return None

    @contextmanager
    def opened(self, path: str) -> Iterator[int]:
        """Open a file for reading. Raises Skip if it is no regular file, OSError."""
        folder, name = self.folder(path)
        try:
            handle = os.open(
                name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
            )
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise Skip("it is a symbolic link now") from error
            raise
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Skip("it is no regular file now")
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def freeing(self, path: str) -> Iterator[None]:
        """Replace a file within; another thread frees it then.

        Giving a file's blocks back takes a file system as long as all the rest of a step. Raises
        Skip if it is no regular file, OSError.
        """
        with self.opened(path) as handle:
            held = os.dup(handle)
        try:
            yield
        except BaseException:
            os.close(held)
            raise
        self._replaced.append(held)
        if len(self._replaced) >= _FREED_TOGETHER:
            self._free()

    def _free(self) -> None:
        if self._freed is not None:
            self._freed.result()
        self._freed = self._freeing.submit(_close, self._replaced)
        self._replaced = []

    def touch(self, path: str) -> None:
        """Note that the folder of a path was changed, to be made durable by `sync`."""
        self._touched.add("/".join(path_name(path).split("/")[:-1]))

    def sync(self) -> None:
        """Make the changes of folders durable."""
        for key in sorted(self._touched):
            handle = self._open.get(key)
            if handle is None:
                handle, _ = self.folder(path_text(f"{key}/x" if key else "x"))
            os.fsync(handle)
        self._touched.clear()


def _close(handles: list[int]) -> None:
    for handle in handles:
        os.close(handle)


def _below(at: int, part: str, *, make: bool) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(part, flags, dir_fd=at)
    except FileNotFoundError:
        if not make:
            raise
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise Skip("a folder on the way to it is a symbolic link now") from error
        raise
    # What was put aside is for those who put it there; other folders are as their users have them.
    os.mkdir(part, 0o700 if part == QUARANTINE else 0o777, dir_fd=at)
    os.fsync(at)
    return os.open(part, flags, dir_fd=at)


Reader = Callable[[Tree, str], Seen]


def read(tree: Tree, path: str) -> Seen:
    """Read a file and return what it is.

    Raises Skip if it changes meanwhile or is no regular file, OSError if it cannot be read.
    """
    with tree.opened(path) as handle:
        before = os.fstat(handle)
        digest = hashlib.sha256()
        while chunk := os.read(handle, _CHUNK):
            digest.update(chunk)
        after = os.fstat(handle)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Skip("it changed while it was read")
    return Seen(after.st_dev, after.st_ino, after.st_size, after.st_mtime_ns, digest.hexdigest())
