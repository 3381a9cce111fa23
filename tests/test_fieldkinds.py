"""What people write is guessed from the wording; heads that tell nothing are drafted too."""

import pytest
from drawn import across, blank, down, draw_grid, rectified

from digitizer.errors import FormError
from digitizer.layout import drafts
from digitizer.layout.drafted import DraftColumn, DraftField
from digitizer.layout.drafts import draft_form
from digitizer.layout.fieldkinds import guess_box_field, guess_kinds
from digitizer.layout.typicalrow import no_print
from digitizer.lines.tables import find_tables
from digitizer.records import FieldKind, PrintedWord, Rule


@pytest.mark.parametrize("wording", ["Yes/Oui", "No / Non", "oui", "Y/N"])
def test_choices_in_both_languages_are_check_boxes(wording: str) -> None:
    assert guess_kinds(wording) == (FieldKind.CHECKBOX,)


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Printed name of circulator:", ("collector_name", FieldKind.NAME)),
        ("Petition organiser:", ("collector_name", FieldKind.NAME)),
        ("Canvasser:", ("collector_name", FieldKind.NAME)),
        ("Address of circulator:", ("collector_address", FieldKind.ADDRESS)),
        ("Date:", ("date_collected", FieldKind.DATE)),
    ],
)
def test_labels_of_a_circulators_box(label: str, field: tuple[str, FieldKind]) -> None:
    assert guess_box_field(label) == field


XS, YS = (100, 200, 700, 1200, 1600), (300, 360, *range(440, 1001, 80))


def drafted(heads: tuple[str, ...]) -> list[tuple[str, FieldKind]]:
    """Headers and first kinds of the draft from a table with these heads."""
    page = blank(1700, 1200)
    draw_grid(page, XS, YS)
    rules = [across(y, 100, 1600) for y in YS] + [down(x, 300, 1000) for x in XS]
    words = [
        PrintedWord(head, (x + 10.0, 320.0, x + 80.0, 345.0), 0.9)
        for x, head in zip(XS, heads, strict=False)
        if head
    ]
    tables = find_tables(rules, page.shape)
    draft = draft_form(rectified(page), tables, words, no_print, "form")
    return [(column.header, column.fields[0].kind) for column in draft.columns]


def test_heads_of_another_language_are_drafted_as_text() -> None:
    found = drafted(("Nr.", "Vorname", "Wohnort", "Unterschrift"))
    assert found == [
        ("Nr.", FieldKind.TEXT), ("Vorname", FieldKind.TEXT),
        ("Wohnort", FieldKind.TEXT), ("Unterschrift", FieldKind.TEXT),
    ]  # fmt: skip


def test_a_table_without_heads_cannot_be_drafted() -> None:
    with pytest.raises(FormError):
        drafted(("", "", "", ""))


def test_a_row_begins_with_its_first_line_though_a_caption_reads_as_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def column(line: int, *captions: tuple[str, FieldKind]) -> DraftColumn:
        fields = tuple(DraftField("", kind, caption) for caption, kind in captions)
        return DraftColumn("", "", fields, line)

    signature = ("SIGNATURE", FieldKind.SIGNATURE)
    address = ("RESIDENCE", FieldKind.ADDRESS), ("STREET AND NUMBER", FieldKind.ADDRESS)
    rules = [across(y, 100, 1600) for y in range(300, 1000, 50)]

    def lined(page: object, table: object, run: list[Rule], read: object, lines: int) -> object:
        if lines != 2:
            return []
        if len(run) == len(rules):
            return [
                column(1, signature),
                column(2, (" ".join(c for c, _ in address), address[0][1])),
            ]
        return [column(1, *address), column(2, signature)]

    monkeypatch.setattr(drafts, "_lined_columns", lined)
    page = rectified(blank(1700, 1200))
    tables = find_tables([*rules, *(down(x, 300, 950) for x in XS)], page.gray.shape)
    draft = draft_form(page, tables, [], no_print, "form")
    assert draft.lines == 2
    assert [(c.line, c.fields[0].kind) for c in draft.columns] == [
        (1, FieldKind.SIGNATURE), (2, FieldKind.ADDRESS),
    ]  # fmt: skip
