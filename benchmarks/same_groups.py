"""Hold that the same pictures give the same groups wherever they are kept.

    python benchmarks/same_groups.py PICTURES [--count 2000] [--level visual] [--kinds folder zip …]

PICTURES is a folder; its first `count` files by name are put into a folder, archives, a bag, a
table and a bucket on this machine; each is audited into a catalog of its own. Groups are the same
if they hold the same files in the same roles with the same relations. Ends with 1 if any differ.
"""

import argparse
import csv
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from timing import say

Groups = frozenset[frozenset[tuple[str, str, str]]]


def folder(pictures: list[Path], root: Path) -> str:
    """Keep the pictures in a folder."""
    place = root / "folder"
    place.mkdir()
    for picture in pictures:
        shutil.copy2(picture, place / picture.name)
    return str(place)


def archive_zip(pictures: list[Path], root: Path) -> str:
    """Keep the pictures in a zip archive, stored as they are."""
    with zipfile.ZipFile(root / "pictures.zip", "w") as made:
        for picture in pictures:
            made.write(picture, picture.name)
    return str(root / "pictures.zip")


def archive_tar(pictures: list[Path], root: Path) -> str:
    """Keep the pictures in a tar archive."""
    return _tar(pictures, root / "pictures.tar", "w")


def archive_tar_gz(pictures: list[Path], root: Path) -> str:
    """Keep the pictures in a compressed tar archive."""
    return _tar(pictures, root / "pictures.tar.gz", "w:gz")


def _tar(pictures: list[Path], place: Path, mode: str) -> str:
    with tarfile.open(place, mode) as made:  # type: ignore[call-overload]
        for picture in pictures:
            made.add(picture, picture.name)
    return str(place)


def bag(pictures: list[Path], root: Path) -> str:
    """Keep the pictures in a bag."""
    import bagit

    place = root / "bag"
    place.mkdir()
    for picture in pictures:
        shutil.copy2(picture, place / picture.name)
    bagit.make_bag(str(place), checksums=["sha256"])
    return f"bag:{place}"


def table(pictures: list[Path], root: Path) -> str:
    """Name the pictures in a table of paths."""
    place = root / "table"
    place.mkdir()
    for picture in pictures:
        shutil.copy2(picture, place / picture.name)
    with (place / "pictures.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "file"])
        rows.writerows([picture.name, picture.name] for picture in pictures)
    return f"{place / 'pictures.csv'}#path=file,id=number"


KINDS: dict[str, Callable[[list[Path], Path], str]] = {
    "folder": folder,
    "zip": archive_zip,
    "tar": archive_tar,
    "tar.gz": archive_tar_gz,
    "bag": bag,
    "table": table,
}


def groups_of(store: str, root: Path, level: str) -> tuple[Groups, float]:
    """Audit a store; return its groups by the pictures' names, and the seconds it took."""
    report = root / "report"
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "monoprint", "audit", store, "--level", level,
         "--out", str(report), "--catalog", str(root / "catalog.sqlite")],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    took = time.perf_counter() - started
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
    pictures = sorted(p for p in chosen.pictures.rglob("*") if p.is_file())[: chosen.count]
    names = {picture.name for picture in pictures}
    if len(names) < len(pictures):
        parser.error("two pictures have one name")
    first: Groups | None = None
    same = True
    for kind in chosen.kinds:
        with tempfile.TemporaryDirectory() as made:
            root = Path(made)
            found, took = groups_of(KINDS[kind](pictures, root), root, chosen.level)
        first = found if first is None else first
        differ = len(found ^ first)
        same &= not differ
        say(f"{kind:<8} {len(pictures):>6} pictures  {len(found):>6} groups  {took:7.1f} s  "
            + (f"{differ} groups differ" if differ else "the same groups"))  # fmt: skip
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
