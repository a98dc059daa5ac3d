"""The first form of the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    _runs()
    _documents()
    _sending()
    _references()
    _shared()


def _runs() -> None:
    op.create_table(
        "meta",
        sa.Column("lineage", sa.String(length=36), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lineage"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("boot_id", sa.Text(), nullable=False),
        sa.Column("started", sa.String(length=27), nullable=False),
        sa.Column("ended", sa.String(length=27), nullable=True),
        sa.Column("exit", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _documents() -> None:
    op.create_table(
        "doc",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("marker", sa.String(length=19), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("due", sa.String(length=27), nullable=True),
        sa.Column("plan_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("payload", sa.Text(), server_default="", nullable=False),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.Column("target_ref", sa.Text(), server_default="", nullable=False),
        sa.Column("source_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("rule_version", sa.Text(), server_default="", nullable=False),
        sa.Column("rule_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("started_without_outcome", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hold_code", sa.Text(), server_default="", nullable=False),
        sa.Column("hold_text", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("marker"),
        sa.UniqueConstraint("rule_id", "source_id", "part", "entity", "source_system", "tenant", name="doc_identity"),
    )
    op.create_index("doc_claim", "doc", ["state", "due"], unique=False)
    op.create_index("doc_listing", "doc", ["state", "id"], unique=False)
    op.create_index(
        "doc_needing_you",
        "doc",
        ["id"],
        unique=False,
        sqlite_where=sa.text("hold_code != ''"),
        postgresql_where=sa.text("hold_code != ''"),
    )
    op.create_table(
        "cursor",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("overlap_s", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant", "rule_id"),
    )
    op.create_table(
        "integration",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_run", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("doc", sa.Integer(), nullable=False),
        sa.Column("from", sa.Text(), server_default="", nullable=False),
        sa.Column("to", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["doc"],
            ["doc.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_event_doc"), "event", ["doc"], unique=False)


def _sending() -> None:
    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doc_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("class", sa.String(length=1), nullable=False),
        sa.Column("marker", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["doc_id"],
            ["doc.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("doc_id", "n", name="step_of_doc"),
    )
    op.create_index("step_target", "step", ["target_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("idem_key", sa.Text(), nullable=True),
        sa.Column("intent_wall", sa.String(length=27), nullable=False),
        sa.Column("intent_boottime", sa.Float(), nullable=False),
        sa.Column("boot_id", sa.Text(), nullable=False),
        sa.Column("start_by", sa.String(length=27), nullable=False),
        sa.Column("give_up_at", sa.String(length=27), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("resolved_by", sa.String(length=8), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["step"],
            ["step.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("step", "no", name="attempt_of_step"),
    )
    op.create_index("attempt_time", "attempt", ["intent_wall"], unique=False)
    op.create_table(
        "watch",
        sa.Column("attempt", sa.String(length=36), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt"],
            ["attempt.id"],
        ),
        sa.PrimaryKeyConstraint("attempt"),
    )


def _references() -> None:
    op.create_table(
        "claim",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("doc_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["doc_id"],
            ["doc.id"],
        ),
        sa.PrimaryKeyConstraint("tenant", "integration", "resource", "member_id"),
    )
    op.create_table(
        "link",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "source_id", "part"),
    )
    op.create_index("link_target", "link", ["tenant", "name", "target_id"], unique=False)


def _shared() -> None:
    op.create_table(
        "rate",
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("window", sa.String(length=27), nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("api", "window"),
    )
    op.create_table(
        "token",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connector"),
    )
