"""Plans: what would happen, what it is worth, and the approval of a second person."""

import secrets
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from monoprint.errors import MonoprintError, UnknownGroup
from monoprint.model.plan import Action
from monoprint.model.review import Duty, Person, PlanRecord
from monoprint.pipeline import reconcile
from monoprint.pipeline.progress import Silent
from monoprint.resolve import planfile
from monoprint.resolve.keys import same_person
from monoprint.review import queue
from monoprint.service.auth import LoggedIn, approver
from monoprint.service.web.show import page

router = APIRouter()

# What can be asked for here; to delete is a plan of its own, made by `monoprint plan`.
_ACTIONS: Final = (
    Action.REPORT, Action.QUARANTINE, Action.HARDLINK, Action.REFLINK, Action.SYMLINK,
    Action.REDIRECT,
)  # fmt: skip
_STEPS: Final = 100


@router.get("/plans")
def plans(request: Request, who: LoggedIn) -> Response:
    """Show the plans, and what a new one can be asked for."""
    catalog = request.app.state.desk.catalog
    return page(
        request, "plans.html", who,
        plans=reconcile.plans(catalog), actions=_ACTIONS,
        stores=queue.choices(catalog)["stores"], counts=queue.counts(catalog),
    )  # fmt: skip


@router.post("/plans")
def make(
    request: Request,
    who: LoggedIn,
    action: Annotated[Action, Form()],
    store: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    """Make a plan of what was decided, at a place that the desk chooses."""
    desk = request.app.state.desk
    desk.plans.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    out = desk.plans / f"{now:%Y-%m-%d}-{action}-{secrets.token_hex(4)}.json"
    made = reconcile.make_plan(
        desk.catalog, desk.workers, reconcile.Wanted(who.name, action, store=store),
        desk.authority_file, out, desk.keyring, Silent(),
    )  # fmt: skip
    return RedirectResponse(f"/plans/{made.digest.hex()}", 303)


@router.get("/plans/{digest}")
def plan(request: Request, who: LoggedIn, digest: str) -> Response:
    """Show what a plan comes to, and its first steps."""
    record = _record(request, digest)
    try:
        steps, lacking = list(islice(planfile.steps(Path(record.place)), _STEPS)), ""
    except MonoprintError as error:
        steps, lacking = [], str(error)
    return page(
        request, "plan.html", who,
        plan=record, digest=digest, steps=steps, lacking=lacking, most=_STEPS,
        own=same_person(who.name, record.author), approver=who.duty is Duty.APPROVER,
    )  # fmt: skip


@router.get("/plans/{digest}/proof")
def proof(request: Request, who: LoggedIn, digest: str) -> Response:
    """Read a plan whole, and say whether it may be carried out."""
    desk = request.app.state.desk
    record = _record(request, digest)
    try:
        whole, wrong = planfile.read(Path(record.place)), ""
        by = reconcile.approved_by(desk.catalog, whole, desk.keyring)
    except MonoprintError as error:
        whole, wrong, by = None, str(error), []
    changed = whole is not None and whole.digest != record.digest
    return page(
        request, "proof.html", who,
        plan=record, whole=whole, wrong="the file holds another plan now" if changed else wrong,
        by=by,
    )  # fmt: skip


@router.post("/plans/{digest}/approve")
def approve(request: Request, who: Annotated[Person, Depends(approver)], digest: str) -> Response:
    """Approve a plan, as the person who is logged in."""
    record = _record(request, digest)
    reconcile.approve_at_desk(request.app.state.desk.catalog, record.digest, who.name)
    return RedirectResponse(f"/plans/{digest}", 303)


def _record(request: Request, digest: str) -> PlanRecord:
    wanted = queue.as_key(digest)
    found = reconcile.plans(request.app.state.desk.catalog)
    for record in found:
        if record.digest == wanted:
            return record
    raise UnknownGroup(f"the catalog knows no plan {digest[:16]}")
