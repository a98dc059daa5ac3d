"""Posts signed letters in the background, in the order in which they were given."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

PATIENCE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is posted where; `told` hears what came of it: nothing, or why it failed."""

    url: str
    body: Mapping[str, object]
    secret: str
    told: Callable[[str | None], None] | None = None

    def content(self) -> bytes:
        """Return the body as it travels."""
        return json.dumps(self.body, default=_plain, ensure_ascii=False).encode()


class Postbox:
    """Takes letters; a stand-in posts to this computer only, and to the hosts that its data names."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._hosts = hosts
        self._letters: queue.Queue[Letter] = queue.Queue()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        # No proxy of this computer's environment has a part in a conversation between stand-ins.
        self._opener = build_opener(ProxyHandler({}))

    def put(self, letter: Letter) -> None:
        """Post a letter soon."""
        self._letters.put(letter)
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="postbox", daemon=True)
                self._worker.start()

    def emptied(self) -> None:
        """Return when everything given so far has been posted."""
        self._letters.join()

    def _work(self) -> None:
        while True:
            letter = self._letters.get()
            try:
                self._deliver(letter)
            finally:
                self._letters.task_done()

    def _deliver(self, letter: Letter) -> None:
        reason = None
        try:
            self._send(letter)
        except (OSError, ValueError) as fault:
            reason = str(fault)
        if letter.told is not None:
            letter.told(reason)

    def _send(self, letter: Letter) -> None:
        url, content = urlsplit(letter.url), letter.content()
        host = url.hostname or ""
        if url.scheme not in ("http", "https") or not (_here(host) or host in self._hosts):
            raise ValueError(f"A sandbox posts to this computer only, not to {host or letter.url}.")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Hook-Signature": signature(content, letter.secret),
        }
        request = Request(letter.url, data=content, headers=headers, method="POST")  # noqa: S310 - checked above
        with self._opener.open(request, timeout=PATIENCE):
            pass


def signature(content: bytes, secret: str) -> str:
    """Return the header by which a receiver knows that a letter is genuine."""
    return "sha1=" + base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha1).digest()).decode()


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)
