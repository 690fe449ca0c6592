"""Hold that the same pictures give the same groups wherever they are kept.

    python -m benchmarks.same_groups PICTURES [--count 2000] [--level visual] [--kinds folder zip]

PICTURES is a folder; its first `count` files by name are put into a folder, archives, a bag, a
table and a bucket on this machine; each is audited into a catalog of its own. Groups are the same
if they hold the same files in the same roles with the same relations. Ends with 1 if any differ, or
if there are none.
"""

import argparse
import csv
import hashlib
import os
import re
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.buckets import KEYS, server
from benchmarks.timing import monoprint, say

Groups = frozenset[frozenset[tuple[str, str, str]]]
Keep = Callable[[list[Path], Path], AbstractContextManager[str]]


def copied(pictures: list[Path], place: Path) -> None:
    place.mkdir(parents=True)
    for picture in pictures:
        shutil.copy2(picture, place / picture.name)


@contextmanager
def folder(pictures: list[Path], root: Path) -> Iterator[str]:
    copied(pictures, root / "folder")
    yield str(root / "folder")


@contextmanager
def zipped(pictures: list[Path], root: Path) -> Iterator[str]:
    with zipfile.ZipFile(root / "pictures.zip", "w") as made:
        for picture in pictures:
            made.write(picture, picture.name)
    yield str(root / "pictures.zip")


def tarred(name: str) -> Keep:
    @contextmanager
    def keep(pictures: list[Path], root: Path) -> Iterator[str]:
        with tarfile.open(root / name, "w:gz" if name.endswith("gz") else "w") as made:
            for picture in pictures:
                made.add(picture, picture.name)
        yield str(root / name)

    return keep


@contextmanager
def bag(pictures: list[Path], root: Path) -> Iterator[str]:
    copied(pictures, root / "bag" / "data")
    lines = [
        f"{hashlib.sha256(picture.read_bytes()).hexdigest()}  data/{picture.name}\n"
        for picture in pictures
    ]
    (root / "bag" / "manifest-sha256.txt").write_text("".join(lines), encoding="utf-8")
    declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    (root / "bag" / "bagit.txt").write_text(declaration, encoding="utf-8")
    yield f"bag:{root / 'bag'}"


@contextmanager
def table(pictures: list[Path], root: Path) -> Iterator[str]:
    copied(pictures, root / "table")
    with (root / "table" / "pictures.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "file"])
        rows.writerows([picture.name, picture.name] for picture in pictures)
    yield f"{root / 'table' / 'pictures.csv'}#path=file,id=number"


@contextmanager
def bucket(pictures: list[Path], root: Path) -> Iterator[str]:
    copied(pictures, root / "bucket")
    with server(root / "bucket") as serving:
        yield serving.location


KINDS: dict[str, Keep] = {
    "folder": folder,
    "zip": zipped,
    "tar": tarred("pictures.tar"),
    "tar.gz": tarred("pictures.tar.gz"),
    "bag": bag,
    "table": table,
    "bucket": bucket,
}


def groups_of(store: str, root: Path, level: str) -> tuple[Groups, float]:
    """Audit a store; return its groups by the pictures' names, and the seconds it took."""
    report = root / "report"
    took = monoprint(
        "audit", store, "--level", level, "--out", report, "--catalog", root / "catalog.sqlite"
    ).wall
    by_group: dict[str, set[tuple[str, str, str]]] = {}
    with (report / "groups.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = re.split("[/!]", row["path"])[-1]
            by_group.setdefault(row["group"], set()).add((name, row["role"], row["relation"]))
    return frozenset(frozenset(members) for members in by_group.values()), took


def main() -> int:
    """Audit the pictures as each kind, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--level", default="visual")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    chosen = parser.parse_args()
    os.environ |= KEYS
    pictures = sorted(p for p in chosen.pictures.rglob("*") if p.is_file())[: chosen.count]
    if len({picture.name for picture in pictures}) < len(pictures):
        parser.error("two pictures have one name")
    first: Groups | None = None
    same = True
    for kind in chosen.kinds:
        with tempfile.TemporaryDirectory() as made:
            root = Path(made)
            with KINDS[kind](pictures, root) as store:
                found, took = groups_of(store, root, chosen.level)
        first = found if first is None else first
        differ = len(found ^ first)
        same &= bool(found) and not differ
        say(
            f"{kind:<8} {len(pictures):>6} pictures  {len(found):>6} groups  {took:7.1f} s  "
            + (f"{differ} groups differ" if differ else "the same groups")
        )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
