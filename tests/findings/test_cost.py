"""What a file of a cluster costs, and that it is priced once."""

import pytest

from monoprint.findings.cluster import Cell, Cluster
from monoprint.findings.cost import waste
from monoprint.model.finding import Waste

NONE, CERTAIN, POSSIBLE, FREE = Waste.NONE, Waste.CERTAIN, Waste.POSSIBLE, Waste.FREE


def cluster_of(*cells):
    """A cluster of (position, picture)."""
    return Cluster(tuple(Cell(p, picture, p, None, (), None) for p, picture in cells))


def own(position):
    return position


def test_the_representative_is_kept_and_its_copies_are_certain_waste():
    assert waste(cluster_of((5, 1), (3, 1), (9, 1)), own, set()) == [NONE, CERTAIN, CERTAIN]


def test_another_picture_is_possible_waste_and_its_copies_are_certain():
    cells = cluster_of((0, 1), (1, 1), (2, 7), (3, 7), (4, 8))
    assert waste(cells, own, set()) == [NONE, CERTAIN, POSSIBLE, CERTAIN, POSSIBLE]


def test_a_file_that_shares_its_storage_is_free():
    disk = {0: "a", 1: "a", 2: "b", 3: "c", 4: "c", 5: "b"}
    cells = cluster_of((0, 1), (1, 1), (2, 1), (3, 7), (4, 7), (5, 1))
    assert waste(cells, disk.get, set()) == [NONE, FREE, CERTAIN, POSSIBLE, FREE, FREE]


def test_storage_may_be_named_by_anything_hashable():
    places = {0: (3, 17), 1: (4, 17), 2: (3, 17), 3: 3}
    cells = cluster_of((0, 1), (1, 1), (2, 1), (3, 1))
    assert waste(cells, places.get, set()) == [NONE, CERTAIN, FREE, CERTAIN]


def test_files_of_an_earlier_cluster_cost_nothing_again():
    priced = set()
    assert waste(cluster_of((0, 1), (1, 2), (2, 2)), own, priced) == [NONE, POSSIBLE, CERTAIN]
    assert priced == {0, 1, 2}
    again = cluster_of((1, 2), (2, 2), (0, 1), (3, 9))
    assert waste(again, own, priced) == [NONE, NONE, NONE, POSSIBLE]
    assert priced == {0, 1, 2, 3}
    assert waste(again, own, priced) == [NONE] * 4


def test_a_picture_kept_by_an_earlier_cluster_is_kept():
    """A further file of it is certain waste, also where the representative is the new file."""
    assert waste(cluster_of((0, 1), (1, 1)), own, {0}) == [NONE, CERTAIN]
    assert waste(cluster_of((5, 4), (0, 1), (1, 1)), own, {0}) == [NONE, NONE, CERTAIN]


@pytest.mark.parametrize("picture", [1, 2])
def test_a_cluster_never_loses_its_last_file(picture):
    assert waste(cluster_of((0, picture)), own, set()) == [NONE]
