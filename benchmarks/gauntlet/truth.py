"""The truth about a gauntlet's files, as a table."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Truth:
    """What a file was made from, by what, and which relations name it rightly.

    `source` names several sources, the main one first, where the file shows several.
    """

    path: str
    source: str
    family: str
    transform: str
    strength: int
    row: str
    relations: str
    source_width: int
    source_height: int
    window: str

    @property
    def is_source(self) -> bool:
        return self.transform == SOURCE

    @property
    def main(self) -> str:
        return self.source.partition("|")[0]

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(self.source.split("|"))


def write_table(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_truth(folder: Path, truths: Iterable[Truth]) -> None:
    names = [field.name for field in fields(Truth)]
    write_table(folder / "truth.csv", names, map(astuple, truths))


def read_truth(folder: Path) -> list[Truth]:
    numbers = {field.name for field in fields(Truth) if field.type is int}

    def value(name: str, text: str) -> Any:
        return int(text) if name in numbers else text

    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        return [
            Truth(**{name: value(name, text) for name, text in row.items()})
            for row in csv.DictReader(file)
        ]
