"""Photographs and pairs of petition sheets as people hand them in, with exact places.

``Photographer.photograph``: one sheet on a table under a tilted camera; half are curled, a
third folded, some cut by the picture's edge, under shadows, with another sheet beneath or
beside, held by a thumb. ``Photographer.pair``: two sheets of the same or of different forms
side by side, photographed or scanned; touching, apart or overlapped. Six to fourteen rows,
all forms that the benchmarks define, each way up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from scripts.sheets.camera import View, framed, pinhole
from scripts.sheets.degrade import folded
from scripts.sheets.draw import MM_PER_INCH, Rect, draw_blank, random_layout
from scripts.sheets.fill import Filled, Scribe, fill_sheet, plan_rows
from scripts.sheets.fonts import FontSet
from scripts.sheets.layouts import PLANS, draw_plan
from scripts.sheets.paper import SHAPES, Bend
from scripts.sheets.rulestyles import RULE_STYLES
from scripts.sheets.scribes import FontScribe
from scripts.sheets.surroundings import (
    TABLES,
    developed,
    laid,
    light,
    moved_sources,
    table,
    with_thumb,
)
from scripts.sheets.wording import WORDINGS

Points = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

# Our own two forms are half of what is drawn, as in practice most of a pile is of one kind.
FORMS = (*("amnesty-canada-en", "amnesty-canada-fr") * 3, "commons-en", "municipal-fr", *PLANS)
PAIR_FORMS = ("amnesty-canada-en", "amnesty-canada-fr", "commons-en", "stacked-en", "ballot-en")
ROWS = (6, 15)
# Most forms have plain rulings.
STYLES = (*("solid",) * 12, "hairline", "blue", "open-left", "open-right", "double", "bands",
          "rows-only", "faint")  # fmt: skip
DPI = 200
PX_PER_MM = DPI / MM_PER_INCH
POINTS_PER_SIDE = 24
# From nearly above, aslant, and as far aslant as a form at arm's length.
TILTS_DEG = ((0, 12), (12, 25), (25, 35))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A sheet and the view of it in a picture."""

    filled: Filled
    view: View

    def polygon(self, rect: Rect) -> Points:
        """A rectangle in mm in the picture, along bent edges."""
        x0, y0, x1, y1 = rect
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) * PX_PER_MM
        steps = np.arange(POINTS_PER_SIDE)[:, None] / POINTS_PER_SIDE
        sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
        return self.view.placed(np.concatenate([a + (b - a) * steps for a, b in sides]))


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A picture of one or two sheets; ``dpi`` is None for a camera."""

    pixels: Pixels
    sheets: tuple[Seen, ...]
    dpi: int | None = None


class Photographer:
    """Draws pictures by number; the same seed and number give the same picture."""

    def __init__(self, seed: int, fonts: FontSet, scribe: Scribe | None = None) -> None:
        """``seed``: of all that is drawn. ``scribe``: who fills sheets, fonts without one."""
        self._seed = seed
        self._fonts = fonts
        self._scribe = scribe or FontScribe(fonts)
        self._others: dict[str, Pixels] = {}

    def photograph(self, number: int) -> Snapshot:
        """One sheet on a table."""
        rng = np.random.default_rng([self._seed, number, 1])
        filled = self._filled(rng, str(rng.choice(FORMS)))
        page = _creased(filled.pixels, rng)
        size = (page.shape[1], page.shape[0])
        bend = _random_bend(size, rng) if rng.random() < 0.55 else None
        view = _random_view(size, bend, rng)
        px_per_mm = PX_PER_MM
        sources = view.sources()
        picture = table(str(rng.choice(TABLES)), view, rng)
        if rng.random() < 0.45:
            other = self._other(filled.blank.wording.form)
            picture = laid(other, _beside(sources, size, other, rng), picture, 0.35)
        if bend is not None:
            page = _lit_by_slope(page, bend)
        picture = laid(page, sources, picture, 0.35)
        shadows = int(rng.choice([0, 1, 2], p=[0.35, 0.4, 0.25]))
        picture = picture * light(view.size, shadows, px_per_mm, rng)[..., None]
        if rng.random() < 0.2:
            edge = _ring(size)[int(rng.integers(8))]
            picture = with_thumb(picture, view, edge, px_per_mm, rng)
        cast = np.array([rng.uniform(0.75, 1), rng.uniform(0.88, 1), 1], np.float32)
        picture = picture * (cast if rng.random() < 0.5 else cast[::-1])
        pixels = developed(
            picture,
            blur_px=float(rng.uniform(0.3, 0.8)),
            noise=float(rng.uniform(1, 6)),
            jpeg=int(rng.integers(60, 93)),
            rng=rng,
        )
        return Snapshot(pixels, (Seen(filled, view),))

    def pair(self, number: int) -> Snapshot:
        """Two sheets in one picture."""
        rng = np.random.default_rng([self._seed, number, 2])
        one = str(rng.choice(PAIR_FORMS))
        other = one if rng.random() < 0.6 else str(rng.choice(PAIR_FORMS))
        sheets = [self._filled(rng, form, upright=True) for form in (one, other)]
        if rng.random() < 0.15:
            empty = int(rng.integers(2))
            blank = sheets[empty].blank
            sheets[empty] = fill_sheet(blank, [], self._scribe, rng, collector=False)
        camera = rng.random() < 0.4
        views, kind = _pair_views([sheet.pixels for sheet in sheets], camera=camera, rng=rng)
        picture = table(kind, views[0], rng)
        for k in rng.permutation(2):
            shade = 0.3 if camera else 0.08
            picture = laid(sheets[k].pixels, views[k].sources(), picture, shade)
        if camera:
            picture = picture * light(views[0].size, 1, PX_PER_MM, rng)[..., None]
        pixels = developed(picture, blur_px=0.5, noise=2.5, jpeg=None, rng=rng)
        seen = tuple(Seen(sheet, view) for sheet, view in zip(sheets, views, strict=True))
        return Snapshot(pixels, seen, None if camera else DPI)

    def _filled(self, rng: np.random.Generator, form: str, *, upright: bool = False) -> Filled:
        """A filled printing of a form; ``upright``: on paper higher than wide."""
        if form in PLANS:
            blank = draw_plan(PLANS[form], self._fonts, rng, dpi=DPI)
        else:
            paper = "letter-landscape" if form == "municipal-fr" else None
            if upright:
                paper = str(rng.choice(["letter", "a4"]))
            layout = random_layout(rng, fonts=len(self._fonts.printed), paper=paper)
            style = RULE_STYLES[str(rng.choice(STYLES))]
            layout = replace(layout, rows=int(rng.integers(*ROWS)), rules=style)
            title = int(rng.integers(9))
            blank = draw_blank(WORDINGS[form], layout, self._fonts, dpi=DPI, title=title)
        kinds = plan_rows(rng, len(blank.rows), odd=0.08)
        return fill_sheet(blank, kinds, self._scribe, rng, collector=bool(rng.random() < 0.92))

    def _other(self, form: str) -> Pixels:
        """The paper of the same form that lies around; one a form, it is costly to draw."""
        if form not in self._others:
            number = sorted({*FORMS}).index(form)
            rng = np.random.default_rng([self._seed, number, 3])
            self._others[form] = self._filled(rng, form).pixels
        return self._others[form]


def _creased(page: Pixels, rng: np.random.Generator) -> Pixels:
    """A page that was folded in three across, down, or not."""
    if rng.random() < 0.3:
        page = folded(page, rng)
    if rng.random() < 0.15:
        page = np.ascontiguousarray(folded(page.transpose(1, 0, 2), rng).transpose(1, 0, 2))
    return page


def _random_bend(size: tuple[int, int], rng: np.random.Generator) -> Bend:
    """Curl of up to 8 mm along one axis or both."""
    rise = float(rng.choice([0, rng.uniform(1, 8)], p=[0.15, 0.85]))
    sway = float(rng.choice([0, rng.uniform(1, 8)], p=[0.5, 0.5]))
    return Bend(
        *size,
        rise=rise * PX_PER_MM * float(rng.choice([-1, 1])),
        shape=str(rng.choice(SHAPES)),
        fan=float(rng.uniform(-0.4, 0.4)),
        sway=sway * PX_PER_MM * float(rng.choice([-1, 1])),
        at=float(rng.uniform(0.35, 0.65)),
    )


def _random_view(size: tuple[int, int], bend: Bend | None, rng: np.random.Generator) -> View:
    """A camera in somebody's hand: mostly before the sheet, sometimes too near to see it whole."""
    low, high = TILTS_DEG[int(rng.choice(len(TILTS_DEG), p=[0.4, 0.35, 0.25]))]
    toward = rng.choice([rng.uniform(-20, 20), rng.uniform(160, 200), rng.uniform(0, 360)])
    scale = float(rng.uniform(0.85, 1.15))
    matrix = pinhole(
        size,
        tilt_deg=float(rng.uniform(low, high)),
        toward_deg=float(toward),
        roll_deg=float(rng.normal(0, 3.5)) + float(rng.choice([0, 0, 0, 90, 180, 270])),
        scale=scale,
        focal=float(rng.uniform(1.1, 1.6)),
    )
    per_mm = PX_PER_MM * scale
    margins = rng.uniform(3, 45, 4) * per_mm
    if rng.random() < 0.2:
        cut = rng.choice(4, int(rng.integers(1, 4)), replace=False)
        margins[cut] = -rng.uniform(1, 7, len(cut)) * per_mm
    ring = _ring(size) if bend is None else bend.moved(_ring(size))
    matrix, seen = framed(matrix, ring, margins)
    lens = float(rng.choice([0, rng.uniform(-0.04, 0.03)], p=[0.5, 0.5]))
    return View(matrix, seen, bend, lens)


