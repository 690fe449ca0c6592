"""Bags (BagIt, RFC 8493): payload files with the checksums of their manifests.

Manifests are read here and not by the Library of Congress's `bagit`, which opens what a hostile
manifest names, fetches the whole payload to say anything and knows no limits.
"""

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from monoprint.errors import Unread
from monoprint.model.asset import path_name, path_text
from monoprint.model.fixity import ALGORITHMS, Breach, Flaw
from monoprint.sources.folder import Folder
from monoprint.sources.location import Location
from monoprint.sources.packages import Claim, Files, Package, Packages, bounded
from monoprint.sources.packages import locate as locate_package

# What a manifest names is held while its bag is listed: some 500 bytes a file.
MAX_LINES: Final = 2_000_000

# A checksum and the longest path that systems take.
MAX_LINE: Final = 5_000

MAX_DECLARATION_BYTES: Final = 1_000
MAX_LABEL: Final = 80

# A tag file that takes longer to hash than this is no metadata.
MAX_HASHED_BYTES: Final = 1_000_000_000

# Faults of one tag file that are told one by one.
_TOLD: Final = 20

_DECLARATION: Final = "bagit.txt"
_INFO: Final = ("bag-info.txt", "package-info.txt")  # the latter before version 0.96
_FETCH: Final = "fetch.txt"
_PAYLOAD: Final = "data/"
_FIRST: Final = re.compile(r"BagIt-Version: (\d+)\.(\d+)")
_SECOND: Final = re.compile(r"Tag-File-Character-Encoding: ([^\s]+)")
_MANIFEST: Final = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE: Final = re.compile(r"([0-9a-fA-F]+)[ \t]+(\*?)(.*)")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_ENCODED: Final = re.compile("%(0[aAdD]|25)")
_OXUM: Final = re.compile(r"(\d{1,20})\.(\d{1,20})")

# Manifests' names have no hyphens in their algorithms: ``manifest-sha256.txt``.
_NAMES: Final = {python: iana for iana, python in ALGORITHMS.items()}
_STRENGTH: Final = {name: place for place, name in enumerate(ALGORITHMS)}


def locate(location: Location) -> Location:
    """Return the location of a bag or of a folder of bags. Raises StoreError if it is no folder."""
    return locate_package(location, "bag")


def open_store(location: Location, *, follow_symlinks: bool, max_bytes: int) -> Packages:
    """Return a bag, or all the bags in a folder, as a store."""
    folder = Folder(location.place, follow_symlinks=follow_symlinks, max_bytes=max_bytes)
    return Packages(str(location), location.place, Bags(), folder)


class Bags:
    """Opens bags."""

    def is_package(self, folder: str) -> bool:
        """Say whether a folder is a bag; one whose declaration is lost is still one."""
        at = Path(folder)
        with suppress(OSError):
            if (at / _DECLARATION).is_file():
                return True
            return (at / "data").is_dir() and any(at.glob("manifest-*.txt"))
        return False

    def is_around(self, path: str) -> bool:  # noqa: ARG002
        """Say that nothing describes a folder of bags."""
        return False

    def open(self, files: Files) -> Package:
        """Read the declaration, manifests and bag-info of a bag, and check its tag files."""
        return _Reader(files).package()


@dataclass(slots=True)
class _Manifest:
    """What one manifest names: the checksum of each path (within the bag, in text form)."""

    name: str
    algorithm: str
    claims: dict[str, Claim] = field(default_factory=dict)


