"""Sign-off: what is alike settled with one decision, shown as a list first."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response

from monoprint.model.review import Proposal
from monoprint.pipeline import reconcile
from monoprint.review import decisions, queue
from monoprint.service.auth import LoggedIn
from monoprint.service.web.asked import STEPS, Asked, Wanted
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
    why: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Settle the groups that were chosen from the list, exactly as they were shown.

    What is proposed is made anew from the catalog: from the form comes only what was seen of it.
    """
    chosen = set(seen or ())
    proposals = [p for p in _proposed(request, wanted) if as_text(p) in chosen]
    done = decisions.settle(request.app.state.desk.catalog, proposals, who.name, why.strip())
    missed = len(chosen) - done.settled
    return _shown(request, who, wanted, settled=done.settled, missed=missed)


def as_text(proposal: Proposal) -> str:
    """Return what a person has seen of a proposal: the group, its version, and who stays."""
    return f"{proposal.key.hex()}.{proposal.version}.{proposal.keeper}"


def _proposed(request: Request, wanted: Asked) -> list[Proposal]:
    desk = request.app.state.desk
    return reconcile.propose(desk.catalog, desk.workers, wanted.filter, limit=_MOST)


def _shown(request: Request, who: Any, wanted: Asked, **done: int) -> Response:
    catalog = request.app.state.desk.catalog
    proposals = _proposed(request, wanted)
    return page(
        request, "signoff.html", who,
        wanted=wanted, proposals=proposals, as_text=as_text, most=_MOST, done=done,
        views=queue.groups(catalog, [p.key for p in proposals]),
        choices=queue.choices(catalog), steps=STEPS,
    )  # fmt: skip
