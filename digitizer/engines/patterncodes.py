"""A field that holds a code as its form draws it: a ZIP code, a member's number, a precinct."""

from functools import cache

from digitizer.engines.automata import choice, compile_pattern, one_of, sequence
from digitizer.engines.decode import Automaton, TableAutomaton, decode
from digitizer.engines.grammars import DIGITS, LETTERS, capitals_and_digits
from digitizer.engines.listed import read_listed
from digitizer.engines.reading import Lattice, free_log_prob
from digitizer.records import FieldKind, FieldSpec, Reading
from digitizer.validity import fitted_code, folded_signs

# Natural logs that ink costs as a code which it cannot be at all, too short for any.
_NO_CODE = 60.0


def bind_cost(part: Lattice, spec: FieldSpec) -> float:
    """How much log-probability is lost by taking all of a stretch for a code of the field."""
    found = decode(part.log_probs, _automaton(_patterns(spec)), keep=1)
    return free_log_prob(part) - found[0].log_prob if found else _NO_CODE


def read_code(part: Lattice, spec: FieldSpec) -> Reading:
    """Read ink as a code of one of the field's patterns; the text is written as that pattern is.

    ``spec.values``: the patterns (``validity.PATTERN``), each alone. Ink that fits none is read as
    it is written, with ``raw_confidence`` 0.
    """
    patterns = _patterns(spec)

    def written(signs: str) -> str:
        return fitted_code(signs, patterns) or signs

    return read_listed(
        part, spec.name, FieldKind.CODE, _automaton(patterns), written, folded_signs(part.text)
    )


def _patterns(spec: FieldSpec) -> tuple[str, ...]:
    return tuple(pattern for (pattern,) in spec.values)


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
