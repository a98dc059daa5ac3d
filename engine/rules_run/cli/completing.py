"""What a shell may complete; it imports little, for somebody waits with a finger on the key."""

from __future__ import annotations

import re
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from rules_run.runtime.workspace import Workspace, find_workspace

_TOP = re.compile(r"^rules:[^\S\n]*(?:#.*)?\n((?:[ \t#].*\n?|\n)*)", re.M)
_NAME = re.compile(r"^( +)([a-z_][a-z0-9_]*):", re.M)


def integration_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the integrations that can be named in this workspace."""
    return _offer(_workspace(ctx).integrations(), incomplete)


def tenant_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the tenants of this workspace."""
    return _offer(_workspace(ctx).tenants(), incomplete)


def rule_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the rules of the integration that was named before."""
    file = _workspace(ctx).rule_file(str(ctx.params.get("integration", "")))
    return _offer(rules_in(file) if file else [], incomplete)


def rule_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer every rule as the ledger names it, `integration/rule`."""
    workspace = _workspace(ctx)
    files = {name: workspace.rule_file(name) for name in workspace.integrations()}
    return _offer([f"{name}/{rule}" for name, file in files.items() if file for rule in rules_in(file)], incomplete)


def document_numbers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the newest documents of the tenant's ledger, by number, with what they are."""
    from rules_run.ledger.recent import recent_documents

    workspace = _workspace(ctx)
    tenants = workspace.tenants()
    named = next((str(each.params["tenant"]) for each in _chain(ctx) if each.params.get("tenant")), None)
    name = named or (tenants[0] if len(tenants) == 1 else "")
    found = recent_documents(workspace.ledger_file(name), incomplete)
    return [CompletionItem(str(number), help=label) for number, label in found]


def rules_in(file: Path) -> list[str]:
    """Return the names under `rules:` of a rule file, without reading all of its YAML."""
    block = _TOP.search(file.read_text(encoding="utf-8", errors="replace"))
    names = _NAME.findall(block[1]) if block else []
    return [name for indent, name in names if indent == names[0][0]]


def _offer(values: list[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(value) for value in values if value.startswith(incomplete)]


def _workspace(ctx: click.Context) -> Workspace:
    directory = ctx.find_root().params.get("directory") or "."
    return find_workspace(Path(str(directory)))


def _chain(ctx: click.Context) -> list[click.Context]:
    found = [ctx]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found
