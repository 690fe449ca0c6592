"""The desk as a web application: its pages put together, and how errors are shown."""

from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from monoprint.errors import (
    Changed,
    MonoprintError,
    NotAllowed,
    PlanError,
    UnknownGroup,
    Unread,
    UsageError,
)
from monoprint.service.auth import Guard, NotLoggedIn
from monoprint.service.desk import Desk
from monoprint.service.web import (
    entered,
    group,
    history,
    login,
    pictures,
    plans,
    queue,
    signoff,
    static,
    warnings,
)
from monoprint.service.web.show import page

_CODES: Final[dict[type[MonoprintError], int]] = {
    UsageError: 400,
    NotAllowed: 403,
    UnknownGroup: 404,
    Unread: 404,
    Changed: 409,
    PlanError: 409,
}


def make_app(desk: Desk) -> FastAPI:
    """Return the desk as an ASGI application, guarded."""
    app = FastAPI(title="Monoprint", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.desk = desk
    for each in (login, queue, group, entered, signoff, plans, warnings, history, pictures):
        app.include_router(each.router)
    app.include_router(static.router)
    app.add_exception_handler(MonoprintError, _told)
    app.add_exception_handler(RequestValidationError, _misspelt)
    app.add_exception_handler(HTTPException, _plain_error)
    app.add_middleware(Guard, port=desk.port)
    return app


def code_of(error: Exception) -> int:
    """Return the HTTP status that tells of an error."""
    found = (code for kind, code in _CODES.items() if isinstance(error, kind))
    return next(found, 500)


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, MonoprintError)  # noqa: S101 - registered for it alone
    if isinstance(error, NotLoggedIn) and request.method == "GET":
        return RedirectResponse("/enter", 303)
    return _error(request, str(error), error.advice, code_of(error))


def _misspelt(request: Request, _: Exception) -> Response:
    return _error(request, "the desk does not understand that address or form", "", 400)


def _plain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    told = "there is no such page" if error.status_code == 404 else str(error.detail)
    return _error(request, told, "", error.status_code)


def _error(request: Request, told: str, advice: str, code: int) -> Response:
    return page(request, "error.html", None, code, told=told, advice=advice)
