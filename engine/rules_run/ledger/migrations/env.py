"""Runs the revisions on the connection that opening a ledger hands over, inside its transaction."""

from alembic import context

from rules_run.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
