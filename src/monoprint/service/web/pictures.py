"""Pictures of what is in the catalog, by number and never by path."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from monoprint.errors import UnknownGroup
from monoprint.model.review import Place
from monoprint.review import queue
from monoprint.service.auth import LoggedIn

router = APIRouter()

Number = Annotated[int, Path(ge=0, le=2**53)]
Side = Annotated[int, Path(ge=1, le=10_000)]
Begin = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]


@router.get("/pictures/{key}/{position}/{content}/{side}")
def of_group(
    request: Request, _: LoggedIn, key: str, position: Number, content: Begin, side: Side
) -> Response:
    """Give a picture of a group's file; `content` is how its SHA-256 begins."""
    view = queue.group(request.app.state.desk.catalog, queue.as_key(key))
    if position >= len(view.members):
        raise UnknownGroup(f"this group has {len(view.members)} files")
    member = view.members[position]
    return _picture(request, Place(member.store, member.path, member.sha256), content, side)


@router.get("/warnings/{number}/{which}/{content}/{side}")
def of_warning(
    request: Request, _: LoggedIn, number: Number, which: Number, content: Begin, side: Side
) -> Response:
    """Give the first or second picture of a warning."""
    warning = queue.warning(request.app.state.desk.catalog, number)
    if which > 1:
        raise UnknownGroup("a warning is about two files")
    return _picture(request, (warning.first, warning.second)[which], content, side)


def _picture(request: Request, place: Place, content: str, side: int) -> Response:
    if not place.sha256.hex().startswith(content):
        raise UnknownGroup(
            "that file has other content now", advice="Load the page anew to see it as it is."
        )
    jpeg = request.app.state.desk.pictures.of(place, side)
    # The address names the content, so what it gives never changes.
    return Response(
        jpeg,
        media_type="image/jpeg",
        headers={"Cache-Control": "private, max-age=86400, immutable"},
    )
