"""An audit of the pictures beside the project, held against what is known of them."""

import csv
import json
import os
import shutil
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.shared

SHARED = Path(os.environ.get("MONOPRINT_SHARED") or Path(__file__).parents[3] / "shared")

# Within these every pair that looks alike is known, so that a group can be wrong about them.
COMPLETE = ("houses/", "kde-wallpapers/", "elementary/", "imagededup/", "cremma-poilus/")

# Its mirrored and turned forms are copies of all its others, and the truth lists them in part.
LISTED_IN_PART = "ukbench00120"
TURNED = ("flip", "rotated")

RADIUS, QUALITY = 31, 50


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def truth():
    """Return the known pairs as {(a, b): kinds}."""
    if not (SHARED / "images" / "truth").is_dir():
        pytest.skip("the pictures beside the project are not there")
    pairs = defaultdict(set)
    for path in sorted((SHARED / "images" / "truth").glob("*.csv")):
        for row in rows(path):
            pairs[row["a"], row["b"]].add(row["kind"])
    assert pairs
    return pairs


@pytest.fixture(scope="session")
def audited(run, truth, tmp_path_factory):
    """Audit the pictures once, by their codes."""
    folder = tmp_path_factory.mktemp("shared")
    images, malformed = SHARED / "images", SHARED / "malformed"
    done = run(
        "audit", "--name", f"images={images}", "--name", f"malformed={malformed}",
        "--out", folder / "report", "--catalog", folder / "catalog.sqlite", "--level", "visual",
    )  # fmt: skip
    assert done.code == 0, done.err
    files = rows(folder / "report" / "files.csv")
    groups = rows(folder / "report" / "groups.csv")
    yield SimpleNamespace(
        report=json.loads((folder / "report" / "report.json").read_bytes()),
        all=files,
        files={row["path"]: row for row in files if row["store"] == "images"},
        malformed={row["path"]: row for row in files if row["store"] == "malformed"},
        groups=[row for row in groups if row["store"] == "images"],
    )
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def groups_of(audited):
    """Return the set of groups of every path."""
    found = defaultdict(set)
    for row in audited.groups:
        found[row["path"]].add(row["group"])
    return found


@pytest.fixture(scope="session")
def readable(audited, truth):
    """Return the known pairs both of whose files were read."""
    pairs = {
        pair: kinds
        for pair, kinds in truth.items()
        if all(audited.files[path]["status"] == "ok" for path in pair)
    }
    assert len(pairs) > 0.9 * len(truth)
    return pairs


def lies_in(row, containers):
    """Say whether a row is of what lies in one of the containers (store and path)."""
    cuts = [n for n, sign in enumerate(row["path"]) if sign in "!#"]
    return any((row["store"], row["path"][:cut]) in containers for cut in cuts)


def test_every_entry_is_accounted_for(audited):
    for store in audited.report["stores"]:
        listed = sum(
            len(files) + sum((Path(where) / name).is_symlink() for name in folders)
            for where, folders, files in os.walk(SHARED / store["name"])
        )
        rows_here = [row for row in audited.all if row["store"] == store["name"]]
        opened = {(r["store"], r["path"]) for r in rows_here if r["status"] == "container"}
        outer = [row for row in rows_here if not lies_in(row, opened)]
        assert len({row["path"] for row in rows_here}) == len(rows_here)
        assert len(outer) == listed
        totals = store["totals"]
        statuses = Counter(row["status"] for row in rows_here)
        names = ("ok", "container", "listed", "unreadable", "unsupported", "refused")
        assert {name: totals[name] for name in names} == {n: statuses[n] for n in names}
        assert totals["files"] == len(rows_here)
        assert totals["bytes"] == sum(int(row["bytes"]) for row in outer)


