"""Which of the fields that people decided say how far a confidence holds."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import field
from office import doubtful, open_office, says, sheet

from digitizer.calibrate import Bend
from digitizer.counting.judged import find_judged
from digitizer.ids import record_id
from digitizer.records import FieldKind, Mark
from digitizer.workspace.decisions import STATUS, Action, Decision
from digitizer.workspace.ledger import SampledField


def test_a_decided_doubt_is_judged_beside_the_value_as_it_was_read(tmp_path: Path) -> None:
    page = sheet("a", [[doubtful("name", "Ana Roi", 0.7, other="Ana Roy")]])
    with open_office(tmp_path, [page]) as store:
        store.decide([says(page, 1, "name", "Ana Roi", "Ana Roy")])
        (one,) = find_judged(store, {})
    assert (one.kind, one.value, one.truth, one.right) == (
        FieldKind.NAME,
        "Ana Roi",
        "Ana Roy",
        False,
    )
    assert (one.shown, one.shipped, one.is_fair) == (0.7, 0.7, True)
    assert one.alternatives == (("Ana Roi", 0.5), ("Ana Roy", 0.4))


def test_case_and_accents_make_no_reading_wrong(tmp_path: Path) -> None:
    page = sheet("a", [[doubtful("name", "ANA HEBERT", 0.7)]])
    with open_office(tmp_path, [page]) as store:
        store.decide([says(page, 1, "name", "ANA HEBERT", "Ana Hébert")])
        (one,) = find_judged(store, {})
    assert one.right


def test_a_row_half_decided_judges_no_confidence(tmp_path: Path) -> None:
    page = sheet("a", [[doubtful("name", "Ana", 0.7), doubtful("phone", "613-555-0123", 0.8)]])
    with open_office(tmp_path, [page]) as store:
        store.decide([says(page, 1, "name", "Ana", "Anna")])
        assert [one.is_fair for one in find_judged(store, {})] == [False]
        store.decide([says(page, 1, "phone", "613-555-0123", "613-555-0123")])
        assert [one.is_fair for one in find_judged(store, {})] == [True, True]


@pytest.mark.parametrize(
    "value",
    [
        field("name", "Ana", 0.99),
        doubtful("name", "Ana", 0.9, reason="name-too-short"),
    ],
    ids=["an accepted field corrected by chance", "sent by a rule"],
)
def test_what_confidence_did_not_send_to_review_judges_none(tmp_path: Path, value: object) -> None:
    page = sheet("a", [[value]])  # type: ignore[list-item]
    with open_office(tmp_path, [page]) as store:
        store.decide([says(page, 1, "name", "Ana", "Anna")])
        (one,) = find_judged(store, {})
        assert not one.is_fair
        assert one.truth == "Anna"


def test_a_checked_sample_judges_accepted_fields(tmp_path: Path) -> None:
    page = sheet("a", [[field("name", "Ana", 0.99)], [field("name", "Bo", 0.98)]])
    rows = [record_id(page.sheet_id, row) for row in (1, 2)]
    with open_office(tmp_path, [page]) as store:
        drawn = [
            SampledField(rows[0], "name", "Ana", 0.99, None),
            SampledField(rows[1], "name", "Bo", 0.98, None),
        ]
        number = store.save_sample(1, 2, drawn)
        assert find_judged(store, {}) == ()
        store.save_checks(number, "ann", [(1, True, ""), (2, False, "Bob")])
        found = find_judged(store, {})
        assert [(one.truth, one.right, one.is_fair) for one in found] == [
            ("Ana", True, True),
            ("Bob", False, True),
        ]
        assert [one.shown for one in found] == [0.99, 0.98]


def test_dittos_struck_rows_and_undone_decisions_judge_nothing(tmp_path: Path) -> None:
    same = replace(doubtful("address", "1 Main St", 0.8), mark=Mark.DITTO)
    page = sheet("a", [[same], [doubtful("name", "Bo", 0.6)], [doubtful("name", "Cy", 0.6)]])
    with open_office(tmp_path, [page]) as store:
        store.decide(
            [
                says(page, 1, "address", "1 Main St", "1 Main St"),
                says(page, 2, "name", "Bo", "Bob"),
                Decision(page.sheet_id, 2, STATUS, Action.SET, "review", "struck", "ann"),
                says(page, 3, "name", "Cy", "Cyr"),
                Decision(page.sheet_id, 3, "name", Action.UNDO, "Cyr", "Cy", "ann"),
            ]
        )
        assert find_judged(store, {}) == ()


def test_the_ceiling_of_doubtful_ink_is_what_shipped_whatever_the_correction(
    tmp_path: Path,
) -> None:
    bend = Bend(2.0, 1.0, -3.0, 3.0)
    known = sheet("a", [[doubtful("name", "Ana", 0.8)]], "3 lines, confidence corrected by abc123")
    with open_office(tmp_path, [known]) as store:
        store.decide([says(known, 1, "name", "Ana", "Ana")])
        (one,) = find_judged(store, {"abc123": {FieldKind.NAME: bend}})
    assert one.shipped == 0.8


def test_a_confidence_that_was_corrected_is_judged_as_it_shipped(tmp_path: Path) -> None:
    bend = Bend(-1.0, 1.0, -3.0, 3.0)
    shown = bend.apply(0.9)
    known = sheet(
        "a",
        [[doubtful("name", "Ana", shown)]],
        "3 lines, confidence corrected by abc123, words of abc123",
    )
    lost = sheet("b", [[doubtful("name", "Bo", 0.8)]], "3 lines, confidence corrected by fff999")
    with open_office(tmp_path, [known, lost]) as store:
        store.decide([says(known, 1, "name", "Ana", "Ana"), says(lost, 1, "name", "Bo", "Bo")])
        first, second = find_judged(store, {"abc123": {FieldKind.NAME: bend}})
    assert first.shipped == pytest.approx(0.9)
    assert first.shown == shown
    assert second.shipped is None
