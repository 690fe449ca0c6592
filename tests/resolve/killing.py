"""Carries plans out and puts them back in processes that are killed; run by test_killed.py.

    python killing.py FOLDER SEED KILLS

A process that has loaded the program forks one that works, which ends itself with SIGKILL at a
random system call (before it, after it, or halfway through a write) or is killed from outside at
a random moment. After each kill every content that was there must be there still, in place or in
quarantine. It prints one line of JSON: rounds, kills, and what went wrong.
"""

import errno
import fcntl
import hashlib
import json
import os
import random
import shutil
import signal
import stat
import sys
import time
from pathlib import Path

from monoprint.errors import PlanError
from monoprint.model.history import GENESIS, Head
from monoprint.model.plan import Action, PlanHead, Step
from monoprint.resolve import actions, journal, planfile, undo
from monoprint.resolve import apply as applying

CALLS = ("link", "rename", "unlink", "symlink", "fsync", "write", "mkdir", "open", "utime",
         "chmod", "ftruncate")  # fmt: skip
ACTIONS = ("hardlink", "symlink", "quarantine", "reflink")
NO_ROOM = ("link", "symlink", "write", "mkdir", "fsync")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Round:
    """One tree, one plan over it, and what has to stay true."""

    def __init__(self, folder: Path, rng: random.Random):
        self.folder, self.rng = folder, rng
        self.stores = {n: folder / n for n in "ab"}
        for store in self.stores.values():
            store.mkdir(parents=True)
        self.plan = folder / "plan.json"
        self.steps: list[Step] = []
        self._fill()
        self._write_plan()
        self.disturbed = self._disturb()
        self.before = self.state()
        self.contents = self.held()

    def _put(self, store: str, path: str, data: bytes) -> Path:
        place = self.stores[store] / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        at = self.rng.randrange(10**18, 2 * 10**18)
        os.utime(place, ns=(at, at))
        return place

    def _fill(self) -> None:
        """Make groups of a keeper and copies; some copies are hard links of each other."""
        for group in range(self.rng.randrange(1, 4)):
            data = self.rng.randbytes(self.rng.choice([0, 1, 100, 70_000]))
            data += str(group).encode()
            self._put("a", f"g{group}/keep", data)
            last = None
            for number in range(self.rng.randrange(1, 4)):
                store, path = self.rng.choice("ab"), f"g{group}/deep/copy{number}"
                place = self.stores[store] / path
                action = Action(self.rng.choice(ACTIONS))
                other = action is Action.QUARANTINE and self.rng.random() < 0.3
                if last is not None and not other and self.rng.random() < 0.4:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    os.link(last, place)
                else:
                    place = self._put(store, path, data + b"else" if other else data)
                    last = None if other else place
                made = place.read_bytes()
                self.steps.append(
                    Step(
                        number=len(self.steps) + 1, action=action, copy=(store, path),
                        keeper=("a", f"g{group}/keep"), sha256=sha(made), keeper_sha256=sha(data),
                        bytes=len(made), freed=len(made), relation="identical-bytes", group="",
                        decision=0, authority="DA",
                        only_in_copy={"iptc.Caption": "x"} if other else {},
                    )
                )  # fmt: skip

    def _write_plan(self) -> None:
        head = PlanHead(
            "kim", Action.QUARANTINE, {n: str(p) for n, p in self.stores.items()}, 2,
            "2026-01-01", None, "", "0", "USD", Head(0, GENESIS), "0",
        )  # fmt: skip
        planfile.write(self.plan, head, self.steps, dict)

    def _disturb(self) -> str:
        """Do what happens between a plan and its day."""
        chance = self.rng.random()
        step = self.rng.choice(self.steps)
        copy = self.stores[step.copy[0]] / step.copy[1]
        keeper = self.stores["a"] / step.keeper[1]
        if chance < 0.15:
            copy.write_bytes(b"edited since " + str(self.rng.random()).encode())
        elif chance < 0.25:
            keeper.unlink()
        elif chance < 0.35:
            keeper.write_bytes(b"edited since, too " + str(self.rng.random()).encode())
        elif chance < 0.45:
            copy.parent.chmod(0o555)
        else:
            return ""
        return "disturbed"

    def state(self) -> dict[str, tuple]:
        found, first = {}, {}
        for store, top in self.stores.items():
            for path in sorted(top.rglob("*")):
                info = path.lstat()
                name = f"{store}/{path.relative_to(top)}"
                if stat.S_ISLNK(info.st_mode):
                    found[name] = ("link", str(path.readlink()))
                elif stat.S_ISREG(info.st_mode):
                    one = first.setdefault(info.st_ino, name)
                    found[name] = (sha(path.read_bytes()), stat.S_IMODE(info.st_mode),
                                   info.st_mtime_ns, one)  # fmt: skip
        return found

    def held(self) -> set[str]:
        """Return the contents that stand anywhere in the stores."""
        return {
            sha(path.read_bytes())
            for top in self.stores.values()
            for path in top.rglob("*")
            if path.is_file() and path.name != "manifest.jsonl"
        }

    def apply(self) -> None:
        applying.apply(self.plan, applying.check(self.plan), ["lee"], lambda step: "", batch=3)

    def undo(self) -> None:
        result = undo.undo(journal.place_of(self.plan), batch=3)
        assert not result.failed, result.failed


