"""Exports as the targets read them: columns, rows left out, sizes, consent."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row
from hypothesis import given
from hypothesis import strategies as st

from digitizer.counting import targets
from digitizer.counting.targets import TARGETS, export_target, part_file, split_name
from digitizer.errors import StoreError
from digitizer.export import restore_text, safe_text
from digitizer.records import RowStatus
from digitizer.store import Store
from digitizer.workspace.stored import RecordRow, Source

# Column names as each target publishes them; docs/exports.md names the pages.
# What it does not know it keeps as a field of the account's own.
PUBLISHED = {
    "action-network": {
        "email",
        "first_name",
        "last_name",
        "can2_phone",
        "can2_user_address",
        "can2_user_city",
        "can2_state_abbreviated",
        "zip_code",
        "country",
    },
    "nationbuilder": {
        "external_id",
        "first_name",
        "last_name",
        "email",
        "email_opt_in",
        "phone_number",
        "primary_address1",
        "primary_city",
        "primary_state",
        "primary_zip",
        "primary_country_code",
        "tag_list",
        "note",
    },
    "engaging-networks": {
        "Email Address",
        "First Name",
        "Last Name",
        "Address 1",
        "City",
        "Region",
        "Postcode",
        "Country",
        "Phone Number",
    },
    "civicrm": {
        "External Identifier",
        "First Name",
        "Last Name",
        "Email",
        "Phone",
        "Street Address",
        "City",
        "State",
        "Postal Code",
        "Country",
        "Do Not Email",
        "Do Not Phone",
        "Do Not Sms",
        "No Bulk Emails (User Opt Out)",
        "Contact Source",
        "Note",
    },
}
OWN = {
    "action-network": {"record_id", "petition", "event_location", "date_collected"},
    "nationbuilder": set(),
    "engaging-networks": {"Supporter Reference", "Opt-in"},
    "civicrm": set(),
}


def stored(tmp_path: Path, rows: Sequence[object], **more: object) -> tuple[RecordRow, ...]:
    """Rows as the store lists them."""
    with Store.open(tmp_path / "a.db") as opened:
        result = page_result(page_ref(), *rows, **more)  # type: ignore[arg-type]
        opened.register(opened.start_run("k", {}, "0"), "k", [Source("a", 1, result.ref.sha256)])
        opened.save_page(result, "k")
        return tuple(opened.records())


@pytest.fixture
def records(tmp_path: Path) -> tuple[RecordRow, ...]:
    """Counted rows with and without email, consent and first name, and two that do not count."""
    no_consent = replace(row(2, "Bo de la Tour"), contact_consent=False)
    return stored(
        tmp_path,
        (
            row(1, "Ana Roy", city="Québec", province="QC"),
            no_consent,
            row(3, "Cy Fox", email=""),
            row(4, "Di", email="", phone=""),
            row(5, "Ana Marie Roy", email="ANA@example.org"),
            row(6, "Ed Low", review="name"),
            replace(row(7, "Flo Ray"), status=RowStatus.STRUCK),
        ),
    )


def lines(file: Path) -> list[dict[str, str]]:
    """A CSV file, read back."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text, strict=True))


