"""Taking in what an audit found: groups as the review shows them, with what was decided before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from monoprint.catalog.reviews import Deciding, Facts, Reviews
from monoprint.model.finding import Group, Member
from monoprint.model.history import Entry
from monoprint.model.review import GroupView, ReviewMember, ReviewWarning
from monoprint.review.carry import carried
from monoprint.review.grouping import key_of, names_of, split

# Groups whose earlier decisions are looked up at a time.
_BATCH: Final = 5_000


def take_in(
    reviews: Reviews,
    stores: Sequence[str],
    groups: Iterable[Group],
    warnings: Iterable[ReviewWarning],
    who: str,
    at: str,
) -> int:
    """Put an audit's groups in place of those of earlier audits of these stores; say how many.

    Groups that reach into other stores stay, without the files that are no longer what they were.
    What was decided before is carried over.
    """
    with reviews.deciding() as deciding:
        version = deciding.append(
            Entry(who, "audited", ", ".join(stores), "", {"stores": list(stores)}, at)
        )
        across = deciding.clear(stores)
        deciding.remove_groups([stored.number for stored in across])
        there = deciding.unchanged(m for stored in across for m in stored.view.members)
        old = (_still(stored.view, there) for stored in across)
        identities = deciding.identities()
        new = (_members(group, identities) for group in groups)
        count = 0
        for batch in _batches(_chain(new, old)):
            views = list(_with_decisions(deciding, batch, version))
            deciding.add_groups(views)
            count += len(views)
        deciding.add_warnings(warnings)
    return count


def _chain(
    new: Iterable[tuple[ReviewMember, ...]], old: Iterable[tuple[ReviewMember, ...]]
) -> Iterator[tuple[ReviewMember, ...]]:
    yield from new
    yield from (members for members in old if len(members) > 1)


def _batches(
    groups: Iterator[tuple[ReviewMember, ...]],
) -> Iterator[list[tuple[ReviewMember, ...]]]:
    while batch := list(islice(groups, _BATCH)):
        yield batch


def _with_decisions(
    deciding: Deciding, batch: Sequence[tuple[ReviewMember, ...]], version: int
) -> Iterator[GroupView]:
    facts = Facts()
    if deciding.decided():
        names = {name for members in batch for m in members for name in names_of(m)}
        first = deciding.facts(sorted(names), [])
        parts = [part for members in batch for part in split(members, first.apart)]
        facts = deciding.facts([], [key_of(part) for part in parts])
        facts = replace(first, said=facts.said)
        batch = parts
    for members in batch:
        yield carried(members, facts, version)


def _still(view: GroupView, there: set[tuple[str, str]]) -> tuple[ReviewMember, ...]:
    """Return the files of a group that are still what they were, the first as representative."""
    left = [m for m in view.members if (m.store, m.path) in there]
    if len(left) == len(view.members):
        return view.members
    first_of: dict[int, int] = {}
    renumbered = []
    for position, member in enumerate(left):
        picture = first_of.setdefault(member.picture, position)
        renumbered.append(replace(member, position=position, picture=picture))
    return tuple(renumbered)


def _members(group: Group, identities: dict[bytes, bytes]) -> tuple[ReviewMember, ...]:
    first_at = {f"{m.store}:{m.path}": n for n, m in enumerate(group.members)}
    return tuple(
        _member(n, member, first_at.get(member.identical_to, n), identities)
        for n, member in enumerate(group.members)
    )


def _member(
    position: int, member: Member, picture: int, identities: dict[bytes, bytes]
) -> ReviewMember:
    sha256 = bytes.fromhex(member.sha256)
    return ReviewMember(
        position=position,
        store=member.store,
        path=member.path,
        role=member.role,
        relation=member.relation,
        changes="; ".join(change.text for change in member.changes),
        distance=member.distance,
        certainty=member.certainty,
        evidence=member.evidence,
        waste=member.waste,
        format=member.format,
        bytes=member.bytes,
        width=member.width,
        height=member.height,
        frames=member.frames,
        sha256=sha256,
        pixels=identities.get(sha256),
        picture=picture,
    )
