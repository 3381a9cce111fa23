"""Real ink for fine-tuning: place crops, labelled names, and names the stock reader is sure of.

A crop of a name may hold a printed caption before the name; the line is then
labelled with the caption in full and the name after it: half-read captions as
labels taught the network captions that nothing downstream knows. Sure means:
the reading's calibrated confidence, and letters in it.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
from rapidfuzz.distance import Levenshtein

from digitizer.calibrate import load_calibration
from digitizer.engines import lexicon
from digitizer.engines.captions import without_captions
from digitizer.engines.cells import read_image
from digitizer.engines.handwritten import load_recogniser
from digitizer.engines.reading import Lattice, make_lattice
from digitizer.engines.trim import trim_lines
from digitizer.recognisers import RECOGNISER_VARIABLE, engine_name
from digitizer.records import FieldKind, Pixels, Reading
from training.finetune_lines import InkLine, normal_text
from training.ink import BAD_NAMES, CORRECTED_NAMES, Split, iter_names, iter_places, name_number

# Calibrated confidence from which an unlabelled name counts as read.
SURE = 0.9

# Raw confidences of a reading that another network's agrees with, and of one that
# needs no agreement.
LEAST_AGREED, NEARLY_CERTAIN = 0.5, 0.95

# Edits a letter, at most, between a label and what the recogniser sees there:
# above it the label is wrong, or the name stands on another line.
MOST_EDITS = 0.5


# A caption of fewer letters than this may be any.
LEAST_CAPTION = 2


def place_lines(root: Path, split: Split) -> list[InkLine]:
    """Place crops of the split's writers whose ink is one line."""
    found = []
    for crop in iter_places(root, split):
        lines = trim_lines(crop.pixels)
        widest = max(lines, key=lambda line: line.shape[1], default=None)
        if widest is not None and widest.shape[1] > 0.8 * sum(n.shape[1] for n in lines):
            found.append(InkLine(widest, crop.text))
    return found


def labelled_names(root: Path) -> Iterator[InkLine]:
    """Names of the train part with their labels."""
    for crop in iter_names(root, Split.TRAIN):
        number = name_number(crop.file)
        if number not in BAD_NAMES:
            line = _named_line(crop.pixels, CORRECTED_NAMES.get(number, crop.text))
            if line is not None:
                yield line


def sure_names(root: Path, other: str | None = None) -> Iterator[InkLine]:
    """Unlabelled names with what the recogniser reads, where it is sure.

    ``other``: a second recogniser. Then sure means that both read the same,
    neither of them hardly, or that one of them is nearly certain.
    """
    calibration = load_calibration(engine_name())
    for path in sorted((root / "names" / "unlabelled").glob("*.jpg")):
        pixels = cv2.imread(str(path))
        if pixels is None:
            continue
        reading = read_image(pixels, FieldKind.NAME)
        if other is None:
            text = reading.text if calibration.confidence(reading) >= SURE else ""
        else:
            text = agreed(reading, _read_by(other, pixels))
        if sum(c.isalpha() for c in text) >= 2:
            line = _named_line(pixels, text)
            if line is not None:
                yield line


def agreed(one: Reading, other: Reading) -> str:
    """What two readings say together, empty where that is nothing to learn from."""
    first, second = sorted((one, other), key=lambda r: r.raw_confidence, reverse=True)
    if lexicon.fold(first.text) == lexicon.fold(second.text):
        return first.text if second.raw_confidence >= LEAST_AGREED else ""
    return first.text if first.raw_confidence >= NEARLY_CERTAIN else ""


def _read_by(recogniser: str, pixels: Pixels) -> Reading:
    chosen = os.environ.get(RECOGNISER_VARIABLE)
    os.environ[RECOGNISER_VARIABLE] = recogniser
    try:
        return read_image(pixels, FieldKind.NAME)
    finally:
        if chosen is None:
            del os.environ[RECOGNISER_VARIABLE]
        else:
            os.environ[RECOGNISER_VARIABLE] = chosen


def _named_line(pixels: Pixels, name: str) -> InkLine | None:
    """The line of a crop that holds the name, labelled; None where none is like it."""
    wanted = lexicon.fold(name).replace(" ", "")
    lines = trim_lines(pixels)
    answers = load_recogniser().logits(lines) if lines else []
    best: tuple[float, InkLine] | None = None
    for line, answer in zip(lines, answers, strict=True):
        whole = make_lattice(answer, line.shape[0])
        (rest,) = without_captions([whole])
        seen = lexicon.fold(rest.text).replace(" ", "")
        distance = Levenshtein.distance(seen, wanted) / max(1, len(wanted))
        caption = _caption(whole, rest)
        better = distance <= MOST_EDITS and (best is None or distance < best[0])
        if better and caption is not None:
            best = distance, InkLine(line, normal_text(caption + _cased(name, rest)))
    return best[1] if best else None


def _caption(whole: Lattice, rest: Lattice) -> str | None:
    """The caption before the rest, as printed; None where too little of it is read to tell."""
    before = whole.text[: max(0, len(whole.text) - len(rest.text))]
    return printed_caption(before)


def printed_caption(read: str) -> str | None:
    """What a caption of the forms says in full, however badly it was read."""
    letters = [c for c in read.upper() if c.isalpha()]
    if not read.strip():
        return ""
    if len(letters) < LEAST_CAPTION:
        return None
    return "PRENOM: " if {"P", "R", "E"} & set(letters) else "NOM: "


def _cased(name: str, rest: Lattice) -> str:
    """Labels are all capitals; small letters where the ink has them."""
    letters = re.sub(r"[^A-Za-z]", "", rest.text)
    small = sum(c.islower() for c in letters)
    if letters and small > 0.6 * len(letters):
        return name.title() if letters[0].isupper() else name.lower()
    return name
