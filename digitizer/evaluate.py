"""A workspace against the truth: what was found, what was read, what was let through.

Truth is a JSON list, one entry a page:
``{"file", "page", "kind", "rows": [{"row", "name", "address", "postal_code",
"phone", "email", "signed", "status"}], "collector": {"collector_name",
"event_location", "date_collected"}}``. ``file`` is matched with the end of a
source file's path. Rows the truth does not list are blank; a page without
``collector`` has no collector box, and nor has one with neither rows nor any
collector's text: it is no petition.

Texts are compared without case, accents and punctuation, postal codes and
phones by their letters and digits. A field of a row that was not found counts
as wrong, and a value accepted where the truth has none as wrongly accepted.
What a person decided is compared as it stands, but nothing of it was accepted: what passes
unseen, how much of that is wrong and what a confidence is worth is told by the other fields.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from digitizer import metrics
from digitizer.errors import UsageError
from digitizer.metrics import Judged, Rate
from digitizer.records import FieldValue, Route, RowStatus, Signature
from digitizer.workspace.decisions import DECIDED
from digitizer.workspace.stored import RecordRow, SheetRow

ROW_FIELDS = ("name", "address", "city", "province", "postal_code", "phone", "email")
COLLECTOR_FIELDS = ("collector_name", "event_location", "date_collected")
SIGNATURE_FIELD = "signature"

# The word by which the pipeline says that a form's collector box was not found.
BOX_NOT_FOUND = "collector-box-not-found"

# Fields of which only letters and digits tell anything.
_CODES = ("postal_code", "phone", "date_collected")

Listed = tuple[SheetRow, Sequence[RecordRow]]


@dataclass(frozen=True, slots=True)
class TruthRow:
    """What stands in a row; ``fields`` by name, ``signed`` None where not told."""

    row: int
    fields: Mapping[str, str]
    signed: bool | None
    status: str


@dataclass(frozen=True, slots=True)
class TruthPage:
    """What stands on a page; ``collector`` None where it has no collector box."""

    file: str
    page: int
    kind: str
    rows: tuple[TruthRow, ...]
    collector: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """How well one field was read; ``decided``: by how many a person said what they are."""

    exact: Rate
    cer: float | None
    passed: metrics.StraightThrough
    calibration_error: float | None
    decided: int = 0


@dataclass(frozen=True, slots=True)
class _Case(Judged):
    """``decided``: a person said what it is."""

    decided: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """All that ``digitizer evaluate`` prints.

    ``missed`` and ``phantom``: "file page row" of rows not found, and found
    where there is nothing. ``statuses``: (kind of page, sheet status) and
    ``row_statuses``: (status in truth, status given) with their numbers.
    """

    pages: Rate
    rows: Rate
    missed: tuple[str, ...]
    phantom: tuple[str, ...]
    signatures: Rate
    unclear_signatures: int
    boxes: Rate
    fields: Mapping[str, FieldFigures]
    statuses: Mapping[tuple[str, str], int]
    row_statuses: Mapping[tuple[str, str], int]


def load_truth(file: Path) -> tuple[TruthPage, ...]:
    """Read a truth file; UsageError where it is missing or not as described."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8-sig"))
        if not isinstance(entries, list):
            raise TypeError("it is no list")
        return tuple(_truth_page(entry) for entry in entries)
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({(error.strerror or '').lower()})") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{file} is not a truth file ({type(error).__name__}: {error}): it must hold a JSON "
            'list of {"file", "page", "rows", "collector", "kind"}'
        ) from error


def _truth_page(entry: Mapping[str, object]) -> TruthPage:
    rows, collector = entry.get("rows") or (), entry.get("collector")
    if not isinstance(rows, list | tuple) or not isinstance(collector, dict | None):
        raise TypeError("rows must be a list and collector an object or null")
    said = _texts(collector, COLLECTOR_FIELDS) if collector else {}
    return TruthPage(
        file=str(entry["file"]),
        page=int(str(entry.get("page") or 1)),
        kind=str(entry.get("kind") or ""),
        rows=tuple(_truth_row(row) for row in rows),
        collector=said if said and (rows or any(said.values())) else None,
    )


def _truth_row(entry: Mapping[str, object]) -> TruthRow:
    signed = entry.get("signed")
    return TruthRow(
        row=int(str(entry["row"])),
        fields=_texts(entry, ROW_FIELDS),
        signed=None if signed is None else bool(signed),
        status=str(entry.get("status") or ""),
    )


def _texts(entry: Mapping[str, object], names: Iterable[str]) -> dict[str, str]:
    return {name: str(entry[name] or "") for name in names if name in entry}


