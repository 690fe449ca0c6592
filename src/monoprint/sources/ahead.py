"""Reading ahead: requests of a store over a network are under way while others are worked on."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import BinaryIO, Final

from monoprint.model.asset import Listed
from monoprint.sources.interface import Content, Source

# Reads under way at a time, in each worker process: at a latency of 100 ms they bring 80 pictures
# a second, more than a processor decodes.
READS: Final = 8

# The most that is read ahead, in bytes. What is larger than all of it is read in its turn.
_MOST_BYTES: Final = 128 << 20

# What an entry is taken for whose size was not told.
_UNTOLD: Final = 8 << 20

# Seconds between signs of life while a read is waited for.
_BEAT: Final = 10.0


class ReadAhead:
    """A source whose reads can be begun before they are asked for.

    `beat` is called every few seconds while a read is waited for: a slow network is no decoder
    that hangs.
    """

    def __init__(self, source: Source, beat: Callable[[], None]) -> None:
        self._source = source
        self._beat = beat
        self._pool = ThreadPoolExecutor(READS, thread_name_prefix="read-ahead")
        self._begun: dict[str, tuple[Future[Content], int]] = {}
        self._bytes = 0
        self._lock = Lock()

    @property
    def location(self) -> str:
        """Where the store is."""
        return self._source.location

    @property
    def atomic(self) -> bool:
        """As the source says."""
        return self._source.atomic

    def begin(self, path: str, size: int) -> None:
        """Begin to read an entry of this size (0 or less: not known), unless too much is held."""
        size = size if size > 0 else _UNTOLD
        with self._lock:
            if path in self._begun or self._bytes + size > _MOST_BYTES:
                return
            self._bytes += size
            self._begun[path] = (self._pool.submit(self._source.read, path), size)

    def read(self, path: str) -> Content:
        """Return what was begun to be read, or read it now; see `Source.read`."""
        with self._lock:
            begun = self._begun.pop(path, None)
        reading = self._pool.submit(self._source.read, path) if begun is None else begun[0]
        try:
            while not wait((reading,), _BEAT).done:
                self._beat()
            return reading.result()
        finally:
            if begun is not None:
                with self._lock:
                    self._bytes -= begun[1]

    def listing(self) -> Iterator[Listed]:
        """Yield every entry; see `Source.listing`."""
        return self._source.listing()

    def open(self, path: str) -> BinaryIO:
        """Open an entry; see `Source.open`."""
        return self._source.open(path)

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:
        """Return an entry's extents; see `Source.storage`."""
        return self._source.storage(path)

    def close(self) -> None:
        """Give up what is begun, and the source."""
        self._pool.shutdown(cancel_futures=True)
        self._source.close()
