"""The tables of a workspace's database, as SQLAlchemy Core sees them.

The truth about how a database comes to look like this is ``migrations``; a
test compares the two. ``sources`` says what the user handed in and in which
order; ``sheets`` holds one reading of one page, keyed by content and settings,
so that the same page under two paths is read once. Readings are never altered:
what people decide later is appended to ``decisions``, and what a comparison of
sheets finds goes to ``duplicates``. The last of ``profiles`` says which rows count;
``definitions`` keeps the forms that were given.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

# The row number under which the collector box's fields are kept: signer rows
# count from 1.
COLLECTOR_ROW = 0

METADATA = MetaData()


def _sheet_column() -> "Column[int]":
    return Column("sheet", Integer, ForeignKey("sheets.id", ondelete="CASCADE"), primary_key=True)


RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("version", Text, nullable=False),
    Column("settings_hash", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("outcome", Text),
)
# What the user handed in. ``run_id`` and ``place`` are the order of arrival,
# which decides which of two equal sheets counts.
SOURCES = Table(
    "sources",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source_file", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("run_id", Integer, ForeignKey("runs.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("settings_hash", Text, nullable=False),
    Column("failure_kind", Text),
    Column("failure_message", Text),
    Column("path", Text, nullable=False, server_default=""),
    UniqueConstraint("source_file", "page", "sha256", name="uq_sources_file_page_sha256"),
)
# How a file looked when it was last hashed, so that a second run need not.
FILES = Table(
    "files",
    METADATA,
    Column("source_file", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("pages", Integer, nullable=False),
)
SHEETS = Table(
    "sheets",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("settings_hash", Text, nullable=False),
    Column("sheet_id", Text, nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("petition", Text),
    Column("form", Text),
    Column("reasons", Text, nullable=False),
    Column("rotation_deg", Integer),
    Column("skew_deg", Float(53)),
    Column("rows_on_form", Integer),
    Column("fingerprint", Text, nullable=False),
    Column("failure_stage", Text),
    Column("failure_kind", Text),
    Column("failure_message", Text),
    Column("overlay", Boolean, nullable=False),
    Column("saved", Text, nullable=False),
    Column("geometry", Text),
    # What was taken out of it for good, as a JSON list of words; None: nothing.
    Column("purged", Text),
    UniqueConstraint("sha256", "page", "settings_hash", name="uq_sheets_sha256_page_settings"),
)
ROWS = Table(
    "rows",
    METADATA,
    _sheet_column(),
    Column("row", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("contact_consent", Boolean, nullable=False),
)
FIELDS = Table(
    "fields",
    METADATA,
    _sheet_column(),
    Column("row", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("field", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("raw_text", Text, nullable=False),
    Column("confidence", Float(53)),
    Column("raw_confidence", Float(53)),
    Column("engine", Text, nullable=False),
    Column("alternatives", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("findings", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("source_row", Integer),
    Column("crop", Text),
)
STEPS = Table(
    "steps",
    METADATA,
    _sheet_column(),
    Column("place", Integer, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("seconds", Float(53), nullable=False),
)
# Which sheet is another scan of which; written whole when a run ends.
DUPLICATES = Table(
    "duplicates",
    METADATA,
    Column("sheet_id", Text, primary_key=True),
    Column("duplicate_of", Text, nullable=False),
    Column("score", Float(53), nullable=False),
)
# What people decided; only ever appended to. Named by sheet, row and field
# rather than by reading, so that a decision outlives a second reading.
# ``batch``: the same for decisions taken, and taken back, as one.
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False, index=True),
    Column("sheet_id", Text, nullable=False, index=True),
    Column("row", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("seconds", Float(53)),
    Column("why", Text),
    Column("batch", Text),
)
# The validity profiles put in force, the last one last; none: the default.
PROFILES = Table(
    "profiles",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
)
# Form definitions (TOML) that runs were given, the last of each name last; empty: put aside.
DEFINITIONS = Table(
    "definitions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
)
# Random samples of accepted fields, and what people found them to be.
SAMPLES = Table(
    "samples",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("seed", Text, nullable=False),
    Column("population", Integer, nullable=False),
)
SAMPLED_FIELDS = Table(
    "sampled_fields",
    METADATA,
    Column("sample", Integer, ForeignKey("samples.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("record_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("confidence", Float(53)),
    Column("crop", Text),
    Column("is_right", Boolean),
    Column("right_value", Text),
    Column("who", Text),
    Column("checked", Text),
)
# Which rows are, or may be, the same person's; written whole when a run ends.
SIGNER_DUPLICATES = Table(
    "signer_duplicates",
    METADATA,
    Column("record_id", Text, primary_key=True),
    Column("duplicate_of", Text, nullable=False, index=True),
    Column("probability", Float(53), nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("evidence", Text, nullable=False),
)
# Settings of the workspace that people do not type, such as the key that signs sessions.
SETTINGS = Table(
    "settings",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
REVIEWERS = Table(
    "reviewers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("supervisor", Boolean, nullable=False),
    Column("created", Text, nullable=False),
    Column("language", Text),
)
# Fields that somebody has open; ``until``: seconds since 1970, after which it is free again.
LEASES = Table(
    "leases",
    METADATA,
    Column("sheet_id", Text, primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("who", Text, nullable=False),
    Column("until", Float(53), nullable=False),
)
# Fields that a second person enters without seeing the first one's value, and,
# where the two differ, what a third made of it.
SECOND_ENTRIES = Table(
    "second_entries",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("asked", Text, nullable=False),
    Column("sheet_id", Text, nullable=False, index=True),
    Column("row", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("first_who", Text, nullable=False),
    Column("first_value", Text, nullable=False),
    Column("second_who", Text),
    Column("second_value", Text),
    Column("second_at", Text),
    Column("seconds", Float(53)),
    Column("agreed", Boolean),
    Column("settled_who", Text),
    Column("settled_value", Text),
    Column("settled_at", Text),
    UniqueConstraint("sheet_id", "row", "field", name="uq_second_entries_place"),
)
# Fields that a reviewer leaves to a supervisor.
REFERRALS = Table(
    "referrals",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("sheet_id", Text, nullable=False, index=True),
    Column("row", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("settled_at", Text),
    Column("settled_who", Text),
)
# How people corrected the geometry of a page; the last one of a sheet holds.
# ``geometry``: of the page before, whose rows earlier decisions are about.
PAGE_EDITS = Table(
    "page_edits",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("sheet_id", Text, nullable=False, index=True),
    Column("edit", Text, nullable=False),
    Column("geometry", Text),
)
# What was purged, when, by whom: ``what`` as JSON. Holds no signer's data.
PURGES = Table(
    "purges",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("what", Text, nullable=False),
)
