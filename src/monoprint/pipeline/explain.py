"""Explaining: how any two files match, what was changed between them, and how sure that is."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from monoprint.errors import MonoprintError, UnreadFiles
from monoprint.model.asset import Facts, path_text
from monoprint.model.match import Verdict
from monoprint.pipeline.verdicts import heard
from monoprint.pipeline.workers import Workers

# The most pixels a side that two files are compared at. A page of small text needs about as many
# to tell a name from another, and the verifier looks at no more.
COMPARED_SIDE: Final = 1600


@dataclass(frozen=True, slots=True)
class Explained:
    """What came of comparing two files; `evidence` is a picture file, empty if not asked for."""

    verdict: Verdict
    first: Facts
    second: Facts
    evidence: bytes = b""


def explain(first: Path, second: Path, workers: Workers, kind: str = "") -> Explained:
    """Compare two files in a worker, and draw the evidence if a `kind` of picture is named.

    Links are followed, since the files are named one by one. What lies in an archive or document is
    named by its place there, as reports have it: ``a.zip!b.jpg``. `kind` is one of
    `monoprint.imaging.evidence.KINDS`. Raises UnreadFiles if one could not be read.
    """
    task = {
        "do": "evidence" if kind else "verify",
        "first": _entry(first),
        "second": _entry(second),
        "side": COMPARED_SIDE,
        "exact": True,
        "kind": kind,
    }
    ((_, answer),) = workers.answers([(None, task)])
    if "reason" in answer:
        names = {"first": first, "second": second}
        named = names.get(answer.get("which", ""))
        what = "one of the two files" if named is None else path_text(os.fspath(named))
        raise UnreadFiles(
            f"{what} is {answer['status']}: {answer['reason']}",
            advice="Only two pictures that can be decoded can be compared.",
        )
    return Explained(
        heard(answer),
        _facts(answer["first"]),
        _facts(answer["second"]),
        bytes.fromhex(answer["evidence"]) if kind else b"",
    )


def split(file: Path) -> tuple[Path, str]:
    """Return the file that a name leads into and the place there: ``a.zip`` and ``!b.jpg``.

    The place is "" for a file itself, whatever signs are in its name, and for one that is not
    there.
    """
    name = os.fspath(file)
    if not file.exists():
        for sign in re.finditer("[!#]", name):
            outer = Path(name[: sign.start()])
            if outer.is_file():
                return outer, name[sign.start() :]
    return file, ""


def _entry(file: Path) -> dict[str, Any]:
    """Name a file as the entry of its folder, which is how sources read."""
    outer, place = split(file)
    whole = outer.absolute()
    return {
        "location": path_text(os.fspath(whole.parent)),
        "path": path_text(whole.name) + place,
        "follow_symlinks": True,
        "frame": 0,
        "sha256": "",
    }


def _facts(told: dict[str, Any]) -> Facts:
    try:
        return Facts(
            format=str(told["format"]),
            width=int(told["width"]),
            height=int(told["height"]),
            quality=None if told["quality"] is None else int(told["quality"]),
            taken=str(told["taken"]),
            camera=str(told["camera"]),
            orientation=int(told["orientation"]),
            lossless=bool(told["lossless"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MonoprintError(f"a worker told facts that are none: {error}") from error
