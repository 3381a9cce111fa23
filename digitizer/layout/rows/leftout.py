"""Whether the table goes on where its rows end, so that a signer's row may have been left out.

A ruling as long as the rows that lies one row above the first or below the last bounds a
row, or the heads. On sheets whose cells lie on their lines the table's borders tell which;
it is where cells lie off them that nothing else does, and a person has to look. So it is
where rows lean as on a page seen aslant whose perspective could not be told: rulings that
lean more are not traced, or in pieces, and every second row may have gone with its line.

Columns' rulings that run on beyond the rows tell, too, below the last one and, where a form has no
heads that they could run through, above the first: of worn tables the lines between are lost. So do
heads printed once more beside those of the rows, and tables side by side of other numbers of rows.

Signers may also stand in a table of their own that was taken for none of the form's: one that is
ruled just as the rows' table is, without other heads, is told where somebody wrote in it. What is
left of the rows' own table below a slip that cuts it in two (``cutrows``) has no heads. Cards
have no heads and no columns: there every frame as wide as the rows is one, in the rows' own table
too, that holds ink as high as half a row and no row.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from digitizer.forms.forms import Form
from digitizer.geometry import Points
from digitizer.layout.print.typicalrow import ReadPrint, no_print
from digitizer.layout.print.wording import contains, find_wordings
from digitizer.layout.rows.cutrows import missing_between
from digitizer.layout.rows.totalrows import is_total_below
from digitizer.layout.table.columnheads import HEADER_ABOVE_PX
from digitizer.layout.table.headorder import MIN_HEADER
from digitizer.layout.table.headsides import is_print
from digitizer.layout.table.signergrid import are_ruled_alike, places_down
from digitizer.lines.folds import without_folds
from digitizer.lines.residual import Residual
from digitizer.lines.rulepaths import rule_at, rule_span, seen_length
from digitizer.lines.tables import Table, find_tables
from digitizer.records import (
    PAGE_PX_PER_MM,
    BoxPlace,
    Pixels,
    Polygon,
    PrintedWord,
    RegisteredPage,
    RowPlace,
    Rule,
)

# Columns run on beyond rows by so much of a row, and through so many of them; one lies so much of
# the rows' width off their sides: two sides alone may be a frame's.
RUNS_ON, RUNS_THROUGH, OFF_SIDES = 0.85, 0.5, 0.05
# ... and are seen right beside them, over so much of a row a share of it.
SEEN_BESIDE, SEEN_SHARE = 0.4, 0.3
# Heads are another table's if so many stand as high as those of the rows, to this many rows, and
# are read so surely.
MIN_HEADS, HEADS_HIGH, SURE_HEAD = 2, 2.0, 0.85
# Rows of tables side by side are as high as each other up to this factor: perspective makes less.
UNLIKE_HIGH = 1.6
# Rows of one table are as high as each other to this share: those of a page seen aslant
# become lower by 0.04 a row at most.
EVEN_SHARE = 0.15
# A ruling of the table is seen along so much of its rows.
ALONG_SHARE = 0.9
# Heads are those of which this share is read: of writing one short one may be ("Non": "Nom").
HEADS_SHARE = 0.5
# Fewer rows do not tell how high one is.
MIN_ROWS = 3
# Rulings that lean by more than this are not all traced (``lines.tracks``).
MOST_LEAN = 0.055
# A column goes on that lies so near to one between the rows, px, and runs so many rows below the
# last; pieces of so many lines below lie a whole number of rows off, to this share of one, and
# are so long, a share of the rows' width.
NEAR_SIDE_PX, ON_PITCHES, MORE_LINES, ON_ROW, PIECE_SHARE = 8.0, 1.6, 2, 0.08, 0.15
# A table like the rows' has rows as high as theirs to this share, and two columns at least; it is
# another one where so many of its columns have heads of their own.
ALIKE_HIGH, MIN_RULINGS, OWN_HEADS = 0.25, 3, 0.5
# Of cards what is left out holds ink over this share of a row; frames are as wide to 2 mm.
CARD_SHARE, CARD_WIDE_PX = 0.5, 2 * PAGE_PX_PER_MM
# A cell is written in where strokes, darker than this gray level and none a speck, px, cover so
# many px of it, off its sides by 1.5 mm; a row where so many cells are.
STROKE_LEVEL, SPECK_PX, WRITTEN_PX, INSET_PX, MIN_WRITTEN = 150.0, 20, 60, 1.5 * PAGE_PX_PER_MM, 2
# Of print that was read this surely the letters are as dark as so many per cent of its box.
SURE_PRINT, DARKEST_PERCENT = 0.8, 5


def may_leave_out(
    rows: Sequence[RowPlace],
    found: RegisteredPage,
    form: Form,
    box: BoxPlace | None,
    residual: Residual | None,
    read: ReadPrint = no_print,
    *,
    ended: bool = False,
) -> bool:
    """Whether a signer's row may lie between ``rows`` of a page, or beside them.

    ``read`` reads the print of pixels, to see whether what is below the rows is a total;
    ``ended``: what is there is known to be no signer's.
    """
    if rows_lean(rows):
        return True
    on = rows_go_on(rows, found.rules, box) or columns_run_on(rows, found.rules, form, box)
    if on and not ended:
        if not is_total_below(rows, found.page.gray, read):
            return True
    if (
        has_heads_beside(rows, found.words, form)
        or end_unlike(rows, found.rules)
        or are_unlike(rows)
    ):
        return True
    off = residual is not None and residual.is_bad
    return off and leaves_row_out(rows, found.rules, found.words, form, box)


def rows_lean(rows: Sequence[RowPlace]) -> bool:
    """Whether rows (page px) lean so much that lines between them may not have been seen."""
    edges = [(a, b) for row in rows for a, b in (row.polygon[:2], row.polygon[3:1:-1])]
    return any(abs(b[1] - a[1]) > MOST_LEAN * abs(b[0] - a[0]) for a, b in edges)


def rows_go_on(rows: Sequence[RowPlace], rules: Sequence[Rule], box: BoxPlace | None) -> bool:
    """Whether below the last of ``rows`` (page px) a column between them goes on, with more rows.

    Something lies on the page there that the table could not be followed past.
    """
    if len(rows) < 2:
        return False
    quads = [np.array(row.polygon, dtype=np.float64) for row in rows]
    pitch = float(np.median([np.ptp(quad[:, 1]) for quad in quads]))
    left, right = float(quads[-1][:, 0].min()), float(quads[-1][:, 0].max())
    bottom = float(quads[-1][2:, 1].mean())
    sides = {float(np.array(cell.polygon)[[2, 3], 0].min()) for cell in rows[-1].cells}
    seen = [rule for rule in rules if rule.thickness_px > 0]
    columns = any(
        abs(rule_at(rule, bottom) - side) <= NEAR_SIDE_PX
        and rule_span(rule)[0] < bottom - pitch / 2
        and rule_span(rule)[1] > bottom + ON_PITCHES * pitch
        for rule in seen
        if not rule.horizontal
        for side in sides - {min(sides)}
    )
    if not columns:
        return False
    lines = set()
    for rule in seen:
        (start, stop), y = rule_span(rule), rule_at(rule, sum(rule_span(rule)) / 2)
        steps = (y - bottom) / pitch
        inside = start >= left - NEAR_SIDE_PX and stop <= right + NEAR_SIDE_PX
        if not rule.horizontal or not inside or stop - start < PIECE_SHARE * (right - left):
            continue
        if round(steps) >= 1 and abs(steps - round(steps)) <= ON_ROW:
            if not _holds_box((start, y - 1, stop, y + 1), box):
                lines.add(round(steps))
    return len(lines) >= MORE_LINES


def columns_run_on(
    rows: Sequence[RowPlace], rules: Sequence[Rule], form: Form, box: BoxPlace | None
) -> bool:
    """Whether columns between ``rows`` (page px) run on beyond them by a row, past no box or heads.

    Above the first row only of forms without heads.
    """
    if len(rows) < 2:
        return False
    quads = [np.array(row.polygon, dtype=np.float64) for row in rows]
    pitch = float(np.median([np.ptp(quad[:, 1]) for quad in quads]))
    (left, top), (right, bottom) = quads[0].min(axis=0), quads[-1].max(axis=0)
    if float(np.median([quad[:, 0].max() - quad[:, 0].min() for quad in quads])) < right - left - 2:
        return False  # tables side by side
    through = [
        rule
        for rule in rules
        if not rule.horizontal
        and rule.thickness_px > 0
        and min(rule_span(rule)[1], bottom) - max(rule_span(rule)[0], top)
        >= RUNS_THROUGH * (bottom - top)
    ]
    # A side of another table, in line with the column, may be traced as the same ruling.
    near = SEEN_BESIDE * pitch
    above = [
        rule
        for rule in through
        if rule_span(rule)[0] < top - RUNS_ON * pitch
        and seen_length(rule, top - near, top) >= SEEN_SHARE * near
    ]
    below = [
        rule
        for rule in through
        if rule_span(rule)[1] > bottom + RUNS_ON * pitch
        and seen_length(rule, bottom, bottom + near) >= SEEN_SHARE * near
    ]
    headed = any(column.header for column in form.columns)
    if _holds_box((left, bottom, right, bottom + RUNS_ON * pitch), box):
        below = []
    off = OFF_SIDES * (right - left)
    return any(
        len(ends) >= 2
        and any(left + off < rule_at(rule, (top + bottom) / 2) < right - off for rule in ends)
        for ends in ([] if headed else above, below)
    )


def has_heads_beside(rows: Sequence[RowPlace], words: Sequence[PrintedWord], form: Form) -> bool:
    """Whether heads of the form stand beside those of ``rows`` (page px), over no row of them."""
    heads = [column.header for column in form.columns if column.header]
    if len(heads) < MIN_HEADS or not rows:
        return False
    quads = [np.array(row.polygon, dtype=np.float64) for row in rows]
    pitch = float(np.median([np.ptp(quad[:, 1]) for quad in quads]))
    top = min(float(quad[:, 1].min()) for quad in quads)
    spans = [(float(quad[:, 0].min()), float(quad[:, 0].max())) for quad in quads]
    beside = [
        word
        for word in words
        if top - HEADS_HIGH * pitch <= word.middle[1] <= top
        and not any(left <= word.middle[0] <= right for left, right in spans)
    ]
    read = sum(bool(find_wordings(beside, head, SURE_HEAD)) for head in heads)
    return read >= max(MIN_HEADS, HEADS_SHARE * len(heads))


def end_unlike(rows: Sequence[RowPlace], rules: Sequence[Rule] = ()) -> bool:
    """Whether ``rows`` (page px) of tables side by side begin together, and not end together.

    Tables of other columns have as many rows as they like, if their sides are seen to end there.
    """
    tables = _side_by_side(rows)
    columns = {frozenset(cell.column for cell in row.cells) for row in rows}
    if len(columns) > 1 and all(_is_closed_below(table[-1], rules) for table in tables):
        return False
    pitch = float(np.median([float(np.ptp(q[:, 1])) for one in tables for q in one] or [0.0]))
    firsts = [float(one[0][:, 1].min()) for one in tables]
    lasts = [float(one[-1][:, 1].max()) for one in tables]
    return any(
        abs(firsts[n] - firsts[0]) < pitch / 2 and abs(lasts[n] - lasts[0]) >= RUNS_ON * pitch
        for n in range(1, len(tables))
    )


def _is_closed_below(last: Points, rules: Sequence[Rule]) -> bool:
    """Whether rulings are seen at both sides of a table's last row, and end with it."""
    bottom, high = float(last[:, 1].max()), float(np.ptp(last[:, 1]))
    return all(
        any(
            abs(rule_at(rule, bottom) - side) <= NEAR_SIDE_PX
            and abs(rule_span(rule)[1] - bottom) <= NEAR_SIDE_PX
            and seen_length(rule, bottom - high, bottom) >= ALONG_SHARE * high - NEAR_SIDE_PX
            for rule in rules
            if not rule.horizontal and rule.thickness_px > 0
        )
        for side in (float(last[:, 0].min()), float(last[:, 0].max()))
    )


