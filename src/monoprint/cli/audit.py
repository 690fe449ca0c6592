"""The verb `audit`."""

from pathlib import Path

import click

from monoprint.cli.options import (
    default_catalog,
    places,
    refuse_inside,
    scan_options,
    tell_estimate,
)
from monoprint.errors import UnreadFiles, UsageError


@click.command(
    "audit",
    epilog="""\b
Examples:
  monoprint audit ~/Pictures --out report
  monoprint audit housing=/mnt/a landreg=/mnt/b --out report
  monoprint audit stores.toml --out report
  monoprint audit /mnt/a --out report --level exact --catalog a.sqlite
  monoprint audit 'listings.csv#path=photo,id=id,number=no' --out report --differing number
  monoprint audit bag:/mnt/bags ocfl:/mnt/ocfl --out report --verify --strict
  monoprint audit https://example.org/book1/manifest.json --out report
  monoprint audit s3://scans/2024 --level exact --estimate""",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write the report to. [required unless --estimate]",
)
@click.option(
    "--level",
    type=click.Choice(["exact", "visual", "deep"]),
    default="deep",
    show_default=True,
    help="exact: identical bytes and pixels. visual: similar codes too, which nobody has looked "
    "at. deep: crops, overlays and collages too, each match verified and named.",
)
@click.option(
    "--differing",
    multiple=True,
    metavar="NAME",
    help="Gather the groups whose files differ in this attribute, as one photo under two property "
    "numbers does; may be given again and again.",
)
@click.option(
    "--matrix",
    multiple=True,
    metavar="NAME",
    help="Count which values of this attribute share pictures, as is done for stores; may be given "
    "again and again.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="End with code 10 if any file was unreadable, refused or is not as its manifest says.",
)
@scan_options
def command(
    store: tuple[str, ...],
    named: tuple[str, ...],
    stores: Path | None,
    out: Path | None,
    level: str,
    catalog: str | None,
    follow_symlinks: bool,
    verify: bool,
    iscc: bool,
    differing: tuple[str, ...],
    matrix: tuple[str, ...],
    strict: bool,
    estimate: bool,
    as_json: bool,
) -> None:
    """Find the copies in one or more stores, and write a report.

    A store is a folder, a file, or one of the kinds that `monoprint sources` lists; what archives
    and documents hold is looked into. Files that have not changed since the last scan are not read
    again. Nothing in a store is changed.
    """
    wanted = places(store, named, stores)
    place = catalog or default_catalog()
    refuse_inside(wanted, out, place)
    if estimate:
        from monoprint.pipeline.scan import ScanOptions

        options = ScanOptions(follow_symlinks, verify, iscc, level == "deep", level == "exact")
        tell_estimate(place, wanted, options, as_json)
        return
    if out is None:
        raise UsageError("no folder is named for the report", advice="Add --out DIR.")
    from monoprint.pipeline.workers import Workers

    with Workers() as workers:  # they start up while this process does
        workers.open((location for _, location in wanted), follow_symlinks=follow_symlinks)
        from monoprint.catalog.store import open_catalog
        from monoprint.cli import terminal
        from monoprint.model.finding import Definition, Level
        from monoprint.model.fixity import Breach
        from monoprint.pipeline.audit import Asked, find, write_report
        from monoprint.pipeline.reconcile import record
        from monoprint.pipeline.scan import ScanOptions, enter_stores, scan

        definition = Definition.at(Level(level))
        progress = terminal.progress()
        opened = open_catalog(place)
        with opened.lock():
            entered = enter_stores(opened, wanted)
            local = definition.level is Level.DEEP
            exact = definition.level is Level.EXACT
            options = ScanOptions(follow_symlinks, verify, iscc, local, exact)
            scan(opened, entered, options, workers, progress)
            asked = Asked(tuple(dict.fromkeys(differing)), tuple(dict.fromkeys(matrix)))
            audit = find(opened, entered, definition, follow_symlinks, workers, progress, asked)
            record(opened, entered, audit)
            write_report(opened, entered, audit, out, follow_symlinks, workers, progress)
    terminal.say(terminal.summary(audit, str(out / "report.html")))
    missed = audit.totals.unreadable + audit.totals.refused
    broken = sum(finding.what is not Breach.DOUBTFUL for finding in audit.fixity)
    if strict and (missed or broken):
        raise UnreadFiles(
            f"{missed:,} files were unreadable or refused, {broken:,} fixity findings",
            advice=f"They are listed with their reasons in {out / 'files.csv'} and "
            f"{out / 'fixity.csv'}.",
        )
