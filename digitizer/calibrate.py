"""From what an engine saw to the probability that it is right, and to routing.

Method: for each kind of field a logistic model over a few features of the
reading (margin over the next best text, what binding to the grammar cost, the
weakest sign, whether the words are listed ...), then a monotone curve fitted
on out-of-fold scores, which makes the number a probability on data the model
never saw. Everything is data in ``models/calibration.json`` (of the stock
recogniser; ``calibration-NAME.json`` of another), written by
``training/fit_calibration.py`` together with the figures that justify it.

Accuracy: see the ``figures`` in that file. It fails where ink is unlike the
ink it was fitted on; a legal postal code or a tidy-looking text never raises
a confidence by itself, since no feature says "legal".

Threshold: for a kind and a target error, the lowest confidence above which
the share of wrong readings among the accepted held-out ones, counted with one
wrong one and one more reading added (what the next accepted one may be), stays at
or under the target: one in 200 takes 199 right ones in a row. Where no confidence
is high enough for that, the threshold is above 1 and every field of the kind goes
to a person. Ink that may be another cell's, or that is broken to crumbs, is never
surer than ``DOUBTFUL_CONFIDENCE``, whatever it reads like; nor is a city of a row that
nothing else in the row confirms. Of a crop that came alone nothing can, so its city's
confidence stays, and is accepted by nobody (``accepts``).
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise

import numpy as np

from digitizer.errors import DependencyError
from digitizer.records import FieldKind, FieldSpec, Reading, Signature
from digitizer.states import DATE_KINDS, INK_KINDS
from digitizer.thresholds import Thresholds
from digitizer.validity import US_STATES, fold
from digitizer.values.personnames import count_names

# Confidences never reach the ends: nothing measured supports more.
MAX_CONFIDENCE = 0.9995
MIN_CONFIDENCE = 0.0005

# Features further from their mean than this many scales count as this far: the
# fit knows nothing beyond.
MAX_DEVIATION = 4.0

# A threshold nothing reaches.
NEVER = 1.01

# Longest of the logarithms that enter a feature: e**-30 is as impossible as less.
_LOG_CAP = 30.0

# Agreement of a row's fields counts up to here: the sheets it is fitted on hold
# people who write codes, towns and numbers that fit oftener than real ones do.
_AGREES_CAP = 3.0

# From these on the ink itself is in doubt: a letter that may be another cell's, or as
# many crumbs as letters. Of 71 such fields said to be over 0.8 sure 56 were right.
DOUBTFUL_BORDER = 0.3
BROKEN_CRUMBS = 1.0
DOUBTFUL_CONFIDENCE = 0.8
# Kinds that are a short part of their cell: a doubtful letter at its side is hardly ever
# theirs (38 such codes said to be sure were all right).
SHORT_KINDS = {FieldKind.POSTAL_CODE, FieldKind.PROVINCE}
# Kinds of a fixed number of signs: where crumbs hide one, the grammar does not fit, and
# where it fits they are another field's (33 codes and numbers said to be sure beside
# crumbs: 31 right; the two wrong ones fitted badly). Natural logs that binding them to
# the grammar may cost: 99 of 100 right ones cost less, of those above half are wrong.
FIXED_KINDS = {FieldKind.POSTAL_CODE, FieldKind.PHONE, FieldKind.CODE}
MOST_BIND_COST = 1.0
# The same of dates: of 800 right ones two cost more, of 200 with a year that the grammar does
# not hold ("1839" read as "13") nineteen of twenty.
MOST_DATE_COST = 5.0
# A listed value or a code less likely than this, by what the ink says, may as well be another.
LEAST_SHARE = 0.5
LISTED_KINDS = {FieldKind.CHOICE, FieldKind.CODE}
# Natural logs by which the rest of the row makes a city likelier that it confirms.
LEAST_AGREEMENT = 0.5
# A month between two signs that may be Roman, as the unbound reading has it; a date all in figures.
_ROMAN_MONTH = re.compile(r"[/.\- ](?:[1Il|]{3,}|[1Il|]*[VX][1Il|VX]*)[/.\- ]", re.IGNORECASE)
_FIGURES = re.compile(r"[\d/.\- ]+")
# A signer's name has a given name and a surname.
LEAST_NAMES = 2


@dataclass(frozen=True, slots=True)
class KindModel:
    """The model of one kind: features with their weights, then the curve.

    ``curve``: scores and probabilities of the monotone step, ascending.
    ``thresholds``: (target error, lowest confidence to accept), ascending.
    """

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    curve: tuple[tuple[float, float], ...]
    thresholds: tuple[tuple[float, float], ...]

    def score(self, values: Mapping[str, float]) -> float:
        """The logistic model's logit."""
        total = self.bias
        for name, mean, scale, weight in zip(
            self.features, self.means, self.scales, self.weights, strict=True
        ):
            deviation = (values.get(name, mean) - mean) / scale
            total += weight * min(MAX_DEVIATION, max(-MAX_DEVIATION, deviation))
        return total

    def probability(self, score: float) -> float:
        """The curve at a score."""
        scores = [point[0] for point in self.curve]
        chances = [point[1] for point in self.curve]
        value = float(np.interp(score, scores, chances))
        return min(MAX_CONFIDENCE, max(MIN_CONFIDENCE, value))