def comparable(text: str, field: str) -> str:
    """``text`` in the form in which it is compared."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    if field in _CODES:
        code = re.sub(r"[^a-z0-9]", "", plain)
        # The country's 1 before a Canadian number says nothing.
        return code[1:] if field == "phone" and len(code) == 11 and code[0] == "1" else code
    if field == "email":
        return re.sub(r"\s", "", plain)
    return " ".join(re.sub(r"[^\w]+", " ", plain.replace("'", "")).split())


def evaluate(truth: Sequence[TruthPage], listing: Sequence[Listed]) -> Figures:
    """Compare every page of the truth with what the workspace holds.

    Pages that the workspace lacks count as not found, their rows as missed;
    pages that the truth lacks are left out.
    """
    match = _Matcher(listing)
    found = rows = signed = signed_cases = unclear = boxes = box_cases = row_cases = 0
    missed: list[str] = []
    phantom: list[str] = []
    judged: dict[str, list[_Case]] = {}
    statuses: dict[tuple[str, str], int] = {}
    row_statuses: dict[tuple[str, str], int] = {}
    for page in truth:
        listed = match.find(page)
        sheet, records = listed if listed is not None else (None, ())
        found += listed is not None
        _count(statuses, (page.kind, sheet.status.value if sheet else "not in workspace"))
        by_row = {record.row: record for record in records}
        filled = [row for row in page.rows if row.status != RowStatus.BLANK]
        row_cases += len(filled)
        for row in filled:
            record = by_row.get(row.row)
            rows += record is not None
            if record is None:
                missed.append(f"{page.file} page {page.page} row {row.row}")
            if row.status != RowStatus.STRUCK:
                # Nobody needs the text of a row that its writer crossed out.
                _judge(judged, row.fields, record)
            if row.status:
                given = record.reading_status.value if record else "missed"
                _count(row_statuses, (row.status, given))
            if row.signed is not None and record is not None:
                seen = record.get(SIGNATURE_FIELD)
                state = seen.value if seen else ""
                signed_cases += 1
                signed += state == (Signature.PRESENT if row.signed else Signature.ABSENT)
                unclear += state == Signature.UNCLEAR
        known = {row.row for row in filled}
        phantom += [
            f"{page.file} page {page.page} row {n}" for n in sorted(by_row) if n not in known
        ]
        if page.collector is not None:
            box_cases += 1
            boxes += sheet is not None and _has_box(sheet)
            _judge(judged, page.collector, sheet)
    return Figures(
        pages=Rate(found, len(truth)),
        rows=Rate(rows, row_cases),
        missed=tuple(missed),
        phantom=tuple(phantom),
        signatures=Rate(signed, signed_cases),
        unclear_signatures=unclear,
        boxes=Rate(boxes, box_cases),
        fields={
            name: _field_figures(judged[name])
            for name in (*ROW_FIELDS, *COLLECTOR_FIELDS)
            if judged.get(name)
        },
        statuses=dict(sorted(statuses.items())),
        row_statuses=dict(sorted(row_statuses.items())),
    )


class _Matcher:
    """Finds the sheet of a truth page by the end of its file's path."""

    def __init__(self, listing: Sequence[Listed]) -> None:
        self._by_name: dict[tuple[str, int], list[Listed]] = {}
        for listed in listing:
            sheet = listed[0]
            key = (PurePath(sheet.source_file).name, sheet.page)
            self._by_name.setdefault(key, []).append(listed)

    def find(self, page: TruthPage) -> Listed | None:
        wanted = PurePath(page.file).parts
        best: tuple[int, Listed] | None = None
        for listed in self._by_name.get((wanted[-1], page.page), []):
            parts = PurePath(listed[0].source_file).parts
            shared = _shared_end(wanted, parts)
            # Whichever path is the shorter must agree whole.
            if shared == min(len(wanted), len(parts)) and (best is None or shared > best[0]):
                best = shared, listed
        return best[1] if best else None


def _shared_end(one: Sequence[str], other: Sequence[str]) -> int:
    shared = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        shared += 1
    return shared


def _has_box(sheet: SheetRow) -> bool:
    return sheet.form is not None and BOX_NOT_FOUND not in sheet.reasons


def _judge(
    judged: dict[str, list[_Case]],
    truth: Mapping[str, str],
    given: RecordRow | SheetRow | None,
) -> None:
    """Note each field of ``truth`` or with a value; two empty ones prove nothing."""
    # What stands in a row taken for struck reaches no tally: it is not accepted.
    struck = isinstance(given, RecordRow) and given.status is RowStatus.STRUCK
    for name, text in truth.items():
        value = given.get(name) if given is not None else None
        wanted = comparable(text, name)
        believed = comparable(value.value, name) if value is not None else ""
        if not wanted and not believed:
            continue
        decided = _is_decided(given, name)
        judged.setdefault(name, []).append(
            _Case(
                believed,
                wanted,
                not struck and not decided and _accepted(value),
                value.confidence if value else None,
                decided,
            )
        )


