"""Running programs and timing them from outside: wall and processor time, peak memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PROGRAM = ("-c", "from monoprint.cli.main import main; main()")


class Failed(Exception):
    """A program ended with an error; the message is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: `peak_mb` is of the largest single process, `cpu` of all of them together."""

    wall: float
    cpu: float
    peak_mb: int
    output: str


def run(command: Sequence[str | Path], extra: Mapping[str, str] | None = None) -> Run:
    """Run a program with this tree's package first on its path. Raises Failed."""
    path = os.pathsep.join(filter(None, [str(PROJECT / "src"), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path, **(extra or {})}
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], stdout=said, stderr=complaints, env=environment
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        complaints.seek(0)
        output = said.read().decode("utf-8", "replace")
        if process.returncode:
            words = (output + complaints.read().decode("utf-8", "replace")).strip()
            raise Failed(f"exit code {process.returncode}: {words[-400:]}")
    peak = used.ru_maxrss >> (20 if sys.platform == "darwin" else 10)
    return Run(wall, used.ru_utime + used.ru_stime, peak, output)


def python(script: str, *arguments: str | Path) -> Run:
    """Run one of the scripts beside this one."""
    return run([sys.executable, Path(__file__).parent / script, *arguments])


def monoprint(*arguments: str | Path) -> Run:
    """Run the program, started as its installed script starts it."""
    return run([sys.executable, *PROGRAM, *arguments])


def spread(seconds: Sequence[float]) -> dict[str, Any]:
    """Return the best and the median of some times, and the times."""
    return {
        "best": min(seconds), "median": statistics.median(seconds), "runs": list(seconds),
    }  # fmt: skip


def alternate(
    contenders: Mapping[str, Callable[[], dict[str, Any]]], repeats: int
) -> dict[str, dict[str, Any]]:
    """Run contenders in turns, so that all meet the machine in the same moods.

    The first round is not measured: it brings files and programs into the page cache and compiles
    kernels. Each contender returns its `wall` and whatever else it found; what its last run found
    is kept beside the spread of its times. One that fails is left out of further rounds.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    found: dict[str, dict[str, Any]] = {}
    for turn in range(repeats + 1):
        for name, contender in contenders.items():
            if "failed" in found.get(name, {}):
                continue
            try:
                found[name] = contender()
            except Failed as error:
                found[name] = {"failed": str(error)}
                say(f"  {name}: failed, {error}")
                continue
            wall = found[name].pop("wall")
            say(f"  {name}: {wall:.2f} s" + ("" if turn else " (not measured)"))
            if turn:
                times[name].append(wall)
    return {
        name: facts if "failed" in facts else facts | spread(times[name])
        for name, facts in found.items()
    }


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
