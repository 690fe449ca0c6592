"""The malformed, hostile and odd files: each ends as a careful tool would end it."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from monoprint.model.asset import path_name, path_text
from monoprint.pipeline.workers import Workers
from monoprint.sources.opening import open_source

pytestmark = pytest.mark.shared

SHARED = Path(
    os.environ.get("MONOPRINT_SHARED") or Path(__file__).resolve().parents[2].parent / "shared"
)
FOLDER = SHARED / "malformed"
HERE = (FOLDER / "expected.csv").exists()
needs_files = pytest.mark.skipif(not HERE, reason="the malformed files are not here")

ANY = {"ok", "unreadable", "unsupported", "refused"}
ALLOWED = {
    "decode": {"ok"},
    "unreadable": {"unreadable"},
    "refuse": {"refused"},
    "not-an-image": {"unsupported"},
    "decode-or-skip": ANY,
}
# A drawing that needs nothing but itself is drawn, where the package for it is installed.
ALLOWED_OF = {"svg/plain.svg": {"ok", "unsupported"}}
# What is not opened at all needs no limit to stop it.
NOT_OPENED = ("svg/",)
BROKEN = {"archives/not-a-zip.zip", "pdf/truncated.pdf"}
NO_PICTURES = ("bombs/ratio", "pdf/")
# What is looked into; how its members end is tested below.
CONTAINERS = (
    "archives/", "names/odd-names.tar", "bombs/nested.zip", "pdf/two-images.pdf",
    "frames/multipage.tif",
)  # fmt: skip


def rows():
    if not HERE:
        return []
    with (FOLDER / "expected.csv").open(encoding="utf-8", newline="") as file:
        return [(row["file"], row["class"]) for row in csv.DictReader(file)]


def allowed(file, kind):
    found = ALLOWED_OF.get(file, ALLOWED[kind])
    if kind == "refuse" and file.startswith(NOT_OPENED):
        return found | {"unsupported"}
    if file in BROKEN:
        return {"unreadable"}
    if file.startswith(CONTAINERS):
        return {"container"}
    return found


def read(location, paths):
    """Read files in worker processes, as a scan does."""
    tasks = [
        (
            path,
            {
                "do": "read",
                "checksum": "",
                "modified_ns": 0,
                "location": path_text(str(location)),
                "path": path,
                "follow_symlinks": False,
                "iscc": False,
                "local": False,
            },
        )
        for path in paths
    ]
    with Workers(2) as workers:
        return dict(workers.answers(tasks))


@pytest.fixture(scope="module")
def answers():
    return read(FOLDER, [path_text(file) for file, _ in rows()])


@needs_files
@pytest.mark.parametrize(("file", "kind"), rows())
def test_each_ends_as_expected(file, kind, answers):
    answer = answers[path_text(file)]
    assert answer["status"] in allowed(file, kind), answer.get("reason")
    if answer["status"] != "ok":
        assert answer["reason"]
        assert answer["reason"].isprintable()
        assert "codes" not in answer
    else:
        assert answer["codes"]


@pytest.fixture(scope="module")
def compared():
    """Compare every file with itself, as `explain` does."""
    here = path_text(str(FOLDER))

    def task(file):
        entry = {"location": here, "path": path_text(file), "follow_symlinks": False}
        entry |= {"frame": 0, "sha256": ""}
        return {
            "do": "verify", "first": entry, "second": entry,
            "side": 1600, "exact": True, "kind": "",
        }  # fmt: skip

    with Workers(2) as workers:
        return dict(workers.answers((file, task(file)) for file, _ in rows()))


@needs_files
@pytest.mark.parametrize(("file", "kind"), rows())
def test_each_can_be_explained_or_says_why_not(file, kind, compared):
    answer = compared[file]
    if "reason" in answer:
        no_picture = {"unsupported"} if file.startswith((*CONTAINERS, *NO_PICTURES)) else set()
        assert answer["status"] in allowed(file, kind) | no_picture, answer["reason"]
        assert "crashed" not in answer["reason"]
        assert "time limit" not in answer["reason"]
    else:
        # Of a file of several pages the first is compared.
        assert {"ok", "container"} & allowed(file, kind)
        assert answer["relation"] == "identical-bytes"
        facts = answer["first"]
        assert facts["width"] > 0
        assert facts["camera"].isprintable()
        assert facts["taken"].isprintable()
        assert 1 <= facts["orientation"] <= 8


def members_of(file, answers):
    """Return how the members of a container end, by their place in it, and of what is in those."""
    found = {}
    entries = answers[file]["members"]
    readable = [path for path, _, _, barred, _ in entries if not barred]
    found |= {path: status for path, _, _, barred, status in entries if barred}
    inner = read(FOLDER, readable)
    for path, answer in inner.items():
        found[path] = answer["status"]
        if answer["status"] == "container":
            found |= members_of(path, inner)
    return found


@needs_files
@pytest.mark.parametrize(
    ("file", "ok", "refused"),
    [
        ("archives/zip-slip.zip", 2, 7),
        ("archives/tar-slip.tar", 2, 6),
        ("archives/duplicate-members.zip", 1, 1),  # the one of two that is read is no picture
        ("names/odd-names.tar", 12, 0),
        ("pdf/two-images.pdf", 2, 0),
        ("frames/multipage.tif", 3, 0),
    ],
)
def test_of_an_archive_some_members_are_read_and_some_refused(file, ok, refused, answers):
    ended = list(members_of(file, answers).values())
    assert (ended.count("ok"), ended.count("refused")) == (ok, refused)


@needs_files
def test_a_bomb_of_zips_in_zips_stops_at_the_innermost(answers):
    ended = members_of("bombs/nested.zip", answers)
    assert {place.count("!"): status for place, status in ended.items()} == {
        1: "container",
        2: "refused",
    }
    assert len(ended) == 16 + 16 * 16


@needs_files
def test_no_decoder_crashed_or_ran_out_of_time(answers):
    reasons = [answer.get("reason", "") for answer in answers.values()]
    assert not [why for why in reasons if "crashed" in why or "time limit" in why]


@needs_files
def test_refusals_name_their_limit(answers):
    refused = [answer["reason"] for answer in answers.values() if answer["status"] == "refused"]
    assert len(refused) >= 8
    assert not [reason for reason in refused if "limit" not in reason and "rule" not in reason]


def distance(answers, first, second):
    """Return the bits between the codes of two files' first frames."""
    codes = [bytes.fromhex(answers[name]["codes"][0][1]) for name in (first, second)]
    pair = np.frombuffer(b"".join(codes), np.uint8).reshape(2, -1)
    return int(np.bitwise_count(pair[0] ^ pair[1]).sum())


