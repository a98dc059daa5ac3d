"""What a shell may complete; it imports little, for somebody waits with a finger on the key."""

from __future__ import annotations

import re

import click
from click.shell_completion import CompletionItem

from rules_run.runtime import layout

_TOP = r"^rules:[^\S\n]*(?:#.*)?\n((?:[ \t#].*\n?|\n)*)"
_NAME = r"^( +)([a-z_][a-z0-9_]*):"


def integration_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the integrations that can be named in this workspace."""
    return _offer(layout.integration_names(_root(ctx)), incomplete)


def tenant_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the tenants of this workspace."""
    return _offer(layout.tenant_names(_root(ctx)), incomplete)


def rule_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the rules of the integration that was named before."""
    file = layout.rule_file(_root(ctx), str(ctx.params.get("integration", "")))
    return _offer(rules_in(file) if file else [], incomplete)


def rule_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer every rule as the ledger names it, `integration/rule`."""
    root = _root(ctx)
    files = {name: layout.rule_file(root, name) for name in layout.integration_names(root)}
    return _offer([f"{name}/{rule}" for name, file in files.items() if file for rule in rules_in(file)], incomplete)


def document_numbers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the newest documents of the tenant's ledger, by number, with what they are."""
    from pathlib import Path

    from rules_run.ledger.recent import recent_documents
    from rules_run.runtime.workspace import find_workspace

    workspace = find_workspace(Path(_root(ctx)))
    tenants = workspace.tenants()
    named = next((str(each.params["tenant"]) for each in _chain(ctx) if each.params.get("tenant")), None)
    name = named or (tenants[0] if len(tenants) == 1 else "")
    found = recent_documents(workspace.ledger_file(name), incomplete)
    return [CompletionItem(str(number), help=label) for number, label in found]


def rules_in(file: str) -> list[str]:
    """Return the names under `rules:` of a rule file, without reading all of its YAML."""
    with open(file, encoding="utf-8", errors="replace") as opened:  # noqa: PTH123 - sooner than a Path is imported
        block = re.search(_TOP, opened.read(), re.M)
    names = re.findall(_NAME, block[1], re.M) if block else []
    return [name for indent, name in names if indent == names[0][0]]


def _offer(values: list[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(value) for value in values if value.startswith(incomplete)]


def _root(ctx: click.Context) -> str:
    return layout.workspace_root(str(ctx.find_root().params.get("directory") or "."))


def _chain(ctx: click.Context) -> list[click.Context]:
    found = [ctx]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found
