"""The samples that are committed: what each page shows, and its file.

Everything is data in ``PLANS``; the seed decides people, hands, printings and
noise. Files are written without times or tool versions, so that the same seed
and the same library versions give the same bytes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scripts.sheets.degrade import Pixels, Recipe, Scan, degrade
from scripts.sheets.draw import MM_PER_INCH, PAPERS_MM, draw_blank, random_layout, with_rows
from scripts.sheets.fill import Filled, RowKind, fill_sheet, place_stamp
from scripts.sheets.fonts import FontSet
from scripts.sheets.hands import scrawl
from scripts.sheets.scribes import FontScribe
from scripts.sheets.truth import PageTruth, write_truth
from scripts.sheets.wording import WORDINGS

EN, FR = "amnesty-canada-en", "amnesty-canada-fr"
PAGE_DPI = 200
# Readers of PDF want dates; these say nothing about when the script ran.
NO_TIME = time.gmtime(0)
# A file cut here has lost its cross-reference table and half its picture.
DAMAGED_SHARE = 0.45

_F, _N, _B = RowKind.FULL, RowKind.NO_CONTACT, RowKind.BLANK


@dataclass(frozen=True, slots=True)
class Plan:
    """One page. ``form`` empty: no petition. ``same_as``: index of an earlier plan
    whose filled sheet is scanned again. Pages of one file stand together.
    """

    file: str
    kind: str
    form: str
    rows: tuple[RowKind, ...]
    recipe: Recipe
    paper: str = "letter"
    row_mm: float = 11.0
    form_rows: int = 8
    collector: bool = True
    same_as: int | None = None
    jpeg: int = 78


PLANS = (
    Plan("clean-en.png", "clean", EN, (_F, _F, _N, _F, _F, _F), Recipe()),
    Plan("clean-fr.png", "clean", FR, (_F, _N, _F, _F, _F), Recipe(gray=True), "a4", 12.0, 7),
    Plan("skewed-plus-5.jpg", "skewed", EN, (_F, _F, _F, _F, _N, _F, _F),
         Recipe(skew_deg=5.0, bed="black", margin_mm=4, noise=2), row_mm=10.5, form_rows=9),
    Plan("skewed-minus-3.jpg", "skewed", FR, (_F, _F, _N, _F, _F),
         Recipe(skew_deg=-3.2, bed="white", noise=2, gray=True, punch=True)),
    Plan("turned-90.jpg", "turned", EN, (_F, _N, _F, _F, _F),
         Recipe(turn_deg=90, skew_deg=0.6, noise=2, gray=True)),
    Plan("turned-180.jpg", "turned", FR, (_F, _F, _F, _F, _N, _F),
         Recipe(turn_deg=180, skew_deg=-0.4, noise=2), "a4"),
    Plan("turned-270.jpg", "turned", EN, (_F, _F, _F, _N),
         Recipe(turn_deg=270, skew_deg=-1.1, noise=2, gray=True), "letter-landscape", 10.0, 6),
    Plan("faint.jpg", "faint", EN, (_F, _F, _F, _N, _F, _F),
         Recipe(faint=0.6, noise=2.5, skew_deg=0.3, gray=True), form_rows=10),
    Plan("noisy.jpg", "noisy", FR, (_F, _F, _N, _F, _F),
         Recipe(noise=16, specks=350, streaks=3, blur_px=0.6, skew_deg=-0.7, gray=True), jpeg=60),
    Plan("fax.tif", "fax", EN, (_F, _F, _N, _F, _F),
         Recipe(dpi=204, bilevel=178, specks=60, skew_deg=0.8, blur_px=0.5)),
    Plan("fax.tif", "fax", FR, (_F, _N, _F, _F, _F, _F),
         Recipe(dpi=204, bilevel=172, specks=90, skew_deg=-0.5, blur_px=0.5)),
    Plan("phone.jpg", "phone", EN, (_F, _F, _N, _F, _F, _F),
         Recipe(dpi=220, skew_deg=2.5, perspective=0.045, margin_mm=24, bed="desk", shadow=0.32,
                vignette=0.3, noise=4, blur_px=0.7), row_mm=12.0, form_rows=7),
    Plan("batch.pdf", "struck-row", EN, (_F, _F, RowKind.STRUCK, _F, _N, _F),
         Recipe(noise=2, skew_deg=0.4, gray=True)),
    Plan("batch.pdf", "ditto-row", FR, (_F, RowKind.DITTO, _F, _N, _F),
         Recipe(noise=2, skew_deg=-0.6, gray=True)),
    Plan("batch.pdf", "missing-signature", EN, (_F, RowKind.UNSIGNED, _F, _F, _N),
         Recipe(noise=2, skew_deg=0.9, fold=True, gray=True), form_rows=10, row_mm=10.0),
    Plan("batch.pdf", "empty-collector-box", FR, (_F, _N, _F, _F),
         Recipe(noise=2, skew_deg=0.2, punch=True, gray=True), collector=False),
    Plan("blank-rows.jpg", "blank-rows", EN, (_F, _B, _F, _N, _B, _B, _F),
         Recipe(noise=2, skew_deg=0.5), row_mm=10.0, form_rows=12),
    Plan("corrections.jpg", "corrections", FR,
         (_F, RowKind.CORRECTED, RowKind.CROSSED, _F, RowKind.DITTO, _N),
         Recipe(noise=2, skew_deg=-0.9), "letter-landscape", 10.5, 7),
    Plan("rescan-of-clean-en.jpg", "rescan", EN, (),
         Recipe(dpi=150, skew_deg=-1.7, noise=6, bed="black", margin_mm=2, gray=True, blur_px=0.5),
         same_as=0),
    Plan("unfilled.png", "unfilled", FR, (), Recipe(gray=True), collector=False),
    Plan("blank-page.png", "blank", "", (), Recipe(gray=True)),
    Plan("letter.jpg", "not-a-petition", "", (), Recipe(noise=2, skew_deg=0.7, gray=True)),
    Plan("damaged.pdf", "damaged", EN, (_F, _F), Recipe(noise=2, gray=True)),
)  # fmt: skip


def write_samples(folder: Path, fonts: FontSet, *, seed: int) -> tuple[int, int]:
    """Write ``scans/`` and both truth files into ``folder``: (pages, bytes of scans)."""
    scans = folder / "scans"
    scans.mkdir(parents=True, exist_ok=True)
    pages = list(_draw_pages(fonts, seed))
    for file, group in groupby(zip(PLANS, pages, strict=True), key=lambda pair: pair[0].file):
        members = list(group)
        _write_file(scans / file, [(plan, page.scan) for plan, page in members if page.scan])
        if members[0][0].kind == "damaged":
            whole = (scans / file).read_bytes()
            (scans / file).write_bytes(whole[: int(len(whole) * DAMAGED_SHARE)])
    write_truth(
        [_readable(page) for page in pages], folder / "truth.json", folder / "truth_geometry.json"
    )
    return len(pages), sum(path.stat().st_size for path in scans.iterdir())


def _readable(page: PageTruth) -> PageTruth:
    """What of a page can be asked for: nothing of a damaged file."""
    if page.kind != "damaged":
        return page
    return PageTruth(page.file, page.page, page.kind, None, None)


def _draw_pages(fonts: FontSet, seed: int) -> Sequence[PageTruth]:
    pages: list[PageTruth] = []
    scribe = FontScribe(fonts)
    for index, plan in enumerate(PLANS):
        rng = np.random.default_rng([seed, index])
        number = 1 + sum(1 for earlier in PLANS[:index] if earlier.file == plan.file)
        filled: Filled | None = None
        if plan.same_as is not None:
            filled = pages[plan.same_as].filled
        elif plan.form:
            filled = _fill(plan, scribe, fonts, rng, index)
        sheet = filled.pixels if filled else _other_page(plan, fonts, rng)
        scan = degrade(sheet, PAGE_DPI, plan.recipe, rng)
        pages.append(PageTruth(plan.file, number, plan.kind, filled, scan))
    return pages


def _fill(
    plan: Plan, scribe: FontScribe, fonts: FontSet, rng: np.random.Generator, index: int
) -> Filled:
    layout = random_layout(rng, fonts=len(fonts.printed), paper=plan.paper)
    layout = with_rows(layout, plan.form_rows, plan.row_mm)
    blank = draw_blank(WORDINGS[plan.form], layout, fonts, dpi=PAGE_DPI, title=index)
    if len(blank.rows) < len(plan.rows):
        raise ValueError(f"{plan.file}: {len(blank.rows)} rows, {len(plan.rows)} are needed")
    return fill_sheet(blank, plan.rows, scribe, rng, collector=plan.collector)


def _other_page(plan: Plan, fonts: FontSet, rng: np.random.Generator) -> Pixels:
    """An empty sheet of paper, or a typed letter with a signature."""
    paper_mm = PAPERS_MM[plan.paper]
    per_mm = PAGE_DPI / MM_PER_INCH
    size = (round(paper_mm[0] * per_mm), round(paper_mm[1] * per_mm))
    image = Image.new("RGB", size, (249, 251, 252))
    if plan.kind == "not-a-petition":
        pen = ImageDraw.Draw(image)
        font = ImageFont.truetype(fonts.printed[0][0], 31)
        y = 220
        for line in LETTER.splitlines():
            pen.text((220, y), line, font=font, fill=(25, 25, 25))
            y += 46
        light = np.ones((size[1], size[0], 3), np.float32)
        at_mm = (32.0, (y + 90) * MM_PER_INCH / PAGE_DPI)
        place_stamp(light, scrawl(rng), at_mm, 4.0, (120, 40, 22), PAGE_DPI / MM_PER_INCH)
        return (np.asarray(image)[..., ::-1] * light).astype(np.uint8)
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8)[..., ::-1])


LETTER = """March 4, 2024

