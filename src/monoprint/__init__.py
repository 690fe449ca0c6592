"""Monoprint: a hash-based audit of duplicated images.

    catalog = monoprint.open_catalog("catalog.sqlite")
    monoprint.scan(catalog, {"landreg": "/mnt/a", "housing": "/mnt/b"})
    found = monoprint.audit(catalog, {"landreg": "/mnt/a", "housing": "/mnt/b"})

Decoding happens in child processes, so a script that calls these needs no guard of its own.
"""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from monoprint.version import VERSION as __version__  # noqa: N811 - the name Python asks for

if TYPE_CHECKING:
    from monoprint.catalog.store import Catalog
    from monoprint.model.finding import Audit, Definition
    from monoprint.pipeline.scan import Scanned, ScanOptions

__all__ = ["__version__", "audit", "open_catalog", "scan"]


def open_catalog(where: str | os.PathLike[str]) -> "Catalog":
    """Open the catalog at a path (SQLite) or URL (PostgreSQL), making it if need be.

    Raises CatalogError or MissingExtra.
    """
    from monoprint.catalog.store import open_catalog as opened

    return opened(where)


def scan(
    catalog: "Catalog",
    stores: Mapping[str, str | os.PathLike[str]],
    options: "ScanOptions | None" = None,
) -> "Scanned":
    """Bring the catalog up to date with stores, given as folders by name.

    Raises StoreError, UsageError, CatalogError or CatalogBusy.
    """
    from monoprint.pipeline import scan as scanning
    from monoprint.pipeline.progress import Silent
    from monoprint.pipeline.workers import Workers

    with catalog.lock(), Workers() as workers:
        entered = scanning.enter_stores(catalog, _places(stores))
        return scanning.scan(catalog, entered, options or scanning.ScanOptions(), workers, Silent())


def audit(
    catalog: "Catalog",
    stores: Mapping[str, str | os.PathLike[str]],
    definition: "Definition | None" = None,
    *,
    follow_symlinks: bool = False,
    differing: Sequence[str] = (),
    matrix: Sequence[str] = (),
) -> "Audit":
    """Find the copies among stores that were scanned into the catalog, for report and review.

    `follow_symlinks` as in the scan; `differing` and `matrix` name attributes, as in
    `monoprint.pipeline.audit.Asked`. Raises UsageError if some of their files are still to be
    read, StoreError, CatalogError or CatalogBusy.
    """
    from monoprint.errors import UsageError
    from monoprint.model.finding import Definition
    from monoprint.pipeline import audit as auditing
    from monoprint.pipeline.progress import Silent
    from monoprint.pipeline.reconcile import record
    from monoprint.pipeline.scan import enter_stores
    from monoprint.pipeline.workers import Workers

    with catalog.lock(), Workers() as workers:
        entered = enter_stores(catalog, _places(stores))
        pending, _ = catalog.pending_total([store_id for store_id, _ in entered])
        if pending:
            raise UsageError(f"{pending:,} files are still to be read", advice="Scan first.")
        asked = auditing.Asked(tuple(differing), tuple(matrix))
        found = auditing.find(
            catalog, entered, definition or Definition(), follow_symlinks, workers, Silent(), asked
        )
        record(catalog, entered, found)
        return found


def _places(stores: Mapping[str, str | os.PathLike[str]]) -> list[tuple[str | None, str]]:
    return [(name, os.fspath(folder)) for name, folder in stores.items()]
