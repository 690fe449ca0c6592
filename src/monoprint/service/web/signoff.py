"""Sign-off: what is alike settled with one decision, shown as a list first."""

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response

from monoprint.errors import UnknownGroup, UsageError
from monoprint.model.match import Relation
from monoprint.model.review import Person, Proposal
from monoprint.pipeline import reconcile
from monoprint.pipeline.reconcile import Proposed
from monoprint.resolve.keep import NEVER_SETTLED
from monoprint.review import decisions, queue
from monoprint.service.auth import LoggedIn
from monoprint.service.web.asked import STEPS, Asked, Wanted, Why
from monoprint.service.web.show import page

router = APIRouter()

# Groups that one decision settles: as many as a person can look through in a list.
_MOST: Final = 100


@router.get("/sign-off")
def preview(request: Request, who: LoggedIn, wanted: Wanted) -> Response:
    """Show what one decision would settle."""
    return _shown(request, who, wanted)


@router.post("/sign-off")
def sign_off(
    request: Request,
    who: LoggedIn,
    wanted: Wanted,
    seen: Annotated[list[str] | None, Form(max_length=_MOST)] = None,
    why: Why = "",
) -> Response:
    """Settle the groups that were chosen from the list, exactly as they were shown.

    What is proposed is made anew from the catalog: from the form comes only what was seen of it.
    """
    chosen = set(seen or ())
    found = [each.proposal for each in _proposed(request, _alike(wanted)) if each.proposal]
    agreed = [proposal for proposal in found if as_text(proposal) in chosen]
    done = decisions.settle(request.app.state.desk.catalog, agreed, who.name, why.strip())
    missed = len(chosen) - done.settled
    return _shown(
        request, who, wanted, settled=done.settled, missed=missed, decisions=done.decisions
    )


@router.post("/sign-off/undo")
def undo(
    request: Request,
    who: LoggedIn,
    wanted: Wanted,
    decision: Annotated[list[int], Form(min_length=1, max_length=_MOST)],
) -> Response:
    """Take back what one sign-off settled, as far as nobody has decided anew since."""
    back = 0
    for seq in decision:
        try:
            decisions.undo(request.app.state.desk.catalog, seq, who.name)
        except (UnknownGroup, UsageError):
            continue  # somebody took it back before, or has gone on from it
        back += 1
    return _shown(request, who, wanted, back=back, left=len(decision) - back)


def as_text(proposal: Proposal) -> str:
    """Return what a person has seen of a proposal: the group, its version, and who stays."""
    return f"{proposal.key.hex()}.{proposal.version}.{proposal.keeper}"


def offered(proposed: Proposed) -> bool:
    """Say whether a group can be settled in a list.

    What only looks alike cannot: a person has to look at each of those.
    """
    relations = {m.relation for m in proposed.view.members}
    return proposed.proposal is not None and not relations & NEVER_SETTLED


def _alike(wanted: Asked) -> Asked:
    """Return the filter with a relation: without one, the nearest."""
    nearest = wanted.filter.relation or Relation.IDENTICAL_BYTES
    return Asked(replace(wanted.filter, relation=nearest))


def _proposed(request: Request, wanted: Asked) -> list[Proposed]:
    desk = request.app.state.desk
    found = reconcile.preview(
        desk.catalog, desk.workers, wanted.filter, desk.rules, desk.authority, _MOST
    )
    return [each for each in found if offered(each)]


def _shown(request: Request, who: Person, wanted: Asked, **done: Any) -> Response:
    wanted = _alike(wanted)
    choices = queue.choices(request.app.state.desk.catalog)
    relations = [r for r in choices["relations"] if r not in NEVER_SETTLED]
    return page(
        request, "signoff.html", who,
        wanted=wanted, proposed=_proposed(request, wanted), as_text=as_text, done=done,
        choices=choices | {"relations": relations}, steps=STEPS, most=_MOST,
    )  # fmt: skip
