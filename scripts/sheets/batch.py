"""Many sheets at once for measuring: every sheet another printing and recipe."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from scripts.sheets.degrade import Recipe, degrade, mild_recipe
from scripts.sheets.draw import Blank, draw_blank, random_layout
from scripts.sheets.fill import Filled, Scribe, fill_sheet, plan_rows
from scripts.sheets.fonts import FontSet
from scripts.sheets.layouts import PLANS, draw_plan
from scripts.sheets.odd_layouts import ODD_PLANS
from scripts.sheets.rulestyles import PLAIN, RULE_STYLES, RuleStyle
from scripts.sheets.truth import PageTruth
from scripts.sheets.wording import WORDINGS

# French and English in turn.
FORM_CYCLE = (
    "amnesty-canada-en",
    "amnesty-canada-fr",
    "amnesty-canada-en",
    "amnesty-canada-fr",
    "amnesty-canada-en",
)
DEGRADATIONS = ("none", "mild", "hard", "fax")


def draw_batch(
    out: Path,
    scribe: Scribe,
    fonts: FontSet,
    *,
    seed: int,
    sheets: int,
    degradation: str,
    max_skew_deg: float,
    forms: tuple[str, ...] = (),
    odd: float = 0.08,
    rulings: tuple[str, ...] = (),
) -> Iterator[PageTruth]:
    """Draw ``sheets`` PNG files into ``out``, yielding the truth of each.

    ``rulings``: names of rule styles to cycle through; the forms then change each round.
    """
    for number in range(sheets):
        rng = np.random.default_rng([seed, number])
        chosen = forms or FORM_CYCLE
        form = chosen[number // max(1, len(rulings)) % len(chosen)]
        style = RULE_STYLES[rulings[number % len(rulings)]] if rulings else PLAIN
        filled = draw_filled(form, scribe, fonts, rng, odd=odd, rules=style)
        scan = degrade(filled.pixels, filled.blank.dpi, recipe(degradation, max_skew_deg, rng), rng)
        name = f"sheet_{number + 1:03d}.png"
        cv2.imwrite(str(out / name), scan.pixels)
        kind = rulings[number % len(rulings)] if rulings else degradation
        yield PageTruth(name, 1, kind, filled, scan)


def draw_filled(
    form: str,
    scribe: Scribe,
    fonts: FontSet,
    rng: np.random.Generator,
    *,
    odd: float = 0.08,
    rules: RuleStyle = PLAIN,
) -> Filled:
    """One filled printing of ``form``, not scanned yet."""
    blank = _blank(form, fonts, rng, rules)
    kinds = plan_rows(rng, len(blank.rows), odd=odd)
    return fill_sheet(blank, kinds, scribe, rng, collector=bool(rng.random() < 0.92))


def _blank(form: str, fonts: FontSet, rng: np.random.Generator, style: RuleStyle) -> Blank:
    if plan := PLANS.get(form) or ODD_PLANS.get(form):
        return draw_plan(plan, fonts, rng)
    paper = "letter-landscape" if form == "municipal-fr" else None
    layout = replace(random_layout(rng, fonts=len(fonts.printed), paper=paper), rules=style)
    return draw_blank(WORDINGS[form], layout, fonts, dpi=200, title=int(rng.integers(9)))


def recipe(degradation: str, max_skew_deg: float, rng: np.random.Generator) -> Recipe:
    """How sheets of this degradation are scanned."""
    if degradation == "none":
        return Recipe()
    mild = mild_recipe(rng, max_skew_deg=max_skew_deg)
    if degradation == "mild":
        return replace(mild, dpi=200)
    if degradation == "fax":
        # A copy sent on: pale rulings come through as single dots.
        faint = float(rng.uniform(0.05, 0.3))
        level = int(rng.integers(185, 220))
        return replace(mild, dpi=200, gray=True, faint=faint, noise=8.0, bilevel=level, jpeg=None)
    if rng.random() < 0.35:
        return Recipe(
            dpi=int(rng.choice([170, 200, 230])),
            turn_deg=int(rng.choice([0, 90, 180, 270])),
            skew_deg=float(rng.uniform(-max_skew_deg, max_skew_deg)),
            perspective=float(rng.uniform(0.01, 0.06)),
            margin_mm=float(rng.uniform(12, 30)),
            bed="desk",
            noise=float(rng.uniform(2, 7)),
            blur_px=float(rng.uniform(0.4, 0.9)),
            shadow=float(rng.uniform(0.1, 0.4)),
            vignette=float(rng.uniform(0.1, 0.4)),
            jpeg=int(rng.integers(60, 90)),
        )
    return replace(
        mild,
        turn_deg=int(rng.choice([0, 0, 90, 180, 270])),
        faint=float(rng.uniform(0, 0.6)),
        noise=float(rng.uniform(2, 14)),
        streaks=int(rng.integers(0, 3)),
        bilevel=int(rng.integers(150, 200)) if rng.random() < 0.2 else None,
    )
