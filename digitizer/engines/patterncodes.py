"""A field that holds a code as its form draws it: a ZIP code, a member's number, a precinct."""

from functools import cache

from digitizer.engines.automata import choice, compile_pattern, one_of, sequence
from digitizer.engines.decode import Automaton, TableAutomaton
from digitizer.engines.grammars import DIGITS, LETTERS, capitals_and_digits
from digitizer.engines.listed import read_listed
from digitizer.engines.reading import Lattice
from digitizer.records import FieldKind, FieldSpec, Reading
from digitizer.validity import code_of, folded_signs


def read_code(part: Lattice, spec: FieldSpec) -> Reading:
    """Read ink as a code of one of the field's patterns; the text is written as that pattern is.

    ``spec.values``: the patterns (``validity.PATTERN``), each alone. Ink that fits none is read as
    it is written, with ``raw_confidence`` 0.
    """
    patterns = tuple(pattern for (pattern,) in spec.values)

    def written(signs: str) -> str:
        return code_of(signs, patterns) or signs

    return read_listed(
        part, spec.name, FieldKind.CODE, _automaton(patterns), written, folded_signs(part.text)
    )


@cache
def _automaton(patterns: tuple[str, ...]) -> Automaton:
    """Accepts the signs of each pattern; what may stand between them is folded into the blank."""
    outputs, mix = capitals_and_digits()
    places = {
        "9": one_of(outputs.index(digit) for digit in DIGITS),
        "A": one_of(outputs.index(letter) for letter in LETTERS),
    }
    signs = [folded_signs(pattern) for pattern in patterns]
    spelled = choice(*(sequence(*(places[sign] for sign in word)) for word in signs))
    table = compile_pattern(spelled, len(outputs))
    return TableAutomaton(outputs, mix, table.table, table.weights, table.final)
