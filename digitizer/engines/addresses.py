"""Street, city, province and postal code out of one cell.

The postal code is looked for first, at the tail of each line from the last
line up: a stretch of six or so signs that loses little when it is bound to
the code grammar. What stands before it is looked at for a province, then for
a city; the rest is the street.
"""

from collections.abc import Mapping, Sequence

from digitizer.engines.reading import (
    Lattice,
    bind_cost,
    decode_kind,
    free_log_prob,
    join_lattices,
    read_lattice,
)
from digitizer.records import FieldKind, FieldSpec, Reading

# Natural-log units of probability that binding a stretch to the code grammar
# may cost: real codes cost 3 (median) to 12, other six signs 20 and more.
MAX_CODE_COST = 14.0

# Signs a code shows in the unbound reading, separators not counted.
_CODE_SIGNS = range(5, 9)

_PROVINCES: Mapping[str, str] = {
    "ON": "ON", "ONT": "ON", "ONTARIO": "ON", "0N": "ON",
    "QC": "QC", "QUE": "QC", "QUEBEC": "QC", "PQ": "QC", "QUÉBEC": "QC", "QUÉ": "QC", "QU": "QC",
    "BC": "BC", "CB": "BC", "BRITISHCOLUMBIA": "BC", "COLOMBIEBRITANNIQUE": "BC",
    "AB": "AB", "ALTA": "AB", "ALBERTA": "AB",
    "SK": "SK", "SASK": "SK", "SASKATCHEWAN": "SK",
    "MB": "MB", "MAN": "MB", "MANITOBA": "MB",
    "NS": "NS", "NOVASCOTIA": "NS", "NE": "NS",
    "NB": "NB", "NEWBRUNSWICK": "NB",
    "PE": "PE", "PEI": "PE", "IPE": "PE",
    "NL": "NL", "NFLD": "NL", "NEWFOUNDLAND": "NL", "TNL": "NL",
    "NT": "NT", "NWT": "NT", "NU": "NU", "NUNAVUT": "NU", "YT": "YT", "YUKON": "YT",
}  # fmt: skip


def read_address(
    lattices: Sequence[Lattice], fields: Mapping[FieldKind, FieldSpec], language: str
) -> tuple[Reading, ...]:
    """Read the lines of an address cell into the fields it has."""
    lines = list(lattices)
    readings: list[Reading] = []
    if FieldKind.POSTAL_CODE in fields:
        place = _find_code(lines)
        if place is not None:
            index, start, end = place
            line = lines[index]
            spec = fields[FieldKind.POSTAL_CODE]
            readings.append(read_lattice(line.part(start, end), spec.name, spec.kind))
            kept = [part for part in (_cut(line, 0, start), _cut(line, end, len(line.text))) if part]
            lines[index : index + 1] = kept
    if lines:
        spec = fields[FieldKind.ADDRESS]
        readings.insert(0, read_lattice(join_lattices(lines), spec.name, spec.kind))
    return tuple(readings)


def _cut(line: Lattice, start: int, end: int) -> Lattice | None:
    """Part of a line without the spaces and commas at its ends; None when empty."""
    while start < end and line.text[start] in " ,.;-":
        start += 1
    while start < end and line.text[end - 1] in " ,;-":
        end -= 1
    return line.part(start, end) if start < end else None


def _find_code(lines: Sequence[Lattice]) -> tuple[int, int, int] | None:
    """Line, start and end of the likeliest postal code, or None."""
    best: tuple[float, tuple[int, int, int]] | None = None
    for index, line in enumerate(lines):
        for start, end in _windows(line.text):
            cost = bind_cost(line.part(start, end), FieldKind.POSTAL_CODE)
            if cost <= MAX_CODE_COST and (best is None or cost < best[0]):
                best = cost, (index, start, end)
    return best[1] if best else None


def _windows(text: str) -> list[tuple[int, int]]:
    """Stretches that may be a code: tokens of five to eight signs, or a line's tail."""
    spots = [i for i, c in enumerate(text) if c.isalnum() or c in "/|!$&?@"]
    found = []
    for first, start in enumerate(spots):
        if first and spots[first - 1] == start - 1 and text[start - 1].isalnum():
            at_token = False
        else:
            at_token = True
        for count in _CODE_SIGNS:
            if first + count > len(spots):
                break
            end = spots[first + count - 1] + 1
            ends_token = end == len(text) or not text[end].isalnum()
            tail = first + count == len(spots)
            if ends_token and (at_token or (tail and count in (6, 7))):
                found.append((start, end))
    return [(s, e) for s, e in found if any(c.isdigit() or c in "OIlSBZ" for c in text[s:e])]