def are_unlike(rows: Sequence[RowPlace]) -> bool:
    """Whether ``rows`` of tables side by side are so unlike in height that some are none.

    Lines to write on within a card may be taken for those between rows where its sides are worn.
    """
    high = [float(np.median([np.ptp(q[:, 1]) for q in one])) for one in _side_by_side(rows)]
    return bool(high) and max(high) > UNLIKE_HIGH * min(high)


def _side_by_side(rows: Sequence[RowPlace]) -> list[list[Points]]:
    """The corners of rows by the tables they are in, from left to right."""
    tables: list[list[Points]] = []
    for row in rows:
        quad = np.array(row.polygon, dtype=np.float64)
        if tables and abs(quad[:, 0].mean() - tables[-1][-1][:, 0].mean()) <= np.ptp(quad[:, 1]):
            tables[-1].append(quad)
        else:
            tables.append([quad])
    return tables


def leaves_row_out(
    rows: Sequence[RowPlace],
    rules: Sequence[Rule],
    words: Sequence[PrintedWord],
    form: Form,
    box: BoxPlace | None,
) -> bool:
    """Whether a ruling bounds a further row beside ``rows`` (page px) that holds neither
    the form's heads nor its collector's box.
    """
    if len(rows) < MIN_ROWS:
        return False
    quads = [np.array(row.polygon, dtype=np.float64) for row in rows]
    pitch = float(np.median([np.ptp(quad[:, 1]) for quad in quads]))
    first, last = quads[0], quads[-1]
    ends = (
        (first[first[:, 1] < first[:, 1].mean()], -1),
        (last[last[:, 1] > last[:, 1].mean()], 1),
    )
    return any(
        _bounds_row(rule, edge, side * pitch)
        and not _holds_heads(_strip(rule, edge), words, form)
        and not _holds_box(_strip(rule, edge), box)
        for edge, side in ends
        for rule in rules
        if rule.horizontal and rule.thickness_px > 0
    )


