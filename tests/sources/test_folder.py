"""Folders: what any source promises, and what only a file system can do to one."""

import inspect
import os
import shutil
import stat
import struct
import sys
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.errors import Refused, StoreError, Unreadable
from monoprint.model.asset import Status, path_name, path_text
from monoprint.sources import folder as folder_module
from monoprint.sources.folder import Folder
from monoprint.sources.opening import open_source
from monoprint.testing.source import SourceContract

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX names and links")

unless_root = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="a superuser may read anything"
)


class FolderHarness:
    def __init__(self, root, monkeypatch):
        self.root = root
        self.root.mkdir()
        self.monkeypatch = monkeypatch

    def open(self):
        return open_source(path_text(str(self.root)), follow_symlinks=False, max_bytes=1 << 20)

    def put(self, name, data):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def remove(self, name):
        (self.root / name).unlink()

    def bar(self, name):
        os.mkfifo(self.root / name)

    @contextmanager
    def changing(self, name):
        with self.monkeypatch.context() as patch:
            patch_fstat(patch, lambda: append(self.root / name))
            yield

    def remove_store(self):
        shutil.rmtree(self.root)


def append(path):
    with path.open("ab") as file:
        file.write(b"+")


def patch_fstat(patch, act):
    """Have `act` happen right after the file's state was asked for the first time in a read."""
    real = os.fstat
    calls = []

    def fstat(number):
        info = real(number)
        calls.append(number)
        if len(calls) % 2:
            act()
        return info

    patch.setattr(folder_module.os, "fstat", fstat)


class TestFolder(SourceContract):
    @pytest.fixture
    def harness(self, tmp_path, monkeypatch):
        return FolderHarness(tmp_path / "store", monkeypatch)


def entries(source):
    return {entry.path: entry for entry in source.listing()}


def barred(source):
    return {e.path: (e.status, e.barred) for e in source.listing() if e.barred}


# Names


@pytest.mark.parametrize(
    "name",
    [
        b"new\nline.jpg",
        b"latin1-\xe9t\xe9.jpg",
        b"invalid-\xff\xfe.jpg",
        b"trailing space ",
        b" ",
        b"-rf",
        b"L" * 255,
        b"\xf0\x9f\x96\xbc" * 63 + b"abc",
        b"...",
        b"\\",
        "rtl-\u202egpj.exe".encode(),
    ],
)
def test_any_name_is_listed_and_read(tmp_path, folder_of, name):
    (tmp_path / os.fsdecode(name)).write_bytes(b"here")
    source = folder_of(tmp_path)
    (entry,) = source.listing()
    assert os.fsencode(path_name(entry.path)) == name
    assert source.read(entry.path).data == b"here"


def test_the_store_itself_may_have_any_name(tmp_path, folder_of):
    root = tmp_path / os.fsdecode(b"st\xf6re\n\\x41 ")
    root.mkdir()
    (root / "a.jpg").write_bytes(b"a")
    source = folder_of(root)
    assert list(entries(source)) == ["a.jpg"]
    assert source.read("a.jpg").data == b"a"


def test_sixty_levels_down(tmp_path, folder_of):
    deep = tmp_path.joinpath(*["d" * 20] * 60)
    deep.mkdir(parents=True)
    (deep / "bottom.jpg").write_bytes(b"bottom")
    source = folder_of(tmp_path)
    (entry,) = source.listing()
    assert entry.path == "/".join(["d" * 20] * 60 + ["bottom.jpg"])
    assert source.read(entry.path).data == b"bottom"


