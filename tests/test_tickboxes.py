"""An empty printed box is never ticked, whatever it looks like; a mark in one is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import draw_text
from ink_pages import EDGES, ROW_HEIGHT, TOP, box, register, rule, stroke, table, table_rules

from digitizer.forms.forms import Column, Form
from digitizer.layout.print.printedboxes import boxes_to_tick
from digitizer.layout.table.cellparts import split_cells
from digitizer.records import (
    CellCrop,
    CellPlace,
    FieldKind,
    FieldSpec,
    InkState,
    Pixels,
    PrintedWord,
    RegisteredPage,
    Rule,
)
from digitizer.segment import cut_cells
from digitizer.writing.tickboxes import is_outline

SIDE = 28
LEFT, HIGH = EDGES[2] + 40, 34
STYLES = ["thin", "thick", "gray", "round", "dashed", "dotted", "circle", "double", "worn", "small"]


def draw_box(gray: Pixels, x: int, y: int, style: str, side: int = SIDE) -> None:
    """A box to tick, its left upper corner at (x, y)."""
    low, right = y + side, x + side
    if style in ("thin", "thick", "gray", "small", "double"):
        if style == "small":
            low, right = y + 15, x + 15
        dark, line = {"gray": (150, 2), "thick": (30, 4)}.get(style, (40, 2))
        cv2.rectangle(gray, (x, y), (right, low), dark, line)
        if style == "double":
            cv2.rectangle(gray, (x + 5, y + 5), (right - 5, low - 5), dark, 1)
    elif style == "round":
        for ax, ay, turn in ((x, y, 180), (right, y, 270), (right, low, 0), (x, low, 90)):
            middle = (ax + (6 if ax == x else -6), ay + (6 if ay == y else -6))
            cv2.ellipse(gray, middle, (6, 6), turn, 0, 90, 40, 2, cv2.LINE_AA)
        for a, b in (((x + 6, y), (right - 6, y)), ((x + 6, low), (right - 6, low)),
                     ((x, y + 6), (x, low - 6)), ((right, y + 6), (right, low - 6))):  # fmt: skip
            cv2.line(gray, a, b, 40, 2)
    elif style == "circle":
        cv2.circle(gray, (x + side // 2, y + side // 2), side // 2, 40, 2, cv2.LINE_AA)
    elif style in ("dashed", "dotted"):
        dash, step = (7, 11) if style == "dashed" else (2, 5)
        for at in range(0, side, step):
            end = min(at + dash, side)
            for a, b in (
                ((x + at, y), (x + end, y)),
                ((x + at, low), (x + end, low)),
                ((x, y + at), (x, y + end)),
                ((right, y + at), (right, y + end)),
            ):
                cv2.line(gray, a, b, 40, 2)
    else:  # worn: a side is gone, another one broken
        cv2.line(gray, (x, y), (right, y), 40, 2)
        cv2.line(gray, (x, y), (x, low), 40, 2)
        cv2.line(gray, (x, low), (x + side // 2, low), 40, 2)


def tick(gray: Pixels, x: int, y: int, kind: str, side: int = SIDE) -> None:
    """A mark in the box at (x, y)."""
    if kind == "cross":
        stroke(gray, [(x - 3, y - 2), (x + side + 4, y + side + 3)])
        stroke(gray, [(x + side + 2, y - 4), (x - 2, y + side + 2)])
    elif kind == "tick":
        stroke(
            gray, [(x + 2, y + side * 0.5), (x + side * 0.4, y + side - 3), (x + side * 1.3, y - 8)]
        )
    elif kind == "slash":
        stroke(gray, [(x + 4, y + side - 4), (x + side - 4, y + 5)])
    else:  # filled
        for at in range(2, side - 1, 3):
            stroke(gray, [(x + 2, y + at), (x + side - 3, y + at + 2)])


def page_of(
    style: str, marks: dict[int, str], rows: int, *, word: bool = True, more: tuple[Rule, ...] = ()
) -> RegisteredPage:
    """A table with a box to tick in its third column, "Oui" behind it; ``marks`` by row."""
    gray = table(rows)
    side = 15 if style == "small" else SIDE
    for row in range(1, rows + 1):
        x, y = LEFT, TOP + (row - 1) * ROW_HEIGHT + HIGH
        draw_box(gray, x, y, style)
        if word:
            draw_text(gray, x + SIDE + 12, y + 2, "Oui", 22)
        if row in marks:
            tick(gray, x, y, marks[row], side)
    found = register(gray, rows, [*table_rules(rows), *more])
    spec = FieldSpec("yes", FieldKind.CHECKBOX)
    captioned = []
    for place in found.rows:
        top = TOP + (place.row - 1) * ROW_HEIGHT
        words = ((LEFT + SIDE + 10.0, top + HIGH, LEFT + SIDE + 60.0, top + HIGH + SIDE),)
        cell = CellPlace(
            "yes",
            (spec,),
            box(EDGES[2], top, EDGES[3], top + ROW_HEIGHT),
            words if word else (),
            captioned=word,
        )
        captioned.append(replace(place, cells=(cell,)))
    return replace(found, rows=tuple(captioned))


def ticks_of(page: RegisteredPage) -> dict[int, InkState]:
    return {crop.row: crop.ink for crop in cut_cells(page) if crop.row is not None}


@pytest.mark.parametrize("rows", [1, 2, 6])
@pytest.mark.parametrize("style", STYLES)
def test_an_empty_box_is_never_ticked(style: str, rows: int) -> None:
    assert InkState.WRITTEN not in ticks_of(page_of(style, {}, rows)).values()


@pytest.mark.parametrize("style", ["thin", "thick", "gray", "round", "dashed", "dotted", "small"])
@pytest.mark.parametrize("rows", [1, 6])
def test_an_empty_square_waits_for_nobody(style: str, rows: int) -> None:
    assert set(ticks_of(page_of(style, {}, rows)).values()) == {InkState.EMPTY}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("mark", ["cross", "tick", "slash", "filled"])
def test_a_mark_in_a_box_is_no_empty_one(style: str, mark: str) -> None:
    found = ticks_of(page_of(style, {2: mark, 5: mark}, 6))
    assert all(found[row] is not InkState.EMPTY for row in (2, 5))
    assert all(found[row] is not InkState.WRITTEN for row in (1, 3, 4, 6))


@pytest.mark.parametrize("style", ["thin", "thick", "gray", "round", "dashed"])
@pytest.mark.parametrize("mark", ["cross", "tick", "slash", "filled"])
@pytest.mark.parametrize("rows", [1, 2, 6])
def test_a_mark_is_a_tick_though_every_row_has_it(style: str, mark: str, rows: int) -> None:
    marks = dict.fromkeys(range(1, rows + 1), mark)
    assert InkState.EMPTY not in ticks_of(page_of(style, marks, rows)).values()
    one = ticks_of(page_of(style, {1: mark}, 6))
    assert one[1] is InkState.WRITTEN


@pytest.mark.parametrize("style", ["thin", "thick", "round", "dotted", "small"])
@pytest.mark.parametrize(("thick", "gray"), [(1, 60), (3, 60), (4, 120)])
def test_a_ring_around_a_box_is_never_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, style: str, thick: int, gray: int
) -> None:
    def ring(pixels: Pixels, x: int, y: int, kind: str, side: int = SIDE) -> None:
        del kind
        axes = side // 2 + 7, side // 2 + 6
        middle = x + side // 2, y + side // 2
        cv2.ellipse(pixels, middle, axes, 10, 0, 360, gray, thick, cv2.LINE_AA)

    monkeypatch.setattr(f"{__name__}.tick", ring)
    found = ticks_of(page_of(style, {1: "ring", 4: "ring"}, 6))
    assert InkState.EMPTY not in (found.pop(1), found.pop(4))
    assert set(found.values()) == {InkState.EMPTY}


def test_boxes_below_each_other_that_look_like_a_ruling_stay_empty() -> None:
    # Sides of boxes were traced as rulings, and lost some of their length to that.
    sides = tuple(rule(x, TOP, x, TOP + 3 * ROW_HEIGHT) for x in (LEFT, LEFT + SIDE))
    found = ticks_of(page_of("thin", {5: "cross"}, 6, more=sides))
    assert found.pop(5) is InkState.WRITTEN
    assert set(found.values()) == {InkState.EMPTY}


def test_what_is_left_of_an_outline_is_no_mark_and_strokes_are() -> None:
    frame = np.zeros((40, 40), np.uint8)
    cv2.rectangle(frame, (5, 5), (33, 33), 1, 2)
    assert is_outline(frame > 0)
    sides = frame.copy()
    sides[:, 10:28] = 0
    assert is_outline(sides > 0)
    one = frame.copy()
    one[:, 8:] = 0
    assert is_outline(one > 0)
    for points in ([(6, 20), (14, 32), (34, 4)], [(6, 32), (32, 6)]):
        mark = np.zeros((40, 40), np.uint8)
        cv2.polylines(mark, [np.array(points)], False, 1, 3)
        assert not is_outline(mark > 0)
    assert not is_outline(np.zeros((5, 5), np.bool_))


WORDS = ("Arts", "Sciences", "Droit", "Autre")
FOUR = Form(
    name="form",
    language="fr",
    petition="",
    phrases=(),
    columns=(
        Column(
            "faculty",
            (),
            tuple(FieldSpec(word.lower(), FieldKind.CHECKBOX) for word in WORDS),
            captions=tuple((word,) for word in WORDS),
        ),
    ),
    box=None,
    source="test",
)
PLACES = ((10, 14), (130, 14), (10, 60), (130, 60))


def four_boxes(
    read: dict[str, int], marked: str = "", *, boxes: bool = True
) -> dict[str, CellCrop]:
    """The crops of the first of four rows with four boxes each, two by two.

    ``read``: words that are read, with how many px before them are read along: the box.
    ``boxes``: whether they are printed; else there is only the mark.
    """
    rows, left = 4, EDGES[2]
    gray = table(rows)
    for row in range(rows):
        for (x, y), word in zip(PLACES, WORDS, strict=True):
            at = left + x, TOP + row * ROW_HEIGHT + y
            if boxes:
                draw_box(gray, *at, "thin", 24)
            draw_text(gray, at[0] + 32, at[1] + 2, word, 20)
            if row == 0 and word == marked:
                tick(gray, *at, "tick", 24)
    found = register(gray, rows, table_rules(rows))
    places = []
    for place in found.rows:
        top = TOP + (place.row - 1) * ROW_HEIGHT
        cell = CellPlace(
            "faculty", FOUR.columns[0].fields, box(left, top, EDGES[3], top + ROW_HEIGHT)
        )
        places.append(replace(place, polygon=cell.polygon, cells=(cell,)))

    def words(pixels: Pixels) -> tuple[PrintedWord, ...]:
        wide, high = pixels.shape[1] / (EDGES[3] - left), pixels.shape[0] / ROW_HEIGHT
        return tuple(
            PrintedWord(
                word,
                ((x + 32 - read[word]) * wide, y * high, (x + 100) * wide, (y + 26) * high),
                0.95,
            )
            for (x, y), word in zip(PLACES, WORDS, strict=True)
            if word in read
        )

    split = split_cells(places, FOUR, gray, words)
    crops = cut_cells(replace(found, rows=split))
    return {crop.column: crop for crop in crops if crop.row == 1}


@pytest.mark.parametrize(
    "with_box", [{}, {"Sciences": 33}, {"Droit": 33}, dict.fromkeys(WORDS, 33)]
)
@pytest.mark.parametrize("marked", WORDS)
def test_of_boxes_two_by_two_the_marked_one_alone_is_ticked(
    marked: str, with_box: dict[str, int]
) -> None:
    crops = four_boxes(dict.fromkeys(WORDS, 0) | with_box, marked)
    found = {name for name, crop in crops.items() if crop.ink is InkState.WRITTEN}
    assert found == {marked.lower()}
    assert {crop.ink for name, crop in crops.items() if name not in found} == {InkState.EMPTY}


def test_a_word_that_could_not_be_read_is_told_by_its_box_and_the_others() -> None:
    crops = four_boxes({"Arts": 0, "Droit": 33}, "Autre")
    assert {name for name, crop in crops.items() if crop.ink is InkState.WRITTEN} == {"autre"}


def test_where_nothing_tells_whose_a_box_is_none_passes_unseen() -> None:
    # Sciences may stand beside Arts or below it.
    crops = four_boxes({"Arts": 0}, "Droit")
    assert {crop.ink for crop in crops.values()} == {InkState.LOOK}


def test_where_no_box_is_seen_and_a_word_seems_to_begin_at_the_side_all_wait() -> None:
    # The first word was read together with its box, the others without.
    crops = four_boxes(dict.fromkeys(WORDS, 0) | {"Arts": 45}, "Sciences", boxes=False)
    assert {crop.ink for crop in crops.values()} == {InkState.LOOK}


@pytest.mark.parametrize("gray_level", [40, 150, 185, 205, 218])
def test_a_box_is_found_however_pale_its_copy_is(gray_level: int) -> None:
    page = table(4)
    for row in range(4):
        y = TOP + row * ROW_HEIGHT + HIGH
        cv2.rectangle(page, (LEFT, y), (LEFT + SIDE, y + SIDE), gray_level, 2)
    rows = [
        box(EDGES[0], TOP + row * ROW_HEIGHT, EDGES[-1], TOP + (row + 1) * ROW_HEIGHT)
        for row in range(4)
    ]
    (found,) = boxes_to_tick(page, rows)
    assert abs(found[0] * (EDGES[-1] - EDGES[0]) + EDGES[0] - LEFT) < 3


def test_words_that_were_not_read_beside_their_boxes_are_read_without_them() -> None:
    rows, left = 4, EDGES[2]
    gray = table(rows)
    for row in range(rows):
        for x, word in ((10, "Oui"), (130, "Non")):
            at = left + x, TOP + row * ROW_HEIGHT + HIGH
            draw_box(gray, *at, "thin", 24)
            draw_text(gray, at[0] + 32, at[1] + 2, word, 20)
    found = register(gray, rows, table_rules(rows))
    form = replace(
        FOUR,
        columns=(
            Column(
                "news",
                (),
                tuple(FieldSpec(name, FieldKind.CHECKBOX) for name in ("yes", "no")),
                captions=(("Oui",), ("Non",)),
            ),
        ),
    )
    places = []
    for place in found.rows:
        top = TOP + (place.row - 1) * ROW_HEIGHT
        cell = CellPlace("news", form.columns[0].fields, box(left, top, EDGES[3], top + ROW_HEIGHT))
        places.append(replace(place, polygon=cell.polygon, cells=(cell,)))

    def words(pixels: Pixels) -> tuple[PrintedWord, ...]:
        wide, high = pixels.shape[1] / (EDGES[3] - left), pixels.shape[0] / ROW_HEIGHT
        first = (slice(round((HIGH - 3) * high), round((HIGH + 27) * high)),
                 slice(round(7 * wide), round(37 * wide)))  # fmt: skip
        if (pixels[first] < 128).any():
            return ()
        return tuple(
            PrintedWord(word, ((x + 32) * wide, HIGH * high, (x + 90) * wide, 60 * high), 0.9)
            for x, word in ((10, "Oui"), (130, "Non"))
        )

    first_row = split_cells(places, form, gray, words)[0]
    sides = [cell.polygon[0][0] - left for cell in first_row.cells]
    assert [cell.column for cell in first_row.cells] == ["yes", "no"]
    assert sides[0] == 0 and 100 < sides[1] < 130
    assert not any(cell.guessed for cell in first_row.cells)
