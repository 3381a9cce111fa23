"""Runs migrations on the connection that the store hands over.

There is no ``alembic.ini``: the store is the only caller, and opening a
workspace is the only occasion.
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
