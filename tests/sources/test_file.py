"""One file as a store."""

import sys

import pytest

from monoprint.errors import Refused, StoreError, Unreadable
from monoprint.model.asset import path_text
from monoprint.sources.opening import locate, open_source

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX names")


def opened(path, max_bytes=1 << 20):
    return open_source(str(locate(str(path))), follow_symlinks=False, max_bytes=max_bytes)


@pytest.mark.parametrize("name", ["a.jpg", "line\nbreak.jpg", "latin-\udce9.jpg", "a#b=c.jpg"])
def test_the_file_is_the_only_entry_under_its_own_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"abc")
    (tmp_path / "other.jpg").write_bytes(b"other")
    source = opened(tmp_path / name)
    (entry,) = source.listing()
    assert (entry.path, entry.bytes, entry.barred) == (path_text(name), 3, "")
    assert entry.inode == (tmp_path / name).stat().st_ino
    content = source.read(entry.path)
    assert (content.data, content.modified_ns) == (b"abc", entry.modified_ns)
    with source.open(entry.path) as file:
        file.seek(1)
        assert file.read() == b"bc"


def test_a_link_to_a_file_is_the_file(tmp_path):
    (tmp_path / "real.jpg").write_bytes(b"abc")
    (tmp_path / "link.jpg").symlink_to("real.jpg")
    assert [entry.path for entry in opened(tmp_path / "link.jpg").listing()] == ["real.jpg"]


def test_a_file_that_went_is_a_store_error_and_unreadable(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"abc")
    source = opened(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(StoreError, match="does not exist any more"):
        list(source.listing())
    with pytest.raises(Unreadable):
        source.read("a.jpg")
    with pytest.raises(Unreadable):
        source.open("a.jpg")


def test_a_file_over_the_limit_can_be_opened_but_not_read_whole(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"abcdef")
    source = opened(tmp_path / "a.zip", max_bytes=5)
    with pytest.raises(Refused, match="size limit"):
        source.read("a.zip")
    with source.open("a.zip") as file:
        assert file.read() == b"abcdef"
