"""Drafted boxes: colons apart, cells of several languages, two boxes; every draft is a form."""

import tomllib
from collections.abc import Sequence

import pytest
from drawn import across, blank, down, draw_grid, rectified, words_at

from digitizer.drafting.draftbox import draft_box, with_colons
from digitizer.drafting.draftcells import empty_cell
from digitizer.drafting.draftcolumns import draft_column, name_columns
from digitizer.drafting.drafted import Draft, as_toml
from digitizer.drafting.drafts import draft_form
from digitizer.drafting.fieldkinds import (
    asks_street_alone,
    attests,
    guess_box_field,
    guess_kinds,
)
from digitizer.drafting.rowprint import with_eszett
from digitizer.forms.forms import Form, parse_form
from digitizer.layout.print.typicalrow import no_print
from digitizer.lines.tables import find_tables
from digitizer.records import FieldKind, PrintedWord

XS = (100, 500, 900, 1200, 1600)
HEADS = ("Name", "Address", "Date", "Signature")


def dot(x: float, y: float) -> PrintedWord:
    """A colon of which the upper dot alone is read."""
    return PrintedWord(":", (x, y, x + 3, y + 3), 0.75)


def drafted(words: Sequence[PrintedWord], heads: Sequence[str] = HEADS) -> Draft:
    """The draft of a page with a ruled table from 520 px down, and other print."""
    page, ys = blank(1700, 1500), tuple(range(520, 1081, 80))
    draw_grid(page, XS, ys)
    over = [w for x, text in zip(XS, heads, strict=False) for w in words_at(x + 10, 530, text)]
    rules = [across(y, 100, 1600) for y in ys] + [down(x, 520, 1080) for x in XS]
    found = find_tables(rules, page.shape)
    return draft_form(rectified(page), found, [*over, *words], no_print, "mine")


def loaded(draft: Draft) -> Form:
    """The draft as the loader takes it: it refuses none."""
    return parse_form(tomllib.loads(as_toml(draft)), source="mine.toml")


def labels(words: Sequence[PrintedWord]) -> list[str]:
    return [label for _, _, label in draft_box(words)[1]]


def test_a_colon_that_stands_apart_belongs_to_its_label_though_one_dot_of_it_is_read() -> None:
    # "Lieu :" and "Signature :", as French sets them.
    place, sign = words_at(110, 1200, "Lieu"), words_at(700, 1200, "Signature")
    words = [*place, dot(place[-1].box[2] + 8, 1204), *sign, dot(sign[-1].box[2] + 8, 1204)]
    assert labels(words) == ["Lieu :", "Signature :"]
    form = loaded(drafted(words))
    assert form.box is not None
    assert [one.field.name for one in form.box.fields] == ["event_location", "collector_signature"]


def test_one_label_beside_a_count_is_one_without_a_colon() -> None:
    words = [*words_at(100, 900, "Collected by"), *words_at(760, 900, "Sheet no."),
             *words_at(1000, 900, "of")]  # fmt: skip
    said = [(name, label) for name, _, label in draft_box(words)[1]]
    assert said == [("sheet_number", "Sheet no."), ("sheet_total", "of"),
                    ("collector_name", "Collected by")]  # fmt: skip


def test_a_count_in_two_languages_is_one() -> None:
    words = [*words_at(100, 850, "Collected by:"), *words_at(100, 900, "Sheet no. /"),
             *words_at(260, 900, "Feuille no"), *words_at(660, 900, "of / de")]  # fmt: skip
    names = [name for name, _, _ in draft_box(words)[1]]
    assert names == ["sheet_number", "sheet_total", "collector_name"]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Sheet #", "sheet_number"),
        ("Feuille n\u00b0", "sheet_number"),
        ("Nom du responsable de la p\u00e9tition", "collector_name"),
        ("Name of the person collecting these signatures", "collector_name"),
    ],
)
def test_long_labels_and_a_sheets_number_are_labels_beside_another(label: str, name: str) -> None:
    words = [*words_at(100, 900, "Date:"), *words_at(700, 900, label)]
    assert [one for one, _, _ in draft_box(words)[1]] == ["date_collected", name]


def test_an_address_by_e_mail_is_none_in_french_either() -> None:
    assert guess_kinds("Adresse \u00e9lectronique") == (FieldKind.EMAIL,)
    assert guess_kinds("State") == (FieldKind.PROVINCE,)
    assert guess_box_field("state that I reside at") == ("collector_address", FieldKind.ADDRESS)


def test_a_german_street_is_spelt_as_it_is_though_its_letter_is_read_as_another() -> None:
    said = ("StraBe,", "HauptstraGe", "Strae", "Strasse", "Strange", "Strand")
    words = [PrintedWord(text, (0, 0, 9, 9), 0.2) for text in said]
    found = with_eszett(words)
    assert [one.text for one in found][:3] == ["Stra\u00dfe,", "Hauptstra\u00dfe", "Stra\u00dfe"]
    assert [one.text for one in found][4:] == ["Strange", "Strand"]
    assert [one.confidence for one in found] == [0.4, 0.4, 0.4, 0.2, 0.2, 0.2]


