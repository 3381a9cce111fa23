"""A table that goes on beside its rows, where their cells lie off its lines, is for a person."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn import across, blank, down, draw_grid, draw_text, grid_rules, rectified, words_at

from digitizer import formfit, pipeline
from digitizer.forms.forms import Form, parse_form
from digitizer.geometry import as_polygon, rectangle
from digitizer.layout.rows.cutrows import rows_cut_off
from digitizer.layout.rows.leftout import (
    are_unlike,
    columns_run_on,
    end_unlike,
    has_heads_beside,
    leaves_row_out,
    rows_lean,
    stroke_level,
    tables_left_out,
)
from digitizer.lines.tables import find_tables
from digitizer.records import (
    NO_EDIT,
    BoxPlace,
    CellPlace,
    PageEdit,
    PageTask,
    RegisteredPage,
    RowPlace,
    Rule,
)
from digitizer.registration import register_page
from digitizer.states import SheetStatus

LEFT, RIGHT, TOP, PITCH = 330.0, 1830.0, 980.0, 64.0
HEADS = ("Nom", "Code postal", "Téléphone", "Infolettre", "Signature")


def definition() -> Form:
    """A form of five columns."""
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    return parse_form({"form": {"name": "soins"}, "table": {"columns": columns}}, source="s.toml")


def rows(count: int = 6) -> list[RowPlace]:
    """Rows of one cell, one below the other."""
    places = [
        as_polygon(rectangle(LEFT, TOP + n * PITCH, RIGHT, TOP + (n + 1) * PITCH))
        for n in range(count)
    ]
    return [RowPlace(n, p, ()) for n, p in enumerate(places, start=1)]


def lines(first: int, last: int) -> list[Rule]:
    """Rulings of the table, counted from the rows' upper edge."""
    # Sides converge, so that each line is shorter than the one above it.
    return [across(TOP + n * PITCH, LEFT + 4 * n, RIGHT - 9 * n) for n in range(first, last + 1)]


def test_a_ruling_one_row_above_the_first_bounds_a_row_unless_the_heads_stand_there() -> None:
    form = definition()
    assert not leaves_row_out(rows(), lines(0, 6), (), form, None)
    assert leaves_row_out(rows(), lines(-1, 6), (), form, None)
    # The heads stand one row higher, so what is left out is a signer's.
    higher = words_at(LEFT + 20, TOP - 1.6 * PITCH, " ".join(HEADS))
    assert leaves_row_out(rows(), lines(-2, 6), higher, form, None)
    signer = words_at(LEFT + 20, TOP - 0.6 * PITCH, "Rosa Bird CJNon")
    assert leaves_row_out(rows(), lines(-1, 6), signer, form, None)
    above = words_at(LEFT + 20, TOP - 0.6 * PITCH, " ".join(HEADS[:4]))
    assert not leaves_row_out(rows(), lines(-1, 6), above, form, None)


def test_a_ruling_one_row_below_the_last_bounds_a_row_unless_it_is_the_boxs() -> None:
    form = definition()
    assert leaves_row_out(rows(), lines(0, 7), (), form, None)
    foot = TOP + 6 * PITCH
    box = BoxPlace(as_polygon(rectangle(LEFT, foot + 3, RIGHT, foot + 2 * PITCH)), ())
    assert not leaves_row_out(rows(), lines(0, 7), (), form, box)


@pytest.mark.parametrize(
    "other",
    [
        across(TOP - 0.6 * PITCH, LEFT, RIGHT),  # a line of the letter, not one row off
        across(TOP - PITCH, LEFT, LEFT + 700),  # too short for this table
        across(TOP - PITCH, LEFT, RIGHT, slope=0.05),  # the paper's edge, aslant
        replace(across(TOP - PITCH, LEFT, RIGHT), thickness_px=0.0),  # put in, not printed
    ],
)
def test_other_lines_bound_no_row(other: Rule) -> None:
    assert not leaves_row_out(rows(), [*lines(0, 6), other], (), definition(), None)


