"""A small S3 server in memory: ListObjectsV2, GET with ranges and If-Match, HEAD; and faults.

Servers that do all of S3 take longer for an object than Monoprint does, so that a measurement
would be of them. This one writes prepared answers as they are. By itself it serves a
folder, or so many made-up objects; it prints its address and ends with its input. With `crc32` it
keeps that checksum of each object of the folder, as uploads by boto3 leave it:

    python -m benchmarks.s3_server FOLDER [crc32]
    python -m benchmarks.s3_server 1000000
"""

import base64
import hashlib
import json
import re
import socketserver
import sys
import threading
import time
import zlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote
from xml.sax.saxutils import escape

# What its clients sign with: it looks at no signature.
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}

_PAGE = 1000
_HTTP_DATE = "Sun, 13 Sep 2020 12:26:%02d GMT"
_ISO_DATE = "2020-09-13T12:26:%02d.000Z"
_REASONS = {200: "OK", 206: "Partial Content"}


@dataclass(frozen=True, slots=True)
class Stored:
    """An object; `second` is within the minute in which all of them were made."""

    data: bytes
    etag: str
    second: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: bytes, second: int = 0, **headers: str) -> "Stored":
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(data, f'"{digest}"', second, named)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the operation (list, get, head), the key or the listing's token, the headers."""

    what: str
    key: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: `cut` bytes of the body, then a reset; `length` may be a lie."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    length: int | None = None
    cut: int | None = None
    silent: bool = False


Fault = Callable[[Asked, Answer], Answer]


class S3Server:
    """One bucket; `fault` may change any answer, `latency` is waited before each (seconds)."""

    def __init__(self, latency: float = 0.0) -> None:
        self.objects: dict[str, Stored] = {}
        self.fault: Fault | None = None
        self.latency = latency
        self.asked: Counter[str] = Counter()
        self.sent = 0
        self.gone = False
        self.overlap = 0
        self._sorted: list[tuple[bytes, str]] = []

    # What the store holds

    def put(self, key: str, data: bytes, second: int = 0, **headers: str) -> None:
        self.objects[key] = Stored.of(data, second, **headers)

    def _keys(self) -> list[tuple[bytes, str]]:
        if len(self._sorted) != len(self.objects) or any(
            key not in self.objects for _, key in self._sorted
        ):
            self._sorted = sorted((key.encode(), key) for key in self.objects)
        return self._sorted

    def page(self, prefix: str, after: str) -> tuple[list[tuple[str, int, str, int]], bool]:
        """Return (key, size, ETag, second) of a page behind a key, and whether there is more."""
        keys = self._keys()
        start = bisect_left(keys, (prefix.encode(), ""))
        if after:
            start = max(start, bisect_right(keys, (after.encode(), after)) - self.overlap)
        found = []
        for _, key in keys[start : start + _PAGE]:
            if not key.startswith(prefix):
                return found, False
            stored = self.objects[key]
            found.append((key, len(stored.data), stored.etag, stored.second))
        return found, start + _PAGE < len(keys)

    # Requests

    def answer(self, method: str, target: str, headers: dict[str, str]) -> Answer:
        path, _, query = target.partition("?")
        if self.gone:
            return refusal(404, "NoSuchBucket")
        if "list-type=2" in query:
            asked = parse_qs(query, keep_blank_values=True)
            token = asked.get("continuation-token", [""])[0]
            request = Asked("list", unquote(token), headers)
            told = quote if "encoding-type=url" in query else escape
            answer = self._list(asked.get("prefix", [""])[0], request.key, told)
        else:
            key = unquote(path.split("/", 2)[2])
            request = Asked("head" if method == "HEAD" else "get", key, headers)
            answer = self._object(request)
        self.asked[request.what] += 1
        if self.fault is not None:
            answer = self.fault(request, answer)
        if method == "HEAD":
            answer = replace(answer, body=b"", length=len(answer.body))
        self.sent += len(answer.body)
        return answer

    def _list(self, prefix: str, after: str, told: Callable[[str], str]) -> Answer:
        found, more = self.page(prefix, after)
        rows = "".join(
            f"<Contents><Key>{told(key)}</Key><LastModified>{_ISO_DATE % second}</LastModified>"
            f"<ETag>{escape(etag)}</ETag><Size>{size}</Size>"
            f"<StorageClass>STANDARD</StorageClass></Contents>"
            for key, size, etag, second in found
        )
        encoding = "<EncodingType>url</EncodingType>" if told is quote else ""
        last = quote(found[-1][0]) if more else ""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"{encoding}<IsTruncated>{str(more).lower()}</IsTruncated>"
            f"<NextContinuationToken>{last}</NextContinuationToken>{rows}</ListBucketResult>"
        )
        return Answer(200, {"Content-Type": "application/xml"}, body.encode())

    def _object(self, asked: Asked) -> Answer:
        stored = self.objects.get(asked.key)
        if stored is None:
            return refusal(404, "NoSuchKey")
        if asked.headers.get("if-match", stored.etag) != stored.etag:
            return refusal(412, "PreconditionFailed")
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("range", ""))
        checksums = span is None and asked.headers.get("x-amz-checksum-mode") == "ENABLED"
        headers = {
            name: value
            for name, value in stored.headers.items()
            if checksums or not name.startswith("x-amz-checksum-")
        } | {"ETag": stored.etag, "Last-Modified": _HTTP_DATE % stored.second}
        if span is None:
            return Answer(200, headers, stored.data)
        start = int(span[1])
        if start >= len(stored.data):
            return refusal(416, "InvalidRange")
        part = stored.data[start : int(span[2]) + 1 if span[2] else None]
        told = f"bytes {start}-{start + len(part) - 1}/{len(stored.data)}"
        return Answer(206, headers | {"Content-Range": told}, part)


