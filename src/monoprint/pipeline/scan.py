"""Scanning: bring the catalog up to date with what the stores hold."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any, Final

from monoprint.catalog.store import Catalog, Known, Pending
from monoprint.errors import MonoprintError, UsageError
from monoprint.fingerprints import iscc
from monoprint.imaging import limits
from monoprint.model.asset import UNKNOWN_SIZE, Listed, Status, Store
from monoprint.model.fingerprint import KEYPOINT, LocalCode, PdqCode
from monoprint.model.fixity import Breach, Flaw
from monoprint.model.reading import Reading
from monoprint.pipeline.interrupts import held
from monoprint.pipeline.progress import Progress
from monoprint.pipeline.settle import TAKEN, Settling
from monoprint.pipeline.workers import AHEAD, AHEAD_FAR, Workers
from monoprint.sources.location import Location, parse
from monoprint.sources.opening import locate, open_source

# A kill loses at most what was read since the last batch: this many files or seconds.
_BATCH_FILES: Final = 500
_BATCH_SECONDS: Final = 2.0

_LISTING_BATCH: Final = 10_000

# A colon stands between a store's name and a path in reports.
_PLAIN: Final = str.maketrans(":\\=#,", "_____")


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How to scan: follow symbolic links, read unchanged files again, make more than PDQ codes.

    `iscc` asks for ISCC codes, `local` for local features, of all files that lack them. `exact`
    says that only identical bytes are asked for, so that what sizes and checksums settle is not
    read over a network.
    """

    follow_symlinks: bool = False
    verify: bool = False
    iscc: bool = False
    local: bool = False
    exact: bool = False

    @property
    def settles(self) -> bool:
        """Whether sizes and checksums are enough where they say enough."""
        return self.exact and not (self.verify or self.iscc)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did: entries listed, files read now, and entries that had gone since."""

    listed: int
    read: int
    gone: int


def enter_stores(
    catalog: Catalog, places: Sequence[tuple[str | None, str]]
) -> list[tuple[int, Store]]:
    """Find or make the catalog's stores for places given as (name or None, location).

    A place without a name keeps the one it has, or gets its folder's, with as many parents as
    make it unique; a place that is known by another name is renamed. Raises
    StoreError for a folder that is not there, UsageError for stores inside each other, one name
    for two places, or a name that is taken by another place, MissingExtra for a kind of store whose
    packages are not installed.
    """
    located = [locate(place) for _, place in places]
    _refuse_overlaps(located)
    locations = [str(location) for location in located]
    known = catalog.stores()
    by_location = {store.location: name for name, (_, store) in known.items()}
    chosen: list[tuple[int, Store]] = []
    taken = {name: store.location for name, (_, store) in known.items()}
    for (name, folder), location in zip(places, locations, strict=True):
        before = by_location.get(location)
        if name is not None and before is not None and name != before and name not in taken:
            catalog.rename_store(known[before][0], name)
            known[name] = known.pop(before)
            del taken[before]
        name = name or before or _free_name(location, taken)
        if taken.setdefault(name, location) != location:
            raise UsageError(
                f"the name {name} stands for {taken[name]} in this catalog, not for {folder}",
                advice="Give the store another --name, or use another --catalog.",
            )
        store = Store(name, location)
        store_id = known[name][0] if name in known else catalog.add_store(store)
        chosen.append((store_id, store))
    return chosen


def _refuse_overlaps(locations: Sequence[Location]) -> None:
    for first, second in permutations(locations, 2):
        if first.holds(second):
            raise UsageError(
                f"{second} lies in {first}: its files would be counted twice",
                advice="Name only one of the two.",
            )


def _free_name(location: str, taken: dict[str, str]) -> str:
    plain = parse(location).place.translate(_PLAIN)
    parts = [part for part in plain.split("/") if part] or ["root"]
    for depth in range(1, len(parts) + 1):
        name = "-".join(parts[-depth:])
        if name not in taken:
            return name
    return plain


def scan(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    options: ScanOptions,
    workers: Workers,
    progress: Progress,
) -> Scanned:
    """List the stores, then read what is new or changed, committing as it goes.

    Interrupted at any point, even killed, the next scan goes on from the last batch. Raises
    MissingExtra if ISCC codes are asked for and cannot be made.
    """
    store_ids = [store_id for store_id, _ in stores]
    listed, gone = list_stores(catalog, stores, options, progress)
    if options.verify:
        catalog.read_again(store_ids)
    elif options.iscc or options.local:
        catalog.read_again(store_ids, lacking_iscc=options.iscc, lacking_local=options.local)
    return Scanned(listed, _read(catalog, stores, options, workers, progress), gone)


def list_stores(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    options: ScanOptions,
    progress: Progress,
) -> tuple[int, int]:
    """List the stores into the catalog; return how many entries there are, and how many went.

    Raises as `scan`.
    """
    if options.iscc:
        iscc.require()
    catalog.retry_failures([store_id for store_id, _ in stores])
    listed = gone = 0
    for store_id, store in stores:
        with progress.stage(f"Listing {store.name}", None) as advance:
            for entries, vanished in _list(catalog, store_id, store, options):
                listed += entries
                gone += vanished
                advance(entries)
    return listed, gone


def _list(
    catalog: Catalog, store_id: int, store: Store, options: ScanOptions
) -> Iterator[tuple[int, int]]:
    """Merge a store's listing with the catalog's, both in path order; yield counts by batch."""
    source = open_source(
        store.location,
        follow_symlinks=options.follow_symlinks,
        max_bytes=limits.MAX_FILE_BYTES,
    )
    new: list[Listed] = []
    changed: list[tuple[int, Listed]] = []
    relinked: list[tuple[int, Listed]] = []
    gone: list[int] = []
    entries = 0
    for listed, known in _merge(source.listing(), catalog.known(store_id)):
        if listed is None:
            if known is not None:
                gone.append(known.id)
        else:
            entries += 1
            if known is None:
                new.append(listed)
            elif known.listed != _sized(listed, known.listed):
                moved = _same_content(known.listed, listed)
                (relinked if moved else changed).append((known.id, listed))
        if entries + len(gone) >= _LISTING_BATCH:
            with held():
                catalog.list_entries(store_id, new, changed, relinked, gone)
            yield entries, len(gone)
            new, changed, relinked, gone, entries = [], [], [], [], 0
    with held():
        catalog.list_entries(store_id, new, changed, relinked, gone)
    if not source.atomic:
        catalog.note_listing(store_id, datetime.now(UTC).isoformat(timespec="seconds"))
    source.close()
    yield entries, len(gone)


def _sized(listed: Listed, known: Listed) -> Listed:
    """Give an entry whose store does not tell its size the one that was found in reading it."""
    return replace(listed, bytes=known.bytes) if listed.bytes == UNKNOWN_SIZE else listed


def _same_content(known: Listed, listed: Listed) -> bool:
    """Say whether two listings of one entry differ in nothing that its bytes depend on."""
    listed = _sized(listed, known)
    other = replace(known, device=listed.device, links=listed.links, attributes=listed.attributes)
    return other == listed


def _merge(
    listing: Iterator[Listed], known: Iterator[Known]
) -> Iterator[tuple[Listed | None, Known | None]]:
    """Pair two sorted streams by path; None stands where one of them lacks a path."""
    here, there = next(listing, None), next(known, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here.path < there.listed.path):
            yield here, None
            here = next(listing, None)
        elif here is None or there.listed.path < here.path:
            yield None, there
            there = next(known, None)
        else:
            yield here, there
            here, there = next(listing, None), next(known, None)


def _read(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    options: ScanOptions,
    workers: Workers,
    progress: Progress,
) -> int:
    """Read what is pending, then what was found to lie in it, until nothing is left."""
    store_ids = [store_id for store_id, _ in stores]
    settling = None
    if options.settles:
        settling = Settling(catalog, stores)
    else:
        catalog.unsettle(store_ids, TAKEN.format("%"))
    read = 0
    while True:
        if settling is not None:
            settling.settle(progress)
        total = catalog.pending_total(store_ids)[0]
        if not total:
            return read
        what = "Reading what lies in archives and documents" if read else "Reading pictures"
        _read_pending(catalog, stores, options, workers, progress, what, total)
        read += total


def _read_pending(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    options: ScanOptions,
    workers: Workers,
    progress: Progress,
    what: str,
    total: int,
) -> None:
    store_ids = [store_id for store_id, _ in stores]
    locations = {store_id: store.location for store_id, store in stores}
    far = not all(parse(location).is_local for location in locations.values())

    def tasks() -> Iterator[tuple[Pending, dict[str, Any]]]:
        for pending in catalog.pending(store_ids):
            yield (
                pending,
                {
                    "do": "read",
                    "location": locations[pending.store_id],
                    "path": pending.path,
                    "checksum": pending.checksum,
                    "modified_ns": pending.modified_ns,
                    "bytes": pending.bytes,
                    "follow_symlinks": options.follow_symlinks,
                    "iscc": options.iscc or pending.iscc,
                    "local": options.local or pending.local,
                },
            )

    batch: list[tuple[int, Reading]] = []

    def record() -> None:
        with held():
            catalog.record(batch)
            batch.clear()

    due = time.monotonic() + _BATCH_SECONDS
    with progress.stage(what, total) as advance:
        try:
            for pending, answer in workers.answers(tasks(), AHEAD_FAR if far else AHEAD):
                batch.append((pending.id, _reading(answer)))
                advance(1)
                if len(batch) >= _BATCH_FILES or time.monotonic() >= due:
                    record()
                    due = time.monotonic() + _BATCH_SECONDS
        finally:
            record()  # an interrupt keeps what has been read


def _reading(answer: dict[str, Any]) -> Reading:
    """Make a Reading of a worker's answer; what it says is checked by the types it must have."""
    return Reading(
        status=Status(answer["status"]),
        reason=str(answer.get("reason", "")),
        note=str(answer.get("note", "")),
        format=str(answer.get("format", "")),
        bytes=int(answer.get("bytes", 0)),
        modified_ns=int(answer.get("modified_ns", 0)),
        width=_number(answer.get("width")),
        height=_number(answer.get("height")),
        frames=_number(answer.get("frames")),
        sha256=_octets(answer.get("sha256"), 32),
        sketch=_octets(answer.get("sketch"), 17),
        iscc=answer.get("iscc"),
        codes=tuple(
            PdqCode(int(frame), _code(code, 32), _code(turned, 224), int(quality))
            for frame, code, turned, quality in answer.get("codes", ())
        ),
        features=_features(answer.get("features")),
        derived=str(answer.get("derived", "")),
        attributes=_attributes(answer.get("attributes", ())),
        members=tuple(_member(*member) for member in answer.get("members", ())),
        flaws=tuple(_flaw(*flaw) for flaw in answer.get("flaws", ())),
    )


