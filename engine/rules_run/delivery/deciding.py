"""What a person says of a document in doubt: the target is asked before it is believed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, tzinfo

from rules_run.connect.contract import Connector
from rules_run.delivery.fingerprint import differences
from rules_run.delivery.looking import CannotTell, Doubtful, Finding, Looker, Made, NotMade
from rules_run.delivery.orders import StepOrder, order_of
from rules_run.delivery.settling import WATCHED
from rules_run.delivery.target import find, find_by_id, id_of, reference_of
from rules_run.delivery.waiting import wait_of
from rules_run.delivery.wording import doubled
from rules_run.errors import NotPossible
from rules_run.failpoints import failpoint
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.operator import DOUBTFUL
from rules_run.ledger.records import Attempt, DocState, OpenAttempt, Ruling, Step
from rules_run.ledger.states import State
from rules_run.model.clock import Clock
from rules_run.model.exchange import Outcome, Record


class Decider:
    """Carries out what one person decides, by name and with a reason."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        connectors: Mapping[str, Connector],
        clock: Clock,
        zone: tzinfo,
        who: str,
        why: str,
    ) -> None:
        self._ledger, self._connectors, self._clock, self._zone = ledger, connectors, clock, zone
        self._operator, self._looker = ledger.operator(who, why), Looker(ledger.proofs)

    def there(self, doc: DocState, target_id: str) -> DocState:
        """Take a document for written, under an id that the target confirms."""
        step, order, expected = self._doubt(doc)
        connector = self._connector(order)
        failpoint("before-verify")
        record = self._confirmed(connector, order, target_id)
        failpoint("after-verify")
        if step.intent.main:
            self._free(doc, target_id)
        fields = differences(expected, record) if record is not None else []
        differs = f", although it differs in {', '.join(fields)}" if fields else ""
        ruling = Ruling(
            state=State.APPLIED,
            outcome=Outcome.APPLIED,
            target_id=target_id,
            target_ref=reference_of(connector, order.write.resource, record) if order.kind == "create" else "",
            text=f"it is there as {target_id}{differs}",
            final=False,
        )
        return self._operator.decide(doc, ruling)

    def not_there(self, doc: DocState) -> DocState:
        """Let a document be sent again, once nothing of it can arrive any more and the target does not show it."""
        step, order, expected = self._doubt(doc)
        _, attempt = self._operator.in_doubt(doc)
        if attempt is not None:
            self._waited(doc, step, attempt, order)
        match self._asked(doc, order, expected):
            case Made(target_id=found):
                raise NotPossible(f"It is there, as {found}: rules-run queue resolve {doc.id} --there {found}")
            case Doubtful(text=text):
                raise NotPossible(text)
            case CannotTell(text=text) if order.search:
                raise NotPossible(f"{order.alias} cannot say now: {text}")
        until = self._clock.now() + WATCHED
        ruling = Ruling(
            state=State.RETRY, outcome=Outcome.NOT_SENT, text="it is not there", due=None, watch_until=until
        )
        return self._operator.decide(doc, ruling)

    def cancel(self, doc: DocState) -> DocState:
        """Give a document up; one that may have been sent is looked for first, and not given up where it is there."""
        if doc.state is not State.PARKED:
            return self._operator.cancel(doc)
        step, order, expected = self._doubt(doc)
        if not step.intent.main:
            what = f"Document {doc.id} is written, as {doc.target_id}: only its {step.intent.kind} is in doubt"
            raise NotPossible(f"{what}. Say whether that is there: rules-run queue resolve {doc.id}")
        match self._asked(doc, order, expected):
            case Made(target_id=found):
                raise NotPossible(f"It is there, as {found}: rules-run queue resolve {doc.id} --there {found}")
            case Doubtful(text=text) | CannotTell(text=text):
                return self._operator.cancel(doc, text)
        return self._operator.cancel(doc, "it was not found in the target")

    def look(self, doc: DocState) -> str:
        """Return what the target says of a document in doubt now; nothing is sent and nothing decided."""
        _, order, expected = self._doubt(doc)
        match self._asked(doc, order, expected):
            case Made(target_id=found):
                text = f"It is there, as {found}: rules-run queue resolve {doc.id} --there {found}"
            case NotMade():
                text = f"It was not found: rules-run queue resolve {doc.id} --not-there, if you are sure"
            case Doubtful(text=said) | CannotTell(text=said):
                text = said
        self._operator.look(doc, text)
        return text

    def clear(self, doc: DocState) -> DocState:
        """Take the mark off a document that is written."""
        if doc.state is not State.DONE or not doc.hold_code:
            raise NotPossible(f"Document {doc.id} is {doc.word}: there is no mark to take off it.")
        return self._operator.clear(doc)

    def try_again(self, doc: DocState) -> None:
        """Let a waiting document be tried at once."""
        if doc.state in DOUBTFUL | {State.SENDING, State.CANCELLED}:
            raise NotPossible(f"Document {doc.id} is {doc.word}: it cannot be tried again now.")
        self._operator.try_again(doc)

    def _doubt(self, doc: DocState) -> tuple[Step, StepOrder, Record]:
        step, _ = self._operator.in_doubt(doc)
        order, expected = order_of(step.intent)
        return step, order, expected

    def _connector(self, order: StepOrder) -> Connector:
        if order.alias not in self._connectors:
            raise NotPossible(f"The tenant has no connector {order.alias!r} any more.")
        return self._connectors[order.alias]

    def _asked(self, doc: DocState, order: StepOrder, expected: Record) -> Finding:
        known = order.origin is not None or order.write.target_id is not None
        if not order.search and not known:
            return CannotTell(text=f"{order.alias} offers no way to find it")
        failpoint("before-verify")
        finding = self._looker.look(self._connector(order), doc, order, expected)
        failpoint("after-verify")
        return finding

    def _confirmed(self, connector: Connector, order: StepOrder, target_id: str) -> Record | None:
        """Return the record of an id, and refuse one that is not there or that contradicts the marker."""
        resource = order.write.resource
        if order.known_id is not None and order.known_id != target_id:
            raise NotPossible(f"It was written to {order.known_id}, not to {target_id}.")
        if order.origin is not None:
            return None
        record = find_by_id(connector, resource, target_id) if _fits(connector, resource, target_id) else None
        if record is None:
            raise NotPossible(f"{order.alias} has no {resource} {target_id}. Nothing was changed.")
        marked = find(connector, resource, order.search) if order.search else []
        ids = sorted({id_of(connector, resource, each) for each in marked})
        if len(ids) > 1:
            raise NotPossible(doubled(ids))
        if ids and ids != [target_id]:
            raise NotPossible(f"{resource} {ids[0]} carries the marker of this document, not {target_id}.")
        return record

    def _free(self, doc: DocState, target_id: str) -> None:
        holder = self._ledger.queue.holder(doc.key.rule_id, target_id)
        if holder not in (None, doc.id):
            raise NotPossible(f"{target_id} belongs to document {holder} already. Nothing was changed.")

    def _waited(self, doc: DocState, step: Step, attempt: Attempt, order: StepOrder) -> None:
        connector = self._connector(order)
        found = OpenAttempt(doc=doc, step=step, attempt=attempt)
        wait = wait_of(self._clock, found, connector.timing)
        if wait.fresh:
            self._ledger.sending.note(found, wait.notes(negative=None))
        if not wait.over:
            left = timedelta(seconds=wait.length - (wait.now - wait.since))
            at = (self._clock.now() + left).astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
            raise NotPossible(f"It may still arrive in {order.alias}: this can be said from {at} on.")


def _fits(connector: Connector, resource: str, target_id: str) -> bool:
    """Say whether an id looks like one of the resource: a number is asked for as a number only."""
    known = connector.catalogue.resource(resource)
    field = known.fields.get(known.id_field) if known else None
    return field is None or field.type != "integer" or (target_id.isascii() and target_id.isdigit())