class _Reader:
    """Reads one bag, and gathers what is wrong with it by the tag file that shows it."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._flaws: dict[str, list[Flaw]] = {}
        self._version = (1, 0)
        self._encoding = "utf-8"

    def package(self) -> Package:
        self._declaration()
        manifests, tags = self._manifests()
        self._check_tags(tags)
        info = self._info()
        self._check_oxum(info)
        claims = self._claims(manifests)
        return Package(
            unit=f"bag:{self._files.unit}",
            claims=claims,
            flaws={path: tuple(flaws) for path, flaws in self._flaws.items()},
            describes=lambda path: not path.startswith(_PAYLOAD),
            attributes=bounded((f"bag-info:{name}", value) for name, value in info),
        )

    def _fault(self, path: str, told: str, what: Breach = Breach.INVALID) -> None:
        flaws = self._flaws.setdefault(path, [])
        if len(flaws) < _TOLD:
            flaws.append(Flaw(what, told))
        elif len(flaws) == _TOLD:
            flaws.append(Flaw(what, "and more of the kind, not told one by one"))

    # The declaration

    def _declaration(self) -> None:
        """Read version and encoding (section 2.1.1); what is wrong leaves those of version 1.0."""
        if not self._files.exists(_DECLARATION):
            self._fault(_DECLARATION, "missing: a bag has a declaration", Breach.MISSING)
            return
        try:
            text = self._files.text(_DECLARATION, MAX_DECLARATION_BYTES).decode("utf-8")
        except (Unread, UnicodeDecodeError) as error:
            self._fault(_DECLARATION, f"bag declaration cannot be read: {error}")
            return
        if text.startswith("\ufeff"):
            self._fault(_DECLARATION, "bag declaration begins with a byte order mark")
        lines = _LINE_END.split(text.lstrip("\ufeff"))
        while lines and not lines[-1]:
            lines.pop()
        first = _FIRST.fullmatch(lines[0]) if lines else None
        second = _SECOND.fullmatch(lines[1].rstrip()) if len(lines) > 1 else None
        if first is None or second is None or len(lines) != 2:
            self._fault(_DECLARATION, "bag declaration is not the two lines that it must be")
        if first is not None:
            self._version = (int(first[1]), int(first[2]))
        if second is not None:
            try:
                io.TextIOWrapper(io.BytesIO(), second[1]).close()
                self._encoding = second[1]
            except (LookupError, ValueError):
                self._fault(_DECLARATION, f"encoding not known: {second[1][:40]}")

    def _lines(self, path: str) -> Iterator[tuple[int, str]]:
        """Yield the lines of a tag file with their numbers, up to the first fault of the file."""
        number = 0
        try:
            with (
                self._files.open(path) as file,
                io.TextIOWrapper(file, encoding=self._encoding, newline=None) as text,
            ):
                while line := text.readline(MAX_LINE + 1):
                    number += 1
                    line = line.removesuffix("\n")
                    if number == 1:
                        line = line.removeprefix("\ufeff")
                    if len(line) > MAX_LINE or number > MAX_LINES:
                        limits = f"{MAX_LINE:,} signs a line, {MAX_LINES:,} lines"
                        self._fault(path, f"limit passed in line {number}: {limits}")
                        return
                    if line.strip():
                        yield number, line
        except UnicodeError:
            self._fault(path, f"is not text in {self._encoding}, which {_DECLARATION} names")
        except Unread as error:
            self._fault(path, f"cannot be read: {error}")

    # Manifests

    def _manifests(self) -> tuple[list[_Manifest], list[_Manifest]]:
        """Return the payload's and the tag files' manifests, the strongest first."""
        payload: list[_Manifest] = []
        tags: list[_Manifest] = []
        for name in self._files.names():
            match = _MANIFEST.fullmatch(name)
            if match is None:
                continue
            algorithm = _NAMES.get(match[2])
            if algorithm is None:
                self._fault(
                    name, f"algorithm {match[2]} is not known: not checked", Breach.DOUBTFUL
                )
            else:
                (tags if match[1] else payload).append(self._manifest(name, algorithm))
        if not payload:
            self._fault("manifest-sha512.txt", "missing: the bag has no payload manifest that "
                        "can be checked", Breach.MISSING)  # fmt: skip
        for found in (payload, tags):
            found.sort(key=lambda manifest: _STRENGTH[manifest.algorithm], reverse=True)
        return payload, tags

    def _manifest(self, name: str, algorithm: str) -> _Manifest:
        """Read the lines of a manifest (section 2.1.3): checksum, white space, path."""
        manifest = _Manifest(name, algorithm)
        digits = hashlib.new(ALGORITHMS[algorithm], usedforsecurity=False).digest_size * 2
        for number, line in self._lines(name):
            match = _LINE.fullmatch(line)
            if match is None or len(match[1]) != digits:
                self._fault(name, f"line {number} is no checksum with a path")
                continue
            if match[2]:
                said = f"line {number} has the star of md5sum before its path"
                self._fault(name, said, Breach.DOUBTFUL)
            path = self._path(name, number, match[3])
            if path is None:
                continue
            if path.startswith(_PAYLOAD) == name.startswith("tag"):
                self._fault(name, f"line {number} names a path that is not its own to name: "
                            f"{path_text(path)[:200]}")  # fmt: skip
                continue
            claim = Claim(f"{algorithm}:{match[1].lower()}", name)
            before = manifest.claims.setdefault(path_text(path), claim)
            if before is not claim:
                same = before.checksum == claim.checksum
                said = (
                    f"names {path_text(path)[:200]} twice, with {'one' if same else 'two'} checksum"
                )
                self._fault(name, f"{said}{'' if same else 's'}",
                            Breach.DOUBTFUL if same else Breach.INVALID)  # fmt: skip
        return manifest

    def _path(self, name: str, number: int, written: str) -> str | None:
        """Return the path that a line names, None with a fault if it leads out of the bag."""
        path = written
        if path.startswith("./"):
            self._fault(name, f"line {number} begins with ./", Breach.DOUBTFUL)
            path = path[2:]
        plain = self._decoded(path)
        there = self._files.exists
        if plain != path and not there(path_text(plain)) and there(path_text(path)):
            self._fault(name, f"line {number} does not write % as %25", Breach.DOUBTFUL)
            plain = path
        outside = plain.startswith(("/", "~")) or re.match(r"[A-Za-z]:|\\\\", plain)
        if outside or "\0" in plain or any(p in {"", ".", ".."} for p in plain.split("/")):
            self._fault(name, f"line {number} names a path outside of the bag, refused: "
                        f"{path_text(written)[:200]}")  # fmt: skip
            return None
        return plain

    def _decoded(self, path: str) -> str:
        """Undo the encoding of line ends and, from version 1.0 on, of the percent sign."""
        modern = self._version >= (1, 0)

        def char(match: re.Match[str]) -> str:
            kept = match[1] == "25" and not modern
            return match[0] if kept else chr(int(match[1], 16))

        return _ENCODED.sub(char, path)

    def _claims(self, manifests: list[_Manifest]) -> dict[str, Claim]:
        """Return the strongest claim of each payload file; each manifest should name them all."""
        claims: dict[str, Claim] = {}
        for manifest in reversed(manifests):
            claims |= manifest.claims
        if self._version >= (1, 0):
            for manifest in manifests:
                if lacking := len(claims) - len(manifest.claims):
                    self._fault(manifest.name, f"does not name {lacking:,} files that another "
                                "manifest names")  # fmt: skip
        fetched = self._fetched()
        for path in sorted(fetched - claims.keys()):
            self._fault(_FETCH, f"names a file that is in no manifest: {path[:200]}")
        for path in fetched & claims.keys():
            claims[path] = replace(claims[path], why="to be fetched by fetch.txt: not fetched")
        return self._reconciled(claims)

    def _fetched(self) -> set[str]:
        """Return the paths that fetch.txt names (section 2.2.3). Nothing is ever fetched."""
        found = set()
        if self._files.exists(_FETCH):
            for number, line in self._lines(_FETCH):
                parts = line.split(maxsplit=2)
                if len(parts) < 3 or not (parts[1] == "-" or parts[1].isdecimal()):
                    self._fault(_FETCH, f"line {number} is no address, length and path")
                elif path := self._path(_FETCH, number, parts[2]):
                    found.add(path_text(path))
        return found

    def _reconciled(self, claims: dict[str, Claim]) -> dict[str, Claim]:
        """Take a file for the one meant if its name differs in case or Unicode form alone.

        So it is where bags were moved between file systems (section 5.1.1).
        """
        absent = {path for path in claims if not self._files.exists(path)}
        if not absent:
            return claims
        there: dict[str, list[str]] = {}
        for entry in self._files.below(_PAYLOAD):
            there.setdefault(_folded(_PAYLOAD + entry.path), []).append(_PAYLOAD + entry.path)
        for path in sorted(absent):
            same = there.get(_folded(path), [])
            if not same:
                continue
            claim = claims.pop(path)
            said = f"{claim.by} calls it {path[:200]}, which differs in case or Unicode form alone"
            flaw = Flaw(Breach.DOUBTFUL, said, claim.checksum)
            of_it = claims.get(same[0], claim)
            claims[same[0]] = replace(of_it, flaws=(*of_it.flaws, flaw))
        return claims

    # Other tag files

    def _check_tags(self, manifests: list[_Manifest]) -> None:
        """Compare tag files with the strongest of the tag manifests that names them."""
        claims: dict[str, Claim] = {}
        for manifest in reversed(manifests):
            claims |= manifest.claims
        for path, claim in sorted(claims.items()):
            if not self._files.exists(path):
                said = f"missing: named in {claim.by}"
                self._flaws.setdefault(path, []).append(Flaw(Breach.MISSING, said, claim.checksum))
                continue
            try:
                found = self._checksum(path, claim.checksum.partition(":")[0])
            except Unread as error:
                self._fault(path, f"not compared with {claim.by}: {error}")
                continue
            if found is None:
                self._fault(path, f"too large to be compared with {claim.by}", Breach.DOUBTFUL)
            elif found != claim.checksum:
                said = f"altered: not the checksum in {claim.by}"
                self._flaws.setdefault(path, []).append(
                    Flaw(Breach.ALTERED, said, claim.checksum, found)
                )

    def _checksum(self, path: str, algorithm: str) -> str | None:
        digest = hashlib.new(ALGORITHMS[algorithm], usedforsecurity=False)
        left = MAX_HASHED_BYTES
        with self._files.open(path) as file:
            while part := file.read(min(left + 1, 1 << 20)):
                digest.update(part)
                left -= len(part)
                if left < 0:
                    return None
        return f"{algorithm}:{digest.hexdigest()}"

    def _info(self) -> list[tuple[str, str]]:
        """Return the elements of bag-info.txt (section 2.2.2), continuation lines joined."""
        found: list[tuple[str, str]] = []
        for name in _INFO:
            if not self._files.exists(name):
                continue
            for number, line in self._lines(name):
                label, colon, value = line.partition(":")
                if line[0] in " \t" and found:
                    found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
                elif not colon or not label.strip():
                    self._fault(name, f"line {number} is no label with a value", Breach.DOUBTFUL)
                else:
                    found.append((path_text(label.strip())[:MAX_LABEL], value.strip()))
        return found

    def _check_oxum(self, info: list[tuple[str, str]]) -> None:
        """Compare the payload's bytes and files with Payload-Oxum, where there is one."""
        name = next((name for name in _INFO if self._files.exists(name)), "")
        oxum = next((value for label, value in info if label.lower() == "payload-oxum"), "")
        if not oxum:
            return
        match = _OXUM.fullmatch(oxum)
        if match is None:
            self._fault(name, f"Payload-Oxum is no octets and streams: {path_text(oxum)[:40]}")
            return
        octets = streams = 0
        for entry in self._files.below(_PAYLOAD):
            octets += entry.bytes
            streams += 1
        if (octets, streams) != (int(match[1]), int(match[2])):
            self._fault(
                name, f"incomplete: Payload-Oxum is {oxum}, and {octets}.{streams} is there"
            )


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path_name(path)).casefold()
