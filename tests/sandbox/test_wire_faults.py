"""Faults on the wire, as the client at the other end of a socket meets them."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rules_run.sandbox import SandboxApp, Serving, serve

from .conftest import HEADERS, Make

COMPANY = json.dumps({"companyName": "New", "companyType": 1, "ownerResourceID": 1, "phone": "555"})


@pytest.fixture
def app(make: Make) -> SandboxApp:
    return make().app


@pytest.fixture
def served(app: SandboxApp) -> Iterator[Serving]:
    with serve(app) as serving:
        yield serving


class Client:
    """One connection."""

    def __init__(self, serving: Serving, timeout: float = 5) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def send(self, method: str, path: str, body: str | None = None) -> http.client.HTTPResponse:
        self.http.request(method, path, body, {**HEADERS, "Content-Type": "application/json"})
        return self.http.getresponse()

    def order(self, **fault: Any) -> None:
        assert self.send("POST", "/_sandbox/faults", json.dumps(fault)).read()


def test_a_reset_is_a_reset_of_the_socket(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.order(effect="reset_after_commit", verb="create")
        with pytest.raises(ConnectionResetError):
            client.send("POST", "/V1.0/Companies", COMPANY)
    assert len(app.store.rows("Companies")) == 4


def test_a_cut_body_ends_in_the_middle(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.order(effect="cut_body", verb="read")
        answer = client.send("GET", "/V1.0/Companies/1")
        assert answer.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            answer.read()


def test_a_withheld_answer_ends_with_the_patience_of_the_client(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.order(effect="timeout_before_commit", verb="create")
    with Client(served, timeout=0.2) as client, pytest.raises(TimeoutError):
        client.send("POST", "/V1.0/Companies", COMPANY)
    assert len(app.store.rows("Companies")) == 3


def test_a_late_change_comes_after_the_client_gave_up(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.order(effect="late_commit", verb="create", seconds=0.3)
    with Client(served, timeout=0.1) as client, pytest.raises(TimeoutError):
        client.send("POST", "/V1.0/Companies", COMPANY)
    with Client(served) as client:
        deadline = time.monotonic() + 10
        seen: list[Any] = []
        while len(seen) < 2 and time.monotonic() < deadline:
            seen = json.loads(client.send("GET", "/_sandbox/history").read())
    assert [(entry["by"], entry["committed"]) for entry in seen] == [("client", False), ("late", True)]


def test_a_body_trickles_in_over_the_time_that_was_said(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.order(effect="trickle", verb="read", seconds=0.4)
        answer = client.send("GET", "/V1.0/Companies/1")
        whole, pieces = b"", 0
        while piece := answer.read1(65_536):
            whole, pieces = whole + piece, pieces + 1
    assert json.loads(whole)["item"]["companyName"] == "Parent"
    assert pieces > 1


def test_a_port_that_is_shut_refuses_and_opens_again(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.order(effect="refuse", seconds=0.5)
    with Client(served) as client, pytest.raises(ConnectionRefusedError):
        client.send("GET", "/V1.0/Companies/1")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", served.port)) == 0:
                break
    with Client(served) as client:
        assert client.send("GET", "/V1.0/Companies/1").status == 200


def test_a_refusal_for_a_certain_request_shuts_the_port_with_it(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.order(effect="refuse", verb="create", seconds=30)
        with pytest.raises(ConnectionResetError):
            client.send("POST", "/V1.0/Companies", COMPANY)
    with Client(served) as client, pytest.raises(ConnectionRefusedError):
        client.send("POST", "/V1.0/Companies", COMPANY)
    assert len(app.store.rows("Companies")) == 3


def test_a_connection_is_kept_for_many_requests(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.send("GET", "/V1.0/Companies/1").read()
        own = client.http.sock
        client.send("POST", "/V1.0/Nonsense", COMPANY).read()
        assert client.send("GET", "/V1.0/Companies/2").status == 200
        assert client.http.sock is own


def test_a_body_of_unknown_length_is_not_taken(app: SandboxApp, served: Serving) -> None:
    with Client(served) as client:
        client.http.putrequest("POST", "/V1.0/Companies")
        client.http.putheader("Transfer-Encoding", "chunked")
        client.http.endheaders()
        assert client.http.getresponse().status == 411
