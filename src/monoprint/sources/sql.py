"""Databases: the rows of one query, whose pictures are in a column of bytes or behind URLs.

``postgresql://host/land?query=SELECT id, image FROM deeds``: the first column is the entries'
paths, the second the picture, and every other one an attribute of its name; `id`, `image` and `url`
name them otherwise. The query is the last thing in the URL and taken as it is, or it is an option.

This is the one place outside of the catalog that speaks SQL: it reads other people's databases
(docs/decisions/0019-tables-and-queries.md).
"""

import hashlib
import io
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, CursorResult, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from monoprint.errors import MissingExtra, StoreError, TooLarge, Unreadable, UsageError
from monoprint.model.asset import Listed, Status, path_name, path_text
from monoprint.sources import addresses, rows
from monoprint.sources.addresses import Addresses
from monoprint.sources.credentials import credential
from monoprint.sources.dialects import DIALECTS, one_query
from monoprint.sources.interface import Content
from monoprint.sources.location import Location
from monoprint.sources.rows import Pointing

_OPTIONS: Final = frozenset({"query", "id", "image", "url", "credentials"}) | addresses.OPTIONS

# Tries where the connection is lost, with a wait that doubles from half a second.
_TRIES: Final = 4
_FIRST_WAIT: Final = 0.5

# Rows of a listing that are fetched at a time; no picture is among them.
_BATCH: Final = 2_000

_QUERY: Final = re.compile(r"[?&]query=(.*)\Z", re.DOTALL)

Given = TypeVar("Given")


def locate(location: Location) -> Location:
    """Return a query's location in one form: ``sql:URL#query=…``, without a password.

    Raises UsageError for a URL that is none, one with a password in it, or what is not one query
    that only reads; MissingExtra if the database's driver is not installed.
    """
    options = dict(location.options)
    place = location.place if location.scheme == "sql" else f"{location.scheme}:{location.place}"
    if found := _QUERY.search(place):
        options["query"] = found.group(1)
        place = place[: found.start()]
    url = _url(place)
    if url.password is not None or any("passw" in name.lower() for name in url.query):
        raise UsageError(
            "the URL of the database holds a password",
            advice="Leave it out: add #credentials=NAME, or use .pgpass or PGPASSWORD.",
        )
    if url.get_backend_name() == "sqlite":
        url = url.set(database=os.path.realpath(url.database or ""))
        if not os.path.isfile(url.database or ""):  # noqa: PTH113
            raise StoreError(
                f"{url.database} does not exist",
                advice="Name the file: sqlite:///land.sqlite, or sqlite:////mnt/land.sqlite "
                "by its whole path.",
            )
    for name in options:
        if name not in _OPTIONS:
            raise UsageError(
                f"a query has no option {name}",
                advice=f"Known: {', '.join(sorted(_OPTIONS))}. Attributes are the other columns: "
                "SELECT …, branch AS name.",
            )
    if "url" in options:
        if "image" in options:
            raise UsageError("a picture is in image= or behind url=", advice="Name one of them.")
        addresses.check(location)
    options["query"] = one_query(options.get("query", ""))
    named = url.get_backend_name()
    plain = url.set(drivername=named) if url.drivername == DIALECTS[named].driver else url
    found_at = Location("sql", plain.render_as_string(), tuple(sorted(options.items())))
    _engine(found_at).dispose()
    return found_at


def open_store(
    location: Location,
    *,
    follow_symlinks: bool,  # noqa: ARG001 - there are none
    max_bytes: int,
) -> "Query":
    """Return the source that reads the pictures of a query."""
    return Query(location, max_bytes=max_bytes)


def _url(place: str) -> URL:
    try:
        url = make_url(place)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise UsageError(
            "that is no URL of a database", advice="postgresql://host/database?query=SELECT …"
        ) from error
    name = {"postgres": "postgresql"}.get(url.drivername, url.drivername)
    kind = name.partition("+")[0]
    if kind not in DIALECTS:
        raise UsageError(
            f"{kind} is no database that can be read without the risk of a change",
            advice=f"Known: {', '.join(sorted(DIALECTS))}.",
        )
    return url.set(drivername=DIALECTS[kind].driver if name == kind else name)


def _engine(location: Location) -> Engine:
    """Return an engine whose sessions can only read. Raises MissingExtra without the driver."""
    url = _url(location.place)
    kind = url.get_backend_name()
    name = location.option("credentials")
    if name:
        user, password = credential(name, "username"), credential(name, "password")
        if user is None and password is None:
            raise UsageError(
                f"there are no credentials {name}",
                advice="`monoprint sources` says where they are looked for.",
            )
        url = url.set(username=user or url.username, password=password)
    if kind == "sqlite":
        # https://sqlite.org/uri.html
        read_only = {"mode": "ro", "uri": "true"}
        url = URL.create("sqlite", database=f"file:{quote(url.database or '')}", query=read_only)
    try:
        # Not kept: a store is listed once, and what reads is a process that asks again and again
        # with a connection of its own.
        engine = create_engine(url, poolclass=NullPool)
    except (NoSuchModuleError, ImportError) as error:
        raise MissingExtra(
            f"the driver of {kind} is not installed: {error}",
            advice="PostgreSQL's comes with pip install 'monoprint[sql]', others by themselves.",
        ) from error

    def prepare(connection: Any, _record: object) -> None:
        if kind == "sqlite":
            connection.create_function("sha256_hex", 1, _sha256_hex, deterministic=True)
        cursor = connection.cursor()
        for statement in DIALECTS[kind].read_only:
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", prepare)
    return engine


