"""The queue: what waits for a decision."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from monoprint.model.review import State
from monoprint.review import queue
from monoprint.service.auth import LoggedIn
from monoprint.service.web.asked import STEPS, Asked, Done, Wanted
from monoprint.service.web.entered import decided
from monoprint.service.web.show import page

router = APIRouter()

After = Annotated[str, Query(max_length=60)]

# Groups on a page: what a person looks through before asking for more.
_PAGE: Final = 40
# Pictures shown of each.
_PICTURES: Final = 3


@router.get("/")
def first_page(
    request: Request, who: LoggedIn, wanted: Wanted, after: After = "", done: Done = None
) -> Response:
    """Show the queue with its filters and counts, and the decision that was its last."""
    desk = request.app.state.desk
    return page(
        request, "queue.html", who,
        choices=queue.choices(desk.catalog), steps=STEPS, State=State,
        decided=decided(request, done),
        **_counted(request, wanted) | _rows(request, wanted, after),
    )  # fmt: skip


@router.get("/more")
def more(request: Request, who: LoggedIn, wanted: Wanted, after: After = "") -> Response:
    """Show the groups that follow."""
    return page(request, "rows.html", who, **_rows(request, wanted, after))


@router.get("/counts")
def counts(request: Request, who: LoggedIn, wanted: Wanted) -> Response:
    """Show how many groups stand where, as of now."""
    return page(request, "counts.html", who, **_counted(request, wanted))


def _rows(request: Request, wanted: Asked, after: str) -> dict[str, Any]:
    catalog = request.app.state.desk.catalog
    found = queue.page(catalog, wanted.filter, queue.as_cursor(after), _PAGE)
    return {
        "wanted": wanted,
        "groups": found.groups,
        "files": queue.previews(catalog, found.groups, _PICTURES),
        "next": queue.cursor_text(found.next),
        "first": not after,
    }


def _counted(request: Request, wanted: Asked) -> dict[str, Any]:
    counted = queue.counts(request.app.state.desk.catalog, wanted.filter)
    return {"wanted": wanted, "counts": counted}
