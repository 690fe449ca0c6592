"""What every Source promises, as tests to inherit.

Write a `Harness` for your source, then in a test module::

    from monoprint.testing.source import SourceContract

    class TestMySource(SourceContract):
        @pytest.fixture
        def harness(self, tmp_path):
            return MyHarness(tmp_path)

An entry's *name* is what the store calls it, with ``/`` between folders; its *path* is the text
form of that, as `monoprint.model.asset.path_text` gives it.
"""

from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

import pytest

from monoprint.errors import StoreError, Unread, Unreadable
from monoprint.model.asset import Listed, Status, path_name, path_text
from monoprint.sources.interface import Source


class Harness(Protocol):
    """A store that the tests can fill and disturb."""

    def open(self) -> Source:
        """Return a new source over the store as it is now."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Make an entry of this name and content, or replace it."""
        ...

    def remove(self, name: str) -> None:
        """Remove an entry."""
        ...

    def bar(self, name: str) -> None:
        """Make an entry that is listed and cannot be read."""
        ...

    def changing(self, name: str) -> AbstractContextManager[None]:
        """Let the entry change during every read of it, until the context ends."""
        ...

    def remove_store(self) -> None:
        """Remove the whole store."""
        ...


class SourceContract:
    """Tests of a source; the subclass has a fixture `harness` and may change the names."""

    # Names in no order, some of which sort otherwise by folder than by whole path.
    NAMES: ClassVar[tuple[str, ...]] = (
        "b.jpg",
        "a/b/c.png",
        "a/b.jpg",
        "a-b.jpg",
        "a.jpg",
        "ab/c.jpg",
        "B.jpg",
        " outer spaces ",
        "dir with space/.hidden",
        "caf\u00e9.tif",
        "cafe\u0301.tif",
        "\u65e5\u672c/\U0001f5bc.webp",
        "back\\slash\\x41.jpg",
        "line\nbreak\tand bell\x07.jpg",
        "turned\u202egpj.exe",
        "latin-\udce9t\udce9/\udcff.jpg",
    )

    @pytest.fixture
    def harness(self) -> Harness:
        """Return the store under test."""
        raise NotImplementedError

    @pytest.fixture
    def contents(self, harness: Harness) -> dict[str, bytes]:
        """Fill the store; return what is in it by path."""
        for name in self.NAMES:
            harness.put(name, _content(name))
        return {path_text(name): _content(name) for name in self.NAMES}

    def test_an_empty_store_lists_nothing(self, harness: Harness) -> None:
        """Nothing is listed, and nothing is raised."""
        assert list(harness.open().listing()) == []

    def test_lists_every_entry_once(self, harness: Harness, contents: dict[str, bytes]) -> None:
        """No entry is left out or comes twice, whatever its name."""
        assert sorted(_paths(harness.open())) == sorted(contents)

    def test_lists_in_the_order_of_the_paths(
        self, harness: Harness, contents: dict[str, bytes]
    ) -> None:
        """The order is that of the whole paths' text forms."""
        paths = _paths(harness.open())
        assert len(paths) == len(contents)
        assert paths == sorted(paths)

    def test_lists_the_same_again(self, harness: Harness, contents: dict[str, bytes]) -> None:
        """An untouched store gives equal listings, from one source and from a new one."""
        source = harness.open()
        first = list(source.listing())
        assert len(first) == len(contents)
        assert list(source.listing()) == first
        assert list(harness.open().listing()) == first

    def test_lists_what_was_put_in_later(
        self, harness: Harness, contents: dict[str, bytes]
    ) -> None:
        """A listing is of the store as it is, not as it was when the source was opened."""
        source = harness.open()
        before = set(_paths(source))
        harness.put("late.jpg", b"late")
        assert set(_paths(source)) - before == {"late.jpg"}

    def test_listed_sizes_are_the_contents(
        self, harness: Harness, contents: dict[str, bytes]
    ) -> None:
        """The size of an entry that may be read is told before it is read."""
        listed = {entry.path: entry.bytes for entry in harness.open().listing()}
        assert listed == {path: len(data) for path, data in contents.items()}

    def test_paths_turn_back_into_names(self, harness: Harness, contents: dict[str, bytes]) -> None:
        """A path is printable, valid UTF-8, and stands for one name."""
        paths = _paths(harness.open())
        assert {path_name(path) for path in paths} == set(self.NAMES)
        for path in paths:
            path.encode()
            assert "\n" not in path

    def test_reads_what_was_put_in(self, harness: Harness, contents: dict[str, bytes]) -> None:
        """Every entry gives its own bytes, in any order and to a source that never listed."""
        source = harness.open()
        for path, data in reversed(contents.items()):
            assert source.read(path).data == data

    def test_reads_an_empty_entry(self, harness: Harness) -> None:
        """No bytes are a content too."""
        harness.put("empty", b"")
        assert harness.open().read("empty").data == b""

    def test_the_time_read_is_the_time_listed(self, harness: Harness) -> None:
        """An untouched entry has one time, so that a change can be told by it."""
        harness.put("a.jpg", b"a")
        source = harness.open()
        (entry,) = source.listing()
        assert source.read(entry.path).modified_ns == entry.modified_ns

    def test_reads_an_entry_as_it_is_now(self, harness: Harness) -> None:
        """A replaced entry gives its new bytes, never the old ones."""
        harness.put("a.jpg", b"old")
        source = harness.open()
        (entry,) = source.listing()
        harness.put("a.jpg", b"replaced")
        assert source.read(entry.path).data == b"replaced"

    def test_an_entry_that_vanished_is_unreadable(self, harness: Harness) -> None:
        """Between listing and reading an entry may go; that is told as its reason."""
        harness.put("a.jpg", b"a")
        source = harness.open()
        (entry,) = source.listing()
        harness.remove("a.jpg")
        with pytest.raises(Unreadable, match=r"\w"):
            source.read(entry.path)

    def test_an_entry_that_changes_during_the_read_is_unreadable(self, harness: Harness) -> None:
        """Bytes of two states of an entry are never given as one content."""
        harness.put("a.jpg", b"a" * 100)
        source = harness.open()
        with harness.changing("a.jpg"), pytest.raises(Unreadable, match=r"\w"):
            source.read("a.jpg")

    def test_an_entry_that_cannot_be_read_is_listed_with_the_reason(self, harness: Harness) -> None:
        """Nothing vanishes: what cannot be read is listed, barred, and accounted for."""
        harness.put("a.jpg", b"a")
        harness.bar("b.jpg")
        harness.put("c.jpg", b"c")
        source = harness.open()
        readable, barred, other = _listing(source)
        assert (readable.path, barred.path, other.path) == ("a.jpg", "b.jpg", "c.jpg")
        assert not readable.barred
        assert not other.barred
        assert barred.barred
        assert barred.status in {Status.UNREADABLE, Status.REFUSED}
        with pytest.raises(Unread, match=r"\w"):
            source.open(barred.path)

    def test_opens_what_was_put_in_to_be_read_here_and_there(
        self, harness: Harness, contents: dict[str, bytes]
    ) -> None:
        """An entry that is opened can be read from any place on, and has the bytes that it has."""
        source = harness.open()
        for path, data in contents.items():
            with source.open(path) as file:
                assert file.read(2) == data[:2]
                assert file.seek(-3, 2) == len(data) - 3
                assert file.read() == data[-3:]
                file.seek(0)
                assert file.read() == data

    def test_what_vanished_cannot_be_opened(self, harness: Harness) -> None:
        """It is told as it is when it is read."""
        harness.put("a.jpg", b"a")
        source = harness.open()
        harness.remove("a.jpg")
        with pytest.raises(Unreadable, match=r"\w"):
            source.open("a.jpg")

    def test_a_listing_is_a_stream_that_may_be_given_up(
        self, harness: Harness, contents: dict[str, bytes]
    ) -> None:
        """Whoever is stopped halfway begins anew, with another source, and misses nothing."""
        source = harness.open()
        listing = source.listing()
        assert iter(listing) is listing
        next(listing)
        source.close()
        assert sorted(_paths(harness.open())) == sorted(contents)

    def test_closing_closes_for_good_and_may_be_done_twice(self, harness: Harness) -> None:
        """What one source gives up another does not miss."""
        harness.put("a.jpg", b"a")
        source, other = harness.open(), harness.open()
        assert source.read("a.jpg").data == b"a"
        source.close()
        source.close()
        assert other.read("a.jpg").data == b"a"

    def test_the_location_opens_it_again_and_says_nothing_secret(self, harness: Harness) -> None:
        """A source is known by its location alone."""
        location = harness.open().location
        assert location == harness.open().location
        assert "password" not in location.lower()
        assert "secret" not in location.lower()

    def test_storage_is_equal_extents_or_nothing(
        self, harness: Harness, contents: dict[str, bytes]
    ) -> None:
        """What cannot be told is empty; what is told is stable and has a length."""
        source = harness.open()
        for path in contents:
            extents = source.storage(path)
            assert extents == source.storage(path)
            assert all(offset >= 0 and length > 0 for offset, length in extents)

    def test_entries_put_in_apart_share_no_storage(self, harness: Harness) -> None:
        """Two entries that were written one by one are never said to be stored once."""
        harness.put("a.jpg", b"a" * 10_000)
        harness.put("b.jpg", b"b" * 10_000)
        source = harness.open()
        assert not set(source.storage("a.jpg")) & set(source.storage("b.jpg"))

    def test_a_store_that_is_gone_raises(self, harness: Harness) -> None:
        """A store that cannot be listed at all is an error, not an empty store."""
        harness.put("a.jpg", b"a")
        source = harness.open()
        harness.remove_store()
        with pytest.raises(StoreError):
            list(source.listing())


def _content(name: str) -> bytes:
    return b"content of " + path_text(name).encode()


def _listing(source: Source) -> list[Listed]:
    return list(source.listing())


def _paths(source: Source) -> list[str]:
    return [entry.path for entry in source.listing()]
