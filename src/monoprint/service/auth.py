"""Who asks, and from where: hosts, origins, sessions, and what every answer bears."""

from typing import Annotated, Final

from fastapi import Depends, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monoprint.errors import NotAllowed
from monoprint.model.review import Duty, Person
from monoprint.review import people

# The names by which this machine's own browser reaches the desk. Another name that leads here
# is a foreign page's (DNS rebinding).
HOSTS: Final = ("127.0.0.1", "localhost")

_SAFE: Final = frozenset({"GET", "HEAD"})

# The longest form is a sign-off of a thousand groups, with some 90 bytes for each.
_MOST_BYTES: Final = 1_000_000

# Scripts, styles and pictures from the desk alone; nobody may frame it or take its forms away.
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

# `same-origin` and not `no-referrer`: with the latter a browser sends its own forms with
# `Origin: null`. Other origins get no referrer either way.
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Lets in what this machine's browser asks of the desk's own pages, and nothing else.

    A request must name a host of `HOSTS` with the desk's port. One that changes anything must
    come from the desk's own origin and say so (OWASP: verifying the origin by standard headers);
    one without an `Origin` is refused.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{host}:{port}" for host in HOSTS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with what the desk says, or with a refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def bearing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, bearing)
        else:
            await refusal(scope, receive, bearing)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if host not in self._hosts:
            return PlainTextResponse("This desk is not known by that name.\n", 421)
        if method in _SAFE:
            return None
        if headers.get("origin") != f"http://{host}":
            return PlainTextResponse("Only the desk's own pages may change anything.\n", 403)
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return PlainTextResponse("Only the desk's own pages may change anything.\n", 403)
        length = headers.get("content-length", "")
        if not length.isdigit():
            return PlainTextResponse("Say how long the form is.\n", 411)
        if int(length) > _MOST_BYTES:
            return PlainTextResponse("No form of this desk is that long.\n", 413)
        return None


def cookie_name(request: Request) -> str:
    """Return the session cookie's name; cookies know no ports, so the name holds it."""
    return f"monoprint-desk-{request.app.state.desk.port}"


def give_session(request: Request, response: Response, token: str) -> None:
    """Put a session's token where the browser keeps it, out of the reach of scripts."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=people.SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        path="/",
    )


def person(request: Request) -> Person:
    """Return who asks. Raises NotAllowed for somebody without a session."""
    token = request.cookies.get(cookie_name(request), "")
    found = people.of_session(request.app.state.desk.catalog, token) if token else None
    if found is None:
        raise NotLoggedIn
    return found


def approver(who: Annotated[Person, Depends(person)]) -> Person:
    """Return who asks, if they may approve plans. Raises NotAllowed."""
    if who.duty is not Duty.APPROVER:
        raise NotAllowed(
            f"{who.name} may not approve plans", advice="Ask somebody whose duty it is."
        )
    return who


class NotLoggedIn(NotAllowed):
    """Somebody asked for a page of the desk without a session."""

    def __init__(self) -> None:
        super().__init__(
            "you are not logged in, or your session has ended",
            advice="Open the desk by a log-in link: `monoprint review` gives one.",
        )


LoggedIn = Annotated[Person, Depends(person)]
"""Somebody with a session."""
