"""Draw petition sheets that are not one plain table: what other petitions print.

Rows of two ruled lines with captions in their cells, combs of one box a
character, check boxes, captions stacked in one cell, two tables side by side,
boxes above the table. Each is one wording in printings that vary.
"""

from dataclasses import dataclass, replace

import numpy as np

from scripts.sheets.draw import (
    Blank,
    BoxFields,
    Layout,
    Rect,
    RowCells,
    Sheet,
    random_layout,
)
from scripts.sheets.fonts import FontSet
from scripts.sheets.wording import Column, Wording

CAPTION_PT = 6.5
CAPTION_MM = 3.0
CHECK_MM = 3.2
TABLE_GAP_MM = 7.0
# A blank for a number, and what truth calls the two of "Sheet ____ of ____".
BLANK_MM = 15.0
COUNT_FIELDS = ("sheet_number", "sheet_total")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a signer row: truth's column, share of its line's width, print in it.

    ``captions``: words at the cell's top left; where there are several, the cell
    is written in that many lines, one each. ``comb``: boxes for single
    characters. ``checks``: truth's name of each check box and the word behind it.
    """

    column: str
    share: float
    captions: tuple[str, ...] = ()
    header: str = ""
    comb: int = 0
    checks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A layout: the ruled lines of a row, how many tables stand side by side, where the box is.

    ``line_mm``: least and greatest height of a ruled line. ``numbered``: a
    narrow column with the row's number stands before the others. ``below``: how
    many tables share the rows, one below the other, each with its heads.
    ``count``: where two blanks for the sheet's number and how many there are stand
    ("corner" or "box"), and the words before each. ``cards``: the corners' radius and the
    gap below each, mm, where every row is a card of its own, with a line for each caption.
    """

    wording: Wording
    lines: tuple[tuple[Cell, ...], ...]
    paper: str
    line_mm: tuple[float, float]
    rows: tuple[int, int]
    tables: int = 1
    numbered: bool = False
    box_above: bool = False
    below: int = 1
    count: tuple[str, str, str] | None = None
    cards: tuple[float, float] | None = None


def words_of(
    form: str,
    language: str,
    title: str,
    to: str,
    letter: str,
    columns: tuple[Column, ...],
    foot: str,
    box: tuple[str, tuple[tuple[str, str], ...]],
) -> Wording:
    """A wording of one title and one paragraph; ``box``: its title, and names with labels."""
    return Wording(
        form=form,
        language=language,
        titles=(title,),
        to_line=to,
        letter=(letter,),
        contact="",
        heading="",
        complete="",
        columns=columns,
        return_address=(foot,),
        box_title=box[0],
        box_fields=box[1],
    )


