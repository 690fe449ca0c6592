"""Bags, OCFL objects and IIIF by the program: fixity told, copies priced as they are meant."""

import csv
import io
import json
import os
import shutil

import pytest
from PIL import Image

from tests.sources.iiif_server import IiifServer, body3, manifest3
from tests.sources.packing import make_bag, make_object, write_inventory
from tests.sources.web_server import Answer


def table(folder, name):
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def waste(folder):
    """Return what each file of a group costs, by store and path."""
    return {(row["store"], row["path"]): row["waste"] for row in table(folder, "groups")}


@pytest.fixture
def audit(run, tmp_path):
    def do(*words):
        out = tmp_path / "report"
        done = run("audit", *words, "--out", out, "--catalog", tmp_path / "catalog.sqlite",
                   "--level", "visual")  # fmt: skip
        return done, out

    return do


def test_a_bag_that_is_not_as_its_manifest_says_is_told_everywhere(audit, draw, tmp_path):
    names = ("a.jpg", "b.jpg", "c.jpg")
    root = make_bag(tmp_path / "bag", {name: draw.jpeg(n) for n, name in enumerate(names)})
    (root / "data/b.jpg").write_bytes(draw.jpeg(7))
    (root / "data/c.jpg").unlink()
    (root / "data/d.jpg").write_bytes(draw.jpeg(8))
    done, out = audit(f"bag:{root}", "--strict")
    assert done.code == 10
    assert "FIXITY: 1 altered, 1 missing, 1 extra, 1 invalid" in done.out
    found = {(row["path"], row["what"]): row for row in table(out, "fixity")}
    assert set(found) == {
        ("bag-info.txt", "invalid"), ("data/b.jpg", "altered"), ("data/c.jpg", "missing"),
        ("data/d.jpg", "extra"),
    }  # fmt: skip
    altered = found["data/b.jpg", "altered"]
    assert altered["expected"] != altered["found"]
    assert altered["found"].startswith("sha-256:")
    document = json.loads((out / "report.json").read_text())
    assert len(document["fixity"]) == 4
    files = {row["path"]: row for row in table(out, "files")}
    assert files["data/b.jpg"]["status"] == "ok"
    assert files["data/c.jpg"]["reason"] == "missing: named in manifest-sha256.txt"


def test_findings_stay_when_nothing_is_read_again_and_go_when_it_is_repaired(audit, draw, tmp_path):
    whole = draw.jpeg(1)
    root = make_bag(tmp_path / "bag", {"a.jpg": whole})
    (root / "data/a.jpg").write_bytes(whole + b"+")
    for _ in range(2):
        _, out = audit(f"bag:{root}")
        assert [row["what"] for row in table(out, "fixity") if row["path"] == "data/a.jpg"] == [
            "altered"
        ]
    (root / "data/a.jpg").write_bytes(whole)
    done, out = audit(f"bag:{root}", "--strict")
    assert done.code == 0
    assert "FIXITY" not in done.out
    assert table(out, "fixity") == []


def test_copies_in_one_bag_are_intended_and_across_bags_are_waste(audit, draw, tmp_path):
    one = draw.jpeg(1)
    make_bag(tmp_path / "bags/1", {"a.jpg": one, "again.jpg": one})
    make_bag(tmp_path / "bags/2", {"a.jpg": one, "again.jpg": one})
    _, out = audit("--name", f"bags=bag:{tmp_path / 'bags'}")
    assert waste(out) == {
        ("bags", "1/data/a.jpg"): "",
        ("bags", "1/data/again.jpg"): "intended",
        ("bags", "2/data/a.jpg"): "certain",
        ("bags", "2/data/again.jpg"): "intended",
    }


def test_a_bag_and_the_folder_that_it_lies_in_are_one_storage(audit, draw, tmp_path):
    root = make_bag(tmp_path / "bag", {"a.jpg": draw.jpeg(1)})
    (tmp_path / "links").mkdir()
    os.link(root / "data/a.jpg", tmp_path / "links/a.jpg")
    _, out = audit("--name", f"bag=bag:{root}", "--name", f"links={tmp_path / 'links'}",
                   "--name", f"plain={root}")  # fmt: skip
    assert sorted(waste(out).values()) == ["", "free", "free"]


def test_versions_of_an_object_are_intended(audit, draw, tmp_path):
    old, new = draw.jpeg(1), draw.jpeg(2)
    root = make_object(tmp_path / "o", "urn:x", [{"a.jpg": old}, {"a.jpg": new}])
    stored = root / "v2/content/back.jpg"
    shutil.copy(root / "v1/content/a.jpg", stored)
    inventory = json.loads((root / "inventory.json").read_text())
    next(paths for paths in inventory["manifest"].values() if "v1/content/a.jpg" in paths).append(
        "v2/content/back.jpg"
    )
    for folder in (root, root / "v2"):
        write_inventory(folder, inventory)
    done, out = audit("--name", f"o=ocfl:{root}", "--strict")
    assert done.code == 0, done.err
    assert waste(out) == {("o", "v1/content/a.jpg"): "", ("o", "v2/content/back.jpg"): "intended"}


