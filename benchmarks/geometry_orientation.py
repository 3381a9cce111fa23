"""Which way is up: drawn sheets and real pages in all four quarter turns.

Each page is looked at four times, turned by 0, 90, 180 and 270 degrees and by
up to 4 degrees more. An answer that is wrong and was not flagged is the error
that counts: digitizer flags where it tells no turn (``told_turn``, as in sheets.csv of
pages of no known form: elsewhere print confirms it); Tesseract where its own confidence
is below 3; PP-LCNet alone, as its package uses it, has no flag.
Beside the real pages stand pages of real handwriting put together here, in other
hands and orders with each ``--seed``: no bound was chosen on them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.geometry_common import DrawnSheet, Options, Skipped, Table, draw_sheets, percentile
from benchmarks.geometry_peers import PeerAnswer, run_peer
from benchmarks.geometry_pictures import load_picture, timed, turned_in_frame
from digitizer.rectify import rectify_page, told_turn
from scripts.sheets.layouts import PLANS
from scripts.sheets.wording import WORDINGS
from training.ink import Split, iter_places

PEERS = ("tesseract-osd", "pp-lcnet")
TURNS = (0, 90, 180, 270)
MAX_SKEW_DEG = 4.0
# A page of handwriting: (height, width) in px, how many lines, and the chance that one ends
# after a word.
PAGE_PX, LINES, LINE_ENDS = (2200, 1700), (3, 22), 0.2
# Tesseract's confidence from which its users believe it.
OSD_SURE = 3.0
PEER_SURE = {"tesseract-osd": OSD_SURE, "pp-lcnet": 0.0}


@dataclass(frozen=True, slots=True)
class Case:
    """A picture and the clockwise turn that makes it upright."""

    file: Path
    turn_deg: int


@dataclass(frozen=True, slots=True)
class Said:
    """A program's answer: the likeliest turn, None for none; ``sure``: not flagged."""

    turn_deg: int | None
    sure: bool
    ms: float


def measure(options: Options) -> Iterator[Table]:
    """One table for drawn sheets, one for each folder of real pages."""
    sheets = draw_sheets(
        options,
        "orientation-sheets",
        degrade="mild",
        max_skew_deg=0.0,
        forms=(*WORDINGS, *PLANS),
        seed=options.seed + 3,
        sheets=max(1, options.sheets // 2),
    )
    yield _table(
        "Orientation of drawn sheets", turned_cases(options, "drawn", _files(sheets)), options
    )
    words = handwritten_pages(options, max(2, options.sheets // 2))
    if words:
        yield _table("Orientation of pages of handwriting alone",
                     turned_cases(options, "words", words), options)  # fmt: skip
    for name in ("ruled_forms", "photos"):
        files = sorted(options.scans_folder(name).glob("*.jpg"))
        yield _table(
            f"Orientation of real pages ({name})", turned_cases(options, name, files), options
        )


def handwritten_pages(options: Options, count: int) -> list[Path]:
    """Pages of held-out writers' words in lines, nothing printed on them."""
    if options.handwriting is None:
        return []
    rng = np.random.default_rng([options.seed, 4])
    words = [
        np.asarray(cv2.cvtColor(crop.pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        for crop in iter_places(options.handwriting, Split.TEST)
    ]
    folder = options.work / "orientation-words"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(count):
        page = rng.normal(246, 3, PAGE_PX).clip(0, 255)
        growth, top = float(rng.uniform(0.5, 1.0)), int(rng.integers(120, 260))
        indent = int(rng.integers(90, 220))
        for _ in range(int(rng.integers(*LINES))):
            left, tall = indent, 0
            while left < PAGE_PX[1] - indent:
                word = words[int(rng.integers(len(words)))]
                word = cv2.resize(word, None, fx=growth, fy=growth, interpolation=cv2.INTER_AREA)
                height, width = word.shape
                if left + width > PAGE_PX[1] - 40 or top + height > PAGE_PX[0] - 40:
                    break
                part = page[top : top + height, left : left + width]
                part *= np.minimum(word / np.percentile(word, 90), 1.0)
                left, tall = left + width + int(rng.integers(10, 40)), max(tall, height)
                if rng.random() < LINE_ENDS:
                    break
            top += tall + int(rng.integers(0, 20))
        file = folder / f"words_{number:03d}.png"
        cv2.imwrite(str(file), cv2.cvtColor(page.astype(np.uint8), cv2.COLOR_GRAY2BGR))
        files.append(file)
    return files


def _files(sheets: Sequence[DrawnSheet]) -> list[Path]:
    return [sheet.file for sheet in sheets]


def turned_cases(options: Options, name: str, files: Sequence[Path]) -> list[Case]:
    """Each of ``files`` in all quarter turns, a little askew."""
    folder = options.work / f"orientation-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for number, file in enumerate(files):
        rng = np.random.default_rng([options.seed, 3, number])
        pixels = None
        for turn in TURNS:
            skew = float(rng.uniform(-MAX_SKEW_DEG, MAX_SKEW_DEG))
            target = folder / f"{file.stem}_{turn}.png"
            if not target.exists():
                if pixels is None:
                    pixels = np.asarray(cv2.imread(str(file)), dtype=np.uint8)
                cv2.imwrite(str(target), turned_in_frame(pixels, turn + skew))
            cases.append(Case(target, (360 - turn) % 360))
    return cases


def own_answers(cases: Sequence[Case]) -> list[Said]:
    """digitizer's classifier with its vote over four turns; print is not asked."""
    said = []
    for case in cases:
        image = load_picture(case.file)
        with timed() as took:
            page = rectify_page(image)
        # What it takes for the likeliest where it tells none is counted as right or wrong, too.
        said.append(Said(page.rotation_deg, told_turn(page) is not None, took.ms))
    return said


def _peer_said(answer: PeerAnswer, sure_from: float) -> Said:
    if answer.value is None:
        return Said(None, False, answer.ms)
    turn, confidence = answer.value
    return Said(int(turn), confidence >= sure_from, answer.ms)


def _table(title: str, cases: Sequence[Case], options: Options) -> Table:
    answers = {"digitizer": own_answers(cases)}
    notes = []
    for peer in PEERS if options.peers else ():
        try:
            found = run_peer(peer, [case.file for case in cases])
        except Skipped as reason:
            notes.append(f"{peer} skipped: {reason}")
            continue
        answers[peer] = [_peer_said(answer, PEER_SURE[peer]) for answer in found]
    rows = []
    for program, said in answers.items():
        right = [one.turn_deg == case.turn_deg for one, case in zip(said, cases, strict=True)]
        unflagged = sum(one.sure and not ok for one, ok in zip(said, right, strict=True))
        flagged = sum(not one.sure for one in said)
        rows.append(
            (
                program,
                str(len(cases)),
                f"{sum(right) / len(cases):.1%}",
                str(unflagged),
                str(flagged),
                f"{percentile([one.ms for one in said], 50):.0f}",
            )
        )
        if program == "digitizer":
            notes += [
                f"  {case.file.name}: said {one.turn_deg}, {'sure' if one.sure else 'flagged'}"
                for one, case, ok in zip(said, cases, right, strict=True)
                if not ok
            ]
    columns = ("", "pages", "right", "unflagged errors", "flagged", "ms")
    return Table(title, columns, tuple(rows), tuple(notes))
