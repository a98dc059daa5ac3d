"""What a person asks of single documents: tried again by the present rule, resolved, cancelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rules_run.delivery.deciding import Decider
from rules_run.errors import NotPossible
from rules_run.ledger.operator import DOUBTFUL
from rules_run.ledger.records import DocDetail, DocState
from rules_run.model.plan import Planned
from rules_run.runtime.applying import Applier
from rules_run.runtime.intended import Document
from rules_run.runtime.planner import Planner
from rules_run.runtime.ready import Ready
from rules_run.runtime.run import Run
from rules_run.runtime.summary import planned

Shown = Callable[[DocDetail, Planned], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What became of one document: how it stands now, and a sentence."""

    doc: DocState
    text: str


def detail_of(run: Run, number: int) -> DocDetail:
    """Return a document of the ledger, or say that there is none of that number."""
    found = run.ledger.queue.show(number)
    if found is None:
        raise NotPossible(f"There is no document {number}. `rules-run queue list` names them.")
    return found


def decider_for(run: Run, details: Iterable[DocDetail], *, who: str, why: str) -> Decider:
    """Return what carries out decisions about documents, with the accounts that they were sent to."""
    there = {account.alias for account in run.tenant.connectors}
    aliases = {str(step.intent.memo["alias"]) for detail in details for step in detail.steps}
    return run.decider(aliases & there, who=who, why=why)


def reprocess(
    run: Run, ready: Sequence[Ready], numbers: Sequence[int], *, who: str, why: str, shown: Shown
) -> list[Handled]:
    """Try documents again by the present rule: read by their key, shown before and after, then written.

    One whose write is in doubt is never sent: the target is asked, and what it says is told.
    """
    details = [detail_of(run, number) for number in dict.fromkeys(numbers)]
    decider = decider_for(run, details, who=who, why=why)
    doubtful = [each for each in details if each.doc.state in DOUBTFUL]
    handled = [Handled(doc=each.doc, text=decider.look(each.doc)) for each in doubtful]
    rest = [each for each in details if each not in doubtful]
    by_name = {each.integration.name: each for each in ready}
    for each in rest:
        name = each.doc.key.rule_id.partition("/")[0]
        if name not in by_name:
            raise NotPossible(f"Tenant {run.tenant.name} has no integration {name!r} any more, or it is off.")
        decider.try_again(each.doc)
    for name, one in by_name.items():
        mine = [each for each in rest if each.doc.key.rule_id.startswith(f"{name}/")]
        if mine:
            handled += _integration(run, one, mine, shown)
    return handled


def _integration(run: Run, ready: Ready, details: Sequence[DocDetail], shown: Shown) -> list[Handled]:
    found = run.plan(ready, applying=True)
    if found.planner is None:
        text = f"{ready.integration.name} stops before its first write: {found.plan.stopped}"
        return [Handled(doc=each.doc, text=text) for each in details]
    documents = {each.doc.id: _document(found.planner, each) for each in details}
    for each in details:
        document = documents[each.doc.id]
        if document is not None:
            shown(each, planned(found.planner, document))
    if ready.assignment.state == "live":
        chosen = {id(document) for document in documents.values()}
        delivery = run.delivery(run.ledger.runs.start(), ready.integration.connectors)
        applier = Applier(
            found.planner,
            run.ledger,
            delivery,
            rule_digest=ready.integration.digest,
            told=lambda _document, _what: None,
        )
        applier.apply(lambda document: id(document) in chosen)
    return [_handled(run, ready, each, documents[each.doc.id]) for each in details]


def _document(planner: Planner, detail: DocDetail) -> Document | None:
    """Return the document as it is planned now: one that the rule did not read is read by its key alone."""
    name, key = detail.doc.key.rule_id.partition("/")[2], detail.doc.key.source_id
    rule = planner.world.rules.get(name)
    if rule is None:
        return None
    if key not in planner.documents[name]:
        values = planner.records.key_values(rule, [key])
        planner.demand(rule, list(values), list(values.values()))
    document = planner.documents[name].get(key)
    same = document is not None and document.state is not None and document.state.id == detail.doc.id
    return document if same else None


def _handled(run: Run, ready: Ready, detail: DocDetail, document: Document | None) -> Handled:
    doc = detail_of(run, detail.doc.id).doc
    if document is None:
        return Handled(doc=doc, text="its record is not there any more, or the rule is gone")
    if ready.assignment.state != "live":
        return Handled(doc=doc, text=f"{ready.integration.name} is {ready.assignment.state}: nothing is written")
    return Handled(doc=doc, text=document.cause or doc.hold_text)
