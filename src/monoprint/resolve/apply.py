"""Carrying out a plan: announced, verified, done, written down; and going on after a crash."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from monoprint.errors import PlanError
from monoprint.model.plan import Action, Plan, Step
from monoprint.resolve import actions, journal, planfile, sidecars
from monoprint.resolve.journal import JOURNAL_SCHEMA, Journal, Kind, Trace
from monoprint.resolve.plan import Whole
from monoprint.resolve.tree import Reader, Skip, Tree, read, require
from monoprint.sources.opening import is_folder

# Steps that are announced together, so that the disk is waited for a few times for all of them.
_BATCH: Final = 1024

_UNDO: Final = {Kind.UNDO_INTENT, Kind.UNDONE, Kind.NOT_UNDONE}


@dataclass(slots=True)
class Outcome:
    """What became of a plan's steps: numbers, and the skipped ones with their reasons.

    `before` counts steps that an earlier run had dealt with; `written` are files for whoever holds
    a store, where nothing is done here. What was done `for_good` cannot be put back.
    """

    done: int = 0
    skipped: list[tuple[int, str, str]] = field(default_factory=list)
    reported: int = 0
    before: int = 0
    freed: int = 0
    digest: bytes = b""
    contents: set[bytes] = field(default_factory=set)
    written: list[Path] = field(default_factory=list)
    for_good: bool = False

    def reasons(self) -> list[tuple[str, int]]:
        """Return the reasons of skipped steps with how often each came, most often first."""
        return Counter(reason for _, _, reason in self.skipped).most_common()


def check(path: Path) -> Plan:
    """Read a plan and prove it as a whole: its digest, and that it gives up no file that stays.

    Raises PlanError.
    """
    whole = Whole()
    plan = planfile.read(path, whole.add)
    wrong = whole.wrong()
    if wrong:
        raise PlanError(
            f"{path} is not safe as a whole: {wrong}",
            advice="Make the plan again; tell its author.",
        )
    return plan


def apply(
    path: Path,
    plan: Plan,
    approved_by: Sequence[str],
    may: Callable[[Step], str],
    *,
    reader: Reader = read,
    advance: Callable[[int], None] = lambda _: None,
    batch: int = _BATCH,
) -> Outcome:
    """Carry a plan out that `check` has read, and return what became of its steps.

    `may` returns why a step may no longer be done (nothing: it may). Interrupted or killed at any
    moment, the next call goes on; called again after its end, it does nothing. Raises PlanError if
    the journal is of another plan, or says that the plan was undone.
    """
    require()
    outcome = Outcome(digest=plan.digest, for_good=plan.head.action is Action.DELETE)
    with ExitStack() as stack:
        log = stack.enter_context(Journal(journal.place_of(path)))
        _begin(log, plan, approved_by)
        trees = stack.enter_context(opened(plan.head.stores))
        beside = sidecars.Sidecars(sidecars.place_of(path))
        told = log.told
        outcome.before = sum(t.last is not Kind.INTENT for t in told.steps.values())
        pending = [t for t in told.steps.values() if t.last is Kind.INTENT]
        again = _find_out(pending, log, trees, beside, reader, outcome)
        if told.ended:
            outcome.reported = plan_reported(path)
            return outcome
        known = told.steps.keys() - again
        waiting = (step for step in planfile.steps(path) if step.number not in known)
        for steps in _batches(waiting, batch):
            wanted = [s for s in steps if s.action is not Action.REPORT]
            outcome.reported += len(steps) - len(wanted)
            _carry_out(wanted, plan, may, log, trees, beside, reader, outcome)
            advance(len(steps))
        actions.clear_quarantines(plan.digest, trees)
        log.add(Kind.END)
        log.sync()
    return outcome


def plan_reported(path: Path) -> int:
    """Return how many steps of a plan are no more than a report."""
    return sum(step.action is Action.REPORT for step in planfile.steps(path))


def rehearse(
    path: Path,
    plan: Plan,
    may: Callable[[Step], str],
    *,
    reader: Reader = read,
    advance: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Read all that a plan would touch and say what would become of its steps; change nothing.

    What a redirect says of archives and of stores that are no folders is taken as the plan has it.
    """
    outcome = Outcome(digest=plan.digest)
    with opened(plan.head.stores) as trees:
        for step in planfile.steps(path):
            advance(1)
            if step.action is Action.REPORT:
                outcome.reported += 1
                continue
            try:
                barred = may(step)
                if barred:
                    raise Skip(barred)
                if not step.elsewhere:
                    actions.verify(actions.intend(step, plan.digest, trees), trees, reader)
            except Skip as skip:
                outcome.skipped.append((step.number, ":".join(step.copy), str(skip)))
            else:
                outcome.done += 1
                outcome.freed += step.freed
    return outcome


