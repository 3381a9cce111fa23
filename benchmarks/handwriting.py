"""How single lines of real ink are read: one table, every way of reading in the same run.

    python -m benchmarks.handwriting --ink DIR [--fonts DIR] [--lines N]
        [--split test|calibrate] [--no-tesseract] [--only WORD ...]

With the defaults it takes about 25 minutes of one idle core.

A line of the table is a kind of line (``handwriting_lines``), a column a way
of reading: Tesseract (``--psm 7``, every 4th line), PP-OCRv6 small as it ships
(unbound best path over the crop as it is), and then what each part of this
project adds, one after another: trimming to the ink; the grammar of the field;
its lexicon (letter model, listed words, known areas); the other fields of the
row; and the recogniser fine-tuned here, where it is installed, with all of that.

Exact match ignores case, accents and, for codes, separators; a German sharp s
and the B it is always taken for count as one (the forms' alphabet has none).
``accepted``: share let through at a target error of 0.5 %, and how many of
these are wrong. ``ECE``: expected calibration error, of the recogniser's own
score as it ships (the mean peak of its signs) and of the confidence here; ``by
chance``: what confidences that hold to the letter would show on so few lines. Times
are processor time of one process, decoding included. Intervals are Wilson's, at 95 %.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytesseract
from rapidfuzz.distance import Levenshtein

from benchmarks.handwriting_lines import Line, Row, Table, lone_tables, person_rows
from digitizer import metrics
from digitizer.calibrate import load_calibration
from digitizer.engines import grammars
from digitizer.engines.cells import read_image, read_seen, see_crop
from digitizer.engines.decode import Automaton, decode
from digitizer.engines.handwritten import load_recogniser
from digitizer.engines.joint import weigh_row
from digitizer.engines.reading import Lattice, join_lattices, make_lattice, unread
from digitizer.engines.trim import to_gray
from digitizer.errors import DependencyError
from digitizer.evaluate import comparable
from digitizer.recognisers import RECOGNISER_VARIABLE, engine_name, find_model
from digitizer.records import FieldKind, Reading
from digitizer.values.canonical import normalise
from training.ink import Split, handwriting_root

TARGET_ERROR = 0.005

# Tesseract takes 200 ms a line: it is asked for one in this many.
TESSERACT_EVERY = 4

STOCK, TUNED = "stock", "petition"

# Ways of reading, in the order of the columns.
TESSERACT, SHIPS, TRIMMED, GRAMMAR, LEXICON, JOINT, FINE_TUNED = WAYS = (
    "Tesseract", "as it ships", "trimmed", "grammar", "lexicon", "row", "fine-tuned",
)  # fmt: skip

# The printed caption that many name crops begin with; the peers are not asked
# to tell it from the name.
_CAPTION = re.compile(r"^\W*(PRE?NOM|NOM)\s*[:.;]?\s*", re.IGNORECASE)


@dataclass(slots=True)
class Score:
    """Counts of one way of reading over one kind of line."""

    lines: int = 0
    right: int = 0
    edits: int = 0
    signs: int = 0
    seconds: float = 0.0
    judged: list[tuple[float, bool]] = field(default_factory=list)
    passed: list[bool] = field(default_factory=list)

    def add(
        self,
        text: str,
        truth: str,
        seconds: float,
        confidence: float | None = None,
        *,
        accepted: bool = False,
    ) -> None:
        """Count a reading; both texts in the form in which they are compared."""
        distance = Levenshtein.distance(text, truth)
        self.lines += 1
        self.right += distance == 0
        self.edits += distance
        self.signs += len(truth)
        self.seconds += seconds
        if confidence is not None:
            self.judged.append((confidence, distance == 0))
        if accepted:
            self.passed.append(distance == 0)

    def judge(self, reading: Reading, truth: str, seconds: float) -> None:
        """Count a reading of ours, with its confidence; ``truth`` as it is compared."""
        text = compared(normalise(reading.kind, reading.text, "en"), reading.kind)
        calibration = load_calibration(engine_name())
        self.add(
            text,
            truth,
            seconds,
            calibration.confidence(reading),
            accepted=calibration.accepts(reading, TARGET_ERROR),
        )

    @property
    def rate(self) -> str:
        """Exact matches in per cent; a dash without lines."""
        return f"{100 * self.right / self.lines:.1f}" if self.lines else "-"


Scores = dict[str, Score]


def compared(text: str, kind: FieldKind) -> str:
    """The form in which texts are compared: no case, no accents."""
    name = "date_collected" if kind is FieldKind.DATE else kind.value
    return comparable(text.replace("ß", "B"), name)


def value_of(text: str, kind: FieldKind) -> str:
    """A text in its canonical form, compared; as read where it has none."""
    return compared(normalise(kind, text, "en") or text, kind)


def see(line: Line, kind: FieldKind) -> Lattice | None:
    """What the recogniser in force answers for the trimmed crop; None without ink."""
    kept = see_crop(line.pixels, kind)
    return join_lattices(kept, space=kind is not FieldKind.EMAIL) if kept else None


def read_stock(line: Line) -> tuple[str, float]:
    """The recogniser's unbound best path over the crop as it is, and its usual score."""
    (answer,) = load_recogniser().logits([to_gray(line.pixels)])
    lattice = make_lattice(answer, 1)
    peaks = np.exp(answer.max(axis=1))[lattice.steps]
    return lattice.text, float(peaks.mean()) if peaks.size else 0.0


