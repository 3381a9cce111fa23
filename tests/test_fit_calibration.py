"""Fitting confidences: curves ascend, thresholds hold, features may not push the wrong way."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from digitizer.calibrate import (
    DOUBTFUL_CONFIDENCE,
    NEVER,
    parse_calibration,
    signature_evidence,
)
from digitizer.records import FieldKind, Reading
from training.calibration_cases import PEOPLE, Case
from training.fit_calibration import (
    SIGNS,
    TARGETS,
    fit_all,
    fit_kind,
    threshold_of,
)
from training.lines import invent_phone


def cases(kind: FieldKind, count: int, seed: int = 1) -> list[Case]:
    """Readings whose margin tells how likely they are right; agreement lies."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        margin = rng.uniform(0.0, 8.0)
        right = rng.random() < 1.0 / (1.0 + np.exp(2.0 - 1.2 * margin))
        evidence = {
            "margin": margin,
            "bind_cost": rng.uniform(0, 1),
            "share": min(0.999, 0.5 + margin / 17),
            "agrees": -1.0 if right else 1.0,
            "length": 8.0,
        }
        reading = Reading(kind.value, kind, "x", 0.9, "test", evidence=tuple(evidence.items()))
        found.append(Case(reading, bool(right), f"writer {number % 20}", "crop"))
    return found


@pytest.fixture(scope="module")
def fitted() -> dict[str, dict[str, object]]:
    return fit_all([*cases(FieldKind.TEXT, 600), *cases(FieldKind.PHONE, 600, 2)])


def test_a_fit_is_a_calibration_that_orders_readings(fitted: dict[str, dict[str, object]]) -> None:
    calibration = parse_calibration(json.dumps({"kinds": fitted}))
    ranked = sorted(cases(FieldKind.PHONE, 50, 3), key=lambda c: dict(c.reading.evidence)["margin"])
    low, high = (calibration.confidence(c.reading) for c in (ranked[0], ranked[-1]))
    assert low < 0.5 < 0.9 < high


def test_a_feature_that_would_push_the_wrong_way_is_left_out(
    fitted: dict[str, dict[str, object]],
) -> None:
    for entry in fitted.values():
        weights = dict(zip(entry["features"], entry["weights"], strict=True))  # type: ignore[call-overload]
        assert weights["agrees"] == 0.0
        assert all(weights[name] * sign >= 0.0 for name, sign in SIGNS.items() if name in weights)


def test_confidences_are_honest_out_of_fold(fitted: dict[str, dict[str, object]]) -> None:
    figures = fitted["phone"]["figures"]["all"]  # type: ignore[index]
    assert figures["calibration_error"] < 0.06
    bins = fitted["phone"]["reliability"]
    assert sum(n for _, _, n, _, _ in bins) == figures["cases"] == 600  # type: ignore[attr-defined]


def test_stricter_targets_ask_for_more_confidence(fitted: dict[str, dict[str, object]]) -> None:
    bounds = [bound for _, bound in fitted["phone"]["thresholds"]]  # type: ignore[attr-defined]
    assert bounds == sorted(bounds, reverse=True)
    assert len(bounds) == len(TARGETS)
    assert bounds[0] == NEVER


def test_signatures_are_fitted_on_ink_alone() -> None:
    rng = random.Random(4)
    found = []
    for number in range(200):
        ink = rng.uniform(20, 3000)
        right = ink > 200 or rng.random() < 0.5
        reading = Reading(
            "signature", FieldKind.SIGNATURE, "present", 0.95, "ink",
            evidence=signature_evidence("present", 0.95, ink),
        )  # fmt: skip
        found.append(Case(reading, right, str(number), "sheet"))
    models = parse_calibration(
        json.dumps({"kinds": fit_all([*cases(FieldKind.TEXT, 100), *found])})
    )
    assert models.signature("present", 0.95, 2500.0) > models.signature("present", 0.95, 30.0) + 0.1


@pytest.mark.parametrize(
    ("cases_right", "target", "any_accepted"),
    [(198, 0.005, False), (199, 0.005, True), (98, 0.01, False), (99, 0.01, True)],
)
def test_a_threshold_needs_as_many_right_ones_as_its_promise(
    cases_right: int, target: float, any_accepted: bool
) -> None:
    chances = np.linspace(0.99, 0.5, cases_right)
    found = threshold_of(chances, np.ones(cases_right), target)
    assert found == (pytest.approx(0.5) if any_accepted else NEVER)


