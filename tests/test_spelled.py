"""Exact probabilities of spellings: the likelier of two, none for letters no lattice has."""

import numpy as np

from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.spelled import score_written


def test_accents_count_as_the_lattice_has_them_and_a_foreign_letter_as_impossible() -> None:
    sure = np.full((3, len(ALPHABET) + 1), np.log(1e-6), np.float32)
    for step, sign in enumerate("ete"):
        sure[step, ALPHABET.index(sign) + 1] = 0.0
    assert score_written(sure, "été") == score_written(sure, "ete") > -1.0
    assert score_written(sure, "\u00fe") == float("-inf")
