"""Something between a client and PostgreSQL that hands out numbers of its own for sessions, as a pooler does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pooler(host: str, port: int) -> Iterator[int]:
    """Give the port at which it listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, host, port), daemon=True).start()
        yield int(server.getsockname()[1])


def _accept(server: socket.socket, host: str, port: int) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        upstream = socket.create_connection((host, port))
        threading.Thread(target=_pump, args=(client, upstream), daemon=True).start()
        threading.Thread(target=_pump, args=(upstream, client), kwargs={"rename": True}, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, *, rename: bool = False) -> None:
    """Pass bytes on; with `rename` the number of the session (message K: length 12, number, secret) is another one."""
    while True:
        try:
            data = source.recv(65536)
            at = data.find(b"K\0\0\0\x0c") if rename else -1
            if at >= 0:
                data = data[: at + 5] + (4_000_001).to_bytes(4, "big") + data[at + 9 :]
            if data:
                sink.sendall(data)
        except OSError:
            data = b""
        if not data:
            sink.close()
            return
