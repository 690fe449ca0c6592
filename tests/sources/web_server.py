"""A web server on loopback whose answers a test writes."""

import socket
import struct
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What is said to one request; `cut` is after how many bytes of the body the line goes dead."""

    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    length: int | None = None
    cut: int | None = None


class WebServer:
    """Answers each path with what `answers` has for it: an Answer, or a function of the request."""

    def __init__(self):
        self.answers = {}
        self.asked = Counter()
        self.headers = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16

            def do_GET(self):
                path = self.path.partition("?")[0]
                outer.asked[path] += 1
                outer.headers.append(dict(self.headers))
                answer = outer.answers.get(self.path, outer.answers.get(path, Answer(404)))
                if callable(answer):
                    answer = answer(self)
                outer.send(self, answer)

            do_HEAD = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @staticmethod
    def send(handler, answer):
        handler.send_response(answer.status)
        length = len(answer.body) if answer.length is None else answer.length
        for name, value in ({"Content-Length": str(length)} | answer.headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command == "HEAD":
            return
        handler.wfile.write(answer.body[: answer.cut])
        if answer.cut is not None or length != len(answer.body):
            handler.wfile.flush()
            reset(handler)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def reset(handler):
    """End a connection as a router that fails does: with a reset."""
    option = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def web_server():
    server = WebServer()
    try:
        yield server
    finally:
        server.close()
