"""Measure every figure of docs/performance.md in one run, and write its table.

    python benchmarks/run.py --speedset DIR --peers-python PATH --out docs/performance.md
                             [--json FILE] [--quick] [--only NAME ...]

NAME   speed        the floor and a cold audit of the speed set, in turns
       peers        the same, with other tools in turns beside them
       join         all pairs among 1 and 10 million random codes
       catalog      find and report over a simulated catalog of 1,000,000 files
       rescan       a scan of 100,000 files that have not changed
       progressive  what the early scans of progressive JPEG files save and cost
       start        `monoprint --help`

Without --only, all of them. --quick uses small sets to try the harness itself: its figures mean
nothing and are not written to a page unless --out is given. Folders for work are made where
temporary files go, and removed.
"""

import argparse
import csv
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import machine
from page import Figure, replace_table, table
from timing import PROJECT, Failed, alternate, monoprint, python, run, say, spread

SEED = 1
PEERS = ("czkawka", "imgdd", "pdqhash", "imagehash", "imagededup")

FLOOR_TARGET = 1.35
PEER_TARGET = 2.5
MEMORY_TARGET_MB = 1500
RESCAN_TARGET = 5.0
START_TARGET = 0.3

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    repeats: int
    pictures: int | None
    joins: tuple[int, int]
    catalog: int
    tiny: int
    starts: int


FULL = Sizes(3, None, (1_000_000, 10_000_000), 1_000_000, 100_000, 10)
QUICK = Sizes(1, 100, (50_000, 200_000), 20_000, 2_000, 3)


@dataclass(frozen=True, slots=True)
class Setting:
    """What was asked for, and a folder for work."""

    speedset: Path | None
    peers_python: str | None
    peers_script: Path
    sizes: Sizes
    work: Path

    def pictures(self) -> Path:
        if self.speedset is None:
            raise Failed("needs --speedset")
        return self.speedset


# The speed set


def speed(setting: Setting) -> Facts:
    return _race(setting, ())


def peers(setting: Setting) -> Facts:
    if setting.peers_python is None or not setting.peers_script.exists():
        raise Failed("needs --peers-python, and run.py in --peers-dir")
    return _race(setting, PEERS)


def _race(setting: Setting, tools: Iterable[str]) -> Facts:
    numbers = count()
    planted = _planted(setting.pictures())
    contenders: dict[str, Callable[[], Facts]] = {
        "floor": partial(_floor, setting.pictures()),
        "floor_grey": partial(_floor, setting.pictures(), "--grey"),
        "audit": lambda: _audit(setting, planted, next(numbers)),
    }
    for tool in tools:
        contenders[tool] = partial(_peer, setting, planted, tool)
    facts: Facts = alternate(contenders, setting.sizes.repeats)
    facts["planted"] = len(planted)
    return facts


def _floor(folder: Path, *options: str) -> Facts:
    done = python("floor.py", folder, *options)
    return {"wall": done.wall, "cpu": done.cpu, **json.loads(done.output)}


def _audit(setting: Setting, planted: list[tuple[str, str]], number: int) -> Facts:
    catalog = setting.work / f"audit-{number}.sqlite"
    out = setting.work / f"audit-{number}"
    done = monoprint("audit", setting.pictures(), "--level", "visual",
                     "--catalog", catalog, "--out", out)  # fmt: skip
    found = _found(out / "groups.csv", planted)
    thumbnails = sum(1 for _ in (out / "thumbnails").iterdir())
    shutil.rmtree(out)
    return {"wall": done.wall, "cpu": done.cpu, "peak_mb": done.peak_mb, "found": found,
            "thumbnails": thumbnails}  # fmt: skip