def _is_decided(given: RecordRow | SheetRow | None, name: str) -> bool:
    """Whether a person said what a field is."""
    if isinstance(given, RecordRow):
        return name in given.decided
    value = given.get(name) if given is not None else None
    # Of a collector's field only the finding tells it.
    return value is not None and any(f.reason == DECIDED for f in value.findings)


def _accepted(value: FieldValue | None) -> bool:
    return value is not None and value.route is Route.ACCEPT


def _field_figures(judged: Sequence[_Case]) -> FieldFigures:
    unseen = [one for one in judged if not one.decided]
    sure = [one for one in unseen if one.confidence is not None and one.value]
    return FieldFigures(
        exact=metrics.exact_match(judged),
        cer=metrics.character_error_rate((one.value, one.truth) for one in judged),
        passed=metrics.straight_through(judged),
        calibration_error=metrics.calibration_error(
            [one.confidence or 0.0 for one in sure], [one.right for one in sure]
        ),
        decided=len(judged) - len(unseen),
    )


def _count(counts: dict[tuple[str, str], int], key: tuple[str, str]) -> None:
    counts[key] = counts.get(key, 0) + 1


def as_json(figures: Figures) -> str:
    """All figures as JSON; rates as ``{"hits", "cases", "rate", "low", "high"}``."""
    content = {
        "pages": _rate_dict(figures.pages),
        "rows": _rate_dict(figures.rows),
        "missed": list(figures.missed),
        "phantom": list(figures.phantom),
        "signatures": _rate_dict(figures.signatures),
        "unclear_signatures": figures.unclear_signatures,
        "collector_boxes": _rate_dict(figures.boxes),
        "fields": {
            name: {
                "exact": _rate_dict(field.exact),
                "cer": field.cer,
                "straight_through": _rate_dict(field.passed.accepted),
                "wrong_among_accepted": _rate_dict(field.passed.wrong),
                "calibration_error": field.calibration_error,
                "decided": field.decided,
            }
            for name, field in figures.fields.items()
        },
        "sheet_status_by_kind": _nested(figures.statuses),
        "row_status": _nested(figures.row_statuses),
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _rate_dict(rate: Rate) -> dict[str, float | int | None]:
    low, high = rate.interval
    return {"hits": rate.hits, "cases": rate.cases, "rate": rate.value, "low": low, "high": high}


def _nested(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (first, second), count in counts.items():
        found.setdefault(first, {})[second] = count
    return found


def as_table(figures: Figures) -> str:
    """All figures as text."""
    lines = [
        f"pages in the workspace   {_rate_text(figures.pages)}",
        f"filled rows found        {_rate_text(figures.rows)}",
        f"phantom rows             {len(figures.phantom)}",
        f"signature state right    {_rate_text(figures.signatures)}, "
        f"{figures.unclear_signatures} unclear",
        f"collector boxes located  {_rate_text(figures.boxes)}",
    ]
    if figures.pages.cases and not figures.pages.hits:
        lines.append("  none of the truth's files is in this workspace")
    else:
        lines += [f"  missed:  {place}" for place in figures.missed]
    lines += [f"  phantom: {place}" for place in figures.phantom]
    lines += ["", _field_header()]
    lines += [_field_line(name, field) for name, field in figures.fields.items()]
    decided = {name: field.decided for name, field in figures.fields.items() if field.decided}
    if decided:
        told = ", ".join(f"{name} {number}" for name, number in decided.items())
        lines.append(f"decided by people, so neither straight through nor accepted: {told}")
    lines += ["", "sheet status by kind of page"]
    lines += _nested_lines(_nested(figures.statuses))
    if figures.row_statuses:
        lines += ["", "row status in truth: as read"]
        lines += _nested_lines(_nested(figures.row_statuses))
    return "\n".join(lines)


def _field_header() -> str:
    return (
        f"{'field':<16}{'cases':>6}  {'exact (95 %)':<22}{'CER':>6}  "
        f"{'straight through (95 %)':<25}{'wrong among accepted (95 %)':<29}{'ECE':>6}"
    )


def _field_line(name: str, field: FieldFigures) -> str:
    return (
        f"{name:<16}{field.exact.cases:>6}  {_share_text(field.exact):<22}"
        f"{_number_text(field.cer):>6}  {_share_text(field.passed.accepted):<25}"
        f"{_share_text(field.passed.wrong):<29}{_number_text(field.calibration_error):>6}"
    )


def _rate_text(rate: Rate) -> str:
    return f"{rate.hits} of {rate.cases}  {_share_text(rate)}"


def _share_text(rate: Rate) -> str:
    if rate.value is None:
        return "-"
    low, high = rate.interval
    return f"{rate.value:.1%} ({low:.1%}-{high:.1%})"


def _number_text(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"


def _nested_lines(nested: Mapping[str, Mapping[str, int]]) -> list[str]:
    width = max((len(first) for first in nested), default=0)
    return [
        f"  {first:<{width}}  " + ", ".join(f"{name} {count}" for name, count in inner.items())
        for first, inner in nested.items()
    ]
