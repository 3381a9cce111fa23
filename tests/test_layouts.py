"""Petition sheets that are not one plain table: recognised, cut and drafted by their print."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from layout_pages import (
    FORMS,
    assert_cells_stand_where_they_are_drawn,
    drawn,
    filled,
    in_page,
    registered_on,
)
from PIL import Image, ImageDraw, ImageFont

from digitizer import formfit, rectify
from digitizer.assemble import cell_values
from digitizer.calibrate import load_calibration
from digitizer.cli import main
from digitizer.engines.printed import read_print
from digitizer.errors import FormError
from digitizer.formfit import check_fit, draft_from_file
from digitizer.forms.forms import Form, load_forms, parse_form
from digitizer.geometry import bbox_from_polygon, convex_iou
from digitizer.paper.skew import Skew, estimate_skew
from digitizer.pipeline import register_image
from digitizer.records import (
    FieldKind,
    PageImage,
    PageRef,
    Pixels,
    PrintedWord,
)
from digitizer.registration import register_glance
from digitizer.segment import cut_cells, signature_state
from digitizer.sheets import sheetpages
from scripts.sheets.draw import MM_PER_INCH, draw_blank, random_layout
from scripts.sheets.fonts import system_fonts
from scripts.sheets.layouts import PLANS
from scripts.sheets.rulestyles import RULE_STYLES
from scripts.sheets.wording import WORDINGS

pytestmark = pytest.mark.usefixtures("print_read_once")


@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_filled_sheet_is_known_among_all_forms_and_every_row_is_found(name: str) -> None:
    pixels, blank, _ = filled(name)
    found = registered_on(pixels, *FORMS)
    assert found.form == name
    assert [row.row for row in found.rows] == [row.row for row in blank.rows]
    scale = blank.dpi / MM_PER_INCH
    for row, truth in zip(found.rows, blank.rows, strict=True):
        x0, y0, x1, y1 = (v * scale for v in truth.rect)
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        assert convex_iou(in_page(row, found), corners) > 0.9


OTHER_LETTER = (
    "The undersigned ask the regional board to repair the ferry landing at Lower Sooke before "
    "winter comes, so that nobody has to drive forty kilometres around the inlet to reach the "
    "clinic, the school or the shops.",
    "Every resident of the district may sign once; please write so that others can read it and "
    "hand the pages to the harbour master by the end of next month.",
)


# A form that takes the petition's name from the sheet's title may stand for any.
@pytest.mark.parametrize("name", ["commons-en", "municipal-fr"])
def test_another_petition_under_the_same_heads_is_of_no_known_form(name: str) -> None:
    own = WORDINGS[name]
    other = replace(
        own,
        titles=("Mend the Ferry Landing",),
        to_line="To: The Board of the Capital Region",
        letter=OTHER_LETTER,
        contact="Questions? Ask the ferry users at landing@example.org",
        heading="",
        return_address=("Ferry Users' League", "12 Wharf Road, Lower Sooke"),
        box_title="THE PERSON WHO CARRIED THIS PAGE",
    )
    fonts, rng = system_fonts(), np.random.default_rng(5)
    paper = "letter-landscape" if name == "municipal-fr" else "letter"
    layout = random_layout(rng, fonts=len(fonts.printed), paper=paper)
    found = registered_on(draw_blank(other, layout, fonts).pixels, *FORMS)
    assert found.form is None and found.failure is not None
    assert found.candidates[0][0] == name
    assert name in found.failure.message
    # The same page with its own letter is the form's.
    assert registered_on(draw_blank(own, layout, fonts).pixels, *FORMS).form == name


def test_lines_of_a_row_are_divided_each_in_its_own_way() -> None:
    pixels, blank, _ = filled("ballot-en")
    found = registered_on(pixels, "ballot-en")
    assert_cells_stand_where_they_are_drawn(found, blank)


def test_a_form_with_several_lines_a_row_is_known_without_its_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heights: list[int] = []

    def seen(gray: Pixels, languages: str) -> tuple[PrintedWord, ...]:
        heights.append(gray.shape[0])
        return read_print(gray, languages)

    monkeypatch.setattr(sheetpages, "read_print", seen)
    pixels, blank, _ = filled("ballot-en")
    found = registered_on(pixels, *FORMS)
    assert found.form == "ballot-en" and len(found.rows) == len(blank.rows)
    assert len(heights) > 1 and max(heights) < found.page.gray.shape[0] / 2
    # Another sheet's box is not this form's: its rows are not looked at as lines of one.
    heights.clear()
    pixels, _, _ = filled("commons-en")
    assert registered_on(pixels, "ballot-en").form is None
    assert heights[0] < found.page.gray.shape[0] / 2 < heights[1]


def test_no_picture_is_read_twice_where_the_page_must_be_read_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[Pixels] = []

    def seen(gray: Pixels, languages: str) -> tuple[PrintedWord, ...]:
        read.append(gray)
        return read_print(gray, languages)

    def unsure(*given: Any) -> None:
        register_glance(*given)

    monkeypatch.setattr(sheetpages, "read_print", seen)
    monkeypatch.setattr(sheetpages, "register_glance", unsure)
    pixels, blank, _ = filled("ballot-en")
    found = registered_on(pixels, "ballot-en")
    assert len(found.rows) == len(blank.rows)
    assert max(one.shape[0] for one in read) > found.page.gray.shape[0] / 2
    # The heads, the captions in rows that begin in the first of two ways (it fits so well that
    # the other is not tried), what stands above the table (its title is white on black), the
    # whole page, the captions of the cells.
    assert len({one.tobytes() for one in read}) == len(read) <= 5


def test_a_cell_is_cut_at_its_captions() -> None:
    pixels, blank, _ = filled("stacked-en")
    found = registered_on(pixels, "stacked-en")
    places = {"name": "person", "address": "home", "postal_code": "code", "email": "mail"}
    scale = blank.dpi / MM_PER_INCH
    for row, truth in zip(found.rows, blank.rows, strict=True):
        assert {cell.column for cell in row.cells} == {*places, "signature"}
        for cell in row.cells:
            if cell.column == "signature":
                continue
            x0, y0, x1, y1 = (v * scale for v in dict(truth.writing)[places[cell.column]])
            corners = in_page(cell, found)
            left, top = corners.min(axis=0)
            right, bottom = corners.max(axis=0)
            # What is written after the caption lies inside, the other line does not.
            assert left <= x0 and right >= x1 - 4
            assert top <= y0 + 12 and bottom >= y1 - 12  # 1.5 mm
            assert bottom - top < 1.5 * (y1 - y0)


def test_check_boxes_are_told_by_the_mark_in_them() -> None:
    pixels, _, texts = filled("syndicat-fr")
    found = registered_on(pixels, "syndicat-fr")
    calibration = load_calibration()
    told: dict[tuple[int, str], str] = {}
    for crop in cut_cells(found):
        if crop.row is not None and crop.fields[0].kind is FieldKind.CHECKBOX:
            (value,) = cell_values(crop, (), calibration, signature_state)
            told[crop.row, value.field] = value.value
    wanted = {
        (row, name): said[name] for row, said in texts.items() for name in ("news_yes", "news_no")
    }
    assert set(wanted.values()) == {"Y", "N"}
    assert {key: told[key] for key in wanted} == wanted
    blank_row = max(row for row, _ in told)
    assert told[blank_row, "news_yes"] == told[blank_row, "news_no"] == "N"


def test_print_in_cells_leaves_blank_rows_empty() -> None:
    for name in PLANS:
        found = registered_on(drawn(name).pixels, name)
        inked = [
            (crop.row, crop.column)
            for crop in cut_cells(found)
            if crop.row is not None and crop.ink.value == "written"
        ]
        assert inked == [], name


def kinds_of(form: Form) -> list[FieldKind]:
    """Kinds of a form's fields but row numbers, in order."""
    return [spec.kind for spec in form.fields if spec.kind is not FieldKind.ROW_NUMBER]


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_definition_is_drafted_from_a_blank_sheet(name: str, tmp_path: Path) -> None:
    page = tmp_path / "blank.png"
    cv2.imwrite(str(page), drawn(name).pixels)
    target = tmp_path / "mine.toml"
    assert main(["form", "new", str(page), "-o", str(target), "--name", "mine", "--quiet"]) == 0
    (draft,) = load_forms([str(target)])
    (wanted,) = load_forms([str(FORMS[name])])
    assert draft.language == wanted.language
    assert draft.lines == wanted.lines
    found = set(kinds_of(draft))
    assert set(kinds_of(wanted)) <= found | {FieldKind.CITY, FieldKind.PROVINCE}
    assert any(c.comb for c in draft.columns) == any(c.comb for c in wanted.columns)
    if wanted.box is not None:
        assert draft.box is not None
        assert len(draft.box.fields) == len(wanted.box.fields)
    fit = check_fit(page, str(target), tmp_path / "fit.png")
    assert fit.fits, fit.problems
    assert (tmp_path / "fit.png").stat().st_size > 10_000


