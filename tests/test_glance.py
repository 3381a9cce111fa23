"""A short look at the print finds what the whole of it would, or says that it is not enough."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from drawn import PAPER, across, blank, down, draw_grid, grid_rules, page_image
from layout_pages import FORMS, filled, registered_on
from sample_pages import page_ref

from digitizer.collector.collectorbox import unsure_labels
from digitizer.engines import printed
from digitizer.forms.forms import Form, load_forms
from digitizer.layout.identification.glance import Glance, glance_at, read_heads
from digitizer.layout.identification.pagetitle import page_title
from digitizer.layout.table.signergrid import _goes_on, even_rows, rows_below_head
from digitizer.lines.tables import Table, find_tables
from digitizer.records import Pixels, PrintedWord, RegisteredPage
from digitizer.registration import register_glance
from digitizer.scans import load_page
from digitizer.sheets import sheetpages
from digitizer.sheets.sheetpages import register_image

pytestmark = pytest.mark.usefixtures("print_read_once")

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


@pytest.mark.parametrize(
    ("file", "languages"), [("clean-en.png", {"eng"}), ("clean-fr.png", {"eng", "fra"})]
)
def test_a_glance_reads_one_language_and_the_title_in_the_forms_own(
    file: str, languages: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def read(gray: Pixels, languages: str) -> tuple[PrintedWord, ...]:
        asked.append(languages)
        return printed.read_print(gray, languages)

    monkeypatch.setattr(sheetpages, "read_print", read)
    found, _ = register_image(load_page(page_ref(file)), load_forms())
    assert found.form is not None
    assert asked[0] == "eng" and set(asked) == languages


def page_and_table() -> tuple[Pixels, tuple[Table, ...]]:
    """A page with a table of a low head and six rows, and a mark on every tenth row of pixels."""
    page = blank(1200, 1400)
    page[5::10, 100:110] = 0
    heights = [400, 440, *range(520, 1001, 80)]
    rules = [across(y, 100, 1100) for y in heights] + [down(x, 400, 1000) for x in (100, 500, 1100)]
    return page, find_tables(rules, page.shape)


def test_only_the_head_is_shown_and_words_are_put_back_where_they_stand() -> None:
    page, tables = page_and_table()
    glance = glance_at(page, tables)
    assert glance is not None and glance.type_px is None
    assert glance.pixels.shape[0] < 0.1 * page.shape[0]
    rows = np.flatnonzero(glance.pixels[:, 105] == 0)
    words = [PrintedWord("x", (100.0, y - 2.0, 110.0, y + 3.0), 1.0) for y in rows.tolist()]
    placed = [(w.box[1] + w.box[3]) / 2 - 0.5 for w in glance.on_page(words)]
    assert placed == [405.0, 415.0, 425.0, 435.0]


def test_without_a_table_there_is_nothing_to_glance_at() -> None:
    assert glance_at(np.full((900, 900), PAPER, np.uint8), ()) is None


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
    glance = glance_at(page[400:], tables)
    assert glance is not None and glance.type_px is None
    assert glance.pixels.shape[0] < 0.2 * page.shape[0]


def letters(page: Pixels, left: int, top: int, count: int, *, height: int = 16) -> None:
    """A line of print: upright strokes as wide and as far apart as letters are."""
    for x in range(left, left + 12 * count, 12):
        page[top : top + height, x : x + 8] = 0


def test_a_box_is_shown_without_its_paragraph() -> None:
    page, _ = page_and_table()
    page[:] = PAPER
    for top in (1110, 1136, 1162, 1188):  # an address
        letters(page, 120, top, 20)
    for top in (1110, 1180):  # labels with room to write
        letters(page, 700, top, 9)
    rules = [across(y, 100, 1100) for y in (400, 440, *range(520, 1001, 80), 1100, 1240)]
    rules += [down(x, 400, 1000) for x in (500,)] + [down(x, 400, 1240) for x in (100, 1100)]
    glance = glance_at(page, find_tables(rules, page.shape))
    assert glance is not None
    dark = glance.pixels < 100
    assert dark[:, 110:380].sum() == 0
    assert dark[:, 700:810].sum() == 2 * 9 * 8 * 16


def test_a_paragraph_over_the_table_is_no_head() -> None:
    heights = [*range(440, 1001, 80)]
    rules = [across(y, 100, 1100) for y in heights]
    rules += [down(x, 440, 1000) for x in (100, 350, 600, 850, 1100)]
    for paragraph in (True, False):
        page = blank(1200, 1400)
        for left in (100, 350, 600, 850):
            letters(page, left + 10, 400, 20 if paragraph else 10)
            letters(page, left + 10, 460, 10)
        glance = glance_at(page, find_tables(rules, page.shape))
        assert glance is not None
        at = [place.box[1] for place in glance.on_page([PrintedWord("x", (0, 30, 9, 40), 1.0)])]
        assert (at[0] > 440) == paragraph


@pytest.mark.parametrize("starts", [(110, 360, 610, 860), (110, 310, 610, 860)])
def test_what_stands_over_two_columns_may_be_no_head_and_the_first_row_is_shown_too(
    starts: tuple[int, ...],
) -> None:
    rules = [across(y, 100, 1100) for y in range(440, 1001, 80)]
    rules += [down(x, 440, 1000) for x in (100, 350, 600, 850, 1100)]
    page = blank(1200, 1400)
    for left, over in zip((110, 360, 610, 860), starts, strict=True):
        letters(page, over, 400, 9)
        letters(page, left, 470, 9)
    glance = glance_at(page, find_tables(rules, page.shape))
    assert glance is not None
    shown = (glance.pixels < 100).any(axis=1).sum()
    assert (shown >= 2 * 16) == (starts[1] < 350)


def over_columns() -> tuple[Pixels, tuple[Table, ...]]:
    """A page with four heads printed over a table of even rows, and writing in its first."""
    rules = [across(y, 100, 1100) for y in range(440, 1001, 80)]
    rules += [down(x, 440, 1000) for x in (100, 350, 600, 850, 1100)]
    page = blank(1200, 1400)
    for left in (110, 360, 610, 860):
        letters(page, left, 410, 9)
        letters(page, left, 470, 9)
    return page, find_tables(rules, page.shape)


def test_a_remark_above_the_heads_does_not_show_the_first_row() -> None:
    """It was read as one more line of heads, and the row below, in handwriting, with it."""
    page, tables = over_columns()
    letters(page, 560, 370, 12)
    glance = glance_at(page, tables)
    assert glance is not None
    at = [place.box[1] for place in glance.on_page([PrintedWord("x", (0, 30, 9, 40), 1.0)])]
    assert at[0] < 440
    assert (glance.pixels < 100).any(axis=1).sum() == 2 * 16


def test_a_line_that_the_strip_of_heads_cuts_is_not_shown() -> None:
    page, tables = over_columns()
    letters(page, 110, 338, 40)  # the strip begins at 345
    glance = glance_at(page, tables)
    assert glance is not None
    dark = glance.pixels < 100
    assert dark.any(axis=1).sum() == 16, "the heads and nothing else"
    assert dark.sum() == 4 * 9 * 8 * 16


def test_the_edge_of_the_page_beside_a_title_is_not_shown() -> None:
    """Read as a letter of the title it cost some of its words, and a second look."""
    page, tables = page_and_table()
    page[:] = PAPER
    letters(page, 200, 100, 20, height=40)
    for top in (180, 210, 240):
        letters(page, 200, top, 20)
    page[:, 1185:] = 40
    page[95:130, 3:6] = 40  # a letter at the very edge stays: white stands above or below it
    glance = glance_at(page, tables)
    assert glance is not None
    dark = (glance.pixels[:80] < 100).sum(axis=0)
    assert dark[1150:].sum() == 0
    assert dark[:100].sum() > 0
    assert dark[200:450].sum() == 20 * 8 * 40


def test_a_high_head_that_was_divided_begins_no_run_of_rows() -> None:
    rules = [across(y, 100, 1100) for y in (300, 460, *range(540, 1101, 80))]
    rules += [down(x, 300, 1100) for x in (100, 500, 1100)]
    (table,) = find_tables(rules, (1400, 1200))
    assert rows_below_head(table)[0] is table.across[1]
    assert len(even_rows(table)) == len(rows_below_head(table)) + 2


def test_places_are_read_again_by_themselves() -> None:
    page = blank(800, 600)
    shown: list[tuple[int, ...]] = []

    def read(pixels: Pixels) -> tuple[PrintedWord, ...]:
        shown.append(pixels.shape)
        return (PrintedWord("again", (1.0, 2.0, 31.0, 22.0), 0.9),)

    words = (
        PrintedWord("stays", (10, 10, 90, 30), 0.9),
        PrintedWord("wrong", (210, 110, 290, 130), 0.3),
    )
    found = Glance(page, page, np.array([[0, 0]]), None).again(
        words, [(200.0, 100.0, 400.0, 150.0)], read
    )
    assert shown == [(50, 200)]
    assert [(w.text, w.box[:2]) for w in found] == [("stays", (10, 10)), ("again", (201.0, 102.0))]


def test_possible_titles_are_read_again_where_they_stand_on_the_page() -> None:
    page, shown = blank(800, 600), []
    picture = page[:120].copy()

    def read(pixels: Pixels) -> tuple[PrintedWord, ...]:
        shown.append(pixels.shape)
        return (PrintedWord("Protégeons", (5.0, 4.0, 95.0, 34.0), 0.9),)

    words = (
        PrintedWord("Protegeons", (5, 204, 95, 234), 0.8),
        PrintedWord("Nom", (5, 300, 60, 320), 0.9),
    )
    parts = np.array([[200, 24], [290, 88]])  # rows of the page, and where the picture has them
    found = Glance(page, picture, parts, None, ((200, 240),)).titles_again(words, read)
    assert shown == [(40, 800)]
    assert [(w.text, w.box[1]) for w in found] == [("Nom", 300), ("Protégeons", 204.0)]


def test_a_label_that_was_not_read_is_looked_for_between_the_others() -> None:
    form = next(f for f in load_forms() if f.name == "amnesty-canada-en")
    assert form.box is not None
    labels = (
        ("Your name:", 200),
        ("Event/Location/City:", 260),
        ("Date signatures collected:", 320),
    )
    words = [
        PrintedWord(text, (100.0, float(y), 100.0 + 10 * len(text), y + 22.0), 0.9)
        for text, y in labels
    ]
    page = blank(1200, 600)
    assert unsure_labels(form.box, words, (), page) == ()
    places = unsure_labels(form.box, [words[0], words[2]], (), page)
    assert places is not None and len(places) == 1
    left, top, right, bottom = places[0]
    assert left < 100 and top < 260 and bottom > 282 and right > 260
    assert bottom < 320 + 22 and top > 200
    assert unsure_labels(form.box, [], (), page) is None


def box_of(
    name: str, monkeypatch: pytest.MonkeyPatch, unread: Callable[[PrintedWord], bool] | None = None
) -> tuple[list[tuple[int, ...]], dict[str, tuple[float, ...]]]:
    """The pictures read of a drawn sheet after the glance, and where its box's answers are.

    ``unread``: words that the glance does not read.
    """
    pixels, _, _ = filled(name)
    asked: list[tuple[int, ...]] = []
    read = printed.read_print

    def counted(gray: Pixels, languages: str) -> tuple[PrintedWord, ...]:
        asked.append(gray.shape)
        words = read(gray, languages)
        if len(asked) > 1 or unread is None:
            return words
        return tuple(word for word in words if not unread(word))

    monkeypatch.setattr(sheetpages, "read_print", counted)
    found = registered_on(pixels, name)
    assert found.form == name and found.collector_box is not None
    whole = found.page.gray.shape[0]
    assert all(shape[0] < whole / 2 for shape in asked), "the whole page was read again"
    places = {
        place.column: tuple(float(v) for v in np.ravel([np.min(place.polygon, axis=0)]))
        for place in found.collector_box.fields
    }
    return asked[1:], places


def test_of_a_count_in_the_corner_all_above_the_rows_is_read_and_not_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every sheet of this form was read whole: its blanks stand in no table and no box."""
    asked, places = box_of("ward-en", monkeypatch)
    assert len(asked) == 1
    assert set(places) == {"collector_name", "date_collected", "sheet_number", "sheet_total"}
    assert places["sheet_number"][1] < 200 < 1000 < places["collector_name"][1]


