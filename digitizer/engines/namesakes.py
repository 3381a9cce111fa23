"""Name and email of a row, weighed against each other.

``VASSEUR`` beside ``lvasseur@`` is two readings of one name: where one is in doubt
(``ivasseur`` or ``lvasseur``, VASSEUR or VASSELR) the other settles it. Each pair of
alternatives gains by the letters of a word of the name that stands in the local
part; an email of another name, or of none, leaves both as the ink has them. Nothing
is put together that was not read: a local part is one of its own alternatives.
"""

from collections.abc import Sequence

import numpy as np

from digitizer.engines import lexicon
from digitizer.engines.joint import reweighed
from digitizer.records import FieldKind, Reading

# Natural logs for each letter of the name that stands before the @, and letters that
# count. Four letters are there by chance once in some thousand addresses, which is far
# more than the gain says; but people sign for others, too.
GAIN_A_LETTER = 0.8
MOST_LETTERS = 6

# Letters of a word of the name below which it is found in too many addresses.
LEAST_LETTERS = 4


def weigh_namesakes(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The readings of one row, its name and email weighed against each other."""
    found = {kind: _only(readings, kind) for kind in (FieldKind.NAME, FieldKind.EMAIL)}
    name, email = found[FieldKind.NAME], found[FieldKind.EMAIL]
    if name is None or email is None:
        return tuple(readings)
    shared = np.array(
        [
            [_shared(one.text, other.text) for other in email.alternatives]
            for one in name.alternatives
        ],
        np.float64,
    )
    own = np.array([c.confidence for c in name.alternatives], np.float64)
    others = np.array([c.confidence for c in email.alternatives], np.float64)
    gains = np.exp(GAIN_A_LETTER * shared)
    # What the texts that are no alternative would have said: no gain.
    rest = max(0.0, 1.0 - float(others.sum()))
    better_name = reweighed(name, gains @ others + rest)
    rest = max(0.0, 1.0 - float(own.sum()))
    better_email = reweighed(email, own @ gains + rest)
    changed = {id(name): better_name, id(email): better_email}
    return tuple(changed.get(id(reading), reading) for reading in readings)


def _only(readings: Sequence[Reading], kind: FieldKind) -> Reading | None:
    """The reading of a kind that a row has once, None where it has several or no text."""
    of_kind = [r for r in readings if r.kind is kind]
    if len(of_kind) != 1 or not of_kind[0].text or not of_kind[0].alternatives:
        return None
    return of_kind[0]


def _shared(name: str, email: str) -> int:
    """Letters of the longest word of a name that stands in a local part, within the most."""
    local = email.partition("@")[0].upper()
    words = [word for word in lexicon.fold(name).split() if len(word) >= LEAST_LETTERS]
    return max((min(len(word), MOST_LETTERS) for word in words if word in local), default=0)
