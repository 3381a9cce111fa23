"""Canonical spellings, dates and the tables behind them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.records import FieldKind
from digitizer.validity import (
    AREA_CODES,
    MAIL_DOMAINS,
    PROVINCES,
    known_areas,
    province_code,
    provinces_of,
)
from digitizer.values.canonical import normalise
from digitizer.values.dates import candidate_dates, single_date

TODAY = date(2026, 11, 22)
languages = st.sampled_from(["en", "fr"])


@given(st.sampled_from(FieldKind), st.text(max_size=40), languages)
def test_normalising_twice_changes_nothing_more(kind: FieldKind, text: str, language: str) -> None:
    once = normalise(kind, text, language)
    assert normalise(kind, once, language) == once


written = st.text("abAB019 @.-/()'\"#,éÉOIQ\n\t", max_size=25)


@given(st.sampled_from(FieldKind), written, languages)
def test_normalising_likely_text_twice_changes_nothing_more(
    kind: FieldKind, text: str, language: str
) -> None:
    once = normalise(kind, text, language)
    assert normalise(kind, once, language) == once


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        pytest.param("postal_code", "k1a0b1", "K1A 0B1", id="run together, lower case"),
        pytest.param("postal_code", "H2X-1Y4", "H2X 1Y4", id="hyphen"),
        pytest.param("postal_code", " V5K  OA1.", "V5K 0A1", id="letter O in a digit's place"),
        pytest.param("postal_code", "JIH 2X3", "J1H 2X3", id="letter I in a digit's place"),
        pytest.param("postal_code", "D1A 0B1", "D1A 0B1", id="impossible stays as written"),
        pytest.param("postal_code", "90210", "90210", id="foreign stays as written"),
        pytest.param("phone", "(613) 555 0199", "613-555-0199", id="brackets"),
        pytest.param("phone", "+1 613.555.0199", "613-555-0199", id="country code"),
        pytest.param("phone", "1-613-555-0199", "613-555-0199", id="trunk digit"),
        pytest.param("phone", "613 555 0199 poste 12", "613-555-0199", id="extension"),
        pytest.param("phone", "555 0199", "555-0199", id="seven digits: no code is guessed"),
        pytest.param("phone", "613 555 019", "613 555 019", id="a digit short stays as written"),
        pytest.param("email", "Jo.Roy@GMAIL.COM", "Jo.Roy@gmail.com", id="local part untouched"),
        pytest.param("email", "jo roy @ gmal.com", "joroy@gmal.com", id="domain as written"),
        pytest.param("email", "jo@hotmail.fi", "jo@hotmail.fi", id="another country's"),
        pytest.param("email", "jo@ymail.com", "jo@ymail.com", id="a real neighbour of gmail"),
        pytest.param("email", "jo@yaho.ca", "jo@yaho.ca", id="a letter off"),
        pytest.param("email", "jo@maple.org", "jo@maple.org", id="unknown domain"),
        pytest.param("email", "jo at home", "joathome", id="no at sign: nothing invented"),
        pytest.param("province", "Québec", "QC", id="French name"),
        pytest.param("province", "Ont.", "ON", id="old abbreviation"),
        pytest.param("province", "P.E.I.", "PE", id="points"),
        pytest.param("province", "Colombie-Britannique", "BC", id="hyphen"),
        pytest.param("province", "Vermont", "Vermont", id="no province"),
        pytest.param("name", "|  Zoë   O’Brien-Roy Jr. |", "Zoë O’Brien-Roy Jr.", id="rulings"),
        pytest.param("name", "Amelia Nguyen.", "Amelia Nguyen", id="point after a word"),
        pytest.param("name", "Roy J.", "Roy J.", id="initial"),
        pytest.param("name", "Shea O' Neill", "Shea O'Neill", id="gap behind an apostrophe"),
        pytest.param("name", "in ’t Veld, Jan", "in ’t Veld, Jan", id="a word's own apostrophe"),
        pytest.param("name", "VAN DER BERG, J.-P.", "VAN DER BERG, J.-P.", id="order as written"),
        pytest.param("name", "Mme L. D’Amours Jr", "Mme L. D’Amours Jr", id="titles kept"),
        pytest.param("name", "e\u0301ric", "éric", id="composed, case kept"),
        pytest.param("address", "_12-34 rue St-Jean #5,", "12-34 rue St-Jean #5", id="street"),
        pytest.param("city", "Trois-Rivières,", "Trois-Rivières", id="city"),
        pytest.param("text", "—", "", id="a dash alone is nothing"),
    ],
)
def test_values_are_spelt_canonically(kind: str, text: str, expected: str) -> None:
    assert normalise(FieldKind(kind), text, "en") == expected


@given(
    st.sampled_from("0123456789 .-()"),
    st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True),
)
def test_a_phone_keeps_its_digits_whatever_stands_between(sign: str, digits: str) -> None:
    between = sign if not sign.isdigit() else " "
    text = between.join((digits[:3], digits[3:6], digits[6:]))
    assert normalise(FieldKind.PHONE, text, "en").replace("-", "") == digits


@given(
    st.text("abcdefg.-_+0123456789", min_size=1, max_size=12), st.sampled_from(sorted(MAIL_DOMAINS))
)
def test_the_local_part_and_known_domains_are_never_touched(local: str, domain: str) -> None:
    local = local.strip(".-_") or "x"
    assert normalise(FieldKind.EMAIL, f"{local}@{domain}", "en") == f"{local}@{domain}"


# --- dates


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param("2024-05-03", "en", "2024-05-03", id="ISO"),
        pytest.param("2024/5/3", "fr", "2024-05-03", id="year first"),
        pytest.param("20240503", "en", "2024-05-03", id="run together"),
        pytest.param("May 3, 2024", "en", "2024-05-03", id="English"),
        pytest.param("Sat. May 3rd 2024", "en", "2024-05-03", id="weekday"),
        pytest.param("Sept. 5/24", "en", "2024-09-05", id="short year"),
        pytest.param("le 1er août 2024", "fr", "2024-08-01", id="French"),
        pytest.param("samedi 3 fév. 2024", "fr", "2024-02-03", id="accents, abbreviation"),
        pytest.param("3 Octobar 2024", "en", "2024-10-03", id="misread month"),
        pytest.param("25/12/2024", "en", "2024-12-25", id="no 25th month"),
        pytest.param("12/25/2024", "en", "2024-12-25", id="no 25th month, other order"),
        pytest.param("05/05/2024", "en", "2024-05-05", id="same either way"),
        pytest.param("05/06/2024", "fr", "2024-06-05", id="French writes the day first"),
        pytest.param("05/06/2024", "en", "", id="two days in English"),
        pytest.param("05/06/24", "en", "", id="three days"),
        pytest.param("31/02/2024", "en", "", id="no such day"),
        pytest.param("May 2024", "en", "", id="no day"),
        pytest.param("May 3", "en", "", id="no year"),
        pytest.param("3 jui 2024", "fr", "", id="June or July"),
        pytest.param("May 3-5, 2024", "en", "", id="several days"),
        pytest.param("spring", "en", "", id="no date"),
    ],
)
def test_dates_become_iso_where_one_day_remains(text: str, language: str, expected: str) -> None:
    assert normalise(FieldKind.DATE, text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("28.06.1939", "fr", "1939-06-28"),
        ("28.06.39", "fr", "1939-06-28"),
        ("28.06.05", "fr", "2005-06-28"),
        pytest.param("28.06.12", "fr", "2012-06-28", id="14 years, or 114"),
        pytest.param("28.06.25", "fr", "1925-06-28", id="101 years: nobody signs at one"),
        pytest.param("28.06.17", "fr", "", id="9 years or 109"),
        pytest.param("28.06.90", "en", "1990-06-28", id="no month 28"),
        pytest.param("05/06/1984", "en", "", id="two days in English"),
        ("17051997", "fr", "1997-05-17"),
        ("19970517", "fr", "1997-05-17"),
        ("17 mai 1997", "fr", "1997-05-17"),
        pytest.param("mai 1997", "fr", "", id="no day"),
    ],
)
def test_a_day_of_birth_is_in_the_past(text: str, language: str, expected: str) -> None:
    today = date(2026, 6, 1)
    assert normalise(FieldKind.BIRTH_DATE, text, language, today=today) == expected


def test_months_in_roman_figures_are_months() -> None:
    assert single_date("3/III/24", "en") == date(2024, 3, 3)
    assert single_date("12.xii.2023", "fr") == date(2023, 12, 12)
    assert single_date("3 iiii 24", "fr") is None


def test_days_that_no_sheet_can_carry_are_not_counted_as_possible() -> None:
    assert single_date("03/12/2026", "en") is None
    assert single_date("03/12/2026", "en", TODAY) == date(2026, 3, 12)
    # An impossible day alone is still read, for the rules to object to.
    assert single_date("2031-01-01", "en", TODAY) == date(2031, 1, 1)


@given(st.dates(date(2000, 1, 1), date(2060, 12, 31)), languages)
def test_every_way_to_write_a_date_leaves_it_possible(day: date, language: str) -> None:
    month = day.strftime("%B")
    for text in (
        day.isoformat(),
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month[:3]} {day.year}",
    ):
        assert candidate_dates(text, language) == {day}
    assert day in candidate_dates(f"{day.day}/{day.month}/{day.year}", language)
    assert day in candidate_dates(f"{day.day}.{day.month}.{day.year % 100:02d}", language)


@given(st.text(max_size=30), languages)
def test_any_text_has_no_or_some_dates(text: str, language: str) -> None:
    assert all(isinstance(day, date) for day in candidate_dates(text, language))


# --- tables


def test_areas_are_about_as_many_as_exist_and_lie_in_a_province() -> None:
    assert 1600 <= len(known_areas()) <= 1720
    assert {"K1A", "H2X", "V5K", "X0A"} <= known_areas()
    assert not {"K3A", "W1A", "H6A"} & known_areas()
    assert all(provinces_of(area) for area in known_areas())


def test_area_codes_are_possible_ones() -> None:
    assert {"416", "514", "604", "867"} <= AREA_CODES
    assert all(len(code) == 3 and code[0] in "23456789" and code[1] != "9" for code in AREA_CODES)


@pytest.mark.parametrize("code", sorted(PROVINCES))
def test_two_letters_of_a_province_name_it(code: str) -> None:
    assert province_code(f" {code.lower()}. ") == code
