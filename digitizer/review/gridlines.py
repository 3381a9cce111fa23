"""The lines of a page's grid as a person drags them, and what was dragged -> a ``PageEdit``.

A line is a chain of points, because paper bends: it is moved by its two ends, and what
lies between goes with them in proportion. Pages show px of the page; an edit is kept in
px of the scan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from digitizer.geometry import apply_homography, as_polygon
from digitizer.records import ColumnEdit, PageEdit, PageGeometry, Point, Polygon, RowPlace

# Corners nearer than this are one: cells share their borders, px.
SAME_PX = 3.0
# A row's border follows that of the next one within this share of its height; else
# they are rows of several tables, which cannot be edited as one.
CONTIGUOUS = 0.1
# A cell begins at the top of its row within this share of its height; else the row
# has several lines.
AT_THE_TOP = 0.3
# Nobody writes in less than 2.5 mm; nearer lines are a slip of the hand, px.
MIN_GAP_PX = 20.0


class Refused(Exception):  # noqa: N818 - told to the reviewer, no error of the program
    """Lines that make no grid; ``message`` names what is wrong."""

    def __init__(self, message: str) -> None:
        """``message``: name of a message of the pages."""
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the grid in page px, from left to right or from top to bottom.

    ``columns``: of a line down the page, the columns that end at it (left) and begin (right).
    """

    points: Polygon
    down: bool = False
    ends: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()

    @property
    def first(self) -> float:
        """Height of its left end, or x of its upper end."""
        return self.points[0][0 if self.down else 1]

    @property
    def last(self) -> float:
        """Height of its right end, or x of its lower end."""
        return self.points[-1][0 if self.down else 1]

    def moved(self, first: float, last: float) -> "Line":
        """The line with its ends there."""
        along, across = (1, 0) if self.down else (0, 1)
        points = np.array(self.points, dtype=np.float64)
        length = max(float(points[-1, along] - points[0, along]), 1e-9)
        share = (points[:, along] - points[0, along]) / length
        points[:, across] += (1 - share) * (first - self.first) + share * (last - self.last)
        return replace(self, points=as_polygon(points, 1))


def row_lines(geometry: PageGeometry) -> tuple[Line, ...]:
    """Lines that bound the rows, from the top; none where rows are not one below the other."""
    rows = geometry.rows
    if not rows or any(len(row.polygon) != 4 for row in rows):
        return ()
    for upper, lower in pairwise(rows):
        near = CONTIGUOUS * max(_height(upper), 1.0)
        ends = ((upper.polygon[3], lower.polygon[0]), (upper.polygon[2], lower.polygon[1]))
        if any(abs(a[1] - b[1]) > near or abs(a[0] - b[0]) > near for a, b in ends):
            return ()
    lines = [Line(_chain(row, top=True)) for row in rows]
    return (*lines, Line(_chain(rows[-1], top=False)))


def column_lines(geometry: PageGeometry) -> tuple[Line, ...]:
    """Borders of columns, from the left; none where rows have several lines of cells."""
    rows = geometry.rows
    if not row_lines(geometry) or any(not _on_one_line(row) for row in rows):
        return ()
    names = [cell.column for cell in rows[0].cells]
    if any([cell.column for cell in row.cells] != names for row in rows):
        return ()
    found: list[Line] = []
    for place, name in enumerate(names):
        for left in (True, False):
            a, b = (0, 3) if left else (1, 2)
            down = [row.cells[place].polygon[a] for row in rows]
            down.append(rows[-1].cells[place].polygon[b])
            line = Line(tuple(down), down=True)
            same = next((n for n, known in enumerate(found) if _same(known, line)), None)
            if same is None:
                found.append(line)
                same = len(found) - 1
            known = found[same]
            found[same] = (
                replace(known, begins=(*known.begins, name))
                if left
                else replace(known, ends=(*known.ends, name))
            )
    return tuple(sorted(found, key=lambda line: line.first))


def drawn_rows(lines: Sequence[Line], posted: Mapping[str, str]) -> tuple[Line, ...]:
    """The row lines as posted: ``row.N.first``, ``.last``, ``.delete``; new ones are ``row.nN``.

    Raises Refused for lines that make no rows.
    """
    kept = []
    for name in dict.fromkeys(key.split(".")[1] for key in posted if key.startswith("row.")):
        if posted.get(f"row.{name}.delete"):
            continue
        ends = (posted.get(f"row.{name}.first", ""), posted.get(f"row.{name}.last", ""))
        if not any(end.strip() for end in ends):
            continue
        first, last = _numbers(ends)
        if name.isdecimal() and int(name) < len(lines):
            base = lines[int(name)]
        else:
            middle = (first + last) / 2
            base = min(lines, key=lambda line: abs((line.first + line.last) / 2 - middle))
        kept.append(base.moved(first, last))
    return _checked(kept, at_least=2)


