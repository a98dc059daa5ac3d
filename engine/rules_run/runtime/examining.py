"""Looks whether a tenant can run: its ledger, its accounts, what the rules need of them, what nobody can promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rules_run.connect.contract import Connector, Examinable
from rules_run.connect.registry import open_connector
from rules_run.errors import RulesRunError
from rules_run.ledger.health import examine as ledger_signs
from rules_run.model.exchange import Query, Safety
from rules_run.model.rules import Integration, Target, Tenant
from rules_run.runtime.homes import home_of
from rules_run.runtime.needed import Needed, needed, targets_of
from rules_run.runtime.workspace import Workspace

Level = Literal["good", "unsure", "bad"]
_LEVELS: Mapping[bool | None, Level] = {True: "good", None: "unsure", False: "bad"}
SKEW = 60.0
"""Seconds by which two clocks may differ before it is worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `bad` keeps a run from its work, `unsure` is what cannot be promised here."""

    what: str
    says: str
    level: Level = "good"


def examine(workspace: Workspace, tenant: Tenant, integrations: Sequence[Integration]) -> Iterator[Finding]:
    """Yield everything that is found about a tenant; nothing is written."""
    for sign in ledger_signs(home_of(workspace, tenant)):
        level = _LEVELS[sign.sound]
        yield Finding(what=f"ledger: {sign.what}", says=sign.says, level=level)
    for account in tenant.connectors:
        try:
            connector = open_connector(account.type, account.alias, account.settings, workspace.root)
        except RulesRunError as fault:
            yield Finding(what=f"{account.alias}: settings", says=str(fault), level="bad")
            continue
        try:
            yield from examine_account(connector, integrations)
        finally:
            connector.close()


def examine_account(connector: Connector, integrations: Sequence[Integration]) -> Iterator[Finding]:
    """Yield what is found about one account: its log-in, its clock, and each resource that the rules touch."""
    alias = connector.alias
    wanted = [each for each in needed(integrations) if each.alias == alias]
    examinable = connector if isinstance(connector, Examinable) else None
    if examinable is not None:
        try:
            examinable.log_in()
        except RulesRunError as fault:
            yield Finding(what=f"{alias}: log-in", says=str(fault), level="bad")
            return
        yield Finding(what=f"{alias}: log-in", says="works")
    for each in wanted:
        yield from _access(connector, examinable, each)
    yield from _marks(connector, wanted)
    yield from _numbers(connector, integrations)
    skew = examinable.clock_skew() if examinable is not None else None
    if skew is not None:
        yield _clock(alias, skew)


def _access(connector: Connector, examinable: Examinable | None, each: Needed) -> Iterator[Finding]:
    """Yield whether the log-in may do what the rules want with a resource."""
    what = f"{connector.alias}: {each.verb} {each.resource}"
    virtual = connector.virtual(each.resource)
    if virtual is not None:
        for name in virtual.reads():
            yield from _access(connector, examinable, Needed(alias=each.alias, resource=name, verb="read"))
        return
    try:
        access = examinable.access(each.resource, each.verb) if examinable is not None else None
        if access is None and each.verb == "read":
            next(connector.read(Query(resource=each.resource)), None)
            yield Finding(what=what, says="works; the system does not tell whether everything is seen")
            return
    except RulesRunError as fault:
        yield Finding(what=what, says=str(fault), level="bad")
        return
    match access:
        case "all":
            yield Finding(what=what, says="allowed")
        case "none":
            yield Finding(what=what, says="not allowed to this log-in; the rules need it", level="bad")
        case "some":
            says = "allowed for some records only: others are missing in silence, and would be made a second time"
            yield Finding(what=what, says=says if each.verb == "read" else says.partition(":")[0], level="unsure")
        case None:
            yield Finding(what=what, says="the system does not tell beforehand", level="unsure")


def _numbers(connector: Connector, integrations: Sequence[Integration]) -> Iterator[Finding]:
    """Yield where rules give the numbers of documents that their system may number by itself."""
    targets = targets_of(integrations, connector.alias)
    for name in sorted({name for name, target in targets if _numbered(connector, name, target)}):
        says = (
            "the rules write it, and no call tells whether the system gives numbers of its own: "
            "switch that off there, or two sides number the same documents"
        )
        yield Finding(what=f"{connector.alias}: numbering of {name}", says=says, level="unsure")


def _numbered(connector: Connector, name: str, target: Target) -> bool:
    described = connector.catalogue.resource(name)
    if described is None or not described.money or described.label is None:
        return False
    return described.label.lower().endswith("number") and target.gives(described.label)


def _marks(connector: Connector, wanted: Sequence[Needed]) -> Iterator[Finding]:
    """Yield how a record that the rules make is known again when the answer to its creation is lost."""
    for each in wanted:
        described = connector.catalogue.resource(each.resource)
        if each.verb != "create" or described is None or described.virtual:
            continue
        what, field = f"{connector.alias}: mark of {each.resource}", described.marker
        marked = field is not None or each.marked
        safety = connector.safety(each.resource, "create", marked=marked)
        if safety is Safety.NOTHING:
            says = "no field holds a mark of ours: after a lost answer you are asked whether it was made"
            yield Finding(what=what, says=says, level="unsure")
        elif each.marked or field is None:
            yield Finding(what=what, says="the rule says what finds it again after a lost answer")
        else:
            yield Finding(what=what, says=f"{field} holds our mark: leave it as it is, and free for us")


def _clock(alias: str, skew: float) -> Finding:
    what = f"{alias}: clock"
    if abs(skew) <= SKEW:
        return Finding(what=what, says="agrees with this machine's")
    where = "ahead of" if skew > 0 else "behind"
    says = f"is {abs(skew):,.0f} seconds {where} this machine's: records changed in between can be read late or twice"
    return Finding(what=what, says=says, level="unsure")
