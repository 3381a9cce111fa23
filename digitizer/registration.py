"""Say which form a page is, and where its rows, cells and collector box lie.

Nothing is taken from a template's positions: the columns are the ones of the
ruled table whose header texts match the definition, rows are counted from the
rulings, the collector box is where its labels are printed. So another printing
of the same wording (other margins, fonts, number of rows) needs no change.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.forms.forms import Form
from digitizer.geometry import as_polygon
from digitizer.records import (
    PAGE_PX_PER_MM,
    BoxPlace,
    CellPlace,
    Failure,
    FieldSpec,
    Pixels,
    Polygon,
    PrintedWord,
    RectifiedPage,
    RegisteredPage,
    RowPlace,
    Rule,
)
from digitizer.tables import Table, crossing, rule_at, rule_span
from digitizer.wording import (
    Box,
    Hit,
    bounding_box,
    contains,
    find_wording,
    find_wordings,
    text_lines,
)

# A ruling this long is no line of print, 60 mm of unbroken ridge.
SURE_RULE_PX = 60 * PAGE_PX_PER_MM
# Window in which more than half is darker than DARK_LEVEL: a band of light print
# on dark, 20 x 5 mm. Bold dark print covers a third.
BAND_PX = (161, 41)
DARK_LEVEL = 128
# Flattened paper, and how much darker a ruling must be to be painted out.
PAPER_LEVEL = 245.0
PAINT_DARKNESS = 60.0
# Print this much larger than the page's usual print is its title.
TITLE_SIZE = 1.35
# What leaving out or putting in a row's ruling costs, in shares of the usual height.
LEAVE_OUT_COST, PUT_IN_COST = 0.4, 0.5
# Least height of a signer row, 5 mm: nobody writes in less.
MIN_ROW_PX = 5 * PAGE_PX_PER_MM
# A horizontal ruling bounds a row if it covers this share of the columns' width.
ROW_RULE_SHARE = 0.6
# Across the whole table: more than a footer's box attached to it.
FULL_RULE_SHARE = 0.85
# Header print may stand this far above the table, 12 mm.
HEADER_ABOVE_PX = 12 * PAGE_PX_PER_MM
# Header rows at most: a spanning title, the consent text, the column heads.
MAX_HEADER_ROWS = 3
# Similarity from which a header counts as read, and a form as recognised. Wrong
# forms in the same language score 0.2-0.5, the right one above 0.8 even faint.
MIN_HEADER = 0.62
MIN_FORM_SCORE = 0.6
# Weights of headers, phrases and box labels in the form's score.
HEADER_WEIGHT, PHRASE_WEIGHT, LABEL_WEIGHT = 0.6, 0.25, 0.15
# Labels of the collector box.
MIN_LABEL = 0.7
# A single label without the box's title must be read this well.
SURE_LABEL = 0.88
# Labels and title of one box stand within this, 60 mm.
BOX_REACH_PX = 60 * PAGE_PX_PER_MM
# The writing line of a label that has no ruled cell, 9 mm.
WRITING_LINE_PX = 9 * PAGE_PX_PER_MM


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """The signer table as matched: form column -> (left, right) rulings, body rows."""

    table: Table
    score: float
    columns: tuple[tuple[int, int] | None, ...]
    header_scores: tuple[float, ...]
    row_rules: tuple[Rule, ...]


def print_image(gray: Pixels, rules: Sequence[Rule], tables: Sequence[Table]) -> Pixels:
    """The page for the print engine: rulings and the inner signer rows painted white.

    Handwriting costs a print engine most of its time and yields only noise.
    The first and last row of a run stay: they may be header and footer.
    """
    out = _dark_on_light(gray)
    in_tables = {id(rule) for table in tables for rule in (*table.across, *table.down)}
    for rule in rules:
        start, stop = rule_span(rule)
        if id(rule) not in in_tables and stop - start < SURE_RULE_PX:
            continue  # may be a line of text
        if _darkness(gray, rule) < PAINT_DARKNESS:
            continue  # does not disturb the engine; a fold may cross print
        points = np.round(rule.points).astype(np.int32)
        cv2.polylines(out, [points], False, 250, max(3, round(rule.thickness_px) + 2))
    for table in tables:
        run = _even_rows(table)
        if len(run) < 5 or table.column_count < 2:
            continue
        left, right = table.down[0], table.down[-1]
        block = _quad(run[1], left, run[-2], right)
        cv2.fillPoly(out, [np.round(np.array(block)).astype(np.int32)], 250)
    return out


def _darkness(gray: Pixels, rule: Rule) -> float:
    """Median gray levels by which a ruling is darker than paper."""
    points = np.round(rule.points - 0.5).astype(int)
    x = np.clip(points[:, 0], 0, gray.shape[1] - 1)
    y = np.clip(points[:, 1], 0, gray.shape[0] - 1)
    return PAPER_LEVEL - float(np.median(gray[y, x]))


def _dark_on_light(gray: Pixels) -> Pixels:
    """A copy in which bands of light print on dark (titles, headers) are inverted."""
    dark = (gray < DARK_LEVEL).astype(np.float32)
    band = (cv2.blur(dark, BAND_PX) > 0.55).astype(np.uint8)
    out = gray.copy()
    count, _, boxes, _ = cv2.connectedComponentsWithStats(band)
    for left, top, width, height, _ in boxes[1:count]:
        # The window sees the band's middle only: look around for its edges.
        x0, x1 = max(0, left - BAND_PX[0]), left + width + BAND_PX[0]
        y0, y1 = max(0, top - BAND_PX[1]), top + height + BAND_PX[1]
        around = dark[y0:y1, x0:x1]
        rows = np.flatnonzero(around[:, left - x0 : left - x0 + width].mean(axis=1) > 0.5)
        if len(rows) == 0:
            continue
        columns = np.flatnonzero(around[rows[0] : rows[-1] + 1].mean(axis=0) > 0.3)
        if len(columns) == 0:
            continue
        block = np.s_[y0 + rows[0] : y0 + rows[-1] + 1, x0 + columns[0] : x0 + columns[-1] + 1]
        out[block] = 255 - gray[block]
    return out


def register_page(
    page: RectifiedPage,
    rules: Sequence[Rule],
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    forms: Sequence[Form],
) -> RegisteredPage:
    """Recognise the form among ``forms`` and find its cells.

    Where none fits, ``form`` is None, ``failure`` says why and ``candidates``
    holds the nearest definitions with their scores.
    """
    scored = []
    for form in forms:
        grid = max(
            (_match_table(table, words, form) for table in tables if table.column_count >= 2),
            key=lambda g: (g.score, len(g.row_rules)),
            default=None,
        )
        scored.append((_form_score(form, grid, words), form, grid))
    scored.sort(key=lambda item: (-item[0], item[1].name))
    candidates = tuple((form.name, round(score, 3)) for score, form, _ in scored[:3])
    best_score, best, grid = scored[0] if scored else (0.0, None, None)
    found = RegisteredPage(
        page=page,
        form=None,
        petition=None,
        language="en",
        form_score=best_score,
        candidates=candidates,
        rows=(),
        collector_box=None,
        rules=tuple(rules),
        words=tuple(words),
    )
    if best is None or grid is None or best_score < MIN_FORM_SCORE or len(grid.row_rules) < 2:
        return replace(found, failure=_no_form(tables, candidates))
    return replace(
        found,
        form=best.name,
        petition=best.petition or page_title(words, grid.table) or None,
        language=best.language,
        rows=_rows(grid, best, words),
        collector_box=_collector_box(best, grid, words, rules, page.gray.shape),
    )


def _no_form(tables: Sequence[Table], candidates: Sequence[tuple[str, float]]) -> Failure:
    near = ", ".join(f"{name} ({score:.0%})" for name, score in candidates[:2] if score >= 0.3)
    if not tables:
        message = "no ruled table on this page; if it is a petition sheet, scan it again"
        return Failure("register", "no-table", message)
    message = "no known form fits this page" + (f"; nearest: {near}" if near else "")
    return Failure("register", "unknown-form", message + "; give its definition with --form")


def _heights(rules: Sequence[Rule], x: float) -> npt.NDArray[np.float64]:
    return np.diff(np.array([rule_at(rule, x) for rule in rules]))


def _middle_x(table: Table) -> float:
    n = table.row_count // 2
    return (table.corner(n, 0)[0] + table.corner(n, table.column_count)[0]) / 2


def _even_rows(table: Table) -> list[Rule]:
    """Rulings of the longest run of rows of about one height across the table."""
    every = range(table.column_count)
    wide = [table.across[i] for i in _wide_rules(table, every, FULL_RULE_SHARE)]
    if len(wide) < 3:
        return []
    x = _middle_x(table)
    rules = _regular(wide, x)
    heights = _heights(rules, x)
    best: tuple[int, int] = (0, 0)
    for start in range(len(heights)):
        stop = start + 1
        while stop < len(heights) and abs(heights[stop] / heights[start] - 1) < 0.25:
            stop += 1
        if stop - start > best[1] - best[0]:
            best = (start, stop)
    return list(rules[best[0] : best[1] + 1])


def _wide_rules(table: Table, cells: Iterable[int], least: float = ROW_RULE_SHARE) -> list[int]:
    """Horizontal rulings that cover most of the width of the given table columns."""
    columns = list(cells)
    widths = np.array([table.corner(0, j + 1)[0] - table.corner(0, j)[0] for j in columns])
    share = (table.across_borders[:, columns] * widths).sum(axis=1) / widths.sum()
    return [i for i in range(len(table.across)) if share[i] >= least]


def _match_table(table: Table, words: Sequence[PrintedWord], form: Form) -> _Grid:
    """Match the columns of a table with those of a form by the print above them."""
    best: tuple[float, int, list[tuple[int, int] | None], list[float]] | None = None
    for header_rows in range(min(MAX_HEADER_ROWS, table.row_count - 1) + 1):
        spans, texts = _header_texts(table, words, header_rows)
        matched, scores = _assign(form, spans, texts)
        columns = _fill_gaps(spans, matched)
        score = float(np.mean(scores))
        if best is None or score > best[0] + 0.03:
            best = (score, header_rows, columns, scores)
    assert best is not None  # at least header_rows = 0 was tried
    score, header_rows, columns, scores = best
    rules = _row_rules(table, columns, header_rows)
    return _Grid(table, score, tuple(columns), tuple(scores), rules)


def _header_texts(
    table: Table, words: Sequence[PrintedWord], header_rows: int
) -> tuple[list[tuple[int, int]], list[str]]:
    """Print over each column: in the first ``header_rows`` rows, or above for 0.

    A column is what lies between two rulings that run through the first rows
    below the header; a ruling missing there bounds no column.
    """
    below = slice(header_rows, min(header_rows + 3, table.row_count))
    present = table.down_borders[below].mean(axis=0) >= 0.5
    present[0] = present[-1] = True
    bounds = [int(j) for j in np.flatnonzero(present)]
    spans = list(itertools.pairwise(bounds))
    texts = []
    for left, right in spans:
        inside = []
        for word in words:
            x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
            top = rule_at(table.across[0], x)
            low = rule_at(table.across[header_rows], x)
            high = top - HEADER_ABOVE_PX if header_rows == 0 else top
            if not high <= y <= low:
                continue
            if rule_at(table.down[left], y) <= x <= rule_at(table.down[right], y):
                inside.append(word)
        texts.append(" ".join(w.text for line in text_lines(inside) for w in line))
    return spans, texts


def _assign(
    form: Form, spans: Sequence[tuple[int, int]], texts: Sequence[str]
) -> tuple[list[tuple[int, int] | None], list[float]]:
    """Give each form column the table column whose header is most like its own."""
    pairs = []
    for i, column in enumerate(form.columns):
        for j, text in enumerate(texts):
            # A longer wording that fits says more than a shorter one: "Name" also
            # stands in "Name of your city".
            score = max(contains(h, text) - 0.002 * max(0, 20 - len(h)) for h in column.header)
            pairs.append((score, i, j))
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    columns: list[tuple[int, int] | None] = [None] * len(form.columns)
    scores = [0.0] * len(form.columns)
    taken: set[int] = set()
    for score, i, j in pairs:
        if columns[i] is None and j not in taken and score >= MIN_HEADER:
            columns[i], scores[i] = spans[j], max(0.0, score)
            taken.add(j)
    return columns, scores


def _fill_gaps(
    spans: Sequence[tuple[int, int]], columns: Sequence[tuple[int, int] | None]
) -> list[tuple[int, int] | None]:
    """Columns whose header could not be read, where only one place is left for them."""
    filled = list(columns)
    for i, span in enumerate(columns):
        if span is not None:
            continue
        before = columns[i - 1] if i > 0 else (0, 0)
        after = columns[i + 1] if i + 1 < len(columns) else (spans[-1][1], spans[-1][1])
        if before is None or after is None:
            continue
        between = [s for s in spans if s[0] >= before[1] and s[1] <= after[0]]
        if len(between) == 1:
            filled[i] = between[0]
    return filled


def _row_rules(
    table: Table, columns: Sequence[tuple[int, int] | None], header_rows: int
) -> tuple[Rule, ...]:
    """Rulings that bound the signer rows, the lower edge of the header first."""
    known = [span for span in columns if span is not None]
    if not known:
        return ()
    cells = sorted({j for left, right in known for j in range(left, right)})
    edges = sorted({j for span in known for j in span})
    rows = [i for i in _wide_rules(table, cells) if i >= header_rows]
    if header_rows not in rows:
        rows = [header_rows, *rows]
    x = _middle_x(table)
    # The signer rows end where the columns' own rulings end.
    kept = rows[:1]
    for low, high in itertools.pairwise(rows):
        if table.down_borders[low:high][:, edges].mean() < 0.75:
            break
        kept.append(high)
    rules = [table.across[i] for i in kept]
    return _regular(rules, x)


def _regular(rules: list[Rule], x: float) -> tuple[Rule, ...]:
    """Choose the rulings that bound rows of about one height; restore missed ones.

    A row of the usual height costs nothing, one that differs costs its share
    of difference, a ruling left out (a strike through a row, an underline) and
    one put in cost a fixed amount; the cheapest way down the table is taken.
    Tables whose rows really differ keep them: leaving out is dearer.
    """
    positions = [rule_at(rule, x) for rule in rules]
    heights = np.diff(positions)
    if len(rules) < 3 or not (heights >= MIN_ROW_PX).any():
        return tuple(rules)
    usual = float(np.median(heights[heights >= MIN_ROW_PX]))
    alike = int((abs(heights - usual) < 0.15 * usual).sum())
    most = 3 if alike >= 3 else 1
    cost, back = [0.0], [(0, 1)]
    for j in range(1, len(rules)):
        options = []
        for i in range(max(0, j - 4), j):
            left_out = LEAVE_OUT_COST * (j - i - 1)
            height = positions[j] - positions[i]
            for count in range(1, most + 1):
                off = abs(height / count - usual) / usual * count
                options.append((cost[i] + left_out + off + PUT_IN_COST * (count - 1), i, count))
        best = min(options)
        cost.append(best[0])
        back.append((best[1], best[2]))
    # The last rulings may be a footer's: leaving them out costs as usual.
    ends = [cost[j] + LEAVE_OUT_COST * (len(rules) - 1 - j) for j in range(len(rules))]
    j = min(range(1, len(rules)), key=lambda k: ends[k])
    chosen = [rules[j]]
    while j > 0:
        i, count = back[j]
        chosen += [_between(rules[i], rules[j], k / count) for k in range(count - 1, 0, -1)]
        chosen.append(rules[i])
        j = i
    return tuple(reversed(chosen))


def _between(upper: Rule, lower: Rule, share: float) -> Rule:
    """A ruling that was not seen, in proportion between two that were."""
    first = max(rule_span(upper)[0], rule_span(lower)[0])
    last = min(rule_span(upper)[1], rule_span(lower)[1])
    xs = np.linspace(first, last, 9)
    ys = [(1 - share) * rule_at(upper, x) + share * rule_at(lower, x) for x in xs]
    return Rule(np.column_stack([xs, ys]), True, 0.0, 0.0)


def _quad(top: Rule, left: Rule, bottom: Rule, right: Rule) -> Polygon:
    return as_polygon(
        [crossing(top, left), crossing(top, right), crossing(bottom, right), crossing(bottom, left)]
    )


def _rows(grid: _Grid, form: Form, words: Sequence[PrintedWord]) -> tuple[RowPlace, ...]:
    spans = [span for span in grid.columns if span is not None]
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    down = grid.table.down
    rows = []
    for number, (top, bottom) in enumerate(
        zip(grid.row_rules[:-1], grid.row_rules[1:], strict=True), start=1
    ):
        cells = [
            CellPlace(
                column=column.name,
                fields=column.fields,
                polygon=_quad(top, down[span[0]], bottom, down[span[1]]),
            )
            for column, span in zip(form.columns, grid.columns, strict=True)
            if span is not None
        ]
        rows.append(RowPlace(number, _quad(top, down[first], bottom, down[last]), tuple(cells)))
    return tuple(rows)


def _form_score(form: Form, grid: _Grid | None, words: Sequence[PrintedWord]) -> float:
    """0..1: headers in a table, phrases and box labels anywhere on the page."""
    headers = grid.score if grid is not None else 0.0
    text = " ".join(w.text for line in text_lines(words) for w in line)
    phrases = [contains(p, text) for p in form.phrases]
    labels = (
        [max(contains(w, text) for w in item.label) for item in form.box.fields] if form.box else []
    )
    total, weight = HEADER_WEIGHT * headers, HEADER_WEIGHT
    if phrases:
        total += PHRASE_WEIGHT * _clear(phrases)
        weight += PHRASE_WEIGHT
    if labels:
        total += LABEL_WEIGHT * _clear(labels)
        weight += LABEL_WEIGHT
    return total / weight


def _clear(scores: Sequence[float]) -> float:
    """Mean of similarities, counted from 0.5: any two texts reach that by chance."""
    return float(np.mean([max(0.0, 2 * s - 1) for s in scores]))


def page_title(words: Sequence[PrintedWord], table: Table) -> str:
    """The largest print above the signer table, as one line; empty if none stands out."""
    top = min(y for _, y in table.outline())
    lines = [line for line in text_lines(words) if line[0].box[3] < top]
    sizes = [float(np.median([w.box[3] - w.box[1] for w in line])) for line in lines]
    if not sizes:
        return ""
    first = int(np.argmax(sizes))
    if sizes[first] < TITLE_SIZE * float(np.median(sizes)):
        return ""
    title = list(lines[first])
    for line, size in zip(lines[first + 1 : first + 3], sizes[first + 1 :], strict=False):
        if size < 0.85 * sizes[first] or line[0].box[1] > title[-1].box[3] + 2 * sizes[first]:
            break
        title += line
    return " ".join(word.text for word in title)


def _collector_box(
    form: Form,
    grid: _Grid,
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    shape: tuple[int, ...],
) -> BoxPlace | None:
    """The collector box by its printed labels, its edges by the rulings around them."""
    if form.box is None or not form.box.fields:
        return None
    outside = [w for w in words if not _in_rows(w, grid)]
    title = find_wording(outside, form.box.title) if form.box.title else None
    if title is not None and title.score < MIN_LABEL:
        title = None
    if title is not None:
        # "DE LA COLLECTE" of a title is not the label "Date de la collecte".
        outside = [w for w in outside if w not in title.words]
    labels = _labels(form, outside, title)
    known = [hit for hit in labels if hit is not None]
    if not known:
        return None
    if title is None and len(known) == 1 and known[0].score < SURE_LABEL:
        return None
    around = bounding_box([w for hit in known + ([title] if title else []) for w in hit.words])
    frame = _frame(around, rules, shape)
    places = _complete(labels, title, frame)
    fields = []
    order = sorted(range(len(places)), key=lambda i: places[i][1])
    for rank, i in enumerate(order):
        label = places[i]
        above = places[order[rank - 1]] if rank else (title.box if title else None)
        below = places[order[rank + 1]] if rank + 1 < len(order) else None
        box = _writing_space(label, above, below, frame, rules)
        fields.append((i, box, label))
    fields.sort()
    return BoxPlace(
        polygon=_box_polygon(frame),
        fields=tuple(
            CellPlace(
                column=form.box.fields[i].field.name,
                fields=(form.box.fields[i].field,),
                polygon=_box_polygon(box),
                captions=tuple(w.box for hit in known for w in hit.words if _touches(w.box, box)),
            )
            for i, box, _ in fields
        ),
    )


def _box_polygon(box: Box) -> Polygon:
    left, top, right, bottom = box
    return as_polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def _touches(first: Box, second: Box) -> bool:
    return min(first[2], second[2]) > max(first[0], second[0]) and min(first[3], second[3]) > max(
        first[1], second[1]
    )


def _in_rows(word: PrintedWord, grid: _Grid) -> bool:
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    top, bottom = rule_at(grid.row_rules[0], x), rule_at(grid.row_rules[-1], x)
    left, right = rule_at(grid.table.down[0], y), rule_at(grid.table.down[-1], y)
    return top <= y <= bottom and left <= x <= right


def _labels(form: Form, words: Sequence[PrintedWord], title: Hit | None) -> list[Hit | None]:
    """One hit a label; of several, the one nearest to the title or the other labels."""
    assert form.box is not None
    options = [find_wordings(words, item.label, MIN_LABEL) for item in form.box.fields]
    # The longest wording read surely is the least likely to stand elsewhere too.
    sure = ([title] if title else []) + [hits[0] for hits in options if hits]
    if not sure:
        return [None] * len(options)
    anchor = max(sure, key=lambda hit: hit.score * (hit.box[2] - hit.box[0])).box
    chosen: list[Hit | None] = []
    for hits in options:
        near = [h for h in hits if _box_distance(h.box, anchor) <= BOX_REACH_PX]
        best = max((h.score for h in near), default=0.0)
        near = [h for h in near if h.score >= best - 0.12]
        chosen.append(min(near, key=lambda h: _box_distance(h.box, anchor), default=None))
    return chosen


def _box_distance(first: Box, second: Box) -> float:
    """Gap between two boxes' left edges or rows, whichever is greater, px."""
    return max(abs(first[0] - second[0]) / 2, abs(first[1] - second[1]))