def test_a_blank_whose_look_tells_no_upper_end_is_drafted_the_way_its_print_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "blank.png"
    cv2.imwrite(str(page), drawn("commons-en", seed=3).pixels)
    # What the classifier says of gray bands and a few lines of print.
    monkeypatch.setattr("digitizer.rectify.estimate_orientation", lambda gray: (180, 0.7))
    assert 'kind = "signature"' in draft_from_file(page, "mine")


def test_a_drafted_definition_reads_filled_sheets(tmp_path: Path) -> None:
    page = tmp_path / "blank.png"
    cv2.imwrite(str(page), drawn("stacked-en", seed=3).pixels)
    draft = tmp_path / "mine.toml"
    draft.write_text(draft_from_file(page, "mine"), encoding="utf-8")
    FORMS["mine"] = draft
    try:
        pixels, blank, _ = filled("stacked-en", seed=9)  # another printing
        found = registered_on(pixels, "mine", "twin-en", "ballot-en")
    finally:
        del FORMS["mine"]
    assert found.form == "mine"
    assert len(found.rows) == len(blank.rows)
    assert {cell.column for cell in found.rows[0].cells} >= {"name", "address", "signature"}


@pytest.mark.parametrize("style", ["rows-only", "bands-only"])
def test_a_sheet_without_column_rulings_is_drafted_and_then_read(
    style: str, tmp_path: Path
) -> None:
    fonts, rng = system_fonts(), np.random.default_rng([5, 7])
    layout = random_layout(rng, fonts=len(fonts.printed), paper="letter")
    layout = replace(layout, rules=RULE_STYLES[style])
    blank = draw_blank(WORDINGS["commons-en"], layout, fonts, dpi=200)
    page, draft = tmp_path / "blank.png", tmp_path / "mine.toml"
    cv2.imwrite(str(page), blank.pixels)
    draft.write_text(draft_from_file(page, "mine"), encoding="utf-8")
    (form,) = load_forms([str(draft)])
    ref = PageRef("drawn.png", "drawn.png", 1, "")
    pixels = blank.pixels
    color = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
    found, _ = register_image(PageImage(ref, color, 200.0), [form])
    assert len(found.rows) == len(blank.rows)
    assert {"name", "signature"} <= {cell.column for cell in found.rows[0].cells}
    assert len(found.rows[0].cells) == 4
    px = blank.dpi / MM_PER_INCH
    for row, place in zip(blank.rows, found.rows, strict=True):
        left, top, right, bottom = (value * px for value in row.rect)
        truth = [(left, top), (right, top), (right, bottom), (left, bottom)]
        assert convex_iou(place.polygon, truth) > 0.8


