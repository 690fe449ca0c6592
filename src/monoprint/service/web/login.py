"""Logging in by a link that opens once, and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from monoprint.review import people
from monoprint.service.auth import LoggedIn, cookie_name, give_session
from monoprint.service.web.show import page

router = APIRouter()


@router.get("/enter")
def enter(request: Request) -> Response:
    """Show where a link's token is handed in.

    The token stands behind the address's `#`: it is never sent by opening the link, stands in no
    log and goes to no other site. A script hands it in, or a person types it.
    """
    return page(request, "enter.html", None)


@router.post("/enter")
def log_in(request: Request, token: Annotated[str, Form(max_length=200)]) -> Response:
    """Trade a token for a session."""
    _, session = people.log_in(request.app.state.desk.catalog, token.strip())
    response = RedirectResponse("/", 303)
    give_session(request, response, session)
    return response


@router.post("/leave")
def log_out(request: Request, _: LoggedIn) -> Response:
    """End the session."""
    people.log_out(request.app.state.desk.catalog, request.cookies[cookie_name(request)])
    response = RedirectResponse("/enter", 303)
    response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict")
    return response
