"""What was just entered, and taking it back."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from monoprint.review import chain, decisions, queue
from monoprint.service.auth import LoggedIn
from monoprint.service.web.asked import Wanted, Why

router = APIRouter()


@router.post("/undo")
def undo(
    request: Request,
    who: LoggedIn,
    wanted: Wanted,
    decision: Annotated[int, Form(ge=1)],
    back: Annotated[str, Form(max_length=64)] = "",
    why: Why = "",
) -> Response:
    """Take a decision back, and show the group again that it was about."""
    decisions.undo(request.app.state.desk.catalog, decision, who.name, why.strip())
    path = f"/groups/{queue.as_key(back).hex()}" if back else "/"
    return RedirectResponse(wanted.address(path), 303)


def decided(request: Request, done: int | None) -> dict[str, Any] | None:
    """Return what the decision said that led to a page, None if there was none."""
    rows = chain.newest(request.app.state.desk.catalog, done + 1, 1) if done else []
    if not rows or rows[0].seq != done or rows[0].act != "decided":
        return None
    return {"seq": done, **json.loads(rows[0].what)}
