"""The verb `explain`."""

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from monoprint.errors import ReportError, UsageError
from monoprint.model.match import Relation

if TYPE_CHECKING:
    from monoprint.model.asset import Facts
    from monoprint.model.match import Quad, Verdict
    from monoprint.pipeline.explain import Explained

# The kinds of picture that the evidence is written as, by the ending of the name.
_KINDS: Final = {".webp": "WEBP", ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}

# What is equal is equal: no probability is needed.
_PROVEN: Final = {Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS}


class _File(click.Path):
    """A file, or what lies in an archive or document that is one: ``a.zip!b.jpg``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from monoprint.pipeline.explain import split

        super().convert(str(split(Path(value))[0]), param, ctx)
        return Path(value)


_FILE: Final = _File(exists=True, dir_okay=False)


@click.command(
    "explain",
    epilog="""\b
Examples:
  monoprint explain scan.tif web.jpg
  monoprint explain scan.tif web.jpg --out evidence.png
  monoprint explain --json scan.tif web.jpg
  monoprint explain 'scans.zip!1987/4.jpg' 'deed.pdf#page=3'
\b
Ends with 0 whatever the two are to each other; with 10 if one of them cannot be read.""",
)
@click.argument("first", type=_FILE)
@click.argument("second", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.option(
    "--out",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also draw the evidence, as .png, .webp or .jpg. Nothing is written otherwise.",
)
def command(first: Path, second: Path, as_json: bool, out: Path | None) -> None:
    """Say how two picture files match, what was changed, where, and how sure that is."""
    kind = "" if out is None else _kind(out, first, second)
    from monoprint.pipeline.workers import Workers

    with Workers(1) as workers:  # it starts up while this process does
        from monoprint.cli import terminal
        from monoprint.pipeline.explain import explain

        explained = explain(first, second, workers, kind)
    if out is not None:
        _write(out, explained.evidence)
    if as_json:
        told = _plain(explained, first, second, out)
        terminal.say(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        terminal.say("\n".join(_lines(explained, first, second, out)))


def _kind(out: Path, first: Path, second: Path) -> str:
    """Return the kind of picture that a name asks for. Raises UsageError."""
    kind = _KINDS.get(out.suffix.lower())
    if kind is None:
        raise UsageError(
            f"--out takes a name that ends in {', '.join(_KINDS)}, not {out.name}",
            advice="For example: --out evidence.png",
        )
    from monoprint.pipeline.explain import split

    if any(out.exists() and out.samefile(split(file)[0]) for file in (first, second)):
        raise UsageError(
            f"{out} is one of the files to compare, which stay as they are",
            advice="Name another file with --out.",
        )
    return kind


def _write(out: Path, evidence: bytes) -> None:
    part = out.with_name(f"{out.name}.part")
    try:
        part.write_bytes(evidence)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ReportError(
            f"cannot write {out}: {error.strerror or error}",
            advice="Name a file with --out in a folder that is there and that you may write to.",
        ) from error


def _lines(explained: "Explained", first: Path, second: Path, out: Path | None) -> list[str]:
    from monoprint.findings.places import in_words
    from monoprint.report.words import RELATION_MEANINGS, RELATION_WORDS

    verdict = explained.verdict
    lines = [
        f"First:   {first}  ({_facts(explained.first)})",
        f"Second:  {second}  ({_facts(explained.second)})",
        "",
    ]
    if verdict.relation is None:
        lines.append(f"No match: nothing says that they are one picture. ({_sure(verdict)})")
    else:
        words, meaning = RELATION_WORDS[verdict.relation], RELATION_MEANINGS[verdict.relation]
        lines.append(f"{words} ({verdict.relation.value}), {_sure(verdict)}")
        lines += textwrap.wrap(meaning, 88, initial_indent="  ", subsequent_indent="  ")
    if verdict.changes:
        lines += ["", "Changed from the first to the second:"]
        lines += [f"  {change.text}" for change in verdict.changes]
    if verdict.source:
        original, copy = ("first", "second")[:: 1 if verdict.source == 1 else -1]
        lines += ["", f"The {copy} was plainly made from the {original}."]
    windows = (verdict.first_window, verdict.second_window)
    if verdict.relation is not None and any(_partly(window) for window in windows):
        lines += ["", "Both show:"]
        lines += [f"  of the {name}: {_extent(window)}"
                  for name, window in zip(("first", "second"), windows, strict=True)]  # fmt: skip
    if verdict.where:
        lines += ["", f"They differ: {in_words(verdict.where)} (of the first)"]
    if out is not None:
        lines += ["", f"Evidence: {out}"]
    return lines


def _facts(facts: "Facts") -> str:
    told = [f"{facts.width:,} x {facts.height:,}", facts.format]
    if facts.quality is not None:
        told.append(f"quality about {facts.quality}")
    if facts.taken:
        told.append(f"taken {facts.taken}")
    if facts.camera:
        told.append(facts.camera)
    return ", ".join(told)


def _sure(verdict: "Verdict") -> str:
    if verdict.relation in _PROVEN:
        return "proven"
    certain = "over 99 %" if verdict.certainty >= 0.995 else _percent(verdict.certainty)
    return f"{certain} sure"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _bounds(window: "Quad") -> tuple[float, float, float, float]:
    across, down = zip(*window, strict=True)
    return min(across), min(down), max(across), max(down)


def _partly(window: "Quad") -> bool:
    left, top, right, bottom = _bounds(window)
    return left > 0.01 or top > 0.01 or right < 0.99 or bottom < 0.99


def _extent(window: "Quad") -> str:
    if not _partly(window):
        return "all of it"
    left, top, right, bottom = (_percent(max(0.0, min(1.0, value))) for value in _bounds(window))
    return f"{left} to {right} from the left, {top} to {bottom} from the top"


def _plain(explained: "Explained", first: Path, second: Path, out: Path | None) -> dict[str, Any]:
    from dataclasses import asdict

    verdict = explained.verdict
    told = asdict(verdict)
    return {
        "first": {"path": _text(first), **asdict(explained.first)},
        "second": {"path": _text(second), **asdict(explained.second)},
        "relation": told.pop("relation"),
        "copies": verdict.matches,
        **told,
        "evidence": "" if out is None else _text(out),
    }


def _text(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()