@needs_files
@pytest.mark.parametrize(
    "name",
    [
        "cmyk.jpg", "ycck.jpg", "grey.jpg", "grey16.png", "rgb16.png", "grey16.tif", "float01.tif",
        "lab.tif", "cmyk.tif", "palette.png", "progressive.jpg", "subsampling-411.jpg",
        "lossless.webp",
    ],
)  # fmt: skip
def test_the_modes_are_close_to_the_reference(name, answers):
    assert distance(answers, f"modes/{name}", "modes/reference.png") <= 16


@needs_files
@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_eight_orientations_are_one_picture(orientation, answers):
    first, other = "exif/orientation-1.jpg", f"exif/orientation-{orientation}.jpg"
    assert distance(answers, first, other) <= 10
    sizes = {(answers[name]["width"], answers[name]["height"]) for name in (first, other)}
    assert len(sizes) == 1


@needs_files
@pytest.mark.parametrize(
    ("name", "frames"),
    [("animated.gif", 6), ("animated.webp", 6), ("animated.png", 6), ("multipage.tif", 3)],
)
def test_frames_are_counted(name, frames, answers):
    assert answers[f"frames/{name}"]["frames"] == frames
    if name.startswith("animated"):
        assert distance(answers, f"frames/{name}", "frames/first-frame.png") <= 24


