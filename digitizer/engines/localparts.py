"""Names before the ``@`` of an email: of two texts as likely, the one made of names.

Most people's address holds a name of theirs: ``msevestre``, ``matteo.sixtine``,
``theret70``, ``vick.r``. The letter model of the email grammar knows what names
sound like, not which there are, so ``serestre`` and ``sirtine`` come first where a v
looks like an r and an x like an r. Each letter that a listed name explains counts a
little in favour, up to what one short name gives; a local part of no names at all
keeps its place before any that the ink says less clearly.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitizer.engines.decode import Decoded

# Natural logs for each letter that stands in a listed name, and letters that count at
# most. 834 emails of 191 drawn sheets, calibrate split: 30 mended, 3 broken; 0.2 to 0.6
# a letter mend 21 to 36 and break 2 to 10, 0.8 breaks 25.
GAIN_A_LETTER = 0.4
MOST_LETTERS = 6

# Letters of a name that stands alone between signs, and of one with another name's
# initial before or behind it: three letters are too often listed by chance.
LEAST_ALONE = 3
LEAST_WITH_INITIAL = 4

_SIGNS = re.compile(r"[^a-z]+")


def favour_names(found: Sequence[Decoded], words: frozenset[str]) -> tuple[Decoded, ...]:
    """Emails ranked again, those whose local part is made of listed names favoured.

    ``words``: folded, in capitals.
    """
    letters = [min(MOST_LETTERS, _explained(item.text, words)[0]) for item in found]
    weights = [
        item.share * float(np.exp(GAIN_A_LETTER * count))
        for item, count in zip(found, letters, strict=True)
    ]
    total = sum(weights) or 1.0
    again = [replace(item, share=w / total) for item, w in zip(found, weights, strict=True)]
    return tuple(sorted(again, key=lambda item: -item.share))


def named_share(email: str, words: frozenset[str]) -> float:
    """Share of the local part's letters that listed names explain, initials with them."""
    explained, initials, letters = _explained(email, words)
    return (explained + initials) / letters if letters else 0.0


def _explained(email: str, words: frozenset[str]) -> tuple[int, int, int]:
    """Letters of listed names in a local part, of initials beside them, and of all."""
    parts = [part for part in _SIGNS.split(email.partition("@")[0].lower()) if part]
    explained = initials = 0
    for part in parts:
        name, initial = _name_in(part, words)
        explained += name
        initials += initial
    if explained:
        # "vick.r": an initial on its own, beside a name.
        initials += sum(len(part) == 1 for part in parts)
    return explained, initials, sum(len(part) for part in parts)


def _name_in(part: str, words: frozenset[str]) -> tuple[int, int]:
    """Letters of the listed name that a stretch of letters is, and of an initial with it."""
    if len(part) >= LEAST_ALONE and part.upper() in words:
        return len(part), 0
    within = (part[1:], part[:-1])
    if any(len(rest) >= LEAST_WITH_INITIAL and rest.upper() in words for rest in within):
        return len(part) - 1, 1
    return 0, 0
