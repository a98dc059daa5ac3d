"""Look-ups in batches: the distinct keys of a page become a few queries, and every answer is kept for the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rules_run.connect.contract import Connector
from rules_run.errors import Hold, ValueFault
from rules_run.mapping.difference import same
from rules_run.mapping.filtering import value_at
from rules_run.model.exchange import Condition, Query, Record
from rules_run.model.unknown import Unknown
from rules_run.runtime.scratch import Scratch
from rules_run.runtime.spool import Spool

Ask = tuple[Condition, ...]
Values = tuple[object, ...]
Wrote = Callable[[str, str, Sequence[str]], Mapping[str, Sequence[object]]]
"""Tells what this integration last wrote, or may have written, into a field of records of a resource, by their ids."""


Question = tuple[object, ...]
PAGES_KEPT = 5
"""Answers to so many pages of questions are remembered; what was asked longest ago is asked anew when it is needed."""


class WouldAsk(Exception):
    """Something is not known yet, at a time at which nothing may be asked."""


class Lookups:
    """Asks systems for records by equal fields, as a rule once for each distinct question of a run."""

    def __init__(
        self, connectors: Mapping[str, Connector], wrote: Wrote = lambda *_: {}, scratch: Scratch | None = None
    ) -> None:
        self._connectors, self._wrote = connectors, wrote
        self._scratch = scratch or Scratch()
        self._answers: dict[str, dict[Question, list[Record]]] = {}
        self._reads: dict[str, dict[Question, Spool[Record]]] = {}
        self._silent = False

    def connector(self, resource: str) -> tuple[Connector, str]:
        """Return the connector and the resource's own name for `alias.Resource`."""
        alias, _, name = resource.partition(".")
        return self._connectors[alias], name

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Ask nothing meanwhile: what would have to be asked raises WouldAsk."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False

    def about_to_ask(self) -> None:
        """Raise WouldAsk where nothing may be asked now; for those who ask a connector themselves."""
        if self._silent:
            raise WouldAsk

    def ask(self, resource: str, asks: Sequence[Ask]) -> list[list[Record]]:
        """Return the records that meet each question, in the order asked; an unknown or empty key meets nothing."""
        found = self._ask(resource, [_bare(ask) for ask in asks])
        return [self._ours(resource, records, ask) for records, ask in zip(found, asks, strict=True)]

    def _ask(self, resource: str, asks: Sequence[Ask]) -> list[list[Record]]:
        known = self._answers.setdefault(resource, {})
        shapes: dict[Question, list[Ask]] = {}
        distinct = {_frozen(ask): ask for ask in asks if _answerable(ask)}
        for frozen, ask in distinct.items():
            if frozen not in known:
                shapes.setdefault(_shape(ask), []).append(ask)
        for same_shape in shapes.values():
            self._fetch(resource, same_shape, known)
        answers = [known.get(_frozen(ask), []) if _answerable(ask) else [] for ask in asks]
        if shapes:
            self._remember_less(known, distinct)
        return answers

    def _remember_less(self, known: dict[Question, list[Record]], used: Iterable[Question]) -> None:
        """Forget what was not asked for the longest time, of a resource of which too much is known."""
        most = PAGES_KEPT * self._scratch.at_once
        kept = sum(1 + len(records) for records in known.values())
        if kept <= most:
            return
        for question in used:
            known[question] = known.pop(question)
        for question in list(known):
            if kept <= most // 2:
                break
            kept -= 1 + len(known.pop(question))

    def forget(self, resource: str) -> None:
        """Forget what was answered about a resource, because it has been written."""
        self._answers.pop(resource, None)
        self._reads.pop(resource, None)

    def pages(self, resource: str, where: tuple[Condition, ...]) -> Iterator[list[Record]]:
        """Yield all records of a read, page by page; the same read is asked once a run, and at once to its end."""
        for page in self.rows(resource, where).pages():
            yield self._ours(resource, page, where)

    def rows(self, resource: str, where: tuple[Condition, ...]) -> Spool[Record]:
        """Return all records of a read, whoever wrote them."""
        known = self._reads.setdefault(resource, {})
        asked = _bare(where)
        frozen = _frozen(asked)
        if frozen not in known:
            self.about_to_ask()
            connector, name = self.connector(resource)
            rows: Spool[Record] = Spool(self._scratch)
            for page in connector.read(Query(resource=name, where=asked)):
                rows.extend(page)
            known[frozen] = rows
        return known[frozen]

    def _ours(self, resource: str, records: list[Record], ask: Ask) -> list[Record]:
        """Keep the records that meet the conditions with `ours`, which no system can judge."""
        for each in (condition for condition in ask if condition.op == "ours" and records):
            connector, name = self.connector(resource)
            described = connector.catalogue.resource(name)
            ids = [str(record.get(described.id_field if described else "id")) for record in records]
            wrote = self._wrote(resource, each.field, ids)
            records = [
                record
                for own, record in zip(ids, records, strict=True)
                if any(same(value_at(record, each.field), value) for value in wrote.get(own, ())) is bool(each.value)
            ]
        return records

    def _fetch(self, resource: str, asks: list[Ask], known: dict[Question, list[Record]]) -> None:
        self.about_to_ask()
        connector, name = self.connector(resource)
        equal = [condition.field for condition in asks[0] if condition.op == "eq"]
        others = tuple(condition for condition in asks[0] if condition.op != "eq")
        if len(asks) == 1 or not equal:
            query = Query(resource=name, where=asks[0])
            known[_frozen(asks[0])] = [record for page in connector.read(query) for record in page]
            return
        wanted: dict[Values, list[Ask]] = {}
        for ask in asks:
            values = tuple(_comparable(connector, name, each.field, each.value) for each in ask if each.op == "eq")
            wanted.setdefault(values, []).append(ask)
            known[_frozen(ask)] = []
        conditions = tuple(_narrowed(field, [values[at] for values in wanted]) for at, field in enumerate(equal))
        for page in connector.read(Query(resource=name, where=others + conditions)):
            for record in page:
                found = tuple(_hashable(value_at(record, field)) for field in equal)
                for ask in wanted.get(found, ()):
                    known[_frozen(ask)].append(record)


