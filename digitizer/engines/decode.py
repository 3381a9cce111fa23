"""CTC decoding under an automaton: the most probable texts, with their totals.

The recogniser gives, for each step, probabilities of its characters. An
``Automaton`` says which texts a field may hold: its symbols are mixtures of
the recogniser's characters (so that an ``O`` counts for the digit 0 where
only a digit can stand), its states say which symbol may follow, and its
weights are priors. Prefix beam search sums over all paths of a text, so the
numbers it returns are (nearly) total probabilities, not those of one path.

Everything is in the linear domain with a running scale: frames are few and
numpy calls, not arithmetic, are the cost (about 50 us for each step that is
not a sure blank). A beam can lose the right text where the lattice is flat
for long; ``score_text`` gives the exact probability of a given text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Prefixes kept at each step of a bound field, and of free text. 16 read as many
# lines of the calibrate split exactly as 32 did, at two thirds of the time.
BEAMS = 32
FREE_BEAMS = 16

# A step this sure of the blank extends no prefix: the symbols share little
# there, and skipping them nearly halves the time. Free text reads the same
# with 0.97 and 0.9998; bound fields need the faint signs of a sure step.
SURE_BLANK = 0.9998
FREE_SURE_BLANK = 0.97

# Texts asked of each automaton of a mixture: beyond these shares are under a hundredth.
MIXED_TEXTS = 12

# Odd 64-bit multiplier that gives each prefix its own number.
_HASH = np.uint64(0x9E3779B97F4A7C15)


class Automaton(Protocol):
    """What decoding asks of a grammar; state 0 is the start.

    ``outputs``: text each symbol writes; index 0 is the blank (``""``).
    ``mix``: (characters + 1, symbols) shares; a step's symbol probabilities
    are ``characters @ mix``. ``breadth``: symbols looked at in one step, the
    most probable first; None looks at all.
    """

    @property
    def outputs(self) -> tuple[str, ...]:
        """Text each symbol writes."""

    @property
    def mix(self) -> npt.NDArray[np.float32]:
        """Shares of characters in symbols."""

    @property
    def breadth(self) -> int | None:
        """Symbols looked at in one step."""

    def factors(self, states: Ints, symbols: Ints) -> Floats:
        """(states, symbols) prior factors on taking a symbol, 0 where not allowed."""

    def following(self, states: Ints, symbols: Ints) -> Ints:
        """Next state of each pair; only asked for allowed ones."""

    def ends(self, states: Ints) -> Floats:
        """Factors on ending there, 0 where a text cannot end."""


@dataclass(frozen=True, slots=True, eq=False)
class TableAutomaton:
    """An automaton written out as tables.

    ``table``: (states, symbols) next state, -1 where not allowed. ``weights``:
    (states, symbols) factors. ``final``: (states,) factors on ending.
    """

    outputs: tuple[str, ...]
    mix: npt.NDArray[np.float32]
    table: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    final: npt.NDArray[np.float32]
    breadth: int | None = None

    def factors(self, states: Ints, symbols: Ints) -> Floats:
        """Prior factors on taking a symbol."""
        rows = self.weights.take(states, axis=0)
        # All symbols but the blank: no need to pick them one by one.
        whole = symbols.size == rows.shape[1] - 1
        return (rows[:, 1:] if whole else rows[:, symbols]).astype(np.float64)

    def following(self, states: Ints, symbols: Ints) -> Ints:
        """Next state of each pair."""
        return self.table[states, symbols].astype(np.int64)

    def ends(self, states: Ints) -> Floats:
        """Factors on ending there."""
        return self.final[states].astype(np.float64)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the natural log of its total probability, and its share of all kept."""

    text: str
    log_prob: float
    share: float


def decode(
    log_probs: npt.NDArray[np.float32],
    automaton: Automaton,
    *,
    beams: int | None = None,
    keep: int = 5,
) -> tuple[Decoded, ...]:
    """The ``keep`` most probable texts the automaton accepts, best first.

    ``log_probs``: (steps, characters + 1). Empty when it accepts none that
    the lattice can hold, or when there are no steps.
    """
    emissions = np.exp(log_probs.astype(np.float64)) @ automaton.mix
    beam = _Beam(automaton)
    free = automaton.breadth is not None
    sure = FREE_SURE_BLANK if free else SURE_BLANK
    width = beams or (FREE_BEAMS if free else BEAMS)
    for row in emissions:
        if row[0] > sure:
            beam.wait(row)
        else:
            beam.extend(row, width)
    return beam.finish(keep)


