"""Pictures of what is in the catalog, by number and never by path."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from monoprint.errors import UnknownGroup, Unread
from monoprint.model.review import Place
from monoprint.review import queue
from monoprint.service.auth import LoggedIn

router = APIRouter()

Number = Annotated[int, Path(ge=0, le=2**53)]
Side = Annotated[int, Path(ge=1, le=10_000)]
Begin = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]

# The address names the content, so what it gives never changes.
_FOR_GOOD: Final = {"Cache-Control": "private, max-age=86400, immutable"}


@router.get("/pictures/{key}/{position}/{content}/{side}")
def of_group(
    request: Request, _: LoggedIn, key: str, position: Number, content: Begin, side: Side
) -> Response:
    """Give a picture of a group's file; `content` is how its SHA-256 begins."""
    return _picture(request, _place(request, key, position), content, side)


@router.get("/laid/{key}/{first}/{first_content}/{second}/{second_content}/{side}")
def laid(
    request: Request,
    _: LoggedIn,
    key: str,
    first: Number,
    first_content: Begin,
    second: Number,
    second_content: Begin,
    side: Side,
) -> Response:
    """Give a picture of a group's second file as it lies on the first; 204 if as it is.

    A pair that cannot be aligned is nothing out of order: the answer is the reason (JSON).
    """
    under, over = _place(request, key, first), _place(request, key, second)
    _check(under, first_content)
    _check(over, second_content)
    try:
        made = request.app.state.desk.pictures.laid(under, over, side)
    except Unread as error:
        return JSONResponse({"reason": str(error)}, headers={"Cache-Control": "no-store"})
    if made is None:
        return Response(status_code=204, headers=_FOR_GOOD)
    return Response(made, media_type="image/webp", headers=_FOR_GOOD)


@router.get("/warnings/{number}/{which}/{content}/{side}")
def of_warning(
    request: Request, _: LoggedIn, number: Number, which: Number, content: Begin, side: Side
) -> Response:
    """Give the first or second picture of a warning."""
    warning = queue.warning(request.app.state.desk.catalog, number)
    if which > 1:
        raise UnknownGroup("a warning is about two files")
    return _picture(request, (warning.first, warning.second)[which], content, side)


def _place(request: Request, key: str, position: int) -> Place:
    view = queue.group(request.app.state.desk.catalog, queue.as_key(key))
    if position >= len(view.members):
        raise UnknownGroup(f"this group has {len(view.members)} files")
    member = view.members[position]
    return Place(member.store, member.path, member.sha256)


def _check(place: Place, content: str) -> None:
    if not place.sha256.hex().startswith(content):
        raise UnknownGroup(
            "that file has other content now", advice="Load the page anew to see it as it is."
        )


def _picture(request: Request, place: Place, content: str, side: int) -> Response:
    _check(place, content)
    jpeg = request.app.state.desk.pictures.of(place, side)
    return Response(jpeg, media_type="image/jpeg", headers=_FOR_GOOD)
