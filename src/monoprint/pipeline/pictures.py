"""Pictures of assets for people to look at: decoded in worker processes, kept for a while."""

import threading
from collections import OrderedDict
from typing import Final

from monoprint.catalog.store import Catalog
from monoprint.errors import Unread, UsageError
from monoprint.pipeline.workers import Workers

# Sides in pixels that pictures are made in: a queue's, a list's, a screen's, and to look closely.
# A few fixed ones, so that nobody can have the same file decoded again and again.
SIDES: Final = (160, 480, 1600, 4096)

# What is kept decoded: some hundred large pictures, or all the small ones of a day.
_KEPT_BYTES: Final = 128_000_000


class Pictures:
    """Gives assets of a catalog as JPEG pictures; several threads may ask at once.

    An asset is named by its store, its path (text form) and its content: a file that changed since
    it was scanned gives no picture.
    """

    def __init__(self, catalog: Catalog, workers: Workers, kept_bytes: int = _KEPT_BYTES) -> None:
        self._catalog = catalog
        self._workers = workers
        self._room = kept_bytes
        self._kept: OrderedDict[tuple[bytes, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, store: str, path: str, sha256: bytes, side: int) -> bytes:
        """Return the first frame, upright, as a JPEG of at most `side` pixels a side.

        Raises Unread with the reason if there is no picture, UsageError for a side that is none
        of `SIDES`.
        """
        if side not in SIDES:
            raise UsageError(f"pictures have one of the sides {', '.join(map(str, SIDES))}")
        with self._lock:
            kept = self._kept.get((sha256, side))
            if kept is not None:
                self._kept.move_to_end((sha256, side))
                return kept
        made = self._made(store, path, sha256, side)
        with self._lock:
            if (sha256, side) not in self._kept:
                self._kept[sha256, side] = made
                self._room -= len(made)
            while self._room < 0 and self._kept:
                _, dropped = self._kept.popitem(last=False)
                self._room += len(dropped)
        return made

    def _made(self, store: str, path: str, sha256: bytes, side: int) -> bytes:
        known = self._catalog.stores().get(store)
        if known is None:
            raise Unread(f"the catalog has no store {store}")
        answer = self._workers.answer(
            {
                "do": "thumbnail",
                "location": known[1].location,
                "path": path,
                "sha256": sha256.hex(),
                # The catalog's files were listed by a scan, which may have been told to follow.
                "follow_symlinks": True,
                "side": side,
            }
        )
        if "jpeg" not in answer:
            raise Unread(answer["reason"])
        return bytes.fromhex(answer["jpeg"])
