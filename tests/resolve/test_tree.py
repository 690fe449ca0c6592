"""A store as a tree: what is replaced in it is freed at its end at the latest."""

import os
from pathlib import Path

import pytest

from monoprint.resolve.tree import Skip, Tree


@pytest.fixture
def store(tmp_path):
    (tmp_path / "store").mkdir()
    return tmp_path / "store"


def put(path: Path, data: bytes) -> int:
    path.write_bytes(data)
    return path.stat().st_ino


def replace(tree: Tree, store: Path, name: str) -> None:
    put(store / "new", b"new")
    with tree.freeing(name):
        (store / "new").rename(store / name)


def held_open() -> set[tuple[int, int]]:
    found = set()
    for handle in Path("/dev/fd").iterdir():
        try:
            info = os.fstat(int(handle.name))
        except OSError:
            continue  # what listed them
        found.add((info.st_dev, info.st_ino))
    return found


def test_what_is_replaced_is_freed_when_the_tree_is_closed(store):
    device = store.stat().st_dev
    old = {(device, put(store / f"{n}.jpg", b"old")) for n in range(130)}
    tree = Tree(str(store))
    for n in range(130):
        replace(tree, store, f"{n}.jpg")
    assert len(old & held_open()) <= 130 - 64  # the first were handed over, and are waited for
    tree.close()
    assert not old & held_open()
    assert {path.read_bytes() for path in store.iterdir()} == {b"new"}


def test_what_could_not_be_replaced_is_held_no_longer(store):
    old = put(store / "a.jpg", b"old")
    tree = Tree(str(store))
    with pytest.raises(OSError, match="no room"), tree.freeing("a.jpg"):
        raise OSError("no room")
    assert (store.stat().st_dev, old) not in held_open()
    tree.close()
    assert (store / "a.jpg").read_bytes() == b"old"


def test_a_symbolic_link_is_not_followed_to_be_replaced(store, tmp_path):
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"outside")
    (store / "a.jpg").symlink_to(outside)
    tree = Tree(str(store))
    with pytest.raises(Skip, match="symbolic link"), tree.freeing("a.jpg"):
        pytest.fail("it was opened")
    tree.close()
