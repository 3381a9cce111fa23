"""Judged readings of the calibrate split, for fitting and proving confidence.

Lone crops: names and places as stored, postal codes, phones, dates, emails and answers
from a form's list of joined glyphs. Towns in rows of invented people (``home_rows``), which
the place crops, German street names, say nothing of. Names of joined glyphs, common, rare
and one letter off a common one, since the sheets' names are only some hundred crops, again
and again.
Whole sheets: those drawn by ``scripts/make_samples.py --ink DIR --split calibrate``,
read by the pipeline's own stages.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digitizer.engines.cells import read_cells, read_image
from digitizer.engines.reading import with_evidence
from digitizer.records import FieldKind, Reading
from digitizer.validity import AREA_CODES
from training.home_rows import home_rows, name_cells
from training.ink import (
    BAD_NAMES,
    CORRECTED_NAMES,
    CUT_OFF,
    RELABELLED,
    UNCHECKED,
    Glyphs,
    Split,
    iter_names,
    iter_places,
    name_number,
)
from training.join_glyphs import join_text
from training.lines import (
    Listed,
    invent_birth_date,
    invent_choice,
    invent_code,
    invent_date,
    invent_email,
    invent_phone,
    invent_postal_code,
)
from training.sheet_readings import Judged, is_right, read_sheets

ROOT = Path(__file__).resolve().parents[1]

# Damage of drawn sheets, and the seed of each set.
DAMAGES = {"mild": 11, "hard": 12}

# Source of cases of invented people's rows, and of invented names.
HOME = "home"
PEOPLE = "people"

# A sheet on which fewer of the surest kinds are right than this had its rows
# numbered wrongly: that says nothing about reading.
LEAST_RIGHT_ON_SHEET = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A reading that is right or wrong; ``group``: what may not share folds."""

    reading: Reading
    right: bool
    group: str
    source: str


