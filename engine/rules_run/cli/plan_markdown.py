"""A plan as a comment in a pull request: a table first, then what needs somebody, and the details folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import click

from rules_run.cli.show_plan import SIGNS, WAITING, WORDS, lines
from rules_run.model.plan import Action, Plan, Planned

MOST = 60_000
"""Code hosts refuse comments of 65,536 characters and more."""


def render(plans: Iterable[Plan]) -> str:
    """Return plans as Markdown, cut where a code host would refuse it."""
    text = "\n".join(line for plan in plans for line in _plan(plan))
    if len(text) <= MOST:
        return text
    head = text[:MOST].rpartition("\n")[0]
    inside = head.rpartition("<details>")[2]
    closed = "\n```\n\n</details>" if "<details>" in head and "</details>" not in inside else ""
    return f"{head}{closed}\n\nThe plan goes on; `rules-run plan` shows all of it."


def _plan(plan: Plan) -> Iterator[str]:
    yield f"### {plan.integration} {plan.version} for {plan.tenant}, {plan.date}\n"
    if plan.stopped is not None:
        yield f"**Stopped before the first write:** {_cell(plan.stopped.message)}\n"
        return
    yield from _summary(plan)
    yield from _waiting(plan)
    written = [document for document in plan.documents if document.action in SIGNS or document.follow]
    if written:
        yield "<details>"
        yield f"<summary>{len(written)} documents in detail</summary>\n"
        yield "```diff"
        yield from map(_diff, lines(plan))
        yield "```\n"
        yield "</details>\n"


def _summary(plan: Plan) -> Iterator[str]:
    counts = [(action, [each for each in plan.documents if each.action is action]) for action in WORDS]
    if not any(found for action, found in counts if action not in {Action.NOTHING, Action.SKIP}):
        yield "Nothing to do.\n"
    yield "| | documents | new charges |"
    yield "|---|---:|---:|"
    for action, found in counts:
        if found:
            amount = sum((each.amount for each in found if each.amount is not None), Decimal(0))
            yield f"| {WORDS[action]} | {len(found)} | {f'{amount:,.2f}' if amount else ''} |"
    yield ""


def _waiting(plan: Plan) -> Iterator[str]:
    causes: dict[tuple[Action, str], list[Planned]] = {}
    for document in plan.documents:
        if document.action in WAITING:
            causes.setdefault((document.action, document.cause), []).append(document)
    for (action, cause), group in causes.items():
        names = ", ".join(f"`{each.rule} {each.key}`" for each in group[:6])
        more = f" and {len(group) - 6} more" if len(group) > 6 else ""
        yield f"* **{WORDS[action]}:** {_cell(cause)} ({names}{more})"
        for file, row in dict.fromkeys(each.add_row for each in group if each.add_row):
            yield f"  Add this line to `{file}`: `{row}`"
    if causes:
        yield ""


def _diff(line: str) -> str:
    """Return a line so that a code host colours it, and does not take it for the end of the block."""
    text = click.unstyle(line).removeprefix("  ").replace("```", "'''")
    return f"!{text[1:]}" if text.startswith("~ ") else text


def _cell(text: str) -> str:
    """Return a text that no Markdown reads as its own."""
    for sign in "\\`*_<>|[]#":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