def test_a_colon_that_stands_alone_is_no_label() -> None:
    words = [*words_at(110, 1200, "Collected by:"), *words_at(110, 1250, "Date:"), dot(900, 1220)]
    assert labels(words) == ["Collected by:", "Date:"]
    # A semicolon within a sentence stays one.
    said = [*words_at(110, 100, "par personne"), PrintedWord(";", (270, 104, 274, 122), 0.9)]
    assert [word.text for word in with_colons(said)] == ["par", "personne ;"]


@pytest.mark.parametrize(
    "label", ["\u039f\u03bd\u03bf\u03bc\u03b1:", "\u0418\u043c\u044f:", "Level of confidence:"]
)
def test_a_draft_is_a_form_whatever_its_labels_say(label: str) -> None:
    words = [*words_at(110, 1200, "Collected by:"), *words_at(110, 1250, label)]
    loaded(drafted(words, ("Name", "Our confidence", "Confidence", "Signature")))


BOX_YS = (100, 160)


def in_cells(*texts: Sequence[str]) -> list[tuple[str, FieldKind, str]]:
    """What is drafted of labels in ruled cells beside empty ones; several lines stand in one."""
    page, xs = blank(1700, 400), (100, 300, 700, 900, 1500)
    draw_grid(page, xs, BOX_YS)
    words = [
        word
        for x, lines in zip(xs[::2], texts, strict=False)
        for k, line in enumerate(lines)
        for word in words_at(x + 10, 108 + 24 * k, line, height=18)
    ]
    # The side of a cell is read as a sign.
    words.append(PrintedWord("|", (899, 102, 901, 158), 0.9))
    rules = [across(y, 100, 1500) for y in BOX_YS]
    _, found, _ = draft_box(words, (), lambda label: empty_cell(page, rules, label, words))
    return list(found)


def test_two_languages_in_the_cell_of_a_label_are_one_label() -> None:
    found = in_cells(("Collected by", "Recueilli par"), ("Place", "Lieu"))
    assert found == [
        ("collector_name", FieldKind.NAME, "Collected by"),
        ("event_location", FieldKind.TEXT, "Place"),
    ]


def test_labels_with_cells_of_their_own_are_a_second_box_far_from_the_first() -> None:
    page, xs = blank(1700, 1500), (100, 300, 700, 900, 1500)
    draw_grid(page, xs, BOX_YS)
    words = [*words_at(110, 118, "Canton :"), *words_at(710, 118, "Commune :")]
    words += [*words_at(110, 1200, "Collected by:"), *words_at(110, 1260, "Date:")]
    rules = [across(y, 100, 1500) for y in BOX_YS]
    _, found, _ = draft_box(words, (), lambda label: empty_cell(page, rules, label, words))
    assert [name for name, _, _ in found] == ["canton", "commune", "collector_name",
                                              "date_collected"]  # fmt: skip


def test_a_telephone_under_a_line_is_a_label_without_a_colon_too() -> None:
    words = [
        *words_at(110, 1200, "Name of circulator"), *words_at(800, 1200, "Address of circulator"),
        *words_at(110, 1280, "Daytime telephone"), *words_at(800, 1280, "Signature"),
        *words_at(110, 1340, "Tel. 613 555 0142"),
    ]  # fmt: skip
    assert labels(words) == [
        "Name of circulator", "Address of circulator", "Daytime telephone", "Signature",
    ]  # fmt: skip


@pytest.mark.parametrize("label", ["Taken round by:", "R\u00e9colt\u00e9 par", "Gathered by"])
def test_whoever_took_the_sheet_round_is_the_collector(label: str) -> None:
    assert guess_box_field(label) == ("collector_name", FieldKind.NAME)


@pytest.mark.parametrize(
    "head",
    ["Clerk only", "For office use only", "Contr\u00f4le laisser en blanc", "Do not write here",
     "Ne rien inscrire", "R\u00e9serv\u00e9 au greffe"],
)  # fmt: skip
def test_what_the_office_fills_in_is_ignored(head: str) -> None:
    assert guess_kinds(head) == (FieldKind.IGNORE,)
    form = loaded(drafted((), ("Name", head, "Date", "Signature")))
    assert form.fields[1].kind is FieldKind.IGNORE
    assert form.fields[1].name != "ignore"


@pytest.mark.parametrize(
    ("head", "more"),
    [
        ("Address", True),
        ("Street address", True),
        ("Address of property in the Town", False),
        ("Adresse exacte (rue et num\u00e9ro)", False),
        ("Adresse dans la commune", False),
        ("Street and number", False),
    ],
)
def test_nobody_is_asked_for_a_town_that_is_known_or_for_more_than_the_street(
    head: str, more: bool
) -> None:
    assert asks_street_alone(head) is not more
    assert FieldKind.CITY not in guess_kinds(head)
    kinds = {one.kind for one in loaded(drafted((), ("Name", head, "Date", "Signature"))).fields}
    assert ({FieldKind.CITY, FieldKind.PROVINCE, FieldKind.POSTAL_CODE} <= kinds) is more


