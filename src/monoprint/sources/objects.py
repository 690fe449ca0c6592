"""Stores over a network as sources: listed in any order, read whole or by ranges, tried again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from monoprint.errors import TooLarge, Unreadable
from monoprint.model.asset import Listed, path_name
from monoprint.sources.interface import Content
from monoprint.sources.order import by_path
from monoprint.sources.pace import Pace
from monoprint.sources.patience import Again, patiently
from monoprint.sources.ranged import PIECE, ranged


@dataclass(frozen=True, slots=True)
class Stream:
    """An object's bytes as they come, with the whole object's size, version and time.

    The version is "" where the store tells none: then nothing is read on where it broke off.
    `checksum` is as in `Content`, for the whole object.
    """

    size: int
    version: str
    modified_ns: int
    chunks: Iterator[bytes]
    checksum: str | None = None


class Objects(Protocol):
    """What a store over a network can do. Names are the store's own, below the location.

    `vouches` says whether it tells any checksums.
    """

    vouches: bool

    def entries(self) -> Iterator[Listed]:
        """Yield every entry, in any order. Raises StoreError."""
        ...

    def stream(self, name: str, start: int, stop: int | None, version: str) -> Stream:
        """Return the bytes [start, stop) of an object, which must have the version unless it is "".

        Nothing of a range that begins behind the end. It and its chunks raise Again for what may
        pass, Unreadable or Refused for what will not.
        """
        ...

    def checksums(self, name: str) -> frozenset[str]:
        """Ask what the store vouches for of an object's content, each as `Listed.checksum`."""
        ...

    def close(self) -> None:
        """Give up connections."""
        ...


class ObjectStore:
    """A `Source` over what a store can do. Several threads may read at once."""

    def __init__(self, location: str, objects: Objects, *, max_bytes: int, pace: Pace) -> None:
        self._objects = objects
        self._max_bytes = max_bytes
        self._pace = pace
        self.location = location

    @property
    def atomic(self) -> bool:
        """A listing is of many requests, between which the store can change."""
        return False

    def listing(self) -> Iterator[Listed]:
        """Yield every entry; see `Source.listing`."""
        return by_path(self._objects.entries())

    def read(self, path: str) -> Content:
        """Return an object's bytes, all of one version; see `Source.read`."""
        name = path_name(path)
        pieces: list[bytes] = []
        begun: list[Stream] = []

        def rest() -> Content:
            """Read on from where the last try broke off, if the object can be held to its state."""
            if begun and not begun[0].version:
                begun.clear()
            if not begun:
                pieces.clear()
            come = sum(map(len, pieces))
            stream = self._begin(name, come, None, begun[0].version if begun else "")
            if begun and stream.size != begun[0].size:
                begun.clear()
                raise Again(f"said to have {stream.size:,} bytes, and another number before")
            begun.append(stream)
            if stream.size > self._max_bytes:
                raise TooLarge(f"size limit: {stream.size:,} bytes, over {self._max_bytes:,}")
            for chunk in stream.chunks:
                pieces.append(chunk)
                come += len(chunk)
                self._pace.received(len(chunk))
                if come > stream.size:
                    raise Unreadable(f"more bytes came than the {stream.size:,} announced")
            if come < stream.size:
                raise Again(f"{come:,} bytes came, {stream.size:,} were announced")
            whole = b"".join(pieces)  # one piece is not copied
            return Content(whole, stream.modified_ns, checksum=begun[0].checksum)

        return patiently(rest)

    def open(self, path: str) -> BinaryIO:
        """Open an object to be read by ranges, all of one version; see `Source.open`."""
        name = path_name(path)
        size, version, first = self._piece(name, 0, PIECE, "")

        def fetch(start: int, stop: int) -> bytes:
            return self._piece(name, start, stop, version)[2]

        return ranged(size, first, fetch)

    @property
    def is_asked(self) -> bool:
        """Whether the store tells checksums; see `Vouching.is_asked`."""
        return self._objects.vouches

    def checksums(self, path: str, listed: str) -> frozenset[str]:  # noqa: ARG002
        """Ask what the store vouches for; see `Vouching.checksums`.

        What was listed is not enough: an ETag may be of what is encrypted.
        """
        return patiently(lambda: self._objects.checksums(path_name(path)))

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:  # noqa: ARG002
        """Where a store keeps its bytes is not told."""
        return ()

    def close(self) -> None:
        """Give up connections."""
        self._objects.close()

    def _begin(self, name: str, start: int, stop: int | None, version: str) -> Stream:
        self._pace.request()
        stream = self._objects.stream(name, start, stop, version)
        if version and stream.version != version:
            raise Unreadable("changed while it was read")
        return stream

    def _piece(self, name: str, start: int, stop: int, version: str) -> tuple[int, str, bytes]:
        def once() -> tuple[int, str, bytes]:
            stream = self._begin(name, start, stop, version)
            data = b"".join(stream.chunks)
            self._pace.received(len(data))
            wanted = max(0, min(stop, stream.size) - start)
            if len(data) != wanted:
                raise Again(f"{len(data):,} bytes came of a range of {wanted:,}")
            return stream.size, stream.version, data

        return patiently(once)