def _attributes(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(name), str(told)) for name, told in value))


def _member(path: str, size: int, modified_ns: int, barred: str, status: str) -> Listed:
    return Listed(str(path), int(size), int(modified_ns), barred=str(barred), status=Status(status))


def _flaw(what: str, told: str, expected: str, found: str) -> Flaw:
    return Flaw(Breach(what), str(told), str(expected), str(found))


def _features(value: Any) -> tuple[LocalCode, ...] | None:
    if value is None:
        return None
    return tuple(
        LocalCode(int(frame), int(width), int(height), _keypoints(keypoints), _layout(layout))
        for frame, width, height, keypoints, layout in value
    )


def _keypoints(value: Any) -> bytes:
    keypoints = bytes.fromhex(value)
    if len(keypoints) % KEYPOINT.itemsize:
        raise MonoprintError(f"a worker gave keypoints of {len(keypoints)} bytes")
    return keypoints


def _layout(value: Any) -> bytes:
    return _code(value, 32) if value else b""


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _octets(value: Any, length: int) -> bytes | None:
    return None if value is None else _code(value, length)


def _code(value: Any, length: int) -> bytes:
    code = bytes.fromhex(value)
    if len(code) != length:
        raise MonoprintError(f"a worker gave a code of {len(code)} bytes instead of {length}")
    return code
