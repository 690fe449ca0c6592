"""The deep level by the program: each look is kept, and files, not their order, decide."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from monoprint.catalog.store import Compared, open_catalog
from monoprint.model.match import Relation, Verdict
from monoprint.pipeline import deep
from monoprint.pipeline.verdicts import told

# The program, keeping each look as it comes, so that there is something to be killed in.
PROGRAM = """
from monoprint.pipeline import deep
deep._BATCH = 1
from monoprint.cli.main import main
main()
"""


def copies(draw, seeds):
    """Return files by name: for each seed a picture, a small copy, a dark copy and a crop."""
    files = {}
    for seed in seeds:
        picture = draw.scene(seed, (640, 480))
        dark = Image.fromarray((np.asarray(picture) * 0.7).astype(np.uint8))
        files[f"{seed}-original.png"] = draw.file(picture, "PNG")
        files[f"{seed}-small.jpg"] = draw.file(picture.resize((320, 240)), "JPEG", quality=85)
        files[f"{seed}-dark.png"] = draw.file(dark, "PNG")
        files[f"{seed}-part.png"] = draw.file(picture.crop((60, 50, 560, 430)), "PNG")
    return files


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def groups_in(report):
    """Return the sets of paths that stand in one group."""
    found = {}
    for row in rows(report / "groups.csv"):
        found.setdefault(row["group"], set()).add(row["path"])
    return sorted(map(sorted, found.values()))


def kept(catalog):
    """Return what the catalog keeps of verdicts."""
    try:
        with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT * FROM verdict ORDER BY 1, 2, 3, 4, 5").fetchall()
    except sqlite3.Error:
        return []  # it is not made yet


@pytest.fixture
def audit(run, tmp_path):
    """Give a function that audits a store, by default into one catalog."""

    def auditing(store, out="report", catalog="catalog.sqlite", *words):
        done = run("audit", store, "--out", tmp_path / out, "--catalog", tmp_path / catalog, *words)
        assert done.code == 0, done.err
        return SimpleNamespace(report=tmp_path / out, catalog=tmp_path / catalog, done=done)

    return auditing


def written(report):
    return {p.relative_to(report): p.read_bytes() for p in report.rglob("*") if p.is_file()}


def test_what_was_looked_at_is_not_looked_at_again(draw, tmp_path, audit):
    store = draw.store(tmp_path / "store", copies(draw, (1, 2)))
    first = audit(store)
    before = kept(first.catalog)
    assert before
    # If the second audit asked its workers, what they say would stand there now, and not this.
    with closing(sqlite3.connect(first.catalog)) as connection:
        told = [(row[-1], *row[:-1]) for row in before]
        other = [(json.dumps(json.loads(t) | {"relation": None}), *key) for t, *key in told]
        connection.executemany(
            "UPDATE verdict SET told = ? WHERE recipe = ? AND first = ? AND first_frame = ? "
            "AND second = ? AND second_frame = ?",
            other,
        )
        connection.commit()
    denied = kept(first.catalog)
    second = audit(store, "again")
    assert groups_in(second.report) != groups_in(first.report)
    assert set(denied) <= set(kept(second.catalog))


def test_a_second_audit_is_the_same_and_adds_no_verdict(draw, tmp_path, audit):
    store = draw.store(tmp_path / "store", copies(draw, (1, 2)))
    first = audit(store)
    before = kept(first.catalog)
    second = audit(store, "again")
    assert kept(second.catalog) == before
    assert written(first.report) == written(second.report)


def test_other_names_and_another_order_give_the_same_groups(draw, tmp_path, audit):
    files = copies(draw, (1, 2))
    turned = {f"{99 - n:02d}-{name}": files[name] for n, name in enumerate(sorted(files))}
    one = audit(draw.store(tmp_path / "one", files), "first", "first.sqlite")
    other = audit(draw.store(tmp_path / "other", turned), "second", "second.sqlite")
    assert groups_in(one.report) == [sorted(n for n in files if n[0] == seed) for seed in "12"]
    renamed = [sorted(name[3:] for name in group) for group in groups_in(other.report)]
    assert sorted(renamed) == groups_in(one.report)


def test_a_killed_audit_goes_on_where_it_was(
    draw, tmp_path, audit, child_environment, processes, wait_for
):
    store = draw.store(tmp_path / "store", copies(draw, range(1, 7)))
    catalog = tmp_path / "killed.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "audit", store, "--out", tmp_path / "k", "--catalog",
         catalog],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=child_environment,
    )  # fmt: skip
    wait_for(lambda: kept(catalog) or process.poll() is not None, "it has looked at something")
    left = processes.workers(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    half = kept(catalog)
    assert half
    went_on = audit(store, "went-on", "killed.sqlite")
    assert set(half) <= set(kept(catalog))
    undisturbed = audit(store, "undisturbed", "undisturbed.sqlite")
    assert kept(catalog) == kept(undisturbed.catalog)
    assert written(went_on.report) == written(undisturbed.report)
    wait_for(lambda: not any(map(processes.alive, left)), "the killed audit's workers have ended")


@pytest.mark.parametrize(
    ("name", "kind", "place", "told"),
    [
        ("pages.tif", "TIFF", "pages.tif#page=2", ""),
        ("film.webp", "WEBP", "film.webp", "frame 2"),
    ],
)
def test_a_page_or_frame_of_many_and_a_picture_of_it_meet(
    name, kind, place, told, draw, tmp_path, audit
):
    pages = [draw.scene(n, (640, 480)) for n in (10, 11, 12)]
    store = draw.store(
        tmp_path / "store",
        {
            name: draw.file(pages[0], kind, save_all=True, append_images=pages[1:]),
            "second-page.jpg": draw.file(pages[1].resize((400, 300)), "JPEG", quality=85),
            "alone.png": draw.file(draw.scene(13, (640, 480)), "PNG"),
        },
    )
    found = audit(store)
    assert groups_in(found.report) == [[place, "second-page.jpg"]]
    (member,) = (r for r in rows(found.report / "groups.csv") if r["role"] == "member")
    assert member["relation"] in {"resized", "re-encoded"}
    assert told in member["changes"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_piece_of_a_page_of_small_print_meets_the_page(kind, draw, tmp_path, audit):
    page, piece = draw.page(1), (180, 200, 1060, 1240)
    store = draw.store(
        tmp_path / "store",
        {
            f"page.{kind}": draw.file(page, kind),
            "piece.jpg": draw.file(page.crop(piece), "JPEG", quality=85),
            "next-page.png": draw.file(draw.page(2), "PNG"),
        },
    )
    found = audit(store)
    assert groups_in(found.report) == [[f"page.{kind}", "piece.jpg"]]
    (member,) = (r for r in rows(found.report / "groups.csv") if r["role"] == "member")
    assert member["relation"] == "cropped"


@pytest.mark.skipif(sys.platform != "linux", reason="a file is swapped while its audit waits")
@pytest.mark.parametrize("now", ["changed", "gone"])
def test_a_file_that_is_not_what_was_scanned_is_told(draw, tmp_path, run, now, child_environment):
    store = draw.store(tmp_path / "store", copies(draw, (1,)))
    victim = store / "1-part.png"
    # Between reading and looking: the listing is over, and the file becomes another.
    program = f"""
