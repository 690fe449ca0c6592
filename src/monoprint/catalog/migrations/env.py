"""Runs the migrations on the connection that the catalog hands over."""

from alembic import context

from monoprint.catalog.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
