"""Calls of one account: how many at a time, how many in all, and how often a read is tried."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from rules_run.connect.account import Account
from rules_run.connect.addresses import AddressRules, check_url, origin_of
from rules_run.connect.budget import Budget
from rules_run.connect.contract import Usage
from rules_run.connect.login import Login
from rules_run.connect.manifest import Server, Web
from rules_run.connect.patience import retry_after
from rules_run.connect.payload import PayloadError, parse_json, write_json
from rules_run.connect.transport import Answer, Boundary, Outgoing, Passing, Transport, TransportFault
from rules_run.connect.verdicts import error_texts, refusal
from rules_run.errors import ConnectorUnusable
from rules_run.failpoints import failpoint
from rules_run.model.exchange import Outcome, Request

Exchange = Callable[[Outgoing, Passing], Answer]
_TRIES = 4
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_GATEWAY = frozenset({429, 502, 503, 504})
_REFUSED = 401


class _MayPass(ConnectorUnusable):
    """A limit, a gateway or a broken connection: it may be gone in a moment, an error text of the system is not."""

    def __init__(self, message: str, *, asked: float = 0.0) -> None:
        super().__init__(message)
        self.asked = asked


class Moved(ConnectorUnusable):
    """The log-in was refused, and the account turned out to be served elsewhere, or under a new token, by now."""


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
        web: Web,
        transport: Transport,
        *,
        budget: Budget | None = None,
        wait: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._account, self._web, self._transport, self._budget = account, web, transport, budget
        self._rules = address_rules(account, web.server)
        self._login = Login(account, web, self._rules, self._ask)
        self._wait, self._jitter = wait, jitter
        self._lock = threading.Lock()
        self._places: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(web.in_flight))
        self.count = 0
        self.skew: float | None = None
        """Seconds by which the system's clock is ahead, by its last answer."""

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
        return self._read(subject, lambda: self._outgoing(method, self._address(path, parameters or {}), body))

    def follow(self, subject: str, method: str, url: str, *, body: object = None) -> object:
        """Read an address that the system named."""
        check_url(url, self._rules)
        return self._read(subject, lambda: self._outgoing(method, url, body))

    def send(
        self, subject: str, request: Request, guard: Callable[[], None], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a write once, on a connection of its own; `guard` speaks last before the first byte.

        Raises Moved where the log-in is refused and a later send will show another: nothing was done.
        """
        shown = self._login.generation
        outgoing = self._outgoing(request.method, self._address(request.path, {}), None)
        shown_headers = {**outgoing.headers, **(headers or {})}
        outgoing = replace(outgoing, headers=shown_headers, body=request.body, fresh=True)

        with ExitStack() as held:

            def at(boundary: Boundary) -> None:
                if boundary == "headers-leaving":
                    held.enter_context(self._place(subject))  # not before: connecting needs no place
                    guard()
                failpoint(f"send-{boundary}")

            answer = self._exchange(outgoing, at)
        if answer.status == _REFUSED and self._login.renew(shown):
            raise Moved(f"{self._account.alias} is served elsewhere by now, or wants a new log-in: sent again later.")
        return answer

    def hide(self, text: str) -> str:
        """Return words of the system without the secrets that it was shown."""
        return self._login.hide(text)

    def usage(self) -> Usage | None:
        """Return how much of the quota is used, None where nobody counts."""
        return self._budget.usage() if self._budget else None

    def close(self) -> None:
        """Release the transport."""
        self._transport.close()
        if self._budget:
            self._budget.close()

    def _exchange(self, outgoing: Outgoing, at: Passing) -> Answer:
        if self._budget and (quota := self._web.quota) and (call := quota.call):
            asked = call.path.partition("?")[0]
            self._budget.take(lambda: self.fetch(asked, call.method, call.path))
        return self._pass(outgoing, at)

    def _pass(self, outgoing: Outgoing, at: Passing) -> Answer:
        with self._lock:
            self.count += 1
        answer = self._transport.exchange(outgoing, at)
        self._read_clock(answer)
        return answer

    def _place(self, subject: str) -> threading.Semaphore:
        with self._lock:
            return self._places[subject]

    def _address(self, path: str, parameters: Mapping[str, object]) -> str:
        given = {**self._login.parameters(), **{name: str(value) for name, value in parameters.items()}}
        joint = "&" if "?" in path else "?"
        return f"{self._login.base()}{path}{joint + urlencode(given) if given else ''}"

    def _outgoing(self, method: str, url: str, body: object) -> Outgoing:
        headers = self._login.headers()
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
        def once() -> object:
            shown = self._login.generation
            answer = self._answer(subject, outgoing())
            if answer.status == _REFUSED and self._login.renew(shown):
                answer = self._answer(subject, outgoing())
            return self._judged(subject, answer)

        return self._tried(once)

    def _ask(self, subject: str, outgoing: Outgoing) -> object:
        """Read what is needed before any log-in, and before anybody can be asked how much is used."""
        return self._tried(lambda: self._judged(subject, self._answer(subject, outgoing, self._pass)))

    def _tried(self, once: Callable[[], object]) -> object:
        for attempt in range(1, _TRIES):
            try:
                return once()
            except _MayPass as signal:
                wait = _FIRST_WAIT * 2 ** (attempt - 1) * (0.5 + self._jitter())
                self._wait(min(max(signal.asked, wait), _LONGEST_WAIT))
        try:
            return once()
        except _MayPass as signal:
            # What was tried often enough is not tried as often again by the read that asked for it.
            raise ConnectorUnusable(str(signal)) from signal.__cause__

    def _answer(self, subject: str, outgoing: Outgoing, exchange: Exchange | None = None) -> Answer:
        try:
            with self._place(subject):
                return (exchange or self._exchange)(outgoing, lambda boundary: failpoint(f"read-{boundary}"))
        except TransportFault as fault:
            raise _MayPass(f"{self._where(subject)}: {fault}") from fault

    def _judged(self, subject: str, answer: Answer) -> object:
        if 200 <= answer.status < 300:
            return self._parsed(self._where(subject), answer)
        verdict = refusal(answer, self._web)
        message = f"{self._where(subject)} ({answer.status}): {self.hide(verdict.message)}"
        if answer.status in _GATEWAY or (verdict.outcome is Outcome.REJECTED and not verdict.permanent):
            raise _MayPass(message, asked=retry_after(answer))
        raise ConnectorUnusable(message)

    def _where(self, subject: str) -> str:
        return f"{self._account.alias}.{subject} cannot be read"

    def _parsed(self, where: str, answer: Answer) -> object:
        try:
            body = parse_json(answer.body)
        except PayloadError as fault:
            raise ConnectorUnusable(f"{where}: {fault}.") from fault
        if texts := error_texts(body, self._web.error_texts):
            raise ConnectorUnusable(f"{where}: {self.hide('; '.join(texts))}")
        return body

    def _read_clock(self, answer: Answer) -> None:
        try:
            told = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return
        if told.tzinfo is not None:
            self.skew = (told - datetime.now(UTC)).total_seconds()
