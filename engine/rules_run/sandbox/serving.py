"""Serves a stand-in on a port of this computer, down to faults that only a socket can have.

A server of the libraries would answer politely where a stand-in must not: resets, cut bodies, withheld answers and a
port that is shut need the socket in hand.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote
from wsgiref.types import WSGIApplication, WSGIEnvironment

from rules_run.sandbox.steering import SHUT
from rules_run.sandbox.system import AnswerWithheld, ConnectionDropped, ConnectionRefused

LONGEST_WAIT = 300.0
LARGEST_BODY = 20_000_000
_GLANCE = 0.2
_RESET = struct.pack("ii", 1, 0)


class Serving:
    """An application being served in the background until `stop`; also a context manager."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self.app = app
        self._stopping = threading.Event()
        self._shut_until: float | None = None
        self._server = _Server((host, port), self)
        self.port = int(self._server.server_address[1])
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._run, name=f"sandbox {self.port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Serving:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop listening, drop all connections, and return when the port is free."""
        self._stopping.set()
        self._server.stop_listening()
        self._thread.join()

    def wait(self) -> None:
        """Return when the serving has ended."""
        self._thread.join()

    def shut(self, seconds: float) -> None:
        """Let the operating system refuse every new connection for a time."""
        self._shut_until = time.monotonic() + seconds
        self._server.stop_listening()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._shut_until is None:
                self._server.handle_request()
                continue
            self._stopping.wait(max(0.0, self._shut_until - time.monotonic()))
            self._shut_until = None
            if not self._stopping.is_set():
                self._server.listen_again()
        self._server.server_close()
        self._server.drop_connections()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    timeout = _GLANCE

    def __init__(self, address: tuple[str, int], serving: Serving) -> None:
        self.serving = serving
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().close_request(request)

    def stop_listening(self) -> None:
        # Closing alone would leave the port open for as long as the loop still looks at it.
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def listen_again(self) -> None:
        self.socket = socket.socket(self.address_family, self.socket_type)
        self.server_bind()
        self.server_activate()

    def drop_connections(self) -> None:
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection: a request after the other, each whole in memory before the application sees it."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sandbox", ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer a request of any method."""
        body = self._body()
        if body is None:
            return
        try:
            self._run(self._environ(body))
        except ConnectionRefused as refused:
            self.server.serving.shut(refused.seconds)
            self._reset()
        except ConnectionDropped:
            self._reset()
        except AnswerWithheld:
            self._hold()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - names of the protocol

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called there
        """Stay quiet: the history tells all requests."""

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return None
        if int(length) > LARGEST_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        return self.rfile.read(int(length))

    def _run(self, environ: WSGIEnvironment) -> None:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[..., Any]:
            started.append((status, headers))
            return self.wfile.write

        parts = self.server.serving.app(environ, start_response)
        try:
            self._head(*started[-1])
            for part in parts:
                if self.command != "HEAD":
                    self.wfile.write(part)
                    self.wfile.flush()
        finally:
            if callable(close := getattr(parts, "close", None)):
                close()

    def _head(self, status: str, headers: list[tuple[str, str]]) -> None:
        # The phrase is the standard's, in its own spelling: there are clients that look for it.
        self.send_response(int(status.split(" ", 1)[0]))
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Connection", "close")
        self.end_headers()

    def _environ(self, body: bytes) -> WSGIEnvironment:
        path, _, query = self.path.partition("?")
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            SHUT: self.server.serving.shut,
        }
        for name, value in self.headers.items():
            key = f"HTTP_{name.upper().replace('-', '_')}"
            if "_" not in name and key not in ("HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"):
                environ[key] = value
        return environ

    def _reset(self) -> None:
        """End the connection with a reset; what was written so far has left before."""
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            os.close(self.connection.detach())

    def _hold(self) -> None:
        """Say nothing until the client gives up or the serving ends."""
        self.close_connection = True
        self.connection.settimeout(LONGEST_WAIT)
        with suppress(OSError):
            self.rfile.read(1)


def serve(app: WSGIApplication, port: int = 0, *, host: str = "127.0.0.1") -> Serving:
    """Serve the application; port 0 takes a free one, which `Serving.port` tells."""
    return Serving(app, host, port)
