"""Decisions follow their ink when the rows of a page lie elsewhere."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from placed_pages import drawn_geometry, geometry_of

from digitizer.records import PageGeometry
from digitizer.workspace.decisions import Action, Decision, history, standing
from digitizer.workspace.renumber import Carried, carry, match_rows

SHEET = "0123456789ab-p1"


def decided(row: int, field: str, after: str, who: str = "Ann") -> Decision:
    """A decision with the time it took."""
    return Decision(SHEET, row, field, Action.SET, "", after, who, seconds=4.0)


def values(decisions: "list[Decision]") -> dict[tuple[int, str], str]:
    """What stands, by place."""
    return {place: d.after for place, d in standing(decisions).get(SHEET, {}).items()}


def carried(
    decisions: "list[Decision]", before: PageGeometry, after: PageGeometry, edit: int = 1
) -> Carried:
    return carry(decisions, {edit: before}, after, edit=edit, who="Bo")


def test_rows_below_a_line_that_was_missing_move_down_with_their_decisions() -> None:
    before = geometry_of([200, 260, 380, 440])
    after = geometry_of([200, 260, 320, 380, 440])
    decisions = [
        decided(1, "name", "Ana"),
        decided(3, "name", "Cy"),
        decided(3, "email", "c@x"),
    ]
    found = carried(decisions, before, after)
    assert values([*decisions, *found.decisions]) == {
        (1, "name"): "Ana",
        (4, "name"): "Cy",
        (4, "email"): "c@x",
    }
    assert (found.moved, found.gone) == (2, 0)


def test_a_moved_decision_stays_its_authors_and_takes_no_time_twice() -> None:
    decisions = [decided(2, "name", "Cy")]
    found = carried(decisions, geometry_of([200, 260, 320]), geometry_of([140, 200, 260, 320]))
    undone, again = found.decisions
    assert (undone.action, undone.row, undone.who) == (Action.UNDO, 2, "Bo")
    assert (again.row, again.who, again.after, again.seconds) == (3, "Ann", "Cy", None)


def test_earlier_decisions_on_a_field_move_with_the_last_so_that_undo_goes_on() -> None:
    decisions = [decided(2, "name", "Cy"), decided(2, "name", "Cyd", who="Di")]
    found = carried(decisions, geometry_of([200, 260, 320]), geometry_of([140, 200, 260, 320]))
    stacks = history([*decisions, *found.decisions])[SHEET]
    assert [(d.after, d.who) for d in stacks[3, "name"]] == [("Cy", "Ann"), ("Cyd", "Di")]
    assert (2, "name") not in stacks


def test_a_line_dragged_by_a_third_of_a_row_moves_nothing() -> None:
    decisions = [
        decided(1, "name", "Ana"),
        decided(2, "name", "Bo"),
        decided(2, "status", "struck"),
    ]
    found = carried(decisions, geometry_of([200, 260, 320]), geometry_of([200, 280, 320]))
    assert found == Carried()


def test_decisions_on_ink_that_is_in_no_row_are_taken_back_and_come_back_with_it() -> None:
    first, shifted = drawn_geometry(3), geometry_of([230, 290, 350])
    decisions = [decided(1, "name", "Ana"), decided(2, "name", "Bo")]
    lost = carried(decisions, first, shifted)
    assert lost.gone == 2
    decisions += lost.decisions
    assert values(decisions) == {}
    back = carry(decisions, {1: first, 2: shifted}, first, edit=2, who="Bo")
    assert back.back == 2
    decisions += back.decisions
    assert values(decisions) == {(1, "name"): "Ana", (2, "name"): "Bo"}
    again = carry(decisions, {1: first, 2: shifted, 3: first}, first, edit=3, who="Bo")
    assert again == Carried()


def test_what_came_back_and_was_then_undone_by_hand_stays_undone() -> None:
    first, shifted = drawn_geometry(2), geometry_of([230, 290, 350])
    decisions = [decided(1, "name", "Ana")]
    decisions += carried(decisions, first, shifted).decisions
    decisions += carry(decisions, {1: first, 2: shifted}, first, edit=2, who="Bo").decisions
    decisions.append(replace(decisions[0], action=Action.UNDO))
    again = carry(decisions, {1: first, 2: shifted, 3: first}, first, edit=3, who="Bo")
    assert again.back == 0


def test_the_collector_box_keeps_its_decisions() -> None:
    decisions = [decided(0, "collector_name", "Lou"), decided(0, "status", "read")]
    assert carried(decisions, drawn_geometry(3), drawn_geometry(5, top=400)) == Carried()


def test_without_an_earlier_geometry_rows_keep_their_numbers() -> None:
    assert carry([decided(2, "name", "Bo")], {}, drawn_geometry(1), edit=1, who="Bo") == Carried()


def test_a_row_that_a_person_split_off_stays_behind_the_forms_rows() -> None:
    decisions = [decided(4, "name", "Di")]
    found = carried(decisions, drawn_geometry(3), geometry_of([200, 230, 260, 320, 380]))
    assert values([*decisions, *found.decisions]) == {(5, "name"): "Di"}


def test_a_column_that_took_the_place_of_another_keeps_no_decision_on_its_field() -> None:
    before = drawn_geometry(1)
    row = before.rows[0]
    name, email = row.cells
    swapped = replace(
        row,
        cells=(replace(name, polygon=email.polygon), replace(email, polygon=name.polygon)),
    )
    found = carried([decided(1, "name", "Ana")], before, replace(before, rows=(swapped,)))
    assert found.gone == 1


def test_a_page_turned_upside_down_is_compared_on_its_paper() -> None:
    before = drawn_geometry(2)
    # Its rows as they lie when page and scan are half a turn apart.
    turned = replace(
        geometry_of([1100 - 320, 1100 - 260, 1100 - 200]),
        scan_from_page=(-1.0, 0.0, 850.0, 0.0, -1.0, 1100.0, 0.0, 0.0, 1.0),
    )
    assert match_rows(before, turned) == {1: 2, 2: 1}


@given(
    st.lists(st.integers(25, 120), min_size=1, max_size=8),
    st.lists(st.integers(25, 120), min_size=1, max_size=8),
    st.lists(
        st.tuples(st.integers(1, 8), st.sampled_from(["name", "email", "status"])), max_size=6
    ),
)
def test_no_decision_is_doubled_and_none_vanishes_untold(
    old: "list[int]", new: "list[int]", places: "list[tuple[int, str]]"
) -> None:
    def tops(heights: "list[int]") -> "list[float]":
        return [200.0 + sum(heights[:k]) for k in range(len(heights) + 1)]

    decisions = [decided(row, field, f"{row} {field} {n}") for n, (row, field) in enumerate(places)]
    found = carried(decisions, geometry_of(tops(old)), geometry_of(tops(new)))
    before, after = values(decisions), values([*decisions, *found.decisions])
    assert len(after) == len(set(after.values())) == len(before) - found.gone
    assert set(after.values()) <= set(before.values())


@pytest.mark.parametrize("shift", [0, 8, 15])
def test_rows_match_themselves_a_little_shifted(shift: float) -> None:
    rows = drawn_geometry(6)
    moved = drawn_geometry(6, top=200 + shift)
    assert match_rows(rows, moved) == {n: n for n in range(1, 7)}
