"""Reading the cells of a page, and single crops.

A cell's lines are read by the recogniser, all lines of a page in one call;
then each cell's lines are given to its fields. A cell may hold several:
street, city, province and postal code, or phone and email. Which part of a
line is which is told by what binding it to a grammar costs: a postal code
bound to the code grammar loses little probability, a street name loses a lot
(``allotment``, and ``addresses`` and ``contacts`` for the usual cells).
A city in a cell of its own is read with its row's postal code at hand.
At last the fields of a row that tell of a place are weighed against each other.
"""

import itertools
from collections.abc import Sequence
from dataclasses import replace

from digitizer.engines import patterncodes
from digitizer.engines.addresses import read_address
from digitizer.engines.allotment import allot
from digitizer.engines.captions import SeenLine, field_lines, find_caption
from digitizer.engines.choices import read_choice
from digitizer.engines.contacts import read_contact
from digitizer.engines.croplines import CropLine, crop_lines
from digitizer.engines.handwritten import Recogniser, load_recogniser, load_second
from digitizer.engines.joint import weigh_row
from digitizer.engines.mixed import is_in_doubt, mixed
from digitizer.engines.namesakes import weigh_namesakes
from digitizer.engines.provinces import read_province
from digitizer.engines.reading import (
    Lattice,
    bind_cost,
    compare_readings,
    join_lattices,
    make_lattice,
    read_lattice,
    unread,
    with_evidence,
)
from digitizer.engines.towns import read_town
from digitizer.records import CellCrop, FieldKind, FieldSpec, Pixels, Reading
from digitizer.states import DATE_KINDS, FIRST_NAME, INK_KINDS

_ADDRESS_KINDS = {
    FieldKind.ADDRESS,
    FieldKind.CITY,
    FieldKind.PROVINCE,
    FieldKind.POSTAL_CODE,
}
_CONTACT_KINDS = {FieldKind.PHONE, FieldKind.EMAIL}
# Kinds that one line holds: of several the likeliest is read.
_ONE_LINE = {FieldKind.PHONE, FieldKind.POSTAL_CODE} | DATE_KINDS

# Kinds read by two networks. Names: what one misreads surely (LUCIC for LUCIE) the
# other reads otherwise in two cases of three. Codes and phones that one misreads
# surely the other misreads alike, so a second reading buys nothing there.
_TWICE = {FieldKind.NAME}
# Readings below this raw confidence are not accepted whatever another one says: of the
# surest 500 of 819 names on drawn sheets all are above it.
WORTH_SECOND = 0.5

# Natural logs by which one number of a cell must fit its ink better than another before it.
_AS_GOOD = 0.5


def read_cells(cells: Sequence[CellCrop], language: str) -> list[tuple[Reading, ...]]:
    """Read the cells of a page; one tuple of readings for each cell, in order.

    A field without ink has no reading; signatures and checkboxes have none.
    A cell whose ink gave no text has one reading with empty text and
    ``raw_confidence`` 0, for its first required field (or its first).
    ``language`` of the form, ``en`` or ``fr``.
    """
    lines = [
        line.pixels for cell in cells if _fields(cell) for line in cell.lines if line.pixels.size
    ]
    recogniser = load_recogniser()
    answers = iter(recogniser.logits(lines))
    readings: list[tuple[Reading, ...]] = []
    towns: dict[int, Lattice] = {}
    parted = any(field.name == FIRST_NAME for cell in cells for field in cell.fields)
    for index, cell in enumerate(cells):
        fields = _fields(cell)
        pixels = [line.pixels for line in cell.lines if fields and line.pixels.size]
        lattices = [make_lattice(next(answers), line.shape[0]) for line in pixels]
        found = _assign(lattices, fields, language) if lattices else ()
        found = _read_again(found, lattices, pixels, fields, language, recogniser)
        readings.append(_with_doubts(_as_parts(found) if parted else found, cell))
        if [field.kind for field in fields] == [FieldKind.CITY] and readings[-1]:
            towns[index] = join_lattices(lattices)
    for index, town in towns.items():
        # As within a cell, only that the code stands in another one.
        code = _code_of(cells[index].row, cells, readings)
        if code:
            (field,) = _fields(cells[index])
            readings[index] = _with_doubts((read_town(town, field.name, code),), cells[index])
    return _weigh_rows(cells, readings)


def _code_of(
    row: int | None, cells: Sequence[CellCrop], readings: Sequence[tuple[Reading, ...]]
) -> str:
    """A signer row's postal code; empty where none or several were read."""
    codes = [
        reading.text
        for cell, found in zip(cells, readings, strict=True)
        for reading in found
        if cell.row == row and row is not None and reading.kind is FieldKind.POSTAL_CODE
    ]
    return codes[0] if len(codes) == 1 else ""