def decode_mixture(
    log_probs: npt.NDArray[np.float32],
    parts: Sequence[tuple[Automaton, float]],
    *,
    keep: int = 5,
) -> tuple[Decoded, ...]:
    """Decode where a text may come from one of several sources, as ``decode``.

    ``parts``: automata with the weight of each. A text's probability is the
    weighted sum over the automata that found it, so one that only a strict
    prior would choose gains little where the whole text is unlike that prior.
    """
    totals: dict[str, float] = {}
    for automaton, weight in parts:
        log_weight = float(np.log(weight))
        for item in decode(log_probs, automaton, keep=MIXED_TEXTS):
            seen = totals.get(item.text, float("-inf"))
            totals[item.text] = float(np.logaddexp(seen, item.log_prob + log_weight))
    if not totals:
        return ()
    everything = float(np.logaddexp.reduce(list(totals.values())))
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:keep]
    return tuple(Decoded(text, p, float(np.exp(p - everything))) for text, p in ranked)


class _Beam:
    """Prefixes kept while walking along the lattice, as parallel arrays."""

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.ending_blank: Floats = np.ones(1)
        self.ending_symbol: Floats = np.zeros(1)
        self.state: Ints = np.zeros(1, np.int64)
        self.last: Ints = np.zeros(1, np.int64)
        self.name = np.ones(1, np.uint64)
        self.parent_name = np.zeros(1, np.uint64)
        self.node: Ints = np.zeros(1, np.int64)
        self.nodes_parent: list[Ints] = [np.array([-1])]
        self.nodes_symbol: list[Ints] = [np.array([0])]
        self.node_count = 1
        self.log_scale = 0.0

    def wait(self, row: Floats) -> None:
        """Take a step that surely holds a blank: no prefix grows."""
        total = self.ending_blank + self.ending_symbol
        self.ending_symbol = self.ending_symbol * row[self.last]
        self.ending_blank = total * row[0]

    def extend(self, row: Floats, beams: int) -> None:
        """Take a step: every prefix stays or grows by a symbol; keep the best."""
        breadth = self.automaton.breadth
        if breadth is None or breadth >= row.size - 1:
            # In order: a grammar's tables are taken whole then.
            symbols = np.arange(1, row.size)
        else:
            symbols = 1 + np.argpartition(row[1:], -breadth)[-breadth:]
        total = self.ending_blank + self.ending_symbol
        factors = row[symbols] * self.automaton.factors(self.state, symbols)
        grown = total[:, None] * factors
        # The symbol a prefix ends with starts anew only after a blank.
        again = self.last[:, None] == symbols[None, :]
        grown = np.where(again, self.ending_blank[:, None] * factors, grown)
        stay_symbol = self.ending_symbol * row[self.last]
        stay_blank = total * row[0]
        # A grown prefix may be one that is already kept: add it to that one.
        parents, children = np.nonzero(self.name[:, None] == self.parent_name[None, :])
        if parents.size:
            place = np.full(row.size, -1, np.int64)
            place[symbols] = np.arange(symbols.size)
            at = place[self.last[children]]
            known = at >= 0
            parents, children, at = parents[known], children[known], at[known]
            stay_symbol[children] += grown[parents, at]
            grown[parents, at] = 0.0
        staying = stay_blank + stay_symbol
        everything = np.concatenate((staying, grown.ravel()))
        # Most pairs are not allowed: they are not ranked, which takes long among equals.
        best = np.flatnonzero(everything > 0.0)
        if best.size > beams:
            best = np.sort(best[np.argpartition(everything[best], -beams)[-beams:]])
        self._select(best, staying.size, symbols, everything, stay_blank, stay_symbol)

    def _select(
        self,
        best: Ints,
        stayers: int,
        symbols: Ints,
        everything: Floats,
        stay_blank: Floats,
        stay_symbol: Floats,
    ) -> None:
        kept = best[best < stayers]
        fresh = best[best >= stayers] - stayers
        origin, symbol = fresh // symbols.size, symbols[fresh % symbols.size]
        probability = everything[fresh + stayers]
        new_nodes = self.node_count + np.arange(fresh.size)
        self.node_count += fresh.size
        self.nodes_parent.append(self.node[origin])
        self.nodes_symbol.append(symbol)
        new_state = self.automaton.following(self.state[origin], symbol)
        new_name = self.name[origin] * _HASH + symbol.astype(np.uint64) + np.uint64(1)
        self.parent_name = np.concatenate((self.parent_name[kept], self.name[origin]))
        self.name = np.concatenate((self.name[kept], new_name))
        self.state = np.concatenate((self.state[kept], new_state))
        self.last = np.concatenate((self.last[kept], symbol))
        self.node = np.concatenate((self.node[kept], new_nodes))
        blank = np.concatenate((stay_blank[kept], np.zeros(fresh.size)))
        ended = np.concatenate((stay_symbol[kept], probability))
        scale = float((blank + ended).sum())
        if scale > 0.0:
            self.log_scale += float(np.log(scale))
            blank, ended = blank / scale, ended / scale
        self.ending_blank, self.ending_symbol = blank, ended

    def finish(self, keep: int) -> tuple[Decoded, ...]:
        """Texts of the prefixes that may end, equal texts added up."""
        total = (self.ending_blank + self.ending_symbol) * self.automaton.ends(self.state)
        parent = np.concatenate(self.nodes_parent)
        symbol = np.concatenate(self.nodes_symbol)
        texts: dict[str, float] = {}
        for index in np.nonzero(total > 0.0)[0]:
            text = self._spell(int(self.node[index]), parent, symbol)
            texts[text] = texts.get(text, 0.0) + float(total[index])
        everything = sum(texts.values())
        ranked = sorted(texts.items(), key=lambda item: (-item[1], item[0]))[:keep]
        return tuple(
            Decoded(text, float(np.log(p)) + self.log_scale, p / everything) for text, p in ranked
        )

    def _spell(self, node: int, parent: Ints, symbol: Ints) -> str:
        parts = []
        while node > 0:
            parts.append(self.automaton.outputs[int(symbol[node])])
            node = int(parent[node])
        return "".join(reversed(parts))


