"""HTTP for sources: what may be asked of whom, how much may come of it, and when to try again.

Every source that follows addresses which others wrote (folders on web servers, manifests, tables
of URLs) asks through a `Web`, so that what is safe is decided in one place.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError

from monoprint.errors import Refused, TooLarge, Unreadable, UsageError
from monoprint.imaging.limits import MAX_FILE_BYTES
from monoprint.sources import pace as paces
from monoprint.sources.credentials import credential
from monoprint.sources.location import Location
from monoprint.sources.pace import Pace, pace_of
from monoprint.sources.patience import Again, patiently
from monoprint.sources.ranged import PIECE, ranged
from monoprint.version import VERSION

# The options of stores that are read through a `Web`.
OPTIONS: Final = ("allow", "credentials", "private", *paces.OPTIONS)

AGENT: Final = f"monoprint/{VERSION}"

# RFC 9110 sets no limit; clients stop at about 20, and no honest picture is five hops away.
MAX_REDIRECTS: Final = 5

# Seconds to connect, and between two pieces of an answer. A service that makes a picture of its
# master while one waits may take half a minute.
_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 40.0

# Seconds for one body: a gigabyte at 15 Mbit/s. A server that sends a byte now and then must not
# hold up a scan.
_BODY_SECONDS: Final = 600.0

_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# The prefix of IPv6 addresses that lead to IPv4 ones (RFC 6052).
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

# What a server says (with status 416) of a range of nothing.
_EMPTY: Final = "bytes */0"

_CHUNK: Final = 1 << 16
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave: the bytes, where they came from after redirects, and what was said.

    `headers` have lower-case names. `version` is the strong ETag, or the time of the last change,
    or "" where neither is told; `modified_ns` is 0 where the time is not told.
    """

    url: str
    data: bytes
    headers: Mapping[str, str]
    version: str
    modified_ns: int


class NotThere(Unreadable):
    """The server says that there is nothing (404, 410)."""


