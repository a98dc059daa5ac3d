"""Calls of one account: where they go, how many at a time, and how often a read is tried."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode, urljoin

from rules_run.connect.account import Account
from rules_run.connect.addresses import AddressRules, check_url, origin_of
from rules_run.connect.manifest import Rest, Server
from rules_run.connect.payload import PayloadError, parse_json, write_json
from rules_run.connect.transport import Answer, Boundary, Outgoing, Passing, Transport, TransportFault
from rules_run.connect.verdicts import at_path, error_texts, refusal
from rules_run.errors import ConnectorUnusable
from rules_run.failpoints import failpoint
from rules_run.model.exchange import Outcome, Request

_TRIES = 4
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_GATEWAY = frozenset({429, 502, 503, 504})


class _MayPass(ConnectorUnusable):
    """A limit, a gateway or a broken connection: it may be gone in a moment, an error text of the system is not."""

    def __init__(self, message: str, *, asked: float = 0.0) -> None:
        super().__init__(message)
        self.asked = asked


def address_rules(account: Account, server: Server) -> AddressRules:
    """Return the hosts the account may reach: a tenant's own address stands alone unless it is one of the system's."""
    rules = AddressRules(hosts=server.hosts, allow_http=account.allow_http, allow_private=account.allow_private)
    url = account.text("url")
    if not url:
        return rules if server.hosts or not server.url else replace(rules, hosts=(origin_of(server.url),))
    try:
        check_url(url, rules)
    except ConnectorUnusable:
        rules = replace(rules, hosts=(origin_of(url),))
        check_url(url, rules)
    return rules


class Calls:
    """Sends the requests of one account; `wait` and `jitter` are given by tests."""

    def __init__(
        self,
        account: Account,
        rest: Rest,
        transport: Transport,
        *,
        wait: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._account, self._rest, self._transport = account, rest, transport
        self._rules = address_rules(account, rest.server)
        self._wait, self._jitter = wait, jitter
        self._lock = threading.Lock()
        self._zone_lock = threading.Lock()
        self._zone = ""
        self._places: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(rest.in_flight))
        self.count = 0

    def fetch(
        self,
        subject: str,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, object] | None = None,
        body: object = None,
    ) -> object:
        """Read `path` below the account's address and return the JSON; what may pass by itself is tried again."""
        query = "?" + urlencode({name: str(value) for name, value in parameters.items()}) if parameters else ""
        return self._read(subject, lambda: self._outgoing(method, f"{self._base()}{path}{query}", body))

    def follow(self, subject: str, method: str, url: str, *, body: object = None) -> object:
        """Read an address that the system named."""
        check_url(url, self._rules)
        return self._read(subject, lambda: self._outgoing(method, url, body))

    def send(self, subject: str, request: Request, guard: Callable[[], None]) -> Answer:
        """Send a write once, on a connection of its own; `guard` speaks last before the first byte."""
        outgoing = self._outgoing(request.method, f"{self._base()}{request.path}", None)
        outgoing = replace(outgoing, body=request.body, fresh=True)

        def at(boundary: Boundary) -> None:
            if boundary == "headers-leaving":
                guard()
            failpoint(f"send-{boundary}")

        return self._exchange(subject, outgoing, at)

    def close(self) -> None:
        """Release the transport."""
        self._transport.close()

    def _exchange(self, subject: str, outgoing: Outgoing, at: Passing) -> Answer:
        with self._lock:
            place = self._places[subject]
            self.count += 1
        with place:
            return self._transport.exchange(outgoing, at)

    def _outgoing(self, method: str, url: str, body: object) -> Outgoing:
        headers = {name: self._account.text(setting) for name, setting in self._rest.headers.items()}
        if method != "GET":
            headers["Content-Type"] = "application/json"
        return Outgoing(
            method=method,
            url=url,
            headers=headers,
            body=b"" if body is None else write_json(body),
            deadline=self._account.timing.deadline,
        )

    def _read(self, subject: str, outgoing: Callable[[], Outgoing]) -> object:
        for attempt in range(1, _TRIES):
            try:
                return self._once(subject, outgoing())
            except _MayPass as signal:
                wait = _FIRST_WAIT * 2 ** (attempt - 1) * (0.5 + self._jitter())
                self._wait(min(max(signal.asked, wait), _LONGEST_WAIT))
        return self._once(subject, outgoing())

    def _once(self, subject: str, outgoing: Outgoing) -> object:
        where = f"{self._account.alias}.{subject} cannot be read"
        try:
            answer = self._exchange(subject, outgoing, lambda boundary: failpoint(f"read-{boundary}"))
        except TransportFault as fault:
            raise _MayPass(f"{where}: {fault}") from fault
        if 200 <= answer.status < 300:
            return self._parsed(where, answer)
        verdict = refusal(answer, self._rest)
        message = f"{where} ({answer.status}): {verdict.message}"
        if answer.status in _GATEWAY or (verdict.outcome is Outcome.REJECTED and not verdict.permanent):
            raise _MayPass(message, asked=_retry_after(answer))
        raise ConnectorUnusable(message)

    def _parsed(self, where: str, answer: Answer) -> object:
        try:
            body = parse_json(answer.body)
        except PayloadError as fault:
            raise ConnectorUnusable(f"{where}: {fault}.") from fault
        if texts := error_texts(body, self._rest.error_texts):
            raise ConnectorUnusable(f"{where}: {'; '.join(texts)}")
        return body

    def _base(self) -> str:
        with self._zone_lock:
            if not self._zone:
                self._zone = self._find_zone()
            return self._zone + self._rest.server.api

    def _find_zone(self) -> str:
        """Return the address that serves this account, with a slash at its end."""
        server = self._rest.server
        url = self._account.text("url") or server.url or ""
        if not url:
            raise ConnectorUnusable(f"{self._account.alias}: the setting `url` says where the system is.")
        url = _slashed(check_url(url, self._rules))
        if server.zone is None:
            return url
        query = urlencode({name: self._account.text(setting) for name, setting in server.zone.query.items()})
        # Asked without the log-in: it may be any host of the system that answers.
        asked = f"{urljoin(url, server.zone.path)}?{query}"
        outgoing = Outgoing(method="GET", url=asked, deadline=self._account.timing.deadline)
        found = at_path(self._read("zone", lambda: outgoing), server.zone.give)
        if not isinstance(found, str):
            raise ConnectorUnusable(f"{self._account.alias}: the answer names no zone of this account.")
        return _slashed(check_url(found, self._rules))


def _slashed(url: str) -> str:
    return url if url.endswith("/") else url + "/"


def _retry_after(answer: Answer) -> float:
    """Return the seconds asked for; a date, a negative number or nonsense ask for nothing."""
    text = answer.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0.0
