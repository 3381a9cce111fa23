"""Pages that are no petition sheets are told apart, and unreadable ones are asked for again."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import across, blank, draw_grid, draw_text, grid_rules, in_color, words_at
from test_looks import envelope, letter

from digitizer.forms.forms import load_forms
from digitizer.geometry import scaling
from digitizer.layout.identification.formscore import no_form
from digitizer.lines.rulings import trace_rules
from digitizer.lines.tables import find_tables
from digitizer.pagewords import (
    BACK,
    BLANK,
    BLURRED,
    COARSE,
    ENVELOPE,
    LETTER,
    LINES_LOST,
    MESSAGES,
    RETAKES,
    ROWS_UNKNOWN,
)
from digitizer.paper.sharpness import Sharpness, measure_beneath_grain, measure_sharpness
from digitizer.records import PageImage, PageRef, Pixels, PrintedWord, RectifiedPage, Rule
from digitizer.review.texts import load_texts, say
from digitizer.sheets import pagekinds
from digitizer.sheets.pagekinds import look_of, paper_dpi, retake_reason
from scripts.sheets.degrade import Recipe, degrade

SURE = PrintedWord("petition", (100, 100, 200, 130), 0.95)
NOISE = PrintedWord("~.", (10, 10, 14, 12), 0.2)


def page_of_pixels(gray: Pixels, *, dpi: float = 200.0) -> RectifiedPage:
    """A page as rectified from a scan of that resolution."""
    image = PageImage(PageRef("", "", 1, ""), in_color(gray), dpi)
    ends = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    growth = 200.0 / dpi
    return RectifiedPage(
        image, in_color(gray), gray, scaling(growth, growth), 0, 0.0, 1.0, 20.0, ends
    )


def form(height: int = 1100, width: int = 850) -> Pixels:
    """A form with print in its rows."""
    page = blank(width, height)
    rows = tuple(range(200, height - 100, 60))
    draw_grid(page, (40, 300, 560, width - 40), rows, gray=60)
    for y in (80, 130, *rows):
        cv2.putText(page, "Ana Roy 12 Main St", (60, y + 44), 0, 0.8, 40, 2, cv2.LINE_AA)
        cv2.putText(page, "Ottawa K1A 0B1", (580, y + 40), 0, 0.7, 60, 1, cv2.LINE_AA)
    return page


def seen(recipe: Recipe) -> RectifiedPage:
    """The form as scanned so, brought to the page frame."""
    scan = degrade(in_color(form()), 200, recipe, np.random.default_rng(4))
    gray = cv2.cvtColor(scan.pixels, cv2.COLOR_BGR2GRAY)
    growth = 200 / recipe.dpi
    page = cv2.resize(gray, None, fx=growth, fy=growth, interpolation=cv2.INTER_CUBIC)
    return page_of_pixels(np.asarray(page, dtype=np.uint8), dpi=recipe.dpi)


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(Recipe(), id="sharp"),
        pytest.param(Recipe(noise=14, faint=0.5), id="noisy and faint"),
        pytest.param(Recipe(bilevel=170), id="fax"),
        pytest.param(Recipe(blur_px=1.2, noise=2), id="soft"),
        pytest.param(Recipe(blur_px=1.5, noise=2), id="softer"),
        pytest.param(Recipe(motion_px=5, noise=2), id="hardly moved"),
        pytest.param(Recipe(dpi=110, noise=2), id="110 dpi"),
        pytest.param(Recipe(jpeg=40, noise=3), id="strong JPEG"),
    ],
)
def test_what_can_be_read_is_not_asked_for_again(recipe: Recipe) -> None:
    assert retake_reason(seen(recipe), recognised=True) is None


@pytest.mark.parametrize(
    ("recipe", "why"),
    [
        pytest.param(Recipe(blur_px=3.0, noise=2), BLURRED, id="out of focus"),
        pytest.param(Recipe(blur_px=4.5, noise=2), BLURRED, id="far out of focus"),
        pytest.param(Recipe(motion_px=16, noise=2), BLURRED, id="moved"),
        pytest.param(Recipe(dpi=50, noise=2), COARSE, id="50 dpi"),
    ],
)
def test_what_nobody_can_read_is_asked_for_again_with_the_reason(recipe: Recipe, why: str) -> None:
    page = seen(recipe)
    assert retake_reason(page, recognised=False) == why


@pytest.mark.parametrize(
    ("most", "least", "evenness", "why"),
    [
        (1.65, 1.0, 0.9, BLURRED),
        (1.65, 1.35, 0.5, BLURRED),
        (1.65, 1.35, 0.95, None),
        (1.75, 1.5, 0.94, BLURRED),
        (1.5, 0.8, 0.4, None),
    ],
)
def test_a_smear_is_told_from_a_soft_picture_by_its_direction(
    most: float, least: float, evenness: float, why: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        pagekinds, "measure_sharpness", lambda gray: Sharpness(most, least, evenness)
    )
    assert retake_reason(page_of_pixels(form()), recognised=True) == why


def test_a_page_of_no_known_form_is_called_blurred_beneath_its_grain() -> None:
    noise = np.random.default_rng(6).normal(0, 13, (1100, 850))
    pages = {}
    for smear in (1, 9):
        soft = cv2.GaussianBlur(cv2.blur(form(), (smear, 1)), (0, 0), 1.0)
        pages[smear] = page_of_pixels(np.clip(soft + noise, 0, 255).astype(np.uint8))
    # The steps of the grain hide how wide those of the print are.
    hidden, beneath = (f(pages[9].gray) for f in (measure_sharpness, measure_beneath_grain))
    assert hidden is not None and beneath is not None and beneath.blur_px > hidden.blur_px
    assert retake_reason(pages[9], recognised=False) == BLURRED
    assert retake_reason(pages[1], recognised=False) is None


def test_contrast_is_uneven_where_the_camera_moved_and_even_where_it_was_out_of_focus() -> None:
    sharp, soft = (measure_sharpness(seen(Recipe(blur_px=b, noise=2)).gray) for b in (0.0, 1.8))
    page = cv2.blur(form(), (25, 1))
    moved = measure_sharpness(np.asarray(page, dtype=np.uint8))
    assert sharp is not None and soft is not None and moved is not None
    assert min(sharp.evenness, soft.evenness) > 0.8 > 0.7 > moved.evenness


def test_a_page_with_nothing_on_it_is_neither_sharp_nor_blurred() -> None:
    assert retake_reason(page_of_pixels(blank(850, 1100)), recognised=False) is None


def test_a_clean_page_with_a_line_or_two_on_it_is_neither_sharp_nor_blurred() -> None:
    page = blank(1700, 2200)
    draw_text(page, 780, 1925, "Page 1 of 13", 20)
    assert retake_reason(page_of_pixels(page), recognised=False) is None


def test_the_scale_of_the_scan_is_known_from_the_page() -> None:
    assert paper_dpi(page_of_pixels(blank(850, 1100), dpi=75)) == pytest.approx(75, rel=1e-6)


def look(gray: Pixels, words: list[PrintedWord], mirrored: list[PrintedWord]) -> str | None:
    page = page_of_pixels(gray)
    tables = find_tables(trace_rules(gray), gray.shape)
    return look_of(page, tables, words, lambda _: mirrored)


def test_a_noisy_empty_page_is_blank_whatever_is_read_into_its_noise() -> None:
    noise = np.random.default_rng(2).normal(245, 3, (1100, 850))
    gray = np.clip(noise, 0, 255).astype(np.uint8)
    assert look(gray, [NOISE] * 300, []) == BLANK


def test_print_that_shows_through_makes_a_back() -> None:
    through = cv2.GaussianBlur(form()[:, ::-1], (0, 0), 2)
    gray = (245 - 0.14 * (245.0 - through)).astype(np.uint8)
    assert look(gray, [SURE] * 5, [SURE] * 40) == BACK


def test_pale_writing_that_reads_the_right_way_round_is_never_set_aside() -> None:
    gray = (245 - 0.25 * (245.0 - form())).astype(np.uint8)
    assert look(gray, [SURE] * 40, [SURE] * 5) not in (BLANK, BACK)


def test_a_page_full_of_print_without_a_table_is_a_letter() -> None:
    page = blank(850, 1100)
    for y in range(100, 1000, 40):
        cv2.putText(page, "We send you the sheets of our group", (60, y), 0, 0.8, 40, 2)
    assert look(page, [SURE] * 160, []) == LETTER


@pytest.mark.parametrize("retake", [None, BLURRED])
def test_a_petitions_page_without_its_table_is_no_letter_but_has_lost_its_lines(
    retake: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagekinds, "retake_reason", lambda *_, **__: retake)
    told = LINES_LOST if retake is None else None
    (form_,) = load_forms(("amnesty-canada-en",))
    assert form_.box is not None
    phrases = [w for n, p in enumerate(form_.phrases) for w in words_at(60, 100 + 40 * n, p)]
    heads = [
        w for n, c in enumerate(form_.columns) for w in words_at(60, 400 + 40 * n, c.header[0])
    ]
    labels = [
        w for n, f in enumerate(form_.box.fields) for w in words_at(60, 800 + 40 * n, f.label[0])
    ]
    filler = [SURE] * 60
    page, ink = blank(850, 1100), [*phrases, *heads]
    page[100:900:40, 60:700] = 40

    def called(words: list[PrintedWord]) -> str | None:
        return look_of(page_of_pixels(page), (), words + filler, lambda _: [], (form_,))

    assert called(ink) == told
    assert called([*heads, *labels]) == told
    assert called([*phrases, *labels]) == told
    for quoted in (phrases, heads, labels, []):
        assert called(quoted) == LETTER


def test_lines_as_between_rows_make_no_letter_and_no_envelope() -> None:
    """A sheet whose top with the heads is cut off, of a form without rulings down."""
    rows = [across(300 + 90 * n, 60, 1600) for n in range(5)]
    page = blank(1700, 1600)
    for y in range(310, 700, 30):
        cv2.putText(page, "Ana Roy 12 Hill Road Ottawa", (80, y), 0, 0.8, 40, 2)
    words = [SURE] * 60

    def called(rules: list[Rule], gray: Pixels = page) -> str | None:
        return look_of(page_of_pixels(gray), (), words, lambda _: [], (), rules)

    assert called(rows) == ROWS_UNKNOWN
    assert called(rows, np.asarray(page[200:900])) == ROWS_UNKNOWN
    # Three lines bound two rows; blanks in a letter end anywhere; lines of a pad are narrow.
    assert called(rows[:3]) == LETTER
    assert called([across(300 + 90 * n, 60 + 120 * n, 1600) for n in range(5)]) == LETTER
    assert called([across(300 + 90 * n, 60, 500) for n in range(5)]) == LETTER
    assert called([across(300 + y, 60, 1600) for y in (0, 60, 400, 520, 900)]) == LETTER


def test_a_long_page_with_an_address_is_an_envelope() -> None:
    page = blank(1900, 825)
    cv2.putText(page, "Committee for Clean Rivers", (900, 450), 0, 1.0, 40, 2)
    assert look(page, [SURE] * 12, []) == ENVELOPE


def test_a_letter_by_hand_is_one_unless_it_may_be_a_sheet() -> None:
    page = letter()
    assert look(page, [SURE] * 5, []) == LETTER
    # Something like a form's own words is on it.
    (form_,) = load_forms(("amnesty-canada-en",))
    said = [w for n, p in enumerate(form_.phrases) for w in words_at(60, 100 + 40 * n, p)]
    for words, told in ((said[:30], None), ([SURE] * 5, LETTER)):
        assert look_of(page_of_pixels(page), (), words, lambda _: [], (form_,)) == told
    # What cannot be read is to be scanned again.
    soft = np.asarray(cv2.GaussianBlur(page, (0, 0), 4), np.uint8)
    assert look(soft, [SURE] * 5, []) is None
    assert retake_reason(page_of_pixels(soft), recognised=False) == BLURRED


def test_an_envelope_as_wide_as_a_sheet_is_one_by_its_stamp_and_its_few_words() -> None:
    assert look(envelope(), [SURE] * 12, []) == ENVELOPE
    assert look(envelope(), [SURE] * 35, []) is None
    assert look(envelope(stamp=False), [SURE] * 12, []) is None


def test_a_table_of_an_unknown_form_is_none_of_these() -> None:
    assert look(form(), [SURE] * 160, []) is None


def test_every_word_has_its_line_for_people_in_both_languages() -> None:
    for word, message in MESSAGES.items():
        assert message.isprintable() and not message.endswith(".")
        for language in ("en", "fr"):
            assert f"sheet.why-{word}" in load_texts()
            assert len(say(f"sheet.why-{word}", language)) > 30
    assert set(RETAKES) <= set(MESSAGES)
    assert MESSAGES[BLURRED].startswith("too blurred to read: photograph again from above")
    assert replace(SURE, text="x").text == "x"


def test_who_gave_a_definition_is_not_told_to_give_one() -> None:
    own = replace(load_forms(("amnesty-canada-en",))[0], name="my-petition")
    tables = find_tables(grid_rules((100, 400, 700), (100, 160, 220, 280)), (1100, 850))
    assert "--form" in no_form(tables, (), load_forms()).message
    told = no_form(tables, (), (own,)).message
    assert "give its definition" not in told and "form check" in told
    assert told.endswith("add --form auto if it is of a form that this run was not given")
    assert "--form" not in no_form(tables, (), (own, *load_forms())).message
