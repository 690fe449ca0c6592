"""One group: looked at closely, and decided."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from monoprint.errors import Changed, UsageError
from monoprint.model.review import Answer, GroupView, Part, Purpose, ReviewMember, State, Verdict
from monoprint.pipeline import reconcile
from monoprint.review import decisions, queue
from monoprint.review.compare import side_by_side
from monoprint.service.auth import LoggedIn
from monoprint.service.web.asked import Asked, Done, Wanted, Why
from monoprint.service.web.entered import decided
from monoprint.service.web.show import page, picture

router = APIRouter()

# Files of a group that its page lists: beyond them it would be no page to look at.
_FILES: Final = 200
_WARNINGS: Final = 5

Positions = Annotated[list[int] | None, Form(max_length=10_000)]
Position = Annotated[int, Query(ge=0, le=10_000_000)]


@router.get("/groups/{key}")
def group(
    request: Request,
    who: LoggedIn,
    wanted: Wanted,
    key: str,
    done: Done = None,
) -> Response:
    """Show a group, and what was decided on the way to it."""
    view = queue.group(request.app.state.desk.catalog, queue.as_key(key))
    return _shown(request, who, wanted, view, done=done)


@router.get("/groups/{key}/suggestion")
def suggestion(request: Request, who: LoggedIn, key: str) -> Response:
    """Show which file would stay, and the reason."""
    desk = request.app.state.desk
    found = reconcile.suggestion(
        desk.catalog, desk.workers, queue.as_key(key), desk.rules, desk.authority
    )
    return page(request, "suggestion.html", who, suggested=found)


@router.get("/groups/{key}/sides")
def sides(request: Request, who: LoggedIn, key: str, left: Position, right: Position) -> Response:
    """Show two files' metadata side by side."""
    desk = request.app.state.desk
    view = queue.group(desk.catalog, queue.as_key(key))
    if max(left, right) >= len(view.members):
        raise UsageError(f"the files of this group are numbered 0 to {len(view.members) - 1}")
    facts = reconcile.facts(desk.catalog, desk.workers, view.group.key)
    members = view.members[left], view.members[right]
    lines = side_by_side(*members, (facts[left], facts[right]))
    return page(request, "sides.html", who, members=members, lines=lines)


@router.get("/groups/{key}/pulse")
def pulse(request: Request, who: LoggedIn, key: str, version: int) -> Response:
    """Say whether somebody has changed a group since it was shown at `version`."""
    view = queue.group(request.app.state.desk.catalog, queue.as_key(key))
    changed = view.group.version != version
    return page(request, "pulse.html", who, changed=changed, view=view, key=key)


@router.post("/groups/{key}/decide")
def decide(
    request: Request,
    who: LoggedIn,
    wanted: Wanted,
    key: str,
    version: Annotated[int, Form()],
    verdict: Annotated[Verdict | None, Form()] = None,
    keep: Annotated[int | None, Form()] = None,
    suggested: Annotated[int | None, Form()] = None,
    stays: Positions = None,
    apart: Positions = None,
    meant: Positions = None,
    purpose: Annotated[Purpose | None, Form()] = None,
    why: Why = "",
    note: Why = "",
) -> Response:
    """Enter a decision, and go on to the next group of the queue.

    The form holds what is chosen for every verdict; only what belongs to this one counts. `keep`
    is the one file that stays, from a button of its own; so is `suggested`, and then the reason
    of the suggestion is kept too.
    """
    catalog = request.app.state.desk.catalog
    if suggested is not None:
        keep, why = suggested, _as_suggested(request, key, suggested, why)
    if keep is not None:
        verdict, stays = Verdict.KEEP, [keep]
    if verdict is None:
        raise UsageError("a decision says what is decided")
    chosen = {Verdict.KEEP: stays, Verdict.APART: apart, Verdict.INTENDED: meant}.get(verdict)
    answer = Answer(
        queue.as_key(key), version, verdict, who.name,
        (note if verdict is Verdict.COLLEAGUE else why).strip(),
        # The left one and "stays too" may name the same file.
        tuple(dict.fromkeys(chosen or ())),
        purpose if verdict is Verdict.INTENDED else None,
    )  # fmt: skip
    try:
        view = decisions.decide(catalog, answer)
    except Changed as error:
        now = queue.group(catalog, answer.key)
        return _shown(request, who, wanted, now, conflict=error, code=409)
    _, after = queue.beside(catalog, answer.key, wanted.filter)
    done = str(view.group.decision or "")
    if after is None:
        return RedirectResponse(wanted.address("/", done=done), 303)
    return RedirectResponse(wanted.address(f"/groups/{after.hex()}", done=done), 303)


def _as_suggested(request: Request, key: str, position: int, why: str) -> str:
    """Return what somebody says who follows the suggestion: their reason, and that of it."""
    desk = request.app.state.desk
    found = reconcile.suggestion(
        desk.catalog, desk.workers, queue.as_key(key), desk.rules, desk.authority
    )
    if found.proposal is None or found.proposal.keeper != position or not found.reason:
        return why
    return f"{why.strip()}: {found.reason}" if why.strip() else found.reason


def _shown(
    request: Request,
    who: LoggedIn,
    wanted: Asked,
    view: GroupView,
    *,
    done: int | None = None,
    conflict: Changed | None = None,
    code: int = 200,
) -> Response:
    catalog = request.app.state.desk.catalog
    before, after = queue.beside(catalog, view.group.key, wanted.filter)
    stays = next((m.position for m in view.members if m.part is Part.KEEPER), 0)
    other = next((m.position for m in view.members if m.position != stays), stays)
    return page(
        request, "group.html", who, code,
        view=view, key=view.group.key.hex(), members=view.members[:_FILES], wanted=wanted,
        before=before and before.hex(), after=after and after.hex(), left=stays, right=other,
        decided=decided(request, done), conflict=conflict, State=State, Verdict=Verdict,
        Part=Part, shown=[_data(view, m) for m in view.members[:_FILES]],
        warnings=queue.warnings_of(catalog, view, _WARNINGS),
    )  # fmt: skip


def _data(view: GroupView, member: ReviewMember) -> dict[str, Any]:
    """Return what the viewer's script knows of a file."""
    return {
        "position": member.position,
        "name": member.path.rpartition("/")[2],
        "store": member.store,
        "width": member.width,
        "height": member.height,
        "content": member.sha256.hex()[:16],
        "small": picture(view.group.key.hex(), member, 1600),
        "large": picture(view.group.key.hex(), member, 4096),
    }
