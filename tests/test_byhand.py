"""The grid of a page as a person drew it."""

from dataclasses import replace

import numpy as np
import pytest

from digitizer.forms.forms import Form, load_forms
from digitizer.layout.table.byhand import correct_grid, even_grid, is_usable
from digitizer.layout.table.signergrid import SignerGrid, signer_rows
from digitizer.records import ColumnEdit, PageEdit, Polygon, Rule

SAME = np.eye(3)


@pytest.fixture(scope="module")
def form() -> Form:
    """A form of one line a row."""
    return load_forms(("amnesty-canada-en",))[0]


def across(*heights: float) -> tuple[Polygon, ...]:
    """Lines from side to side."""
    return tuple(((100.0, y), (1500.0, y)) for y in heights)


def rules(*heights: float) -> tuple[Rule, ...]:
    """The same as rulings."""
    return tuple(Rule(np.array(line), True, 2.0, 1.0) for line in across(*heights))


def heights(grid: SignerGrid) -> list[float]:
    """Where the rulings of a grid lie."""
    return [float(rule.points[0, 1]) for rule in grid.row_rules]


def test_an_even_grid_has_every_column_of_the_form(form: Form) -> None:
    grid = even_grid(form, (2200, 1700))
    rows = signer_rows(grid, form)
    assert is_usable(grid)
    assert [cell.column for cell in rows[0].cells] == [column.name for column in form.columns]
    points = np.array([point for row in rows for point in row.polygon])
    assert points.min() > 0 and points[:, 0].max() < 1700 and points[:, 1].max() < 2200


def test_nothing_drawn_changes_nothing(form: Form) -> None:
    grid = even_grid(form, (2200, 1700))
    assert correct_grid(grid, form, PageEdit(), SAME) is grid


def test_lines_are_taken_from_the_scan_to_the_page_and_sorted(form: Form) -> None:
    half = np.diag([0.5, 0.5, 1.0])
    edit = PageEdit(row_lines=across(900, 600, 1200))
    assert heights(correct_grid(even_grid(form, (2200, 1700)), form, edit, half)) == [300, 450, 600]


def test_rows_of_several_lines_keep_the_lines_inside_them_where_they_were_found(
    form: Form,
) -> None:
    found = replace(even_grid(form, (2200, 1700)), row_rules=rules(600, 630, 700, 730, 800))
    edit = PageEdit(row_lines=across(500, 600, 700))
    grid = correct_grid(found, replace(form, lines=2), edit, SAME)
    assert heights(grid) == pytest.approx([500, 530, 600, 630, 700])


def test_rows_of_several_lines_that_were_not_found_are_cut_evenly(form: Form) -> None:
    found = replace(even_grid(form, (2200, 1700)), row_rules=())
    edit = PageEdit(row_lines=across(500, 600))
    grid = correct_grid(found, replace(form, lines=4), edit, SAME)
    assert heights(grid) == pytest.approx([500, 525, 550, 575, 600])


def test_a_column_that_nobody_drew_is_not_on_the_page(form: Form) -> None:
    def down(x: float) -> Polygon:
        return ((x, 400.0), (x, 900.0))

    first, second = form.columns[0].name, form.columns[1].name
    edit = PageEdit(
        columns=(
            ColumnEdit(second, down(700), down(1100)),
            ColumnEdit(first, down(300), down(700)),
        )
    )
    grid = correct_grid(even_grid(form, (2200, 1700)), form, edit, SAME)
    row = signer_rows(grid, form)[0]
    assert [(cell.column, cell.polygon[0][0]) for cell in row.cells] == [
        (first, 300),
        (second, 700),
    ]
