"""How fast the review desk shows its queue and its groups when there are very many.

    python benchmarks/desk.py --groups 100000

Fills a catalog with drawn-up groups (no files: pictures are not part of a first paint), serves it,
and opens its pages in a real Chromium. Prints the time to the first paint that has content (Paint
Timing, W3C) in milliseconds: median and worst of some openings, of a browser that has been there
before and of one that has not.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from machine import describe

from monoprint.catalog.reviews import Reviews
from monoprint.catalog.store import Catalog, open_catalog
from monoprint.model.asset import Store
from monoprint.model.finding import Group, Member, Role, Waste
from monoprint.model.match import Relation
from monoprint.model.review import Duty
from monoprint.pipeline.workers import Workers
from monoprint.review import people, queue
from monoprint.review.intake import take_in
from monoprint.service.desk import open_desk
from monoprint.service.serve import serve

STORES = ("housing", "landreg", "tourism")
FORMATS = ("JPEG", "TIFF", "PNG", "WEBP")
SEED = 1


def fill(catalog: Catalog, count: int) -> None:
    """Enter groups of two to five files, of mixed sizes, formats and relations."""
    rng = random.Random(SEED)
    for name in STORES:
        catalog.add_store(Store(name, f"/nowhere/{name}"))

    def drawn_up() -> Iterator[Group]:
        for number in range(count):
            relation = rng.choice((Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS,
                                   Relation.SIMILAR))  # fmt: skip
            size = int(rng.lognormvariate(14, 1.5))
            waste = Waste.POSSIBLE if relation is Relation.SIMILAR else Waste.CERTAIN
            kind = rng.choice(FORMATS)
            members = []
            for n in range(rng.choice((2, 2, 2, 3, 5))):
                same = relation is Relation.IDENTICAL_BYTES
                content = hashlib.sha256(f"{number} {0 if same else n}".encode()).hexdigest()
                members.append(
                    Member(
                        rng.choice(STORES), f"scans/{number % 997:03d}/{number:06d}-{n}.jpg",
                        Role.MEMBER if n else Role.REPRESENTATIVE, relation if n else None, "",
                        0 if n else None, "", waste if n else Waste.NONE, kind, size, 4000, 3000,
                        1, content,
                    )
                )  # fmt: skip
            cost = size * (len(members) - 1)
            certain = waste is Waste.CERTAIN
            yield Group(f"g{number}", relation, tuple(members), cost if certain else 0,
                        0 if certain else cost)  # fmt: skip

    take_in(Reviews(catalog), list(STORES), list(drawn_up()), (), "benchmark",
            "2026-01-01T00:00:00.000000Z")  # fmt: skip


def paints(address: str, link: str, openings: int) -> dict[str, object]:
    """Open a page again and again, and return the milliseconds to its first contentful paint."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("MONOPRINT_CHROMIUM") or shutil.which("chromium")
    first = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(link)
        page.wait_for_selector("#rows")
        state = context.storage_state()

        def opened(within: Any) -> tuple[float, float]:
            page = within.new_page()
            page.goto(address)
            while page.evaluate(first) is None:
                page.wait_for_timeout(10)
            answer = page.evaluate(
                "() => performance.getEntriesByType('navigation')[0].responseEnd"
            )
            found = page.evaluate(first), answer
            page.close()
            return found

        again = [opened(context) for _ in range(openings)]
        anew = []
        for _ in range(openings):
            other = browser.new_context(
                viewport={"width": 1440, "height": 900}, storage_state=state
            )
            anew.append(opened(other))
            other.close()
        browser.close()
    return {
        "again": _told([paint for paint, _ in again]),
        "anew": _told([paint for paint, _ in anew]),
        "answer": _told([answer for _, answer in again + anew]),
    }


def _told(times: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(times)), "worst": round(max(times))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, default=100_000)
    parser.add_argument("--openings", type=int, default=15)
    parser.add_argument("--catalog", help="use (or make) the catalog there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Workers(1) as workers:
        place = asked.catalog or str(Path(folder) / "catalog.sqlite")
        made = Path(place).exists()
        catalog = open_catalog(place)
        if not made:
            fill(catalog, asked.groups)
            people.add(catalog, "benchmark", Duty.APPROVER)
        ready, address = threading.Event(), []

        def opened(base: str) -> None:
            address.append(base)
            ready.set()

        # uvicorn leaves signals alone in a thread, and the thread ends with the program.
        threading.Thread(
            target=serve,
            args=(lambda port: open_desk(catalog, workers, Path(folder), port), 0, opened),
            daemon=True,
        ).start()
        ready.wait()
        base = address[0]
        middle = queue.page(catalog, limit=1000).groups[-1].key.hex()
        pages = {
            "queue": "/",
            "queue, narrowed by folder": "/?store=housing&folder=scans/123",
            "queue, narrowed by relation and format": "/?relation=similar&format=TIFF",
            "one group": f"/groups/{middle}",
            "history": "/history",
        }
        found = {}
        for name, path in pages.items():
            link = f"{base}/enter#{people.link_token(catalog, 'benchmark')}"
            found[name] = paints(base + path, link, asked.openings)
            print(f"{name}: {found[name]}", flush=True)
        print(json.dumps({"groups": asked.groups, "first contentful paint, ms": found,
                          "machine": describe()}, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