def one(records: list[Record], what: str, *, optional: bool) -> Record | None:
    """Return the only record of an answer; raise ValueFault or Hold where there are none or several."""
    if len(records) > 1:
        raise Hold(f"{what} has {len(records)} hits; exactly one is needed", code="M041")
    if not records and not optional:
        raise ValueFault(f"{what} has no hit", code="M040")
    return records[0] if records else None


def _bare(ask: Ask) -> Ask:
    return tuple(condition for condition in ask if condition.op != "ours")


def _answerable(ask: Ask) -> bool:
    return not any(isinstance(each.value, Unknown) or (each.op == "eq" and each.value is None) for each in ask)


def _narrowed(field: str, values: list[object]) -> Condition:
    distinct = tuple(dict.fromkeys(values))
    if len(distinct) == 1:
        return Condition(field=field, op="eq", value=distinct[0])
    return Condition(field=field, op="in", value=distinct)


def _comparable(connector: Connector, resource: str, field: str, value: object) -> object:
    described = connector.catalogue.resource(resource)
    spec = described.fields.get(field.partition(".")[0]) if described else None
    if spec is None or not (spec.picklist or spec.type in {"date", "datetime", "decimal"}):
        return _hashable(value)
    return _hashable(connector.canonical(resource, {field: value}).get(field, value))


def _hashable(value: object) -> object:
    return repr(value) if isinstance(value, dict | list) else value


def _shape(ask: Ask) -> tuple[object, ...]:
    return tuple((each.field, "eq") if each.op == "eq" else (each.field, each.op, repr(each.value)) for each in ask)


def _frozen(ask: Ask) -> tuple[object, ...]:
    return tuple((each.field, each.op, type(each.value).__name__, repr(each.value)) for each in ask)
