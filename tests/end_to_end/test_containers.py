"""Pictures in archives and documents: found, told by their place, and never acted upon."""

import csv
import json
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta

import pytest

from tests.sources.archives import KINDS, seven_zipped, tarred, zipped
from tests.sources.documents import jpeg_object, pdf, shown

# The program, committing after every few files, so that a small store has many commits.
PROGRAM = """
from monoprint.pipeline import scan
scan._BATCH_FILES = 4
from monoprint.cli.main import main
main()
"""

SIZE = (240, 320)


@pytest.fixture(scope="module")
def pictures(draw):
    """Draw 300 pictures: a hundred, a copy of each with the same bytes, and one as PNG."""
    files = {}
    for n in range(100):
        picture = draw.photo(n, (160, 120))
        files[f"{n % 7}/{n}.jpg"] = draw.file(picture, "JPEG", quality=90)
        files[f"copies/{n}.jpg"] = files[f"{n % 7}/{n}.jpg"]
        files[f"png/{n}.png"] = draw.file(picture, "PNG")
    return files


def audited(run, folder, *stores, level="visual"):
    """Audit stores; two levels see the same archives, and the lower one is quicker."""
    ended = run(
        "audit", *stores, "--out", folder / "out", "--catalog", folder / "catalog.sqlite",
        "--level", level,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    return json.loads((folder / "out" / "report.json").read_text())


def groups(report):
    """Return the groups as sets of (name within its store or archive, relation)."""
    return {
        frozenset((m["path"].rpartition("!")[2], m["relation"]) for m in group["members"])
        for group in report["groups"]
    }


def ended(folder):
    with (folder / "out" / "files.csv").open(encoding="utf-8", newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def as_folder(run, draw, pictures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    return audited(run, folder, draw.store(folder / "store", pictures))


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "7z"])
def test_the_same_pictures_in_any_archive_give_the_same_groups(
    kind, run, draw, pictures, as_folder, tmp_path
):
    inner = f"pictures.{kind}"
    store = draw.store(tmp_path / "store", {inner: KINDS[kind](dict(sorted(pictures.items())))})
    report = audited(run, tmp_path, store)
    found = groups(report)
    assert len(found) == 100
    plain = groups(as_folder)
    assert {frozenset(name for name, _ in group) for group in found} == {
        frozenset(name for name, _ in group) for group in plain
    }
    assert found == plain
    assert report["totals"]["held_files"] == 200
    assert report["totals"]["certain_bytes"] == report["totals"]["possible_bytes"] == 0


def test_stores_may_be_an_archive_a_document_and_a_folder(run, draw, tmp_path):
    files = {name: draw.file(draw.photo(n, SIZE), "JPEG") for n, name in enumerate("abc")}
    draw.store(tmp_path, {
        "scans.zip": zipped({"in/a.jpg": files["a"], "notes.txt": b"words",
                             "more.tar": tarred({"b.jpg": files["b"]})}),
        "deeds.pdf": pdf([(*SIZE, shown(b"O0", *SIZE), b"")], [jpeg_object(files["c"], SIZE)]),
        "folder/a.jpg": files["a"], "folder/b.jpg": files["b"], "folder/c.jpg": files["c"],
    })  # fmt: skip
    report = audited(
        run, tmp_path, tmp_path / "scans.zip", tmp_path / "deeds.pdf", tmp_path / "folder",
        level="deep",
    )  # fmt: skip
    assert {frozenset(m["path"] for m in group["members"]) for group in report["groups"]} == {
        frozenset({"scans.zip!in/a.jpg", "a.jpg"}),
        frozenset({"scans.zip!more.tar!b.jpg", "b.jpg"}),
        frozenset({"deeds.pdf#page=1", "c.jpg"}),
    }
    statuses = {path: row["status"] for path, row in ended(tmp_path).items()}
    assert statuses == {
        "scans.zip": "container", "scans.zip!in/a.jpg": "ok", "scans.zip!notes.txt": "unsupported",
        "scans.zip!more.tar": "container", "scans.zip!more.tar!b.jpg": "ok",
        "deeds.pdf": "container", "deeds.pdf#page=1": "ok",
        "a.jpg": "ok", "b.jpg": "ok", "c.jpg": "ok",
    }  # fmt: skip


def test_a_scan_as_pdf_as_tiff_and_as_jpeg_is_one_picture(run, draw, tmp_path):
    scans = [draw.scene(n, (600, 800)) for n in range(3)]
    first, *others = scans
    draw.store(tmp_path / "store", {
        "scan.tif": draw.file(first, "TIFF", save_all=True, append_images=others,
                              compression="tiff_lzw"),
        "scan.pdf": draw.file(first, "PDF", save_all=True, append_images=others),
        "scan-2.jpg": draw.file(scans[1], "JPEG", quality=80),
        "scan-2.png": draw.file(scans[1], "PNG"),
    })  # fmt: skip
    report = audited(run, tmp_path, tmp_path / "store", level="deep")
    found = {frozenset(m["path"] for m in group["members"]) for group in report["groups"]}
    assert found == {
        frozenset({"scan.tif#page=1", "scan.pdf#page=1"}),
        frozenset({"scan.tif#page=2", "scan.pdf#page=2", "scan-2.jpg", "scan-2.png"}),
        frozenset({"scan.tif#page=3", "scan.pdf#page=3"}),
    }
    between = {
        m["path"]: m["relation"] for group in report["groups"] for m in group["members"]
        if "scan-2.png" in {one["path"] for one in group["members"]}
    }  # fmt: skip
    assert "identical-pixels" in between.values()  # the TIFF page and the PNG


def test_equal_archives_are_copies_as_wholes_and_what_is_in_them_is_held(run, draw, tmp_path):
    data = zipped({f"{n}.jpg": draw.jpeg(n) for n in range(3)})
    report = audited(run, tmp_path, draw.store(tmp_path / "s", {"a.zip": data, "b.zip": data}))
    assert report["totals"]["certain_bytes"] == len(data)
    assert report["totals"]["held_files"] == 3


def read_so_far(catalog):
    try:
        with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
            wanted = "SELECT count(*) FROM file WHERE status IS NOT NULL"
            return connection.execute(wanted).fetchone()[0]
    except sqlite3.Error:
        return 0  # it is not made yet


@pytest.mark.parametrize("kind", ["tar.gz", "7z"])
def test_killed_within_an_archive_the_next_run_misses_nothing(
    kind, run, draw, pictures, child_environment, processes, wait_for, tmp_path
):
    inner = {"inner.zip": zipped(dict(list(pictures.items())[:40])), **pictures}
    store = draw.store(tmp_path / "store", {"a": KINDS[kind](inner)})
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    whole = audited(run, undisturbed, store)
    catalog = tmp_path / "catalog.sqlite"
    seed = random.randrange(1 << 32)
    print("seed", seed)  # a failure shows it
    moments = random.Random(seed)
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "scan", store, "--catalog", catalog],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=child_environment,
        )
        goal = read_so_far(catalog) + moments.randrange(1, 80)
        wait_for(
            lambda: read_so_far(catalog) >= goal or process.poll() is not None,  # noqa: B023
            "the scan goes on",
        )
        process.kill()
        process.wait()
    assert 0 < read_so_far(catalog) <= 342
    assert audited(run, tmp_path, store) == whole
    assert len(ended(tmp_path)) == 342


