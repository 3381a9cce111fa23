"""From an engine's own number to a probability, and the threshold for routing.

TODO placeholder until fitted.
"""

from dataclasses import dataclass
from functools import cache

from digitizer.records import FieldKind, Reading


@dataclass(frozen=True, slots=True)
class Calibration:
    """Maps readings to probabilities."""

    def confidence(self, reading: Reading) -> float:
        """Probability from 0 to 1 that the reading's text is right."""
        return reading.raw_confidence

    def threshold(self, kind: FieldKind, target_error: float) -> float:
        """Confidence from which a reading is accepted."""
        return 1.0 - target_error * 4


@cache
def load_calibration() -> Calibration:
    """The calibration that ships with the package."""
    return Calibration()
