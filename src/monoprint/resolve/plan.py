"""Planning: from decisions to steps, held against authority and against each other. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from monoprint.catalog.reviews import Pair
from monoprint.model.finding import Waste
from monoprint.model.match import Relation
from monoprint.model.plan import Action, Reason, Step
from monoprint.model.review import Place
from monoprint.resolve.authority import Attributes, Authority, Verdict

Facts = Mapping[str, Any]

# What storage costs if nobody says it: object storage of the large providers lies near this.
DEFAULT_PRICE: Final = Decimal("0.023")
DEFAULT_CURRENCY: Final = "USD"
_GB: Final = 1_000_000_000

_IDENTICAL: Final = {Relation.IDENTICAL_BYTES, Relation.IDENTICAL_PIXELS}

# How a plan counts what is blocked: everything but the first two is not for want of leave.
_BLOCKED: Final = {
    Reason.HOLD: "blocked_by_hold",
    Reason.RETENTION: "blocked_by_hold",
    Reason.AUTHORITY: "blocked_for_want_of_authority",
}


def steps(
    pairs: Iterable[Pair],
    contested: Mapping[tuple[str, str], Pair],
    action: Action,
    authority: Authority,
    on: date,
    facts: Callable[[bytes], Facts | None],
    attributes: Callable[[Place], Attributes | None] = lambda _: None,
    elsewhere: frozenset[str] = frozenset(),
) -> Iterator[Step]:
    """Yield a step for each copy, in the order of the copies' places.

    `pairs` come in that order; `contested` are those whose copy stays for another file elsewhere.
    A keeper is never given up by another step: where decisions would have it so, the copy goes by
    the keeper's own keeper if it is identical, and else nothing happens to it. `facts` gives what
    a content says of itself, None where that was not read; `attributes` what the catalog has of a
    file, None where it does not know it. `elsewhere` names the stores that are no folders of this
    machine.
    """
    by_metadata = authority.needs_facts
    copies = groupby(pairs, key=lambda pair: (pair.copy.store, pair.copy.path))
    for number, (_, same) in enumerate(copies, start=1):
        # A copy that stands in several groups goes by the newest decision.
        pair = max(same, key=lambda p: (p.decision, p.key))
        verdict = authority.check(
            pair.copy, facts(pair.copy.sha256) if by_metadata else None, action, on,
            attributes(pair.copy),
        )  # fmt: skip
        yield _step(number, pair, contested, action, verdict, facts, elsewhere)


def _step(
    number: int,
    pair: Pair,
    contested: Mapping[tuple[str, str], Pair],
    action: Action,
    verdict: Verdict,
    facts: Callable[[bytes], Facts | None],
    elsewhere: frozenset[str],
) -> Step:
    keeper, relation, conflict = _keeper(pair, contested)
    present = pair.present
    blocked: Reason | None = None
    why = reference = ""
    fixed = _fixed(pair.copy, keeper, elsewhere)
    if not present:
        blocked, why = Reason.STALE, "the catalog has other files there now: audit again"
    elif conflict:
        blocked, why = Reason.CONFLICT, conflict
    elif verdict.blocked is not None:
        blocked, why = Reason(verdict.blocked.value), verdict.why
    elif action.changes and fixed:
        blocked, why = Reason.PLACE, fixed
    elif action.links and pair.copy.sha256 != keeper.sha256:
        blocked = Reason.BYTES
        why = "its bytes are not the keeper's, and a link would lose them: quarantine it instead"
    else:
        reference = verdict.reference
    return Step(
        number=number,
        action=Action.REPORT if blocked else action,
        copy=(pair.copy.store, pair.copy.path),
        keeper=(keeper.store, keeper.path),
        sha256=pair.copy.sha256.hex(),
        keeper_sha256=keeper.sha256.hex(),
        bytes=pair.bytes,
        freed=_freed(pair),
        relation=relation,
        group=pair.key.hex(),
        decision=pair.decision,
        authority=reference or "none",
        blocked=blocked,
        why=why,
        only_in_copy=_only_in_copy(pair.copy, keeper, facts),
        elsewhere=action is Action.REDIRECT and not blocked and bool(fixed),
    )


def _freed(pair: Pair) -> int:
    """Return what giving a copy up frees.

    Nothing where its storage stays: shared, in a container, or not known (a derivative).
    """
    stays = pair.waste in {Waste.FREE, Waste.HELD} or pair.copy.inside or pair.derived
    return 0 if stays else pair.bytes


def _fixed(copy: Place, keeper: Place, elsewhere: frozenset[str]) -> str:
    """Say why nothing can be changed at a copy's place, or why what stays cannot be verified."""
    if copy.inside:
        return "it lies in an archive or document, which is not changed: report or redirect only"
    if copy.store in elsewhere:
        return f"{copy.store} is no folder of this machine: report or redirect only"
    if keeper.inside:
        return (
            f"{keeper.store}:{keeper.path}, which should stay for it, lies in an archive or "
            "document: keep a file outside of it"
        )
    if keeper.store in elsewhere:
        return (
            f"{keeper.store}:{keeper.path}, which should stay for it, is in no folder of this "
            "machine and cannot be verified before the copy goes: report or redirect only"
        )
    return ""


