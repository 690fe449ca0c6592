"""The verb that explains two files, as a process.

What a verifier says is put in the worker's place where a match is not exact: how verifying goes
is tested where it lives.
"""

import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image

SOURCES = Path(__file__).parents[2] / "src"

# Loaded by the workers of a test that asks for it.
SAYING = """
import sys

if "monoprint.pipeline.worker" in sys.orig_argv:
    from monoprint.matching import verify as verifying
    from monoprint.model.match import Box, Change, Relation, Verdict

    def verify(first, second):
        if first.facts.format == second.facts.format == "GIF":
            return Verdict(None, certainty=0.875)
        return Verdict(
            Relation.CROPPED,
            (Change("crop", 0.25, "cropped to 25 %"), Change("brightness", 12.0, "12 % brighter")),
            certainty=0.96,
            matrix=(0.5, 0, 0.25, 0, 0.5, 0.25, 0, 0, 1),
            first_window=((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)),
            where=(Box(0.3, 0.3, 0.35, 0.35),),
            source=1 if first.pixels.size > second.pixels.size else 2,
        )

    verifying.verify = verify
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory, draw):
    photo = draw.photo(1)
    files = {
        "a.png": draw.file(photo, "PNG"),
        "b.jpg": draw.file(photo.resize((160, 120)), "JPEG", quality=80),
        "a.tif": draw.file(photo, "TIFF"),
        "one.gif": draw.file(draw.photo(2), "GIF"),
        "two.gif": draw.file(draw.photo(3), "GIF"),
        "bad.jpg": draw.jpeg(1)[:900],
    }
    return draw.store(tmp_path_factory.mktemp("store"), files)


@pytest.fixture(scope="module")
def told(run, tmp_path_factory):
    """Give a function that runs the verb with a verifier that says what is above."""
    folder = tmp_path_factory.mktemp("saying")
    (folder / "sitecustomize.py").write_text(SAYING)
    path = os.pathsep.join([str(folder), str(SOURCES)])
    return lambda *words: run("explain", *words, PYTHONPATH=path)


def refused(ended, code, *words):
    assert ended.code == code, ended
    assert ended.out == ""
    for word in words:
        assert word in ended.err


def test_a_match_is_told_in_words(told, store):
    ended = told(store / "a.png", store / "b.jpg")
    assert (ended.code, ended.err) == (0, "")
    for words in (
        "320 x 240, PNG", "160 x 120, JPEG, quality about 80", "Cropped (cropped), 96 % sure",
        "  cropped to 25 %", "  12 % brighter",
        "of the first: 25 % to 75 % from the left, 25 % to 75 % from the top",
        "of the second: all of it", "The second was plainly made from the first",
        "They differ: upper left, less than 1 % of the picture",
    ):  # fmt: skip
        assert words in ended.out


def test_the_original_may_be_the_second(told, store):
    ended = told(store / "b.jpg", store / "a.png")
    assert "The first was plainly made from the second" in ended.out


def test_a_match_as_json(told, store):
    ended = told("--json", store / "a.png", store / "b.jpg")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert found["first"]["path"] == str(store / "a.png")
    assert found["second"]["quality"] == 80
    assert (found["relation"], found["copies"], found["certainty"]) == ("cropped", True, 0.96)
    assert found["changes"][0] == {"kind": "crop", "size": 0.25, "text": "cropped to 25 %"}
    assert found["first_window"][2] == [0.75, 0.75]
    assert found["where"] == [{"left": 0.3, "top": 0.3, "right": 0.35, "bottom": 0.35}]
    assert found["evidence"] == ""


def test_no_match_is_no_error(told, store):
    ended = told(store / "one.gif", store / "two.gif")
    assert (ended.code, ended.err) == (0, "")
    assert "No match" in ended.out
    found = json.loads(told("--json", store / "one.gif", store / "two.gif").out)
    assert (found["relation"], found["copies"]) == (None, False)


def test_equal_pixels_are_told(run, store):
    ended = run("explain", store / "a.png", store / "a.tif")
    assert (ended.code, ended.err) == (0, "")
    assert "Same pixels (identical-pixels), proven" in ended.out
    assert "format: PNG, then TIFF" in ended.out


@pytest.mark.parametrize(("ending", "kind"), [("png", "PNG"), ("WEBP", "WEBP"), ("jpg", "JPEG")])
def test_evidence_is_written_where_and_as_asked(told, store, tmp_path, ending, kind):
    out = tmp_path / f"shown.{ending}"
    ended = told(store / "a.png", store / "b.jpg", "--out", out)
    assert (ended.code, ended.err) == (0, "")
    assert f"Evidence: {out}" in ended.out
    with Image.open(io.BytesIO(out.read_bytes())) as image:
        assert image.format == kind
    assert list(tmp_path.iterdir()) == [out]


def test_nothing_is_written_unless_asked(told, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(store.iterdir())
    assert told(store / "a.png", store / "b.jpg").code == 0
    assert list(tmp_path.iterdir()) == []
    assert sorted(store.iterdir()) == before


def test_evidence_never_replaces_one_of_the_two(run, store):
    data = (store / "a.png").read_bytes()
    (store / "link.png").unlink(missing_ok=True)
    (store / "link.png").symlink_to(store / "a.png")
    for out in ("a.png", "link.png"):
        ended = run("explain", store / "a.png", store / "b.jpg", "--out", store / out)
        refused(ended, 2, "stay as they are")
    assert (store / "a.png").read_bytes() == data


def test_a_name_without_a_known_ending_ends_with_2(run, store, tmp_path):
    ended = run("explain", store / "a.png", store / "b.jpg", "--out", tmp_path / "x.gif")
    refused(ended, 2, ".webp", "x.gif")


@pytest.mark.parametrize("words", [(), ("a.png",), ("a.png", "none.png"), ("a.png", ".")])
def test_a_wrong_command_ends_with_2(run, store, monkeypatch, words):
    monkeypatch.chdir(store)
    refused(run("explain", *words), 2)


def test_evidence_that_cannot_be_written_ends_with_6(run, store, tmp_path):
    out = tmp_path / "none" / "x.png"
    ended = run("explain", store / "a.png", store / "a.tif", "--out", out)
    refused(ended, 6, "cannot write")


def test_a_file_that_cannot_be_read_ends_with_10(run, store):
    ended = run("explain", store / "a.png", store / "bad.jpg")
    refused(ended, 10, "bad.jpg is unreadable: truncated", "can be decoded")
