"""Audit a catalog of files that do not exist: what matching and reporting cost by themselves.

    python benchmarks/simulate.py fill CATALOG [--files N] [--seed S]
    python benchmarks/simulate.py audit CATALOG OUT

`fill` enters three stores with random codes, dates, sizes and paths as a city's departments have
them: one file in ten is an exact copy of another, one in ten a similar picture (a few bits away,
other size, other bytes). All are JPEG files with a sketch, so no pixels need to be compared.

`audit` finds the groups and writes the report. No picture can be opened, so the thumbnails that
the report needs are put there, empty, before the clock of the report starts: it then finds them
drawn, as after an earlier audit of the same files. Times and peak memory are printed as JSON.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from hamming import flips

from monoprint.catalog.store import Catalog, open_catalog
from monoprint.model.asset import Listed, Status, Store
from monoprint.model.finding import Audit, Definition, Level
from monoprint.model.fingerprint import PdqCode
from monoprint.model.reading import Reading
from monoprint.pipeline.audit import find, write_report
from monoprint.pipeline.progress import Silent
from monoprint.pipeline.workers import Workers

Answer = TypeVar("Answer")

FILES = 1_000_000
STORES = ("housing", "landreg", "archive")
BATCH = 10_000
CODE_BYTES = 32
TURNED_BYTES = 7 * CODE_BYTES
SKETCH_BYTES = 17
SIZES = np.array([(1600, 1200), (2048, 1536), (3264, 2448), (4032, 3024), (2480, 3508)])


class Simulated:
    """Files as columns: `copy_of` is the file whose bytes it has, `like` the one it resembles."""

    def __init__(self, files: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        number = np.arange(files)
        kind = rng.permutation(number) % 10  # 0: exact copy, 1: similar, else a picture of its own
        own = number[kind > 1]
        source = rng.choice(own, files)
        self.copy_of = np.where(kind == 0, source, number)
        similar = number[kind == 1]
        self.store = rng.integers(0, len(STORES), files)
        self.modified = rng.integers(10**18, 17 * 10**17, files)
        self.bytes = np.exp(rng.normal(14.2, 0.7, files)).astype(np.int64)
        self.size = SIZES[rng.integers(0, len(SIZES), files)]
        self.size[similar] = self.size[source[similar]] // 2
        self.sha256 = rng.integers(0, 256, (files, 32), np.uint8)
        self.sketch = rng.integers(0, 256, (files, SKETCH_BYTES), np.uint8)
        self.quality = rng.integers(50, 101, files)
        self.code = rng.integers(0, 256, (files, CODE_BYTES), np.uint8)
        moved = flips(rng, rng.integers(1, 32, len(similar))).view(np.uint8)
        self.code[similar] = self.code[source[similar]] ^ moved
        self.turned = rng.integers(0, 256, (files, TURNED_BYTES), np.uint8)

    def listed(self, number: int) -> Listed:
        year, parcel = 2005 + number % 20, number // 20 % 4_000
        return Listed(
            path=f"{year}/parcel-{parcel:05}/IMG_{number:07}.jpg",
            bytes=int(self.bytes[self.copy_of[number]]),
            modified_ns=int(self.modified[number]),
            inode=number + 1,
            device=1,
        )

    def reading(self, number: int) -> Reading:
        like = int(self.copy_of[number])
        code = PdqCode(0, self.code[like].tobytes(), self.turned[like].tobytes(),
                       int(self.quality[like]))  # fmt: skip
        width, height = self.size[like].tolist()
        return Reading(
            Status.OK, format="JPEG", bytes=int(self.bytes[like]),
            modified_ns=int(self.modified[number]), width=width, height=height, frames=1,
            sha256=self.sha256[like].tobytes(), sketch=b"b" + self.sketch[like].tobytes()[1:],
            codes=(code,),
        )  # fmt: skip


def batches(numbers: np.ndarray) -> Iterator[list[int]]:
    for begin in range(0, len(numbers), BATCH):
        yield numbers[begin : begin + BATCH].tolist()


def fill(where: Path, files: int, seed: int) -> None:
    catalog = open_catalog(where)
    simulated = Simulated(files, seed)
    for place, name in enumerate(STORES):
        store_id = catalog.add_store(Store(name, f"/nowhere/{name}"))
        numbers = np.flatnonzero(simulated.store == place)
        for batch in batches(numbers):
            catalog.list_entries(store_id, [simulated.listed(n) for n in batch], [], [])
        ids = [pending.id for pending in catalog.pending([store_id])]
        for batch, batch_ids in zip(batches(numbers), batches(np.array(ids)), strict=True):
            readings = (simulated.reading(n) for n in batch)
            catalog.record(list(zip(batch_ids, readings, strict=True)))
    catalog.close()


def peak_mb() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == "darwin" else 10)


def timed(call: Callable[[], Answer]) -> tuple[float, Answer]:
    start = time.perf_counter()
    answer = call()
    return time.perf_counter() - start, answer


def put_empty_thumbnails(audit: Audit, out: Path) -> None:
    shelf = out / "thumbnails"
    shelf.mkdir(parents=True)
    for group in audit.groups:
        for member in group.members:
            (shelf / f"{member.sha256}.jpg").touch()


def audit_catalog(where: Path, out: Path) -> dict[str, object]:
    catalog: Catalog = open_catalog(where)
    stores = sorted(catalog.stores().values(), key=lambda entry: entry[0])
    with Workers() as workers:
        find_seconds, audit = timed(
            lambda: find(catalog, stores, Definition(Level.VISUAL), False, workers, Silent())
        )
        find_peak = peak_mb()
        put_empty_thumbnails(audit, out)
        report_seconds, written = timed(
            lambda: write_report(catalog, stores, audit, out, False, workers, Silent())
        )
    return {
        "files": audit.totals.files, "groups": len(audit.groups),
        "members": sum(len(group.members) for group in audit.groups),
        "find_seconds": find_seconds, "report_seconds": report_seconds,
        "find_peak_mb": find_peak, "peak_mb": peak_mb(),
        "report_mb": sum(path.stat().st_size for path in written) >> 20,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    filling = verbs.add_parser("fill")
    filling.add_argument("catalog", type=Path)
    filling.add_argument("--files", type=int, default=FILES)
    filling.add_argument("--seed", type=int, default=1)
    auditing = verbs.add_parser("audit")
    auditing.add_argument("catalog", type=Path)
    auditing.add_argument("out", type=Path)
    options = parser.parse_args()
    if options.verb == "fill":
        fill(options.catalog, options.files, options.seed)
    else:
        print(json.dumps(audit_catalog(options.catalog, options.out)))


if __name__ == "__main__":
    main()
