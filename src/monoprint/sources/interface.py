"""What a source is: something that lists a store and reads its entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from monoprint.model.asset import Listed


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one entry, with its size and time as they were when it was read."""

    data: bytes
    modified_ns: int


class Source(Protocol):
    """A store that can be listed in one order and read entry by entry.

    Listing and reading may happen in different processes; an entry is known by its path alone.
    """

    @property
    def location(self) -> str:
        """Where the store is, in a form from which the source can be opened again."""
        ...

    def listing(self) -> Iterator[Listed]:
        """Yield every entry once, in the order of the paths' text forms (by code point).

        Entries that cannot be read, and folders that cannot be listed, are yielded too, barred
        with the reason. Raises StoreError if the store as a whole cannot be listed.
        """
        ...

    def read(self, path: str) -> Content:
        """Return the content of the entry at `path` (text form).

        Raises Unreadable or Refused, whose message is the reason.
        """
        ...

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:
        """Return where the entry's bytes lie on the device: (offset, length) for each extent.

        Two entries with the same extents on one device share their storage. Empty where that
        cannot be told.
        """
        ...
