"""What a run asks of a system: no more calls than the work needs, two at a time, and a part of the quota only."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from rules_run.sandbox import Entry, SandboxApp, serve

from .desk import ENVIRONMENT, Ran, autotask, call

VISITS = Path(__file__).parents[2] / "benchmarks" / "visits"
RULES, TENANT = ((VISITS / name).read_text(encoding="utf-8") for name in ("visits.rules.yaml", "tenant.yaml"))
DOCUMENTS, CUSTOMERS = 100, 20


class Pairs:
    """A system whose writes are answered in pairs: one alone waits until another is under way."""

    def __init__(self, app: SandboxApp) -> None:
        self.app, self._two = app, threading.Barrier(2)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method == "PATCH" or (method == "POST" and path.endswith("/Charges")):
            self._two.wait(20)
        return self.app(environ, start_response)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.app, name)


class Beside(Pairs):
    """A system that answers the last charge only when a ticket has been told the number of another one."""

    def __init__(self, app: SandboxApp, charges: int) -> None:
        super().__init__(app)
        self._left, self._lock, self._told = charges, threading.Lock(), threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "PATCH":
            self._told.set()
        elif environ["PATH_INFO"].endswith("/Charges"):
            with self._lock:
                self._left -= 1
                last = not self._left
            if last and not self._told.wait(20):
                raise TimeoutError("No ticket was told before the last charge was made.")
        return self.app(environ, start_response)


def data(documents: int = DOCUMENTS, **more: Any) -> dict[str, Any]:
    company = {"companyType": "Customer", "phone": "1", "isActive": True}
    ticket = {"status": "New", "priority": "Medium", "title": "Visit", "createDate": "2019-06-01T10:00:00Z"}
    customers = [{"id": n, "companyName": f"Customer {n}", **company} for n in range(1, CUSTOMERS + 1)]
    tickets = [{"id": n, "companyID": n % CUSTOMERS + 1, **ticket} for n in range(1, documents + 1)]
    code = {"id": 5, "name": "Visits", "useType": 4, "isActive": True}
    records = {"Companies": customers, "Tickets": tickets, "BillingCodes": [code]}
    return {"today": "2019-06-04", "records": records, **more}


@contextmanager
def workspace(folder: Path, app: Any) -> Iterator[Path]:
    with serve(app) as serving:
        for name, text in {"rules/visits/visits.rules.yaml": RULES, "tenants/nordlys.yaml": TENANT}.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace("URL", serving.url), encoding="utf-8")
        yield folder


def run(folder: Path, *words: str) -> Ran:
    return call(["-C", str(folder), *words], ENVIRONMENT)


def client_calls(app: SandboxApp) -> list[Entry]:
    return [entry for entry in app.history.entries() if entry.by == "client"]


def test_a_run_makes_the_calls_that_its_work_needs_and_hardly_one_more(tmp_path: Path) -> None:
    app = autotask(data())
    with workspace(tmp_path, app) as folder:
        assert "100 created" in run(folder, "apply", "--quiet").out
        first = client_calls(app)
        app.history.clear()
        assert "nothing to do" in run(folder, "apply").out
        second = client_calls(app)

    pages, look_ups, markers, targets = 1, 2, 1, 1
    needed = pages + look_ups + markers + targets + DOCUMENTS + DOCUMENTS
    assert needed <= len(first) <= needed * 1.05
    assert Counter((entry.resource, entry.verb) for entry in first if entry.verb in {"create", "update"}) == {
        ("TicketCharges", "create"): DOCUMENTS,
        ("Tickets", "update"): DOCUMENTS,
    }
    assert [entry.verb for entry in second if entry.verb not in {"read", "describe"}] == []
    queries = [entry.resource for entry in second if entry.path.endswith("/query")]
    assert sorted(queries) == ["BillingCodes", "Companies", "Tickets", "Tickets"]


def test_documents_that_do_not_depend_on_each_other_are_sent_two_at_a_time(tmp_path: Path) -> None:
    app = autotask(data(6))
    with workspace(tmp_path, Pairs(app)) as folder:
        applied = run(folder, "apply", "--quiet")
    assert applied.code == 0, applied.said
    assert len(app.store.rows("TicketCharges")) == 6
    assert all(ticket["externalID"] for ticket in app.store.rows("Tickets"))


def test_what_follows_a_document_is_sent_beside_the_next_ones(tmp_path: Path) -> None:
    app = autotask(data(6))
    with workspace(tmp_path, Beside(app, 6)) as folder:
        applied = run(folder, "apply", "--quiet")
    assert applied.code == 0, applied.said
    numbers = {ticket["externalID"] for ticket in app.store.rows("Tickets")}
    assert numbers == {f"C{charge['id']}" for charge in app.store.rows("TicketCharges")}


def test_what_follows_is_left_to_the_next_run_where_it_fails_and_the_charges_stand(tmp_path: Path) -> None:
    broken = {
        "effect": "answer",
        "status": 500,
        "body": {"errors": ["Locked."]},
        "resource": "Tickets",
        "verb": "update",
    }
    app = autotask(data(6, faults=[broken]))
    with workspace(tmp_path, app) as folder:
        first = run(folder, "apply", "--quiet")
        assert first.code == 3
        assert "Locked." in first.said
        told = [ticket for ticket in app.store.rows("Tickets") if ticket.get("externalID")]
        assert (len(told), len(app.store.rows("TicketCharges"))) == (5, 6)


@pytest.mark.parametrize("share", [None, 50])
def test_at_its_share_of_the_quota_a_run_stops_and_the_next_one_asks_nothing(tmp_path: Path, share: int | None) -> None:
    app = autotask(data(20, limits={"requests": 60, "delays": {}}))
    with workspace(tmp_path, app) as folder:
        if share:
            tenant = folder / "tenants" / "nordlys.yaml"
            tenant.write_text(tenant.read_text().replace("settle: 1", f"settle: 1\n    budget_share: {share}"))
        stopped = run(folder, "apply", "--quiet")
        assert stopped.code == 3
        assert f"At {share or 80} % nothing more is asked" in stopped.out
        most = 60 * (share or 80) // 100
        assert most - 3 <= len(client_calls(app)) <= most + 2
        made = len(app.store.rows("TicketCharges"))
        before = len(client_calls(app))

        refused = run(folder, "apply", "--quiet")
        assert refused.code != 0
        assert "so that others are not locked out" in refused.said
        assert len(client_calls(app)) <= before + 2
        assert len(app.store.rows("TicketCharges")) == made


def test_commands_that_only_look_keep_to_the_share_too_and_tell_how_much_is_used(tmp_path: Path) -> None:
    app = autotask(data(20, limits={"requests": 60, "delays": {}}))
    with workspace(tmp_path, app) as folder:
        planned = run(folder, "plan")
        assert "requests that all its clients have" not in planned.said
        run(folder, "plan")
        told = run(folder, "plan")
        assert "of the 60 requests that all its clients have in 60 minutes are used" in told.err
        assert "requests:" in run(folder, "doctor").out

        refreshed = run(folder, "connectors", "refresh", "psa")
        assert refreshed.code != 0
        assert "so that others are not locked out" in refreshed.said
        before = len(client_calls(app))
        assert "so that others are not locked out" in run(folder, "plan").said
        assert "so that others are not locked out" in run(folder, "doctor").said
        assert len(client_calls(app)) <= before + 4
    assert before <= 60 * 80 // 100 + 4
    assert not app.store.rows("TicketCharges")
