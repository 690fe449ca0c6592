"""Folders to list."""

import pytest

from benchmarks.s3_server import S3Server, serving
from monoprint.model.asset import path_text
from monoprint.sources.folder import Folder


@pytest.fixture
def folder_of():
    """Return a function that opens a path of this machine as a source."""

    def make(path, *, follow_symlinks=False, max_bytes=1 << 20):
        return Folder(path_text(str(path)), follow_symlinks=follow_symlinks, max_bytes=max_bytes)

    return make


@pytest.fixture
def server():
    """Return a bucket of S3 in memory."""
    return S3Server()


@pytest.fixture
def url(server):
    """Give the address that the bucket is served at."""
    with serving(server) as address:
        yield address
