"""Pictures of assets for people to look at, kept for a while."""

import threading
from collections import OrderedDict
from typing import Final

from monoprint.catalog.store import Catalog
from monoprint.errors import UsageError
from monoprint.model.review import Place
from monoprint.pipeline.reconcile import Answering, picture_of

# Sides in pixels that pictures are made in: a list's, a pair's, a screen's, and to look closely.
# A few fixed ones, so that nobody can have the same file decoded again and again.
SIDES: Final = (160, 480, 1600, 4096)

# What is kept: some hundred large pictures, or all the small ones of a day.
_KEPT_BYTES: Final = 128_000_000


class Pictures:
    """Gives assets of a catalog as JPEG pictures; several threads may ask at once."""

    def __init__(self, catalog: Catalog, workers: Answering, kept_bytes: int = _KEPT_BYTES) -> None:
        self._catalog = catalog
        self._workers = workers
        self._room = kept_bytes
        self._kept: OrderedDict[tuple[bytes, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, place: Place, side: int) -> bytes:
        """Return what stands at a place as a JPEG of at most `side` pixels a side.

        Raises Unread with the reason if there is no picture or the file has changed, UsageError
        for a side that is none of `SIDES`.
        """
        if side not in SIDES:
            raise UsageError(f"pictures have one of the sides {', '.join(map(str, SIDES))}")
        name = (place.sha256, side)
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        made = picture_of(self._catalog, self._workers, place, side)
        with self._lock:
            if name not in self._kept:
                self._kept[name] = made
                self._room -= len(made)
            while self._room < 0:
                _, dropped = self._kept.popitem(last=False)
                self._room += len(dropped)
        return made