@needs_files
@pytest.mark.parametrize(
    "name",
    ["all-transparent-a.png", "all-transparent-b.png", "flat-white.png", "flat-black.png",
     "1x1.png", "1x5000.png", "20000x3.png"],
)  # fmt: skip
def test_what_shows_nothing_has_quality_zero(name, answers):
    (code,) = answers[f"modes/{name}"]["codes"]
    assert code[3] == 0


@needs_files
@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("really-png.jpg", "named .jpg but is PNG"),
        ("really-jpeg.png", "named .png but is JPEG"),
        ("really-webp.gif", "named .gif but is WEBP"),
    ],
)
def test_wrong_endings_are_noted(name, note, answers):
    assert answers[f"names/{name}"]["note"] == note


@needs_files
@pytest.mark.parametrize("part", [25, 50, 90, 99])
def test_a_cut_scan_is_never_silently_whole(part, answers):
    answer = answers[f"truncated/scan-{part}pct.jpg"]
    assert answer["status"] == "unreadable" or "truncated" in answer["note"]


@needs_files
def test_pixels_are_equal_where_only_metadata_differs(answers):
    first, second = answers["exif/same-pixels-a.jpg"], answers["exif/same-pixels-b.jpg"]
    assert first["sha256"] != second["sha256"]
    assert first["sketch"] == second["sketch"]


# What an archive or a checkout may not keep


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    if not HERE:
        pytest.skip("the malformed files are not here")
    folder = tmp_path_factory.mktemp("odd")
    command = [sys.executable, str(FOLDER / "make.py"), "--odd", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def listed(odd):
    source = open_source(path_text(str(odd)), follow_symlinks=False, max_bytes=1 << 30)
    return {entry.path: entry for entry in source.listing()}


@pytest.fixture(scope="module")
def odd_answers(odd, listed):
    return read(odd, [path for path, entry in listed.items() if not entry.barred])


def test_every_entry_of_the_odd_folder_is_listed(odd, listed):
    there = {"loop"}  # a link to a folder, which a walk does not count as a file
    for here, _, files in os.walk(odd):
        there |= {str(Path(here, name).relative_to(odd)) for name in files}
    assert {path_name(path) for path in listed} == there


def test_files_of_odd_names_are_read(odd_answers):
    assert len(odd_answers) >= 12
    root = os.geteuid() == 0
    for path, answer in odd_answers.items():
        expected = "unreadable" if path == "unreadable.jpg" and not root else "ok"
        assert answer["status"] == expected, path
    assert [path for path in odd_answers if path.count("/") == 61]


def test_links_and_pipes_of_the_odd_folder_are_told(listed):
    told = {path: (str(e.status), e.barred) for path, e in listed.items() if e.barred}
    link = ("refused", "symbolic link, not followed")
    assert told == {
        "a": link,
        "b": link,
        "dangling.jpg": link,
        "fifo.jpg": ("refused", "not a regular file: named pipe"),
        "loop": link,
        "outside.jpg": link,
    }


def test_the_odd_folder_is_listed_to_its_end_when_links_are_followed(odd):
    source = open_source(path_text(str(odd)), follow_symlinks=True, max_bytes=1 << 30)
    told = {entry.path: entry.barred for entry in source.listing() if entry.barred}
    assert set(told) == {"a", "b", "dangling.jpg", "fifo.jpg", "loop/"}


def test_hard_links_are_one_file(listed):
    first, second = listed["hardlink-1.jpg"], listed["hardlink-2.jpg"]
    assert (first.inode, first.device) == (second.inode, second.device)
    assert first.links == 2
