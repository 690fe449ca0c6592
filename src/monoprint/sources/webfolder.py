"""Folders on web servers: pages that link to what lies in them, and WebDAV collections."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit
from xml.etree import ElementTree

from protego import Protego

from monoprint.errors import Refused, Unread, Unreadable, UsageError
from monoprint.model.asset import UNKNOWN_SIZE, Listed, Status, path_text
from monoprint.sources.location import Location
from monoprint.sources.objects import ObjectStore, Stream
from monoprint.sources.options import known
from monoprint.sources.pace import Pace, pace_of
from monoprint.sources.tree import walk
from monoprint.sources.web import (
    AGENT,
    OPTIONS,
    NotThere,
    Web,
    host_of,
    modified_ns_of,
    version_of,
    web_of,
)

# The largest page of links, or answer about a collection, that is read: some 100,000 entries.
_MAX_PAGE: Final = 64 << 20
_MAX_ROBOTS: Final = 512 << 10  # RFC 9309, 2.5: at least 500 KiB have to be read

# Folders in all: a server that makes up links must come to an end.
_MAX_FOLDERS: Final = 1_000_000
_TOO_MANY: Final = "folder limit: too many of them"

_SCHEMES: Final = {"http": "http", "https": "https", "webdav": "http", "webdavs": "https"}
_PROPERTIES: Final = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/>'
    b"<getcontentlength/><getlastmodified/><getetag/></prop></propfind>"
)


def locate(location: Location) -> Location:
    """Return the location with a slash at its end. Raises UsageError."""
    parts = urlsplit(f"x:{location.place}")
    if not location.place.startswith("//") or not parts.hostname:
        raise UsageError(
            f"{location} names no host", advice="For example: https://example.org/pictures/"
        )
    if parts.query:
        raise UsageError(f"{location} has a query: only folders are read")
    known(location, OPTIONS)
    pace_of(location)
    return Location(location.scheme, location.place.rstrip("/") + "/", location.options)


def open_store(location: Location, *, follow_symlinks: bool, max_bytes: int) -> ObjectStore:  # noqa: ARG001
    """Return the source that reads a folder on a web server. Raises UsageError."""
    folder = WebDav(location) if location.scheme.startswith("webdav") else Pages(location)
    # The web keeps the pace by itself.
    return ObjectStore(str(location), folder, max_bytes=max_bytes, pace=Pace())


class _WebFolder:
    """What pages and collections have in common: addresses, walking, and reading."""

    vouches = False

    def __init__(self, location: Location) -> None:
        self._location = location
        self._root = f"{_SCHEMES[location.scheme]}:{location.place}"
        try:
            own = host_of(self._root)
        except ValueError as error:
            raise UsageError(f"{location} is no address: {error}") from error
        self._web: Web = web_of(location, [own])

    def entries(self) -> Iterator[Listed]:
        """Walk the folders; see `Objects.entries`."""
        advice = "Check the address, and that it gives a list of what lies there."
        seen = {""}

        def inside(folder: str) -> list[Listed | str]:
            """Return what lies in a folder but for folders that something else has linked to."""
            found: list[Listed | str] = []
            for each in list(self._inside(folder)):
                if isinstance(each, Listed):
                    found.append(each)
                elif each not in seen:
                    seen.add(each)
                    many = len(seen) > _MAX_FOLDERS
                    found.append(Listed(path_text(each), barred=_TOO_MANY) if many else each)
            return found

        return walk(self._location, inside, advice)

    def stream(self, name: str, start: int, stop: int | None, version: str) -> Stream:
        """Return a part of a file; see `Objects.stream`."""
        self._permit(name)
        url = self._address(name)
        if stop is None:
            body = self._web.body_once(url, start, version)
            return Stream(body.size, body.version, body.modified_ns, body.chunks)
        piece = self._web.piece_once(url, start, stop, version)
        return Stream(piece.size, piece.version, piece.modified_ns, iter((piece.data,)))

    def checksums(self, name: str) -> frozenset[str]:  # noqa: ARG002
        """Nothing: an ETag of the web says nothing of what it is made of."""
        return frozenset()

    def close(self) -> None:
        """Give up connections."""
        self._web.close()

    def _inside(self, folder: str) -> Iterator[Listed | str]:
        """Yield what lies in a folder: entries, and the names of folders, which end in a slash."""
        raise NotImplementedError

    def _permit(self, name: str) -> None:
        """Raise Refused for what the server asks not to be read."""

    def _address(self, name: str) -> str:
        return self._root + quote(name)

    def _name(self, page: str, link: str) -> str | None:
        """Return the name below the root of what a page links to, None if it lies elsewhere."""
        try:
            plain = urljoin(page, link).partition("#")[0]
        except ValueError:
            return None
        if "?" in plain or not plain.startswith(self._root):
            return None
        name = unquote(plain[len(self._root) :])
        if not name or any(part in {"", ".", ".."} for part in name.rstrip("/").split("/")):
            return None
        return name


class Pages(_WebFolder):
    """A folder whose page links to what lies in it, as most web servers make them.

    Links that lead elsewhere, or have a query, are passed over; robots.txt (RFC 9309) is obeyed.
    Pages tell sizes and times in their own ways, so that each entry is asked for its own (HEAD).
    """

    def __init__(self, location: Location) -> None:
        super().__init__(location)
        self._robots: Protego | None = None

    def _inside(self, folder: str) -> Iterator[Listed | str]:
        self._permit(folder)
        page = self._web.get(self._address(folder), max_bytes=_MAX_PAGE, accept="text/html")
        links = _Links()
        links.feed(page.data.decode("utf-8", "replace"))
        found = {self._name(page.url, link) for link in links.found}
        for name in sorted(filter(None, found)):
            below = name.removeprefix(folder)
            if not name.startswith(folder) or "/" in below.rstrip("/") or not below:
                continue
            if name.endswith("/"):
                yield name
            else:
                yield self._listed(name)

    def _listed(self, name: str) -> Listed:
        try:
            self._permit(name)
            told = self._web.head(self._address(name))
        except Unread as error:
            return Listed(path_text(name), barred=str(error), status=Status(error.status))
        return Listed(
            path_text(name), told.size, told.modified_ns, version=told.version,
            identity=path_text(self._address(name)),
        )  # fmt: skip

    def _permit(self, name: str) -> None:
        if self._robots is None:
            self._robots = Protego.parse(self._rules())
        if not self._robots.can_fetch(self._address(name), AGENT):
            raise Refused("robots.txt asks not to read it")

    def _rules(self) -> str:
        """Return the server's robots.txt; nothing is read of a server that cannot give it."""
        url = urljoin(self._root, "/robots.txt")
        try:
            return self._web.get(url, max_bytes=_MAX_ROBOTS).data.decode("utf-8", "replace")
        except NotThere:
            return ""


