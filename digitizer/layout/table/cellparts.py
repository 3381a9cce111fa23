"""Cut cells that hold several labelled places at their labels.

A cell may say ``Name:`` and ``Address:`` one under the other, or ``Yes`` and
``No`` beside check boxes. Labels are read in the row that all rows have in
common, since handwriting hides them in some; what belongs to a label is what
stands on its line, or under it where labels hang from the top.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from digitizer.forms.forms import Column, Form
from digitizer.geometry import as_polygon
from digitizer.layout.print.printedboxes import boxes_in_row
from digitizer.layout.print.typicalrow import ReadPrint, RowPrint, enlarged_row, read_row
from digitizer.layout.print.wording import Box, find_by_itself, find_wordings
from digitizer.layout.table.captionlines import inner_edges, lines_in_row
from digitizer.records import CellPlace, FieldKind, Pixels, Polygon, PrintedWord, RowPlace

# Similarity from which a caption counts as read.
MIN_CAPTION = 0.7
# A caption is at most so many usual words high.
TALL = 1.4
# Captions whose middles differ by less than this share of their height are on one line.
SAME_LINE = 0.8
# Captions stand under each other in cells at least this high for their width; check
# boxes side by side in flatter ones.
MIN_STACK_ASPECT = 0.18
_TICKED = {FieldKind.CHECKBOX}
# A check box stands before its word where there is room for one: heights of its print.
CHECK_ROOM = 1.2


@dataclass(frozen=True, slots=True)
class _Part:
    """A captioned field: where its caption stands, in shares of the cell.

    ``guessed``: it could not be read, and is put in line with the others.
    """

    number: int
    box: Box
    guessed: bool = False


def split_cells(
    rows: Sequence[RowPlace],
    form: Form,
    gray: Pixels,
    read: ReadPrint,
    known: RowPrint | None = None,
) -> tuple[RowPlace, ...]:
    """Rows whose captioned cells know their captions and, with several, are cut into parts.

    A part is a cell named like its field. A cell whose captions cannot be read
    stays whole. ``gray``: the level page; ``read`` reads the print of pixels; ``known``:
    what was read in these rows before.
    """
    if not form.has_captions or not rows:
        return tuple(rows)
    polygons = [row.polygon for row in rows]
    # Words are read, and boxes sought, in the same picture.
    enlarged = functools.cache(functools.partial(enlarged_row, gray, polygons))
    if known is not None and known.covers(polygons):
        said = known.within(polygons)
    else:
        said = read_row(enlarged(), read)
    columns = {column.name: column for column in form.columns}
    # Of several tables the first may lack a column that another one has.
    found = dict.fromkeys(cell.column for row in rows for cell in row.cells)
    places = {name: _parts(columns[name], rows, said) for name in found}
    ticked = [name for name in places if _is_ticked(columns[name])]
    shared = boxes_in_row(enlarged()) if ticked else ()
    for pale in (False, True):
        if not shared or not any(_lacks_words(columns[name], places[name]) for name in ticked):
            break
        # An engine takes a box and its word for one, or reads neither.
        said = read_row(enlarged(), read, shared, stretched=pale)
        for name in ticked:
            again = _parts(columns[name], rows, said)
            if _words_read(again) > _words_read(places[name]):
                places[name] = again
    cuts = {
        name: _around_boxes(columns[name], places[name], _inside_cells(name, rows, shared))
        for name in ticked
    }
    stacked = {name: lines for name, parts in places.items() if len(lines := _lines(parts)) > 1}
    ruled = lines_in_row(enlarged()) if stacked.keys() - cuts.keys() else ()
    edges = {
        name: _inner_edges(columns[name], lines, _inside_cells(name, rows, ruled))
        for name, lines in stacked.items()
        if ruled and name not in cuts
    }
    return tuple(
        replace(
            row,
            cells=tuple(
                part
                for cell in row.cells
                for part in _cut(
                    cell,
                    columns[cell.column],
                    places[cell.column],
                    cuts.get(cell.column, {}),
                    edges.get(cell.column),
                )
            ),
        )
        for row in rows
    )


def prints_captions_once(rows: Sequence[RowPlace], form: Form, said: Sequence[PrintedWord]) -> bool:
    """Whether each caption that writing goes with is printed once in a row of ``rows``.

    ``said``: the print that they share, in shares of a row. Where a line is lost between two
    rows, both have their captions. False where one could not be read, or none is printed.
    """
    told = 0
    for column in form.columns:
        wanted = [
            wordings
            for spec, wordings in zip(column.fields, column.captions, strict=True)
            if wordings and spec.kind is not FieldKind.CHECKBOX
        ]
        if not wanted:
            continue
        if all(cell.column != column.name for row in rows for cell in row.cells):
            return False
        inside = _said_inside(column, rows, said)[0]
        if any(_times_printed(inside, wordings) != 1 for wordings in wanted):
            return False
        told += len(wanted)
    return told > 0


def _times_printed(said: Sequence[PrintedWord], wordings: Sequence[str]) -> int:
    """At how many places a caption stands; the end of one is no further one."""
    taken: set[PrintedWord] = set()
    count = 0
    for hit in find_wordings(said, wordings, MIN_CAPTION):
        count += taken.isdisjoint(hit.words)
        taken.update(hit.words)
    return count


def _parts(
    column: Column, rows: Sequence[RowPlace], said: Sequence[PrintedWord]
) -> tuple[_Part, ...]:
    """Where the captions of a column's cells stand, by the print that all rows share."""
    scaled, usual, (width, height) = _said_inside(column, rows, said)
    parts = []
    # A word that writing below it was read together with is no higher than the others.
    heights = [word.box[3] - word.box[1] for word in said]
    highest = TALL * float(np.median(heights)) / (usual[3] - usual[1]) if heights else 1.0
    for number, wordings in enumerate(column.captions):
        hit = find_by_itself(scaled, wordings) if wordings else None
        if hit is not None and hit.score >= MIN_CAPTION:
            x0, y0, x1, y1 = _share(hit.box, (0.0, 0.0, width, height))
            parts.append(_Part(number, (x0, y0, x1, min(y1, y0 + highest))))
    return _evenly(column, parts, height / width)


