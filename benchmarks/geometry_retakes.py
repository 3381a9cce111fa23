"""Which pages a person is asked to photograph again, and what pages without a petition are.

- ``retakes``: drawn sheets, sharp to useless, judged as sheets whose form was recognised.
  What is read of such pages is printed by ``geometry_reading``.
- ``others``: pages that are no petition sheets, by what sheets.csv would say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from benchmarks.geometry_common import Options, Table
from benchmarks.geometry_photos import KIND_SHARE, SCAN, Drawer, as_image
from digitizer.records import Pixels
from digitizer.rectify import rectify_page
from digitizer.sheets.pagekinds import look_of, retake_reason
from digitizer.sheets.sheetpages import read_both
from digitizer.sheets.straightened import straighten
from scripts.sheets.degrade import Recipe

RETAKES: dict[str, tuple[Recipe, str]] = {
    "sharp": (SCAN, "no"),
    "noise 14, faint": (Recipe(noise=14, faint=0.6), "no"),
    "fax": (Recipe(bilevel=170), "no"),
    "150 dpi": (replace(SCAN, dpi=150), "no"),
    "100 dpi": (replace(SCAN, dpi=100), "no"),
    "soft, 1.2 px": (replace(SCAN, blur_px=1.2), "no"),
    "soft, 1.5 px": (replace(SCAN, blur_px=1.5), "no"),
    "blurred, 1.8 px": (replace(SCAN, blur_px=1.8), "yes"),
    "moved by 4 px": (replace(SCAN, motion_px=4), "no"),
    "moved by 6 px": (replace(SCAN, motion_px=6), "either"),
    "moved by 8 px (1 mm)": (replace(SCAN, motion_px=8), "yes"),
    "moved by 14 px": (replace(SCAN, motion_px=14), "yes"),
    "moved by 24 px": (replace(SCAN, motion_px=24), "yes"),
    "blurred, 2.5 px": (replace(SCAN, blur_px=2.5), "yes"),
    "blurred, 4 px": (replace(SCAN, blur_px=4), "yes"),
    "50 dpi": (replace(SCAN, dpi=50), "yes"),
}


def measure(options: Options) -> Iterator[Table]:
    """Both tables."""
    drawer = Drawer(options.seed)
    yield retakes_table(drawer, max(2, options.sheets // KIND_SHARE))
    yield others_table(drawer)


def retakes_table(drawer: Drawer, each: int) -> Table:
    """How many pages of each kind a person is asked to photograph again."""
    rows = []
    for name, (recipe, wanted) in RETAKES.items():
        asked: list[str] = []
        for number in range(each):
            scan, _ = drawer.draw(300 + number, recipe)
            page = rectify_page(as_image(scan.pixels, recipe.dpi))
            reason = retake_reason(page, recognised=True)
            asked += [reason] if reason else []
        named = ", ".join(sorted(set(asked)))
        rows.append((name, f"{len(asked)} of {each}", wanted, named))
    columns = ("page", "asked for", "wanted", "why")
    return Table("Photograph again (as for a form that was recognised)", columns, tuple(rows))


def others_table(drawer: Drawer) -> Table:
    """What pages that are no petition sheets are taken for."""
    rows = []
    for name, pixels in other_pages(drawer).items():
        page, _, tables = straighten(rectify_page(as_image(pixels, 200)))
        rows.append(
            (name, look_of(page, tables, read_both(page.gray), read_both) or "nothing to say")
        )
    return Table("Pages that are no petition sheets", ("page", "taken for"), tuple(rows))


def other_pages(drawer: Drawer) -> dict[str, Pixels]:
    """A blank page, a back, a letter, an envelope, at 200 dpi."""
    rng = np.random.default_rng(drawer.seed)
    paper = np.clip(rng.normal(247, 2, (2200, 1700, 3)), 0, 255).astype(np.uint8)
    scan, _ = drawer.draw(400, Recipe())
    shown = cv2.GaussianBlur(scan.pixels[:, ::-1].astype(np.float32), (0, 0), 2)
    back = np.clip(248 - 0.13 * (255 - shown), 0, 255).astype(np.uint8)
    letter = _printed(paper, [LETTER_LINE] * 24, 150, 300, 62)
    envelope = _printed(paper[:825, :1900].copy(), ADDRESS[:2], 60, 70, 50)
    envelope = cv2.copyMakeBorder(envelope, 0, 0, 0, 200, cv2.BORDER_REPLICATE)
    envelope = _printed(envelope, ADDRESS, 800, 430, 60)
    return {"blank": paper, "back, print shows through": back, "letter": letter,
            "envelope": envelope}  # fmt: skip


LETTER_LINE = "We send you the signed petition sheets that our group collected in the spring"
ADDRESS = ("Committee for Clean Rivers", "312 Laurier Avenue East", "Ottawa ON  K1N 1H9")


def _printed(page: Pixels, lines: Sequence[str], left: int, top: int, step: int) -> Pixels:
    """Lines of print on a page."""
    page = page.copy()
    for number, line in enumerate(lines):
        at = (left, top + step * number)
        cv2.putText(page, line, at, cv2.FONT_HERSHEY_COMPLEX, 0.95, (40, 40, 40), 2, cv2.LINE_AA)
    return page