def _keeper(pair: Pair, contested: Mapping[tuple[str, str], Pair]) -> tuple[Place, Relation, str]:
    """Return who stays for a copy in the end, how they are related, and what contradicts it."""
    keeper, relation = pair.keeper, pair.relation
    seen = {(pair.copy.store, pair.copy.path)}
    while (keeper.store, keeper.path) in contested:
        at = (keeper.store, keeper.path)
        onward = contested[at]
        shown = f"{keeper.store}:{keeper.path}"
        if at in seen or (onward.keeper.store, onward.keeper.path) in seen:
            return pair.keeper, pair.relation, f"decisions give up both it and {shown}"
        if relation not in _IDENTICAL:
            return (
                pair.keeper, pair.relation,
                f"{shown}, which should stay for it, is given up by another decision",
            )  # fmt: skip
        seen.add(at)
        keeper = onward.keeper
        if relation is Relation.IDENTICAL_BYTES:
            relation = onward.relation
        elif onward.relation is not Relation.IDENTICAL_BYTES:
            relation = max(relation, onward.relation, key=list(Relation).index)
    return keeper, relation, ""


def _only_in_copy(
    copy: Place, keeper: Place, facts: Callable[[bytes], Facts | None]
) -> dict[str, Any]:
    """Return what the copy's file says of the picture and the keeper's does not say."""
    if copy.sha256 == keeper.sha256:
        return {}
    told, kept = facts(copy.sha256), facts(keeper.sha256)
    if told is None:
        return {"unread": "its metadata were not read"}
    return {
        name: value
        for name, value in told.items()
        if not name.startswith("encoding.") and (kept is None or kept.get(name) != value)
    }


@dataclass(slots=True)
class Totals:
    """Counts files and bytes of steps as they go by: what may happen now, and what blocks it."""

    price: Decimal
    counts: dict[str, list[int]] = field(
        default_factory=lambda: {
            name: [0, 0]
            for name in (
                "authorised_now", "blocked_by_hold", "blocked_for_want_of_authority",
                "blocked_otherwise",
            )
        }
    )  # fmt: skip

    def add(self, step: Step) -> None:
        """Count a step."""
        name = "authorised_now"
        if step.blocked is not None:
            name = _BLOCKED.get(step.blocked, "blocked_otherwise")
        count = self.counts[name]
        count[0] += 1
        count[1] += step.freed

    def plain(self) -> dict[str, dict[str, Any]]:
        """Return the totals as a plan holds them, with money a month as text."""
        return {
            name: {"files": files, "bytes": size, "money_a_month": money(size, self.price)}
            for name, (files, size) in self.counts.items()
        }


def money(size: int, price: Decimal) -> str:
    """Return what bytes cost a month at a price a GB (10^9 bytes), to four places."""
    return str((Decimal(size) * price / _GB).quantize(Decimal("0.0001")))


@dataclass(slots=True)
class Whole:
    """Looks at steps as they go by, for what can only be seen over all of them."""

    given_up: set[tuple[str, str]] = field(default_factory=set)
    stays: set[tuple[str, str]] = field(default_factory=set)
    twice: list[tuple[str, str]] = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Look at a step."""
        if step.action is Action.REPORT:
            return
        place = (step.copy[0], step.quarantined or step.copy[1])
        if place in self.given_up:
            self.twice.append(place)
        self.given_up.add(place)
        self.stays.add(step.keeper)

    def wrong(self) -> str:
        """Return what is wrong with the steps as a whole, nothing if all is well.

        No file may be given up twice, and none that stays may be given up by another step.
        """
        if self.twice:
            return f"{':'.join(min(self.twice))} is given up by two steps"
        both = self.given_up & self.stays
        return f"{':'.join(min(both))} would stay and be given up" if both else ""
