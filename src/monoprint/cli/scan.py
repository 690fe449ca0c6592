"""The verb `scan`."""

from pathlib import Path

import click

from monoprint.cli.options import (
    default_catalog,
    places,
    refuse_inside,
    scan_options,
    tell_estimate,
)


@click.command(
    "scan",
    epilog="""\b
Examples:
  monoprint scan /mnt/a
  monoprint scan landreg=/mnt/b --catalog postgresql://db.local/monoprint""",
)
@scan_options
def command(
    store: tuple[str, ...],
    named: tuple[str, ...],
    stores: Path | None,
    catalog: str | None,
    follow_symlinks: bool,
    verify: bool,
    iscc: bool,
    estimate: bool,
    as_json: bool,
) -> None:
    """Fingerprint stores into the catalog, and write no report.

    Interrupted, even killed, the next scan goes on where this one stopped.
    """
    wanted = places(store, named, stores)
    place = catalog or default_catalog()
    refuse_inside(wanted, None, place)
    if estimate:
        from monoprint.pipeline.scan import ScanOptions

        tell_estimate(place, wanted, ScanOptions(follow_symlinks, verify, iscc), as_json)
        return
    from monoprint.pipeline.workers import Workers

    with Workers() as workers:  # they start up while this process does
        workers.open((location for _, location in wanted), follow_symlinks=follow_symlinks)
        from monoprint.catalog.store import open_catalog
        from monoprint.cli import terminal
        from monoprint.pipeline.scan import ScanOptions, enter_stores, scan

        opened = open_catalog(place)
        with opened.lock():
            entered = enter_stores(opened, wanted)
            options = ScanOptions(follow_symlinks, verify, iscc)
            done = scan(opened, entered, options, workers, terminal.progress())
    terminal.say(
        f"{done.listed:,} entries listed, {done.read:,} read, {done.gone:,} gone since last time."
    )
