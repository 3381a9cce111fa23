"""How good the values in a workspace are, by what people found.

Two sources that must not be mixed. A random sample of accepted fields tells how
many of those that nobody looks at are wrong. What people review tells how far a
confidence holds, but mostly where it is low: fields come to review because they
are doubtful, so it says little about those that are not.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from digitizer.counting.agreement import HumanError, human_error
from digitizer.counting.reliability import Bin, Judged, bins
from digitizer.counting.sampling import MeasuredError, measure
from digitizer.metrics import Rate
from digitizer.records import FieldKind
from digitizer.store import Store
from digitizer.workspace import history, reviewers
from digitizer.workspace.ledger import Sample, SampledField


@dataclass(frozen=True, slots=True)
class SampleResult:
    """A sample drawn at ``at`` (UTC) among ``population`` accepted fields."""

    id: int
    at: str
    seed: int
    population: int
    measured: MeasuredError

    @property
    def open(self) -> int:
        """Fields that nobody checked yet."""
        return self.measured.drawn - self.measured.checked


@dataclass(frozen=True, slots=True)
class Quality:
    """What people found: samples, oldest first, and the bins of both reliability plots.

    ``sampled``: all samples together, a field drawn twice counted once; ``reviewed``:
    fields that people decided, right where they left the value as it was read;
    ``human``: errors of people, from blind second entries.
    """

    samples: tuple[SampleResult, ...]
    sampled: MeasuredError
    sampled_bins: tuple[Bin, ...]
    reviewed: Rate
    reviewed_bins: tuple[Bin, ...]
    human: HumanError


def measure_quality(store: Store) -> Quality:
    """Go through samples and decisions; a second or so for a hundred thousand of them."""
    samples = store.samples()
    checked = together(samples)
    judged = [
        Judged(value.kind, value.confidence, value.value == value.decided)
        for value in store.read(history.judged_values)
    ]
    return Quality(
        samples=tuple(SampleResult(s.id, s.at, s.seed, s.population, measure(s)) for s in samples),
        sampled=measure(Sample(0, "", 0, 0, checked)),
        sampled_bins=bins(
            Judged(FieldKind.TEXT, one.confidence, bool(one.right))
            for one in checked
            if one.confidence is not None and one.right is not None
        ),
        reviewed=Rate(sum(one.right for one in judged), len(judged)),
        reviewed_bins=bins(judged),
        human=human_error(store.read(reviewers.second_entries)),
    )


def together(samples: Iterable[Sample]) -> tuple[SampledField, ...]:
    """The fields of all samples, each once, as it was last checked."""
    found: dict[tuple[str, str], SampledField] = {}
    for sample in samples:
        for one in sample.fields:
            place = (one.record_id, one.field)
            if one.right is not None or place not in found:
                found[place] = one
    return tuple(found.values())
