"""A generated gauntlet is all there, is what its tables say, and comes out the same again."""

import csv
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.gauntlet import generate, sources
from benchmarks.gauntlet.truth import read_truth

PROJECT = Path(__file__).parents[3]


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def start(out, *options, **environment):
    command = [sys.executable, "-m", "benchmarks.gauntlet.generate", out, "--sources", "8",
               "--per-source", "3", "--families", "0", "--distractors", "1", *options]  # fmt: skip
    return subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **environment},
                            stdout=subprocess.PIPE, text=True)  # fmt: skip


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """Generate the same twice, by other workers and with sets and dicts hashed otherwise."""
    folder = tmp_path_factory.mktemp("gauntlet")
    outs = folder / "one", folder / "other"
    runs = [start(outs[0], "--processes", "1", PYTHONHASHSEED="1"),
            start(outs[1], "--processes", "2", PYTHONHASHSEED="2")]  # fmt: skip
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert said[0].startswith("Seed 1, split `tune`: 33 files.")
    return outs


@pytest.fixture(scope="module")
def gauntlet(twice):
    return twice[0]


def test_each_file_has_one_row_of_truth_and_opens(gauntlet):
    truths = read_truth(gauntlet)
    paths = sorted(p for p in (gauntlet / "pictures").rglob("*") if p.is_file())
    assert sorted(truth.path for truth in truths) == [
        path.relative_to(gauntlet / "pictures").as_posix() for path in paths
    ]
    assert len(paths) == 8 * 4 + 1
    for path in paths:
        with Image.open(path) as picture:
            picture.load()


def test_same_seed_same_bytes(twice):
    one, other = map(digests, twice)
    assert one == other


def test_pairs_name_copies_by_their_source_and_never_join_kin_as_strangers(gauntlet):
    truths = {truth.path: truth for truth in read_truth(gauntlet)}
    kinds = {"positive": 0, "unrelated": 0}
    for row in rows(gauntlet / "pairs.csv"):
        a, b = truths[row["a"]], truths[row["b"]]
        kinds[row["kind"]] += 1
        assert bool(a.sources & b.sources) == (row["kind"] == "positive")
        assert (row["kind"] == "positive") == bool(row["relations"])
    assert kinds == {"positive": 24, "unrelated": 48}


def test_members_of_a_family_keep_every_letter_and_are_forbidden_to_merge(tmp_path):
    kin = [source for source in sources.drawn_families("key", "tune", 1)
           if source.kind == "station-signs"]  # fmt: skip
    job = generate.Job(tmp_path, "key", None, ())
    dealt = generate.deal_delicate(kin, sources.generator("deal"))
    truths = [truth for hand in dealt for truth in generate.write(job, hand)]
    assert {truth.transform for truth in truths} <= {"source", *generate.KEEPS_LETTERS}
    pairs = list(generate.forbidden_pairs(truths, sources.generator("pairs")))
    assert len(pairs) == 6 * 9  # four signs, each with two copies
    assert all(a.is_source and b.is_source for a, b in pairs[:6])


def test_a_family_never_falls_into_both_halves():
    tune = {member.family for member in sources.drawn_families("key", "tune", 1)}
    test = {member.family for member in sources.drawn_families("key", "test", 1)}
    assert tune
    assert test
    assert not tune & test
