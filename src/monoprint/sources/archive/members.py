"""Members of archives: which are read, by what place they are known, and what they may cost."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final, Generic, Protocol, TypeVar

from monoprint.errors import Refused, Unread, Unreadable, Unsupported
from monoprint.imaging.limits import MAX_FILE_BYTES
from monoprint.model.asset import Listed, Status, path_text
from monoprint.sources.interface import Content
from monoprint.sources.nested import MAX_MEMBERS

# What all members may unpack to, as a multiple of the archive's own bytes. Pictures hardly shrink;
# blank pages that were stored without compression do, but not all of an archive is blank. Deflate
# reaches 1,032 at most, and bombs come close to it.
MAX_RATIO: Final = 100

# An archive that unpacks to less costs nothing that matters, whatever its ratio.
SMALL_BYTES: Final = 16 << 20

# What is read at once while unpacking; more is held only as far as a member is.
CHUNK: Final = 256 << 10

_DRIVE: Final = re.compile(r"[A-Za-z]:")

Handle = TypeVar("Handle")


@dataclass(frozen=True, slots=True)
class Member(Generic[Handle]):
    """A member as the archive tells of it.

    `name` is with bytes that are not UTF-8 kept as lone surrogates; `bytes` is what it unpacks to;
    `handle` is what it is unpacked by. `barred` and `status` are as in `Listed`.
    """

    name: str
    bytes: int
    modified_ns: int
    handle: Handle
    barred: str = ""
    status: Status = Status.REFUSED


class Readable(Protocol):
    """What is read from its begin on."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...


class Archive(ABC, Generic[Handle]):
    """A container of named members; see `Container`. Kinds of archives say how one is unpacked."""

    def __init__(self, kind: str, packed: int, found: Iterable[Member[Handle]]) -> None:
        """Take the members in the order in which they are read fastest.

        `packed` is the size of the archive in bytes. Raises Refused where a limit is passed.
        """
        self.format = kind
        self.note = ""
        self._members = _placed(found)
        check_total(sum(m.bytes for m in self._members.values() if not m.barred), packed)

    def members(self) -> Iterator[Listed]:
        """Yield every member; see `Container.members`."""
        for place, member in self._members.items():
            yield Listed(
                place, member.bytes, member.modified_ns, barred=member.barred, status=member.status
            )

    def read(self, place: str) -> Content:
        """Return a member's bytes; see `Container.read`."""
        member = self._members.get(place)
        if member is None:
            raise Unreadable("no longer in its archive")
        if member.barred:
            raise _ended(member.status, member.barred)
        return Content(self._unpacked(member), member.modified_ns)

    @abstractmethod
    def _unpacked(self, member: Member[Handle]) -> bytes:
        """Return a member's bytes. Whatever it raises ends in the member being unreadable."""

    @abstractmethod
    def close(self) -> None:
        """Give up what is held open."""


def _placed(found: Iterable[Member[Handle]]) -> dict[str, Member[Handle]]:
    r"""Return members by place; of several with one name the last is read, as unpackers do.

    Those before it are known by a backslash and their number, which no name's text form ends in:
    ``!a.jpg\1``. Raises Refused for too many.
    """
    listed: list[tuple[str, Member[Handle]]] = []
    for member in found:
        if len(listed) == MAX_MEMBERS:
            raise Refused(f"entry limit: more than {MAX_MEMBERS:,} entries in one container")
        name = member.name.removeprefix("./")
        listed.append((f"!{path_text(name)}", _held_against_limits(replace(member, name=name))))
    times = Counter(place for place, _ in listed)
    met: Counter[str] = Counter()
    placed = {}
    for place, member in listed:
        met[place] += 1
        if met[place] == times[place]:
            placed[place] = member
        else:
            reason = f"the same name {times[place]} times in the archive: the last one is read"
            placed[f"{place}\\{met[place]}"] = replace(
                member, barred=member.barred or reason, status=member.status
            )
    return placed


def _held_against_limits(member: Member[Handle]) -> Member[Handle]:
    if member.barred:
        return member
    reason = _bad_name(member.name)
    if not reason and member.bytes > MAX_FILE_BYTES:
        reason = f"size limit: unpacks to {member.bytes:,} bytes, over {MAX_FILE_BYTES:,}"
    return replace(member, barred=reason)


def _bad_name(name: str) -> str:
    """Say what is wrong with a name that leads, or is made to lead, out of where it is unpacked."""
    if name.startswith("/"):
        return "absolute name in an archive"
    if "\\" in name:
        return "name with a backslash in an archive"
    if _DRIVE.match(name):
        return "name with a drive in an archive"
    if ".." in name.split("/"):
        return "name in an archive that leads out of it (..)"
    if "\0" in name or any(part in {"", "."} for part in name.split("/")):
        return "name in an archive that is no plain path"
    return ""


def check_total(unpacked: int, packed: int) -> None:
    """Raise Refused if an archive unpacks to too much for its size, both in bytes."""
    if unpacked > max(SMALL_BYTES, MAX_RATIO * packed):
        raise Refused(
            f"ratio limit: unpacks to {unpacked:,} bytes or more, over {MAX_RATIO} times its "
            f"{packed:,} bytes"
        )


def whole(member: Readable, size: int) -> bytes:
    """Return all that a member holds. Raises Unreadable if that is not `size` bytes."""
    parts = []
    left = size
    while left >= 0 and (part := member.read(min(CHUNK, left + 1))):
        parts.append(part)
        left -= len(part)
    if left:
        which = "more" if left < 0 else f"{left:,} bytes less"
        raise Unreadable(f"damaged: the archive holds {which} of it than it says")
    return b"".join(parts)


class Bounded:
    """A file of which no more than `limit` bytes are asked for at once.

    Headers say how long they are, and libraries ask for as much; this stops those that lie.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._limit = limit

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes. Raises Refused if that is over the limit."""
        if size < 0 or size > self._limit:
            at = self._file.tell()
            left = self._file.seek(0, 2) - at
            self._file.seek(at)
            if left > self._limit:
                raise Refused(f"header limit: a header of more than {self._limit:,} bytes")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place; see `io.IOBase.seek`."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place where reading goes on."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Say that one can go to places."""
        return True

    def close(self) -> None:
        """Leave the file open: who opened it closes it."""


def size_of(file: BinaryIO) -> int:
    """Return a file's size in bytes, leaving it at its begin."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _ended(status: Status, reason: str) -> Unread:
    kinds: dict[Status, type[Unread]] = {
        Status.UNREADABLE: Unreadable, Status.UNSUPPORTED: Unsupported,
    }  # fmt: skip
    return kinds.get(status, Refused)(reason)
