"""The verb `review`."""

import tempfile
import webbrowser
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from monoprint.cli.options import (
    authority_option,
    catalog_option,
    default_catalog,
    existing,
    person_option,
)

if TYPE_CHECKING:
    from monoprint.catalog.store import Catalog

_PORT: Final = 8321


@click.command(
    "review",
    epilog="""\b
Examples:
  monoprint review --catalog catalog.sqlite
  monoprint review --catalog catalog.sqlite --as ada --invite grace
  monoprint review --catalog postgresql://db/monoprint --as grace --port 8400 --no-browser""",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="The port on this machine; 0 takes any that is free.",
)
@click.option("--no-browser", is_flag=True, help="Only print the link.")
@click.option(
    "--invite",
    multiple=True,
    metavar="NAME",
    help="Print a link for somebody else too; may be given again and again.",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The keep rules (TOML) that suggestions are made by [default: a built-in order].",
)
@person_option
@authority_option
@catalog_option
def command(
    port: int,
    no_browser: bool,
    invite: tuple[str, ...],
    rules: Path | None,
    person: str,
    authority: Path | None,
    catalog: str | None,
) -> None:
    """Open the review desk in the browser: see each group, and say what stays.

    The desk is reached from this machine alone, by a link that opens once. It changes nothing in
    a store. Ctrl-C closes it.
    """
    from monoprint.errors import MissingExtra

    try:
        from monoprint.service.desk import Desk, open_desk
        from monoprint.service.serve import serve
    except ImportError as error:
        raise MissingExtra(
            f"the review desk needs a package that is not installed: {error.name}",
            advice="pip install 'monoprint[desk]'",
        ) from error
    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.pipeline.workers import Workers
    from monoprint.review import people

    place = existing(catalog or default_catalog())
    opened = open_catalog(place)
    _enter_first(opened, person)
    names = list(dict.fromkeys((person, *invite)))
    for name in names:
        people.known(opened, name)  # before anything is started

    with tempfile.TemporaryDirectory(prefix="monoprint-") as folder, Workers() as workers:

        def desk(port: int) -> Desk:
            return open_desk(
                opened, workers, plans_folder(place), port,
                rules_file=rules, authority_file=authority,
            )  # fmt: skip

        def tell(address: str) -> None:
            links = {name: f"{address}/enter#{people.link_token(opened, name)}" for name in names}
            for name, link in links.items():
                terminal.say(f"{name}: {link}")
            terminal.say("Each link opens once, within ten minutes. Ctrl-C closes the desk.")
            if not no_browser:
                _open(links[person], Path(folder))

        try:
            serve(desk, port, tell)
        except KeyboardInterrupt:
            terminal.say("The desk is closed. What was decided is in the catalog.")


def plans_folder(catalog: str) -> Path:
    """Return where plans of a catalog go: beside its file, else to the user's data folder."""
    beside = default_catalog() if "://" in catalog else catalog
    return Path(beside).absolute().parent / "plans"


def _enter_first(catalog: "Catalog", name: str) -> None:
    """Make whoever opens the first desk of a catalog known to it, as one who may approve."""
    from monoprint.model.review import Duty
    from monoprint.review import people

    if not people.everybody(catalog):
        people.add(catalog, name, Duty.APPROVER)


def _open(link: str, folder: Path) -> None:
    """Open a link in the browser by way of a file that only this user can read.

    The words that a program is started with can be read by everybody on the machine.
    """
    page = folder / "desk.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="refresh" content="0; url={escape(link)}"><title>Monoprint</title>',
        encoding="utf-8",
    )
    webbrowser.open(page.as_uri())