def refusal(status: int, code: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return Answer(status, {"Content-Type": "application/xml"}, body.encode())


class _Connection(socketserver.StreamRequestHandler):
    """Answers what comes by one connection, in a thread of its own."""

    server: "_Listening"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(ConnectionError):
            while self._answered():
                pass

    def _answered(self) -> bool:
        """Answer a request; return whether the connection stays."""
        first = self.rfile.readline().decode("latin-1")
        if not first:
            return False
        method, target, _ = first.split(" ", 2)
        headers = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        with self.server.turn:
            answer = self.server.store.answer(method, target, headers)
        if self.server.store.latency:
            time.sleep(self.server.store.latency)
        if answer.silent:
            return True
        length = len(answer.body) if answer.length is None else answer.length
        told = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        reason = _REASONS.get(answer.status, "Error")
        head = f"HTTP/1.1 {answer.status} {reason}\r\n{told}Content-Length: {length}\r\n\r\n"
        self._send(head.encode("latin-1"), answer.body[: answer.cut])
        return answer.cut is None and (method == "HEAD" or length == len(answer.body))

    def _send(self, head: bytes, body: bytes) -> None:
        """Send both at once, and without a copy."""
        sent = self.connection.sendmsg([head, body])
        if sent < len(head):
            self.connection.sendall(head[sent:])
        self.connection.sendall(memoryview(body)[max(0, sent - len(head)) :])


class _Listening(socketserver.ThreadingTCPServer):
    """Takes connections; requests are looked at in turn, and their answers sent side by side."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, store: S3Server) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.store = store
        self.turn = threading.Lock()


@contextmanager
def serving(server: S3Server) -> Iterator[str]:
    """Serve in threads of this process; gives the address."""
    with _Listening(server) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            host, port = listening.server_address[:2]
            yield f"http://{host!s}:{port}"
        finally:
            listening.shutdown()
            thread.join()


def bucket(url: str) -> str:
    """Return the location of the bucket that is served at an address."""
    return f"s3://bucket#endpoint={url},allow_http=yes"


@contextmanager
def changing(server: S3Server) -> Iterator[None]:
    """Cut every answer short, and put another object in the place of what was asked for."""

    def fault(asked: Asked, answer: Answer) -> Answer:
        server.put(asked.key, server.objects[asked.key].data + b"+")
        return replace(answer, cut=10)

    server.fault = fault
    yield
    server.fault = None


class MadeUp(S3Server):
    """So many objects that are made as they are asked for, so that a million take no memory.

    They are grey pictures of one line (netpbm). A hundred in a row have one size; the last of them
    is a copy of the one before.
    """

    def __init__(self, objects: int) -> None:
        super().__init__()
        self._count = objects

    def page(
        self,
        prefix: str,  # noqa: ARG002
        after: str,
    ) -> tuple[list[tuple[str, int, str, int]], bool]:
        """Return a page; see `S3Server.page`."""
        start = int(after[-13:-4]) + 1 if after else 0
        stop = min(start + _PAGE, self._count)
        found = []
        for number in range(start, stop):
            key = f"folder/{number // 1000:06}/picture-{number:09}.pgm"
            found.append((key, _size(number), f'"{_same(number):032x}"', number % 60))
        return found, stop < self._count

    def _object(self, asked: Asked) -> Answer:
        number = int(asked.key[-13:-4])
        same = _same(number)
        head = f"P5 {_size(number) - _PGM_HEAD} 1 255\n".encode()
        data = head + same.to_bytes(8, "big") + bytes(_size(number) - _PGM_HEAD - 8)
        headers = {"ETag": f'"{same:032x}"', "Last-Modified": _HTTP_DATE % (number % 60)}
        return Answer(200, headers, data)


# Bytes of the head of a picture of 10,000 to 99,999 samples.
_PGM_HEAD = len(b"P5 10000 1 255\n")


def _size(number: int) -> int:
    return 11_000 + number // 100


def _same(number: int) -> int:
    """Return the number of the object of the same content that comes first."""
    return number - (number % 100 == 99)


def crc32(data: bytes) -> dict[str, str]:
    """Return what boto3 has S3 keep of an upload."""
    digits = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    return {"x_amz_checksum_crc32": digits, "x_amz_checksum_type": "FULL_OBJECT"}


def main() -> None:
    """Serve a folder, or so many made-up objects, until the input ends."""
    server = MadeUp(int(sys.argv[1])) if sys.argv[1].isdigit() else S3Server()
    if not sys.argv[1].isdigit():
        folder = Path(sys.argv[1])
        keeps = "crc32" in sys.argv[2:]
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                data = path.read_bytes()
                server.put(
                    path.relative_to(folder).as_posix(), data, **(crc32(data) if keeps else {})
                )
    with serving(server) as url:
        print(url, flush=True)
        for line in sys.stdin:
            if line.strip() == "counts":
                used = {"bytes": server.sent, "CPU": round(time.process_time(), 2)}
                print(json.dumps(dict(server.asked) | used), flush=True)


if __name__ == "__main__":
    main()