def test_identical_files_share_a_group_and_are_called_so(audited, readable, groups_of):
    relations = {(row["group"], row["path"]): row for row in audited.groups}
    exact = [pair for pair, kinds in readable.items() if "exact" in kinds]
    assert len(exact) > 100
    missed = []
    for a, b in exact:
        shared = groups_of[a] & groups_of[b]
        # Either is named as what the other is identical to, or both name a third.
        firsts = [
            {relations[group, p]["identical_to"] or f"images:{p}" for p in (a, b)}
            for group in shared
        ]
        if not firsts or any(len(first) > 1 for first in firsts):
            missed.append((a, b))
    assert missed == []


def test_a_file_identical_to_the_representative_is_related_so(audited, readable):
    exact = {pair for pair, kinds in readable.items() if "exact" in kinds}
    head = {r["group"]: r["path"] for r in audited.groups if r["role"] == "representative"}
    seen = 0
    for row in audited.groups:
        if tuple(sorted((head.get(row["group"], ""), row["path"]))) in exact:
            assert row["relation"] == "identical-bytes", row
            seen += 1
    assert seen > 20


def distance(audited, a, b):
    codes = (int(audited.files[path]["pdq"], 16) for path in (a, b))
    return (next(codes) ^ next(codes)).bit_count()


def test_every_known_pair_within_reach_shares_a_group(audited, readable, groups_of):
    near = [
        pair
        for pair in readable
        if all(int(audited.files[path]["quality"]) >= QUALITY for path in pair)
        and distance(audited, *pair) <= RADIUS
    ]
    assert len(near) > 1000
    assert [pair for pair in near if not groups_of[pair[0]] & groups_of[pair[1]]] == []


def test_no_group_holds_a_pair_that_is_not_known(truth, groups_of):
    members = defaultdict(list)
    for path, groups in groups_of.items():
        for group in groups:
            members[group].append(path)
    family = {path for pair in truth if LISTED_IN_PART in "".join(pair) for path in pair}
    wrong = {
        pair
        for paths in members.values()
        for pair in combinations(sorted(paths), 2)
        if any(path.startswith(COMPLETE) for path in pair)
        and pair not in truth
        and not (family.issuperset(pair) and any(turn in "".join(pair) for turn in TURNED))
    }
    assert wrong == set()


def test_every_member_is_within_reach_of_its_representative(audited):
    similar = [row for row in audited.groups if row["relation"] == "similar"]
    assert similar
    assert max(int(row["distance"]) for row in similar) <= RADIUS


# What a careful tool does with a malformed file: the statuses that are right for each class.
RIGHT = {
    "decode": {"ok"},
    "unreadable": {"unreadable"},
    "refuse": {"refused", "unsupported"},
    "not-an-image": {"unsupported", "unreadable"},
    "decode-or-skip": {"ok", "unreadable", "unsupported", "refused"},
}
# A drawing that needs nothing but itself is drawn, where the package for it is installed.
RIGHT_OF = {"svg/plain.svg": {"ok", "unsupported"}}


def opened_rightly(audited, file, kind):
    """Say whether a container's entries bear out what should become of it."""
    inside = [row for row in audited.all if lies_in(row, {("malformed", file)})]
    return kind != "unreadable" and (
        kind != "refuse" or any(row["status"] in RIGHT["refuse"] for row in inside)
    )


def test_malformed_files_end_as_they_should(audited):
    expected = rows(SHARED / "malformed" / "expected.csv")
    assert len(expected) > 50
    wrong = [
        (row["file"], row["class"], found["status"], found["reason"])
        for row in expected
        if (found := audited.malformed.get(row["file"]))
        and found["status"] not in RIGHT_OF.get(row["file"], RIGHT[row["class"]])
        and not (
            found["status"] == "container" and opened_rightly(audited, row["file"], row["class"])
        )
    ]
    assert wrong == []


def test_files_that_were_not_read_have_a_reason(audited):
    silent = [row["path"] for row in audited.all if row["status"] != "ok" and not row["reason"]]
    assert silent == []