def _peer(setting: Setting, planted: list[tuple[str, str]], tool: str) -> Facts:
    """Run a tool with an empty home: some keep hashes there, and a second run would be no run."""
    result, groups = setting.work / f"{tool}.json", setting.work / f"{tool}.csv"
    result.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=setting.work) as home:
        done = run(
            [str(setting.peers_python), setting.peers_script, tool, setting.pictures(),
             "--out", groups, "--json", result],
            {"HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home},
        )  # fmt: skip
    if not result.exists():
        raise Failed(done.output.strip()[-400:])
    facts = json.loads(result.read_text(encoding="utf-8"))
    return {"wall": facts["wall_s"], "cpu": facts["cpu_s"], "peak_mb": facts["peak_rss_mb"],
            "found": _found(groups, planted)}  # fmt: skip


def _planted(folder: Path) -> list[tuple[str, str]]:
    """Return the planted copies of a speed set as far as they are there."""
    with (folder / "duplicates.csv").open(encoding="utf-8", newline="") as file:
        pairs = [(row["a"], row["b"]) for row in csv.DictReader(file)]
    return [(a, b) for a, b in pairs if (folder / a).exists() and (folder / b).exists()]


def _found(groups: Path, planted: list[tuple[str, str]]) -> int:
    """Count the planted copies whose two files share a group."""
    of: dict[str, set[str]] = defaultdict(set)
    with groups.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            of[row["path"]].add(row["group"])
    return sum(1 for a, b in planted if of[a] & of[b])


def _race_figures(facts: Facts) -> list[Figure]:
    if "failed" in facts:
        return [Figure("speed set", "not measured")]
    broken = [n for n in ("floor", "floor_grey", "audit") if "failed" in facts[n]]
    if broken:
        return [Figure(name, "failed") for name in broken]
    floor, grey, audit = facts["floor"], facts["floor_grey"], facts["audit"]
    what = f"{floor['files']:,} JPEG files, {floor['bytes'] / 1e9:.2f} GB, in the page cache"
    ratio = audit["best"] / floor["best"]
    figures = [
        Figure("floor: read, SHA-256, decode in colour", _seconds(floor), ratio="1",
               how=f"{what}; {floor['processes']} processes, libjpeg-turbo scaled down to 512; "
               f"{floor['cpu']:.1f} s CPU"),
        Figure("stricter floor: the luminance alone", _seconds(grey),
               ratio=f"{grey['best'] / floor['best']:.2f}", how="same, one component decoded"),
        Figure("cold audit", _seconds(audit), f"<= {FLOOR_TARGET} x floor",
               f"{ratio:.2f} x floor; {audit['best'] / grey['best']:.2f} x stricter floor",
               f"`monoprint audit --level visual`, new catalog, whole program with report and "
               f"{audit['thumbnails']:,} thumbnails; {audit['cpu']:.1f} s CPU; "
               f"largest process {audit['peak_mb']:,} MB; "
               f"{audit['found']} of {facts['planted']} planted copies",
               ratio <= FLOOR_TARGET),
    ]  # fmt: skip
    walls = {name: facts[name]["best"] for name in PEERS if "best" in facts.get(name, {})}
    for name in PEERS:
        if "failed" in facts.get(name, {}):
            figures.append(Figure(name, "failed"))
        elif name in walls:
            fastest = walls[name] == min(walls.values())
            figures.append(_peer_figure(name, facts[name], audit["best"], fastest, facts))
    return figures


def _peer_figure(name: str, peer: Facts, ours: float, fastest: bool, facts: Facts) -> Figure:
    faster = peer["best"] / ours
    how = (
        f"same files, whole program; {peer['cpu']:.1f} s CPU; "
        f"largest process {peer['peak_mb']:,} MB; "
        f"{peer['found']} of {facts['planted']} planted copies"
    )
    if not fastest:
        return Figure(name, _seconds(peer), ratio=f"{faster:.2f} x our time", how=how)
    return Figure(f"{name} (the fastest peer)", _seconds(peer), f">= {PEER_TARGET} x our time",
                  f"{faster:.2f} x our time", how, faster >= PEER_TARGET)  # fmt: skip


# Joins


def join(setting: Setting) -> Facts:
    small, large = setting.sizes.joins
    repeats = str(setting.sizes.repeats)
    result = setting.work / "join.json"
    peer = ["--peers-python", setting.peers_python] if setting.peers_python else []
    python("hamming.py", str(small), "--seed", str(SEED), "--repeats", repeats,
           "--json", result, *peer)  # fmt: skip
    facts = json.loads(result.read_text(encoding="utf-8"))
    alone = python("hamming.py", str(large), "--seed", str(SEED), "--repeats", repeats,
                   "--measure", "random")  # fmt: skip
    facts["random"].append(json.loads(alone.output))
    return dict(facts)


def _join_figures(facts: Facts) -> list[Figure]:
    if "failed" in facts:
        return [Figure("joins", "not measured")]
    peers_by_n = {row["n"]: row for row in facts["peers"]}
    figures = []
    for row in facts["random"]:
        how = (
            f"random codes, radius {facts['radius']}, best of {facts['repeats']}, all cores; "
            f"{row['planted_found']:,} of {row['planted']:,} planted pairs"
        )
        figures.append(
            Figure(f"all pairs of {row['n']:,} codes", f"{row['seconds']:.2f} s", how=how)
        )
        figures.append(
            Figure("its peak memory", f"{row['peak_mb']:,} MB",
                   how="resident, the codes and their making included")
        )  # fmt: skip
        if row["n"] in peers_by_n:
            peer = peers_by_n[row["n"]]
            figures.append(
                Figure(
                    f"FAISS MultiHash, {row['n']:,} codes",
                    f"{peer['extrapolated_seconds']:,.0f} s (extrapolated)",
                    ratio=f"{peer['ratio']:,.0f} x our time",
                    how=f"index built whole ({peer['build_seconds']:.1f} s), {peer['queries']:,} "
                    f"codes looked up, {peer['threads']} threads; all pairs EXTRAPOLATED from "
                    "these",
                )
            )
    return figures


# A catalog of a million files


def catalog(setting: Setting) -> Facts:
    where, out = setting.work / "simulated.sqlite", setting.work / "simulated"
    say(f"  filling a catalog of {setting.sizes.catalog:,} files, seed {SEED}")
    python("simulate.py", "fill", where, "--files", str(setting.sizes.catalog),
           "--seed", str(SEED))  # fmt: skip
    done = python("simulate.py", "audit", where, out)
    size = where.stat().st_size
    shutil.rmtree(out)
    where.unlink()
    return {**json.loads(done.output), "peak_mb": done.peak_mb, "catalog_mb": size >> 20}


def _catalog_figures(facts: Facts) -> list[Figure]:
    if "failed" in facts:
        return [Figure("simulated catalog", "not measured")]
    what = (
        f"{facts['files']:,} simulated files in 3 stores ({facts['catalog_mb']:,} MB of SQLite), "
        f"{facts['groups']:,} groups with {facts['members']:,} members"
    )
    return [
        Figure("peak memory of an audit", f"{facts['peak_mb']:,} MB", f"<= {MEMORY_TARGET_MB:,} MB",
               how=f"{what}; matching and report, nothing read or decoded",
               met=facts["peak_mb"] <= MEMORY_TARGET_MB),
        Figure("its matching", f"{facts['find_seconds']:.1f} s",
               how=f"from the catalog to groups; peak until here {facts['find_peak_mb']:,} MB"),
        Figure("its report", f"{facts['report_seconds']:.1f} s",
               how=f"HTML, JSON, CSV and Parquet, {facts['report_mb']:,} MB; thumbnails already "
               "there"),
    ]  # fmt: skip


# Scanning again


def rescan(setting: Setting) -> Facts:
    folder, where = setting.work / "tiny", setting.work / "tiny.sqlite"
    files = setting.sizes.tiny
    python("tiny.py", folder, "--files", str(files), "--seed", str(SEED))
    say(f"  first scan of {files:,} files (not measured)")
    first = monoprint("scan", folder, "--catalog", where)
    runs = [monoprint("scan", folder, "--catalog", where) for _ in range(setting.sizes.repeats)]
    shutil.rmtree(folder)
    where.unlink()
    read = {done.output.partition("listed, ")[2].partition(" read")[0] for done in runs}
    return {"files": files, "first_wall": first.wall, "said": runs[-1].output.strip(),
            "nothing_read": read == {"0"}, "peak_mb": max(done.peak_mb for done in runs),
            "cpu": min(done.cpu for done in runs),
            **spread([done.wall for done in runs])}  # fmt: skip


def _rescan_figures(facts: Facts) -> list[Figure]:
    if "failed" in facts:
        return [Figure("rescan", "not measured")]
    return [
        Figure(f"scan of {facts['files']:,} unchanged files", _seconds(facts),
               f"<= {RESCAN_TARGET:.0f} s, none opened",
               how=f"PPM files of 8 x 8 pixels; {facts['cpu']:.1f} s CPU; the program said: "
               f"{facts['said']}",
               met=facts["best"] <= RESCAN_TARGET and facts["nothing_read"]),
    ]  # fmt: skip


# Progressive files


def progressive(setting: Setting) -> Facts:
    done = python("early_scans.py", setting.pictures(), "--repeats", str(setting.sizes.repeats))
    return dict(json.loads(done.output))


def _progressive_figures(facts: Facts) -> list[Figure]:
    if "failed" in facts or not facts["files"]:
        return [Figure("progressive JPEG", "not measured")]
    what = f"{facts['files']:,} progressive files of the speed set"
    return [
        Figure("progressive JPEG, early scans", f"{facts['early_ms']:.1f} ms",
               ratio=f"{facts['whole_ms'] / facts['early_ms']:.1f} x faster",
               how=f"median of {what}, one process, decode alone; "
               f"median {facts['bytes_kept']:.0%} of the bytes"),
        Figure("progressive JPEG, whole", f"{facts['whole_ms']:.1f} ms", how="same"),
        Figure("bits of the code that early scans move",
               f"mean {facts['bits_mean']:.2f}, most {facts['bits_max']}",
               how="of 256, against the code of the whole file"),
    ]  # fmt: skip


# Starting


def start(setting: Setting) -> Facts:
    monoprint("--help")
    return spread([monoprint("--help").wall for _ in range(setting.sizes.starts)])


def _start_figures(facts: Facts) -> list[Figure]:
    if "failed" in facts:
        return [Figure("`monoprint --help`", "not measured")]
    return [
        Figure("`monoprint --help`", f"{facts['median']:.3f} s", f"< {START_TARGET} s",
               how=f"median of {len(facts['runs'])}, best {facts['best']:.3f} s",
               met=facts["median"] < START_TARGET),
    ]  # fmt: skip


MEASURES: dict[str, tuple[Callable[[Setting], Facts], Callable[[Facts], list[Figure]]]] = {
    "speed": (speed, _race_figures),
    "peers": (peers, _race_figures),
    "join": (join, _join_figures),
    "catalog": (catalog, _catalog_figures),
    "rescan": (rescan, _rescan_figures),
    "progressive": (progressive, _progressive_figures),
    "start": (start, _start_figures),
}


def _seconds(facts: Facts) -> str:
    return f"{facts['best']:.2f} s (median {facts['median']:.2f})"


def _some_pictures(speedset: Path, most: int, work: Path) -> Path:
    """Link the first pictures of a speed set into a folder of their own."""
    folder = work / "pictures"
    for path in sorted(speedset.rglob("*.jpg"))[:most]:
        place = folder / path.relative_to(speedset)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, place)
        except OSError:
            shutil.copyfile(path, place)
    shutil.copyfile(speedset / "duplicates.csv", folder / "duplicates.csv")
    return folder


