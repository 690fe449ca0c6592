"""What the early scans of progressive JPEG files save, and how many bits of the code they move.

    python benchmarks/early_scans.py DIR [--repeats K]

Both ways decode the luminance scaled down and make the PDQ code; one from the whole file, one
from as much of it as `monoprint.imaging.jpeg.first_scans` keeps. Milliseconds are of the decode
alone, for each file the best of the repeats, which alternate.
"""

import argparse
import io
import json
import statistics
import time
from pathlib import Path

import numpy as np
from floor import SIDE, jpeg_files
from PIL import Image

from monoprint.imaging.jpeg import first_scans
from monoprint.kernels import pdq


def decode(data: bytes) -> tuple[np.ndarray, float]:
    """Return the picture at the size that codes are made from, and the seconds of its decode."""
    start = time.perf_counter()
    with Image.open(io.BytesIO(data)) as image:
        image.draft("L", (SIDE, SIDE))
        image.load()
        seconds = time.perf_counter() - start
        image.thumbnail((SIDE, SIDE))
        return np.asarray(image.convert("L")), seconds


def bits_apart(left: np.ndarray, right: np.ndarray) -> int:
    codes = (pdq.codes(pixels)[0][0] for pixels in (left, right))
    return int(np.bitwise_count(np.bitwise_xor(*codes)).sum())


def measure(paths: list[Path], repeats: int) -> dict[str, object]:
    bits, early_ms, whole_ms, kept = [], [], [], []
    for path in paths:
        whole = path.read_bytes()
        early = first_scans(whole)
        if len(early) == len(whole):
            continue
        times: dict[bytes, list[float]] = {whole: [], early: []}
        for _ in range(repeats):
            for data, seconds in times.items():
                seconds.append(decode(data)[1])
        whole_ms.append(1000 * min(times[whole]))
        early_ms.append(1000 * min(times[early]))
        bits.append(bits_apart(decode(early)[0], decode(whole)[0]))
        kept.append(len(early) / len(whole))
    if not bits:
        return {"files": 0}
    return {
        "files": len(bits), "bits_mean": statistics.mean(bits), "bits_max": max(bits),
        "early_ms": statistics.median(early_ms), "whole_ms": statistics.median(whole_ms),
        "bytes_kept": statistics.median(kept),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(measure(jpeg_files(options.folder), options.repeats)))


if __name__ == "__main__":
    main()