def _frame(around: Box, rules: Sequence[Rule], shape: tuple[int, ...]) -> Box:
    """Edges of the box: the nearest rulings that run past what is printed in it."""
    left, top, right, bottom = around
    height, width = shape[0], shape[1]
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    slack = 2 * PAGE_PX_PER_MM

    def edge(
        horizontal: bool,
        low: float,
        high: float,
        at: float,
        before: float | None,
        after: float | None,
    ) -> float | None:
        found = []
        for rule in rules:
            if rule.horizontal != horizontal:
                continue
            start, stop = rule_span(rule)
            if start > low + slack or stop < high - slack:
                continue
            position = rule_at(rule, at)
            if before is not None and position <= before + slack:
                found.append(position)
            if after is not None and position >= after - slack:
                found.append(position)
        if not found:
            return None
        return max(found) if before is not None else min(found)

    frame_left = edge(False, top, bottom, middle_y, left, None)
    # Labels may end far left of the box's right edge, and the last writing line
    # may be lower than the last label.
    frame_right = edge(False, top, bottom, middle_y, None, right)
    frame_top = edge(True, left, right, middle_x, top, None)
    frame_bottom = edge(True, left, right, middle_x, None, bottom)
    line = WRITING_LINE_PX
    return (
        frame_left if frame_left is not None else max(0.0, left - slack),
        frame_top
        if frame_top is not None and top - frame_top < 4 * line
        else max(0.0, top - slack),
        frame_right if frame_right is not None else min(width - 1.0, max(right, left + 10 * line)),
        frame_bottom
        if frame_bottom is not None and frame_bottom - bottom < 3 * line
        else min(height - 1.0, bottom + line / 2),
    )


