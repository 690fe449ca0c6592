r"""The report as tables: files, groups, attributes, warnings and fixity; CSV and Parquet.

The CSV files are safe to open in a spreadsheet, which takes a cell that starts with ``=``, ``+``,
``-`` or ``@`` (or a tab or line break and then one of these) for a formula. Nothing is lost by it:

- A path that starts so is written as ``./`` and the path, which is the same path. A semicolon
  before such a sign, where many spreadsheets begin a new cell, is written as ``\u003b``, which
  `monoprint.model.asset.path_name` turns back like any other escape of a path's text form.
- Attributes are a JSON object, in which a semicolon is written likewise, and so it is in their
  names and values in ``differing.csv``.
- Any other text that starts so, or with an apostrophe, gets an apostrophe in front; whoever reads
  it by program takes one leading apostrophe away.

Parquet cannot hold a formula, so there every value stays as it is.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from monoprint.model.asset import Asset
from monoprint.model.finding import Audit, Fixity, Group, Warned
from monoprint.model.match import Change
from monoprint.report.interface import ReportInput

# The signs of the OWASP note on CSV injection, with the full-width ones that some input methods
# and spreadsheets take for the same.
_SIGNS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_PATH_START = re.compile(f"[{_SIGNS}]")
_TEXT_START = re.compile(f"['{_SIGNS}]")
_CELL_START = re.compile(f";(?=[{_SIGNS}])")

# Rows of one Parquet row group: what is held in memory at a time.
_ROW_GROUP = 50_000


def path_cell(path: str) -> str:
    """Return a path as it can stand in a CSV cell."""
    path = _CELL_START.sub(r"\\u003b", path)
    return f"./{path}" if _PATH_START.match(path) else path


def text_cell(text: str) -> str:
    """Return any other text as it can stand in a CSV cell."""
    return f"'{text}" if _TEXT_START.match(text) else text


def _escaped_cell(text: str) -> str:
    """Return a ``store:path`` or an attribute's value as it can stand in a CSV cell."""
    return text_cell(_CELL_START.sub(r"\\u003b", text))


def _json_cell(text: str) -> str:
    """Return a JSON object as it can stand in a CSV cell: its own escape is the semicolon's too."""
    return _CELL_START.sub(r"\\u003b", text)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its name, its Arrow type and how a text is written into a CSV cell."""

    name: str
    type: str = "string"
    cell: Callable[[str], str] | None = text_cell


def _number(name: str, type_: str) -> _Column:
    return _Column(name, type_, None)


def _code(name: str) -> _Column:
    """Return a column of our own words or hexadecimal digits, which never look like a formula."""
    return _Column(name, cell=None)


_FILES = (
    _Column("path", cell=path_cell),
    _Column("store"),
    _code("status"),
    _Column("reason"),
    _Column("format"),
    _number("bytes", "int64"),
    _number("width", "int32"),
    _number("height", "int32"),
    _number("frames", "int32"),
    _code("sha256"),
    _code("pdq"),
    _number("quality", "int16"),
    _Column("group"),
    _Column("note"),
    _Column("iscc"),
    _Column("derived"),
    _Column("attributes", cell=_json_cell),
)

_GROUPS = (
    _Column("group"),
    _Column("path", cell=path_cell),
    _Column("store"),
    _code("role"),
    _code("relation"),
    _Column("changes"),
    _number("certainty", "double"),
    _Column("via", cell=_escaped_cell),
    _number("distance", "int16"),
    _number("bytes", "int64"),
    _number("width", "int32"),
    _number("height", "int32"),
    _Column("format"),
    _code("waste"),
    _Column("identical_to", cell=_escaped_cell),
    _code("evidence"),
    _code("sha256"),
    _Column("derived"),
)

_WARNINGS = (
    _Column("a", cell=_escaped_cell),
    _Column("b", cell=_escaped_cell),
    _code("relation"),
    _Column("where"),
    _number("certainty", "double"),
    _code("evidence"),
    _Column("changes"),
    _code("a_sha256"),
    _code("b_sha256"),
)

_FIXITY = (
    _Column("path", cell=path_cell),
    _Column("store"),
    _code("what"),
    _Column("told"),
    _Column("expected"),
    _Column("found"),
)

_DIFFERING = (
    _Column("attribute", cell=_escaped_cell),
    _Column("group"),
    _Column("value", cell=_escaped_cell),
    _Column("path", cell=path_cell),
    _Column("store"),
    _code("relation"),
    _code("sha256"),
)

_Row = tuple[str | int | float | None, ...]


class TableReport:
    """Writes ``files``, ``groups``, ``differing``, ``warnings`` and ``fixity``, each as two files.

    What is absent is an empty cell in CSV and null in Parquet.
    """

    def write(self, report: ReportInput, folder: Path) -> list[Path]:
        """Write the eight tables, holding no more than one row group of them, and return them."""
        groups = report.audit.groups
        group_of: dict[tuple[str, str], str] = {}
        for group in groups:
            for member in group.members:  # a file can stand in several groups: the first counts
                group_of.setdefault((member.store, member.path), group.id)
        notes = [(notice.store, notice.path, notice.note) for notice in report.audit.notices]
        notes += [(flawed.store, flawed.path, flawed.told) for flawed in report.audit.fixity]
        note_of: dict[tuple[str, str], str] = {}
        for store, path, note in notes:
            key = (store, path)
            note_of[key] = f"{note_of[key]}; {note}" if key in note_of else note
        files = (_file_row(asset, group_of, note_of) for asset in report.files())
        return [
            *_write(folder, "files", _FILES, files),
            *_write(folder, "groups", _GROUPS, _group_rows(groups)),
            *_write(folder, "differing", _DIFFERING, _differing_rows(report.audit)),
            *_write(folder, "warnings", _WARNINGS, map(_warning_row, report.audit.warnings)),
            *_write(folder, "fixity", _FIXITY, map(_fixity_row, report.audit.fixity)),
        ]


def _file_row(
    asset: Asset, group_of: dict[tuple[str, str], str], note_of: dict[tuple[str, str], str]
) -> _Row:
    key = (asset.store, asset.path)
    return (
        asset.path,
        asset.store,
        asset.status.value,
        asset.reason or None,
        asset.format or None,
        asset.bytes,
        asset.width,
        asset.height,
        asset.frames,
        asset.sha256.hex() if asset.sha256 is not None else None,
        asset.pdq.hex() if asset.pdq is not None else None,
        asset.quality,
        group_of.get(key),
        note_of.get(key),
        asset.iscc,
        asset.derived or None,
        json.dumps(dict(asset.attributes), ensure_ascii=False) if asset.attributes else None,
    )


def _group_rows(groups: Iterable[Group]) -> Iterator[_Row]:
    for group in groups:
        for member in group.members:
            yield (
                group.id,
                member.path,
                member.store,
                member.role.value,
                member.relation.value if member.relation is not None else None,
                _in_words(member.changes),
                member.certainty,
                member.via or None,
                member.distance,
                member.bytes,
                member.width,
                member.height,
                member.format or None,
                member.waste.value or None,
                member.identical_to or None,
                member.evidence or None,
                member.sha256,
                member.derived or None,
            )


def _differing_rows(audit: Audit) -> Iterator[_Row]:
    """Yield a row for each file that has an attribute in which its group's files differ."""
    groups = {group.id: group for group in audit.groups}
    for differing in audit.differing:
        for apart in differing.groups:
            for member in groups[apart.group].members:
                value = dict(member.attributes).get(differing.attribute)
                if value:
                    relation = None if member.relation is None else member.relation.value
                    yield (
                        differing.attribute, apart.group, value, member.path, member.store,
                        relation, member.sha256,
                    )  # fmt: skip


