"""Ditto marks: the value of the row above, carried down with its doubts.

A ditto takes the nearest row above on the same sheet that has a value. Fields
that share a cell (street, city, province, postal code; phone, email) share
their source row. The raw mark stays in ``raw_text``, ``source_row`` names the
row where the value is really written (or the nearest ditto of it that is in
doubt itself), and the confidence is never above that of the source or of the mark.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from digitizer.records import (
    FieldKind,
    FieldState,
    FieldValue,
    Finding,
    Mark,
    Route,
    RowStatus,
    SignerRow,
)
from digitizer.validity import fold
from digitizer.values.canonical import normalise

# Fields of one cell, which one mark stands for.
PLACE_KINDS = frozenset(
    {FieldKind.ADDRESS, FieldKind.CITY, FieldKind.PROVINCE, FieldKind.POSTAL_CODE}
)
_CONTACT_KINDS = frozenset({FieldKind.PHONE, FieldKind.EMAIL})
# A person living with another writes these marks; anything else dittoed
# (a name, a phone, a consent) must be seen by a person.
_TRUSTED_KINDS = PLACE_KINDS | {FieldKind.DATE}
_READABLE_KINDS = (
    _TRUSTED_KINDS
    | _CONTACT_KINDS
    | {FieldKind.NAME, FieldKind.TEXT, FieldKind.CHOICE, FieldKind.CODE, FieldKind.BIRTH_DATE}
)

# A mark below this confidence may be none, however sure the value that it would stand for: two
# quotes have 0.92, a dash 0.85, a line running down 0.8, arrows and single strokes less.
SURE_MARK = 0.8

_QUOTES = frozenset("\"“”„″〃«»'’‘`´,") | {"ˮ"}
_STROKES = frozenset("1il|/!\\\"'")
_DASHES = frozenset("-–—―_~")
_SHORT_WORDS = frozenset({"do", "id", "same", "idem", "meme", "ibid"})
# An m falls into these where a reader counts its strokes otherwise: "saine" is "same".
_LIKE_M = ("rn", "in", "ni", "nn", "ru")
# And a d into these: nothing else is written so short in place of a street.
_LIKE_DO = frozenset({"ao", "clo", "olo"})
_LONG_WORDS = frozenset(
    {
        *("ditto", "asabove", "sameasabove", "seeabove", "sameaddress", "sameplace"),
        *("pareil", "pareille", "memeadresse", "cidessus", "commecidessus", "voircidessus"),
    }
)


def is_ditto_text(kind: FieldKind, text: str) -> bool:
    """Whether the reading of a field of this kind is a ditto mark and nothing else.

    A lone dash is one where people live together, and "none" elsewhere.
    """
    if kind not in _READABLE_KINDS:
        return False
    signs = "".join(fold(text).split()).strip(".")
    if not signs:
        return False
    if all(c in _QUOTES for c in signs):
        return True
    if all(c in _DASHES for c in signs):
        return kind in _TRUSTED_KINDS
    if kind in (FieldKind.ADDRESS, FieldKind.CITY) and len(signs) == 2 and set(signs) <= _STROKES:
        # Two strokes that no quote is made of: "11" is no address, nor "ll" a city.
        return True
    word = "".join(c for c in signs if c.isalpha())
    if not word or any(c.isdigit() for c in signs):
        return False
    if word in _SHORT_WORDS:
        # Do and Same are names of people.
        return kind is not FieldKind.NAME
    if word in _LONG_WORDS:
        return True
    if kind is FieldKind.ADDRESS and (word in _LIKE_DO or _with_m(word) & _SHORT_WORDS):
        return True
    known = {w for w in _LONG_WORDS if len(w) > 4}
    if kind is FieldKind.ADDRESS:
        # No street is called by one word of four letters alone.
        known |= {w for w in _SHORT_WORDS if len(w) == 4}
    return kind in _TRUSTED_KINDS and any(
        Levenshtein.distance(word, w, score_cutoff=1) <= 1 for w in known
    )


def _with_m(word: str) -> frozenset[str]:
    """The word with an m where two letters stand that an m is taken for."""
    return frozenset(word.replace(pair, "m") for pair in _LIKE_M if pair in word)


def resolve_dittos(rows: Sequence[SignerRow], *, language: str) -> tuple[SignerRow, ...]:
    """The rows with every ditto given its value and a finding ``ditto``.

    Findings that block: ``ditto`` in a name, contact or text, ``ditto-other-city`` (a code, or a
    province that no mark stands for, beside a city written anew), ``ditto-unresolved``
    (nothing above has a value), ``ditto-source-struck``, ``ditto-source-blank`` (rows
    or cells between were empty), ``ditto-source-unread`` and ``low-confidence`` (the mark
    may be none). Whether the source itself
    goes to review is for the caller, who routes: see ``doubtful_sources``.
    """
    resolved: list[SignerRow] = []
    for row in rows:
        resolved.append(_resolve_row(row, resolved, language))
    return tuple(resolved)


def doubtful_sources(row: SignerRow, above: Mapping[int, SignerRow]) -> frozenset[str]:
    """Fields of ``row`` whose ditto leans on a value that a person must still see."""
    doubtful = set()
    for value in row.fields:
        source = above.get(value.source_row) if value.source_row is not None else None
        origin = source.get(value.field) if source is not None else None
        if origin is not None and origin.route is Route.REVIEW:
            doubtful.add(value.field)
    return frozenset(doubtful)


def _resolve_row(row: SignerRow, above: Sequence[SignerRow], language: str) -> SignerRow:
    marked = {v.field: v for v in row.fields if _is_ditto(v)}
    street = next((v for v in marked.values() if v.kind is FieldKind.ADDRESS), None)
    if street is not None:
        # Whoever repeats the street lives in the same city: the mark stands for
        # all of the cell that is not written anew.
        for value in row.fields:
            if value.kind in PLACE_KINDS and value.state is FieldState.EMPTY:
                marked[value.field] = replace(value, confidence=street.confidence)
    changed: dict[str, FieldValue] = {}
    for family in (PLACE_KINDS, _CONTACT_KINDS):
        names = [v.field for v in marked.values() if v.kind in family]
        found = _resolve_group(marked, names, above)
        if family is PLACE_KINDS and _moved(row, names, above):
            found = {name: _of_other_city(value, row) for name, value in found.items()}
        changed |= found
    for value in marked.values():
        if value.kind is FieldKind.SIGNATURE:
            changed[value.field] = _with_finding(value, "ditto", blocks=False)
        elif value.field not in changed:
            changed |= _resolve_group(marked, [value.field], above)
    for value in row.fields:
        if value.kind is FieldKind.NAME and value.field not in changed:
            partly = _partly_dittoed_name(value, above, language)
            if partly is not None:
                changed[value.field] = partly
    return replace(row, fields=tuple(changed.get(v.field, v) for v in row.fields))


def _is_ditto(value: FieldValue) -> bool:
    if value.mark is Mark.DITTO:
        return True
    return value.state is FieldState.READ and is_ditto_text(value.kind, value.raw_text)


def _moved(row: SignerRow, names: Sequence[str], above: Sequence[SignerRow]) -> bool:
    """Whether a city is written in ``row`` that is not that of the row its dittos repeat."""
    source, _ = _source(names, above)
    written = [
        v
        for v in row.fields
        if v.kind is FieldKind.CITY and v.state is FieldState.READ and v.field not in names
    ]
    return source is not None and any(
        (origin := source.get(v.field)) is None or _letters(origin.value) != _letters(v.value)
        for v in written
    )


def _letters(city: str) -> str:
    return "".join(c for c in fold(city) if c.isalnum())


def _of_other_city(value: FieldValue, row: SignerRow) -> FieldValue:
    """A value from above, in doubt where it tells of another city than the row's own."""
    held = row.get(value.field)
    implied = held is not None and not _is_ditto(held)
    doubted = value.kind is FieldKind.POSTAL_CODE or (value.kind is FieldKind.PROVINCE and implied)
    if value.state is not FieldState.READ or not doubted:
        return value
    return _with_finding(value, "ditto-other-city")


