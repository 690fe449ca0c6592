"""Folders by SFTP, served on loopback."""

import os
import shutil
from contextlib import contextmanager

import pytest

from monoprint.errors import StoreError, UsageError
from monoprint.model.asset import Status
from monoprint.sources import patience
from monoprint.sources.opening import locate, open_source
from monoprint.testing.source import SourceContract

from .sftp_server import SftpServer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setattr(patience, "_FIRST_WAIT", 0.001)
    monkeypatch.setenv("MONOPRINT_FILES_USERNAME", "ann")
    monkeypatch.setenv("MONOPRINT_FILES_PASSWORD", "secret")


def opened(port, options="credentials=files"):
    location = str(locate(f"sftp://127.0.0.1:{port}/store/#{options}"))
    return open_source(location, follow_symlinks=False, max_bytes=1 << 20)


class SftpHarness:
    def __init__(self, root, server):
        self.root, self.server = root / "store", server
        self.root.mkdir()

    def open(self):
        return opened(self.server.port)

    def put(self, name, data):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def remove(self, name):
        (self.root / name).unlink()

    def bar(self, name):
        os.mkfifo(self.root / name)

    @contextmanager
    def changing(self, name):
        def append(path):
            with open(path, "ab") as file:
                file.write(b"+")

        self.server.on_read = append
        yield
        self.server.on_read = lambda path: None

    def remove_store(self):
        shutil.rmtree(self.root)


@pytest.fixture
def harness(tmp_path, monkeypatch):
    home = tmp_path / "home" / ".ssh"
    home.mkdir(parents=True)
    server = SftpServer(str(tmp_path))
    (home / "known_hosts").write_text(server.known_hosts())
    monkeypatch.setenv("HOME", str(home.parent))
    yield SftpHarness(tmp_path, server)
    server.close()


class TestSftp(SourceContract):
    # A name of SFTP is UTF-8 here.
    NAMES = tuple(name for name in SourceContract.NAMES if "\udce9" not in name)

    @pytest.fixture
    def harness(self, harness):
        return harness


def test_a_server_whose_key_is_not_known_is_not_logged_in_to(harness, tmp_path):
    (tmp_path / "home" / ".ssh" / "known_hosts").write_text("")
    with pytest.raises(StoreError, match="known_hosts"):
        list(harness.open().listing())


def test_a_wrong_password_is_told_and_tried_once(harness, monkeypatch):
    monkeypatch.setenv("MONOPRINT_FILES_PASSWORD", "wrong")
    with pytest.raises(StoreError, match="log in"):
        list(harness.open().listing())
    assert harness.server.logins == 1


def test_without_keys_and_password_it_says_so_and_tries_once(harness, monkeypatch):
    monkeypatch.delenv("MONOPRINT_FILES_PASSWORD")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(StoreError, match="neither a key nor a password"):
        list(harness.open().listing())
    assert harness.server.logins == 1


def test_links_are_not_followed(harness):
    harness.put("a.jpg", b"a")
    (harness.root / "link.jpg").symlink_to("a.jpg")
    (harness.root / "loop").symlink_to(".")
    found = {e.path: (e.status, e.barred) for e in harness.open().listing() if e.barred}
    link = (Status.REFUSED, "symbolic link, not followed")
    assert found == {"link.jpg": link, "loop": link}


def test_a_connection_that_breaks_is_made_again(harness):
    harness.put("a.jpg", b"a" * 1000)
    source = harness.open()
    assert len(list(source.listing())) == 1
    harness.server.drop()
    assert source.read("a.jpg").data == b"a" * 1000
    assert harness.server.logins == 2


def test_a_connection_that_breaks_in_the_middle_of_a_read(harness):
    harness.put("a.jpg", bytes(range(256)) * 2000)
    calls = []

    def drop_once(path):
        calls.append(path)
        if len(calls) == 5:
            harness.server.drop()

    harness.server.on_read = drop_once
    assert harness.open().read("a.jpg").data == bytes(range(256)) * 2000
    assert harness.server.logins == 2


@pytest.mark.parametrize("named", ["sftp:folder", "sftp://host", "sftp://u:p@host/a",
                                   "sftp://host/a#key=x", "sftp://host:x/a"])  # fmt: skip
def test_a_location_that_means_nothing_is_refused(named):
    with pytest.raises(UsageError):
        open_source(str(locate(named)), follow_symlinks=False, max_bytes=1)