def test_fewer_than_three_rows_do_not_tell_how_high_one_is() -> None:
    assert not leaves_row_out(rows(2), lines(-1, 2), (), definition(), None)
    assert leaves_row_out(rows(3), lines(-1, 3), (), definition(), None)


def found_on(off_px: float, *, go_on: bool, edit: PageEdit = NO_EDIT) -> RegisteredPage:
    """A page of six rows whose printed lines lie ``off_px`` beside the rulings that are told."""
    form = definition()
    xs = tuple(np.linspace(LEFT, RIGHT, len(HEADS) + 1))
    heights = [TOP + n * PITCH for n in range(-1, 7)]
    page = blank(2000, 2000)
    draw_grid(page, [x + off_px for x in xs], [y + off_px for y in heights])
    rules = grid_rules(xs, heights)
    tables = find_tables(rules, page.shape)
    if go_on:
        rules = [*rules, across(TOP + 7 * PITCH, LEFT, RIGHT)]
    words = [w for x, text in zip(xs, HEADS, strict=False)
             for w in words_at(x + 5, TOP - 40, text)]  # fmt: skip
    return register_page(rectified(page), rules, tables, words, (form,), edit)


def test_a_person_is_asked_where_cells_lie_off_the_lines_too_and_answers_once() -> None:
    straight, apart = found_on(0, go_on=True), found_on(12, go_on=False)
    for found in (straight, apart):
        assert len(found.rows) == 6 and not found.rows_guessed
    asked = found_on(12, go_on=True)
    assert asked.residual_mm is not None and asked.residual_mm > 1
    assert len(asked.rows) == 6 and asked.rows_guessed
    rows = tuple(((LEFT, TOP + n * PITCH), (RIGHT, TOP + n * PITCH)) for n in range(7))
    saved = found_on(12, go_on=True, edit=PageEdit(form="soins", turn_deg=0, row_lines=rows))
    assert len(saved.rows) == 6 and not saved.rows_guessed


@pytest.mark.parametrize(
    ("slope", "said"), [(0.03, False), (-0.04, False), (0.07, True), (-0.1, True)]
)
def test_rows_that_lean_more_than_rulings_are_traced_are_for_a_person(
    slope: float, said: bool
) -> None:
    """Of twelve rows six were lost without a word, each with the line above it."""
    level = rows(3)
    low = tuple((x, y + slope * (x - LEFT)) for x, y in level[1].polygon)
    assert rows_lean([level[0], RowPlace(2, low, ()), level[2]]) is said
    page = blank(2000, 2600)
    table = grid_rules([LEFT + 300 * n for n in range(6)], [TOP + n * PITCH for n in range(9)])
    turned = [
        Rule(r.points @ np.array([[1.0, slope], [-slope, 1.0]]), r.horizontal, 2.0, 1.0)
        for r in table
    ]
    words = [
        word
        for n, head in enumerate(HEADS)
        for word in words_at(
            LEFT + 300 * n + 8 - slope * (TOP + 20),
            TOP + 20 + slope * (LEFT + 300 * n),
            head,
        )
    ]
    tables = find_tables(turned, (2600, 2000))
    found = register_page(rectified(page), turned, tables, words, (definition(),))
    assert len(found.rows) == 7 and found.rows_guessed is said


WIDE, CARD = 1500.0, 100.0
FORM_XS = tuple(LEFT + share * WIDE for share in (0, 0.3, 0.45, 0.6, 0.8, 1))


