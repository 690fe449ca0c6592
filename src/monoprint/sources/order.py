"""Listings that come in some other order, sorted by path in flat memory."""

import heapq
import marshal
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO, Any, Final

from monoprint.model.asset import Listed, Status
from monoprint.model.fixity import Breach, Flaw

# Entries that are sorted in memory at a time, some 60 MB of them.
RUN: Final = 100_000

# Runs that are merged at a time: each is an open file, of which macOS allows 256 by default.
_WAYS: Final = 100

_PATH: Final = attrgetter("path")
_VALUES: Final = attrgetter(*(field.name for field in fields(Listed)))

_STATUS: Final = [field.name for field in fields(Listed)].index("status")
_FLAWS: Final = [field.name for field in fields(Listed)].index("flaws")

# Entries that are written together.
_PART: Final = 64


def by_path(entries: Iterable[Listed], run: int = RUN) -> Iterator[Listed]:
    """Yield entries in the order of their paths, each path once.

    Of a path that comes twice, as it may when pages of a listing overlap, the later entry is
    kept: it is nearer to how the store is now. More than `run` entries are sorted by parts, in
    temporary files, and merged (external merge sort: Knuth, The Art of Computer Programming,
    volume 3, 5.4).
    """
    coming = iter(entries)
    last: list[Listed] = []
    runs: list[IO[bytes]] = []
    try:
        while part := sorted(islice(coming, run), key=_PATH):
            if len(part) < run:
                last = part
                break
            runs.append(_written(part))
            if len(runs) == _WAYS:
                merged = _written(_merged(runs))
                _close(runs)
                runs = [merged]
        yield from _once(_merged(runs, last))
    finally:
        _close(runs)


def _merged(runs: list[IO[bytes]], last: Iterable[Listed] = ()) -> Iterator[Listed]:
    """Merge runs; of equal paths those of the earlier run come first."""
    return heapq.merge(*map(_read, runs), last, key=_PATH)


def _once(entries: Iterator[Listed]) -> Iterator[Listed]:
    """Leave out what the next entry says anew."""
    held = next(entries, None)
    for entry in entries:
        if held is not None and held.path != entry.path:
            yield held
        held = entry
    if held is not None:
        yield held


def _written(entries: Iterable[Listed]) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115 - closed with its run
    coming = map(_row, entries)
    while part := list(islice(coming, _PART)):
        marshal.dump(part, file)
    return file


def _row(entry: Listed) -> list[Any]:
    """Return an entry's values, as the plain ones that can be written."""
    values = list(_VALUES(entry))
    values[_STATUS] = entry.status.value
    if entry.flaws:
        values[_FLAWS] = [(f.what.value, f.told, f.expected, f.found) for f in entry.flaws]
    return values


def _read(file: IO[bytes]) -> Iterator[Listed]:
    end = file.seek(0, SEEK_END)
    file.seek(0)
    while file.tell() < end:
        for values in marshal.load(file):  # noqa: S302 - written by this very process
            values[_STATUS] = Status(values[_STATUS])
            values[_FLAWS] = tuple(Flaw(Breach(what), *rest) for what, *rest in values[_FLAWS])
            yield Listed(*values)


def _close(runs: list[IO[bytes]]) -> None:
    for file in runs:
        file.close()
