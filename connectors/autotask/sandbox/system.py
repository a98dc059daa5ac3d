"""Autotask as its clients meet it: routes, log-in, limits, errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from flask import Request

from rules_run.model.exchange import Record
from rules_run.sandbox import Answer, Call, System

from .answers import ANSWERS
from .asked import Asked
from .change import Change
from .database import Database, User
from .given import as_stored
from .limits import Meter, Place
from .people import impersonated
from .refusal import Refusal
from .routes import Action, Route, Router

LONGEST_QUERY_STRING = 2048
_OPEN: tuple[Action, ...] = ("zone", "version")
_WRITTEN: tuple[Action, ...] = (
    "create", "update", "replace", "delete", "set_settings", "add_recipient", "remove_recipient",
)  # fmt: skip


class AutotaskSystem(System):
    """The behaviour behind the stand-in's paths."""

    title = "Autotask"

    def __init__(self, db: Database, meter: Meter) -> None:
        self._db, self._meter = db, meter
        self._router = Router(db.catalogue)

    def call(self, request: Request) -> Call:
        """Recognise a request."""
        target = self._router.place(request.path)
        place = self._meter.place(request.headers.get("ApiIntegrationCode", ""), target.name)
        try:
            route = self._router.route(target, request.method)
        except Refusal as refusal:
            return Call(resource=target.name, verb="describe", answer=partial(_refused, refusal), during=place)
        return Call(
            resource=target.name, verb=route.verb, answer=partial(self._answer, request, route, place), during=place
        )

    def stored(self, resource: str, record: Record) -> Record:
        """Return a record of a data file with the ids that its labels stand for."""
        return as_stored(self._db, resource, record)

    def changed(self, resource: str, before: Record | None, after: Record | None) -> None:
        """Tell webhooks of what somebody did by hand."""
        self._db.tell(resource, Change(before=before, after=after))

    def choices(self, resource: str, field: str) -> Mapping[str, str]:
        """Return the choices of a picklist."""
        picklist = self._db.picklist(resource, field)
        return {str(choice.value): choice.label for choice in picklist.choices} if picklist else {}

    def words(self, status: int) -> object:
        """Return the errors of the statuses that Autotask itself gives; others come from what stands before it."""
        known = {401: "The username or secret is not valid.", 429: self._meter.limits.thread_refusal().message}
        return {"errors": [known[status]]} if status in known else None

    def reset(self) -> None:
        """Forget the requests of the last hour."""
        self._meter.reset()

    def _answer(self, request: Request, route: Route, place: Place) -> Answer:
        try:
            if place.refusal is not None:
                raise place.refusal
            user = None if route.action in _OPEN else self._log_in(request)
            if len(request.query_string) > LONGEST_QUERY_STRING:
                raise Refusal("The request filtering module is configured to deny a query string this long.", 404)
            name = impersonated(self._db, request.headers.get("ImpersonationResourceId"), route.place.name)
            db = replace(self._db, user=user, impersonated=name)
            asked = Asked(db=db, request=request, place=route.place, meter=self._meter)
            result = ANSWERS[route.action](asked)
        except Refusal as refusal:
            return _refused(refusal)
        if isinstance(result, Answer):
            return result
        if route.action in _WRITTEN:
            return Answer(body={"itemId": result}, committed=True, record_id=result)
        return Answer(body=result, record_id=route.place.record_id)

    def _log_in(self, request: Request) -> User | None:
        if not self._db.users:
            return None
        name, secret = request.headers.get("UserName", ""), request.headers.get("Secret", "")
        known = next((user for user in self._db.users if user.user.lower() == name.lower()), None)
        if known is None or known.secret != secret:
            raise Refusal("The username or secret is not valid.", 401)
        code = request.headers.get("ApiIntegrationCode", "")
        if not code or known.integration_code not in (None, code):
            raise Refusal("IntegrationCode is invalid")
        return known


def _refused(refusal: Refusal) -> Answer:
    return Answer(status=refusal.status, body={"errors": [refusal.message]})