def _sha256_hex(value: Any) -> str | None:
    data = value.encode() if isinstance(value, str) else value
    return None if data is None else hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a query mean what."""

    row_id: str
    picture: str
    attributes: tuple[str, ...]


class Query:
    """The pictures of a query's rows; `max_bytes` is the size of the largest."""

    def __init__(self, location: Location, *, max_bytes: int) -> None:
        self.location = str(location)
        self._place = location
        self._query = one_query(location.option("query"))
        self._by_url = bool(location.option("url"))
        self._engine = _engine(location)
        self._dialect = DIALECTS[self._engine.dialect.name]
        self._addresses = Addresses(location, max_bytes=max_bytes)
        self._max_bytes = max_bytes
        self._kept: Connection | None = None
        self._columns: Columns | None = None

    @property
    def atomic(self) -> bool:
        """One statement sees the database at one moment; what is behind URLs may be otherwise."""
        return not self._by_url

    def listing(self) -> Iterator[Listed]:
        """Yield an entry for each row; see `Source.listing`. No picture is fetched for it."""
        try:
            found, rest = self._retried(self._first)
        except DBAPIError as error:
            raise StoreError(
                f"cannot list {self._shown}: {_first_line(error)}",
                advice="Check the query, that the database answers, and that you may read it. "
                "The second column holds pictures; one of URLs is named with #url=COLUMN.",
            ) from error
        if found is not None:
            yield found.entry
            yield from (each.entry for each in rest)

    def read(self, path: str) -> Content:
        """Return the picture of a row; see `Source.read`."""
        value = self._value(path)
        if self._by_url:
            url = rows.as_text(value).strip()
            entry = rows.url_entry(path, url, ())
            if entry.barred:
                raise Unreadable(entry.barred)
            return self._addresses.read(url)
        return Content(value.encode() if isinstance(value, str) else bytes(value), 0)

    def open(self, path: str) -> BinaryIO:
        """Open the picture of a row to be read here and there; see `Source.open`."""
        return io.BytesIO(self.read(path).data)

    @property
    def is_asked(self) -> bool:
        """Whether checksums take a request: the listing has them; see `Vouching.is_asked`."""
        return False

    def checksums(self, path: str, listed: str) -> frozenset[str]:  # noqa: ARG002
        """Return what the database computed of a picture; see `Vouching.checksums`."""
        return frozenset({listed} - {""})

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:  # noqa: ARG002
        """Say nothing: where a database keeps a value cannot be told."""
        return ()

    def close(self) -> None:
        """Give up the connection."""
        self._let_go()
        self._addresses.close()
        self._engine.dispose()

    # Listing

    def _first(self) -> tuple[Pointing | None, Iterator[Pointing]]:
        """Return the first entry and those after it; all rows have been fetched by then."""
        entries = rows.in_order(self._pointing())
        return next(entries, None), entries

    def _pointing(self) -> Iterator[Pointing]:
        columns = self._described()
        picture = self._quoted(columns.picture)
        attributes = [self._quoted(name) for name in columns.attributes]
        if self._by_url:
            told = [picture]
        else:
            told = [self._dialect.length.format(picture), self._dialect.digest.format(picture)]
        chosen = ", ".join([self._quoted(columns.row_id), *told, *attributes])
        connection = self._connection()
        result = self._run(connection, f"SELECT {chosen} FROM {self._source}", (), stream=True)
        number = 0
        for part in result.partitions(_BATCH):
            for row in part:
                number += 1
                yield self._entry(number, row, columns)
        self._let_go()

    def _entry(self, number: int, row: Sequence[Any], columns: Columns) -> Pointing:
        row_id, *facts = row
        path = "" if isinstance(row_id, bytes | memoryview) else rows.path_of(rows.as_text(row_id))
        if not path:
            return rows.barred(number, f"its id cannot be used: {columns.row_id}")
        attributes = rows.attributes(
            dict(zip(columns.attributes, facts[1 if self._by_url else 2 :], strict=True))
        )
        if facts[0] is None:
            return rows.barred(
                number, f"no picture: {columns.picture} is null", path=path,
                status=Status.UNSUPPORTED,
            )  # fmt: skip
        if self._by_url:
            url = rows.as_text(facts[0]).strip()
            return Pointing(rows.url_entry(path, url, attributes), number)
        size, digest = int(facts[0]), str(facts[1])
        return Pointing(
            Listed(path, size, version=digest, checksum=f"sha-256:{digest}", attributes=attributes),
            number,
        )

    def _described(self) -> Columns:
        """Return which columns mean what, by the options and the order of the query's columns.

        Raises UsageError for one that is not there.
        """
        if self._columns is not None:
            return self._columns
        result = self._run(self._connection(), f"SELECT * FROM {self._source} WHERE 1 = 0")
        names = list(result.keys())
        chosen = {option: self._place.option(option) for option in ("id", "image", "url")}
        picture = chosen["url"] or chosen["image"]
        for name in filter(None, chosen.values()):
            if names.count(name) != 1:
                raise UsageError(
                    f"the query has no one column {name}",
                    advice=f"Its columns are {', '.join(names)}.",
                )
        row_id = chosen["id"] or next((name for name in names if name != picture), "")
        picture = picture or next((name for name in names if name != row_id), "")
        if not row_id or not picture or len(set(names)) != len(names):
            raise UsageError(
                "the query needs a column of ids and one of pictures, and no name twice",
                advice=f"Its columns are {', '.join(names)}. SELECT … AS name gives a name.",
            )
        others = tuple(name for name in names if name not in {row_id, picture})
        self._columns = Columns(row_id, picture, others)
        return self._columns

    # Reading

    def _value(self, path: str) -> Any:
        """Return what stands in a row's column of pictures now. Raises Unreadable or TooLarge."""
        try:
            found = self._retried(lambda: self._rows_of(path_name(path)))
        except DBAPIError as error:
            raise Unreadable(_first_line(error)) from error
        except UsageError as error:  # its columns are not what they were when it was listed
            raise Unreadable(str(error)) from error
        here = [row for row in found if rows.path_of(rows.as_text(row[0])) == path]
        if not here:
            raise Unreadable("the query has no such row any more")
        if len(here) > 1:
            raise Unreadable("the query has several rows of this id now")
        _, size, value = here[0]
        if size is None:
            raise Unreadable("there is no picture in this row any more")
        if not self._by_url and size > self._max_bytes:
            raise TooLarge(f"size limit: {size:,} bytes, over {self._max_bytes:,}")
        return value

    def _rows_of(self, row_id: str) -> Sequence[Any]:
        """Return the rows of an id: (id, size, picture), the picture only if it is not too large.

        The id is compared as the database compares a text with that column, so that an index
        serves; SQLite compares a number without a type with a number only.
        """
        columns = self._described()
        picture, key = self._quoted(columns.picture), self._quoted(columns.row_id)
        size = self._dialect.length.format(picture)
        values: list[Any] = [row_id]
        if self._engine.dialect.name == "sqlite" and re.fullmatch(r"-?[0-9]{1,18}", row_id):
            values.append(int(row_id))
        places = ", ".join(self._places(len(values)))
        statement = (
            f"SELECT {key}, {size}, CASE WHEN {size} <= {int(self._max_bytes)} THEN {picture} END "
            f"FROM {self._source} WHERE {key} IN ({places})"
        )
        result = self._run(self._connection(), statement, values)
        found = result.fetchmany(3)
        self._end()
        return found

    # The database

    @property
    def _source(self) -> str:
        """The query as a table. The line break ends what might be a comment in it."""
        return f"(\n{self._doubled(self._query)}\n) AS monoprint_rows"

    @property
    def _shown(self) -> str:
        return self._place.place

    def _quoted(self, name: str) -> str:
        return self._engine.dialect.identifier_preparer.quote_identifier(name)

    def _doubled(self, text: str) -> str:
        """Double the percent signs for drivers that look for places of values by them."""
        return text.replace("%", "%%") if "format" in self._engine.dialect.paramstyle else text

    def _places(self, count: int) -> list[str]:
        return ["?" if self._engine.dialect.paramstyle == "qmark" else "%s"] * count

    def _run(
        self, connection: Connection, statement: str, values: Sequence[Any] = (),
        *, stream: bool = False,
    ) -> CursorResult[Any]:  # fmt: skip
        """Run a statement as it is, with values bound by the driver."""
        how: Mapping[str, Any] = {"stream_results": True, "yield_per": _BATCH} if stream else {}
        return connection.exec_driver_sql(statement, tuple(values), execution_options=how)

    def _connection(self) -> Connection:
        if self._kept is None:
            self._kept = self._engine.connect()
        return self._kept

    def _end(self) -> None:
        """End the transaction, so that the next read sees what others have written since."""
        if self._kept is not None:
            self._kept.rollback()

    def _let_go(self) -> None:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            kept.close()

    def _retried(self, act: Callable[[], Given]) -> Given:
        """Do something again where the connection was lost, after a wait. Raises DBAPIError."""
        for attempt in range(_TRIES):
            try:
                return act()
            except DBAPIError as error:
                self._broken()
                if attempt == _TRIES - 1 or not _may_pass(error):
                    raise
                time.sleep(_FIRST_WAIT * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _broken(self) -> None:
        """Give up a connection on which something went wrong."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.invalidate()
            kept.close()


def _may_pass(error: DBAPIError) -> bool:
    """Say whether a fault is of the connection and not of the statement."""
    if error.connection_invalidated:
        return True
    # PostgreSQL: class 08 connection exception, 57P0x shutdown, 40 serialization failure.
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return state.startswith(("08", "57P", "40")) or "connection" in str(error.orig).lower()


def _first_line(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return path_text(str(cause).strip().partition("\n")[0])
