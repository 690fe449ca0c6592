"""The verb `sources`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from monoprint.sources.kinds import FileKind, Kind


@click.command(
    "sources",
    epilog="""\b
Examples:
  monoprint sources
  monoprint sources stores.toml
  monoprint sources --json""",
)
@click.argument("stores", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def command(stores: Path | None, as_json: bool) -> None:
    """Say what kinds of stores and files can be read here, what is missing, and how to get it.

    With a file of STORES, also say of each store in it what kind it is and whether it can be read.
    """
    from monoprint.cli import terminal
    from monoprint.sources import credentials
    from monoprint.sources.kinds import FILES, KINDS
    from monoprint.sources.stores import load

    kinds = [_told(kind) | {"schemes": kind.schemes, "example": kind.example} for kind in KINDS]
    files = [_told(kind) for kind in FILES]
    named = []
    for name, where in {} if stores is None else load(stores).items():
        why = _why_not(where)
        named.append({"name": name, "location": where, "ready": not why, "why": why})
    if as_json:
        told = {"kinds": kinds, "files": files, "stores": named}
        terminal.say(json.dumps(told, indent=1, ensure_ascii=False))
        return
    terminal.say("Stores: a folder or file of this machine, and")
    for each in kinds:
        terminal.say(
            f"  {each['install'] or 'ready':<32} {each['what']}\n{'':<35}{each['example']}"
        )
    terminal.say("\nFiles in them: pictures, zip, tar, office documents, TIFF pages, and")
    for each in files:
        terminal.say(f"  {each['install'] or 'ready':<32} {each['what']}")
    if named:
        terminal.say("\nNamed stores")
    for store in named:
        state = "ready" if store["ready"] else "cannot be read yet"
        terminal.say(f"  {state:<32} {store['name']}: {store['location']}")
        if store["why"]:
            terminal.say(f"{'':<35}{store['why']}")
    terminal.say(
        f"\nCredentials are named (#credentials=NAME) and looked for in the environment, as\n"
        f"{credentials.variable('NAME', 'password')}, and in {credentials.place()}."
    )


def _why_not(where: str) -> str:
    """Say why a store cannot be opened here, "" if it can. No server is asked."""
    from monoprint.errors import MonoprintError
    from monoprint.imaging import limits
    from monoprint.sources.opening import locate, open_source

    try:
        open_source(
            str(locate(where)), follow_symlinks=False, max_bytes=limits.MAX_FILE_BYTES
        ).close()
    except MonoprintError as error:
        return f"{error}. {error.advice}".rstrip()
    return ""


def _told(kind: "Kind | FileKind") -> dict[str, Any]:
    from monoprint.sources.kinds import install, missing

    lacking = missing(kind)
    return {"what": kind.what, "missing": lacking, "install": install(kind) if lacking else ""}
