"""`rules-run queue`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import document_numbers, rule_ids, tenant_names
from rules_run.cli.options import workspace_of
from rules_run.cli.queue_decisions import answers, cancel, reprocess, resolve
from rules_run.cli.terminal import paint
from rules_run.ledger.states import WORDS

if TYPE_CHECKING:
    from rules_run.cli.place import Place
    from rules_run.ledger.records import DocDetail, DocState

COLOURS = {"Needs you": "red", "Checking": "yellow", "Processed": "green"}


@click.group("queue")
@click.option("--tenant", metavar="NAME", shell_complete=tenant_names, help="Tenant (default: the only one).")
@click.pass_context
def command(ctx: click.Context, tenant: str | None) -> None:
    """Look at documents: what came in, what it became, what happened; decide about those that need you."""
    from rules_run.cli.place import Place

    workspace = workspace_of(ctx.obj)
    ctx.obj = Place(workspace=workspace, tenant=workspace.the_tenant(tenant))


command.add_command(reprocess)
command.add_command(resolve)
command.add_command(cancel)


@command.command("list")
@click.option("--state", type=click.Choice(sorted(set(WORDS.values()))), help="Only documents that stand so.")
@click.option(
    "--rule", metavar="INTEGRATION/RULE", default="", shell_complete=rule_ids, help="Only documents of this rule."
)
@click.option("--text", default="", help="Only documents whose key, target or message holds this text.")
@click.option("--after", type=int, help="Continue a longer list.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", help="Form of what is told.")
@click.pass_obj
def list_(place: Place, state: str | None, rule: str, text: str, after: int | None, output_format: str) -> None:
    """List documents, newest first."""
    with place.ledger() as ledger:
        page = ledger.queue.find(word=state, rule=rule, text=text, before=after)  # type: ignore[arg-type]
    if output_format == "json":
        click.echo(json.dumps([_json(doc) for doc in page.documents], indent=2, ensure_ascii=False))
        return
    for doc in page.documents:
        said = f"  {doc.hold_text}" if doc.hold_text else ""
        word = paint(f"{doc.word:<10}", COLOURS.get(doc.word))
        target = f" -> {doc.target_id}" if doc.target_id else ""
        click.echo(f"{doc.id:>6}  {word} {doc.key.rule_id} {doc.key.source_id}{target}{said}")
    if not page.documents:
        click.echo("No documents.")
    if page.next is not None:
        click.echo(f"More: --after {page.next}")


@command.command("show")
@click.argument("number", type=int, shell_complete=document_numbers)
@click.pass_obj
def show(place: Place, number: int) -> int:
    """Show one document: message, source, transformed data, and its history."""
    with place.ledger() as ledger:
        detail = ledger.queue.show(number)
    if detail is None:
        click.echo(f"There is no document {number}. `rules-run queue list` names them.", err=True)
        return 1
    for line in _detail(detail):
        click.echo(line)
    return 0


def _detail(detail: DocDetail) -> Iterator[str]:
    doc, key = detail.doc, detail.doc.key
    yield paint(f"{doc.id}  {key.rule_id} {key.source_id}: {doc.word}", bold=True)
    if doc.target_id:
        yield f"Target: {doc.target_id}"
    if doc.marker:
        yield f"Marker: {doc.marker}"
    yield paint("\nMessage", bold=True)
    whole = detail.payload.message
    yield whole if doc.hold_text and doc.hold_text in whole else doc.hold_text or "(none)"
    yield from answers(doc)
    yield paint("\nSource", bold=True)
    yield _pretty(detail.payload.source)
    yield paint("\nTransformed", bold=True)
    yield _pretty(detail.payload.transformed)
    yield paint("\nHistory", bold=True)
    for event in detail.events:
        moved = f"{event.before or '-'} -> {event.after}"
        yield f"{event.at:%Y-%m-%d %H:%M:%S}  {moved:<22} {event.why} ({event.who or 'engine'})"


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=_text)


def _text(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _json(doc: DocState) -> dict[str, object]:
    return {
        "id": doc.id,
        "state": doc.word,
        "rule": doc.key.rule_id,
        "key": doc.key.source_id,
        "target_id": doc.target_id,
        "message": doc.hold_text,
    }
