"""Which stores hold the same pictures, counted by hand."""

from itertools import permutations

import pytest

from monoprint.findings.matrix import furthest, shared_stores
from monoprint.model.finding import Group, Member, Role, SharedStores, Waste
from monoprint.model.match import Relation


def group_of(*members):
    """A group of (store, path, identical to)."""
    return Group(
        id="g1",
        relation=Relation.SIMILAR,
        members=tuple(
            Member(store, path, Role.MEMBER, None, (), None, "", None, same, "", Waste.NONE, "PNG",
                   1, 1, 1, 1, "")
            for store, path, same in members
        ),
        certain_bytes=0,
        possible_bytes=0,
    )  # fmt: skip


def test_a_small_example_counted_by_hand():
    groups = [
        # A picture twice in a, a copy of it in b, and a similar one in c.
        group_of(("a", "1", ""), ("a", "2", "a:1"), ("b", "1", "a:1"), ("c", "1", "")),
        # Similar ones in a and b; that in b is held twice there.
        group_of(("a", "3", ""), ("b", "2", ""), ("b", "3", "b:2")),
        # Two similar ones in c.
        group_of(("c", "2", ""), ("c", "3", "")),
    ]
    assert shared_stores(groups, ["a", "b", "c"]) == (
        SharedStores("a", "a", groups=1, certain_groups=1, files=2),
        SharedStores("a", "b", groups=2, certain_groups=1, files=6),
        SharedStores("a", "c", groups=1, certain_groups=0, files=3),
        SharedStores("b", "b", groups=1, certain_groups=1, files=2),
        SharedStores("b", "c", groups=1, certain_groups=0, files=2),
        SharedStores("c", "c", groups=1, certain_groups=0, files=2),
    )


def test_two_stores_that_share_no_group_are_left_out():
    groups = [group_of(("a", "1", ""), ("b", "1", "a:1"))]
    assert shared_stores(groups, ["a", "b", "empty"]) == (
        SharedStores("a", "b", groups=1, certain_groups=1, files=2),
    )
    assert shared_stores([], ["a", "b"]) == ()


@pytest.mark.parametrize("stores", list(permutations("abc")))
def test_pairs_follow_the_order_of_the_stores(stores):
    groups = [group_of(("c", "1", ""), ("a", "1", "c:1"), ("b", "1", ""))]
    found = shared_stores(groups, list(stores))
    first, second, third = stores
    assert [(s.first, s.second) for s in found] == [
        (first, second),
        (first, third),
        (second, third),
    ]
    certain = {frozenset((s.first, s.second)) for s in found if s.certain_groups}
    assert certain == {frozenset("ac")}


def test_copies_of_a_member_that_is_not_the_representative_count_as_identical():
    groups = [group_of(("a", "1", ""), ("b", "1", ""), ("c", "1", "b:1"))]
    found = {(s.first, s.second): s.certain_groups for s in shared_stores(groups, ["a", "b", "c"])}
    assert found == {("a", "b"): 0, ("a", "c"): 0, ("b", "c"): 1}


def test_the_furthest_rung_is_what_a_group_is():
    for n, rung in enumerate(Relation, start=1):
        assert furthest([rung]) is rung
        assert furthest(reversed(list(Relation)[:n])) is rung
