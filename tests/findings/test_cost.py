"""What a file of a cluster costs, and that it is priced once."""

import pytest

from monoprint.findings.cluster import Cell, Cluster
from monoprint.findings.cost import waste
from monoprint.model.asset import Holding
from monoprint.model.finding import Waste

NONE, CERTAIN, POSSIBLE, FREE = Waste.NONE, Waste.CERTAIN, Waste.POSSIBLE, Waste.FREE
HELD, INTENDED = Waste.HELD, Waste.INTENDED


def cluster_of(*cells):
    """A cluster of (position, picture)."""
    return Cluster(tuple(Cell(p, picture, p, None, (), None) for p, picture in cells))


def own(position):
    return position


def outside(_):
    return Holding()


def test_the_representative_is_kept_and_its_copies_are_certain_waste():
    assert waste(cluster_of((5, 1), (3, 1), (9, 1)), own, outside, set()) == [
        NONE,
        CERTAIN,
        CERTAIN,
    ]


def test_another_picture_is_possible_waste_and_its_copies_are_certain():
    cells = cluster_of((0, 1), (1, 1), (2, 7), (3, 7), (4, 8))
    assert waste(cells, own, outside, set()) == [NONE, CERTAIN, POSSIBLE, CERTAIN, POSSIBLE]


def test_a_file_that_shares_its_storage_is_free():
    disk = {0: "a", 1: "a", 2: "b", 3: "c", 4: "c", 5: "b"}
    cells = cluster_of((0, 1), (1, 1), (2, 1), (3, 7), (4, 7), (5, 1))
    assert waste(cells, disk.get, outside, set()) == [NONE, FREE, CERTAIN, POSSIBLE, FREE, FREE]


def test_storage_may_be_named_by_anything_hashable():
    places = {0: (3, 17), 1: (4, 17), 2: (3, 17), 3: 3}
    cells = cluster_of((0, 1), (1, 1), (2, 1), (3, 1))
    assert waste(cells, places.get, outside, set()) == [NONE, CERTAIN, FREE, CERTAIN]


def test_files_of_an_earlier_cluster_cost_nothing_again():
    priced = set()
    assert waste(cluster_of((0, 1), (1, 2), (2, 2)), own, outside, priced) == [
        NONE,
        POSSIBLE,
        CERTAIN,
    ]
    assert priced == {0, 1, 2}
    again = cluster_of((1, 2), (2, 2), (0, 1), (3, 9))
    assert waste(again, own, outside, priced) == [NONE, NONE, NONE, POSSIBLE]
    assert priced == {0, 1, 2, 3}
    assert waste(again, own, outside, priced) == [NONE] * 4


def test_a_picture_kept_by_an_earlier_cluster_is_kept():
    """A further file of it is certain waste, also where the representative is the new file."""
    assert waste(cluster_of((0, 1), (1, 1)), own, outside, {0}) == [NONE, CERTAIN]
    assert waste(cluster_of((5, 4), (0, 1), (1, 1)), own, outside, {0}) == [NONE, NONE, CERTAIN]


@pytest.mark.parametrize("picture", [1, 2])
def test_a_cluster_never_loses_its_last_file(picture):
    assert waste(cluster_of((0, picture)), own, outside, set()) == [NONE]


def held_as(**by_position):
    """How files are held, by their position with a `p` before it."""
    return lambda position: by_position.get(f"p{position}", Holding())


def test_a_copy_inside_a_container_is_held_there():
    holding = held_as(p1=Holding(inside=True), p3=Holding(inside=True))
    cells = cluster_of((0, 1), (1, 1), (2, 1), (3, 7))
    assert waste(cells, own, holding, set()) == [NONE, HELD, CERTAIN, HELD]


def test_a_file_outside_is_kept_before_the_one_inside_that_represents():
    cells = cluster_of((0, 1), (1, 1), (2, 1))
    holding = held_as(p0=Holding(inside=True))
    assert waste(cells, own, holding, set()) == [HELD, NONE, CERTAIN]


def test_a_file_outside_is_no_waste_beside_another_picture_inside_that_represents():
    holding = held_as(p0=Holding(inside=True), p3=Holding(derived="IIIF derivative, 1024 px"))
    cells = cluster_of((0, 1), (3, 9), (1, 7), (2, 7), (4, 8))
    assert waste(cells, own, holding, set()) == [HELD, POSSIBLE, NONE, CERTAIN, POSSIBLE]


def test_a_unit_means_to_hold_its_own_copies_and_no_others():
    bag, other = Holding(unit="bag-1"), Holding(unit="bag-2")
    holding = held_as(p0=bag, p1=bag, p2=other, p3=other)
    cells = cluster_of((0, 1), (1, 1), (2, 1), (3, 1), (4, 1))
    assert waste(cells, own, holding, set()) == [NONE, INTENDED, CERTAIN, INTENDED, CERTAIN]


def test_a_derivative_is_possible_waste_at_most_and_no_reason_to_keep_less():
    derived = Holding(derived="IIIF derivative, 1024 px")
    holding = held_as(p0=derived, p2=derived, p3=derived)
    cells = cluster_of((0, 1), (1, 1), (2, 1), (3, 7))
    assert waste(cells, own, holding, set()) == [POSSIBLE, NONE, POSSIBLE, POSSIBLE]


def test_a_derivative_of_a_stored_master_is_free():
    holding = held_as(p0=Holding(derived="IIIF derivative, 1024 px"))
    cells = cluster_of((0, 1), (1, 2))
    assert waste(cells, {0: (1, 2), 1: (1, 2)}.get, holding, set()) == [FREE, NONE]


def test_a_stored_file_is_no_waste_beside_a_derivative_that_represents():
    holding = held_as(p0=Holding(derived="IIIF derivative, 1024 px"))
    assert waste(cluster_of((0, 1), (1, 2), (2, 3)), own, holding, set()) == [
        POSSIBLE, NONE, POSSIBLE,
    ]  # fmt: skip


def test_a_rendered_page_in_a_document_is_held():
    holding = held_as(p1=Holding(inside=True, derived="page rendered"))
    assert waste(cluster_of((0, 1), (1, 1)), own, holding, set()) == [NONE, HELD]