def test_deeper_than_the_system_can_name_is_told(tmp_path, folder_of):
    part = "d" * 250
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(17):
        os.mkdir(part, dir_fd=here)
        below = os.open(part, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    ((path, (status, reason)),) = barred(folder_of(tmp_path)).items()
    assert path.startswith(part)
    assert status == Status.UNREADABLE
    assert "too long" in reason


def test_more_levels_than_python_recurses(tmp_path, folder_of):
    deep = tmp_path.joinpath(*["d"] * 150)
    deep.mkdir(parents=True)
    (deep / "bottom.jpg").write_bytes(b"bottom")
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        found = list(folder_of(tmp_path).listing())
    finally:
        sys.setrecursionlimit(before)
    assert [entry.path.count("/") for entry in found] == [150]


NAMES = st.text(st.sampled_from("aAbB.-_ /\\\n~é\U0001f5bc\udce9\u202e"), min_size=1, max_size=3)
PARTS = NAMES.filter(lambda name: "/" not in name and name not in {".", ".."})


@settings(max_examples=40, deadline=None)
@given(tree=st.lists(st.lists(PARTS, min_size=1, max_size=3), max_size=12))
def test_any_tree_is_listed_once_and_in_order(tmp_path_factory, tree):
    root = tmp_path_factory.mktemp("tree")
    made = set()
    for parts in tree:
        try:
            path = root.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue  # a name of the tree is a file already, or a folder
        made.add("/".join(parts))
    paths = [entry.path for entry in Folder(path_text(str(root)), max_bytes=1).listing()]
    assert paths == sorted(path_text(name) for name in made)


# Links


@pytest.fixture
def linked(tmp_path):
    """A store with every kind of link."""
    root = tmp_path / "store"
    (root / "folder").mkdir(parents=True)
    (root / "picture.jpg").write_bytes(b"picture")
    (root / "folder" / "inner.jpg").write_bytes(b"inner")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"secret")
    (root / "loop").symlink_to(".")
    (root / "folder" / "up").symlink_to("..")
    (root / "dangling.jpg").symlink_to("nothing-here.jpg")
    (root / "out.jpg").symlink_to(outside / "secret.jpg")
    (root / "out-folder").symlink_to(outside)
    (root / "same.jpg").symlink_to("picture.jpg")
    (root / "again").symlink_to("folder")
    return root


def test_links_are_listed_and_not_followed(linked, folder_of):
    links = {
        "again", "dangling.jpg", "folder/up", "loop", "out-folder", "out.jpg", "same.jpg",
    }  # fmt: skip
    told = barred(folder_of(linked))
    assert told == dict.fromkeys(links, (Status.REFUSED, "symbolic link, not followed"))
    assert set(entries(folder_of(linked))) - links == {"folder/inner.jpg", "picture.jpg"}


@pytest.mark.parametrize("path", ["same.jpg", "out.jpg"])
def test_a_link_is_not_read_through(linked, folder_of, path):
    """A file may be replaced by a link after it was listed."""
    with pytest.raises((Unreadable, Refused)):
        folder_of(linked).read(path)


def test_a_link_that_is_not_read_is_told_as_one(linked, folder_of):
    with pytest.raises((Unreadable, Refused), match="symbolic link, not followed"):
        folder_of(linked).read("same.jpg")


def test_a_folder_that_became_a_link_is_not_read_through(linked, folder_of):
    """Between listing and reading, a folder of the path may be replaced by a link elsewhere."""
    with pytest.raises((Unreadable, Refused)):
        folder_of(linked).read("out-folder/secret.jpg")


def test_links_are_followed_when_asked(linked, folder_of):
    source = folder_of(linked, follow_symlinks=True)
    readable = {path for path, entry in entries(source).items() if not entry.barred}
    assert readable == {
        "again/inner.jpg", "folder/inner.jpg", "out-folder/secret.jpg", "out.jpg", "picture.jpg",
        "same.jpg",
    }  # fmt: skip
    assert source.read("out.jpg").data == b"secret"
    assert source.read("same.jpg").data == b"picture"
    assert source.read("again/inner.jpg").data == b"inner"


def test_loops_end_and_are_told_when_links_are_followed(linked, folder_of):
    told = barred(folder_of(linked, follow_symlinks=True))
    loops = {path for path, (_, reason) in told.items() if "loop" in reason}
    assert loops == {"again/up/", "folder/up/", "loop/"}
    assert told["dangling.jpg"] == (Status.UNREADABLE, "dangling symbolic link")


def test_a_followed_link_shares_its_inode_with_the_file(linked, folder_of):
    found = entries(folder_of(linked, follow_symlinks=True))
    assert found["same.jpg"].inode == found["picture.jpg"].inode
    assert found["same.jpg"].device == found["picture.jpg"].device


def test_links_that_name_each_other_are_told(tmp_path, folder_of):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "picture.jpg").write_bytes(b"picture")
    assert set(barred(folder_of(tmp_path))) == {"a", "b"}
    told = barred(folder_of(tmp_path, follow_symlinks=True))
    assert told == dict.fromkeys("ab", (Status.UNREADABLE, "symbolic link loop"))


