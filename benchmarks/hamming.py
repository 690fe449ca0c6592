"""Time the Hamming join on random codes with planted pairs, and on a crowd.

    python benchmarks/hamming.py [N ...] [--radius R] [--repeats K] [--threads T] [--seed S]
                                 [--json FILE] [--peers-python PATH]

Every N runs in a process of its own, so that its peak memory is its own; kernels are compiled
before the clock starts, and the best of the repeats is given. Random codes are the easy case, so
the crowd follows: 100,000 noisy copies of one code among as many random ones, first thinned to
its leaders, then joined; twice the codes should take about twice the time.

With `--peers-python`, an interpreter that can import faiss, the same codes are put into its
IndexBinaryMultiHash (16 tables of 16 bits, one flip: exact to distance 31), and some are looked
up. Its time for all pairs is EXTRAPOLATED from that sample, and is printed as such.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CROWD = 100_000
PEER_QUERIES = 2_000

PEER = """
import json, sys, time
import faiss, numpy as np
codes = np.load(sys.argv[1], mmap_mode="r").view(np.uint8)
queries, threads = codes[: int(sys.argv[2])], int(sys.argv[3])
faiss.omp_set_num_threads(threads)
index = faiss.IndexBinaryMultiHash(256, 16, 16)
index.nflip = 1
start = time.perf_counter()
index.add(np.ascontiguousarray(codes))
build = time.perf_counter() - start
start = time.perf_counter()
index.range_search(np.ascontiguousarray(queries), 32)  # faiss: strictly below
search = time.perf_counter() - start
print(json.dumps({"build": build, "search": search, "version": faiss.__version__}))
"""


def flips(rng: np.random.Generator, counts: np.ndarray) -> np.ndarray:
    """One mask for each count, with that many of its 256 bits set."""
    masks = np.empty((len(counts), 4), np.uint64)
    for begin in range(0, len(counts), 10_000):
        some = counts[begin : begin + 10_000]
        bits = rng.random((len(some), 256)).argsort(axis=1).argsort(axis=1) < some[:, None]
        masks[begin : begin + 10_000] = np.packbits(bits, axis=1).view(np.uint64)
    return masks


def random_codes(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.integers(0, 2**64, (n, 4), dtype=np.uint64)


def with_planted(rng: np.random.Generator, n: int, radius: int) -> tuple[np.ndarray, int]:
    """Random codes, the last few of them 0 to `radius` bits from the first few."""
    codes = random_codes(rng, n)
    planted = min(10_000, n // 4)
    codes[n - planted :] = codes[:planted] ^ flips(rng, np.arange(planted) % (radius + 1))
    return codes, planted


def best_of(repeats: int, call: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest time a call takes, and its answer."""
    best, answer = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - start)
    return best, answer


def peak_mb() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == "darwin" else 10)


def measure_random(n: int, options: argparse.Namespace) -> dict[str, Any]:
    from monoprint.kernels import hamming

    codes, planted = with_planted(np.random.default_rng(options.seed), n, options.radius)
    hamming.self_join(codes[:1000], options.radius)
    seconds, (pairs, distances) = best_of(
        options.repeats,
        lambda: hamming.self_join(codes, options.radius, threads=options.threads),
    )
    found = np.isin(
        np.arange(planted, dtype=np.int64) * n + np.arange(n - planted, n),
        pairs[:, 0].astype(np.int64) * n + pairs[:, 1],
    )
    assert (distances <= options.radius).all()
    return {
        "n": n, "seconds": seconds, "pairs": len(pairs), "planted": planted,
        "planted_found": int(found.sum()), "peak_mb": peak_mb(),
    }  # fmt: skip


def measure_crowd(n: int, most: int, options: argparse.Namespace) -> dict[str, Any]:
    from monoprint.kernels import hamming

    rng = np.random.default_rng(options.seed)
    copies = random_codes(rng, 1) ^ flips(rng, rng.integers(0, most + 1, n))
    codes = rng.permutation(np.concatenate([copies, random_codes(rng, n)]))
    hamming.crowds(codes[:3000], size=10)
    hamming.self_join(codes[:1000])

    def thin_and_join() -> tuple[int, int, float]:
        start = time.perf_counter()
        leader = hamming.crowds(codes, options.radius, threads=options.threads)
        thinned = time.perf_counter() - start
        left = codes[leader == np.arange(len(codes))]
        pairs, _ = hamming.self_join(left, options.radius, threads=options.threads)
        return len(left), len(pairs), thinned

    seconds, (left, pairs, thinned) = best_of(options.repeats, thin_and_join)
    return {
        "n": 2 * n, "copies": n, "flips": most, "seconds": seconds, "crowds_seconds": thinned,
        "left": left, "pairs_left": pairs, "peak_mb": peak_mb(),
    }  # fmt: skip


