"""Rows as entries: the id, the pictures and the attributes that a row of a table gives."""

import heapq
import json
import math
import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, time
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from monoprint.errors import StoreError
from monoprint.model.asset import UNKNOWN_SIZE, Listed, Status, path_name, path_text
from monoprint.sources.order import by_path

# A longer id is no id but a text, and it would be the path of each of its pictures.
_LONGEST_ID: Final = 1_000

# Attributes are for people and rules; a longer text is cut and says so, as metadata of files are.
_LONGEST_ATTRIBUTE: Final = 2_000

# What servers take at least (RFC 9110, 4.1) is 8,000 octets; what is longer is no address.
_LONGEST_URL: Final = 8_000

# Rows that wait to be told by their number because another row has their id. More of them are
# no slips: the column holds no ids.
_MOST_WAITING: Final = 100_000

_REST: Final = operator.attrgetter(*(field.name for field in fields(Listed)[1:]))

# No text form of a path has it, and it comes before all that one can have.
_TAB: Final = "\t"


@dataclass(frozen=True, slots=True)
class Pointing:
    """An entry, the row that it is told in, and what its picture is read by: a path or a URL."""

    entry: Listed
    row: int
    target: str = ""


def as_text(value: Any) -> str:
    """Return a cell's value as text; "" for none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def attributes(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what is told of an entry, by name: printable texts, those that are empty left out."""
    told = ((name, _printable(as_text(value))) for name, value in values.items())
    return tuple(sorted((name, text) for name, text in told if text))


def _printable(text: str) -> str:
    if text.isascii() and text.isprintable() and len(text) <= _LONGEST_ATTRIBUTE:
        return text.strip()  # nearly all
    whole = text.encode("utf-8", "replace").decode()
    said = "".join(char if char.isprintable() else " " for char in whole).strip()
    return said if len(said) <= _LONGEST_ATTRIBUTE else said[:_LONGEST_ATTRIBUTE] + " [...]"


def path_of(row_id: str) -> str:
    """Return the path of an entry with this id, "" if it is none that can be used."""
    return path_text(row_id) if row_id.strip() and len(row_id) <= _LONGEST_ID else ""


def barred(row: int, reason: str, *, path: str = "", status: Status = Status.REFUSED) -> Pointing:
    """Return an entry for a row that gives no picture, under its number if it has no path."""
    return Pointing(Listed(path or _by_row("", row), barred=reason, status=status), row)


def url_entry(path: str, url: str, told: tuple[tuple[str, str], ...]) -> Listed:
    """Return the entry of a picture behind a URL, barred if that is none that is asked for.

    The URL itself is not in it: it may hold a key. Two rows of one URL have one identity.
    """
    reason = _refused(url)
    if reason:
        return Listed(path, barred=reason, attributes=told)
    mark = sha256(url.partition("#")[0].encode()).hexdigest()
    return Listed(path, UNKNOWN_SIZE, version=mark, identity=f"url:{mark}", attributes=told)


def _refused(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme not in {"http", "https"}:
        return f"not an http or https URL: {path_text(url[:60])}"
    if not host or not url.isprintable() or " " in url:
        return "not a URL"
    if len(url) > _LONGEST_URL:
        return f"a URL of more than {_LONGEST_URL:,} characters"
    if parts.username is not None or parts.password is not None:
        return "a URL with a user name or password in it"
    return ""


def in_order(pointing: Iterable[Pointing]) -> Iterator[Pointing]:
    """Yield entries in the order of their paths, in flat memory, each path once.

    The first row of a path has it; the others are barred and told by their row. Raises StoreError
    if there are so many that the column of ids holds none.
    """
    last = ""
    waiting: list[tuple[str, int, str]] = []
    for found in _sorted(pointing):
        for told in _due(waiting, found.entry.path, last):
            last = told.entry.path
            yield told
        if found.entry.path != last:
            last = found.entry.path
            yield found
            continue
        if len(waiting) == _MOST_WAITING:
            raise StoreError(
                f"more than {_MOST_WAITING:,} rows have an id that another row has",
                advice="Name a column of ids, one for each row: #id=COLUMN",
            )
        reason = found.entry.barred or "another row has the same id"
        heapq.heappush(waiting, (_by_row(found.entry.path, found.row), found.row, reason))
    yield from _due(waiting, None, last)


def _due(waiting: list[tuple[str, int, str]], before: str | None, last: str) -> Iterator[Pointing]:
    """Yield the rows that wait whose path comes before one (None: all), taking them off."""
    while waiting and (before is None or waiting[0][0] < before):
        path, row, reason = heapq.heappop(waiting)
        if path == last:  # an id that looks so
            heapq.heappush(waiting, (_by_row(path, row), row, reason))
            continue
        last = path
        yield barred(row, reason, path=path)


def _by_row(path: str, row: int) -> str:
    return f"{path}#row={row}"


def _sorted(pointing: Iterable[Pointing]) -> Iterator[Pointing]:
    """Sort by path and row; each entry travels under a path that holds its row and target too."""
    keyed = (
        _at(p.entry, _TAB.join((p.entry.path, f"{p.row:015}", path_text(p.target))))
        for p in pointing
    )
    for entry in by_path(keyed):
        path, row, target = entry.path.split(_TAB)
        yield Pointing(_at(entry, path), int(row), path_name(target))


def _at(entry: Listed, path: str) -> Listed:
    """Return an entry at another path; `replace` takes ten times as long, and tables are long."""
    return Listed(path, *_REST(entry))