Dear volunteers,

Thank you for your help at the market last Saturday. The weather was
kind to us, and more people stopped at the table than in any other year.

Please bring what you still have at home to the office before the end of
the month: pens, clipboards, the banner and the cash box. The office is
open from nine to five, and there is coffee.

Our next meeting is on the second Tuesday of April at seven in the
evening. We will talk about the summer and about who drives the van.

With warm thanks,"""


def _write_file(path: Path, pages: Sequence[tuple[Plan, Scan]]) -> None:
    plan, scan = pages[0]
    images = [_image(plan, scan) for plan, scan in pages]
    dots = (scan.dpi, scan.dpi)
    if path.suffix == ".png":
        images[0].save(path, dpi=dots, optimize=True)
    elif path.suffix == ".jpg" and plan.recipe.bed == "desk":
        images[0].save(path, quality=plan.jpeg)  # phones do not know the scale
    elif path.suffix == ".jpg":
        images[0].save(path, quality=plan.jpeg, dpi=dots)
    elif path.suffix == ".tif":
        images[0].save(
            path, compression="group4", dpi=dots, save_all=True, append_images=images[1:]
        )
    else:
        images[0].save(
            path,
            "PDF",
            resolution=float(scan.dpi),
            quality=plan.jpeg,
            save_all=True,
            append_images=images[1:],
            creationDate=NO_TIME,
            modDate=NO_TIME,
        )


def _image(plan: Plan, scan: Scan) -> Image.Image:
    if plan.recipe.bilevel is not None:
        return Image.fromarray(scan.pixels[..., 0]).convert("1", dither=Image.Dither.NONE)
    if plan.recipe.gray:
        return Image.fromarray(np.ascontiguousarray(scan.pixels[..., 0]))
    return Image.fromarray(np.ascontiguousarray(scan.pixels[..., ::-1]))
