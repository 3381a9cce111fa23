"""Which line of a cell goes to which field, with a recogniser that answers from a list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from digitizer.calibrate import load_calibration
from digitizer.engines import cells, lexicon
from digitizer.engines.cells import read_cells, read_image
from digitizer.engines.handwritten import ALPHABET, LogProbs, Recogniser
from digitizer.engines.replay import ReplayRecogniser, crop_key
from digitizer.records import (
    CellCrop,
    FieldKind,
    FieldSpec,
    InkState,
    LineCrop,
    Mark,
    Pixels,
    Reading,
)

ADDRESS = (
    FieldSpec("address", FieldKind.ADDRESS, required=True),
    FieldSpec("city", FieldKind.CITY),
    FieldSpec("province", FieldKind.PROVINCE),
    FieldSpec("postal_code", FieldKind.POSTAL_CODE),
)
CONTACT = (FieldSpec("phone", FieldKind.PHONE), FieldSpec("email", FieldKind.EMAIL))
NAME = (FieldSpec("name", FieldKind.NAME, required=True),)


def picture(number: int) -> Pixels:
    """A line of its own."""
    return np.random.default_rng(number).integers(0, 255, (12, 40)).astype(np.uint8)


def cell(fields: Sequence[FieldSpec], lines: Sequence[Pixels]) -> CellCrop:
    blank = np.full((20, 60), 255, np.uint8)
    crops = tuple(LineCrop(line, (0, 0, line.shape[1], line.shape[0])) for line in lines)
    state = InkState.WRITTEN if lines else InkState.EMPTY
    return CellCrop(
        1, "column", tuple(fields), np.stack([blank] * 3, axis=2), blank, crops, state, 1.0,
        Mark.NONE, 0.0, 0.1,
    )  # fmt: skip


def read(
    monkeypatch: pytest.MonkeyPatch, fields: Sequence[FieldSpec], texts: Sequence[str]
) -> dict[str, str]:
    lines = [picture(number) for number in range(len(texts))]
    answers = {crop_key(line): text for line, text in zip(lines, texts, strict=True)}
    monkeypatch.setattr(cells, "load_recogniser", lambda: ReplayRecogniser(answers))
    (readings,) = read_cells([cell(fields, lines)], "en")
    return {reading.field: reading.text for reading in readings}


@pytest.mark.parametrize("names", [("name",), ("first_name", "name")])
def test_a_name_in_two_cells_is_told_to_be_one_in_parts(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    lines = [picture(number) for number in range(len(names))]
    answers = dict.fromkeys(map(crop_key, lines), "TREMBLAY")
    monkeypatch.setattr(cells, "load_recogniser", lambda: ReplayRecogniser(answers))
    written = [
        cell((FieldSpec(name, FieldKind.NAME),), [line])
        for name, line in zip(names, lines, strict=True)
    ]
    found = [reading for readings in read_cells(written, "en") for reading in readings]
    assert [reading.field for reading in found] == list(names)
    assert all(("part" in dict(reading.evidence)) is (len(names) == 2) for reading in found)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            ["12 Main St", "Ottawa ON K1A 0B1"],
            {"address": "12 Main St", "city": "Ottawa", "province": "ON", "postal_code": "K1A 0B1"},
        ),
        (
            ["123 rue Berri", "Montréal QC", "H2L 3K4"],
            {"address": "123 rue Berri", "city": "Montréal", "province": "QC",
             "postal_code": "H2L 3K4"},
        ),
        (["12 Elm Street K1N 5T5"], {"address": "12 Elm Street", "postal_code": "K1N 5T5"}),
        (
            ["44 Bank St, Ottawa, Ont. K2P1X4"],
            {"address": "44 Bank St", "city": "Ottawa", "province": "ON",
             "postal_code": "K2P 1X4"},
        ),
        (
            ["7 King Rd Toronto M5V 3L9"],
            {"address": "7 King Rd", "city": "Toronto", "postal_code": "M5V 3L9"},
        ),
        (["19 Oak Ridge Dr"], {"address": "19 Oak Ridge Dr"}),
        (
            ["19 Oak Ridge Dr", "Xanthia Hollow", "R3C 1A1"],
            {"address": "19 Oak Ridge Dr", "city": "Xanthia Hollow", "postal_code": "R3C 1A1"},
        ),
        (
            ["850 boul. Laurier", "Québec G1R 2L3"],
            {"address": "850 boul. Laurier", "city": "Québec", "postal_code": "G1R 2L3"},
        ),
        (
            ["922 rue Notre-Dame O", "Québec QC G1V 4J9"],
            {"address": "922 rue Notre-Dame O", "city": "Québec", "province": "QC",
             "postal_code": "G1V 4J9"},
        ),
        (
            ["12 rue Cartier, Québec G1R 2S9"],
            {"address": "12 rue Cartier", "city": "Québec", "postal_code": "G1R 2S9"},
        ),
        (
            ["12 rue Cartier", "Lévis, Québec G6V 3P3"],
            {"address": "12 rue Cartier", "city": "Lévis", "province": "QC",
             "postal_code": "G6V 3P3"},
        ),
        (
            ["12 rue Cartier", "Sainte-Foy Québec G1V 4J9"],
            {"address": "12 rue Cartier", "city": "Sainte-Foy", "province": "QC",
             "postal_code": "G1V 4J9"},
        ),
        (
            ["5 King St", "Moncton New Brunswick E1C 4Z3"],
            {"address": "5 King St", "city": "Moncton", "province": "NB",
             "postal_code": "E1C 4Z3"},
        ),
        (
            ["5 Water St", "Summerside Prince Edward Island C1N 1A9"],
            {"address": "5 Water St", "city": "Summerside", "province": "PE",
             "postal_code": "C1N 1A9"},
        ),
        (
            ["605 RueM4Y8L3", "Yellowknife NT X1A 2N5"],
            {"address": "605 RueM4Y8L3", "city": "Yellowknife", "province": "NT",
             "postal_code": "X1A 2N5"},
        ),
        (
            ["5 King St", "Kingston ON"],
            {"address": "5 King St", "city": "Kingston", "province": "ON"},
        ),
        (
            ["12 Elm Dr, Calgary AB"],
            {"address": "12 Elm Dr", "city": "Calgary", "province": "AB"},
        ),
        (
            ["5 King St", "Saint John New Brunswick"],
            {"address": "5 King St", "city": "Saint John", "province": "NB"},
        ),
        (
            ["12 Bank St", "Ottawa ON KIA OBI"],
            {"address": "12 Bank St", "city": "Ottawa", "province": "ON",
             "postal_code": "K1A 0B1"},
        ),
        (
            ["5 Water St", "Corner Brook Newfoundland and Labrador A2H 1A1"],
            {"address": "5 Water St", "city": "Corner Brook", "province": "NL",
             "postal_code": "A2H 1A1"},
        ),
        (
            ["12 rue Cartier", "Laval", "Québec"],
            {"address": "12 rue Cartier", "city": "Laval", "province": "QC"},
        ),
        (
            ["12 Bank St", "Ottawa, ON, Canada K1A 0B1"],
            {"address": "12 Bank St", "city": "Ottawa", "province": "ON",
             "postal_code": "K1A 0B1"},
        ),
        (
            ["12 Bank St", "Ottawa ON K1A 0B1", "Canada"],
            {"address": "12 Bank St", "city": "Ottawa", "province": "ON",
             "postal_code": "K1A 0B1"},
        ),
        (
            ["12 rue Cartier", "Québec Canada"],
            {"address": "12 rue Cartier", "city": "Québec"},
        ),
        (["12 Place du Canada"], {"address": "12 Place du Canada"}),
        (["Québec QC G1R 2S9"], {"city": "Québec", "province": "QC", "postal_code": "G1R 2S9"}),
        (["Toronto ON"], {"city": "Toronto", "province": "ON"}),
        (["Toronto", "M5V 3L9"], {"city": "Toronto", "postal_code": "M5V 3L9"}),
        (["12 Regina ON"], {"address": "12", "city": "Regina", "province": "ON"}),
        (["Ottawa St K1A 0B1"], {"address": "Ottawa St", "postal_code": "K1A 0B1"}),
    ],
    ids=["two lines", "three lines", "no city", "commas", "city by list", "street alone",
         "city in no list", "Quebec the city", "Quebec the city and its province",
         "Quebec the city on the street's line", "Quebec the province", "a town near it",
         "two words", "three words", "a street's tail that could be a code",
         "a street of letters that could be a code", "the end of a town and a province",
         "the end of a province", "a code read as letters", "and Labrador",
         "a town above Quebec", "the country before the code", "the country below",
         "the country behind Quebec", "a street of that name",
         "no street, a province and a code", "no street, a province", "no street, a code",
         "a number before the town", "a street without a number"],
)  # fmt: skip
def test_address_cell_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], expected: dict[str, str]
) -> None:
    assert read(monkeypatch, ADDRESS, texts) == expected


@pytest.mark.parametrize(
    ("text", "street", "city"),
    [
        ("12 Victoria St V8V 1A1", "12 Victoria St", None),
        ("120 King St K7L 2Y9", "120 King St", None),
        ("12 Kingston Rd W K7L 2Y9", "12 Kingston Rd W", None),
        ("12 rue Laval H7A 1B2", "12 rue Laval", None),
        ("12 ch. Laval H7A 1B2", "12 ch. Laval", None),
        ("12 rue Laval Laval H7A 1B2", "12 rue Laval", "Laval"),
        ("5 Park Avenue Toronto M5H 1J9", "5 Park Avenue", "Toronto"),
        ("12 Bridge St Carleton Place K7C 2V1", "12 Bridge St", "Carleton Place"),
        ("12 Elm St Cote Saint-Luc H4W 1A1", "12 Elm St", "Cote Saint-Luc"),
    ],
)
def test_a_street_called_after_its_town_is_a_street(
    monkeypatch: pytest.MonkeyPatch, text: str, street: str, city: str | None
) -> None:
    found = read(monkeypatch, ADDRESS, [text])
    assert (found["address"], found.get("city")) == (street, city)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            ["613-555-0123", "jean.roy@gmail.com"],
            {"phone": "613-555-0123", "email": "jean.roy@gmail.com"},
        ),
        (
            ["jean.roy@gmail.com", "(613) 555-0123"],
            {"phone": "613-555-0123", "email": "jean.roy@gmail.com"},
        ),
        (
            ["613 555 0123 mroy@shaw.ca"],
            {"phone": "613-555-0123", "email": "mroy@shaw.ca"},
        ),
        (["mroy@shaw.ca"], {"email": "mroy@shaw.ca"}),
        (["6135550123"], {"phone": "613-555-0123"}),
        (["a.verylongname", "@hotmail.com"], {"email": "a.verylongname@hotmail.com"}),
        (
            ["jean.roy(gmail.com 613 555 0123"],
            {"phone": "613-555-0123", "email": "jean.roy@gmail.com"},
        ),
    ],
    ids=[
        "phone first",
        "email first",
        "one line",
        "email alone",
        "phone alone",
        "broken email",
        "one line, an @ that is read as a bracket",
    ],
)
def test_contact_cell_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], expected: dict[str, str]
) -> None:
    assert read(monkeypatch, CONTACT, texts) == expected


@pytest.mark.parametrize(
    ("kinds", "texts", "expected"),
    [
        ("cp", ["Ottawa K1A 0B1"], {"city": "Ottawa", "postal_code": "K1A 0B1"}),
        ("cp", ["K1A0B1"], {"postal_code": "K1A 0B1"}),
        ("cp", ["Archivstraße E1A 6X8"], {"city": "Archivstraße", "postal_code": "E1A 6X8"}),
        ("cp", ["Trois-Rivières", "G8Z 4K6"], {"city": "Trois-Rivières", "postal_code": "G8Z 4K6"}),
        ("cp", ["Sainte Anne de Bellevue"], {"city": "Sainte Anne de Bellevue"}),
        ("cv", ["Moncton NB"], {"city": "Moncton", "province": "NB"}),
        ("cvp", ["Gatineau, QC  J8Y 7H7"],
         {"city": "Gatineau", "province": "QC", "postal_code": "J8Y 7H7"}),
        ("c", ["0ttawa"], {"city": "Ottawa"}),
        ("c", ["Baie du", "Xanthe"], {"city": "Baie du Xanthe"}),
        ("cp", ["M0ntréal H2L 3K4"], {"city": "Montréal", "postal_code": "H2L 3K4"}),
        ("vp", ["ON K1A 0B1"], {"province": "ON", "postal_code": "K1A 0B1"}),
    ],
)  # fmt: skip
def test_a_cell_for_a_place_without_its_street_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, kinds: str, texts: list[str], expected: dict[str, str]
) -> None:
    named = {"c": "city", "v": "province", "p": "postal_code"}
    fields = [one for one in ADDRESS if one.name in {named[kind] for kind in kinds}]
    assert read(monkeypatch, fields, texts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0N", "ON"),
        ("Ontaric", "ON"),
        ("Qué.", "QC"),
        ("Colombie-Britannique", "BC"),
        ("Vermont", "Vermont"),
        ("NY", "NY"),
    ],
)
def test_a_column_of_provinces_is_read_as_provinces(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    province = (FieldSpec("province", FieldKind.PROVINCE),)
    assert read(monkeypatch, province, [text]) == {"province": expected}


def test_what_is_no_province_is_never_sure_of_being_one(monkeypatch: pytest.MonkeyPatch) -> None:
    line = picture(3)
    answers = ReplayRecogniser({crop_key(line): "Vermont"})
    monkeypatch.setattr(cells, "load_recogniser", lambda: answers)
    ((reading,),) = read_cells([cell((FieldSpec("province", FieldKind.PROVINCE),), [line])], "en")
    assert reading.raw_confidence == 0.0
    assert load_calibration("petition-hands").confidence(reading) < 0.01


NUMBER_AND_PLACE = (CONTACT[0], *ADDRESS)


@pytest.mark.parametrize(
    ("fields", "texts", "expected"),
    [
        ((*NAME, CONTACT[1]), ["jroy@gmail.com"], {"email": "jroy@gmail.com"}),
        (
            (*NAME, CONTACT[1]),
            ["jroy@gmail.com", "Jean Roy"],
            {"name": "Jean Roy", "email": "jroy@gmail.com"},
        ),
        (
            (ADDRESS[0], CONTACT[0]),
            ["613 555 0123", "12 Main St"],
            {"address": "12 Main St", "phone": "613-555-0123"},
        ),
        (
            (ADDRESS[0], CONTACT[0]),
            ["12 Main St 613 555 0123"],
            {"address": "12 Main St", "phone": "613-555-0123"},
        ),
        (
            (*NAME, CONTACT[0]),
            ["Jean Roy", "613 555 0123", "819 555"],
            {"name": "Jean Roy", "phone": "613-555-0123"},
        ),
        (
            NUMBER_AND_PLACE,
            ["12 Main St", "0ttawa ON K1A 0B1", "613 555 0123"],
            {"phone": "613-555-0123", "address": "12 Main St", "city": "Ottawa", "province": "ON",
             "postal_code": "K1A 0B1"},
        ),
        (
            (NAME[0], FieldSpec("other_name", FieldKind.NAME)),
            ["Jean Roy", "Marie Cyr"],
            {"name": "Jean Roy", "other_name": "Marie Cyr"},
        ),
        (
            (ADDRESS[0], FieldSpec("other_address", FieldKind.ADDRESS)),
            ["12 Main St", "5 Elm Ave"],
            {"address": "12 Main St", "other_address": "5 Elm Ave"},
        ),
    ],
)  # fmt: skip
def test_a_cell_of_any_fields_is_told_apart(
    monkeypatch: pytest.MonkeyPatch,
    fields: Sequence[FieldSpec],
    texts: list[str],
    expected: dict[str, str],
) -> None:
    assert read(monkeypatch, fields, texts) == expected


def test_figures_that_touch_are_a_bad_number_and_no_email(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(read(monkeypatch, CONTACT, ["81555010"])) == {"phone"}
    assert set(read(monkeypatch, CONTACT, ["81555010", "mroy@shaw.ca"])) == {"phone", "email"}
    assert set(read(monkeypatch, CONTACT, ["1234567@rogers.com"])) == {"email"}


@pytest.mark.parametrize("word", ["cell", "ext 204", "maison"])
def test_a_word_beside_a_number_is_no_email(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    assert set(read(monkeypatch, CONTACT, [f"613 555 0123 {word}"])) == {"phone"}


def test_no_line_of_a_contact_cell_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, CONTACT, ["613-555-0123", "ddaryl bell net"])
    assert found["phone"] == "613-555-0123"
    assert found["email"]


@pytest.mark.parametrize(
    ("lines", "street", "city"),
    [
        (["897 King Drive", "REG1NA SK", "S4P 3Y2"], "897 King Drive", "REGINA"),
        (["359 Bank Rd", "NORTH BATTLEF0RD SK", "S9A 1B2"], "359 Bank Rd", "NORTH BATTLEFORD"),
        (["12 rue Berri", "app. 4", "H2L 4S1"], "12 rue Berri app. 4", None),
        (["12 rue Berri", "apt 4B", "H2L 4S1"], "12 rue Berri apt 4B", None),
    ],
    ids=["a figure for a letter", "a place that ends in another's name", "a flat", "flat 4B"],
)
def test_a_city_on_a_line_of_its_own_is_that_whole_line(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], street: str, city: str | None
) -> None:
    found = read(monkeypatch, ADDRESS, lines)
    assert found["address"] == street
    assert lexicon.fold(found.get("city", "")) == lexicon.fold(city or "")


@pytest.mark.parametrize(
    "texts",
    [
        ["775 KING ST"],
        ["775 KING ST W. HALIFAX NS"],
        ["22 HIGH RD", "MIMICO ON"],
        ["12 BANK ROAD", "BROMONT"],
        ["775 OAK AVE"],
        ["775 ASH ST."],
        ["5-12 Elm St"],
        ["9 VICTORIA", "KING CITY"],
    ],
)
def test_no_code_is_made_of_words_and_house_numbers(
    monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    assert "postal_code" not in read(monkeypatch, ADDRESS, texts)


@pytest.mark.parametrize("written", ["KIN 6S7", "K1N 6ST", "k1n6s7", "KIN-657", "8IN 6S7"])
@pytest.mark.parametrize("before", ["775 KING ST ", "9 OAK AVE, OTTAWA ", "OTTAWA ON "])
def test_a_code_beside_words_like_one_is_found(
    monkeypatch: pytest.MonkeyPatch, before: str, written: str
) -> None:
    found = read(monkeypatch, ADDRESS, [f"12 Bank Road {before}{written}"])
    assert found["postal_code"][-2:] == "S7"


@pytest.mark.parametrize("street", ["12 LeBlanc St", "214aB Rue DesBarres", "12 BAY ST"])
def test_a_street_is_kept_as_read(monkeypatch: pytest.MonkeyPatch, street: str) -> None:
    address = (FieldSpec("address", FieldKind.ADDRESS, required=True),)
    assert read(monkeypatch, address, [street]) == {"address": street}


def test_name_over_two_lines_is_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, NAME, ["Jean-François", "Tremblay"]) == {
        "name": "Jean-François Tremblay"
    }


def test_ink_that_says_nothing_is_an_empty_reading_of_the_required_field(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cells, "load_recogniser", lambda: ReplayRecogniser({}))
    ((reading,),) = read_cells([cell(ADDRESS, [picture(1)])], "en")
    assert (reading.field, reading.text, reading.raw_confidence) == ("address", "", 0.0)


def test_cell_without_lines_has_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "load_recogniser", lambda: ReplayRecogniser({}))
    assert read_cells([cell(NAME, [])], "en") == [()]


def test_signature_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = (FieldSpec("signature", FieldKind.SIGNATURE, required=True),)
    assert read(monkeypatch, signature, ["J Roy"]) == {}


def test_text_that_is_no_code_gets_no_confidence_as_a_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = picture(3)
    answers = ReplayRecogniser({crop_key(line): "see above"})
    monkeypatch.setattr(cells, "load_recogniser", lambda: answers)
    code = (FieldSpec("postal_code", FieldKind.POSTAL_CODE),)
    ((reading,),) = read_cells([cell(code, [line])], "en")
    assert reading.raw_confidence < 0.05
    assert reading.greedy == "see above"


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1), np.uint8),
        np.zeros((0, 5), np.uint8),
        np.zeros((40, 90), np.uint8),
        np.full((40, 90, 3), 255, np.uint8),
        np.full((3, 900, 4), 128, np.uint8),
    ],
    ids=["one pixel", "empty", "all black", "all white", "gray with alpha"],
)
@pytest.mark.parametrize("kind", [FieldKind.NAME, FieldKind.POSTAL_CODE])
def test_picture_without_ink_gives_empty_text(pixels: Pixels, kind: FieldKind) -> None:
    reading = read_image(pixels, kind)
    assert (reading.text, reading.raw_confidence) == ("", 0.0)


def test_doubtful_letters_at_a_cells_side_are_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    line = picture(1)
    answers = {crop_key(line): "Ann Lee"}
    monkeypatch.setattr(cells, "load_recogniser", lambda: ReplayRecogniser(answers))
    sure = cell(NAME, [line])
    doubtful = replace(sure, row=2, border_doubt=0.7)
    (one,), (other,) = read_cells([sure, doubtful], "en")
    assert "border" not in dict(one.evidence)
    assert dict(other.evidence)["border"] == 0.7
    assert one.text == other.text


CITY = FieldSpec("city", FieldKind.CITY)
CODE = FieldSpec("postal_code", FieldKind.POSTAL_CODE)


def _city_beside(
    monkeypatch: pytest.MonkeyPatch, code: str, *, row: int | None = 1, code_row: int | None = 1
) -> Reading:
    """``Loval``, whose o may just be an a, read in a cell of its own, the code in another."""
    town, number = picture(1), picture(2)

    class Doubtful(ReplayRecogniser):
        def logits(self, lines: Sequence[Pixels]) -> list[LogProbs]:
            found = super().logits(lines)
            chances = np.exp(found[0])
            chances[2, ALPHABET.index("o") + 1] -= 0.004
            chances[2, ALPHABET.index("a") + 1] += 0.004
            return [np.log(chances).astype(np.float32), *found[1:]]

    answers = Doubtful({crop_key(town): "Loval", crop_key(number): code})
    monkeypatch.setattr(cells, "load_recogniser", lambda: answers)
    page = [replace(cell((CITY,), [town]), row=row), replace(cell((CODE,), [number]), row=code_row)]
    (city,), (other,) = read_cells(page, "en")
    assert other.text
    return city


def test_a_city_in_a_column_of_its_own_hears_the_code_of_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    city = _city_beside(monkeypatch, "H7A 1A1")
    assert city.text == "Laval"
    assert dict(city.evidence)["replaced"] == 1.0


@pytest.mark.parametrize(
    ("code", "row", "code_row"),
    [
        pytest.param("K1A 0B1", 1, 1, id="the code of another town"),
        pytest.param("H7A 1A1", 1, 2, id="another signer's code"),
        pytest.param("H7A 1A1", None, None, id="in no row"),
    ],
)
def test_a_city_does_not_hear_other_codes(
    code: str, row: int | None, code_row: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _city_beside(monkeypatch, code, row=row, code_row=code_row).text == "Loval"


class Network(Recogniser):
    """A network that answers from a list, and counts how often it is asked."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.replay = ReplayRecogniser(answers)
        self.asked = 0

    def logits(self, lines: Sequence[Pixels], *, slant: float = 0.0) -> list[LogProbs]:
        self.asked += len(lines)
        return self.replay.logits(lines)


