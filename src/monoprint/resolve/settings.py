"""Reading rules and authorities: TOML, with errors that name the line and the key."""

import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from monoprint.errors import RulesError

# A file of rules is written by people; one that is larger is something else.
_MOST_BYTES: Final = 4 << 20


class Settings:
    """A TOML file, or one table of it, that knows where its keys stand.

    Reading a key raises RulesError, which names file, line and key, for a value of another kind
    than is asked for.
    """

    def __init__(
        self, name: str, text: str, table: dict[str, Any], at: tuple[str | int, ...] = ()
    ) -> None:
        self._name, self._text, self._table, self._at = name, text, table, at

    @classmethod
    def load(cls, path: Path) -> "Settings":
        """Read a file. Raises RulesError if it cannot be read or is not TOML."""
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise RulesError(
                f"cannot read {path}: {error.strerror}", advice="Check its name and rights."
            ) from error
        if len(data) > _MOST_BYTES:
            raise RulesError(f"{path} is larger than a file of rules can be: {_MOST_BYTES:,} bytes")
        try:
            text = data.decode("utf-8")
            return cls(str(path), text, tomllib.loads(text))
        except UnicodeDecodeError as error:
            raise RulesError(f"{path} is not UTF-8", advice="Save it as UTF-8.") from error
        except tomllib.TOMLDecodeError as error:
            raise RulesError(f"{path} is not TOML: {error}") from error

    def fail(self, key: str | tuple[str | int, ...], what: str, advice: str = "") -> RulesError:
        """Return an error about a key, ready to be raised."""
        at = (*self._at, *((key,) if isinstance(key, str) else key))
        shown = ""
        for part in at:
            shown += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if shown else part
        line = _line_of(self._text, at)
        return RulesError(f"{self._name}, line {line}: {shown}: {what}", advice=advice)

    def only(self, allowed: Iterable[str]) -> None:
        """Raise RulesError for a key that is none of these: a slip must not pass silently."""
        known = sorted(allowed)
        for key in self._table:
            if key not in known:
                raise self.fail(key, "there is no such key here", f"Known: {', '.join(known)}.")

    def has(self, key: str) -> bool:
        """Say whether there is a key."""
        return key in self._table

    def raw(self, key: str) -> Any:
        """Return a value as it is, None if there is none."""
        return self._table.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty; without a default it has to be there."""
        if key not in self._table and default is not None:
            return default
        value = self._table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(key, "a text is needed here")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty if the key is not there."""
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.fail(key, 'a list of texts is needed here: ["one", "two"]')
        return tuple(value)

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self._table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fail(key, f"a whole number from {least} to {most} is needed here")
        return value

    def day(self, key: str) -> date | None:
        """Return a date, None if the key is not there."""
        value = self._table.get(key)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.fail(key, "a date is needed here, without quotes: 2027-06-30")
        return value

    def table(self, key: str) -> "Settings":
        """Return a table, empty if the key is not there."""
        value = self._table.get(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, "a table is needed here")
        return Settings(self._name, self._text, value, (*self._at, key))

    def tables(self, key: str) -> list["Settings"]:
        """Return an array of tables, empty if the key is not there."""
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.fail(key, f"tables are needed here: [[{key}]]")
        return [
            Settings(self._name, self._text, each, (*self._at, key, n))
            for n, each in enumerate(value)
        ]

    def items(self) -> dict[str, Any]:
        """Return the keys and values."""
        return dict(self._table)


def _line_of(text: str, at: tuple[str | int, ...]) -> int:
    """Return the line on which a key stands, or that of what it would stand in."""
    lines = text.splitlines()
    start, end = 0, len(lines)
    rest = list(at)
    while len(rest) >= 2 and isinstance(rest[0], str) and isinstance(rest[1], int):
        header = re.compile(rf"\s*\[\[\s*{re.escape(rest[0])}\s*\]\]")
        found = [n for n in range(start, end) if header.match(lines[n])]
        if rest[1] >= len(found):
            break
        start = found[rest[1]]
        end = next((n for n in range(start + 1, end) if lines[n].lstrip().startswith("[")), end)
        rest = rest[2:]
    for part in reversed([p for p in rest if isinstance(p, str)]):
        key = re.compile(
            rf"""\s*(?:[\w-]+\.)*["']?{re.escape(part)}["']?\s*=|.*\[{re.escape(part)}\]"""
        )
        for n in range(start, end):
            if key.match(lines[n]):
                return n + 1
    return start + 1