import os
from pathlib import Path
from monoprint.pipeline import deep
looking = deep.look
def swapped(*words, **more):
    victim = Path({str(victim)!r})
    if {now!r} == "gone":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes() + b"more")
    return looking(*words, **more)
deep.look = swapped
from monoprint.cli.main import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "audit", store, "--out", tmp_path / "report", "--catalog",
         tmp_path / "catalog.sqlite"],
        capture_output=True, env=child_environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    report = json.loads((tmp_path / "report" / "report.json").read_bytes())
    notes = {n["path"]: n["note"] for n in report["notices"]}
    assert "not compared with another picture" in notes["1-part.png"]
    assert all("1-part.png" not in group for group in groups_in(tmp_path / "report"))
    assert groups_in(tmp_path / "report") == [["1-dark.png", "1-original.png", "1-small.jpg"]]


def test_lots_share_no_picture_and_hold_every_pair(monkeypatch):
    monkeypatch.setattr(deep, "_LOT", 5)
    rng = np.random.default_rng(1)
    pairs = sorted({(int(a), int(b)) for a, b in np.sort(rng.integers(0, 200, (90, 2))) if a != b})
    lots = list(deep._lots(pairs, 200))
    assert len(lots) > 1
    assert sorted(pair for lot in lots for pair in lot) == pairs
    seen = [{picture for pair in lot for picture in pair} for lot in lots]
    assert sum(len(each) for each in seen) == len(set().union(*seen))
    assert all(len(lot) >= 5 for lot in lots[:-1])


def test_no_pairs_make_no_lot():
    assert list(deep._lots([], 0)) == []


def test_what_is_known_of_two_contents_is_told_in_the_order_asked(tmp_path):
    one, other, none = ("11" * 32, "22" * 32, "33" * 32)
    verdict = Verdict(
        Relation.CROPPED, matrix=(0.5, 0, 0.25, 0, 0.5, 0.25, 0, 0, 1), source=1,
        first_window=((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)),
    )  # fmt: skip
    with closing(open_catalog(tmp_path / "catalog.sqlite")) as catalog:
        key = Compared(bytes.fromhex(one), 0, bytes.fromhex(other), 0)
        catalog.record_verdicts(deep.LADDER, [(key, told(verdict))])
        found = deep.known(catalog, [(one, other), (other, one), (one, none)])
    assert set(found) == {(one, other), (other, one)}
    assert found[one, other] == verdict
    back = found[other, one]
    assert (back.source, back.second_window) == (2, verdict.first_window)
    assert back.matrix == pytest.approx((2, 0, -0.5, 0, 2, -0.5, 0, 0, 1))
