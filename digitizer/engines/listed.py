"""Ink bound to a list of spellings: a province, one of a form's own values.

The list is a prior, not a fetter: ink that is none of the spellings stays as it is written, for a
person to see.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from digitizer.engines.automata import choice, compile_pattern, one_of, sequence
from digitizer.engines.decode import Automaton, Decoded, TableAutomaton, decode
from digitizer.engines.reading import (
    Lattice,
    evidence_of,
    free_log_prob,
    read_lattice,
    unread,
    with_evidence,
)
from digitizer.recognisers import engine_name
from digitizer.records import Candidate, FieldKind, Reading

Mix = npt.NDArray[np.float32]

# What it may cost for each sign, in natural logs, to take ink for a spelling. Of 250 provinces of
# joined glyphs (calibrate split) none cost more than 1.4; "NY" or "Vermont", clearly written,
# cost 3.3 and more.
MOST_COST = 3.0


def spellings_automaton(outputs: tuple[str, ...], mix: Mix, words: Iterable[str]) -> Automaton:
    """Accepts each of ``words``; ``outputs`` and ``mix``: its signs, as of ``capitals``."""
    number = {sign: index for index, sign in enumerate(outputs) if sign}
    spelled = [sequence(*(one_of([number[c]]) for c in word)) for word in words]
    table = compile_pattern(choice(*spelled), len(outputs))
    return TableAutomaton(outputs, mix, table.table, table.weights, table.final)


def read_listed(
    part: Lattice,
    field: str,
    kind: FieldKind,
    automaton: Automaton,
    meaning: Callable[[str], str],
    greedy: str,
) -> Reading:
    """Read ink as one of the spellings that ``automaton`` accepts; the text is its ``meaning``.

    ``greedy``: the unbound reading, spelled as the automaton spells. Alternatives are other
    meanings by their shares. Ink that is no spelling is read as it is written, with
    ``raw_confidence`` and ``bound`` 0.
    """
    found = decode(part.log_probs, automaton)
    if not found or _cost_a_sign(part, found[0]) > MOST_COST:
        return _as_written(part, field, kind)
    shares: dict[str, float] = {}
    for item in found:
        meant = meaning(item.text)
        shares[meant] = shares.get(meant, 0.0) + item.share
    ranked = sorted(shares.items(), key=lambda entry: -entry[1])
    evidence = evidence_of(part, found, greedy, kind)
    return Reading(
        field=field,
        kind=kind,
        text=ranked[0][0],
        raw_confidence=ranked[0][1],
        engine=engine_name(),
        greedy=part.text,
        alternatives=tuple(Candidate(text, share) for text, share in ranked),
        evidence=tuple(sorted((evidence | {"share": ranked[0][1]}).items())),
    )


def _cost_a_sign(part: Lattice, found: Decoded) -> float:
    return (free_log_prob(part) - found.log_prob) / max(2, len(found.text))


def _as_written(part: Lattice, field: str, kind: FieldKind) -> Reading:
    reading = read_lattice(part, field, kind)
    if not reading.text:
        return unread(field, kind, part.text)
    return with_evidence(replace(reading, raw_confidence=0.0), {"bound": 0.0})
