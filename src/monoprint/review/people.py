"""People: who may use the desk, how they log in, and who approves plans there."""

import hashlib
import secrets
import shlex
import time
from typing import Final

from monoprint.catalog.people import People
from monoprint.catalog.store import Catalog
from monoprint.errors import NotAllowed, UsageError
from monoprint.model.review import Duty, Person

# A log-in link is opened at once; a session lasts a working day.
LINK_SECONDS: Final = 600
SESSION_SECONDS: Final = 12 * 3600

_LONGEST_NAME: Final = 200


def add(catalog: Catalog, name: str, duty: Duty = Duty.REVIEWER) -> Person:
    """Enter somebody, or give them another duty. Raises UsageError for a name that is none."""
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError(f"a name has 1 to {_LONGEST_NAME} printable characters")
    person = Person(name, duty, active=True)
    People(catalog).put(person)
    return person


def remove(catalog: Catalog, name: str) -> None:
    """Let somebody log in no more; what they decided stays. Raises NotAllowed if unknown."""
    person = known(catalog, name)
    People(catalog).put(Person(person.name, person.duty, active=False))
    People(catalog).forget(person.name)


def everybody(catalog: Catalog) -> list[Person]:
    """Return everybody by name."""
    return People(catalog).all()


def known(catalog: Catalog, name: str) -> Person:
    """Return an active person by name. Raises NotAllowed."""
    for person in People(catalog).all():
        if person.name == name and person.active:
            return person
    raise NotAllowed(
        f"{name} may not use this desk",
        advice=f"Add them: monoprint people add {shlex.quote(name)}",
    )


def link_token(catalog: Catalog, name: str, *, now: float | None = None) -> str:
    """Return a token for one log-in within ten minutes. Raises NotAllowed for an unknown name."""
    person = known(catalog, name)
    return _issue(catalog, person.name, "link", LINK_SECONDS, now)


def log_in(catalog: Catalog, token: str, *, now: float | None = None) -> tuple[Person, str]:
    """Trade a log-in token, once, for a session's token. Raises NotAllowed."""
    name = People(catalog).redeem(_digest(token), "link", _time(now))
    if name is None:
        raise NotAllowed(
            "this log-in link is used up or too old", advice="`monoprint review` gives a new one."
        )
    person = known(catalog, name)
    return person, _issue(catalog, name, "session", SESSION_SECONDS, now)


def of_session(catalog: Catalog, token: str, *, now: float | None = None) -> Person | None:
    """Return whose session a token is, or None."""
    name = People(catalog).holder(_digest(token), "session", _time(now))
    return None if name is None else next(
        (p for p in People(catalog).all() if p.name == name and p.active), None
    )  # fmt: skip


def log_out(catalog: Catalog, token: str) -> None:
    """End a session."""
    People(catalog).redeem(_digest(token), "session", 0)


def _issue(catalog: Catalog, name: str, purpose: str, seconds: int, now: float | None) -> str:
    token = secrets.token_urlsafe(32)
    People(catalog).give(_digest(token), name, purpose, _time(now) + seconds, _time(now))
    return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _time(now: float | None) -> int:
    return int(time.time() if now is None else now)
