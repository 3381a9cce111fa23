"""A few bricks to build an automaton: literals, choices, sequences, repeats.

A pattern is a nondeterministic automaton over symbol numbers; ``compile_pattern``
makes it deterministic by the subset construction. Weights: every
alternative may carry a factor, and a state of the result takes the largest
factor among the routes that lead to it (a text is as likely as its likeliest
parse).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(slots=True)
class _Net:
    """States numbered from 0; edges (symbol, target), free moves (target, factor)."""

    edges: list[list[tuple[int, int]]] = field(default_factory=list)
    free: list[list[tuple[int, float]]] = field(default_factory=list)

    def add(self) -> int:
        self.edges.append([])
        self.free.append([])
        return len(self.edges) - 1


# A pattern adds itself to a net behind a state and returns its last state.
Pattern = Callable[[_Net, int], int]


def one_of(symbols: Iterable[int]) -> Pattern:
    """Any one of the symbols."""
    chosen = tuple(symbols)

    def build(net: _Net, start: int) -> int:
        end = net.add()
        net.edges[start].extend((symbol, end) for symbol in chosen)
        return end

    return build


def sequence(*parts: Pattern) -> Pattern:
    """The parts one after another."""

    def build(net: _Net, start: int) -> int:
        for part in parts:
            start = part(net, start)
        return start

    return build


def choice(*options: Pattern | tuple[Pattern, float]) -> Pattern:
    """One of the options; an option may be ``(pattern, factor)``."""

    def build(net: _Net, start: int) -> int:
        end = net.add()
        for option in options:
            pattern, factor = option if isinstance(option, tuple) else (option, 1.0)
            entry = net.add()
            net.free[start].append((entry, factor))
            net.free[pattern(net, entry)].append((end, 1.0))
        return end

    return build


def optional(part: Pattern, factor: float = 1.0) -> Pattern:
    """The part, with ``factor``, or nothing."""
    return choice((part, factor), (sequence(), 1.0))


def repeat(part: Pattern, least: int, most: int) -> Pattern:
    """The part ``least`` to ``most`` times."""
    tail: Pattern = sequence()
    for _ in range(most - least):
        tail = optional(sequence(part, tail))
    return sequence(*([part] * least), tail)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Next states, factors and final factors, as ``decode.Automaton`` wants them."""

    table: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    final: npt.NDArray[np.float32]


def compile_pattern(pattern: Pattern, symbols: int) -> Table:
    """Make the pattern deterministic over symbol numbers 1 .. ``symbols`` - 1."""
    net = _Net()
    end = pattern(net, net.add())
    start = _close(net, {0: 1.0})
    numbers = {_key(start): 0}
    waiting = [start]
    rows: list[dict[int, tuple[int, float]]] = []
    final: list[float] = []
    while len(rows) < len(waiting):
        current = waiting[len(rows)]
        reached: dict[int, dict[int, float]] = {}
        for state, factor in current.items():
            for symbol, target in net.edges[state]:
                targets = reached.setdefault(symbol, {})
                targets[target] = max(targets.get(target, 0.0), factor)
        row: dict[int, tuple[int, float]] = {}
        for symbol, targets in reached.items():
            closed = _close(net, targets)
            # Factors are spent on the edge: what is left is relative to the best.
            best = max(closed.values())
            closed = {state: factor / best for state, factor in closed.items()}
            key = _key(closed)
            if key not in numbers:
                numbers[key] = len(waiting)
                waiting.append(closed)
            row[symbol] = (numbers[key], best)
        rows.append(row)
        final.append(current.get(end, 0.0))
    table = np.full((len(rows), symbols), -1, np.int32)
    weights = np.zeros((len(rows), symbols), np.float32)
    for number, row in enumerate(rows):
        for symbol, (target, factor) in row.items():
            table[number, symbol] = target
            weights[number, symbol] = factor
    return Table(table, weights, np.array(final, np.float32))


def _key(states: dict[int, float]) -> frozenset[tuple[int, int]]:
    # Factors are part of what a state is; they differ by far more than 1e-6.
    return frozenset((state, round(factor * 1e6)) for state, factor in states.items())


def _close(net: _Net, states: dict[int, float]) -> dict[int, float]:
    """States reachable by free moves, each with its largest factor."""
    closed = dict(states)
    waiting = list(states)
    while waiting:
        state = waiting.pop()
        for target, factor in net.free[state]:
            value = closed[state] * factor
            if value > closed.get(target, 0.0):
                closed[target] = value
                waiting.append(target)
    return closed
