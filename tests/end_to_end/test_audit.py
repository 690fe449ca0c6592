"""Audits of drawn stores by codes alone: every copy is found and named, and nothing else is."""

import csv
import io
import json
import os
import shutil
from importlib.resources import files as package_files
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
from PIL import Image

from monoprint.model.asset import path_name

WHITE = (255, 255, 255)
STATUSES = ("ok", "unreadable", "unsupported", "refused")

ODD_NAMES = (
    b"line\nbreak.jpg",
    b"latin-\xe9t\xe9.jpg",
    b"=1+1.jpg",
    b"-dash.jpg",
    b'quote" and, comma;=2+2.jpg',
    b"back\\slash\\x41.jpg",
    b" outer spaces .jpg",
    "turn\u202egpj.jpg".encode(),
    "日本 🦊.jpg".encode(),
)


def with_comment(jpeg: bytes, comment: bytes) -> bytes:
    """Put a comment into a JPEG file, which changes no pixel."""
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def blended(draw, own: int, common: int) -> Image.Image:
    """Draw a picture that shares much with the others of the same `common`."""
    return Image.blend(draw.photo(common), draw.photo(own), 0.45)


def pages(draw, *seeds: int) -> bytes:
    first, *others = (draw.photo(seed) for seed in seeds)
    return draw.file(first, "TIFF", save_all=True, append_images=others)


def drawn_files(draw) -> dict[str, dict[str, bytes]]:
    """Return the files of two stores by name: in `here` mostly originals, in `there` copies."""
    png = {n: draw.file(draw.photo(n), "PNG") for n in range(1, 30)}
    jpeg = {n: draw.jpeg(n) for n in range(1, 30)}
    turn = Image.Transpose
    here = {
        "exact.jpg": jpeg[1],
        "within-1.jpg": jpeg[2],
        "folder/within-2.jpg": jpeg[2],
        "metadata.jpg": jpeg[3],
        "pixels.png": png[4],
        "reencoded.png": png[5],
        "resized.png": png[6],
        "rotated.png": png[7],
        "mirrored.png": png[8],
        "named-wrong.jpg": png[9],
        "document.tif": pages(draw, 10, 11, 12),
        "small-document.tif": pages(draw, 20, 21),
        "alike-1.png": draw.file(blended(draw, 13, 14), "PNG"),
        "alone.jpg": jpeg[15],
        "white.png": draw.file(Image.new("RGB", (400, 300), WHITE), "PNG"),
        "flat.png": draw.file(Image.new("RGB", (200, 200), (90, 20, 20)), "PNG"),
        "empty-1.jpg": b"",
        "notes.txt": b"no picture\n",
        "cut.jpg": jpeg[16][:3000],
    }
    there = {
        "exact.jpg": jpeg[1],
        "metadata.jpg": with_comment(jpeg[3], b"touched"),
        "pixels.tif": draw.file(draw.photo(4), "TIFF"),
        "reencoded.jpg": draw.file(draw.photo(5), "JPEG", quality=60),
        "resized.png": draw.file(draw.photo(6).resize((160, 120)), "PNG"),
        "rotated.jpg": draw.file(draw.photo(7).transpose(turn.ROTATE_90), "JPEG"),
        "mirrored.jpg": draw.file(draw.photo(8).transpose(turn.FLIP_LEFT_RIGHT), "JPEG"),
        "page-2.png": png[11],
        "large-page-2.png": draw.file(draw.photo(21, (640, 480)), "PNG"),
        "alike-2.png": draw.file(blended(draw, 17, 14), "PNG"),
        "white.png": draw.file(Image.new("RGB", (500, 400), WHITE), "PNG"),
        "flat.png": draw.file(Image.new("RGB", (220, 200), (90, 20, 20)), "PNG"),
        "blank-1.png": draw.file(Image.new("RGB", (300, 300), WHITE), "PNG"),
        "blank-2.png": draw.file(Image.new("RGB", (300, 300), WHITE), "PNG"),
        "empty-2.jpg": b"",
        "document.pdf": b"%PDF-1.7\n%%EOF\n",
        "linked.jpg": jpeg[18],
    }
    return {"here": here, "there": there}


