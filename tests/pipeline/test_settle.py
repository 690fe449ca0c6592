"""What sizes and checksums settle: nothing is missed, and nothing is downloaded for it."""

import io
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing

import pytest

from benchmarks.s3_server import Stored, refusal
from monoprint.catalog.store import open_catalog
from monoprint.model.asset import Status
from monoprint.model.finding import Definition, Level
from monoprint.pipeline.audit import find
from monoprint.pipeline.progress import Silent
from monoprint.pipeline.scan import ScanOptions, enter_stores, scan
from monoprint.pipeline.settle import BY_SIZE
from monoprint.pipeline.workers import Workers

KMS = {"x-amz-server-side-encryption": "aws:kms"}


@pytest.fixture(scope="module")
def crew():
    import os

    kept = dict(os.environ)
    os.environ.update(AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="secret")
    with Workers(1) as workers:
        yield workers
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
def catalog(catalog_url):
    opened = open_catalog(catalog_url)
    yield opened
    opened.close()


class Bench:
    """A bucket, perhaps a folder beside it, and one catalog."""

    def __init__(self, catalog, server, url, crew):
        self.catalog, self.server, self.url, self.crew = catalog, server, url, crew

    def audit(self, *folders, first="", level=Level.EXACT, **options):
        """Audit the bucket, or a store named `first` in its place, with folders."""
        self.server.asked.clear()
        named = [("bucket", first or f"s3://bucket#endpoint={self.url},allow_http=yes")]
        named += [(f"folder{n}", str(folder)) for n, folder in enumerate(folders)]
        stores = enter_stores(self.catalog, named)
        scan(
            self.catalog, stores, ScanOptions(exact=level is Level.EXACT, **options), self.crew,
            Silent(),
        )  # fmt: skip
        audit = find(self.catalog, stores, Definition.at(level), False, self.crew, Silent())
        self.assets = {
            f"{a.store}:{a.path}": a
            for a in self.catalog.assets([(store_id, store.name) for store_id, store in stores])
        }
        return audit

    def groups(self, audit):
        return [sorted(f"{m.store}:{m.path}" for m in g.members) for g in audit.groups]

    def statuses(self):
        return Counter(asset.status for asset in self.assets.values())


@pytest.fixture
def bench(catalog, server, url, crew):
    return Bench(catalog, server, url, crew)


@pytest.fixture(scope="module")
def pictures(draw):
    """Draw pictures of which some are of one size in bytes."""
    found = [draw.jpeg(n, (64, 48)) for n in range(6)]
    longest = max(map(len, found))
    return [data + bytes(longest - len(data)) for data in found[:5]] + [found[5] + bytes(5000)]


def test_a_size_of_its_own_is_not_read(bench, pictures):
    for n, data in enumerate(pictures):
        bench.server.put(f"{n}.jpg", data + bytes(n))
    bench.audit()
    assert bench.server.asked["get"] == bench.server.asked["head"] == 0
    assert bench.statuses() == {Status.LISTED: 6}
    assert {asset.reason for asset in bench.assets.values()} == {BY_SIZE}


def test_checksums_tell_copies_and_others_apart(bench, pictures):
    for n, data in enumerate(pictures):
        bench.server.put(f"{n}.jpg", data)
    bench.server.put("copy.jpg", pictures[2])
    bench.server.put("again.jpg", pictures[2])
    audit = bench.audit()
    assert bench.groups(audit) == [["bucket:2.jpg", "bucket:again.jpg", "bucket:copy.jpg"]]
    assert audit.totals.certain_files == 2
    assert bench.server.asked["get"] == 1  # one of the three copies
    assert bench.statuses() == {Status.LISTED: 5, Status.OK: 3}
    assert bench.assets["bucket:copy.jpg"].note == "content told by the store's MD5, not read"
    assert bench.assets["bucket:0.jpg"].reason.endswith("has its checksum (MD5)")


def test_a_rescan_of_what_has_not_changed_reads_nothing(bench, pictures):
    for n, data in enumerate([*pictures, pictures[0]]):
        bench.server.put(f"{n}.jpg", data)
    first = bench.audit()
    again = bench.audit()
    assert bench.server.asked["get"] == 0
    assert (again.groups, again.totals, again.notices) == (
        first.groups, first.totals, first.notices,
    )  # fmt: skip


def test_what_changed_is_settled_anew(bench, pictures):
    for n, data in enumerate(pictures[:3]):
        bench.server.put(f"{n}.jpg", data)
    assert bench.groups(bench.audit()) == []
    bench.server.put("1.jpg", pictures[0], 7)
    assert bench.groups(bench.audit()) == [["bucket:0.jpg", "bucket:1.jpg"]]
    assert bench.server.asked["get"] == 1
    bench.server.put("1.jpg", pictures[3], 8)
    assert bench.groups(bench.audit()) == []


