"""A stand-in on a port, met by an ordinary HTTP client."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests

from rules_run.sandbox import Fault, SandboxApp, Serving, serve

from .conftest import HEADERS, USER, Make

COMPANY = {"companyName": "New", "companyType": 1, "ownerResourceID": 1, "phone": "555"}


@pytest.fixture
def app(make: Make) -> SandboxApp:
    return make().app


@pytest.fixture
def served(app: SandboxApp) -> Iterator[Serving]:
    with serve(app) as serving:
        yield serving


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers.update(HEADERS)
        session.trust_env = False
        yield session


def test_a_client_finds_its_zone_logs_in_writes_and_pages(served: Serving, session: requests.Session) -> None:
    zone = session.get(f"{served.url}/atservicesrest/v1.0/zoneInformation", params={"user": USER["user"]}, timeout=5)
    base = zone.json()["url"]
    assert base == f"{served.url}/ATServicesRest/"
    made = session.post(f"{base}V1.0/Companies", json=COMPANY, timeout=5).json()["itemId"]
    body = {"filter": [{"op": "gte", "field": "id", "value": 0}], "MaxRecords": 2}
    page = session.post(f"{base}V1.0/Companies/query", json=body, timeout=5).json()
    rest = session.post(page["pageDetails"]["nextPageUrl"], json=body, timeout=5).json()
    assert [row["id"] for row in page["items"] + rest["items"]] == [1, 2, 3, made]


def test_a_wrong_secret_is_401_on_the_wire(served: Serving, session: requests.Session) -> None:
    answer = session.get(f"{served.url}/V1.0/Companies/1", headers={"Secret": "wrong"}, timeout=5)
    assert answer.status_code == 401


def test_a_withheld_answer_lets_the_client_run_into_its_own_limit(
    app: SandboxApp, served: Serving, session: requests.Session
) -> None:
    app.faults.add(Fault(effect="timeout_after_commit", verb="create"))
    with pytest.raises(requests.ReadTimeout):
        session.post(f"{served.url}/V1.0/Companies", json=COMPANY, timeout=0.2)
    assert len(app.store.rows("Companies")) == 4


def test_a_stop_ends_waiting_clients_and_frees_the_port(app: SandboxApp, session: requests.Session) -> None:
    app.faults.add(Fault(effect="timeout_after_commit"))
    asked = threading.Event()
    ended: list[Exception] = []

    def watched(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        finally:
            asked.set()

    serving = serve(watched)

    def wait() -> None:
        try:
            session.get(f"{serving.url}/V1.0/Companies/1", timeout=20)
        except requests.RequestException as error:
            ended.append(error)

    client = threading.Thread(target=wait)
    client.start()
    assert asked.wait(10)
    serving.stop()
    client.join(10)
    assert isinstance(ended[0], requests.ConnectionError)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", serving.port)) != 0


def test_a_chosen_port_can_be_used_again_at_once(app: SandboxApp) -> None:
    with serve(app) as first:
        port = first.port
        requests.get(f"{first.url}/", timeout=5).close()
    with serve(app, port) as second:
        assert second.port == port
        assert "Autotask" in requests.get(f"{second.url}/", timeout=5).text
