"""The queue: what waits for a decision, the most reclaimable and most certain first."""

from collections.abc import Sequence
from typing import Any

from monoprint.catalog.reviews import Reviews
from monoprint.catalog.store import Catalog
from monoprint.errors import UnknownGroup, UsageError
from monoprint.model.review import (
    Count,
    Cursor,
    Filter,
    GroupView,
    Page,
    ReviewGroup,
    ReviewMember,
    ReviewWarning,
    State,
)

_PAGE = 50
_MOST_AT_ONCE = 1_000


def page(
    catalog: Catalog, wanted: Filter | None = None, after: Cursor | None = None, limit: int = _PAGE
) -> Page:
    """Return one page of the queue; `after` is the `next` of the page before.

    Raises UsageError for a filter that cannot mean anything.
    """
    wanted = wanted or Filter()
    _check(wanted)
    if not 1 <= limit <= _MOST_AT_ONCE:
        raise UsageError(f"a page has 1 to {_MOST_AT_ONCE:,} groups, not {limit:,}")
    return Reviews(catalog).page(wanted, after, limit)


def group(catalog: Catalog, key: bytes) -> GroupView:
    """Return one group with its files. Raises UnknownGroup."""
    found = Reviews(catalog).group(key)
    if found is None:
        raise UnknownGroup(
            f"there is no group {key.hex()[:16]} in the queue",
            advice="It may have changed with a newer audit: look at the queue again.",
        )
    return found


def previews(
    catalog: Catalog, groups: Sequence[ReviewGroup], most: int
) -> dict[bytes, list[ReviewMember]]:
    """Return the first files of some groups by the groups' keys, at most so many of each."""
    return Reviews(catalog).previews([group.key for group in groups], most)


def beside(catalog: Catalog, key: bytes, wanted: Filter) -> tuple[bytes | None, bytes | None]:
    """Return the keys of the groups before and after a group in the queue, None at its ends.

    The group itself need not pass the filter: one that was just decided leads on to the next.
    """
    _check(wanted)
    return Reviews(catalog).beside(key, wanted)


def counts(catalog: Catalog, wanted: Filter | None = None) -> dict[State, Count]:
    """Return how many groups pass a filter and what they cost, by state."""
    wanted = wanted or Filter()
    _check(wanted)
    return Reviews(catalog).counts(wanted)


def choices(catalog: Catalog) -> dict[str, list[str]]:
    """Return what the queue can be narrowed to: ``stores``, ``relations``, ``formats``."""
    return Reviews(catalog).choices()


def warnings(
    catalog: Catalog, after: int = 0, limit: int = _PAGE
) -> list[tuple[int, ReviewWarning]]:
    """Return pairs that look like copies and are not, each with a number to go on after."""
    return Reviews(catalog).warnings(after, min(limit, _MOST_AT_ONCE))


def warning(catalog: Catalog, number: int) -> ReviewWarning:
    """Return one warning by its number. Raises UnknownGroup."""
    found = Reviews(catalog).warning(number)
    if found is None:
        raise UnknownGroup(
            f"there is no warning {number}",
            advice="It may have gone with a newer audit: look at the list again.",
        )
    return found


def warnings_of(catalog: Catalog, view: GroupView, most: int) -> list[tuple[int, ReviewWarning]]:
    """Return warnings about files of a group, at most so many."""
    return Reviews(catalog).warnings_of(sorted({m.sha256 for m in view.members}), most)


def _check(wanted: Filter) -> None:
    if wanted.folder and not wanted.store:
        raise UsageError("a folder is a folder of a store", advice="Choose the store too.")


def as_cursor(text: str) -> Cursor | None:
    """Return the cursor that `cursor_text` wrote; None for an empty text. Raises UsageError."""
    if not text:
        return None
    rank, _, number = text.partition("-")
    try:
        return Cursor(int(rank), int(number))
    except ValueError as error:
        raise UsageError(f"not a place in the queue: {text}") from error


def cursor_text(cursor: Cursor | None) -> str:
    """Return a cursor in a form for addresses of pages."""
    return "" if cursor is None else f"{cursor.rank}-{cursor.number}"


def as_key(text: str) -> bytes:
    """Return a group's key or a content's digest from its 64 hexadecimal digits.

    Raises UsageError.
    """
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise UsageError(f"not 64 hexadecimal digits: {text}")
    return key


def plain(view: GroupView) -> dict[str, Any]:
    """Return a group as plain data for JSON; keys and digests are hexadecimal."""
    from dataclasses import asdict

    def told(value: Any) -> Any:
        return value.hex() if isinstance(value, bytes) else value

    return {
        **{name: told(value) for name, value in asdict(view.group).items()},
        "members": [
            {name: told(value) for name, value in asdict(member).items()} for member in view.members
        ],
    }
