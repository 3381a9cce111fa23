"""Tests of digitizer.layout.print.labelends: where printed labels end."""

import cv2
import ink_pages
import numpy as np
import pytest

from digitizer.layout.print.labelends import (
    own_colon,
    type_width,
    unread_end,
    unread_width,
    with_colon,
)
from digitizer.records import Pixels

FONT = cv2.FONT_HERSHEY_DUPLEX


def _label(text: str, scale: float = 0.7) -> tuple[Pixels, tuple[float, float, float, float]]:
    """A page with a printed label at (50, 60), and the label's box."""
    page = ink_pages.paper(120, 700)
    (width, height), _ = cv2.getTextSize(text, FONT, scale, 1)
    cv2.putText(page, text, (50, 60), FONT, scale, 40, 1, cv2.LINE_AA)
    return page, (50.0, 60.0 - height, 50.0 + width, 62.0)


@pytest.mark.parametrize("wording", ["Your name:", "Event/Location/City:", "Date de la collecte :"])
def test_an_unread_label_is_as_wide_as_its_wording(wording: str) -> None:
    read = []
    for text in ("Event/Location/City:", "Date signatures collected:"):
        (width, _), _ = cv2.getTextSize(text, FONT, 0.7, 1)
        read.append((text, float(width)))
    (wanted, _), _ = cv2.getTextSize(wording, FONT, 0.7, 1)
    assert unread_width(wording, read) == pytest.approx(wanted, rel=0.12)


def test_without_any_label_nothing_is_known_of_an_unread_one() -> None:
    assert unread_width("Your name:", []) is None
    assert unread_width("Your name:", [("", 30.0)]) is None


def test_a_capital_m_is_wider_than_an_i() -> None:
    assert type_width("MM") > type_width("ii") > type_width("") == 0.0


@pytest.mark.parametrize("off", [-10, 0, 10])
@pytest.mark.parametrize("line", [False, True], ids=["bare", "writing line"])
def test_the_end_of_an_unread_label_is_the_gap_before_the_writing(off: int, line: bool) -> None:
    page, (left, top, right, bottom) = _label("Your name:")
    if line:
        cv2.line(page, (int(right) + 8, 60), (680, 60), 120, 2)
    ink_pages.write(page, int(right) + 14, 62, 12)
    found = unread_end(page, (left, top, right + off, bottom))
    assert right - 4 <= found <= right + 6


def test_the_end_of_an_unread_label_on_bare_paper_is_the_guess() -> None:
    page = ink_pages.paper(120, 700)
    assert unread_end(page, (50.0, 40.0, 170.0, 62.0)) == pytest.approx(170.0, abs=20)
    assert unread_end(page, (50.0, 40.0, 699.0, 62.0)) <= 700


def test_a_colon_that_was_not_read_belongs_to_its_label() -> None:
    page, (left, top, right, bottom) = _label("Votre nom")
    for y in (49, 58):
        cv2.circle(page, (int(right) + 8, y), 2, 40, -1)
    ink_pages.write(page, int(right) + 24, 62, 10)
    end = with_colon(page, (left, top, right, bottom))
    assert right + 9 <= end <= right + 13


def test_writing_behind_a_label_is_no_colon() -> None:
    page, (left, top, right, bottom) = _label("Votre nom:")
    ink_pages.write(page, int(right) + 8, 62, 10)
    assert with_colon(page, (left, top, right, bottom)) == right
    stroke = ink_pages.paper(120, 700)
    ink_pages.stroke(stroke, [(210, 44), (210, 62)], thick=3)
    assert with_colon(stroke, (50.0, 42.0, 200.0, 62.0)) == 200.0


def test_a_label_at_the_pages_edge_ends_there() -> None:
    page = np.full((40, 100), 250, np.uint8)
    assert with_colon(page, (10.0, 10.0, 100.0, 30.0)) == 100.0
    assert unread_end(page, (10.0, 10.0, 100.0, 30.0)) == pytest.approx(100.0, abs=20)


@pytest.mark.parametrize("wording", ["Your name:", "Votre nom :", "Site d'ici:"])
@pytest.mark.parametrize("known", [True, False], ids=["width known", "width unknown"])
def test_letters_read_together_with_a_label_stand_behind_its_colon(
    wording: str, known: bool
) -> None:
    page, (left, top, right, bottom) = _label(wording)
    ink_pages.write(page, int(right) + 9, 62, 4)
    width = 1.06 * (right - left) if known else None
    end = own_colon(page, (left, top, right + 48, bottom), width)
    assert end == pytest.approx(right, abs=5)


def test_a_label_that_was_read_alone_has_nothing_behind_its_colon() -> None:
    page, box = _label("Your name:")
    assert own_colon(page, box, None) is None
    assert own_colon(ink_pages.paper(120, 700), box, 100.0) is None


@pytest.mark.parametrize("written", [False, True])
def test_a_letter_of_the_label_that_is_broken_in_two_is_no_colon(*, written: bool) -> None:
    page, (left, top, right, bottom) = _label("Quel P:", 1.2)
    (start, _), _ = cv2.getTextSize("Quel ", FONT, 1.2, 1)
    (stop, _), _ = cv2.getTextSize("Quel P", FONT, 1.2, 1)
    # Of the P, printed faint, the ends of its strokes are left.
    page[40:58, 50 + start : 50 + stop] = 250
    page[36:64, 50 + start + 8 : 50 + stop] = 250
    if written:
        ink_pages.write(page, int(right) + 9, 62, 4)
    end = own_colon(page, (left, top, right + 48 * written, bottom), right - left)
    assert end == (pytest.approx(right, abs=5) if written else None)


def test_a_broken_letter_is_no_colon_where_that_stands_behind_what_was_read() -> None:
    page, (left, top, _, bottom) = _label("Quel Pos:", 1.2)
    start, stop, end = (
        cv2.getTextSize(t, FONT, 1.2, 1)[0][0] for t in ("Quel ", "Quel P", "Quel Pos")
    )
    page[40:58, 50 + start : 50 + stop] = 250
    page[36:64, 50 + start + 8 : 50 + stop] = 250
    box = (left, top, 50.0 + end, bottom)
    assert with_colon(page, box) > box[2]
    assert own_colon(page, box, None) is None
    assert own_colon(page, box, float(end)) is None


def test_an_i_far_from_where_a_label_ends_is_no_colon_of_it() -> None:
    page, (left, top, right, bottom) = _label("Your name")
    for low, high in ((46, 47), (52, 62)):
        ink_pages.stroke(page, [(int(right) + 60, low), (int(right) + 60, high)], thick=3)
    ink_pages.write(page, int(right) + 70, 62, 3)
    assert own_colon(page, (left, top, right + 100, bottom), right - left) is None