def arm(rng: random.Random, calls: int, no_room: bool) -> None:
    """Have this process end at one of its coming system calls, or find the disk full at one."""
    at = rng.randrange(1, calls)
    how = rng.choice(["before", "after", "halfway"])
    count = 0

    def wrapped(name, call):
        def calling(*args, **kwargs):
            nonlocal count
            count += 1
            if count != at:
                return call(*args, **kwargs)
            if no_room:
                if name in NO_ROOM:
                    if name == "write" and len(args[1]) > 1:
                        call(args[0], bytes(args[1])[: len(args[1]) // 2])
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return call(*args, **kwargs)
            if how == "halfway" and name == "write":
                call(args[0], bytes(args[1])[: len(args[1]) // 2])
            elif how == "after":
                call(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)
            return None

        return calling

    for name in CALLS:
        setattr(os, name, wrapped(name, getattr(os, name)))
    os.supports_dir_fd.add(os.open)


def stand_in_for_reflinks() -> None:
    """Copy where the file system cannot share storage: to the program a reflink looks the same."""
    real = fcntl.ioctl

    def cloning(made, request, source):
        try:
            return real(made, request, source)
        except OSError:
            if request != actions._FICLONE:
                raise
            os.write(made, os.pread(source, os.fstat(source).st_size, 0))
            return 0

    fcntl.ioctl = cloning


def run(work, rng: random.Random, armed: str) -> str:
    """Fork a process that does some work; return ``done``, ``killed``, ``stopped`` or a fault."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        said = b"done"
        try:
            if armed in {"call", "no room"}:
                arm(rng, rng.choice([8, 30, 120]), armed == "no room")
            work()
        except PlanError as error:
            said = f"stopped {error}".encode()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the round has failed
            said = f"fault {type(error).__name__}: {error}".encode()
        with open(writing, "wb", buffering=0) as pipe:
            pipe.write(said)
        os._exit(0)
    os.close(writing)
    if armed == "time":
        time.sleep(rng.uniform(0, 0.02))
        os.kill(pid, signal.SIGKILL)
    with open(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    return "killed" if os.WIFSIGNALED(status) else said


def play(folder: Path, seed: int) -> tuple[int, str]:
    """Play one round to its end; return how many kills it took, and what went wrong."""
    rng = random.Random(seed)
    made = Round(folder, rng)
    kills = 0
    for what, work in (("apply", made.apply), ("undo", made.undo)):
        for attempt in range(40):
            armed = "" if attempt == 39 else rng.choice(["call", "call", "call", "time", "no room"])
            if attempt > 6:
                armed = ""
            ended = run(work, random.Random(rng.random()), armed)
            kills += ended == "killed"
            lost = made.contents - made.held()
            if lost:
                return kills, f"{what}: {len(lost)} contents lost after {armed}: {ended}"
            if ended == "done":
                break
            if ended.startswith("fault"):
                # A full disk while it puts back is told as not put back, and tried again.
                if armed == "no room":
                    continue
                return kills, f"{what}: {ended}"
            if ended.startswith("stopped") and armed != "no room":
                return kills, f"{what}: {ended}"
        else:
            return kills, f"{what} came to no end"
    after = made.state()
    if after != made.before:
        wrong = {n for n in {*after, *made.before} if after.get(n) != made.before.get(n)}
        name = min(wrong)
        return kills, f"not as before: {name}: {made.before.get(name)} -> {after.get(name)}"
    return kills, ""


def main() -> None:
    folder, seed, wanted = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    stand_in_for_reflinks()
    kills = rounds = 0
    faults = []
    while kills < wanted and len(faults) < 5:
        place = folder / f"round{rounds}"
        more, fault = play(place, seed + rounds)
        kills += more
        if fault:
            faults.append(f"seed {seed + rounds}: {fault}")
        else:
            for path in place.rglob("*"):
                if path.is_dir() and not path.is_symlink():
                    path.chmod(0o755)
            shutil.rmtree(place)
        rounds += 1
    print(json.dumps({"rounds": rounds, "kills": kills, "faults": faults}))


if __name__ == "__main__":
    main()