@pytest.mark.parametrize("name", ["twin-en", "municipal-fr"])
def test_labels_of_a_box_that_the_glance_lacks_are_read_below_the_rows(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, places = box_of(name, monkeypatch)
    (form,) = load_forms([str(FORMS[name])])
    assert form.box is not None
    said = {word for one in form.box.fields for label in one.label for word in label.split()}
    asked, again = box_of(name, monkeypatch, lambda word: word.text in said)
    assert asked, "none was left to read"
    assert set(again) == set(places)
    for column, place in places.items():
        assert again[column] == pytest.approx(place, abs=NEAR_PX)


def test_one_label_of_a_form_of_several_lines_a_row_is_read_again_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For a name that ran into its label the whole page was read again."""
    first, places = box_of("ballot-en", monkeypatch)
    again, found = box_of("ballot-en", monkeypatch, lambda word: word.text == "Circulator's")
    assert sum(high < 100 for high, _ in again) == sum(high < 100 for high, _ in first) + 1
    assert set(found) == set(places)


SALMON = """
[form]
name = "salmon"
language = "en"
petition = "Salmon"
phrases = []
[[table.columns]]
name = "name"
header = ["Signatures (print name)"]
fields = [{ name = "name", kind = "name" }]
[[table.columns]]
name = "address"
header = ["Addresses"]
fields = [{ name = "address", kind = "address" }]
[[table.columns]]
name = "signature"
header = ["Sign here"]
fields = [{ name = "signature", kind = "signature" }]
"""


@pytest.mark.parametrize("fat", [False, True])
def test_heads_that_run_together_are_read_one_by_one(
    fat: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the print engine does with bold heads of unlike sizes side by side: it makes nothing
    # of a picture that shows several, nor of fat strokes (4 px here).
    page = blank(1700, 1400)
    draw_grid(page, (100, 570, 1230, 1600), (300, 410, *range(490, 1051, 80)))
    stroke = 4 if fat else 3
    for left in (300, 800, 1400):
        page[340 : 340 + stroke, left : left + 60] = 0

    def read(gray: Pixels, languages: str) -> tuple[PrintedWord, ...]:
        strokes = (gray < 128).sum(axis=0)
        if gray.shape[1] > 1000 or strokes.max() > 3:
            return ()
        told = {514: "Signatures (print name)", 704: "Addresses", 414: "Sign here"}
        near = min(told, key=lambda width: abs(width - gray.shape[1]))
        return (PrintedWord(told[near], (100.0, 40.0, 300.0, 70.0), 0.9),)

    monkeypatch.setattr(sheetpages, "read_print", read)
    definition = tmp_path / "salmon.toml"
    definition.write_text(SALMON, encoding="utf-8")
    found, _ = register_image(page_image(page, 200), load_forms((str(definition),)))
    assert found.form == "salmon"
    assert found.page.rotation_deg == 0
    assert len(found.rows) == 8


def test_heads_read_anew_to_no_avail_leave_the_page_as_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = blank(1700, 1400)
    draw_grid(page, (100, 570, 1230, 1600), (300, 410, *range(490, 1051, 80)))
    for left in (300, 800, 1400):
        page[340:343, left : left + 60] = 0
    whole = (PrintedWord("Addresses", (800.0, 340.0, 900.0, 370.0), 0.9),)

    def read(gray: Pixels, languages: str) -> tuple[PrintedWord, ...]:
        return whole if gray.shape[0] > 1000 else ()

    monkeypatch.setattr(sheetpages, "read_print", read)
    definition = tmp_path / "salmon.toml"
    definition.write_text(SALMON, encoding="utf-8")
    found, _ = register_image(page_image(page, 200), load_forms((str(definition),)))
    assert found.form is None
    assert found.words == whole
    assert found.candidates[0][1] > 0.3


def test_of_squared_paper_no_empty_square_is_read() -> None:
    page = blank(1700, 1400)
    rules = [across(100 + 40 * k, 100, 1600) for k in range(30)]
    rules += [down(100 + 60 * k, 100, 100 + 40 * 29) for k in range(26)]
    (squares,) = find_tables(rules, page.shape)
    asked = []

    def read(pixels: Pixels) -> tuple[PrintedWord, ...]:
        asked.append(pixels.shape)
        return ()

    assert read_heads(page, (squares,), (), read, thin=False) == ()
    assert not asked
    page[110:130, 180:200] = 0
    read_heads(page, (squares,), (), read, thin=False)
    assert len(asked) == 1


def test_rows_of_a_table_without_rulings_down_go_on_nowhere() -> None:
    """A run warned of the mean of nothing."""
    rules = find_tables(grid_rules((100, 800), (200, 300, 400, 500)), (1100, 850))[0].across
    bare = SimpleNamespace(across=rules, down_share=lambda *_: np.zeros(2))
    assert not _goes_on(cast("Table", bare), rules)