@dataclass(frozen=True, slots=True)
class Bend:
    """An office's correction of the shipped confidence of one kind, on log-odds.

    Between the log-odds ``low`` and ``high``, where people judged readings, it
    is ``shift + slope * log-odds``. Outside it goes on in parallel to "no
    change", but raises nothing above ``high``: nobody looked there.
    """

    shift: float
    slope: float
    low: float
    high: float

    def apply(self, confidence: float) -> float:
        """The corrected confidence; never descends."""
        return _from_log_odds(self._bent(_log_odds(confidence)))

    def undo(self, confidence: float) -> float:
        """The confidence that ``apply`` made this one of, as far as it can be told."""
        bent = _log_odds(confidence)
        if bent < self._bent(self.low):
            return _from_log_odds(bent - self._bent(self.low) + self.low)
        if bent <= self._bent(self.high):
            return _from_log_odds((bent - self.shift) / self.slope)
        return _from_log_odds(bent - min(0.0, self._bent(self.high) - self.high))

    def _bent(self, odds: float) -> float:
        inside = min(self.high, max(self.low, odds))
        bent = self.shift + self.slope * inside
        if odds < self.low:
            return bent + odds - self.low
        if odds > self.high:
            return max(bent, odds) if bent > self.high else bent + odds - self.high
        return bent


def _fitted_as(kind: FieldKind, models: Mapping[FieldKind, KindModel]) -> FieldKind:
    """The kind whose model tells most of a kind: of a day of birth, where it has none, a date's."""
    if kind not in models and kind in DATE_KINDS:
        return FieldKind.DATE
    return kind


def _log_odds(confidence: float) -> float:
    inside = min(MAX_CONFIDENCE, max(MIN_CONFIDENCE, confidence))
    return math.log(inside / (1.0 - inside))


