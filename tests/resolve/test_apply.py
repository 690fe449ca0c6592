"""Carrying out and putting back: each action on a real disk."""

import errno
import itertools
import json
import os
import random
import stat
import struct
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from monoprint.errors import PlanError
from monoprint.model.plan import Action
from monoprint.resolve import actions, journal, sidecars
from monoprint.resolve import apply as applying
from monoprint.resolve.tree import Tree

LINKS = ("hardlink", "symlink")

# Numbers of Linux: include/uapi/linux/fs.h and fiemap.h.
FICLONE, FIEMAP = 0x40049409, 0xC020660B


@pytest.fixture
def twins(ground):
    """Two copies of one content in two stores, one alone, and one that differs."""
    ground.put("a:keep.jpg", b"same")
    ground.put("a:deep/er/copy.jpg", b"same")
    ground.put("b:copy.jpg", b"same", mtime=1_400_000_000_000_000_000)
    ground.put("b:similar.jpg", b"other")
    return ground


@pytest.mark.parametrize("action", [*LINKS, "quarantine"])
def test_each_action_frees_the_copy_and_undo_brings_back_everything(twins, action):
    before = twins.state()
    twins.step(action, "a:deep/er/copy.jpg", "a:keep.jpg")
    twins.step(action, "b:copy.jpg", "a:keep.jpg")
    outcome = twins.apply()
    assert (outcome.done, outcome.skipped, outcome.freed) == (2, [], 8)
    after = twins.state()
    assert after["a/keep.jpg"][:4] == before["a/keep.jpg"][:4]
    if action == "quarantine":
        assert "b/copy.jpg" not in after
        assert any(name.startswith("b/.monoprint-quarantine/") for name in after)
    elif action == "hardlink":
        assert {after[n][4] for n in ("a/keep.jpg", "a/deep/er/copy.jpg", "b/copy.jpg")} == {
            "a/deep/er/copy.jpg"
        }
    else:
        assert after["a/deep/er/copy.jpg"] == ("link", "../../keep.jpg")
    assert twins.path("b:copy.jpg").exists() is (action != "quarantine")
    undone = twins.undo()
    assert (undone.undone, undone.failed, undone.lacking) == (2, [], [])
    assert twins.state() == before


def test_a_hard_link_is_one_file_with_the_keeper(twins):
    twins.step("hardlink", "b:copy.jpg", "a:keep.jpg")
    twins.apply()
    assert twins.path("b:copy.jpg").samefile(twins.path("a:keep.jpg"))


def test_a_reflink_keeps_mode_and_times_or_says_that_it_cannot(twins):
    twins.put("b:copy.jpg", b"same", mode=0o600, mtime=1_300_000_000_000_000_000)
    before = twins.state()
    twins.step("reflink", "b:copy.jpg", "a:keep.jpg")
    outcome = twins.apply()
    if outcome.skipped:
        ((_, _, why),) = outcome.skipped
        assert why == "this file system cannot share storage between files"
    assert twins.state() == before
    twins.undo()
    assert twins.state() == before


def test_a_reflink_shares_its_storage_and_stays_a_file_of_its_own(ground, storage):
    if not storage.can_be_shared(ground.folder):
        pytest.skip("this file system cannot share storage between files (Btrfs and XFS can)")
    data = random.Random(1).randbytes(300_001)
    keep = ground.put("a:keep.png", data)
    copy = ground.put("b:copy.png", data, mode=0o640, mtime=1_300_000_000_123_456_789)
    os.setxattr(copy, "user.note", b"from the archive")
    if os.geteuid() == 0:
        os.chown(copy, 1234, 1235)
        copy.chmod(0o640)  # a new owner may take it away

    def facts():
        info = copy.stat()
        return os.getxattr(copy, "user.note"), info.st_uid, info.st_gid, ground.state()

    before, lies = facts(), storage.of(keep)
    assert not any(shared for *_, shared in [*lies, *storage.of(copy)])
    ground.step("reflink", "b:copy.png", "a:keep.png")
    assert (ground.apply().done, ground.apply().before) == (1, 1)
    assert storage.of(copy) == storage.of(keep)
    assert [where for where, *_ in storage.of(keep)] == [where for where, *_ in lies]
    assert all(shared for *_, shared in storage.of(copy))
    assert not copy.samefile(keep)
    assert facts() == before
    with copy.open("r+b") as file:
        file.write(b"written to")
    assert keep.read_bytes() == data

    copy.write_bytes(data)
    os.utime(copy, ns=(before[-1]["b/copy.png"][3],) * 2)
    assert ground.undo().failed == []
    assert facts() == before
    assert not any(shared for *_, shared in [*storage.of(keep), *storage.of(copy)])


