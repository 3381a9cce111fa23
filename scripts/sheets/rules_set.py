"""Draw a set that measures marks: dittos, strikes, duplicates, rescans and decoys.

What it holds is planned in ``rules_plan``; here blocks become rows with ink,
and every row's truth says which marks it bears.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from scripts.sheets.batch import DEGRADATIONS, recipe
from scripts.sheets.degrade import Recipe, degrade
from scripts.sheets.draw import MM_PER_INCH, Blank, Rect, draw_blank, random_layout
from scripts.sheets.fill import (
    BOX_FLOOR_MM,
    Filled,
    RowInk,
    RowTruth,
    Scribe,
    WetInk,
    Written,
    arrange,
    lit_paper,
    sign,
    write_lines,
)
from scripts.sheets.fonts import FontSet
from scripts.sheets.hands import CAP_PX, Stamp, join_stamps
from scripts.sheets.penmarks import (
    DECOY_STROKES,
    DITTO_MARKS,
    DITTO_RUNS,
    DITTO_WORDS,
    PENS,
    cross_out,
    ditto_mark,
    ditto_run,
    draw_marks,
    flourish,
    pen_width,
    strike,
)
from scripts.sheets.people import invent_collector, plain
from scripts.sheets.rules_plan import Block, deal, plan_blocks, rescan_count
from scripts.sheets.truth import PageTruth
from scripts.sheets.wording import WORDINGS

Random = np.random.Generator
FORMS = (
    "amnesty-canada-en", "amnesty-canada-fr", "amnesty-canada-en", "amnesty-canada-fr",
    "municipal-fr",
)  # fmt: skip
# Share of light that gets through a stroke's middle, at most.
INKED = 0.75
# Words of streets and how people shorten them.
SHORT_STREET = {"Avenue": "Ave", "Street": "St", "Road": "Rd", "Drive": "Dr", "boul.": "bd"}


@dataclasses.dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who signed on a sheet: where, which petition, and all texts of the person."""

    place: str
    petition: str
    texts: Mapping[str, str]


def draw_rules_set(
    out: Path,
    scribe: Scribe,
    fonts: FontSet,
    *,
    seed: int,
    sheets: int,
    degradation: str = DEGRADATIONS[1],
    max_skew_deg: float = 1.5,
    dense: float = 1.0,
) -> Iterator[PageTruth]:
    """Draw ``sheets`` PNG files into ``out``, rescans last, yielding the truth of each."""
    plan = np.random.default_rng([seed, 5])
    waiting = plan_blocks(plan, sheets, dense=dense)
    originals = sheets - rescan_count(sheets)
    repeated = set(plan.choice(originals, rescan_count(sheets), replace=False).tolist())
    signed: list[Signed] = []
    again: list[tuple[str, str, Filled]] = []
    for number in range(originals):
        rng = np.random.default_rng([seed, 5, number])
        wording = WORDINGS[FORMS[number % len(FORMS)]]
        paper = "letter-landscape" if wording.form == "municipal-fr" else None
        layout = random_layout(rng, fonts=len(fonts.printed), paper=paper)
        title = int(rng.integers(9))
        blank = draw_blank(wording, layout, fonts, dpi=200, title=title)
        petition = wording.titles[title % len(wording.titles)]
        most = len(blank.rows)
        rows = int(rng.integers(max(4, most - 3), most + 1)) if most > 4 else most
        columns = [column.name for column in wording.columns]
        # Who signs another petition as well has signed neither twice.
        before = [one for one in signed if one.petition == petition]
        blocks = deal(waiting, columns, wording.language, min(rows, most), originals - number,
                      rng, may_repeat=bool(before))  # fmt: skip
        name = f"sheet_{number + 1:03d}.png"
        sheet = _Sheet(blank, scribe, rng, name, petition, before)
        filled = sheet.fill(blocks)
        signed += sheet.fresh
        scan = degrade(filled.pixels, blank.dpi, recipe(degradation, max_skew_deg, rng), rng)
        cv2.imwrite(str(out / name), scan.pixels)
        if number in repeated:
            again.append((name, petition, filled))
        yield PageTruth(name, 1, degradation, filled, scan, petition=petition)
    for number, (first, petition, filled) in enumerate(again):
        rng = np.random.default_rng([seed, 6, number])
        scan = degrade(filled.pixels, filled.blank.dpi, _other_recipe(max_skew_deg, rng), rng)
        name = f"sheet_{originals + number + 1:03d}.png"
        cv2.imwrite(str(out / name), scan.pixels)
        yield PageTruth(name, 1, "rescan", filled, scan, first, petition)


