"""Options that several verbs share, and what they mean."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from monoprint.errors import UsageError

if TYPE_CHECKING:
    from monoprint.catalog.store import Catalog
    from monoprint.pipeline.scan import ScanOptions

Command = TypeVar("Command", bound=Callable[..., Any])

# A store's name stands before a colon in reports and before `=` here.
_NAME: Final = re.compile(r"[^:=/\\#?\r\n\t]+")
_NAMED: Final = re.compile(rf"({_NAME.pattern})=(.+)", re.DOTALL)


def default_catalog() -> str:
    """Return the catalog's place when none is named: the user's data folder (XDG on Linux)."""
    import platformdirs

    return str(Path(platformdirs.user_data_dir("monoprint")) / "catalog.sqlite")


def catalog_option(command: Command) -> Command:
    """Add ``--catalog``."""
    return click.option(
        "--catalog",
        envvar="MONOPRINT_CATALOG",
        metavar="FILE|URL",
        help="The catalog: an SQLite file or a postgresql:// URL "
        "[env: MONOPRINT_CATALOG; default: catalog.sqlite in your data folder].",
    )(command)


def authority_option(command: Command) -> Command:
    """Add ``--authority``."""
    return click.option(
        "--authority",
        envvar="MONOPRINT_AUTHORITY",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Holds, retention and disposal authorities (TOML) "
        "[env: MONOPRINT_AUTHORITY; default: authority.toml in your settings folder, if there].",
    )(command)


def person_option(command: Command) -> Command:
    """Add ``--as``: who does it."""
    return click.option(
        "--as",
        "person",
        envvar="MONOPRINT_USER",
        default=_user,
        metavar="NAME",
        help="Who does this, for the history [env: MONOPRINT_USER; default: your user name].",
    )(command)


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UsageError("this system does not say who you are", advice="Use --as NAME.") from error


def existing(catalog: str) -> str:
    """Return a catalog's place. Raises UsageError if it is a file that is not there."""
    if "://" not in catalog and not Path(catalog).exists():
        raise UsageError(
            f"there is no catalog {catalog}",
            advice="Audit first: monoprint audit FOLDER --out report",
        )
    return catalog


@contextmanager
def with_catalog(place: str) -> "Iterator[Catalog | None]":
    """Give a catalog, or None where there is none: a journal says enough without it."""
    if "://" not in place and not Path(place).exists():
        yield None
        return
    from monoprint.catalog.store import open_catalog

    yield open_catalog(place)


def scan_options(command: Command) -> Command:
    """Add the stores and the options of a scan."""
    for add in (
        click.option(
            "--json", "as_json", is_flag=True, help="With --estimate: print JSON for scripts."
        ),
        click.option(
            "--estimate",
            is_flag=True,
            help="List the stores, say how many files, bytes and requests this would read, and "
            "end.",
        ),
        click.option("--iscc", is_flag=True, help="Make ISCC image codes (ISO 24138) too."),
        click.option("--verify", is_flag=True, help="Read unchanged files again too."),
        click.option(
            "--follow-symlinks", is_flag=True, help="Follow symbolic links (loops are left out)."
        ),
        click.option(
            "--name",
            "named",
            multiple=True,
            metavar="NAME=STORE",
            help="A store with the name it has in reports; may be given again and again.",
        ),
        click.option(
            "--stores",
            envvar="MONOPRINT_STORES",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Named stores with their options (TOML), to be named by their names alone "
            "[env: MONOPRINT_STORES; default: stores.toml in your settings folder, if there].",
        ),
        click.argument("store", nargs=-1, type=click.Path(), metavar="[STORE|NAME=STORE]..."),
        catalog_option,
    ):
        command = add(command)
    return command


def tell_estimate(
    place: str,
    wanted: list[tuple[str | None, str]],
    options: "ScanOptions",
    as_json: bool,
) -> None:
    """Print what a scan would cost."""
    import json
    from dataclasses import asdict

    from monoprint.catalog.store import open_catalog
    from monoprint.cli import terminal
    from monoprint.pipeline.estimate import estimate
    from monoprint.pipeline.scan import enter_stores

    opened = open_catalog(place)
    with opened.lock():
        stores = enter_stores(opened, wanted)
        found = estimate(opened, stores, options, terminal.progress())
    if as_json:
        told = {"stores": [asdict(each) for each in found]}
        terminal.say(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        terminal.say(terminal.estimated(found))


def places(
    store: tuple[str, ...], named: tuple[str, ...], listed: Path | None
) -> list[tuple[str | None, str]]:
    """Return the stores that are meant as (name or None, location).

    A store is a location, NAME=LOCATION, a file of stores (``.toml``), or a name out of `listed`,
    which is ``stores.toml`` in the settings' folder if it is None. Raises UsageError for none, or a
    bad name.
    """
    from monoprint.sources import stores

    found: list[tuple[str | None, str]] = []
    known: dict[str, str] | None = None
    for entry in store:
        if os.path.lexists(entry):
            if entry.endswith(".toml") and Path(entry).is_file():
                found += stores.load(Path(entry)).items()
            else:
                found.append((None, entry))
            continue
        match = _NAMED.fullmatch(entry)
        if match is not None:
            found.append((match[1], match[2]))
            continue
        if _NAME.fullmatch(entry):
            known = _known_stores(listed) if known is None else known
            if entry in known:
                found.append((entry, known[entry]))
                continue
        found.append((None, entry))
    for entry in named:
        match = _NAMED.fullmatch(entry)
        if match is None:
            raise UsageError(
                f"--name takes NAME=STORE, not {entry}",
                advice="For example: --name landreg=/mnt/a",
            )
        found.append((match[1], match[2]))
    if not found:
        raise UsageError(
            "no store is named", advice="Name the folders to look at: monoprint audit FOLDER"
        )
    return found


def _known_stores(listed: Path | None) -> dict[str, str]:
    from monoprint.sources import stores

    if listed is not None:
        return stores.load(listed)
    import platformdirs

    place = Path(platformdirs.user_config_dir("monoprint")) / "stores.toml"
    return stores.load(place) if place.exists() else {}


def refuse_inside(wanted: list[tuple[str | None, str]], out: Path | None, catalog: str) -> None:
    """Raise UsageError if the report or the catalog would be written into a store."""
    written = [] if out is None else [("the report's folder", out)]
    if "://" not in catalog:
        written.append(("the catalog", Path(catalog)))
    folders = [folder for _, place in wanted if (folder := _folder(place)) is not None]
    for what, path in written:
        for folder in folders:
            if path.resolve().is_relative_to(folder.resolve()):
                raise UsageError(
                    f"{what} {path} would lie in the store {folder}, which must stay as it is",
                    advice="Name a place outside of all stores with --out and --catalog.",
                )
    if out is not None:
        own = [(out / name).resolve() for name in ("thumbnails", "evidence")]
        for folder in folders:
            if any(folder.resolve().is_relative_to(pictures) for pictures in own):
                raise UsageError(
                    f"the store {folder} lies where the report's own pictures go",
                    advice="Name another --out.",
                )


def _folder(place: str) -> Path | None:
    """Return the folder or file of this machine that a store is, or None."""
    from monoprint.sources.location import parse

    location = parse(place)
    return Path(location.place) if location.is_local else None
