"""Undoing: putting back what a plan did, from its journal alone, also weeks later."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from monoprint.errors import PlanError
from monoprint.model.plan import Action
from monoprint.resolve import actions, sidecars
from monoprint.resolve.actions import Name, NotUndone
from monoprint.resolve.apply import opened
from monoprint.resolve.journal import Journal, Kind, Trace
from monoprint.resolve.tree import Reader, Tree, read

_BATCH: Final = 256


@dataclass(slots=True)
class Undone:
    """What was put back, what could not be and why, and what was restored but for something."""

    undone: int = 0
    before: int = 0
    failed: list[tuple[int, str, str]] = field(default_factory=list)
    lacking: list[tuple[int, str, str]] = field(default_factory=list)
    plan: bytes = b""
    contents: set[bytes] = field(default_factory=set)


def undo(
    path: Path,
    only: Collection[int] = (),
    *,
    reader: Reader = read,
    advance: Callable[[int], None] = lambda _: None,
    batch: int = _BATCH,
) -> Undone:
    """Put back the steps of a journal, the last first; `only` these numbers, or all.

    Interrupted or killed at any moment, the next call goes on. A step that could not be put back
    is tried again at the next call. Raises PlanError for a journal that is not there or not whole,
    and for a number that was not carried out.
    """
    if not path.exists():
        raise PlanError(
            f"there is no journal {path}",
            advice="Name the plan's file or its journal; without one nothing was done.",
        )
    result = Undone()
    with ExitStack() as stack:
        log = stack.enter_context(Journal(path))
        told = log.told
        if not told.begin:
            return result
        result.plan = bytes.fromhex(told.begin["plan"])
        trees = stack.enter_context(opened(told.begin["stores"]))
        plan_file = path.with_name(path.name.removesuffix(".journal"))
        beside = sidecars.Sidecars(sidecars.place_of(plan_file))
        _find_out(told.steps, log, trees, reader)
        wanted = _wanted(told.steps, only, result)
        siblings = _put_back_before(told.steps, trees)
        names = Counter(_inode(t) for t in told.steps.values() if _linked(t))
        for start in range(0, len(wanted), batch):
            some = wanted[start : start + batch]
            for tree in trees.values():
                tree.forget()
            for trace in some:
                log.add(Kind.UNDO_INTENT, step=trace.intent["step"])
            log.sync()
            for trace in some:
                _undo(trace, log, trees, beside, reader, siblings, names, result)
            for tree in trees.values():
                tree.sync()
            beside.sync()
            log.sync()
            advance(len(some))
        actions.clear_quarantines(result.plan, trees)
    return result


def _find_out(
    steps: dict[int, Trace], log: Journal, trees: dict[str, Tree], reader: Reader
) -> None:
    """Write down what became of steps that a crash of `apply` left announced."""
    for number, trace in steps.items():
        if trace.last is Kind.INTENT:
            if actions.was_done(trace.intent, trees, reader):
                trace.last = Kind.DONE
                log.add(Kind.DONE, step=number, found=True)
            else:
                trace.last = Kind.SKIPPED
                log.add(Kind.SKIPPED, step=number, reason="interrupted before it was done")
    log.sync()


def _wanted(steps: dict[int, Trace], only: Collection[int], result: Undone) -> list[Trace]:
    undoable = {Kind.DONE, Kind.UNDO_INTENT, Kind.NOT_UNDONE}
    unknown = sorted(n for n in only if n not in steps or steps[n].last is Kind.SKIPPED)
    if unknown:
        raise PlanError(
            f"step {unknown[0]} of this plan was not carried out",
            advice="`monoprint history` and the journal say which steps were.",
        )
    chosen = [n for n in sorted(steps, reverse=True) if not only or n in only]
    result.before = sum(steps[n].last is Kind.UNDONE for n in chosen)
    return [steps[n] for n in chosen if steps[n].last in undoable]


def _linked(trace: Trace) -> bool:
    return bool(trace.intent) and Action(trace.intent["action"]).links and (
        trace.last is not Kind.SKIPPED
    )  # fmt: skip


def _inode(trace: Trace) -> tuple[int, int]:
    was = trace.intent["was"]
    return was["dev"], was["ino"]


def _put_back_before(
    steps: dict[int, Trace], trees: dict[str, Tree]
) -> dict[tuple[int, int], Name]:
    """Return the files that earlier calls put back, by the device and inode they once had."""
    found = {}
    for trace in steps.values():
        if trace.last is Kind.UNDONE and _linked(trace):
            store, path = trace.intent["copy"]
            found[_inode(trace)] = Name(trees[store], path)
    return found


def _undo(
    trace: Trace,
    log: Journal,
    trees: dict[str, Tree],
    beside: sidecars.Sidecars,
    reader: Reader,
    siblings: dict[tuple[int, int], Name],
    names: Counter[tuple[int, int]],
    result: Undone,
) -> None:
    intent = trace.intent
    number, shown = intent["step"], ":".join(intent["copy"])
    try:
        missed = actions.undo(intent, trees, reader, siblings)
    except NotUndone as failure:
        log.add(Kind.NOT_UNDONE, step=number, reason=str(failure))
        result.failed.append((number, shown, str(failure)))
        return
    if _linked(trace) and intent["was"]["links"] > names[_inode(trace)]:
        missed.append("hard links to names that this plan did not touch")
    log.add(Kind.UNDONE, step=number, lacking=missed)
    beside.add(intent, "undone")
    result.undone += 1
    result.contents.update(bytes.fromhex(intent[k]) for k in ("sha256", "keeper_sha256"))
    if missed:
        result.lacking.append((number, shown, f"not restored: {', '.join(missed)}"))


def numbers(words: Sequence[str]) -> list[int]:
    """Return step numbers given as words. Raises PlanError for one that is none."""
    found = []
    for word in words:
        if not word.isdecimal() or not int(word):
            raise PlanError(f"{word} is no number of a step", advice="Steps are numbered from 1.")
        found.append(int(word))
    return found
