"""A field that says one of the values its form lists: owner or tenant, a ward, a school class."""

from collections.abc import Mapping
from functools import cache

from digitizer.engines.decode import Automaton
from digitizer.engines.grammars import capitals_and_digits
from digitizer.engines.listed import read_listed, spellings_automaton
from digitizer.engines.reading import Lattice
from digitizer.records import FieldKind, FieldSpec, Reading
from digitizer.validity import folded_signs

_Values = tuple[tuple[str, ...], ...]


def read_choice(part: Lattice, spec: FieldSpec) -> Reading:
    """Read ink as one of the field's ``values``; the text is that value's first spelling.

    Accents, case, spaces and points aside. Ink that is none of them is read as it is
    written, with ``raw_confidence`` 0.
    """
    meaning = _meanings(spec.values).__getitem__
    greedy = folded_signs(part.text)
    return read_listed(part, spec.name, FieldKind.CHOICE, _automaton(spec.values), meaning, greedy)


@cache
def _meanings(values: _Values) -> Mapping[str, str]:
    """The first spelling of each value for all of its spellings, folded."""
    return {folded_signs(way): ways[0] for ways in values for way in ways}


@cache
def _automaton(values: _Values) -> Automaton:
    return spellings_automaton(*capitals_and_digits(), _meanings(values))
