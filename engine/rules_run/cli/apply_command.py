"""`rules-run apply`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import click

from rules_run.cli.completing import integration_names
from rules_run.cli.options import date_from, run_options, settings_from, workspace_of
from rules_run.cli.terminal import Progress, paint
from rules_run.errors import AlreadyRunning, RulesRunError

if TYPE_CHECKING:
    from rules_run.delivery.delivery import Delivery
    from rules_run.delivery.orders import Settled
    from rules_run.model.rules import Tenant
    from rules_run.runtime.intended import Document
    from rules_run.runtime.planning import PlannedIntegration
    from rules_run.runtime.ready import Ready
    from rules_run.runtime.run import Result, Run
    from rules_run.runtime.saved_plan import Identity

MOST_NAMED = 3


@click.command("apply")
@click.argument("integrations", nargs=-1, shell_complete=integration_names)
@run_options
@click.option("--plan", "plan_file", type=click.Path(dir_okay=False), help="Apply exactly this saved plan.")
@click.option("--approve", metavar="DIGEST", help="Pass a limit once, for exactly the plan that was shown.")
@click.option("--check-targets", is_flag=True, help="Read every target, also of unchanged documents, and mend drift.")
@click.option("--skip-if-running", is_flag=True, help="Leave with 0 when another run is at work (for cron).")
@click.option("-q", "--quiet", is_flag=True, help="Print the result only, not the plan.")
@click.pass_obj
def command(
    directory: str,
    integrations: tuple[str, ...],
    assignments: tuple[str, ...],
    date: str | None,
    tenant: str | None,
    plan_file: str | None,
    approve: str | None,
    check_targets: bool,
    skip_if_running: bool,
    quiet: bool,
) -> int:
    """Plan INTEGRATIONS (default: all of the tenant) and write what the plan says."""
    from pathlib import Path

    from rules_run.runtime.checking import open_tenant
    from rules_run.runtime.opening import open_run
    from rules_run.runtime.saved_plan import load_digests

    workspace = workspace_of(directory)
    the_tenant, ready = open_tenant(workspace, tenant, integrations, settings_from(assignments))
    saved = load_digests(Path(plan_file), the_tenant.name) if plan_file else None
    day = date_from(date)
    run = open_run(workspace, the_tenant, date=day.isoformat() if day else "", writing=True)
    try:
        with run:
            return apply_all(run, the_tenant, ready, saved, approve, check_targets=check_targets, quiet=quiet)
    except AlreadyRunning as busy:
        if not skip_if_running:
            raise
        click.echo(str(busy), err=True)
        return 0


def apply_all(
    run: Run,
    tenant: Tenant,
    ready: Iterable[Ready],
    saved: Mapping[str, Mapping[Identity, str]] | None,
    approve: str | None,
    *,
    check_targets: bool,
    quiet: bool,
) -> int:
    """Settle, plan and write in an open run, telling people what happens; return the exit code."""
    run_id = run.ledger.runs.start()
    code = 7
    try:
        delivery = run.delivery(run_id, {alias for each in ready for alias in each.integration.connectors})
        open_or_double = _look_after(delivery)
        results = [
            _apply_one(run, each, delivery, saved, approve, check_targets=check_targets, quiet=quiet)
            for each in ready
            if _is_live(each, tenant) and (saved is None or each.integration.name in saved)
        ]
        codes = [result.exit_code for result in results] + [3] * open_or_double
        code = max(codes, key=_weight, default=0)
    except RulesRunError as error:
        code = error.exit_code
        raise
    finally:
        run.ledger.runs.end(run_id, code)
    return code


def _look_after(delivery: Delivery) -> int:
    """Settle what is open, watch what was ruled absent; return how many documents stay open, or are there twice."""
    still_open = 0
    for settled in delivery.settle():
        click.echo(_settled(settled))
        still_open += settled.status not in {"applied", "retry"}
    alarms = delivery.watch()
    for alarm in alarms:
        key = alarm.doc.key
        told = f"Needs you: {key.rule_id} {key.source_id} (document {alarm.doc.id}): {alarm.text}"
        click.echo(paint(told, "red"))
    return still_open + len(alarms)


def _is_live(each: Ready, tenant: Tenant) -> bool:
    live = each.assignment.state == "live"
    if not live:
        state = each.assignment.state
        click.echo(f"{each.integration.name} is {state} for {tenant.name}: nothing is written.")
    return live


def _apply_one(
    run: Run,
    each: Ready,
    delivery: Delivery,
    saved: Mapping[str, Mapping[Identity, str]] | None,
    approve: str | None,
    *,
    check_targets: bool,
    quiet: bool,
) -> Result:
    from rules_run.runtime.run import apply_integration

    watch = _Watch(quiet=quiet)
    result = apply_integration(
        run,
        each,
        delivery,
        saved=saved.get(each.integration.name) if saved is not None else None,
        approved=approve,
        check_targets=check_targets,
        before=watch.planned,
        told=watch.told,
    )
    watch.end()
    for line in _report(result, run):
        click.echo(line)
    return result


class _Watch:
    """Shows the plan before the first write, and how far the writes are."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._progress: Progress | None = None

    def planned(self, found: PlannedIntegration) -> None:
        from rules_run.cli.show_plan import lines

        if not self._quiet:
            for line in lines(found.plan):
                click.echo(line)
        self._progress = Progress("writing", found.plan.tally.writes)

    def told(self, document: Document, what: str) -> None:
        if self._progress is not None:
            self._progress.step(f"{what} {document.resource} {document.key}")

    def end(self) -> None:
        if self._progress is not None:
            self._progress.end()


