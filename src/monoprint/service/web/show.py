"""How the desk says things: its templates, and the words in them."""

import json
from decimal import Decimal
from typing import Any, Final

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from monoprint.model.match import Relation
from monoprint.model.plan import Action
from monoprint.model.review import Person, Purpose, ReviewMember, State, Verdict
from monoprint.report.html.page import count, size
from monoprint.report.words import RELATION_WORDS, WASTE_WORDS
from monoprint.service.web.static import static
from monoprint.version import VERSION

STATE_WORDS: Final = {
    State.OPEN: "Open",
    State.COLLEAGUE: "For a colleague",
    State.LATER: "Later",
    State.SETTLED: "Settled",
}
VERDICT_WORDS: Final = {
    Verdict.KEEP: "one stays",
    Verdict.APART: "not duplicates",
    Verdict.INTENDED: "intended copy",
    Verdict.COLLEAGUE: "needs a colleague",
    Verdict.LATER: "later",
}
PURPOSE_WORDS: Final = {
    Purpose.REPLICA: "Preservation replica",
    Purpose.RENDITION: "Rendition for use",
    Purpose.MARKED: "Marked copy that is required",
}

ACTION_WORDS: Final = {
    Action.REPORT: "Report only",
    Action.QUARANTINE: "Move to quarantine",
    Action.HARDLINK: "Replace by hard link",
    Action.REFLINK: "Replace by reflink",
    Action.SYMLINK: "Replace by symbolic link",
    Action.REDIRECT: "Redirect map and script",
    Action.DELETE: "Delete from quarantine",
}


def words(relation: Relation) -> str:
    """Return a relation as people say it."""
    return RELATION_WORDS.get(relation) or relation.value.replace("-", " ").capitalize()


def name(path: str) -> str:
    """Return the last part of a path."""
    return path.rpartition("/")[2]


def folder(path: str) -> str:
    """Return a path without its last part."""
    return path.rpartition("/")[0]


def picture(key: str, member: ReviewMember, side: int) -> str:
    """Return the address of a member's picture; another content has another address."""
    return f"/pictures/{key}/{member.position}/{member.sha256.hex()[:16]}/{side}"


def percent(part: float) -> str:
    """Return a certainty in hundredths; one that is not whole is never shown as whole."""
    shown = round(100 * part)
    return f"{min(shown, 99) if part < 1 else 100} %"


def money(amount: str, size: int) -> str:
    """Return what so many bytes are worth to two places; something is never shown as nothing."""
    shown = Decimal(amount).quantize(Decimal("0.01"))
    return f"{shown:,}" if shown or not size else "less than 0.01"


def moment(at: str) -> str:
    """Return a time of the history to the second, in UTC."""
    return f"{at[:10]} {at[11:19]}"


_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("monoprint.service.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "size": size, "count": count, "words": words, "name": name, "folder": folder,
    "percent": percent, "moment": moment, "money": money, "fromjson": json.loads,
}  # fmt: skip
_ENVIRONMENT.globals |= {
    "version": VERSION, "STATES": STATE_WORDS, "VERDICTS": VERDICT_WORDS,
    "PURPOSES": PURPOSE_WORDS, "ACTIONS": ACTION_WORDS, "WASTES": WASTE_WORDS, "picture": picture,
    "static": static,
}  # fmt: skip


def page(
    request: Request, template: str, who: Person | None, code: int = 200, **values: Any
) -> Response:
    """Return a page or a part of one; `who` is the person it is shown to."""
    text = _ENVIRONMENT.get_template(template).render(who=who, here=request.url.path, **values)
    # A lone surrogate, which UTF-8 cannot hold, becomes \uNNNN.
    return HTMLResponse(text.encode("utf-8", "backslashreplace"), code)
