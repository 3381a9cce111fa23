"""Skew, rows and columns apart: drawn sheets and real pages turned by known angles.

Drawn sheets: all layouts of ``make_samples``, filled, turned by up to 20
degrees and sheared by up to 0.3 (so that rows and columns differ by a known
amount), then scanned in six ways. Real pages have no known skew of their own,
so each is turned by three known angles and the error is that of the difference
between two turns; a third of them is turned by more than 7 degrees. Pages without
a direction (blank, dust, noise, shaded) must be answered with "cannot tell": an
angle for them is a wrong certain answer, as is one that is off by over 0.3.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks.geometry_common import Options, Skipped, Table, percentile
from benchmarks.geometry_peers import run_peer
from benchmarks.geometry_pictures import load_picture, timed, turned_in_frame
from digitizer.records import Pixels
from digitizer.rectify import rectify_page
from scripts.sheets.batch import draw_filled
from scripts.sheets.degrade import Recipe, degrade
from scripts.sheets.fill import Scribe
from scripts.sheets.fonts import system_fonts
from scripts.sheets.layouts import PLANS
from scripts.sheets.scribes import FontScribe, InkScribe
from scripts.sheets.wording import WORDINGS
from training.ink import Split

PEERS = ("leptonica", "jdeskew", "deskew")
MAX_SKEW_DEG = 20.0
MAX_SHEAR_DEG = 0.3
# An answer farther off than this is wrong, degrees.
WRONG_DEG = 0.3
TURNS = 3
# The first pages that a peer sees where all would take it an hour: 4 s a page.
FEW_PAGES = {"deskew": 12}
# How drawn sheets are scanned, one after the other.
RECIPES = (
    Recipe(noise=2),
    Recipe(noise=4, blur_px=0.7, jpeg=70, bed="black", margin_mm=3),
    Recipe(noise=3, faint=0.55, gray=True),
    Recipe(dpi=204, bilevel=175, specks=60, blur_px=0.5),
    Recipe(dpi=150, noise=10, specks=200, streaks=2, punch=True, jpeg=50),
    Recipe(dpi=300, noise=3, fold=True, bed="gray", margin_mm=4, vignette=0.3),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A picture and its true clockwise skew in degrees, None where it has none.

    ``page``: pictures of one page, turned, have one name.
    """

    file: Path
    page: str
    rows_deg: float | None
    columns_deg: float | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a program said of a case, degrees; None: cannot tell."""

    rows_deg: float | None
    columns_deg: float | None
    ms: float


def measure(options: Options) -> Iterator[Table]:
    """Tables of drawn sheets, real pages, and pages without a direction."""
    drawn = drawn_cases(options)
    yield _table("Skew of drawn sheets, degrees", drawn, _answers(drawn, options), pairs=False)
    without = cases_without(options)
    yield _table_without(_answers(without, options))
    for folder in ("ruled_forms", "photos"):
        real = turned_cases(options, folder)
        title = f"Skew of real pages ({folder}), degrees between two turns of one page"
        yield _table(title, real, _answers(real, options), pairs=True)


def drawn_cases(options: Options) -> list[Case]:
    """Filled sheets turned, sheared and scanned."""
    folder = _folder(options, "skew-drawn")
    if (folder / "cases.json").exists():
        return _load(folder)
    fonts = system_fonts()
    scribe: Scribe = FontScribe(fonts)
    if options.handwriting is not None:
        scribe = InkScribe(options.handwriting, Split.TEST)
    forms = (*WORDINGS, *PLANS)
    cases = []
    for number in range(options.sheets):
        rng = np.random.default_rng([options.seed, number])
        filled = draw_filled(forms[number % len(forms)], scribe, fonts, rng)
        shear = float(rng.uniform(-MAX_SHEAR_DEG, MAX_SHEAR_DEG))
        # Half of the sheets lie as sheets in a feeder do.
        reach = 3.0 if number % 2 else MAX_SKEW_DEG
        skew = float(rng.uniform(-reach, reach))
        recipe = replace(RECIPES[number % len(RECIPES)], skew_deg=skew)
        scan = degrade(_sheared(filled.pixels, shear), filled.blank.dpi, recipe, rng)
        file = folder / f"drawn_{number:03d}.png"
        cv2.imwrite(str(file), scan.pixels)
        cases.append(Case(file, file.stem, skew, skew - shear))
    _save(folder, cases)
    return cases


def turned_cases(options: Options, name: str) -> list[Case]:
    """Real pages, each turned by known angles; their own skew is not known."""
    source = options.scans_folder(name)
    folder = _folder(options, f"skew-{name}")
    if (folder / "cases.json").exists():
        return _load(folder)
    cases = []
    for number, file in enumerate(sorted(source.glob("*.jpg"))):
        rng = np.random.default_rng([options.seed, 1, number])
        pixels = np.asarray(cv2.imread(str(file)), dtype=np.uint8)
        for turn in range(TURNS):
            reach = 18.0 if turn == 0 else 7.0
            angle = float(rng.uniform(-reach, reach))
            target = folder / f"{file.stem}_{turn}.png"
            cv2.imwrite(str(target), turned_in_frame(pixels, angle))
            cases.append(Case(target, file.stem, angle, angle))
    _save(folder, cases)
    return cases


def cases_without(options: Options) -> list[Case]:
    """Pages that have no direction."""
    folder = _folder(options, "skew-without")
    if (folder / "cases.json").exists():
        return _load(folder)
    rng = np.random.default_rng([options.seed, 2])
    cases = []
    for number in range(options.sheets):
        page = np.full((2200, 1700), 245.0) + rng.normal(0, rng.uniform(0, 8), (2200, 1700))
        match number % 4:
            case 1:  # dust
                for _ in range(int(rng.integers(20, 4000))):
                    x, y = rng.integers(5, 1690), rng.integers(5, 2190)
                    page[y : y + rng.integers(1, 5), x : x + rng.integers(1, 5)] = 60
            case 2:  # a chaos of blots and strokes
                for _ in range(int(rng.integers(60, 600))):
                    a, b = rng.uniform(0, 1700, 2), rng.uniform(-40, 40, 2)
                    ends = [tuple(int(v) for v in p) for p in (a, a + b)]
                    cv2.line(page, ends[0], ends[1], 40.0, int(rng.integers(1, 5)))
            case 3:  # a shadow
                page *= np.linspace(1, rng.uniform(0.4, 0.9), 1700)[None, :]
        file = folder / f"without_{number:03d}.png"
        cv2.imwrite(str(file), np.clip(page, 0, 255).astype(np.uint8))
        cases.append(Case(file, file.stem, None, None))
    _save(folder, cases)
    return cases


def own_answers(cases: Sequence[Case]) -> list[Said]:
    """digitizer's, as `digitizer locate` gives them."""
    said = []
    for case in cases:
        image = load_picture(case.file)
        with timed() as took:
            page = rectify_page(image)
        # A page on its side has its own rows in the truth's columns: never here,
        # unless it was turned wrongly, which counts against it.
        said.append(Said(page.skew_deg, page.columns_skew_deg, took.ms))
    return said