def _report(result: Result, run: Run) -> Iterable[str]:
    from rules_run.runtime.quota import near

    applied = result.applied
    if result.plan.stopped is not None:
        return
    parts = (
        (applied.created, "created"),
        (applied.updated, "updated"),
        (applied.adopted, "adopted"),
        (applied.finished, "finished"),
    )
    said = ", ".join(f"{number} {word}" for number, word in parts if number) or "nothing to do"
    yield paint(f"Applied: {said}.", "green")
    for each in applied.checking:
        said = each.text.removeprefix("Checking: ")
        yield paint(f"  Checking: {each.rule} {each.key}: {said}", "yellow")
    yield from _stopped(result)
    if applied.stopped:
        yield paint(f"Stopped on the way: {applied.stopped}", "red")
        yield "What was written stays; the next run goes on with the rest."
    if applied.waiting:
        yield f"{applied.waiting} documents need you: rules-run queue list"
    if result.stale:
        yield paint(f"{len(result.stale)} documents have moved since the plan and were left out (stale).", "magenta")
    calls = ", ".join(f"{alias} {number}" for alias, number in run.calls().items() if number)
    yield f"API calls: {calls or 'none'}."
    yield from (paint(each, "yellow") for each in near(run.usage()))


def _stopped(result: Result) -> Iterable[str]:
    """Yield what the plan did not foresee, each sentence once."""
    by_text: dict[tuple[str, str], list[str]] = {}
    for each in result.applied.unfinished:
        if not each.foreseen:
            by_text.setdefault((each.word, each.text), []).append(f"{each.rule} {each.key}")
    for (word, text), names in by_text.items():
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield paint(f"  {word}: {', '.join(names[:MOST_NAMED])}{more}: {text}", "red")


def _settled(settled: Settled) -> str:
    key = settled.doc.key
    return f"Checked {key.rule_id} {key.source_id}: {settled.doc.word}. {settled.text}".rstrip()


def _weight(code: int) -> int:
    """Return how much an exit code matters against another: what needs a person before what is stale."""
    order: Callable[[int], int] = [0, 2, 6, 3, 5, 7].index
    return order(code) if code in {0, 2, 6, 3, 5, 7} else 6
