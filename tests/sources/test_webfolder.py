"""Folders on web servers and WebDAV collections, on loopback."""

import html
import threading
from contextlib import contextmanager
from urllib.parse import quote, unquote

import pytest

from monoprint.errors import Refused, StoreError, UsageError
from monoprint.model.asset import Status
from monoprint.sources import patience
from monoprint.sources.opening import locate, open_source
from monoprint.testing.source import SourceContract

from .far import FarContract
from .web_server import Answer, WebServer, web_server

NAMES = tuple(name for name in SourceContract.NAMES if "\udce9" not in name)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(patience, "_FIRST_WAIT", 0.001)


def opened(url, options="private=yes", max_bytes=1 << 20):
    location = str(locate(f"{url}#{options}" if options else url))
    return open_source(location, follow_symlinks=False, max_bytes=max_bytes)


# Pages


class Shelf:
    """A web server whose folders are pages of links, and whose files can be disturbed."""

    def __init__(self, server: WebServer):
        self.server = server
        self.files = {}
        self.versions = {}
        self.cut = None
        self.gone = False
        self.extra = ""
        server.answers = self

    def get(self, path, default=None):
        return lambda handler: self.answer(unquote(path.partition("?")[0]), handler)

    def answer(self, path, handler):
        if path == "/robots.txt":
            return Answer(404) if self.gone or "robots" not in self.files else Answer(
                body=self.files["robots"]
            )  # fmt: skip
        name = path.removeprefix("/shelf/")
        if self.gone:
            return Answer(404)
        if name in self.files and name != "robots":
            etag = f'"{self.versions[name]}"'
            if handler.headers.get("If-Match", etag) != etag:
                return Answer(412)
            headers = {"ETag": etag, "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
            answer = Answer(body=self.files[name], headers=headers)
            if self.cut and handler.command == "GET":
                self.cut(name)
                answer.cut = 5
            return answer
        if name and not name.endswith("/"):
            return Answer(404)
        inside = {n[len(name) :].partition("/") for n in self.files if n.startswith(name)}
        links = "".join(
            f'<a href="{html.escape(quote(first + slash))}">x</a>'
            for first, slash, _ in sorted(inside)
            if first != "robots"
        )
        page = f'<a href="../">up</a><a href="?C=N">sort</a>{self.extra}{links}'
        return Answer(body=page.encode(), headers={"Content-Type": "text/html"})


class PagesHarness:
    def __init__(self, server):
        self.shelf = Shelf(server)
        self.server = server

    def open(self):
        return opened(f"{self.server.url}/shelf/")

    def put(self, name, data):
        self.shelf.files[name] = data
        self.shelf.versions[name] = self.shelf.versions.get(name, 0) + 1

    def remove(self, name):
        del self.shelf.files[name]

    def bar(self, name):
        self.put(name, b"b")
        self.shelf.files["robots"] = f"User-agent: *\nDisallow: /shelf/{name}\n".encode()

    @contextmanager
    def changing(self, name):
        self.shelf.cut = lambda _: self.put(name, self.shelf.files[name] + b"+")
        yield
        self.shelf.cut = None

    def remove_store(self):
        self.shelf.gone = True


@pytest.fixture
def pages():
    with web_server() as server:
        yield PagesHarness(server)


class TestPages(SourceContract):
    NAMES = NAMES

    @pytest.fixture
    def harness(self, pages):
        return pages


def test_links_that_lead_elsewhere_are_passed_over(pages):
    pages.put("a.jpg", b"a")
    pages.shelf.extra = "".join(
        f'<a href="{link}">x</a>'
        for link in (
            "/etc/passwd", "//other.example/b.jpg", "http://169.254.169.254/", "file:///etc/passwd",
            "javascript:alert(1)", "..", "../shelf/", "%2e%2e/x", "a/../../b", "#top", "a.jpg?x=1",
            "mailto:a@b.example", "/shelf//c.jpg", "http://[", "a.jpg", "./a.jpg", "",
        )
    )  # fmt: skip
    assert [entry.path for entry in pages.open().listing()] == ["a.jpg"]


def test_what_robots_txt_asks_for_is_done(pages):
    pages.put("a.jpg", b"a")
    pages.put("private/b.jpg", b"b")
    pages.shelf.files["robots"] = b"User-agent: *\nDisallow: /shelf/private/\n"
    source = pages.open()
    found = {entry.path: entry for entry in source.listing()}
    assert found["private/"].status is Status.REFUSED
    assert "robots.txt" in found["private/"].barred
    assert not found["a.jpg"].barred
    with pytest.raises(Refused, match=r"robots\.txt"):
        source.read("private/b.jpg")


def test_private_addresses_are_not_asked_unless_it_is_said(pages):
    with pytest.raises(StoreError, match="private address"):
        list(opened(f"{pages.server.url}/shelf/", "").listing())


def test_folders_without_end_come_to_one(pages, monkeypatch):
    monkeypatch.setattr("monoprint.sources.tree._MAX_DEPTH", 5)
    pages.put("a/x", b"x")
    pages.shelf.extra = '<a href="deeper/">x</a>'
    listed = list(pages.open().listing())
    assert any("depth limit" in entry.barred for entry in listed)
    assert len(listed) < 50


def test_more_folders_than_are_walked_are_told(pages, monkeypatch):
    monkeypatch.setattr("monoprint.sources.webfolder._MAX_FOLDERS", 3)
    for n in range(4):
        pages.put(f"{n}/x", b"x")
    listed = {entry.path: entry.barred for entry in pages.open().listing()}
    assert listed == {
        "0/x": "", "1/x": "", "2/": "folder limit: too many of them",
        "3/": "folder limit: too many of them",
    }  # fmt: skip


def test_a_folder_that_cannot_be_listed_is_told(pages):
    pages.put("a.jpg", b"a")
    pages.shelf.extra = '<a href="no%20such.jpg">x</a>'
    found = {entry.path: entry.status for entry in pages.open().listing() if entry.barred}
    assert found == {"no such.jpg": Status.UNREADABLE}


@pytest.mark.parametrize(
    "named",
    ["http:folder", "https://", "http://a.example/?list", "http://user:secret@a.example/",
     "https://a.example/#depth=3", "http://a.example:port/"],
)  # fmt: skip
def test_a_location_that_means_nothing_is_refused(named):
    with pytest.raises(UsageError):
        opened(named, "")


# WebDAV


class DavHarness:
    def __init__(self, root, url):
        self.root = root
        self.url = url

    def open(self):
        return opened(f"webdav:{self.url.removeprefix('http:')}/store/")

    def put(self, name, data):
        path = self.root / "store" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def remove(self, name):
        (self.root / "store" / name).unlink()

    def remove_store(self):
        (self.root / "store").rename(self.root / "gone")


@pytest.fixture
def dav(tmp_path):
    from cheroot import wsgi
    from wsgidav.wsgidav_app import WsgiDAVApp

    (tmp_path / "store").mkdir()
    app = WsgiDAVApp(
        {"provider_mapping": {"/": str(tmp_path)}, "verbose": 0, "logging": {"enable": False},
         "simple_dc": {"user_mapping": {"*": {"ann": {"password": "secret"}}}}}
    )  # fmt: skip
    server = wsgi.Server(("127.0.0.1", 0), app)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield DavHarness(tmp_path, f"http://127.0.0.1:{server.bind_addr[1]}")
    server.stop()
    thread.join()


class TestWebDav(FarContract):
    # What XML cannot hold is no name that a collection can tell.
    NAMES = tuple(name for name in NAMES if "\x07" not in name)

    @pytest.fixture(autouse=True)
    def credentials(self, monkeypatch):
        monkeypatch.setenv("MONOPRINT_CLOUD_USERNAME", "ann")
        monkeypatch.setenv("MONOPRINT_CLOUD_PASSWORD", "secret")

    @pytest.fixture
    def harness(self, dav, monkeypatch):
        opening = opened
        monkeypatch.setattr(
            dav, "open",
            lambda: opening(f"webdav:{dav.url.removeprefix('http:')}/store/",
                            "private=yes,credentials=cloud"),
        )  # fmt: skip
        return dav

    def test_without_credentials_it_says_so(self, harness):
        with pytest.raises(StoreError, match="not allowed"):
            list(opened(f"webdav:{harness.url.removeprefix('http:')}/store/").listing())
