"""Small stores in a catalog, and groups among their files, without any picture."""

import hashlib
from dataclasses import dataclass

import pytest

from monoprint.catalog.reviews import Reviews
from monoprint.catalog.store import open_catalog
from monoprint.model.asset import Listed, Status, Store
from monoprint.model.finding import Group, Member, Role, Waste
from monoprint.model.match import Relation
from monoprint.model.reading import Reading
from monoprint.review.intake import take_in

AT = "2026-01-02T03:04:05.000000Z"


def sha(name: str) -> bytes:
    """Return the digest that stands for a content in these tests."""
    return hashlib.sha256(name.encode()).digest()


@dataclass
class Desk:
    """A catalog that is filled by hand: files as ``store:path``, each with a content's name."""

    catalog: object

    def put(self, files: dict[str, str], pixels: dict[str, str] | None = None) -> None:
        """Make the catalog hold exactly these files; `pixels` names contents' pictures."""
        by_store: dict[str, dict[str, str]] = {}
        for place, content in files.items():
            store, _, path = place.partition(":")
            by_store.setdefault(store, {})[path] = content
        known = self.catalog.stores()
        for store in [*known, *by_store]:
            store_id = (
                self.catalog.stores()[store][0]
                if store in self.catalog.stores()
                else self.catalog.add_store(Store(store, f"/{store}"))
            )
            old = list(self.catalog.known(store_id))
            self.catalog.list_entries(store_id, [], [], [], [each.id for each in old])
            here = by_store.get(store, {})
            self.catalog.list_entries(store_id, [Listed(p, 1) for p in sorted(here)], [], [], [])
            ids = {each.listed.path: each.id for each in self.catalog.known(store_id)}
            self.catalog.record(
                [
                    (ids[path], Reading(Status.OK, format="JPEG", bytes=100, width=4, height=3,
                                        frames=1, sha256=sha(content)))
                    for path, content in here.items()
                ]
            )  # fmt: skip
            self.catalog.record_pixels(
                (ids[path], sha(pixels[content]))
                for path, content in here.items()
                if pixels and content in pixels
            )

    def audit(self, *groups: Group, stores: list[str] | None = None, warnings=()) -> int:
        """Take in groups as an audit of all (or some) stores found them."""
        names = stores or list(self.catalog.stores())
        return take_in(Reviews(self.catalog), names, groups, warnings, "auditor", AT)

    def queue(self, **narrowed):
        """Return the groups of the queue with their files, as lists of ``store:path``."""
        from monoprint.model.review import Filter
        from monoprint.review import queue

        page = queue.page(self.catalog, Filter(**narrowed), limit=1000)
        return [queue.group(self.catalog, g.key) for g in page.groups]


def group(*files: tuple[str, str], relation: Relation | None = None, size: int = 100) -> Group:
    """Make a group of (``store:path``, content); files of one content are identical bytes.

    `relation` is that of the other contents to the first one.
    """
    members = []
    first_of: dict[str, str] = {}
    for n, (place, content) in enumerate(files):
        store, _, path = place.partition(":")
        same_picture = relation is Relation.IDENTICAL_PIXELS or content == files[0][1]
        picture = files[0][1] if same_picture else content
        first = first_of.setdefault(picture, place)
        between = Relation.IDENTICAL_BYTES if content == files[0][1] else relation
        assert n == 0 or between is not None
        members.append(
            Member(
                store=store, path=path, role=Role.MEMBER if n else Role.REPRESENTATIVE,
                relation=between if n else None, changes=(), certainty=1.0, via="", evidence="",
                distance=0 if n else None,
                identical_to="" if first == place else first,
                waste=(Waste.CERTAIN if first != place else Waste.POSSIBLE) if n else Waste.NONE,
                format="JPEG", bytes=size, width=4, height=3, frames=1,
                sha256=sha(content).hex(),
            )
        )  # fmt: skip
    order = list(Relation)
    return Group(
        "g", max((m.relation for m in members[1:]), key=order.index), tuple(members),
        sum(m.bytes for m in members if m.waste is Waste.CERTAIN),
        sum(m.bytes for m in members if m.waste is Waste.POSSIBLE),
    )  # fmt: skip


@pytest.fixture
def desk(catalog_url):
    catalog = open_catalog(catalog_url)
    yield Desk(catalog)
    catalog.close()


def places(view) -> list[str]:
    """Return a group's files as ``store:path``."""
    return [f"{m.store}:{m.path}" for m in view.members]


@pytest.fixture
def make_group():
    return group


@pytest.fixture
def digest():
    return sha


@pytest.fixture
def told():
    return places
