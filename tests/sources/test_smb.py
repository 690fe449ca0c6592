"""Shares of SMB, served on loopback by impacket."""

import logging
import shutil
import threading

import pytest

from monoprint.errors import StoreError, Unreadable, UsageError
from monoprint.sources import patience
from monoprint.sources.opening import locate, open_source

from .far import FarContract

pytestmark = pytest.mark.filterwarnings("ignore")


class SmbHarness:
    def __init__(self, root, port):
        self.root, self.port = root, port

    def open(self):
        location = str(locate(f"smb://127.0.0.1:{self.port}/SHARE/store#credentials=share"))
        return open_source(location, follow_symlinks=False, max_bytes=1 << 20)

    def put(self, name, data):
        path = self.root / "store" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def remove(self, name):
        (self.root / "store" / name).unlink()

    def remove_store(self):
        shutil.rmtree(self.root / "store")


@pytest.fixture
def harness(tmp_path, monkeypatch):
    from impacket.ntlm import compute_lmhash, compute_nthash
    from impacket.smbserver import SimpleSMBServer

    monkeypatch.setattr(patience, "_FIRST_WAIT", 0.001)
    monkeypatch.setenv("MONOPRINT_SHARE_USERNAME", "ann")
    monkeypatch.setenv("MONOPRINT_SHARE_PASSWORD", "secret")
    (tmp_path / "store").mkdir()
    server = SimpleSMBServer(listenAddress="127.0.0.1", listenPort=0)
    server.addShare("SHARE", str(tmp_path))
    server.setSMB2Support(True)
    server.addCredential("ann", 0, compute_lmhash("secret"), compute_nthash("secret"))
    logging.disable(logging.CRITICAL)
    inner = server.getServer() if hasattr(server, "getServer") else server._SimpleSMBServer__server
    inner.daemon_threads, inner.block_on_close = True, False
    threading.Thread(target=server.start, daemon=True).start()
    yield SmbHarness(tmp_path, inner.server_address[1])
    inner.shutdown()
    inner.server_close()
    logging.disable(logging.NOTSET)


class TestSmb(FarContract):
    # What a name of Windows cannot have: a backslash, control characters, an outer space; and two
    # names that differ in case alone are one.
    NAMES = ("b.jpg", "a/b/c.png", "a/b.jpg", "a-b.jpg", "a.jpg", "ab/c.jpg", "caf\u00e9.tif",
             "dir with space/.hidden", "\u65e5\u672c/\U0001f5bc.webp")  # fmt: skip

    @pytest.fixture
    def harness(self, harness):
        return harness


def test_a_log_in_that_fails_is_told_and_not_tried_again(harness, monkeypatch):
    """Servers lock accounts after some tries."""
    import smbclient

    tries = []
    register = smbclient.register_session
    monkeypatch.setattr(
        smbclient, "register_session", lambda *a, **k: tries.append(a) or register(*a, **k)
    )
    monkeypatch.setenv("MONOPRINT_SHARE_PASSWORD", "wrong")
    with pytest.raises(StoreError, match=r"could not log in to 127\.0\.0\.1 \(LogonFailure\)"):
        list(harness.open().listing())
    assert len(tries) == 1


def test_what_is_not_there_is_told_as_such(harness):
    harness.put("a.jpg", b"a")
    source = harness.open()
    harness.remove("a.jpg")
    with pytest.raises(Unreadable, match="vanished"):
        source.read("a.jpg")
    harness.remove_store()
    with pytest.raises(StoreError, match="never there"):
        list(source.listing())


@pytest.mark.parametrize("named", ["smb:share", "smb://host", "smb://u:p@host/a", "smb://h/a#b=c"])
def test_a_location_that_means_nothing_is_refused(named):
    with pytest.raises(UsageError):
        open_source(str(locate(named)), follow_symlinks=False, max_bytes=1)
