"""The history: who decided what, when and why."""

from itertools import islice
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from monoprint.review import chain
from monoprint.service.auth import LoggedIn
from monoprint.service.web.show import page

router = APIRouter()

_PAGE: Final = 60
# Rows about one asset or group are few; more than this are no history that anybody reads.
_MOST: Final = 1_000


@router.get("/history")
def history(
    request: Request,
    who: LoggedIn,
    of: Annotated[str, Query(max_length=5000)] = "",
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    """Show the newest rows, or all about one asset, content or group."""
    catalog = request.app.state.desk.catalog
    of = of.strip()
    if of:
        rows, more = list(islice(chain.read(catalog, of), _MOST))[::-1], None
    else:
        rows = chain.newest(catalog, before, _PAGE)
        more = rows[-1].seq if len(rows) == _PAGE and rows[-1].seq > 1 else None
    return page(request, "history.html", who, rows=rows, of=of, more=more, first=before is None)


@router.post("/history/verify")
def verify(request: Request, who: LoggedIn) -> Response:
    """Go through the whole chain and say whether it is whole."""
    verified = chain.verify(request.app.state.desk.catalog)
    return page(request, "verified.html", who, verified=verified)
