"""The history: read by asset or group, and proved to be whole."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monoprint.catalog.reviews import Reviews
from monoprint.catalog.store import Catalog
from monoprint.errors import UnknownGroup
from monoprint.model.history import GENESIS, Entry, Head, Row, digest_of, now
from monoprint.review.queue import as_key


@dataclass(frozen=True, slots=True)
class Verified:
    """What proving a history gave: how many rows hold, and what is wrong (nothing: all is well)."""

    rows: int
    head: Head
    faults: tuple[str, ...]


def verify(catalog: Catalog, heads: Sequence[Head] = ()) -> Verified:
    """Prove that no row of the history was changed, removed or put elsewhere.

    `heads` are ends of the chain that were written down elsewhere (in plans and journals): a
    history that was cut off and chained anew does not hold them.
    """
    reviews = Reviews(catalog)
    faults: list[str] = []
    wanted = {head.seq: head.digest for head in heads if head.seq}
    last = Head(0, GENESIS)
    count = 0
    for row in reviews.rows():
        faults += _faults(row, last)
        if wanted.pop(row.seq, row.digest) != row.digest:
            faults.append(f"row {row.seq} is not the one that a plan or journal was made after")
        last = Head(row.seq, row.digest)
        count += 1
    noted = reviews.head()
    if noted != last:
        faults.append(f"the history ends with row {last.seq}, and row {noted.seq} was noted as its"
                      " end")  # fmt: skip
    faults += [f"row {seq}, after which a plan or journal was made, is missing" for seq in wanted]
    return Verified(count, last, tuple(faults))


def _faults(row: Row, last: Head) -> list[str]:
    found = []
    if row.seq != last.seq + 1:
        found.append(f"row {row.seq} follows row {last.seq}: something is missing or was moved")
    if row.previous != last.digest:
        found.append(f"row {row.seq} does not continue row {last.seq}")
    if digest_of(row) != row.digest:
        found.append(f"row {row.seq} was changed")
    return found


def read(catalog: Catalog, of: str = "") -> Iterator[Row]:
    """Yield the history, or what concerns an asset (``store:path``), a content or a group.

    Raises UnknownGroup for what the catalog does not know.
    """
    reviews = Reviews(catalog)
    if not of:
        return reviews.rows()
    store, colon, path = of.partition(":")
    if colon:
        contents = _contents(reviews, store, path)
        if not contents:
            raise UnknownGroup(
                f"neither the catalog nor the history has a file {of}",
                advice="Write STORE:PATH as a report does, or 64 hexadecimal digits.",
            )
        return reviews.rows(contents)
    return reviews.rows([as_key(of)])


def newest(catalog: Catalog, before: int | None = None, limit: int = 50) -> list[Row]:
    """Return the newest rows of the history, or those before a number; the newest first."""
    return Reviews(catalog).newest_rows(before, limit)


def _contents(reviews: Reviews, store: str, path: str) -> list[bytes]:
    """Return what stands at a place now, and what stood there when something was decided."""
    place = f"{store}:{path}"
    found = {
        bytes.fromhex(sha256)
        for row in reviews.naming(place)
        for named, sha256 in json.loads(row.what).get("files", ())
        if named == place
    }
    now_there = reviews.contents_at(store, path)
    return sorted(found if now_there is None else {*found, now_there})


def note(
    catalog: Catalog,
    who: str,
    act: str,
    subject: str,
    *,
    why: str = "",
    what: dict[str, object] | None = None,
    touched: Sequence[bytes] = (),
    at: str | None = None,
) -> Head:
    """Add a row to the history, and return the end that it makes."""
    with Reviews(catalog).deciding() as deciding:
        deciding.append(Entry(who, act, subject, why, what or {}, at or now(), tuple(touched)))
        return deciding.head


def head(catalog: Catalog) -> Head:
    """Return the end of the history."""
    return Reviews(catalog).head()