class WebDav(_WebFolder):
    """A WebDAV collection (RFC 4918), asked level by level."""

    def _inside(self, folder: str) -> Iterator[Listed | str]:
        url = self._address(folder)
        headers = {"depth": "1", "content-type": "application/xml; charset=utf-8"}
        answer = self._web.ask("PROPFIND", url, _PROPERTIES, headers, _MAX_PAGE)
        try:
            root = ElementTree.fromstring(answer)  # noqa: S314 - expat bounds entities
        except ElementTree.ParseError as error:
            raise Unreadable(f"its collection cannot be parsed: {error}") from error
        for each in root.iterfind("{DAV:}response"):
            name = self._name(url, each.findtext("{DAV:}href", "").strip())
            if name is None or name.rstrip("/") == folder.rstrip("/"):
                continue
            if each.find(".//{DAV:}resourcetype/{DAV:}collection") is not None:
                yield name.rstrip("/") + "/"
                continue
            told = {
                "etag": each.findtext(".//{DAV:}getetag", ""),
                "last-modified": each.findtext(".//{DAV:}getlastmodified", ""),
            }
            size = each.findtext(".//{DAV:}getcontentlength", "")
            yield Listed(
                path_text(name), int(size) if size.isdigit() else UNKNOWN_SIZE,
                modified_ns_of(told),
                version=version_of(told), identity=path_text(self._address(name)),
            )  # fmt: skip


class _Links(HTMLParser):
    """Gathers the addresses that a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value.strip() for name, value in attrs if name == "href" and value]
