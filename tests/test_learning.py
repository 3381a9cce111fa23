"""What is learned from review, what is refused, and what is too little."""

import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from office import doubtful, open_office, phone_office, says, sheet

from digitizer.counting import learning
from digitizer.counting.judged import JudgedField, find_judged
from digitizer.counting.learning import KEPT, TOO_FEW, WORSE, Lesson, count_words, fit_bend, learn
from digitizer.engines import lexicon
from digitizer.learned import NAMES, NOTHING, PLACES, STREETS, Learned
from digitizer.records import FieldKind


def lesson_of(folder: Path, *, sheets: int, right_share: float, confidence: float = 0.9) -> Lesson:
    with phone_office(
        folder, sheets=sheets, right_share=right_share, confidence=confidence
    ) as store:
        return learn(find_judged(store, {}), NOTHING)


def part(lesson: Lesson, name: str) -> learning.Part:
    return next(p for p in lesson.parts if p.name == name)


def test_hands_worse_than_the_shipped_confidence_says_get_a_lower_one(tmp_path: Path) -> None:
    lesson = lesson_of(tmp_path, sheets=60, right_share=0.6)
    bend = lesson.learned.bends[FieldKind.PHONE]
    assert 0.5 < bend.apply(0.9) < 0.72
    told = part(lesson, "phone")
    assert told.verdict == KEPT
    assert told.after is not None and told.before is not None and told.after < told.before


def test_hands_as_the_shipped_confidence_says_change_next_to_nothing(tmp_path: Path) -> None:
    lesson = lesson_of(tmp_path, sheets=60, right_share=0.9)
    bend = lesson.learned.bends.get(FieldKind.PHONE)
    assert bend is None or abs(bend.apply(0.9) - 0.9) < 0.04


def test_too_few_judged_fields_teach_nothing_and_say_so(tmp_path: Path) -> None:
    lesson = lesson_of(tmp_path, sheets=6, right_share=0.2)
    assert lesson.learned.is_empty
    assert part(lesson, "phone").verdict == TOO_FEW
    assert "too few" in learning.as_text(lesson)


def test_same_fields_give_the_same_lesson(tmp_path: Path) -> None:
    first = lesson_of(tmp_path / "a", sheets=40, right_share=0.6)
    second = lesson_of(tmp_path / "b", sheets=40, right_share=0.6)
    assert first.learned.fingerprint == second.learned.fingerprint != ""


def judged(
    sheet_id: str, *, right: bool, kind: FieldKind = FieldKind.PHONE, shipped: float = 0.9
) -> JudgedField:
    truth = "613-555-0123" if right else "613-555-0124"
    return JudgedField(
        sheet_id, kind.value, kind, "613-555-0123", truth, shipped, shipped, "e", (), True
    )


def test_a_correction_that_is_worse_on_held_back_sheets_is_refused() -> None:
    # Sheets to learn from are all wrong, those held back all right.
    names = [f"sheet {n}" for n in range(200)]
    cases = [judged(name, right=learning.is_held_back(name)) for name in names]
    lesson = learn(cases, NOTHING)
    told = part(lesson, "phone")
    assert told.verdict == WORSE
    assert told.right == 1.0
    assert told.after is not None and told.before is not None and told.after > told.before
    assert FieldKind.PHONE not in lesson.learned.bends
    assert "refused" in learning.as_text(lesson)


def test_one_sheet_in_four_is_held_back() -> None:
    held = sum(learning.is_held_back(f"sheet {n}") for n in range(4000))
    assert 900 < held < 1100


def test_readings_of_another_recogniser_are_left_out() -> None:
    names = [f"sheet {n}" for n in range(120)]
    own = [judged(name, right=True) for name in names]
    others = [
        JudgedField("x", "phone", FieldKind.PHONE, "1", "2", 0.9, 0.9, "older", (), True)
        for _ in range(50)
    ]
    lesson = learn([*own, *others], NOTHING)
    assert (lesson.engine, lesson.other_engine) == ("e", 50)
    assert lesson.learned.fingerprint == learn(own, NOTHING).learned.fingerprint


