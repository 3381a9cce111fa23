"""Retention: what was purged from a sheet, and a list of purges."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the list; nothing was purged before."""
    op.add_column("sheets", sa.Column("purged", sa.Text))
    op.create_table(
        "purges",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Refuse: a database is never taken back, an older copy is restored."""
    raise NotImplementedError
