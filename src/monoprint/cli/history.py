"""The verb `history`."""

import json
from pathlib import Path

import click

from monoprint.cli.options import catalog_option, default_catalog, existing


@click.command(
    "history",
    epilog="""\b
Examples:
  monoprint history                              # everything, the oldest first
  monoprint history landreg:deeds/0042.tif       # an asset, wherever its content stood
  monoprint history 3f2a... --json               # a group or content, by its 64 digits
  monoprint history --verify --against plan.json""",
)
@click.argument("of", required=False, default="")
@click.option("--verify", is_flag=True, help="Prove that nothing was changed, removed or moved.")
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PLAN",
    help="A plan or journal, whose noted end of the history must still be in it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each row.")
@catalog_option
def command(
    of: str, verify: bool, against: tuple[Path, ...], as_json: bool, catalog: str | None
) -> None:
    """Say who decided what, when and why; with --verify, prove that it is whole."""
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.errors import HistoryBroken
    from monoprint.pipeline import reconcile
    from monoprint.review import chain

    opened = open_catalog(existing(catalog or default_catalog()))
    if verify or against:
        heads = [reconcile.noted_head(path) for path in against]
        found = chain.verify(opened, heads)
        if found.faults:
            for fault in found.faults[:20]:
                terminal.say(fault)
            raise HistoryBroken(
                f"the history is not whole: {len(found.faults):,} faults",
                advice="Compare the catalog with its backup; plans and journals note their end of "
                "the history.",
            )
        terminal.say(
            f"{found.rows:,} rows, none changed, removed or moved. The last one: "
            f"{found.head.seq} {found.head.digest.hex()}"
        )
        return
    for row in chain.read(opened, of):
        if as_json:
            terminal.say(
                json.dumps(
                    {"seq": row.seq, "at": row.at, "who": row.who, "act": row.act,
                     "subject": row.subject, "why": row.why, "what": json.loads(row.what),
                     "digest": row.digest.hex()},
                    ensure_ascii=False,
                )
            )  # fmt: skip
            continue
        what = json.loads(row.what)
        said = " ".join(
            ", ".join(what[name]) if name == "chosen" else str(what[name])
            for name in ("verdict", "action", "chosen", "purpose")
            if what.get(name)
        )
        terminal.say(
            f"{row.seq:>6}  {row.at[:19]}Z  {row.who}  {row.act} {row.subject}"
            + (f": {said}" if said else "")
            + (f" ({row.why})" if row.why else "")
        )
