"""Packages: folders that say themselves what is in them, and by which checksums (bags, objects)."""

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from monoprint.errors import Refused, StoreError
from monoprint.model.asset import Listed, Status, path_name, path_text
from monoprint.model.fixity import Breach, Flaw
from monoprint.sources.folder import Folder
from monoprint.sources.interface import Content
from monoprint.sources.location import Location

# What of a package's own words is kept of each file: an essay would be kept a million times.
MAX_ATTRIBUTES: Final = 24
MAX_ATTRIBUTE: Final = 300


@dataclass(frozen=True, slots=True)
class Claim:
    """What a package says of one of its files: its checksum, and which of its files says so.

    `why` says why it may be missing, `flaws` what is odd about the claim.
    """

    checksum: str
    by: str
    why: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A package as its own files describe it; all paths are within it, in text form.

    `claims` are of the files that it holds, `flaws` of those that describe it; `describes` says
    whether a path is of the latter, which are no entries unless something is wrong with them.
    """

    unit: str
    claims: Mapping[str, Claim]
    flaws: Mapping[str, tuple[Flaw, ...]]
    describes: Callable[[str], bool]
    attributes: tuple[tuple[str, str], ...] = ()
    vouches: str = "manifest"


class Opener(Protocol):
    """Opens packages of one kind."""

    def is_package(self, folder: str) -> bool:
        """Say whether a folder (its name) is a package."""
        ...

    def is_around(self, path: str) -> bool:
        """Say whether a path outside of all packages only describes their folder."""
        ...

    def open(self, files: "Files") -> Package:
        """Read what a package says of itself. Whatever is wrong with it is among its flaws."""
        ...


@dataclass(frozen=True, slots=True)
class Files:
    """A package's files, read without following links. Paths are within it, in text form."""

    folder: Folder
    location: str
    prefix: str

    @property
    def unit(self) -> str:
        """The package's place, which tells it from all others."""
        return f"{self.location}/{self.prefix}".rstrip("/")

    def names(self) -> list[str]:
        """Return the names of what lies in the package's own folder, in text form, sorted."""
        with suppress(OSError):
            return sorted(path_text(name) for name in os.listdir(path_name(self.unit)))  # noqa: PTH208
        return []

    def open(self, path: str) -> BinaryIO:
        """Open a file of the package. Raises Unreadable or Refused."""
        return self.folder.open(self.prefix + path)

    def text(self, path: str, limit: int) -> bytes:
        """Return the bytes of a file that is read whole. Raises Unreadable or Refused."""
        with self.open(path) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise Refused(f"size limit: over {limit:,} bytes")
        return data

    def exists(self, path: str) -> bool:
        """Say whether there is anything of this path."""
        return os.path.lexists(path_name(posixpath.join(self.unit, path)))

    def below(self, path: str) -> Iterator[Listed]:
        """Yield what lies below a folder of the package."""
        part = Folder(posixpath.join(self.unit, path), max_bytes=0)
        with suppress(StoreError):  # it is not there
            yield from part.listing()


class _Walk:
    """A listing with its next entry in view; `now` is None at the end."""

    def __init__(self, entries: Iterator[Listed]) -> None:
        self._entries = entries
        self.now = next(entries, None)

    def below(self, prefix: str) -> Iterator[Listed]:
        """Yield the entries whose paths begin with the prefix, up to the first other one."""
        while self.now is not None and self.now.path.startswith(prefix):
            yield self.now
            self.now = next(self._entries, None)