def _complete(labels: Sequence[Hit | None], title: Hit | None, frame: Box) -> list[Box]:
    """Boxes of all labels; one that was not read stands in line with the others."""
    known = [(i, hit.box) for i, hit in enumerate(labels) if hit is not None]
    left = float(np.median([box[0] for _, box in known]))
    right = max(box[2] for _, box in known)
    height = float(np.median([box[3] - box[1] for _, box in known]))
    if len(known) >= 2:
        pitch = float(np.polyfit([i for i, _ in known], [b[1] for _, b in known], 1)[0])
    else:
        top = title.box[3] if title else frame[1]
        pitch = (frame[3] - top) / max(len(labels), 1)
    boxes = []
    for i, hit in enumerate(labels):
        if hit is not None:
            boxes.append(hit.box)
            continue
        j, near = min(known, key=lambda pair: abs(pair[0] - i))
        y = min(max(near[1] + (i - j) * pitch, frame[1]), frame[3] - height)
        boxes.append((left, y, right, y + height))
    return boxes


def _writing_space(
    label: Box, above: Box | None, below: Box | None, frame: Box, rules: Sequence[Rule]
) -> Box:
    """Where the label's answer is written: its ruled cell, else right of it or below."""
    left, top, right, bottom = frame
    x = min(label[2] + 5 * PAGE_PX_PER_MM, (label[0] + right) / 2)
    middle = (label[1] + label[3]) / 2
    ends = below[1] - 1 if below is not None and below[1] > label[3] else bottom
    lines = sorted(
        rule_at(rule, x)
        for rule in rules
        if rule.horizontal and rule_span(rule)[0] <= x + 2 and rule_span(rule)[1] >= x
    )
    cell_top = max((y for y in lines if y < middle - 2 and y >= top - 2), default=top)
    cell_bottom = min((y for y in lines if y > label[1] + 4), default=bottom)
    if above is not None and above[3] < middle:
        # Letters of this line rise above its label, but not into the line above.
        cell_top = max(cell_top, min((above[3] + label[1]) / 2, label[1] - 2))
    cell_bottom = min(
        cell_bottom if cell_bottom > middle else bottom, max(ends, label[3] + 4), bottom
    )
    room = right - label[2]
    if room >= 0.3 * (right - left):
        return label[2] + 2, cell_top, right, max(cell_bottom, label[3] + 2)
    return left, label[3] + 1, right, max(cell_bottom, label[3] + 0.8 * WRITING_LINE_PX)


def collector_fields(form: Form) -> tuple[FieldSpec, ...]:
    """Fields of the collector box in the definition's order."""
    return tuple(item.field for item in form.box.fields) if form.box else ()
