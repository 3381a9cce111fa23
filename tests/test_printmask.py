"""The print engine sees print: no rulings, no handwriting, nothing white on black."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import PAPER, across, blank, draw_across, draw_down, draw_grid, draw_text, grid_rules

from digitizer.layout.identification.printmask import print_image
from digitizer.lines.folds import without_folds
from digitizer.lines.rulings import trace_rules
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels

XS = (100.0, 400.0, 700.0, 1000.0)
YS = tuple(200.0 + 80 * n for n in range(9))


@pytest.fixture
def page() -> Pixels:
    """A table of eight rows under a title; the first row is its header."""
    drawn = blank(1100, 1000)
    draw_grid(drawn, XS, YS)
    draw_text(drawn, 110, 60, "Save the parks", 44)
    for x in XS[:-1]:
        draw_text(drawn, x + 20, 220, "Header", 30)
        draw_text(drawn, x + 20, 860, "footer", 30)
        for y in YS[2:-2]:
            draw_text(drawn, x + 20, y + 20, "Ana Roy", 40)
    return drawn


def shown(page: Pixels) -> Pixels:
    """What the print engine would see of a page."""
    rules = trace_rules(page)
    return print_image(page, rules, find_tables(rules, page.shape))


def test_rulings_are_painted_out(page: Pixels) -> None:
    out = shown(page)
    assert trace_rules(page) and trace_rules(out) == ()
    assert (page[:, 90:110] < 150).sum() > 1000 > 10 > (out[:, 90:110] < 150).sum()


def test_handwriting_in_signer_rows_is_hidden_and_header_and_footer_stay(page: Pixels) -> None:
    out = shown(page)
    assert (out[285:835, 110:990] < 150).sum() == 0
    for rows in (slice(40, 120), slice(210, 270), slice(850, 910)):
        assert (out[rows, 110:990] < 100).sum() == pytest.approx(
            (page[rows, 110:990] < 100).sum(), rel=0.25
        )


def test_the_page_itself_stays_as_it_was(page: Pixels) -> None:
    before = page.copy()
    shown(page)
    assert np.array_equal(page, before)


def test_print_on_a_dark_band_is_turned_dark_on_light() -> None:
    page = blank(1100, 600)
    page[100:170, 80:1020] = 25
    light = blank(1100, 600)
    draw_text(light, 120, 112, "SAVE THE PARKS", 40, gray=0)
    page[100:170, 80:1020] = np.where(light[100:170, 80:1020] < 128, 240, page[100:170, 80:1020])
    out = shown(page)
    assert np.median(out[100:170, 80:1020]) > 200
    dark, wanted = out[105:165, 110:700] < 100, light[105:165, 110:700] < 128
    assert (dark == wanted).mean() > 0.95


@pytest.mark.parametrize("darkest", [110, 140, 165])
def test_a_pale_copy_is_shown_as_dark_as_it_was_printed(darkest: int) -> None:
    """Its bands of light print on dark are no darker than shades of others."""
    dark = blank(1100, 600)
    dark[100:170, 80:1020] = 25
    draw_text(dark, 120, 112, "SAVE THE PARKS", 40, gray=240)
    draw_text(dark, 120, 250, "To: the minister of parks and gardens", 30, gray=25)
    dark[300:520, 80:1020] = np.minimum(dark[300:520, 80:1020], 215)
    draw_text(dark, 120, 350, "Name (please print)", 30, gray=25)
    pale = np.rint(PAPER - (PAPER - dark.astype(float)) * (PAPER - darkest) / (PAPER - 25))
    out, wanted = shown(pale.astype(np.uint8)), shown(dark)
    assert np.abs(out.astype(int) - wanted).mean() < 8
    assert np.median(out[100:170, 80:1020]) > 200


@pytest.mark.parametrize("shade", [160, 217])
def test_the_shade_of_a_header_is_lifted_and_its_print_stays_dark(page: Pixels, shade: int) -> None:
    plain = shown(page)
    page[202:278, 102:998] = np.minimum(page[202:278, 102:998], shade)
    out = shown(page)
    assert np.median(out[205:275, 110:990]) >= 240
    assert ((out[205:275, 110:990] < 120) == (plain[205:275, 110:990] < 120)).mean() > 0.98


def test_bold_print_and_pictures_of_a_stamp_stay_as_they_are() -> None:
    page = blank(1100, 600)
    draw_text(page, 100, 100, "SAVE THE PARKS", 90, gray=0)
    page[300:330, 500:540] = 20
    assert np.array_equal(shown(page), page)


def test_a_short_ruling_outside_tables_may_be_print_and_stays() -> None:
    page = blank(1100, 600)
    draw_text(page, 110, 60, "Save the parks", 44, gray=0)
    draw_across(page, 300.5, 100, 400)
    assert np.array_equal(print_image(page, [across(300.5, 100, 400)], ()), page)
    long = blank(1100, 600)
    draw_across(long, 300.5, 100, 900)
    assert (print_image(long, [across(300.5, 100, 900)], ()) < 200).sum() == 0


def test_a_fold_as_pale_as_a_shadow_is_left_alone() -> None:
    page = blank(1100, 900)
    draw_down(page, 500.5, 80, 820, gray=PAPER - 30)
    draw_text(page, 380, 300, "words across the fold", 30)
    assert np.array_equal(shown(page), page)


def test_a_fold_across_the_page_does_not_take_words_with_it() -> None:
    page = blank(1100, 900)
    draw_text(page, 120, 300, "words across the fold", 30)
    draw_across(page, 320.5, 10, 1090, gray=150)
    assert np.array_equal(shown(page), page)


def test_a_fold_from_edge_to_edge_of_the_sheet_does_not_take_its_heads_with_it(
    page: Pixels,
) -> None:
    # The sheet lies on a desk: its edges, where the fold ends, are not the picture's.
    wide = np.full((1000, 1500), PAPER, np.uint8)
    wide[:, 200:1300] = page
    draw_across(wide, 236.5, 230, 1270, gray=150)
    heads = np.s_[215:270, 310:1190]
    rules = trace_rules(wide)
    tables = find_tables(without_folds(rules, wide.shape), wide.shape)
    kept = (print_image(wide, rules, tables)[heads] < 100).sum()
    assert kept == pytest.approx((wide[heads] < 100).sum(), rel=0.15)


def test_a_small_table_is_read_whole() -> None:
    page = blank(1100, 600)
    draw_grid(page, XS, YS[:4])
    draw_text(page, 120, 300, "printed", 30)
    rules = grid_rules(XS, YS[:4])
    out = print_image(page, rules, find_tables(rules, page.shape))
    assert (out[290:350, 110:380] < 100).sum() > 100


def test_a_title_in_capitals_keeps_the_tops_of_its_letters() -> None:
    page = blank(1100, 600)
    draw_text(page, 60, 100, "PETITION TO THE TOWN OF TEES FERRY", 46, gray=0)
    level = 100.0 + np.flatnonzero((page[100:] < 128).any(axis=1))[0]
    stop = float(np.flatnonzero((page < 128).any(axis=0))[-1])
    tops = across(level + 2, 60.0, stop)
    assert np.array_equal(print_image(page, [tops], ()) < 128, page < 128)
    # A ruling that words stand under is one all the same.
    ruled = blank(1100, 600)
    draw_across(ruled, level + 2, 60.0, stop)
    draw_text(ruled, 60, 120, "PETITION TO THE TOWN", 30, gray=0)
    out = print_image(ruled, [tops], ())
    assert (out[: round(level) + 8, 60 : round(stop)] < 128).sum() == 0


@pytest.mark.parametrize("long", [350, 700])
def test_dotted_lines_to_write_on_are_painted_out(long: int) -> None:
    page = blank(1100, 600)
    draw_text(page, 60, 100, "Collected by:", 30, gray=0)
    before = page.copy()
    for x in range(300, 300 + long, 5):
        page[128:130, x : x + 2] = 0
    line = across(129.0, 300.0, 300.0 + long)
    assert np.array_equal(print_image(page, [line], ()) < 128, before < 128)


def test_nothing_is_left_of_a_tables_corner_that_was_traced_short() -> None:
    page = blank(1100, 1000)
    draw_grid(page, XS, YS)
    rules = []
    for rule in grid_rules(XS, YS):
        along = np.array([[3.0, 0.0], [-3.0, 0.0]]) if rule.horizontal else np.zeros((2, 2))
        rules.append(replace(rule, points=rule.points[[0, -1]] + along))
    tables = find_tables(rules, page.shape)
    assert tables and (print_image(page, rules, tables)[190:210, 90:130] < 150).sum() == 0


def test_labels_between_lines_to_write_on_keep_their_feet() -> None:
    page = blank(1700, 700)
    draw_text(page, 120, 300, "Place:", 32, gray=0)
    draw_text(page, 640, 300, "Signed by:", 24, gray=0)
    before = page.copy()
    # The lines are as low as the letters' feet.
    level = float(np.flatnonzero((page < 128).any(axis=1))[-1]) - 1
    for left, right in ((230, 620), (780, 1500)):
        draw_across(page, level, left, right, gray=0)
    rules = trace_rules(page)
    assert [len(rule.gaps) for rule in rules] == [1]
    out = print_image(page, rules, ())
    assert np.array_equal(out[:, 630:770], before[:, 630:770])
    assert (out[:, 240:610] < 128).sum() == (out[:, 790:1490] < 128).sum() == 0


def test_a_title_in_bold_capitals_right_under_a_dark_band_is_no_part_of_it() -> None:
    page = blank(1100, 600)
    page[100:170, 80:1020] = 25
    title = np.s_[182:240, 60:1060]
    for x in range(90, 990, 34):  # letters with a stroke along their tops, as E and T have
        page[190:197, x : x + 24] = 0
        page[190:220, x + 8 : x + 15] = 0
    before = page.copy()
    out = shown(page)
    assert np.array_equal(out[title], before[title])
    assert np.median(out[100:170, 80:1020]) > 200
