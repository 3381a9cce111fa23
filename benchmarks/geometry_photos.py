"""Photographs, damaged paper, two sheets on a page: the geometry benchmark.

- ``corners``: sheets photographed for real (``photos`` with ``corners.json``), beside the
  recipe of most tutorials (Canny, the largest contour of four corners) and the bounds of
  Otsu's bright region. Right: every corner within 2 % of the diagonal.
- ``drawn``: petition sheets of scripts/make_samples.py, bent, aslant, in shadow, damaged;
  a row is found if its polygon covers the true one at IoU 0.8 (drawn along bent edges).
- ``pairs``: two sheets on one page, and pages of one sheet, which must stay one.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.geometry_common import Options, Table, percentile
from benchmarks.geometry_pictures import timed
from digitizer.forms.forms import load_forms
from digitizer.geometry import convex_iou, order_corners
from digitizer.locate import located_sheet
from digitizer.paper.outline import find_outline
from digitizer.records import PageImage, PageRef, Pixels, Polygon
from digitizer.sheets.sheetpages import sheets_on
from scripts.sheets.batch import FORM_CYCLE, draw_filled
from scripts.sheets.degrade import Recipe, Scan, degrade
from scripts.sheets.draw import MM_PER_INCH, Rect
from scripts.sheets.fill import Filled
from scripts.sheets.fonts import default_cache, fetch_fonts
from scripts.sheets.scribes import FontScribe

MIN_IOU = 0.8
CORNER_SHARE = 0.02
# Drawn sheets of each kind, as a share of --sheets: there are many kinds.
KIND_SHARE = 8
POINTS_PER_SIDE = 24

_PHOTO = Recipe(margin_mm=20, bed="desk", noise=3, blur_px=0.5, jpeg=85, perspective=0.05,
                skew_deg=4, shadow=0.35, vignette=0.3)  # fmt: skip
SCAN = Recipe(noise=2)
_OLD = Recipe(margin_mm=8, noise=3, skew_deg=2, punch=True, staples=True, tape=True,
              folded_corner_mm=25)  # fmt: skip
KINDS: dict[str, Recipe] = {
    "flat scan": SCAN,
    "scan, arch of 4 mm": replace(SCAN, bend_mm=4),
    "scan, arch of 8 mm": replace(SCAN, bend_mm=8),
    "scan, one side curled 8 mm": replace(SCAN, bend_mm=8, bend_shape="edge"),
    "scan, wave of 5 mm": replace(SCAN, bend_mm=5, bend_shape="wave"),
    "scan, fold of 8 mm": replace(SCAN, bend_mm=8, bend_shape="fold"),
    "photo, shadow": _PHOTO,
    "photo, arch of 8 mm": replace(_PHOTO, bend_mm=8),
    "photo, one side curled 6 mm": replace(_PHOTO, bend_mm=6, bend_shape="edge", skew_deg=-6),
    "photo, strong perspective, warm light": replace(
        _PHOTO, margin_mm=35, perspective=0.1, skew_deg=-3, shadow=0.45, cast=(0.7, 0.85, 1.0)
    ),
    "photo, sheet larger than the picture": replace(_PHOTO, margin_mm=-6, skew_deg=2),
    "black bed, holes, staples, tape, folded corner": replace(_OLD, bed="black"),
    "white bed, holes, staples, tape, folded corner": replace(_OLD, bed="white"),
    "gray bed, 7 degrees": replace(_OLD, bed="gray", skew_deg=-7, margin_mm=15),
}
Points = npt.NDArray[np.float64]


@dataclass(slots=True)
class Count:
    """What was found on the sheets of a kind."""

    rows: int = 0
    rows_right: int = 0
    phantom: int = 0
    cells: int = 0
    cells_right: int = 0
    whole: int = 0
    sheets: int = 0
    corners: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)


def measure(options: Options) -> Iterator[Table]:
    """All tables of the section."""
    if options.scans is not None and (options.scans / "photos").is_dir():
        yield corners_table(options)
    drawer = Drawer(options.seed)
    each = max(2, options.sheets // KIND_SHARE)
    yield drawn_table(drawer, each)
    yield pairs_table(drawer, each)


# --- real photographs


def corners_table(options: Options) -> Table:
    """Corners of real sheets on photographs."""
    folder = options.scans_folder("photos")
    truth = json.loads((folder / "corners.json").read_text(encoding="utf-8"))
    ways: dict[str, Callable[[Pixels], Points | None]] = {
        "digitizer": own_corners,
        "Canny + approxPolyDP (recipe)": canny_corners,
        "Otsu's bright region": otsu_corners,
    }
    rows = []
    for name, way in ways.items():
        shares, overlaps, took = [], [], []
        for file, corners in truth.items():
            picture = np.asarray(cv2.imread(str(folder / file)), dtype=np.uint8)
            with timed() as used:
                found = way(picture)
            took.append(used.ms)
            shares.append(corner_share(found, corners, picture.shape))
            overlaps.append(0.0 if found is None else convex_iou(found, corners))
        right = sum(share <= CORNER_SHARE for share in shares)
        rows.append(
            (
                name,
                f"{right} of {len(shares)}",
                f"{sum(v >= 0.95 for v in overlaps)} of {len(overlaps)}",
                f"{100 * percentile(shares, 50):.2f} %",
                f"{100 * max(shares):.2f} %",
                f"{percentile(took, 50):.0f}",
            )
        )
    columns = ("way", "corners within 2 %", "IoU 0.95", "median", "worst", "ms")
    return Table(f"Corners of {len(truth)} real photographs", columns, tuple(rows))


def own_corners(picture: Pixels) -> Points | None:
    """What `locate` tells: the outline, or the whole frame."""
    found = find_outline(picture)
    if found is not None:
        return found.corners
    height, width = picture.shape[:2]
    return np.array([[0.0, 0], [width, 0], [width, height], [0, height]])


def canny_corners(picture: Pixels) -> Points | None:
    """Blur, Canny, the largest contour that is simplified to four corners."""
    scale = 500 / picture.shape[0]
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    edges = cv2.Canny(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0), 75, 200)
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:5]:
        simple = cv2.approxPolyDP(contour, 0.02 * cv2.arcLength(contour, True), True)
        if len(simple) == 4:
            return order_corners(simple.reshape(4, 2) / scale)
    return None


def otsu_corners(picture: Pixels) -> Points | None:
    """The largest bright region, simplified to four corners."""
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    _, bright = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    for share in np.linspace(0.01, 0.1, 10):
        simple = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, True), True)
        if len(simple) == 4:
            return order_corners(simple.reshape(4, 2))
    return None


def corner_share(found: Points | None, wanted: Any, shape: tuple[int, ...]) -> float:
    """Distance of the worst corner as a share of the diagonal, whichever comes first."""
    if found is None:
        return 1.0
    true = np.array(wanted, dtype=np.float64)
    worst = [
        float(np.linalg.norm(np.roll(found, k, axis=0) - true, axis=1).max()) for k in range(4)
    ]
    return min(worst) / float(np.hypot(shape[0], shape[1]))


# --- drawn sheets


class Drawer:
    """Draws sheets of the usual forms, filled in handwriting fonts."""

    def __init__(self, seed: int) -> None:
        """``seed``: of all that is drawn."""
        self.seed = seed
        self._fonts = fetch_fonts(default_cache())
        self._scribe = FontScribe(self._fonts)

    def draw(self, number: int, recipe: Recipe, form: str | None = None) -> tuple[Scan, Filled]:
        """The sheet of that number under a recipe."""
        rng = np.random.default_rng([self.seed, number])
        named = form or FORM_CYCLE[number % len(FORM_CYCLE)]
        filled = draw_filled(named, self._scribe, self._fonts, rng)
        return degrade(filled.pixels, filled.blank.dpi, recipe, rng), filled


def as_image(pixels: Pixels, dpi: int | None) -> PageImage:
    """Pixels as if a file had held them."""
    return PageImage(PageRef("", "drawn", 1, ""), pixels, None if dpi is None else float(dpi))


def place(rect: Rect, filled: Filled, scan: Scan) -> Points:
    """A rectangle in mm as a polygon on the scan, along bent edges."""
    x0, y0, x1, y1 = rect
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) * filled.blank.dpi / MM_PER_INCH
    steps = np.arange(POINTS_PER_SIDE)[:, None] / POINTS_PER_SIDE
    sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    return scan.placed(np.concatenate([a + (b - a) * steps for a, b in sides]))


def overlap(first: Any, second: Any) -> float:
    """IoU of two polygons of any shape, by painting them."""
    a, b = (np.asarray(p, dtype=np.float64).reshape(-1, 2) for p in (first, second))
    low = np.minimum(a.min(axis=0), b.min(axis=0)) - 2
    size = np.maximum(a.max(axis=0), b.max(axis=0)) + 2 - low
    scale = min(1.0, 1200 / float(size.max()))
    painted = []
    for polygon in (a, b):
        mask = np.zeros(np.ceil(size * scale).astype(int)[::-1], np.uint8)
        cv2.fillPoly(mask, [np.rint((polygon - low) * scale * 16).astype(np.int32)], 1, shift=4)
        painted.append(mask > 0)
    both, either = painted[0] & painted[1], painted[0] | painted[1]
    return float(both.sum() / max(1, either.sum()))


def drawn_table(drawer: Drawer, each: int) -> Table:
    """Rows and cells of bent, photographed and damaged sheets."""
    rows = []
    for name, recipe in KINDS.items():
        count = Count()
        for number in range(each):
            _score(count, drawer, number, recipe)
        inside = recipe.margin_mm > 0 and recipe.bed != "white"
        rows.append(
            (
                name,
                f"{count.rows_right} of {count.rows}",
                str(count.phantom),
                f"{count.cells_right} of {count.cells}",
                f"{count.whole} of {count.sheets}",
                f"{100 * max(count.corners):.2f} %" if inside and count.corners else "",
                f"{percentile(count.ms, 50):.0f}",
            )
        )
    columns = ("sheet", "rows", "phantom", "cells", "row count", "worst corner", "ms")
    return Table(
        f"Drawn sheets, {each} a kind: found at IoU {MIN_IOU}",
        columns,
        tuple(rows),
        ("Corners are those of the flat sheet: on curled ones up to 2 % is the curl itself.",),
    )


def _score(count: Count, drawer: Drawer, number: int, recipe: Recipe) -> None:
    scan, filled = drawer.draw(number, recipe)
    image = as_image(scan.pixels, recipe.dpi if recipe.bed != "desk" else None)
    with timed() as used:
        found = sheets_on(image, load_forms())
    told = located_sheet(image.ref, found[0][0])
    rows = {row["row"]: row for row in told["rows"]}  # type: ignore[attr-defined]
    true = filled.blank.rows
    count.ms.append(used.ms)
    count.sheets += 1
    count.whole += len(rows) == len(true)
    count.phantom += max(0, len(rows) - len(true))
    for row in true:
        count.rows += 1
        seen = rows.get(row.row, {"polygon": (), "cells": {}})
        count.rows_right += _is_right(seen["polygon"], place(row.rect, filled, scan))
        for name, rect in row.cells:
            count.cells += 1
            count.cells_right += _is_right(seen["cells"].get(name, ()), place(rect, filled, scan))
    page = place((0.0, 0.0, *filled.blank.paper_mm), filled, scan)[::POINTS_PER_SIDE]
    corners = np.array(told["page_polygon"])
    count.corners.append(corner_share(corners, page, scan.pixels.shape))


def _is_right(found: Polygon, true: Points) -> bool:
    return len(found) > 2 and overlap(found, true) >= MIN_IOU


# --- two sheets on a page


def pairs_table(drawer: Drawer, each: int) -> Table:
    """Pages of two sheets, and pages of one."""
    forms = load_forms()
    kinds: dict[str, tuple[int, Callable[[int], tuple[Pixels, list[int]]]]] = {
        "side by side, no gap (A3)": (2, lambda k: _pair(drawer, k, gap=0, bed=252)),
        "apart on a black bed": (2, lambda k: _pair(drawer, k, gap=90, bed=15)),
        "apart on a gray bed": (2, lambda k: _pair(drawer, k, gap=90, bed=128)),
        "one sheet on a black bed": (1, lambda k: _single(drawer, k, "black")),
        "one sheet on a desk": (1, lambda k: _single(drawer, k, "desk")),
    }
    rows = []
    for name, (wanted, make) in kinds.items():
        right = ordered = 0
        for number in range(each):
            pixels, true = make(number)
            found = sheets_on(as_image(pixels, 200), forms)
            right += len(found) == wanted
            ordered += [len(one.rows) for one, _ in found] == true
        rows.append((name, f"{right} of {each}", f"{ordered} of {each}"))
    columns = ("page", "sheets right", "rows of each right")
    return Table("Two sheets on a page", columns, tuple(rows))


def _pair(drawer: Drawer, number: int, *, gap: int, bed: int) -> tuple[Pixels, list[int]]:
    one = FORM_CYCLE[number % 2]
    recipes = (replace(SCAN, skew_deg=0.4), replace(SCAN, skew_deg=-0.7))
    made = [drawer.draw(100 + 2 * number + k, recipe, one) for k, recipe in enumerate(recipes)]
    sheets = [scan.pixels for scan, _ in made]
    edge = gap
    height = max(s.shape[0] for s in sheets) + 2 * edge
    width = sum(s.shape[1] for s in sheets) + gap + 2 * edge
    page = np.full((height, width, 3), bed, np.uint8)
    left = edge
    for place_number, sheet in enumerate(sheets):
        top = edge + 14 * place_number * (gap > 0)
        page[top : top + sheet.shape[0], left : left + sheet.shape[1]] = sheet
        left += sheet.shape[1] + gap
    return page, [len(filled.blank.rows) for _, filled in made]


def _single(drawer: Drawer, number: int, bed: str) -> tuple[Pixels, list[int]]:
    scan, filled = drawer.draw(200 + number, replace(SCAN, bed=bed, margin_mm=15, skew_deg=2))
    return scan.pixels, [len(filled.blank.rows)]
