"""Opening a source from a store's location."""

from monoprint.sources.folder import Folder
from monoprint.sources.interface import Source


def open_source(location: str, *, follow_symlinks: bool, max_bytes: int) -> Source:
    """Return the source that reads the store at `location`."""
    return Folder(location, follow_symlinks=follow_symlinks, max_bytes=max_bytes)
