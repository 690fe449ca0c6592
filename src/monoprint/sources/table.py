"""Tables whose rows point at pictures: CSV, TSV, JSON Lines and Parquet, with paths or URLs.

``listings.csv#url=photo_url,id=listing_id,number=property_no``: `path` or `url` names the column
(or several, ``photo1+photo2``) of the pictures, `id` that of the entries' paths; each other option
is an attribute and the column it is in. `root` is the folder that paths start from, `encoding` and
`delimiter` are those of a CSV; the options of URLs are those of `monoprint.sources.addresses`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, BinaryIO, Final

from monoprint.errors import StoreError, Unreadable, UsageError
from monoprint.model.asset import Listed, Status, path_name, path_text
from monoprint.sources import addresses, register, rows
from monoprint.sources.addresses import Addresses
from monoprint.sources.folder import Folder
from monoprint.sources.interface import Content
from monoprint.sources.location import Location
from monoprint.sources.register import Register
from monoprint.sources.rows import Pointing
from monoprint.sources.tabular import Tabular, open_table

# Options that are no attributes.
_RESERVED: Final = (
    frozenset({"path", "url", "id", "root", "encoding", "delimiter"}) | addresses.OPTIONS
)

_URL: Final = re.compile("https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table mean what; `by_url` says what the pictures are read by."""

    pictures: tuple[str, ...]
    by_url: bool
    row_id: str
    attributes: tuple[tuple[str, str], ...]

    def all(self) -> tuple[str, ...]:
        """Return every column that is looked at, once."""
        named = (*self.pictures, self.row_id, *(column for _, column in self.attributes))
        return tuple(dict.fromkeys(name for name in named if name))


def locate(location: Location) -> Location:
    """Return a table's location with whole paths.

    Raises StoreError for a file that is not there, UsageError for options that name no column of
    it or that make no sense.
    """
    real = os.path.realpath(path_name(location.place))
    options = dict(location.options)
    if "root" in options:
        # As it was named: paths in the table that are absolute start with it as it is named too.
        options["root"] = path_text(os.path.abspath(path_name(options["root"])))  # noqa: PTH100
        if not Path(path_name(options["root"])).is_dir():
            raise UsageError(f"the folder that paths start from is not there: {options['root']}")
    found = Location("table", path_text(real), tuple(sorted(options.items())))
    _columns(found, _opened(found).columns)
    return found


def open_store(
    location: Location,
    *,
    follow_symlinks: bool,  # noqa: ARG001 - a link may lead out of the folder, so none is followed
    max_bytes: int,
) -> "Table":
    """Return the source that reads a table's pictures."""
    return Table(location, max_bytes=max_bytes)


def _opened(location: Location) -> Tabular:
    return open_table(
        Path(path_name(location.place)),
        encoding=location.option("encoding", "utf-8"),
        delimiter=location.option("delimiter"),
    )


def _columns(location: Location, there: tuple[str, ...]) -> Columns:
    options = dict(location.options)
    if ("path" in options) == ("url" in options):
        raise UsageError(
            "a table needs the name of the column that its pictures are in",
            advice=f"Put #path=COLUMN or #url=COLUMN behind {location.place}; its columns are "
            f"{_named(there)}.",
        )
    by_url = "url" in options
    if by_url and "root" in options:
        raise UsageError("root= is of tables with paths", advice="Leave it out with url=.")
    if by_url:
        addresses.check(location)
    pictures = options["url" if by_url else "path"]
    found = Columns(
        (pictures,) if pictures in there else tuple(pictures.split("+")),
        by_url,
        options.get("id", ""),
        tuple((name, column) for name, column in location.options if name not in _RESERVED),
    )
    for column in found.all():
        if there.count(column) != 1:
            what = "has several columns" if column in there else "has no column"
            raise UsageError(
                f"{location.place} {what} {column!r}", advice=f"Its columns are {_named(there)}."
            )
    return found


def _named(columns: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, columns[:40]))
    return shown if len(columns) <= 40 else f"{shown} and {len(columns) - 40} more"


