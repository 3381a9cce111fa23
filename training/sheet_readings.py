"""Readings of whole drawn sheets beside their truth, for calibration.

Crops cut from sheets differ from lone crops: rules were wiped through the
ink, letters of two lines were parted, a scan blurred them. A confidence that
is to hold on sheets is fitted on what the pipeline itself cuts and reads.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitizer import rules
from digitizer.assemble import is_readable
from digitizer.calibrate import signature_evidence
from digitizer.engines.cells import read_cells
from digitizer.evaluate import TruthPage, TruthRow, comparable, load_truth
from digitizer.forms.forms import load_forms
from digitizer.pipeline import register_image
from digitizer.records import CellCrop, Failure, FieldKind, Reading, Signature
from digitizer.scans import list_pages, load_page
from digitizer.segment import cut_cells, signature_state
from digitizer.states import DATE_KINDS
from digitizer.values.dittos import is_ditto_text
from training.lines import BIRTH_TODAY


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A reading, what stands there in truth ("" for nothing), and where it is from."""

    reading: Reading
    truth: str
    right: bool
    source: str
    crop: CellCrop | None = None


def is_right(reading: Reading, truth: str, language: str = "en") -> bool:
    """Whether a reading's canonical form is the truth, case and accents ignored.

    The sharp s of the German place names counts as the B it is taken for: no
    Canadian form has one, and confidence is fitted for those.
    """
    born = reading.kind is FieldKind.BIRTH_DATE
    # Days of birth are drawn with the day first, as most write it.
    spoken, today = ("fr", BIRTH_TODAY) if born else (language, None)
    value = rules.normalise(reading.kind, reading.text, spoken, today=today).replace("ß", "B")
    truth = truth.replace("ß", "B")
    field = "date_collected" if reading.kind in DATE_KINDS else reading.kind.value
    return bool(truth) and comparable(value, field) == comparable(truth, field)


def read_sheets(folder: Path, *, only_signatures: bool = False) -> Iterator[Judged]:
    """Every reading the pipeline makes on the sheets of ``folder`` (with truth.json).

    Whether signatures stand in their cells comes as readings, too;
    ``only_signatures``: these alone, which needs no recogniser.

    Ditto cells and struck or missed rows are left out: what they hold is not
    for the recogniser to tell.
    """
    forms = load_forms(())
    for page in load_truth(folder / "truth.json"):
        path = folder / page.file
        pages = list_pages(path, page.file)
        if isinstance(pages, Failure):
            continue
        registered, _ = register_image(load_page(pages[page.page - 1]), forms)
        if registered.form is None:
            continue
        by_row = {row.row: row for row in page.rows if row.status != "struck"}
        cells = cut_cells(registered)
        if only_signatures:
            # Nothing is read that would tell that rows were numbered wrongly.
            inked = {c.row for c in cells if c.row is not None and _names(c) and is_readable(c)}
            if inked == {row.row for row in page.rows if row.fields.get("name")}:
                yield from _signatures(page, by_row, cells)
            continue
        yield from _signatures(page, by_row, cells)
        crops = [crop for crop in cells if is_readable(crop)]
        answers = read_cells(crops, registered.language)
        for crop, readings in zip(crops, answers, strict=True):
            if crop.row is None:
                truths = page.collector or {}
            elif crop.row in by_row:
                truths = by_row[crop.row].fields
            else:
                continue
            for reading in readings:
                if is_ditto_text(reading.kind, reading.text):
                    # "do." is carried from the row above, and never judged as a value.
                    continue
                truth = truths.get(reading.field, "")
                right = is_right(reading, truth, registered.language)
                source = f"{page.file} {crop.row} {reading.field}"
                yield Judged(reading, truth, right, source, crop)


def _names(crop: CellCrop) -> bool:
    return any(spec.kind is FieldKind.NAME for spec in crop.fields)


def _signatures(
    page: TruthPage, rows: Mapping[int, TruthRow], crops: Sequence[CellCrop]
) -> Iterator[Judged]:
    """Signature cells told present or absent; unclear ones claim nothing."""
    for crop in crops:
        row = rows.get(crop.row) if crop.row is not None else None
        signed = row.signed if row is not None else None
        if signed is None or not any(spec.kind is FieldKind.SIGNATURE for spec in crop.fields):
            continue
        told, sure = signature_state(crop)
        if told is Signature.UNCLEAR:
            continue
        truth = Signature.PRESENT if signed else Signature.ABSENT
        evidence = signature_evidence(told.value, sure, crop.ink_share * crop.clean.size)
        reading = Reading(
            "signature", FieldKind.SIGNATURE, told.value, sure, "ink", evidence=evidence
        )
        yield Judged(reading, truth.value, told is truth, f"{page.file} {crop.row} signature", crop)