def _answers(cases: Sequence[Case], options: Options) -> dict[str, list[Said] | str]:
    answers: dict[str, list[Said] | str] = {"digitizer": own_answers(cases)}
    for peer in PEERS if options.peers else ():
        few = cases[: FEW_PAGES.get(peer)]
        try:
            found = run_peer(peer, [case.file for case in few])
        except Skipped as reason:
            answers[peer] = str(reason)
            continue
        answers[peer] = [Said(a.value, None, a.ms) for a in found]
    return answers


def _table(
    title: str, cases: Sequence[Case], answers: dict[str, list[Said] | str], *, pairs: bool
) -> Table:
    rows, notes = [], []
    for program, said in answers.items():
        if isinstance(said, str):
            notes.append(f"{program} skipped: {said}")
            continue
        for axis in ("rows", "columns"):
            # A slow peer saw the first pages only.
            true = [getattr(case, f"{axis}_deg") for case in cases[: len(said)]]
            found = [getattr(one, f"{axis}_deg") for one in said]
            if all(value is None for value in found):
                continue
            pages = [case.page for case in cases[: len(said)]]
            errors = _pair_errors(pages, true, found) if pairs else _errors(true, found)
            wrong = sum(error > WRONG_DEG for error in errors)
            rows.append(
                (
                    f"{program}, {axis}",
                    str(len(errors)),
                    f"{percentile(errors, 50):.3f}",
                    f"{percentile(errors, 90):.3f}",
                    f"{max(errors, default=float('nan')):.3f}",
                    f"{wrong / max(1, len(errors)):.1%}",
                    str(wrong),
                    str(sum(value is None for value in found)),
                    f"{percentile([one.ms for one in said], 50):.0f}",
                )
            )
    columns = ("", "n", "median", "p90", "worst", "> 0.3", "wrong", "cannot tell", "ms")
    return Table(title, columns, tuple(rows), tuple(notes))


def _table_without(answers: dict[str, list[Said] | str]) -> Table:
    rows, notes = [], []
    for program, said in answers.items():
        if isinstance(said, str):
            notes.append(f"{program} skipped: {said}")
            continue
        wrong = sum(one.rows_deg is not None for one in said)
        rows.append((program, str(len(said)), str(wrong), str(len(said) - wrong)))
    columns = ("", "pages", "wrong certain answers", "cannot tell")
    return Table("Pages without a direction", columns, tuple(rows), tuple(notes))


def _errors(true: Sequence[float | None], found: Sequence[float | None]) -> list[float]:
    return [abs(f - t) for t, f in zip(true, found, strict=True) if t is not None and f is not None]


def _pair_errors(
    pages: Sequence[str], true: Sequence[float | None], found: Sequence[float | None]
) -> list[float]:
    """Errors of the differences between all turns of one page."""
    known = [
        (page, f - t)
        for page, t, f in zip(pages, true, found, strict=True)
        if t is not None and f is not None
    ]
    return [
        abs(a - b)
        for k, (page, a) in enumerate(known)
        for other, b in known[k + 1 :]
        if other == page
    ]


def _sheared(page: Pixels, shear_deg: float) -> Pixels:
    """``page`` with its columns leaning by ``shear_deg`` counterclockwise, rows as they were."""
    height, width = page.shape[:2]
    slope = float(np.tan(np.radians(shear_deg)))
    matrix = np.array([[1.0, slope, -slope * height / 2], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    warped = cv2.warpPerspective(
        page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, dtype=np.uint8)


def _folder(options: Options, name: str) -> Path:
    folder = options.work / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _save(folder: Path, cases: Sequence[Case]) -> None:
    listed = [[c.file.name, c.page, c.rows_deg, c.columns_deg] for c in cases]
    (folder / "cases.json").write_text(json.dumps(listed), encoding="utf-8")


def _load(folder: Path) -> list[Case]:
    listed = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    return [Case(folder / name, page, rows, columns) for name, page, rows, columns in listed]