class Web:
    """Asks the hosts that it may ask, and no others.

    `hosts` are names as in an address, with the port where it is not the scheme's own
    (``example.org``, ``localhost:8080``). Unless `private`, addresses that are not global (private,
    loopback, link-local and the like, RFC 6890) are never connected to, whatever name leads there:
    the address that is checked is the one that is connected to. `credentials` (user, password) or
    `token` go to the first of the hosts alone.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        *,
        private: bool = False,
        pace: Pace | None = None,
        credentials: tuple[str, str] | None = None,
        token: str = "",
    ) -> None:
        named = [host.lower() for host in hosts]
        self._hosts = frozenset(named)
        self._pace = pace or Pace()
        self._pool = urllib3.PoolManager(num_pools=20, maxsize=16, retries=False)
        self._pool.pool_classes_by_scheme = _pools(private)
        self._own = named[0] if named else ""
        self._secret: dict[str, str] = {}
        if credentials is not None:
            self._secret = dict(urllib3.make_headers(basic_auth=":".join(credentials)))
        if token:
            self._secret = {"authorization": f"Bearer {token}"}

    def get(self, url: str, *, max_bytes: int, accept: str = "*/*") -> Fetched:
        """Return what is at an address, whole.

        Raises NotThere if nothing is, Refused for an address that may not be asked, TooLarge for
        more than `max_bytes`, Unreadable for what could not be had whole after several tries.
        """

        def once() -> Fetched:
            with self._answer("GET", url, {"accept": accept}) as (response, final):
                return _fetched(final, _whole(response, max_bytes, self._pace), response)

        return patiently(once)

    def open(self, url: str) -> BinaryIO:
        """Open what is at an address to be read here and there, by ranges.

        Raises as `get`; Unreadable too where the server gives no ranges.
        """
        first = self.piece(url, 0, PIECE, "")

        def fetch(start: int, stop: int) -> bytes:
            return self.piece(url, start, stop, first.version).data

        return ranged(first.size, first.data, fetch)

    def piece(self, url: str, start: int, stop: int, version: str) -> "Piece":
        """Return the bytes [start, stop) of what is at an address and still has this version.

        Raises as `get`; Unreadable if it changed, or the server gives no ranges.
        """
        return patiently(lambda: self.piece_once(url, start, stop, version))

    def piece_once(self, url: str, start: int, stop: int, version: str) -> "Piece":
        """Return what `piece` does, but raise Again for what may pass."""
        asked = _held({"range": f"bytes={start}-{stop - 1}"}, version)
        with self._answer("GET", url, asked) as (response, final):
            return _piece(response, final, start, stop, version, self._pace)

    def body_once(self, url: str, start: int, version: str) -> "Body":
        """Return what is at an address and still has this version, from a byte on, as it comes.

        It and its chunks raise Again for what may pass, and else as `piece`.
        """
        asked = _held({"range": f"bytes={start}-"} if start else {}, version)
        with ExitStack() as stack:
            response, final = stack.enter_context(self._answer("GET", url, asked))
            headers = _fetched(final, b"", response).headers
            now, modified_ns = version_of(headers), modified_ns_of(headers)
            if version and now != version:
                raise Unreadable("changed while it was read")
            size = headers.get("content-length", "")
            skipped = start
            if response.status == 206:
                told, _, size = headers.get("content-range", "").partition("/")
                skipped = 0
                if told.split("-")[0] != f"bytes {start}" or not size.isdigit():
                    raise Unreadable("gave another range than was asked for")
            if not size.isdigit():  # sent in parts, its length told by none: it is held whole
                data = _body(response, MAX_FILE_BYTES, self._pace)
                return Body(len(data), now, modified_ns, iter((data[start:],)))
            chunks = _chunks(response, skipped, self._pace, stack.pop_all())
            return Body(int(size), now, modified_ns, chunks)

    def head(self, url: str) -> "Body":
        """Return what is said of an address, without its bytes. Raises as `get`."""

        def once() -> Body:
            with self._answer("HEAD", url, {"accept": "*/*"}) as (response, final):
                headers = _fetched(final, b"", response).headers
                size = headers.get("content-length", "")
                return Body(
                    int(size) if size.isdigit() else 0, version_of(headers),
                    modified_ns_of(headers), iter(()),
                )  # fmt: skip

        return patiently(once)

    def ask(self, method: str, url: str, body: bytes, headers: dict[str, str], most: int) -> bytes:
        """Return the answer to a question that is no GET (PROPFIND), of up to `most` bytes.

        Raises as `get`.
        """

        def once() -> bytes:
            with self._answer(method, url, headers, body) as (response, _):
                return _body(response, most, self._pace)

        data = patiently(once)
        if len(data) > most:
            raise TooLarge(f"size limit: over {most:,} bytes")
        return data

    def close(self) -> None:
        """Give up connections."""
        self._pool.clear()

    @contextmanager
    def _answer(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None = None
    ) -> Iterator[tuple[urllib3.BaseHTTPResponse, str]]:
        """Give a successful answer whose body is still to come. Raises Again for what may pass."""
        for _ in range(MAX_REDIRECTS + 1):
            host = self._allowed(url)
            sent = {"user-agent": AGENT, "accept-encoding": "identity"} | headers
            if host == self._own:
                sent |= self._secret
            self._pace.request()
            try:
                response = self._pool.urlopen(
                    method, url, redirect=False, body=body, headers=sent, preload_content=False,
                    timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
                )  # fmt: skip
            except _Barred as barred:
                raise Refused(str(barred)) from barred
            except SSLError as error:
                raise Unreadable(f"no secure connection to {host}: {error}") from error
            except HTTPError as error:
                raise Again(_told(error, host)) from error
            try:
                target = response.headers.get("location", "")
                if response.status in _REDIRECTS and target:
                    url = _redirected(url, target)
                    continue
                _check(response)
                yield response, url
                return
            finally:
                if response.length_remaining == 0:
                    response.drain_conn()  # nothing is left: the connection can be used again
                else:
                    response.close()
        raise Refused(f"redirect limit: more than {MAX_REDIRECTS} from one address to the next")

    def _allowed(self, url: str) -> str:
        """Return the host of an address that may be asked. Raises Refused for any other."""
        try:
            parts = urlsplit(url)
            host = host_of(url)
        except ValueError as error:
            raise Refused(f"no address that can be asked: {error}") from error
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise Refused(f"no http or https address: {url[:200]}")
        if parts.username is not None:
            raise Refused("address with a user name or password in it")
        if host not in self._hosts:
            raise Refused(f"host not allowed: {host} (add it with #allow={host})")
        return host


def web_of(location: Location, hosts: Iterable[str] = ()) -> Web:
    """Return what asks the hosts of a store's own address, and those that its options allow.

    `hosts` are the store's own, for stores that have no address. Raises UsageError for an option
    that means nothing.
    """
    own = list(hosts)
    if location.place.startswith("//"):
        own.insert(0, host_of(f"{location.scheme}:{location.place}"))
    private = location.option("private", "no")
    if private not in {"yes", "no"}:
        raise UsageError(f"private={private} is neither yes nor no", advice="#private=yes")
    name = location.option("credentials")
    user, password = credential(name, "username"), credential(name, "password")
    return Web(
        [*own, *filter(None, location.option("allow").split("+"))],
        private=private == "yes",
        pace=pace_of(location),
        credentials=None if user is None or password is None else (user, password),
        token=credential(name, "token") or "",
    )


def host_of(url: str) -> str:
    """Return an address's host as `Web` knows it: with the port where it is not the usual one.

    Raises ValueError for a port that is no number.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    usual = {None, _DEFAULT_PORTS.get(parts.scheme)}
    return shown if parts.port in usual else f"{shown}:{parts.port}"


