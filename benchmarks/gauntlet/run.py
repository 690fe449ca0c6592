"""Run Monoprint through a gauntlet, and other tools beside it, and say what each reached.

    python -m benchmarks.gauntlet.run GAUNTLET [--level LEVEL] [--out PAGE] [--json FILE]
        [--peers-python PYTHON [--peers-dir DIR] [--peers NAME ...]]

GAUNTLET is a folder that `benchmarks.gauntlet.generate` wrote. The tables go to standard output,
and with --out between the two markers of a page. Every tool starts with an empty home folder and
without a catalog; a peer that fails is named so.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.gauntlet.score import (
    FALSE_GROUPS_TARGET,
    LABELS_TARGET,
    PER,
    TARGETS,
    Score,
    Share,
    read_groups,
    read_warnings,
    score,
)  # fmt: skip
from benchmarks.gauntlet.transforms import STRENGTHS, Row
from benchmarks.gauntlet.truth import Truth, read_truth
from benchmarks.page import BEGIN, END, described, replace_table
from benchmarks.timing import PROJECT, Failed, Run, monoprint, run, say

PEERS = ("czkawka", "imgdd", "pdqhash", "imagehash", "imagededup")
STORE = "pictures"
LISTED = 40  # merges and kinds of mistakes that a page shows at most

NEW_PAGE = f"""# The gauntlet

Copies and look-alikes made by a seeded script, and what Monoprint and other tools make of them.
`./dev gauntlet` generates and measures everything again and replaces the tables; the text around
them is written by hand. The pictures are of the half that nothing is tuned on.

{BEGIN}
{END}
"""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A tool that ran: what it reached and what that cost."""

    score: Score
    wall: float
    peak_mb: int


def enter_monoprint(gauntlet: Path, level: str, work: Path) -> Entrant:
    report = work / "report"
    done = monoprint("audit", "--name", f"{STORE}={gauntlet / STORE}", "--level", level,
                     "--catalog", work / "catalog.sqlite", "--out", report)  # fmt: skip
    truths = read_truth(gauntlet)
    warned = read_warnings(report / "warnings.csv", STORE)
    return entrant(truths, report / "groups.csv", done, warned)


