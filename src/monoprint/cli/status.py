"""The verb `status`."""

import json
from dataclasses import asdict

import click

from monoprint.cli.options import catalog_option, default_catalog


@click.command(
    "status",
    epilog="""\b
Examples:
  monoprint status
  monoprint status --json --catalog a.sqlite""",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@catalog_option
def command(catalog: str | None, as_json: bool) -> None:
    """Say what the catalog holds: its stores, and how many of their files were read."""
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal

    place = catalog or default_catalog()
    opened = open_catalog(place)
    rows = []
    for name, (store_id, store) in opened.stores().items():
        totals, pending = opened.counts(store_id)
        counts = {k: v for k, v in asdict(totals).items() if not k.endswith(("_files", "_bytes"))}
        rows.append({"name": name, "location": store.location, "pending": pending, **counts})
    if as_json:
        terminal.say(
            json.dumps(
                {"catalog": place.encode("utf-8", "backslashreplace").decode(), "stores": rows},
                indent=1,
                ensure_ascii=False,
            )
        )
        return
    terminal.say(f"Catalog: {place}")
    if not rows:
        terminal.say("It holds no store yet. Begin with: monoprint audit FOLDER --out report")
    for row in rows:
        terminal.say(
            f"{row['name']}  ({row['location']})\n"
            f"  {row['files']:,} files, {terminal.size(row['bytes'])}: {row['ok']:,} ok, "
            + (f"{row['container']:,} opened, " if row["container"] else "")
            + (f"{row['listed']:,} settled by size and checksum, " if row["listed"] else "")
            + f"{row['unreadable']:,} unreadable, {row['unsupported']:,} unsupported, "
            f"{row['refused']:,} refused"
            + (f"; {row['pending']:,} still to be read" if row["pending"] else "")
        )
