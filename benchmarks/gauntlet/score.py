"""Hold what a tool grouped against the truth of a gauntlet.

recall            the share of copies that stand in a group together with their source
label accuracy    the share of found copies whose relation is named rightly, among those that can
                  be judged: where the representative or the member is the source, or equal to it
strangers         two members of a group that show no picture in common, with nothing in the group
                  that shows pictures of both (a collage belongs with each of its pictures)
forbidden merge   two sources of one family of look-alikes that are strangers in some group
false group       a group with strangers in it that are no such look-alikes
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.gauntlet.transforms import Row
from benchmarks.gauntlet.truth import Truth
from monoprint.model.match import Relation

TARGETS: Mapping[Row, float] = {
    Row.SAME: 0.995, Row.ADJUSTED: 0.97, Row.CROP_75: 0.99, Row.CROP_50: 0.98, Row.CROP_30: 0.95,
    Row.CROP_15: 0.80, Row.FRAMED: 0.97, Row.PASTED_40: 0.97, Row.PASTED_20: 0.88,
    Row.OVERLAID: 0.95,
}  # fmt: skip
LABELS_TARGET = 0.95
FALSE_GROUPS_TARGET = 1.0  # for each PER distractors
PER = 10_000

REPRESENTATIVE = "representative"
EQUAL = {"source", "identical", "metadata"}  # transforms that leave every pixel as it is


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a group; tools that only group give neither role nor relation."""

    path: str
    role: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int = 0
    whole: int = 0

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    def plus(self, counted: bool) -> "Share":
        return Share(self.part + counted, self.whole + 1)


@dataclass(slots=True)
class Score:
    """What one tool reached on one gauntlet."""

    rows: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    cells: dict[tuple[str, int], Share] = field(default_factory=lambda: defaultdict(Share))
    missed: list[str] = field(default_factory=list)
    labels: Share = Share()
    label_rows: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    mislabelled: Counter[tuple[str, str]] = field(default_factory=Counter)
    false_groups: list[tuple[str, str]] = field(default_factory=list)
    forbidden: list[tuple[str, str]] = field(default_factory=list)
    warned: Share = Share()
    distractors: int = 0

    @property
    def false_per_distractors(self) -> float | None:
        return PER * len(self.false_groups) / self.distractors if self.distractors else None

    def as_json(self) -> dict[str, Any]:
        return {
            "recall": {row: _json(share) for row, share in self.rows.items()},
            "transforms": {f"{name}-{strength}": _json(share)
                           for (name, strength), share in sorted(self.cells.items())},
            "labels": _json(self.labels),
            "labels_by_row": {row: _json(share) for row, share in self.label_rows.items()},
            "mislabelled": [[*what, count] for what, count in self.mislabelled.most_common()],
            "false_groups": self.false_groups,
            "distractors": self.distractors,
            "forbidden_merges": self.forbidden,
            "forbidden_warned": _json(self.warned),
            "missed": self.missed,
        }  # fmt: skip


def _json(share: Share) -> dict[str, int | float | None]:
    return {"part": share.part, "whole": share.whole, "value": share.value}


def read_groups(path: Path) -> list[list[Member]]:
    """Read a table with the columns group and path, and role and relation where it has them."""
    groups: dict[str, list[Member]] = defaultdict(list)
    for row in _rows(path):
        groups[row["group"]].append(
            Member(row["path"], row.get("role", ""), row.get("relation", ""))
        )
    return list(groups.values())


def read_warnings(path: Path, store: str) -> set[frozenset[str]]:
    """Read the pairs of a table of warnings, of which each may be written as ``store:path``."""
    if not path.exists():
        return set()
    return {frozenset(row[side].removeprefix(f"{store}:") for side in "ab") for row in _rows(path)}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def score(truths: Sequence[Truth], groups: Sequence[Sequence[Member]],
          warnings: Iterable[frozenset[str]] = ()) -> Score:  # fmt: skip
    """Count what a tool found. Members that the truth does not know are left out."""
    by_path = {truth.path: truth for truth in truths}
    known = [[member for member in group if member.path in by_path] for group in groups]
    result = Score(distractors=_distractors(truths))
    _count_recall(result, truths, known)
    _count_labels(result, by_path, known)
    _count_strangers(result, by_path, known)
    _count_warned(result, truths, set(warnings))
    return result


