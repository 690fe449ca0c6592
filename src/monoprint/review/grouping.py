"""Groups of the review: named by their contents, weighed, split where contents were set apart."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from monoprint.model.finding import Role, Waste
from monoprint.model.match import Relation
from monoprint.model.review import GroupView, Part, ReviewGroup, ReviewMember, State, Verdict

# How sure it is that a copy can be given up where the match does not say it itself. A pointer by
# codes (`similar`) is a coin's toss until somebody has looked.
_UNVERIFIED: Final = 0.5
_VERIFIED: Final = 0.9

Pairs = frozenset[tuple[bytes, bytes]]


def key_of(members: Iterable[ReviewMember]) -> bytes:
    """Return the name of a group: SHA-256 over its contents' digests in order, each once.

    It does not depend on where the files lie, what they are called, or how many there are.
    """
    return hashlib.sha256(b"".join(sorted({m.sha256 for m in members}))).digest()


def viewed(
    members: Sequence[ReviewMember],
    version: int,
    *,
    state: State = State.OPEN,
    verdict: Verdict | None = None,
    decision: int | None = None,
    note: str = "",
) -> GroupView:
    """Return files as a group with its figures, which leave out copies that are intended."""
    counted = [m for m in members if m.part is not Part.INTENDED]
    certain = sum(m.bytes for m in counted if m.waste is Waste.CERTAIN)
    possible = sum(m.bytes for m in counted if m.waste is Waste.POSSIBLE)
    certainty = min((_certainty(m) for m in counted if m.relation is not None), default=1.0)
    order = list(Relation)
    relation = max((m.relation for m in members if m.relation is not None), key=order.index)
    group = ReviewGroup(
        key=key_of(members),
        version=version,
        state=state,
        verdict=verdict,
        relation=relation,
        files=len(members),
        certain_bytes=certain,
        possible_bytes=possible,
        certainty=certainty,
        rank=certain + int(possible * certainty),
        note=note,
        decision=decision,
    )
    return GroupView(group, tuple(members))


def _certainty(member: ReviewMember) -> float:
    if member.relation in {Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS}:
        return 1.0
    if member.certainty is not None:
        return member.certainty
    return _UNVERIFIED if member.relation is Relation.SIMILAR else _VERIFIED


def names_of(member: ReviewMember) -> tuple[bytes, ...]:
    """Return what a file's content is known by: its bytes, and its pixels where they are known."""
    return (member.sha256,) if member.pixels is None else (member.sha256, member.pixels)


def are_apart(one: ReviewMember, other: ReviewMember, pairs: Pairs) -> bool:
    """Say whether two files' contents were set apart."""
    return any(
        (min(a, b), max(a, b)) in pairs for a in names_of(one) for b in names_of(other) if a != b
    )


def split(members: Sequence[ReviewMember], pairs: Pairs) -> list[tuple[ReviewMember, ...]]:
    """Split a group so that no two files that were set apart share a part; drop files left alone.

    Every part keeps the representative as long as it was not set apart from it; files that were
    set apart from it make groups among themselves, which nobody has compared yet. A group without
    such a pair comes back as it is.
    """
    if not pairs or not any(
        are_apart(one, other, pairs) for n, one in enumerate(members) for other in members[n + 1 :]
    ):
        return [tuple(members)]
    found: list[tuple[ReviewMember, ...]] = []
    left = list(members)
    first = members[0]
    while len(left) > 1:
        centre = left[0]
        beside = [m for m in left[1:] if not are_apart(centre, m, pairs)]
        once = "" if centre is first else _place(first)
        found += [_renumbered([centre, *part], once) for part in _coloured(beside, pairs)]
        left = [m for m in left[1:] if are_apart(centre, m, pairs)]
    return found


def _coloured(members: Sequence[ReviewMember], pairs: Pairs) -> list[list[ReviewMember]]:
    """Put each file into the first part in which it was set apart from nobody."""
    parts: list[list[ReviewMember]] = []
    for member in members:
        for part in parts:
            if not any(are_apart(member, other, pairs) for other in part):
                part.append(member)
                break
        else:
            parts.append([member])
    return parts


def _renumbered(members: Sequence[ReviewMember], once: str) -> tuple[ReviewMember, ...]:
    """Make a part a group of its own; `once` names the lost representative, if it was lost."""
    centre = members[0]
    first_of: dict[int, int] = {}
    result = []
    for position, member in enumerate(members):
        seen = member.picture in first_of
        picture = first_of.setdefault(member.picture, position)
        waste = member.waste
        if position == 0:
            waste = Waste.NONE
        elif waste in {Waste.CERTAIN, Waste.POSSIBLE}:
            waste = Waste.CERTAIN if seen else Waste.POSSIBLE
        renewed = replace(
            member, position=position, picture=picture, waste=waste, part=Part.UNDECIDED,
            keeper=None, role=Role.MEMBER if position else Role.REPRESENTATIVE,
        )  # fmt: skip
        if position == 0:
            renewed = replace(renewed, relation=None, changes="", distance=None, certainty=None,
                              evidence="")  # fmt: skip
        elif once:
            renewed = replace(renewed, relation=_between(centre, member), changes="",
                              distance=None, certainty=None, evidence=_unseen(once))  # fmt: skip
        result.append(renewed)
    return tuple(result)


def _between(one: ReviewMember, other: ReviewMember) -> Relation:
    if one.sha256 == other.sha256:
        return Relation.IDENTICAL_BYTES
    return Relation.IDENTICAL_PIXELS if one.picture == other.picture else Relation.SIMILAR


def _unseen(once: str) -> str:
    return f"both were found by {once}, from which they were set apart; not compared directly"


def _place(member: ReviewMember) -> str:
    return f"{member.store}:{member.path}"
