"""What people write is guessed from the wording; heads that tell nothing are drafted too."""

from pathlib import Path

import pytest
from drawn import across, blank, down, draw_grid, rectified, words_at

from digitizer.drafting import draftcaptions, draftcolumns
from digitizer.drafting.draftbox import draft_box
from digitizer.drafting.drafted import Draft, DraftColumn, DraftField, as_toml
from digitizer.drafting.drafts import draft_form
from digitizer.drafting.fieldkinds import (
    asks_foreign_code,
    asks_number,
    guess_box_field,
    guess_kinds,
)
from digitizer.drafting.rowprint import captions_in
from digitizer.errors import FormError
from digitizer.forms.forms import load_forms
from digitizer.layout.print.typicalrow import no_print
from digitizer.lines.tables import find_tables
from digitizer.records import FieldKind, PrintedWord


@pytest.mark.parametrize("wording", ["Yes/Oui", "No / Non", "oui", "Y/N"])
def test_choices_in_both_languages_are_check_boxes(wording: str) -> None:
    assert guess_kinds(wording) == (FieldKind.CHECKBOX,)


@pytest.mark.parametrize(
    ("wording", "kinds"),
    [
        ("Qualifying address (street number and name)", (FieldKind.ADDRESS,)),
        ("No. and street name", (FieldKind.ADDRESS,)),
        ("Numéro et nom de la rue", (FieldKind.ADDRESS,)),
        ("Name of your city", (FieldKind.CITY,)),
        ("Nom de l'école", ()),
        ("Name of employer", ()),
        ("Name and address", (FieldKind.NAME, FieldKind.ADDRESS)),
        ("Nom et adresse", (FieldKind.NAME, FieldKind.ADDRESS)),
        ("Name of endorser (please print)", (FieldKind.NAME,)),
        ("House number / name and street", (FieldKind.ADDRESS,)),
        ("Signed", (FieldKind.SIGNATURE,)),
        ("Date signed", (FieldKind.DATE,)),
        ("Adresse et commune", (FieldKind.ADDRESS, FieldKind.CITY)),
    ],
)
def test_the_name_of_a_street_or_school_is_nobodys(
    wording: str, kinds: tuple[FieldKind, ...]
) -> None:
    assert guess_kinds(wording) == kinds


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Ward", "ward"),
        ("Ward No.", "ward"),
        ("Name of ward", "ward"),
        ("Quartier", "ward"),
        ("Riding (if known)", "riding"),
        ("Riding name", "riding"),
        ("Federal electoral district", "electoral_district"),
        ("Constituency", "electoral_district"),
        ("Name of electoral district", "electoral_district"),
        ("Circonscription", "electoral_district"),
        ("Nom de la circonscription \u00e9lectorale", "electoral_district"),
        ("District \u00e9lectoral / quartier", "electoral_district"),
        ("Arrondissement", "borough"),
        ("Comt\u00e9", "county"),
        ("Section de vote", "polling_division"),
    ],
)
def test_where_a_signer_votes_is_text_in_a_column_with_a_name_of_its_own(
    head: str, name: str
) -> None:
    assert guess_kinds(head) == (FieldKind.TEXT,)
    fields = [field for column in draft(("Name", head, "Signature")).columns[1:2]
              for field in column.fields]  # fmt: skip
    assert fields == [DraftField(name, FieldKind.TEXT)]


@pytest.mark.parametrize(
    ("head", "kinds"),
    [
        ("Name and ward", (FieldKind.NAME, FieldKind.TEXT)),
        ("Adresse et quartier", (FieldKind.ADDRESS, FieldKind.TEXT)),
        ("Ville ou arrondissement", (FieldKind.CITY,)),  # one or the other
        ("Signature of elector of this ward", (FieldKind.SIGNATURE,)),
        ("Émargement", (FieldKind.SIGNATURE,)),
        ("Forward to a friend", ()),
        ("Steward", ()),
    ],
)
def test_a_ward_beside_something_else_is_a_field_more(
    head: str, kinds: tuple[FieldKind, ...]
) -> None:
    assert guess_kinds(head) == kinds


