"""Undoing: putting back what a plan did, from its journal alone, also weeks later."""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from monoprint.errors import PlanError
from monoprint.model.plan import Action
from monoprint.resolve import actions, sidecars
from monoprint.resolve.actions import Name, NotUndone, Siblings
from monoprint.resolve.apply import opened
from monoprint.resolve.journal import Journal, Kind, Trace
from monoprint.resolve.tree import Reader, Tree, read, require

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
    require()
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
        siblings = _siblings(told.steps, trees)
        for start in range(0, len(wanted), batch):
            some = wanted[start : start + batch]
            for tree in trees.values():
                tree.forget()
            for trace in some:
                log.add(Kind.UNDO_INTENT, step=trace.intent["step"])
            log.sync()
            for trace in some:
                _undo(trace, log, trees, beside, reader, siblings, result)
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


def _siblings(steps: dict[int, Trace], trees: dict[str, Tree]) -> Siblings:
    """Return the names that steps of one file had and have, and those that were put back."""
    siblings = Siblings()
    for trace in steps.values():
        intent = trace.intent
        if not intent or Action(intent["action"]) is Action.DELETE:
            continue
        tree = trees[intent["copy"][0]]
        siblings.add(intent["was"], Name(tree, intent["copy"][1]))
        if "quarantined" in intent:
            siblings.aside(intent["was"], Name(tree, intent["quarantined"]))
        if trace.last is Kind.UNDONE and Action(intent["action"]).links:
            siblings.put_back(intent["was"], Name(tree, intent["copy"][1]))
    return siblings


def _undo(
    trace: Trace,
    log: Journal,
    trees: dict[str, Tree],
    beside: sidecars.Sidecars,
    reader: Reader,
    siblings: Siblings,
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
    if Action(intent["action"]).links and siblings.others(intent["was"]):
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
