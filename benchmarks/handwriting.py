"""How single lines of real ink are read: one table a kind, on the test split.

    python -m benchmarks.handwriting --ink DIR [--lines N] [--no-tesseract]

Names and places are crops as people wrote them (one writer's places are in
one split only); postal codes, phones, dates and emails are joined glyphs.
Beside this project's reading stand the same recogniser as it ships (unbound
best path over the crop as it is) and Tesseract (one line, ``--psm 7``).
Exact match and character error rate ignore case, accents and, for codes,
separators; a German sharp s and the B it is always taken for count as one
(the forms' alphabet has none). ``accepted``: share let through at a target
error of 0.5 % and 2 %, and the share of wrong ones among them.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytesseract
from rapidfuzz.distance import Levenshtein

from digitizer import metrics
from digitizer.calibrate import load_calibration
from digitizer.canonical import normalise
from digitizer.engines.cells import read_image
from digitizer.engines.decode import greedy_path
from digitizer.engines.handwritten import ALPHABET, load_recogniser
from digitizer.engines.trim import to_gray
from digitizer.evaluate import comparable
from digitizer.records import FieldKind, Pixels
from training.ink import (
    BAD_NAMES,
    CORRECTED_NAMES,
    Glyphs,
    Split,
    handwriting_root,
    iter_clean_names,
    iter_names,
    iter_places,
    name_number,
)
from training.join_glyphs import join_text
from training.lines import invent_date, invent_email, invent_phone, invent_postal_code

# Calibration error bins, as in ``metrics``; targets printed in the table.
TARGETS = (0.005, 0.02)

# The printed caption that many name crops begin with; the peers are not asked
# to tell it from the name.
_CAPTION = re.compile(r"^\W*(PRE?NOM|NOM)\s*[:.;]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A crop and what stands there."""

    pixels: Pixels
    truth: str


@dataclass(slots=True)
class Score:
    """Counts of one reader over one kind."""

    lines: int = 0
    right: int = 0
    edits: int = 0
    signs: int = 0
    seconds: float = 0.0

    def add(self, text: str, truth: str, seconds: float) -> bool:
        """Count a reading; both texts in the form in which they are compared."""
        distance = Levenshtein.distance(text, truth)
        self.lines += 1
        self.right += distance == 0
        self.edits += distance
        self.signs += len(truth)
        self.seconds += seconds
        return distance == 0

    def row(self, name: str) -> str:
        """One line of the table."""
        low, high = metrics.wilson_interval(self.right, self.lines)
        return (
            f"  {name:<28} exact {100 * self.right / self.lines:5.1f} % "
            f"({100 * low:.0f}-{100 * high:.0f})  CER {self.edits / max(1, self.signs):.3f}  "
            f"{1000 * self.seconds / self.lines:6.1f} ms a line"
        )


def test_lines(root: Path, count: int, seed: int) -> dict[str, tuple[FieldKind, list[Line]]]:
    """Lines of the test split by table name."""
    rng = np.random.default_rng(seed)
    glyphs = Glyphs(root, Split.TEST)
    places = list(iter_places(root, Split.TEST))
    chosen = [places[int(i)] for i in rng.permutation(len(places))[: 2 * count]]
    tables: dict[str, tuple[FieldKind, list[Line]]] = {
        "names, crops as they are": (FieldKind.NAME, list(_names(root))),
        "names, print taken out": (
            FieldKind.NAME,
            [Line(c.pixels, c.text) for c in iter_clean_names(root, Split.TEST)],
        ),
        "places, unseen writers": (FieldKind.TEXT, [Line(c.pixels, c.text) for c in chosen]),
    }
    makers: tuple[tuple[str, FieldKind, Callable[[], tuple[str, str]]], ...] = (
        ("postal codes", FieldKind.POSTAL_CODE, lambda: invent_postal_code(rng)),
        ("phones", FieldKind.PHONE, lambda: invent_phone(rng)),
        ("dates", FieldKind.DATE, lambda: invent_date(rng)),
        ("emails", FieldKind.EMAIL, lambda: (invent_email(rng),) * 2),
    )
    for name, kind, make in makers:
        lines = []
        for _ in range(count):
            shown, truth = make()
            lines.append(Line(join_text(shown, glyphs, rng), truth))
        tables[f"{name}, joined glyphs"] = kind, lines
    return tables


