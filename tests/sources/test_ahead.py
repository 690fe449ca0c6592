"""Reading ahead: what is asked for is what comes, and not too much is held."""

import threading

import pytest

from monoprint.errors import Unreadable
from monoprint.sources import ahead
from monoprint.sources.ahead import ReadAhead
from monoprint.sources.interface import Content


class Slow:
    """A source whose reads wait until they are let go."""

    location = "slow:store"
    atomic = False

    def __init__(self):
        self.asked = []
        self.go = threading.Event()
        self.closed = False

    def read(self, path):
        self.asked.append(path)
        assert self.go.wait(30)
        if path == "broken":
            raise Unreadable("broken off")
        return Content(path.encode(), 0)

    def close(self):
        self.closed = True


@pytest.fixture
def slow():
    return Slow()


def test_reads_are_under_way_together(slow, wait_for):
    source = ReadAhead(slow, lambda: None)
    for path in ("a", "b", "c"):
        source.begin(path, 10)
    wait_for(lambda: len(slow.asked) == 3, "three reads to begin")
    slow.go.set()
    assert [source.read(path).data for path in ("c", "a", "b")] == [b"c", b"a", b"b"]
    assert sorted(slow.asked) == ["a", "b", "c"]


def test_what_was_not_begun_is_read_as_well(slow):
    slow.go.set()
    source = ReadAhead(slow, lambda: None)
    assert source.read("a").data == b"a"
    source.begin("a", 1)
    assert source.read("a").data == b"a"
    assert source.read("a").data == b"a"
    assert slow.asked == ["a", "a", "a"]


def test_a_fault_comes_where_it_is_asked_for(slow):
    slow.go.set()
    source = ReadAhead(slow, lambda: None)
    source.begin("broken", 1)
    source.begin("a", 1)
    assert source.read("a").data == b"a"
    with pytest.raises(Unreadable, match="broken off"):
        source.read("broken")


def test_no_more_than_a_bound_is_held(slow, wait_for, monkeypatch):
    monkeypatch.setattr(ahead, "_MOST_BYTES", 100)
    source = ReadAhead(slow, lambda: None)
    for path, size in (("a", 60), ("b", 50), ("c", 40), ("untold", 0)):
        source.begin(path, size)
    slow.go.set()
    wait_for(lambda: len(slow.asked) == 2, "two reads to begin")
    assert source.read("a").data == b"a"
    source.begin("b", 50)
    wait_for(lambda: len(slow.asked) == 3, "the third to begin")
    assert sorted(slow.asked) == ["a", "b", "c"]


def test_signs_of_life_are_given_while_a_read_is_waited_for(slow, monkeypatch):
    monkeypatch.setattr(ahead, "_BEAT", 0.01)
    beats = []

    def beat():
        beats.append(True)
        if len(beats) == 3:
            slow.go.set()

    assert ReadAhead(slow, beat).read("a").data == b"a"
    assert len(beats) == 3


def test_closing_closes_the_source(slow):
    slow.go.set()
    source = ReadAhead(slow, lambda: None)
    source.close()
    assert slow.closed
