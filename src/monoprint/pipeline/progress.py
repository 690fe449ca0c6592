"""How long work tells how far it is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """Shows stages of work to whoever waits for them."""

    def stage(
        self, title: str, total: float | None
    ) -> AbstractContextManager[Callable[[float], None]]:
        """Begin a stage of `total` steps (None: unknown); the value advances it by a number."""
        ...


class Silent:
    """Shows nothing."""

    @contextmanager
    def stage(self, title: str, total: float | None) -> Iterator[Callable[[float], None]]:  # noqa: ARG002
        """Begin a stage that nobody watches."""
        yield lambda steps: None  # noqa: ARG005
