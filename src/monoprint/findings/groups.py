"""Groups: clusters written out with paths, relations and costs, and the totals over them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from monoprint.catalog.store import Pictures
from monoprint.findings.cluster import Cluster
from monoprint.findings.cost import waste
from monoprint.findings.matrix import furthest
from monoprint.model.asset import Holding
from monoprint.model.finding import Group, Member, Role, Totals, Waste


def write_out(
    clusters: Iterable[Cluster],
    pictures: Pictures,
    names: Sequence[str],
    paths: Mapping[int, str],
    storage: Callable[[int], object],
    holdings: Mapping[int, Holding],
    attributes: Mapping[int, tuple[tuple[str, str], ...]],
) -> tuple[Group, ...]:
    """Return clusters as groups, the costliest first; numbered in that order.

    `names` are the stores' names by their position, `paths`, `holdings` and `attributes` are by the
    files' ids.
    """
    priced: set[int] = set()
    groups = [
        _group(cluster, pictures, names, paths, storage, holdings, attributes, priced)
        for cluster in clusters
    ]
    groups.sort(
        key=lambda g: (-g.certain_bytes, -g.possible_bytes, g.members[0].store, g.members[0].path)
    )
    return tuple(replace(group, id=f"g{n}") for n, group in enumerate(groups, start=1))


def _group(
    cluster: Cluster,
    pictures: Pictures,
    names: Sequence[str],
    paths: Mapping[int, str],
    storage: Callable[[int], object],
    holdings: Mapping[int, Holding],
    attributes: Mapping[int, tuple[tuple[str, str], ...]],
    priced: set[int],
) -> Group:
    members: list[Member] = []
    first_of: dict[int, str] = {}

    def located(at: int) -> str:
        return f"{names[pictures.store[at]]}:{paths[int(pictures.ids[at])]}"

    def held(at: int) -> Holding:
        return holdings[int(pictures.ids[at])]

    for cell, cost in zip(cluster.cells, waste(cluster, storage, held, priced), strict=True):
        at = cell.position
        store, path = names[pictures.store[at]], paths[int(pictures.ids[at])]
        same = first_of.setdefault(cell.picture, f"{store}:{path}")
        members.append(
            Member(
                store=store,
                path=path,
                role=Role.MEMBER if members else Role.REPRESENTATIVE,
                relation=cell.relation,
                changes=cell.changes,
                certainty=cell.certainty,
                via="" if cell.via is None else located(cell.via),
                distance=cell.distance,
                identical_to="" if same == f"{store}:{path}" else same,
                evidence="",
                waste=cost,
                format=pictures.formats[pictures.format[at]],
                bytes=int(pictures.bytes[at]),
                width=int(pictures.width[at]),
                height=int(pictures.height[at]),
                frames=int(pictures.frames[at]),
                sha256=pictures.sha256[at].tobytes().hex(),
                derived=held(at).derived,
                attributes=attributes.get(int(pictures.ids[at]), ()),
            )
        )
    return Group(
        id="",
        relation=furthest(m.relation for m in members if m.relation is not None),
        members=tuple(members),
        certain_bytes=sum(_cost(m) for m in members if m.waste is Waste.CERTAIN),
        possible_bytes=sum(_cost(m) for m in members if m.waste is Waste.POSSIBLE),
    )


def _cost(member: Member) -> int:
    """Return what a member's bytes cost; a derivative's are nowhere stored as they were read."""
    return 0 if member.derived else member.bytes


def add_waste(totals: Totals, members: Iterable[Member]) -> Totals:
    """Return totals with the cost of these members added."""
    counts: Counter[str] = Counter()
    for member in members:
        if member.waste is not Waste.NONE:
            counts[f"{member.waste}_files"] += 1
            counts[f"{member.waste}_bytes"] += _cost(member)
    return replace(totals, **{name: getattr(totals, name) + n for name, n in counts.items()})


def summed(parts: Iterable[Totals]) -> Totals:
    """Return the sum of totals, field by field."""
    total = Totals()
    for part in parts:
        total = Totals(
            *(getattr(total, name) + getattr(part, name) for name in Totals.__dataclass_fields__)
        )
    return total
