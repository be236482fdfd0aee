"""Alembic's entry: runs the migrations on the connection that store/upgrade.py hands over, as one transaction."""

from __future__ import annotations

from alembic import context

from tokencli.store.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
