"""Heads and labels in German, what drafts make of the fields under them, and a sheet's language."""

import pytest

from digitizer.drafting.draftcolumns import draft_column, name_columns
from digitizer.drafting.fieldkinds import guess_box_field, guess_kinds, guess_language
from digitizer.layout.print.sheetcount import is_joiner
from digitizer.records import FieldKind


@pytest.mark.parametrize(
    ("head", "kinds"),
    [
        ("Lfd. Nr.", (FieldKind.ROW_NUMBER,)),
        ("Name, Vorname", (FieldKind.NAME,)),
        ("Familienname", (FieldKind.NAME,)),
        ("Vor- und Nachname", (FieldKind.NAME,)),
        ("Straße, Hausnummer", (FieldKind.ADDRESS,)),
        ("Anschrift", (FieldKind.ADDRESS,)),
        ("Geburtsdatum", (FieldKind.BIRTH_DATE,)),
        ("Datum", (FieldKind.DATE,)),
        ("E-Mail (freiwillig)", (FieldKind.EMAIL,)),
        ("Eigenhändige Unterschrift", (FieldKind.SIGNATURE,)),
        ("Bitte nicht ausfüllen", (FieldKind.IGNORE,)),
        ("Bemerkungen der Behörde", (FieldKind.IGNORE,)),
        ("PLZ, Wohnort", ()),
        ("Wohnort in der Gemeinde", ()),
    ],
)
def test_heads_in_german_tell_kinds(head: str, kinds: tuple[FieldKind, ...]) -> None:
    assert guess_kinds(head) == kinds


def test_a_german_address_has_no_canadian_parts_and_its_names_are_told_apart() -> None:
    heads = ("Familienname", "Vorname", "Adresse", "Unterschrift")
    columns = name_columns([draft_column(head, ()) for head in heads])
    assert [[one.name for one in column.fields] for column in columns] == [
        ["name"], ["first_name"], ["address"], ["signature"],
    ]  # fmt: skip


@pytest.mark.parametrize("head", ["Name, Vorname", "Vor- und Nachname", "Vorname, Name"])
def test_a_head_for_both_names_asks_for_no_given_name_alone(head: str) -> None:
    columns = name_columns([draft_column(text, ()) for text in (head, "Name des Kindes")])
    assert columns[0].fields[0].name == "name"


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Gesammelt von:", ("collector_name", FieldKind.NAME)),
        ("Liste gesammelt durch", ("collector_name", FieldKind.NAME)),
        ("Ort, Datum:", ("date_collected", FieldKind.DATE)),
        ("Ort:", ("event_location", FieldKind.TEXT)),
        ("Unterschrift:", ("collector_signature", FieldKind.SIGNATURE)),
    ],
)
def test_labels_of_a_german_box(label: str, field: tuple[str, FieldKind]) -> None:
    assert guess_box_field(label) == field
    assert is_joiner("von")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Mit ihrer Unterschrift beantragen die Unterzeichnenden einen Bürgerentscheid", "de"),
        ("Lfd. Nr. Name Vorname Straße Unterschrift", "de"),
        ("We ask the council to open the library on Sundays", "en"),
        ("Nous demandons à la Ville d'ouvrir les bibliothèques le dimanche", "fr"),
        ("Pedimos al alcalde de la ciudad que no cierre los parques para los niños", "es"),
        ("Noi cittadini chiediamo il voto per la difesa della scuola", "it"),
        ("E-mail", "en"),
    ],
)
def test_small_words_tell_the_language(text: str, code: str) -> None:
    assert guess_language(text) == code
