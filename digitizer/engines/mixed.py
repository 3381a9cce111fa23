"""What two networks see together: lattices in their mean, for ink that one of them doubts.

Streets and free text in doubt are decoded again in the weighted geometric mean of both networks'
probabilities. The second one is as it was before it learned these hands, and reads them worse; but
it errs elsewhere. Of 990 street names of the calibrate split 21 are won so and nine lost, where a
fifth is the second one's (0.3: 26 and 14; a half loses as many as it wins).
"""

from collections.abc import Sequence

import numpy as np

from digitizer.engines.reading import Lattice, make_lattice
from digitizer.records import FieldKind, Reading

# Share of the second network in the mean.
OTHER_SHARE = 0.2
# A reading that is less likely than this beside its alternatives is in doubt: 28 of 100 street
# names. Of surer ones the same are right either way.
IN_DOUBT = 0.7
# Kinds that nothing is promised of at one in 200. Codes and numbers win nothing, emails of other
# writers neither, for a quarter of their time.
MIXED_KINDS = frozenset({FieldKind.ADDRESS, FieldKind.TEXT})


def is_in_doubt(reading: Reading) -> bool:
    """Whether what two networks see together should be looked at."""
    share = dict(reading.evidence).get("share", 1.0)
    return reading.kind in MIXED_KINDS and share < IN_DOUBT


def mixed(first: Sequence[Lattice], second: Sequence[Lattice]) -> list[Lattice]:
    """The same lines as two networks saw them, in the mean; as the first did where they differ.

    Lines differ where a caption before them was read by one network only.
    """
    if [one.log_probs.shape for one in first] != [one.log_probs.shape for one in second]:
        return list(first)
    return [_mean(one, other) for one, other in zip(first, second, strict=True)]


def _mean(one: Lattice, other: Lattice) -> Lattice:
    mean = (1 - OTHER_SHARE) * one.log_probs + OTHER_SHARE * other.log_probs
    mean -= np.log(np.exp(mean).sum(axis=1, keepdims=True))
    return make_lattice(mean.astype(np.float32), one.ink_height_px)
