"""`rules-run queue reprocess`, `resolve` and `cancel`: what a person decides about documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import document_numbers
from rules_run.cli.options import date_from, decision
from rules_run.cli.terminal import paint
from rules_run.ledger.states import State

if TYPE_CHECKING:
    from rules_run.cli.place import Place
    from rules_run.delivery.deciding import Decider
    from rules_run.ledger.records import DocDetail, DocState
    from rules_run.model.plan import Planned

Step = Callable[["Decider", "DocState"], "DocState"]


@click.command("reprocess")
@click.argument("numbers", type=int, nargs=-1, required=True, metavar="NUMBER...", shell_complete=document_numbers)
@click.option("--date", metavar="YYYY-MM-DD", help="Date of the run (default: today, tenant's zone).")
@decision
@click.pass_obj
def reprocess(place: Place, numbers: tuple[int, ...], date: str | None, who: str, why: str) -> int:
    """Try documents again by the present rule, whatever its `where` says; one in doubt is looked for, never sent."""
    from rules_run.runtime.checking import open_tenant
    from rules_run.runtime.opening import open_run
    from rules_run.runtime.operating import reprocess as work

    tenant, ready = open_tenant(place.workspace, place.tenant, (), {})
    day = date_from(date)
    with open_run(place.workspace, tenant, date=day.isoformat() if day else "", writing=True) as run:
        handled = work(run, ready, numbers, who=who, why=why, shown=_show)
    for each in handled:
        click.echo(f"{each.doc.id}: {each.doc.word}. {each.text}".rstrip())
    return 0 if all(each.doc.word == "Processed" for each in handled) else 3


@click.command("resolve")
@click.argument("number", type=int, shell_complete=document_numbers)
@click.option("--there", metavar="ID", help="It is there, under this id of the target.")
@click.option("--not-there", is_flag=True, help="It is not there: send it.")
@decision
@click.pass_obj
def resolve(place: Place, number: int, there: str | None, not_there: bool, who: str, why: str) -> int:
    """Say whether a document in doubt is there (the target is asked first), or take the mark off a written one."""
    if there is not None and not_there:
        raise click.UsageError("It is either there or not: give --there ID or --not-there.")

    def step(decider: Decider, doc: DocState) -> DocState:
        if there is not None:
            return decider.there(doc, there)
        if not_there:
            return decider.not_there(doc)
        if doc.state in {State.PARKED, State.UNKNOWN}:
            raise click.UsageError("Say whether it is there: --there ID or --not-there.")
        return decider.clear(doc)

    return _decide(place, (number,), who, why, step)


@click.command("cancel")
@click.argument("numbers", type=int, nargs=-1, required=True, metavar="NUMBER...", shell_complete=document_numbers)
@decision
@click.pass_obj
def cancel(place: Place, numbers: tuple[int, ...], who: str, why: str) -> int:
    """Give up documents that were not written; they are never sent again."""
    return _decide(place, numbers, who, why, lambda decider, doc: decider.cancel(doc))


def answers(doc: DocState) -> Iterator[str]:
    """Yield how to answer the question that a parked document asks."""
    if doc.state is State.PARKED:
        yield f"  rules-run queue resolve {doc.id} --there NUMBER --why REASON"
        yield f"  rules-run queue resolve {doc.id} --not-there --why REASON"


def _decide(place: Place, numbers: tuple[int, ...], who: str, why: str, step: Step) -> int:
    from rules_run.runtime.checking import open_tenant
    from rules_run.runtime.opening import open_run
    from rules_run.runtime.operating import decider_for, detail_of

    tenant, _ = open_tenant(place.workspace, place.tenant, (), {})
    with open_run(place.workspace, tenant, date="", writing=True) as run:
        for number in numbers:
            detail = detail_of(run, number)
            doc = step(decider_for(run, [detail], who=who, why=why), detail.doc)
            click.echo(f"{doc.id}: {doc.word}.{_next(doc)}")
    return 0


def _next(doc: DocState) -> str:
    following = {
        State.RETRY: " The next apply sends it.",
        State.APPLIED: f" It is {doc.target_id}; the next apply finishes it.",
    }
    return following.get(doc.state, "")


def _show(detail: DocDetail, planned: Planned) -> None:
    doc = detail.doc
    click.echo(paint(f"{doc.id}  {doc.key.rule_id} {doc.key.source_id}", bold=True))
    click.echo(f"  before: {doc.word}{f', {doc.hold_text}' if doc.hold_text else ''}")
    said = planned.problem.message if planned.problem else planned.cause
    click.echo(f"  now: {planned.action}{f', {said}' if said else ''}")
    for line in _changed(detail.payload.transformed, planned):
        click.echo(f"    {line}")


def _changed(before: object, planned: Planned) -> Iterator[str]:
    """Yield the fields whose value is another one than when the document was last made."""
    known = before if isinstance(before, dict) else {}
    for change in planned.changes:
        old, new = known.get(change.field), change.new
        if str(old) != str(new):
            yield f"{change.field}: {'(none)' if old is None else old} -> {new}"
