"""What deciding, planning and carrying out cost; prints a table for docs/performance.md.

    python benchmarks/reconcile.py [--groups N] [--links N] [--queue N] [--folder DIR]

Every figure is of one process and of this machine; `--folder` decides which disk is measured.
Groups are simulated in the catalog, link replacements are real.
"""

import argparse
import hashlib
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import machine
from sqlalchemy import update

from monoprint.catalog import schema
from monoprint.catalog.reviews import Reviews
from monoprint.catalog.store import Catalog, open_catalog
from monoprint.model.asset import Listed, Status, Store
from monoprint.model.finding import Group, Member, Role, Waste
from monoprint.model.history import GENESIS, Head
from monoprint.model.match import Relation
from monoprint.model.plan import Action, PlanHead, Step
from monoprint.model.reading import Reading
from monoprint.model.review import Answer, Filter, State, Verdict
from monoprint.pipeline.progress import Silent
from monoprint.pipeline.reconcile import OnDemand, Wanted, make_plan, settle_by_rules
from monoprint.resolve import apply as applying
from monoprint.resolve import keep, planfile, tree, undo
from monoprint.resolve.authority import NONE
from monoprint.resolve.journal import place_of
from monoprint.resolve.keys import Keyring
from monoprint.review import decisions, queue
from monoprint.review.intake import take_in

AT = "2026-01-01T00:00:00.000000Z"
AUTHORITY = """
[[authority]]
reference = "DA-1"
approver = "x"
expires = 2999-01-01
stores = ["s0", "s1", "s2"]
[[hold]]
name = "H"
reason = "r"
paths = ["held/**"]
"""


def say(figure: str, measured: str, how: str) -> None:
    print(f"| {figure} | {measured} | {how} |", flush=True)


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    start, cpu = time.perf_counter(), time.process_time()
    took: list[float] = []
    yield lambda: took[0]
    took.append(time.perf_counter() - start)
    timed.cpu = time.process_time() - cpu


def seconds(took: float) -> str:
    """Say a time with its processor's part: on a busy machine the two differ."""
    return f"{took:.1f} s ({timed.cpu:.1f} s CPU)"


def fill(catalog: Catalog, groups: int) -> None:
    """Enter two files a group into three stores."""
    ids = [catalog.add_store(Store(f"s{n}", f"/simulated/{n}")) for n in range(3)]
    for number, store_id in enumerate(ids):
        here = [(n, side) for n in range(groups) for side in (0, 1) if (n + side) % 3 == number]
        listed = sorted(place(n, side) for n, side in here)
        for start in range(0, len(listed), 50_000):
            part = listed[start : start + 50_000]
            catalog.list_entries(store_id, [Listed(p, 1_000_000) for p in part], [], [], [])
        known = {k.listed.path: k.id for k in catalog.known(store_id)}
        rows = [
            (known[place(n, side)], Reading(Status.OK, format="JPEG", bytes=1_000_000, width=4000,
             height=3000, frames=1, sha256=content(n)))
            for n, side in here
        ]  # fmt: skip
        for start in range(0, len(rows), 50_000):
            catalog.record(rows[start : start + 50_000])


def place(number: int, side: int) -> str:
    folder = "held" if number % 50 == 0 else f"folder{number % 997:03}"
    return f"{folder}/{side}/picture {number:07}.jpg"


