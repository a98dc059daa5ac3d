"""The transport of rule tests: requests go to a WSGI application in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from rules_run.connect.transport import Answer, Outgoing, Passing, TransportFault

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class WsgiTransport:
    """Calls an application in place of a network; what it raises as an OSError is a connection that broke."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def exchange(self, outgoing: Outgoing, at: Passing) -> Answer:
        """Send the request once; see Transport."""
        for boundary in ("connecting", "connected", "headers-leaving", "headers-left", "body-left"):
            at(boundary)
        chunks: list[bytes] = []
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return chunks.append

        try:
            parts = self._application(_environ(outgoing), start_response)
            chunks.extend(parts)
            if callable(close := getattr(parts, "close", None)):
                close()
        except ConnectionRefusedError as fault:
            raise TransportFault("The sandbox refused the connection.", left=False) from fault
        except OSError as fault:
            raise TransportFault(
                "The connection to the sandbox broke before an answer was complete.", left=True
            ) from fault
        at("status-read")
        at("body-read")
        status, headers = started[-1]
        return Answer(
            status=int(status.split(" ", 1)[0]),
            headers={name.lower(): value for name, value in headers},
            body=b"".join(chunks),
        )

    def close(self) -> None:
        """Nothing is held."""


def _environ(outgoing: Outgoing) -> dict[str, Any]:
    url = urlsplit(outgoing.url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": outgoing.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, encoding="latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "localhost",
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(outgoing.body)),
        "HTTP_HOST": url.netloc,
        "HTTP_ACCEPT_ENCODING": "identity",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(outgoing.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in outgoing.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
