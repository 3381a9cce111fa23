"""Drawn sheets of every layout, blank and filled, and what is found on them."""

from pathlib import Path

import cv2
import numpy as np

from digitizer.forms.forms import load_forms
from digitizer.geometry import convex_iou
from digitizer.pipeline import register_image
from digitizer.records import CellPlace, PageImage, PageRef, RegisteredPage, RowPlace
from scripts.sheets.draw import MM_PER_INCH, Blank, draw_blank, random_layout
from scripts.sheets.fill import RowKind, fill_sheet
from scripts.sheets.fonts import system_fonts
from scripts.sheets.layouts import PLANS, draw_plan
from scripts.sheets.odd_layouts import ODD_PLANS
from scripts.sheets.scribes import FontScribe
from scripts.sheets.wording import WORDINGS

ROOT = Path(__file__).resolve().parent.parent
FORMS = {
    name: ROOT / folder / f"{name}.toml"
    for folder, names in (
        ("digitizer/forms", ("amnesty-canada-en", "amnesty-canada-fr")),
        ("tests/forms", ("commons-en", "municipal-fr", *PLANS)),
    )
    for name in names
}
ODD_FORMS = {name: ROOT / "tests" / "forms" / "odd" / f"{name}.toml" for name in ODD_PLANS}


def drawn(name: str, seed: int = 3) -> Blank:
    """A blank printing of a form."""
    rng = np.random.default_rng([seed, 7])
    fonts = system_fonts()
    if plan := PLANS.get(name) or ODD_PLANS.get(name):
        return draw_plan(plan, fonts, rng)
    paper = "letter-landscape" if name == "municipal-fr" else "letter"
    layout = random_layout(rng, fonts=len(fonts.printed), paper=paper)
    return draw_blank(WORDINGS[name], layout, fonts)


def registered_on(pixels: np.ndarray, *names: str) -> RegisteredPage:
    """What is found on a page among forms."""
    ref = PageRef("drawn.png", "drawn.png", 1, "")
    color = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
    forms = load_forms([str({**FORMS, **ODD_FORMS}[name]) for name in names])
    return register_image(PageImage(ref, color, 200.0), forms)[0]


def filled(name: str, seed: int = 3) -> tuple[np.ndarray, Blank, dict[int, dict[str, str]]]:
    """A filled printing and what was written, by row and field."""
    blank = drawn(name, seed)
    kinds = [RowKind.FULL] * (len(blank.rows) - 1)
    rng = np.random.default_rng(seed)
    sheet = fill_sheet(blank, kinds, FontScribe(system_fonts()), rng)
    return sheet.pixels, blank, {row.row: dict(row.texts) for row in sheet.rows}


def in_page(place: RowPlace | CellPlace, found: RegisteredPage) -> np.ndarray:
    """Corners in the drawing's pixels."""
    scan_from_page = np.linalg.inv(found.page.page_from_scan)
    corners = cv2.perspectiveTransform(np.array([place.polygon]), scan_from_page)[0]
    return np.asarray(corners, dtype=np.float64)


def assert_cells_stand_where_they_are_drawn(found: RegisteredPage, blank: Blank) -> None:
    """All cells of each row, at IoU 0.85."""
    scale = blank.dpi / MM_PER_INCH
    for row, truth in zip(found.rows, blank.rows, strict=True):
        wanted = dict(truth.cells)
        assert {cell.column for cell in row.cells} == set(wanted)
        for cell in row.cells:
            x0, y0, x1, y1 = (v * scale for v in wanted[cell.column])
            corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
            assert convex_iou(in_page(cell, found), corners) > 0.85, (row.row, cell.column)
