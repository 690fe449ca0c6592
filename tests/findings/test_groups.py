"""Groups written out: order, numbers, sums, and totals over them."""

from dataclasses import astuple, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.catalog.store import Pictures
from monoprint.findings.cluster import Cell, Cluster
from monoprint.findings.groups import add_waste, summed, write_out
from monoprint.model.asset import Holding
from monoprint.model.finding import Member, Role, Totals, Waste
from monoprint.model.match import Change, Relation

STORES = ["archive", "web"]
BYTES, PIXELS, SIMILAR = Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS, Relation.SIMILAR


def pictures_of(sizes, stores=None):
    """Files by their bytes, whose ids are 100 and up, alternately PNG and JPEG."""
    n = len(sizes)
    return Pictures(
        ids=np.arange(100, 100 + n),
        store=np.array(stores or [0] * n, np.int32),
        bytes=np.array(sizes, np.int64),
        inode=np.zeros(n, np.int64),
        device=np.zeros(n, np.int64),
        width=np.arange(n, dtype=np.int32) + 10,
        height=np.arange(n, dtype=np.int32) + 20,
        frames=np.arange(n, dtype=np.int32) + 1,
        format=(np.arange(n) % 2).astype(np.int16),
        formats=("PNG", "JPEG"),
        sha256=np.repeat(np.arange(n, dtype=np.uint8)[:, None], 32, axis=1),
        sketch=np.zeros((n, 17), np.uint8),
        pixels=np.zeros((n, 32), np.uint8),
    )


def cluster_of(*cells):
    """A cluster of (position, picture, relation to the representative)."""
    return Cluster(tuple(
        Cell(position, picture, position, relation, (), None if relation is None else 0)
        for position, picture, relation in cells
    ))  # fmt: skip


def written(clusters, pictures, storage=lambda position: position):
    paths = {int(n): f"f{n}" for n in pictures.ids}
    holdings = {int(n): Holding() for n in pictures.ids}
    return write_out(clusters, pictures, STORES, paths, storage, holdings, {1: (("n", "1"),)})


def test_a_member_tells_of_its_file():
    pictures = pictures_of([500, 400], stores=[1, 0])
    turn = (Change("turn", None, "rotated 180°"),)
    cells = (
        Cell(1, 7, 3, None, (), None),
        Cell(0, 8, 4, Relation.REORIENTED, turn, 12, certainty=0.98),
    )
    (group,) = written([Cluster(cells)], pictures)
    assert group.members == (
        Member("archive", "f101", Role.REPRESENTATIVE, None, (), None, "", None, "", "", Waste.NONE,
               "JPEG", 400, 11, 21, 2, "01" * 32),
        Member("web", "f100", Role.MEMBER, Relation.REORIENTED, turn, 0.98, "", 12, "", "",
               Waste.POSSIBLE, "PNG", 500, 10, 20, 1, "00" * 32),
    )  # fmt: skip
    assert (group.id, group.relation) == ("g1", Relation.REORIENTED)
    assert (group.certain_bytes, group.possible_bytes) == (0, 500)


def test_a_member_found_through_another_names_it():
    cells = (
        Cell(0, 1, 1, None, (), None),
        Cell(1, 2, 2, Relation.ADJUSTED, (), 3, 0.9),
        Cell(2, 3, 3, Relation.RESIZED, (), None, 0.8, via=1),
    )
    (group,) = written([Cluster(cells)], pictures_of([3, 2, 1], stores=[0, 1, 0]))
    assert [member.via for member in group.members] == ["", "", "web:f101"]
    assert [member.certainty for member in group.members] == [None, 0.9, 0.8]
    assert group.relation is Relation.ADJUSTED


def test_members_hold_plain_values():
    (group,) = written([cluster_of((0, 0, None), (1, 0, BYTES))], pictures_of([5, 5]))
    for member in group.members:
        assert {type(value) for value in (member.bytes, member.width, member.frames)} == {int}
    assert type(group.certain_bytes) is int


def test_the_costliest_group_comes_first_and_numbers_follow_the_order():
    pictures = pictures_of([10, 20, 30, 40, 50, 60, 70, 80, 90, 90], stores=[1, 0] * 5)
    clusters = [
        cluster_of((0, 0, None), (1, 1, SIMILAR)),  # possible 20
        cluster_of((2, 2, None), (3, 2, BYTES)),  # certain 40
        cluster_of((4, 4, None), (5, 5, SIMILAR)),  # possible 60
        cluster_of((6, 6, None), (7, 6, PIXELS)),  # certain 80
    ]
    groups = written(clusters, pictures)
    assert [group.members[0].path for group in groups] == ["f106", "f102", "f104", "f100"]
    assert [group.id for group in groups] == ["g1", "g2", "g3", "g4"]
    costs = [(group.certain_bytes, group.possible_bytes) for group in groups]
    assert costs == [(80, 0), (40, 0), (0, 60), (0, 20)]


def test_groups_of_one_cost_are_ordered_by_the_representative_s_store_and_path():
    pictures = pictures_of([7] * 6, stores=[1, 0, 0, 0, 1, 0])
    clusters = [cluster_of((n, n, None), (n + 1, n, BYTES)) for n in (4, 2, 0)]
    groups = written(clusters, pictures)
    order = [(group.members[0].store, group.members[0].path) for group in groups]
    assert order == [("archive", "f102"), ("web", "f100"), ("web", "f104")]


