"""What an audit would cost is said before anything is read, and is what it then costs."""

import json
import sqlite3
from contextlib import closing

import pytest

from benchmarks.s3_server import KEYS, bucket


@pytest.fixture
def server(server, draw):
    for n in range(4):
        server.put(f"{n}.jpg", draw.jpeg(n, (64, 48)))
    server.put("copy.jpg", draw.jpeg(0, (64, 48)))
    server.put("archive.zip", b"PK nothing")
    return server


@pytest.fixture
def estimated(server, url, run, tmp_path, draw):
    folder = draw.store(tmp_path / "folder", {"here.jpg": draw.jpeg(9, (64, 48))})
    stores = ["--name", f"bucket={bucket(url)}", folder]
    catalog = ["--catalog", tmp_path / "catalog.sqlite"]

    def ask(verb, *words):
        server.asked.clear()
        return run(verb, *stores, *catalog, *words, **KEYS)

    return ask


def rows_of(ended):
    assert ended.code == 0, ended.err
    return {each["store"]: each for each in json.loads(ended.out)["stores"]}


@pytest.mark.parametrize("level", ["visual", "deep"])
def test_all_is_read_by_looks(estimated, server, level):
    found = rows_of(estimated("audit", "--level", level, "--estimate", "--json"))
    size = sum(len(stored.data) for stored in server.objects.values())
    assert found["bucket"] | {"location": ""} == {
        "store": "bucket", "location": "", "entries": 6, "bytes": size, "to_read": 6,
        "bytes_to_read": size, "to_ask": 0, "requests": 6,
    }  # fmt: skip
    assert found["folder"]["requests"] == 0
    assert found["folder"]["to_read"] == 1
    assert server.asked["get"] == server.asked["head"] == 0


def test_little_is_read_by_bytes_and_it_is_what_was_said(estimated, server, tmp_path):
    found = rows_of(estimated("audit", "--level", "exact", "--estimate", "--json"))["bucket"]
    assert (found["to_read"], found["to_ask"], found["requests"]) == (2, 2, 4)
    assert server.asked["get"] == server.asked["head"] == 0
    ended = estimated("audit", "--level", "exact", "--out", tmp_path / "report")
    assert ended.code == 0, ended.err
    assert server.asked["get"] + server.asked["head"] <= found["requests"] + 1  # the thumbnail
    assert rows_of(estimated("audit", "--level", "exact", "--estimate", "--json"))["bucket"][
        "to_read"
    ] == 0  # fmt: skip


def test_what_was_read_costs_nothing_again(estimated):
    assert estimated("scan").code == 0
    found = rows_of(estimated("scan", "--estimate", "--json"))
    assert {each["to_read"] for each in found.values()} == {0}


def test_people_read_a_table(estimated):
    ended = estimated("scan", "--estimate")
    assert ended.code == 0
    assert "bucket" in ended.out
    assert "Nothing was read" in ended.out


def test_a_report_needs_a_place_unless_it_is_only_estimated(estimated):
    ended = estimated("audit")
    assert ended.code == 2
    assert "--out" in ended.err


def test_a_database_is_not_asked_for_checksums_that_it_has_told(run, tmp_path, draw):
    one, other = (draw.jpeg(seed, (64, 48)) for seed in (1, 2))
    size = max(len(one), len(other))
    with closing(sqlite3.connect(tmp_path / "land.sqlite")) as database:
        database.execute("CREATE TABLE deeds (id TEXT, image BLOB)")
        rows = [(str(n), data.ljust(size, b"\0")) for n, data in enumerate((one, other, one))]
        database.executemany("INSERT INTO deeds VALUES (?, ?)", rows)
        database.commit()
    query = f"sqlite:///{tmp_path}/land.sqlite?query=SELECT id, image FROM deeds"
    catalog = ["--catalog", tmp_path / "catalog.sqlite"]
    ended = run("audit", query, *catalog, "--level", "exact", "--estimate", "--json")
    (found,) = rows_of(ended).values()
    assert (found["to_read"], found["to_ask"], found["requests"]) == (1, 0, 1)
