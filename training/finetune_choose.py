"""Judge fine-tuned recognisers on the calibrate split, and write the one that ships.

    python -m training.finetune_choose --handwriting DIR [--fonts DIR] FILE [FILE ...]
        [--shares 0.5 0.75 1] [--squeezes 1 0.8] [--write FILE]

Each FILE (from ``training.finetune``) is moved back towards the stock network
by each share, and read with lines squeezed to each width; the stock network
stands first. The table shows whole-field exact match by kind (names, places of
unseen writers, joined glyphs, fonts nobody trained on) in percent, what a
squared error of the raw confidence says about the score's meaning, and the
time a line. ``--write`` takes exactly one file, share and squeeze.

Rule of choice, fixed before looking: the greatest mean over the kinds, among
those that lose at most one line in a hundred on any kind against stock.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digitizer.canonical import normalise
from digitizer.engines.cells import read_image
from digitizer.engines.handwritten import SQUEEZE_KEY
from digitizer.evaluate import comparable
from digitizer.recognisers import RECOGNISER_VARIABLE, find_model
from digitizer.records import FieldKind
from training import finetune_text as text
from training.finetune_augment import augment
from training.finetune_lines import hand_fonts, normal_text, write_font
from training.fit_calibration import RELABELLED
from training.ink import (
    BAD_NAMES,
    CORRECTED_NAMES,
    Glyphs,
    Split,
    handwriting_root,
    iter_names,
    iter_places,
    name_number,
)
from training.join_glyphs import join_text
from training.lines import invent_date, invent_email, invent_phone, invent_postal_code
from training.recogniser_net import mix_networks, read_network, write_network

# Places are most varied, and each writer brings few.
PLACES_FACTOR = 2

# Share of the mean that other kinds' lines are worth; dates are easy and rare.
DATES_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A crop, the kind it is read as, and what stands there."""

    group: str
    pixels: npt.NDArray[np.uint8]
    kind: FieldKind
    truth: str


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
        cases.append(Case("places", crop.pixels, FieldKind.TEXT, crop.text))
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
    faces = hand_fonts(fonts, part) if fonts else ()
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


def judge(model: Path | None, cases: Sequence[Case]) -> Outcome:
    """Read all cases with a recogniser; None is the stock one."""
    os.environ[RECOGNISER_VARIABLE] = str(model or "stock")
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


def show(name: str, outcome: Outcome, stock: Outcome, cases: Sequence[Case]) -> None:
    """One line of the table."""
    groups = list(dict.fromkeys(case.group for case in cases))
    of = np.array([case.group for case in cases])
    shares = {g: 100 * outcome.right[of == g].mean() for g in groups}
    before = {g: 100 * stock.right[of == g].mean() for g in groups}
    worst = min(shares[g] - before[g] for g in groups)
    parts = "  ".join(f"{g} {shares[g]:5.1f}" for g in groups)
    print(
        f"{name:<22} {parts}  | mean {np.mean(list(shares.values())):5.1f}  worst {worst:+5.1f}  "
        f"brier {outcome.brier:.3f}  {outcome.ms:.0f} ms",
        flush=True,
    )


def mixed_file(tuned: Path, share: float, squeeze: float, path: Path) -> Path:
    """Write a file moved back towards stock by a share, with its squeeze."""
    stock = find_model("stock")
    network = mix_networks(read_network(stock), read_network(tuned), share)
    notes = {SQUEEZE_KEY: f"{squeeze:g}", "share": f"{share:g}", "from": tuned.stem}
    write_network(network, stock, path, notes)
    return path


def main() -> int:
    """Print the table, or write one file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--handwriting", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--fonts", type=Path)
    parser.add_argument("--lines", type=int, default=150)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--shares", type=float, nargs="+", default=[1.0])
    parser.add_argument("--squeezes", type=float, nargs="+", default=[1.0])
    parser.add_argument("--write", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    if options.write is not None:
        mixed_file(options.files[0], options.shares[0], options.squeezes[0], options.write)
        print(f"{options.write.name}: {options.write.stat().st_size} bytes")
        return 0
    root = handwriting_root(options.handwriting)
    if root is None:
        print("no handwriting folder: give --handwriting DIR", file=sys.stderr)
        return 2
    cases = choosing_cases(root, Split.CALIBRATE, options.fonts, options.lines, options.seed)
    stock = judge(None, cases)
    show("stock", stock, stock, cases)
    with tempfile.TemporaryDirectory() as folder:
        for file in options.files:
            for share in options.shares:
                for squeeze in options.squeezes:
                    # A path of its own each: recognisers are kept by path.
                    path = Path(folder) / f"{file.stem}-{share:g}-{squeeze:g}.onnx"
                    outcome = judge(mixed_file(file, share, squeeze, path), cases)
                    show(f"{file.stem} a{share:g} s{squeeze:g}", outcome, stock, cases)
    return 0


if __name__ == "__main__":
    sys.exit(main())
