"""A short look at the print finds what the whole of it would, or says that it is not enough."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import PAPER, across, blank, down
from sample_pages import page_ref

from digitizer import sheetpages
from digitizer.forms.forms import Form, load_forms
from digitizer.glance import glance_at
from digitizer.pagetitle import page_title
from digitizer.records import Pixels, PrintedWord, RegisteredPage
from digitizer.registration import register_glance
from digitizer.scans import load_page
from digitizer.sheetpages import register_image
from digitizer.tables import Table, find_tables

# Where a label ends is told by its colon, which is a word of its own or is none: 2 mm.
NEAR_PX = 16.0


def both_ways(
    file: str, forms: tuple[Form, ...], monkeypatch: pytest.MonkeyPatch
) -> tuple[RegisteredPage | None, RegisteredPage]:
    """What a glance made of a sample (None: it was not enough), and the whole of its print."""
    seen: list[RegisteredPage | None] = []

    def watched(*arguments: object) -> RegisteredPage | None:
        seen.append(register_glance(*arguments))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr(sheetpages, "register_glance", watched)
    image = load_page(page_ref(file))
    found, _ = register_image(image, forms)
    assert len(seen) == 1
    assert seen[0] is None or seen[0] is found
    whole, _ = register_image(image, forms, every_word=True)
    assert len(seen) == 1, "who wants every word gets no glance"
    return seen[0], whole


@pytest.mark.parametrize("file", ["clean-en.png", "clean-fr.png", "turned-90.jpg"])
def test_a_known_form_is_found_at_a_glance_as_by_all_its_print(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    glanced, whole = both_ways(file, load_forms(), monkeypatch)
    assert glanced is not None
    assert len(glanced.words) < len(whole.words)
    assert (glanced.form, glanced.petition) == (whole.form, whole.petition)
    cells = [[c.polygon for row in one.rows for c in row.cells] for one in (glanced, whole)]
    assert cells[0] == cells[1]
    assert glanced.collector_box is not None and whole.collector_box is not None
    for one, other in zip(glanced.collector_box.fields, whole.collector_box.fields, strict=True):
        assert one.column == other.column
        assert np.array(one.polygon) == pytest.approx(np.array(other.polygon), abs=NEAR_PX)


def test_forms_alike_in_heads_and_box_need_their_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    form = next(f for f in load_forms() if f.name == "amnesty-canada-en")
    other = replace(form, name="another", phrases=("Keep the old harbour market open",))
    glanced, whole = both_ways("clean-en.png", (other, form), monkeypatch)
    assert glanced is None
    assert whole.form == "amnesty-canada-en"


def test_another_head_is_not_known_at_a_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    form = next(f for f in load_forms() if f.name == "amnesty-canada-fr")
    glanced, _ = both_ways("clean-en.png", (form,), monkeypatch)
    assert glanced is None


def page_and_table() -> tuple[Pixels, tuple[Table, ...]]:
    """A page with a table of a low head and six rows, and a mark on every tenth row of pixels."""
    page = blank(1200, 1400)
    page[5::10, 100:110] = 0
    heights = [400, 440, *range(520, 1001, 80)]
    rules = [across(y, 100, 1100) for y in heights] + [down(x, 400, 1000) for x in (100, 500, 1100)]
    return page, find_tables(rules, page.shape)


def test_only_the_head_is_shown_and_words_are_put_back_where_they_stand() -> None:
    page, tables = page_and_table()
    glance = glance_at(page, tables, titled=False)
    assert glance is not None and glance.type_px is None
    assert glance.pixels.shape[0] < 0.1 * page.shape[0]
    rows = np.flatnonzero(glance.pixels[:, 105] == 0)
    words = [PrintedWord("x", (100.0, y - 2.0, 110.0, y + 3.0), 1.0) for y in rows.tolist()]
    placed = [(w.box[1] + w.box[3]) / 2 - 0.5 for w in glance.on_page(words)]
    assert placed == [405.0, 415.0, 425.0, 435.0]


def test_without_a_table_there_is_nothing_to_glance_at() -> None:
    assert glance_at(np.full((900, 900), PAPER, np.uint8), (), titled=True) is None


def test_a_title_at_a_glance_is_the_largest_line_or_none() -> None:
    _, (table, *_) = page_and_table()
    words = [PrintedWord("HARBOURS", (100, 100, 300, 136), 0.9)]  # type of 50 px
    assert page_title(words, table, (20.0, 50.0)) == "HARBOURS"
    assert page_title(words, table, (40.0, 50.0)) == "", "not surely larger than the others"
    assert page_title(words, table, (20.0, 90.0)) == "", "something larger was not read"


def test_a_table_at_the_very_top_of_a_page_has_no_title_above_it() -> None:
    page, (table, *_) = page_and_table()
    rules = [replace(r, points=r.points - (0, 400)) for r in (*table.across, *table.down)]
    tables = find_tables(rules, page.shape)
    glance = glance_at(page[400:], tables, titled=True)
    assert glance is not None and glance.type_px is None
    assert glance.pixels.shape[0] < 0.2 * page.shape[0]
