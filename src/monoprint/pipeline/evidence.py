"""Evidence for a run: pictures of its matches and warnings, drawn below the report's folder."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from monoprint.model.asset import Store
from monoprint.model.finding import Audit, Group, Member, Warned
from monoprint.model.match import Relation, Verdict
from monoprint.pipeline.explain import COMPARED_SIDE
from monoprint.pipeline.progress import Progress
from monoprint.pipeline.verdicts import told
from monoprint.pipeline.workers import Workers

# Members of a group that get a picture: whoever has looked at these has seen what the group is,
# and a crowd of a hundred thousand must not cost as many comparisons.
EVIDENCE_PER_GROUP: Final = 6

# Pictures of one run. Each takes about 25 kB and two decodes, so this many are some 10 MB and do
# not outweigh an audit; they go to the costliest groups, and `monoprint explain` draws the rest.
EVIDENCE_IN_ALL: Final = 400

# How many of those go to warnings, which no sum of bytes brings to the top.
EVIDENCE_OF_WARNINGS: Final = 150

# The longer side that pictures are decoded to for drawing alone: twice what a panel shows.
_DRAWN_SIDE: Final = 1040

# Rungs that nobody has to be shown a comparison of: what is equal, and what nobody compared.
_NOT_DRAWN: Final = {
    None, Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS, Relation.SIMILAR,
}  # fmt: skip

_NAME: Final = re.compile(r"[0-9a-f]{64}-[0-9a-f]{64}\.webp(?:\.part)?")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _File:
    """A file to be decoded: where it is, and the SHA-256 its content must have."""

    store: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A comparison to be drawn, and the relation that it is evidence for."""

    first: _File
    second: _File
    relation: Relation

    @property
    def pair(self) -> Pair:
        return self.first.sha256, self.second.sha256

    def is_shown_by(self, relation: str | None) -> bool:
        """Say whether a comparison came out as the audit says: what is contested matches alone."""
        if self.relation is Relation.CONTESTED:
            return relation is not None and not Relation(relation).warns
        return relation == self.relation


def illustrate(
    audit: Audit,
    stores: Sequence[Store],
    folder: Path,
    follow_symlinks: bool,
    workers: Workers,
    progress: Progress,
    frames: Mapping[Pair, tuple[int, int]] | None = None,
    known: Callable[[Sequence[Pair]], Mapping[Pair, Verdict]] = lambda _: {},
) -> Audit:
    """Draw evidence for an audit below the report's folder; return it with the pictures named.

    Pictures that are there already are kept, those of other pairs are removed. `frames` tells for
    pairs of contents (their SHA-256 in hexadecimal: the compared one's, the member's) which frames
    were compared, where those are not the first. `known` gives the verdicts on such pairs that need
    not be found again. A comparison that comes out otherwise than the audit says is no evidence,
    and is left out. Raises OSError if the folder cannot be written.
    """
    wanted = {each.pair: each for each in _wanted(audit)}
    shelf = folder / "evidence"
    shelf.mkdir(exist_ok=True)
    names = {pair: f"{pair[0]}-{pair[1]}.webp" for pair in wanted}
    there = {path.name for path in shelf.iterdir() if _NAME.fullmatch(path.name)}
    for stale in there - set(names.values()):
        (shelf / stale).unlink()
    locations = {store.name: store.location for store in stores}
    missing = [each for each in wanted.values() if names[each.pair] not in there]
    verdicts = known([each.pair for each in missing])
    tasks = (
        (
            each,
            _task(each, locations, (frames or {}).get(each.pair, (0, 0)), follow_symlinks)
            | _given(verdicts.get(each.pair)),
        )
        for each in missing
    )
    if missing:
        with progress.stage("Drawing evidence", len(missing)) as advance:
            for each, answer in workers.answers(tasks):
                advance(1)
                if each.is_shown_by(answer.get("relation")):
                    # A name of its own first: an interrupt must not leave half a picture.
                    part = shelf / f"{names[each.pair]}.part"
                    part.write_bytes(bytes.fromhex(answer["evidence"]))
                    part.replace(shelf / names[each.pair])
                else:
                    del names[each.pair]
    return _named(audit, {pair: f"evidence/{name}" for pair, name in names.items()})


