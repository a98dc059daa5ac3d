"""A stand-in of Autotask in a process of its own: each answer takes its time, and each request is written down."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from rules_run.connect.registry import load_sandbox, open_catalogue
from rules_run.sandbox import serve


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request: its object, and from when to when it was worked on, in seconds of the monotonic clock."""

    method: str
    path: str
    object: str
    start: float
    end: float


@dataclass(slots=True)
class Recorder:
    """An application that writes down when each request of another one began and ended."""

    app: Any
    seen: list[Seen] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        start = time.monotonic()
        answer: Iterable[bytes] = self.app(environ, start_response)
        path = environ["PATH_INFO"]
        row = Seen(
            method=environ["REQUEST_METHOD"], path=path, object=object_of(path), start=start, end=time.monotonic()
        )
        with self._lock:
            self.seen.append(row)
        return answer


def object_of(path: str) -> str:
    """Return the object whose limit a request counts on: a child's own, not its parent's."""
    parts = path.strip("/").split("/")[2:] or [path]
    child = len(parts) > 2 and parts[1].isdigit()
    return f"{parts[0].removesuffix('s')}{parts[2]}" if child else parts[0]


@dataclass(frozen=True, slots=True)
class SlowSystem:
    """The stand-in as its user holds it."""

    url: str
    _told: Connection

    def seen(self) -> list[Seen]:
        """Return the requests since the last time that somebody asked."""
        self._told.send("seen")
        found: list[Seen] = self._told.recv()
        return found


@contextmanager
def slow_system(data: Mapping[str, Any], *, latency: float) -> Iterator[SlowSystem]:
    """Serve the data in another process; every answer takes `latency` seconds."""
    ours, theirs = get_context("spawn").Pipe()
    faults = [{"effect": "latency", "seconds": latency, "times": None}]
    process = get_context("spawn").Process(target=_serve, args=(theirs, {**data, "faults": faults}), daemon=True)
    process.start()
    try:
        yield SlowSystem(ours.recv(), ours)
    finally:
        ours.send("stop")
        process.join()


def _serve(told: Connection, data: Mapping[str, Any]) -> None:
    app = Recorder(load_sandbox("autotask")(dict(data), open_catalogue("autotask", None)))
    with serve(app) as serving:
        told.send(serving.url)
        while told.recv() == "seen":
            rows, app.seen = app.seen, []
            told.send(rows)
