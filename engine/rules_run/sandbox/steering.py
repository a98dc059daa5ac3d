"""What steers a stand-in: pages for people at `/` and below `/_sandbox`, and the same in JSON for tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request

from rules_run.errors import InvalidFiles
from rules_run.sandbox.effects import respond
from rules_run.sandbox.fault_form import fault_from_form
from rules_run.sandbox.faults import EFFECTS, VERBS, Fault, read_faults
from rules_run.sandbox.pages import RecordPages
from rules_run.sandbox.system import Answer

if TYPE_CHECKING:
    from rules_run.sandbox.app import SandboxApp

SHUT = "rules_run.shut"
"""Where an environment holds what shuts the port for some seconds, if there is a port."""
LATEST = 200


def steer(flask: Flask, app: SandboxApp) -> None:
    """Add the pages and what they do."""
    controls, pages = _Controls(app), RecordPages(app)
    records = "/_sandbox/records/<resource>"
    flask.before_request(_same_site)
    flask.before_request(app.settle)
    flask.context_processor(lambda: {"title": app.system.title, "faults_on": len(app.faults.told())})
    for rule, endpoint, view, *methods in (
        ("/", "index", controls.index, "GET"),
        (records, "table", pages.table, "GET"),
        (f"{records}.json", "rows", pages.rows, "GET"),
        (f"{records}/new", "new", pages.new, "GET", "POST"),
        (f"{records}/<key>", "record", pages.record, "GET", "POST"),
        (f"{records}/<key>/delete", "delete", pages.delete, "POST"),
        ("/_sandbox/history", "history", controls.history, "GET"),
        ("/_sandbox/calls", "calls", lambda: _json(app.history.calls()), "GET"),
        ("/_sandbox/reset", "reset", controls.reset, "POST"),
        ("/_sandbox/faults", "faults", controls.faults, "GET", "POST", "DELETE"),
        ("/_sandbox/faults/<int:number>", "fault", controls.fault, "POST", "DELETE"),
        ("/_sandbox/<path:path>", "unknown", lambda path: abort(404), "GET", "POST", "PUT", "PATCH", "DELETE"),
    ):
        flask.add_url_rule(rule, endpoint, _view(view), methods=methods)


def _view(view: Callable[..., Any]) -> Callable[..., Any]:
    # A method of an object has no place for what Flask keeps on a view.
    return lambda **given: view(**given)


def _same_site() -> Response | None:
    """Refuse what another site's page makes a browser send to the pages."""
    if request.method == "GET" or not request.path.startswith("/_sandbox/"):
        return None
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return _json({"message": "This came from the page of another site."}, 403)
    return None


class _Controls:
    """The first page, the history, the faults, the reset."""

    def __init__(self, app: SandboxApp) -> None:
        self._app = app

    def index(self) -> str:
        counts = self._app.store.counts()
        return render_template(
            "index.html",
            filled={name: count for name, count in counts.items() if count},
            empty=[name for name, count in counts.items() if not count],
            calls=self._app.history.calls()["total"],
        )

    def history(self) -> Response | str:
        entries = self._app.history.entries()
        if not _page_wanted():
            return _json([asdict(entry) for entry in entries])
        return render_template("history.html", entries=entries[::-1][:LATEST], total=len(entries))

    def reset(self) -> Response:
        self._app.reset()
        return _done("/", {"reset": True})

    def faults(self) -> Response | str | tuple[str, int]:
        if request.method == "DELETE":
            self._app.faults.drop()
            return _json({"faults": []})
        if request.method == "POST":
            return self._order()
        return self._faults_page("") if _page_wanted() else _json(self._app.faults.told())

    def fault(self, number: int) -> Response:
        self._app.faults.drop(number)
        return _done("/_sandbox/faults", {"faults": self._app.faults.told()})

    def _order(self) -> Response | tuple[str, int]:
        # Told apart by the text itself: curl calls everything a form.
        text = request.get_data(as_text=True)
        try:
            written = text.lstrip()[:1] in ("{", "[")
            for fault in read_faults(json.loads(text) if written else fault_from_form(request.form)):
                self._add(fault)
        except (ValueError, InvalidFiles) as wrong:
            told = wrong.problems[0].message if isinstance(wrong, InvalidFiles) else str(wrong)
            return (self._faults_page(told), 400) if _page_wanted() else _json({"message": told}, 400)
        return _done("/_sandbox/faults", {"faults": self._app.faults.told()})

    def _add(self, fault: Fault) -> None:
        # A port can be shut at once; to be shut for a certain request, it has to be open for it.
        shut = request.environ.get(SHUT)
        if fault.effect == "refuse" and not fault.selects and shut is not None:
            shut(fault.seconds)
        else:
            self._app.order(fault)

    def _faults_page(self, message: str) -> str:
        return render_template(
            "faults.html",
            faults=self._app.faults.told(),
            effects=EFFECTS,
            verbs=VERBS,
            resources=list(self._app.store.counts()),
            message=message,
            form=request.form,
        )


def _page_wanted() -> bool:
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _done(page: str, body: object) -> Response:
    """Answer a person with the page that shows what came of it, and a program with JSON."""
    return redirect(page, 303) if _page_wanted() else _json(body)  # type: ignore[return-value]


def _json(body: object, status: int = 200) -> Response:
    return respond(Answer(status=status, body=body))