def test_an_address_with_a_ward_keeps_its_other_parts_before_it() -> None:
    column = draft(("Name", "Address and ward", "Signature")).columns[1]
    assert [one.name for one in column.fields] == [
        "address", "city", "province", "postal_code", "ward",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "caption"),
    [("[Oui", "Oui"), ("]Non", "Non"), ("| Yes", "Yes"), ("Date (yyyy/mm/dd)",) * 2,
     ("Name:", "Name:")],
)  # fmt: skip
def test_sides_of_a_check_box_are_no_part_of_its_caption(seen: str, caption: str) -> None:
    place = (0.1, 0.1, 0.2, 0.2)
    assert captions_in([PrintedWord(seen, place, 0.9)], aspect=15) == [caption]


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Printed name of circulator:", ("collector_name", FieldKind.NAME)),
        ("Petition organiser:", ("collector_name", FieldKind.NAME)),
        ("Canvasser:", ("collector_name", FieldKind.NAME)),
        ("Volunteer:", ("collector_name", FieldKind.NAME)),
        ("Address of circulator:", ("collector_address", FieldKind.ADDRESS)),
        ("Date:", ("date_collected", FieldKind.DATE)),
        ("Le :", ("date_collected", FieldKind.DATE)),
        ("Fait à", ("event_location", FieldKind.TEXT)),
        ("Where signed:", ("event_location", FieldKind.TEXT)),
        ("Where collected", ("event_location", FieldKind.TEXT)),
        ("Day", ("date_collected", FieldKind.DATE)),
        ("Worksite:", ("event_location", FieldKind.TEXT)),
        ("Steward:", ("collector_name", FieldKind.NAME)),
        ("Feuille remise par :", ("collector_name", FieldKind.NAME)),
        ("Collecteur :", ("collector_name", FieldKind.NAME)),
        ("Where:", ("event_location", FieldKind.TEXT)),
        ("Circulator's signature:", ("collector_signature", FieldKind.SIGNATURE)),
        ("Signature du responsable", ("collector_signature", FieldKind.SIGNATURE)),
        ("Name and signature:", ("collector_name", FieldKind.NAME)),
        ("Date of signature:", ("date_collected", FieldKind.DATE)),
        ("Lieu de la signature :", ("event_location", FieldKind.TEXT)),
    ],
)
def test_labels_of_a_circulators_box(label: str, field: tuple[str, FieldKind]) -> None:
    assert guess_box_field(label) == field


def test_first_and_last_below_a_head_over_both_are_names() -> None:
    heads = ("First", "Last", "Street", "City", "Signature")
    columns = draftcolumns.name_columns([draftcolumns.draft_column(head, ()) for head in heads])
    names = [(one.name, one.kind) for column in columns for one in column.fields]
    assert names[:2] == [("first_name", FieldKind.NAME), ("name", FieldKind.NAME)]
    assert guess_kinds("Last day at school") == (FieldKind.DATE,)


XS, YS = (100, 200, 700, 1200, 1600), (300, 360, *range(440, 1001, 80))


def draft(
    heads: tuple[str, ...],
    above: list[PrintedWord] | None = None,
    xs: tuple[int, ...] = XS,
) -> Draft:
    """The draft from a table with these heads, and print above or below it."""
    page = blank(1700, 1200)
    draw_grid(page, xs, YS)
    rules = [across(y, 100, 1600) for y in YS] + [down(x, 300, 1000) for x in xs]
    words = [
        PrintedWord(head, (x + 10.0, 320.0, x + 80.0, 345.0), 0.9)
        for x, head in zip(xs, heads, strict=False)
        if head
    ]
    tables = find_tables(rules, page.shape)
    return draft_form(rectified(page), tables, [*words, *(above or ())], no_print, "form")


def drafted(heads: tuple[str, ...]) -> list[tuple[str, FieldKind]]:
    """Headers and first kinds of the draft from a table with these heads."""
    return [(column.header, column.fields[0].kind) for column in draft(heads).columns]


@pytest.mark.parametrize(
    ("head", "told"), [("#", True), ("N\u00b0", True), ("\u2116", True), ("", False), ("*", False)]
)
def test_a_sign_over_the_rows_numbers_tells_that_they_are_numbers(head: str, told: bool) -> None:
    assert asks_number(head) is told


