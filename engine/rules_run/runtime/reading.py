"""What a rule reads: all of its source, or what changed since it last did and what still waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from rules_run.connect.contract import Examinable
from rules_run.ledger.records import Cursor
from rules_run.mapping.compiled import CompiledRule
from rules_run.mapping.filtering import value_at
from rules_run.mapping.grouping import key_text
from rules_run.model.exchange import Condition, Record
from rules_run.runtime.intended import Document
from rules_run.runtime.lookups import Ask
from rules_run.runtime.records import Records
from rules_run.runtime.resolving import conditions
from rules_run.runtime.world import World

OVERLAP = timedelta(minutes=10)
"""How far a cursor looks back at least: a record may become visible later than its time says."""


class Reader:
    """Reads the sources of rules, and knows how far each has come."""

    def __init__(self, world: World, records: Records) -> None:
        self._world, self._records = world, records
        self._read: dict[str, list[Record]] = {}

    def rows(self, rule: CompiledRule) -> list[Record]:
        """Return the records that a rule has to look at."""
        if rule.rule.from_ is None:
            return []
        source = rule.rule.from_.source
        where = conditions(rule.where, self._world.outer)
        if source.cursor is None:
            return self._world.lookups.pages(source.resource, where)
        rows = self._world.lookups.pages(source.resource, (*where, *self._since(rule)))
        self._read[rule.rule.name] = rows
        return [*rows, *self._waiting(rule, rows)]

    def cursor(self, rule: CompiledRule, unfinished: Iterable[Document]) -> Cursor | None:
        """Return how far the rule has come when all but `unfinished` is durable; None where nothing moves."""
        source = rule.rule.from_.source if rule.rule.from_ else None
        if source is None or source.cursor is None:
            return None
        times = self._times(self._read.get(rule.rule.name, ()), source.cursor)
        barred = min(self._times([_row(each) for each in unfinished], source.cursor), default=None)
        passed = max((time for time in times if barred is None or time < barred), default=None)
        known = self._known(rule)
        if passed is None or (known is not None and datetime.fromisoformat(known.value) >= passed):
            return None
        return Cursor(
            rule_id=self._world.rule_id(rule.rule.name),
            value=passed.isoformat(),
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

    def _waiting(self, rule: CompiledRule, rows: Sequence[Record]) -> list[Record]:
        """Return the records of documents that wait and were not read: by key, whatever `where` says of them now."""
        waiting = {each.doc.key.source_id for each in self._world.ledger.standing(self._world.rule_id(rule.rule.name))}
        name = rule.rule.from_.name if rule.rule.from_ else ""
        read = {key_text(point({**self._world.outer, name: row}) for point in rule.key) for row in rows}
        missing = sorted(waiting - read)
        return self._records.with_keys(rule, self._records.key_values(rule, missing), ()) if missing else []

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


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _row(document: Document) -> Record:
    return document.source if isinstance(document.source, dict) else {}
