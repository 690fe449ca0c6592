"""Carrying decisions over: what earlier decisions say about a group's files now.

Decisions speak of contents, so they hold wherever a file has gone. They hold for as many files
as were seen: a further file of the same content is a new question.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from monoprint.catalog.reviews import Facts, Ruling
from monoprint.model.review import GroupView, Part, ReviewMember, State, Verdict
from monoprint.review.grouping import key_of, viewed


def carried(members: Sequence[ReviewMember], facts: Facts, version: int) -> GroupView:
    """Return a group with the parts and the state that the decisions so far give it."""
    meant = {m.position for m in members if (m.sha256, m.store) in facts.intended}
    seen = Counter(m.sha256 for m in members if m.position not in meant)
    in_force = _in_force(seen, facts.rulings)
    kept = _kept(members, meant, in_force)
    parts = [_part(member, meant, in_force, kept) for member in members]
    state, verdict, decision, note = _state(parts, in_force, facts, key_of(members))
    return viewed(parts, version, state=state, verdict=verdict, decision=decision, note=note)


def _in_force(seen: Counter[bytes], rulings: dict[bytes, Ruling]) -> dict[bytes, Ruling]:
    """Return the rulings that hold here.

    One that saw fewer files does not, nor one whose keeper is not here or gave way itself since.
    """
    found = {c: rulings[c] for c in seen if c in rulings and seen[c] <= rulings[c].files}
    stays = {c for c, r in found.items() if r.keeper == c and r.keeps}
    return {c: r for c, r in found.items() if r.keeper in stays}


def _kept(
    members: Sequence[ReviewMember], meant: set[int], in_force: dict[bytes, Ruling]
) -> dict[bytes, list[int]]:
    """Choose which files of each content stay: those at the places seen, then in order."""
    kept: dict[bytes, list[int]] = {}
    for content, ruling in in_force.items():
        if not ruling.keeps:
            continue
        own = [m for m in members if m.sha256 == content and m.position not in meant]
        own.sort(key=lambda m: ((m.store, m.path) not in ruling.places, m.position))
        kept[content] = sorted(m.position for m in own[: ruling.keeps])
    return kept


def _part(
    member: ReviewMember,
    meant: set[int],
    in_force: dict[bytes, Ruling],
    kept: dict[bytes, list[int]],
) -> ReviewMember:
    if member.position in meant:
        return replace(member, part=Part.INTENDED, keeper=None)
    ruling = in_force.get(member.sha256)
    if ruling is None:
        return replace(member, part=Part.UNDECIDED, keeper=None)
    if member.position in kept.get(member.sha256, ()):
        return replace(member, part=Part.KEEPER, keeper=None)
    # A file of its own content is the nearest that can stay for it.
    stays = kept.get(member.sha256) or kept.get(ruling.keeper)
    if not stays:
        return replace(member, part=Part.UNDECIDED, keeper=None)
    return replace(member, part=Part.COPY, keeper=stays[0])


def _state(
    parts: Sequence[ReviewMember], in_force: dict[bytes, Ruling], facts: Facts, key: bytes
) -> tuple[State, Verdict | None, int | None, str]:
    used = [in_force[m.sha256] for m in parts if m.part in {Part.KEEPER, Part.COPY}]
    undecided = sum(m.part is Part.UNDECIDED for m in parts)
    intended = [facts.intended[m.sha256, m.store] for m in parts if m.part is Part.INTENDED]
    together = len({r.seq for r in used}) == 1 or len({r.keeper for r in used}) == 1
    if used and not undecided and together:
        return State.SETTLED, Verdict.KEEP, max(r.seq for r in used), ""
    if intended and undecided + len(used) <= 1:
        return State.SETTLED, Verdict.INTENDED, max(intended), ""
    said = facts.said.get(key)
    last = max([*(r.seq for r in used), *intended], default=None)
    if said is not None and said.verdict in {Verdict.COLLEAGUE, Verdict.LATER}:
        state = State.COLLEAGUE if said.verdict is Verdict.COLLEAGUE else State.LATER
        return state, said.verdict, said.seq, said.note
    return State.OPEN, None, last, ""