def _names(root: Path) -> Iterator[Line]:
    for crop in iter_names(root, Split.TEST):
        number = name_number(crop.file)
        if number not in BAD_NAMES:
            yield Line(crop.pixels, CORRECTED_NAMES.get(number, crop.text))


def compared(text: str, kind: FieldKind) -> str:
    """The form in which texts are compared: no case, no accents."""
    field = "date_collected" if kind is FieldKind.DATE else kind.value
    return comparable(text.replace("ß", "B"), field)


def read_stock(line: Line) -> str:
    """The recogniser's unbound best path over the crop as it is."""
    (lattice,) = load_recogniser().logits([to_gray(line.pixels)])
    columns, _ = greedy_path(lattice)
    return "".join(ALPHABET[c - 1] for c in columns)


def read_tesseract(line: Line) -> str:
    """Tesseract with one line assumed, the crop enlarged as it likes."""
    gray = cv2.resize(to_gray(line.pixels), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return str(pytesseract.image_to_string(gray, lang="eng+fra", config="--psm 7"))


def run_table(name: str, kind: FieldKind, lines: list[Line], *, tesseract: bool) -> None:
    """Read and print one table."""
    calibration = load_calibration()
    ours, stock, other = Score(), Score(), Score()
    judged: list[tuple[float, bool]] = []
    for number, line in enumerate(lines):
        truth = compared(line.truth, kind)
        start = time.perf_counter()
        reading = read_image(line.pixels, kind)
        spent = time.perf_counter() - start
        value = normalise(kind, reading.text, "en")
        right = ours.add(compared(value, kind), truth, spent)
        judged.append((calibration.confidence(reading), right))
        for score, read, wanted in (
            (stock, read_stock, True),
            (other, read_tesseract, tesseract and number % 4 == 0),
        ):
            if wanted:
                start = time.perf_counter()
                text = read(line).strip()
                spent = time.perf_counter() - start
                text = _CAPTION.sub("", text) if kind is FieldKind.NAME else text
                score.add(compared(normalise(kind, text, "en") or text, kind), truth, spent)
    print(f"{name} ({len(lines)} lines)")
    print(ours.row("digitizer"))
    print(stock.row("same network as it ships"))
    if other.lines:
        print(other.row(f"Tesseract (every 4th, {other.lines})"))
    _print_confidence(kind, judged)


def _print_confidence(kind: FieldKind, judged: list[tuple[float, bool]]) -> None:
    parts = []
    for target in TARGETS:
        bound = load_calibration().threshold(kind, target)
        passed = [right for confidence, right in judged if confidence >= bound]
        wrong = sum(not right for right in passed)
        share = 100 * len(passed) / len(judged)
        error = f"{100 * wrong / len(passed):.1f} % ({wrong})" if passed else "-"
        parts.append(f"at {100 * target:g} %: accepted {share:.0f} %, wrong {error}")
    confidences = np.array([c for c, _ in judged])
    outcomes = np.array([float(r) for _, r in judged])
    bins = np.minimum((confidences * 15).astype(int), 14)
    error = sum(
        abs(confidences[bins == b].mean() - outcomes[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    )
    print(f"  {'; '.join(parts)}; calibration error {error:.3f}", flush=True)


def main() -> int:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--ink", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--lines", type=int, default=300, help="invented lines a kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-tesseract", action="store_true")
    options = parser.parse_args()
    root = handwriting_root(options.ink)
    if root is None:
        print("no handwriting folder: give --ink DIR", file=sys.stderr)
        return 2
    os.environ["OMP_THREAD_LIMIT"] = "1"
    load_recogniser()
    for name, (kind, lines) in test_lines(root, options.lines, options.seed).items():
        run_table(name, kind, lines, tesseract=not options.no_tesseract)
    return 0


if __name__ == "__main__":
    sys.exit(main())
