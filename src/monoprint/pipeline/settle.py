"""What sizes and checksums settle without a download, where only identical bytes are asked for.

An entry of a store over a network or a database that is of a size of its own is no copy of
anything. Of those of one size, entries with equal checksums are one content, of which one is read;
an entry whose checksum differs from those of all others is no copy either. What has no checksum
that can be compared is read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import chain, groupby
from typing import Final

from monoprint.catalog.store import Catalog, Sized
from monoprint.errors import Unread
from monoprint.imaging import limits
from monoprint.model.asset import Status, Store
from monoprint.pipeline.interrupts import held
from monoprint.pipeline.progress import Progress
from monoprint.sources.interface import Source, Vouching
from monoprint.sources.location import parse
from monoprint.sources.opening import open_source

BY_SIZE: Final = "not read: no other entry is of its size"
_BY_CHECKSUM: Final = "not read: no other entry of its size has its checksum ({})"
_IN_PLACE: Final = "its checksum is that of an entry that is read in its place"
TAKEN: Final = "content told by the store's {}, not read"

# What may hold other files, by the end of its name: the listing does not tell what lies in it, so
# that it is read.
HOLDING: Final = (
    ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".pdf", ".docx", ".pptx", ".xlsx",
    ".odt", ".odp", ".ods", ".odg",
)  # fmt: skip

# Entries that stores are asked about together, and how many at a time.
_TOGETHER: Final = 4_000
_ASKED: Final = 16


class Settling:
    """Decides what has to be read of the stores over a network; asks each entry's store once."""

    def __init__(self, catalog: Catalog, stores: Sequence[tuple[int, Store]]) -> None:
        self._catalog = catalog
        self._ids = [store_id for store_id, _ in stores]
        self._far = [store_id for store_id, store in stores if not parse(store.location).is_local]
        self._stores = dict(stores)
        self._vouched: dict[int, frozenset[str]] = {}

    def settle(self, progress: Progress) -> None:
        """Set aside what need not be read, and ask for what must be after all.

        To be done again after each reading: it may show what lies in containers, and gives what
        others take over.
        """
        if not self._far:
            return
        with held():
            self._catalog.settle_by_size(self._ids, self._far, BY_SIZE, HOLDING)
        with progress.stage("Asking for checksums", None) as advance:
            for classes in _together(self._catalog.sharing_size(self._ids, self._far)):
                advance(self._ask(entry for members in classes for entry in members))
                settled: dict[int, str] = {}
                wanted: list[int] = []
                taken: dict[int, tuple[int, str]] = {}
                for members in classes:
                    self._decide(members, settled, wanted, taken)
                with held():
                    self._catalog.settle(settled, wanted, taken)

    def foresee(self) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
        """Return what settling would come to, if the listed checksums are what they seem.

        That is by store, how many entries would be asked for their checksums; and of how many that
        are still to be read, and of how many bytes, it would save the reading. Nothing is asked.
        """
        self._catalog.settle_by_size(self._ids, self._far, BY_SIZE, HOLDING)
        asked: Counter[int] = Counter()
        saved: dict[int, tuple[int, int]] = {}
        with self._opened(self._far) as sources:
            told = {n: source for n, source in sources.items() if isinstance(source, Vouching)}
        for classes in _together(self._catalog.sharing_size(self._ids, self._far)):
            for members in classes:
                settled: dict[int, str] = {}
                taken: dict[int, tuple[int, str]] = {}
                for entry in members:
                    if entry.store_id in told and not entry.is_inside:
                        asked[entry.store_id] += told[entry.store_id].is_asked
                        self._vouched[entry.id] = frozenset({entry.checksum} - {""})
                self._decide(members, settled, [], taken)
                for entry in members:
                    if entry.id in settled or entry.id in taken:
                        count, size = saved.get(entry.store_id, (0, 0))
                        saved[entry.store_id] = (count + 1, size + entry.bytes)
            self._vouched.clear()
        return dict(asked), saved

    def _ask(self, entries: Iterable[Sized]) -> int:
        """Ask the stores what they vouch for, where that is not known; return how many."""
        unknown: list[Sized] = []
        for entry in entries:
            if entry.id in self._vouched or entry.store_id not in self._far:
                continue
            if entry.status is Status.LISTED and entry.reason == _settled(entry.checksum):
                self._vouched[entry.id] = frozenset({entry.checksum})
            else:
                unknown.append(entry)
        with (
            self._opened({entry.store_id for entry in unknown}) as sources,
            ThreadPoolExecutor(_ASKED) as pool,
        ):

            def vouched(entry: Sized) -> frozenset[str]:
                source = sources[entry.store_id]
                if not isinstance(source, Vouching):
                    return frozenset()
                try:
                    return source.checksums(entry.path, entry.checksum)
                except Unread:
                    return frozenset()  # reading it will say why

            for entry, checksums in zip(unknown, pool.map(vouched, unknown), strict=True):
                self._vouched[entry.id] = checksums
        return len(unknown)

    @contextmanager
    def _opened(self, store_ids: Iterable[int]) -> Iterator[dict[int, Source]]:
        """Open the sources of stores, by the stores' ids."""
        with ExitStack() as stack:
            sources: dict[int, Source] = {}
            for store_id in store_ids:
                sources[store_id] = open_source(
                    self._stores[store_id].location,
                    follow_symlinks=False,
                    max_bytes=limits.MAX_FILE_BYTES,
                )
                stack.callback(sources[store_id].close)
            yield sources

    def _decide(
        self,
        members: Sequence[Sized],
        settled: dict[int, str],
        wanted: list[int],
        taken: dict[int, tuple[int, str]],
    ) -> None:
        """Decide about the entries of one size, which come in the order of stores and paths."""
        told = [self._checksums(entry) for entry in members]
        standing: dict[str, tuple[int, Sized]] = {}
        having: Counter[str] = Counter()
        several: Counter[str] = Counter(chain.from_iterable(told))
        for place, (entry, checksums) in enumerate(zip(members, told, strict=True)):
            having.update({_algorithm(checksum) for checksum in checksums})
            for checksum in checksums:
                before = standing.get(checksum)
                if before is None or _rank(place, entry) < _rank(*before):
                    standing[checksum] = (place, entry)
        for entry, checksums in zip(members, told, strict=True):
            if entry.is_read or entry.store_id not in self._far or entry.is_inside:
                continue
            why = ""
            alike = [checksum for checksum in checksums if several[checksum] > 1]
            if alike:
                checksum = min(alike, key=lambda each: _rank(*standing[each]))
                leader = standing[checksum][1]
                if leader.sha256 is not None:
                    taken[entry.id] = (leader.id, TAKEN.format(_algorithm(checksum)))
                    continue
                why = "" if leader is entry else _IN_PLACE
            else:
                apart = [c for c in checksums if having[_algorithm(c)] == len(members)]
                why = _settled(min(apart)) if apart else ""
            if why:
                settled[entry.id] = why
            elif entry.status is Status.LISTED:
                wanted.append(entry.id)

    def _checksums(self, entry: Sized) -> frozenset[str]:
        """Return what is known of an entry's content: what was read, or its store vouches for."""
        known = self._vouched.get(entry.id, frozenset())
        return known if entry.sha256 is None else known | {f"sha-256:{entry.sha256.hex()}"}


def _rank(place: int, entry: Sized) -> tuple[bool, bool, int]:
    """Rank equal entries as to which stands for them: one that was read, else the first."""
    return (entry.sha256 is None, entry.failed, place)


def _settled(checksum: str) -> str:
    return _BY_CHECKSUM.format(_algorithm(checksum))


def _algorithm(checksum: str) -> str:
    return checksum.partition(":")[0].upper()


def _together(entries: Iterator[Sized]) -> Iterator[list[list[Sized]]]:
    """Gather the entries of each size, and so many sizes that stores can be asked at once."""
    gathered: list[list[Sized]] = []
    count = 0
    for _, members in groupby(entries, key=lambda entry: entry.bytes):
        gathered.append(list(members))
        count += len(gathered[-1])
        if count >= _TOGETHER:
            yield gathered
            gathered, count = [], 0
    if gathered:
        yield gathered
