"""Registers: where each entry of a long table points, on disk, so that one can be looked up.

Reading happens in other processes than listing, by an entry's path alone, and a table of ten
million rows is neither read anew for each nor held by each. A register is a file of lines, ``path
tab target``, sorted by path, of this user's cache; it is looked up by halving.
"""

import hashlib
import mmap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

import platformdirs

from monoprint.errors import StoreError
from monoprint.model.asset import path_name, path_text

_FOLDER: Final = "tables"


def place_of(location: str) -> Path:
    """Return where the register of a store is kept."""
    digest = hashlib.sha256(location.encode()).hexdigest()
    return Path(platformdirs.user_cache_dir("monoprint"), _FOLDER, digest)


class Writing:
    """A register that is being written."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def add(self, path: str, target: str) -> None:
        """Add where an entry points; entries come in the order of their paths."""
        self._file.write(f"{path}\t{path_text(target)}\n")


@contextmanager
def written(place: Path, stamp: str) -> Iterator[Writing]:
    """Give a new register to be written, which takes the old one's place once it is whole.

    `stamp` says of which state of the table it is. Raises StoreError if there is no room for it.
    """
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = NamedTemporaryFile(  # noqa: SIM115 - it outlives this line; nobody else may read it
            "w", encoding="utf-8", newline="\n", dir=place.parent, delete=False
        )
        try:
            with file:
                file.write(f"{stamp}\n")
                yield Writing(file)
            Path(file.name).replace(place)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
    except OSError as error:
        raise StoreError(
            f"cannot write the table's register {place}: {error.strerror}",
            advice="Make room there, or name another cache folder (XDG_CACHE_HOME on Linux).",
        ) from error


class Register:
    """A register that is looked up; its file is let go of with it."""

    def __init__(self, place: Path) -> None:
        with place.open("rb") as file:
            self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._start = self._lines.find(b"\n") + 1
        self.stamp = self._lines[: self._start - 1].decode()

    def target(self, path: str) -> str | None:
        """Return where the entry of this path points, None if there is no such entry."""
        wanted = path.encode()
        low, high = self._start, len(self._lines)
        while low < high:
            begin = self._lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self._lines.find(b"\n", begin)
            found, _, target = self._lines[begin:end].partition(b"\t")
            if found == wanted:
                return path_name(target.decode())
            if found < wanted:
                low = end + 1
            else:
                high = begin
        return None


def opened(place: Path) -> Register | None:
    """Return the register at a place, None if there is none."""
    try:
        return Register(place)
    except FileNotFoundError:
        return None
