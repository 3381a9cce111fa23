"""Which rows may be the same person's, with the probability and the evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next run fills it."""
    op.create_table(
        "signer_duplicates",
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("duplicate_of", sa.Text, nullable=False),
        sa.Column("probability", sa.Float(53), nullable=False),
        sa.Column("certain", sa.Boolean, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Refuse: a database is never taken back, an older copy is restored."""
    raise NotImplementedError
