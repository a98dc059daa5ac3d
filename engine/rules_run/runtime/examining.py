"""Looks whether a tenant can run: its ledger, its accounts, what the rules need of them, what nobody can promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rules_run.connect.contract import Connector, Examinable
from rules_run.connect.registry import open_connector
from rules_run.errors import RulesRunError
from rules_run.ledger.health import examine as ledger_signs
from rules_run.model.exchange import Query, Safety
from rules_run.model.rules import Account, Integration, Target, Tenant
from rules_run.runtime.homes import home_of
from rules_run.runtime.needed import Needed, needed, targets_of
from rules_run.runtime.promises import is_found_again
from rules_run.runtime.quota import looking, told
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
    with looking(workspace, tenant) as budgets:
        for account in tenant.connectors:
            yield from _secret_files(account, workspace.root)
            try:
                connector = open_connector(
                    account.type, account.alias, account.settings, workspace.root, budgets=budgets
                )
            except RulesRunError as fault:
                yield Finding(what=f"{account.alias}: settings", says=str(fault), level="bad")
                continue
            with closing(connector):
                yield from examine_account(connector, integrations)


def _secret_files(account: Account, folder: Path) -> Iterator[Finding]:
    """Yield the files from which secrets are read and that anybody on this machine may read, too."""
    for name, value in account.settings.items():
        path = folder / str(value["file"]) if isinstance(value, Mapping) and set(value) == {"file"} else None
        if path is not None and path.is_file() and path.stat().st_mode & 0o007:
            says = f"the file of `{name}` may be read by everybody on this machine: chmod o= {path}"
            yield Finding(what=f"{account.alias}: settings", says=says, level="unsure")


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
    yield from _marks(connector, wanted, integrations)
    yield from _numbers(connector, integrations)
    if (usage := connector.usage()) is not None:
        yield Finding(what=f"{alias}: requests", says=told(usage), level="unsure" if usage.spent else "good")
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
        described = connector.catalogue.resource(name)
        if described is not None and described.numbering:
            says += f". {described.numbering}"
        yield Finding(what=f"{connector.alias}: numbering of {name}", says=says, level="unsure")


def _numbered(connector: Connector, name: str, target: Target) -> bool:
    described = connector.catalogue.resource(name)
    if described is None or not described.money or described.label is None:
        return False
    return described.label.lower().endswith("number") and target.gives(described.label)


def _marks(connector: Connector, wanted: Sequence[Needed], integrations: Sequence[Integration]) -> Iterator[Finding]:
    """Yield how a record that the rules make is known again when the answer to its creation is lost."""
    targets = list(targets_of(integrations, connector.alias))
    for each in wanted:
        described = connector.catalogue.resource(each.resource)
        if each.verb != "create" or described is None or described.virtual:
            continue
        what, field = f"{connector.alias}: mark of {each.resource}", described.marker
        made = [target for name, target in targets if name == each.resource and target.mode != "update"]
        marked = all(is_found_again(target, described) for target in made)
        safety = connector.safety(each.resource, "create", marked=marked)
        if safety is Safety.NOTHING:
            says = "nothing finds it for certain: after a lost answer you are asked whether it was made"
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
