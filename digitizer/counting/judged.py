"""Which readings people judged, and what they found: the evidence for learning.

What a person confirmed or typed stands beside the page's reading as it was
read. Two kinds of judgement say how far a confidence is right:

- fields that went to review for their confidence alone, on rows where people
  decided all that waited (who decides wrong ones only would look like a bad
  reader);
- fields of samples, drawn at random among the accepted ones and checked.

A correction of an accepted field outside a sample says nothing about its
kind's confidence (nobody corrects what is right), but its text is as good a
word as any: words are learned from every confirmed text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from digitizer.calibrate import DOUBTFUL_CONFIDENCE, Bend
from digitizer.evaluate import comparable
from digitizer.ids import record_id
from digitizer.learned import MARK, Bends
from digitizer.records import (
    FieldKind,
    FieldState,
    FieldValue,
    Mark,
    Route,
    RowStatus,
)
from digitizer.states import DATE_KINDS, INK_KINDS
from digitizer.store import Store
from digitizer.workspace.decisions import PERSON, SHEET, STATUS, Decision, Place, standing
from digitizer.workspace.ledger import Sample, SampledField
from digitizer.workspace.statements import ReadSheet
from digitizer.workspace.stored import DOUBTFUL_REASON

# Rows that hold no signer's data, whatever their fields say.
_EMPTY_ROWS = frozenset({RowStatus.STRUCK, RowStatus.BLANK, RowStatus.ILLEGIBLE})


@dataclass(frozen=True, slots=True)
class JudgedField:
    """A field as it was read, and what a person says stands there.

    ``shown``: confidence as stored; ``shipped``: what it was before the
    office's own correction, None where that cannot be told. ``is_fair``: it was
    judged whether right or wrong, so it says how far its confidence holds.
    ``row``: 0 in the collector box.
    """

    sheet_id: str
    field: str
    kind: FieldKind
    value: str
    truth: str
    shown: float
    shipped: float | None
    engine: str
    alternatives: tuple[tuple[str, float], ...]
    is_fair: bool
    row: int = 0

    @property
    def right(self) -> bool:
        """Whether the reading was right, case and accents ignored."""
        name = "date_collected" if self.kind in DATE_KINDS else self.kind.value
        return comparable(self.value, name) == comparable(self.truth, name)


def find_judged(store: Store, corrections: Mapping[str, Bends]) -> tuple[JudgedField, ...]:
    """Every reading of a workspace that a person judged.

    ``corrections``: known local corrections by fingerprint.
    """
    decided = standing(store.decisions())
    sampled = _checked(store.samples())
    found: list[JudgedField] = []
    for sheet, provenance in store.as_read():
        here = decided.get(sheet.sheet_id, {})
        bends = _bends_of(provenance, corrections)
        for row, values in _rows(sheet, here):
            found += _judged_row(sheet.sheet_id, row, values, here, sampled, bends)
    return tuple(found)


def _judged_row(
    sheet: str,
    row: int,
    values: Sequence[FieldValue],
    here: Mapping[Place, Decision],
    sampled: Mapping[tuple[str, str], SampledField],
    bends: Bends | None,
) -> Iterator[JudgedField]:
    waiting = [value.field for value in values if value.route is Route.REVIEW]
    finished = all((row, name) in here for name in waiting)
    for value in values:
        if not _is_reading(value):
            continue
        decision = here.get((row, value.field))
        check = sampled.get((record_id(sheet, row), value.field))
        if check is not None and check.value == value.value:
            fair = True
            # Found wrong and not said what is right: an empty truth, no word to learn.
            truth = value.value if check.right else check.right_value
        elif decision is not None:
            fair = finished and _waits_for_confidence(value)
            truth = decision.after
        else:
            continue
        bend = None if bends is None else bends.get(value.kind)
        yield JudgedField(
            sheet_id=sheet,
            field=value.field,
            kind=value.kind,
            value=value.value,
            truth=truth,
            shown=value.confidence or 0.0,
            shipped=None if bends is None else _shipped(value.confidence or 0.0, bend),
            engine=value.engine,
            alternatives=tuple((c.text, c.confidence) for c in value.alternatives),
            is_fair=fair,
            row=row,
        )


def _rows(
    sheet: ReadSheet, here: Mapping[Place, Decision]
) -> Iterator[tuple[int, Sequence[FieldValue]]]:
    """The collector box as row 0, then the rows that hold a signer."""
    yield SHEET, sheet.collector
    for row in sheet.rows:
        decision = here.get((row.row, STATUS))
        status = RowStatus(decision.after) if decision is not None else row.status
        if status not in _EMPTY_ROWS:
            yield row.row, row.fields


def _is_reading(value: FieldValue) -> bool:
    """Whether a recogniser read it and gave it a confidence."""
    return (
        value.kind not in INK_KINDS
        and value.state is FieldState.READ
        and value.mark is Mark.NONE
        and value.confidence is not None
        and value.engine not in ("", "ink", PERSON)
    )


def _waits_for_confidence(value: FieldValue) -> bool:
    """Whether it went to review for its confidence and nothing else."""
    blocking = {finding.reason for finding in value.findings if finding.blocks}
    return value.route is Route.REVIEW and blocking == {DOUBTFUL_REASON}


def _checked(samples: Iterable[Sample]) -> dict[tuple[str, str], SampledField]:
    """Fields of samples that a person checked, the latest word on each."""
    return {
        (one.record_id, one.field): one
        for sample in samples
        for one in sample.fields
        if one.right is not None
    }


def _bends_of(provenance: str, corrections: Mapping[str, Bends]) -> Bends | None:
    """The corrections a page was read with; None where they are not known any more."""
    _, marked, fingerprint = provenance.partition(MARK)
    return corrections.get(fingerprint.split(",")[0]) if marked else {}


def _shipped(shown: float, bend: Bend | None) -> float:
    # Just ``DOUBTFUL_CONFIDENCE`` is the ceiling of doubtful ink, which no correction raises.
    return shown if bend is None or shown == DOUBTFUL_CONFIDENCE else bend.undo(shown)
