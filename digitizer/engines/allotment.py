"""Which line of a cell, or part of a line, goes to which of its fields.

Each way to give the lines to the fields has a cost, and the cheapest is taken. A line
costs a field what binding it to the field's grammar costs (``bind_cost``): a telephone
number is dear as an email, an email dear as a number. Free text, a name or a street,
can be anything, and that is worth less the more signs it takes: a number is a number
before it is a street. A field without any line costs something, a cut within a line,
and lines in another order than the form has its fields; of ways that cost the same the
one in the form's order is taken.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from digitizer.engines import patterncodes, provinces
from digitizer.engines.contacts import DIGIT_LIKE, ends_as_email
from digitizer.engines.reading import Lattice, bind_cost, join_lattices
from digitizer.records import FieldKind, FieldSpec

# Kinds that any text can be.
_FREE = {FieldKind.NAME, FieldKind.ADDRESS, FieldKind.CITY, FieldKind.TEXT}

# Natural logs. What a sign of free text costs: a digit is one of ten, a letter one of
# some thirty, which the grammars, that take all they allow alike, do not say.
_FREE_SIGN = 1.5
# A space within an email, or a line that begins within it; a cut within a line, and one
# between two fields that any text can be; a field left without a line; two lines in another
# order than their fields; a second line of a field that holds one, as of numbers.
_SPACE_IN_EMAIL = 3.0
_BROKEN_EMAIL = 6.0
_CUT = 4.0
_FREE_CUT = 8.0
_EMPTY = 6.0
_DISORDER = 1.0
_SECOND_LINE = 4.0

# What cannot be: an email of fewer signs, a number of fewer signs that may be digits.
_NEVER = 60.0
_EMAIL_SIGNS = 6
_PHONE_DIGITS = 5
# What a text costs at most as an email that ends as addresses do, whatever became of its @.
_BAD_EMAIL = 10.0

# Where a line may be cut.
_GAPS = " ,;/"

# Ways that are kept from line to line.
_WAYS = 64


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to give the lines so far to the slots: what it costs, and the lines of each."""

    cost: float
    parts: tuple[tuple[int, ...], ...]


def allot(lattices: Sequence[Lattice], slots: Sequence[Sequence[FieldSpec]]) -> list[list[Lattice]]:
    """Give the lines of a cell to its fields; the lines of each slot, in the order written.

    ``slots``: each field, in the order of the form; several where fields share their lines,
    as those of an address. No line is left out; a line that holds two
    fields is cut in two.
    """
    table = _Table(slots)
    ways = [_Way(0.0, ((),) * len(slots))]
    for lattice in lattices:
        options = [table.add(lattice, option) for option in _pieces(lattice)]
        ways = _extended(ways, options, table)
    ended = [way.cost + _EMPTY * sum(not part for part in way.parts) for way in ways]
    best = ways[ended.index(min(ended))]
    return [table.lines_of(part) for part in best.parts]


class _Table:
    """The pieces of all lines, by number, and what each costs each slot."""

    def __init__(self, slots: Sequence[Sequence[FieldSpec]]) -> None:
        self.slots = slots
        self.free = [any(spec.kind in _FREE for spec in slot) for slot in slots]
        self.pieces: list[Lattice] = []
        self.lines: list[Lattice] = []
        self.costs: list[list[float]] = []
        self._joined: dict[tuple[int, int], float] = {}

    def add(self, line: Lattice, option: Sequence[Lattice]) -> tuple[int, ...]:
        """The numbers of a line's pieces."""
        first = len(self.pieces)
        for part in option:
            self.pieces.append(part)
            self.lines.append(line)
            self.costs.append([_cost(part, slot) for slot in self.slots])
        return tuple(range(first, len(self.pieces)))

    def cost(self, number: int, slot: int, held: tuple[int, ...]) -> float:
        """What a piece costs a slot that holds others."""
        alone = self.costs[number][slot]
        if not held or self.free[slot]:
            return alone
        kinds = [spec.kind for spec in self.slots[slot]]
        if kinds == [FieldKind.EMAIL] and len(held) == 1:
            return min(alone + _SECOND_LINE, self._broken(held[0], number, slot))
        return alone + _SECOND_LINE

    def _broken(self, first: int, second: int, slot: int) -> float:
        """What the second line of an email costs, of which the first alone may be none."""
        if self.lines[first] is self.lines[second]:
            return _NEVER
        if (first, second) not in self._joined:
            whole = join_lattices([self.pieces[first], self.pieces[second]], space=False)
            self._joined[first, second] = _cost(whole, self.slots[slot]) + _BROKEN_EMAIL
        return self._joined[first, second] - self.costs[first][slot]

    def lines_of(self, part: Sequence[int]) -> list[Lattice]:
        """The pieces of these numbers; a line in one where both of its pieces are among them."""
        found: list[Lattice] = []
        for at, number in enumerate(part):
            if at and self.lines[number] is self.lines[part[at - 1]]:
                found[-1] = self.lines[number]
            else:
                found.append(self.pieces[number])
        return found


