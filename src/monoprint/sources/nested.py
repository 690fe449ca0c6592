"""Entries within entries: ``a.zip!b/deed.pdf#page=3``."""

import io
import os
import re
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from monoprint.errors import Refused, Unread
from monoprint.imaging.decode import guarded
from monoprint.model.asset import Listed, path_name
from monoprint.sources.containers import HEAD, opener_of
from monoprint.sources.interface import Container, Content, Source

# An archive in an archive in an archive is a back-up of back-ups; deeper ones are made to be a
# bomb.
MAX_DEPTH: Final = 3

# More entries than this are no archive of pictures but a way to fill a catalog.
MAX_MEMBERS: Final = 250_000

# Containers that are kept open from member to member, and after how many seconds it is looked
# whether the file was replaced: members are read one after the other, while a file must not be read
# as it was for long.
_KEPT_OPEN: Final = 3
_KEPT_SECONDS: Final = 60.0

# What containers that are kept open may take in memory; the one that is read may take more alone.
_KEPT_BYTES: Final = 256 << 20

_SIGNS: Final = re.compile("[!#]")


@dataclass(slots=True)
class _Open:
    """A container that is held open.

    `depth` is how many containers it lies in, `stamp` tells its file from one that replaces it.
    """

    container: Container
    file: BinaryIO
    depth: int
    since: float
    stamp: tuple[int, ...]

    @property
    def held(self) -> int:
        """The bytes of the file that are held in memory."""
        return len(self.file.getbuffer()) if isinstance(self.file, io.BytesIO) else 0

    def close(self) -> None:
        self.container.close()
        self.file.close()


@dataclass(frozen=True, slots=True)
class Members:
    """What a container holds: its format, its members with whole paths, and what is odd of it."""

    format: str
    listed: tuple[Listed, ...]
    note: str


class Nested:
    """Reads a store's entries, and what lies in them.

    A sign within a path begins a member only where what stands before it is a container: a file
    may have such a sign in its name.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept: OrderedDict[str, _Open] = OrderedDict()

    def read(self, path: str) -> Content:
        """Return the content of an entry or of a member of one. Raises Unreadable or Refused."""
        within = self._within(path)
        if within is None:
            return self._source.read(path)
        outer, place = within
        with guarded():
            return outer.container.read(place)

    def open(self, path: str) -> BinaryIO:
        """Open an entry or a member of one to read here and there. Raises Unreadable or Refused."""
        if self._within(path) is None:
            return self._source.open(path)
        return io.BytesIO(self.read(path).data)

    def members(self, path: str, content: Content | None) -> Members | None:
        """Return what the container at `path` holds.

        `content` is what was read there, None if that was too large to be held. Returns None for
        what is no container. Raises Unreadable or Refused.
        """
        if content is not None and opener_of(content.data[:HEAD], path_name(path)) is None:
            return None  # nearly all files, quickly
        within = self._within(path)
        depth = 0 if within is None else within[0].depth + 1
        file = self._source.open(path) if content is None else io.BytesIO(content.data)
        opened = self._opened(path, file, depth)
        if opened is None:
            return None
        found: list[Listed] = []
        with guarded():
            for member in opened.container.members():
                if len(found) == MAX_MEMBERS:
                    raise Refused(
                        f"entry limit: more than {MAX_MEMBERS:,} entries in one container"
                    )
                found.append(replace(member, path=path + member.path))
        return Members(opened.container.format, tuple(found), opened.container.note)

    def close(self) -> None:
        """Give up what is held open."""
        while self._kept:
            self._kept.popitem()[1].close()
        self._source.close()

    def _within(self, path: str) -> tuple[_Open, str] | None:
        """Return the innermost container that `path` leads into, and the place there."""
        cuts = [match.start() for match in _SIGNS.finditer(path)]
        found, further = self._kept_within(path, cuts)
        if found is None and (not cuts or self._is_entry(path)):
            return None
        for cut in further:
            if found is None:
                opened = self._entry_opened(path[:cut])
            else:
                opened = self._member_opened(*found, path[:cut])
            if opened is not None:
                found = (opened, cut)
        return None if found is None else (found[0], path[found[1] :])

    def _kept_within(
        self, path: str, cuts: list[int]
    ) -> tuple[tuple[_Open, int] | None, list[int]]:
        """Return the innermost container of a path that is still open, and the cuts behind it.

        Most members are read while their container is open.
        """
        for number in reversed(range(len(cuts))):
            kept = self._still_open(path[: cuts[number]])
            if kept is not None:
                return (kept, cuts[number]), cuts[number + 1 :]
        return None, cuts

    def _is_entry(self, path: str) -> bool:
        """Say whether a path with signs in it is an entry of the store as it stands."""
        try:
            self._source.open(path).close()
        except Unread:
            return False
        return True

    def _entry_opened(self, path: str) -> _Open | None:
        """Open an entry of the store as a container; None if it is none, or not there."""
        with suppress(Unread):
            return self._opened(path, self._source.open(path), 0)
        return None

    def _member_opened(self, outer: _Open, cut: int, path: str) -> _Open | None:
        with suppress(Unread):
            with guarded():
                data = outer.container.read(path[cut:]).data
            return self._opened(path, io.BytesIO(data), outer.depth + 1)
        return None

    def _opened(self, path: str, file: BinaryIO, depth: int) -> _Open | None:
        """Open the container in a file, which is closed if it holds none."""
        try:
            with guarded():
                head = file.read(HEAD)
                opener = opener_of(head, path_name(path))
                if opener is None:
                    file.close()
                    return None
                file.seek(0)
                stamp = _stamp(file)
                container = opener(file, path_name(path))
                if container is None:
                    file.close()
                    return None
                if depth >= MAX_DEPTH:
                    container.close()
                    raise Refused(f"depth limit: more than {MAX_DEPTH} containers in each other")
                opened = _Open(container, file, depth, time.monotonic(), stamp)
        except Unread:
            file.close()
            raise
        self._drop(path)
        self._kept[path] = opened
        while len(self._kept) > _KEPT_OPEN or (
            len(self._kept) > 1 and sum(kept.held for kept in self._kept.values()) > _KEPT_BYTES
        ):
            self._kept.popitem(last=False)[1].close()
        return opened

    def _still_open(self, path: str) -> _Open | None:
        kept = self._kept.get(path)
        if kept is None:
            return None
        if time.monotonic() - kept.since > _KEPT_SECONDS:
            if not self._is_as_it_was(path, kept):
                self._drop(path)
                return None
            kept.since = time.monotonic()
        self._kept.move_to_end(path)
        return kept

    def _is_as_it_was(self, path: str, kept: _Open) -> bool:
        """Say whether what is found at a container's place is what was opened there."""
        try:
            with self._source.open(path) as now:
                return kept.stamp != () and kept.stamp == _stamp(now)
        except Unread:
            return False

    def _drop(self, path: str) -> None:
        kept = self._kept.pop(path, None)
        if kept is not None:
            kept.close()


def _stamp(file: BinaryIO) -> tuple[int, ...]:
    """Return what changes with a file of this machine; nothing for one that is none."""
    try:
        info = os.fstat(file.fileno())
    except OSError:
        return ()
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns
