"""Which URL means what: any casing, any number of slashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rules_run.model.catalogue import Catalogue, Resource
from rules_run.sandbox.history import Verb

from .attachments import is_attachment
from .entities import RECIPIENTS
from .refusal import Refusal

Action = Literal[
    "zone", "version", "product_version", "modules", "entities", "threshold", "information", "fields", "user_fields",
    "item", "query", "count", "page", "children", "markup", "pdf", "create", "update", "replace", "delete",
    "settings", "set_settings", "add_recipient", "remove_recipient", "authenticate",
]  # fmt: skip
Methods = Mapping[str, Action]
_ROOTS = ("atservicesrest",)
_VERSIONS = ("v1.0", "1.0")
_WRITES: Methods = {"POST": "create", "PATCH": "update", "PUT": "replace"}
_OPERATIONS = {"create": "create", "update": "update", "replace": "update", "delete": "delete"}
_METADATA: dict[tuple[str, ...], Action] = {
    ("entityinformation",): "information",
    ("entityinformation", "fields"): "fields",
    ("entityinformation", "userdefinedfields"): "user_fields",
}
_QUERIES: dict[tuple[str, ...], Action] = {
    ("query",): "query",
    ("query", "count"): "count",
    ("query", "next"): "page",
    ("query", "previous"): "page",
}
_GLOBALS: dict[str, tuple[str, Action]] = {
    "zoneinformation": ("ZoneInformation", "zone"),
    "thresholdinformation": ("ThresholdInformation", "threshold"),
    "version": ("Version", "product_version"),
    "modules": ("Modules", "modules"),
    "entityinformation": ("EntityInformation", "entities"),
    "authenticate": ("Authenticate", "authenticate"),
}
_INVOICE: dict[str, Action] = {"invoicemarkuphtml": "markup", "invoicemarkupxml": "markup", "invoicepdf": "pdf"}
_VERBS: dict[Action, Verb] = {
    "zone": "describe",
    "version": "describe",
    "product_version": "describe",
    "modules": "describe",
    "entities": "describe",
    "threshold": "describe",
    "authenticate": "describe",
    "set_settings": "update",
    "add_recipient": "create",
    "remove_recipient": "delete",
    "information": "describe",
    "fields": "describe",
    "user_fields": "describe",
    "create": "create",
    "update": "update",
    "replace": "update",
    "delete": "delete",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a URL points at, and what each method does there."""

    methods: Methods
    resource: Resource | None = None
    name: str = ""
    parent: int | None = None
    record_id: int | None = None
    forward: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A place with the action of one method."""

    action: Action
    place: Place

    @property
    def verb(self) -> Verb:
        """Return what the action is to the history."""
        return _VERBS.get(self.action, "read")


class Router:
    """Finds the route of a request."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def place(self, path: str) -> Place:
        """Return what the path points at; nothing of ours has no methods."""
        parts = [part for part in path.split("/") if part]
        lowered = [part.lower() for part in parts]
        if lowered[:1] and lowered[0] in _ROOTS:
            parts, lowered = parts[1:], lowered[1:]
        if lowered == ["versioninformation"]:
            return Place(methods={"GET": "version"}, name="VersionInformation")
        if not lowered or lowered[0] not in _VERSIONS:
            return Place(methods={})
        return self._below(lowered[1:])

    def route(self, place: Place, method: str) -> Route:
        """Return the route, or refuse as 404 or 405."""
        if not place.methods:
            raise Refusal("No HTTP resource was found that matches the request URI.", 404)
        action = place.methods.get(method)
        if action is None:
            raise Refusal(f"The requested resource does not support http method '{method}'.", 405)
        return Route(action=action, place=place)

    def _below(self, parts: list[str]) -> Place:
        match parts:
            case [word] if word in _GLOBALS:
                name, action = _GLOBALS[word]
                return Place(methods={"GET": action}, name=name)
            case ["invoices", number, word] if number.isdigit() and word in _INVOICE:
                return Place(methods={"GET": _INVOICE[word]}, name="Invoices", record_id=int(number))
            case ["companies", number, "invoicesettings", *rest] if number.isdigit():
                return _invoice_settings(int(number), rest)
            case [parent, number, segment, *rest] if number.isdigit() and (parent, segment) in self._children:
                return _child(self._children[parent, segment], int(number), rest)
            case [name, *rest] if name in self._by_path:
                return _own(self._by_path[name], rest)
        return Place(methods={})

    @cached_property
    def _resources(self) -> list[Resource]:
        known = [self._catalogue.resource(name) for name in self._catalogue.names()]
        return [resource for resource in known if resource is not None and not resource.virtual]

    @cached_property
    def _by_path(self) -> dict[str, Resource]:
        return {resource.path.lower(): resource for resource in self._resources}

    @cached_property
    def _children(self) -> dict[tuple[str, str], Resource]:
        with_parent = [(resource, resource.child) for resource in self._resources if resource.child]
        return {(child.of.lower(), child.segment.lower()): resource for resource, child in with_parent}


def _invoice_settings(company: int, rest: list[str]) -> Place:
    """What stands below a company's invoice settings; the parent of a recipient's place is the recipient."""
    match rest:
        case []:
            return Place(
                methods={"GET": "settings", "PUT": "set_settings"}, name="CompanyInvoiceSettings", record_id=company
            )
        case [kind] if kind in RECIPIENTS:
            return Place(methods={"POST": "add_recipient"}, name=kind, record_id=company)
        case [kind, number] if kind in RECIPIENTS and number.isdigit():
            return Place(methods={"DELETE": "remove_recipient"}, name=kind, record_id=company, parent=int(number))
    return Place(methods={})


def _own(resource: Resource, rest: list[str]) -> Place:
    """What stands below an entity's own path; most children can only be read there."""
    tail = tuple(rest)
    reads = "read" in resource.operations
    at_root = resource.child is None or resource.child.optional
    methods: Methods = {}
    record_id = None
    if tail in _METADATA and _described(resource, tail):
        methods = {"GET": _METADATA[tail]}
    elif tail in _QUERIES and reads:
        methods = {"GET": _QUERIES[tail], "POST": _QUERIES[tail]}
    elif not tail and at_root:
        methods = _allowed(resource, _WRITES)
    elif len(tail) == 1 and tail[0].isdigit() and reads:
        record_id = int(tail[0])
        methods = {"GET": "item", **(_allowed(resource, {"DELETE": "delete"}) if at_root else {})}
    return Place(
        methods=methods, resource=resource, name=resource.name, record_id=record_id, forward=tail[-1:] != ("previous",)
    )


def _child(resource: Resource, parent: int, rest: list[str]) -> Place:
    tail = tuple(rest)
    reads: Methods = {"GET": "children"} if "read" in resource.operations else {}
    methods: Methods = {}
    record_id = None
    if tail in _METADATA and _described(resource, tail):
        methods = {"GET": _METADATA[tail]}
    elif not tail:
        methods = {**reads, **_allowed(resource, _WRITES)}
    elif len(tail) == 1 and tail[0].isdigit() and reads:
        record_id = int(tail[0])
        methods = {"GET": "item", **_allowed(resource, {"DELETE": "delete"})}
    return Place(methods=methods, resource=resource, name=resource.name, parent=parent, record_id=record_id)


def _described(resource: Resource, tail: tuple[str, ...]) -> bool:
    return not is_attachment(resource.name) or tail[-1] != "userdefinedfields"


def _allowed(resource: Resource, methods: Methods) -> Methods:
    return {method: action for method, action in methods.items() if _OPERATIONS[action] in resource.operations}