def _read_again(
    readings: tuple[Reading, ...],
    lattices: Sequence[Lattice],
    lines: Sequence[Pixels],
    fields: Sequence[FieldSpec],
    language: str,
    recogniser: Recogniser,
) -> tuple[Reading, ...]:
    """The readings of a cell, with what another network says of them.

    It confirms names that may be sure; other texts in doubt are read in what both see.
    """
    second = _second_to(recogniser, readings)
    if second is None:
        return readings
    seen = _lattices(second, lines)
    if any(map(is_in_doubt, readings)):
        readings = _settled(readings, _assign(mixed(lattices, seen), fields, language))
    if not any(map(_may_be_sure, readings)):
        return readings
    others = {reading.field: reading for reading in _assign(seen, fields, language)}
    return tuple(
        with_evidence(reading, {"second": compare_readings(reading, others.get(reading.field))})
        if reading.kind in _TWICE
        else reading
        for reading in readings
    )


def _settled(readings: tuple[Reading, ...], both: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Readings of a cell, those in doubt as ``both`` networks have them.

    None where the rest of the cell is then parted otherwise, or reads otherwise.
    """
    doubted = {reading.field for reading in readings if is_in_doubt(reading)}
    rest = [
        [(r.field, r.text) for r in part if r.field not in doubted] for part in (readings, both)
    ]
    if rest[0] != rest[1] or len(readings) != len(both):
        return readings
    return tuple(
        other if reading.field in doubted else reading
        for reading, other in zip(readings, both, strict=True)
    )


def _lattices(recogniser: Recogniser, lines: Sequence[Pixels]) -> list[Lattice]:
    """Lines as a recogniser sees them."""
    answers = recogniser.logits(lines)
    return [make_lattice(a, line.shape[0]) for a, line in zip(answers, lines, strict=True)]


def _may_be_sure(reading: Reading) -> bool:
    """Whether it is a name that another network's reading may make sure."""
    return reading.kind in _TWICE and reading.raw_confidence >= WORTH_SECOND


def _second_to(recogniser: Recogniser, readings: Sequence[Reading]) -> Recogniser | None:
    """The network that reads a cell again; None where nothing asks for that."""
    if not any(_may_be_sure(r) or is_in_doubt(r) for r in readings):
        return None
    # Whatever answers from a list has no second.
    return load_second() if isinstance(recogniser, Recogniser) else None


def _as_parts(readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Readings of a cell on a form that asks for given and family name in two cells."""
    return tuple(
        with_evidence(reading, {"part": 1.0}) if reading.field in {FIRST_NAME, "name"} else reading
        for reading in readings
    )


def _with_doubts(readings: tuple[Reading, ...], cell: CellCrop) -> tuple[Reading, ...]:
    """Readings of a cell, told how doubtful its ink is: whose it is, and how broken."""
    doubts = {"border": cell.border_doubt, "crumbs": cell.crumbs}
    told = {name: value for name, value in doubts.items() if value > 0.0}
    return tuple(with_evidence(reading, told) if reading.text else reading for reading in readings)


def _weigh_rows(
    cells: Sequence[CellCrop], readings: Sequence[tuple[Reading, ...]]
) -> list[tuple[Reading, ...]]:
    """The readings of each signer row weighed against each other, cell by cell as given."""
    rows: dict[int, list[Reading]] = {}
    for cell, found in zip(cells, readings, strict=True):
        if cell.row is not None:
            rows.setdefault(cell.row, []).extend(found)
    weighed = {row: iter(weigh_namesakes(weigh_row(found))) for row, found in rows.items()}
    return [
        tuple(itertools.islice(weighed[cell.row], len(found))) if cell.row is not None else found
        for cell, found in zip(cells, readings, strict=True)
    ]


def _fields(cell: CellCrop) -> tuple[FieldSpec, ...]:
    """The fields of a cell that are read as text."""
    return tuple(f for f in cell.fields if f.kind not in INK_KINDS)


def _assign(
    lattices: Sequence[Lattice], fields: Sequence[FieldSpec], language: str
) -> tuple[Reading, ...]:
    """Give the lines of a cell to its fields."""
    written = [lattice for lattice in lattices if lattice.text.strip()]
    kinds = {field.kind: field for field in fields}
    if not written:
        readings: tuple[Reading, ...] = ()
    elif len(fields) == 1:
        readings = (_read_whole(written, fields[0]),)
    elif len(kinds) == len(fields) and set(kinds) <= _ADDRESS_KINDS:
        readings = read_address(written, kinds, language)
    elif len(kinds) == len(fields) and set(kinds) == _CONTACT_KINDS:
        readings = read_contact(written, kinds)
    else:
        readings = _read_mixed(written, fields, language)
    if any(reading.text for reading in readings):
        return tuple(reading for reading in readings if reading.text)
    first = next((field for field in fields if field.required), fields[0])
    return (unread(first.name, first.kind, " ".join(lattice.text for lattice in lattices)),)


def _read_whole(lattices: Sequence[Lattice], field: FieldSpec) -> Reading:
    """Read all lines as one field: names run on, an email breaks without a space.

    Of two numbers below each other the first is read, or the better one, unless one number broke.
    """
    joined = join_lattices(lattices, space=field.kind is not FieldKind.EMAIL)
    if field.kind is FieldKind.PROVINCE:
        return read_province(joined, field.name)
    if field.kind is FieldKind.CITY:
        return read_town(joined, field.name)
    if field.kind is FieldKind.CHOICE and field.values:
        return read_choice(joined, field)
    if field.kind is FieldKind.CODE:
        return patterncodes.read_code(joined, field)
    if field.kind is FieldKind.PHONE:
        joined = _best_number((*lattices, joined))
    return read_lattice(joined, field.name, field.kind)


def _read_mixed(
    lattices: Sequence[Lattice], fields: Sequence[FieldSpec], language: str
) -> tuple[Reading, ...]:
    """Read the lines of a cell of any fields, each by the fields that explain it best."""
    slots = _slots(fields)
    parts = allot(lattices, slots)
    found: list[Reading] = []
    for slot, part in zip(slots, parts, strict=True):
        if part and len(slot) > 1:
            found.extend(read_address(part, {spec.kind: spec for spec in slot}, language))
        elif part:
            found.append(_read_whole(_kept(part, slot[0]), slot[0]))
    order = [spec.name for spec in fields]
    return tuple(sorted(found, key=lambda reading: order.index(reading.field)))


def _slots(fields: Sequence[FieldSpec]) -> list[list[FieldSpec]]:
    """Fields alone, but those of one address together, at the place of the first."""
    slots: list[list[FieldSpec]] = []
    address: list[FieldSpec] = []
    for field in fields:
        if field.kind not in _ADDRESS_KINDS or field.kind in {spec.kind for spec in address}:
            slots.append([field])
            continue
        if not address:
            slots.append(address)
        address.append(field)
    return slots


def _kept(lattices: Sequence[Lattice], field: FieldSpec) -> Sequence[Lattice]:
    """Of several numbers, codes or dates the one that is likeliest; else all lines."""
    if field.kind is FieldKind.CODE:
        return [min(lattices, key=lambda lattice: patterncodes.bind_cost(lattice, field))]
    if field.kind not in _ONE_LINE:
        return lattices
    return [min(lattices, key=lambda lattice: bind_cost(lattice, field.kind))]


def read_image(
    pixels: Pixels, kind: FieldKind, values: tuple[tuple[str, ...], ...] = ()
) -> Reading:
    """Read a single crop as a kind of field; ``values``: of a choice, as of a ``FieldSpec``.

    ``pixels``: (h, w) gray or (h, w, 3) BGR, dark on light, with any margin.
    Never raises for what is in the picture: no ink gives an empty text and
    ``raw_confidence`` 0.
    """
    lines = crop_lines(pixels)
    if not lines:
        return unread(kind.value, kind)
    recogniser = load_recogniser()
    written = see_lines(lines, kind, recogniser)
    if not written:
        return unread(kind.value, kind)
    reading = read_seen(written, kind, values)
    second = _second_to(recogniser, [reading])
    if second is not None:
        again = see_lines(lines, kind, second)
        if is_in_doubt(reading):
            reading = read_seen(mixed(written, again), kind, values)
        if kind in _TWICE:
            other = read_seen(again, kind) if again else None
            reading = with_evidence(reading, {"second": compare_readings(reading, other)})
    # Crops from elsewhere are unlike the cells of a sheet: calibration is told.
    return replace(reading, evidence=(*reading.evidence, ("lone", 1.0)))


def read_seen(
    lines: Sequence[Lattice], kind: FieldKind, values: tuple[tuple[str, ...], ...] = ()
) -> Reading:
    """Lines of a single crop, as seen (at least one), read as a field of a kind."""
    return _read_whole(lines, FieldSpec(kind.value, kind, values=values))


def see_crop(pixels: Pixels, kind: FieldKind) -> list[Lattice]:
    """The lines of a single crop that hold the field, as seen; empty without ink or text."""
    lines = crop_lines(pixels)
    return see_lines(lines, kind, load_recogniser()) if lines else []


def see_lines(lines: Sequence[CropLine], kind: FieldKind, recogniser: Recogniser) -> list[Lattice]:
    """Those of a crop's lines that hold the field, as a recogniser sees them."""
    return field_lines([_see_line(line, recogniser) for line in lines], kind)


def _see_line(line: CropLine, recogniser: Recogniser) -> SeenLine:
    """A line in one, or without the caption that it begins with."""
    if line.head is not None and line.rest is not None:
        caption = find_caption(_see(line.head, recogniser).text, colon=line.colon)
        if caption is not None:
            return SeenLine(_see(line.rest, recogniser), caption, line.cut)
    return SeenLine(_see(line.pixels, recogniser), None, line.cut, line.even)


def _see(pixels: Pixels, recogniser: Recogniser) -> Lattice:
    (lattice,) = _lattices(recogniser, [pixels])
    return lattice


def _best_number(lines: Sequence[Lattice]) -> Lattice:
    """The first line that is as good a number as any."""
    costs = [bind_cost(line, FieldKind.PHONE) for line in lines]
    return next(
        line for line, cost in zip(lines, costs, strict=True) if cost <= min(costs) + _AS_GOOD
    )
