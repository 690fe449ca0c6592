"""What buckets cost: listing a million objects, audits of pictures and one by bytes, over loopback.

    python -m benchmarks.buckets list [OBJECTS]
    python -m benchmarks.buckets audit FOLDER [ROUNDS [LEVEL]]
    python -m benchmarks.buckets exact [OBJECTS]

The server is benchmarks/s3_server.py in a process of its own, on the same processors.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.s3_server import KEYS, bucket
from benchmarks.timing import PROJECT, monoprint, run

LISTING = """
import resource, sys, time
from monoprint.sources.opening import open_source
source = open_source(sys.argv[1], follow_symlinks=False, max_bytes=1)
started = time.perf_counter()
count = 0
last = ""
for entry in source.listing():
    assert last < entry.path
    last = entry.path
    count += 1
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
cpu = resource.getrusage(resource.RUSAGE_SELF)
print(count, round(time.perf_counter() - started, 2), peak, round(cpu.ru_utime + cpu.ru_stime, 1))
"""


class Server:
    """The server in a process of its own.

    `counts` are its requests, bytes and seconds of a processor since it started.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout is not None
        self.location = bucket(process.stdout.readline().strip())

    def counts(self) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("counts\n")
        self._process.stdin.flush()
        told: dict[str, float] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def server(what: str | Path, *words: str) -> Iterator[Server]:
    """Serve a folder, or so many made-up objects; `words` as benchmarks/s3_server.py takes them."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.s3_server", str(what), *words],
        cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Server(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def listing(objects: int) -> None:
    """List so many objects, sorted, and say how long it took and what it held."""
    with server(str(objects)) as serving:
        done = run([sys.executable, "-c", LISTING, serving.location], KEYS)
        count, seconds, peak, cpu = done.output.split()
        print(f"{count} entries listed in {seconds} s ({cpu} s CPU), {peak} MB resident")
        print(serving.counts())


def audit(folder: Path, rounds: int, level: str) -> None:
    """Audit the same pictures at a level from a folder and from two buckets, in turns.

    One bucket keeps a CRC32 of each object, as uploads by boto3 leave it; of the other's there is
    only the ETag.
    """
    with (
        server(folder, "crc32") as keeping, server(folder) as plain,
        tempfile.TemporaryDirectory() as scratch,
    ):  # fmt: skip
        stores = {"folder": str(folder), "CRC32": keeping.location, "ETag": plain.location}
        times: dict[str, list[float]] = {name: [] for name in stores}
        work: dict[str, list[float]] = {name: [] for name in stores}
        for turn in range(rounds + 1):
            for name, store in stores.items():
                out = Path(scratch, f"{name}-{turn}")
                done = monoprint(
                    "audit", store, "--level", level, "--out", out, "--catalog", f"{out}.sqlite",
                )  # fmt: skip
                if turn:  # the first compiles and fills the page cache
                    times[name].append(done.wall)
                    work[name].append(done.cpu)
        print(json.dumps({"seconds": times, "CPU": work}))
        print("servers:", keeping.counts(), plain.counts())
    for name in ("CRC32", "ETag"):
        pairs = zip(times["folder"], times[name], strict=True)
        ratios = sorted(folder / bucket for folder, bucket in pairs)
        print(
            f"bucket with {name}, against the folder of the same turn: "
            f"{', '.join(f'{ratio:.2f}' for ratio in ratios)}; "
            f"median {statistics.median(ratios):.2f} x the throughput"
        )
    for pick in (min, statistics.median):
        wall = {name: pick(each) for name, each in times.items()}
        cpu = {name: pick(each) for name, each in work.items()}
        for name in ("CRC32", "ETag"):
            print(
                f"{pick.__name__}: folder {wall['folder']:.2f} s ({cpu['folder']:.1f} s CPU), "
                f"bucket with {name} {wall[name]:.2f} s ({cpu[name]:.1f}): "
                f"{wall['folder'] / wall[name]:.2f} x the throughput"
            )


def exact(objects: int) -> None:
    """Audit so many objects by bytes; every hundredth is a copy of the one before."""
    with server(str(objects)) as serving, tempfile.TemporaryDirectory() as scratch:
        words = ["audit", serving.location, "--level", "exact", "--catalog", f"{scratch}/c.sqlite"]
        done = monoprint(*words, "--estimate", "--json")
        print("estimate", round(done.wall, 1), "s", json.loads(done.output)["stores"][0])
        for what in ("cold", "again"):
            before = serving.counts()
            started = time.perf_counter()
            done = monoprint(*words, "--out", f"{scratch}/report")
            after = serving.counts()
            asked = {name: after[name] - before.get(name, 0) for name in after}
            print(what, round(time.perf_counter() - started, 1), "s", asked, f"{done.peak_mb} MB")
            print("\n".join(done.output.splitlines()[:10]))


def main() -> None:
    """Run what the arguments name."""
    os.environ.update(KEYS)
    what, *words = sys.argv[1:]
    if what == "list":
        listing(int(words[0]) if words else 1_000_000)
    elif what == "audit":
        rounds = int(words[1]) if len(words) > 1 else 3
        audit(Path(words[0]), rounds, words[2] if len(words) > 2 else "visual")
    else:
        exact(int(words[0]) if words else 100_000)


if __name__ == "__main__":
    main()
