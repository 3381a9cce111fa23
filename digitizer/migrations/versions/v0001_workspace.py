"""The first shape of a workspace's database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("ended", sa.Text),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("settings_hash", sa.Text, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source_file", sa.Text, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("settings_hash", sa.Text, nullable=False),
        sa.Column("failure_kind", sa.Text),
        sa.Column("failure_message", sa.Text),
        sa.UniqueConstraint("source_file", "page", "sha256", name="uq_sources_file_page_sha256"),
    )
    op.create_table(
        "files",
        sa.Column("source_file", sa.Text, primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("mtime_ns", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
    )
    op.create_table(
        "sheets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("settings_hash", sa.Text, nullable=False),
        sa.Column("sheet_id", sa.Text, nullable=False, index=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("petition", sa.Text),
        sa.Column("form", sa.Text),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("rotation_deg", sa.Integer),
        sa.Column("skew_deg", sa.Float(53)),
        sa.Column("rows_on_form", sa.Integer),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("failure_stage", sa.Text),
        sa.Column("failure_kind", sa.Text),
        sa.Column("failure_message", sa.Text),
        sa.Column("overlay", sa.Boolean, nullable=False),
        sa.Column("saved", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "sha256", "page", "settings_hash", name="uq_sheets_sha256_page_settings"
        ),
    )
    op.create_table(
        "rows",
        _sheet_column(),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("contact_consent", sa.Boolean, nullable=False),
    )
    op.create_table(
        "fields",
        _sheet_column(),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("raw_text", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float(53)),
        sa.Column("raw_confidence", sa.Float(53)),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("alternatives", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("source_row", sa.Integer),
        sa.Column("crop", sa.Text),
    )
    op.create_table(
        "steps",
        _sheet_column(),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float(53), nullable=False),
    )
    op.create_table(
        "duplicates",
        sa.Column("sheet_id", sa.Text, primary_key=True),
        sa.Column("duplicate_of", sa.Text, nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("sheet_id", sa.Text, nullable=False, index=True),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("seconds", sa.Float(53)),
    )


def downgrade() -> None:
    """Refuse: a database is never taken back, an older copy is restored."""
    raise NotImplementedError


def _sheet_column() -> "sa.Column[int]":
    return sa.Column(
        "sheet", sa.Integer, sa.ForeignKey("sheets.id", ondelete="CASCADE"), primary_key=True
    )
