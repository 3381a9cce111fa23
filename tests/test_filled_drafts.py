"""Drafts from sheets that are filled in: what people wrote is no part of the form."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from layout_pages import FORMS, ODD_FORMS, filled
from rapidfuzz import fuzz

from digitizer.drafting.rowprint import captions_in, read_twice
from digitizer.formfit import check_fit, draft_from_file
from digitizer.forms.forms import Form, load_forms
from digitizer.layout.print.wording import plain
from digitizer.records import FieldKind, Pixels, PrintedWord

pytestmark = pytest.mark.usefixtures("print_read_once")

EVERY = {**FORMS, **ODD_FORMS}
# Heads with and without captions below them, of one line and of several, in both languages.
NAMES = (
    "amnesty-canada-en", "ballot-en", "below-en", "commons-en", "depute-fr", "municipal-fr",
    "stacked-en", "triple-en",
)  # fmt: skip


def kinds(form: Form) -> set[FieldKind]:
    """Kinds of a form's fields but row numbers, and parts of addresses that are added."""
    return {spec.kind for spec in form.fields} - {
        FieldKind.ROW_NUMBER, FieldKind.CITY, FieldKind.PROVINCE, FieldKind.POSTAL_CODE,
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_is_drafted_from_a_filled_sheet_without_what_is_written_there(
    name: str, tmp_path: Path
) -> None:
    page, draft = tmp_path / "page.png", tmp_path / "mine.toml"
    cv2.imwrite(str(page), filled(name)[0])
    draft.write_text(draft_from_file(page, "mine"), encoding="utf-8")
    (found,), (wanted,) = load_forms([str(draft)]), load_forms([str(EVERY[name])])
    assert (found.lines, found.language) == (wanted.lines, wanted.language)
    assert kinds(found) == kinds(wanted)
    assert len(found.columns) == len(wanted.columns)
    heads = {plain(text) for column in wanted.columns for text in column.header}
    for column in found.columns:
        for text in column.header:
            assert max(fuzz.ratio(plain(text), head) for head in heads) > 85, text
    said = {plain(text) for column in wanted.columns for text in column.all_captions}
    for column in found.columns:
        for text in column.all_captions:
            assert max(fuzz.ratio(plain(text), one) for one in said) > 85, text
    fit = check_fit(page, str(draft), tmp_path / "fit.png")
    assert fit.fits and not [one for one in fit.problems if "column" in one], fit.problems


def cell_word(text: str, x: float) -> PrintedWord:
    """A word of a row, its box in shares of the row."""
    return PrintedWord(text, (x, 0.1, x + 0.05, 0.3), 0.9)


@pytest.mark.parametrize(
    ("upper", "lower", "kept"),
    [
        (("Apt", 0.2), ("Apt", 0.2), True),
        (("Apt", 0.2), ("Apl.", 0.21), False),  # three letters of which one differs
        (("Apartment", 0.2), ("Apartmenl", 0.2), True),
        (("Apt", 0.2), ("Apt", 0.6), False),
        (("Apt", 0.2), ("", 0.2), False),
    ],
)
def test_a_word_is_print_where_both_halves_of_the_rows_say_it_at_one_place(
    upper: tuple[str, float], lower: tuple[str, float], kept: bool
) -> None:
    answers = iter([upper, lower])

    def read(picture: Pixels) -> list[PrintedWord]:
        text, share = next(answers)
        height, width = picture.shape
        x = share * width
        return [PrintedWord(text, (x, 0.1 * height, x + 0.05 * width, 0.3 * height), 0.9)]

    page = np.full((900, 1700), 245, np.uint8)
    rows = [
        ((100.0, y), (1600.0, y), (1600.0, y + 100), (100.0, y + 100))
        for y in np.arange(100.0, 700.0, 100.0).tolist()
    ]
    word = cell_word(upper[0], upper[1])
    assert bool(read_twice(page, rows, [word], read)) is kept
    # Three rows have no half of two: nothing is asked for twice.
    assert read_twice(page, rows[:3], [word], read) == (word,)


def test_of_what_is_not_surely_print_only_a_caption_that_tells_a_kind_is_kept() -> None:
    words = [
        cell_word("Email", 0.1),
        cell_word("LR", 0.4),
        cell_word("Apt", 0.6),
        cell_word("y", 0.8),
    ]
    assert captions_in(words, 15, []) == ["Email"]
    assert captions_in(words, 15, words[2:3]) == ["Email", "Apt"]
    assert len(captions_in(words, 15)) == 4
