"""One request, as what answers it sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from flask import Request

from rules_run.model.catalogue import Resource

from .database import Database
from .limits import Meter
from .refusal import Refusal
from .routes import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request with what it is about, and the database as who asks sees it."""

    db: Database
    request: Request
    place: Place
    meter: Meter

    @property
    def resource(self) -> Resource:
        """Return the entity asked for."""
        if self.place.resource is None:
            raise Refusal("No HTTP resource was found that matches the request URI.", 404)
        return self.place.resource

    @property
    def record_id(self) -> int:
        """Return the id in the path."""
        return self.place.record_id or 0

    @property
    def base(self) -> str:
        """Return the stand-in's own address, with the slash that clients rely on."""
        return f"{self.request.host_url}ATServicesRest/"

    def body(self) -> object:
        """Return the JSON that was sent."""
        return read_json(self.request.get_data(as_text=True) or "null")


def read_json(text: str) -> object:
    """Read a JSON text; refuse what is none in the words of Autotask's reader."""
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as fault:
        position = getattr(fault, "pos", 0)
        found = text[position : position + 1]
        raise Refusal(
            f"Unexpected character encountered while parsing value: {found}. Path '', position {position}."
        ) from fault