def _wanted(audit: Audit) -> Iterator[_Wanted]:
    """Yield what is to be drawn, each pair once: some warnings, then the costliest groups."""
    seen: set[Pair] = set()
    for warned in audit.warnings:
        if len(seen) == EVIDENCE_OF_WARNINGS:
            break
        first, second = _located(warned.a, warned.a_sha256), _located(warned.b, warned.b_sha256)
        if (pair := (warned.a_sha256, warned.b_sha256)) not in seen:
            seen.add(pair)
            yield _Wanted(first, second, warned.relation)
    for group in audit.groups:
        if len(seen) == EVIDENCE_IN_ALL:
            return
        drawn = 0
        for base, member in _compared(group):
            if drawn == EVIDENCE_PER_GROUP or len(seen) == EVIDENCE_IN_ALL:
                break
            if member.relation in _NOT_DRAWN or (base.sha256, member.sha256) in seen:
                continue
            seen.add((base.sha256, member.sha256))
            drawn += 1
            assert member.relation is not None  # noqa: S101 - such are not drawn
            yield _Wanted(_file(base), _file(member), member.relation)


def _compared(group: Group) -> Iterator[tuple[Member, Member]]:
    """Yield each member with the one that it was compared with."""
    first, *others = group.members
    between = {member.via for member in others}
    by_name = {name: m for m in others if (name := f"{m.store}:{m.path}") in between}
    for member in others:
        yield by_name.get(member.via, first), member


def _file(member: Member) -> _File:
    return _File(member.store, member.path, member.sha256)


def _located(located: str, sha256: str) -> _File:
    store, _, path = located.partition(":")
    return _File(store, path, sha256)


def _task(
    wanted: _Wanted, locations: Mapping[str, str], frames: tuple[int, int], follow_symlinks: bool
) -> dict[str, Any]:
    def entry(file: _File, frame: int) -> dict[str, Any]:
        return {
            "location": locations[file.store],
            "path": file.path,
            "follow_symlinks": follow_symlinks,
            "frame": frame,
            "sha256": file.sha256,
        }

    return {
        "do": "evidence",
        "first": entry(wanted.first, frames[0]),
        "second": entry(wanted.second, frames[1]),
        "side": COMPARED_SIDE,
        "exact": False,
        "kind": "WEBP",
    }


def _given(verdict: Verdict | None) -> dict[str, Any]:
    """Return what of a task is otherwise where the verdict is known: it has only to be drawn."""
    return {} if verdict is None else {"verdict": told(verdict), "side": _DRAWN_SIDE}


def _named(audit: Audit, drawn: Mapping[Pair, str]) -> Audit:
    """Return the audit with the pictures named where they belong."""

    def warned(each: Warned) -> Warned:
        return replace(each, evidence=drawn.get((each.a_sha256, each.b_sha256), ""))

    bases = {first for first, _ in drawn}

    def group(each: Group) -> Group:
        if not any(member.sha256 in bases for member in each.members):
            return each  # nearly all groups of a large run
        shown = {
            place: name
            for place, (base, member) in enumerate(_compared(each), start=1)
            if member.relation not in _NOT_DRAWN
            and (name := drawn.get((base.sha256, member.sha256)))
        }
        return replace(each, members=tuple(
            replace(member, evidence=shown[place]) if place in shown else member
            for place, member in enumerate(each.members)
        ))  # fmt: skip

    return replace(
        audit,
        groups=tuple(map(group, audit.groups)),
        warnings=tuple(map(warned, audit.warnings)),
    )
