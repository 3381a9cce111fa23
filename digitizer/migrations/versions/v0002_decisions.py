"""Why a person decided, the validity profile in force, samples checked by people."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and three tables."""
    op.add_column("decisions", sa.Column("why", sa.Text))
    op.create_table(
        "profiles",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "samples",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("population", sa.Integer, nullable=False),
    )
    op.create_table(
        "sampled_fields",
        sa.Column(
            "sample",
            sa.Integer,
            sa.ForeignKey("samples.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float(53)),
        sa.Column("crop", sa.Text),
        sa.Column("is_right", sa.Boolean),
        sa.Column("right_value", sa.Text),
        sa.Column("who", sa.Text),
        sa.Column("checked", sa.Text),
    )


def downgrade() -> None:
    """Refuse: a database is never taken back, an older copy is restored."""
    raise NotImplementedError
