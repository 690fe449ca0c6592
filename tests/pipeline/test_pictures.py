"""Pictures for people: made once, kept within bounds, and only of what was scanned."""

from hashlib import sha256
from types import SimpleNamespace

import pytest

from monoprint.errors import Unreadable, UsageError
from monoprint.model.review import Place
from monoprint.pipeline.pictures import Pictures


class Answering:
    """Answers each task with a picture of so many bytes, and counts."""

    def __init__(self, size: int = 100, apart: bool = False):
        self.size, self.apart, self.asked = size, apart, []

    def answers(self, tasks):
        for tag, task in tasks:
            if task["do"] == "lay":
                self.asked.append((task["first"]["path"], task["second"]["path"], task["shown"]))
                laid = (b"x" * self.size).hex() if self.size else None
                yield tag, {"reason": "too little"} if self.apart else {"laid": laid}
                continue
            self.asked.append((task["path"], task["side"]))
            yield tag, {"jpeg": (b"x" * self.size).hex()} if self.size else {"reason": "gone"}


CATALOG = SimpleNamespace(stores=lambda: {"a": (1, SimpleNamespace(location="/a"))})


def place(name: str) -> Place:
    return Place("a", name, sha256(name.encode()).digest())


def test_a_picture_is_made_once():
    workers = Answering()
    pictures = Pictures(CATALOG, workers)
    assert pictures.of(place("p"), 160) == pictures.of(place("p"), 160) == b"x" * 100
    pictures.of(place("p"), 480)
    assert workers.asked == [("p", 160), ("p", 480)]


def test_what_was_not_looked_at_for_longest_goes_first():
    workers = Answering()
    pictures = Pictures(CATALOG, workers, kept_bytes=250)
    for name in ("p", "q", "p", "r", "p", "q"):
        pictures.of(place(name), 160)
    assert [path for path, _ in workers.asked] == ["p", "q", "r", "q"]


def test_one_that_is_larger_than_all_room_is_given_and_not_kept():
    workers = Answering()
    pictures = Pictures(CATALOG, workers, kept_bytes=50)
    for _ in range(2):
        assert len(pictures.of(place("p"), 160)) == 100
    assert len(workers.asked) == 2


def test_only_a_few_sides_are_made():
    workers = Answering()
    with pytest.raises(UsageError):
        Pictures(CATALOG, workers).of(place("p"), 161)
    assert workers.asked == []


def test_what_cannot_be_shown_says_why_and_is_asked_again():
    workers = Answering(0)
    pictures = Pictures(CATALOG, workers)
    for _ in range(2):
        with pytest.raises(Unreadable, match="gone"):
            pictures.of(place("p"), 160)
    assert len(workers.asked) == 2


@pytest.mark.parametrize("size", [100, 0])
def test_how_one_lies_on_another_is_found_out_once(size):
    workers = Answering(size)
    pictures = Pictures(CATALOG, workers)
    for _ in range(2):
        assert pictures.laid(place("p"), place("q"), 1600) == (b"x" * size or None)
    pictures.laid(place("q"), place("p"), 1600)
    assert workers.asked == [("p", "q", 1600), ("q", "p", 1600)]


def test_equal_contents_are_not_laid_on_each_other():
    workers = Answering()
    one, other = place("p"), Place("a", "elsewhere", place("p").sha256)
    assert Pictures(CATALOG, workers).laid(one, other, 1600) is None
    assert workers.asked == []


def test_what_cannot_be_aligned_says_why_and_is_asked_again():
    workers = Answering(apart=True)
    pictures = Pictures(CATALOG, workers)
    for _ in range(2):
        with pytest.raises(Unreadable, match="too little"):
            pictures.laid(place("p"), place("q"), 1600)
    assert len(workers.asked) == 2
    with pytest.raises(UsageError):
        pictures.laid(place("p"), place("q"), 1601)