def test_a_reflink_reaches_into_no_other_file_system(ground, tmp_path):
    other = Path("/dev/shm")
    if not os.access(other, os.W_OK) or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=other) as elsewhere:
        (ground.folder / "b").rmdir()
        (ground.folder / "b").symlink_to(elsewhere)
        ground.put("a:keep", b"x" * 5000)
        ground.put("b:copy", b"x" * 5000)
        before = ground.state()
        ground.step("reflink", "b:copy", "a:keep")
        ground.write(stores={"a": str(ground.folder / "a"), "b": elsewhere})
        assert "different file systems" in ground.apply().skipped[0][2]
        assert ground.state() == before
        assert [p.name for p in Path(elsewhere).iterdir()] == ["copy"]


def test_applying_twice_is_applying_once(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.apply()
    once = twins.state()
    again = twins.apply()
    assert (again.done, again.before) == (0, 1)
    assert twins.state() == once


def test_undoing_twice_is_undoing_once_and_an_undone_plan_is_not_applied_again(twins):
    before = twins.state()
    twins.step("hardlink", "b:copy.jpg", "a:keep.jpg")
    twins.apply()
    twins.undo()
    assert twins.undo().before == 1
    assert twins.state() == before
    with pytest.raises(PlanError, match="was undone"):
        twins.apply()


def test_single_steps_can_be_undone(twins):
    before = twins.state()
    twins.step("quarantine", "a:deep/er/copy.jpg", "a:keep.jpg")
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.apply()
    twins.undo(2)
    assert twins.state()["b/copy.jpg"] == before["b/copy.jpg"]
    assert "a/deep/er/copy.jpg" not in twins.state()
    with pytest.raises(PlanError, match="step 7"):
        twins.undo(7)
    twins.undo()
    assert twins.state() == before


@pytest.mark.parametrize("action", [*LINKS, "quarantine"])
@pytest.mark.parametrize("changed", ["a:keep.jpg", "b:copy.jpg"])
def test_a_file_that_changed_since_the_plan_is_left_alone(twins, action, changed):
    twins.step(action, "b:copy.jpg", "a:keep.jpg")
    twins.put(changed, b"diff")  # of the same size
    before = twins.state()
    outcome = twins.apply()
    assert outcome.done == 0
    assert "another content" in outcome.skipped[0][2]
    assert twins.state() == before


@pytest.mark.parametrize("action", [*LINKS, "quarantine"])
def test_a_copy_whose_keeper_was_deleted_stays(twins, action):
    twins.step(action, "b:copy.jpg", "a:keep.jpg")
    twins.path("a:keep.jpg").unlink()
    before = twins.state()
    outcome = twins.apply()
    assert outcome.skipped[0][2] == "the file that stays is gone"
    assert twins.state() == before


def test_a_copy_that_is_gone_is_told(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.path("b:copy.jpg").unlink()
    assert twins.apply().skipped[0][2] == "it is gone"


def test_what_may_no_longer_be_done_is_not(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    before = twins.state()
    outcome = twins.apply(may=lambda step: "hold X: court")
    assert outcome.skipped == [(1, "b:copy.jpg", "hold X: court")]
    assert twins.state() == before


def test_no_way_leads_out_of_the_store_through_a_link(twins, tmp_path):
    twins.step("quarantine", "a:deep/er/copy.jpg", "a:keep.jpg")
    twins.step("hardlink", "b:copy.jpg", "a:keep.jpg")
    outside = tmp_path / "outside"
    (tmp_path / "a" / "deep").rename(outside)
    (tmp_path / "a" / "deep").symlink_to(outside)
    elsewhere = tmp_path / "elsewhere.jpg"
    twins.path("b:copy.jpg").rename(elsewhere)
    twins.path("b:copy.jpg").symlink_to(elsewhere)
    outcome = twins.apply()
    assert [why for *_, why in outcome.skipped] == [
        "a folder on the way to it is a symbolic link now", "it is a symbolic link now",
    ]  # fmt: skip
    assert (outside / "er" / "copy.jpg").read_bytes() == b"same"
    assert elsewhere.read_bytes() == b"same"


def test_hard_links_among_the_copies_are_one_file_again_after_undo(ground):
    ground.put("a:keep", b"x")
    ground.put("a:one", b"x", mtime=1_400_000_000_000_000_000)
    os.link(ground.path("a:one"), ground.path("b:two"))
    before = ground.state()
    ground.step("hardlink", "a:one", "a:keep")
    ground.step("hardlink", "b:two", "a:keep")
    ground.apply()
    ground.undo(1)
    undone = ground.undo()
    assert undone.lacking == []
    assert ground.state() == before


@pytest.mark.parametrize("actions", list(itertools.permutations([*LINKS, "reflink"], 2)))
def test_an_undo_that_was_killed_before_it_noted_its_end_keeps_hard_links(
    ground, reflinks, actions
):
    ground.put("a:keep", b"x" * 5000)
    ground.put("a:one", b"x" * 5000, mtime=1_400_000_000_000_000_000)
    os.link(ground.path("a:one"), ground.path("b:two"))
    before = ground.state()
    ground.step(actions[0], "a:one", "a:keep")
    ground.step(actions[1], "b:two", "a:keep")
    assert ground.apply().done == 2
    ground.undo()
    lines = ground.journal.read_bytes().splitlines(keepends=True)
    ground.journal.write_bytes(b"".join(line for line in lines if b'"undone"' not in line))
    undone = ground.undo()
    assert (undone.undone, undone.failed, undone.lacking) == (2, [], [])
    assert ground.state() == before


def test_a_hard_link_to_a_name_outside_of_the_plan_is_said_to_be_lost(ground):
    ground.put("a:keep", b"x")
    ground.put("a:one", b"x")
    os.link(ground.path("a:one"), ground.path("a:other"))
    before = ground.state(inodes=False)
    ground.step("hardlink", "a:one", "a:keep")
    ground.apply()
    undone = ground.undo()
    assert "hard links" in undone.lacking[0][2]
    assert ground.state(inodes=False) == before


def test_a_copy_that_shares_its_storage_already_is_left(ground):
    ground.put("a:keep", b"x")
    os.link(ground.path("a:keep"), ground.path("a:copy"))
    ground.step("hardlink", "a:copy", "a:keep")
    assert "shares its storage" in ground.apply().skipped[0][2]
    assert ground.path("a:copy").samefile(ground.path("a:keep"))


@pytest.fixture
def lying(monkeypatch):
    """Have files lie where a test says, as linux/fiemap.h lays it out; reflinks are copies."""
    fcntl = pytest.importorskip("fcntl")
    places: dict[int, int] = {}  # by inode: where on the device, shared with another file

    def ioctl(file, request, answer):
        if request == FICLONE:
            os.write(file, os.pread(answer, os.fstat(answer).st_size, 0))
            return
        assert request == FIEMAP
        place = places.get(os.fstat(file).st_ino)
        if place is None:
            raise OSError(errno.EOPNOTSUPP, "not told")
        struct.pack_into("=L", answer, 20, 1)
        struct.pack_into("=QQQQQLLLL", answer, 32, 0, place, 4096, 0, 0, 0x2001, 0, 0, 0)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    return lambda path, place: places.update({path.stat().st_ino: place})


@pytest.mark.parametrize(
    ("keep_at", "copy_at", "left"),
    [(8192, 8192, True), (8192, 4096, False), (None, None, False), (None, 8192, False)],
)
def test_a_reflink_is_not_made_twice_and_frees_nothing_then(ground, lying, keep_at, copy_at, left):
    for place, at in (("a:keep", keep_at), ("a:copy", copy_at)):
        path = ground.put(place, b"x")
        if at is not None:
            lying(path, at)
    inode = ground.path("a:copy").stat().st_ino
    ground.step("reflink", "a:copy", "a:keep")
    ground.write()
    plan = applying.check(ground.plan_file)
    told = applying.rehearse(ground.plan_file, plan, lambda _: "")
    applied = ground.apply()
    for outcome in (told, applied):
        why = [reason for _, _, reason in outcome.skipped]
        expected = ["it shares its storage with the file that stays already"] if left else []
        assert why == expected
        assert (outcome.done, outcome.freed) == ((0, 0) if left else (1, 1))
    assert (ground.path("a:copy").stat().st_ino == inode) is left


def test_a_hard_link_never_changes_who_may_read(ground):
    ground.put("a:keep", b"x", mode=0o644)
    ground.put("a:secret", b"x", mode=0o600)
    ground.step("hardlink", "a:secret", "a:keep")
    assert "permissions" in ground.apply().skipped[0][2]
    assert stat.S_IMODE(ground.path("a:secret").stat().st_mode) == 0o600


def test_extended_attributes_come_back(ground):
    ground.put("a:keep", b"x")
    path = ground.put("a:copy", b"x")
    try:
        os.setxattr(path, "user.note", b"from the archive")
    except OSError:
        pytest.skip("no extended attributes here")
    ground.step("hardlink", "a:copy", "a:keep")
    ground.apply()
    ground.undo()
    assert os.getxattr(path, "user.note") == b"from the archive"


def test_undo_never_overwrites_what_came_since(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.step("symlink", "a:deep/er/copy.jpg", "a:keep.jpg")
    twins.apply()
    twins.put("b:copy.jpg", b"somebody's new picture")
    twins.path("a:deep/er/copy.jpg").unlink()
    twins.put("a:deep/er/copy.jpg", b"another")
    undone = twins.undo()
    assert [why for *_, why in undone.failed] == ["another file stands in its place now"] * 2
    assert twins.path("b:copy.jpg").read_bytes() == b"somebody's new picture"
    assert b"same" in {p.read_bytes() for p in (twins.folder / "b").rglob("1*.jpg")}
    twins.path("b:copy.jpg").unlink()
    assert twins.undo().undone == 1
    assert twins.path("b:copy.jpg").read_bytes() == b"same"


def test_undo_makes_a_folder_again_that_was_removed(twins):
    before = twins.state()
    twins.step("quarantine", "a:deep/er/copy.jpg", "a:keep.jpg")
    twins.apply()
    twins.path("a:deep/er").rmdir()
    twins.path("a:deep").rmdir()
    twins.undo()
    assert twins.state() == before


def test_undo_of_a_link_works_without_the_keeper_as_long_as_the_content_is_there(twins):
    twins.step("hardlink", "b:copy.jpg", "a:keep.jpg")
    twins.step("symlink", "a:deep/er/copy.jpg", "a:keep.jpg")
    twins.apply()
    twins.path("a:keep.jpg").unlink()
    undone = twins.undo()
    assert undone.undone == 1
    assert "gone" in undone.failed[0][2]
    assert twins.path("b:copy.jpg").read_bytes() == b"same"


def test_undo_needs_neither_plan_nor_catalog(twins):
    before = twins.state()
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.apply()
    twins.plan_file.unlink()
    twins.undo()
    assert twins.state() == before


def test_the_quarantine_says_what_is_in_it_and_is_nobody_elses(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    plan = twins.write()
    twins.apply()
    folder = twins.folder / "b" / ".monoprint-quarantine"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    inside = folder / plan.digest.hex()[:12]
    (said,) = actions.manifest_lines((inside / "manifest.jsonl").read_bytes())
    assert (said["path"], said["file"], said["keeper"]) == ("copy.jpg", "1.jpg", ["a", "keep.jpg"])
    twins.undo()
    assert not folder.exists()


def test_a_quarantined_copy_can_be_deleted_only_while_its_keeper_is_whole(twins, make_ground):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.step("quarantine", "a:deep/er/copy.jpg", "a:keep.jpg")
    first = twins.write()
    twins.apply()
    inside = f".monoprint-quarantine/{first.digest.hex()[:12]}"
    later = make_ground(twins.folder)
    later.plan_file = twins.folder / "delete.json"
    later.steps = [
        replace(step, action=Action.DELETE, quarantined=f"{inside}/{step.number}.jpg")
        for step in twins.steps
    ]
    later.write(action=Action.DELETE)
    assert later.apply().done == 2
    assert twins.contents() == {b"same", b"other"}
    undone = later.undo()
    assert {why for *_, why in undone.failed} == {"it was deleted for good"}


def test_what_only_the_copy_said_is_kept_outside_of_the_store(twins):
    twins.step("quarantine", "b:similar.jpg", "a:keep.jpg",
               only_in_copy={"iptc.Caption": "Fähre, 1962"})  # fmt: skip
    before = set(twins.folder.rglob("*"))
    twins.apply()
    (record,) = sidecars.read(sidecars.place_of(twins.plan_file))
    assert record["keeper"] == ["a", "keep.jpg"]
    assert record["stood_in"] == ["b", ""]
    assert record["only_in_copy"] == {"iptc.Caption": "Fähre, 1962"}
    made = {p.name for p in set(twins.folder.rglob("*")) - before}
    assert "plan.json.sidecars.jsonl" in made
    twins.undo()
    states = [r["state"] for r in sidecars.read(sidecars.place_of(twins.plan_file))]
    assert states == ["kept", "undone"]


def test_a_journal_of_another_plan_is_refused(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.apply()
    twins.write(author="somebody else")
    with pytest.raises(PlanError, match="another plan"):
        twins.apply()


def test_a_changed_journal_is_refused(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.apply()
    text = twins.journal.read_text()
    twins.journal.write_text(text.replace('"mode":420', '"mode":511'))
    with pytest.raises(PlanError, match="line 2"):
        twins.undo()
    lines = text.splitlines(keepends=True)
    twins.journal.write_text("".join(lines[:1] + lines[2:]))
    with pytest.raises(PlanError, match="line 2"):
        twins.undo()


def test_a_torn_line_is_cut_off_and_the_journal_goes_on(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.apply()
    done = twins.journal.read_bytes().splitlines(keepends=True)
    twins.journal.write_bytes(b"".join(done[:2]) + done[2][:40])
    outcome = twins.apply()
    assert outcome.done == 1
    kinds = [json.loads(line)["kind"] for line in twins.journal.read_bytes().splitlines()]
    assert kinds == ["begin", "intent", "done", "end"]
    assert journal.read(twins.journal).ended


def test_a_folder_that_was_open_already_lists_what_came_since(twins):
    tree = Tree(str(twins.folder / "b"))
    before = tree.names("")
    twins.put("b:one more.jpg", b"more")
    assert tree.names("") == sorted([*before, "one more.jpg"])
    tree.close()


def test_two_plans_cannot_be_carried_out_in_one_store_at_once(twins):
    twins.step("quarantine", "b:copy.jpg", "a:keep.jpg")
    twins.write()
    held = Tree(str(twins.folder / "b"))
    failed = []

    def try_it():
        try:
            twins.apply()
        except PlanError as error:
            failed.append(str(error))

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    held.close()
    assert "another plan" in failed[0]
    assert twins.apply().done == 1


def test_names_that_are_not_utf8_and_long_chains_of_folders_work(ground):
    odd = os.fsdecode(b"\xff\xfe odd\n.jpg")
    deep = "/".join(["d" * 20] * 40) + "/copy.jpg"
    ground.put("a:keep.jpg", b"x")
    ground.put(f"b:{odd}", b"x")
    ground.put(f"b:{deep}", b"x")
    before = ground.state()
    ground.step("symlink", f"b:{odd}", "a:keep.jpg")
    ground.step("quarantine", f"b:{deep}", "a:keep.jpg")
    assert ground.apply().done == 2
    assert (ground.folder / "b" / odd).read_bytes() == b"x"
    ground.undo()
    assert ground.state() == before