def _measure(setting: Setting, names: Iterable[str]) -> Facts:
    facts: Facts = {}
    for name in names:
        say(f"{name}:")
        try:
            facts[name] = MEASURES[name][0](setting)
        except Failed as error:
            say(f"  not measured: {error}")
            facts[name] = {"failed": str(error)}
    return facts


def _notes(setting: Setting, quick: bool) -> list[str]:
    repeats = setting.sizes.repeats
    notes = [
        f"The floor, the audit and other tools take turns, {repeats} times after a round that is "
        "not measured; times are the best, with the median beside them. Every time is of a whole "
        "program from its start to its end, and CPU is of all its processes, unless said "
        "otherwise. Peak memory is resident, of the largest process.",
        "Other tools start with an empty home folder, since some keep hashes there from run to "
        "run. A planted copy counts as found if both files stand in one group.",
        "The simulated catalog is measured once. Kernels were compiled by an earlier run.",
        f"Seed {SEED}. The speed set is a development set; random codes are the easy case.",
    ]
    return (
        ["**A quick run on small sets: these figures mean nothing.**", *notes] if quick else notes
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--speedset", type=Path)
    parser.add_argument("--peers-python")
    parser.add_argument("--peers-dir", type=Path, default=PROJECT.parent / "shared" / "peers")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repeats", type=int, default=FULL.repeats)
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="NAME")
    return parser.parse_args()


def main() -> None:
    options = _arguments()
    # `peers` runs the floor and the audit too, so that all three share one race.
    names = options.only or [name for name in MEASURES if name != "speed"]
    if not options.only and not options.peers_python:
        names[names.index("peers")] = "speed"
    told = machine.describe()
    if options.peers_python:
        told["peers"] = machine.peers(options.peers_python)
    say(f"seed {SEED}")
    with tempfile.TemporaryDirectory(prefix="monoprint-bench-") as folder:
        work, speedset = Path(folder), options.speedset and options.speedset.resolve()
        sizes = QUICK if options.quick else replace(FULL, repeats=options.repeats)
        if speedset and sizes.pictures:
            speedset = _some_pictures(speedset, sizes.pictures, work)
        script = options.peers_dir.resolve() / "run.py"
        setting = Setting(speedset, options.peers_python, script, sizes, work)
        facts = _measure(setting, names)
    figures = [figure for name in names for figure in MEASURES[name][1](facts[name])]
    text = table(figures, told, _notes(setting, options.quick))
    print(text)
    if options.json:
        whole = {"machine": told, "seed": SEED, "quick": options.quick, **facts}
        options.json.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    if options.out:
        replace_table(options.out, text)
    if any("failed" in measured for measured in facts.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
