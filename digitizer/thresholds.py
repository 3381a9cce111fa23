"""Which values are sure enough to pass without a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from digitizer.records import FieldKind, FieldValue


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Lowest confidences, 0 to 1, with which values are accepted unseen.

    ``kinds``: of each kind; of a kind that is missing none is. ``fields``: by name, of fields
    that tolerate another share of wrong ones than the run.
    """

    kinds: Mapping[FieldKind, float]
    fields: Mapping[str, float] = field(default_factory=dict)

    def is_low(self, value: FieldValue) -> bool:
        """Whether a person is to see a value; one without confidence always."""
        least = self.fields.get(value.field, self.kinds.get(value.kind, 1.0))
        return value.confidence is None or value.confidence < least
