"""Serving the desk on this machine alone."""

import socket
from collections.abc import Callable
from typing import Final

import uvicorn

from monoprint.errors import UsageError
from monoprint.service.app import make_app
from monoprint.service.desk import Desk

_HERE: Final = "127.0.0.1"

# A page that is still loading its pictures must not keep the desk from closing.
_CLOSING_SECONDS: Final = 3


def serve(desk: Callable[[int], Desk], port: int, opened: Callable[[str], None]) -> None:
    """Serve a desk until it is interrupted; port 0 takes any that is free.

    `desk` makes it for the port; `opened` is told its address once it can be reached. Raises
    UsageError if the port is taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_HERE, port))
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be used: {error.strerror}",
                advice="Another desk may be open there. Take another with --port, or --port 0.",
            ) from error
        listening.listen()
        port = listening.getsockname()[1]
        app = make_app(desk(port))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_CLOSING_SECONDS,
            )
        )
        opened(f"http://{_HERE}:{port}")
        server.run(sockets=[listening])
