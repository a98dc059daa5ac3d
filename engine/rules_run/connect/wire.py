"""Connections that tell when bytes leave, and a watchdog that ends a request at its deadline.

One class is raised by `requests` for "refused" and for "reset after the server had it". What decides here is the send
hook: before it let the first byte pass nothing was sent, from then on nobody knows.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ReadTimeoutError, SSLError

from rules_run.connect.addresses import AddressRules, check_peer
from rules_run.connect.transport import Boundary

_current: ContextVar[Wire] = ContextVar("wire")
_IN_FLIGHT = 10


class Wire:
    """One request under way on this thread: what has left, and the watchdog over its socket."""

    def __init__(self, *, at: Callable[[Boundary], None], rules: AddressRules, deadline: float) -> None:
        self.passes, self.rules, self.deadline = at, rules, deadline
        self.left = self.expired = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._watchdog = threading.Timer(deadline, self._expire)
        self._watchdog.daemon = True

    def __enter__(self) -> None:
        self._token = _current.set(self)
        self._watchdog.start()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watchdog.cancel()
        _current.reset(self._token)
        with self._lock:
            self._drop()

    def watch(self, sock: socket.socket) -> None:
        """Keep a second handle on the connection: shutting that one also ends a handshake or a read under way."""
        with self._lock:
            self._drop()
            self._handle = socket.socket(fileno=os.dup(sock.fileno()))
            if self.expired:
                self._shut()

    def leave(self) -> None:
        """Let the start guard speak, then count the request as possibly sent."""
        if not self.left:
            self.passes("headers-leaving")
            if self.expired:
                raise TimeoutError
            self.left = True

    def explain(self, fault: BaseException, url: str) -> str:
        """Return what happened, in a sentence."""
        host = urlsplit(url).netloc
        if self.expired or isinstance(fault, TimeoutError):
            return f"{host} gave no whole answer within {self.deadline:g} s."
        sentences = {
            NameResolutionError: f"The name {host} is not known.",
            NewConnectionError: f"{host} refuses the connection.",
            ConnectTimeoutError: f"{host} does not answer.",
            SSLError: f"The certificate or the encryption of {host} cannot be trusted.",
            ReadTimeoutError: f"{host} gave no whole answer within {self.deadline:g} s.",
        }
        causes = [type(cause) for cause in _causes(fault)]
        for kind, sentence in sentences.items():
            if any(issubclass(cause, kind) for cause in causes):
                return sentence
        when = "before an answer was complete" if self.left else "before anything was sent"
        return f"The connection to {host} broke {when}."

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            self._shut()

    def _shut(self) -> None:
        if self._handle is not None:
            try:
                self._handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # the other side was quicker

    def _drop(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class _Told(HTTPConnection):
    """A connection that tells the request on this thread what it does."""

    def _new_conn(self) -> socket.socket:
        wire = _current.get()
        wire.passes("connecting")
        sock = super()._new_conn()
        wire.watch(sock)
        try:
            check_peer(sock.getpeername()[0], self.host, wire.rules)
        except BaseException:
            sock.close()
            raise
        return sock

    def connect(self) -> None:
        super().connect()
        _current.get().passes("connected")

    def send(self, data: Any) -> None:
        wire = _current.get()
        if wire.left:
            super().send(data)
            return
        if self.sock is None:
            self.connect()
        wire.watch(self.sock)
        wire.leave()
        super().send(data)
        wire.passes("headers-left")

    def getresponse(self) -> Any:
        wire = _current.get()
        wire.passes("body-left")
        response = super().getresponse()
        wire.passes("status-read")
        return response


class _ToldSecurely(_Told, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Told


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _ToldSecurely


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def open_session(*, ca: str | None) -> Session:
    """Return a session that takes nothing from its surroundings: no proxy, no netrc, no cookie, no packed answer."""
    session = Session()
    session.trust_env = False
    session.verify = ca or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    session.headers.update({"User-Agent": "rules-run", "Accept": "application/json", "Accept-Encoding": "identity"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_retries=0, pool_maxsize=_IN_FLIGHT))
    return session


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    """Yield the fault and everything it wraps, however the libraries wrapped it."""
    seen: set[int] = set()
    waiting: list[object] = [fault]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