def _other_recipe(max_skew_deg: float, rng: Random) -> Recipe:
    """Another scanner, another angle; one in three is a photo."""
    if rng.random() < 0.33:
        return Recipe(
            dpi=int(rng.choice([170, 200, 230])), turn_deg=int(rng.choice([0, 90, 180, 270])),
            skew_deg=float(rng.uniform(-3, 3)), perspective=float(rng.uniform(0.005, 0.03)),
            margin_mm=15.0, bed="desk", noise=float(rng.uniform(2, 5)),
            blur_px=float(rng.uniform(0.4, 0.8)), shadow=float(rng.uniform(0, 0.25)),
            vignette=float(rng.uniform(0, 0.3)), jpeg=int(rng.integers(70, 90)),
        )  # fmt: skip
    mild = recipe("mild", max(3.0, max_skew_deg), rng)
    dpi, turn = int(rng.choice([150, 200, 300])), int(rng.choice([0, 0, 180, 90]))
    return dataclasses.replace(mild, dpi=dpi, turn_deg=turn)


class _Sheet:
    """One sheet under the pen."""

    def __init__(
        self,
        blank: Blank,
        scribe: Scribe,
        rng: Random,
        file: str,
        petition: str,
        signed: list[Signed],
    ) -> None:
        """``signed``: who signed this petition on earlier sheets."""
        height, width = blank.pixels.shape
        self.ink = WetInk(np.ones((height, width, 3), np.float32), blank.dpi / MM_PER_INCH)
        self.blank, self.scribe, self.rng, self.file = blank, scribe, rng, file
        self.petition, self.signed = petition, signed
        self.language = blank.wording.language
        self.columns = {column.name: column.fields for column in blank.wording.columns}
        self.truths: list[RowTruth] = []
        self.fresh: list[Signed] = []

    def fill(self, blocks: list[Block]) -> Filled:
        """Write the blocks from the top row down, then the collector's box."""
        index = 0
        for block in blocks:
            rows = range(index, index + block.rows)
            self._block(block, rows)
            index += block.rows
        said = self._collector()
        paper = lit_paper(self.blank.printed, self.rng)
        pixels = np.clip(paper * self.ink.light, 0, 255).astype(np.uint8)
        return Filled(pixels, self.blank, tuple(self.truths), said)

    def _collector(self) -> dict[str, str]:
        said = {name: "" for name, _ in self.blank.wording.box_fields}
        if self.blank.box is None or self.rng.random() > 0.92:
            return said
        written = self.scribe.collector(self.rng, self.language)
        for name, rect in self.blank.box.fields:
            write_lines(self.ink, rect, [written.stamps[name]], written, self.rng,
                        overflow=False, floor_mm=BOX_FLOOR_MM)  # fmt: skip
            said[name] = written.texts[name]
        return said

    # --- blocks

    def _block(self, block: Block, rows: range) -> None:
        if block.what == "ditto":
            self._dittos(block, rows)
        elif block.what == "duplicate":
            self._duplicate(rows[0])
        elif block.what == "struck":
            marks = (f"struck:{block.kind}",)
            self._row(rows[0], self._new_row(), marks=marks, status="struck")
            self._strike(block.kind, rows[0])
        elif block.what == "decoy" and block.kind in ("twins", "father-son"):
            self._household(block.kind, rows)
        elif block.what == "decoy":
            self._decoy(block.kind, rows)
        else:
            self._row(rows[0], self._new_row())

    def _new_row(self) -> RowInk:
        return self.scribe.row(self.rng, self.language)

    def _strike(self, kind: str, index: int) -> None:
        rect = self.blank.rows[index].rect
        if kind == "partial":
            cells = dict(self.blank.rows[index].cells)
            rect = (cells["name"][0], rect[1], cells["address"][2], rect[3])
        pen = PENS[int(self.rng.integers(len(PENS)))]
        draw_marks(self.ink, strike(kind, rect, self.rng), pen, pen_width(self.rng), self.rng)

    def _decoy(self, kind: str, rows: range) -> None:
        row, marks = self._new_row(), (f"decoy:{kind}",)
        if kind == "corrected":
            column = str(self.rng.choice(["name", "address", self._contact_column()]))
            self._row(rows[0], row, corrected=column)
            return
        places = self._row(rows[0], row, marks=marks)
        cells = dict(self.blank.rows[rows[0]].cells)
        width = pen_width(self.rng)
        if kind == "flourish":
            lines = flourish(places["signature"][0], cells["signature"], self.rng)
        else:
            column = "name" if kind == "underlined" or self.rng.random() < 0.6 else "address"
            # A tail is drawn from the last line of its cell.
            written, rect = places[column][-1], cells[column]
            right = self.blank.rows[rows[0]].rect[2] - 3
            lines = DECOY_STROKES[kind](self._as_inked(written), rect, right, self.rng)
        draw_marks(self.ink, lines, row.pen_bgr, width, self.rng)
        for index in rows[1:]:
            self._row(index, self._new_row())

    def _as_inked(self, written: Written) -> Written:
        """The line with its baseline and height as its ink shows them."""
        scale = self.ink.px_per_mm
        top = max(0, int((written.baseline - 1.6 * written.cap) * scale))
        bottom = int((written.baseline + 0.5 * written.cap) * scale)
        left, right = int(written.x * scale), int((written.x + written.width) * scale)
        dark = (self.ink.light[top:bottom, left:right, 1] < INKED).any(axis=1)
        rows = np.flatnonzero(dark)
        if len(rows) < 2:
            return written
        cap = float(np.ptp(rows)) / scale
        return dataclasses.replace(written, baseline=(top + int(rows[-1])) / scale, cap=cap)

    def _contact_column(self) -> str:
        return "contact" if "contact" in self.columns else "name"

    def _household(self, kind: str, rows: range) -> None:
        """Two people of one name and address, or father and son."""
        row = self._new_row()
        self._row(rows[0], row, marks=(f"decoy:{kind}",))
        texts = dict(row.texts)
        first, _, last = texts["name"].rpartition(" ")
        if kind == "father-son":
            texts["name"] += " Jr" if self.language == "en" else " fils"
        else:
            other = self._new_row().texts["name"].split()[0]
            texts["name"] = f"{other if other != first else 'Anna'} {last}"
        texts.pop("email", None)
        second = self.scribe.again(texts, self.rng, self.language)
        self._row(rows[1], second, marks=(f"decoy:{kind}",))

    def _duplicate(self, index: int) -> None:
        one = self.signed[int(self.rng.integers(len(self.signed)))]
        texts = _varied(one.texts, self.rng)
        texts["date"] = invent_collector(self.rng, self.language)[2]
        row = self.scribe.again(texts, self.rng, self.language)
        self._row(index, row, duplicate_of=one.place)

    # --- dittos

    def _dittos(self, block: Block, rows: range) -> None:
        fields = self.columns[block.column]
        row = self._new_row()
        for _ in range(20):
            if not fields or fields[0] == "signature" or fields[0] in row.stamps:
                break
            row = self._new_row()
        places = self._row(rows[0], row)
        source = self.truths[-1]
        if block.kind in DITTO_RUNS:
            self._run(block, rows, places.get(block.column, []), row)
        for index in rows[1:]:
            self._ditto_row(block, index, source)

    def _run(self, block: Block, rows: range, above: list[Written], row: RowInk) -> None:
        rect = dict(self.blank.rows[rows[1]].cells)[block.column]
        bottom = self.blank.rows[rows[-1]].rect[3] - float(self.rng.uniform(0.8, 3.5))
        left, right = rect[0], rect[2]
        x = left + (right - left) * float(self.rng.uniform(0.15, 0.7))
        top = rect[1] + float(self.rng.uniform(-2.0, 2.5))
        if block.kind == "brace":
            end = max((one.x + one.width for one in above), default=left)
            if end < right - 5 and self.rng.random() < 0.6:
                x, top = end + 1.0, rect[1] - float(self.rng.uniform(2.0, 5.0))
        lines = ditto_run(block.kind, x, top, bottom, self.rng)
        draw_marks(self.ink, lines, row.pen_bgr, pen_width(self.rng), self.rng)

    def _ditto_row(self, block: Block, index: int, source: RowTruth) -> None:
        row = self._new_row()
        rect = dict(self.blank.rows[index].cells)[block.column]
        fields = self.columns[block.column]
        shown: Mapping[str, str] = {k: source.texts.get(k, "") for k in fields}
        if block.column == "name":
            given = plain(row.texts["name"].split()[0]).title()
            surname = source.texts["name"].split()[-1]
            shown = {"name": f"{given} {surname}"}
            written = self.scribe.again({"name": given}, self.rng, self.language)
            places = write_lines(self.ink, rect, [written.stamps["name"]], row, self.rng)
            end = places[0]
            at = (end.x + end.width + 4.0, end.baseline - 0.6 * end.cap)
            draw_marks(self.ink, ditto_mark(block.kind, at, self.rng), row.pen_bgr,
                       pen_width(self.rng), self.rng)  # fmt: skip
        elif block.kind in DITTO_MARKS:
            x = rect[0] + (rect[2] - rect[0]) * float(self.rng.uniform(0.15, 0.6))
            y = (rect[1] + rect[3]) / 2 + float(self.rng.normal(0, 0.8))
            draw_marks(self.ink, ditto_mark(block.kind, (x, y), self.rng), row.pen_bgr,
                       pen_width(self.rng), self.rng)  # fmt: skip
        elif block.kind in DITTO_WORDS:
            word = self.scribe.word(block.kind, self.rng)
            write_lines(self.ink, rect, [word], row, self.rng)
        self._row(index, row, ditto=(block, shown), source=source)

    # --- one row

    def _row(
        self,
        index: int,
        row: RowInk,
        *,
        marks: tuple[str, ...] = (),
        status: str = "counted",
        corrected: str = "",
        ditto: tuple[Block, Mapping[str, str]] | None = None,
        source: RowTruth | None = None,
        duplicate_of: str | None = None,
    ) -> dict[str, list[Written]]:
        """Write a row's cells; where the lines of each column stand."""
        place = self.blank.rows[index]
        texts: dict[str, str] = {}
        places: dict[str, list[Written]] = {}
        ditto_fields: dict[str, str] = {}
        signed = True
        leaves_contact = self.rng.random() < 0.15
        for column, rect in place.cells:
            fields = self.columns[column]
            if ditto is not None and column == ditto[0].column:
                texts |= ditto[1]
                ditto_fields[fields[0]] = ditto[0].kind
                signed = signed and column != "signature"
            elif fields == ("signature",):
                places[column] = [sign(self.ink, rect, row, self.rng)]
            elif fields and not (column == "contact" and leaves_contact and not corrected):
                lines, names = arrange(row, fields, rect, self.rng)
                if not lines:
                    continue
                if column == corrected:
                    marks = (*marks, f"corrected:{names[0]}")
                    places[column] = self._corrected(rect, lines, row)
                else:
                    places[column] = write_lines(self.ink, rect, lines, row, self.rng)
                texts |= {name: row.texts[name] for name in names}
        truth = RowTruth(
            place.row, texts, signed, status if signed else "incomplete", marks,
            ditto_fields, source.row if source is not None else None, duplicate_of,
        )  # fmt: skip
        self.truths.append(truth)
        plain_row = not marks and ditto is None and duplicate_of is None
        if plain_row and "name" in texts and "address" in texts:
            self.fresh.append(Signed(f"{self.file}#{place.row}", self.petition, dict(row.texts)))
        return places

    def _corrected(self, rect: Rect, lines: list[Stamp], row: RowInk) -> list[Written]:
        """A wrong word struck and the right one after or below it."""
        wrong = self._new_row().texts["name"].split()[0][: int(self.rng.integers(3, 7))]
        stamp = self.scribe.again({"name": wrong}, self.rng, self.language).stamps["name"]
        if len(lines) == 1 and self.rng.random() < 0.4:
            lines, share = [stamp, *lines], 1.0
        else:
            gap = CAP_PX * float(self.rng.uniform(0.5, 0.9))
            joined = join_stamps([stamp, lines[0]], [gap, gap], self.rng)
            share = stamp.ink.shape[1] / joined.ink.shape[1]
            lines = [joined, *lines[1:]]
        places = write_lines(self.ink, rect, lines, row, self.rng, overflow=False)
        draw_marks(self.ink, cross_out(places[0], 0.0, share, self.rng), row.pen_bgr,
                   pen_width(self.rng), self.rng)  # fmt: skip
        return places


def _varied(texts: Mapping[str, str], rng: Random) -> dict[str, str]:
    """The same person's texts, spelt as on another day."""
    varied = {key: text for key, text in texts.items() if key != "date"}
    words = varied["name"].split()
    chance = rng.random()
    if chance < 0.25 and len(words[-1]) > 4:
        drop = int(rng.integers(1, len(words[-1]) - 1))
        words[-1] = words[-1][:drop] + words[-1][drop + 1 :]
    elif chance < 0.45:
        words = [plain(word).title() or word for word in words]
    elif chance < 0.6 and len(words) > 1:
        words[0] = f"{words[0][0]}."
    varied["name"] = " ".join(words)
    for long, short in SHORT_STREET.items():
        if rng.random() < 0.5:
            varied["address"] = varied["address"].replace(long, short)
    if rng.random() < 0.3:
        varied.pop("email", None)
    return varied
