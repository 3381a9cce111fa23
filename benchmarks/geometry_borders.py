"""Names that cross a ruling: whether they, and the fields behind them, are accepted wrong."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.border_sheets import BEHIND, HIGH, LOW, ON, SHORT, BorderSheet, draw_border_sheets
from benchmarks.geometry_common import Options, Skipped, Table
from digitizer import assemble, calibrate
from digitizer.engines.cells import read_cells
from digitizer.evaluate import comparable
from digitizer.recognisers import engine_name
from digitizer.records import FieldKind, FieldValue, Route, SignerRow
from digitizer.rules import assess_rows
from digitizer.segment import cut_cells, signature_state
from scripts.sheets.fonts import default_cache, fetch_fonts
from scripts.sheets.scribes import InkScribe
from training.ink import Split

LIES = (*BEHIND, ON, SHORT, LOW, HIGH)
TARGET_ERROR = 0.005
OUTCOMES = ("right", "right, waits", "wrong, waits", "accepted wrong")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one field of a row."""

    sheet: int
    row: int
    lies: str
    neighbour: str
    ruling: str
    field: str
    truth: str
    value: str
    accepted: bool

    @property
    def said(self) -> str:
        """One of ``OUTCOMES``."""
        right = comparable(self.value, self.field) == comparable(self.truth, self.field)
        if self.accepted:
            return OUTCOMES[0] if right else OUTCOMES[3]
        return OUTCOMES[1] if right else OUTCOMES[2]


def measure(options: Options) -> Iterator[Table]:
    """Names by how they lie, then the fields behind them by what they are."""
    if options.handwriting is None:
        raise Skipped("no handwriting: name its folder with --handwriting DIR")
    scribe = InkScribe(options.handwriting, Split.CALIBRATE)
    fonts = fetch_fonts(default_cache())
    sheets = draw_border_sheets(scribe, fonts, options.sheets, options.seed, LIES)
    outcomes = [one for n, sheet in enumerate(sheets) for one in judge(n, sheet)]
    yield from tables(outcomes, f"{options.sheets} sheets in calibrate ink, seed {options.seed}")


def judge(number: int, sheet: BorderSheet) -> Iterator[Outcome]:
    """Cut, read and judge the names of a sheet and the cells behind them."""
    crops = [c for c in cut_cells(sheet.registered) if c.column in ("name", "beside")]
    wanted = [crop for crop in crops if assemble.is_readable(crop)]
    readings = dict(zip(map(id, wanted), read_cells(wanted, "en"), strict=True))
    calibration = calibrate.load_calibration(engine_name())
    rows = []
    for truth in sheet.rows:
        own = [crop for crop in crops if crop.row == truth.row]
        values: list[FieldValue] = []
        for crop in own:
            said = readings.get(id(crop), ())
            values += assemble.cell_values(crop, said, calibration, signature_state)
        rows.append(assemble.signer_row(truth.row, values, own, set(), None))
    specs = [spec for cell in sheet.registered.rows[0].cells[:2] for spec in cell.fields]
    thresholds = calibration.thresholds(specs, TARGET_ERROR)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    judged = assess_rows(rows, specs, language="en", thresholds=thresholds, today=today)
    for truth, row in zip(sheet.rows, judged, strict=True):
        for field in row.fields:
            text = truth.texts.get(field.field, "")
            value = _written(field)
            yield Outcome(number, row.row, truth.lies, truth.neighbour, truth.ruling, field.field,
                          text, value, _is_accepted(row, field))  # fmt: skip


def _written(field: FieldValue) -> str:
    if field.kind is FieldKind.SIGNATURE:
        return "present" if field.value == "present" else ""
    return field.value


def _is_accepted(row: SignerRow, field: FieldValue) -> bool:
    return field.route is Route.ACCEPT and not any(reason.blocks for reason in row.reasons)


def tables(outcomes: Iterable[Outcome], title: str) -> Iterator[Table]:
    """Names by how they lie; what stands behind them by field."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    behind: dict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        if one.field == "name":
            names[one.lies][one.said] += 1
        else:
            kind = one.neighbour if one.neighbour == one.field else f"{one.neighbour}: {one.field}"
            over = "over" if one.lies in BEHIND or one.lies == ON else "sound"
            behind[f"{kind}, {over}"][one.said] += 1
    for what, counts in (("Names at a ruling", names), ("Fields behind them", behind)):
        order = LIES if what.startswith("Names") else sorted(counts)
        rows = [
            (name, str(sum(counts[name].values())), *(str(counts[name][k]) for k in OUTCOMES))
            for name in order
            if name in counts
        ]
        yield Table(f"{what}, {title}", ("", "cases", *OUTCOMES), tuple(rows))
