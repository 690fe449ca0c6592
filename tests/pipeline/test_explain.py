"""Explaining two files, through worker processes that never start the verifier here."""

from pathlib import Path

import pytest

from monoprint.errors import MonoprintError, UnreadFiles
from monoprint.model.match import Relation
from monoprint.pipeline.explain import explain
from monoprint.pipeline.workers import Workers
from tests.sources.archives import zipped


@pytest.fixture(scope="module")
def store(tmp_path_factory, draw):
    photo = draw.photo(1)
    files = {
        "a.png": draw.file(photo, "PNG"),
        "deep/a.tif": draw.file(photo, "TIFF"),
        "bad.jpg": draw.jpeg(1)[:900],
        "back\\slash\n.png": draw.file(photo, "PNG"),
    }
    return draw.store(tmp_path_factory.mktemp("store"), files)


@pytest.fixture(scope="module")
def crew():
    with Workers(1) as workers:
        yield workers


class Answering:
    """Stands for a crew whose worker answers what it is told to."""

    def __init__(self, answer):
        self.answer = answer

    def answers(self, tasks):
        for tag, _ in tasks:
            yield tag, self.answer


def test_two_files_of_different_folders(crew, store):
    found = explain(store / "a.png", store / "deep" / "a.tif", crew)
    assert found.verdict.relation is Relation.IDENTICAL_PIXELS
    assert (found.first.format, found.second.format) == ("PNG", "TIFF")
    assert found.evidence == b""


def test_odd_names_links_and_relative_names(crew, store, monkeypatch):
    (store / "link.png").symlink_to(store / "a.png")
    monkeypatch.chdir(store / "deep")
    found = explain(Path("../link.png"), store / "back\\slash\n.png", crew)
    assert found.verdict.relation is Relation.IDENTICAL_BYTES


def test_what_lies_in_an_archive_and_a_name_with_a_sign(crew, store, draw):
    picture = (store / "a.png").read_bytes()
    draw.store(store, {"z.zip": zipped({"in/b#1.png": picture}), "odd!#.png": picture})
    found = explain(store / "z.zip!in/b#1.png", store / "odd!#.png", crew)
    assert found.verdict.relation is Relation.IDENTICAL_BYTES
    with pytest.raises(UnreadFiles, match="no longer in its archive"):
        explain(store / "z.zip!gone.png", store / "a.png", crew)


def test_evidence_is_given_if_asked_for(crew, store):
    found = explain(store / "a.png", store / "deep" / "a.tif", crew, "PNG")
    assert found.evidence.startswith(b"\x89PNG")


def test_a_file_that_cannot_be_read_is_named(crew, store):
    with pytest.raises(UnreadFiles, match=r"bad\.jpg is unreadable: truncated"):
        explain(store / "a.png", store / "bad.jpg", crew)


def test_a_worker_that_crashes_is_told(store):
    answer = {"status": "refused", "reason": "decoder crashed: signal SIGSEGV"}
    with pytest.raises(UnreadFiles, match="one of the two files is refused: decoder crashed"):
        explain(store / "a.png", store / "a.png", Answering(answer))


@pytest.mark.parametrize("facts", [{}, {"format": "PNG"}, {"width": None}])
def test_nonsense_from_a_worker_is_an_error(crew, store, facts):
    class Recording(Answering):
        def answers(self, tasks):
            for tag, answer in crew.answers(tasks):
                yield tag, answer | {"first": facts}

    with pytest.raises(MonoprintError, match="facts"):
        explain(store / "a.png", store / "deep" / "a.tif", Recording(None))
