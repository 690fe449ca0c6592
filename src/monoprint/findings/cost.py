"""Cost: which files of a cluster are waste, and of what kind."""

from collections.abc import Callable

from monoprint.findings.cluster import Cell, Cluster
from monoprint.model.asset import Holding
from monoprint.model.finding import Waste


def waste(
    cluster: Cluster,
    storage: Callable[[int], object],
    holding: Callable[[int], Holding],
    priced: set[int],
) -> list[Waste]:
    """Say of each cell of a cluster what it costs beyond one copy.

    `storage` gives for a file's position a key that is equal for files that share their storage,
    `holding` how the file is held. Of each picture the first stored file is kept, one outside of
    containers before those inside and stored bytes before derivatives; it costs nothing if the
    picture is the representative's, else it is possible waste. Every further stored file of a
    picture is certain waste. One whose storage another one uses already is free, one of a unit that
    keeps the picture already is intended, and one inside a container is held there. A derivative is
    possible waste at most: whether its master is the same is not known. Where a derivative or what
    lies in a container represents, the first file that is neither takes its part. `priced` holds
    the positions that earlier clusters have priced, which cost nothing a second time; those of this
    one are added.
    """
    stored: set[object] = set()
    kept: dict[int, set[str]] = {}  # the pictures that are kept, each with the units that keep it
    result: dict[int, Waste] = {}

    def cost(cell: Cell, held: Holding) -> Waste:
        if cell.position in priced:
            kept.setdefault(cell.picture, set()).add(held.unit)
            return Waste.NONE
        priced.add(cell.position)
        place = storage(cell.position)
        if place in stored:
            return Waste.FREE
        stored.add(place)
        units = kept.get(cell.picture)
        if units is None:
            kept[cell.picture] = {held.unit}
            if cell.picture == first:
                return Waste.NONE
            return Waste.HELD if held.inside else Waste.POSSIBLE
        if held.unit and held.unit in units:
            return Waste.INTENDED
        units.add(held.unit)
        if held.derived and not held.inside:
            return Waste.POSSIBLE
        return Waste.HELD if held.inside else Waste.CERTAIN

    cells = [(n, cell, holding(cell.position)) for n, cell in enumerate(cluster.cells)]
    order = sorted(cells, key=lambda each: (each[2].inside, each[2].derived != ""))
    first = min(cells, key=lambda each: each[2].inside or each[2].derived != "")[1].picture
    for index, cell, held in order:
        result[index] = cost(cell, held)
    return [result[index] for index in range(len(cells))]
