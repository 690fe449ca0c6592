"""Named stores in a file: what they are called, where they are, and how they are read."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from monoprint.errors import UsageError
from monoprint.sources.location import is_table, parse, refuse_secrets

# Names that mean a secret: those belong into the environment or the file of credentials.
_SECRET: Final = re.compile("password|passphrase|secret|token|access_?key|api_?key", re.IGNORECASE)


def load(path: Path) -> dict[str, str]:
    """Return the locations of the stores in a TOML file by their names, in its order.

    Each table is a store: ``location`` and the options of its kind, whose values are texts,
    numbers, true or false, or lists of texts. Raises UsageError for a file that is not so, or that
    holds a secret.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", advice="Check its name and rights."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    return {name: _location(path, name, table) for name, table in tables.items()}


def _location(path: Path, name: str, table: Any) -> str:
    where = table.get("location") if isinstance(table, dict) else None
    if not isinstance(where, str) or not where:
        raise UsageError(
            f"{path}: the store {name} has no location",
            advice=f'For example: [{name}] and below it location = "/mnt/pictures"',
        )
    for key in table:
        if _SECRET.search(key):
            raise UsageError(
                f"{path}: the store {name} holds a secret ({key})",
                advice="Write credentials = NAME instead; `monoprint sources` says where "
                "credentials are looked for.",
            )
    location = parse(where)
    options = dict(location.options) | {
        key: _text(path, name, key, value) for key, value in table.items() if key != "location"
    }
    if options and not location.scheme and is_table(location.place):
        location = replace(location, scheme="table")
    if options and not location.scheme:
        raise UsageError(
            f"{path}: the store {name} is a folder, which has no options ({', '.join(options)})"
        )
    if not location.scheme:
        return str(location)
    found = replace(location, options=tuple(sorted(options.items())))
    refuse_secrets(found)
    return str(found)


def _text(path: Path, name: str, key: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "+".join(value)
    raise UsageError(f"{path}: the store {name}: {key} is neither a text, a number nor a list")