@pytest.fixture
def server():
    made = IiifServer().serve()
    try:
        yield made
    finally:
        made.close()


def published(server, pictures):
    """Publish pictures by a manifest with a service each; return its address."""
    url = f"{server.url}/manifest.json"
    bodies = [body3(server.service(name, picture)) for name, picture in pictures.items()]
    return server.document("manifest.json", manifest3(url, bodies))


def test_a_derivative_is_marked_and_is_never_certain_waste(audit, draw, server, tmp_path):
    picture = draw.photo(1, (1600, 1200))
    url = published(server, {"1.tif": picture, "2.tif": picture, "3.tif": draw.photo(2)})
    done, out = audit("--name", f"web=iiif:{url}#private=yes")
    assert done.code == 0, done.err
    files = table(out, "files")
    assert len(files) == 3
    assert [row["derived"] for row in files] == [
        "IIIF derivative, 1024 px", "IIIF derivative, 1024 px", "IIIF derivative, 320 px",
    ]  # fmt: skip
    groups = table(out, "groups")
    assert [(row["waste"], row["derived"]) for row in groups] == [
        ("", "IIIF derivative, 1024 px"), ("possible", "IIIF derivative, 1024 px"),
    ]  # fmt: skip
    totals = json.loads((out / "report.json").read_text())["totals"]
    assert (totals["certain_files"], totals["possible_files"]) == (0, 1)
    assert (totals["bytes"], totals["possible_bytes"]) == (0, 0)


def test_a_derivative_with_the_bytes_of_a_file_says_nothing_of_its_master(
    audit, draw, server, tmp_path
):
    picture = draw.photo(1, (640, 480))
    url = published(server, {"1.tif": picture})
    made = server.answer("/image/1.tif/full/max/0/default.jpg").body
    draw.store(tmp_path / "files", {"copy.jpg": made})
    _, out = audit("--name", f"web=iiif:{url}#private=yes", "--name", f"files={tmp_path}/files")
    by_store = {row["store"]: row for row in table(out, "groups")}
    assert by_store["web"]["sha256"] == by_store["files"]["sha256"]
    assert by_store["web"]["derived"] == "IIIF derivative, 640 px"
    assert (by_store["web"]["waste"], by_store["files"]["waste"]) == ("possible", "")


def test_a_derivative_of_a_stored_master_is_free(audit, draw, server, tmp_path):
    picture = draw.photo(1, (1600, 1200))
    data = draw.file(picture, "TIFF")
    draw.store(tmp_path / "masters", {"1.tif": data})
    url = published(server, {"1.tif": Image.open(io.BytesIO(data))})
    web = f"web=iiif:{url}#private=yes,same_as={tmp_path}/masters"
    _, out = audit("--name", web, "--name", f"masters={tmp_path}/masters")
    assert sorted(waste(out).values()) == ["", "free"]
    assert waste(out)["masters", "1.tif"] == ""


def test_what_was_read_of_a_service_is_not_read_again(audit, draw, server, tmp_path):
    url = published(server, {"1.tif": draw.photo(1), "2.tif": draw.photo(2)})
    server.answers["/image/2.tif/info.json"] = lambda request: Answer(401)
    _, out = audit("--name", f"web=iiif:{url}#private=yes")
    asked = server.asked["/image/1.tif/info.json"]
    assert asked > 0
    (failed,) = (row for row in table(out, "files") if row["status"] == "unreadable")
    assert failed["bytes"] == ""
    assert failed["reason"] == "not allowed to read it (HTTP 401)"
    audit("--name", f"web=iiif:{url}#private=yes")
    assert server.asked["/image/1.tif/info.json"] == asked


def test_the_same_pictures_give_the_same_groups_however_they_are_packed(audit, draw, tmp_path):
    pictures = {f"{n}.jpg": draw.jpeg(n) for n in range(4)}
    pictures |= {f"{n}-small.png": draw.file(draw.photo(n).resize((200, 150)), "PNG")
                 for n in range(3)}  # fmt: skip
    draw.store(tmp_path / "folder", pictures)
    make_bag(tmp_path / "bag", pictures)
    make_object(tmp_path / "object", "urn:x", [pictures])
    told = []
    places = (str(tmp_path / "folder"), f"bag:{tmp_path / 'bag'}", f"ocfl:{tmp_path / 'object'}")
    for place in places:
        _, out = audit("--name", f"s{len(told)}={place}")
        told.append(
            [
                (row["group"], row["path"].rpartition("/")[2], row["relation"], row["waste"])
                for row in table(out, "groups")
            ]
        )
    assert len(told[0]) == 6
    assert told[0] == told[1] == told[2]