def _from_log_odds(odds: float) -> float:
    return min(MAX_CONFIDENCE, max(MIN_CONFIDENCE, 1.0 / (1.0 + math.exp(-odds))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Models by kind; kinds without one use that of their like, and are never sure.

    ``bends``: what an office's own review adds, by kind.
    """

    models: Mapping[FieldKind, KindModel]
    bends: Mapping[FieldKind, Bend] = field(default_factory=dict)

    def confidence(self, reading: Reading) -> float:
        """Probability from 0 to 1 that the reading's text is right."""
        if not reading.text or not reading.evidence:
            return 0.0
        values = features_of(reading)
        if values["bound"] == 0.0:
            # The grammar could not hold the ink: nothing measured speaks for it.
            return MIN_CONFIDENCE
        model = self.models.get(_fitted_as(reading.kind, self.models))
        model = model or self.models[FieldKind.TEXT]
        confidence = model.probability(model.score(values))
        doubtful = reading.kind not in self.models or is_doubtful(reading)
        if doubtful:
            confidence = min(confidence, DOUBTFUL_CONFIDENCE)
        bend = self.bends.get(reading.kind)
        if bend is not None:
            confidence = bend.apply(confidence)
        # No office's experience with its readings raises what no reading may be surer than.
        return min(confidence, DOUBTFUL_CONFIDENCE) if doubtful else confidence

    def accepts(self, reading: Reading, target_error: float) -> bool:
        """Whether a reading would pass unseen at a target error."""
        sure = self.confidence(reading) >= self.threshold(reading.kind, target_error)
        return sure and not is_unconfirmed(reading)

    def signature(self, value: str, sure: float, ink_px: float) -> float:
        """Probability that a signature's state, present or absent, is told right.

        ``sure``: what the ink alone says, 0..1; kept where nothing was fitted.
        ``ink_px``: ink in the cell, in pixels at 200 dpi.
        """
        model = self.models.get(FieldKind.SIGNATURE)
        if model is None:
            return sure
        return model.probability(model.score(dict(signature_evidence(value, sure, ink_px))))

    def threshold(self, kind: FieldKind, target_error: float) -> float:
        """Confidence from which a reading of a kind is accepted unseen.

        ``target_error``: share of wrong ones tolerated among the accepted.
        Between stored targets the stricter one holds. What is said to be doubtful passes
        only where as many wrong ones are tolerated. Of kinds told by ink alone a person sees
        what is doubtful at any target, and of signatures, whose errors were counted on sheets,
        more where the target asks for it.
        """
        least = 1.0 - max(target_error, INK_TARGET) if kind in INK_KINDS else 0.0
        if kind not in self.models:
            # Nothing was ever measured of such readings; how dark ink is tells something.
            return least if kind in INK_KINDS else NEVER
        strict = NEVER
        for target, bound in self.models[kind].thresholds:
            if target <= target_error + 1e-12:
                strict = min(strict, bound)
        if kind in INK_KINDS:
            return max(least, strict)
        if target_error < 1.0 - DOUBTFUL_CONFIDENCE:
            return max(strict, math.nextafter(DOUBTFUL_CONFIDENCE, 1.0))
        return strict

    def thresholds(self, specs: Iterable[FieldSpec], target_error: float) -> Thresholds:
        """What is accepted unseen of a form's fields at a run's target and at their own."""
        kinds = {kind: self.threshold(kind, target_error) for kind in FieldKind}
        own = {s.name: self.threshold(s.kind, s.target_error) for s in specs if s.target_error}
        return Thresholds(kinds, own)


# A confidence of 0.9, which ink well above the noise has. Of boxes to tick nothing else was
# fitted: no target below this one asks for more of them.
INK_TARGET = 0.1


def signature_evidence(value: str, sure: float, ink_px: float) -> tuple[tuple[str, float], ...]:
    """The numbers that a signature's confidence is fitted on."""
    return (
        ("absent", float(value == Signature.ABSENT)),
        ("ink_amount", math.log1p(max(0.0, ink_px))),
        ("ink_sure", _log_odds(sure)),
    )


def features_of(reading: Reading) -> dict[str, float]:
    """The numbers a model may use, from a reading's evidence.

    Logarithmic ones are cut and compressed so that one wild value weighs
    little; ``agrees`` says how much likelier the other fields of the row make
    the text, 0 without any; ``second`` how far another network confirms it, negative where
    it reads something else; ``rival`` how near an alternative comes that is in the lists
    where the text is not; ``lone`` is 1 for a crop that came alone, ``bound`` 0 where the
    grammar could not hold the ink.
    """
    seen = dict(reading.evidence)
    margin = min(_LOG_CAP, max(0.0, seen.get("margin", 0.0)))
    cost = min(_LOG_CAP, max(0.0, seen.get("bind_cost", _LOG_CAP)))
    share = min(1.0 - 1e-6, max(1e-6, seen.get("share", 0.5)))
    length = max(1.0, seen.get("length", 1.0))
    second = seen.get("second", 0.0)
    return {
        "margin": math.log1p(margin),
        "bind_cost": math.log1p(cost),
        "cost_per_sign": math.log1p(cost / length),
        "share_logit": math.log(share / (1.0 - share)),
        "log_prob_mean": max(-_LOG_CAP, seen.get("log_prob_mean", -_LOG_CAP)),
        "peak_min": max(-5.0, seen.get("peak_min", -5.0)),
        "peak_mean": max(-5.0, seen.get("peak_mean", -5.0)),
        "greedy_agrees": seen.get("greedy_agrees", 0.0),
        "listed": seen.get("listed", 0.0),
        "length": math.log(length),
        "pace": abs(math.log(max(0.2, seen.get("steps_per_char", 2.5)) / 2.5)),
        "height": math.log(max(4.0, seen.get("ink_height_px", 30.0)) / 30.0),
        "agrees": min(_AGREES_CAP, max(-_AGREES_CAP, seen.get("agrees", 0.0))),
        "second": _signed_log(second),
        "rival": seen.get("rival", 0.0),
        "lone": seen.get("lone", 0.0),
        "bound": seen.get("bound", 1.0),
    }


def _signed_log(value: float) -> float:
    return math.copysign(math.log1p(min(_LOG_CAP, abs(value))), value)


def is_doubtful(reading: Reading) -> bool:
    """Whether it is doubtful whose the ink is, how much of the writing is left, or what it names.

    A name of one word lacks the other one, unless that has a cell of its own (``part``). A
    city is sure only where it is a listed place and code, province or number of its row lie
    there, too: letters alone never prove one.
    """
    seen = dict(reading.evidence)
    whole = reading.kind is FieldKind.NAME and not (seen.get("lone") or seen.get("part"))
    if whole and _is_one_word(reading.text):
        return True
    if is_unconfirmed(reading) and not (seen.get("lone") and "agrees" not in seen):
        return True
    if reading.kind in DATE_KINDS and _may_be_roman(reading):
        return True
    if _may_be_abroad(reading) and seen.get("agrees", 0.0) < LEAST_AGREEMENT:
        return True
    if reading.kind in LISTED_KINDS and seen.get("share", 1.0) < LEAST_SHARE:
        return True
    border = seen.get("border", 0.0) >= DOUBTFUL_BORDER and reading.kind not in SHORT_KINDS
    if reading.kind in FIXED_KINDS:
        return border or seen.get("bind_cost", 0.0) > MOST_BIND_COST
    if reading.kind in DATE_KINDS and seen.get("bind_cost", 0.0) > MOST_DATE_COST:
        return True
    return border or seen.get("crumbs", 0.0) >= BROKEN_CRUMBS


def is_unconfirmed(reading: Reading) -> bool:
    """Whether a reading is a city that is in no list, or that nothing else in a row confirms."""
    seen = dict(reading.evidence)
    agrees = seen.get("agrees", 0.0) >= LEAST_AGREEMENT
    return reading.kind is FieldKind.CITY and not (agrees and seen.get("listed", 0.0))


def _may_be_roman(reading: Reading) -> bool:
    """Whether a month read as figures may be Roman: III as 11, IX as 12. II and 11 are alike."""
    as_figures = _FIGURES.fullmatch(reading.text) is not None
    return as_figures and _ROMAN_MONTH.search(reading.greedy) is not None


def _may_be_abroad(reading: Reading) -> bool:
    """Whether a province is written as a state of the United States is.

    NE is N.-É. to the French, Nebraska to others, or NB misread; VT, clearly written, costs no
    more as NT than a careless NT does. Of 52 states in 8 hands of joined glyphs 23 of 416 were
    surely a province, of 276 provinces one is read so.
    """
    written = "".join(c for c in fold(reading.greedy) if c.isalpha())
    return reading.kind is FieldKind.PROVINCE and written.upper() in US_STATES


def _is_one_word(text: str) -> bool:
    """Whether a name is a single word, titles aside: the other was cut off, or never written.

    Of 31 such readings on 200 drawn sheets, where everybody has two names, none was right.
    """
    return count_names("".join(c if c.isalpha() else " " for c in text)) < LEAST_NAMES


def parse_calibration(text: str) -> Calibration:
    """Read a calibration file's text. Raises ``ValueError`` or ``KeyError`` when it is none."""
    models = {}
    for name, entry in json.loads(text)["kinds"].items():
        curve = _pairs(entry["curve"])
        if not curve or any(b[0] < a[0] or b[1] < a[1] for a, b in pairwise(curve)):
            raise ValueError(f"the curve of {name} does not ascend")
        if min(entry["scales"]) <= 0.0:
            raise ValueError(f"a scale of {name} is not positive")
        models[FieldKind(name)] = KindModel(
            tuple(entry["features"]),
            tuple(entry["means"]),
            tuple(entry["scales"]),
            tuple(entry["weights"]),
            float(entry["bias"]),
            curve,
            _pairs(entry["thresholds"]),
        )
    if FieldKind.TEXT not in models:
        raise ValueError("a calibration needs a model of text")
    return Calibration(models)


def _pairs(rows: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(first), float(second)) for first, second in rows)


def calibration_file(engine: str = "") -> Traversable:
    """The file fitted on a recogniser's readings, or else that of the stock one."""
    folder = files("digitizer") / "models"
    own = folder / f"calibration-{engine}.json"
    return own if engine and own.is_file() else folder / "calibration.json"


@cache
def load_calibration(engine: str = "") -> Calibration:
    """The calibration that ships for a recogniser; DependencyError where it is missing.

    ``engine``: its name as in readings. One that none was fitted for gets that
    of the stock recogniser: its confidences order readings, but promise little.
    """
    try:
        return parse_calibration(calibration_file(engine).read_text("utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise DependencyError(
            "the calibration of confidences is missing or damaged (models/calibration.json): "
            "install digitizer again"
        ) from error
