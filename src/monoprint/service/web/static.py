"""Styles and scripts, all of them the package's own; each address names the content."""

import hashlib
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

from monoprint.errors import UnknownGroup

router = APIRouter()

_KINDS: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def _read() -> dict[str, tuple[bytes, str]]:
    """Return the files by name, with their media types."""
    here = files("monoprint.service.web") / "assets"
    found = {
        name: (here / name).read_bytes()
        for name in ("htmx.min.js", "desk.js", "viewer.js", "icon.svg")
    }
    # The report's style is the desk's too, and comes first: one look for both.
    report = files("monoprint.report.html") / "style.css"
    found["desk.css"] = report.read_bytes() + (here / "desk.css").read_bytes()
    return {name: (data, _KINDS[name.rpartition(".")[2]]) for name, data in found.items()}


_FILES: Final = _read()
_EDITION: Final = hashlib.sha256(b"".join(data for data, _ in _FILES.values())).hexdigest()[:16]


def static(name: str) -> str:
    """Return the address of one of the package's files."""
    return f"/static/{_EDITION}/{name}"


@router.get("/static/{edition}/{name}")
def give(edition: str, name: str) -> Response:
    """Give out a style sheet, a script or the icon."""
    if edition != _EDITION or name not in _FILES:
        raise UnknownGroup("there is no such file")
    data, kind = _FILES[name]
    return Response(
        data, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
