"""History: one row for each thing that was done or decided, chained by digests."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

# The digest before the first row.
GENESIS: Final = bytes(32)


_CANONICAL: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written down: who did what, when (ISO 8601, UTC), why, and to what.

    `subject` is what it was done to, for people; `touched` are the 32-byte keys (contents,
    groups, plans) under which it can be looked up; `what` is plain data for JSON.
    """

    who: str
    act: str
    subject: str
    why: str
    what: dict[str, Any]
    at: str
    touched: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it stands in the history; `what` is its canonical JSON."""

    seq: int
    at: str
    who: str
    act: str
    subject: str
    why: str
    what: str
    previous: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: its last row's number (0 for none) and digest."""

    seq: int
    digest: bytes


def canonical(value: Any) -> str:
    """Return plain data as canonical JSON: RFC 8785 for data without floating-point numbers.

    Raises TypeError for what is no plain data, ValueError for a number that is not finite.
    """
    return _CANONICAL.encode(value)


def chained(previous: bytes, seq: int, entry: Entry) -> Row:
    """Return an entry as the row that follows the one with digest `previous`."""
    what = canonical(entry.what)
    row = Row(seq, entry.at, entry.who, entry.act, entry.subject, entry.why, what, previous, b"")
    return Row(seq, entry.at, entry.who, entry.act, entry.subject, entry.why, what, previous,
               digest_of(row))  # fmt: skip


def digest_of(row: Row) -> bytes:
    """Return the digest that a row must have: SHA-256 over all else in it."""
    said = [row.previous.hex(), row.seq, row.at, row.who, row.act, row.subject, row.why, row.what]
    return hashlib.sha256(canonical(said).encode("utf-8", "surrogatepass")).digest()


def now() -> str:
    """Return the time as the history writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
