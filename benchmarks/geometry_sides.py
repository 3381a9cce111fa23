"""Whose the writing is on sheets without column rulings: ink given to another column's cell.

Sheets of ``scripts/make_samples.py`` in real ink, each drawn three times: without
a ruling from top to bottom, the same with some heads centred and others not, and
with all rulings, which shows what writing over a side costs however well the side
is known. Each column's ink is drawn once more by itself, so it is known of each
pixel whose it is. A cell is cut wrongly where as much of its ink as a small letter
has is in the crops of other columns; it is so silently where none of the two cells
is told in doubt. Pages of which no form is found are counted apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.geometry_common import Options, Skipped, Table
from digitizer.calibrate import DOUBTFUL_BORDER
from digitizer.forms.forms import Form, installed_forms, load_forms
from digitizer.geometry import apply_homography, inverse
from digitizer.lines.bending import bent_points
from digitizer.pipeline import register_image
from digitizer.records import CellCrop, PageImage, PageRef, RegisteredPage
from digitizer.segment import cut_cells
from scripts.sheets.batch import recipe
from scripts.sheets.degrade import Scan, degrade
from scripts.sheets.draw import Blank, draw_blank, random_layout
from scripts.sheets.fill import Filled, RowInk, fill_sheet, plan_rows
from scripts.sheets.fonts import FontSet, default_cache, fetch_fonts
from scripts.sheets.hands import Stamp
from scripts.sheets.rulestyles import PLAIN, RULE_STYLES
from scripts.sheets.scribes import InkScribe, RelayedScribe
from scripts.sheets.wording import WORDINGS
from training.ink import Split

# How tables are ruled, in turn, and whether their heads are of both kinds.
KINDS = {
    "no column rulings": (("rows-only", "bands-only"), False),
    "no column rulings, mixed heads": (("rows-only", "bands-only"), True),
    "all rulings": (("solid", "bands"), False),
}
FORMS = ("amnesty-canada-en", "amnesty-canada-fr")
DEGRADATIONS = ("mild", "hard")
MAX_SKEW_DEG = 3.0
# Ink of a small letter, px of the page frame; a column's ink where it is darker than this.
LETTER_PX, INK_LEVEL = 60, 150
# Ink of a crop, and how far off its pixels may lie from where they were drawn, px.
CROP_LEVEL, NEAR_PX = 150, 2

Ints = npt.NDArray[np.int32]


@dataclass(slots=True)
class Count:
    """Cells of one kind of sheet; ``told``: in doubt."""

    unknown: int = 0
    cells: int = 0
    wrong: int = 0
    silent: int = 0
    told: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Inked:
    """A filled sheet and, for each column by name, where its ink is on the flat page."""

    filled: Filled
    ink: Mapping[str, npt.NDArray[np.bool_]]


class OneColumn(RelayedScribe):
    """A scribe that writes as another one did, but in a single column; in all for None."""

    def __init__(self, scribe: InkScribe) -> None:
        """``scribe``: who writes really."""
        super().__init__(scribe)
        self._rows: list[tuple[RowInk, Mapping[str, Any]]] = []
        self._at = 0
        self._fields: tuple[str, ...] | None = None

    def only(self, fields: tuple[str, ...]) -> "OneColumn":
        """The same rows again, those fields' ink alone."""
        self._at, self._fields = 0, fields
        return self

    def row(self, rng: np.random.Generator, language: str) -> RowInk:
        """A new writer's row, or the one that stands there."""
        if self._fields is None:
            row = self._scribe.row(rng, language)
            self._rows.append((row, rng.bit_generator.state))
            return row
        row, state = self._rows[self._at]
        self._at += 1
        rng.bit_generator.state = state
        stamps = {
            name: stamp if name in self._fields else _blank(stamp)
            for name, stamp in row.stamps.items()
        }
        signature = row.signature if self._fields == ("signature",) else _blank(row.signature)
        return replace(row, stamps=stamps, signature=signature)


def _blank(stamp: Stamp) -> Stamp:
    return replace(stamp, ink=np.zeros_like(stamp.ink))


