"""A plan as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from rules_run.cli.terminal import paint
from rules_run.model.plan import Action, Change, Follow, Plan, Planned

SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.ADOPT: ("=", "cyan"),
    Action.FINISH: (">", "yellow"),
    Action.STALE: ("?", "magenta"),
}
WAITING = (Action.HOLD, Action.FAIL)
WORDS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.ADOPT: "to adopt",
    Action.FINISH: "to finish",
    Action.NOTHING: "unchanged",
    Action.HOLD: "held",
    Action.FAIL: "failed",
    Action.SKIP: "skipped",
    Action.STALE: "stale",
}


def lines(plan: Plan, *, verbose: bool = False) -> Iterator[str]:
    """Yield the lines of a plan: what would be written, what waits and why, what it comes to."""
    yield paint(f"{plan.integration} {plan.version} for {plan.tenant}, {plan.date}", bold=True)
    if plan.stopped is not None:
        yield paint(f"  stopped before the first write: {plan.stopped.message}", "red")
        return
    for document in plan.documents:
        if document.action in SIGNS:
            yield from _written(document)
    yield from waiting(plan.documents)
    yield from _skipped(plan.documents, verbose=verbose)
    yield from _warnings(plan.documents)
    if plan.promises:
        yield "  What is promised:"
        yield from (f"      {promise}" for promise in plan.promises)
    yield ""
    yield total(plan)


def total(plan: Plan) -> str:
    """Return the last line: how many of each, and the money in new documents."""
    counts = [(action, plan.count(action)) for action in WORDS]
    shown = [f"{count} {WORDS[action]}" for action, count in counts if count]
    money = sum((each.amount for each in plan.documents if each.amount is not None), Decimal(0))
    said = f" New charges: {money:,.2f}." if money else ""
    if plan.writes == 0 and plan.count(Action.ADOPT) == 0:
        return f"Plan: nothing to do ({', '.join(shown) or 'no records'})."
    return f"Plan: {', '.join(shown)}.{said}"


def waiting(documents: Iterable[Planned]) -> Iterator[str]:
    """Yield what is held or failed, grouped by cause, with the rows to add."""
    causes: dict[tuple[str, str], list[Planned]] = {}
    for document in documents:
        if document.action in WAITING:
            causes.setdefault((document.action, document.cause), []).append(document)
    for (action, cause), group in causes.items():
        names = ", ".join(f"{each.rule} {each.key}".strip() for each in group[:6])
        more = f" and {len(group) - 6} more" if len(group) > 6 else ""
        word, colour = ("held", "yellow") if action == Action.HOLD else ("failed", "red")
        yield paint(f"  ! {word}: {cause}", colour)
        yield f"      {names}{more}"
        problem = next((each.problem for each in group if each.problem and each.problem.message == cause), None)
        if problem and problem.origin.file:
            yield f"      {problem.origin}"
        rows = _rows_to_add(group)
        for file, row in rows:
            yield f"      add this line to {file}: {paint(row, bold=True)}"
        if not rows and problem and problem.hint:
            yield f"      {problem.hint}"
        for each in (follow for document in group for follow in document.follow):
            yield from _follow(each)


def _rows_to_add(group: Iterable[Planned]) -> list[tuple[str, str]]:
    """Return the missing table rows of a group, one for each file and key, with a candidate where one is known."""
    rows: dict[tuple[str, str], str] = {}
    for file, row in (each.add_row for each in group if each.add_row):
        place = (file, row.partition(",")[0])
        rows[place] = max(rows.get(place, ""), row, key=len)
    return [(file, row) for (file, _), row in rows.items()]


def _written(document: Planned) -> Iterator[str]:
    sign, colour = SIGNS[document.action]
    where = f" [{document.target_id}]" if document.target_id else ""
    by = f"{document.rule} {document.key}"
    name = document.label if document.label != document.key else ""
    yield paint(f"  {sign} {document.action} {document.resource} {name or document.key}{where}", colour) + (
        f"  ({by})" if name else f"  ({document.rule})"
    )
    for step in document.steps:
        yield f"      {step}"
    if not document.steps:
        yield from _changes(document.changes, fresh=document.action is Action.CREATE)
    for each in document.follow:
        yield from _follow(each)


def _follow(each: Follow) -> Iterator[str]:
    if each.problem is not None:
        yield paint(f"      then {each.name}: {each.action} - {each.problem.message}", "yellow")
        return
    yield f"      then {each.name}: {each.action} {each.resource}"
    for line in _changes(each.changes, fresh=each.action is Action.CREATE):
        yield f"    {line}"


def _changes(changes: tuple[Change, ...], *, fresh: bool) -> Iterator[str]:
    width = max((len(change.field) for change in changes), default=0)
    for change in changes:
        before = "" if fresh else f"{_shown(change.old)} -> "
        yield f"      {change.field:<{width}}  {before}{_shown(change.new)}"


def _skipped(documents: Iterable[Planned], *, verbose: bool) -> Iterator[str]:
    causes: dict[str, list[Planned]] = {}
    for document in documents:
        if document.action is Action.SKIP:
            causes.setdefault(document.cause, []).append(document)
    for cause, group in causes.items():
        shown = group if verbose else group[:3]
        more = f" and {len(group) - len(shown)} more" if len(group) > len(shown) else ""
        yield f"  - skipped: {cause}: {', '.join(f'{each.rule} {each.key}' for each in shown)}{more}"


def _warnings(documents: Iterable[Planned]) -> Iterator[str]:
    for document in documents:
        for warning in document.warnings:
            yield paint(f"  * {document.rule} {document.key}: {warning.message}", "yellow")


def _shown(value: object) -> str:
    if value is None:
        return "(empty)"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
