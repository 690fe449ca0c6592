"""The matrix of which stores hold the same pictures."""

from collections import Counter
from collections.abc import Iterable
from itertools import combinations_with_replacement

from monoprint.model.finding import Group, SharedStores
from monoprint.model.match import Relation


def shared_stores(groups: Iterable[Group], stores: list[str]) -> tuple[SharedStores, ...]:
    """Count for each two stores (and each one with itself) the groups that lie in both."""
    shared: Counter[tuple[str, str]] = Counter()
    certain: Counter[tuple[str, str]] = Counter()
    files: Counter[tuple[str, str]] = Counter()
    for group in groups:
        held = Counter(member.store for member in group.members)
        identical = _identical_within(group)
        here = [name for name in stores if held[name]]
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
        for first, second in combinations_with_replacement(stores, 2)
        if shared[first, second]
    )  # fmt: skip


def _identical_within(group: Group) -> set[tuple[str, str]]:
    """Return the pairs of stores that hold the same pixels in this group."""
    holders: dict[str, list[str]] = {}
    for member in group.members:
        key = member.identical_to or f"{member.store}:{member.path}"
        holders.setdefault(key, []).append(member.store)
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
