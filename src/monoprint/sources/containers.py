"""Which kinds of files are opened and looked into, told by their bytes."""

from collections.abc import Callable
from typing import BinaryIO, Final

from monoprint.sources.interface import Container

# The most of a file that a kind may want to see before it says that the file is of it.
HEAD: Final = 4096

Opener = Callable[[BinaryIO, str], Container]
Kind = Callable[[bytes, str], Opener | None]

# Each takes a file's first bytes and its name, and gives what opens it, or None.
KINDS: Final[tuple[Kind, ...]] = ()


def opener_of(head: bytes, name: str) -> Opener | None:
    """Return what opens a file with these first bytes and this name; None if it holds no others."""
    for kind in KINDS:
        opener = kind(head, name)
        if opener is not None:
            return opener
    return None