def test_an_etag_that_is_no_checksum_is_not_taken_for_one(bench, pictures):
    """Objects of one content under keys of their own have different ETags."""
    for n, name in enumerate(("a.jpg", "b.jpg")):
        bench.server.objects[name] = Stored(pictures[0], f'"{n:032x}"', 0, KMS)
    bench.server.put("c.jpg", pictures[1])
    audit = bench.audit()
    assert bench.groups(audit) == [["bucket:a.jpg", "bucket:b.jpg"]]
    assert bench.server.asked["get"] == 3


def test_copies_in_a_folder_beside_are_found(bench, pictures, draw, tmp_path):
    folder = draw.store(tmp_path / "folder", {"here.jpg": pictures[0], "other.jpg": b"x" * 17})
    bench.server.put("there.jpg", pictures[0])
    bench.server.put("alone.jpg", pictures[5])
    audit = bench.audit(folder)
    assert bench.groups(audit) == [["bucket:there.jpg", "folder0:here.jpg"]]
    assert bench.server.asked["get"] == 1
    assert bench.assets["bucket:alone.jpg"].status is Status.LISTED


def test_a_folder_that_joins_later_makes_what_was_settled_be_read(bench, pictures, draw, tmp_path):
    folder = draw.store(tmp_path / "folder", {"here.jpg": pictures[0]})
    for n, data in enumerate(pictures[:3]):
        bench.server.put(f"{n}.jpg", data)
    bench.audit()
    audit = bench.audit(folder)
    assert bench.groups(audit) == [["bucket:0.jpg", "folder0:here.jpg"]]


def test_a_later_audit_by_looks_reads_what_was_not_read(bench, pictures):
    for n, data in enumerate([*pictures, pictures[0]]):
        bench.server.put(f"{n}.jpg", data)
    bench.audit()
    bench.audit(level=Level.VISUAL)
    assert bench.server.asked["get"] >= 6
    assert bench.statuses() == {Status.OK: 7}
    assert not any("not read" in asset.note for asset in bench.assets.values())
    bench.audit()
    assert bench.server.asked["get"] == 0
    assert bench.statuses() == {Status.OK: 7}


def test_a_copy_stands_in_when_the_one_to_be_read_cannot_be(bench, pictures):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        bench.server.put(name, pictures[0])

    def fault(asked, answer):
        denied = asked.what == "get" and asked.key == "a.jpg"
        return refusal(403, "AccessDenied") if denied else answer

    bench.server.fault = fault
    audit = bench.audit()
    assert bench.groups(audit) == [["bucket:b.jpg", "bucket:c.jpg"]]
    assert bench.assets["bucket:a.jpg"].status is Status.UNREADABLE


def test_archives_are_read_whatever_their_size(bench, pictures):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.jpg", pictures[0])
    bench.server.put("alone.ZIP", packed.getvalue())
    bench.server.put("alone.jpg", pictures[1] + bytes(10))
    bench.server.put("same.jpg", pictures[0])
    bench.audit()
    assert bench.assets["bucket:alone.ZIP"].status is Status.CONTAINER
    assert bench.assets["bucket:alone.ZIP!a.jpg"].status is Status.OK
    assert bench.assets["bucket:alone.jpg"].status is Status.LISTED
    assert bench.assets["bucket:same.jpg"].status is Status.OK  # as large as what lies in the zip


@pytest.mark.parametrize("option", ["verify", "iscc"])
def test_what_asks_for_every_file_is_given_every_file(bench, pictures, option):
    if option == "iscc":
        pytest.importorskip("iscc_lib")
    bench.server.put("a.jpg", pictures[0])
    bench.audit(**{option: True})
    assert bench.server.asked["get"] == 1


def test_the_report_counts_what_was_settled(bench, pictures):
    for n, data in enumerate([*pictures, pictures[0]]):
        bench.server.put(f"{n}.jpg", data)
    totals = bench.audit().totals
    assert (totals.files, totals.listed, totals.ok) == (7, 5, 2)
    assert totals.certain_bytes == len(pictures[0])


def test_a_notice_says_what_was_not_looked_for(bench, pictures):
    bench.server.put("a.jpg", pictures[0])
    (notice,) = bench.audit().notices
    assert (notice.store, notice.path) == ("bucket", "")
    assert "identical pixels" in notice.note
    assert bench.audit(level=Level.VISUAL).notices == ()


def test_what_a_database_computes_settles_as_checksums_do(bench, pictures, tmp_path):
    with closing(sqlite3.connect(tmp_path / "land.sqlite")) as database:
        database.execute("CREATE TABLE deeds (id TEXT, image BLOB)")
        rows = [*((str(n), data) for n, data in enumerate(pictures)), ("copy", pictures[2])]
        database.executemany("INSERT INTO deeds VALUES (?, ?)", rows)
        database.commit()
    query = f"sqlite:///{tmp_path}/land.sqlite?query=SELECT id, image FROM deeds"
    audit = bench.audit(first=query)
    assert bench.groups(audit) == [["bucket:2", "bucket:copy"]]
    assert bench.assets["bucket:copy"].note == "content told by the store's SHA-256, not read"
    assert bench.assets["bucket:0"].reason.endswith("has its checksum (SHA-256)")
    assert bench.statuses() == {Status.LISTED: 5, Status.OK: 2}