def _ring(size: tuple[int, int]) -> Points:
    """Corners and middles of a sheet's sides."""
    width, height = size
    x, y = width / 2, height / 2
    return np.array([[0, 0], [x, 0], [width, 0], [width, y], [width, height], [x, height],
                     [0, height], [0, y]])  # fmt: skip


def _beside(
    sources: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
    size: tuple[int, int],
    other: Pixels,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Where another paper is seen: beneath the sheet and sticking out, or beside it."""
    width, height = size
    if rng.random() < 0.55:
        turn = float(rng.uniform(1, 5) * rng.choice([-1, 1]))
        dx, dy = rng.uniform(2, 12, 2) * PX_PER_MM * rng.choice([-1, 1], 2)
        return moved_sources(sources, (width / 2, height / 2), turn, (float(dx), float(dy)))
    gap = float(rng.uniform(0, 15)) * PX_PER_MM
    tall, wide = other.shape[:2]
    places = ((wide + gap, 0.0), (-width - gap, 0.0), (0.0, tall + gap), (0.0, -height - gap))
    shift = places[int(rng.integers(4))]
    return moved_sources(sources, (0.0, 0.0), float(rng.uniform(-6, 6)), shift)


def _lit_by_slope(page: Pixels, bend: Bend) -> Pixels:
    """What turns away from the lamp is darker."""
    along = np.column_stack([np.arange(bend.width), np.full(bend.width, bend.height / 2)])
    sunk = bend.moved(along)[:, 1]
    lit = np.clip(1 - 1.3 * np.gradient(sunk), 0.75, 1.04)
    return np.clip(page * lit[None, :, None], 0, 255).astype(np.uint8)


def _pair_views(
    sheets: Sequence[Pixels], *, camera: bool, rng: np.random.Generator
) -> tuple[list[View], str]:
    """Two sheets side by side, at other heights and skews, and the table beneath them."""
    ways = ("touch", "gap", "overlap")
    way = str(rng.choice(ways, p=[0.4, 0.35, 0.25]))
    gap_mm = {"touch": 0.0, "gap": rng.uniform(1, 25), "overlap": -rng.uniform(0.5, 5)}[way]
    gap = float(gap_mm) * PX_PER_MM
    kind = str(rng.choice(["wood", "dark", "gray"] if camera else ["white", "white", "dark"]))
    skews = rng.normal(0, 2.0 if camera else 0.8, 2)
    down = float(rng.uniform(-15, 15)) * PX_PER_MM
    wide_edge = way == "gap" or camera
    edge = float(rng.uniform(2, 20) if wide_edge else rng.uniform(0, 4)) * PX_PER_MM
    matrices, left, top = [], edge, edge + abs(down)
    for k, sheet in enumerate(sheets):
        tall, wide = sheet.shape[:2]
        angle = np.radians(skews[k] + (180 if rng.random() < 0.12 else 0))
        cos, sin = np.cos(angle), np.sin(angle)
        x, y = left + wide / 2, top + tall / 2 + k * down
        lying = np.array([[cos, -sin, x], [sin, cos, y], [0, 0, 1]])
        matrices.append(lying @ np.array([[1, 0, -wide / 2], [0, 1, -tall / 2], [0, 0, 1]]))
        left += wide + gap
    width = int(left - gap + edge)
    height = int(top + max(s.shape[0] for s in sheets) + max(down, 0.0) + edge)
    turn = float(rng.choice([0, 0, 90, 270, 180]))
    seen = pinhole(
        (width, height),
        tilt_deg=float(rng.uniform(0, 22)) if camera else 0.0,
        toward_deg=float(rng.uniform(0, 360)),
        roll_deg=turn + (float(rng.normal(0, 2)) if camera else 0.0),
        scale=0.95 if camera else 1.0,
        focal=float(rng.uniform(1.1, 1.5)),
    )
    margins = np.full(4, 20.0 if camera else 0.0)
    matrix, size = framed(seen, _ring((width, height)), margins)
    return [View(matrix @ one, size) for one in matrices], kind
