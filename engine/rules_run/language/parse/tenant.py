"""A tenant file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules_run.model.rules import Account, Assignment, Tenant

from ..yaml_nodes import Entry, MappingNode, Node, plain
from .integration import read_limits
from .reading import Reading, child, entries, optional_text, text, whole_number


def read_tenant(reading: Reading, node: MappingNode, file: str) -> Tenant:
    """Read a tenant file."""
    zone = node.get("time_zone")
    if zone is not None and text(zone) and not _is_zone(text(zone)):
        hint = "Write a name like America/Montreal or Europe/Berlin."
        reading.wrong("R090", f"There is no time zone {text(zone)}.", zone.origin, hint)
    places = whole_number(node.get("currency_places"))
    return Tenant(
        name=text(node.get("tenant")),
        time_zone=text(zone),
        connectors=tuple(_account(entry) for entry in entries(node.get("connectors"))),
        integrations=tuple(_assignment(entry) for entry in entries(node.get("integrations"))),
        currency_places=2 if places is None else places,
        ledger=_ledger(node.get("ledger")),
        schedule=optional_text(node.get("schedule")),
        file=file,
    )


def _ledger(node: Node | None) -> str | Mapping[str, str] | None:
    if isinstance(node, MappingNode):
        return {entry.name: text(entry.node) for entry in entries(node)}
    return optional_text(node)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _account(entry: Entry) -> Account:
    settings = {each.name: plain(each.node) for each in entries(entry.node) if each.name != "type"}
    kind = text(child(entry.node, "type"))
    return Account(alias=entry.name, type=kind, settings=settings, origin=entry.origin)


def _assignment(entry: Entry) -> Assignment:
    state = text(child(entry.node, "state"), "live")
    state = state if state in ("live", "plan_only") else "off"
    limits = child(entry.node, "limits")
    settings = plain(child(entry.node, "settings"))
    return Assignment(
        integration=entry.name,
        state=cast(Any, state),
        settings=settings if isinstance(settings, dict) else {},
        tables={each.name: text(each.node) for each in entries(child(entry.node, "tables"))},
        limits=read_limits(limits) if limits is not None else None,
        origin=entry.origin,
    )