def lone_cases(root: Path, lines: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of single crops of the calibrate split."""
    for crop in iter_names(root, Split.CALIBRATE):
        number = name_number(crop.file)
        if number not in BAD_NAMES and crop.text not in UNCHECKED:
            truth = CORRECTED_NAMES.get(number, RELABELLED.get(crop.text, crop.text))
            yield _case(crop.pixels, FieldKind.NAME, truth, crop.file)
    places = list(iter_places(root, Split.CALIBRATE))
    for number, index in enumerate(rng.permutation(len(places))[: 2 * lines]):
        crop = places[int(index)]
        kind = (FieldKind.TEXT, FieldKind.ADDRESS, FieldKind.CITY)[number % 3]
        yield _case(crop.pixels, kind, crop.text, f"w{crop.writer}")
    glyphs = Glyphs(root, Split.CALIBRATE)
    for number in range(lines):
        group = str(number)
        shown, truth = invent_postal_code(rng)
        yield _case(join_text(shown, glyphs, rng), FieldKind.POSTAL_CODE, truth, group)
        # A number from elsewhere is always asked for, whatever its confidence.
        shown, truth = invent_phone(rng, sorted(AREA_CODES))
        yield _case(join_text(shown, glyphs, rng), FieldKind.PHONE, truth, group)
        shown = invent_email(rng)
        yield _case(join_text(shown, glyphs, rng), FieldKind.EMAIL, shown, group)
        if number % 2:
            shown, truth = invent_date(rng)
            yield _case(join_text(shown, glyphs, rng), FieldKind.DATE, truth, group)


def birth_cases(root: Path, lines: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of days of birth of joined glyphs; no drawn sheet asks for one."""
    glyphs = Glyphs(root, Split.CALIBRATE)
    for number in range(lines):
        shown, truth = invent_birth_date(rng)
        pixels = join_text(shown, glyphs, rng)
        yield _case(pixels, FieldKind.BIRTH_DATE, truth, f"birth {number}")


def choice_cases(root: Path, lines: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of what people answer to a short list, in joined glyphs; one in ten is not on it."""
    return _listed_cases(root, FieldKind.CHOICE, (invent_choice(rng) for _ in range(lines)), rng)


def code_cases(root: Path, lines: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of codes of a form's own patterns, in joined glyphs."""
    return _listed_cases(root, FieldKind.CODE, (invent_code(rng) for _ in range(lines)), rng)


def _listed_cases(
    root: Path,
    kind: FieldKind,
    invented: Iterable[tuple[Listed, str, str]],
    rng: np.random.Generator,
) -> Iterator[Case]:
    """Readings of what a form says may be written, as ``invented``: that, as written, as meant."""
    glyphs = Glyphs(root, Split.CALIBRATE)
    for number, (values, shown, truth) in enumerate(invented):
        reading = read_image(join_text(shown, glyphs, rng), kind, values)
        yield Case(reading, is_right(reading, truth), f"{kind.value} {number}", "crop")


def _case(pixels: npt.NDArray[np.uint8], kind: FieldKind, truth: str, group: str) -> Case:
    reading = read_image(pixels, kind)
    return Case(reading, is_right(reading, truth), group, "crop")


def home_cases(root: Path, rows: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of the towns of invented people, beside the rest of their row."""
    for number, (cells, truths) in enumerate(home_rows(root, rows, rng, Split.CALIBRATE)):
        for found in read_cells([c for c in cells if c.column != "name"], "en"):
            for reading in found:
                if reading.kind is FieldKind.CITY:
                    told = with_evidence(reading, {"lone": 1.0})
                    right = is_right(told, truths[reading.field])
                    yield Case(told, right, f"{HOME} {number}", HOME)


def people_cases(root: Path, names: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of names, common and rare, in cells of their own."""
    for number, (cell, truth) in enumerate(name_cells(root, names, rng, Split.CALIBRATE)):
        for reading in read_cells([cell], "en")[0]:
            yield Case(reading, is_right(reading, truth), f"{PEOPLE} {number}", PEOPLE)


def sheet_cases(folder: Path, *, only_signatures: bool = False) -> Iterator[Case]:
    """Readings of whole sheets; a sheet is one group."""
    return judged_cases(read_sheets(folder, only_signatures=only_signatures), folder.name)


def judged_cases(readings: Iterable[Judged], source: str) -> Iterator[Case]:
    """Cases of judged readings, without sheets whose rows were numbered wrongly."""
    by_sheet: dict[str, list[Case]] = {}
    for judged in readings:
        if any(name in judged.truth for name in (*CUT_OFF, *UNCHECKED)):
            continue
        truth = judged.truth
        for wrong, better in RELABELLED.items():
            truth = truth.replace(wrong, better)
        sheet = judged.source.split(" ", 1)[0]
        case = Case(judged.reading, is_right(judged.reading, truth), f"{source}/{sheet}", source)
        by_sheet.setdefault(sheet, []).append(case)
    for cases in by_sheet.values():
        sure = [c.right for c in cases if c.reading.kind in (FieldKind.PHONE, FieldKind.NAME)]
        unread = all(c.reading.kind is FieldKind.SIGNATURE for c in cases)
        if unread or (sure and sum(sure) >= LEAST_RIGHT_ON_SHEET * len(sure)):
            yield from cases


def draw_sheets(root: Path, count: int, out: Path) -> list[Path]:
    """Draw ``count`` sheets for each damage with the calibrate split's ink."""
    folders = []
    for damage, seed in DAMAGES.items():
        folder = out / f"drawn-{damage}"
        words = ["--sheets", str(count), "--ink", str(root), "--split", Split.CALIBRATE.value]
        words += ["--own-emails"]
        words += ["--degrade", damage, "--seed", str(seed), "--out", str(folder)]
        subprocess.run([sys.executable, ROOT / "scripts/make_samples.py", *words], check=True)
        folders.append(folder)
    return folders


def all_cases(
    root: Path, folders: Sequence[Path], lines: int, rows: int, seed: int, jobs: int
) -> Iterator[Case]:
    """Cases of lone crops, of invented rows and of every folder of sheets, in that order."""
    with ProcessPoolExecutor(jobs) as pool:
        lone = pool.submit(_lone_cases, root, lines, rows, seed)
        sheets = [pool.submit(_sheet_cases, folder) for folder in folders]
        for future in (lone, *sheets):
            yield from future.result()


def signature_cases(folders: Sequence[Path], jobs: int) -> Iterator[Case]:
    """Cases of signature cells of every folder of sheets."""
    with ProcessPoolExecutor(jobs) as pool:
        for future in [pool.submit(_sheet_cases, folder, True) for folder in folders]:
            yield from future.result()


def _lone_cases(root: Path, lines: int, rows: int, seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    found = [*lone_cases(root, lines, rng), *home_cases(root, rows, rng)]
    # More than of other kinds: there are no sheets of them.
    births = birth_cases(root, 2 * lines, np.random.default_rng((seed, 1)))
    choices = choice_cases(root, 4 * lines, np.random.default_rng((seed, 2)))
    codes = code_cases(root, 4 * lines, np.random.default_rng((seed, 3)))
    return [*found, *people_cases(root, lines, rng), *births, *choices, *codes]


def _sheet_cases(folder: Path, only_signatures: bool = False) -> list[Case]:
    return list(sheet_cases(folder, only_signatures=only_signatures))