def _extended(
    ways: Sequence[_Way], options: Sequence[tuple[int, ...]], table: _Table
) -> list[_Way]:
    """Every way with the next line given out in every way, the cheapest of them."""
    found: list[_Way] = []
    slots = range(len(table.slots))
    for way in ways:
        for option in options:
            if len(option) == 1:
                found.extend(_given(way, option[0], slot, table) for slot in slots)
                continue
            for left, right in itertools.product(slots, slots):
                both = left != right and table.free[left] and table.free[right]
                cut = _Way(way.cost + (_FREE_CUT if both else _CUT), way.parts)
                found.append(_given(_given(cut, option[0], left, table), option[1], right, table))
    return sorted(found, key=lambda way: way.cost)[:_WAYS]


def _given(way: _Way, number: int, slot: int, table: _Table) -> _Way:
    """A way with one more piece given to a slot."""
    held = way.parts[slot]
    cost = table.cost(number, slot, held)
    cost += _DISORDER * sum(len(part) for part in way.parts[slot + 1 :])
    parts = (*way.parts[:slot], (*held, number), *way.parts[slot + 1 :])
    return _Way(way.cost + cost, parts)


def _pieces(lattice: Lattice) -> list[tuple[Lattice, ...]]:
    """A line as it is, and cut at each of its gaps."""
    text = lattice.text
    found: list[tuple[Lattice, ...]] = [(lattice,)]
    for at, sign in enumerate(text):
        before, after = text[:at].rstrip(_GAPS), text[at + 1 :].lstrip(_GAPS)
        if sign in _GAPS and before and after and text[at + 1] not in _GAPS:
            found.append(
                (lattice.part(0, len(before)), lattice.part(len(text) - len(after), len(text)))
            )
    return found


def _cost(part: Lattice, slot: Sequence[FieldSpec]) -> float:
    """What it costs that a piece is text of one of the fields."""
    return min(_cost_as(part, spec) for spec in slot)


def _cost_as(part: Lattice, spec: FieldSpec) -> float:
    kind = spec.kind
    if kind is FieldKind.PROVINCE:
        return provinces.bind_cost(part)
    if kind is FieldKind.CODE:
        return patterncodes.bind_cost(part, spec)
    if kind is FieldKind.CHOICE:  # what it may say is asked of the line that it is given
        kind = FieldKind.TEXT
    signs = [c for c in part.text if not c.isspace()]
    if kind is FieldKind.EMAIL and len(signs) < _EMAIL_SIGNS:
        return _NEVER
    if kind is FieldKind.PHONE and sum(c in DIGIT_LIKE for c in signs) < _PHONE_DIGITS:
        return _NEVER
    cost = bind_cost(part, kind)
    if kind in _FREE:
        return cost + _FREE_SIGN * len(signs)
    if kind is FieldKind.EMAIL:
        if ends_as_email(part.text):
            cost = min(cost, _BAD_EMAIL)
        return cost + _SPACE_IN_EMAIL * part.text.strip().count(" ")
    return cost