def _resolve_group(
    marked: Mapping[str, FieldValue], names: Sequence[str], above: Sequence[SignerRow]
) -> dict[str, FieldValue]:
    """Values of the dittoed fields ``names`` of one cell, from one source row."""
    if not names:
        return {}
    values = {name: marked[name] for name in names}
    source, doubts = _source(names, above)
    if source is None:
        return {n: _unresolved(v) for n, v in values.items() if v.state is not FieldState.EMPTY}
    return {
        name: _carried(value, source.get(name), source.row, doubts)
        for name, value in values.items()
    }


def _source(
    names: Sequence[str], above: Sequence[SignerRow]
) -> tuple[SignerRow | None, tuple[str, ...]]:
    """The row to take from, and what is doubtful about it."""
    doubts: list[str] = []
    for row in reversed(above):
        states = [value.state for name in names if (value := row.get(name)) is not None]
        if row.status is RowStatus.BLANK or all(s is FieldState.EMPTY for s in states):
            doubts.append("ditto-source-blank")
            continue
        if FieldState.READ not in states:
            # There is ink that nobody could read: the value is there, not further up.
            return None, ()
        if FieldState.UNREAD in states:
            doubts.append("ditto-source-unread")
        if row.status is RowStatus.STRUCK:
            doubts.append("ditto-source-struck")
        return row, tuple(dict.fromkeys(doubts))
    return None, ()