def test_heads_of_another_language_are_drafted_as_text() -> None:
    found = drafted(("Nro", "Etunimi", "Kunta", "Allekirjoitus"))
    assert found == [
        ("Nro", FieldKind.TEXT), ("Etunimi", FieldKind.TEXT),
        ("Kunta", FieldKind.TEXT), ("Allekirjoitus", FieldKind.TEXT),
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

    def lined(rows: draftcaptions.RuledRows, lines: int) -> object:
        if lines != 2:
            return []
        if len(rows.run) == len(rules):
            return [
                column(1, signature),
                column(2, (" ".join(c for c, _ in address), address[0][1])),
            ]
        return [column(1, *address), column(2, signature)]

    monkeypatch.setattr(draftcaptions, "_lined_columns", lined)
    page = rectified(blank(1700, 1200))
    tables = find_tables([*rules, *(down(x, 300, 950) for x in XS)], page.gray.shape)
    draft = draft_form(page, tables, [], no_print, "form")
    assert draft.lines == 2
    assert [(c.line, c.fields[0].kind) for c in draft.columns] == [
        (1, FieldKind.SIGNATURE), (2, FieldKind.ADDRESS),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "foreign"),
    [("Postcode", True), ("ZIP", True), ("Postal code", False), ("Code postal", False),
     ("Postal / ZIP code", False), ("Name", False)],
)  # fmt: skip
def test_codes_of_other_countries_are_text(head: str, foreign: bool) -> None:
    assert asks_foreign_code(head) is foreign
    assert (FieldKind.POSTAL_CODE in guess_kinds(head)) is ("ostal" in head)


def test_beside_a_post_code_an_address_asks_for_no_canadian_one() -> None:
    kinds = [
        [field.kind for field in column.fields]
        for column in draft(("No.", "Print name", "Address", "Postcode")).columns
    ]
    assert kinds[2:] == [[FieldKind.ADDRESS], [FieldKind.TEXT]]
    alone = draft(("No.", "Print name", "Address", "Signature")).columns[2]
    assert FieldKind.POSTAL_CODE in [field.kind for field in alone.fields]


def test_a_narrow_column_without_a_head_is_left_out_and_a_wide_one_says_that_it_has_none(
    tmp_path: Path,
) -> None:
    narrow = draft(("", "Name", "", "Signature"), xs=(100, 180, 700, 1200, 1600))
    assert [column.header for column in narrow.columns] == ["Name", "", "Signature"]
    file = tmp_path / "mine.toml"
    file.write_text(as_toml(narrow), encoding="utf-8")
    assert len(load_forms([str(file)])[0].columns) == 3


def test_the_largest_type_is_the_title_however_its_letters_reach() -> None:
    small = words_at(110, 100, "Petition (by the people of Ferryquay)", height=27.0)
    letter = [
        word
        for n in range(3)
        for word in words_at(110, 150 + 40 * n, "we ask the council to act this year", height=14.0)
    ]
    low = words_at(110, 40, "our mussel menu", height=24.0)  # no letter but one reaches up
    found = draft(("No.", "Print name", "Address", "Postcode"), [*low, *small, *letter])
    assert found.title == "our mussel menu"


def box(*lines: tuple[float, float, str]) -> tuple[str, list[str]]:
    """Title and labels that are drafted from these lines: left end, top, words."""
    words = [word for x, y, text in lines for word in words_at(x, y, text)]
    title, labels, _ = draft_box(words)
    return title, [text for _, _, text in labels]


def test_a_title_that_names_the_collector_is_no_label() -> None:
    title, labels = box(
        (100, 100, "Statement of circulator"),
        (100, 150, "Printed name of circulator:"),
        (100, 200, "Address of circulator:"),
        (100, 250, "Date:"),
    )
    assert title == "Statement of circulator"
    assert labels == ["Printed name of circulator:", "Address of circulator:", "Date:"]


def test_labels_beside_each_other_are_read_from_the_left_and_the_title_may_stand_over_any() -> None:
    lines = [(700.0, 101.0, "Place:"), (300.0, 102.0, "Collected by:"), (1000.0, 100.0, "Date")]
    title, labels = box((320, 60, "Please fill in this box"), *lines)
    assert title == "Please fill in this box"
    assert labels == ["Collected by:", "Place:", "Date"]


def test_the_end_of_a_paragraph_is_no_boxs_title() -> None:
    paragraph = "we the people who live here ask that the mill lane library stay open and"
    title, labels = box((100, 60, paragraph), (100, 85, "its garden"), (100, 130, "Collected by:"))
    assert (title, labels) == ("", ["Collected by:"])


