"""Something between a client and PostgreSQL that can go down, or swallow the answer to a commit that took effect."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


@dataclass(slots=True, kw_only=True)
class Proxy:
    """Passes bytes; cuts the connection after the n-th commit that it sees, before its answer gets through."""

    upstream: tuple[str, int]
    port: int
    cut_at: int = 0
    commits: int = 0
    down: bool = False
    _open: list[socket.socket] = field(default_factory=list)

    def go_down(self) -> None:
        """Cut every connection, and take no new one."""
        self.down = True
        for each in self._open:
            _close(each)

    def serve(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            if self.down:
                client.close()
                continue
            try:
                upstream = socket.create_connection(self.upstream)
            except OSError:
                client.close()
                continue
            self._open += [client, upstream]
            cut = threading.Event()
            for pump, words in ((self._up, (client, upstream, cut)), (self._back, (upstream, client, cut))):
                threading.Thread(target=pump, args=words, daemon=True).start()

    def _up(self, client: socket.socket, upstream: socket.socket, cut: threading.Event) -> None:
        for data in _received(client):
            self.commits += data.count(_COMMIT)
            if self.cut_at and self.commits == self.cut_at and _COMMIT in data:
                cut.set()
            _send(upstream, data)
        _close(upstream)

    def _back(self, upstream: socket.socket, client: socket.socket, cut: threading.Event) -> None:
        for data in _received(upstream):
            if cut.is_set():
                break  # the answer is here, so the commit took effect
            _send(client, data)
        _close(client)
        _close(upstream)


def _received(source: socket.socket) -> Iterator[bytes]:
    with suppress(OSError):
        while data := source.recv(65536):
            yield data


def _send(sink: socket.socket, data: bytes) -> None:
    with suppress(OSError):  # its other end is gone: what comes next is not received either
        sink.sendall(data)


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def proxy(upstream: tuple[str, int]) -> Iterator[Proxy]:
    """Give one that listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Proxy(upstream=upstream, port=int(server.getsockname()[1]))
        threading.Thread(target=made.serve, args=(server,), daemon=True).start()
        try:
            yield made
        finally:
            made.go_down()