def measure_peer(n: int, ours: float, options: argparse.Namespace) -> dict[str, Any]:
    """What faiss takes to build, and would take to look up every code, at the same thread count."""
    codes, _ = with_planted(np.random.default_rng(options.seed), n, options.radius)
    queries = min(PEER_QUERIES, n)
    threads = options.threads or len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "codes.npy"
        np.save(file, codes)
        run = subprocess.run(
            [options.peers_python, "-c", PEER, str(file), str(queries), str(threads)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    peer = json.loads(run.stdout)
    every = peer["build"] + peer["search"] * n / queries
    return {
        "n": n, "queries": queries, "threads": threads, "faiss": peer["version"],
        "build_seconds": peer["build"], "extrapolated_seconds": every, "ratio": every / ours,
    }  # fmt: skip


def in_own_process(name: str, arguments: list[int], options: argparse.Namespace) -> dict[str, Any]:
    given = [str(a) for a in arguments]
    for option in ("radius", "repeats", "threads", "seed"):
        if getattr(options, option) is not None:
            given += [f"--{option}", str(getattr(options, option))]
    run = subprocess.run(
        [sys.executable, __file__, *given, "--measure", name],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(run.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("n", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--radius", type=int, default=31)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peers-python")
    parser.add_argument("--measure", choices=["random", "crowd"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure = measure_random if options.measure == "random" else measure_crowd
        print(json.dumps(measure(*options.n, options)))
        return

    print(f"seed {options.seed}, radius {options.radius}, best of {options.repeats}, "
          f"threads {options.threads or 'all'}, {platform.platform()}")  # fmt: skip
    print(f"{'N':>11} {'seconds':>8} {'pairs':>8} {'planted':>8} {'found':>8} {'peak MB':>8}")
    random = []
    for n in options.n:
        row = in_own_process("random", [n], options)
        random.append(row)
        print(f"{n:11,} {row['seconds']:8.3f} {row['pairs']:8,} {row['planted']:8,} "
              f"{row['planted_found']:8,} {row['peak_mb']:8,}", flush=True)  # fmt: skip

    print("\nnoisy copies of one code among as many random ones: crowds, then join of what is left")
    print(f"{'N':>11} {'flips':>6} {'seconds':>8} {'crowds':>8} {'left':>8} {'pairs':>10}")
    crowd = []
    for most in (6, 15):
        for copies in (CROWD, 2 * CROWD, 4 * CROWD):
            row = in_own_process("crowd", [copies, most], options)
            crowd.append(row)
            print(f"{row['n']:11,} {'0-' + str(most):>6} {row['seconds']:8.3f} "
                  f"{row['crowds_seconds']:8.3f} {row['left']:8,} {row['pairs_left']:10,}",
                  flush=True)  # fmt: skip

    peers = []
    if options.peers_python:
        print(f"\nfaiss IndexBinaryMultiHash, {PEER_QUERIES:,} of N looked up; "
              "all pairs EXTRAPOLATED from these, build included")  # fmt: skip
        print(f"{'N':>11} {'build s':>8} {'all s (extrapolated)':>21} {'ratio to ours':>14}")
        for row in random:
            peer = measure_peer(row["n"], row["seconds"], options)
            peers.append(peer)
            print(f"{peer['n']:11,} {peer['build_seconds']:8.2f} "
                  f"{peer['extrapolated_seconds']:21.1f} {peer['ratio']:14.1f}",
                  flush=True)  # fmt: skip

    if options.json:
        report = {
            "seed": options.seed, "radius": options.radius, "repeats": options.repeats,
            "random": random, "crowd": crowd, "peers": peers,
        }  # fmt: skip
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