def _carried(
    value: FieldValue, origin: FieldValue | None, row: int, doubts: Sequence[str]
) -> FieldValue:
    if origin is None or origin.state is not FieldState.READ:
        # A ditto of a cell stands for the fields that its source has.
        state = FieldState.EMPTY if origin is None else origin.state
        return replace(
            value, state=state, value="", confidence=None, mark=Mark.DITTO, source_row=row
        )
    blocking = value.kind not in _TRUSTED_KINDS
    text = origin.value
    if value.kind is FieldKind.NAME:
        text = _surname(text)
    carried = replace(
        value,
        state=FieldState.READ,
        value=text,
        confidence=_lower(value.confidence, origin.confidence),
        alternatives=(),
        mark=Mark.DITTO,
        source_row=_written_in(origin, row),
    )
    carried = _with_finding(carried, "ditto", blocks=blocking)
    if not blocking and (value.confidence is None or value.confidence < SURE_MARK):
        carried = _with_finding(carried, "low-confidence")
    for doubt in doubts:
        carried = _with_finding(carried, doubt)
    return carried


def _written_in(origin: FieldValue, row: int) -> int:
    """The row that a value taken from ``row`` leans on.

    That is where it is really written; but where a ditto is in doubt itself, those below
    it are as long as nobody settled it, and follow whoever does.
    """
    doubted = any(finding.blocks for finding in origin.findings)
    return row if origin.source_row is None or doubted else origin.source_row


def _unresolved(value: FieldValue) -> FieldValue:
    empty = replace(
        value,
        state=FieldState.UNREAD,
        value="",
        confidence=None,
        alternatives=(),
        mark=Mark.DITTO,
        source_row=None,
    )
    return _with_finding(empty, "ditto-unresolved")


def _partly_dittoed_name(
    value: FieldValue, above: Sequence[SignerRow], language: str
) -> FieldValue | None:
    """``Marie "``: the given name with the surname of the row above; None if it is none."""
    words = value.raw_text.split()
    marks = [i for i, word in enumerate(words) if all(c in _QUOTES - {","} for c in word)]
    if value.state is not FieldState.READ or len(marks) != 1 or len(words) < 2:
        return None
    if marks[0] not in (0, len(words) - 1):
        return None
    source, doubts = _source([value.field], above)
    origin = source.get(value.field) if source is not None else None
    if source is None or origin is None:
        return _with_finding(replace(value, mark=Mark.DITTO), "ditto-unresolved")
    words[marks[0]] = _surname(origin.value)
    carried = _carried(value, origin, source.row, doubts)
    return replace(carried, value=normalise(FieldKind.NAME, " ".join(words), language))


def _surname(name: str) -> str:
    """Last word of a name, or the first where a comma tells that it leads."""
    leading, comma, _ = name.partition(",")
    words = (leading if comma else name).split()
    return words[-1] if words else ""


def _lower(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else min(first, second)


def _with_finding(value: FieldValue, reason: str, *, blocks: bool = True) -> FieldValue:
    return replace(value, findings=(*value.findings, Finding(value.field, reason, blocks)))
