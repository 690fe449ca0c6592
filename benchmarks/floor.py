"""The least that any visual audit has to do: read, hash and decode every JPEG, and nothing else.

    python benchmarks/floor.py DIR [--grey] [--processes N]

Each process takes files from one common list, a few at a time, so that none idles while another
has a queue. Pillow's libjpeg-turbo decodes scaled down as far as 512 pixels allow; with `--grey`
the luminance alone, which is less work and so a stricter floor.
"""

import argparse
import hashlib
import io
import json
import multiprocessing
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PIL import Image

SIDE = 512
ENDINGS = {".jpg", ".jpeg"}
FILES_AT_A_TIME = 4


def jpeg_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)


def read_hash_decode(path: Path, mode: str) -> int:
    data = path.read_bytes()
    hashlib.sha256(data).digest()
    with Image.open(io.BytesIO(data)) as image:
        image.draft(mode, (SIDE, SIDE))
        image.load()
    return len(data)


def run(paths: Iterable[Path], mode: str, processes: int) -> tuple[int, int]:
    """Return the number of files and of bytes that went through."""
    files = size = 0
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        work = partial(read_hash_decode, mode=mode)
        for done in pool.imap_unordered(work, paths, chunksize=FILES_AT_A_TIME):
            files += 1
            size += done
    return files, size


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--grey", action="store_true")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    mode = "L" if options.grey else "RGB"
    files, size = run(jpeg_files(options.folder), mode, options.processes)
    print(json.dumps({"files": files, "bytes": size, "mode": mode, "processes": options.processes}))


if __name__ == "__main__":
    main()
