"""Files of rows: CSV and TSV, JSON Lines, Parquet; each is read as a stream.

CSV is that of RFC 4180: a line of column names, cells that may stand in double quotes (doubled
within), and a delimiter, which is a comma, or a tab in ``.tsv``, unless another one is named.
A byte order mark of UTF-8 is taken for what it is. Rows are numbered as spreadsheets show them:
the line of names is row 1.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, cast

from monoprint.errors import StoreError, UsageError
from monoprint.model.asset import path_text
from monoprint.model.formats import TABLES

# A line or cell that is longer is no row of a listing, and would have to be held whole.
_LONGEST_LINE: Final = 16 << 20
_LONGEST_CELL: Final = 1 << 20

# Lines of JSON that are looked at for the names of columns: not each object has all of them.
_LOOKED_AT: Final = 1_000

# Rows of a Parquet file that are decoded at a time.
_BATCH: Final = 8_192

_ENDING: Final = re.compile(rf"\.({'|'.join(TABLES)})(\.gz)?", re.IGNORECASE)

# What each row gives: the wanted columns' values, or why it cannot be read.
Row = tuple[int, Mapping[str, Any] | str]


class Tabular(Protocol):
    """A file of rows, open at its beginning."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        ...

    def rows(self, wanted: tuple[str, ...]) -> Iterator[Row]:
        """Yield each row's number with the values of the wanted columns, or why there are none.

        Raises StoreError for a file that cannot be read on.
        """
        ...


def open_table(path: Path, *, encoding: str = "utf-8", delimiter: str = "") -> Tabular:
    """Open a file of rows of the kind that its name ends in.

    Raises UsageError for a name that tells none, an encoding or delimiter that is none; StoreError
    for a file that cannot be read.
    """
    told = _ENDING.fullmatch("".join(path.suffixes[-2:])) or _ENDING.fullmatch(path.suffix)
    if told is None:
        raise UsageError(
            f"{path_text(str(path))} is no table by its name",
            advice="Tables end in .csv, .tsv, .jsonl, .ndjson (each also .gz) or .parquet.",
        )
    kind, packed = told.group(1).lower(), bool(told.group(2))
    if kind == "parquet":
        if packed:
            raise UsageError("a Parquet file is packed within", advice="Unpack it: gunzip.")
        return _Parquet(path)
    if kind in {"jsonl", "ndjson"}:
        return _JsonLines(path, packed)
    try:
        "".encode(encoding)
    except LookupError as error:
        raise UsageError(f"there is no encoding {encoding!r}", advice="encoding=latin-1") from error
    if len(delimiter or ",") != 1:
        raise UsageError(f"{delimiter!r} is no delimiter", advice="It is one sign: delimiter=;")
    return _Csv(path, packed, encoding, delimiter or ("\t" if kind == "tsv" else ","))


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what goes wrong with a file as a whole into a StoreError."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(
            f"cannot read the table {path_text(str(path))}: {reason}",
            advice="Check that it is whole and that you may read it.",
        ) from error


def _binary(path: Path, packed: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")


@dataclass(frozen=True, slots=True)
class _Csv:
    path: Path
    packed: bool
    encoding: str
    delimiter: str

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(next(self._records())[1])

    def rows(self, wanted: tuple[str, ...]) -> Iterator[Row]:
        records = self._records()
        _, header = next(records)
        places = [(name, header.index(name)) for name in wanted]
        for number, record in records:
            if len(record) == len(header):
                yield number, {name: record[place] for name, place in places}
            else:
                yield number, f"it has {len(record)} cells, and there are {len(header)} columns"

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield records, the line of names first; lines with nothing on them are no records."""
        csv.field_size_limit(_LONGEST_CELL)
        line = 0

        def lines(text: io.TextIOWrapper) -> Iterator[str]:
            nonlocal line
            while read := text.readline(_LONGEST_LINE):
                line += 1
                if len(read) == _LONGEST_LINE:
                    raise csv.Error(f"longer than {_LONGEST_LINE:,} characters")
                yield read

        # The mark of UTF-8 would else be a part of the first column's name.
        coding = "utf-8-sig" if self.encoding.lower() in {"utf-8", "utf8"} else self.encoding
        number = 0
        with _telling(self.path), _binary(self.path, self.packed) as file:
            text = io.TextIOWrapper(file, encoding=coding, newline="")
            try:
                reader = csv.reader(lines(text), delimiter=self.delimiter, strict=True)
                for number, record in enumerate(reader, start=1):
                    if record:
                        yield number, record
            except UnicodeDecodeError as error:
                raise StoreError(
                    f"{path_text(str(self.path))} is not {self.encoding}, after line {line}",
                    advice="Name its encoding: #encoding=latin-1, #encoding=utf-16",
                ) from error
            except csv.Error as error:
                raise StoreError(
                    f"{path_text(str(self.path))}, line {line}: no CSV: {error}",
                    advice="Cells with quotes, delimiters or line breaks stand in double quotes, "
                    "and quotes in them are doubled.",
                ) from error
        if not number:
            raise StoreError(f"{path_text(str(self.path))} has no line with names of columns")


@dataclass(frozen=True, slots=True)
class _JsonLines:
    path: Path
    packed: bool

    @property
    def columns(self) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for number, value in self._values():
            if number > _LOOKED_AT:
                break
            names |= dict.fromkeys(value if isinstance(value, dict) else ())
        return tuple(names)

    def rows(self, wanted: tuple[str, ...]) -> Iterator[Row]:
        for number, value in self._values():
            if isinstance(value, dict):
                yield number, {name: value.get(name) for name in wanted}
            else:
                yield number, "the line holds no JSON object"

    def _values(self) -> Iterator[tuple[int, Any]]:
        """Yield the value of each line that has something on it, None for what is no JSON."""
        with _telling(self.path), _binary(self.path, self.packed) as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE:
                    raise StoreError(
                        f"{path_text(str(self.path))}, line {number}: longer than "
                        f"{_LONGEST_LINE:,} bytes",
                        advice="JSON Lines has one object a line.",
                    )
                if not line.strip():
                    continue
                try:
                    yield number, json.loads(line.decode("utf-8-sig"))
                except (ValueError, RecursionError):
                    yield number, None


@dataclass(frozen=True, slots=True)
class _Parquet:
    path: Path

    @property
    def columns(self) -> tuple[str, ...]:
        with self._open() as file:
            return tuple(file.schema_arrow.names)

    def rows(self, wanted: tuple[str, ...]) -> Iterator[Row]:
        number = 0
        with self._open() as file:
            for batch in file.iter_batches(_BATCH, columns=list(wanted)):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row

    @contextmanager
    def _open(self) -> Iterator[Any]:
        # Loading Arrow takes longer than most listings.
        import pyarrow as pa
        import pyarrow.parquet as pq

        with _telling(self.path):
            try:
                with self.path.open("rb") as file, pq.ParquetFile(file) as table:
                    yield table
            except (pa.ArrowException, UnicodeDecodeError) as error:
                raise StoreError(
                    f"{path_text(str(self.path))} is no whole Parquet file: {error}",
                    advice="Write it anew, or name another table.",
                ) from error
