"""Credentials: found by name in the environment or in one file that only its owner may read."""

import os
import re
import stat
import sys
import tomllib
from pathlib import Path
from typing import Final

from monoprint.errors import UsageError

FILE: Final = "credentials.toml"


def place() -> Path:
    """Return where the file of credentials is looked for: the settings' folder."""
    import platformdirs

    return Path(platformdirs.user_config_dir("monoprint")) / FILE


def variable(name: str, field: str) -> str:
    """Return the environment variable of a credential's field: ``MONOPRINT_NAME_FIELD``."""
    return re.sub("[^A-Z0-9]", "_", f"MONOPRINT_{name}_{field}".upper())


def credential(name: str, field: str) -> str | None:
    """Return a field (``username``, ``password``, ``token``, …) of a named credential, or None.

    The environment goes before the file, whose tables are named as the credentials are. Raises
    UsageError for a file that others may read or that is not TOML.
    """
    found = os.environ.get(variable(name, field))
    if found is not None:
        return found
    path = place()
    if not path.exists():
        return None
    if sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UsageError(f"others may read the credentials in {path}", advice=f"chmod 600 {path}")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} is not a file of credentials: {error}",
            advice="It has a [table] for each name, with username, password and the like.",
        ) from error
    value = table.get(field) if isinstance(table, dict) else None
    return None if value is None else str(value)