def test_a_copy_names_the_first_file_of_its_pixels_in_the_group():
    cells = [(0, 3, None), (1, 3, BYTES), (2, 8, SIMILAR), (3, 8, SIMILAR), (4, 3, PIXELS)]
    pictures = pictures_of([9] * 5, stores=[1, 0, 0, 1, 1])
    (group,) = written([cluster_of(*cells)], pictures)
    told = [member.identical_to for member in group.members]
    assert told == ["", "web:f100", "", "archive:f102", "web:f100"]


def test_a_file_in_two_groups_is_priced_in_the_first_given():
    pictures = pictures_of([10, 20, 30])
    clusters = [
        cluster_of((0, 0, None), (1, 1, SIMILAR)),
        cluster_of((1, 1, None), (2, 2, SIMILAR), (0, 0, SIMILAR)),
    ]
    groups = written(clusters, pictures)
    assert [(group.members[0].path, group.possible_bytes) for group in groups] == [
        ("f101", 30),
        ("f100", 20),
    ]
    again = groups[0].members
    assert [member.waste for member in again] == [Waste.NONE, Waste.POSSIBLE, Waste.NONE]


def test_files_that_share_their_storage_cost_nothing():
    cells = cluster_of((0, 0, None), (1, 0, BYTES), (2, 0, BYTES))
    (group,) = written([cells], pictures_of([10, 10, 10]), storage=lambda p: min(p, 1))
    wastes = [member.waste for member in group.members]
    assert wastes == [Waste.NONE, Waste.CERTAIN, Waste.FREE]
    assert group.certain_bytes == 10


def test_no_clusters_give_no_groups():
    assert written([], pictures_of([])) == ()


@st.composite
def audits(draw):
    """Pictures and clusters of them: files overlap between clusters, some share storage."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    files = draw(st.integers(2, 14))
    picture = rng.integers(0, files, files).tolist()
    pictures = pictures_of(
        rng.integers(1, 1000, files).tolist(), rng.integers(0, 2, files).tolist()
    )
    clusters = []
    for _ in range(draw(st.integers(0, 4))):
        positions = rng.permutation(files)[: rng.integers(2, files + 1)].tolist()
        cells = [(p, picture[p], SIMILAR if n else None) for n, p in enumerate(positions)]
        clusters.append(cluster_of(*cells))
    place = rng.integers(0, files, files).tolist()
    return pictures, clusters, lambda position: place[position]


@settings(max_examples=80, deadline=None)
@given(audit=audits())
def test_the_sums_of_groups_are_those_of_their_members_and_no_file_is_priced_twice(audit):
    pictures, clusters, storage = audit
    groups = written(clusters, pictures, storage)
    assert [group.id for group in groups] == [f"g{n}" for n in range(1, len(clusters) + 1)]
    priced = []
    for group in groups:
        costs = dict.fromkeys(Waste, 0)
        for member in group.members:
            costs[member.waste] += member.bytes
            if member.waste is not Waste.NONE:
                priced.append((member.store, member.path))
        assert (group.certain_bytes, group.possible_bytes) == (
            costs[Waste.CERTAIN],
            costs[Waste.POSSIBLE],
        )
    assert len(priced) == len(set(priced))
    totals = add_waste(Totals(), (member for group in groups for member in group.members))
    assert totals.certain_bytes == sum(group.certain_bytes for group in groups)
    assert totals.possible_bytes == sum(group.possible_bytes for group in groups)
    assert totals.certain_files + totals.possible_files + totals.free_files == len(priced)


# Totals


def member_of(waste, size):
    return Member(
        "s", "p", Role.MEMBER, SIMILAR, (), None, "", 1, "", "", waste, "PNG", size, 1, 1, 1, ""
    )


def test_waste_is_added_by_kind_and_the_rest_is_left():
    before = Totals(files=9, ok=5, unreadable=4, bytes=700, certain_files=1, certain_bytes=50)
    members = [
        member_of(Waste.CERTAIN, 7),
        member_of(Waste.POSSIBLE, 11),
        member_of(Waste.NONE, 100),
        member_of(Waste.FREE, 13),
        member_of(Waste.CERTAIN, 17),
    ]
    assert add_waste(before, members) == Totals(
        files=9, ok=5, unreadable=4, bytes=700,
        certain_files=3, certain_bytes=74,
        possible_files=1, possible_bytes=11,
        free_files=1, free_bytes=13,
    )  # fmt: skip


counts = st.integers(0, 2**40)
totals = st.builds(Totals, **{field.name: counts for field in fields(Totals)})


@settings(max_examples=50, deadline=None)
@given(parts=st.lists(totals, max_size=5))
def test_totals_add_up_field_by_field(parts):
    expected = [sum(column) for column in zip(astuple(Totals()), *map(astuple, parts), strict=True)]
    assert list(astuple(summed(parts))) == expected


@pytest.mark.parametrize("parts", [[], [Totals()], iter([])])
def test_the_sum_of_nothing_is_nothing(parts):
    assert summed(parts) == Totals()
