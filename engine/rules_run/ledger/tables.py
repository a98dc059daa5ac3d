"""The tables of the ledger, the same on every store."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

SCHEMA_VERSION = 3
metadata = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """A time as ISO text in UTC with six decimals, so that texts sort as times do on every store."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text of a time."""
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return the time of a text."""
        return None if value is None else datetime.fromisoformat(value)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


meta = Table(
    "meta",
    metadata,
    Column("lineage", String(36), primary_key=True),
    Column("schema_version", Integer, nullable=False),
)
cursor = Table(
    "cursor",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("rule_id", Text, primary_key=True),
    Column("value", Text, nullable=False),
    _text("digest"),
    Column("overlap_s", Integer, nullable=False, server_default="0"),
)
integration = Table(
    "integration",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("first_run", UtcTime, nullable=False),
)
doc = Table(
    "doc",
    metadata,
    Column("id", Integer, primary_key=True),
    *(
        Column(name, Text, nullable=False)
        for name in ("tenant", "rule_id", "source_system", "entity", "source_id", "part")
    ),
    Column("marker", String(19), nullable=False, unique=True),
    Column("state", String(9), nullable=False),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("lease_owner", Text),
    Column("lease_until", UtcTime),
    Column("due", UtcTime),
    _text("plan_digest"),
    _text("payload"),
    Column("target_id", Text),
    _text("target_ref"),
    _text("source_digest"),
    _text("rule_version"),
    _text("rule_digest"),
    Column("started_without_outcome", Integer, nullable=False, server_default="0"),
    _text("hold_code"),
    _text("hold_text"),
    _text("sought"),
    UniqueConstraint("rule_id", "source_id", "part", "entity", "source_system", "tenant", name="doc_identity"),
    Index("doc_claim", "state", "due", "id"),
    # None of these begins with the tenant or the rule: without statistics SQLite would take it for other questions too.
    Index("doc_listing", "state", "tenant", "id"),
    Index("doc_of_rule", "state", "rule_id", "tenant", "id"),
    Index("doc_sought", "id", "tenant", "sought"),
)
Index("doc_needing_you", doc.c.id, sqlite_where=doc.c.hold_code != "", postgresql_where=doc.c.hold_code != "")
claim = Table(
    "claim",
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("tenant", "integration", "resource", "member_id")),
    Column("doc_id", ForeignKey("doc.id"), nullable=False),
)
link = Table(
    "link",
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("tenant", "name", "source_id", "part")),
    Column("target_id", Text, nullable=False),
    Index("link_target", "tenant", "name", "target_id"),
)
rate = Table(
    "rate",
    metadata,
    Column("api", Text, primary_key=True),
    Column("window", UtcTime, primary_key=True),
    Column("used", Integer, nullable=False, server_default="0"),
)
token = Table(
    "token",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
)
step = Table(
    "step",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("doc_id", ForeignKey("doc.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("class", String(1), nullable=False),
    _text("marker"),
    Column("state", String(9), nullable=False),
    Column("target_id", Text),
    _text("fingerprint"),
    UniqueConstraint("doc_id", "n", name="step_of_doc"),
    Index("step_target", "target_id"),
)
attempt = Table(
    "attempt",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("step", ForeignKey("step.id"), nullable=False),
    Column("no", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("request_digest", Text, nullable=False),
    Column("idem_key", Text),
    Column("intent_wall", UtcTime, nullable=False),
    Column("intent_boottime", Float, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("start_by", UtcTime, nullable=False),
    Column("give_up_at", UtcTime, nullable=False),
    Column("outcome", String(8)),
    Column("resolved_by", String(8)),
    Column("http_status", Integer),
    Column("target_id", Text),
    UniqueConstraint("step", "no", name="attempt_of_step"),
    Index("attempt_time", "intent_wall"),
)
event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("doc", ForeignKey("doc.id"), nullable=False, index=True),
    _text("from"),
    _text("to"),
    _text("why"),
)
watch = Table(
    "watch",
    metadata,
    Column("attempt", ForeignKey("attempt.id"), primary_key=True),
    Column("until", UtcTime, nullable=False),
)
run = Table(
    "run",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("exit", Integer),
    _text("tenant"),
)
history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("tenant", Text, nullable=False),
    _text("who"),
    _text("what"),
    _text("why"),
)
