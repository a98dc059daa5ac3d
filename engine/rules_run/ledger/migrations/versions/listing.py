"""What a list of documents is looked up by: the tenant, the rule, and the names by which people know a document."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
FILL = (
    "UPDATE doc SET sought = "
    "lower(substr(marker || ' ' || source_id || ' ' || coalesce(target_id, '') || ' ' || target_ref, 1, 400))"
)


def upgrade() -> None:
    """Add the column and the indexes; the one of states says the tenant now."""
    op.add_column("doc", sa.Column("sought", sa.Text(), server_default="", nullable=False))
    op.execute(FILL)
    for name in ("doc_claim", "doc_listing"):
        op.drop_index(name, "doc")
    op.create_index("doc_claim", "doc", ["state", "due", "id"], unique=False)
    op.create_index("doc_listing", "doc", ["state", "tenant", "id"], unique=False)
    op.create_index("doc_of_rule", "doc", ["state", "rule_id", "tenant", "id"], unique=False)
    op.create_index("doc_sought", "doc", ["id", "tenant", "sought"], unique=False)