def test_what_was_in_force_before_stays_known() -> None:
    bends = {FieldKind.NAME: fit_bend(np.array([0.0, 1.0]), np.array([0.0, 1.0]))}
    before = Learned(bends)
    lesson = learn([], before)
    assert lesson.learned.earlier == {before.fingerprint: bends}
    assert lesson.learned.is_empty


@given(st.lists(st.tuples(st.floats(-7, 7), st.booleans()), min_size=1, max_size=60))
def test_a_fitted_correction_ascends_and_is_finite(cases: list[tuple[float, bool]]) -> None:
    odds = np.array([c[0] for c in cases])
    bend = fit_bend(odds, np.array([float(c[1]) for c in cases]))
    assert math.isfinite(bend.shift)
    assert bend.slope >= learning.LEAST_SLOPE
    assert bend.low <= bend.high


def test_without_cases_to_speak_of_the_prior_says_no_change() -> None:
    bend = fit_bend(np.array([2.0]), np.array([1.0]))
    assert abs(bend.apply(0.85) - 0.85) < 0.03


# --- words

UNLISTED = ("Qwyzzick", "Vrunkhelm", "Zzatkovny", "Brolvquist", "Xantrupp")


def name_office(folder: Path, *, helps: bool, sheets: int = 60) -> Lesson:
    """Names in no list, each the runner-up of its reading; helpful or misleading."""
    rng = random.Random(3)
    assert not {lexicon.fold(n) for n in UNLISTED} & lexicon.name_words()
    pages, decisions = [], []
    for number in range(sheets):
        truth = UNLISTED[rng.randrange(len(UNLISTED))]
        read = f"{truth[:-1]}x"
        page = sheet(
            f"page {number}",
            [[doubtful("name", read if helps else truth, 0.6, other=truth if helps else read)]],
        )
        if not helps and learning.is_held_back(page.sheet_id):
            # Held back: what was read is right, what the others taught stands beside it.
            page = sheet(f"page {number}", [[doubtful("name", "Smith", 0.6, other=truth)]])
            decisions.append(says(page, 1, "name", "Smith", "Smith"))
        else:
            decisions.append(says(page, 1, "name", read if helps else truth, truth))
        pages.append(page)
    with open_office(folder, pages) as store:
        store.decide(decisions)
        return learn(find_judged(store, {}), NOTHING)


def test_confirmed_names_in_no_list_are_learned_and_found_again(tmp_path: Path) -> None:
    lesson = name_office(tmp_path, helps=True)
    told = part(lesson, NAMES)
    assert told.verdict == KEPT
    assert told.new_words == len(UNLISTED)
    assert told.before == 0.0
    assert told.after == told.held
    assert set(lesson.learned.words[NAMES]) == {lexicon.fold(n) for n in UNLISTED}
    assert sum(lesson.learned.words[NAMES].values()) == 60


def test_words_that_choose_worse_on_held_back_sheets_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A gain that overrules any reading: a held-back Smith becomes what was taught.
    monkeypatch.setattr(
        learning,
        "listed_gain",
        lambda text, words, _: 9.0 * (lexicon.fold(text) in words - {"SMITH"}),
    )
    lesson = name_office(tmp_path, helps=False)
    told = part(lesson, NAMES)
    assert told.verdict == WORSE
    assert NAMES not in lesson.learned.words


def test_words_are_kept_without_digits_initials_and_spelling() -> None:
    assert count_words(STREETS, ["12 rue Zölk, app. 4", "9 Rue Zolk"]) == {
        "APP": 1,
        "RUE": 2,
        "ZOLK": 2,
    }
    assert count_words(PLACES, ["Val-Vert", "val vert", "Val-Vert", "K1A 0B1"]) == {"Val-Vert": 3}


def test_what_is_told_names_nobody(tmp_path: Path) -> None:
    lesson = name_office(tmp_path, helps=True)
    told = learning.as_text(lesson) + str(learning.as_dict(lesson))
    assert not any(name.casefold() in told.casefold() for name in UNLISTED)
