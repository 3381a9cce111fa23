"""A workspace as pandas DataFrames, for analysts: ``digitizer.load(DIR)``."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digitizer.errors import DependencyError, StoreError, how_to_install
from digitizer.export import (
    RECORD_COLUMNS,
    SHEET_COLUMNS,
    record_line,
    restore_text,
    sheet_line,
)
from digitizer.records import RowStatus, SheetStatus
from digitizer.store import DATABASE_FILE, Store

if TYPE_CHECKING:
    import pandas as pd

_CATEGORIES = {
    "petition": None,
    "form": None,
    "province": None,
    "signature": None,
    "collector_name": None,
    "event_location": None,
    "rotation_deg": None,
}
_WHOLE = frozenset({"page", "row", "rows_on_form", "rows_filled", "rows_flagged"})
_NUMBERS = frozenset({"skew_deg"})
_DATES = frozenset({"date_collected"})
_FLAGS = frozenset({"contact_consent"})


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """A workspace in memory.

    ``records``: one line a row with ink, indexed by record_id; ``sheets``: one
    line a page, indexed by sheet_id. The columns are those of the CSV files,
    typed: text as string, states as category, confidences and angles as
    Float64, counts as Int64, consent as boolean, dates as datetime64. Values
    are as stored: without what the CSV adds to keep spreadsheets from running
    them. What is not known is missing (``pandas.NA``, ``NaT``).
    """

    records: "pd.DataFrame"
    sheets: "pd.DataFrame"


def load(folder: str | Path, *, database: str | None = None) -> Workspace:
    """Load the workspace in ``folder``; ``database`` as given to `digitizer run`.

    Raises DependencyError without pandas, StoreError where there is no workspace.
    """
    try:
        import pandas  # noqa: F401
    except ModuleNotFoundError as error:
        raise DependencyError(
            f"loading a workspace needs pandas: {how_to_install('analysis')}"
        ) from error
    file = Path(folder) / DATABASE_FILE
    if database is None and not file.is_file():
        raise StoreError(
            f"{folder} is no workspace: name the folder given to `digitizer run --out`"
        )
    records: list[dict[str, str]] = []
    sheets: list[dict[str, str]] = []
    with Store.open(database or file) as store:
        row_fields, box_fields = store.field_names()
        row_extra = [name for name in row_fields if name not in RECORD_COLUMNS]
        box_extra = [name for name in box_fields if name not in SHEET_COLUMNS]
        for sheet, rows in store.listing():
            sheets.append(sheet_line(sheet, box_extra))
            records += [record_line(row, row_extra) for row in rows]
    return Workspace(
        records=_frame(records, _columns(RECORD_COLUMNS, row_extra), "record_id", RowStatus),
        sheets=_frame(sheets, _columns(SHEET_COLUMNS, box_extra), "sheet_id", SheetStatus),
    )


def _columns(fixed: Iterable[str], extra: Iterable[str]) -> list[str]:
    names = list(extra)
    return [*fixed, *names, *(f"{name}_confidence" for name in names)]


def _frame(
    lines: list[dict[str, str]],
    columns: list[str],
    index: str,
    statuses: type[RowStatus] | type[SheetStatus],
) -> "pd.DataFrame":
    import pandas as pd

    typed = {}
    for column in columns:
        cells = [restore_text(line[column]) or None for line in lines]
        typed[column] = _series(column, cells, statuses)
    return pd.DataFrame(typed, columns=columns).set_index(index)


def _series(
    column: str, cells: list[str | None], statuses: type[RowStatus] | type[SheetStatus]
) -> "pd.Series":
    import pandas as pd

    if column == "status":
        states = pd.CategoricalDtype([status.value for status in statuses])
        return pd.Series(cells, dtype=states)
    if column in _CATEGORIES:
        return pd.Series(cells, dtype="string").astype("category")
    if column in _WHOLE:
        return pd.Series([None if c is None else int(c) for c in cells], dtype="Int64")
    if column in _NUMBERS or column.endswith("_confidence"):
        return pd.Series([None if c is None else float(c) for c in cells], dtype="Float64")
    if column in _FLAGS:
        return pd.Series([None if c is None else c == "Y" for c in cells], dtype="boolean")
    if column in _DATES:
        # A date that nobody could make out is text of another kind: missing here.
        return pd.to_datetime(pd.Series(cells, dtype="string"), format="ISO8601", errors="coerce")
    return pd.Series(cells, dtype="string")