def _bounds_row(rule: Rule, edge: Points, step: float) -> bool:
    """Whether a printed line lies a ``step`` from the rows' edge, (N, 2), all along it."""
    start, stop = float(edge[:, 0].min()), float(edge[:, 0].max())
    begin, end = rule_span(rule)
    if min(end, stop) - max(begin, start) < ALONG_SHARE * (stop - start):
        return False
    offs = [rule_at(rule, x) - y for x, y in edge.tolist()]
    return all(abs(off / step - 1) <= EVEN_SHARE for off in offs)


def _strip(rule: Rule, edge: Points) -> tuple[float, float, float, float]:
    """What lies between the rows' edge and the line: left, top, right, bottom."""
    (left, low), (right, high) = edge.min(axis=0).tolist(), edge.max(axis=0).tolist()
    at = rule_at(rule, (left + right) / 2)
    return left, min(low, at), right, max(high, at)


def _holds_heads(
    strip: tuple[float, float, float, float], words: Sequence[PrintedWord], form: Form
) -> bool:
    left, top, right, bottom = strip
    inside = [
        word.text
        for word in words
        if left <= word.middle[0] <= right and top <= word.middle[1] <= bottom
    ]
    text = " ".join(inside)
    heads = [column.header for column in form.columns if column.header]
    read = sum(any(contains(head, text) >= MIN_HEADER for head in one) for one in heads)
    return read >= HEADS_SHARE * len(heads)


