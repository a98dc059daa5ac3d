"""The transport that touches the network: the only module, with the wire below it, that knows of `requests`."""

from __future__ import annotations

from requests import RequestException, Response, Session
from urllib3.exceptions import HTTPError

from rules_run.connect.addresses import AddressRules, check_header, check_url
from rules_run.connect.transport import Answer, Outgoing, Passing, TransportFault
from rules_run.connect.wire import Wire, open_session
from rules_run.errors import ConnectorUnusable

BYTE_CAP = 20_000_000
CONNECT_WITHIN = 10.0
_CHUNK = 65_536


class HttpTransport:
    """Real HTTP: reads share pooled connections, a fresh request has its own, a watchdog ends each at its deadline."""

    def __init__(self, *, rules: AddressRules, ca: str | None = None, byte_cap: int = BYTE_CAP) -> None:
        self._rules, self._ca, self._byte_cap = rules, ca, byte_cap
        self._pooled = open_session(ca=ca)

    def exchange(self, outgoing: Outgoing, at: Passing) -> Answer:
        """Send the request once; see Transport."""
        check_url(outgoing.url, self._rules)
        for name, value in outgoing.headers.items():
            check_header(name, value)
        session = open_session(ca=self._ca) if outgoing.fresh else self._pooled
        wire = Wire(at=at, rules=self._rules, deadline=outgoing.deadline)
        try:
            with wire:
                return self._answer(session, outgoing, wire)
        finally:
            if outgoing.fresh:
                session.close()

    def close(self) -> None:
        """Release the pooled connections."""
        self._pooled.close()

    def _answer(self, session: Session, outgoing: Outgoing, wire: Wire) -> Answer:
        try:
            with self._sent(session, outgoing) as response:
                body = self._body(response)
        except (RequestException, HTTPError, OSError, ValueError) as fault:
            raise TransportFault(wire.explain(fault, outgoing.url), left=wire.left) from fault
        except TransportFault:
            raise
        except ConnectorUnusable as fault:
            raise TransportFault(str(fault), left=wire.left) from fault
        if wire.expired:
            raise TransportFault(wire.explain(TimeoutError(), outgoing.url), left=True)
        wire.passes("body-read")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=headers, body=body)

    def _sent(self, session: Session, outgoing: Outgoing) -> Response:
        return session.request(
            outgoing.method,
            outgoing.url,
            headers={**outgoing.headers, **({"Connection": "close"} if outgoing.fresh else {})},
            data=outgoing.body or None,
            timeout=(min(CONNECT_WITHIN, outgoing.deadline), outgoing.deadline),
            allow_redirects=False,
            stream=True,
        )

    def _body(self, response: Response) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise TransportFault(f"The answer is packed as {encoding!a} though that was not asked for.", left=True)
        chunks, size = [], 0
        while chunk := response.raw.read(_CHUNK, decode_content=False):
            size += len(chunk)
            if size > self._byte_cap:
                raise TransportFault(f"The answer is longer than {self._byte_cap:,} bytes.", left=True)
            chunks.append(chunk)
        return b"".join(chunks)
