"""Confidence: monotone, in bounds, never from legality alone; thresholds that hold."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer import calibrate
from digitizer.calibrate import (
    MAX_CONFIDENCE,
    NEVER,
    Bend,
    Calibration,
    KindModel,
    load_calibration,
    parse_calibration,
)
from digitizer.errors import DependencyError
from digitizer.records import FieldKind, FieldSpec, FieldState, FieldValue, Reading

MODEL = KindModel(
    ("margin",), (1.0,), (0.5,), (2.0,), 0.1, ((-2.0, 0.1), (0.0, 0.4), (3.0, 0.99)), ()
)


def reading(kind: FieldKind = FieldKind.POSTAL_CODE, **evidence: float) -> Reading:
    usual = {"margin": 8.0, "bind_cost": 0.1, "share": 0.99, "log_prob_mean": -0.05,
             "peak_min": -0.2, "peak_mean": -0.05, "greedy_agrees": 1.0, "listed": 1.0,
             "length": 7.0, "steps_per_char": 2.5, "ink_height_px": 30.0}  # fmt: skip
    return Reading(
        kind.value, kind, "K1A 0B1", 0.9, "test", evidence=tuple((usual | evidence).items())
    )


@pytest.mark.parametrize("kind", list(load_calibration().models))
def test_every_kind_has_a_confidence_between_nought_and_one(kind: FieldKind) -> None:
    assert 0.0 < load_calibration().confidence(reading(kind)) < 1.0


def test_kind_without_a_model_uses_that_of_text() -> None:
    assert FieldKind.ROW_NUMBER not in load_calibration().models
    assert load_calibration().confidence(reading(FieldKind.ROW_NUMBER)) > 0.0


def test_empty_text_has_no_confidence() -> None:
    assert load_calibration().confidence(replace(reading(), text="")) == 0.0


def test_text_outside_its_grammar_has_next_to_none() -> None:
    assert load_calibration().confidence(reading(bound=0.0)) < 0.01


@pytest.mark.parametrize("kind", [FieldKind.POSTAL_CODE, FieldKind.PHONE, FieldKind.NAME])
def test_close_runner_up_and_costly_binding_lower_the_confidence(kind: FieldKind) -> None:
    calibration = load_calibration()
    weak = reading(
        kind, margin=0.1, share=0.4, bind_cost=6.0, log_prob_mean=-1.2, peak_min=-1.5,
        peak_mean=-0.6, greedy_agrees=0.0, listed=0.0,
    )  # fmt: skip
    assert calibration.confidence(weak) < calibration.confidence(reading(kind)) - 0.2


def test_a_name_of_one_word_is_whole_where_the_other_one_has_a_cell_of_its_own() -> None:
    said = replace(reading(FieldKind.NAME, margin=20.0, part=1.0), text="AICHA")
    assert not calibrate.is_doubtful(said)


@pytest.mark.parametrize("kind", list(load_calibration("petition-hands").models))
def test_what_is_doubtful_is_accepted_at_no_usual_target(kind: FieldKind) -> None:
    calibration = load_calibration("petition-hands")
    for target in (0.005, 0.01, 0.05):
        if kind is not FieldKind.SIGNATURE:
            assert calibration.threshold(kind, target) > calibrate.DOUBTFUL_CONFIDENCE


@pytest.mark.parametrize(
    ("text", "lone", "doubted"),
    [
        ("AICHA", 0.0, True),
        ("AICHA", 1.0, False),
        ("Ana Roy", 0.0, False),
        ("J.Tremblay", 0.0, False),
        ("Marie 7", 0.0, True),
        ("Mme Tremblay", 0.0, True),
        ("Dr. Ana", 0.0, True),
        ("Tremblay Jr", 0.0, True),
        ("M. Roy", 0.0, False),
        ("Dr. Ana Roy", 0.0, False),
    ],
)
def test_a_signer_of_one_word_is_doubted_and_a_lone_crop_of_one_is_not(
    text: str, lone: float, doubted: bool
) -> None:
    said = replace(reading(FieldKind.NAME, margin=20.0, lone=lone), text=text)
    assert calibrate.is_doubtful(said) is doubted


@pytest.mark.parametrize(
    ("kind", "evidence", "doubted"),
    [
        (FieldKind.NAME, {"border": 1.0}, True),
        (FieldKind.NAME, {"border": 0.1}, False),
        (FieldKind.NAME, {"crumbs": 2.0}, True),
        (FieldKind.NAME, {"crumbs": 0.4}, False),
        (FieldKind.PHONE, {"border": 1.0}, True),
        (FieldKind.PHONE, {"crumbs": 2.0}, False),
        (FieldKind.PHONE, {"bind_cost": 1.5}, True),
        (FieldKind.PHONE, {"bind_cost": 0.5}, False),
        (FieldKind.POSTAL_CODE, {"border": 1.0}, False),
        (FieldKind.POSTAL_CODE, {"crumbs": 2.0}, False),
        (FieldKind.POSTAL_CODE, {"bind_cost": 1.5}, True),
        (FieldKind.EMAIL, {"bind_cost": 1.5}, False),
        (FieldKind.DATE, {"bind_cost": 4.0}, False),
        (FieldKind.DATE, {"bind_cost": 9.0}, True),
        (FieldKind.BIRTH_DATE, {"bind_cost": 9.0}, True),
        (FieldKind.CITY, {"listed": 0.0, "agrees": 3.0}, True),
        (FieldKind.CITY, {"agrees": -0.5}, True),
        (FieldKind.CITY, {"agrees": 0.5}, False),
    ],
)
def test_doubtful_ink_keeps_a_field_from_being_sure(
    kind: FieldKind, evidence: dict[str, float], doubted: bool
) -> None:
    calibration = replace(load_calibration(), models={FieldKind.TEXT: MODEL, kind: MODEL})
    usual = {"margin": 20.0, "agrees": 1.0}
    sure = calibration.confidence(reading(kind, **usual))
    assert sure > calibrate.DOUBTFUL_CONFIDENCE
    found = calibration.confidence(reading(kind, **(usual | evidence)))
    assert found == (calibrate.DOUBTFUL_CONFIDENCE if doubted else sure)


def test_a_city_that_came_alone_keeps_its_confidence_and_is_accepted_by_nobody() -> None:
    model = replace(MODEL, thresholds=((0.005, 0.5),))
    calibration = replace(load_calibration(), models={FieldKind.TEXT: model, FieldKind.CITY: model})
    in_row = reading(FieldKind.CITY, margin=20.0, agrees=1.0)
    alone = reading(FieldKind.CITY, margin=20.0, lone=1.0)
    assert calibration.confidence(alone) > calibrate.DOUBTFUL_CONFIDENCE
    assert calibration.accepts(in_row, 0.005)
    assert not calibration.accepts(alone, 0.005)
    assert not calibration.accepts(in_row, 0.001)


def test_a_second_reading_that_agrees_makes_surer_and_one_that_does_not_less() -> None:
    model = replace(MODEL, features=("second",), means=(0.0,), scales=(1.0,), weights=(1.0,))
    calibration = replace(load_calibration(), models={FieldKind.TEXT: model})
    agreed, unasked, denied = (
        calibration.confidence(reading(FieldKind.NAME, **evidence))
        for evidence in ({"second": 8.0}, {}, {"second": -4.0})
    )
    assert agreed > unasked > denied


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_curve_never_descends(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert MODEL.probability(low) <= MODEL.probability(high)


@pytest.mark.parametrize("kind", list(load_calibration().models))
def test_stricter_target_never_lowers_the_threshold(kind: FieldKind) -> None:
    bounds = [load_calibration().threshold(kind, t) for t in (0.2, 0.1, 0.05, 0.01, 0.005, 0.0)]
    assert bounds == sorted(bounds)


def test_a_field_of_its_own_target_is_accepted_from_where_that_is_kept() -> None:
    calibration = load_calibration("petition-hands")
    specs = [
        FieldSpec("mail", FieldKind.EMAIL, target_error=0.02),
        FieldSpec("other", FieldKind.EMAIL),
    ]
    thresholds = calibration.thresholds(specs, 0.005)
    bound = calibration.threshold(FieldKind.EMAIL, 0.02)
    assert bound < calibration.threshold(FieldKind.EMAIL, 0.005)
    assert thresholds.fields == {"mail": bound}

    def low(name: str, confidence: float | None) -> bool:
        value = FieldValue(name, FieldKind.EMAIL, FieldState.READ, "a@b.ca", "a@b.ca", confidence)
        return thresholds.is_low(value)

    assert not low("mail", bound)
    assert low("mail", math.nextafter(bound, 0.0))
    assert low("mail", None)
    assert low("other", bound)


def test_target_stricter_than_anything_measured_accepts_nothing() -> None:
    assert load_calibration().threshold(FieldKind.NAME, 0.0) == NEVER


def test_signature_is_not_judged_by_a_text_model() -> None:
    assert 0.0 < load_calibration().threshold(FieldKind.SIGNATURE, 0.005) < 1.0


def test_a_rarer_error_asks_for_surer_signatures() -> None:
    found = load_calibration("petition-hands")
    usual = found.threshold(FieldKind.SIGNATURE, 0.005)
    assert usual == pytest.approx(0.9)
    assert usual < found.threshold(FieldKind.SIGNATURE, 0.001) <= MAX_CONFIDENCE
    # What nobody has counted is promised by nothing.
    assert found.threshold(FieldKind.SIGNATURE, 0.0001) == NEVER
    assert found.threshold(FieldKind.CHECKBOX, 0.0001) == pytest.approx(0.9)


def _entry(**changes: object) -> dict[str, object]:
    entry: dict[str, object] = {
        "features": ["margin"], "means": [0.0], "scales": [1.0], "weights": [1.0], "bias": 0.0,
        "curve": [[-1.0, 0.2], [1.0, 0.8]], "thresholds": [[0.01, 0.9]],
    }  # fmt: skip
    return entry | changes


@pytest.mark.parametrize(
    "kinds",
    [
        {"text": _entry(curve=[[-1.0, 0.8], [1.0, 0.2]])},
        {"text": _entry(scales=[0.0])},
        {"name": _entry()},
        {"text": _entry(curve=[])},
    ],
    ids=["descending curve", "scale of nought", "no model of text", "no curve"],
)
def test_damaged_calibration_is_refused(kinds: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"curve|scale|text"):
        parse_calibration(json.dumps({"kinds": kinds}))


def test_figures_stand_beside_the_model() -> None:
    from importlib.resources import files

    content = json.loads((files("digitizer") / "models" / "calibration.json").read_text("utf-8"))
    for entry in content["kinds"].values():
        assert entry["figures"]["all"]["cases"] >= 20
        assert 0.0 <= entry["figures"]["all"]["calibration_error"] < 0.2


bends = st.builds(
    Bend,
    st.floats(-2, 2),
    st.floats(0.3, 2.5),
    st.floats(-4, -0.5),
    st.floats(-0.4, 5),
)
shares = st.floats(0.001, 0.999)


@given(bends, shares, shares)
def test_a_local_correction_never_descends_and_stays_a_probability(
    bend: Bend, first: float, second: float
) -> None:
    low, high = sorted((first, second))
    assert 0.0 < bend.apply(low) <= bend.apply(high) + 1e-9 < 1.0 + 1e-9


@given(bends, shares)
def test_a_local_correction_raises_nothing_beyond_what_people_judged(
    bend: Bend, confidence: float
) -> None:
    seen = 1 / (1 + 2.718281828459045**-bend.high)
    if confidence > seen:
        assert bend.apply(confidence) <= max(confidence, bend.apply(seen)) + 1e-9


@given(bends, shares)
def test_undoing_a_local_correction_gives_what_would_be_corrected_alike(
    bend: Bend, confidence: float
) -> None:
    bent = bend.apply(confidence)
    assert bend.apply(bend.undo(bent)) == pytest.approx(bent, abs=2e-3)


def test_a_local_correction_changes_its_kind_alone() -> None:
    shipped = load_calibration()
    local = replace(shipped, bends={FieldKind.PHONE: Bend(-1.0, 1.0, -3.0, 3.0)})
    phone, code = reading(FieldKind.PHONE), reading(FieldKind.POSTAL_CODE)
    assert local.confidence(phone) < shipped.confidence(phone)
    assert local.confidence(code) == shipped.confidence(code)


@pytest.mark.parametrize("kind", [FieldKind.CITY, FieldKind.DATE, FieldKind.NAME])
def test_a_local_correction_raises_no_doubtful_ink_above_its_ceiling(kind: FieldKind) -> None:
    """An office whose doubtful readings were nearly all right still sees each of them."""
    shipped = load_calibration("petition-hands")
    local = replace(shipped, bends={kind: Bend(3.0, 1.0, -3.0, 3.0)})
    doubtful = replace(reading(kind, border=0.9), text="Ana Roy")
    assert shipped.confidence(doubtful) == calibrate.DOUBTFUL_CONFIDENCE
    assert local.confidence(doubtful) == calibrate.DOUBTFUL_CONFIDENCE
    lowered = replace(shipped, bends={kind: Bend(-1.0, 1.0, -3.0, 3.0)})
    assert lowered.confidence(doubtful) < calibrate.DOUBTFUL_CONFIDENCE


def test_a_missing_calibration_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(calibrate, "files", lambda _: tmp_path)
    with pytest.raises(DependencyError, match="install digitizer again"):
        load_calibration.__wrapped__()


def test_a_signature_keeps_what_the_ink_says_where_nothing_was_fitted() -> None:
    bare = replace(load_calibration(), models={FieldKind.TEXT: MODEL})
    assert bare.signature("present", 0.93, 400.0) == 0.93


def test_a_fitted_signature_is_surer_of_much_ink() -> None:
    model = KindModel(
        ("absent", "ink_amount", "ink_sure"), (0.0, 6.0, 3.0), (1.0, 1.0, 1.0), (0.0, 1.5, 0.5),
        1.0, ((-5.0, 0.1), (5.0, 0.99)), (),
    )  # fmt: skip
    fitted = replace(load_calibration(), models={FieldKind.SIGNATURE: model})
    faint, plain = (fitted.signature("present", 0.95, px) for px in (60.0, 900.0))
    assert 0.0 < faint < plain < 1.0


@pytest.mark.parametrize("kind", [FieldKind.BIRTH_DATE, FieldKind.EMAIL])
def test_a_kind_that_nothing_was_fitted_for_is_never_sure(kind: FieldKind) -> None:
    calibration = Calibration({FieldKind.TEXT: MODEL, FieldKind.DATE: MODEL})
    sure = reading(kind, margin=30.0, bind_cost=0.0)
    assert calibration.confidence(sure) <= calibrate.DOUBTFUL_CONFIDENCE
    assert calibration.threshold(kind, 0.1) == NEVER
