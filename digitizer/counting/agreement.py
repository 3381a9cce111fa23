"""How well people agree, how often they err, and how fast they are. No I/O.

A field entered by two people who do not see each other's value shows errors of
typing that nobody else would notice. Where the two agree, their value is taken
as right (both making the same error is rare: double keying leaves 0.14 %, Garza
et al. 2025); where they differ, a third person says what is right. The first
entry's errors among fields drawn at random estimate the error of all fields
that people decided, with Clopper and Pearson's interval.
"""

import statistics
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from digitizer.counting.sampling import clopper_pearson
from digitizer.metrics import wilson_interval
from digitizer.records import FieldKind
from digitizer.values.canonical import normalise
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.reviewers import Cause, SecondEntry

# Whoever takes longer over one field was away from it; the rest of the time is no work.
LONGEST_FIELD_S = 300.0

# Kinds in which the last point and commas are a matter of taste.
_WORDY = (FieldKind.NAME, FieldKind.ADDRESS, FieldKind.CITY, FieldKind.TEXT, FieldKind.CHOICE)
_SAME_SIGN = str.maketrans({"’": "'", "`": "'", "´": "'", "–": "-", "—": "-", ".": " ", ",": " "})

_Name = TypeVar("_Name", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Pace:
    """What one person decided; ``median_s`` and ``per_hour`` None where no time was kept."""

    fields: int
    median_s: float | None
    per_hour: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Fields that two people entered, and in how many they agreed."""

    entries: int
    equal: int

    @property
    def share(self) -> float:
        """Share of equal entries."""
        return self.equal / self.entries

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of it."""
        return wilson_interval(self.equal, self.entries)


@dataclass(frozen=True, slots=True)
class HumanError:
    """Wrong first entries among ``checked``; ``open``: differences nobody settled yet.

    ``interval``: Clopper-Pearson, 95 %, its upper end counting open differences
    as errors; None where nothing is checked.
    """

    checked: int
    wrong: int
    open: int
    interval: tuple[float, float] | None


def same_entry(kind: FieldKind, one: str, other: str) -> bool:
    """Whether two people wrote the same value, whatever capitals and points they used.

    Accents and digits count: they are what is read from the paper.
    """
    return _entry(kind, one) == _entry(kind, other)


def paces(decisions: Iterable[Decision]) -> dict[str, Pace]:
    """Pace of each person, by name; undoing something is no decision."""
    times: dict[str, list[float]] = {}
    fields: dict[str, int] = {}
    for one in decisions:
        if one.action is Action.UNDO:
            continue
        fields[one.who] = fields.get(one.who, 0) + 1
        if one.seconds is not None:
            times.setdefault(one.who, []).append(min(one.seconds, LONGEST_FIELD_S))
    return {who: _pace(number, times.get(who, [])) for who, number in fields.items()}


def by_person(entries: Iterable[SecondEntry]) -> dict[str, Agreement]:
    """How often each person, as first or as second, agreed with the other."""
    return _count((who, e) for e in entries for who in (e.first_who, e.second_who) if who)


def by_pair(entries: Iterable[SecondEntry]) -> dict[tuple[str, str], Agreement]:
    """How often two people agreed, whoever of them was first."""
    return _count(
        ((min(e.first_who, e.second_who), max(e.first_who, e.second_who)), e)
        for e in entries
        if e.second_who
    )


def human_error(entries: Iterable[SecondEntry]) -> HumanError:
    """The error among fields that people decided, from those drawn at random.

    Fields that somebody asked to have checked are left out: they were doubted.
    """
    drawn = [e for e in entries if e.cause is Cause.RANDOM and e.agreed is not None]
    unsettled = sum(e.is_open_difference for e in drawn)
    wrong = sum(is_first_wrong(e) for e in drawn)
    if not drawn:
        return HumanError(0, 0, 0, None)
    low, _ = clopper_pearson(wrong, len(drawn))
    _, high = clopper_pearson(wrong + unsettled, len(drawn))
    return HumanError(len(drawn) - unsettled, wrong, unsettled, (low, high))


def is_first_wrong(entry: SecondEntry) -> bool:
    """Whether a settled difference was settled against the first entry."""
    settled = entry.settled_value
    return settled is not None and _folded(settled) != _folded(entry.first_value)


def _entry(kind: FieldKind, text: str) -> str:
    plain = normalise(kind, text, "en") or text
    return _folded(plain.translate(_SAME_SIGN) if kind in _WORDY else plain)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _pace(fields: int, times: list[float]) -> Pace:
    total = sum(times)
    if not total:
        return Pace(fields, None, None)
    return Pace(fields, statistics.median(times), len(times) * 3600 / total)


def _count(entries: Iterable[tuple[_Name, SecondEntry]]) -> dict[_Name, Agreement]:
    entered: dict[_Name, list[bool]] = {}
    for name, entry in entries:
        if entry.agreed is not None:
            entered.setdefault(name, []).append(entry.agreed)
    return {name: Agreement(len(said), sum(said)) for name, said in entered.items()}
