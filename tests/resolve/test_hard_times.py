"""Full disks and folders that may not be written to: a reason, and nothing lost."""

import errno
import os
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from monoprint.errors import PlanError
from monoprint.resolve import journal

NOBODY = 65534


@pytest.fixture
def twins(ground):
    ground.put("a:keep.jpg", b"same" * 5000)
    ground.put("b:one.jpg", b"same" * 5000)
    ground.put("b:two.jpg", b"same" * 5000)
    return ground


def full(*_args, **_more):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(("action", "call"), [("hardlink", "link"), ("symlink", "symlink"),
                                              ("quarantine", "mkdir")])  # fmt: skip
def test_a_full_disk_skips_what_needs_room(twins, monkeypatch, action, call):
    before = twins.state()
    twins.step(action, "b:one.jpg", "a:keep.jpg")
    twins.write()
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        outcome = twins.apply()
    assert "no space left" in outcome.skipped[0][2].lower()
    assert twins.state() == before


@pytest.mark.parametrize("action", ["hardlink", "symlink"])
def test_a_file_system_that_replaces_no_open_file_is_asked_again(twins, monkeypatch, action):
    before = twins.state()
    copy = twins.path("b:one.jpg").stat()
    twins.step(action, "b:one.jpg", "a:keep.jpg")
    twins.write()
    real = os.rename

    def none_that_is_open(*args, **more):
        for handle in Path("/dev/fd").iterdir():
            with suppress(OSError):
                if os.path.samestat(os.fstat(int(handle.name)), copy):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        real(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", none_that_is_open)
        patch.setattr(os, "supports_dir_fd", os.supports_dir_fd | {none_that_is_open})
        assert twins.apply().done == 1
    assert twins.path("b:one.jpg").samefile(twins.path("a:keep.jpg"))
    assert twins.undo().undone == 1
    assert twins.state() == before


def test_nothing_is_done_that_cannot_be_written_down(twins, monkeypatch):
    twins.step("quarantine", "b:one.jpg", "a:keep.jpg")
    twins.step("quarantine", "b:two.jpg", "a:keep.jpg")
    twins.write()
    before = twins.state()
    real = os.write

    def nearly_full(handle, data):
        if b'"intent"' in bytes(data):
            real(handle, bytes(data)[:50])
            full()
        return real(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", nearly_full)
        with pytest.raises(PlanError, match="cannot be written") as raised:
            twins.apply()
    assert "Make room" in raised.value.advice
    assert twins.state() == before
    assert journal.read(twins.journal).lines == 1
    assert twins.apply().done == 2
    assert twins.undo().undone == 2
    assert twins.state() == before


def test_a_disk_that_is_full_at_the_undo_leaves_all_as_it_is(twins, monkeypatch):
    before = twins.state()
    twins.step("hardlink", "b:one.jpg", "a:keep.jpg")
    twins.apply()
    applied = twins.state()
    real = os.write

    def no_room_for_pictures(handle, data):
        return full() if b"same" in bytes(data) else real(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", no_room_for_pictures)
        undone = twins.undo()
    assert "no space left" in undone.failed[0][2]
    assert twins.state() == applied
    assert twins.undo().undone == 1
    assert twins.state() == before


def test_a_disk_that_is_really_full(tmp_path, make_ground):
    if os.geteuid() != 0:
        pytest.skip("only root mounts a small disk")
    small = tmp_path / "small"
    small.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", small],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        ground = make_ground(small)
        ground.put("a:keep.jpg", b"same" * 20_000)
        ground.put("b:one.jpg", b"same" * 20_000)
        before = ground.state()
        ground.step("hardlink", "b:one.jpg", "a:keep.jpg")
        assert ground.apply().done == 1
        filler = small / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        try:
            undone = ground.undo()
        except PlanError as error:
            assert "cannot be written" in str(error)  # noqa: PT017 - either is right
        else:
            assert "space" in undone.failed[0][2]
        assert ground.path("b:one.jpg").read_bytes() == b"same" * 20_000
        filler.unlink()
        assert ground.undo().undone == 1
        assert ground.state() == before
    finally:
        subprocess.run(["umount", small], check=True)


@contextmanager
def as_somebody():
    """Be somebody whom permissions bind, for a while: root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("action", ["hardlink", "symlink", "quarantine"])
def test_a_folder_that_may_not_be_written_to_is_told(make_ground, action):
    with tempfile.TemporaryDirectory() as name:
        ground = make_ground(Path(name))
        ground.put("a:keep.jpg", b"same")
        ground.put("b:one.jpg", b"same")
        ground.step(action, "b:one.jpg", "a:keep.jpg")
        ground.write()
        before = ground.state()
        if os.geteuid() == 0:
            for path in [ground.folder, *ground.folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
        (ground.folder / "b").chmod(0o555)
        try:
            with as_somebody():
                outcome = ground.apply()
        finally:
            (ground.folder / "b").chmod(0o755)
        assert outcome.done == 0
        assert "permission denied" in outcome.skipped[0][2].lower()
        assert ground.state() == before


def test_a_system_that_cannot_open_step_by_step_changes_nothing(twins, monkeypatch):
    twins.step("hardlink", "b:one.jpg", "a:keep.jpg")
    twins.write()
    before = twins.state()
    monkeypatch.setattr(os, "supports_dir_fd", set())
    with pytest.raises(PlanError, match="step by step"):
        twins.apply()
    assert not twins.journal.exists()
    assert twins.state() == before