class Table:
    """The pictures that the rows of a table point at; `max_bytes` is the size of the largest."""

    def __init__(self, location: Location, *, max_bytes: int) -> None:
        self.location = str(location)
        self._place = location
        self._path = Path(path_name(location.place))
        self._by_url = "url" in dict(location.options)
        self._root = Path(path_name(location.option("root")) or self._path.parent)
        self._folder = Folder(path_text(str(self._root)), max_bytes=max_bytes)
        self._addresses = Addresses(location, max_bytes=max_bytes)
        self._register: Register | None = None

    @property
    def atomic(self) -> bool:
        """Files are as the table says at the time; what is behind URLs may be otherwise now."""
        return not self._by_url

    def listing(self) -> Iterator[Listed]:
        """Yield an entry for each picture of each row; see `Source.listing`.

        What they point at is written to a register, for `read`.
        """
        stamp = self._stamp()
        table = _opened(self._place)
        columns = _columns(self._place, table.columns)
        with register.written(register.place_of(self.location), stamp) as target:
            for found in rows.in_order(self._pointing(table, columns)):
                entry = found.entry
                if found.target and not entry.barred:
                    target.add(entry.path, found.target)
                    entry = entry if self._by_url else self._looked_at(entry, found.target)
                yield entry
            if self._stamp() != stamp:
                raise StoreError(
                    f"{self._place.place} changed while it was listed",
                    advice="Run again once it is written.",
                )

    def read(self, path: str) -> Content:
        """Return the bytes of a picture; see `Source.read`."""
        target = self._target(path)
        return self._addresses.read(target) if self._by_url else self._folder.read(target)

    def open(self, path: str) -> BinaryIO:
        """Open a picture to be read here and there; see `Source.open`."""
        target = self._target(path)
        return self._addresses.open(target) if self._by_url else self._folder.open(target)

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:
        """Return the extents of the file that an entry points at; see `Source.storage`."""
        if self._by_url:
            return ()
        try:
            return self._folder.storage(self._target(path))
        except Unreadable:
            return ()

    def close(self) -> None:
        """Let go of the register and of connections."""
        self._addresses.close()
        self._register = None

    def _pointing(self, table: Tabular, columns: Columns) -> Iterator[Pointing]:
        """Yield what each row points at, in the order of the table."""
        wanted = columns.all()
        for number, row in table.rows(wanted):
            if isinstance(row, str):
                yield rows.barred(number, row, status=Status.UNREADABLE)
            else:
                yield from self._of_row(number, row, columns)

    def _of_row(self, number: int, row: Mapping[str, Any], columns: Columns) -> Iterator[Pointing]:
        told = rows.attributes({name: row[column] for name, column in columns.attributes})
        named = rows.as_text(row[columns.row_id]) if columns.row_id else ""
        base = rows.path_of(named)
        if columns.row_id and not base:
            why = "too long" if named.strip() else "empty"
            yield rows.barred(number, f"its id is {why}: {columns.row_id}")
            return
        cells = [row[column] for column in columns.pictures]
        several = len(cells) > 1 or isinstance(cells[0], list)
        targets = [each for cell in cells for each in (cell if isinstance(cell, list) else [cell])]
        pointed = False
        for place, value in enumerate(targets, start=1):
            text = rows.as_text(value).strip() if self._by_url else rows.as_text(value)
            if not text.strip():
                continue
            pointed = True
            path = f"{base}/{place}" if several and base else base or rows.path_of(text)
            if not path:
                yield rows.barred(number, f"no path and no id: {text[:60]!r}")
            elif self._by_url:
                yield Pointing(rows.url_entry(path, text, told), number, text)
            else:
                yield self._to_file(path, text, number, told)
        if not pointed:
            reason = f"no picture: nothing in {' and '.join(columns.pictures)}"
            yield rows.barred(number, reason, path=base, status=Status.UNSUPPORTED)

    def _to_file(
        self, path: str, named: str, number: int, told: tuple[tuple[str, str], ...]
    ) -> Pointing:
        """Return what points at a file below the root; what would lead out of it is refused."""
        if _URL.match(named):
            # Not shown: it may hold a key.
            reason = "a URL in a column of paths: name the column with url= instead of path="
            return Pointing(Listed(path, barred=reason, attributes=told), number)
        pure = PurePath(named)
        if pure.is_absolute() and pure.is_relative_to(self._root):
            pure = pure.relative_to(self._root)
        outside = pure.anchor or ".." in pure.parts
        if outside or not pure.parts or "\x00" in named:
            reason = "leads out of the folder" if outside else "names no file"
            return Pointing(Listed(path, barred=f"{reason}: {path_text(named)}"), number)
        return Pointing(Listed(path, attributes=told), number, "/".join(pure.parts))

    def _looked_at(self, entry: Listed, target: str) -> Listed:
        """Return an entry with what the file system says of the file that it points at."""
        found = self._folder.at(path_text(target))
        return replace(found, path=entry.path, attributes=entry.attributes)

    def _target(self, path: str) -> str:
        """Return what an entry points at now. Raises Unreadable if the table has it no more."""
        try:
            target = self._register_of(self._stamp()).target(path)
        except (StoreError, UsageError) as error:
            raise Unreadable(str(error)) from error
        if target is None:
            raise Unreadable("the table has no such row any more")
        return target if self._by_url else path_text(target)

    def _register_of(self, stamp: str) -> Register:
        """Return the register of this state of the table; it is written anew if there is none."""
        place = register.place_of(self.location)
        if self._register is None or self._register.stamp != stamp:
            self._register = register.opened(place)  # another process may have written it
        if self._register is None or self._register.stamp != stamp:
            for _ in self.listing():
                pass
            self._register = Register(place)
        return self._register

    def _stamp(self) -> str:
        """Return what changes whenever the table does."""
        try:
            info = self._path.stat()
        except OSError as error:
            raise StoreError(
                f"cannot read the table {self._place.place}: {error.strerror}",
                advice="Check its name and that you may read it.",
            ) from error
        return f"1 {info.st_mtime_ns} {info.st_size} {info.st_ino}"
