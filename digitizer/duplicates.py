"""Stored rows -> who signed twice: what ``linkage`` is given, and what comes of it.

Only rows that would count take part, so that a struck or incomplete row does
not take the place of a good one; the first in order of arrival counts. And rows that
a person called a repetition: whether the row that they repeat counts is followed up
(``workspace.uncounted``).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import Levenshtein

from digitizer.persons.linkage import Readings, SignerRecord, find_duplicates
from digitizer.records import FieldKind, FieldState, FieldValue, Route, RowStatus
from digitizer.states import CIVIC_NUMBER, FIRST_NAME
from digitizer.workspace.repeats import DECIDED_REASON, WOULD_COUNT, Repeat
from digitizer.workspace.stored import RecordRow, SheetRow

# Fewer letters than this are a word of a title, not a title.
MIN_TITLE_LETTERS = 10
# A stray mark can be read as a title on more than one sheet, but on few of them: on
# one for ten of the form's most frequent title.
SELDOM = 10
# Two titles may be readings of one if this share of their letters is the same: a line along
# the tops of its letters left a title 0.75 of them.
ALIKE = 0.7

# A second reading is compared when the engine gives it at least one chance in
# twenty: rarer ones are right too seldom to be worth the pairs they bring.
MIN_SHARE = 0.05

# Of two rows that lie in one place of what seems to be one sheet, with like ink and readings.
ONE_ROW_PROBABILITY = 0.95

_COMPARED_ROWS = WOULD_COUNT | {RowStatus.DUPLICATE}
_COMPARED = (FieldKind.NAME, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.POSTAL_CODE)


def find_repeats(
    listing: Iterable[tuple[SheetRow, Sequence[RecordRow]]],
    one_row: Iterable[tuple[str, str]] = (),
) -> tuple[Repeat, ...]:
    """Rows of ``listing``, in its order, that are or may be an earlier row's person.

    ``one_row``: (later, earlier) rows (ids) that are as likely as not one row, scanned twice.
    """
    kept = [
        (sheet, [record for record in rows if record.status in _COMPARED_ROWS])
        for sheet, rows in listing
        if sheet.duplicate_of is None
    ]
    doubtful = doubtful_titles((sheet.form, sheet.petition or "") for sheet, _ in kept)
    records = [
        _signer(record, "" if (sheet.form, sheet.petition) in doubtful else sheet.petition or "")
        for sheet, rows in kept
        for record in rows
    ]
    found = {
        d.record_id: Repeat(
            d.record_id,
            d.duplicate_of,
            d.probability,
            d.certain,
            tuple((e.says, e.share) for e in d.evidence),
        )
        for d in find_duplicates(records)
    }
    compared = {record.record_id for record in records}
    for later, earlier in one_row:
        if later not in found and {later, earlier} <= compared:
            found[later] = Repeat(later, earlier, ONE_ROW_PROBABILITY, certain=False)
    return tuple(found.values())


def doubtful_titles(sheets: Iterable[tuple[str | None, str]]) -> frozenset[tuple[str | None, str]]:
    """(form, title) of sheets whose petition may be another: their title was half read.

    ``sheets``: form and title of each. A title on one sheet alone that is a piece of
    one on several, or holds it, or has most of its letters, or a rare one too short for
    a title, beside such a one.
    Who signed there may have signed elsewhere, and is asked for.
    """
    counts = Counter(sheets)
    often: dict[str | None, list[str]] = {}
    most: Counter[str | None] = Counter()
    for (form, title), count in counts.items():
        most[form] = max(most[form], count)
        if count > 1 and len(title) >= MIN_TITLE_LETTERS:
            often.setdefault(form, []).append(title.casefold())
    return frozenset(
        (form, title)
        for (form, title), count in counts.items()
        if (count == 1 or (len(title) < MIN_TITLE_LETTERS and SELDOM * count <= most[form]))
        and any(_is_piece(title.casefold(), other) for other in often.get(form, ()))
    )


def _is_piece(title: str, other: str) -> bool:
    if len(title) < MIN_TITLE_LETTERS or title in other or other in title:
        return True
    return Levenshtein.normalized_similarity(title, other) >= ALIKE


def _others(value: FieldValue | None) -> tuple[str, ...]:
    """What else a field may say, the likelier readings of its ink."""
    if value is None:
        return ()
    return tuple(
        one.text
        for one in value.alternatives
        if one.confidence >= MIN_SHARE and one.text != value.raw_text
    )


def _signer(record: RecordRow, petition: str) -> SignerRecord:
    # Of several of one kind the first counts; a given name is a part of the name.
    values = {
        v.kind: v
        for v in reversed(record.fields)
        if v.state is FieldState.READ and v.field != FIRST_NAME
    }

    def text(kind: FieldKind) -> str:
        value = values.get(kind)
        return "" if value is None else value.value

    first = record.get(FIRST_NAME)
    given = first.value if first is not None and first.state is FieldState.READ else ""
    civic = record.get(CIVIC_NUMBER)
    number = civic.value if civic is not None and civic.state is FieldState.READ else ""
    last = values.get(FieldKind.NAME)
    name = " ".join(part for part in (given, "" if last is None else last.value) if part)
    return SignerRecord(
        record_id=record.record_id,
        name=name,
        address=f"{number} {text(FieldKind.ADDRESS)}".strip(),
        postal_code=text(FieldKind.POSTAL_CODE),
        phone=text(FieldKind.PHONE),
        email=text(FieldKind.EMAIL),
        petition=petition,
        sure=DECIDED_REASON in record.reasons or _is_sure(record.fields),
        others=Readings(
            names=tuple(f"{given} {other}".strip() for other in _others(last)),
            addresses=tuple(
                f"{number} {other}".strip() for other in _others(values.get(FieldKind.ADDRESS))
            ),
            postal_codes=_others(values.get(FieldKind.POSTAL_CODE)),
            phones=_others(values.get(FieldKind.PHONE)),
            emails=_others(values.get(FieldKind.EMAIL)),
        ),
    )


def _is_sure(fields: Iterable[FieldValue]) -> bool:
    return all(v.route is Route.ACCEPT for v in fields if v.kind in _COMPARED)