def score_text(log_probs: npt.NDArray[np.float32], labels: Sequence[int]) -> float:
    """Natural log of the exact CTC probability that the lattice spells ``labels``.

    ``labels``: column numbers (never 0). ``-inf`` where the lattice has too
    few steps.
    """
    frames = np.exp(log_probs.astype(np.float64))
    spaced = np.zeros(2 * len(labels) + 1, np.int64)
    spaced[1::2] = labels
    skip = np.zeros(spaced.size, bool)
    skip[2:] = (spaced[2:] != 0) & (spaced[2:] != spaced[:-2])
    reach = np.zeros(spaced.size)
    reach[0] = 1.0
    log_scale = 0.0
    for step, row in enumerate(frames):
        moved = reach.copy()
        if step == 0:
            moved[1:2] = 1.0
        else:
            moved[1:] += reach[:-1]
            moved[2:] += np.where(skip[2:], reach[:-2], 0.0)
        reach = moved * row[spaced]
        scale = float(reach.sum())
        if scale <= 0.0:
            return float("-inf")
        log_scale += float(np.log(scale))
        reach /= scale
    last = float(reach[-2:].sum())
    return float(np.log(last)) + log_scale if last > 0.0 else float("-inf")


def greedy_path(log_probs: npt.NDArray[np.float32]) -> tuple[Ints, Ints]:
    """Columns and steps of the unbound best path, repeats and blanks taken out."""
    best = log_probs.argmax(axis=1)
    fresh = best != 0
    fresh[1:] &= best[1:] != best[:-1]
    steps = np.nonzero(fresh)[0]
    return best[steps].astype(np.int64), steps.astype(np.int64)
