"""Serves a stand-in on a port of this computer."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress.channel import ClientDisconnected
from waitress.server import create_server

from rules_run.sandbox.app import AnswerWithheld, ConnectionDropped

LONGEST_WAIT = 300.0


class Serving:
    """An application being served in the background until `stop`; also a context manager."""

    def __init__(self, app: WSGIApplication, host: str, port: int, threads: int) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._server: Any = create_server(  # type: ignore[no-untyped-call]
            self._over_the_wire,
            host=host,
            port=port,
            threads=threads,
        )
        self.port = int(self._server.effective_port)
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
        if self._thread.is_alive():
            self._server.trigger.pull_trigger(self._stopping.set)
        self._thread.join()

    def wait(self) -> None:
        """Return when the serving has ended."""
        self._thread.join()

    def _run(self) -> None:
        server = self._server
        # The server's own `run` cannot be ended from another thread without a race, so its loop is turned here.
        while not self._stopping.is_set():
            server.asyncore.loop(
                timeout=server.adj.asyncore_loop_timeout,
                map=server._map,
                use_poll=server.adj.asyncore_use_poll,
                count=1,
            )
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(server._map)

    def _over_the_wire(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._app(environ, start_response)
        except AnswerWithheld:
            self._stopping.wait(LONGEST_WAIT)
            raise ClientDisconnected from None
        except ConnectionDropped:
            raise ClientDisconnected from None


def serve(app: WSGIApplication, port: int = 0, *, host: str = "127.0.0.1", threads: int = 16) -> Serving:
    """Serve the application; port 0 takes a free one, which `Serving.port` tells."""
    return Serving(app, host, port, threads)
