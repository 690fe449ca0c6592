"""Folders to list."""

import pytest

from monoprint.model.asset import path_text
from monoprint.sources.folder import Folder


@pytest.fixture
def folder_of():
    """Return a function that opens a path of this machine as a source."""

    def make(path, *, follow_symlinks=False, max_bytes=1 << 20):
        return Folder(path_text(str(path)), follow_symlinks=follow_symlinks, max_bytes=max_bytes)

    return make