def export(
    name: str, records: Sequence[RecordRow], folder: Path
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The rows of an export, and what was left out: row number -> reason."""
    file = folder / "out.csv"
    count = export_target(TARGETS[name], records, file)
    rows = lines(file)
    assert len(rows) == count
    dropped = {d["record_id"][-3:]: d["reason"] for d in lines(folder / "out.dropped.csv")}
    return rows, dropped


def test_names_in_two_cells_are_given_as_they_were_written(tmp_path: Path) -> None:
    kept, _ = export(
        "civicrm", stored(tmp_path, (row(1, "de Sousa Lima", first_name="Ana"),)), tmp_path
    )
    assert (kept[0]["First Name"], kept[0]["Last Name"]) == ("Ana", "de Sousa Lima")


@pytest.mark.parametrize("name", TARGETS)
def test_columns_are_those_that_the_target_publishes(name: str) -> None:
    columns = TARGETS[name].columns
    assert set(columns) == PUBLISHED[name] | OWN[name]
    assert len(set(columns)) == len(columns)
    assert TARGETS[name].sources


@pytest.mark.parametrize("name", TARGETS)
def test_every_row_is_exported_or_left_out_with_a_reason(
    name: str, records: tuple[RecordRow, ...], tmp_path: Path
) -> None:
    rows, dropped = export(name, records, tmp_path)
    assert len(rows) + len(dropped) == len(records)
    assert dropped["r06"] == "not-counted:review"
    assert dropped["r07"] == "not-counted:struck"
    assert all(set(line) == set(TARGETS[name].columns) for line in rows)


def test_action_network_gets_those_with_consent_and_email_once(
    records: tuple[RecordRow, ...], tmp_path: Path
) -> None:
    rows, dropped = export("action-network", records, tmp_path)
    assert [line["email"] for line in rows] == ["ana@example.org"]
    assert rows[0]["can2_user_city"] == "Québec"
    assert dropped["r02"] == "no-consent"
    assert dropped["r03"] == "no-email"
    assert dropped["r05"] == f"same-email:{records[0].record_id}"


def test_nationbuilder_wants_an_email_or_both_names(
    records: tuple[RecordRow, ...], tmp_path: Path
) -> None:
    rows, dropped = export("nationbuilder", records, tmp_path)
    assert dropped["r04"] == "no-name-or-email"
    opted = {line["external_id"][-3:]: line["email_opt_in"] for line in rows}
    assert opted == {"r01": "Y", "r02": "N", "r03": "Y"}
    assert [line["last_name"] for line in rows] == ["Roy", "de la Tour", "Fox"]


def test_engaging_networks_keys_on_email(records: tuple[RecordRow, ...], tmp_path: Path) -> None:
    rows, dropped = export("engaging-networks", records, tmp_path)
    assert [(line["Email Address"], line["Opt-in"]) for line in rows] == [
        ("ana@example.org", "Y"),
        ("bo@example.org", "N"),
    ]
    assert dropped["r03"] == "no-email"


def test_civicrm_is_told_not_to_write_to_who_did_not_agree(
    records: tuple[RecordRow, ...], tmp_path: Path
) -> None:
    rows, dropped = export("civicrm", records, tmp_path)
    refuses = {line["External Identifier"][-3:]: line["Do Not Email"] for line in rows}
    assert refuses == {"r01": "0", "r02": "1", "r03": "0", "r05": "0"}
    assert dropped["r04"] == "no-name-or-email"
    assert all(line["Do Not Email"] == line["No Bulk Emails (User Opt Out)"] for line in rows)


def test_a_file_is_split_at_the_limit_with_a_header_each(tmp_path: Path) -> None:
    records = stored(tmp_path, [row(n, f"Ana{n} Roy") for n in range(1, 41)])
    file, limit = tmp_path / "out.csv", 2_000
    stale = part_file(file, 30)
    for part in range(2, 31):
        part_file(file, part).write_text("old", encoding="utf-8")
    assert export_target(TARGETS["civicrm"], records, file, max_bytes=limit) == 40
    parts = [part_file(file, n) for n in range(1, 31) if part_file(file, n).is_file()]
    assert len(parts) > 2
    assert all(part.stat().st_size <= limit for part in parts)
    names = [line["External Identifier"] for part in parts for line in lines(part)]
    assert names == [record.record_id for record in records]
    assert not stale.exists()


def test_the_limits_are_the_published_ones() -> None:
    limits = {name: target.max_bytes for name, target in TARGETS.items()}
    assert limits == {
        # Its pages name none: the others' is kept.
        "action-network": 20_000_000,
        "nationbuilder": 20_000_000,
        "engaging-networks": 20_000_000,
        # "The size of the file you are importing MUST be less than 2MB."
        "civicrm": 1_999_999,
    }


@pytest.mark.parametrize(
    ("code", "province", "canadian"),
    [
        pytest.param("K1A 0B1", "", True, id="code"),
        pytest.param("", "ON", True, id="province"),
        pytest.param("75007", "", False, id="paris"),
        pytest.param("14203", "NY", False, id="buffalo"),
        pytest.param("SW1A 1AA", "", False, id="london"),
        pytest.param("14203", "ON", False, id="code-outweighs-province"),
        pytest.param("", "", False, id="nothing-known"),
    ],
)
def test_who_lives_abroad_is_not_sent_to_canada(
    code: str, province: str, canadian: bool, tmp_path: Path
) -> None:
    records = stored(tmp_path, [row(1, "Ana Roy", postal_code=code, province=province)])
    columns = {"nationbuilder": "primary_country_code", "action-network": "country"}
    for name in TARGETS:
        (line,) = export(name, records, tmp_path)[0]
        country = "Canada" if name == "civicrm" else "CA"
        assert line[columns.get(name, "Country")] == (country if canadian else ""), name


def test_a_phone_or_code_of_figures_reaches_the_importer_as_written(tmp_path: Path) -> None:
    phones = {"nationbuilder": "phone_number", "action-network": "can2_phone", "civicrm": "Phone"}
    codes = {"nationbuilder": "primary_zip", "action-network": "zip_code", "civicrm": "Postal Code"}
    written = row(1, "Ana Roy", phone="+33 1 42 68 53 00", postal_code="02139", address="+5 Elm")
    evil = row(2, "Bo Li", phone="+1+cmd|' /C calc'!A0", postal_code="=1", address="007")
    records = stored(tmp_path, [written, evil])
    for name in TARGETS:
        first, second = export(name, records, tmp_path)[0]
        assert first[phones.get(name, "Phone Number")] == "+33 1 42 68 53 00"
        assert first[codes.get(name, "Postcode")] == "02139"
        assert {"'+5 Elm"} <= set(first.values())
        assert {"'=1", "'+1+cmd|' /C calc'!A0", "'007"} <= set(second.values())


def test_a_title_with_a_comma_is_one_tag_without_gaps(tmp_path: Path) -> None:
    records = stored(tmp_path, [row(1, "Ana Roy")], petition="Free them, all of them")
    assert export("nationbuilder", records, tmp_path)[0][0]["tag_list"] == "Free them all of them"


def test_a_folder_that_is_not_there_is_told_with_the_name_that_was_typed(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere/out\.csv could not"):
        export_target(TARGETS["civicrm"], (), tmp_path / "nowhere" / "out.csv")


def test_formulas_are_neutralised_in_every_export(tmp_path: Path) -> None:
    evil = "=HYPERLINK(1)"
    records = stored(
        tmp_path, [row(1, f"Ana {evil}", address=evil, city="+1", province="@x")], petition=evil
    )
    for name in TARGETS:
        for line in export(name, records, tmp_path)[0]:
            assert not [cell for cell in line.values() if cell.startswith(("=", "+", "@", "-"))]
            assert evil in {restore_text(cell) for cell in line.values()}


@given(st.text() | st.from_regex(r"'*[=+@-]?[0-9eE]{1,12}", fullmatch=True))
def test_what_was_neutralised_comes_back(text: str) -> None:
    assert restore_text(safe_text(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("0135550123", "007", "12E4", "6135550123", "'=1", "''+1"),
        *(
            "4-12",
            "3/4",
            "4-2024",
            "10.11",
            "1-2-24",
            "2 1/2",
            "12:30",
            "5 %",
            "May 12",
            "12 mai",
            "3-AUG",
        ),
    ],
)
def test_what_a_spreadsheet_would_take_for_a_number_or_formula_is_text(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        *("12", "K1A 0B1", "12 Main Street", "'tHart", "O'Neil", "Martin 12", "Mai Roy"),
        *("2024-06-12", "613-555-0123", "555-0123", "4-12 Elm St", "12A", "0a1b2c3d4e5f-p1-r01"),
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ana Roy", ("Ana", "Roy")),
        ("Roy, Ana Marie", ("Ana Marie", "Roy")),
        ("Marie de la Tour", ("Marie", "de la Tour")),
        ("De Souza", ("De", "Souza")),
        ("Madonna", ("", "Madonna")),
        ("", ("", "")),
        ("Jean-Luc St. Pierre", ("Jean-Luc", "St. Pierre")),
    ],
)
def test_names_are_split_into_given_and_family(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_the_profiles_are_those_of_the_contract() -> None:
    assert targets.PROFILES == (
        "canonical",
        "action-network",
        "nationbuilder",
        "engaging-networks",
        "civicrm",
    )


def test_an_email_that_nobody_checked_reaches_nobody(tmp_path: Path) -> None:
    (record,) = stored(tmp_path, [row(1, "Ana Roy", review="email")])
    counted = replace(record, status=RowStatus.COUNTED)
    assert export("action-network", [counted], tmp_path)[1] == {"r01": "no-email"}
    assert export("civicrm", [counted], tmp_path)[0][0]["Email"] == ""


def test_number_street_and_flat_in_cells_of_their_own_are_one_address(tmp_path: Path) -> None:
    asked = stored(tmp_path, (row(1, "Ana Roy", address="rue Laval", civic_number="12"),))
    ([line], _) = export("civicrm", asked, tmp_path)
    assert line["Street Address"] == "12 rue Laval"
