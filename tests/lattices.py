"""Lattices that say a text, for tests of what is made of them."""

import numpy as np

from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.reading import Lattice, make_lattice
from digitizer.engines.replay import lattice_of


def written(text: str) -> Lattice:
    """A lattice that is sure of every sign of a text."""
    return make_lattice(lattice_of(text), 30)


def doubted(text: str, at: int, other: str) -> Lattice:
    """The same with one sign as likely as another one."""
    table = np.exp(lattice_of(text))
    half = table[2 * at, ALPHABET.index(text[at]) + 1] / 2
    table[2 * at, ALPHABET.index(text[at]) + 1] -= half
    table[2 * at, ALPHABET.index(other) + 1] += half
    return make_lattice(np.log(table).astype(np.float32), 30)
