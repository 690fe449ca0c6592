"""Time the proposing of pairs by local features, on real features multiplied.

    python benchmarks/propose.py PICTURES [N ...] [--seed S] [--threads T] [--json FILE]

Features are taken from up to 600 pictures below the folder PICTURES, and multiplied to N images:
each takes the descriptors of one picture with some bits flipped (16 on average; one descriptor in
thirty stays as it is, to stand for those that are common) and puts them in other places, so that no
two show the same. One image in ten is instead a copy of another: a crop that keeps all, 50, 30 or
15 % of it, turned by up to 10 degrees and perhaps mirrored, of whose keypoints half are lost and
the others' descriptors are off by 8 bits on average. Told are the copies found, the pairs that are
none, times by stage and the peak of memory. Every N runs in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from monoprint.errors import Unread
from monoprint.fingerprints import local as recipe
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.normalize import recipe_frames
from monoprint.matching import local

PICTURES = 600
SIZE = 512
OCTAVES = 8
STEP = 1.2
KEPT = (1.0, 0.5, 0.3, 0.15)
COMMON = 1 / 30
LOST = 0.5
MIRRORED = 0.2
STAGES = ("common descriptors", "upright join", "mirrored join", "growth")


def real_features(folder: Path, seed: int) -> np.ndarray:
    """Keypoints of the folder's pictures, one row of `KEYPOINT` each."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    order = np.random.default_rng(seed).permutation(len(files))
    rows: list[np.ndarray] = []
    for number in order:
        try:
            with guarded():
                opened = open_picture(files[number].read_bytes(), files[number].name)
                _, pixels = next(recipe_frames(opened))
        except (Unread, OSError):
            continue
        code = recipe.fingerprint(0, pixels)
        made = np.frombuffer(code.keypoints, recipe.KEYPOINT)
        if len(made) == recipe.KEYPOINTS:
            rows.append(made)
        if len(rows) == PICTURES:
            break
    return np.stack(rows)


def flips(rng: np.random.Generator, count: int, halvings: int) -> np.ndarray:
    """Masks of 256 bits, of which one in 2 ** `halvings` is set on average."""
    masks = rng.integers(0, 2**64, (count, 4), dtype=np.uint64)
    for _ in range(halvings - 1):
        masks &= rng.integers(0, 2**64, (count, 4), dtype=np.uint64)
    return masks


def fresh(rng: np.random.Generator, real: np.ndarray) -> np.ndarray:
    """An image of its own: one picture's descriptors, elsewhere."""
    made = real[rng.integers(len(real))].copy()
    for name in ("x", "y", "octave", "angle"):
        made[name] = real[rng.integers(len(real))][name][rng.permutation(len(made))]
    noise = flips(rng, len(made), 4)
    noise[rng.random(len(made)) < COMMON] = 0
    made["code"] ^= noise
    return made


def copy(rng: np.random.Generator, original: np.ndarray, other: np.ndarray, kept: float) -> tuple:
    """A crop of an image, filled up with keypoints of another; and whether it is mirrored."""
    side = SIZE * np.sqrt(kept)
    corner = rng.uniform(0, SIZE - side, 2)
    zoom = SIZE / side
    turn = np.deg2rad(rng.uniform(-10, 10))
    place = np.stack([original["x"], original["y"]], axis=1) / 64 - corner - side / 2
    matrix = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    place = place @ matrix.T + SIZE / 2 + rng.normal(0, 0.7, place.shape)
    octave = original["octave"] + round(np.log(zoom) / np.log(STEP))
    seen = (place >= 16).all(axis=1) & (place < SIZE - 16).all(axis=1) & (octave < OCTAVES)
    seen &= rng.random(len(seen)) >= LOST
    made = original[seen].copy()
    made["octave"] = octave[seen]
    angle = made["angle"] / 256 * 2 * np.pi + turn + rng.normal(0, 0.05, len(made))
    made["code"] ^= flips(rng, len(made), 5)
    x, y = place[seen].T
    mirrored = bool(rng.random() < MIRRORED)
    if mirrored:
        x, angle = SIZE - 1 - x, np.pi - angle
        made["code"] = made["code"][:, [2, 3, 0, 1]]
    made["x"], made["y"] = np.rint(x * 64), np.rint(y * 64)
    made["angle"] = np.rint(angle / (2 * np.pi) * 256).astype(np.int64) % 256
    return np.concatenate([made, other[: len(original) - len(made)]]), mirrored


def images(real: np.ndarray, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All images' keypoints, the pairs of copies, and for each how much it keeps."""
    rng = np.random.default_rng(seed)
    rows = np.empty((n, recipe.KEYPOINTS), recipe.KEYPOINT)
    pairs, kept = [], []
    own = n - n // 10
    for number in range(n):
        made = fresh(rng, real)
        if number >= own:
            source = int(rng.integers(own))
            share = KEPT[number % len(KEPT)]
            made, _ = copy(rng, rows[source], made, share)
            pairs.append((source, number))
            kept.append(share)
        rows[number] = made[np.argsort(made["y"], kind="stable")]
    return rows, np.array(pairs, np.uint32), np.array(kept)


def measure(features: str, n: int, seed: int, threads: int | None) -> dict[str, Any]:
    rows, planted, kept = images(np.load(features), n, seed)
    held = local.features_of(
        rows.ravel(), (np.arange(n + 1) * recipe.KEYPOINTS).astype(np.uint32),
        np.full((n, 2), SIZE, np.uint16),
    )  # fmt: skip
    del rows
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ticks: list[tuple[float, float]] = [(0.0, time.perf_counter())]

    def progress(share: float) -> None:
        ticks.append((ticks[-1][0] + share, time.perf_counter()))

    cpu = time.process_time()
    found = local.propose(held, np.ones(n, np.bool_), progress, threads=threads)
    cpu = time.process_time() - cpu
    shares, times = np.array(ticks).T
    ends = [0.0, *np.cumsum([local.STOPPING, local.JOINING, local.JOINING]), 1.0]
    at = [times[min(np.searchsorted(shares, end - 1e-6), len(times) - 1)] for end in ends]
    keys = found.pairs[:, 0].astype(np.uint64) << np.uint64(32) | found.pairs[:, 1]
    wanted = planted[:, 0].astype(np.uint64) << np.uint64(32) | planted[:, 1]
    hit = np.isin(wanted, keys)
    return {
        "images": n,
        "seconds": times[-1] - times[0],
        "cpu_seconds": cpu,
        "stages": dict(zip(STAGES, np.diff(at).tolist(), strict=True)),
        "recall": {f"{share:.0%}": float(hit[kept == share].mean()) for share in KEPT},
        "candidates": len(found),
        "false_per_image": (len(found) - int(hit.sum())) / n,
        "features_gib": made,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("n", type=int, nargs="*", default=[25_000, 100_000])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--features", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.features:
        print(json.dumps(measure(options.features, *options.n, options.seed, options.threads)))
        return
    cv2.setNumThreads(1)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        features = str(Path(folder, "features.npy"))
        np.save(features, real_features(options.pictures, options.seed))
        print(f"seed {options.seed}")
        for n in options.n:
            words = [
                sys.executable,
                __file__,
                str(options.pictures),
                str(n),
                "--features",
                features,
            ]
            words += ["--seed", str(options.seed)]
            words += ["--threads", str(options.threads)] if options.threads else []
            done = subprocess.run(words, check=True, stdout=subprocess.PIPE)
            results.append(json.loads(done.stdout))
            print(json.dumps(results[-1], indent=1), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