def test_a_threshold_counts_the_wrong_ones_above_it() -> None:
    chances = np.linspace(0.99, 0.5, 500)
    right = np.ones(500)
    right[300] = 0.0
    assert threshold_of(chances, right, 0.005) == pytest.approx(0.5)
    right[301] = 0.0  # one more than 500 bear: those before the first wrong one stay
    assert threshold_of(chances, right, 0.005) == pytest.approx(float(chances[299]), abs=1e-5)


def test_doubtful_readings_are_never_said_to_be_sure() -> None:
    sure = cases(FieldKind.TEXT, 300)
    doubtful = [
        Case(
            replace(c.reading, evidence=(*c.reading.evidence, ("border", 1.0))),
            c.right,
            c.group,
            c.source,
        )
        for c in cases(FieldKind.TEXT, 60, 3)
    ]
    kind = fit_all([*sure, *doubtful])["text"]
    calibration = parse_calibration(json.dumps({"kinds": {"text": kind}}))
    assert max(calibration.confidence(c.reading) for c in doubtful) <= DOUBTFUL_CONFIDENCE
    assert max(calibration.confidence(c.reading) for c in sure) > DOUBTFUL_CONFIDENCE


def test_the_height_of_lone_crops_tells_nothing() -> None:
    """They are joined at one height: what a pixel more or less seems to tell is chance."""

    def fitted(source: str) -> dict[str, float]:
        made = []
        for number, case in enumerate(cases(FieldKind.BIRTH_DATE, 400)):
            high = 27.0 if case.right and number % 3 else 24.0
            seen = (*case.reading.evidence, ("ink_height_px", high))
            reading = replace(case.reading, evidence=seen)
            made.append(replace(case, reading=reading, source=source))
        entry = fit_kind(FieldKind.BIRTH_DATE, made)
        return dict(zip(entry["features"], entry["weights"], strict=True))  # type: ignore[call-overload]

    assert fitted("crop")["height"] == 0.0
    assert fitted("drawn-mild")["height"] > 0.5


def test_few_cases_of_a_kind_give_it_no_model() -> None:
    assert set(fit_all([*cases(FieldKind.TEXT, 60), *cases(FieldKind.DATE, 5)])) == {"text"}


def test_same_cases_give_the_same_fit() -> None:
    assert fit_kind(FieldKind.TEXT, cases(FieldKind.TEXT, 100)) == fit_kind(
        FieldKind.TEXT, cases(FieldKind.TEXT, 100)
    )


def test_what_was_never_wrong_is_as_sure_as_all_of_its_cases_show() -> None:
    found = []
    for number in range(360):
        evidence = signature_evidence("present", 0.95, 500.0 + number)
        reading = Reading(
            "signature", FieldKind.SIGNATURE, "present", 0.95, "ink", evidence=evidence
        )
        found.append(Case(reading, True, str(number), "sheet"))
    kinds = fit_all([*cases(FieldKind.TEXT, 100), *found])
    sure = parse_calibration(json.dumps({"kinds": kinds})).signature("present", 0.95, 700.0)
    # Steps of 20 alone would claim 0.988, and a count of 2,600 rows would miss 30.
    assert 1 - 1 / 360 < sure < 1 - 0.1 / 360


def test_a_threshold_takes_all_readings_as_sure_as_the_last_one_or_none() -> None:
    chances = np.array([0.99] * 300 + [0.8] * 100)
    right = np.array([1.0] * 390 + [0.0] * 10)
    # The first 90 of those at 0.8 happen to be right, but nothing tells them from the wrong.
    assert threshold_of(chances, right, 0.005) == 0.99
    assert threshold_of(np.full(400, 0.8), right, 0.005) == NEVER


def test_numbers_are_invented_with_the_area_codes_asked_for() -> None:
    rng = np.random.default_rng(2)
    for _ in range(40):
        shown, truth = invent_phone(rng, ["613", "819"])
        assert truth[:3] in ("613", "819")
        assert "".join(c for c in shown if c.isdigit()).endswith(truth.replace("-", ""))
    assert len({invent_phone(rng)[1][:3] for _ in range(40)}) > 10


def test_sure_names_are_proven_on_sheets_and_on_invented_people_alike() -> None:
    sheets = [replace(case, source="drawn") for case in cases(FieldKind.NAME, 500)]
    people = [replace(case, source=PEOPLE) for case in cases(FieldKind.NAME, 500, 5)]
    worse = [replace(case, right=case.right and n % 4 > 0) for n, case in enumerate(people)]
    both = dict(fit_kind(FieldKind.NAME, [*sheets, *people])["thresholds"])  # type: ignore[call-overload]
    wrong = dict(fit_kind(FieldKind.NAME, [*sheets, *worse])["thresholds"])  # type: ignore[call-overload]
    assert both[0.1] < NEVER
    assert wrong[0.1] == NEVER