@dataclass(frozen=True, slots=True)
class Packages:
    """A package, or a folder of packages, as a store; `place` is its folder in text form.

    What lies between packages is read as a folder's files are, and told as in none of them.
    """

    location: str
    place: str
    opener: Opener
    folder: Folder

    @property
    def atomic(self) -> bool:
        """A folder's listing takes no time that matters."""
        return True

    def listing(self) -> Iterator[Listed]:
        """Yield the files of every package, and what is named and missing; see `Source.listing`."""
        walk = _Walk(self.folder.listing())
        if self.opener.is_package(path_name(self.place)):
            yield from self._package("", walk)
            return
        strays: set[str] = set()  # folders that are known to be no packages
        while walk.now is not None:
            prefix = self._prefix(walk.now.path, strays)
            if prefix is not None:
                yield from self._package(prefix, walk)
            else:
                yield from map(self._stray, walk.below(walk.now.path))

    def _stray(self, entry: Listed) -> Listed:
        if self.opener.is_around(entry.path):
            return entry
        return replace(entry, flaws=(Flaw(Breach.EXTRA, "extra: it lies in no package"),))

    def _prefix(self, path: str, strays: set[str]) -> str | None:
        """Return the outermost package that a path lies in, as what its paths begin with."""
        cut = path.find("/")
        while cut >= 0:
            folder = path[: cut + 1]
            if folder not in strays:
                if self.opener.is_package(path_name(f"{self.place}/{folder}")):
                    return folder
                strays.add(folder)
            cut = path.find("/", cut + 1)
        return None

    def _package(self, prefix: str, walk: _Walk) -> Iterator[Listed]:
        """Merge what a package says it holds with what is there."""
        package = self.opener.open(Files(self.folder, self.place, prefix))
        wanted = iter(sorted({*package.claims, *package.flaws}))
        path = next(wanted, None)
        for entry in walk.below(prefix):
            here = entry.path[len(prefix) :]
            while path is not None and path < here:
                yield self._absent(package, prefix, path)
                path = next(wanted, None)
            if path == here:
                path = next(wanted, None)
            yield from self._present(package, entry, here)
        for left in chain([] if path is None else [path], wanted):
            yield self._absent(package, prefix, left)

    def _present(self, package: Package, entry: Listed, here: str) -> Iterator[Listed]:
        claim = package.claims.get(here)
        flaws = package.flaws.get(here, ())
        if claim is None and package.describes(here):
            if flaws:
                yield replace(entry, barred=_told(flaws), status=_status(flaws), flaws=flaws)
            return
        if claim is None:
            said = f"extra: in no {package.vouches}"
            yield replace(
                entry, unit=package.unit, attributes=package.attributes,
                flaws=(*flaws, Flaw(Breach.EXTRA, said)),
            )  # fmt: skip
            return
        if entry.barred:
            said = f"not checked: {entry.barred}"
            flaws = (*flaws, Flaw(Breach.INVALID, said, claim.checksum))
        yield replace(
            entry,
            checksum=claim.checksum,
            unit=package.unit,
            attributes=tuple(sorted((*package.attributes, *claim.attributes))),
            flaws=(*claim.flaws, *flaws),
        )

    def _absent(self, package: Package, prefix: str, path: str) -> Listed:
        claim = package.claims.get(path)
        flaws = package.flaws.get(path, ())
        if claim is not None:
            said = f"missing: named in {claim.by}{claim.why and f', {claim.why}'}"
            flaws = (*claim.flaws, *flaws, Flaw(Breach.MISSING, said, claim.checksum))
        return Listed(
            prefix + path,
            barred=_told(flaws),
            status=_status(flaws),
            checksum="" if claim is None else claim.checksum,
            unit=package.unit,
            flaws=flaws,
        )

    def read(self, path: str) -> Content:
        """Return a file's bytes; see `Source.read`."""
        return self.folder.read(path)

    def open(self, path: str) -> BinaryIO:
        """Open a file to be read here and there; see `Source.open`."""
        return self.folder.open(path)

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:
        """Return the file's extents; see `Source.storage`."""
        return self.folder.storage(path)

    def close(self) -> None:
        """Give up what is held open."""
        self.folder.close()


def locate(location: Location, kind: str) -> Location:
    """Return a package's or packages' location with its whole path.

    Raises StoreError for a folder that is not there.
    """
    real = os.path.realpath(location.place)
    if not Path(real).is_dir():
        raise StoreError(
            f"{path_text(location.place)} is no folder",
            advice=f"Name a {kind}, or a folder of them: {location.scheme}:/mnt/…",
        )
    return Location(location.scheme, path_text(real), location.options)


def bounded(
    attributes: Iterable[tuple[str, str]], most: int = MAX_ATTRIBUTES
) -> tuple[tuple[str, str], ...]:
    """Return attributes sorted by name, no more and no longer than are kept; repeats are joined.

    `most` is how many. Values are in the text form of paths, which no control or direction sign
    survives.
    """
    found: dict[str, str] = {}
    for name, value in attributes:
        plain = path_text(" ".join(value.split()))
        if name in found:
            plain = f"{found[name]}; {plain}"
        elif len(found) == most:
            continue
        found[name] = plain[:MAX_ATTRIBUTE]
    return tuple(sorted(found.items()))


def _told(flaws: tuple[Flaw, ...]) -> str:
    return "; ".join(flaw.told for flaw in flaws)


def _status(flaws: tuple[Flaw, ...]) -> Status:
    """Return how a file that describes a package ends: what is only doubtful is no picture."""
    doubtful = all(flaw.what is Breach.DOUBTFUL for flaw in flaws)
    return Status.UNSUPPORTED if doubtful else Status.UNREADABLE