def test_hard_links_share_an_inode(tmp_path, folder_of):
    (tmp_path / "first.jpg").write_bytes(b"picture")
    os.link(tmp_path / "first.jpg", tmp_path / "second.jpg")
    (tmp_path / "third.jpg").write_bytes(b"picture")
    found = entries(folder_of(tmp_path))
    first, second, third = (found[f"{name}.jpg"] for name in ("first", "second", "third"))
    assert (first.inode, first.device, first.links) == (second.inode, second.device, 2)
    assert third.inode != first.inode
    assert third.links == 1


# What is no regular file, or may not be read


@pytest.mark.parametrize("follow", [False, True])
def test_a_pipe_is_told_and_never_opened(tmp_path, folder_of, follow):
    os.mkfifo(tmp_path / "fifo.jpg")
    source = folder_of(tmp_path, follow_symlinks=follow)
    assert barred(source) == {"fifo.jpg": (Status.REFUSED, "not a regular file: named pipe")}
    with pytest.raises(Refused, match="named pipe"):  # and would not block
        source.read("fifo.jpg")


def test_a_folder_is_not_read_as_a_file(tmp_path, folder_of):
    (tmp_path / "folder").mkdir()
    with pytest.raises((Refused, Unreadable), match=r"folder|directory"):
        folder_of(tmp_path).read("folder")


@unless_root
def test_a_file_without_permission_is_unreadable(tmp_path, folder_of):
    (tmp_path / "barred.jpg").write_bytes(b"x")
    (tmp_path / "barred.jpg").chmod(0)
    source = folder_of(tmp_path)
    assert list(entries(source)) == ["barred.jpg"]
    with pytest.raises(Unreadable, match="permission denied"):
        source.read("barred.jpg")


@unless_root
def test_a_folder_without_permission_is_told_and_the_rest_listed(tmp_path, folder_of):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "picture.jpg").write_bytes(b"x")
    (tmp_path / "b").chmod(0)
    try:
        source = folder_of(tmp_path)
        assert list(entries(source)) == ["a/picture.jpg", "b/", "c/picture.jpg"]
        reason = "folder could not be listed: permission denied"
        assert barred(source) == {"b/": (Status.UNREADABLE, reason)}
    finally:
        (tmp_path / "b").chmod(stat.S_IRWXU)


def test_a_folder_that_cannot_be_listed_is_told_and_the_rest_listed(
    tmp_path, folder_of, monkeypatch
):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "picture.jpg").write_bytes(b"x")
    real = os.scandir

    def scandir(name):
        if name == str(tmp_path / "b"):
            raise PermissionError(13, "Permission denied")
        return real(name)

    monkeypatch.setattr(folder_module.os, "scandir", scandir)
    source = folder_of(tmp_path)
    assert list(entries(source)) == ["a/picture.jpg", "b/", "c/picture.jpg"]
    reason = "folder could not be listed: permission denied"
    assert barred(source) == {"b/": (Status.UNREADABLE, reason)}


def test_a_file_that_goes_while_the_folder_is_listed_is_told(tmp_path, folder_of):
    (tmp_path / "a.jpg").write_bytes(b"a")
    (tmp_path / "b.jpg").write_bytes(b"b")
    listing = folder_of(tmp_path).listing()
    assert next(listing).path == "a.jpg"
    (tmp_path / "b.jpg").unlink()
    (entry,) = listing
    assert (entry.path, entry.status) == ("b.jpg", Status.UNREADABLE)
    assert entry.barred == "vanished during the scan"


@pytest.mark.parametrize("name", ["gone", "file.jpg"])
def test_a_store_that_is_no_folder_raises(tmp_path, folder_of, name):
    (tmp_path / "file.jpg").write_bytes(b"x")
    with pytest.raises(StoreError, match="cannot list") as caught:
        list(folder_of(tmp_path / name).listing())
    assert caught.value.advice


# Reading


def test_a_file_that_changed_once_is_read_again(tmp_path, folder_of, monkeypatch):
    file = tmp_path / "a.jpg"
    file.write_bytes(b"a" * 100)
    changes = [lambda: append(file)]
    patch_fstat(monkeypatch, lambda: changes.pop()() if changes else None)
    assert folder_of(tmp_path).read("a.jpg").data == b"a" * 100 + b"+"


def test_a_file_that_keeps_growing_is_unreadable(tmp_path, folder_of, monkeypatch):
    file = tmp_path / "a.jpg"
    file.write_bytes(b"a" * 100)
    patch_fstat(monkeypatch, lambda: append(file))
    with pytest.raises(Unreadable, match="changed while it was read"):
        folder_of(tmp_path).read("a.jpg")