def drawn_columns(lines: Sequence[Line], posted: Mapping[str, str]) -> tuple[Line, ...]:
    """The borders of columns as posted: ``column.N.first`` and ``.last``. Raises Refused."""
    moved = []
    for number, line in enumerate(lines):
        ends = tuple(posted.get(f"column.{number}.{end}", "") for end in ("first", "last"))
        moved.append(line.moved(*_numbers(ends)) if all(ends) else line)
    if [line.begins for line in _checked(moved, at_least=2)] != [line.begins for line in moved]:
        raise Refused("sheet.columns_crossed")
    return tuple(moved)


def with_rows(edit: PageEdit, lines: Sequence[Line], geometry: PageGeometry) -> PageEdit:
    """The edit with these lines between the rows."""
    return replace(edit, row_lines=tuple(to_scan(line.points, geometry) for line in lines))


def with_columns(edit: PageEdit, lines: Sequence[Line], geometry: PageGeometry) -> PageEdit:
    """The edit with these borders of columns."""
    places = [to_scan(line.points, geometry) for line in lines]
    left = {name: place for line, place in zip(lines, places, strict=True) for name in line.begins}
    right = {name: place for line, place in zip(lines, places, strict=True) for name in line.ends}
    columns = tuple(ColumnEdit(name, left[name], right[name]) for name in left if name in right)
    return replace(edit, columns=columns)


def drawn_corners(posted: Mapping[str, str], size: tuple[int, int]) -> Polygon:
    """The sheet's corners in scan px as posted: ``corner.N.x`` and ``.y``; none: no fields.

    ``size``: width and height of the scan. Raises Refused for corners that make no sheet.
    """
    names = [(f"corner.{n}.x", f"corner.{n}.y") for n in range(4)]
    if any(name not in posted for pair in names for name in pair):
        return ()
    width, height = size
    corners: list[Point] = []
    for pair in names:
        x, y = _numbers([posted[name] for name in pair])
        corners.append((min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))))
    turns = []
    for number in range(4):
        (ax, ay), (bx, by), (cx, cy) = (corners[(number + k) % 4] for k in range(3))
        turns.append((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*corners, corners[0]]))) / 2
    convex = all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)
    if not convex or area < 0.02 * width * height:
        raise Refused("sheet.corners_wrong")
    return tuple(corners)


def to_scan(points: Polygon, geometry: PageGeometry) -> Polygon:
    """Points of the page in px of the scan."""
    scan_from_page = np.array(geometry.scan_from_page, dtype=np.float64).reshape(3, 3)
    return as_polygon(apply_homography(scan_from_page, points), 1)


def _checked(lines: Sequence[Line], *, at_least: int) -> tuple[Line, ...]:
    if len(lines) < at_least:
        raise Refused("sheet.too_few_lines")
    ordered = sorted(lines, key=lambda line: line.first + line.last)
    for one, other in pairwise(ordered):
        if min(other.first - one.first, other.last - one.last) < MIN_GAP_PX:
            raise Refused("sheet.lines_too_near")
    return tuple(ordered)


def numbers_of(texts: Sequence[str]) -> tuple[float, ...]:
    """Numbers as people type them. Raises Refused."""
    try:
        # People in Quebec write 12,5.
        found = tuple(float(text.strip().replace(",", ".")) for text in texts)
    except ValueError:
        raise Refused("sheet.no_number") from None
    if not np.isfinite(found).all() or max(map(abs, found)) > 1e6:
        raise Refused("sheet.no_number")
    return found


def _numbers(texts: Sequence[str]) -> tuple[float, float]:
    first, last = numbers_of(texts)
    return first, last


def _height(row: RowPlace) -> float:
    ys = [y for _, y in row.polygon]
    return max(ys) - min(ys)


def _on_one_line(row: RowPlace) -> bool:
    near = AT_THE_TOP * _height(row)
    return all(
        len(cell.polygon) == 4
        and abs(cell.polygon[0][1] - row.polygon[0][1]) < near
        and abs(cell.polygon[3][1] - row.polygon[3][1]) < near
        for cell in row.cells
    )


def _chain(row: RowPlace, *, top: bool) -> Polygon:
    """The upper or lower border of a row, through the corners of its cells."""
    a, b = (0, 1) if top else (3, 2)
    ends = (row.polygon[a], row.polygon[b])
    between = [cell.polygon[k] for cell in row.cells if len(cell.polygon) == 4 for k in (a, b)]
    near = AT_THE_TOP * _height(row)
    points = [ends[0]]
    for point in sorted(between):
        share = (point[0] - ends[0][0]) / max(ends[1][0] - ends[0][0], 1e-9)
        height = (1 - share) * ends[0][1] + share * ends[1][1]
        beside = min(point[0] - points[-1][0], ends[1][0] - point[0])
        if beside > SAME_PX and abs(point[1] - height) < near:
            points.append(point)
    return (*points, ends[1])


def _same(one: Line, other: Line) -> bool:
    gaps = [abs(a[0] - b[0]) for a, b in zip(one.points, other.points, strict=True)]
    return max(gaps) <= SAME_PX
