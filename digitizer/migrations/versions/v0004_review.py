"""Review in the browser: who reviews, what they hold open, second entries, page geometry."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; sheets read before have no geometry until they are read again."""
    op.add_column("sheets", sa.Column("geometry", sa.Text))
    op.add_column("sources", sa.Column("path", sa.Text, nullable=False, server_default=""))
    op.add_column("decisions", sa.Column("batch", sa.Text))
    op.create_index("ix_decisions_who", "decisions", ["who"])
    op.create_index("ix_sources_sha256", "sources", ["sha256"])
    op.create_index("ix_signer_duplicates_duplicate_of", "signer_duplicates", ["duplicate_of"])
    op.create_table(
        "settings",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "reviewers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("supervisor", sa.Boolean, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
    )
    op.create_table(
        "leases",
        sa.Column("sheet_id", sa.Text, primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
    )
    op.create_table(
        "second_entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("sheet_id", sa.Text, nullable=False, index=True),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("first_who", sa.Text, nullable=False),
        sa.Column("first_value", sa.Text, nullable=False),
        sa.Column("second_who", sa.Text),
        sa.Column("second_value", sa.Text),
        sa.Column("second_at", sa.Text),
        sa.Column("seconds", sa.Float(53)),
        sa.Column("agreed", sa.Boolean),
        sa.Column("settled_who", sa.Text),
        sa.Column("settled_value", sa.Text),
        sa.Column("settled_at", sa.Text),
        sa.UniqueConstraint("sheet_id", "row", "field", name="uq_second_entries_place"),
    )
    op.create_table(
        "referrals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("sheet_id", sa.Text, nullable=False, index=True),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("settled_at", sa.Text),
        sa.Column("settled_who", sa.Text),
    )
    op.create_table(
        "page_edits",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("sheet_id", sa.Text, nullable=False, index=True),
        sa.Column("edit", sa.Text, nullable=False),
        sa.Column("geometry", sa.Text),
    )


def downgrade() -> None:
    """Refuse: a database is never taken back, an older copy is restored."""
    raise NotImplementedError