def test_an_address_to_return_sheets_to_is_no_label_and_short_ones_need_room() -> None:
    _, labels = box(
        (100, 100, "Collected by:"),
        (100, 160, "Please return sheets to:"),
        (100, 182, "Ferry Friends, Box 12"),
        (600, 100, "\u00c0 : Monsieur le ministre"),
        (100, 260, "Le :"),
    )
    assert labels == ["Collected by:", "Le :"]


def test_a_line_of_the_letter_that_ends_in_a_colon_does_not_hide_the_box() -> None:
    _, labels = box(
        (100, 100, "To the City Clerk: we ask for a vote"), (100, 900, "Circulator's name:"),
        (100, 950, "Location:"), (100, 1000, "Date:"),
    )  # fmt: skip
    assert labels == ["Circulator's name:", "Location:", "Date:"]


def test_labels_of_another_language_make_a_box_where_there_is_room_to_write() -> None:
    assert box((100, 100, "Paikka:"), (100, 160, "Aika:")) == ("", ["Paikka:", "Aika:"])
    assert box((100, 100, "Paikka:")) == ("", [])
    assert box((100, 100, "Paikka: Oulu"), (100, 160, "Aika: aina")) == ("", [])


@pytest.mark.parametrize("place", [700.0, 1100.0])
def test_of_collected_by_and_a_name_below_it_without_colons_the_first_is_the_title(
    place: float,
) -> None:
    title, labels = box(
        (100, 100, "Recueilli par / Collected by"), (100, 160, "Nom / Name"),
        (100, 220, "Lieu / Place"), (place, 220, "Date"),
    )  # fmt: skip
    assert (title, labels) == (
        "Recueilli par / Collected by", ["Nom / Name", "Lieu / Place", "Date"],
    )  # fmt: skip


def test_the_side_of_the_box_before_a_label_is_no_part_of_it() -> None:
    _, labels = box((100, 100, "Votre nom :"), (500, 100, "| Ville ou place :"))
    assert labels == ["Votre nom :", "Ville ou place :"]


def test_two_people_of_a_box_without_colons_are_two_labels() -> None:
    _, labels = box(
        (100, 100, "Collected by"), (100, 160, "Witness name"), (100, 220, "Place"),
        (500, 220, "Date"),
    )  # fmt: skip
    assert labels == ["Collected by", "Witness name", "Place", "Date"]


def test_labels_in_one_line_are_found_whichever_stands_highest_and_keep_their_kind() -> None:
    words = [
        *words_at(100, 101, "Name:"),
        *words_at(700, 100, "Phone:"),
        *words_at(100, 160, "City:"),
    ]
    _, labels, _ = draft_box(words)
    assert labels == (
        ("collector_name", FieldKind.NAME, "Name:"),
        ("phone", FieldKind.PHONE, "Phone:"),
        ("event_location", FieldKind.TEXT, "City:"),
    )


def test_a_box_of_which_every_colon_was_lost_needs_two_labels() -> None:
    lost = ((100.0, 100.0, "Nom du responsable"), (100.0, 160.0, "Date"))
    assert box(*lost) == ("", ["Nom du responsable", "Date"])
    assert box(lost[0]) == ("", [])
    assert box(*lost, (100, 182, "of the council")) == ("", [])


def test_a_sheet_headed_petition_is_named_by_what_stands_below() -> None:
    large = words_at(110, 30, "PETITION", height=40.0)
    small = words_at(110, 90, "Save the Elm Street bus", height=28.0)
    letter = [
        word
        for n in range(3)
        for word in words_at(110, 150 + 40 * n, "we ask the council to act this year", height=18.0)
    ]
    found = draft(("No.", "Print name", "Address", "Postcode"), [*large, *small, *letter])
    assert found.title == "Save the Elm Street bus"


def test_a_captioned_address_has_its_other_parts_where_no_caption_asks_for_them() -> None:
    who = (
        DraftField("", FieldKind.NAME, "Nom :"),
        DraftField("", FieldKind.ADDRESS, "Adresse :"),
        DraftField("", FieldKind.EMAIL, "Courriel :"),
    )
    (column,) = draftcolumns.name_columns([DraftColumn("", "Signataire", who)])
    wanted = ["name", "address", "city", "province", "postal_code", "email"]
    assert [one.name for one in column.fields] == wanted
    zip_ = DraftField("", FieldKind.CITY, "City and Zip:")
    (column,) = draftcolumns.name_columns([DraftColumn("", "Voter", (*who, zip_))])
    assert [one.name for one in column.fields] == ["name", "address", "email", "city"]


