"""What a rule reads: all of its source, or what changed since it last did and what still waits."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from rules_run.connect.contract import Examinable
from rules_run.ledger.records import Cursor
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.filtering import value_at
from rules_run.mapping.grouping import key_text
from rules_run.model.exchange import Condition, Record
from rules_run.model.rules import Source
from rules_run.runtime.intended import Document
from rules_run.runtime.lookups import Ask
from rules_run.runtime.records import Records
from rules_run.runtime.resolving import conditions
from rules_run.runtime.world import World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
OVERLAP = timedelta(minutes=10)
"""How far a cursor looks back at least: a record may become visible later than its time says."""


class Reader:
    """Reads the sources of rules, and knows how far each has come."""

    def __init__(self, world: World, records: Records) -> None:
        self._world, self._records = world, records
        self._read: dict[str, array[int]] = {}
        self._barred: dict[str, datetime] = {}

    def pages(self, rule: CompiledRule) -> Iterator[list[Record]]:
        """Yield the records that a rule has to look at."""
        if rule.rule.from_ is None:
            return
        source = rule.rule.from_.source
        where = conditions(rule.where, self._world.outer)
        if source.cursor is None:
            left = self.halfway(rule) if where and rule.rule.group_by is None and rule.claim is None else set()
            yield from self._with(rule, left, self._world.lookups.pages(source.resource, where))
            return
        waiting = self._world.ledger.waiting(self._world.rule_id(rule.rule.name))
        yield from self._with(rule, waiting, self._since_then(rule, source, where))

    def halfway(self, rule: CompiledRule) -> set[str]:
        """Return the keys of documents that are written, and of which something that follows is not."""
        return self._world.ledger.halfway(self._world.rule_id(rule.rule.name))

    def _since_then(self, rule: CompiledRule, source: Source, where: Ask) -> Iterator[list[Record]]:
        """Yield what changed since the rule last read."""
        read = self._read[rule.rule.name] = array("q")
        for page in self._world.lookups.pages(source.resource, (*where, *self._since(rule))):
            read.extend((time - EPOCH) // MICROSECOND for time in self._times(page, source.cursor or ""))
            yield page

    def _with(self, rule: CompiledRule, waiting: set[str], pages: Iterable[list[Record]]) -> Iterator[list[Record]]:
        """Yield the pages, and at last the records of documents that wait: by their keys, whatever `where` says."""
        waiting = waiting if self._tells_key(rule) else set()
        for page in pages:
            if waiting:
                waiting -= self._keys(rule, page)
            yield page
        if waiting:
            yield self._records.with_keys(rule, self._records.key_values(rule, sorted(waiting)), ())

    def bar(self, rule: CompiledRule, unfinished: Iterable[Document]) -> None:
        """Let the cursor of a rule stay before documents that are left for another run."""
        source = rule.rule.from_.source if rule.rule.from_ else None
        if source is None or source.cursor is None:
            return
        known = [self._barred[rule.rule.name]] if rule.rule.name in self._barred else []
        times = [*known, *self._times([_row(each) for each in unfinished], source.cursor)]
        if times:
            self._barred[rule.rule.name] = min(times)

    def cursor(self, rule: CompiledRule) -> Cursor | None:
        """Return how far the rule has come when all but what bars it is durable; None where nothing moves."""
        source = rule.rule.from_.source if rule.rule.from_ else None
        if source is None or source.cursor is None:
            return None
        barred = self._barred.get(rule.rule.name)
        bound = None if barred is None else (barred - EPOCH) // MICROSECOND
        read = self._read.get(rule.rule.name, ())
        passed = max((time for time in read if bound is None or time < bound), default=None)
        known = self._known(rule)
        if passed is None or (known is not None and datetime.fromisoformat(known.value) >= _time(passed)):
            return None
        return Cursor(
            rule_id=self._world.rule_id(rule.rule.name),
            value=_time(passed).isoformat(),
            digest=self._world.digest,
            overlap=int(self._overlap(source.resource).total_seconds()),
        )

    def _overlap(self, resource: str) -> timedelta:
        connector, _ = self._world.lookups.connector(resource)
        skew = connector.clock_skew() if isinstance(connector, Examinable) else None
        return max(OVERLAP, timedelta(seconds=2 * abs(skew or 0)))

    def _known(self, rule: CompiledRule) -> Cursor | None:
        """Return the cursor of the rule as it is: another file, setting or table means to read everything once."""
        found = self._world.ledger.cursors.of(self._world.rule_id(rule.rule.name))
        return found if found is not None and found.digest == self._world.digest else None

    def _since(self, rule: CompiledRule) -> Ask:
        source = rule.rule.from_.source if rule.rule.from_ else None
        known = self._known(rule)
        if source is None or source.cursor is None or known is None or self._world.check_targets:
            return ()
        since = datetime.fromisoformat(known.value) - timedelta(seconds=known.overlap)
        described = self._records.described(source.resource)
        field = described.fields.get(source.cursor) if described else None
        value = since.date().isoformat() if field is not None and field.type == "date" else _written(since)
        return (Condition(field=source.cursor, op="gte", value=value),)

    def _tells_key(self, rule: CompiledRule) -> bool:
        """Say whether a record alone gives the key: one that leans on `let` or `with` is known when these are."""
        known = {*self._world.outer, rule.rule.from_.name if rule.rule.from_ else ""}
        return all(point.needs <= known for point in rule.key)

    def _keys(self, rule: CompiledRule, rows: Iterable[Record]) -> set[str]:
        name = rule.rule.from_.name if rule.rule.from_ else ""
        return {key_text(point({**self._world.outer, name: row}) for point in rule.key) or "" for row in rows}

    def _times(self, rows: Iterable[Record], field: str) -> list[datetime]:
        found = (moment(value_at(row, field)) for row in rows)
        return [time for time in found if time is not None]


def moment(value: object) -> datetime | None:
    """Return a date or date-time of a record as a point in time; None for what is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def _time(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _row(document: Document) -> Record:
    return document.source if isinstance(document.source, dict) else {}
