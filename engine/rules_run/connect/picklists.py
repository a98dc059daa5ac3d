"""The choices of a system's picklists, as this account has them."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules_run.connect.calls import Calls
from rules_run.connect.manifest import PicklistStyle
from rules_run.connect.verdicts import at_path
from rules_run.errors import ConnectorUnusable, ValueFault
from rules_run.model.catalogue import Resource

_MOST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice: its id as text, its label, and the choice of another field that it belongs to."""

    id: str
    label: str
    active: bool
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picklist:
    """The choices of one field; `parent_field` names the field that narrows them."""

    field: str
    choices: tuple[Choice, ...]
    parent_field: str

    def label(self, given: object) -> str | None:
        """Return the label of an id, inactive ones too."""
        text = str(given)
        return next((choice.label for choice in self.choices if choice.id == text), None)

    def choose(self, given: object, parent: str | None = None) -> Choice:
        """Return the choice of that label or id; raise ValueFault where there is none or more than one."""
        text = str(given)
        named = [each for each in self.choices if each.label == text]
        numbered = [each for each in self.choices if each.id == text]
        if numbered and not isinstance(given, bool) and (isinstance(given, int) or not named):
            return numbered[0]
        fitting = [each for each in named if each.active and (parent is None or each.parent in ("", parent))]
        if len(fitting) == 1 or (fitting and len({each.id for each in fitting}) == 1):
            return fitting[0]
        raise self._fault(text, named, fitting)

    def _fault(self, text: str, named: Sequence[Choice], fitting: Sequence[Choice]) -> ValueFault:
        if len(fitting) > 1:
            ids = ", ".join(choice.id for choice in fitting)
            message = f"{self.field}: {text!r} is the label of several choices ({ids})."
            return ValueFault(message, code="C101", hint="Give the id of the one that is meant.")
        if named and not any(choice.active for choice in named):
            return ValueFault(f"{self.field}: the choice {text!r} is no longer active.", code="C101")
        if named:
            message = f"{self.field}: {text!r} does not belong to the choice made for {self.parent_field}."
            return ValueFault(message, code="C101")
        labels = [choice.label for choice in self.choices if choice.active]
        near = difflib.get_close_matches(text, labels, n=1)
        more = f" and {len(labels) - _MOST_SHOWN} more" if len(labels) > _MOST_SHOWN else ""
        shown = ", ".join(labels[:_MOST_SHOWN]) + more if labels else "there are none"
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return ValueFault(f"{self.field}: there is no choice {text!r}.", code="C101", hint=f"{hint}Choices: {shown}.")


class Picklists:
    """Reads the picklists of a resource when they are first needed and keeps them for the run."""

    def __init__(self, calls: Calls, style: PicklistStyle) -> None:
        self._calls, self._style = calls, style
        self._lock = threading.Lock()
        self._known: dict[str, Mapping[str, Picklist]] = {}

    def of(self, resource: Resource) -> Mapping[str, Picklist]:
        """Return the picklists of a resource by field."""
        with self._lock:
            if resource.name not in self._known:
                self._known[resource.name] = self._read(resource)
            return self._known[resource.name]

    def _read(self, resource: Resource) -> Mapping[str, Picklist]:
        style = self._style
        body = self._calls.fetch(resource.name, style.call.method, style.call.path.format(path=resource.path))
        fields = at_path(body, style.fields)
        if not isinstance(fields, list):
            raise ConnectorUnusable(f"The system does not describe the fields of {resource.name}.")
        picklists: dict[str, Picklist] = {}
        for field in fields:
            if isinstance(field, Mapping) and isinstance(choices := field.get(style.values), list):
                name = str(field.get(style.name))
                picklists[name] = Picklist(
                    field=f"{resource.name}.{name}",
                    choices=tuple(self._choice(each) for each in choices if isinstance(each, Mapping)),
                    parent_field=str(field.get(style.parent_field or "") or ""),
                )
        return picklists

    def _choice(self, node: Mapping[str, object]) -> Choice:
        style = self._style
        parent = node.get(style.parent_value) if style.parent_value else None
        return Choice(
            id=str(node.get(style.value)),
            label=str(node.get(style.label)),
            active=node.get(style.active, True) is not False if style.active else True,
            parent="" if parent is None else str(parent),
        )
