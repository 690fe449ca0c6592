"""What an audit would cost, before it reads anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from monoprint.catalog.store import Catalog
from monoprint.model.asset import Store
from monoprint.pipeline.progress import Progress
from monoprint.pipeline.scan import ScanOptions, list_stores
from monoprint.pipeline.settle import TAKEN, Settling
from monoprint.sources.location import parse


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one store holds, and what a scan would read of it.

    `requests` are those of a store over a network: one for each entry that is read or asked for
    its checksum, 0 for a store of this machine. What breaks off and is tried again, and pictures
    that are looked at again to compare pairs of them, come on top.
    """

    store: str
    location: str
    entries: int
    bytes: int
    to_read: int
    bytes_to_read: int
    to_ask: int
    requests: int


def estimate(
    catalog: Catalog,
    stores: Sequence[tuple[int, Store]],
    options: ScanOptions,
    progress: Progress,
) -> tuple[Estimate, ...]:
    """List the stores into the catalog, and say what reading them would cost.

    What has been read and has not changed costs nothing. Raises as `monoprint.pipeline.scan.scan`.
    """
    list_stores(catalog, stores, options, progress)
    asked: dict[int, int] = {}
    saved: dict[int, tuple[int, int]] = {}
    if options.settles:
        asked, saved = Settling(catalog, stores).foresee()
    found = []
    for store_id, store in stores:
        files, size = catalog.left_to_read(
            store_id, TAKEN.format("%"), settled=options.settles, every=options.verify,
            lacking_iscc=options.iscc, lacking_local=options.local,
        )  # fmt: skip
        spared, spared_bytes = saved.get(store_id, (0, 0))
        to_ask = asked.get(store_id, 0)
        far = not parse(store.location).is_local
        found.append(
            Estimate(
                store.name, store.location, *catalog.listed_total(store_id), files - spared,
                size - spared_bytes, to_ask, (files - spared + to_ask) if far else 0,
            )
        )  # fmt: skip
    return tuple(found)