# Connections that know whom they may reach


class _Barred(Exception):
    """The address is one that is not connected to."""


def _open_address(host: str, port: int, private: bool, connect: Callable[[str], Any]) -> Any:
    """Connect to the first address of a host that answers; none is asked for twice.

    Raises _Barred if any of them is not global, OSError if none answers.
    """
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not private and not _is_global(address):
            told = address if host.strip("[]") == address else f"{host} is {address}"
            raise _Barred(f"private address not asked: {told} (#private=yes if it may be)")
    failed: Exception = OSError(f"{host} has no address")
    for address in addresses:
        try:
            return connect(address)
        except OSError as error:
            failed = error
    raise failed


def _is_global(address: str) -> bool:
    """Say whether an address is open to all, and so is the IPv4 address it may lead to."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if inner:
            return _is_global(str(inner))
        if ip in _NAT64:
            return _is_global(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


def _pools(private: bool) -> dict[str, Any]:
    """Return pools of connections whose addresses are checked as they are connected to."""

    def dial(connection: HTTPConnection) -> socket.socket:
        def connect(address: str) -> socket.socket:
            seconds = connection.timeout
            dialled = socket.create_connection(
                (address, connection.port), seconds if isinstance(seconds, int | float) else None
            )
            for option in connection.socket_options or ():
                dialled.setsockopt(*option)
            return dialled

        try:
            dialled: socket.socket = _open_address(
                connection._dns_host, connection.port or 0, private, connect
            )
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error
        return dialled

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dial(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dial(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


# Answers


def _check(response: urllib3.BaseHTTPResponse) -> None:
    status = response.status
    if status in {200, 206, 207} or response.headers.get("content-range") == _EMPTY:
        return
    if status in _TRY_AGAIN:
        raise Again(f"HTTP {status}", _retry_after(response.headers.get("retry-after", "")))
    if status in {404, 410}:
        raise NotThere("vanished during the scan, or was never there")
    if status == 412:
        raise Unreadable("changed while it was read")
    if status in {401, 403}:
        raise Unreadable(f"not allowed to read it (HTTP {status})")
    raise Unreadable(f"HTTP {status}")


def _retry_after(text: str) -> float:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3): a number, or a date."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _redirected(url: str, target: str) -> str:
    to = urljoin(url, target)
    if url.startswith("https:") and not to.startswith("https:"):
        raise Refused("redirect from https to an insecure address")
    return to


def _whole(response: urllib3.BaseHTTPResponse, max_bytes: int, pace: Pace) -> bytes:
    """Read a body to its end. Raises TooLarge, Again for one that is shorter than was said."""
    if response.status != 200:
        raise Unreadable(f"HTTP {response.status}, though all was asked for")
    told = response.headers.get("content-length", "")
    if told.isdigit() and int(told) > max_bytes:
        raise TooLarge(f"size limit: {int(told):,} bytes, over {max_bytes:,}")
    data = _body(response, max_bytes, pace)
    if len(data) > max_bytes:
        raise TooLarge(f"size limit: over {max_bytes:,} bytes")
    if told.isdigit() and len(data) != int(told):
        raise Again(f"{len(data):,} bytes came, {int(told):,} were announced")
    return data


def _held(headers: dict[str, str], version: str) -> dict[str, str]:
    """Return headers that ask for one version, where the server can be held to it."""
    return headers | ({"if-match": version} if version.startswith('"') else {})


def _chunks(
    response: urllib3.BaseHTTPResponse, skipped: int, pace: Pace, kept: ExitStack
) -> Iterator[bytes]:
    """Yield a body behind its first bytes, which a server without ranges sends anew."""
    with kept:
        if response.headers.get("content-encoding", "identity").lower() not in {"identity", ""}:
            raise Unreadable("sent in a content encoding that was not asked for")
        due = time.monotonic() + _BODY_SECONDS
        try:
            while chunk := response.read(_CHUNK, decode_content=False):
                pace.received(len(chunk))
                if time.monotonic() > due:
                    raise Unreadable(f"time limit: not all came within {_BODY_SECONDS:g} seconds")
                passed, skipped = min(skipped, len(chunk)), max(0, skipped - len(chunk))
                yield chunk[passed:]
        except HTTPError as error:
            raise Again(f"broke off: {type(error).__name__}") from error


def _body(response: urllib3.BaseHTTPResponse, most: int, pace: Pace) -> bytes:
    """Return up to one byte more than `most`."""
    if response.headers.get("content-encoding", "identity").lower() not in {"identity", ""}:
        raise Unreadable("sent in a content encoding that was not asked for")
    data = bytearray()
    due = time.monotonic() + _BODY_SECONDS
    try:
        while len(data) <= most:
            piece = response.read(min(_CHUNK, most + 1 - len(data)), decode_content=False)
            if not piece:
                break
            data += piece
            pace.received(len(piece))
            if time.monotonic() > due:
                raise Unreadable(f"time limit: not all came within {_BODY_SECONDS:g} seconds")
    except HTTPError as error:
        raise Again(f"broke off after {len(data):,} bytes: {type(error).__name__}") from error
    return bytes(data)


def _fetched(url: str, data: bytes, response: urllib3.BaseHTTPResponse) -> Fetched:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Fetched(url, data, headers, version_of(headers), modified_ns_of(headers))


def version_of(headers: Mapping[str, str]) -> str:
    """Return what tells this state of an address from others: a strong ETag, a time, or ""."""
    tag = headers.get("etag", "")
    return tag if tag.startswith('"') else headers.get("last-modified", "")


def modified_ns_of(headers: Mapping[str, str]) -> int:
    """Return the time of the last change, 0 where it is not told."""
    try:
        at = parsedate_to_datetime(headers.get("last-modified", ""))
    except ValueError:
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp()) * 1_000_000_000


def _told(error: HTTPError, host: str) -> str:
    """Say in a few words what went wrong on the way to a host."""
    reason = getattr(error, "reason", None) or error
    return f"no answer from {host}: {type(reason).__name__}"


@dataclass(frozen=True, slots=True)
class Body:
    """What is at an address, as it comes; `size` is of the whole, wherever it begins."""

    size: int
    version: str
    modified_ns: int
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what is at an address: its bytes, the whole's size, its version and its time."""

    data: bytes
    size: int
    version: str
    modified_ns: int


def _piece(
    response: urllib3.BaseHTTPResponse, url: str, start: int, stop: int, version: str, pace: Pace
) -> Piece:
    headers = _fetched(url, b"", response).headers
    now = version_of(headers)
    if version and now != version:
        raise Unreadable("changed while it was read")
    if headers.get("content-range") == _EMPTY:
        return Piece(b"", 0, now, modified_ns_of(headers))
    if response.status == 200:  # no ranges, which does not matter for what is small
        data = _whole(response, stop, pace)
        return Piece(data[start:stop], len(data), now, modified_ns_of(headers))
    told, _, size = headers.get("content-range", "").partition("/")
    if not size.isdigit() or told.split("-")[0] != f"bytes {start}":
        raise Unreadable("gave another range than was asked for")
    stop = min(stop, int(size))
    data = _body(response, stop - start, pace)
    if len(data) != stop - start:
        raise Again(f"{len(data):,} bytes came of a range of {stop - start:,}")
    return Piece(data, int(size), now, modified_ns_of(headers))
