"""Stores on the disk, plans over them, and what they hold, without a catalog."""

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from monoprint.model.asset import path_text
from monoprint.model.history import GENESIS, Head
from monoprint.model.plan import Action, PlanHead, Step
from monoprint.resolve import actions, journal, planfile, undo
from monoprint.resolve import apply as applying

OLD = 1_500_000_000_123_456_789


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Ground:
    """Two stores in a folder, and a plan file beside them."""

    folder: Path
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self):
        for name in "ab":
            (self.folder / name).mkdir(exist_ok=True)
        self.plan_file = self.folder / "plan.json"

    @property
    def journal(self) -> Path:
        return journal.place_of(self.plan_file)

    def path(self, place: str) -> Path:
        store, _, path = place.partition(":")
        return self.folder / store / path

    def put(self, place: str, data: bytes, mode: int = 0o644, mtime: int = OLD) -> Path:
        path = self.path(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(mode)
        os.utime(path, ns=(mtime, mtime))
        return path

    def step(self, action: str, copy: str, keeper: str, **more) -> Step:
        """Add a step about two files that are there now."""
        store, _, path = copy.partition(":")
        keeper_store, _, keeper_path = keeper.partition(":")
        data, kept = self.path(copy).read_bytes(), self.path(keeper).read_bytes()
        made = Step(
            number=len(self.steps) + 1, action=Action(action), copy=(store, path_text(path)),
            keeper=(keeper_store, path_text(keeper_path)), sha256=sha(data),
            keeper_sha256=sha(kept), bytes=len(data), freed=len(data),
            relation="identical-bytes" if data == kept else "similar", group="00" * 32,
            decision=1, authority="DA-1", **more,
        )  # fmt: skip
        self.steps.append(made)
        return made

    def head(self, **more) -> PlanHead:
        facts = {
            "author": "kim", "action": Action.QUARANTINE,
            "stores": {n: path_text(str(self.folder / n)) for n in "ab"}, "persons": 2,
            "on": "2026-01-01", "created": None, "authority": "", "price": "0.023",
            "currency": "USD", "history": Head(0, GENESIS), "monoprint": "0",
        }  # fmt: skip
        return PlanHead(**facts | more)

    def write(self, **more):
        return planfile.write(self.plan_file, self.head(**more), self.steps, dict)

    def apply(self, may=lambda step: "", **more) -> applying.Outcome:
        if not self.plan_file.exists():
            self.write()
        return applying.apply(self.plan_file, applying.check(self.plan_file), ["lee"], may, **more)

    def undo(self, *only: int, **more) -> undo.Undone:
        return undo.undo(self.journal, only, **more)

    def state(self, *, inodes: bool = True) -> dict[str, tuple]:
        """Return all files: content, mode, time, and (with `inodes`) which names are one file."""
        found = {}
        first: dict[int, str] = {}
        for path in sorted(p for n in "ab" for p in (self.folder / n).rglob("*")):
            name = str(path.relative_to(self.folder))
            info = path.lstat()
            if stat.S_ISDIR(info.st_mode):
                continue
            if stat.S_ISLNK(info.st_mode):
                found[name] = ("link", str(path.readlink()))
                continue
            one = first.setdefault(info.st_ino, name)
            found[name] = ("file", path.read_bytes(), stat.S_IMODE(info.st_mode),
                           info.st_mtime_ns, one if inodes else "")  # fmt: skip
        return found

    def contents(self) -> set[bytes]:
        """Return every content that stands in the stores, in place or in quarantine."""
        return {
            p.read_bytes()
            for n in "ab"
            for p in (self.folder / n).rglob("*")
            if p.is_file() and p.name != "manifest.jsonl"
        }


@pytest.fixture
def ground(tmp_path):
    return Ground(tmp_path)


@pytest.fixture(scope="session")
def quick_folder(tmp_path_factory, storage):
    """Name a folder for hundreds of small trees: in memory, unless reflinks can be made here."""
    folder = tmp_path_factory.mktemp("trees")
    if storage.can_be_shared(folder) or not os.access("/dev/shm", os.W_OK):
        return folder
    return Path("/dev/shm")


@pytest.fixture
def make_ground():
    return Ground


@pytest.fixture
def digest():
    return sha


@pytest.fixture
def reflinks(monkeypatch, tmp_path, storage):
    """Have reflinks made everywhere: where the file system cannot, a copy looks the same."""
    if storage.can_be_shared(tmp_path):
        return
    fcntl = pytest.importorskip("fcntl")

    real = fcntl.ioctl

    def copied(made, request, told):
        if request != actions._FICLONE:
            return real(made, request, told)
        os.write(made, os.pread(told, os.fstat(told).st_size, 0))
        return 0

    monkeypatch.setattr(fcntl, "ioctl", copied)
