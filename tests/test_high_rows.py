"""Pages of other people's making: a log whose few high rows each hold many lines of writing."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import blank, draw_grid, draw_text, in_color, page_image

from digitizer.forms.forms import Form, load_forms
from digitizer.geometry import apply_homography, convex_iou, inverse, rectangle
from digitizer.records import Pixels, Polygon
from digitizer.sheets import sheetpages

HEADS = ("Hour", "Wind and weather", "Course", "Leeway", "Distance", "Remarks")
XS = (90.0, 210.0, 560.0, 780.0, 930.0, 1120.0, 1600.0)
TOP, HEAD, HIGH, ROWS = 380.0, 450.0, 285.0, 6
LINES = 7
WRITTEN = ("SW fresh", "clear sky", "reefed at", "two bells", "squalls N", "calm sea", "fog banks")


@pytest.fixture
def form(tmp_path: Path) -> Form:
    """A definition of the log's columns."""
    columns = "".join(
        f'[[table.columns]]\nname = "c{n}"\nheader = ["{head}"]\n'
        f'fields = [{{ name = "f{n}", kind = "ignore" }}]\n'
        for n, head in enumerate(HEADS)
    )
    path = tmp_path / "log.toml"
    path.write_text(
        '[form]\nname = "log"\nlanguage = "en"\npetition = "Log"\n'
        f'phrases = ["Log of the schooner Ada"]\n[table]\n{columns}'
    )
    return load_forms([str(path)])[0]


def ys() -> Sequence[float]:
    return [TOP, *(HEAD + HIGH * n for n in range(ROWS + 1))]


def drawn_log(turn: float = 0.0) -> tuple[Pixels, list[Polygon]]:
    """The page on a dark bed that shows a little around it, and its rows there."""
    page = blank(1700, 2500)
    draw_text(page, 420, 180, "Log of the schooner Ada", 60)
    draw_grid(page, XS, ys())
    for x, head in zip(XS, HEADS, strict=False):
        draw_text(page, x + 12, TOP + 18, head, 34)
    for row in range(ROWS):
        for line in range(LINES):
            y = HEAD + HIGH * row + 14 + line * (HIGH - 20) / LINES
            for column in (1, 5):
                draw_text(page, XS[column] + 20, y, WRITTEN[(row + line) % LINES], 32, gray=60)
    bed = np.full((2560, 1760), 30, np.uint8)
    bed[30:-30, 30:-30] = page
    middle = (bed.shape[1] / 2, bed.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(middle, turn, 1.0)
    seen = cv2.warpAffine(bed, matrix, bed.shape[::-1], borderValue=(30,))
    rows = [
        (rectangle(XS[0], a, XS[-1], b) + 30) @ matrix[:, :2].T + matrix[:, 2]
        for a, b in zip(ys()[1:], ys()[2:], strict=False)
    ]
    return in_color(np.asarray(seen, np.uint8)), [tuple(map(tuple, row)) for row in rows]


@pytest.mark.parametrize("turn", [0.0, 1.5])
def test_a_high_row_with_many_lines_of_writing_is_one_row(form: Form, turn: float) -> None:
    picture, wanted = drawn_log(turn)
    ((found, _),) = sheetpages.sheets_on(page_image(picture), [form])
    assert found.form == "log"
    # A person is asked, since each could be several signers'.
    assert len(found.rows) == ROWS and found.rows_guessed
    back = inverse(found.page.page_from_scan)
    for row, true in zip(found.rows, wanted, strict=True):
        assert len(row.cells) == len(HEADS)
        assert convex_iou(apply_homography(back, row.polygon), np.array(true)) > 0.95


def test_a_page_that_fills_its_picture_is_looked_at_once(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    register = sheetpages.register_image

    def counted(*args: object, **options: object) -> object:
        looked.append(args)
        return register(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(sheetpages, "register_image", counted)
    picture, _ = drawn_log()
    sheetpages.sheets_on(page_image(picture), [form])
    assert len(looked) == 1
