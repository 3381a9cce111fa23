"""Draw a blank petition sheet: one wording in many printings.

Everything is laid out in millimetres from the top left of the paper; the same
numbers are the exact truth of rows, cells and the collector box. Cells run
from rule centre to rule centre. Print is drawn at twice the resolution and
averaged down, so that rules of 0.15 mm keep their gray.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from scripts.sheets.fonts import FontSet
from scripts.sheets.rulestyles import PLAIN, RuleStyle, pieces
from scripts.sheets.wording import Wording

Rect: TypeAlias = tuple[float, float, float, float]

PAPERS_MM = {
    "letter": (215.9, 279.4),
    "letter-landscape": (279.4, 215.9),
    "a4": (210.0, 297.0),
    "a4-landscape": (297.0, 210.0),
    "legal": (215.9, 355.6),
}
SUPERSAMPLE = 2
MM_PER_INCH = 25.4
POINTS_PER_MM = 72.0 / MM_PER_INCH
LINE_SPACING = 1.22  # of the font size
MIN_ROWS = 5  # fewer, and paragraphs of the letter are dropped first


@dataclass(frozen=True, slots=True)
class Layout:
    """How a printing looks. Lengths in mm, sizes in points, gray 0 (black) to 255.

    ``header``: "inside" (ruled header row) or "above" (words over the table).
    ``header_mixed``: every other head stands the other way than ``header_centred`` says.
    ``complete``: where the "Complete if ..." line stands: "cell", "above" (over
    the contact column) or "heading" (on the heading's line).
    ``box_place``: "right", "below" or "attached" to the table's last rule.
    ``box_lines``: "rules" (full-width rules), "blanks" (a line to write on
    after the label) or "none".
    """

    paper: str
    margin_mm: float
    body_pt: float
    title_pt: float
    header_pt: float
    print_font: int
    rows: int
    row_mm: float
    rule_mm: float
    rule_gray: int
    header: str
    header_centred: bool
    header_shade: int | None
    complete: str
    outer_border: bool
    box_place: str
    box_lines: str
    box_mm: float
    box_row_mm: float
    title_centred: bool
    title_band: bool
    share_jitter: tuple[float, ...]
    rules: RuleStyle = PLAIN
    header_mixed: bool = False


@dataclass(frozen=True, slots=True)
class RowCells:
    """A signer row: its rectangle and that of every cell, in mm.

    ``writing``: where people write, for cells in which print leaves less room;
    ``checks``: its check boxes, by the name that truth gives them; ``combs``: how
    many boxes for single characters a cell has.
    """

    row: int
    rect: Rect
    cells: tuple[tuple[str, Rect], ...]
    writing: tuple[tuple[str, Rect], ...] = ()
    checks: tuple[tuple[str, Rect], ...] = ()
    combs: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BoxFields:
    """The collector box: its rectangle and each field's writing area, in mm."""

    rect: Rect
    fields: tuple[tuple[str, Rect], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Blank:
    """A printed sheet without ink: (H, W) uint8 at ``dpi`` and its exact places.

    ``colored``: the same (H, W, 3) BGR, where rulings have a colour.
    """

    pixels: npt.NDArray[np.uint8]
    dpi: int
    paper_mm: tuple[float, float]
    wording: Wording
    rows: tuple[RowCells, ...]
    box: BoxFields | None
    colored: npt.NDArray[np.uint8] | None = None

    @property
    def printed(self) -> npt.NDArray[np.uint8]:
        """What is printed, in colour where there is any."""
        return self.pixels if self.colored is None else self.colored


def random_layout(rng: np.random.Generator, *, fonts: int, paper: str | None = None) -> Layout:
    """A plausible printing; ``fonts`` is the number of print fonts to choose from."""
    papers = ("letter", "letter", "letter", "a4", "letter-landscape", "a4-landscape", "legal")
    chosen = paper or str(rng.choice(papers))
    header = str(rng.choice(["inside", "inside", "inside", "above"]))
    complete = str(rng.choice(["cell", "above", "heading"]))
    if header == "above" and complete == "above":
        complete = "heading"
    return Layout(
        paper=chosen,
        margin_mm=float(rng.uniform(11, 20)),
        body_pt=float(rng.uniform(8.5, 11)),
        title_pt=float(rng.uniform(15, 22)),
        header_pt=float(rng.uniform(8, 10.5)),
        print_font=int(rng.integers(fonts)),
        rows=int(rng.integers(6, 13)),
        row_mm=float(rng.uniform(9.5, 14)),
        rule_mm=float(rng.choice([0.15, 0.2, 0.25, 0.35, 0.5])),
        rule_gray=int(rng.choice([0, 0, 0, 40, 90, 130])),
        header=header,
        header_centred=bool(rng.random() < 0.4),
        header_shade=int(rng.integers(205, 240)) if rng.random() < 0.35 else None,
        complete=complete,
        outer_border=bool(rng.random() < 0.85),
        box_place=str(rng.choice(["right", "right", "below", "attached"])),
        box_lines=str(rng.choice(["rules", "blanks", "none"])),
        box_mm=float(rng.uniform(92, 112)),
        box_row_mm=float(rng.uniform(8, 10.5)),
        title_centred=bool(rng.random() < 0.4),
        title_band=bool(rng.random() < 0.15),
        share_jitter=tuple(float(x) for x in rng.uniform(-0.02, 0.02, size=8)),
    )


def draw_blank(
    wording: Wording, layout: Layout, fonts: FontSet, *, dpi: int = 200, title: int = 0
) -> Blank:
    """The blank sheet. Paragraphs, then rows, give way where the paper is too short."""
    return Sheet(wording, layout, fonts, dpi, title).draw()


class Sheet:
    """One drawing in progress; ``y`` is the pen's height in mm."""

    def __init__(
        self, wording: Wording, layout: Layout, fonts: FontSet, dpi: int, title: int
    ) -> None:
        """``title``: which of the wording's titles."""
        self.words = wording
        self.layout = layout
        self.paper_mm = PAPERS_MM[layout.paper]
        self.dpi = dpi
        self.scale = dpi * SUPERSAMPLE / MM_PER_INCH
        self.regular, self.bold = fonts.printed[layout.print_font % len(fonts.printed)]
        size = (round(self.paper_mm[0] * self.scale), round(self.paper_mm[1] * self.scale))
        self.image = Image.new("L", size, 255)
        self.pen = ImageDraw.Draw(self.image)
        # Coloured rulings have a sheet of their own: how much of them is at a pixel.
        self.tint = Image.new("L", size if layout.rules.color else (1, 1), 0)
        self.title = wording.titles[title % len(wording.titles)]
        self.left = layout.margin_mm
        self.right = self.paper_mm[0] - layout.margin_mm
        self.y = layout.margin_mm

    # --- pens ---------------------------------------------------------------

    def _font(self, points: float, bold: bool) -> ImageFont.FreeTypeFont:
        pixels = max(6, round(points / POINTS_PER_MM * self.scale))
        return ImageFont.truetype(self.bold if bold else self.regular, pixels)

    def _width_mm(self, text: str, points: float, bold: bool) -> float:
        return self._font(points, bold).getlength(text) / self.scale

    def _wrap(self, text: str, points: float, width_mm: float, bold: bool = False) -> list[str]:
        lines: list[str] = []
        for word in text.split():
            joined = f"{lines[-1]} {word}" if lines else word
            if lines and self._width_mm(joined, points, bold) <= width_mm:
                lines[-1] = joined
            else:
                lines.append(word)
        return lines

    def _text(
        self, x: float, y: float, text: str, points: float, *, bold: bool = False, gray: int = 0
    ) -> None:
        place = (round(x * self.scale), round(y * self.scale))
        self.pen.text(place, text, font=self._font(points, bold), fill=gray)

    def _rule(self, x0: float, y0: float, x1: float, y1: float, mm: float | None = None) -> None:
        style = self.layout.rules
        across = y0 == y1
        start, stop = (x0, x1) if across else (y0, y1)
        seed = round(10 * min(x0, y0)), round(10 * max(x0, y0))
        offsets = (0.0,) if style.double_mm is None else (0.0, style.double_mm)
        for first, last in pieces(style, start, stop, seed):
            for off in offsets:
                if across:
                    self._line(first, y0 + off, last, y0 + off, mm)
                else:
                    self._line(x0 + off, first, x0 + off, last, mm)

    def _line(self, x0: float, y0: float, x1: float, y1: float, mm: float | None) -> None:
        style = self.layout.rules
        thick = max(1, round((mm or style.mm or self.layout.rule_mm) * self.scale))
        half = thick // 2
        box = [round(v * self.scale) - half for v in (x0, y0, x1, y1)]
        box[2] += thick - 1
        box[3] += thick - 1
        if style.color is not None:
            ImageDraw.Draw(self.tint).rectangle(box, fill=255)
            return
        gray = self.layout.rule_gray if style.gray is None else style.gray
        self.pen.rectangle(box, fill=gray)

    def _shade(self, rect: Rect, gray: int) -> None:
        self.pen.rectangle([round(v * self.scale) for v in rect], fill=gray)

    def _line_mm(self, points: float) -> float:
        return points * LINE_SPACING / POINTS_PER_MM

    def _block(
        self, text: str, points: float, *, bold: bool = False, centred: bool = False, gray: int = 0
    ) -> None:
        for line in self._wrap(text, points, self.right - self.left, bold):
            x = self.left
            if centred:
                x = (self.left + self.right - self._width_mm(line, points, bold)) / 2
            self._text(x, self.y, line, points, bold=bold, gray=gray)
            self.y += self._line_mm(points)

    # --- parts --------------------------------------------------------------

    def draw(self) -> Blank:
        """The whole sheet, rows and paragraphs given up where there is no room."""
        head = self._head_mm(len(self.words.letter))
        letter = len(self.words.letter)
        foot = self._foot_mm()
        bottom = self.paper_mm[1] - self.layout.margin_mm
        while letter > 0 and self._rows_that_fit(bottom - head - foot) < MIN_ROWS:
            letter -= 1
            head = self._head_mm(letter)
        rows = min(self.layout.rows, self._rows_that_fit(bottom - head - foot))
        if rows < 1:
            raise ValueError(f"no room for signer rows on {self.layout.paper}")
        self._draw_head(letter)
        places = self._draw_table(rows)
        box = self._draw_foot(places[-1].rect)
        size = (
            round(self.paper_mm[0] * self.dpi / MM_PER_INCH),
            round(self.paper_mm[1] * self.dpi / MM_PER_INCH),
        )
        small = np.asarray(self.image.resize(size, Image.Resampling.BOX), dtype=np.uint8)
        colored = None
        if color := self.layout.rules.color:
            share = np.asarray(self.tint.resize(size, Image.Resampling.BOX))[..., None] / 255
            ink = 1 - share * (1 - np.array(color[::-1]) / 255)
            colored = np.asarray(np.round(small[..., None] * ink), dtype=np.uint8)
        return Blank(small, self.dpi, self.paper_mm, self.words, places, box, colored)

    def _rows_that_fit(self, height_mm: float) -> int:
        return int((height_mm - self._header_mm()) / self.layout.row_mm)

    def _head_mm(self, letter: int) -> float:
        """Height of everything above the table, found by laying it out on no paper."""
        dry = Sheet.__new__(type(self))
        for name, value in vars(self).items():
            setattr(dry, name, value)
        dry.image = Image.new("L", (1, 1))
        dry.pen = ImageDraw.Draw(dry.image)
        dry._draw_head(letter)
        return dry.y

    def _draw_head(self, letter: int) -> None:
        lay = self.layout
        self.y = lay.margin_mm
        if lay.title_band:
            lines = self._wrap(self.title, lay.title_pt, self.right - self.left, True)
            height = len(lines) * self._line_mm(lay.title_pt) + 3
            self._shade((self.left, self.y - 1, self.right, self.y + height - 1), 30)
            self.y += 0.5
        shown = 255 if lay.title_band else 0
        self._block(self.title, lay.title_pt, bold=True, centred=lay.title_centred, gray=shown)
        self.y += 3.5
        self._block(self.words.to_line, lay.body_pt + 1, bold=True, centred=lay.title_centred)
        self.y += 2
        for paragraph in self.words.letter[:letter]:
            self._block(paragraph, lay.body_pt)
            self.y += 2
        if self.words.contact:
            self._block(self.words.contact, lay.body_pt)
            self.y += 2.5
        self._draw_heading()

    def _draw_heading(self) -> None:
        lay = self.layout
        top = self.y
        if self.words.heading:
            self._text(self.left, top, self.words.heading, lay.body_pt + 1.5, bold=True)
            self.y = top + self._line_mm(lay.body_pt + 1.5) + 0.8
        if self.words.complete and lay.complete != "cell":
            edges = self._column_edges()
            start = edges[-2] if lay.complete == "above" else (self.left + self.right) / 2
            points = lay.header_pt - 0.5
            y = top
            for line in self._wrap(self.words.complete, points, self.right - start):
                self._text(start, y, line, points)
                y += self._line_mm(points)
            self.y = max(self.y, y + 0.8)
        self.y += 0.6

    def _column_edges(self) -> list[float]:
        columns = self.words.columns
        shares = [
            c.share * (1 + 4 * j) for c, j in zip(columns, self.layout.share_jitter, strict=False)
        ]
        total = sum(shares)
        width = self.right - self.left
        edges = [self.left]
        for share in shares:
            edges.append(edges[-1] + width * share / total)
        return edges

    def _header_lines(self) -> list[list[tuple[str, bool]]]:
        """Wrapped lines of each header cell with their boldness."""
        edges = self._column_edges()
        points = self.layout.header_pt
        cells = []
        for index, column in enumerate(self.words.columns):
            width = edges[index + 1] - edges[index] - 2.5
            lines: list[tuple[str, bool]] = []
            last = index == len(self.words.columns) - 1
            if last and self.words.complete and self.layout.complete == "cell":
                lines += [(t, False) for t in self._wrap(self.words.complete, points - 1.5, width)]
            lines += [(t, True) for t in self._wrap(column.header, points, width, True)]
            cells.append(lines)
        return cells

    def _header_mm(self) -> float:
        lines = max(len(cell) for cell in self._header_lines())
        return lines * self._line_mm(self.layout.header_pt) + 2.2

    def _draw_table(self, rows: int) -> tuple[RowCells, ...]:
        lay = self.layout
        edges = self._column_edges()
        top = self.y
        header_bottom = top + self._header_mm()
        if lay.header == "inside" and lay.header_shade is not None:
            self._shade((edges[0], top, edges[-1], header_bottom), lay.header_shade)
        for index, lines in enumerate(self._header_lines()):
            place = (edges[index], top, edges[index + 1], header_bottom)
            centred = lay.header_centred != (lay.header_mixed and index % 2 == 1)
            self._draw_header_cell(lines, place, centred=centred)
        bottom = header_bottom + rows * lay.row_mm
        first = top if lay.header == "inside" else header_bottom
        if lay.header == "inside":
            self._rule(edges[0], top, edges[-1], top)
        places = []
        for number in range(rows):
            y0 = header_bottom + number * lay.row_mm
            y1 = y0 + lay.row_mm
            if lay.rules.bands is not None and number % 2 == 0:
                self._shade((edges[0], y0, edges[-1], y1), lay.rules.bands)
            if lay.rules.bands is None or number == 0:
                self._rule(edges[0], y0, edges[-1], y0)
            cells = tuple(
                (column.name, (edges[i], y0, edges[i + 1], y1))
                for i, column in enumerate(self.words.columns)
            )
            places.append(RowCells(number + 1, (edges[0], y0, edges[-1], y1), cells))
            if self.words.columns[0].name == "number":
                self._text(edges[0] + 2, y0 + lay.row_mm * 0.3, f"{number + 1}.", lay.header_pt)
        self._rule(edges[0], bottom, edges[-1], bottom)
        closed = lay.outer_border
        sides = edges[:1] if closed and not lay.rules.open_left else []
        sides = [*sides, *edges[1:-1]]
        sides += edges[-1:] if closed and not lay.rules.open_right else []
        for x in sides if lay.rules.columns else ():
            self._rule(x, first, x, bottom)
        self.y = bottom
        return tuple(places)

    def _draw_header_cell(
        self, lines: list[tuple[str, bool]], place: Rect, *, centred: bool
    ) -> None:
        x0, top, x1, bottom = place
        points = self.layout.header_pt
        # Header words stand on the floor of the row where they are above the table.
        height = len(lines) * self._line_mm(points)
        y = bottom - height - 0.8 if self.layout.header == "above" else top + 1.0
        for text, bold in lines:
            size = points if bold else points - 1.5
            x = x0 + 1.2
            if centred:
                x = (x0 + x1 - self._width_mm(text, size, bold)) / 2
            self._text(x, y, text, size, bold=bold)
            y += self._line_mm(size if not bold else points)

    def _box_mm(self) -> float:
        if not self.words.box_fields:
            return 0.0
        title = len(self._wrap(self.words.box_title, self.layout.body_pt, self.layout.box_mm - 4))
        lines = title * self._line_mm(self.layout.body_pt) + 2.5
        return lines + len(self.words.box_fields) * self.layout.box_row_mm

    def _foot_mm(self) -> float:
        address = len(self.words.return_address) * self._line_mm(self.layout.body_pt)
        if self.layout.box_place == "below":
            one = self._line_mm(self.layout.body_pt)
            return 3 + 2 * one + 2.5 + self._box_mm()
        return 4 + max(address, self._box_mm())

    def _draw_foot(self, last_row: Rect) -> BoxFields | None:
        lay = self.layout
        points = lay.body_pt
        self.y += 3
        box_left = self.right - lay.box_mm
        if lay.box_place == "below":
            self._block(" ".join(self.words.return_address), points)
            self.y += 2.5
            return self._draw_box(self.left, self.y) if self.words.box_fields else None
        y = self.y
        width = box_left - self.left - 4 if self.words.box_fields else self.right - self.left
        for text in self.words.return_address:
            for line in self._wrap(text, points, width):
                self._text(self.left, y, line, points)
                y += self._line_mm(points)
        if not self.words.box_fields:
            return None
        if lay.box_place == "attached":
            return self._draw_box(last_row[2] - lay.box_mm, last_row[3])
        return self._draw_box(box_left, self.y)

    def _draw_box(self, left: float, top: float) -> BoxFields:
        lay = self.layout
        right = left + lay.box_mm
        bottom = top + self._box_mm()
        y = top + 1.0
        for line in self._wrap(self.words.box_title, lay.body_pt, lay.box_mm - 4, True):
            self._text(left + 1.5, y, line, lay.body_pt, bold=True)
            y += self._line_mm(lay.body_pt)
        y = bottom - len(self.words.box_fields) * lay.box_row_mm
        fields = []
        for name, label in self.words.box_fields:
            # Labels stand low in their line, so that ink and label share a floor.
            self._text(
                left + 1.5,
                y + lay.box_row_mm - self._line_mm(lay.body_pt) - 0.8,
                label,
                lay.body_pt,
            )
            start = left + 1.5 + self._width_mm(label, lay.body_pt, False) + 1.5
            floor = y + lay.box_row_mm
            if lay.box_lines == "rules":
                self._rule(left, y, right, y)
            elif lay.box_lines == "blanks":
                self._rule(start, floor - 1.0, right - 3, floor - 1.0, 0.15)
            fields.append((name, (start, y, right, floor)))
            y = floor
        for x in (left, right):
            self._rule(x, top, x, bottom)
        for line_y in (top, bottom):
            self._rule(left, line_y, right, line_y)
        return BoxFields((left, top, right, bottom), tuple(fields))


def with_rows(layout: Layout, rows: int, row_mm: float) -> Layout:
    """The same printing with another number and height of rows."""
    return replace(layout, rows=rows, row_mm=row_mm)
