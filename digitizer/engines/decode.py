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

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)

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
_HASH = np.uint64(0x9E3779B97F4A7C15).astype(np.int64)

# What the beam's rows tell of each prefix.
_STATE, _LAST, _NODE, _NAME, _PARENT = range(5)


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


def columns_of(rows: npt.NDArray[Number], symbols: Ints) -> npt.NDArray[Number]:
    """The columns of ``symbols`` in rows (prefixes, blank and all symbols)."""
    # All symbols but the blank: no need to pick them one by one.
    return rows[:, 1:] if symbols.size == rows.shape[1] - 1 else rows[:, symbols]


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
        return columns_of(self.weights.take(states, axis=0), symbols).astype(np.float64)

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
    """Prefixes kept while walking along the lattice, as parallel arrays.

    The rows of ``kept`` tell of each prefix its state, its last symbol, its node in the tree
    of prefixes, its own name and its parent's: in one array since numpy calls are the cost.
    """

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.ending_blank: Floats = np.ones(1)
        self.ending_symbol: Floats = np.zeros(1)
        self.kept: Ints = np.array([[0], [0], [0], [1], [0]], np.int64)
        self.nodes_parent: list[Ints] = [np.array([-1])]
        self.nodes_symbol: list[Ints] = [np.array([0])]
        self.node_count = 1
        self.log_scale = 0.0
        count, self.breadth = len(automaton.outputs), automaton.breadth
        # All symbols but the blank, in order: a grammar's tables are taken whole then.
        self.all = np.arange(1, count)
        self.places = np.arange(-1, count - 1)

    def wait(self, row: Floats) -> None:
        """Take a step that surely holds a blank: no prefix grows."""
        total = self.ending_blank + self.ending_symbol
        self.ending_symbol = self.ending_symbol * row[self.kept[_LAST]]
        self.ending_blank = total * row[0]

    def extend(self, row: Floats, beams: int) -> None:
        """Take a step: every prefix stays or grows by a symbol; keep the best."""
        symbols, places = self.all, self.places
        if self.breadth is not None and self.breadth < symbols.size:
            symbols = 1 + row[1:].argpartition(-self.breadth)[-self.breadth :]
            places = np.full(row.size, -1, np.int64)
            places[symbols] = np.arange(symbols.size)
        states, last, _, names, parent_names = self.kept
        total = self.ending_blank + self.ending_symbol
        factors = row[symbols] * self.automaton.factors(states, symbols)
        grown = total[:, None] * factors
        # The symbol a prefix ends with starts anew only after a blank.
        at = places[last]
        again = (at >= 0).nonzero()[0]
        at_again = at[again]
        grown[again, at_again] = self.ending_blank[again] * factors[again, at_again]
        stay_symbol = self.ending_symbol * row[last]
        stay_blank = total * row[0]
        # A grown prefix may be one that is already kept: add it to that one.
        parents, children = (names[:, None] == parent_names).nonzero()
        if parents.size:
            at = at[children]
            known = at >= 0
            parents, children, at = parents[known], children[known], at[known]
            stay_symbol[children] += grown[parents, at]
            grown[parents, at] = 0.0
        everything = np.concatenate((stay_blank + stay_symbol, grown.ravel()))
        # Most pairs are not allowed: they are not ranked, which takes long among equals.
        best = (everything > 0.0).nonzero()[0]
        if best.size > beams:
            best = best[everything[best].argpartition(-beams)[-beams:]]
            best.sort()
        self._select(best, total.size, symbols, everything, stay_blank, stay_symbol)

    def _select(
        self,
        best: Ints,
        stayers: int,
        symbols: Ints,
        everything: Floats,
        stay_blank: Floats,
        stay_symbol: Floats,
    ) -> None:
        staying = int(best.searchsorted(stayers))
        old, fresh = best[:staying], best[staying:] - stayers
        origin, place = np.divmod(fresh, symbols.size)
        symbol = symbols[place]
        came = self.kept[:, origin]
        kept = np.empty((len(self.kept), best.size), np.int64)
        kept[:, :staying] = self.kept[:, old]
        kept[_STATE, staying:] = self.automaton.following(came[_STATE], symbol)
        kept[_LAST, staying:] = symbol
        kept[_NODE, staying:] = np.arange(self.node_count, self.node_count + fresh.size)
        # Overflow is meant: it is the number of a prefix, made of its parent's.
        kept[_NAME, staying:] = came[_NAME] * _HASH + symbol + 1
        kept[_PARENT, staying:] = came[_NAME]
        self.kept = kept
        self.node_count += fresh.size
        self.nodes_parent.append(came[_NODE])
        self.nodes_symbol.append(symbol)
        blank, ended = np.zeros(best.size), everything[best]
        blank[:staying] = stay_blank[old]
        ended[:staying] = stay_symbol[old]
        scale = float(blank.sum() + ended.sum())
        if scale > 0.0:
            self.log_scale += math.log(scale)
            blank /= scale
            ended /= scale
        self.ending_blank, self.ending_symbol = blank, ended

    def finish(self, keep: int) -> tuple[Decoded, ...]:
        """Texts of the prefixes that may end, equal texts added up."""
        total = (self.ending_blank + self.ending_symbol) * self.automaton.ends(self.kept[_STATE])
        ending = np.flatnonzero(total > 0.0)
        texts: dict[str, float] = {}
        for index, text in zip(ending, self._spell(self.kept[_NODE, ending]), strict=True):
            texts[text] = texts.get(text, 0.0) + float(total[index])
        everything = sum(texts.values())
        ranked = sorted(texts.items(), key=lambda item: (-item[1], item[0]))[:keep]
        return tuple(
            Decoded(text, float(np.log(p)) + self.log_scale, p / everything) for text, p in ranked
        )

    def _spell(self, nodes: Ints) -> list[str]:
        """The text of the prefix that ends at each node."""
        parent, symbol = np.concatenate(self.nodes_parent), np.concatenate(self.nodes_symbol)
        # The root writes nothing and is its own parent.
        parent[0] = 0
        letters = [symbol[nodes]]
        while nodes.any():
            nodes = parent[nodes]
            letters.append(symbol[nodes])
        write = self.automaton.outputs.__getitem__
        return ["".join(map(write, row)) for row in np.array(letters[::-1]).T.tolist()]


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