def _distractors(truths: Iterable[Truth]) -> int:
    """Count the pictures that stand in no other file."""
    return list(Counter(source for truth in truths for source in truth.sources).values()).count(1)


def _count_recall(
    result: Score, truths: Iterable[Truth], groups: Iterable[Sequence[Member]]
) -> None:
    groups_of = defaultdict(set)
    for number, group in enumerate(groups):
        for member in group:
            groups_of[member.path].add(number)
    first = {truth.source: truth.path for truth in truths if truth.is_source}
    for truth in truths:
        if truth.is_source:
            continue
        found = bool(groups_of[truth.path] & groups_of[first[truth.main]])
        cell = truth.transform, truth.strength
        result.rows[truth.row] = result.rows[truth.row].plus(found)
        result.cells[cell] = result.cells[cell].plus(found)
        if not found:
            result.missed.append(truth.path)


def _count_labels(result: Score, by_path: Mapping[str, Truth],
                  groups: Iterable[Sequence[Member]]) -> None:  # fmt: skip
    for group in groups:
        heads = [member for member in group if member.role == REPRESENTATIVE]
        for member in group:
            if len(heads) != 1 or member is heads[0] or member.relation == Relation.SIMILAR:
                continue
            head, tail = by_path[heads[0].path], by_path[member.path]
            right = acceptable(head, tail)
            if right:
                row, good = tail.row or head.row, member.relation in right
                result.labels = result.labels.plus(good)
                result.label_rows[row] = result.label_rows[row].plus(good)
                if not good:
                    what = head.transform if tail.is_source else tail.transform
                    result.mislabelled[what, member.relation] += 1


def acceptable(head: Truth, tail: Truth) -> frozenset[str]:
    """Return the relations that are right between two files; empty where that cannot be told."""
    if head.main != tail.main or not (head.transform in EQUAL or tail.transform in EQUAL):
        return frozenset()
    if head.transform in EQUAL and tail.transform in EQUAL:
        tagged = "metadata" in {head.transform, tail.transform}
        return frozenset({Relation.IDENTICAL_PIXELS if tagged else Relation.IDENTICAL_BYTES})
    changed = tail if head.transform in EQUAL else head
    return frozenset(changed.relations.split("|"))


def _count_strangers(result: Score, by_path: Mapping[str, Truth],
                     groups: Iterable[Sequence[Member]]) -> None:  # fmt: skip
    merged: dict[frozenset[str], tuple[str, str]] = {}
    for group in groups:
        unlike = []
        for a, b in strangers([by_path[member.path] for member in group]):
            if a.family and a.family == b.family:
                merged.setdefault(frozenset({a.main, b.main}), (a.path, b.path))
            else:
                unlike.append((a.path, b.path))
        result.false_groups += unlike[:1]
    result.forbidden = sorted(merged.values())


def strangers(members: Sequence[Truth]) -> Iterator[tuple[Truth, Truth]]:
    """Give the pairs that share no source, directly or by a member that shows one of each."""
    kinds: dict[frozenset[str], Truth] = {}
    for member in members:
        kinds.setdefault(member.sources, member)
    bridges = [sources for sources in kinds if len(sources) > 1]
    for (ours, a), (theirs, b) in combinations(kinds.items(), 2):
        if not ours & theirs and not any(ours & bridge and theirs & bridge for bridge in bridges):
            yield a, b


def _count_warned(result: Score, truths: Iterable[Truth], warnings: set[frozenset[str]]) -> None:
    """Count the forbidden pairs of sources that the tool warns of."""
    families = defaultdict(list)
    for truth in truths:
        if truth.is_source and truth.family:
            families[truth.family].append(truth.path)
    for paths in families.values():
        for pair in combinations(paths, 2):
            result.warned = result.warned.plus(frozenset(pair) in warnings)
