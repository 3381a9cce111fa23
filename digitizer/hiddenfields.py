"""Fields of a cell of several that seem empty, though what was read as another may hold them.

Empty says that nothing was written, and nobody looks; so what may be hidden is unread.
"""

from collections.abc import Sequence

from digitizer.records import FieldKind, FieldSpec, Reading

# A number without its area code has so many figures.
SHORTEST_PHONE = 7


def is_hidden(spec: FieldSpec, readings: Sequence[Reading], fields: Sequence[FieldSpec]) -> bool:
    """Whether a field without a reading may be in what was read as others of its cell.

    ``fields``: all of the cell's.
    """
    if spec.kind is FieldKind.PROVINCE:
        return _may_hide_province(readings)
    if spec.kind is FieldKind.CITY:
        return _hides_city(readings, fields)
    if spec.kind is FieldKind.POSTAL_CODE:
        return _hides_code(readings)
    return _is_read_as_other(spec, readings)


def _may_hide_province(readings: Sequence[Reading]) -> bool:
    """Whether the city of a cell may hold a province that was not told apart from it.

    "Yellonge" may be "Yellowknife NT"; a place that is in the list, as it was read,
    leaves no such doubt.
    """
    towns = [dict(r.evidence) for r in readings if r.kind is FieldKind.CITY and r.text]
    return any(not town.get("listed") or town.get("replaced") for town in towns)


def _hides_city(readings: Sequence[Reading], fields: Sequence[FieldSpec]) -> bool:
    """Whether a cell without a city must have one, or may have one that was not told apart.

    Nobody writes a province without it. What was read as the street may be the city if it holds
    no number, or if nothing of the postal code that the cell asks for was seen.
    """
    if any(r.kind is FieldKind.PROVINCE and r.text for r in readings):
        return True
    streets = [r.text for r in readings if r.kind is FieldKind.ADDRESS and r.text]
    numbered = any(c.isdigit() for text in streets for c in text)
    asks_code = any(spec.kind is FieldKind.POSTAL_CODE for spec in fields)
    seen_code = any(r.kind is FieldKind.POSTAL_CODE and r.text for r in readings)
    return bool(streets) and (not numbered or (asks_code and not seen_code))


def _hides_code(readings: Sequence[Reading]) -> bool:
    """Whether a cell without a postal code may hold one that was read as part of its address.

    A code of which no digit was seen ("PK SP") is no code to the grammar.
    """
    return any(r.kind in (FieldKind.ADDRESS, FieldKind.CITY) and r.text for r in readings)


def _is_read_as_other(spec: FieldSpec, readings: Sequence[Reading]) -> bool:
    """Whether a number may have been read as the cell's email, which is none, or the other way."""
    emails = [r.text for r in readings if r.kind is FieldKind.EMAIL and r.text]
    phones = [r.text for r in readings if r.kind is FieldKind.PHONE and r.text]
    if spec.kind is FieldKind.PHONE:
        return any("@" not in text for text in emails)
    lacking = (sum(c.isdigit() for c in text) < SHORTEST_PHONE for text in phones)
    return spec.kind is FieldKind.EMAIL and any(lacking)
