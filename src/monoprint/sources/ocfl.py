"""OCFL objects (Oxford Common File Layout 1.0, 1.1): each stored file once, with its versions."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from monoprint.errors import Unread
from monoprint.model.asset import path_text
from monoprint.model.fixity import ALGORITHMS, Breach, Flaw
from monoprint.sources.folder import Folder
from monoprint.sources.location import Location
from monoprint.sources.packages import Claim, Files, Package, Packages, bounded
from monoprint.sources.packages import locate as locate_package

# An inventory of some 400,000 files; it is held while its object is listed.
MAX_INVENTORY_BYTES: Final = 128_000_000
MAX_DECLARATION_BYTES: Final = 1_000

_DECLARED: Final = re.compile(r"0=ocfl_object_(\d+\.\d+)")
_KNOWN: Final = ("1.0", "1.1")
_INVENTORY: Final = "inventory.json"
_VERSION: Final = re.compile(r"v0{0,9}[1-9][0-9]{0,8}")
_DESCRIBES: Final = re.compile(
    r"(?:v\d+/)?inventory\.json(?:\.[a-z0-9]+)?|0=ocfl_object_[^/]*|(?:logs|extensions)/.*"
)
_AROUND: Final = re.compile(r"0=ocfl_[^/]*|ocfl_[^/]*|extensions/.*")

# The algorithms that may address content (section 3.5.1), as inventories call them.
_ADDRESSING: Final = {"sha512": "sha-512", "sha256": "sha-256"}


def locate(location: Location) -> Location:
    """Return the location of an object or a storage root. Raises StoreError if it is no folder."""
    return locate_package(location, "storage root")


def open_store(location: Location, *, follow_symlinks: bool, max_bytes: int) -> Packages:
    """Return an object, or all the objects below a storage root, as a store."""
    folder = Folder(location.place, follow_symlinks=follow_symlinks, max_bytes=max_bytes)
    return Packages(str(location), location.place, Objects(), folder)


class Objects:
    """Opens OCFL objects."""

    def is_package(self, folder: str) -> bool:
        """Say whether a folder is an object; one whose declaration is lost is still one."""
        names = set()
        with suppress(OSError):
            names = set(os.listdir(folder))  # noqa: PTH208 - names that are not UTF-8
        if any(_DECLARED.fullmatch(name) for name in names):
            return True
        return _INVENTORY in names and any(_VERSION.fullmatch(name) for name in names)

    def is_around(self, path: str) -> bool:
        """Say whether a path of a storage root describes the root (section 4)."""
        return _AROUND.fullmatch(path) is not None

    def open(self, files: Files) -> Package:
        """Read the inventory of an object, and check it by its sidecar."""
        return _Reader(files).package()


@dataclass(slots=True)
class _Standing:
    """Where a content stands: the versions that have it, and its logical paths in the newest."""

    versions: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


class _Reader:
    """Reads one object, and gathers what is wrong with it by the file that shows it."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._flaws: dict[str, list[Flaw]] = {}

    def package(self) -> Package:
        self._declaration()
        inventory = self._inventory()
        claims = self._claims(inventory)
        self._check_versions(inventory)
        return Package(
            unit=f"ocfl:{self._files.unit}",
            claims=claims,
            flaws={path: tuple(flaws) for path, flaws in self._flaws.items()},
            describes=lambda path: _DESCRIBES.fullmatch(path) is not None,
            attributes=bounded([("ocfl:object", str(inventory.get("id", "")))]),
            vouches="inventory",
        )

    def _fault(self, path: str, told: str, what: Breach = Breach.INVALID) -> None:
        self._flaws.setdefault(path, []).append(Flaw(what, told))

    def _declaration(self) -> None:
        """Check the object's conformance declaration (section 3.3)."""
        declared = [n for n in self._files.names() if n.startswith("0=ocfl_object_")]
        if not declared:
            self._fault("0=ocfl_object_1.1", "missing: an object has a declaration", Breach.MISSING)
        for name in declared:
            match = _DECLARED.fullmatch(name)
            if match is None or match[1] not in _KNOWN:
                self._fault(name, f"version not known; known are {' and '.join(_KNOWN)}")
                continue
            try:
                said = self._files.text(name, MAX_DECLARATION_BYTES)
            except Unread as error:
                self._fault(name, f"declaration cannot be read: {error}")
                continue
            if said.strip() != name.removeprefix("0=").encode():
                self._fault(name, "declaration says something else than its name")

    # The inventory

    def _inventory(self) -> Mapping[str, Any]:
        """Return the inventory in the object's root, empty with a fault if it cannot be had."""
        try:
            data = self._files.text(_INVENTORY, MAX_INVENTORY_BYTES)
        except Unread as error:
            self._fault(_INVENTORY, f"inventory cannot be read: {error}")
            return {}
        try:
            inventory = json.loads(data)
        except (ValueError, RecursionError) as error:
            self._fault(_INVENTORY, f"inventory is no JSON: {str(error)[:100]}")
            return {}
        if not isinstance(inventory, dict):
            self._fault(_INVENTORY, "inventory is no object of JSON")
            return {}
        for name, kind in (("id", str), ("type", str), ("digestAlgorithm", str), ("head", str),
                           ("manifest", dict), ("versions", dict)):  # fmt: skip
            if not isinstance(inventory.get(name), kind):
                self._fault(_INVENTORY, f"inventory has no {name}")
                inventory[name] = kind()
        if inventory["digestAlgorithm"] not in _ADDRESSING:
            said = str(inventory["digestAlgorithm"])[:40]
            self._fault(_INVENTORY, f"digest algorithm is neither sha512 nor sha256: {said}")
        else:
            self._check_sidecar("", inventory["digestAlgorithm"], data)
        return inventory

    def _check_sidecar(self, version: str, algorithm: str, inventory: bytes) -> None:
        """Compare an inventory with the digest in its sidecar (section 3.7)."""
        at = f"{version}{_INVENTORY}"
        sidecar = f"{at}.{algorithm}"
        try:
            said = self._files.text(sidecar, MAX_DECLARATION_BYTES).split()
        except Unread as error:
            self._fault(sidecar, f"the inventory's digest cannot be read: {error}")
            return
        if len(said) != 2 or said[1] != _INVENTORY.encode():
            self._fault(sidecar, "is no digest with the name of the inventory")
            return
        name = _ADDRESSING[algorithm]
        found = hashlib.new(ALGORITHMS[name], inventory).hexdigest()
        expected = said[0].decode("ascii", "replace").lower()
        if found != expected:
            self._flaws.setdefault(at, []).append(
                Flaw(Breach.ALTERED, f"altered: not the digest in {sidecar.rpartition('/')[2]}",
                     f"{name}:{expected}", f"{name}:{found}")
            )  # fmt: skip

    def _claims(self, inventory: Mapping[str, Any]) -> dict[str, Claim]:
        """Return what the manifest says of each content path, with where the content stands."""
        claims: dict[str, Claim] = {}
        algorithm = _ADDRESSING.get(inventory.get("digestAlgorithm", ""), "")
        standing = self._standing(inventory)
        told: dict[str, tuple[tuple[str, str], ...]] = {}
        below = inventory.get("contentDirectory", "content")
        if not isinstance(below, str) or not _plain(below) or "/" in below:
            self._fault(_INVENTORY, "contentDirectory is no name of a folder")
            below = "content"
        for digest, path in self._named(inventory.get("manifest", {}), "manifest"):
            version, _, rest = path.partition("/")
            if not (_plain(path) and _VERSION.fullmatch(version) and rest.startswith(f"{below}/")):
                self._fault(_INVENTORY, "manifest names a path outside of the versions' content, "
                            f"refused: {path_text(path)[:200]}")  # fmt: skip
                continue
            at = path_text(path)
            if at in claims:
                self._fault(_INVENTORY, f"manifest names {at[:200]} twice")
                continue
            if digest not in told:
                told[digest] = _attributes(standing.get(digest, _Standing()))
            checksum = f"{algorithm}:{digest}" if algorithm else ""
            claims[at] = Claim(checksum, _INVENTORY, attributes=told[digest])
        known = {digest.lower() for digest in inventory.get("manifest", {})}
        for digest in sorted(standing.keys() - known):
            paths = ", ".join(standing[digest].paths)[:200]
            said = f"a version has a digest that is not in the manifest: {digest[:16]} ({paths})"
            self._fault(_INVENTORY, said)
        return claims

    def _standing(self, inventory: Mapping[str, Any]) -> dict[str, _Standing]:
        """Return where each digest stands in the versions' states, the oldest version first."""
        versions = inventory.get("versions", {})
        numbered = {name: int(name[1:]) for name in versions if _VERSION.fullmatch(name)}
        ordered = sorted(numbered, key=lambda name: numbered[name])
        head = inventory.get("head", "")
        if len(numbered) != len(versions) or [numbered[n] for n in ordered] != [
            *range(1, len(ordered) + 1)
        ]:
            self._fault(_INVENTORY, "versions are not numbered from v1 on without a gap")
        if head and (not ordered or ordered[-1] != head):
            self._fault(_INVENTORY, f"head is not the newest version: {path_text(head)[:40]}")
        found: dict[str, _Standing] = {}
        for name in ordered:
            version = versions[name]
            state = version.get("state") if isinstance(version, dict) else None
            newest: dict[str, list[str]] = {}
            for digest, path in self._named(state, f"state of {name}"):
                newest.setdefault(digest, []).append(path_text(path))
            for digest, paths in newest.items():
                stands = found.setdefault(digest, _Standing())
                stands.versions.append(name)
                stands.paths = paths
        return found

    def _named(self, block: object, what: str) -> Iterator[tuple[str, str]]:
        """Yield the pairs of digest (in lower case) and path of a block of the inventory."""
        if not isinstance(block, dict):
            self._fault(_INVENTORY, f"{what} is no object of JSON")
            return
        for digest, paths in block.items():
            if isinstance(paths, list) and all(isinstance(path, str) for path in paths):
                yield from ((digest.lower(), path) for path in paths)
            else:
                self._fault(_INVENTORY, f"{what} has no list of paths for {digest[:16]}")

    def _check_versions(self, inventory: Mapping[str, Any]) -> None:
        """Check the inventories that versions keep; the head's equals the one in the root."""
        algorithm = inventory.get("digestAlgorithm")
        for name in self._files.names():
            at = f"{name}/{_INVENTORY}"
            if not _VERSION.fullmatch(name) or not self._files.exists(at):
                continue
            try:
                data = self._files.text(at, MAX_INVENTORY_BYTES)
                if name == inventory.get("head"):
                    root = self._files.text(_INVENTORY, MAX_INVENTORY_BYTES)
                    if root != data:
                        self._fault(at, "is not the inventory in the object's root")
            except Unread as error:
                self._fault(at, f"inventory cannot be read: {error}")
                continue
            own = next((a for a in _ADDRESSING if self._files.exists(f"{at}.{a}")), algorithm)
            if own in _ADDRESSING:
                self._check_sidecar(f"{name}/", own, data)


def _attributes(stands: _Standing) -> tuple[tuple[str, str], ...]:
    told = [("ocfl:versions", ", ".join(stands.versions)), ("ocfl:paths", "; ".join(stands.paths))]
    return bounded(pair for pair in told if pair[1])


def _plain(path: str) -> bool:
    """Say whether a path stays where it begins."""
    return "\0" not in path and not {"", ".", ".."} & set(path.split("/"))