def _holds_box(strip: tuple[float, float, float, float], box: BoxPlace | None) -> bool:
    if box is None:
        return False
    # Some of its answers may stand above the rows and others below them.
    places = [np.array(one) for one in (box.polygon, *(field.polygon for field in box.fields))]
    return any(one[:, 1].min() < strip[3] and one[:, 1].max() > strip[1] for one in places)


def tables_left_out(found: RegisteredPage, form: Form, *, written: bool) -> int:
    """How many tables ruled like that of the rows hold no row of a page; ``written``: and writing.

    Heads in a frame of their own are none, nor is the collector's box or what has other heads.
    Of a form of cards it is how many tables or frames hold something that no row takes.
    """
    shape = found.page.gray.shape
    tables = find_tables(without_folds(found.rules, shape), shape)
    quads = [np.array(row.polygon, dtype=np.float64) for row in found.rows]
    middles = [quad.mean(axis=0).tolist() for quad in quads]
    own = [table for table in tables if any(_is_in(x, y, table) for x, y in middles)]
    if not own:
        return 0
    high = float(np.median([np.ptp(quad[:, 1]) for quad in quads]))
    level = stroke_level(found.page.gray, found.words)
    if len(form.columns) == 1 and not form.columns[0].header:
        wide = float(np.median([np.ptp(quad[:, 0]) for quad in quads]))
        return sum(_leaves_card(table, quads, (wide, high), level, found, form) for table in tables)
    pitch = high / form.lines
    words = [w for w in found.words if is_print(w) and not any(_is_in(*w.middle, t) for t in own)]
    return sum(
        _is_like(table, own, pitch)
        and not _holds_box(_place(table), found.collector_box)
        and (
            any(missing_between(one, table, pitch * form.lines, words) for one in own)
            or not _is_headed_otherwise(table, words, form)
        )
        and (not written or _is_written_in(table, pitch, found.page.gray, level))
        for table in tables
        if not any(table is one for one in own)
    )


