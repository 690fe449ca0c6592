"""Files that are read by ranges, as they are asked for."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO, Final

# Bytes asked for at a time: a container's directory fits in one or two of them.
PIECE: Final = 1 << 18

Fetch = Callable[[int, int], bytes]


def ranged(size: int, first: bytes, fetch: Fetch) -> BinaryIO:
    """Return a file of `size` bytes that begins with `first`; `fetch(start, stop)` gives the rest.

    What `fetch` raises, reading raises.
    """
    return io.BufferedReader(_Ranged(size, first, fetch), PIECE)


class _Ranged(io.RawIOBase):
    def __init__(self, size: int, first: bytes, fetch: Fetch) -> None:
        self._size = size
        self._first = first
        self._fetch = fetch
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("negative position")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        stop = min(self._size, self._at + len(buffer))
        if self._at >= stop:
            return 0
        known = stop <= len(self._first)
        data = self._first[self._at : stop] if known else self._fetch(self._at, stop)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
