"""Rulings are traced along their bend, through ink; print and strokes are none."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from drawn import PAPER, across, blank, draw_across, draw_down, draw_letter, draw_text
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.lines.rulings import _in_one, trace_rules
from digitizer.lines.tracks import quantile
from digitizer.records import Pixels, Rule

WIDTH, HEIGHT = 800, 240
# Named in the module's description: "a few tenths of a pixel".
TRACE_PX = 0.5
# Ends are cut where runs of ridge end, within a strip and a half.
END_PX = 24


def only(rules: tuple[Rule, ...]) -> Rule:
    """The one ruling that is expected."""
    assert len(rules) == 1, [(r.horizontal, rule_span(r)) for r in rules]
    return rules[0]


def scribble(page: Pixels, x0: float, x1: float, middle: float, size: float) -> None:
    """A signature: loops up and down across ``middle``."""
    t = np.linspace(0, 1, 400)
    x = x0 + (x1 - x0) * t + 10 * np.sin(40 * t)
    y = middle + size * np.sin(31 * t) * (0.5 + 0.5 * np.sin(7 * t + 1))
    line = np.round(np.column_stack([x, y])).astype(np.int32)
    cv2.polylines(page, [line], False, 40, 3, cv2.LINE_AA)


@settings(max_examples=12, deadline=None)
@given(
    # Together below the steepest ruling that is traced, 0.055.
    slope=st.floats(-0.022, 0.022),
    bend=st.floats(-5, 5),
    phase=st.floats(0, 6),
    thickness=st.floats(1, 4),
    gray=st.integers(0, 170),
)
def test_a_slanted_and_bent_ruling_is_traced_where_it_was_drawn(
    slope: float, bend: float, phase: float, thickness: float, gray: int
) -> None:
    def height(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        curve = 120 + slope * (x - WIDTH / 2) + bend * np.sin(phase + 2 * np.pi * x / 1000)
        return np.asarray(curve, dtype=np.float64)

    page = blank(WIDTH, HEIGHT)
    draw_across(page, height, 60, 740, thickness=thickness, gray=gray)
    rule = only(trace_rules(page))
    assert rule.horizontal
    x, y = rule.points.T
    off = np.abs(y - height(x))
    # The smoothing sees one side only of the last points.
    inner = (x > 60 + 4 * END_PX) & (x < 740 - 4 * END_PX)
    assert off[inner].max() < TRACE_PX
    assert off.max() < 2 * TRACE_PX
    assert rule_span(rule) == pytest.approx((60, 740), abs=END_PX)
    assert (np.diff(rule.points[:, 0]) > 0).all()
    assert rule.support > 0.95


@pytest.mark.parametrize("thickness", [5, 6.5, 8])
def test_a_thick_ruling_is_one_and_its_middle_is_traced(thickness: float) -> None:
    # A plateau of equal rows; a bend makes its first and last row change places.
    page = blank(WIDTH, HEIGHT)
    draw_across(page, lambda x: 120 - 5 * np.sin(5 + x / 160), 60, 740, thickness=thickness)
    rule = only(trace_rules(page))
    wanted = 120 - 5 * np.sin(5 + rule.points[:, 0] / 160)
    assert np.abs(rule.points[:, 1] - wanted).max() < 1


@settings(max_examples=6, deadline=None)
@given(st.floats(1.5, 7))
def test_thickness_is_measured(thickness: float) -> None:
    page = blank(400, 120)
    draw_across(page, 60.5, 20, 380, thickness=thickness, gray=0)
    assert only(trace_rules(page)).thickness_px == pytest.approx(thickness, abs=1.5)


def test_what_is_traced_across_is_traced_down_on_the_turned_page() -> None:
    page = blank(500, 400)
    draw_across(page, 100.3, 30, 470)
    draw_across(page, lambda x: 300 + 0.02 * x, 30, 400)
    draw_down(page, 250.8, 40, 380)
    upright, turned = trace_rules(page), trace_rules(np.ascontiguousarray(page.T))
    assert [r.horizontal for r in upright] == [True, True, False]
    swapped = sorted((not r.horizontal, r.points[:, ::-1].tolist()) for r in turned)
    assert swapped == sorted((r.horizontal, r.points.tolist()) for r in upright)


def test_a_ruling_under_a_signature_stays_one() -> None:
    page = blank(WIDTH, HEIGHT)
    draw_across(page, lambda x: 120 + 0.01 * x, 40, 760)
    scribble(page, 300, 470, 124, 60)
    across = [r for r in trace_rules(page) if r.horizontal]
    rule = only(tuple(across))
    assert rule_span(rule) == pytest.approx((40, 760), abs=END_PX)
    assert abs(rule_at(rule, 385) - 123.85) < TRACE_PX


def test_a_ruling_broken_by_a_signature_stays_one_and_says_so() -> None:
    page = blank(WIDTH, HEIGHT)
    draw_across(page, 120.5, 40, 330)
    draw_across(page, 120.5, 450, 760)
    whole = blank(WIDTH, HEIGHT)
    draw_across(whole, 120.5, 40, 760)
    rule = only(trace_rules(page))
    assert rule_span(rule) == pytest.approx((40, 760), abs=END_PX)
    assert rule.support == pytest.approx(600 / 720, abs=0.04)
    assert only(trace_rules(whole)).support > rule.support


def test_rulings_far_apart_on_one_line_are_two() -> None:
    page = blank(1200, 120)
    draw_across(page, 60.5, 40, 400)
    draw_across(page, 60.5, 800, 1160)
    spans = sorted(rule_span(r) for r in trace_rules(page))
    assert spans[0] == pytest.approx((40, 400), abs=END_PX)
    assert spans[1] == pytest.approx((800, 1160), abs=END_PX)


def test_rulings_side_by_side_are_two() -> None:
    page = blank(WIDTH, HEIGHT)
    for y in (100.5, 112.5):
        draw_across(page, y, 40, 760)
    heights = sorted(rule_at(r, 400) for r in trace_rules(page))
    assert heights == pytest.approx([100.5, 112.5], abs=TRACE_PX)


@pytest.mark.parametrize(
    ("darkness", "count"), [pytest.param(25, 1, id="pencil"), pytest.param(4, 0, id="paper grain")]
)
def test_a_pale_ruling_is_seen_and_grain_is_not(darkness: int, count: int) -> None:
    page = blank(WIDTH, HEIGHT)
    draw_across(page, 120.5, 40, 760, gray=PAPER - darkness)
    assert len(trace_rules(page)) == count


@pytest.mark.parametrize("sigma", [3, 12, 30])
def test_noise_holds_no_ruling(sigma: float) -> None:
    rng = np.random.default_rng(5)
    noisy = np.clip(rng.normal(200, sigma, (500, 700)), 0, 255).astype(np.uint8)
    assert trace_rules(noisy) == ()


def test_a_ruling_is_found_in_noise() -> None:
    rng = np.random.default_rng(6)
    page = blank(WIDTH, HEIGHT)
    draw_across(page, 120.5, 40, 760, gray=120)
    noisy = np.clip(page + rng.normal(0, 12, page.shape), 0, 255).astype(np.uint8)
    rule = only(trace_rules(noisy))
    assert np.abs(rule.points[:, 1] - 120.5).max() < 1


@pytest.mark.parametrize("shape", [(600, 800), (20, 20), (1, 900), (900, 1), (16, 64)])
def test_blank_paper_of_any_size_holds_no_ruling(shape: tuple[int, int]) -> None:
    assert trace_rules(np.full(shape, PAPER, dtype=np.uint8)) == ()


@pytest.mark.parametrize("size", [20, 28, 44])
def test_lines_of_print_are_no_rulings(size: int) -> None:
    page = blank(WIDTH, 300)
    text = "Name (please print) Address nmnnmmunnuumm EEFTHLEEZTTHFEEZ illlililillili"
    for number, y in enumerate(range(10, 280 - size, size + 12)):
        draw_text(page, 20, y, text[number:] + text[:number], size)
    assert trace_rules(page) == ()


def test_a_letter_is_no_table() -> None:
    page = cv2.resize(draw_letter(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert trace_rules(page) == ()


def test_bold_strokes_of_handwriting_are_no_rulings() -> None:
    page = blank(WIDTH, 400)
    for number, y in enumerate((60, 140, 220, 300)):
        cv2.putText(page, "Tommy Tunnell, Timmins", (30 + number, y), 5, 1.8, 30, 3, cv2.LINE_AA)
        scribble(page, 40, 700, y + 40, 12)
    assert trace_rules(page) == ()


def test_a_ruling_under_print_ends_where_it_was_drawn() -> None:
    page = blank(WIDTH, 160)
    draw_text(page, 40, 60, "Your name: nnnnmmmmnnnnmmmmnnnnmmmm nnnmmmnnnmmmnnnmmm", 26)
    draw_across(page, 96.5, 200, 500)
    rule = only(trace_rules(page))
    assert rule_span(rule) == pytest.approx((200, 500), abs=END_PX)
    assert np.abs(rule.points[:, 1] - 96.5).max() < TRACE_PX


@pytest.mark.parametrize(
    ("on", "off"),
    [
        pytest.param(3, 6, id="dots 1.1 mm apart"),
        pytest.param(4, 12, id="dots 2 mm apart"),
        pytest.param(16, 12, id="dashes of 2 mm"),
        pytest.param(40, 24, id="dashes of 5 mm"),
    ],
)
@pytest.mark.parametrize("slope", [0.0, 0.012])
def test_a_dotted_or_dashed_ruling_is_one(on: int, off: int, slope: float) -> None:
    page = blank(WIDTH, HEIGHT)
    draw_across(page, lambda x: 120 + slope * (x - 100), 100, 700)
    gaps = (np.arange(WIDTH) - 100) % (on + off) >= on
    page[:, gaps] = PAPER
    scribble(page, 420, 500, 118, 30)
    rule = only(trace_rules(page))
    assert rule_span(rule) == pytest.approx((100, 700), abs=END_PX)
    assert rule_at(rule, 200) == pytest.approx(120 + slope * 100, abs=1.0)
    assert rule_at(rule, 650) == pytest.approx(120 + slope * 550, abs=1.0)


def test_a_worn_ruling_of_which_two_thirds_are_left_is_one() -> None:
    page = blank(1200, HEIGHT)
    draw_across(page, 120, 100, 1100)
    for left in (160, 260, 330, 470, 560, 700, 800, 905, 1010):
        page[:, left : left + 36] = PAPER
    assert rule_span(only(trace_rules(page))) == pytest.approx((100, 1100), abs=END_PX)


def test_edges_of_gray_bands_bound_rows_as_rulings_do() -> None:
    page = blank(1200, 500)
    page[100:180, 100:1100] = page[260:340, 100:1100] = 220
    found = sorted(rule_at(rule, 600) for rule in trace_rules(page) if rule.horizontal)
    assert found == pytest.approx([100, 180, 260, 340], abs=2)


def test_short_dashes_are_no_rulings() -> None:
    page = blank(WIDTH, HEIGHT)
    draw_across(page, 60.5, 40, 100)  # 60 px are less than 12 mm
    draw_across(page, 160.5, 500, 560)
    assert trace_rules(page) == ()


def test_a_dark_band_is_no_ruling() -> None:
    page = blank(WIDTH, HEIGHT)
    draw_across(page, 120, 40, 760, thickness=40, gray=30)
    rules = trace_rules(page)
    assert all(rule.thickness_px == 0 for rule in rules)
    # Its edges bound rows, as those of a gray one do.
    assert sorted(rule_at(rule, 400) for rule in rules) == pytest.approx([100, 140], abs=2)


def test_tracing_leaves_the_page_as_it_was_and_is_repeatable() -> None:
    page = blank(500, 400)
    draw_across(page, 100.3, 30, 470)
    draw_down(page, 250.8, 40, 380)
    scribble(page, 100, 400, 200, 50)
    before = page.copy()
    first, second = trace_rules(page), trace_rules(page)
    assert np.array_equal(page, before)
    assert [r.points.tolist() for r in first] == [r.points.tolist() for r in second]


@given(st.lists(st.integers(0, 255), min_size=1, max_size=90), st.floats(0.0, 1.0))
def test_a_quantile_is_numpys_to_the_bit(values: list[int], share: float) -> None:
    pixels = np.array(values, np.uint8)
    assert quantile(pixels, share) == float(np.quantile(pixels, share))


@pytest.mark.parametrize("lean", [-0.08, -0.07, 0.07])
def test_a_line_that_leans_as_on_a_photograph_is_one_ruling(lean: float) -> None:
    page = blank(1200, 900)
    draw_down(page, lambda y: 600 + lean * y, 100, 800)
    (rule,) = [rule for rule in trace_rules(page) if not rule.horizontal]
    assert rule_span(rule) == pytest.approx((100, 800), abs=20)
    for y in (200.0, 450.0, 700.0):
        assert rule_at(rule, y) == pytest.approx(600 + lean * y, abs=1)
    assert (np.diff(rule.points[:, 1]) > 0).all()


def through(*places: tuple[float, float], horizontal: bool = True) -> Rule:
    """A traced ruling straight from place to place (along, across), a point each strip."""
    t, v = np.array(places, dtype=np.float64).T
    at = np.unique(np.r_[np.arange(t[0], t[-1], 16.0), t])
    points = np.column_stack([at, np.interp(at, t, v)])
    return Rule(points if horizontal else points[:, ::-1], horizontal, 2.0, 1.0)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_stroke_that_goes_off_a_ruling_takes_none_of_it(mirrored: bool) -> None:
    # The track of the ruling's left part went on along a signature's underline.
    strayed = through((100, 300), (870, 300), (910, 297), (1170, 280))
    rest = through((905, 299.5), (1600, 299))
    rules = [strayed, rest]
    if mirrored:
        rules = [Rule(r.points[::-1] * (-1, 1) + (1700, 0), True, 2.0, 1.0) for r in rules]
    rule = only(_in_one(rules))
    low, high = (100, 1600)
    assert rule_span(rule) == (low, high) if not mirrored else (1700 - high, 1700 - low)
    assert max(abs(rule_at(rule, x) - 300) for x in range(101, 1600, 50)) <= 1.0


def test_the_ends_of_pieces_may_lie_off_the_line_where_it_turns() -> None:
    upper = through((493, 172.8), (632, 175.8), horizontal=False)
    lower = through((559, 177.0), (632, 176.3), (1592, 178.0), horizontal=False)
    rule = only(_in_one([upper, lower]))
    assert rule_span(rule) == (493, 1592)


@pytest.mark.parametrize("begins", [1160, 1170, 1182])
def test_a_ruling_whose_pieces_end_where_the_next_begins_is_one(begins: int) -> None:
    # Its first row was lost where the edge of a shadow had parted the two by a quarter of a mm.
    first, next_one = through((100, 300), (1170, 305)), through((begins, 307), (1600, 309))
    rule = only(_in_one([first, next_one]))
    assert rule_span(rule) == (100, 1600)
    assert rule_at(rule, 500) == pytest.approx(301.9, abs=0.5)
    assert rule_at(rule, 1500) == pytest.approx(308.6, abs=0.5)


@pytest.mark.parametrize(
    "other",
    [
        across(305, 900, 1900),  # beside it, as of a double line
        through((1170, 306), (1600, 308)),  # below its end, as of a box beside
        through((1170, 300), (1600, 283)),  # on from its end aslant
        through((1190, 300), (1600, 300)),  # 2.5 mm behind it, as of a table beside
        across(290, 900, 1900, slope=0.02),  # across it
        through((905, 299), (950, 295), (1400, 260)),  # a longer stroke
    ],
)
def test_lines_that_are_no_pieces_of_a_ruling_leave_it_as_it_is(other: Rule) -> None:
    rule = through((100, 300), (1170, 300))
    assert len(_in_one([rule, other])) == 2


def test_rulings_of_a_low_table_in_line_with_a_high_one_are_found() -> None:
    """They were followed from those of the high one, and left out with what lies between."""
    page = blank(400, 1000)
    for x in (120, 280):
        draw_down(page, x, 60, 200)
        draw_down(page, x, 370, 940)
    rules = [rule for rule in trace_rules(page) if not rule.horizontal]
    assert len(rules) == 4
    for rule in rules:
        ends = (60, 200) if rule_span(rule)[0] < 300 else (370, 940)
        assert rule_span(rule) == pytest.approx(ends, abs=END_PX)
    assert sorted(round(rule_at(rule, 150)) for rule in rules) == [120, 120, 280, 280]
