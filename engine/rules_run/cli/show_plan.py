"""A plan as people read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from rules_run.cli.terminal import paint
from rules_run.model.plan import Action, Change, Follow, Plan, Planned
from rules_run.model.problem import Problem

SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.ADOPT: ("=", "cyan"),
    Action.FINISH: (">", "yellow"),
    Action.STALE: ("?", "magenta"),
}
WAITING = (Action.HOLD, Action.FAIL)
MOST_NAMED, MOST_SKIPPED = 6, 3
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
    money = plan.tally.money
    said = f" New charges: {money:,.2f}." if money else ""
    if plan.tally.writes == 0 and plan.count(Action.ADOPT) == 0:
        return f"Plan: nothing to do ({', '.join(shown) or 'no records'})."
    return f"Plan: {', '.join(shown)}.{said}"


@dataclass(slots=True, kw_only=True)
class Cause:
    """Documents that wait for the same reason: their number, some of their names, and what there is to do."""

    action: Action
    text: str
    number: int = 0
    names: list[str] = field(default_factory=list)
    problem: Problem | None = None
    rows: dict[tuple[str, str], str] = field(default_factory=dict)
    """Rows that are missing in a table, by its file and their key, with a candidate where one is known."""
    follow: list[Follow] = field(default_factory=list)

    def take(self, document: Planned) -> None:
        """Count a document in."""
        self.number += 1
        if len(self.names) < MOST_NAMED:
            self.names.append(f"{document.rule} {document.key}".strip())
        if self.problem is None and document.problem is not None and document.problem.message == self.text:
            self.problem = document.problem
        if document.add_row is not None:
            file, row = document.add_row
            place = (file, row.partition(",")[0])
            self.rows[place] = max(self.rows.get(place, ""), row, key=len)
        self.follow += document.follow

    @property
    def more(self) -> str:
        """Return how many there are besides those that are named."""
        return f" and {self.number - len(self.names)} more" if self.number > len(self.names) else ""


def causes(documents: Iterable[Planned]) -> Iterable[Cause]:
    """Return why documents are held or have failed, each reason once."""
    found: dict[tuple[str, str], Cause] = {}
    for document in documents:
        if document.action in WAITING:
            key = (document.action, document.cause)
            if (cause := found.get(key)) is None:
                cause = found[key] = Cause(action=document.action, text=document.cause)
            cause.take(document)
    return found.values()


def waiting(documents: Iterable[Planned]) -> Iterator[str]:
    """Yield what is held or failed, grouped by cause, with the rows to add."""
    for cause in causes(documents):
        word, colour = ("held", "yellow") if cause.action is Action.HOLD else ("failed", "red")
        yield paint(f"  ! {word}: {cause.text}", colour)
        yield f"      {', '.join(cause.names)}{cause.more}"
        problem = cause.problem
        if problem and problem.origin.file:
            yield f"      {problem.origin}"
        for (file, _), row in cause.rows.items():
            yield f"      add this line to {file}: {paint(row, bold=True)}"
        if not cause.rows and problem and problem.hint:
            yield f"      {problem.hint}"
        for each in cause.follow:
            yield from _follow(each)


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
    names: dict[str, list[str]] = {}
    numbers: Counter[str] = Counter()
    for document in documents:
        if document.action is Action.SKIP:
            numbers[document.cause] += 1
            if verbose or numbers[document.cause] <= MOST_SKIPPED:
                names.setdefault(document.cause, []).append(f"{document.rule} {document.key}")
    for cause, shown in names.items():
        more = f" and {numbers[cause] - len(shown)} more" if numbers[cause] > len(shown) else ""
        yield f"  - skipped: {cause}: {', '.join(shown)}{more}"


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