@contextmanager
def opened(stores: Any) -> Iterator[dict[str, Tree]]:
    """Open stores (locations by name) and hold them against other plans.

    Those that are no folders are left out: no step changes anything in them.
    """
    trees: dict[str, Tree] = {}
    try:
        for name in sorted(stores):
            if is_folder(stores[name]):
                trees[name] = Tree(stores[name])
        yield trees
    finally:
        for tree in trees.values():
            tree.close()


def _begin(log: Journal, plan: Plan, approved_by: Sequence[str]) -> None:
    begin = log.told.begin
    if begin:
        if begin["plan"] != plan.digest.hex():
            raise PlanError(
                f"{log.path} is the journal of another plan",
                advice="Give the plan a file name of its own.",
            )
        if any(trace.last in _UNDO for trace in log.told.steps.values()):
            raise PlanError(
                "this plan was undone, in whole or in part", advice="Make a new plan to go on."
            )
        return
    log.add(
        Kind.BEGIN, schema=JOURNAL_SCHEMA, plan=plan.digest.hex(), author=plan.head.author,
        approved_by=list(approved_by), stores=dict(plan.head.stores),
        history={"seq": plan.head.history.seq, "digest": plan.head.history.digest.hex()},
    )  # fmt: skip
    log.sync()


def _find_out(
    pending: Iterable[Trace],
    log: Journal,
    trees: dict[str, Tree],
    beside: sidecars.Sidecars,
    reader: Reader,
    outcome: Outcome,
) -> set[int]:
    """Find out which of the steps that a crash left announced were done; return the others.

    What was begun of the others is cleared away, so that they can be announced again.
    """
    left = set()
    for trace in pending:
        if actions.was_done(trace.intent, trees, reader):
            _done(trace.intent, log, beside, outcome, found=True)
        else:
            left.add(int(trace.intent["step"]))
    _settle(log, trees, beside)
    return left


def _carry_out(
    steps: Sequence[Step],
    plan: Plan,
    may: Callable[[Step], str],
    log: Journal,
    trees: dict[str, Tree],
    beside: sidecars.Sidecars,
    reader: Reader,
    outcome: Outcome,
) -> None:
    """Announce some steps, carry each out right after verifying it, and write down what became.

    Folders are looked up anew for each batch, and an announced step is on the disk before it is
    begun.
    """
    for tree in trees.values():
        tree.forget()
    intents: list[tuple[Step, actions.Intent]] = []
    for step in steps:
        try:
            barred = may(step)
            if barred:
                raise Skip(barred)
            intents.append((step, actions.intend(step, plan.digest, trees)))
        except Skip as skip:
            _skipped(step, str(skip), log, outcome)
    for _, intent in intents:
        log.add(Kind.INTENT, **intent)
    log.sync()
    cannot = ""
    try:
        actions.write_manifests([intent for _, intent in intents], plan.digest, trees)
    except (OSError, Skip) as error:
        cannot = f"the quarantine cannot be written: {error}"
    for step, intent in intents:
        try:
            if cannot and step.action is Action.QUARANTINE:
                raise Skip(cannot)
            stays, _ = actions.verify(intent, trees, reader)
            actions.perform(intent, stays, trees)
        except Skip as skip:
            _skipped(step, str(skip), log, outcome)
        else:
            outcome.freed += step.freed
            _done(intent, log, beside, outcome)
    _settle(log, trees, beside)


def _settle(log: Journal, trees: dict[str, Tree], beside: sidecars.Sidecars) -> None:
    """Make what was done durable, then what is said about it."""
    for tree in trees.values():
        tree.sync()
    beside.sync()
    log.sync()


def _done(
    intent: actions.Intent,
    log: Journal,
    beside: sidecars.Sidecars,
    outcome: Outcome,
    *,
    found: bool = False,
) -> None:
    log.add(Kind.DONE, step=intent["step"], **({"found": True} if found else {}))
    beside.add(intent, "kept")
    outcome.done += 1
    outcome.contents.update(bytes.fromhex(intent[k]) for k in ("sha256", "keeper_sha256"))


def _skipped(step: Step, reason: str, log: Journal, outcome: Outcome) -> None:
    log.add(Kind.SKIPPED, step=step.number, reason=reason)
    outcome.skipped.append((step.number, ":".join(step.copy), reason))


def _batches(steps: Iterator[Step], size: int) -> Iterator[list[Step]]:
    while batch := list(islice(steps, size)):
        yield batch
