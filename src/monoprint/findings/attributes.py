"""Attributes: groups whose files differ in what stores and files tell of them."""

from collections import Counter
from collections.abc import Iterable, Sequence

from monoprint.model.finding import Apart, Differing, Group, Member, Value


def value_of(member: Member, attribute: str) -> str:
    """Return a file's value of an attribute, "" if it has none."""
    return dict(member.attributes).get(attribute, "")


def differing(groups: Sequence[Group], attributes: Iterable[str]) -> tuple[Differing, ...]:
    """Gather for each attribute the groups in whose files it has more than one value.

    Files that lack it do not count. Groups keep their order.
    """
    return tuple(
        Differing(name, tuple(found for group in groups if (found := _apart(group, name))))
        for name in attributes
    )


def _apart(group: Group, attribute: str) -> Apart | None:
    counts = Counter(filter(None, (value_of(member, attribute) for member in group.members)))
    if len(counts) < 2:
        return None
    return Apart(group.id, tuple(Value(value, counts[value]) for value in sorted(counts)))
