"""Small drawn pages for the tests of ink: a ruled table and strokes of known shape.

Writing is drawn from lines and ellipses, not from a font, so that it looks the
same on every machine.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import (
    BoxPlace,
    CellPlace,
    FieldKind,
    FieldSpec,
    PageImage,
    PageRef,
    Pixels,
    RectifiedPage,
    RegisteredPage,
    RowPlace,
    Rule,
)

PAPER = 245
COLUMNS = ("name", "address", "signature", "contact")
LEFT, TOP, ROW_HEIGHT = 60, 50, 100
WIDTHS = (300, 420, 240, 320)
EDGES = tuple(LEFT + sum(WIDTHS[:i]) for i in range(len(WIDTHS) + 1))

KINDS = {
    "name": FieldKind.NAME,
    "address": FieldKind.ADDRESS,
    "signature": FieldKind.SIGNATURE,
    "contact": FieldKind.PHONE,
}


def paper(height: int, width: int) -> Pixels:
    """An empty flattened page."""
    return np.full((height, width), PAPER, np.uint8)


def write(
    canvas: Pixels, x: int, baseline: int, letters: int, *, height: int = 20, gray: int = 60
) -> int:
    """Write separate letters like ``olndb`` from ``x``; return where they end."""
    small = round(height * 0.6)
    for number in range(letters):
        shape = "onlbnod"[number % 7]
        middle = baseline - small // 2
        if shape in "obd":
            cv2.ellipse(canvas, (x + 6, middle), (6, small // 2), 0, 0, 360, gray, 2, cv2.LINE_AA)
        if shape in "lbd":
            stem = x + (12 if shape == "d" else 1)
            cv2.line(canvas, (stem, baseline - height), (stem, baseline), gray, 2, cv2.LINE_AA)
        if shape == "n":
            cv2.line(canvas, (x, baseline), (x, baseline - small), gray, 2, cv2.LINE_AA)
            cv2.ellipse(canvas, (x + 6, baseline), (6, small), 0, 180, 360, gray, 2, cv2.LINE_AA)
        x += 7 if shape == "l" else 18
    return x


def stroke(
    canvas: Pixels, points: Sequence[tuple[float, float]], *, gray: int = 60, thick: int = 3
) -> None:
    """Draw a polyline."""
    line = np.rint(np.array(points)).astype(np.int32)
    cv2.polylines(canvas, [line], False, gray, thick, cv2.LINE_AA)


def table(rows: int) -> Pixels:
    """A page with a ruled table of ``rows`` rows and four columns, nothing in it."""
    canvas = paper(TOP + rows * ROW_HEIGHT + 160, EDGES[-1] + 60)
    for row in range(rows + 1):
        y = TOP + row * ROW_HEIGHT
        cv2.line(canvas, (EDGES[0], y), (EDGES[-1], y), 30, 2)
    for x in EDGES:
        cv2.line(canvas, (x, TOP), (x, TOP + rows * ROW_HEIGHT), 30, 2)
    return canvas


def rule(x0: float, y0: float, x1: float, y1: float, thickness: float = 2.0) -> Rule:
    """A straight traced ruling."""
    points = np.linspace((x0, y0), (x1, y1), 40)
    return Rule(points, abs(x1 - x0) > abs(y1 - y0), thickness, 0.9)


def table_rules(rows: int) -> list[Rule]:
    """The rulings of ``table``."""
    bottom = TOP + rows * ROW_HEIGHT
    across = [
        rule(EDGES[0], TOP + r * ROW_HEIGHT, EDGES[-1], TOP + r * ROW_HEIGHT)
        for r in range(rows + 1)
    ]
    return across + [rule(x, TOP, x, bottom) for x in EDGES]


def box(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    """An upright rectangle's corners."""
    return (left, top), (right, top), (right, bottom), (left, bottom)


def register(
    gray: Pixels,
    rows: int,
    rules: Sequence[Rule],
    *,
    captions: tuple[tuple[float, float, float, float], ...] = (),
    collector: BoxPlace | None = None,
) -> RegisteredPage:
    """Register a page drawn on ``table(rows)``; ``captions`` go to the first cell."""
    places = []
    for row in range(rows):
        top = TOP + row * ROW_HEIGHT
        cells = tuple(
            CellPlace(
                name,
                (FieldSpec(name, KINDS[name]),),
                box(EDGES[i], top, EDGES[i + 1], top + ROW_HEIGHT),
                captions if row == 0 and i == 0 else (),
            )
            for i, name in enumerate(COLUMNS)
        )
        outline = box(EDGES[0], top, EDGES[-1], top + ROW_HEIGHT)
        places.append(RowPlace(row + 1, outline, cells))
    color = np.repeat(gray[..., None], 3, axis=2)
    image = PageImage(PageRef("page.png", "page.png", 1, "0" * 64), color, 200.0)
    page = RectifiedPage(image, color, gray, np.eye(3), 0, 0.0, 1.0, 1.0, ())
    return RegisteredPage(
        page, "form", None, "en", 1.0, (), tuple(places), collector, tuple(rules), ()
    )


def mask_of(gray: Pixels) -> npt.NDArray[np.bool_]:
    """Ink of a canvas without rulings or noise."""
    return np.asarray(gray < 150)