def content(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def simulated(groups: int) -> Iterator[Group]:
    for n in range(groups):
        members = tuple(
            Member(
                store=f"s{(n + side) % 3}", path=place(n, side),
                role=Role.MEMBER if side else Role.REPRESENTATIVE,
                relation=Relation.IDENTICAL_BYTES if side else None, changes=(),
                certainty=1.0, via="", evidence="",
                distance=0 if side else None,
                identical_to=f"s{n % 3}:{place(n, 0)}" if side else "",
                waste=Waste.CERTAIN if side else Waste.NONE, format="JPEG",
                bytes=1_000_000 + n % 1000, width=4000, height=3000, frames=1,
                sha256=content(n).hex(),
            )
            for side in (0, 1)
        )  # fmt: skip
        yield Group(f"g{n}", Relation.IDENTICAL_BYTES, members, members[1].bytes, 0)


def median_ms(work: Callable[[], object], repeats: int = 15) -> str:
    times = []
    for _ in range(repeats):
        with timed() as took:
            work()
        times.append(took() * 1000)
    return f"{statistics.median(times):.1f} ms (worst {max(times):.1f})"


def measure_queue(folder: Path, groups: int) -> None:
    catalog = open_catalog(folder / "queue.sqlite")
    fill(catalog, groups)
    with timed() as took:
        take_in(Reviews(catalog), ["s0", "s1", "s2"], simulated(groups), (), "bench", AT)
    say(f"taking {groups:,} groups into the queue", seconds(took()), "after an audit; SQLite")
    first = queue.page(catalog)
    say(f"first page of {groups:,} groups", median_ms(lambda: queue.page(catalog)),
        "50 groups; no HTTP")  # fmt: skip
    wanted = Filter(store="s1", folder="folder500")
    say("the same, of one folder of a store", median_ms(lambda: queue.page(catalog, wanted)), "")
    say("live counts", median_ms(lambda: queue.counts(catalog)), "by state, all groups")
    say("one group with its files", median_ms(lambda: queue.group(catalog, first.groups[0].key)),
        "")  # fmt: skip
    waiting = iter(queue.page(catalog, limit=1000).groups)

    def one() -> None:
        group = next(waiting)
        decisions.decide(catalog, Answer(group.key, group.version, Verdict.KEEP, "kim", "", (0,)))

    say("one decision", median_ms(one, 60), "with history, durable")
    with timed() as took:
        done, _ = settle_by_rules(catalog, OnDemand(), keep.DEFAULT, NONE, "kim", "", Silent())
    say(f"settling {done.settled:,} groups by rules", seconds(took()),
        f"{done.settled / took():,.0f} a second, each with a row of history")  # fmt: skip
    assert queue.counts(catalog)[State.OPEN].groups == 0
    catalog.close()


def measure_plan(folder: Path, groups: int) -> None:
    catalog = open_catalog(folder / "plan.sqlite")
    fill(catalog, groups)
    take_in(Reviews(catalog), ["s0", "s1", "s2"], simulated(groups), (), "bench", AT)
    # Deciding is measured above; here the decisions are simulated, as it would leave them.
    member, group = schema.review_member, schema.review_group
    with catalog.writing() as connection:
        connection.execute(update(member).where(member.c.position == 0).values(part="keeper"))
        connection.execute(
            update(member).where(member.c.position == 1).values(part="copy", keeper=0)
        )
        connection.execute(
            update(group).values(state="settled", verdict="keep", decision=group.c.id)
        )
    authority = folder / "authority.toml"
    authority.write_text(AUTHORITY)
    wanted = Wanted("kim", Action.HARDLINK, Decimal("0.023"), "USD", date(2026, 1, 1))
    out = folder / "plan.json"
    with timed() as took:
        made = make_plan(
            catalog, OnDemand(), wanted, authority, out, Keyring(folder / "config"), Silent(), AT
        )
    planned = made.totals["authorised_now"]["files"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    say(f"plan over {groups:,} groups", seconds(took()),
        f"{planned:,} steps authorised, the rest held; {out.stat().st_size / 1e6:,.0f} MB; "
        f"peak memory of this process {peak:,} MB")  # fmt: skip
    with timed() as took:
        applying.check(out)
    say("reading and proving that plan", seconds(took()), "digest, places, safe as a whole")
    catalog.close()


def measure_links(folder: Path, links: int, size: int) -> None:
    """Replace copies by hard links, without and with reading both files again; then undo."""
    stores = {"a": folder / "a", "b": folder / "b"}
    rng = os.urandom(size)
    facts: dict[str, str] = {}

    def lay_out(name: str) -> Path:
        steps = []
        for n in range(links):
            data = rng[:-8] + n.to_bytes(8, "big")
            digest = hashlib.sha256(data).hexdigest()
            path = f"{name}/{n // 500:04}/{n}.jpg"
            for store in stores.values():
                target = store / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            facts[path] = digest
            steps.append(
                Step(n + 1, Action.HARDLINK, ("b", path), ("a", path), digest, digest, size, size,
                     "identical-bytes", "0" * 64, 1, "DA-1")
            )  # fmt: skip
        head = PlanHead("kim", Action.HARDLINK, {k: str(v) for k, v in stores.items()}, 2,
                        "2026-01-01", None, "", "0", "USD", Head(0, GENESIS), "bench")  # fmt: skip
        made = folder / f"{name}.json"
        planfile.write(made, head, steps, dict)
        return made

    def trusting(where: tree.Tree, path: str) -> tree.Seen:
        info = where.look(path)
        assert info is not None
        return tree.Seen(info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, facts[path])

    results, cpu = {}, {}
    for name, reader in (("without", trusting), ("with", tree.read)):
        made = lay_out(name)
        plan = applying.check(made)
        os.sync()
        with timed() as took:
            outcome = applying.apply(made, plan, ["lee"], lambda _: "", reader=reader)
        assert outcome.done == links, outcome.skipped[:3]
        results[name], cpu[name] = links / took(), links / timed.cpu
    note = f"{links:,} hard links, files of {size / 1000:,.0f} kB in the page cache"
    say(
        "link replacements without the re-read",
        f"{results['without']:,.0f} a second",
        f"{note}; journal and folders made durable; {cpu['without']:,.0f} a second of CPU",
    )
    say("with keeper and copy read again", f"{results['with']:,.0f} a second",
        f"the re-read costs {results['without'] / results['with']:.2f} x, "
        f"{1e6 / results['with'] - 1e6 / results['without']:,.0f} µs a step")  # fmt: skip
    with timed() as took:
        undone = undo.undo(place_of(folder / "with.json"))
    assert undone.undone == links
    say("putting back", f"{links / took():,.0f} a second", "each file written anew and durable")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=1_000_000)
    parser.add_argument("--queue", type=int, default=100_000)
    parser.add_argument("--links", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    told = machine.describe()
    print(f"Machine: {told['processor']}, {told['cores']} cores, {told['memory_gb']} GB, "
          f"{told['system']}; Python {told['python']}. Load before the run: {told['load']}.\n",
          flush=True)  # fmt: skip
    print("| figure | measured | how |\n| --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        if options.links:
            measure_links(folder, options.links, options.size)
        if options.queue:
            measure_queue(folder, options.queue)
        if options.groups:
            measure_plan(folder, options.groups)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
