"""Trying again what fails in passing: longer waits each time, and an end to it."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from monoprint.errors import Unreadable

Result = TypeVar("Result")

# Tries of one request: with a wait that doubles from half a second they take some 8 seconds, and a
# file must be answered for within two minutes (imaging/limits.py).
TRIES: Final = 5
_FIRST_WAIT: Final = 0.5

# The longest that a server's Retry-After is waited for; one that asks for more is told as such.
_LONGEST_WAIT: Final = 30.0


class Again(Exception):
    """A fault that may pass; `after` is how long the server asks to wait, 0 if it does not."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


def patiently(do: Callable[[], Result]) -> Result:
    """Return what `do` returns, trying again while it raises Again.

    Raises Unreadable after the last try, or if the server asks for too long a wait.
    """
    for attempt in range(TRIES - 1):
        try:
            return do()
        except Again as again:
            if again.after > _LONGEST_WAIT:
                raise Unreadable(f"{again}; asked to wait {again.after:,.0f} seconds") from again
            # Jitter keeps those who failed together from coming back together.
            backoff = _FIRST_WAIT * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311
            time.sleep(max(again.after, backoff))
    try:
        return do()
    except Again as again:
        raise Unreadable(f"{again}, {TRIES} times") from again