AUTHORITY = """
[[authority]]
reference = "DA-1"
approver = "Records office"
expires = {tomorrow}
stores = ["store"]
"""


class Office:
    """A store, people who may decide, and the program."""

    def __init__(self, folder, run, draw):
        self.folder, self._run, self.draw = folder, run, draw
        self.plan = folder / "plan.json"
        self.by = ("--authority", folder / "authority.toml")

    def __call__(self, *words):
        done = self._run(*words, MONOPRINT_CATALOG=str(self.folder / "catalog.sqlite"),
                         XDG_CONFIG_HOME=str(self.folder / "config"))  # fmt: skip
        assert done.code == 0, done.err
        return done.out

    def settled(self, files):
        """Make a store of files, audit it, and let the rules decide."""
        store = self.draw.store(self.folder / "store", files)
        tomorrow = (date.today() + timedelta(days=1)).isoformat()
        self.by[1].write_text(AUTHORITY.format(tomorrow=tomorrow))
        self("audit", store, "--out", self.folder / "out", "--level", "visual")
        self("decide", "--as", "kim")
        key = self("approve", "--new-key", "lee").split("public key of lee: ")[1].split()[0]
        self("approve", "--trust", "lee", key)
        return store


@pytest.fixture
def office(tmp_path, run, draw):
    return Office(tmp_path, run, draw)


@pytest.mark.parametrize("action", ["quarantine", "hardlink", "redirect"])
def test_a_plan_leaves_archives_alone_and_says_so(action, office):
    one, two = office.draw.jpeg(1), office.draw.jpeg(2)
    files = {"a.jpg": one, "z.7z": seven_zipped({"b.jpg": one, "c.jpg": two}),
             "z.zip": zipped({"d.jpg": two})}  # fmt: skip
    store = office.settled(files)
    office("plan", "--out", office.plan, "--action", action, "--as", "kim", *office.by)
    steps = json.loads(office.plan.read_text())["steps"]
    copies = {step["copy"][1]: step for step in steps}
    assert "z.7z!b.jpg" in copies
    assert "a.jpg" not in copies  # the one outside stays
    assert len(copies) == 2
    for step in steps:
        assert step["freed"] == 0
        if action == "redirect":
            assert (step["action"], step["elsewhere"]) == ("redirect", True)
        else:
            assert (step["action"], step["blocked"]) == ("report", "place")
            assert "archive" in step["why"]
    office("approve", office.plan, "--as", "lee")
    office("apply", office.plan, *office.by)
    assert {path.name: path.read_bytes() for path in store.iterdir()} == files
    if action == "redirect":
        told = json.loads((office.folder / "plan.redirects.json").read_text())
        assert {entry["old"] for entry in told} == {f"store:{path}" for path in copies}


def test_an_archive_is_given_up_as_a_whole_for_another_with_the_same_bytes(office):
    data = zipped({"a.jpg": office.draw.jpeg(1), "b.jpg": office.draw.jpeg(2)})
    store = office.settled({"a.zip": data, "b.zip": data})
    office("plan", "--out", office.plan, "--action", "quarantine", "--as", "kim", *office.by)
    steps = {step["copy"][1]: step for step in json.loads(office.plan.read_text())["steps"]}
    assert (steps["b.zip"]["action"], steps["b.zip"]["freed"]) == ("quarantine", len(data))
    assert {step["blocked"] for path, step in steps.items() if "!" in path} == {"place"}
    office("approve", office.plan, "--as", "lee")
    office("apply", office.plan, *office.by)
    assert [path.name for path in store.glob("*.zip")] == ["a.zip"]
    assert (store / "a.zip").read_bytes() == data
