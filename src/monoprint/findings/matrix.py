"""The matrix of which stores, or which values of an attribute, hold the same pictures."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations_with_replacement
from typing import Final

from monoprint.findings.attributes import value_of
from monoprint.model.finding import Group, Matrix, Member, SharedStores
from monoprint.model.match import Relation

# Values that a matrix shows: more of them can be looked at by nobody, and a picture under ten
# thousand of them would have fifty million pairs.
MOST_VALUES: Final = 100


def shared_stores(groups: Iterable[Group], stores: Sequence[str]) -> tuple[SharedStores, ...]:
    """Count for each two stores (and each one with itself) the groups that lie in both."""
    return _shared(groups, stores, lambda member: member.store)


def matrix(groups: Sequence[Group], attribute: str) -> Matrix:
    """Count for each two values of an attribute the groups with files of both."""
    held: Counter[str] = Counter()
    for group in groups:
        held.update({value_of(member, attribute) for member in group.members} - {""})
    most = sorted(held, key=lambda value: (-held[value], value))[:MOST_VALUES]
    values = tuple(sorted(most))
    shared = _shared(groups, values, lambda member: value_of(member, attribute))
    return Matrix(attribute, values, len(held) - len(values), shared)


def _shared(
    groups: Iterable[Group], names: Sequence[str], of: Callable[[Member], str]
) -> tuple[SharedStores, ...]:
    order = {name: place for place, name in enumerate(names)}
    shared: Counter[tuple[str, str]] = Counter()
    certain: Counter[tuple[str, str]] = Counter()
    files: Counter[tuple[str, str]] = Counter()
    for group in groups:
        members = [(name, member) for member in group.members if (name := of(member)) in order]
        held = Counter(name for name, _ in members)
        identical = _identical_within(members)
        here = sorted(held, key=order.__getitem__)
        for first, second in combinations_with_replacement(here, 2):
            if first == second and held[first] < 2:
                continue
            pair = (first, second)
            shared[pair] += 1
            certain[pair] += pair in identical
            files[pair] += held[first] if first == second else held[first] + held[second]
    return tuple(
        SharedStores(first, second, shared[first, second], certain[first, second],
                     files[first, second])
        for first, second in combinations_with_replacement(names, 2)
        if shared[first, second]
    )  # fmt: skip


def _identical_within(members: Iterable[tuple[str, Member]]) -> set[tuple[str, str]]:
    """Return the pairs of names that hold the same pixels among members of a group."""
    holders: dict[str, list[str]] = {}
    for name, member in members:
        key = member.identical_to or f"{member.store}:{member.path}"
        holders.setdefault(key, []).append(name)
    pairs = set()
    for names in holders.values():
        counts = Counter(names)
        for first in counts:
            for second in counts:
                if first != second or counts[first] > 1:
                    pairs.add((first, second))
    return pairs


def furthest(relations: Iterable[Relation]) -> Relation:
    """Return the furthest rung among a group's relations: it is what the whole group is."""
    order = list(Relation)
    return max(relations, key=order.index)
