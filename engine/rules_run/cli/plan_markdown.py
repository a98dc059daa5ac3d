"""A plan as a comment in a pull request: a table first, then what needs somebody, and the details folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from rules_run.cli.show_plan import SIGNS, WORDS, causes, lines
from rules_run.model.plan import Action, Plan

MOST = 60_000
"""Code hosts refuse comments of 65,536 characters and more."""


def render(plans: Iterable[Plan]) -> str:
    """Return plans as Markdown, cut where a code host would refuse it."""
    told: list[str] = []
    rest = MOST
    for line in (line for plan in plans for line in _plan(plan)):
        told.append(line)
        rest -= len(line) + 1
        if rest < -1:
            break
    text = "\n".join(told)
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
    detailed = sum(1 for document in plan.documents if document.action in SIGNS or document.follow)
    if detailed:
        yield "<details>"
        yield f"<summary>{detailed} documents in detail</summary>\n"
        yield "```diff"
        yield from map(_diff, lines(plan))
        yield "```\n"
        yield "</details>\n"


def _summary(plan: Plan) -> Iterator[str]:
    counts = [(action, plan.count(action)) for action in WORDS if plan.count(action)]
    if all(action in {Action.NOTHING, Action.SKIP} for action, _ in counts):
        yield "Nothing to do.\n"
    yield "| | documents | new charges |"
    yield "|---|---:|---:|"
    for action, number in counts:
        amount = plan.tally.money if action is Action.CREATE else 0
        yield f"| {WORDS[action]} | {number} | {f'{amount:,.2f}' if amount else ''} |"
    yield ""


def _waiting(plan: Plan) -> Iterator[str]:
    found = causes(plan.documents)
    for cause in found:
        names = ", ".join(f"`{name}`" for name in cause.names)
        yield f"* **{WORDS[cause.action]}:** {_cell(cause.text)} ({names}{cause.more})"
        for (file, _), row in cause.rows.items():
            yield f"  Add this line to `{file}`: `{row}`"
    if found:
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