BALLOT_EN = Plan(
    words_of(
        "ballot-en",
        "en",
        "INITIATIVE PETITION: KEEP THE RIVER TRAIL PUBLIC",
        "To the Clerk of the Regional District",
        "We, the undersigned registered electors, ask that the question of the river trail be put "
        "to a vote at the next general election.",
        (
            Column("signature", "", ("signature",), 0.5),
            Column("phone", "", ("phone",), 0.5),
            Column("name", "", ("name",), 0.36),
            Column("address", "", ("address", "city"), 0.44),
            Column("postal_code", "", ("postal_code",), 0.2),
        ),
        "Do not sign for another person. Each elector may sign once.",
        (
            "CIRCULATOR'S STATEMENT",
            (("collector_name", "Circulator's name:"), ("date_collected", "Date circulated:")),
        ),
    ),
    lines=(
        (Cell("signature", 0.55, ("SIGNATURE",)), Cell("phone", 0.45, ("PHONE",))),
        (
            Cell("name", 0.34, ("PRINTED NAME",)),
            Cell("address", 0.44, ("STREET ADDRESS, CITY",)),
            Cell("postal_code", 0.22, ("POSTAL CODE",)),
        ),
    ),
    paper="letter",
    line_mm=(9.5, 11.5),
    rows=(6, 8),
    numbered=True,
)
SYNDICAT_FR = Plan(
    words_of(
        "syndicat-fr",
        "fr",
        "PÉTITION POUR LES SOINS À DOMICILE",
        "À l'Assemblée nationale du Québec",
        "Nous, soussignés, demandons au gouvernement de financer les soins à domicile dans toutes "
        "les régions et de publier les délais d'attente.",
        (
            Column("name", "Nom et prénom", ("name",), 0.24),
            Column("postal_code", "Code postal", ("postal_code",), 0.17),
            Column("phone", "Téléphone", ("phone",), 0.2),
            Column("signature", "Signature", ("signature",), 0.25),
        ),
        "Retournez ce formulaire à la Fédération des soins, Trois-Rivières.",
        (
            "RESPONSABLE DE LA PAGE",
            (("collector_name", "Nom du responsable :"), ("date_collected", "Date :")),
        ),
    ),
    lines=(
        (
            Cell("name", 0.25, header="Nom et prénom"),
            Cell("postal_code", 0.18, header="Code postal", comb=6),
            Cell("phone", 0.19, header="Téléphone"),
            Cell(
                "news", 0.14, header="Infolettre", checks=(("news_yes", "Oui"), ("news_no", "Non"))
            ),
            Cell("signature", 0.24, header="Signature"),
        ),
    ),
    paper="letter-landscape",
    line_mm=(9.5, 11.5),
    rows=(6, 9),
    box_above=True,
)
STACKED_EN = Plan(
    words_of(
        "stacked-en",
        "en",
        "Save the Harbour Market",
        "To Mayor and Council",
        "We ask Council to renew the lease of the Harbour Market and to keep its stalls for local "
        "growers and makers.",
        (
            Column("person", "", ("name",), 0.34),
            Column("home", "", ("address",), 0.34),
            Column("code", "", ("postal_code",), 0.36),
            Column("mail", "", ("email",), 0.36),
            Column("signature", "Signature", ("signature",), 0.3),
        ),
        "Return to the Market Society, 4 Wharf Lane.",
        ("", ()),
    ),
    lines=(
        (
            Cell("signer", 0.40, ("Name:", "Address:"), header="Signer"),
            Cell("reach", 0.34, ("Postal code:", "Email:"), header="How we can reach you"),
            Cell("signature", 0.26, header="Signature"),
        ),
    ),
    paper="letter",
    line_mm=(15.0, 19.0),
    rows=(6, 9),
)
TWIN_EN = Plan(
    words_of(
        "twin-en",
        "en",
        "Petition for a Safe Crossing on Mill Road",
        "To the Transportation Committee",
        "We ask for a signal-controlled crossing at the school on Mill Road before September.",
        (
            Column("name", "Name", ("name",), 0.42),
            Column("postal_code", "Postal Code", ("postal_code",), 0.24),
            Column("signature", "Sign Here", ("signature",), 0.34),
        ),
        "Please return by the first of June to the Parents' Council.",
        (
            "FOR THE PARENTS' COUNCIL",
            (("collector_name", "Collected by:"), ("sheet_number", "Sheet:")),
        ),
    ),
    lines=(
        (
            Cell("name", 0.42, header="Name"),
            Cell("postal_code", 0.25, header="Postal Code"),
            Cell("signature", 0.33, header="Sign Here"),
        ),
    ),
    paper="letter-landscape",
    line_mm=(9.0, 11.0),
    rows=(6, 9),
    tables=2,
)
PLANS = {p.wording.form: p for p in (BALLOT_EN, SYNDICAT_FR, STACKED_EN, TWIN_EN)}


def draw_plan(plan: Plan, fonts: FontSet, rng: np.random.Generator, *, dpi: int = 200) -> Blank:
    """A printing of ``plan``, without ink."""
    layout = random_layout(rng, fonts=len(fonts.printed), paper=plan.paper)
    layout = replace(
        layout,
        rows=int(rng.integers(plan.rows[0], plan.rows[1] + 1)),
        row_mm=len(plan.lines) * float(rng.uniform(*plan.line_mm)),
        header="inside",
        outer_border=True,
        box_place="below" if layout.box_place == "attached" else layout.box_place,
    )
    return _PlanSheet(plan, layout, fonts, dpi, rng).draw()


