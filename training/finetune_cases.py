"""Lines on which recognisers are compared: of one split, of every kind, with fonts of its part.

The calibrate split serves for choosing (``finetune_choose``), the test split
for the figures in the model card (``benchmarks/recognisers.py``).
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digitizer.engines.cells import read_image
from digitizer.evaluate import comparable
from digitizer.recognisers import RECOGNISER_VARIABLE
from digitizer.records import FieldKind
from digitizer.values.canonical import normalise
from training import finetune_text as text
from training.finetune_augment import augment
from training.finetune_lines import hand_fonts, normal_text, write_font
from training.ink import (
    BAD_NAMES,
    CORRECTED_NAMES,
    RELABELLED,
    Glyphs,
    Split,
    iter_names,
    iter_places,
    name_number,
)
from training.join_glyphs import join_text
from training.lines import invent_date, invent_email, invent_phone, invent_postal_code

# Places are most varied, and each writer brings few.
PLACES_FACTOR = 2

# Share of the mean that other kinds' lines are worth; dates are easy and rare.
DATES_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A crop, the kind it is read as, and what stands there; ``writer`` 0: unknown."""

    group: str
    pixels: npt.NDArray[np.uint8]
    kind: FieldKind
    truth: str
    writer: int = 0


def choosing_cases(
    root: Path, split: Split, fonts: Path | None, lines: int, seed: int
) -> list[Case]:
    """Cases of a split: real crops, joined glyphs, and fonts of the split's part."""
    rng = np.random.default_rng(seed)
    cases = []
    for crop in iter_names(root, split):
        number = name_number(crop.file)
        if number not in BAD_NAMES:
            truth = CORRECTED_NAMES.get(number, RELABELLED.get(crop.text, crop.text))
            cases.append(Case("names", crop.pixels, FieldKind.NAME, truth))
    places = list(iter_places(root, split))
    for index in rng.permutation(len(places))[: PLACES_FACTOR * lines]:
        crop = places[int(index)]
        cases.append(Case("places", crop.pixels, FieldKind.TEXT, crop.text, crop.writer))
    glyphs = Glyphs(root, split)
    for number in range(lines):
        for group, kind, (shown, truth) in (
            ("codes", FieldKind.POSTAL_CODE, invent_postal_code(rng)),
            ("phones", FieldKind.PHONE, invent_phone(rng)),
            ("emails", FieldKind.EMAIL, (invent_email(rng),) * 2),
            ("dates", FieldKind.DATE, invent_date(rng)),
        ):
            if group != "dates" or number < DATES_SHARE * lines:
                cases.append(Case(group, join_text(shown, glyphs, rng), kind, truth))
    part = {Split.CALIBRATE: "calibrate", Split.TEST: "test"}.get(split, "train")
    faces = [face.read_bytes() for face in hand_fonts(fonts, part)] if fonts else []
    for number in range(lines if faces else 0):
        for group, kind, written in (
            ("font emails", FieldKind.EMAIL, invent_email(rng)),
            ("font lines", FieldKind.TEXT, text.address(rng) if number % 2 else text.city(rng)),
        ):
            written = normal_text(written)
            pixels = write_font(written, faces[number % len(faces)], rng)
            if pixels is not None:
                cases.append(Case(group, augment(pixels, rng), kind, written))
    return cases


@dataclass(frozen=True, slots=True)
class Outcome:
    """Right ones by case, squared error of the raw confidence, milliseconds a line."""

    right: npt.NDArray[np.bool_]
    brier: float
    ms: float


def judge(recogniser: str, cases: Sequence[Case]) -> Outcome:
    """Read all cases with a recogniser, named as in ``digitizer.recognisers``."""
    os.environ[RECOGNISER_VARIABLE] = recogniser
    right, errors = [], []
    began = time.perf_counter()
    for case in cases:
        reading = read_image(case.pixels, case.kind)
        value = normalise(case.kind, reading.text, "en") or reading.text
        field = "date_collected" if case.kind is FieldKind.DATE else case.kind.value
        hit = comparable(value.replace("ß", "B"), field) == comparable(
            case.truth.replace("ß", "B"), field
        )
        right.append(hit)
        errors.append((reading.raw_confidence - hit) ** 2)
    spent = time.perf_counter() - began
    return Outcome(np.array(right), float(np.mean(errors)), 1000 * spent / len(cases))
