"""Cost: which files of a cluster are waste, and of what kind."""

from collections.abc import Callable

from monoprint.findings.cluster import Cluster
from monoprint.model.finding import Waste


def waste(cluster: Cluster, storage: Callable[[int], object], priced: set[int]) -> list[Waste]:
    """Say of each cell of a cluster what it costs beyond one copy.

    `storage` gives for a file's position a key that is equal for files that share their storage.
    Of each picture the first stored file is kept: the representative costs nothing, another
    picture's first is possible waste. Every further stored file of a picture is certain waste,
    and a file whose storage another one uses already is free. `priced` holds the positions that
    earlier clusters have priced, which cost nothing a second time; those of this one are added.
    """
    stored: set[object] = set()
    kept: set[int] = set()
    result = []
    for index, cell in enumerate(cluster.cells):
        if cell.position in priced:
            kept.add(cell.picture)
            result.append(Waste.NONE)
            continue
        priced.add(cell.position)
        place = storage(cell.position)
        if place in stored:
            result.append(Waste.FREE)
            continue
        stored.add(place)
        if cell.picture in kept:
            result.append(Waste.CERTAIN)
        else:
            kept.add(cell.picture)
            result.append(Waste.NONE if index == 0 else Waste.POSSIBLE)
    return result
