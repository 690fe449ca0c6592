"""The report for programs: one JSON document with everything an audit found."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from monoprint.model.finding import Audit, Group
from monoprint.report.interface import ReportInput
from monoprint.version import VERSION

SCHEMA = "urn:monoprint:report:3"


def load_schema() -> dict[str, Any]:
    """Return the published JSON Schema (2020-12) of ``report.json``."""
    text = files("monoprint.report").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


class JsonReport:
    """Writes ``report.json``.

    Every store, format, group, member, warning, fixity, problem and notice has a line of its
    own, so that two reports can be compared by line; keys have the order of the model.
    """

    def write(self, report: ReportInput, folder: Path) -> list[Path]:
        """Write the document group by group and return its path."""
        path = folder / "report.json"
        # What UTF-8 cannot hold (a lone surrogate) becomes \uNNNN, which in JSON is that character.
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(_pieces(report.audit))
        return [path]


def _pieces(audit: Audit) -> Iterator[str]:
    yield f'{{\n"schema": {_dump(SCHEMA)},\n"monoprint": {_dump(VERSION)}'
    yield f',\n"definition": {_dump(audit.definition)},\n"totals": {_dump(audit.totals)}'
    yield from _lines("stores", map(_dump, audit.stores))
    yield from _lines("formats", map(_dump, audit.formats))
    yield from _lines("shared", map(_dump, audit.shared))
    yield from _lines("groups", map(_group, audit.groups))
    yield from _lines("warnings", map(_dump, audit.warnings))
    yield from _lines("fixity", map(_dump, audit.fixity))
    yield from _lines("problems", map(_dump, audit.problems))
    yield from _lines("notices", map(_dump, audit.notices))
    yield from _lines("differing", map(_dump, audit.differing))
    yield from _lines("matrices", map(_dump, audit.matrices))
    yield "\n}\n"


def _lines(name: str, items: Iterable[str]) -> Iterator[str]:
    yield f',\n"{name}": ['
    separator = "\n"
    for item in items:
        yield separator + item
        separator = ",\n"
    yield "]" if separator == "\n" else "\n]"


def _group(group: Group) -> str:
    facts = _dump({key: value for key, value in _plain(group).items() if key != "members"})
    members = ",\n ".join(map(_dump, group.members))
    return f'{facts[:-1]}, "members": [\n {members}\n]}}'


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> dict[str, Any]:
    plain = {field.name: getattr(value, field.name) for field in fields(value)}
    return plain | {"attributes": dict(value.attributes)} if "attributes" in plain else plain
