"""Warnings: what looks like a copy and is none."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from monoprint.review import queue
from monoprint.service.auth import LoggedIn
from monoprint.service.web.show import page

router = APIRouter()

_PAGE: Final = 30


@router.get("/warnings")
def warnings(
    request: Request, who: LoggedIn, after: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> Response:
    """Show pairs that look like copies and are not."""
    found = queue.warnings(request.app.state.desk.catalog, after, _PAGE + 1)
    more = found[_PAGE - 1][0] if len(found) > _PAGE else None
    return page(request, "warnings.html", who, warnings=found[:_PAGE], more=more, first=not after)
