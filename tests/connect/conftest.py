"""Tiny servers on loopback that answer, or fail, exactly as they are told."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Link:
    """One accepted connection."""

    sock: socket.socket
    server: Server

    def receive(self) -> Seen | None:
        """Read one whole request and note it; None when the client went away."""
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := self.sock.recv(65_536)):
                return None
            head += part
        head, _, body = head.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += self.sock.recv(65_536)
        seen = Seen(method, target, headers, body)
        self.server.seen.append(seen)
        return seen

    def reply(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Send one whole answer."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """Break the connection with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


@dataclass
class Server:
    """A server whose every connection is handled by `behave`."""

    behave: Callable[[Link], None]
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.workers: list[threading.Thread] = []
        self.socks: list[socket.socket] = []
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            sock, _ = self.listener.accept()
            if self.closing.is_set():
                sock.close()
                return
            self.connections += 1
            worker = threading.Thread(target=self._handle, args=(sock,))
            worker.start()
            self.workers.append(worker)
            self.socks.append(sock)

    def _handle(self, sock: socket.socket) -> None:
        try:
            self.behave(Link(sock, self))
        except OSError:
            pass
        finally:
            sock.close()

    def close(self) -> None:
        self.closing.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join()
        for sock in self.socks:
            with suppress(OSError):  # a client that keeps its connection must not keep a test that failed
                sock.shutdown(socket.SHUT_RDWR)
        for worker in self.workers:
            worker.join()
        self.listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Link], None]], Server]]:
    servers: list[Server] = []

    def start(behave: Callable[[Link], None]) -> Server:
        servers.append(Server(behave))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def refused_url() -> str:
    """An address on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"
