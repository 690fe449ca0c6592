"""One file as a store: an archive, a document, a picture."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from monoprint.errors import StoreError
from monoprint.model.asset import Listed, path_name
from monoprint.sources.folder import Folder
from monoprint.sources.interface import Content


class OneFile:
    """A file whose only entry is itself, under its own name."""

    def __init__(self, location: str, *, max_bytes: int) -> None:
        folder, _, self._name = location.rpartition("/")
        self._folder = Folder(folder or "/", follow_symlinks=False, max_bytes=max_bytes)
        self.location = location

    @property
    def atomic(self) -> bool:
        """One entry is listed at one moment."""
        return True

    def listing(self) -> Iterator[Listed]:
        """Yield the file; see `Source.listing`."""
        if not os.path.lexists(path_name(self.location)):
            raise StoreError(
                f"{self.location} does not exist any more",
                advice="Name a file that is there, or the folder that it lies in.",
            )
        yield self._folder.at(self._name)

    def read(self, path: str) -> Content:
        """Return the file's bytes; see `Source.read`."""
        return self._folder.read(path)

    def open(self, path: str) -> BinaryIO:
        """Open the file to be read here and there; see `Source.open`."""
        return self._folder.open(path)

    def storage(self, path: str) -> tuple[tuple[int, int], ...]:
        """Return the file's extents; see `Source.storage`."""
        return self._folder.storage(path)

    def close(self) -> None:
        """Give up what is held open."""
        self._folder.close()