def with_two_tables(second_top: float, *, ink: bool, **second: object) -> RegisteredPage:
    """Three signers' rows and, further down, a table of two rows with or without writing."""
    page = blank(2200, 2000)
    xs = second.get("xs", FORM_XS)
    assert isinstance(xs, tuple)
    ys = [TOP + n * CARD for n in range(4)]
    lower = [second_top + n * CARD for n in range(3)]
    draw_grid(page, FORM_XS, ys)
    draw_grid(page, xs, lower)
    for left in xs[:2] if ink else ():
        page[
            round(second_top) + 40 : round(second_top) + 44, round(left) + 30 : round(left) + 90
        ] = 30
    rules = [*grid_rules(FORM_XS, ys), *grid_rules(xs, lower)]
    heads = second.get("heads", ())
    assert isinstance(heads, tuple)
    words = [
        *(
            w
            for x, said in zip(FORM_XS, HEADS, strict=False)
            for w in words_at(x + 8, TOP - 40, said)
        ),
        *(
            w
            for x, said in zip(xs, heads, strict=False)
            for w in words_at(x + 8, second_top - 40, said)
        ),
    ]
    tables = find_tables(rules, page.shape)
    return register_page(rectified(page), rules, tables, words, [definition()])


def test_a_table_like_the_rows_that_is_written_in_is_told() -> None:
    found = with_two_tables(TOP + 4 * CARD, ink=True)
    assert len(found.rows) == 3
    assert tables_left_out(found, definition(), written=True) == 1
    blank_one = with_two_tables(TOP + 4 * CARD, ink=False)
    assert tables_left_out(blank_one, definition(), written=True) == 0
    # A definition that misses them is told by the blank sheet.
    assert tables_left_out(blank_one, definition(), written=False) == 1


@pytest.mark.parametrize(
    "second",
    [
        pytest.param({"xs": (LEFT, LEFT + 400, LEFT + 900, LEFT + WIDE)}, id="other columns"),
        pytest.param({"heads": ("Place", "Day", "Hour", "Sheets", "Total")}, id="other heads"),
    ],
)
def test_another_table_on_the_page_is_not_told(second: dict[str, object]) -> None:
    found = with_two_tables(TOP + 5 * CARD, ink=True, **second)
    assert len(found.rows) == 3
    assert tables_left_out(found, definition(), written=True) == 0


def test_a_sheet_with_such_a_table_waits_until_a_person_saved_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = with_two_tables(TOP + 4 * CARD, ink=True)
    image = found.page.image
    monkeypatch.setattr(pipeline, "load_page", lambda ref: image)
    monkeypatch.setattr(pipeline, "load_unchanged", lambda *given: (definition(),))
    monkeypatch.setattr(pipeline, "sheets_on", lambda *given: ((found, 0),))
    monkeypatch.setattr(pipeline, "register_image", lambda *given, **more: (found, 0))
    task = PageTask(image.ref, "sheet-1", str(tmp_path), (), 0.005)
    result = pipeline.process_page(task)
    assert "table-unread" in result.reasons
    assert result.status is SheetStatus.REVIEW
    saved = replace(NO_EDIT, row_lines=(((0.0, 0.0), (9.0, 0.0)), ((0.0, 9.0), (9.0, 9.0))))
    assert "table-unread" not in pipeline.process_page(replace(task, edit=saved)).reasons


def under_a_slip(
    first: int, last: int, *, stub: float = 20.0, said: str = "", ink: bool = False
) -> RegisteredPage:
    """Nine rows of which a slip from side to side hides those from ``first`` to ``last``.

    ``stub``: how far columns are seen beyond the last line above it, px; ``said``: letters in the
    row below it that were read as print; ``ink``: somebody wrote there.
    """
    page = blank(2200, 2200)
    upper = [TOP + n * CARD for n in range(first)]
    lower = [TOP + n * CARD for n in range(last, 10)]
    draw_grid(page, FORM_XS, upper)
    draw_grid(page, FORM_XS, lower)
    for left in FORM_XS[:3] if ink else ():
        page[round(lower[0]) + 40 : round(lower[0]) + 44, round(left) + 30 : round(left) + 90] = 30
    rules = [
        *(across(y, FORM_XS[0], FORM_XS[-1]) for y in (*upper, *lower)),
        *(down(x, upper[0], upper[-1] + stub) for x in FORM_XS),
        *(down(x, lower[0], lower[-1]) for x in FORM_XS),
    ]
    heads = [
        word
        for x, head in zip(FORM_XS, HEADS, strict=False)
        for word in words_at(x + 8, TOP - 40, head)
    ]
    below = [w for x in FORM_XS[: 4 if said else 0] for w in words_at(x + 30, lower[0] + 30, said)]
    tables = find_tables(rules, page.shape)
    return register_page(rectified(page), rules, tables, [*heads, *below], [definition()])


