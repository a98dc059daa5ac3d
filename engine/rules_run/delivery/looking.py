"""What the target itself says about a step whose answer was lost."""

from __future__ import annotations

from dataclasses import dataclass

from rules_run.connect.contract import Connector
from rules_run.delivery.fingerprint import differences, shown
from rules_run.delivery.orders import StepOrder, order_of
from rules_run.delivery.target import find, find_by_id, id_of
from rules_run.delivery.wording import doubled, foreign
from rules_run.ledger.proofs import Proofs
from rules_run.ledger.records import DocState, Ruling
from rules_run.ledger.states import State
from rules_run.mapping.filtering import value_at
from rules_run.model.exchange import Condition, Outcome, Record, Safety


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The write is in the target, as `target_id`."""

    target_id: str
    record: Record | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMade:
    """The write is not in the target; `sure` says that the look-up would have found it, `final` that once is enough."""

    sure: bool
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A person has to decide; `parked` when the write itself is in doubt, else its record changed meanwhile."""

    code: str
    text: str
    parked: bool = True

    @property
    def ruling(self) -> Ruling:
        """Return the ruling that leaves it to a person."""
        if self.parked:
            return Ruling(state=State.PARKED, outcome=Outcome.UNKNOWN, resolved_by=None, code=self.code, text=self.text)
        return Ruling(state=State.HELD, outcome=Outcome.NOT_SENT, resolved_by="probe", code=self.code, text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """Nothing can be said now."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooEarly:
    """What was sent before may still arrive: nothing is done now."""

    text: str


Proof = tuple[str, str, tuple[str, ...]]
Finding = Made | NotMade | Doubtful | CannotTell | TooEarly


class Looker:
    """Looks after lost answers; what proved a search honest is remembered for the run."""

    def __init__(self, proofs: Proofs) -> None:
        self._proofs = proofs
        self._proven: set[Proof] = set()

    def look(self, connector: Connector, doc: DocState, order: StepOrder, fingerprint: Record) -> Finding:
        """Return what the target says, by the way that fits the write."""
        if order.origin is not None:
            return _by_virtual(connector, order)
        if order.safety is Safety.IDEMPOTENT or order.write.target_id is not None:
            return _by_record(connector, order)
        return self.search(connector, doc, order, fingerprint)

    def search(self, connector: Connector, doc: DocState, order: StepOrder, fingerprint: Record) -> Finding:
        """Look for what the order would make: one that is as it was written, one that is not, several, or none."""
        resource = order.write.resource
        records = find(connector, resource, order.search)
        ids = sorted({id_of(connector, resource, record) for record in records})
        if len(ids) > 1:
            return Doubtful(code="D004", text=doubled(ids))
        if not ids:
            return NotMade(sure=self._honest(connector, doc, order))
        different = differences(fingerprint, records[0])
        if different:
            return Doubtful(code="D003", text=foreign(ids[0], different))
        return Made(target_id=ids[0], record=records[0])

    def _honest(self, connector: Connector, doc: DocState, order: StepOrder) -> bool:
        """Say whether this log-in and this search find what is certainly there."""
        proof = (order.alias, order.write.resource, _fields(order.search))
        if proof in self._proven or connector.sees_all(order.write.resource):
            return True
        if self._finds_created(connector, doc, order, proof) or self._finds_adopted(connector, doc, order):
            self._proven.add(proof)
            return True
        return False

    def _finds_created(self, connector: Connector, doc: DocState, order: StepOrder, proof: Proof) -> bool:
        for step in self._proofs.created(doc):
            other, _ = order_of(step.intent)
            if (other.alias, other.write.resource, _fields(other.search)) == proof and any(
                id_of(connector, other.write.resource, record) == step.target_id
                for record in find(connector, other.write.resource, other.search)
            ):
                return True
        return False

    def _finds_adopted(self, connector: Connector, doc: DocState, order: StepOrder) -> bool:
        """Say whether a document that was found there once is found again by the values of the same fields."""
        resource = order.write.resource
        fields = _fields(order.search)
        if any(condition.op != "eq" for condition in order.search):
            return False
        for target_id in self._proofs.adopted(doc):
            known = find_by_id(connector, resource, target_id)
            values = [None if known is None else value_at(known, field) for field in fields]
            if any(value is None or value == "" for value in values):
                continue
            asked = tuple(Condition(field=f, op="eq", value=v) for f, v in zip(fields, values, strict=True))
            if any(id_of(connector, resource, record) == target_id for record in find(connector, resource, asked)):
                return True
        return False


def _fields(conditions: tuple[Condition, ...]) -> tuple[str, ...]:
    return tuple(sorted(condition.field for condition in conditions))


def _by_record(connector: Connector, order: StepOrder) -> Finding:
    target_id = order.write.target_id
    if target_id is None:
        return CannotTell(text="the changed record is not named")
    record = find_by_id(connector, order.write.resource, target_id)
    if record is None:
        return Doubtful(code="D005", text=f"{order.write.resource} {target_id} is gone.", parked=False)
    written = shown(connector, order.write)
    changed = differences(written, record)
    if not changed:
        return Made(target_id=target_id, record=record)
    if order.expected is not None and not differences(order.expected, record):
        return NotMade(sure=True, final=True)
    text = f"{order.write.resource} {target_id} was changed by somebody meanwhile: {', '.join(changed)}."
    return Doubtful(code="D006", text=text, parked=False)


def _by_virtual(connector: Connector, order: StepOrder) -> Finding:
    origin = order.origin
    virtual = None if origin is None else connector.virtual(origin.resource)
    if origin is None or virtual is None:
        return CannotTell(text=f"{order.alias} does not offer what was written any more")
    now = virtual.read([origin.key])[0]
    match virtual.settle(order.write, origin.before, now):
        case True:
            return Made(target_id=order.known_id or "", record=now)
        case False:
            return NotMade(sure=now is not None or connector.sees_all(origin.resource))
    return CannotTell(text="what stands there now does not tell")
