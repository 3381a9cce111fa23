"""What people write beside a phone number: whose it is, and an extension.

``cell 613 555 0123``, ``613-555-0123 (h)``, ``514 555-0123 poste 4``. The words
and the extension are read and left out: a record holds the number alone. The
plain grammar of numbers stays beside this one, so that a digit that looks like
a letter is a digit wherever that makes a number.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from digitizer.engines.automata import Pattern, choice, one_of, optional, repeat, sequence
from digitizer.engines.decode import Decoded

# Whose number it is or what it reaches, English and French, without accents.
LABELS = (
    "c h w r b m t d f p ph phone tel telephone cell cel cellulaire cellphone mob mobile home "
    "house work bus business office off bur bureau dom domicile res residence maison mais "
    "travail trav fax"
).split()
# What an extension begins with; "#" too.
EXTENSIONS = "x ext extn extension poste post p local loc".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
NUMBER_SIGN = "#"
MOST_EXTENSION_DIGITS = 6

# Signs between groups that the plain grammar takes for figures only.
SEPARATORS = "/="

# How much a reading with something left out counts beside one without.
WEIGHT = 0.2

# Signs that no plain number has: all others are figures, look like them or part them.
_NOTES = re.compile(r"[=/#acdefhkmnprtuvwx]|[a-z]{2}")
_EXTENSION = re.compile(rf"(?<![a-z])(?:{'|'.join(EXTENSIONS)}|#)[\s.:]*[0-9]{{1,6}}\s*$")


def has_notes(text: str) -> bool:
    """Whether an unbound reading holds signs that may be more than the number."""
    return _NOTES.search(_fold(text)) is not None


def without_notes(text: str) -> str:
    """An unbound reading without the words and the extension that are left out."""
    folded = _EXTENSION.sub("", _fold(text))
    return re.sub(r"[a-z]+", lambda word: "" if word[0] in LABELS else word[0], folded)


def noted_pattern(number: Pattern, letters: int, extension: int) -> Pattern:
    """A number with words before or behind it, and an extension.

    ``letters``: symbol number of ``a``, those of the others and of ``#`` follow;
    ``extension``: of the digit 0 within an extension.
    """

    def word(text: str) -> Pattern:
        return sequence(*(one_of([letters + LETTERS.index(c)]) for c in text))

    label = choice(*(word(text) for text in LABELS))
    begins = choice(*(word(text) for text in EXTENSIONS), one_of([letters + len(LETTERS)]))
    digits = repeat(one_of(range(extension, extension + 10)), 1, MOST_EXTENSION_DIGITS)
    labels = repeat(label, 0, 2)
    return sequence(labels, number, optional(label), optional(sequence(begins, digits)))


def likelier(plain: Sequence[Decoded], noted: Sequence[Decoded], keep: int) -> tuple[Decoded, ...]:
    """Numbers of both grammars, ranked; those only the second one holds count ``WEIGHT``.

    The log-probability of a number stays that of the grammar which explains it better: that
    words stand beside it is no misfit.
    """
    best: dict[str, float] = {}
    weighed: dict[str, float] = {}
    for found, weight in ((plain, 1.0), (noted, WEIGHT)):
        for item in found:
            best[item.text] = max(best.get(item.text, -np.inf), item.log_prob)
            value = item.log_prob + float(np.log(weight))
            weighed[item.text] = max(weighed.get(item.text, -np.inf), value)
    everything = float(np.logaddexp.reduce(list(weighed.values()))) if weighed else 0.0
    ranked = sorted(weighed, key=lambda text: (-weighed[text], text))[:keep]
    return tuple(
        Decoded(text, best[text], float(np.exp(weighed[text] - everything))) for text in ranked
    )


def _fold(text: str) -> str:
    marked = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in marked if not unicodedata.combining(c))
