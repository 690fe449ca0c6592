"""Fill a folder with many small, valid and distinct pictures.

    python benchmarks/tiny.py DIR [--files N] [--seed S]

Each is a PPM file of 8 x 8 random pixels: quick to write and to read, and no two alike.
"""

import argparse
import random
from pathlib import Path

FILES = 100_000
FILES_A_FOLDER = 1_000
SIDE = 8


def fill(folder: Path, files: int, seed: int) -> None:
    rng = random.Random(seed)
    header = f"P6\n{SIDE} {SIDE}\n255\n".encode()
    for number in range(files):
        place = folder / f"{number // FILES_A_FOLDER:04}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:07}.ppm").write_bytes(header + rng.randbytes(SIDE * SIDE * 3))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    fill(options.folder, options.files, options.seed)


if __name__ == "__main__":
    main()
