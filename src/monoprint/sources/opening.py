"""Opening a source from a store's location."""

import importlib
import os
from types import ModuleType

from monoprint.errors import MissingExtra, StoreError, UsageError
from monoprint.model.asset import path_name, path_text
from monoprint.sources.file import OneFile
from monoprint.sources.folder import Folder
from monoprint.sources.interface import Source
from monoprint.sources.kinds import KINDS, install, kind_of, missing
from monoprint.sources.location import Location, is_table, parse, refuse_secrets


def open_source(location: str, *, follow_symlinks: bool, max_bytes: int) -> Source:
    """Return the source that reads the store at `location`.

    Raises UsageError for a kind of store that is not known, MissingExtra for one whose packages
    are not installed.
    """
    parsed = parse(location)
    if parsed.scheme:
        source: Source = _module(parsed).open_store(
            parsed, follow_symlinks=follow_symlinks, max_bytes=max_bytes
        )
        return source
    if os.path.isfile(path_name(location)):  # noqa: PTH113 - names that are not UTF-8
        return OneFile(location, max_bytes=max_bytes)
    return Folder(location, follow_symlinks=follow_symlinks, max_bytes=max_bytes)


def is_folder(location: str) -> bool:
    """Say whether a store is a folder of this machine, or one that is not there now.

    All others (servers, tables, single files) are only read.
    """
    parsed = parse(location)
    return not parsed.scheme and not os.path.isfile(path_name(location))  # noqa: PTH113


def locate(named: str) -> Location:
    """Return the location that a person named, made whole.

    Raises StoreError for a folder that is not there, UsageError for what names no store, holds a
    password or is a table without a column of pictures, MissingExtra if its packages are not
    installed.
    """
    parsed = parse(named)
    if not parsed.scheme and is_table(named) and os.path.isfile(named):  # noqa: PTH113
        parsed = Location("table", named)  # which says what columns there are
    if parsed.scheme:
        refuse_secrets(parsed)
        found: Location = _module(parsed).locate(parsed)
        return found
    real = os.path.realpath(named)
    if not os.path.exists(real):  # noqa: PTH110
        raise StoreError(
            f"{path_text(named)} does not exist",
            advice="Name the folder that holds the pictures; `monoprint sources` lists what else "
            "can be read.",
        )
    if not (os.path.isdir(real) or os.path.isfile(real)):  # noqa: PTH112, PTH113
        raise StoreError(
            f"{path_text(named)} is neither a folder nor a file",
            advice="Name the folder that holds the pictures.",
        )
    return Location("", path_text(real))


def _module(location: Location) -> ModuleType:
    kind = kind_of(location.scheme)
    if kind is None:
        known = ", ".join(sorted(f"{scheme}:" for kind in KINDS for scheme in kind.schemes))
        raise UsageError(
            f"{location.scheme}: is no kind of store that is known",
            advice=f"Name a folder (./{location.scheme}:… if that is its name), or one of: {known}",
        )
    if lacking := missing(kind):
        raise MissingExtra(
            f"{kind.what} cannot be read: {', '.join(lacking)} is not installed",
            advice=install(kind),
        )
    return importlib.import_module(kind.module)