def _said_inside(
    column: Column, rows: Sequence[RowPlace], said: Sequence[PrintedWord]
) -> tuple[list[PrintedWord], Box, tuple[float, float]]:
    """The print inside a column's cells, px from a cell's corner; the cell in shares of its row,
    0..1, and its width and height, px.
    """
    cells = [(row, cell) for row in rows for cell in row.cells if cell.column == column.name]
    shares = [_share(_bounds(cell.polygon), _bounds(row.polygon)) for row, cell in cells]
    usual = _median(shares)
    inside = [
        replace(word, box=_share(word.box, usual))
        for word in said
        if usual[0] <= word.middle[0] <= usual[2] and usual[1] <= word.middle[1] <= usual[3]
    ]
    # Shares of a cell are wider than high: words are compared in pixels.
    left, top, right, bottom = _bounds(cells[0][1].polygon)
    scaled = [replace(word, box=_place(word.box, (0.0, 0.0, right - left, bottom - top)))
              for word in inside]  # fmt: skip
    return scaled, usual, (right - left, bottom - top)


def _evenly(column: Column, parts: list[_Part], aspect: float) -> tuple[_Part, ...]:
    """Captions with those that could not be read put in line with the others.

    ``aspect``: the cell's height over its width. A cell of several captions none of
    which was read is left whole.
    """
    wanted = [number for number, wordings in enumerate(column.captions) if wordings]
    known = {part.number: part.box for part in parts}
    read = frozenset(known)
    if not known or len(known) == len(wanted):
        return tuple(parts)
    near, box = next(iter(sorted(known.items())))
    stacked = len(wanted) * (box[3] - box[1]) < 1.0 and aspect > MIN_STACK_ASPECT
    pitch = 1.0 / len(wanted)
    for place, number in enumerate(wanted):
        if number in known:
            continue
        steps = place - wanted.index(near)
        dx, dy = (0.0, steps * pitch) if stacked else (steps * pitch, 0.0)
        known[number] = (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
    return tuple(_Part(number, known[number], number not in read) for number in wanted)


def _is_ticked(column: Column) -> bool:
    """Whether cells hold several check boxes, each with its word, and nothing else."""
    kinds = {field.kind for field in column.fields}
    return sum(map(bool, column.captions)) == len(column.fields) > 1 and kinds == _TICKED


def _words_read(parts: Sequence[_Part]) -> int:
    return sum(not part.guessed for part in parts)


def _lacks_words(column: Column, parts: Sequence[_Part]) -> bool:
    """Whether the words of some of a column's check boxes were not read."""
    return _words_read(parts) < len(column.fields)


def _inside_cells(name: str, rows: Sequence[RowPlace], boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Those of the boxes that rows share which stand in a column, in shares of its cells."""
    cells = [(row, cell) for row in rows for cell in row.cells if cell.column == name]
    usual = _median([_share(_bounds(cell.polygon), _bounds(row.polygon)) for row, cell in cells])
    inside = [_share(box, usual) for box in boxes]
    return tuple(
        (x0, y0, x1, y1)
        for x0, y0, x1, y1 in inside
        if 0.0 <= (x0 + x1) / 2 <= 1.0 and 0.0 <= (y0 + y1) / 2 <= 1.0
    )


def _cut(
    cell: CellPlace,
    column: Column,
    parts: Sequence[_Part],
    cuts: Mapping[int, Box],
    edges: Sequence[float] | None,
) -> list[CellPlace]:
    """A cell's parts; ``cuts``: of each field, where boxes that are seen tell.

    ``edges``: between its lines of captions, where lines to write on tell.
    """
    cell = replace(cell, captioned=any(column.captions))
    if not parts:
        return [cell]
    bounds = _bounds(cell.polygon)
    # Where a word of a check box is guessed to stand its mark may be.
    shown = [part for part in parts if not (part.guessed and _is_ticked(column))]
    captions = tuple(_place(part.box, bounds) for part in shown)
    if len(parts) < 2:
        return [replace(cell, captions=captions)]
    regions = cuts or _regions(cell, parts, edges)
    # A word that was read together with its box looks like one without room for it before.
    blind = not cuts and _is_ticked(column) and not _stand_ahead(cell, parts)
    guessed = not cuts and (blind or any(part.guessed for part in parts))
    cut = []
    for number, field in enumerate(cell.fields):
        if number not in regions:
            continue
        polygon = _inside(cell.polygon, regions[number])
        # Fields without a caption are written with the one before them.
        more = []
        for other in range(number + 1, len(cell.fields)):
            if other in regions:
                break
            more.append(cell.fields[other])
        place = CellPlace(
            field.name,
            (field, *more),
            polygon,
            captions,
            column.comb,
            captioned=True,
            guessed=guessed,
        )
        cut.append(place)
    return cut


def _around_boxes(
    column: Column, parts: Sequence[_Part], boxes: Sequence[Box]
) -> Mapping[int, Box]:
    """As ``_regions``, for check boxes that are seen: cut midway between a box and another's word.

    ``boxes``: in shares of the cell, one for each field. All stand before their words or all
    behind them, whether a word was read together with its box or not. Where some words were
    not read the boxes stand in the fields' order; empty where nothing tells whose a box is.
    """
    words = {part.number: part.box for part in parts if not part.guessed}
    numbers = range(len(column.fields))
    if not words or len(boxes) != len(numbers):
        return {}
    found: list[dict[int, Box]] = []
    for ahead in (True, False):
        beside = {n: _box_beside(word, boxes, ahead=ahead) for n, word in words.items()}
        own = {n: box for n, box in beside.items() if box is not None}
        if len(set(own.values())) < len(words):
            continue
        if len(own) == len(numbers):
            found = [own]
            break
        for order in _orders(boxes):
            whose = dict(zip(numbers, order, strict=True))
            if all(whose[n] == box for n, box in own.items()) and whose not in found:
                found.append(whose)
    if len(found) != 1:
        return {}
    (whose,) = found
    whole = [_Part(n, _union(words.get(n, box), box)) for n, box in whose.items()]
    height = float(np.median([box[3] - box[1] for box in boxes]))
    lines = _stacked(whole, height)
    pairs = [
        (max(part.box[3] for part in upper), min(part.box[1] for part in lower))
        for upper, lower in pairwise(lines)
    ]
    levels = [0.0, *(sum(pair) / 2 for pair in pairs), 1.0]
    regions: dict[int, Box] = {}
    for line, high, low in zip(lines, levels[:-1], levels[1:], strict=True):
        between = [(one.box[2] + other.box[0]) / 2 for one, other in pairwise(line)]
        sides = [0.0, *between, 1.0]
        for part, left, right in zip(line, sides[:-1], sides[1:], strict=True):
            regions[part.number] = (left, high, right, low)
    return regions


def _orders(boxes: Sequence[Box]) -> list[list[Box]]:
    """Boxes line by line, and column by column."""
    height = float(np.median([box[3] - box[1] for box in boxes]))
    lines = _stacked([_Part(n, box) for n, box in enumerate(boxes)], height)
    by_line = [part.box for line in lines for part in line]
    most = max(map(len, lines))
    by_column = [line[k].box for k in range(most) for line in lines if k < len(line)]
    return [by_line, by_column]


def _box_beside(word: Box, boxes: Sequence[Box], *, ahead: bool) -> Box | None:
    """The box nearest to a word on its line, before it or behind it."""
    middle = (word[1] + word[3]) / 2
    center = (word[0] + word[2]) / 2
    line = [box for box in boxes if box[1] <= middle <= box[3]]
    if ahead:
        before = [box for box in line if (box[0] + box[2]) / 2 < center]
        return max(before, key=lambda box: box[0], default=None)
    behind = [box for box in line if (box[0] + box[2]) / 2 > center]
    return min(behind, key=lambda box: box[0], default=None)


def _union(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]), min(one[1], other[1]),
        max(one[2], other[2]), max(one[3], other[3]),
    )  # fmt: skip


def _regions(
    cell: CellPlace, parts: Sequence[_Part], told: Sequence[float] | None
) -> Mapping[int, Box]:
    """For each captioned field its share of the cell: (left, top, right, bottom).

    ``told``: the edges between its lines of captions, if anything tells them.
    """
    height = float(np.median([p.box[3] - p.box[1] for p in parts]))
    middles = [(p.box[1] + p.box[3]) / 2 for p in parts]
    regions: dict[int, Box] = {}
    if max(middles) - min(middles) < SAME_LINE * height:
        ordered = sorted(parts, key=lambda p: p.box[0])
        first = ordered[0]
        spec = cell.fields[first.number]
        if spec.kind is FieldKind.CHECKBOX and _has_room(first, cell, height):
            # The box stands before its word: a part ends where its word does.
            edges = [0.0, *(p.box[2] for p in ordered[:-1]), 1.0]
        else:
            edges = [0.0, *(p.box[0] for p in ordered[1:]), 1.0]
        for part, low, high in zip(ordered, edges[:-1], edges[1:], strict=True):
            regions[part.number] = (low, 0.0, high, 1.0)
        return regions
    lines = _lines(parts)
    tops = [min(p.box[1] for p in line) for line in lines]
    lows = [max(p.box[3] for p in line) for line in lines]
    gaps = [max(0.0, top - low) for top, low in zip(tops[1:], lows, strict=False)]
    if all(cell.fields[part.number].kind is FieldKind.CHECKBOX for part in parts):
        # Boxes are higher than their words: each has half of what is between.
        down = 0.5
    else:
        # Each line has its share of the cell, in which its captions hang from the top, stand
        # on the foot or between as the first does in the cell and the last does.
        above, under = max(0.0, tops[0]), max(0.0, 1.0 - lows[-1])
        down = under / max(above + under, 1e-6)
    edges = [0.0, *(low + down * gap for low, gap in zip(lows, gaps, strict=False)), 1.0]
    if told is not None:
        edges = [0.0, *told, 1.0]
    for line, high, low in zip(lines, edges[:-1], edges[1:], strict=True):
        # Boxes stand before their words, as above.
        first = line[0]
        ahead = cell.fields[first.number].kind is FieldKind.CHECKBOX and _has_room(
            first, cell, height
        )
        edge = 2 if ahead else 0
        inner = [part.box[edge] for part in (line[:-1] if ahead else line[1:])]
        sides = [0.0, *inner, 1.0]
        for part, left, right in zip(line, sides[:-1], sides[1:], strict=True):
            regions[part.number] = (left, high, right, low)
    return regions


def _stand_ahead(cell: CellPlace, parts: Sequence[_Part]) -> bool:
    """Whether a cell's boxes to tick, which were not seen, surely stand before their words."""
    height = float(np.median([p.box[3] - p.box[1] for p in parts]))
    return _has_room(min(parts, key=lambda p: p.box[0]), cell, height)


def _has_room(first: _Part, cell: CellPlace, height: float) -> bool:
    """Whether there is room for a check box before a cell's first word, ``height`` of print."""
    left, top, right, bottom = _bounds(cell.polygon)
    return first.box[0] * (right - left) > CHECK_ROOM * (bottom - top) * height


def _inner_edges(
    column: Column, lines: Sequence[Sequence[_Part]], ruled: Sequence[Box]
) -> list[float] | None:
    """Where a cell is cut between its lines of captions; ``ruled``: its lines, in shares of it."""
    written = [
        any(column.fields[part.number].kind is not FieldKind.CHECKBOX for part in line)
        for line in lines
    ]
    return inner_edges([[part.box for part in line] for line in lines], ruled, written)


def _lines(parts: Sequence[_Part]) -> list[list[_Part]]:
    """As ``_stacked``, by the usual height of captions."""
    if not parts:
        return []
    return _stacked(parts, float(np.median([p.box[3] - p.box[1] for p in parts])))


def _stacked(parts: Sequence[_Part], height: float) -> list[list[_Part]]:
    """Captions by the line they stand on, from the top; each line from the left."""
    lines: list[list[_Part]] = []
    for part in sorted(parts, key=lambda p: p.box[1] + p.box[3]):
        last = lines[-1][0] if lines else None
        if last and abs(sum(part.box[1::2]) - sum(last.box[1::2])) < 2 * SAME_LINE * height:
            lines[-1].append(part)
        else:
            lines.append([part])
    return [sorted(line, key=lambda p: p.box[0]) for line in lines]


def _bounds(polygon: Polygon) -> Box:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return min(xs), min(ys), max(xs), max(ys)


def _share(box: Box, of: Box) -> Box:
    width, height = max(of[2] - of[0], 1e-6), max(of[3] - of[1], 1e-6)
    return (
        (box[0] - of[0]) / width,
        (box[1] - of[1]) / height,
        (box[2] - of[0]) / width,
        (box[3] - of[1]) / height,
    )


def _place(share: Box, of: Box) -> Box:
    width, height = of[2] - of[0], of[3] - of[1]
    return (
        of[0] + share[0] * width,
        of[1] + share[1] * height,
        of[0] + share[2] * width,
        of[1] + share[3] * height,
    )


def _median(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = (float(v) for v in np.median(np.array(boxes), axis=0))
    return left, top, right, bottom


def _inside(polygon: Polygon, region: Box) -> Polygon:
    """A share of a four-sided cell, by its own (perhaps slanted) sides."""
    corners = np.array(polygon[:4])

    def at(x: float, y: float) -> tuple[float, float]:
        upper = corners[0] + x * (corners[1] - corners[0])
        lower = corners[3] + x * (corners[2] - corners[3])
        point = upper + y * (lower - upper)
        return float(point[0]), float(point[1])

    left, top, right, bottom = region
    return as_polygon([at(left, top), at(right, top), at(right, bottom), at(left, bottom)])
