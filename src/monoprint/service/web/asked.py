"""What an address asks for: the queue's filter, to and from the address."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Form, Query

from monoprint.errors import UsageError
from monoprint.model.match import Relation
from monoprint.model.review import Filter, State

ANY: Final = "any"

# Steps of the size filter, in bytes.
STEPS: Final = (100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as an address says it."""

    filter: Filter

    def address(self, path: str, **more: str) -> str:
        """Return the address of a page with this filter."""
        words = urlencode(self.words() | {name: value for name, value in more.items() if value})
        return f"{path}?{words}" if words else path

    def words(self) -> dict[str, str]:
        """Return the filter as an address's words, without those that narrow nothing."""
        wanted = self.filter
        said = {
            "state": ANY if wanted.state is None else wanted.state.value,
            "store": wanted.store,
            "folder": wanted.folder,
            "relation": wanted.relation.value if wanted.relation else "",
            "format": wanted.format,
            "least": str(wanted.least_bytes or ""),
            "most": "" if wanted.most_bytes is None else str(wanted.most_bytes),
        }
        if wanted.state is State.OPEN:
            del said["state"]
        return {name: value for name, value in said.items() if value}

    def state(self, state: State | None) -> "Asked":
        """Return the same with another state."""
        wanted = self.filter
        return Asked(
            Filter(state, wanted.store, wanted.folder, wanted.relation, wanted.format,
                   wanted.least_bytes, wanted.most_bytes)
        )  # fmt: skip

    @property
    def narrow(self) -> bool:
        """Whether anything beside the state is asked for."""
        return bool(set(self.words()) - {"state"})


def asked(
    state: Annotated[str, Query(max_length=20)] = State.OPEN.value,
    store: Annotated[str, Query(max_length=1000)] = "",
    folder: Annotated[str, Query(max_length=5000)] = "",
    relation: Annotated[str, Query(max_length=40)] = "",
    format: Annotated[str, Query(max_length=40)] = "",  # noqa: A002 - the address says it so
    least: Annotated[str, Query(max_length=20)] = "",
    most: Annotated[str, Query(max_length=20)] = "",
) -> Asked:
    """Return what an address asks for. Raises UsageError for what cannot mean anything."""
    try:
        return Asked(
            Filter(
                None if state == ANY else State(state or State.OPEN),
                store,
                folder,
                Relation(relation) if relation else None,
                format,
                _number(least) or 0,
                _number(most),
            )
        )
    except ValueError as error:
        raise UsageError(f"the queue cannot be narrowed like that: {error}") from error


def _number(text: str) -> int | None:
    return int(text) if text else None


Wanted = Annotated[Asked, Depends(asked)]
"""The queue's filter of an address."""

Done = Annotated[int | None, Query(ge=0)]
"""The decision that led to a page, to be taken back there if it was a slip."""

Why = Annotated[str, Form(max_length=2_000)]
"""What somebody says of a decision."""
