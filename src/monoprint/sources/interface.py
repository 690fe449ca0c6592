"""What a source is: something that lists a store and reads its entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol, runtime_checkable

from monoprint.model.asset import Listed


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one entry, with its time as it was when it was read.

    `derived` says how the bytes were made where they are not those that the store keeps (a page
    that was rendered, a size that a service made); "" where they are. `attributes` are what came
    with the bytes (name, value), sorted by name. `checksum` is the one that the store told with the
    bytes, which stands in place of the listed one; "" if it told none and the listed one is none of
    these bytes, for how the store encrypts them; None if the listed one stands.
    """

    data: bytes
    modified_ns: int
    derived: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    checksum: str | None = None


class Source(Protocol):
    """A store that can be listed in one order and read entry by entry.

    Listing and reading may happen in different processes; an entry is known by its path alone.
    """

    @property
    def location(self) -> str:
        """Where the store is, in a form from which the source can be opened again.

        It holds no secret: it is written to the catalog and shown in reports.
        """
        ...

    @property
    def atomic(self) -> bool:
        """Whether a listing is of one moment for all that matters.

        If not, the time of the listing is written down and shown.
        """
        ...

    def listing(self) -> Iterator[Listed]:
        """Yield every entry once, in the order of the paths' text forms (by code point).

        Entries that cannot be read, and folders that cannot be listed, are yielded too, barred
        with the reason. Raises StoreError if the store as a whole cannot be listed.
        """
        ...

    def read(self, path: str) -> Content:
        """Return the content of the entry at `path` (text form).

        Raises Unreadable or Refused, whose message is the reason; TooLarge, a kind of Refused, for
        an entry that is only too large to be held whole.
        """
        ...

    def open(self, path: str) -> BinaryIO:
        """Open the entry at `path` to be read here and there, however large it is.

        Raises Unreadable or Refused, whose message is the reason.
        """
        ...

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:
        """Return where the entry's bytes lie on the device: (offset, length) for each extent.

        Two entries with the same extents on one device share their storage. Empty where that
        cannot be told.
        """
        ...

    def close(self) -> None:
        """Give up connections and files; a closed source is not used again."""
        ...


@runtime_checkable
class Vouching(Protocol):
    """A source whose store vouches for checksums of what it holds."""

    @property
    def is_asked(self) -> bool:
        """Whether telling the checksums of an entry takes a request of the store."""
        ...

    def checksums(self, path: str, listed: str) -> frozenset[str]:
        """Return what the store vouches for of an entry's content, each as `Listed.checksum`.

        `listed` is the one that the listing gave. Raises Unreadable if the store cannot be asked.
        """
        ...


class Container(Protocol):
    """A file that holds others: an archive, or a document with its pages and pictures.

    A member is known by its place, the text form of its name within the container.
    """

    @property
    def format(self) -> str:
        """The container's format, as the catalog has it: ``ZIP``, ``PDF``."""
        ...

    @property
    def note(self) -> str:
        """What is odd about it, or what of it is no member; "" for nothing."""
        ...

    def members(self) -> Iterator[Listed]:
        """Yield every member once, in the order in which they are read fastest.

        `path` is the member's place with the sign before it: ``!a/b.jpg`` in an archive,
        ``#page=3`` in a document. What is not read is yielded too, barred with the reason. Raises
        Unreadable or Refused for a container that is broken as a whole or passes a limit.
        """
        ...

    def read(self, place: str) -> Content:
        """Return a member's content, by its place with the sign. Raises Unreadable or Refused."""
        ...

    def close(self) -> None:
        """Give up what is held open."""
        ...
