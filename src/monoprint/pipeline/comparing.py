"""What a worker does with two files: decode both, say whether they are one picture, draw why.

It loads OpenCV and the verifier, so workers load it for their first such task.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monoprint.errors import Unread
from monoprint.fingerprints import pixels
from monoprint.imaging import evidence, laying
from monoprint.imaging.coding import coding
from monoprint.imaging.decode import Opened, guarded, open_picture
from monoprint.imaging.facts import facts
from monoprint.imaging.normalize import picture
from monoprint.matching import compare, relation
from monoprint.matching import verify as verifying
from monoprint.matching.picture import Picture
from monoprint.model.asset import Facts
from monoprint.model.match import Change, Relation, Verdict
from monoprint.pipeline.verdicts import heard, told

Task = dict[str, Any]
Open = Callable[[Task], Opened]

# The longer side of the grid that differences of drawings and pages are drawn from: a panel shows
# half of it at most. Those of photographs are drawn from the grid that they were compared on.
_EVIDENCE_SIDE: Final = 1024

# Decoded pictures kept from task to task, the last used ones: those of a lot meet again in its next
# round, and a picture takes 10 MB with what was found in it.
_AT_HAND: Final = 45
_at_hand: OrderedDict[tuple[str, int, int], Picture] = OrderedDict()


def verify(task: Task, open_file: Open) -> dict[str, Any]:
    """Compare two files; the answer holds the verdict's fields and the facts of both.

    `first` and `second` of the task each name a frame, and a file as `open_file` takes it. `side`
    is the most pixels a side that are compared; `exact` says whether equal bytes and pixels are
    looked for first.

    Where a file could not be read the answer holds status, reason and which of the two it is.
    """
    return _compared(task, open_file, draw=False)


def draw(task: Task, open_file: Open) -> dict[str, Any]:
    """Compare two files as `verify` does, and also draw the evidence, in the task's `kind`.

    Where the task has the `verdict` that they were given, that is drawn, and they are not compared.
    """
    return _compared(task, open_file, draw=True)


def lay(task: Task, open_file: Open) -> dict[str, Any]:
    """Lay the second file's picture on the first's, for people to look at.

    Of the task as `verify` takes it; `shown` is the most pixels a side of what is drawn. The
    answer holds `laid`: a WebP (hexadecimal) of the first's shape, transparent where the second
    shows nothing, or None if the two lie on each other as they are. Else it holds `reason`.
    """
    answer = verify(task, open_file)
    if "reason" in answer:
        return {"reason": answer["reason"]}
    if answer["relation"] is None:
        return {"reason": "they show too little in common to be aligned"}
    matrix = np.array(answer["matrix"], np.float64).reshape(3, 3)
    if laying.still(matrix):
        return {"laid": None}
    facts = answer["first"]
    scale = min(1.0, task["shown"] / max(facts["width"], facts["height"]))
    size = (max(1, round(facts["width"] * scale)), max(1, round(facts["height"] * scale)))
    try:
        with guarded():
            second = task["second"]
            drawn = picture(open_file(second), second["frame"], task["shown"])
    except Unread as error:
        return {"reason": str(error)}
    found = laying.laid(drawn, matrix, size)
    if found is None:
        return {"reason": "they lie on each other in no way that can be drawn"}
    return {"laid": laying.encoded(*found).hex()}


def _compared(task: Task, open_file: Open, *, draw: bool) -> dict[str, Any]:
    which = "first"
    try:
        with guarded():
            first = _shown(task["first"], open_file, task["side"])
            which = "second"
            second = _shown(task["second"], open_file, task["side"])
            exact = None
            if task["exact"]:
                which = "first"
                one = open_file(task["first"])
                which = "second"
                exact = _exact(one, open_file(task["second"]), first, second)
    except Unread as error:
        return {"status": error.status, "reason": str(error), "which": which}
    given = task.get("verdict")
    verdict = exact or (verifying.verify(first, second) if given is None else heard(given))
    answer = told(verdict) | {"first": asdict(first.facts), "second": asdict(second.facts)}
    if draw:
        answer["evidence"] = _evidence(first, second, verdict, task["kind"]).hex()
    return answer


def _shown(entry: Task, open_file: Open, side: int) -> Picture:
    """Return a frame of a file, from those at hand if its content is known by its SHA-256."""
    key = (entry["sha256"], entry["frame"], side)
    if entry["sha256"] and key in _at_hand:
        _at_hand.move_to_end(key)
        return _at_hand[key]
    opened = open_file(entry)
    known = facts(opened)  # before the decoder is asked for a smaller picture
    kept = coding(opened, known.orientation)
    shown = Picture(picture(opened, entry["frame"], side), known, kept)
    if entry["sha256"]:
        _at_hand[key] = shown
        while len(_at_hand) > _AT_HAND:
            _at_hand.popitem(last=False)
    return shown


def _exact(one: Opened, other: Opened, first: Picture, second: Picture) -> Verdict | None:
    """Return the verdict on files of equal bytes or pixels, None for others."""
    if one.data == other.data:
        return Verdict(Relation.IDENTICAL_BYTES)
    size = (first.facts.width, first.facts.height, one.frames)
    if size != (second.facts.width, second.facts.height, other.frames):
        return None
    try:
        with guarded():
            # Opened again: the ones at hand were decoded scaled down.
            identities = {pixels.identity(open_picture(opened.data, "")) for opened in (one, other)}
    except Unread:
        return None  # one holds more than is decoded in full: nothing to call equal
    if len(identities) > 1:
        return None
    return Verdict(Relation.IDENTICAL_PIXELS, _metadata(first.facts, second.facts))


def _metadata(first: Facts, second: Facts) -> tuple[Change, ...]:
    """Say what two files of equal pixels tell differently."""
    told_apart = (
        ("format", first.format, second.format),
        ("time of exposure", first.taken, second.taken),
        ("camera", first.camera, second.camera),
        ("orientation tag", str(first.orientation), str(second.orientation)),
    )
    return tuple(
        Change("metadata", None, f"{what}: {one or 'none'}, then {other or 'none'}")
        for what, one, other in told_apart
        if one != other
    )


def _evidence(first: Picture, second: Picture, verdict: Verdict, kind: str) -> bytes:
    if verdict.relation is None:
        return evidence.beside(first.pixels, second.pixels, kind)
    laid, heat = _difference(first, second, verdict)
    return evidence.draw(first.pixels, second.pixels, laid, heat, verdict, kind)


def _difference(
    first: Picture, second: Picture, verdict: Verdict
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the second as it was laid on the first, and how far they differ, in grey levels."""
    matrix = np.array(verdict.matrix, np.float64).reshape(3, 3)
    drawn = first.is_graphic or second.is_graphic
    side = _EVIDENCE_SIDE if drawn else verifying.QUICK_SIDE
    laid = compare.lay(first, second, relation.in_pixels(matrix, first, second), side)
    if laid is None:
        return second.pixels, np.zeros(second.pixels.shape[:2], np.uint8)
    difference = compare.difference(laid)
    return laid.second, np.maximum(difference.only_first, difference.only_second)