def make_stores(draw, folder, *, backwards=False):
    """Make the drawn stores; `backwards` makes every file in the opposite order."""
    for name, files in drawn_files(draw).items():
        order = sorted(files, reverse=backwards)
        draw.store(folder / name, {path: files[path] for path in order})
    (folder / "there" / "symlink.jpg").symlink_to(folder / "here" / "exact.jpg")
    os.link(folder / "there" / "linked.jpg", folder / "there" / "linked-again.jpg")
    os.mkfifo(folder / "there" / "pipe.jpg")


def table(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def opened(run, stores, out, catalog, *words):
    """Audit stores and return what the report says."""
    words = words or ("--level", "visual")
    done = run("audit", *stores, "--out", out, "--catalog", catalog, *words)
    assert done.code == 0, done.err
    found = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    return SimpleNamespace(
        done=done,
        written=found,
        report=json.loads(found["report.json"]),
        files=table(found["files.csv"]),
        groups=table(found["groups.csv"]),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory, draw):
    made = tmp_path_factory.mktemp("stores")
    make_stores(draw, made)
    return made


@pytest.fixture(scope="module")
def audited(run, folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("audit")
    stores = (folder / "here", folder / "there")
    before = state(folder)
    found = opened(run, stores, place / "report", place / "catalog.sqlite", "--level", "visual")
    found.changed = before ^ state(folder)
    return found


def state(folder):
    """Return what can be seen of all entries below a folder."""
    return {
        (path, info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
        for path in folder.rglob("*")
        for info in [path.lstat()]
    }


@pytest.fixture(scope="module")
def exact(run, folder, audited, tmp_path_factory):
    """Audit the same stores, listed already, at the exact level and with ISCC codes."""
    pytest.importorskip("iscc_lib")
    place = tmp_path_factory.mktemp("exact")
    stores = (folder / "here", folder / "there")
    words = ("--level", "exact", "--iscc")
    return opened(run, stores, place / "report", place / "catalog.sqlite", *words)


def group_of(found, located):
    """Return the rows, by ``store:path``, of the one group that a file is in; none if in none."""
    rows = {f"{r['store']}:{r['path']}": r for r in found.groups}
    if located not in rows:
        return {}
    wanted = rows[located]["group"]
    return {where: r for where, r in rows.items() if r["group"] == wanted}


# What the report adds up to


def test_every_entry_of_the_stores_is_accounted_for(audited, folder):
    on_disk = {
        f"{store}:{os.path.relpath(f'{where}/{name}', folder / store)}"
        for store in ("here", "there")
        for where, _, files in os.walk(folder / store)
        for name in files
    }
    assert {f"{row['store']}:{row['path']}" for row in audited.files} == on_disk
    totals = audited.report["totals"]
    assert totals["files"] == len(audited.files) == len(on_disk)
    assert totals["files"] == sum(totals[status] for status in STATUSES)
    for status in STATUSES:
        assert totals[status] == sum(row["status"] == status for row in audited.files) > 0


def test_the_totals_are_those_of_the_stores_and_of_the_groups(audited):
    totals = audited.report["totals"]
    for name, value in totals.items():
        assert value == sum(store["totals"][name] for store in audited.report["stores"])
    assert totals["bytes"] == sum(int(row["bytes"]) for row in audited.files)
    for waste in ("certain", "possible", "free"):
        rows = [row for row in audited.groups if row["waste"] == waste]
        assert totals[f"{waste}_files"] == len(rows) > 0
        assert totals[f"{waste}_bytes"] == sum(int(row["bytes"]) for row in rows)
    ok = sum(f["totals"]["files"] for f in audited.report["formats"])
    assert ok == totals["ok"]


def test_the_summary_says_what_the_report_says(audited):
    totals = audited.report["totals"]
    lines = [line.split() for line in audited.done.out.splitlines()]
    assert ["read", str(totals["ok"])] in lines
    for status in STATUSES[1:]:
        assert [status, str(totals[status])] in lines
    assert ["Groups", "of", "copies", str(len(audited.report["groups"]))] in lines


def test_the_report_is_of_the_published_form(audited, exact):
    schema = json.loads((package_files("monoprint.report") / "report.schema.json").read_text())
    for found in (audited, exact):
        jsonschema.Draft202012Validator(schema).validate(found.report)


def test_nothing_in_a_store_is_changed(audited):
    assert audited.changed == set()


def test_a_run_that_nobody_watches_shows_no_progress(audited):
    assert audited.done.err == ""
    assert not any(ord(char) < 32 and char != "\n" for char in audited.done.out)


# What is a copy, and of what kind


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        ("here:exact.jpg", "there:exact.jpg", "identical-bytes"),
        ("here:folder/within-2.jpg", "here:within-1.jpg", "identical-bytes"),
        ("there:metadata.jpg", "here:metadata.jpg", "identical-pixels"),
        ("there:pixels.tif", "here:pixels.png", "identical-pixels"),
        ("here:reencoded.png", "there:reencoded.jpg", "similar"),
        ("here:resized.png", "there:resized.png", "similar"),
        ("here:rotated.png", "there:rotated.jpg", "similar"),
        ("here:mirrored.png", "there:mirrored.jpg", "similar"),
        ("here:document.tif", "there:page-2.png", "similar"),
        ("there:large-page-2.png", "here:small-document.tif", "similar"),
        ("there:blank-1.png", "there:blank-2.png", "identical-bytes"),
        ("there:linked-again.jpg", "there:linked.jpg", "identical-bytes"),
    ],
)
def test_a_copy_is_grouped_with_its_original_and_named(audited, first, second, relation):
    group = group_of(audited, first)
    assert list(group) == [first, second]
    assert (group[first]["role"], group[second]["role"]) == ("representative", "member")
    assert group[second]["relation"] == relation
    assert group[first]["relation"] == ""
    assert group[second]["identical_to"] == ("" if relation == "similar" else first)


def test_there_are_no_other_groups(audited):
    grouped = {row["path"].partition(".")[0] for row in audited.groups}
    assert len({row["group"] for row in audited.groups}) == 12
    assert not grouped & {"alike-1", "alike-2", "alone", "white", "flat", "notes", "cut"}
    assert not grouped & {"empty-1", "empty-2", "pipe", "symlink", "named-wrong"}


@pytest.mark.parametrize(
    ("member", "changes"),
    [
        ("there:reencoded.jpg", ""),
        ("there:resized.png", ""),
        ("there:rotated.jpg", "rotated 90° counter-clockwise"),
        ("there:mirrored.jpg", "mirrored left to right"),
        ("there:page-2.png", "to frame 2 of the representative's 3"),
        ("here:small-document.tif", "frame 2 of 2"),
    ],
)
def test_what_was_done_to_a_similar_picture_is_said(audited, member, changes):
    row = group_of(audited, member)[member]
    assert row["changes"] == changes
    assert 0 <= int(row["distance"]) <= 31


def test_look_alikes_are_near_and_not_grouped(audited):
    codes = [int(r["pdq"], 16) for r in audited.files if r["path"].startswith("alike-")]
    assert 31 < (codes[0] ^ codes[1]).bit_count() < 110  # 128 is what any two pictures have
    assert not group_of(audited, "here:alike-1.png")
    assert not group_of(audited, "there:alike-2.png")


def test_blank_pages_are_matched_by_their_pixels_alone_and_that_is_said(audited):
    plain = {
        f"{n['store']}:{n['path']}" for n in audited.report["notices"] if "too plain" in n["note"]
    }
    assert plain == {
        "here:white.png", "there:white.png", "here:flat.png", "there:flat.png",
        "there:blank-1.png", "there:blank-2.png",
    }  # fmt: skip


def test_what_a_copy_costs(audited):
    cost = {f"{row['store']}:{row['path']}": row["waste"] for row in audited.groups}
    assert cost["here:exact.jpg"] == ""
    assert cost["there:exact.jpg"] == cost["here:metadata.jpg"] == "certain"
    assert cost["there:resized.png"] == cost["there:page-2.png"] == "possible"


def test_a_hard_link_costs_nothing(audited):
    group = group_of(audited, "there:linked.jpg")
    assert [row["waste"] for row in group.values()] == ["", "free"]
    (told,) = [g for g in audited.report["groups"] if g["members"][0]["path"] == "linked-again.jpg"]
    assert (told["certain_bytes"], told["possible_bytes"]) == (0, 0)


def test_two_stores_are_said_to_share_copies(audited):
    shared = {(s["first"], s["second"]): s for s in audited.report["shared"]}
    assert shared["here", "there"]["groups"] == 9
    assert shared["here", "there"]["certain_groups"] == 3


def test_a_wrong_ending_is_noticed(audited):
    notes = {n["path"]: n["note"] for n in audited.report["notices"]}
    assert notes["named-wrong.jpg"] == "named .jpg but is PNG"


def test_what_was_not_read_is_told_with_a_reason(audited):
    told = {
        f"{p['store']}:{p['path']}": (p["status"], p["reason"]) for p in audited.report["problems"]
    }
    assert told["here:empty-1.jpg"] == told["there:empty-2.jpg"] == ("unreadable", "empty file")
    assert told["here:cut.jpg"][0] == "unreadable"
    assert told["here:notes.txt"] == ("unsupported", "text")
    assert told["there:document.pdf"] == ("unsupported", "PDF document")
    assert told["there:symlink.jpg"] == ("refused", "symbolic link, not followed")
    assert told["there:pipe.jpg"] == ("refused", "not a regular file: named pipe")
    assert len(told) == 7


def test_the_exact_level_has_nothing_similar(audited, exact):
    relations = {row["relation"] for row in exact.groups}
    assert relations == {"", "identical-bytes", "identical-pixels"}
    identical = {row["path"] for row in audited.groups if row["relation"].startswith("identical-")}
    assert {row["path"] for row in exact.groups if row["relation"]} == identical
    assert exact.report["definition"]["level"] == "exact"


def test_iscc_codes_fill_their_column_when_they_are_asked_for(audited, exact):
    assert {row["iscc"] for row in audited.files} == {""}
    for row in exact.files:
        assert row["iscc"].startswith("ISCC:") == (row["status"] == "ok")


# Same input, same output


def test_the_report_depends_on_the_files_alone(run, draw, folder, audited, tmp_path):
    shutil.rmtree(folder)
    folder.mkdir()
    make_stores(draw, folder, backwards=True)
    catalog = tmp_path / "catalog.sqlite"
    assert run("scan", folder / "there", "--catalog", catalog).code == 0
    stores = (folder / "here", folder / "there")
    again = opened(run, stores, tmp_path / "report", catalog, "--level", "visual")
    assert set(again.written) == set(audited.written)
    assert [n for n in again.written if again.written[n] != audited.written[n]] == []


# Odd names


@pytest.fixture(scope="module")
def oddly_named(run, draw, tmp_path_factory):
    folder = os.fsencode(tmp_path_factory.mktemp("odd")) + b"/st\xf6re\n"
    Path(os.fsdecode(folder)).mkdir()
    data = draw.jpeg(1)
    for name in ODD_NAMES:
        with open(folder + b"/" + name, "wb") as file:
            file.write(data)
    place = tmp_path_factory.mktemp("odd-audit")
    found = opened(run, [os.fsdecode(folder)], place / "report", place / "catalog.sqlite")
    return SimpleNamespace(folder=folder, place=place, **vars(found))


def turned_back(cell: str) -> bytes:
    """Turn a path as it stands in a CSV file back into the name on disk."""
    return os.fsencode(path_name(cell.removeprefix("./")))


def test_odd_names_survive_and_can_be_turned_back(oddly_named):
    assert sorted(turned_back(row["path"]) for row in oddly_named.files) == sorted(ODD_NAMES)
    assert sorted(turned_back(row["path"]) for row in oddly_named.groups) == sorted(ODD_NAMES)
    (group,) = oddly_named.report["groups"]
    names = [os.fsencode(path_name(member["path"])) for member in group["members"]]
    assert sorted(names) == sorted(ODD_NAMES)
    (store,) = oddly_named.report["stores"]
    assert os.fsencode(path_name(store["location"])) == os.path.realpath(oddly_named.folder)


def test_odd_names_are_no_formulas_and_break_no_line(oddly_named):
    for name in ("files.csv", "groups.csv"):
        lines = oddly_named.written[name].decode().splitlines()
        assert len(lines) == 1 + len(ODD_NAMES)
        for row in table(oddly_named.written[name]):
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_the_status_of_an_oddly_named_store_is_shown(run, oddly_named):
    for words in ((), ("--json",)):
        done = run("status", *words, "--catalog", oddly_named.place / "catalog.sqlite")
        assert done.code == 0
        assert "\\xf6" in done.out


# Following links, changed stores


def test_a_file_that_changed_since_the_scan_is_read_again(run, draw, tmp_path):
    store = draw.store(tmp_path / "store", {"a.jpg": draw.jpeg(1), "b.jpg": draw.jpeg(1)})
    place = (tmp_path / "report", tmp_path / "catalog.sqlite")
    assert len(opened(run, [store], *place).groups) == 2
    thumbnails = set((tmp_path / "report" / "thumbnails").iterdir())
    assert len(thumbnails) == 1
    (store / "b.jpg").write_bytes(draw.jpeg(2))
    assert opened(run, [store], *place).groups == []
    assert list((tmp_path / "report" / "thumbnails").iterdir()) == []


def test_a_store_without_a_picture_is_accounted_for(run, draw, tmp_path):
    """Also at the level that compares pictures, of which there are none."""
    draw.store(tmp_path / "store", {"notes.txt": b"no picture\n", "cut.png": b"\x89PNG"})
    ended = run("audit", tmp_path / "store", "--out", tmp_path / "report",
                "--catalog", tmp_path / "catalog.db", "--level", "deep")  # fmt: skip
    assert ended.code == 0, ended.err
    rows = csv.DictReader(io.StringIO((tmp_path / "report" / "files.csv").read_text()))
    assert [row["status"] for row in rows] == ["unreadable", "unsupported"]


def test_an_empty_store_has_an_empty_report(run, tmp_path):
    (tmp_path / "store").mkdir()
    found = opened(run, [tmp_path / "store"], tmp_path / "report", tmp_path / "catalog.sqlite")
    assert found.report["totals"]["files"] == 0
    assert (found.files, found.groups) == ([], [])


@pytest.mark.postgres
def test_the_report_is_the_same_with_postgres(run, draw, postgres_url, tmp_path):
    names = ("Zebra", "a/b", "a b", "a", "äpfel", "日本", "_")
    files = {f"{name}.jpg": draw.jpeg(n % 3) for n, name in enumerate(names)}
    store = draw.store(tmp_path / "store", files)
    first = opened(run, [store], tmp_path / "sqlite", tmp_path / "catalog.sqlite")
    second = opened(run, [store], tmp_path / "postgres", postgres_url)
    assert first.written == second.written


def test_drawn_pictures_are_unlike_each_other(draw):
    small = [np.asarray(draw.photo(n).convert("L").resize((8, 8)), float) for n in range(1, 30)]
    apart = [np.abs(a - b).mean() for n, a in enumerate(small) for b in small[:n]]
    assert min(apart) > 10
