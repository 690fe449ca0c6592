"""Decisions: what people and rules say about groups, each bound to contents and written down."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any, Final

from monoprint.catalog.reviews import Deciding, Reviews, Ruling, Stored
from monoprint.catalog.store import Catalog
from monoprint.errors import Changed, UnknownGroup, UsageError
from monoprint.model import history
from monoprint.model.history import Entry
from monoprint.model.review import (
    Answer,
    GroupView,
    Part,
    Proposal,
    ReviewMember,
    SignedOff,
    State,
    Verdict,
)
from monoprint.review.carry import carried
from monoprint.review.grouping import key_of, names_of, split, viewed

# Groups that are settled in one transaction: others wait no longer than that takes.
_BATCH: Final = 500


@dataclass(slots=True)
class _Said:
    """What one decision says, ready to be entered."""

    rulings: list[Ruling] = field(default_factory=list)
    apart: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    intended: list[tuple[int, bytes, str, str]] = field(default_factory=list)


def decide(catalog: Catalog, answer: Answer, at: str | None = None) -> GroupView:
    """Enter a person's decision about one group, and return the group as it stands then.

    Raises UnknownGroup, Changed if the group is no longer what was seen, UsageError for an answer
    that cannot mean anything.
    """
    _check_person(answer.who)
    with Reviews(catalog).deciding() as deciding:
        stored = _found(deciding, answer.key)
        _check_version(stored, answer.version)
        _check(answer, stored.view)
        seq = deciding.append(_entry(answer, stored.view, at or history.now()))
        said = _say(answer, stored.view, seq)
        deciding.decide(
            [(seq, answer.key, answer.verdict, answer.why)], said.rulings, said.apart, said.intended
        )
        touched = {m.sha256 for m in stored.view.members}
        _reconsider(deciding, [stored, *_others(deciding, touched, {stored.number})], seq)
        return _found(deciding, answer.key).view


def settle(
    catalog: Catalog,
    proposals: Iterable[Proposal],
    who: str,
    why: str,
    *,
    act: str = "settled",
    at: str | None = None,
) -> SignedOff:
    """Settle many groups as proposed, each by a decision of its own.

    A group that has changed since it was proposed is left as it is and named in the answer.
    """
    _check_person(who)
    settled: list[int] = []
    changed: list[bytes] = []
    for batch in _batches(proposals):
        with Reviews(catalog).deciding() as deciding:
            done, missed = _settle(deciding, batch, who, why, act, at or history.now())
        settled += done
        changed += missed
    return SignedOff(len(settled), tuple(changed), tuple(settled))


def _settle(
    deciding: Deciding, batch: Sequence[Proposal], who: str, why: str, act: str, at: str
) -> tuple[list[int], list[bytes]]:
    stored = deciding.groups([proposal.key for proposal in batch])
    decisions: list[tuple[int, bytes, Verdict, str]] = []
    rulings: list[Ruling] = []
    changed: list[bytes] = []
    touched: set[bytes] = set()
    seq = 0
    for proposal in batch:
        found = stored.get(proposal.key)
        if found is None or found.view.group.version != proposal.version:
            changed.append(proposal.key)
            continue
        members = found.view.members
        covered = [members[n] for n in proposal.covers]
        if proposal.keeper not in proposal.covers or not _whole(covered, members):
            raise UsageError("a proposal must cover its keeper and every file of a content")
        reason = f"{why}: {proposal.reason}" if why else proposal.reason
        seq = deciding.append(
            Entry(
                who, act, _shown(proposal.key), reason,
                _what(found.view, Verdict.KEEP, (proposal.keeper,), covers=proposal.covers),
                at, (proposal.key, *(m.sha256 for m in covered)),
            )
        )  # fmt: skip
        decisions.append((seq, proposal.key, Verdict.KEEP, reason))
        rulings += _keeping(covered, [members[proposal.keeper]], seq)
        touched.update(m.sha256 for m in covered)
    if decisions:
        deciding.decide(decisions, rulings)
        own = {s.number for s in stored.values()}
        mine = [s for key, s in stored.items() if key not in changed]
        _reconsider(deciding, [*mine, *_others(deciding, touched, own)], seq)
    return [number for number, *_ in decisions], changed


def undo(catalog: Catalog, decision: int, who: str, why: str = "", at: str | None = None) -> None:
    """Take a decision back by its number in the history; what was decided before holds again.

    Raises UnknownGroup if there is no such decision or it was undone before, UsageError if groups
    that it made have been decided since.
    """
    _check_person(who)
    with Reviews(catalog).deciding() as deciding:
        seq = deciding.head.seq + 1
        found = deciding.undo(decision, seq)
        if found is None:
            raise UnknownGroup(
                f"there is no decision {decision} that could be undone",
                advice="`monoprint history` lists the decisions with their numbers.",
            )
        key, contents = found
        own = deciding.groups([key])
        touched = set(contents) | {m.sha256 for s in own.values() for m in s.view.members}
        deciding.append(
            Entry(who, "undone", _shown(key), why, {"decision": decision},
                  at or history.now(), (key, *sorted(touched)))
        )  # fmt: skip
        parents = list(own.values())
        for parent in parents:
            children = deciding.children(parent.number)
            if any(c.view.group.decision is not None for c in children):
                raise UsageError(
                    "groups that this decision made have been decided since",
                    advice="Undo those decisions first.",
                )
            deciding.remove_groups([c.number for c in children])
        numbers = {s.number for s in parents}
        _reconsider(deciding, [*parents, *_others(deciding, touched, numbers)], seq)


def _found(deciding: Deciding, key: bytes) -> Stored:
    found = deciding.groups([key]).get(key)
    if found is None:
        raise UnknownGroup(
            f"there is no group {_shown(key)} in the queue",
            advice="It may have changed with a newer audit: look at the queue again.",
        )
    return found


def _check_version(stored: Stored, version: int) -> None:
    group = stored.view.group
    if group.version != version:
        raise Changed(
            f"group {_shown(group.key)} was changed by somebody else meanwhile: it is now "
            f"{group.state}" + (f" ({group.verdict})" if group.verdict else ""),
            advice="Look at it again; nothing of yours was entered.",
        )


def _check_person(who: str) -> None:
    if not who.strip():
        raise UsageError("a decision needs somebody who makes it", advice="Say who with --as NAME.")


def _check(answer: Answer, view: GroupView) -> None:
    """Raise UsageError if an answer cannot be meant for this group."""
    files = len(view.members)
    chosen = set(answer.positions)
    if len(chosen) != len(answer.positions) or any(not 0 <= n < files for n in chosen):
        raise UsageError(f"the files of this group are numbered 0 to {files - 1}, each once")
    if view.group.verdict is Verdict.APART and view.group.state is State.SETTLED:
        raise UsageError(
            "this group was split up by a decision", advice="Undo that decision to decide again."
        )
    if answer.verdict is Verdict.KEEP and not answer.positions:
        raise UsageError("keep needs the file that stays")
    if answer.verdict is Verdict.INTENDED and (not answer.positions or answer.purpose is None):
        raise UsageError("intended copy needs the files that are meant, and their purpose")
    if answer.verdict is Verdict.COLLEAGUE and not answer.why.strip():
        raise UsageError("a colleague needs a note that says what is asked")
    if answer.verdict is Verdict.APART:
        for one, other in _pairs(answer, view):
            if one.sha256 == other.sha256:
                are = "were compared by" if one.derived or other.derived else "are"
                raise UsageError(
                    f"{one.store}:{one.path} and {other.store}:{other.path} {are} the same bytes",
                    advice="Call the one that is meant to be there an intended copy.",
                )


def _say(answer: Answer, view: GroupView, seq: int) -> _Said:
    said = _Said()
    chosen = [view.members[n] for n in answer.positions]
    if answer.verdict is Verdict.KEEP:
        said.rulings = _keeping(view.members, chosen, seq)
    elif answer.verdict is Verdict.INTENDED:
        assert answer.purpose is not None  # noqa: S101 - checked before
        meant = sorted({(m.sha256, m.store) for m in chosen})
        said.intended = [(seq, sha, store, answer.purpose.value) for sha, store in meant]
    elif answer.verdict is Verdict.APART:
        pairs = {
            (min(a, b), max(a, b))
            for one, other in _pairs(answer, view)
            for a, b in product(names_of(one), names_of(other))
            if a != b
        }
        same = {(m.sha256, m.pixels) for m in view.members}
        said.apart = [(seq, a, b) for a, b in sorted(pairs) if (a, b) not in same]
    return said


def _pairs(answer: Answer, view: GroupView) -> Iterable[tuple[ReviewMember, ReviewMember]]:
    """Return the pairs that are no duplicates: the chosen from the rest, or each from each.

    Each from each is meant of pictures: files of one picture stay together.
    """
    if answer.positions:
        chosen = set(answer.positions)
        rest = [m for m in view.members if m.position not in chosen]
        return list(product([view.members[n] for n in answer.positions], rest))
    return [
        (one, other)
        for one, other in combinations(view.members, 2)
        if one.picture != other.picture and one.sha256 != other.sha256
    ]


def _keeping(
    covered: Sequence[ReviewMember], stay: Sequence[ReviewMember], seq: int
) -> list[Ruling]:
    """Return what it means for each content that these files stay, the first for all others."""
    files = Counter(m.sha256 for m in covered)
    keeps = Counter(m.sha256 for m in stay)
    of_picture = {m.picture: m.sha256 for m in reversed(stay)}
    found = []
    for content in sorted(files):
        picture = next(m.picture for m in covered if m.sha256 == content)
        keeper = content if keeps[content] else of_picture.get(picture, stay[0].sha256)
        places = tuple((m.store, m.path) for m in stay if m.sha256 == content)
        found.append(Ruling(content, seq, keeper, files[content], keeps[content], places))
    return found


def _whole(covered: Sequence[ReviewMember], members: Sequence[ReviewMember]) -> bool:
    """Say whether each content is covered by all its files that are asked about, or by none."""
    here = Counter(m.sha256 for m in covered)
    every = Counter(m.sha256 for m in members if m.part is not Part.INTENDED)
    return all(every[content] == count for content, count in here.items())


def _others(deciding: Deciding, touched: set[bytes], own: set[int]) -> list[Stored]:
    return [s for s in deciding.sharing(sorted(touched)) if s.number not in own]


def _reconsider(deciding: Deciding, groups: Sequence[Stored], seq: int) -> None:
    """Bring groups to where the decisions put them now; split those with contents set apart."""
    names = {name for s in groups for m in s.view.members for name in names_of(m)}
    facts = deciding.facts(sorted(names), [s.view.group.key for s in groups])
    changed: list[Stored] = []
    for stored in groups:
        members = stored.view.members
        was_split = stored.view.group.verdict is Verdict.APART
        parts = split(members, facts.apart)
        if len(parts) == 1 and len(parts[0]) == len(members):
            view = carried(members, facts, seq)
            if _differs(view, stored.view) or seq == view.group.decision or was_split:
                changed.append(replace(stored, view=view))
        elif not was_split:
            blank = [replace(m, part=Part.UNDECIDED, keeper=None) for m in members]
            view = viewed(
                blank, seq, state=State.SETTLED, verdict=Verdict.APART, decision=_newest(
                    facts.said.get(stored.view.group.key), seq)
            )  # fmt: skip
            changed.append(replace(stored, view=view))
            children_facts = replace(
                facts, said=deciding.facts([], [key_of(part) for part in parts]).said
            )
            children = [carried(part, children_facts, seq) for part in parts]
            deciding.add_groups(children, parent=stored.number)
    deciding.change_groups(changed)


def _newest(said: Any, seq: int) -> int:
    return seq if said is None else max(seq, said.seq)


def _differs(view: GroupView, before: GroupView) -> bool:
    return (
        view.members != before.members
        or replace(view.group, version=before.group.version) != before.group
    )


def _entry(answer: Answer, view: GroupView, at: str) -> Entry:
    what = _what(view, answer.verdict, answer.positions)
    if answer.purpose is not None:
        what["purpose"] = answer.purpose.value
    touched = (answer.key, *(m.sha256 for m in view.members))
    return Entry(answer.who, "decided", _shown(answer.key), answer.why, what, at, touched)


def _what(
    view: GroupView,
    verdict: Verdict,
    positions: Sequence[int],
    covers: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Return a decision as the history keeps it: complete without the catalog."""
    files = view.members if covers is None else [view.members[n] for n in covers]
    return {
        "group": view.group.key.hex(),
        "verdict": verdict.value,
        "relation": view.group.relation.value,
        "chosen": [f"{view.members[n].store}:{view.members[n].path}" for n in positions],
        "files": [[f"{m.store}:{m.path}", m.sha256.hex()] for m in files],
    }


def _shown(key: bytes) -> str:
    return key.hex()[:16]


def _batches(proposals: Iterable[Proposal]) -> Iterable[list[Proposal]]:
    batch: list[Proposal] = []
    for proposal in proposals:
        batch.append(proposal)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