class _PlanSheet(Sheet):
    """One drawing in progress of a plan."""

    def __init__(
        self, plan: Plan, layout: Layout, fonts: FontSet, dpi: int, rng: np.random.Generator
    ) -> None:
        super().__init__(plan.wording, layout, fonts, dpi, 0)
        self.plan = plan
        self.tall_combs = bool(rng.random() < 0.5)
        self.above: BoxFields | None = None
        self.counted: tuple[tuple[str, Rect], ...] = ()

    def _draw_head(self, letter: int) -> None:
        super()._draw_head(letter)
        if self.plan.count is not None and self.plan.count[0] == "corner":
            end = self.right - 2
            floor = self.layout.margin_mm - 1
            self.counted = self._draw_count(end - self._count_mm(), floor)
        if self.plan.box_above:
            self.above = self._draw_box(self.right - self.layout.box_mm, self.y)
            self.y = self.above.rect[3] + 4

    def _foot_mm(self) -> float:
        if self.plan.box_above:
            return 4 + len(self.words.return_address) * self._line_mm(self.layout.body_pt)
        return super()._foot_mm()

    def _draw_foot(self, last_row: Rect) -> BoxFields | None:
        if not self.plan.box_above:
            return self._with_count(super()._draw_foot(last_row))
        self.y += 3
        self._block(" ".join(self.words.return_address), self.layout.body_pt)
        return self.above

    def _with_count(self, box: BoxFields | None) -> BoxFields | None:
        """The box with what is written in a corner of the page."""
        if not self.counted or self.plan.count is None or self.plan.count[0] != "corner":
            return box
        if box is None:
            left, top = self.counted[0][1][:2]
            return BoxFields((left, top, *self.counted[-1][1][2:]), self.counted)
        return replace(box, fields=(*box.fields, *self.counted))

    def _box_mm(self) -> float:
        more = self.layout.box_row_mm if self.plan.count and self.plan.count[0] == "box" else 0.0
        return super()._box_mm() + more

    def _draw_box(self, left: float, top: float) -> BoxFields:
        box = super()._draw_box(left, top)
        if self.plan.count is None or self.plan.count[0] != "box":
            return box
        # Its line is the first below the title.
        floor = box.rect[3] - len(box.fields) * self.layout.box_row_mm
        counted = self._draw_count(left + 1.5, floor - 1)
        return replace(box, fields=(*counted, *box.fields))

    def _count_mm(self) -> float:
        """How wide the two blanks for the sheet's number are with their words."""
        assert self.plan.count is not None
        said = sum(self._width_mm(t, self.layout.body_pt, False) for t in self.plan.count[1:])
        return said + 2 * BLANK_MM + 4

    def _draw_count(self, x: float, floor: float) -> tuple[tuple[str, Rect], ...]:
        """The blanks from ``x`` on, on a line at ``floor``, and where people write."""
        assert self.plan.count is not None
        points = self.layout.body_pt
        fields = []
        for name, text in zip(COUNT_FIELDS, self.plan.count[1:], strict=True):
            self._text(x, floor - self._line_mm(points) + 0.2, text, points)
            start = x + self._width_mm(text, points, False) + 1
            self._rule(start, floor, start + BLANK_MM, floor, 0.15)
            # People write a little above the floor of what they write in.
            fields.append((name, (start, floor - 7, start + BLANK_MM, floor + 0.8)))
            x = start + BLANK_MM + 1
        return tuple(fields)

    def _header_mm(self) -> float:
        if not any(cell.header for line in self.plan.lines for cell in line):
            return 0.0
        return self._line_mm(self.layout.header_pt) + 2.2

    def _rows_that_fit(self, height_mm: float) -> int:
        more = (self.plan.below - 1) * (TABLE_GAP_MM + self._header_mm())
        return super()._rows_that_fit(height_mm - more)

    def _draw_table(self, rows: int) -> tuple[RowCells, ...]:
        found: list[RowCells] = []
        for number in range(self.plan.below):
            self.y += TABLE_GAP_MM if number else 0
            share = rows // self.plan.below + (number < rows % self.plan.below)
            found += self._draw_beside(share, len(found))
        return tuple(found)

    def _draw_beside(self, rows: int, before: int) -> list[RowCells]:
        """Tables side by side from here on; ``before``: signers of those above."""
        top = self.y
        width = (self.right - self.left - (self.plan.tables - 1) * TABLE_GAP_MM) / self.plan.tables
        places: list[RowCells] = []
        for number in range(self.plan.tables):
            left = self.left + number * (width + TABLE_GAP_MM)
            one = self._one_table if self.plan.cards is None else self._one_stack
            places += one(left, left + width, top, rows, before + len(places))
        return places

    def _one_table(
        self, left: float, right: float, top: float, rows: int, before: int
    ) -> list[RowCells]:
        lay = self.layout
        first = left + 8 if self.plan.numbered else left
        head = self._header_mm()
        self._rule(left, top, right, top)
        if head:
            if lay.header_shade is not None:
                self._shade((left, top, right, top + head), lay.header_shade)
                self._rule(left, top, right, top)
            x = first
            for cell in self.plan.lines[0]:
                end = x + cell.share * (right - first)
                around = (x, top, end, top + head)
                self._draw_header_cell([(cell.header, True)], around, centred=lay.header_centred)
                self._rule(x, top, x, top + head)
                x = end
        y = top + head
        places = []
        height = lay.row_mm / len(self.plan.lines)
        for number in range(rows):
            start = y
            self._rule(left, y, right, y)
            if self.plan.numbered:
                self._text(left + 2, y + lay.row_mm * 0.35, f"{before + number + 1}", lay.header_pt)
            cells: list[tuple[str, Rect]] = []
            writing: list[tuple[str, Rect]] = []
            checks: list[tuple[str, Rect]] = []
            for index, line in enumerate(self.plan.lines):
                if index:
                    self._rule(first, y, right, y)
                x = first
                for place, cell in enumerate(line):
                    end = x + cell.share * (right - first)
                    self._draw_cell(cell, (x, y, end, y + height), cells, writing)
                    checks += self._draw_checks(cell, (x, y, end, y + height))
                    if place:
                        self._rule(x, y, x, y + height)
                    x = end
                y += height
            row = (first, start, right, y)
            combs = [(c.column, c.comb) for line in self.plan.lines for c in line if c.comb]
            places.append(
                RowCells(
                    before + number + 1,
                    row,
                    tuple(cells),
                    tuple(writing),
                    tuple(checks),
                    tuple(combs),
                )
            )
        self._rule(left, y, right, y)
        for x in {left, first, right}:
            self._rule(x, top, x, y)
        self.y = y
        return places

    def _one_stack(
        self, left: float, right: float, top: float, rows: int, before: int
    ) -> list[RowCells]:
        """Cards with round corners below each other; each caption is a cell with a line."""
        assert self.plan.cards is not None
        radius, gap = self.plan.cards
        ((cell,),) = self.plan.lines
        high = self.layout.row_mm - gap
        pitch, points = (high - 2) / len(cell.captions), CAPTION_PT + 1.5
        places = []
        for number in range(rows):
            y = top + number * self.layout.row_mm
            corners = [round(v * self.scale) for v in (left, y, right, y + high)]
            self.pen.rounded_rectangle(corners, radius * self.scale, outline=40, width=2)
            writing = []
            for index, caption in enumerate(cell.captions):
                floor = y + (index + 1) * pitch
                self._text(left + 3, floor - self._line_mm(points) + 0.4, caption, points)
                start = left + 4 + self._width_mm(caption, points, False)
                self._line(start, floor, right - 3, floor, 0.2)
                place = (start, floor - pitch + 0.8, right - 3, floor + 0.4)
                writing.append((_STACKED[cell.column][index], place))
            row = (left, y, right, y + high)
            places.append(RowCells(before + number + 1, row, (), tuple(writing)))
        self.y = top + rows * self.layout.row_mm
        return places

    def _draw_cell(
        self,
        cell: Cell,
        rect: Rect,
        cells: list[tuple[str, Rect]],
        writing: list[tuple[str, Rect]],
    ) -> None:
        x0, y0, x1, y1 = rect
        cells.append((cell.column, rect))
        if len(cell.captions) == 1:
            self._text(x0 + 0.8, y0 + 0.4, cell.captions[0], CAPTION_PT)
            writing.append((cell.column, (x0, y0 + CAPTION_MM * 0.6, x1, y1)))
        for index, caption in enumerate(cell.captions if len(cell.captions) > 1 else ()):
            pitch = (y1 - y0) / len(cell.captions)
            top = y0 + index * pitch
            points = CAPTION_PT + 1.5
            self._text(x0 + 1, top + pitch - self._line_mm(points) - 0.6, caption, points)
            start = x0 + 1 + self._width_mm(caption, points, False) + 1
            writing.append((_STACKED[cell.column][index], (start, top, x1, top + pitch)))
        for index in range(1, cell.comb):
            x = x0 + (x1 - x0) * index / cell.comb
            self._rule(x, y0 if self.tall_combs else y1 - 3, x, y1)

    def _draw_checks(self, cell: Cell, rect: Rect) -> list[tuple[str, Rect]]:
        x0, y0, x1, y1 = rect
        boxes = []
        for index, (name, word) in enumerate(cell.checks):
            left = x0 + 2 + index * (x1 - x0 - 2) / len(cell.checks)
            top = (y0 + y1 - CHECK_MM) / 2
            right, low = left + CHECK_MM, top + CHECK_MM
            for ends in (
                (left, top, right, top),
                (left, low, right, low),
                (left, top, left, low),
                (right, top, right, low),
            ):
                self._rule(*ends, 0.2)
            self._text(right + 0.8, top, word, CAPTION_PT + 1.0)
            boxes.append((name, (left, top, right, low)))
        return boxes


# Truth's columns of the lines of a stacked cell.
_STACKED = {
    "signer": ("person", "home"),
    "reach": ("code", "mail"),
    "card": ("name", "phone", "signature"),
}
