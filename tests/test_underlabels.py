"""Labels in small print under the lines that they name."""

import pytest
from drawn import across, blank, down, draw_across, words_at

from digitizer.collector.underlabels import spaces_over_labels
from digitizer.layout.print.wording import Box, Hit, bounding_box

LINES = ((110.0, 600.0, 200.0), (760.0, 1300.0, 200.0), (110.0, 600.0, 320.0))


def spaces(
    places: list[tuple[str, float, float]], lines: tuple[tuple[float, float, float], ...] = LINES
) -> list[Box | None] | None:
    gray = blank(1500, 600)
    labels: list[Hit | None] = []
    for text, x, y in places:
        words = tuple(words_at(x, y, text, height=16))
        labels.append(Hit(1.0, bounding_box(words), words) if text else None)
    for left, right, y in lines:
        draw_across(gray, y, left, right)
    rules = [across(y, left, right) for left, right, y in lines]
    return spaces_over_labels(labels, [], rules, gray)


NAME, PLACE, DATE = ("(name)", 120.0, 206.0), ("(place)", 1000.0, 206.0), ("(date)", 110.0, 326.0)


def test_an_answer_stands_on_the_line_over_its_label() -> None:
    found = spaces([NAME, PLACE, DATE])
    assert found is not None
    for box, (left, right, y) in zip(found, LINES, strict=True):
        assert box is not None
        assert (box[0], box[2], box[3]) == pytest.approx((left, right, y), abs=17)
        assert 50 <= box[3] - box[1] <= 80
    assert found[2] is not None
    assert found[2][1] >= 206 + 16


def test_an_answer_over_its_label_ends_at_the_side_of_the_frame() -> None:
    gray = blank(1500, 600)
    words = tuple(words_at(120, 206, "(name)", height=16))
    draw_across(gray, 200, 110, 600)
    sides = [down(98, 120, 240), down(612, 120, 240)]
    (box,) = spaces_over_labels(
        [Hit(1.0, bounding_box(words), words)], [], [across(200, 110, 600), *sides], gray
    ) or (None,)
    assert box is not None
    assert (box[0], box[2]) == (98, 612)


def test_a_label_that_was_not_read_has_no_place() -> None:
    found = spaces([NAME, ("", 0, 0), DATE])
    assert found is None or found[1] is None


@pytest.mark.parametrize(
    ("places", "lines"),
    [
        ([NAME, DATE], (*LINES, (110.0, 600.0, 420.0))),
        ([("Name:", 110.0, 190.0), ("Date:", 110.0, 310.0)],
         ((190.0, 600.0, 206.0), (190.0, 600.0, 326.0))),
        ([NAME, ("(date)", 400.0, 206.0)], LINES[:1]),
        ([NAME, ("Date", 110.0, 500.0)], LINES),
    ],
    ids=["between-two-lines", "before-their-lines", "two-under-one", "one-under-none"],
)  # fmt: skip
def test_other_labels_do_not_stand_under_lines(
    places: list[tuple[str, float, float]], lines: tuple[tuple[float, float, float], ...]
) -> None:
    assert spaces(places, lines) is None