def _second(
    monkeypatch: pytest.MonkeyPatch, fields: Sequence[FieldSpec], first: str, second: str
) -> tuple[Reading, int]:
    """The reading of a cell that two networks read, and how often the second was asked."""
    line = picture(1)
    one, other = Network({crop_key(line): first}), Network({crop_key(line): second})
    monkeypatch.setattr(cells, "load_recogniser", lambda: one)
    monkeypatch.setattr(cells, "load_second", lambda: other)
    ((reading,),) = read_cells([cell(fields, [line])], "en")
    return reading, other.asked


def test_another_network_confirms_a_name_or_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    agreed, asked = _second(monkeypatch, NAME, "LUCIE REMY", "LUCIE REMY")
    assert asked == 1
    assert dict(agreed.evidence)["second"] > 1.0
    denied, _ = _second(monkeypatch, NAME, "LUCIC REMY", "LUCIE REMY")
    assert denied.text == "LUCIC REMY"
    assert dict(denied.evidence)["second"] < -1.0
    blind, _ = _second(monkeypatch, NAME, "LUCIE REMY", "")
    assert dict(blind.evidence)["second"] < -1.0


def test_only_names_are_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, asked = _second(monkeypatch, CONTACT[:1], "416-555-0199", "416-555-0199")
    assert asked == 0
    assert "second" not in dict(reading.evidence)