def _leaves_card(
    table: Table,
    rows: Sequence[Points],
    size: tuple[float, float],
    level: float,
    found: RegisteredPage,
    form: Form,
) -> bool:
    """Whether a table or frame as wide as the rows holds ink that no row takes.

    ``rows``: their corners; ``size``: how wide and how high they are; ``level``: gray level of
    strokes. Lower ones than a row,
    such as a heading, are none, nor are the printed examples that were left out.
    """
    left, _, right, _ = _place(table)
    wide, high = size
    if abs(right - left - wide) > CARD_WIDE_PX:
        return False
    inked = 0.0
    for i in range(table.row_count):
        x0, y0, x1, y1 = _bounds(table.cell(i, 0, i + 1, table.column_count))
        middle = (y0 + y1) / 2
        taken = any(
            quad[:, 1].min() <= middle <= quad[:, 1].max()
            and quad[:, 0].min() <= (x0 + x1) / 2 <= quad[:, 0].max()
            for quad in rows
        )
        framed = table.down_borders[i, [0, -1]].all()
        if taken or not framed or _holds_box((x0, y0, x1, y1), found.collector_box):
            continue
        if _is_inked((x0, y0, x1, y1), found.page.gray, level):
            inked += y1 - y0
    return inked >= (CARD_SHARE + len(form.example)) * high


def _bounds(corners: Polygon) -> tuple[float, float, float, float]:
    """Left, top, right, bottom."""
    at = np.array(corners)
    (left, top), (right, bottom) = at.min(axis=0).tolist(), at.max(axis=0).tolist()
    return left, top, right, bottom


def _place(table: Table) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a table."""
    return _bounds(table.outline())


def _is_in(x: float, y: float, table: Table) -> bool:
    left, top, right, bottom = _place(table)
    return left <= x <= right and top <= y <= bottom


def _high_rows(table: Table, pitch: float) -> list[int]:
    """Numbers of the table's rows that are as high as signers' lines are."""
    at = [table.corner(i, 0)[1] for i in range(table.row_count + 1)]
    return [i for i, (a, b) in enumerate(pairwise(at)) if abs((b - a) / pitch - 1) <= ALIKE_HIGH]


def _is_like(table: Table, own: Sequence[Table], pitch: float) -> bool:
    if len(table.down) < MIN_RULINGS or not _high_rows(table, pitch):
        return False
    return any(are_ruled_alike(table, one) for one in own)


def _is_headed_otherwise(table: Table, words: Sequence[PrintedWord], form: Form) -> bool:
    """Whether a table has heads that are not the form's, or is the form's heads alone."""
    left, top, right, bottom = _place(table)
    if _holds_heads((left, top, right, bottom), words, form):
        return table.row_count == 1
    first = (left, top - HEADER_ABOVE_PX, right, table.corner(1, 0)[1])
    if _holds_heads(first, words, form):
        return False
    borders = places_down(table)
    said = {
        int(np.searchsorted(borders, word.middle[0]))
        for word in words
        if left < word.middle[0] < right and first[1] < word.middle[1] < first[3]
    }
    return len(said) >= OWN_HEADS * table.column_count


def _is_written_in(table: Table, pitch: float, gray: Pixels, level: float) -> bool:
    """Whether in a row of a table so many cells hold strokes that somebody wrote there."""
    for i in _high_rows(table, pitch):
        cells = [table.cell(i, j, i + 1, j + 1) for j in range(table.column_count)]
        if sum(_is_inked(_bounds(cell), gray, level) for cell in cells) >= MIN_WRITTEN:
            return True
    return False


def stroke_level(gray: Pixels, words: Sequence[PrintedWord]) -> float:
    """The gray level that strokes of a page are darker than: on a faint one half its print's."""
    boxes = [[max(0, round(edge)) for edge in w.box] for w in words if w.confidence >= SURE_PRINT]
    parts = [gray[y0:y1, x0:x1] for x0, y0, x1, y1 in boxes]
    darkest = [float(np.percentile(part, DARKEST_PERCENT)) for part in parts if part.size]
    if not darkest:
        return STROKE_LEVEL
    return max(STROKE_LEVEL, (float(np.median(gray[::8, ::8])) + float(np.median(darkest))) / 2)


def _is_inked(place: tuple[float, float, float, float], gray: Pixels, level: float) -> bool:
    """Whether strokes stand within a place on the page, off its sides."""
    x0, y0 = np.ceil(np.add(place[:2], INSET_PX)).astype(int).tolist()
    x1, y1 = np.floor(np.subtract(place[2:], INSET_PX)).astype(int).tolist()
    cell = gray[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
    if cell.size == 0:
        return False
    dark = cv2.compare(np.ascontiguousarray(cell), level, cv2.CMP_LT)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int(areas[areas > SPECK_PX].sum()) >= WRITTEN_PX
