"""Purging: a plan of its own for what has lain in quarantine long enough."""

import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from monoprint.model.asset import path_text
from monoprint.model.plan import QUARANTINE, Action, Reason, Step
from monoprint.model.review import Place
from monoprint.resolve.actions import MANIFEST, manifest_lines
from monoprint.resolve.authority import Authority
from monoprint.resolve.tree import Skip, Tree

# No copy is deleted sooner than this after it was put aside, whatever is asked for.
LEAST_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Aside:
    """A file in quarantine: its store, where it lies there, and what its manifest says of it."""

    store: str
    quarantined: str
    said: Mapping[str, Any]

    @property
    def since(self) -> date:
        """The day on which it was put aside (UTC)."""
        return datetime.fromisoformat(str(self.said["at"])).date()


def listed(store: str, tree: Tree) -> Iterator[Aside]:
    """Yield what lies in a store's quarantine and has a line in its manifest, in a fixed order."""
    try:
        plans = tree.names(QUARANTINE)
    except (FileNotFoundError, Skip):
        return
    for plan in plans:
        inside = f"{QUARANTINE}/{path_text(plan)}"
        try:
            with tree.opened(f"{inside}/{MANIFEST}") as handle:
                data = b"".join(iter(lambda h=handle: os.read(h, 1 << 20), b""))  # type: ignore[misc]
        except (OSError, Skip):
            continue
        # A step that was announced twice has two lines, of which the last one counts.
        of_file = {str(line["file"]): line for line in manifest_lines(data) if "file" in line}
        for name, line in sorted(of_file.items()):
            path = f"{inside}/{path_text(posixpath.basename(name))}"
            found = tree.look(path)
            if found is not None and found.st_ino == line["was"]["ino"]:
                yield Aside(store, path, line)


def steps(
    found: Iterator[Aside], stores: Mapping[str, str], days: int, authority: Authority, on: date
) -> Iterator[Step]:
    """Yield a step for each file that was put aside at least so many days ago.

    What no authority covers now, or what is under hold now, is no more than reported.
    """
    number = 0
    for aside in found:
        said = aside.said
        if (on - aside.since).days < days or said["keeper"][0] not in stores:
            continue
        number += 1
        size = int(said["was"]["size"])
        place = Place(aside.store, str(said["path"]), bytes.fromhex(said["sha256"]))
        verdict = authority.check(place, None, Action.DELETE, on)
        blocked = None if verdict.blocked is None else Reason(verdict.blocked.value)
        yield Step(
            number=number,
            action=Action.REPORT if blocked else Action.DELETE,
            copy=(place.store, place.path),
            keeper=(str(said["keeper"][0]), str(said["keeper"][1])),
            sha256=str(said["sha256"]),
            keeper_sha256=str(said["keeper_sha256"]),
            bytes=size,
            freed=size,
            relation=str(said["relation"]),
            group="",
            decision=0,
            authority=verdict.reference or "none",
            blocked=blocked,
            why=verdict.why,
            quarantined=aside.quarantined,
        )