def read_tesseract(line: Line) -> tuple[str, None]:
    """Tesseract with one line assumed, the crop enlarged as it likes."""
    gray = cv2.resize(to_gray(line.pixels), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return str(pytesseract.image_to_string(gray, lang="eng+fra", config="--psm 7")), None


@cache
def bare_grammar(kind: FieldKind) -> Automaton:
    """The grammar of a kind without what is known of areas, names and places."""
    known = {
        FieldKind.POSTAL_CODE: ("UNKNOWN_FSA_FACTOR", grammars.postal_code),
        FieldKind.PHONE: ("FOREIGN_AREA_FACTOR", grammars.phone),
    }
    if kind in known:
        name, build = known[kind]
        kept = getattr(grammars, name)
        setattr(grammars, name, 1.0)
        try:
            automaton: Automaton = build.__wrapped__()
        finally:
            setattr(grammars, name, kept)
        return automaton
    plain: dict[FieldKind, Callable[[], Automaton]] = {
        FieldKind.EMAIL: grammars.plain_email,
        FieldKind.DATE: grammars.date,
    }
    return plain.get(kind, grammars.text)()


def read_bound(lattice: Lattice, kind: FieldKind) -> str:
    """The best text under the bare grammar."""
    found = decode(lattice.log_probs, bare_grammar(kind), keep=1)
    return found[0].text if found else ""


def read_whole(
    lattice: Lattice | None, kind: FieldKind, values: tuple[tuple[str, ...], ...] = ()
) -> Reading:
    """A lone line as this project reads it."""
    if lattice is None:
        return unread(kind.value, kind)
    return read_seen([lattice], kind, values)


def alone(reading: Reading) -> Reading:
    """A reading that tells calibration that its crop came alone."""
    return replace(reading, evidence=(*reading.evidence, ("lone", 1.0)))


def score_table(table: Table, ways: Sequence[str]) -> Scores:
    """Read a table's lines in every way."""
    scores = {way: Score() for way in ways}
    for number, line in enumerate(table.lines):
        truth = compared(line.truth, table.kind)
        os.environ[RECOGNISER_VARIABLE] = STOCK
        if TESSERACT in ways and number % TESSERACT_EVERY == 0:
            _add_peer(scores[TESSERACT], read_tesseract, line, table.kind)
        _add_peer(scores[SHIPS], read_stock, line, table.kind)
        start = _now()
        lattice = see(line, table.kind)
        seen = _now() - start
        scores[TRIMMED].add(value_of(lattice.text if lattice else "", table.kind), truth, seen)
        bound = read_bound(lattice, table.kind) if lattice else ""
        scores[GRAMMAR].add(value_of(bound, table.kind), truth, seen)
        _add_reading(scores[LEXICON], lattice, line, table.kind, seen)
        if FINE_TUNED in ways:
            os.environ[RECOGNISER_VARIABLE] = TUNED
            start = _now()
            reading = read_image(line.pixels, table.kind, line.values)
            scores[FINE_TUNED].judge(reading, truth, _now() - start)
    return scores


def _now() -> float:
    """Seconds this process has computed: others on the machine do not count."""
    return time.process_time()


def _add_peer(
    score: Score,
    read: Callable[[Line], tuple[str, float | None]],
    line: Line,
    kind: FieldKind,
) -> None:
    start = time.perf_counter()
    text, confidence = read(line)
    spent = time.perf_counter() - start
    text = _CAPTION.sub("", text.strip()) if kind is FieldKind.NAME else text.strip()
    score.add(value_of(text, kind), compared(line.truth, kind), spent, confidence)


def _add_reading(
    score: Score, lattice: Lattice | None, line: Line, kind: FieldKind, seen: float
) -> None:
    start = _now()
    reading = alone(read_whole(lattice, kind, line.values))
    score.judge(reading, compared(line.truth, kind), seen + _now() - start)


def score_rows(rows: Sequence[Row], ways: Sequence[str]) -> dict[FieldKind, Scores]:
    """Read whole rows, without and with the fields weighed against each other."""
    scores = {
        kind: {way: Score() for way in ways}
        for kind in (FieldKind.POSTAL_CODE, FieldKind.PHONE, FieldKind.PROVINCE)
    }
    for row in rows:
        for way in (JOINT, FINE_TUNED):
            if way not in ways:
                continue
            os.environ[RECOGNISER_VARIABLE] = TUNED if way == FINE_TUNED else STOCK
            start = _now()
            single = [read_whole(see(line, kind), kind) for kind, line in row]
            weighed = weigh_row(single)
            spent = (_now() - start) / len(row)
            for (kind, line), before, after in zip(row, single, weighed, strict=True):
                if kind not in scores:
                    continue
                truth = compared(line.truth, kind)
                if way == JOINT:
                    value = compared(normalise(kind, before.text, "en"), kind)
                    scores[kind][LEXICON].add(value, truth, spent)
                scores[kind][way].judge(alone(after), truth, spent)
    return scores


def table_line(name: str, scores: Scores, ways: Sequence[str]) -> str:
    """One line of the table."""
    best = next(scores[w] for w in (FINE_TUNED, JOINT, LEXICON) if w in scores and scores[w].lines)
    low, high = metrics.wilson_interval(best.right, best.lines)
    wrong = len(best.passed) - sum(best.passed)
    cells = [
        name,
        str(best.lines),
        *(scores[way].rate for way in ways),
        f"{100 * low:.0f}-{100 * high:.0f}",
        f"{best.edits / max(1, best.signs):.3f}",
        f"{100 * len(best.passed) / best.lines:.0f} ({wrong})",
        *(_error_of(score) for score in (scores[SHIPS], best)),
        _chance_error(best),
        f"{1000 * best.seconds / best.lines:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def _error_of(score: Score) -> str:
    """Expected calibration error; a dash where nothing was judged."""
    error = metrics.calibration_error([c for c, _ in score.judged], [r for _, r in score.judged])
    return f"{error:.3f}" if error is not None else "-"


def _chance_error(score: Score) -> str:
    """The calibration error that confidences which hold would show on so few lines."""
    error = metrics.chance_calibration_error([c for c, _ in score.judged])
    return f"{error:.3f}" if error is not None else "-"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--ink", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--fonts", type=Path, help="font cache (default: as the sheets use)")
    parser.add_argument("--lines", type=int, default=300, help="invented lines a kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--split", type=Split, choices=[Split.TEST, Split.CALIBRATE], default=Split.TEST
    )
    parser.add_argument("--no-tesseract", action="store_true")
    parser.add_argument("--only", nargs="*", default=[], help="kinds whose name has this word")
    options = parser.parse_args()
    root = handwriting_root(options.ink)
    if root is None:
        print("no handwriting folder: give --ink DIR", file=sys.stderr)
        return 2
    os.environ["OMP_THREAD_LIMIT"] = "1"
    ways = [w for w in WAYS if (w != TESSERACT or not options.no_tesseract) and _has(w)]
    _print_head(ways)
    for table in lone_tables(root, options.lines, options.seed, options.split, fonts=options.fonts):
        if _wanted(table.name, options.only):
            print(table_line(table.name, score_table(table, ways), ways), flush=True)
    if _wanted("in rows", options.only):
        rows = person_rows(root, options.lines, options.seed, options.split)
        for kind, scores in score_rows(rows, ways).items():
            name = f"{kind.value.replace('_', ' ')}, in rows"
            print(table_line(name, scores, ways), flush=True)
    return 0


def _has(way: str) -> bool:
    if way != FINE_TUNED:
        return True
    try:
        find_model(TUNED)
    except DependencyError:
        return False
    return True


def _wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(word in name for word in only)


def _print_head(ways: Sequence[str]) -> None:
    last = (
        "95 %",
        "CER",
        f"accepted at {100 * TARGET_ERROR:g} % (wrong)",
        "ECE as it ships",
        "ECE",
        "by chance",
        "ms a line",
    )
    head = ("exact match, %", "lines", *ways, *last)
    print(f"| {' | '.join(head)} |")
    print(f"|{'---|' * len(head)}")


if __name__ == "__main__":
    sys.exit(main())
