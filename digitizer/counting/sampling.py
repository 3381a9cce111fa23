"""Quality samples: a few accepted fields at random, checked by a person.

Drawn are fields that nobody looked at, on rows of sheets that count: the very
fields whose error nobody would notice. All have the same chance, so the share
of errors among those checked estimates the share among all, and the interval
says how well: Clopper and Pearson's holds the truth with at least 95 % at any
size, Wilson's with about 95 %. A field that the person left open is not taken
as right, it is told: whoever leaves out the hard ones measures something else.
"""

import csv
import math
import random
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitizer.errors import UsageError
from digitizer.export import replacing, safe_text
from digitizer.records import FieldState, Route, RowStatus
from digitizer.spreadsheets import read_table
from digitizer.states import PRINTED_KINDS
from digitizer.workspace.ledger import Sample, SampledField
from digitizer.workspace.stored import RecordRow

SAMPLE_COLUMNS = (
    "sample",
    "place",
    "record_id",
    "field",
    "value",
    "crop",
    "correct",
    "right_value",
)

CONFIDENCE_LEVEL = 0.95
# Quantile of the normal distribution for that level, two-sided.
_Z = 1.959964

# Bits of a seed drawn by the program: few enough to be typed again.
SEED_BITS = 32

_YES = frozenset({"y", "yes", "o", "oui", "1", "true", "vrai", "x"})
_NO = frozenset({"n", "no", "non", "0", "false", "faux"})

_STATUSES = (RowStatus.COUNTED, RowStatus.REVIEW, RowStatus.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class MeasuredError:
    """Errors found among ``checked`` of ``drawn`` fields, and intervals for their share."""

    drawn: int
    checked: int
    errors: int
    exact: tuple[float, float] | None
    wilson: tuple[float, float] | None


def accepted_fields(records: Iterable[RecordRow]) -> list[SampledField]:
    """Every field that was accepted without a person, in order."""
    return [
        SampledField(record.record_id, value.field, value.value, value.confidence, value.crop)
        for record in records
        if record.status in _STATUSES and record.sheet.duplicate_of is None
        for value in record.fields
        if value.state is FieldState.READ
        and value.route is Route.ACCEPT
        and value.kind not in PRINTED_KINDS
        and value.field not in record.decided
    ]


def draw_sample(
    population: Sequence[SampledField], size: int, seed: int | None = None
) -> tuple[int, tuple[SampledField, ...]]:
    """Draw ``size`` fields, all with the same chance; returns the seed and the fields."""
    seed, places = draw_places(len(population), size, seed)
    return seed, tuple(population[place] for place in places)


def draw_places(count: int, size: int, seed: int | None = None) -> tuple[int, tuple[int, ...]]:
    """Draw ``size`` of ``count`` places (from 0), all with the same chance; and the seed."""
    if seed is None:
        seed = secrets.randbits(SEED_BITS)
    # Random's sample of a range is the same on every computer and version.
    return seed, tuple(random.Random(seed).sample(range(count), min(size, count)))


def write_sample(number: int, fields: Sequence[SampledField], folder: Path, file: Path) -> None:
    """Write the fields of sample ``number`` for a person to check.

    ``folder``: the workspace, which the paths of crops start from.
    """
    with replacing(file) as text:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(SAMPLE_COLUMNS)
        for place, one in enumerate(fields, start=1):
            crop = "" if one.crop is None else str(folder / one.crop)
            cells = (one.record_id, one.field, one.value, crop, "", "")
            writer.writerow((number, place, *(safe_text(cell) for cell in cells)))


def read_checks(file: Path) -> tuple[int, tuple[tuple[int, bool, str], ...]]:
    """The sample's number and, of each field checked, place, right or not, right value.

    ``correct`` is yes or no in any common spelling (English, French); a
    ``right_value`` alone means no. Raises UsageError.
    """
    table = read_table(file)
    wanted = ("sample", "place", "value", "correct", "right_value")
    if not set(wanted) <= set(table.header):
        raise UsageError(f"{file} is no sample: it needs the columns {', '.join(wanted)}")
    numbers = {cells["sample"] for _, cells in table.lines}
    if len(numbers) != 1 or not all(n.isdigit() for n in numbers):
        raise UsageError(f"{file} is no sample: its column sample must name one sample")
    checks = []
    for line, cells in table.lines:
        said, value = cells.get("correct", "").casefold(), cells.get("right_value", "")
        if not cells["place"].isdigit() or (said and said not in _YES | _NO):
            raise UsageError(f"{file}, line {line}: write Y or N as correct, and keep place")
        if not said and not value:
            continue
        right = said in _YES and value in ("", cells["value"])
        checks.append((int(cells["place"]), right, "" if right else value))
    return int(numbers.pop()), tuple(checks)


def measure(sample: Sample) -> MeasuredError:
    """The error among the checked fields of a sample."""
    checked = [one for one in sample.fields if one.right is not None]
    errors = sum(not one.right for one in checked)
    drawn, n = len(sample.fields), len(checked)
    if n == 0:
        return MeasuredError(drawn, 0, 0, None, None)
    return MeasuredError(drawn, n, errors, clopper_pearson(errors, n), wilson(errors, n))


def clopper_pearson(errors: int, checked: int) -> tuple[float, float]:
    """Exact interval for a share: holds it with at least ``CONFIDENCE_LEVEL``."""
    from scipy.stats import beta

    tail = (1 - CONFIDENCE_LEVEL) / 2
    low = 0.0 if errors == 0 else float(beta.ppf(tail, errors, checked - errors + 1))
    high = 1.0 if errors == checked else float(beta.ppf(1 - tail, errors + 1, checked - errors))
    return low, high


def wilson(errors: int, checked: int) -> tuple[float, float]:
    """Wilson's interval for a share: holds it with about ``CONFIDENCE_LEVEL``."""
    share, square = errors / checked, _Z * _Z
    centre = (share + square / (2 * checked)) / (1 + square / checked)
    half = (
        _Z
        * math.sqrt(share * (1 - share) / checked + square / (4 * checked * checked))
        / (1 + square / checked)
    )
    return max(0.0, centre - half), min(1.0, centre + half)


def as_dict(number: int, seed: int, measured: MeasuredError) -> dict[str, object]:
    """The measured error by name, for JSON."""
    return {
        "sample": number,
        "seed": seed,
        "drawn": measured.drawn,
        "checked": measured.checked,
        "errors": measured.errors,
        "error_rate": measured.errors / measured.checked if measured.checked else None,
        "clopper_pearson": measured.exact,
        "wilson": measured.wilson,
        "confidence_level": CONFIDENCE_LEVEL,
    }


def error_text(measured: MeasuredError) -> str:
    """One paragraph for people."""
    left = measured.drawn - measured.checked
    if measured.exact is None or measured.wilson is None:
        return f"None of the {measured.drawn} fields is checked yet: fill in the column correct."
    share = measured.errors / measured.checked
    lines = [
        f"{measured.errors} of {measured.checked} fields checked are wrong: {share:.2%}.",
        f"95 % interval: {measured.exact[0]:.2%} to {measured.exact[1]:.2%} (Clopper-Pearson), "
        f"{measured.wilson[0]:.2%} to {measured.wilson[1]:.2%} (Wilson).",
    ]
    if left:
        lines.append(f"{left} of the {measured.drawn} drawn are still open.")
    return "\n".join(lines)
