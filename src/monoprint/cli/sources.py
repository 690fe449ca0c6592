"""The verb `sources`."""

import json
from pathlib import Path

import click


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
    """Say what kinds of stores can be read here, what is missing, and how to get it.

    With a file of STORES, also say of each store in it what kind it is and whether it can be read.
    """
    from monoprint.cli import terminal
    from monoprint.sources import credentials
    from monoprint.sources.kinds import KINDS, kind_of
    from monoprint.sources.location import parse
    from monoprint.sources.stores import load

    kinds = [
        {
            "what": kind.what,
            "schemes": list(kind.schemes),
            "example": kind.example,
            "missing": list(kind.missing()),
            "install": f"pip install 'monoprint[{kind.extra}]'" if kind.missing() else "",
        }
        for kind in KINDS
    ]
    named = []
    for name, where in {} if stores is None else load(stores).items():
        location = parse(where)
        its = kind_of(location.scheme) if location.scheme else None
        known = not location.scheme or its is not None
        missing = list(its.missing()) if its else []
        named.append({"name": name, "location": where, "known": known, "missing": missing})
    if as_json:
        terminal.say(json.dumps({"kinds": kinds, "stores": named}, indent=1, ensure_ascii=False))
        return
    terminal.say("Folders and files of this machine\n  ready        monoprint audit ~/Pictures")
    for kind in kinds:
        state = f"needs        {kind['install']}" if kind["missing"] else "ready       "
        terminal.say(f"{kind['what']}\n  {state} monoprint audit '{kind['example']}'")
    for store in named:
        ready = "ready" if store["known"] and not store["missing"] else "cannot be read yet"
        terminal.say(f"{store['name']}: {ready}  ({store['location']})")
    terminal.say(
        f"\nCredentials are named (#credentials=NAME) and looked for in the environment, as\n"
        f"{credentials.variable('NAME', 'password')}, and in {credentials.place()}."
    )
