"""What is written higher than its place in the collector's box is taken in, print above is not."""

import numpy as np
import pytest
from drawn import across, blank, draw_across, draw_text, words_at

from digitizer.collector.collectorbox import find_collector_box
from digitizer.collector.risingink import with_rising_ink
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.geometry import bbox_from_polygon
from digitizer.records import FieldKind, FieldSpec, Rule

SPACE = (300.0, 300.0, 900.0, 360.0)


def page_with(text: str, y: float, size: float = 44) -> np.ndarray:
    page = blank(1000, 700)
    draw_text(page, 340, y, text, size, gray=60)
    return page


def test_figures_that_the_upper_edge_cuts_in_half_are_taken_in_whole() -> None:
    page = page_with("2026-10-09", 280)
    ink = np.flatnonzero((page < 150).any(axis=1))
    assert ink[0] < SPACE[1] - 5 < ink[-1]
    space = with_rising_ink({0: SPACE}, (), (), page)[0]
    assert space[1] < ink[0] and space[0::2] == SPACE[0::2] and space[3] == SPACE[3]


@pytest.mark.parametrize("y", [305.0, 230.0])
def test_ink_within_the_place_or_above_it_moves_no_edge(y: float) -> None:
    assert with_rising_ink({0: SPACE}, (), (), page_with("2026-10-09", y))[0] == SPACE


def test_a_ruling_or_print_over_the_place_ends_it() -> None:
    page = page_with("2026-10-09", 280)
    line: Rule = across(299, 200, 950)
    assert with_rising_ink({0: SPACE}, (), (line,), page)[0] == SPACE
    printed = words_at(340, 275, "by Local 114", height=22)
    raised = with_rising_ink({0: SPACE}, printed, (), page)[0]
    assert max(word.box[3] for word in printed) < raised[1] <= SPACE[1]


def test_a_date_over_the_line_of_a_box_without_a_frame_is_whole_in_its_place() -> None:
    """Its upper half was outside: 2026-10-09 was an accepted 2026-10-07."""
    page = blank(1700, 900)
    draw_text(page, 120, 300, "Collected on:", 26)
    draw_text(page, 340, 268, "2026-10-09", 48, gray=60)
    draw_across(page, 330, 320, 900)
    date = FieldSpec("date_collected", FieldKind.DATE)
    box = CollectorBox((), (BoxField(date, ("Collected on:",)),))
    words = words_at(120, 300, "Collected on:", height=26)
    found = find_collector_box(box, words, (across(330, 320, 900),), page)
    assert found is not None
    _, top, _, bottom = bbox_from_polygon(found.fields[0].polygon)
    ink = np.flatnonzero((page[:325, 340:] < 150).any(axis=1))
    assert top <= ink[0] and bottom >= ink[-1] - 4
