"""Pictures of assets for people to look at, kept for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from monoprint.catalog.store import Catalog
from monoprint.errors import UsageError
from monoprint.model.review import Place
from monoprint.pipeline.reconcile import Answering, laid_picture, picture_of

# Sides in pixels that pictures are made in: a list's, a pair's, a screen's, and to look closely.
# A few fixed ones, so that nobody can have the same file decoded again and again.
SIDES: Final = (160, 480, 1600, 4096)

# What is kept: some hundred large pictures, or all the small ones of a day.
_KEPT_BYTES: Final = 128_000_000

# What it takes to know that a picture lies where it lay, which is no picture.
_ENTRY_BYTES: Final = 200


class Pictures:
    """Gives assets of a catalog as JPEG pictures; several threads may ask at once."""

    def __init__(self, catalog: Catalog, workers: Answering, kept_bytes: int = _KEPT_BYTES) -> None:
        self._catalog = catalog
        self._workers = workers
        self._room = kept_bytes
        self._kept: OrderedDict[tuple[bytes, bytes, int], bytes | None] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, place: Place, side: int) -> bytes:
        """Return what stands at a place as a JPEG of at most `side` pixels a side.

        Raises Unread with the reason if there is no picture or the file has changed, UsageError
        for a side that is none of `SIDES`.
        """
        made = self._once(
            (place.sha256, b"", side),
            lambda: picture_of(self._catalog, self._workers, place, side),
        )
        assert made is not None  # noqa: S101 - a picture alone is always drawn
        return made

    def laid(self, first: Place, second: Place, side: int) -> bytes | None:
        """Return the second as it lies on the first, a WebP; None if it lies there as it is.

        See `monoprint.pipeline.reconcile.laid_picture`. Raises Unread with the reason if the two
        cannot be aligned, UsageError for a side that is none of `SIDES`.
        """
        return self._once(
            (first.sha256, second.sha256, side),
            lambda: laid_picture(self._catalog, self._workers, first, second, side),
        )

    def _once(
        self, name: tuple[bytes, bytes, int], make: Callable[[], bytes | None]
    ) -> bytes | None:
        """Return what is kept under a name, or make it and keep it."""
        if name[-1] not in SIDES:
            raise UsageError(f"pictures have one of the sides {', '.join(map(str, SIDES))}")
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        made = make()
        with self._lock:
            if name not in self._kept:
                self._kept[name] = made
                self._room -= _size(made)
            while self._room < 0:
                _, dropped = self._kept.popitem(last=False)
                self._room += _size(dropped)
        return made


def _size(made: bytes | None) -> int:
    return _ENTRY_BYTES if made is None else len(made)