@pytest.mark.parametrize(("first", "last"), [(2, 2), (4, 5), (3, 6)])
def test_rows_that_a_slip_from_side_to_side_hides_are_told(first: int, last: int) -> None:
    """All signers below a white slip were lost, and the sheet said that nobody had signed."""
    found = under_a_slip(first, last)
    assert len(found.rows) in (first - 1, 9 - last)
    assert rows_cut_off(found, definition()) == tuple(range(first, last + 1))


def test_letters_in_the_row_below_a_slip_are_no_heads_of_another_table() -> None:
    found = under_a_slip(2, 2, said="ENNIO", ink=True)
    assert len(found.rows) == 1
    assert tables_left_out(found, definition(), written=True) == 1


def test_of_two_tables_printed_whole_rows_apart_none_is_cut() -> None:
    assert rows_cut_off(under_a_slip(4, 5, stub=0.0), definition()) == ()
    assert rows_cut_off(with_two_tables(TOP + 4 * CARD, ink=True), definition()) == ()


def checked(
    found: RegisteredPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> formfit.FormFit:
    """What ``form check`` says of a page on which this was found."""
    source = folder / "soins.toml"
    columns = [
        f'[[table.columns]]\nname = "c{n}"\nheader = ["{head}"]\n'
        f'fields = [{{ name = "f{n}", kind = "text" }}]\n'
        for n, head in enumerate(HEADS, start=1)
    ]
    source.write_text('[form]\nname = "soins"\n' + "\n".join(columns), encoding="utf-8")
    monkeypatch.setattr(formfit, "_first_page", lambda path: found.page.image)
    monkeypatch.setattr(formfit, "register_image", lambda *given, **more: (found, 2))
    return formfit.check_fit(folder / "page.png", str(source), folder / "shown.png")


def test_form_check_says_that_the_definition_leaves_a_table_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = checked(with_two_tables(TOP + 4 * CARD, ink=False), tmp_path, monkeypatch)
    assert fit.fits
    assert [p for p in fit.problems if "1 more table(s) ruled like that of the rows" in p]


@pytest.mark.parametrize("guessed", [True, False])
def test_form_check_says_that_rows_are_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, guessed: bool
) -> None:
    """A row too many on a clean sheet was told as its number alone."""
    found = replace(with_two_tables(TOP + 4 * CARD, ink=False), rows_guessed=guessed)
    fit = checked(found, tmp_path, monkeypatch)
    assert fit.fits and (formfit.GUESSED_ROWS in fit.problems) == guessed


def test_columns_that_run_on_past_the_rows_bound_rows_that_were_left_out() -> None:
    """A worn table of two lines a signer gave three of seven signers, without a word."""
    headed = definition()
    bare = replace(headed, columns=tuple(replace(c, header=()) for c in headed.columns))
    foot = TOP + 6 * PITCH
    for up, down_by, form, told in (
        (1, 0, bare, True),
        (1, 0, headed, False),
        (0, 1, headed, True),
        (0, 0.5, headed, False),
    ):
        sides = [down(x, TOP - up * PITCH, foot + down_by * PITCH) for x in (LEFT, LEFT + 600)]
        assert columns_run_on(rows(), sides, form, None) == told
        # A frame around the table and what stands below it.
        frame = [down(x, TOP - 200, foot + 300) for x in (LEFT, RIGHT)]
        assert not columns_run_on(rows(), frame, bare, None)
    box = BoxPlace(as_polygon(rectangle(LEFT, foot + 3, RIGHT, foot + 2 * PITCH)), ())
    sides = [down(x, TOP, foot + PITCH) for x in (LEFT, LEFT + 600)]
    assert columns_run_on(rows(), sides, headed, None)
    # Another table's sides in line with the columns, traced as one with them.
    apart = [replace(side, gaps=((foot + 2, foot + 0.6 * PITCH),)) for side in sides]
    assert not columns_run_on(rows(), apart, headed, None)
    assert not columns_run_on(rows(), sides, headed, box)