def test_without_a_second_network_a_name_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = picture(1)
    one = Network({crop_key(line): "LUCIE REMY"})
    monkeypatch.setattr(cells, "load_recogniser", lambda: one)
    monkeypatch.setattr(cells, "load_second", lambda: None)
    ((reading,),) = read_cells([cell(NAME, [line])], "en")
    assert "second" not in dict(reading.evidence)


def test_broken_writing_is_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    line = picture(1)
    answers = {crop_key(line): "E"}
    monkeypatch.setattr(cells, "load_recogniser", lambda: ReplayRecogniser(answers))
    ((reading,),) = read_cells([replace(cell(NAME, [line]), crumbs=9.0)], "en")
    assert dict(reading.evidence)["crumbs"] == 9.0


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["613-555-0123", "613-555-0188"], "613-555-0123"),
        (["613-S5S-O1Z3", "613-555-0188"], "613-555-0188"),
        (["613 555", "0123"], "613-555-0123"),
        (["cell", "613 555 0123"], "613-555-0123"),
    ],
    ids=["first of two", "better of two", "one that broke", "word above"],
)
def test_a_cell_for_a_number_holds_one(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], number: str
) -> None:
    assert read(monkeypatch, CONTACT[:1], lines) == {"phone": number}


@pytest.mark.parametrize(
    "number", ["cell 613 555 0123", "514-555-0123 poste 4", "416/555-0123 (h)"]
)
def test_a_number_with_a_word_beside_it_is_no_email(
    monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    found = read(monkeypatch, CONTACT, [number, "marie@gmail.com"])
    assert found == {"phone": found["phone"], "email": "marie@gmail.com"}
    assert found["phone"].replace("-", "") == "".join(c for c in number if c.isdigit())[:10]
