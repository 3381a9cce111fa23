"""What a copy of records.csv says that is older than what people decided since.

A corrected copy is compared with what holds now, and people decide while somebody
corrects it: in the browser, or by an earlier import of the same copy. A cell that
still says what stood there before such a decision is nobody's correction, and must
not take the decision back. A cell that is a correction, of a field that somebody
else decided meanwhile, is told and left alone: neither of the two knew of the other.

Confidences tell which it is, since a field that a person decided has another one
than its reading, and so has another reading; for what has none the row's reasons do,
which name what was decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto

from digitizer.export import COLLECTOR_FIELDS, record_line
from digitizer.spreadsheets import plain
from digitizer.states import RowStatus
from digitizer.workspace.decisions import CONSENT, SHEET, STATUS, Decision, standing
from digitizer.workspace.stored import RecordRow, SheetRow

REASONS = "reasons"
# What a row's status is until a person says another, following from its fields: of a row
# that says something else by now it tells nothing.
_FOLLOWS = frozenset({RowStatus.COUNTED.value, RowStatus.REVIEW.value, RowStatus.INCOMPLETE.value})

Listed = tuple[SheetRow, Sequence[RecordRow]]
Line = Mapping[str, str]


class Age(Enum):
    """How a cell that differs from what holds is meant.

    CHANGED: corrected. OLDER: not corrected, it was so before somebody decided.
    OVERTAKEN: perhaps corrected, but since the copy was made somebody else decided
    the field, or its page was read again.
    """

    CHANGED = auto()
    OLDER = auto()
    OVERTAKEN = auto()


class Earlier:
    """What records said before people decided, each time that somebody did."""

    def __init__(
        self,
        decisions: Sequence[Decision] = (),
        as_read: Iterable[Listed] = (),
        extra_fields: Sequence[str] = (),
    ) -> None:
        """``decisions``: all there are; ``as_read``: the listing without them."""
        self._rows = {(d.sheet_id, d.row) for d in decisions}
        self._standing = standing(decisions)
        self._said: dict[tuple[str, int, str], set[str]] = {}
        for one in decisions:
            here = self._said.setdefault((one.sheet_id, one.row, one.field), set())
            here |= {plain(one.before), plain(one.after)}
        sheets = {sheet for sheet, _ in self._rows}
        self._as_read = {
            record.record_id: record_line(record, extra_fields)
            for sheet, records in as_read
            if sheet.sheet_id in sheets
            for record in records
        }

    def age(self, record: RecordRow, column: str, cells: Line, now: Line, who: str) -> Age:
        """How the cell ``column`` is meant; ``now``: the record's line as it holds."""
        sheet = record.sheet.sheet_id
        row = SHEET if column in COLLECTOR_FIELDS else record.row
        key = (sheet, row, column)
        fresh = _is_fresh(column, cells, now)
        if fresh:
            return Age.CHANGED
        if column == STATUS and fresh is False and cells[column] in _FOLLOWS:
            return Age.OLDER
        before = set(self._said.get(key, ()))
        as_read = self._as_read.get(record.record_id)
        if as_read is not None:
            before.add(plain(as_read[column]))
        if (sheet, row) in self._rows and cells[column] in before:
            return Age.OLDER
        last = self._standing.get(sheet, {}).get((row, column))
        if last is not None:
            others = fresh is False and last.who != who
            return Age.OVERTAKEN if others else Age.CHANGED
        # Another confidence though nobody decided: the page was read again, maybe in other rows.
        anew = fresh is False and column != STATUS and column != CONSENT and key not in self._said
        return Age.OVERTAKEN if anew else Age.CHANGED

    def shows_doubt(self, name: str, cells: Line, now: Line) -> bool:
        """Whether a copy says all that makes field ``name`` doubtful now: then it was looked at."""
        if REASONS not in cells:
            return True
        return _about(name, now[REASONS]) <= _about(name, cells[REASONS])


def _is_fresh(column: str, cells: Line, now: Line) -> bool | None:
    """Whether a copy shows the field as it stands; None where it cannot be told."""
    sure = f"{column}_confidence"
    if sure in cells and sure in now:
        same = _number(cells[sure]) == _number(now[sure])
        return same if same or cells[sure] else None
    if column in COLLECTOR_FIELDS or REASONS not in cells:
        return None
    return set(cells[REASONS].split()) == set(now[REASONS].split())


def _number(cell: str) -> float | str:
    """A confidence, whatever a spreadsheet did to its zeros and its point."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return cell


def _about(name: str, reasons: str) -> set[str]:
    words = reasons.split()
    return {word for word in words if word.partition(":")[0] in (name, "row")}