def measure(options: Options) -> Iterator[Table]:
    """One table: cells cut wrongly, and silently so."""
    if options.handwriting is None:
        raise Skipped("no handwriting: name its folder with --handwriting DIR")
    scribe, fonts = InkScribe(options.handwriting, Split.TEST), fetch_fonts(default_cache())
    forms = load_forms(list(installed_forms()))
    counts = {kind: Count() for kind in KINDS}
    for number in range(options.sheets):
        form = FORMS[number % len(FORMS)]
        degradation = DEGRADATIONS[number // 2 % len(DEGRADATIONS)]
        for kind, (styles, mixed) in KINDS.items():
            style = styles[number // 4 % len(styles)]
            rng = np.random.default_rng((options.seed, number))
            sheet = draw_inked(form, OneColumn(scribe), fonts, rng, style, mixed=mixed)
            how = recipe(degradation, MAX_SKEW_DEG, rng)
            scan = degrade(sheet.filled.pixels, sheet.filled.blank.dpi, how, rng)
            _count(counts[kind], sheet, scan, forms, f"{kind}, {style}, sheet {number}")
    yield Table(
        f"Ink given to another column's cell, {options.sheets} sheets each, seed {options.seed}",
        ("", "of no form", "written cells", "cut wrongly", "silently", "told in doubt"),
        tuple(
            (
                kind,
                str(count.unknown),
                str(count.cells),
                _share(count.wrong, count.cells),
                _share(count.silent, count.cells),
                _share(count.told, count.cells),
            )
            for kind, count in counts.items()
        ),
        tuple(f"  {fault}" for count in counts.values() for fault in count.faults),
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / max(1, whole):.1%})"


def draw_inked(
    form: str,
    scribe: OneColumn,
    fonts: FontSet,
    rng: np.random.Generator,
    style: str,
    *,
    mixed: bool,
) -> Inked:
    """A sheet filled in real ink, and each column's ink by itself."""
    rules = RULE_STYLES.get(style, PLAIN)
    layout = replace(random_layout(rng, fonts=len(fonts.printed)), rules=rules, header_mixed=mixed)
    blank = draw_blank(WORDINGS[form], layout, fonts, title=int(rng.integers(9)))
    kinds = plan_rows(rng, len(blank.rows))
    filled = fill_sheet(blank, kinds, scribe, rng)
    white = _unprinted(blank)
    ink = {}
    for column in blank.wording.columns:
        # Its own numbers do not count: each row goes on as it did before.
        alone = fill_sheet(
            white, kinds, scribe.only(column.fields), np.random.default_rng(0), collector=False
        )
        ink[column.name] = alone.pixels.min(axis=2) < INK_LEVEL
    return Inked(filled, ink)


def _unprinted(blank: Blank) -> Blank:
    return replace(blank, pixels=np.full_like(blank.pixels, 255), colored=None)


def _count(count: Count, sheet: Inked, scan: Scan, forms: Sequence[Form], what: str) -> None:
    ref = PageRef("", "sheet", 1, "0" * 64)
    found, _ = register_image(PageImage(ref, scan.pixels, scan.dpi), forms)
    if found.form != sheet.filled.blank.wording.form:
        count.unknown += 1
        return
    owners = _owners(sheet, scan, found)
    crops = [crop for crop in cut_cells(found) if crop.row is not None]
    columns = list(sheet.ink)
    for row in sheet.filled.rows:
        mine = [crop for crop in crops if crop.row == row.row]
        strayed = _strayed(mine, owners, columns, row.row)
        for k, (own, lost) in strayed.items():
            count.cells += own + lost > 0
            cells = [c for c in mine if c.column == columns[k]]
            told = any(c.border_doubt >= DOUBTFUL_BORDER for c in cells)
            count.told += told
            if lost >= LETTER_PX:
                count.wrong += 1
                count.silent += not told
                if not told:
                    count.faults.append(f"{what}: row {row.row} {columns[k]}, {lost} px")


def _owners(sheet: Inked, scan: Scan, found: RegisteredPage) -> Ints:
    """Whose ink a pixel of the page is: column + 1 + 100 * row; 0 nobody's."""
    blank = sheet.filled.blank
    shape = blank.pixels.shape
    label = np.zeros(shape, dtype=np.int32)
    per_mm = blank.dpi / 25.4
    # A row's ink that reaches into the next one is the next one's here: columns count.
    row_of = np.zeros(shape[0], dtype=np.int32)
    for row in blank.rows:
        row_of[round(row.rect[1] * per_mm) : round(row.rect[3] * per_mm)] = row.row
    for k, mask in enumerate(sheet.ink.values()):
        label[mask] = k + 1
    label[label > 0] += 100 * np.repeat(row_of[:, None], shape[1], axis=1)[label > 0]
    height, width = found.page.gray.shape
    ys, xs = np.mgrid[0:height, 0:width]
    points = np.column_stack([xs.ravel(), ys.ravel()]).astype(np.float64)
    if found.page.bend is not None:
        points = bent_points(found.page.bend, points)
    flat_from_page = inverse(scan.scan_from_page) @ inverse(found.page.page_from_scan)
    flat = np.rint(apply_homography(flat_from_page, points)).astype(int)
    here = (flat >= 0).all(axis=1) & (flat < (shape[1], shape[0])).all(axis=1)
    owners = np.zeros(height * width, dtype=np.int32)
    owners[here] = label[flat[here, 1], flat[here, 0]]
    return owners.reshape(height, width)


def _strayed(
    crops: Sequence[CellCrop], owners: Ints, columns: Sequence[str], row: int
) -> dict[int, tuple[int, int]]:
    """Of each column's ink in a row: how much is in its own crop, how much in others' (px)."""
    kept = np.zeros((len(columns), 2), dtype=int)
    for crop in crops:
        if crop.column not in columns:
            continue
        left, top, right, bottom = crop.box
        part = owners[top:bottom, left:right]
        clean = crop.clean[: part.shape[0], : part.shape[1]]
        inked = clean < CROP_LEVEL
        for k in range(len(columns)):
            is_its = (part == 100 * row + k + 1).astype(np.uint8)
            near = cv2.dilate(is_its, np.ones((2 * NEAR_PX + 1,) * 2, np.uint8)) > 0
            kept[k, int(crop.column != columns[k])] += int((inked & near).sum())
    return {k: (int(a), int(b)) for k, (a, b) in enumerate(kept)}