def test_a_file_that_is_cut_during_the_read_is_unreadable(tmp_path, folder_of, monkeypatch):
    file = tmp_path / "a.jpg"
    file.write_bytes(b"a" * 100)
    patch_fstat(monkeypatch, lambda: os.truncate(file, file.stat().st_size - 1))
    with pytest.raises(Unreadable, match="changed while it was read"):
        folder_of(tmp_path).read("a.jpg")


def test_a_file_written_over_during_the_read_is_unreadable(tmp_path, folder_of, monkeypatch):
    """The size stays, the time does not."""
    file = tmp_path / "a.jpg"
    file.write_bytes(b"a" * 100)
    times = iter(range(10**18, 10**18 + 10))

    def overwrite():
        file.write_bytes(b"b" * 100)
        os.utime(file, ns=(0, next(times)))

    patch_fstat(monkeypatch, overwrite)
    with pytest.raises(Unreadable, match="changed while it was read"):
        folder_of(tmp_path).read("a.jpg")


def test_a_file_that_vanished_says_so(tmp_path, folder_of):
    with pytest.raises(Unreadable, match="vanished during the scan"):
        folder_of(tmp_path).read("gone.jpg")


@pytest.mark.parametrize(("size", "refused"), [(99, False), (100, False), (101, True)])
def test_the_size_limit(tmp_path, folder_of, size, refused):
    (tmp_path / "a.jpg").write_bytes(b"x" * size)
    source = folder_of(tmp_path, max_bytes=100)
    assert list(entries(source)) == ["a.jpg"]
    if refused:
        with pytest.raises(Refused, match="size limit: 101 bytes, over 100"):
            source.read("a.jpg")
    else:
        assert len(source.read("a.jpg").data) == size


def test_a_sparse_file_over_the_limit_is_refused_by_its_size(tmp_path, folder_of):
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refused, match="size limit"):
        folder_of(tmp_path).read("a.jpg")


# Storage

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for extents")

LAST, UNKNOWN, DELAYED, ENCODED, INLINE, SHARED = 0x1, 0x2, 0x4, 0x8, 0x200, 0x2000


@linux_only
def test_a_hole_or_a_lone_file_claims_no_shared_storage(tmp_path, folder_of):
    (tmp_path / "a.jpg").write_bytes(os.urandom(20_000))
    with (tmp_path / "hole.jpg").open("wb") as file:
        file.truncate(100_000)
    (tmp_path / "empty.jpg").write_bytes(b"")
    source = folder_of(tmp_path)
    for name in ("a.jpg", "hole.jpg", "empty.jpg", "gone.jpg"):
        assert source.storage(name) == ()


@linux_only
@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ([SHARED | LAST], True),
        ([SHARED, SHARED | LAST], True),
        ([LAST], False),
        ([SHARED, LAST], False),
        ([SHARED, SHARED], False),  # more extents than were asked for
        ([SHARED | UNKNOWN | LAST], False),
        ([SHARED | DELAYED | LAST], False),
        ([SHARED | ENCODED | LAST], False),
        ([SHARED | INLINE | LAST], False),
        ([], False),
    ],
)
def test_extents_are_told_only_if_all_of_them_are_shared(
    tmp_path, folder_of, monkeypatch, flags, told
):
    """What the system answers, as linux/fiemap.h lays it out."""
    import fcntl

    (tmp_path / "a.jpg").write_bytes(b"x")
    extents = [(4096 * (number + 7), 4096) for number in range(len(flags))]

    def ioctl(file, request, answer):
        struct.pack_into("=L", answer, 20, len(flags))
        for number, (flag, (at, length)) in enumerate(zip(flags, extents, strict=True)):
            record = struct.pack("=QQQQQLLLL", number * 4096, at, length, 0, 0, flag, 0, 0, 0)
            answer[32 + 56 * number : 32 + 56 * (number + 1)] = record

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    assert folder_of(tmp_path).storage("a.jpg") == (tuple(extents) if told else ())


@linux_only
def test_a_system_that_does_not_tell_claims_nothing(tmp_path, folder_of, monkeypatch):
    import fcntl

    def ioctl(*_):
        raise OSError(95, "Operation not supported")

    (tmp_path / "a.jpg").write_bytes(b"x")
    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    assert folder_of(tmp_path).storage("a.jpg") == ()
