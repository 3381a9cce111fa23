"""Labels in a spreadsheet's cells: an empty cell must stand behind a label's own."""

import pytest
from drawn import across, blank, down, draw_grid, draw_text, rectified, words_at

from digitizer.drafting.draftcells import empty_cell
from digitizer.drafting.drafts import draft_form
from digitizer.layout.print.typicalrow import no_print
from digitizer.lines.tables import find_tables
from digitizer.records import FieldKind, Pixels

XS, TOP, FOOT = (100.0, 300.0, 800.0, 1000.0, 1500.0), 100.0, 165.0
RULES = [across(y, XS[0], XS[-1]) for y in (TOP, FOOT)]
VOLUNTEER, BUILDING = words_at(110, 122, "Volunteer"), words_at(810, 122, "Building")


def page() -> Pixels:
    """Four cells beside each other."""
    made = blank(1700, 1300)
    draw_grid(made, XS, (TOP, FOOT))
    return made


def test_a_label_has_the_empty_cell_behind_its_own() -> None:
    words = [*VOLUNTEER, *BUILDING]
    assert empty_cell(page(), RULES, VOLUNTEER, words)
    assert empty_cell(page(), RULES, BUILDING, words)


@pytest.mark.parametrize("case", ["written", "printed", "last", "no rulings", "no sides"])
def test_no_label_has_a_cell_that_is_not_there_or_not_empty(case: str) -> None:
    made, label, words, rules = page(), VOLUNTEER, [*VOLUNTEER], RULES
    if case == "written":
        draw_text(made, 400, 110, "Mary Lee", 40)
    elif case == "printed":
        words += words_at(320, 122, "Tower 4")
    elif case == "last":
        label = words_at(1010, 122, "Building")
    elif case == "no rulings":
        rules = [across(600, 100, 1500)]
    else:
        made = blank(1700, 1300)
    assert not empty_cell(made, rules, label, words)


def test_the_box_of_a_spreadsheet_is_drafted_from_its_cells() -> None:
    made, ys = page(), (300, 360, *range(440, 1001, 80))
    xs = (100, 400, 800, 1200, 1500)
    draw_grid(made, xs, ys)
    heads = ("Name", "Address", "Phone", "Signature")
    words = [w for x, t in zip(xs, heads, strict=False) for w in words_at(x + 10, 320, t)]
    rules = [across(y, 100, 1500) for y in ys]
    tables = find_tables([*rules, *(down(x, 300, 1000) for x in xs)], made.shape)
    found = draft_form(
        rectified(made), tables, [*words, *VOLUNTEER, *BUILDING], no_print, "form",
        rules=[*RULES, *rules],
    )  # fmt: skip
    assert found.box == (
        ("collector_name", FieldKind.NAME, "Volunteer"),
        ("event_location", FieldKind.TEXT, "Building"),
    )