def test_a_swiss_postal_number_is_no_canadian_code() -> None:
    assert guess_kinds("N\u00b0 postal") == guess_kinds("NPA") == ()
    assert guess_kinds("Code postal") == (FieldKind.POSTAL_CODE,)


def test_heads_alone_tell_the_language() -> None:
    assert drafted((), ("Nom", "Date de naissance", "Adresse", "Signature")).language == "fr"
    assert drafted((), HEADS).language == "en"


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ("Le fonctionnaire soussigné certifie que les signataires ont le droit de vote", True),
        ("I, the City Clerk, certify the number of valid names", True),
        ("Sworn before me by the circulator. Notary public", False),
        ("I certify that I witnessed each name being written", False),
    ],
)
def test_what_an_officer_certifies_is_filled_in_by_no_collector(text: str, office: bool) -> None:
    assert attests(text) is office


@pytest.mark.parametrize("head", ["No. N°", "N° / No.", "Number Numéro", "Line no."])
def test_a_number_in_two_languages_is_a_number(head: str) -> None:
    """It was a box to tick, and marked every row."""
    assert guess_kinds(head) == (FieldKind.ROW_NUMBER,)


def test_the_end_of_a_paragraph_is_no_label() -> None:
    text = "voters ask that the constitution of the country be amended in all parts"
    words = [*words_at(110, 700, text), *words_at(110, 726, "as follows:")]
    words += [*words_at(110, 800, "Canton:"), *words_at(600, 800, "Parish roll:")]
    assert labels(words) == ["Canton:", "Parish roll:"]


def test_an_email_address_is_no_address_and_a_lead_petitioner_is_who_collects() -> None:
    assert guess_box_field("Email address") is None
    assert guess_box_field("Lead petitioner") == ("collector_name", FieldKind.NAME)
    box = draft_box(
        [*words_at(110, 200, "Lead petitioner:"), *words_at(110, 260, "Email address:")]
    )
    assert [(name, kind) for name, kind, _ in box[1]] == [
        ("collector_name", FieldKind.NAME),
        ("email_address", FieldKind.EMAIL),
    ]


def test_heads_and_labels_of_spanish_sheets() -> None:
    heads = ("Nombre y apellidos", "DNI / NIE", "Domicilio", "Correo electrónico", "Firma")
    kinds = [guess_kinds(head) for head in heads]
    assert kinds == [
        (FieldKind.NAME,),
        (),
        (FieldKind.ADDRESS,),
        (FieldKind.EMAIL,),
        (FieldKind.SIGNATURE,),
    ]
    assert guess_kinds("Nombre de signatures") == (), "French for a number"
    fields = draft_box([*words_at(110, 200, "Recogidas por:"), *words_at(110, 260, "Fecha:")])[1]
    assert [name for name, _, _ in fields] == ["collector_name", "date_collected"]


def test_a_number_alone_beside_an_empty_cell_is_no_label() -> None:
    cell = (300.0, 190.0, 600.0, 240.0)
    assert draft_box(words_at(110, 200, "13"), cell_behind=lambda label: cell)[1] == ()


@pytest.mark.parametrize("captions", [["Owner", "Tenant"], ["Name:", "Phone:", "Signature:"]])
def test_a_column_of_captions_without_a_head_has_a_name_of_its_own(captions: list[str]) -> None:
    dated = draft_column("Status", ["Date:", "Status"])
    columns = name_columns([draft_column("", captions), dated])
    first, *_ = loaded(Draft("mine", "en", "t", ("a b c d",), 1, columns)).columns
    assert first.name == "_".join(one.name for one in first.fields[:2])


def test_what_is_asked_again_and_again_is_asked_of_signers() -> None:
    cards = [
        word
        for k in range(4)
        for word in (
            *words_at(110, 200 + 150 * k, "Name:"),
            *words_at(110, 250 + 150 * k, "Email:"),
            *(words_at(110, 300 + 150 * k, "Phone:") if k else ()),
        )
    ]
    box = [*words_at(110, 860, "Volunteer:"), *words_at(110, 910, "Date:")]
    assert labels([*cards, *box]) == ["Volunteer:", "Date:"]
    dates = [*words_at(110, 760, "Date:"), *words_at(110, 810, "Date:")]
    assert len(labels([*dates, *box])) == 4


def test_the_county_of_a_state_is_no_province() -> None:
    words = [
        *words_at(110, 300, "Circulated by:"), *words_at(110, 380, "State of Arizona, County of:"),
    ]  # fmt: skip
    fields = [(name, kind) for name, kind, _ in draft_box(words)[1]]
    assert fields == [("collector_name", FieldKind.NAME), ("county", FieldKind.TEXT)]