@pytest.mark.parametrize(
    "wording",
    ["Date of birth", "DOB", "D.O.B. (dd/mm/yyyy)", "Born", "Birthdate", "Date de naissance",
     "Date de naissance (jour, mois, année)", "Né(e) le", "Née le :"],
)  # fmt: skip
def test_a_day_of_birth_is_no_day_of_signing(wording: str) -> None:
    assert guess_kinds(wording) == (FieldKind.BIRTH_DATE,)
    assert guess_box_field(wording) == ("birth_date", FieldKind.BIRTH_DATE)


@pytest.mark.parametrize(
    ("wording", "kinds"),
    [
        ("Name and date of birth", (FieldKind.NAME, FieldKind.BIRTH_DATE)),
        ("Nom, né(e) le", (FieldKind.NAME, FieldKind.BIRTH_DATE)),
        ("Date of signing", (FieldKind.DATE,)),
        ("Year of birth", ()),
        ("Lieu de naissance", ()),
        ("DATE AND PLACE OF BIRTH", (FieldKind.BIRTH_DATE, FieldKind.TEXT)),
        ("Lieu et date de naissance", (FieldKind.TEXT, FieldKind.BIRTH_DATE)),
        ("Année de naissance", ()),
    ],
)
def test_what_else_is_asked_of_a_birth_is_told_apart(
    wording: str, kinds: tuple[FieldKind, ...]
) -> None:
    assert guess_kinds(wording) == kinds


def test_day_and_place_of_birth_are_two_fields_and_the_day_of_signing_keeps_its_name() -> None:
    found = draft(("Full first names", "Family names", "Date and place of birth", "Date"))
    told = [(one.name, one.kind) for column in found.columns for one in column.fields]
    assert told == [
        ("first_name", FieldKind.NAME),
        ("name", FieldKind.NAME),
        ("birth_date", FieldKind.BIRTH_DATE),
        ("birth_place", FieldKind.TEXT),
        ("date", FieldKind.DATE),
    ]


@pytest.mark.parametrize(
    "head",
    ["Owner/Tenant", "Parent or guardian", "Registered voter", "Propriétaire(s) ou locataire",
     "Parent ou tuteur", "Résident(e)"],
)  # fmt: skip
def test_who_signs_is_a_name_where_nothing_else_asks_for_one(head: str) -> None:
    assert draft((head, "Phone", "Class", "Signature")).columns[0].fields == (
        DraftField("name", FieldKind.NAME),
    )
    beside = draft(("Name", head, "Class", "Signature")).columns[1].fields
    assert [one.kind for one in beside] == [FieldKind.TEXT]


@pytest.mark.parametrize(
    "head", ["Initiales du greffier", "Clerk's initials", "Office use only", "du greffier"]
)
def test_what_the_office_writes_beside_a_row_is_not_looked_at(head: str) -> None:
    assert guess_kinds(head) == (FieldKind.IGNORE,)


def test_a_street_beside_the_number_of_the_house_asks_for_no_town() -> None:
    heads = ("Nom", "N\u00b0 civique", "Rue", "App.", "Signature")
    found = draft(heads, xs=(100, 500, 700, 1100, 1300, 1600))
    assert [one.name for column in found.columns for one in column.fields] == [
        "name", "civic_number", "address", "apartment", "signature",
    ]  # fmt: skip
    alone = draft(("Nom", "Rue", "", "Signature")).columns[1]
    assert [one.name for one in alone.fields] == ["address", "city", "province", "postal_code"]


def test_a_dashed_line_between_captions_is_no_caption() -> None:
    words = [
        PrintedWord("Name", (0.02, 0.05, 0.12, 0.25), 0.9),
        PrintedWord("ee", (0.02, 0.48, 0.3, 0.52), 0.9),
        PrintedWord("eee", (0.5, 0.48, 0.9, 0.52), 0.9),
        PrintedWord("Signature", (0.02, 0.55, 0.2, 0.75), 0.9),
    ]
    assert captions_in(words, 5.0) == ["Name", "Signature"]