@pytest.mark.parametrize("turned", [0, 2])
def test_a_copy_without_any_line_is_found_aslant_and_upside_down_by_its_print(
    turned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of black and white that lost all bands; neither skew nor which end is up is sure."""
    told = estimate_skew

    def unsure(gray: Pixels) -> Skew:
        found = told(gray)
        return Skew(None, None, found.peak, guess_deg=found.rows_deg)

    monkeypatch.setattr(rectify, "estimate_skew", unsure)
    monkeypatch.setattr(rectify, "estimate_orientation", lambda gray: (0, 0.7))
    fonts, rng = system_fonts(), np.random.default_rng([5, 7])
    layout = random_layout(rng, fonts=len(fonts.printed), paper="letter")
    layout = replace(layout, rules=RULE_STYLES["bands-only"])
    sheet = draw_blank(WORDINGS["commons-en"], layout, fonts, dpi=200)
    height, width = sheet.pixels.shape
    aslant = cv2.getRotationMatrix2D((width / 2, height / 2), 5.0, 1.0)
    copy = np.where(sheet.pixels < 120, 0, 255).astype(np.uint8)
    copy = cv2.warpAffine(copy, aslant, (width, height), borderValue=(255,))
    color = cv2.cvtColor(np.ascontiguousarray(np.rot90(copy, turned)), cv2.COLOR_GRAY2BGR)
    forms = load_forms([str(FORMS["commons-en"])])
    found, _ = register_image(PageImage(PageRef("d.png", "d.png", 1, ""), color, 200.0), forms)
    assert found.form == "commons-en" and found.page.rotation_deg == 90 * turned
    assert found.page.skew_deg == pytest.approx(-5.0, abs=0.1)
    # Nobody wrote on it: numbers tell the rows.
    assert found.rows_guessed and len(found.rows) == len(sheet.rows)


def test_a_collector_line_below_the_table_is_drafted_and_cut_at_its_labels(tmp_path: Path) -> None:
    fonts = system_fonts()
    layout = random_layout(np.random.default_rng([5, 7]), fonts=len(fonts.printed), paper="letter")
    sheet = draw_blank(WORDINGS["commons-en"], layout, fonts, dpi=200)
    pixels = np.pad(sheet.pixels, ((0, 120), (0, 0)), constant_values=255)
    page = Image.fromarray(pixels)
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(fonts.printed[0][0], 28)
    starts = (150, 700, 1250)
    for x, label in zip(starts, ("Collected by:", "Place:", "Date:"), strict=True):
        pen.text((x, sheet.pixels.shape[0]), label, font=font, fill=0)
    page.save(tmp_path / "blank.png", dpi=(200, 200))
    draft = tmp_path / "mine.toml"
    draft.write_text(draft_from_file(tmp_path / "blank.png", "mine"), encoding="utf-8")
    (form,) = load_forms([str(draft)])
    assert form.box is not None
    names = ["collector_name", "event_location", "date_collected"]
    assert [item.field.name for item in form.box.fields] == names
    color = cv2.cvtColor(np.asarray(page), cv2.COLOR_GRAY2BGR)
    found, _ = register_image(PageImage(PageRef("d.png", "d.png", 1, ""), color, 200.0), [form])
    assert found.collector_box is not None
    scale = found.page.gray.shape[1] / pixels.shape[1]
    for start, stop, field in zip(
        starts, (*starts[1:], pixels.shape[1]), found.collector_box.fields, strict=True
    ):
        left, _, right, _ = bbox_from_polygon(field.polygon)
        assert start * scale < left < right < stop * scale + 4


def test_no_definition_is_drafted_from_a_page_without_a_table(tmp_path: Path) -> None:
    page = tmp_path / "letter.png"
    cv2.imwrite(str(page), np.full((1100, 850), 255, np.uint8))
    with pytest.raises(FormError, match="no ruled table"):
        draft_from_file(page, "mine")


def test_form_new_overwrites_only_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "mine.toml"
    target.write_text("mine", encoding="utf-8")
    assert main(["form", "new", str(tmp_path / "blank.png"), "-o", str(target)]) == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_text(encoding="utf-8") == "mine"


def test_form_new_says_what_it_drafted_the_collectors_box_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    head = '[form]\nname = "x"\nlanguage = "en"\nphrases = ["My petition"]\n'
    fields = 'fields = [{ name = "name", kind = "name" }]\n'
    column = f'[[table.columns]]\nname = "name"\nheader = ["Name"]\n{fields}'
    box = '[[collector_box.fields]]\nname = "place"\nkind = "text"\nlabel = ["Place"]\n'
    told = []
    for text in (head + column, head + column + box):
        monkeypatch.setattr(formfit, "draft_from_file", lambda *_, said=text: said)
        assert main(["form", "new", "blank.png", "-o", str(tmp_path / "x.toml"), "--force"]) == 0
        told.append(capsys.readouterr().err)
    assert "1 column, fields name; no collector box." in told[0]
    assert "1 column, fields name; collector box with place." in told[1]


def test_form_check_tells_every_problem_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        '[form]\nname = "x"\nphrases = "one"\n\n[[table.columns]]\nname = "name"\n'
        'heading = ["Name"]\nfields = [{ name = "name", kind = "nom" }]\n',
        encoding="utf-8",
    )
    assert main(["form", "check", str(file)]) == 4
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "line 3: 'phrases'" in line]
    assert [line for line in lines if "line 7" in line and "'heading'" in line]
    assert [line for line in lines if "line 8" in line and "no kind 'nom'" in line]


def test_form_check_says_what_a_page_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "twin.png"
    cv2.imwrite(str(page), drawn("twin-en").pixels)
    picture = tmp_path / "fit.png"
    given = ["form", "check", str(FORMS["stacked-en"]), str(page), "-o", str(picture)]
    assert main(given) == 4
    told = capsys.readouterr().err
    assert "compare them with the sheet's, from left to right" in told
    assert "form check says" not in told, "nobody is sent to the command that tells it"
    assert "phrase 'Save the Harbour Market' was not read on this page (likeness" in told
    source = FORMS["stacked-en"].read_text(encoding="utf-8").splitlines()
    places = re.findall(r"stacked-en\.toml, line (\d+): (\w+) (?:of column )?'([^']+)'", told)
    assert {"phrase", "header"} <= {what for _, what, _ in places}
    for line, what, name in places:
        assert {"phrase": name, "header": "header ="}.get(what, "label =") in source[int(line) - 1]
    assert picture.is_file()


def test_form_check_names_each_answer_of_the_box_without_a_place_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.png"
    cv2.imwrite(str(page), drawn("amnesty-canada-en").pixels)
    source = FORMS["amnesty-canada-en"]
    given = ["form", "check", str(source), str(page), "-o", str(tmp_path / "fit.png")]
    assert main(given) == 0
    assert "collector box with collector_name, date_collected" in capsys.readouterr().out
    found = registered_on(drawn("amnesty-canada-en").pixels, "amnesty-canada-en")
    box = found.collector_box
    assert box is not None
    fewer = tuple(place for place in box.fields if place.column != "date_collected")
    less = replace(found, collector_box=replace(box, fields=fewer))
    monkeypatch.setattr(formfit, "register_image", lambda *given, **more: (less, 2))
    assert main(given) == 4
    told = capsys.readouterr().err
    assert "no place to write was found for 'date_collected' of the collector box" in told
    line = int(re.findall(r"\.toml, line (\d+): no place", told)[0])
    lines = source.read_text(encoding="utf-8").splitlines()
    assert 'name = "date_collected"' in "".join(lines[line - 1 : line + 2])


def test_a_head_of_several_lines_in_a_narrow_column_is_read_from_line_to_line() -> None:
    name = "commons-en"
    (form,) = load_forms([str(FORMS[name])])
    found = registered_on(drawn(name).pixels, name)
    cell = found.rows[0].cells[1]
    (x0, y0), (x1, _) = cell.polygon[:2]
    # Lines too far apart for one block of print.
    lines = [
        PrintedWord(text, (x0 + 10, y0 - off, x0 + 90, y0 - off + 14), 0.9)
        for text, off in (("Verified", 110), ("by the", 70), ("office", 30))
    ]
    head = replace(form.columns[1], header=("Verified by the office",))
    mine = replace(form, columns=(form.columns[0], head), phrases=(), box=None)
    said = formfit._unread(mine, replace(found, words=tuple(lines)), formfit._Lines(form))
    assert x0 + 90 < x1 and not [one for one in said if f"column {head.name!r}" in one]


def test_a_sign_over_a_column_that_is_not_read_is_told_with_what_to_do(tmp_path: Path) -> None:
    source = tmp_path / "mine.toml"
    text = FORMS["commons-en"].read_text(encoding="utf-8")
    head = re.search(r'header = \["N[^]]*\]', text)
    assert head is not None
    source.write_text(text.replace(head[0], 'header = ["#"]'), encoding="utf-8")
    page = tmp_path / "page.png"
    cv2.imwrite(str(page), drawn("commons-en").pixels)
    fit = check_fit(page, str(source), tmp_path / "fit.png")
    (told,) = [one for one in fit.problems if "header" in one]
    assert "was not read" in told and "untitled = true" in told


def test_a_line_that_rows_do_not_have_is_refused() -> None:
    data = {
        "form": {"name": "x"},
        "table": {
            "lines": 2,
            "columns": [{"name": "a", "header": ["A"], "line": 3, "fields": []}],
        },
    }
    with pytest.raises(FormError, match="2 ruled lines"):
        parse_form(data, source="x.toml")
