"""Counts of signer rows: raw, counted, not counted and why, awaiting review."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digitizer.errors import UsageError
from digitizer.export import RECORD_COLUMNS, record_line
from digitizer.records import RowStatus
from digitizer.stored import RecordRow

# Why a row is not counted, and ``review``: not decided yet.
REASONS = (
    RowStatus.STRUCK,
    RowStatus.DUPLICATE,
    RowStatus.INCOMPLETE,
    RowStatus.ILLEGIBLE,
)
COUNT_COLUMNS = ("raw", "counted", *(reason.value for reason in REASONS), "review")
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class TallyLine:
    """Counts of one group; ``counts`` in the order of ``COUNT_COLUMNS``.

    Raw is the sum of the others: every row of a sheet that holds ink, those
    of a sheet scanned twice under ``duplicate`` the second time.
    """

    group: tuple[str, ...]
    counts: tuple[int, ...]

    def as_dict(self, by: Sequence[str]) -> dict[str, str | int]:
        """The line by column name."""
        return {
            **dict(zip(by, self.group, strict=True)),
            **dict(zip(COUNT_COLUMNS, self.counts, strict=True)),
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """A line for each group, sorted, and the total of all."""

    by: tuple[str, ...]
    lines: tuple[TallyLine, ...]
    total: tuple[int, ...]


def tally(
    records: Iterable[RecordRow], by: Sequence[str] = (), extra_columns: Sequence[str] = ()
) -> Tally:
    """Count rows, in one group for each combination of values of ``by``.

    ``by``: columns of records.csv, ``extra_columns`` those beyond the usual.
    Raises UsageError for another column.
    """
    known = (*RECORD_COLUMNS, *extra_columns)
    for column in by:
        if column not in known:
            raise UsageError(f"records.csv has no column {column!r}: --by takes {', '.join(known)}")
    counts: dict[tuple[str, ...], list[int]] = {}
    for record in records:
        group: tuple[str, ...] = ()
        if by:
            line = record_line(record, extra_columns)
            group = tuple(line.get(column, "") for column in by)
        line_counts = counts.setdefault(group, [0] * len(COUNT_COLUMNS))
        line_counts[0] += 1
        line_counts[COUNT_COLUMNS.index(record.status.value)] += 1
    lines = tuple(TallyLine(group, tuple(counts[group])) for group in sorted(counts))
    total = tuple(sum(line.counts[i] for line in lines) for i in range(len(COUNT_COLUMNS)))
    return Tally(tuple(by), lines if by else (), total)


def as_table(result: Tally) -> str:
    """A table for people, with the total at its end."""
    header = (*(result.by or ("",)), *COUNT_COLUMNS)
    body = [(*line.group, *map(str, line.counts)) for line in result.lines]
    label = (TOTAL, *("" for _ in result.by[1:]))
    rows = [header, *body, (*label, *map(str, result.total))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    texts = len(label)
    lines = [
        "  ".join(
            cell.ljust(width) if i < texts else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    pending = result.total[COUNT_COLUMNS.index("review")]
    waiting = f"{pending} of {result.total[0]} rows wait for review and are not counted yet."
    return "\n".join([*lines, "", waiting])


def as_csv(result: Tally) -> str:
    """CSV: a line for each group and no total; without groups the total alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*result.by, *COUNT_COLUMNS))
    if result.by:
        writer.writerows((*line.group, *line.counts) for line in result.lines)
    else:
        writer.writerow(result.total)
    return text.getvalue()


def as_json(result: Tally) -> str:
    """JSON: ``{"groups": [{column: value}], "total": {column: count}}``."""
    total = dict(zip(COUNT_COLUMNS, result.total, strict=True))
    groups = [line.as_dict(result.by) for line in result.lines]
    return json.dumps({"groups": groups, "total": total}, ensure_ascii=False, indent=1)