def enter_peer(gauntlet: Path, tool: str, python: str, script: Path, work: Path) -> Entrant:
    groups, result = work / f"{tool}.csv", work / f"{tool}.json"
    with tempfile.TemporaryDirectory(dir=work) as home:
        done = run([python, script, tool, gauntlet / STORE, "--out", groups, "--json", result],
                   {"HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home})  # fmt: skip
    told = json.loads(result.read_text(encoding="utf-8"))
    measured = Run(told["wall_s"], told["cpu_s"], told["peak_rss_mb"], done.output)
    return entrant(read_truth(gauntlet), groups, measured)


def entrant(truths: Iterable[Truth], groups: Path, done: Run,
            warned: Iterable[frozenset[str]] = ()) -> Entrant:  # fmt: skip
    return Entrant(score(list(truths), read_groups(groups), warned), done.wall, done.peak_mb)


# The tables


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    header = list(header)
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def percent(share: Share) -> str:
    return "-" if share.value is None else f"{share.value:.1%} ({share.part}/{share.whole})"


def verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def summary(entrants: Mapping[str, Entrant]) -> Iterator[list[str]]:
    """Give the rows of the main table; the verdict is on the first entrant."""
    ours = next(iter(entrants.values())).score
    for row in Row:
        target, reached = TARGETS.get(row), ours.rows[row].value
        told = "" if target is None or reached is None else verdict(reached >= target)
        yield [row, "" if target is None else f"≥ {target:.1%}", told,
               *(percent(e.score.rows[row]) for e in entrants.values())]  # fmt: skip
    yield ["forbidden merges", "0", verdict(not ours.forbidden),
           *(str(len(e.score.forbidden)) for e in entrants.values())]  # fmt: skip
    rate = ours.false_per_distractors
    yield [f"false groups, per {PER:,} distractors", f"≤ {FALSE_GROUPS_TARGET:.0f}",
           "" if rate is None else verdict(rate <= FALSE_GROUPS_TARGET),
           *map(false_groups, entrants.values())]  # fmt: skip
    named = ours.labels.value
    yield ["relation named right, of those that can be judged", f"≥ {LABELS_TARGET:.0%}",
           "" if named is None else verdict(named >= LABELS_TARGET),
           *(percent(e.score.labels) for e in entrants.values())]  # fmt: skip
    yield ["forbidden pairs of sources warned of", "", "",
           *(percent(e.score.warned) for e in entrants.values())]  # fmt: skip
    yield ["wall time", "", "", *(f"{e.wall:.1f} s" for e in entrants.values())]
    yield ["largest process", "", "", *(f"{e.peak_mb:,} MB" for e in entrants.values())]


def false_groups(of: Entrant) -> str:
    rate, count = of.score.false_per_distractors, len(of.score.false_groups)
    return f"{count}" if rate is None else f"{rate:,.0f} ({count} at {of.score.distractors:,})"


def by_transform(ours: Score) -> Iterator[list[str]]:
    for name in dict.fromkeys(name for name, _ in sorted(ours.cells)):
        shares = (ours.cells.get((name, strength), Share()) for strength in range(STRENGTHS))
        yield [name, *map(percent, shares)]


def kind(path: str) -> str:
    """Return the kind of look-alikes that a file is of."""
    collection, family, *_ = path.split("/")
    return family.rpartition("-")[0] if collection == "family" else collection


def page(entrants: Mapping[str, Entrant], about: str) -> str:
    name, ours = next((name, entrant.score) for name, entrant in entrants.items())
    lines = [described(machine.describe()), "", about, ""]
    lines += table(["measure", "target", name + " is", *entrants], summary(entrants))
    lines += ["", f"Recall of {name} by transform and strength:", ""]
    lines += table(["transform", "weak", "middle", "strong"], by_transform(ours))
    if ours.mislabelled:
        lines += ["", "Relations named wrongly, most frequent first:", ""]
        frequent = ours.mislabelled.most_common(LISTED)
        lines += table(["transform", "named", "times"],
                       ([what, said, str(times)] for (what, said), times in frequent))  # fmt: skip
    if ours.forbidden:
        kinds = Counter(kind(path) for path, _ in ours.forbidden)
        counted = ", ".join(f"{name} {count}" for name, count in kinds.most_common())
        lines += ["", f"Forbidden merges by kind: {counted}."]
    for title, pairs in (("Forbidden merges", ours.forbidden), ("False groups", ours.false_groups)):
        if pairs:
            lines += ["", f"{title}, {min(len(pairs), LISTED)} of {len(pairs)}:", ""]
            lines += table(["one", "other"], map(list, pairs[:LISTED]))
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gauntlet", type=Path)
    parser.add_argument("--level", default="deep")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peers-python")
    parser.add_argument("--peers-dir", type=Path, default=PROJECT.parent / "shared" / "peers")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    return parser


def enter_all(options: argparse.Namespace, work: Path) -> dict[str, Entrant]:
    name = f"Monoprint ({options.level})"
    entrants = {name: enter_monoprint(options.gauntlet, options.level, work)}
    for tool in options.peers if options.peers_python else ():
        say(f"  {tool}")
        script = options.peers_dir / "run.py"
        try:
            entrants[tool] = enter_peer(options.gauntlet, tool, options.peers_python, script, work)
        except Failed as error:
            say(f"  {tool}: failed, {error}")
    return entrants


def main() -> None:
    options = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="gauntlet-") as work:
        entrants = enter_all(options, Path(work))
    about = (options.gauntlet / "about.txt").read_text(encoding="utf-8").strip()
    text = page(entrants, about)
    print(text)
    if options.out:
        replace_table(options.out, text, NEW_PAGE)
    if options.json:
        facts = {
            name: {**entrant.score.as_json(), "wall_s": entrant.wall, "peak_mb": entrant.peak_mb}
            for name, entrant in entrants.items()
        }
        options.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