def _warning_row(warned: Warned) -> _Row:
    return (
        warned.a,
        warned.b,
        warned.relation.value,
        warned.where or None,
        warned.certainty,
        warned.evidence or None,
        _in_words(warned.changes),
        warned.a_sha256,
        warned.b_sha256,
    )


def _fixity_row(flawed: Fixity) -> _Row:
    return (
        flawed.path,
        flawed.store,
        flawed.what.value,
        flawed.told,
        flawed.expected or None,
        flawed.found or None,
    )


def _in_words(changes: tuple[Change, ...]) -> str | None:
    return "; ".join(change.text for change in changes) or None


def _write(
    folder: Path, name: str, columns: tuple[_Column, ...], rows: Iterator[_Row]
) -> list[Path]:
    """Write one pass of rows as CSV and as Parquet."""
    # Loading Arrow takes longer than most commands; only those who write tables wait for it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    paths = [folder / f"{name}.csv", folder / f"{name}.parquet"]
    schema = pa.schema([(column.name, pa.type_for_alias(column.type)) for column in columns])
    guards = [(place, column.cell) for place, column in enumerate(columns) if column.cell]
    with ExitStack() as stack:
        file = stack.enter_context(paths[0].open("w", encoding="utf-8", newline=""))
        table = csv.writer(file, lineterminator="\n")
        table.writerow(column.name for column in columns)
        # A file, not its name: Arrow takes no name that is not UTF-8.
        binary = stack.enter_context(paths[1].open("wb"))
        parquet = stack.enter_context(pq.ParquetWriter(binary, schema, compression="zstd"))
        while held := list(islice(rows, _ROW_GROUP)):
            arrays: list[Any] = [
                pa.array(values, field.type)
                for values, field in zip(zip(*held, strict=True), schema, strict=True)
            ]
            parquet.write_batch(pa.record_batch(arrays, schema=schema))
            table.writerows(_cells(row, guards) for row in held)
    return paths


def _cells(row: _Row, guards: list[tuple[int, Callable[[str], str]]]) -> list[object]:
    cells: list[object] = list(row)
    for place, cell in guards:
        text = cells[place]
        if isinstance(text, str):
            cells[place] = cell(text)
    return cells