def test_heads_beside_those_of_the_rows_are_another_tables() -> None:
    """Of two worn tables one was lost with all its signers, without a word."""
    form = definition()
    own = words_at(LEFT + 20, TOP - 0.6 * PITCH, " ".join(HEADS))
    other = words_at(RIGHT + 50, TOP - 0.6 * PITCH, " ".join(HEADS))
    assert has_heads_beside(rows(), [*own, *other], form)
    assert not has_heads_beside(rows(), own, form)
    one = words_at(RIGHT + 50, TOP - 0.6 * PITCH, HEADS[1])
    far = words_at(RIGHT + 50, TOP - 4 * PITCH, " ".join(HEADS))
    assert not has_heads_beside(rows(), [*own, *one, *far], form)


def test_tables_side_by_side_of_unlike_numbers_of_rows_may_lack_some() -> None:
    def beside(count: int, off: float = 0.0) -> list[RowPlace]:
        return [
            RowPlace(n, tuple((x + 1600, y + off) for x, y in row.polygon), ())
            for n, row in enumerate(rows(count), start=7)
        ]

    assert end_unlike([*rows(6), *beside(2)])
    assert not end_unlike([*rows(6), *beside(6)])
    # Of tables that begin at other heights nothing is known.
    assert not end_unlike([*rows(6), *beside(2, off=3 * PITCH)])
    assert not end_unlike(rows(6)) and not end_unlike([])


@pytest.mark.parametrize("short", [0.0, 0.7])
def test_unlike_tables_side_by_side_have_as_many_rows_as_they_like(short: float) -> None:
    """Every sheet of adults beside pupils had to be looked at."""
    left, right = (
        rows(6),
        [
            RowPlace(n, tuple((x + 1600, y) for x, y in row.polygon), ())
            for n, row in enumerate(rows(2), start=7)
        ],
    )
    sides = [down(x, TOP, TOP + 6 * PITCH) for x in (LEFT, RIGHT)]
    sides += [down(x + 1600, TOP, TOP + (2 - short) * PITCH) for x in (LEFT, RIGHT)]
    of = {"adults": left, "pupils": right}
    unlike = [
        replace(row, cells=(CellPlace(name, (), row.polygon),))
        for name, some in of.items()
        for row in some
    ]
    # Where the sides of the shorter one are not seen to its end, more of it may be lost.
    assert end_unlike(unlike, sides) == bool(short)
    assert end_unlike([*left, *right], sides)


def test_rows_of_tables_side_by_side_that_are_unlike_in_height_are_not_all_rows() -> None:
    def cards(high: float, left: float, count: int) -> list[RowPlace]:
        tops = [100 + n * (high + 40) for n in range(count)]
        return [
            RowPlace(n, as_polygon(rectangle(left, top, left + 700, top + high)), ())
            for n, top in enumerate(tops, start=1)
        ]

    assert are_unlike([*cards(90, 100, 4), *cards(380, 850, 2)])
    assert not are_unlike([*cards(380, 100, 4), *cards(370, 850, 2)])
    assert not are_unlike([])


def test_strokes_of_a_faint_page_are_paler() -> None:
    words = words_at(120, 100, "Nom Adresse Signature")
    gray = blank(1200, 400)
    draw_text(gray, 118, 98, "Nom Adresse Signature", 26)
    assert stroke_level(gray, words) == stroke_level(gray, []) == 150
    faint = (255 - (255 - gray.astype(float)) * 0.45).astype(np.uint8)
    assert faint[90:130, 110:400].min() < stroke_level(faint, words) - 30 < 200
