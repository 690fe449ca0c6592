"""Tables and queries through the whole program: one photo under two property numbers."""

import csv
import json
import sqlite3

import pytest


@pytest.fixture
def portal(draw, tmp_path):
    """Make a portal's listings: a photo twice by copy, once by name, once smaller."""
    photos = {f"{n}.jpg": draw.jpeg(n) for n in range(4)}
    photos |= {"again.jpg": photos["1.jpg"], "small.jpg": draw.jpeg(2, (300, 225))}
    draw.store(tmp_path / "portal" / "photos", photos)
    rows = [
        ("L-0", "P-0", "north", "photos/0.jpg"),
        ("L-1", "P-1", "north", "photos/1.jpg"),
        ("L-2", "P-2", "south", "photos/2.jpg"),
        ("L-3", "P-3", "south", "photos/3.jpg"),
        ("L-4", "P-4", "south", "photos/again.jpg"),
        ("L-5", "P-2", "north", "photos/small.jpg"),
        ("L-6", "P-6", "north", "photos/0.jpg"),
        ("L-7", "P-7", "north", "photos/gone.jpg"),
    ]
    with (tmp_path / "portal" / "listings.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("listing_id", "property_no", "branch", "photo"), *rows])
    return tmp_path / "portal"


@pytest.fixture
def audited(portal, run, tmp_path):
    """Return a function that audits stores and returns what the report says."""

    def audit(*words):
        ended = run(
            "audit", *words, "--out", tmp_path / "report", "--catalog", tmp_path / "c.sqlite",
            XDG_CACHE_HOME=str(tmp_path / "cache"),
        )  # fmt: skip
        assert ended.code == 0, ended.err
        return json.loads((tmp_path / "report" / "report.json").read_text()), ended.out

    return audit


LISTINGS = "#path=photo,id=listing_id,number=property_no,branch=branch"


def test_one_photo_under_two_property_numbers_is_a_finding(portal, audited, tmp_path):
    table = f"{portal}/listings.csv{LISTINGS}"
    report, said = audited(table, "--differing", "number", "--matrix", "branch")
    (differing,) = report["differing"]
    values = {tuple(v["value"] for v in found["values"]) for found in differing["groups"]}
    assert values == {("P-1", "P-4"), ("P-0", "P-6")}
    assert "differing in number" in said
    groups = {g["members"][0]["path"]: g for g in report["groups"]}
    assert len(groups) == 3
    # Two rows that name one file cost nothing; the photo that was copied does.
    assert [m["waste"] for m in groups["L-0"]["members"]] == ["", "free"]
    assert [m["waste"] for m in groups["L-1"]["members"]] == ["", "certain"]
    (matrix,) = report["matrices"]
    counted = {(s["first"], s["second"]): s["groups"] for s in matrix["shared"]}
    assert counted == {("north", "north"): 1, ("north", "south"): 2}
    assert [p["path"] for p in report["problems"]] == ["L-7"]
    with (tmp_path / "report" / "files.csv").open(newline="") as file:
        told = {row["path"]: json.loads(row["attributes"]) for row in csv.DictReader(file)}
    assert told["L-7"] == {"branch": "north", "number": "P-7"}
    assert len(told) == 8


def test_a_table_over_a_folder_and_the_folder_are_seen_as_one(portal, audited):
    report, _ = audited(f"{portal}/listings.csv{LISTINGS}", portal / "photos")
    totals = report["totals"]
    alone, _ = audited(portal / "photos")
    assert totals["certain_bytes"] == alone["totals"]["certain_bytes"] > 0
    assert totals["possible_bytes"] == alone["totals"]["possible_bytes"] > 0
    assert totals["free_files"] == 7


def test_a_second_audit_reads_nothing_again(portal, run, tmp_path):
    words = ("scan", f"{portal}/listings.csv{LISTINGS}", "--catalog", tmp_path / "c.sqlite")
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert "8 entries listed, 7 read" in run(*words, **cache).out
    table = portal / "listings.csv"
    table.write_text(table.read_text().replace("P-3", "P-33").replace("L-2,", "L-22,"))
    said = run(*words, **cache).out
    assert "8 entries listed, 1 read, 1 gone" in said


def test_a_query_gives_the_groups_that_the_folder_gives(portal, audited, tmp_path):
    with sqlite3.connect(tmp_path / "land.sqlite") as land:
        land.execute("CREATE TABLE deeds (id TEXT, image BLOB, branch TEXT)")
        for path in sorted((portal / "photos").iterdir()):
            land.execute("INSERT INTO deeds VALUES (?, ?, 'x')", (path.name, path.read_bytes()))
    land.close()
    query = f"sqlite:///{tmp_path}/land.sqlite?query=SELECT id, image, branch FROM deeds"
    by_query, _ = audited(query)
    by_folder, _ = audited(portal / "photos")

    def groups(report):
        return [
            [(m["path"], m["relation"], m["waste"]) for m in g["members"]] for g in report["groups"]
        ]

    assert groups(by_query) == groups(by_folder)
    assert by_query["totals"] == by_folder["totals"]


def test_an_attribute_that_no_file_has_is_a_slip(portal, run, tmp_path):
    ended = run(
        "audit", f"{portal}/listings.csv{LISTINGS}", "--out", tmp_path / "r", "--catalog",
        tmp_path / "c.sqlite", "--differing", "nubmer", XDG_CACHE_HOME=str(tmp_path / "cache"),
    )  # fmt: skip
    assert ended.code == 2
    assert "no file has the attribute nubmer" in ended.err
    assert "branch, number" in ended.err
