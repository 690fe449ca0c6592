"""Entries within entries: ``a.zip!b/deed.pdf#page=3``."""

import io
import re
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from monoprint.errors import Refused, Unread, Unreadable
from monoprint.model.asset import Listed, path_name
from monoprint.sources.containers import HEAD, opener_of
from monoprint.sources.interface import Container, Content, Source

# An archive in an archive in an archive is a back-up of back-ups; deeper ones are made to be a
# bomb.
MAX_DEPTH: Final = 3

# More entries than this are no archive of pictures but a way to fill a catalog.
MAX_MEMBERS: Final = 250_000

# Containers that are kept open from member to member, and for how many seconds: members are read
# one after the other, while a file that is replaced must not be read as it was for long.
_KEPT_OPEN: Final = 3
_KEPT_SECONDS: Final = 60.0

_SIGNS: Final = re.compile("[!#]")


@dataclass(slots=True)
class _Open:
    """A container that is held open; `depth` is how many containers it lies in."""

    container: Container
    file: BinaryIO
    depth: int
    since: float

    def close(self) -> None:
        self.container.close()
        self.file.close()


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
        return outer.container.read(place)

    def open(self, path: str) -> BinaryIO:
        """Open an entry or a member of one to read here and there. Raises Unreadable or Refused."""
        within = self._within(path)
        if within is None:
            return self._source.open(path)
        outer, place = within
        return io.BytesIO(outer.container.read(place).data)

    def members(self, path: str, content: Content | None) -> tuple[str, tuple[Listed, ...]] | None:
        """Return the format and the members of the container at `path`, with whole paths.

        `content` is what was read there, None if that was too large to be held. Returns None for
        what is no container. Raises Unreadable or Refused.
        """
        if content is not None and opener_of(content.data[:HEAD], path_name(path)) is None:
            return None
        within = self._within(path)
        depth = 0 if within is None else within[0].depth + 1
        file = self._source.open(path) if content is None else io.BytesIO(content.data)
        opened = self._opened(path, file, depth)
        if opened is None:
            return None
        found: list[Listed] = []
        for member in opened.container.members():
            if len(found) == MAX_MEMBERS:
                raise Refused(f"entry limit: more than {MAX_MEMBERS:,} entries in one container")
            found.append(replace(member, path=path + member.path))
        return opened.container.format, tuple(found)

    def close(self) -> None:
        """Give up what is held open."""
        while self._kept:
            self._kept.popitem()[1].close()
        self._source.close()

    def _within(self, path: str) -> tuple[_Open, str] | None:
        """Return the innermost container that `path` leads into, and the place there."""
        cuts = [match.start() for match in _SIGNS.finditer(path)]
        for cut in reversed(cuts):  # most members are read while their container is open
            kept = self._still_open(path[:cut])
            if kept is not None:
                return kept, path[cut:]
        if not cuts or self._is_entry(path):
            return None
        found: tuple[_Open, int] | None = None
        for cut in cuts:
            if found is None:
                opened = self._entry_opened(path[:cut])
            else:
                opened = self._member_opened(*found, path[:cut])
            if opened is not None:
                found = (opened, cut)
        return None if found is None else (found[0], path[found[1] :])

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
            file = io.BytesIO(outer.container.read(path[cut:]).data)
            return self._opened(path, file, outer.depth + 1)
        return None

    def _opened(self, path: str, file: BinaryIO, depth: int) -> _Open | None:
        """Open the container in a file, which is closed if it holds none."""
        try:
            head = file.read(HEAD)
            opener = opener_of(head, path_name(path))
            if opener is None:
                file.close()
                return None
            if depth >= MAX_DEPTH:
                raise Refused(f"depth limit: more than {MAX_DEPTH} containers in each other")
            file.seek(0)
            opened = _Open(opener(file, path_name(path)), file, depth, time.monotonic())
        except OSError as error:
            file.close()
            raise Unreadable(str(error)) from error
        except Unread:
            file.close()
            raise
        self._drop(path)
        self._kept[path] = opened
        while len(self._kept) > _KEPT_OPEN:
            self._kept.popitem(last=False)[1].close()
        return opened

    def _still_open(self, path: str) -> _Open | None:
        kept = self._kept.get(path)
        if kept is None:
            return None
        if time.monotonic() - kept.since > _KEPT_SECONDS:
            self._drop(path)
            return None
        self._kept.move_to_end(path)
        return kept

    def _drop(self, path: str) -> None:
        kept = self._kept.pop(path, None)
        if kept is not None:
            kept.close()
