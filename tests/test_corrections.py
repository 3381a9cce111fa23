"""What a person typed, on the command line or in a spreadsheet, as decisions."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row

from digitizer import corrections, export
from digitizer.corrections import Corrections
from digitizer.errors import UsageError
from digitizer.oldercopies import Earlier
from digitizer.store import Store
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.stored import Source

Edit = Callable[[list[dict[str, str]]], None]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Store]:
    """A sheet with two clean rows and a doubtful one."""
    rows = (
        row(1, "Ana Roy", city="Québec"),
        row(2, "Bo Li", review="name"),
        row(5, "=Cy", phone="0135550123"),
    )
    result = page_result(page_ref(), *rows)
    with Store.open(tmp_path / "digitizer.db") as store:
        store.register(store.start_run("k", {}, "0"), "k", [Source("a", 1, result.ref.sha256)])
        store.save_page(result, "k")
        export.write_workspace(store.listing(), store.field_names(), tmp_path)
        yield store


def edited(
    opened: Store, folder: Path, edit: Edit, *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> Corrections:
    """What a copy of records.csv holds after ``edit``."""
    with (folder / "records.csv").open(encoding="utf-8-sig", newline="") as text:
        lines = list(csv.DictReader(text))
    columns = list(lines[0])
    edit(lines)
    file = folder / "corrected.csv"
    with file.open("w", encoding=encoding, newline="") as text:
        writer = csv.DictWriter(text, columns, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(lines)
    return corrections.read_corrections(opened.listing(), file, who="eva")


def copied(folder: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Columns and lines of records.csv as it is now."""
    with (folder / "records.csv").open(encoding="utf-8-sig", newline="") as text:
        lines = list(csv.DictReader(text))
    return list(lines[0]), lines


def import_copy(
    opened: Store, folder: Path, columns: list[str], lines: list[dict[str, str]]
) -> Corrections:
    """Take a copy over as the command does; the workspace then stands as it says."""
    file = folder / "corrected.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(lines)
    earlier = Earlier(opened.decisions(), opened.listing(decisions=()))
    found = corrections.read_corrections(opened.listing(), file, who="eva", earlier=earlier)
    opened.decide(found.decisions)
    return found


def told(found: Corrections) -> list[tuple[int, str, str, str, str]]:
    """Decisions in short."""
    return [(d.row, d.field, d.action.value, d.before, d.after) for d in found.decisions]


def test_a_copy_that_says_the_same_decides_nothing(opened: Store, tmp_path: Path) -> None:
    def as_excel_saves(lines: list[dict[str, str]]) -> None:
        for line in lines:
            line["name_confidence"] = "0.99"
            line["name"] += " "

    for encoding, delimiter in (("utf-8-sig", ","), ("utf-8", ";"), ("cp1252", ";")):
        found = edited(opened, tmp_path, as_excel_saves, encoding=encoding, delimiter=delimiter)
        assert found == Corrections(())


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
@pytest.mark.parametrize("instead", ["??", "LZ"], ids=["question marks", "letters like them"])
def test_letters_that_a_spreadsheet_cannot_save_are_no_corrections(
    encoding: str, instead: str, opened: Store, tmp_path: Path
) -> None:
    names = {1: "\u0141ukasz \u017bak", 2: "Zo\xeb C\xf4t\xe9"}
    sheet = opened.sheets()[0].sheet_id
    made = [Decision(sheet, n, "name", Action.SET, "", names[n], "ana") for n in names]
    opened.decide(made)
    export.write_workspace(opened.listing(), opened.field_names(), tmp_path)

    def saved(lines: list[dict[str, str]]) -> None:
        lines[0]["name"] = lines[0]["name"].translate(str.maketrans("\u0141\u017b", instead))

    def corrected(lines: list[dict[str, str]]) -> None:
        saved(lines)
        lines[1]["name"] = "Zo\xeb C\xf4te"

    assert told(edited(opened, tmp_path, saved, encoding=encoding)) == []
    assert told(edited(opened, tmp_path, corrected, encoding=encoding)) == [
        (2, "name", "set", "Zo\xeb C\xf4t\xe9", "Zo\xeb C\xf4te")
    ]


def test_a_copy_saved_as_unicode_text_is_taken(opened: Store, tmp_path: Path) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        lines[0]["name"] = "\u0141ukasz"

    found = edited(opened, tmp_path, edit, encoding="utf-16", delimiter="\t")
    assert told(found) == [(1, "name", "set", "Ana Roy", "\u0141ukasz")]


@pytest.mark.parametrize(
    ("written", "typed"),
    [("3/2/2026", "2/3/2026"), ("02/03/2026", "03/02/2026"), ("2.3.2026", "3.2.2026")],
    ids=["month first", "day first", "points"],
)
def test_days_in_the_computers_own_order_are_no_corrections(
    written: str, typed: str, opened: Store, tmp_path: Path
) -> None:
    other = page_result(page_ref("2"), row(1, "Cy Roy"))
    opened.register(opened.start_run("k", {}, "0"), "k", [Source("b", 1, other.ref.sha256)])
    opened.save_page(other, "k")
    first, second = (sheet.sheet_id for sheet in opened.sheets())
    day = Decision(first, 0, "date_collected", Action.SET, "", "2026-03-02", "ana")
    opened.decide([day, replace(day, sheet_id=second)])
    export.write_workspace(opened.listing(), opened.field_names(), tmp_path)

    def saved(lines: list[dict[str, str]]) -> None:
        for line in lines:
            assert line["date_collected"] == "2026-03-02"
            line["date_collected"] = written

    def corrected(lines: list[dict[str, str]]) -> None:
        saved(lines)
        lines[-1]["date_collected"] = typed

    assert told(edited(opened, tmp_path, saved)) == []
    assert told(edited(opened, tmp_path, corrected)) == [
        (0, "date_collected", "set", "2026-03-02", "2026-02-03")
    ]


def test_only_cells_that_differ_become_decisions(opened: Store, tmp_path: Path) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        lines[0]["name"] = "Anna Roy"
        lines[0]["postal_code"] = "k1a0b1"
        lines[0]["email"] = ""
        lines[1]["review_fields"] = ""
        lines[2]["status"] = "struck"
        lines[2]["contact_consent"] = "N"

    assert told(edited(opened, tmp_path, edit)) == [
        (1, "name", "set", "Ana Roy", "Anna Roy"),
        (1, "email", "set", "ana@example.org", ""),
        (2, "name", "confirm", "Bo Li", "Bo Li"),
        (5, "status", "set", "counted", "struck"),
        (5, "contact_consent", "set", "Y", "N"),
    ]


def test_what_was_neutralised_for_the_spreadsheet_is_no_change(
    opened: Store, tmp_path: Path
) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        assert (lines[2]["name"], lines[2]["phone"]) == ("'=Cy", "'0135550123")
        lines[2]["name"] = "=Cy"

    assert told(edited(opened, tmp_path, edit)) == []


def test_the_collector_box_is_decided_once_for_its_sheet(opened: Store, tmp_path: Path) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        for line in lines:
            line["event_location"] = "Hull"

    def differ(lines: list[dict[str, str]]) -> None:
        lines[0]["event_location"], lines[1]["event_location"] = "Hull", "Laval"

    assert told(edited(opened, tmp_path, edit)) == [(0, "event_location", "set", "Ottawa", "Hull")]
    with pytest.raises(UsageError, match="differs between its rows"):
        edited(opened, tmp_path, differ)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("phone", "6.14E+09"),
        ("phone", "6,135550123E9"),
        ("phone", "########"),
        ("phone", "#REF!"),
        ("postal_code", "1E+05"),
        ("email", "#NAME?"),
        ("name", "#N/A"),
        ("name", "#VALEUR!"),
        ("name", "TRUE"),
        ("address", "Err:502"),
        ("collector_name", "#DIV/0!"),
    ],
)
def test_what_a_spreadsheet_wrecked_is_no_correction(
    opened: Store, tmp_path: Path, column: str, cell: str
) -> None:
    """It was taken for a person's word, and no doubt was left."""

    def wreck(lines: list[dict[str, str]]) -> None:
        lines[1][column] = cell
        lines[1]["review_fields"] = ""
        lines[0]["city"] = "Sorel"

    found = edited(opened, tmp_path, wreck)
    assert found.wrecks == ((copied(tmp_path)[1][1]["record_id"], column, cell),)
    # The doubtful name is confirmed only where its cell is whole.
    confirmed = [] if column == "name" else [(2, "name", "confirm", "Bo Li", "Bo Li")]
    assert told(found) == [(1, "city", "set", "Québec", "Sorel"), *confirmed]
    name = copied(tmp_path)[1][1]["record_id"]
    with pytest.raises(UsageError, match="what a spreadsheet makes"):
        corrections.decide(
            opened.listing(), name, values={column: cell}, who="eva", whole_codes=True
        )


def test_what_only_looks_a_little_like_wreckage_is_taken(opened: Store, tmp_path: Path) -> None:
    def typed(lines: list[dict[str, str]]) -> None:
        lines[0]["address"], lines[1]["address"], lines[2]["address"] = "1E5", "#4", "Unit #B"

    assert [d.after for d in edited(opened, tmp_path, typed).decisions] == ["1E5", "#4", "Unit #B"]


def test_figures_that_lost_their_zeros_are_no_correction(tmp_path: Path) -> None:
    american = row(1, "Ana Roy", postal_code="02139")
    result = page_result(page_ref(), american)
    with Store.open(tmp_path / "digitizer.db") as store:
        store.register(store.start_run("k", {}, "0"), "k", [Source("a", 1, result.ref.sha256)])
        store.save_page(result, "k")
        export.write_workspace(store.listing(), store.field_names(), tmp_path)

        def saved(lines: list[dict[str, str]]) -> None:
            lines[0]["postal_code"] = "2139"

        assert edited(store, tmp_path, saved) == Corrections(())


def test_other_columns_are_left_alone_and_told(opened: Store, tmp_path: Path) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        lines[0]["page"] = "7"
        lines[1]["page"] = "7"

    found = edited(opened, tmp_path, edit)
    assert (found.decisions, found.left_alone) == ((), {"page": 2})


def test_a_shorter_copy_leaves_the_other_rows_as_they_are(opened: Store, tmp_path: Path) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        del lines[:2]
        lines[0]["name"] = "Cy"

    assert told(edited(opened, tmp_path, edit)) == [(5, "name", "set", "=Cy", "Cy")]


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("record_id", "x", "line 2: x is not in this workspace"),
        ("status", "maybe", "'maybe' is no status"),
        ("contact_consent", "yes", "Y or N"),
        ("signature", "yes", "present, absent, unclear"),
        ("date_collected", "2/3/26", "YYYY-MM-DD"),
        ("postal_code", "m5v", "'M5V' is half a postal code"),
    ],
)
def test_what_cannot_be_understood_takes_nothing(
    column: str, cell: str, words: str, opened: Store, tmp_path: Path
) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        lines[0][column] = cell
        lines[1]["name"] = "Somebody"

    with pytest.raises(UsageError, match=words):
        edited(opened, tmp_path, edit)


def test_a_row_twice_and_a_file_of_another_kind_are_told(opened: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="twice, and says different things"):
        edited(opened, tmp_path, lambda lines: lines.append(lines[0] | {"name": "An Roy"}))
    workbook = tmp_path / "records.xlsx"
    workbook.write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(UsageError, match="is a workbook: save its sheet as CSV"):
        corrections.read_corrections(opened.listing(), workbook, who="eva")
    with pytest.raises(UsageError, match="no column record_id"):
        corrections.read_corrections(opened.listing(), tmp_path / "sheets.csv", who="eva")


def test_a_line_pasted_twice_is_one(opened: Store, tmp_path: Path) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        lines[0]["name"] = "An Roy"
        lines.append(dict(lines[0]))

    assert told(edited(opened, tmp_path, edit)) == [(1, "name", "set", "Ana Roy", "An Roy")]


@pytest.mark.parametrize("called", ["Nom", None])
def test_a_doubt_is_settled_by_a_copy_that_shows_its_field_alone(
    called: str | None, opened: Store, tmp_path: Path
) -> None:
    """What was corrected in a column that is called otherwise must not confirm the reading."""
    columns, lines = copied(tmp_path)
    lines[1] |= {"name": "Bo Lee", "review_fields": "", "city": "Lévis"}
    file = tmp_path / "corrected.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        kept = [c for c in columns if called or c != "name"]
        writer.writerow([called if c == "name" else c for c in kept])
        writer.writerows([line[c] for c in kept] for line in lines)
    found = corrections.read_corrections(opened.listing(), file, who="eva")
    assert told(found) == [(2, "city", "set", "", "Lévis")]
    assert found.unknown == ((called,) if called else ())
    assert found.unshown == {"name": 1}


def test_one_record_is_decided_by_its_name(opened: Store) -> None:
    sheet = opened.sheets()[0].sheet_id
    made = corrections.decide(
        opened.listing(),
        f"{sheet}-r01",
        status="struck",
        values={"phone": "(613) 555-9876", "event_location": "Hull", "name": "Ana Roy"},
        who="eva",
        why="seen on paper",
    )
    assert [(d.row, d.field, d.action, d.after) for d in made] == [
        (1, "status", Action.SET, "struck"),
        (1, "phone", Action.SET, "613-555-9876"),
        (0, "event_location", Action.SET, "Hull"),
        (1, "name", Action.CONFIRM, "Ana Roy"),
    ]
    assert {(d.who, d.why) for d in made} == {("eva", "seen on paper")}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("_kim_@hotmail.com", "_kim_@hotmail.com", id="low line in front"),
        pytest.param("-Kim-@Hotmail.COM", "-Kim-@hotmail.com", id="hyphen, capitals"),
        pytest.param(" kim @ hotmail.com", "kim@hotmail.com", id="spaces"),
        pytest.param("<kim@hotmail.com>", "kim@hotmail.com", id="as programs show it"),
    ],
)
def test_what_stands_before_the_at_sign_is_kept_as_typed(
    typed: str, kept: str, opened: Store, tmp_path: Path
) -> None:
    (made,) = corrections.decide(
        opened.listing(), f"{opened.sheets()[0].sheet_id}-r01", values={"email": typed}, who="eva"
    )
    assert made.after == kept

    def edit(lines: list[dict[str, str]]) -> None:
        lines[0]["email"] = typed

    assert told(edited(opened, tmp_path, edit)) == [(1, "email", "set", "ana@example.org", kept)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("M5V", None),
        ("k1a 0b", None),
        ("K", None),
        ("k1a0b1", "K1A 0B1"),
        ("90210", "90210"),
        ("M1 1AE", "M1 1AE"),
        ("", ""),
    ],
)
def test_half_a_postal_code_is_refused(opened: Store, typed: str, kept: str | None) -> None:
    name = next(opened.records()).record_id

    def typed_in(text: str) -> Decision:
        values = {"postal_code": text}
        listing = opened.listing()
        (one,) = corrections.decide(listing, name, values=values, who="eva", whole_codes=True)
        return one

    if kept is None:
        with pytest.raises(UsageError, match="half a postal code"):
            typed_in(typed)
    else:
        assert typed_in(typed).after == kept
    # Once somebody who saw the ink said so on the review pages, it is right as it stands.
    opened.decide(
        corrections.decide(opened.listing(), name, values={"postal_code": "M5V"}, who="bo")
    )
    assert typed_in("m5v").action is Action.CONFIRM


def test_accents_typed_apart_are_the_same_letters(opened: Store, tmp_path: Path) -> None:
    def edit(lines: list[dict[str, str]]) -> None:
        lines[0]["city"] = "Que\u0301bec"
        lines[1]["name"] = "Zoe\u0308 Li"

    assert told(edited(opened, tmp_path, edit)) == [(2, "name", "set", "Bo Li", "Zo\xeb Li")]


def test_a_blank_row_can_be_decided_and_one_that_is_not_on_the_form_cannot(opened: Store) -> None:
    sheet = opened.sheets()[0].sheet_id
    (made,) = corrections.decide(opened.listing(), f"{sheet}-r08", status="counted", who="eva")
    assert (made.row, made.before) == (8, "blank")
    for name, words in (
        (f"{sheet}-r09", "no row 9"),
        ("x", "no record or sheet"),
        (f"{sheet}-r00", "no row 0"),
    ):
        with pytest.raises(UsageError, match=words):
            corrections.decide(opened.listing(), name, status="counted", who="eva")
    with pytest.raises(UsageError, match="read only"):
        corrections.decide(opened.listing(), sheet, status="blank", who="eva")


def test_what_two_people_took_back_at_once_was_taken_back_once() -> None:
    first = Decision("s", 1, "name", Action.SET, "a", "b", "ana")
    undone = corrections.undo([first], "s-r01", None, who="bo")
    history = [first, undone, replace(undone, who="cy")]
    with pytest.raises(UsageError, match="nothing to undo"):
        corrections.undo(history, "s-r01", None, who="bo")
    again = replace(first, after="c")
    assert corrections.undo([*history, again], "s-r01", None, who="bo").before == "c"


def test_undo_goes_back_step_by_step_or_by_field() -> None:
    def made(name: str, after: str) -> Decision:
        return Decision("s", 1, name, Action.SET, "", after, "eva")

    decisions = [made("name", "A"), made("phone", "1"), made("name", "B")]
    back = corrections.undo(decisions, "s-r01", None, who="bo")
    assert (back.field, back.action, back.before, back.after) == ("name", Action.UNDO, "B", "")
    assert corrections.undo([*decisions, back], "s-r01", None, who="bo").field == "phone"
    assert corrections.undo(decisions, "s-r01", "phone", who="bo").field == "phone"
    with pytest.raises(UsageError, match="nothing to undo"):
        corrections.undo([*decisions[1:2], replace(back, field="phone")], "s-r01", None, who="bo")


def test_the_same_copy_once_more_takes_nothing_back(opened: Store, tmp_path: Path) -> None:
    columns, lines = copied(tmp_path)
    lines[1].update(name="Bob Li", review_fields="")
    assert told(import_copy(opened, tmp_path, columns, lines)) == [
        (2, "name", "set", "Bo Li", "Bob Li")
    ]
    # The copy still says that the row waits.
    lines[0]["name"] = "Anna Roy"
    again = import_copy(opened, tmp_path, columns, lines)
    assert told(again) == [(1, "name", "set", "Ana Roy", "Anna Roy")]
    assert again.older == 1
    # Whoever corrected a field may correct it once more in the same copy.
    lines[1]["name"] = "Bob Lee"
    assert told(import_copy(opened, tmp_path, columns, lines)) == [
        (2, "name", "set", "Bob Li", "Bob Lee")
    ]
    assert [r.status.value for r in opened.records()] == ["counted"] * 3


def test_what_others_decided_since_a_copy_was_made_stands(opened: Store, tmp_path: Path) -> None:
    columns, lines = copied(tmp_path)
    sheet = opened.sheets()[0].sheet_id
    values = {"name": "Bob Li", "collector_name": "Mia Wu"}
    opened.decide(corrections.decide(opened.listing(), f"{sheet}-r02", values=values, who="mia"))
    opened.decide(corrections.decide(opened.listing(), f"{sheet}-r05", status="struck", who="mia"))
    found = import_copy(opened, tmp_path, columns, lines)
    assert (found.decisions, found.overtaken) == ((), ())
    assert found.older == 6
    # Corrected by both: neither knew of the other.
    lines[1]["name"] = "Bo Lee"
    lines[1]["phone"] = "514 555 0199"
    found = import_copy(opened, tmp_path, columns, lines)
    assert told(found) == [(2, "phone", "set", "613-555-0123", "514-555-0199")]
    assert found.overtaken == ((f"{sheet}-r02", "name"),)


def test_a_new_copy_may_go_back_to_what_was_read(opened: Store, tmp_path: Path) -> None:
    sheet = opened.sheets()[0].sheet_id
    opened.decide(
        corrections.decide(opened.listing(), f"{sheet}-r01", values={"name": "X"}, who="mia")
    )
    opened.decide(corrections.decide(opened.listing(), f"{sheet}-r02", status="struck", who="mia"))
    export.write_workspace(opened.listing(), opened.field_names(), tmp_path)
    columns, lines = copied(tmp_path)
    lines[0]["name"] = "Ana Roy"
    lines[1]["status"] = "counted"
    assert told(import_copy(opened, tmp_path, columns, lines)) == [
        (1, "name", "set", "X", "Ana Roy"),
        (2, "status", "set", "struck", "counted"),
    ]


def test_a_copy_from_before_a_page_was_read_again_gives_no_readings(
    opened: Store, tmp_path: Path
) -> None:
    columns, lines = copied(tmp_path)
    fewer = page_result(page_ref(), row(1, "Bo Li"), row(2, "Di Fox"))
    again = replace(
        fewer,
        rows=tuple(
            replace(r, fields=tuple(replace(v, confidence=0.7) for v in r.fields))
            for r in fewer.rows
        ),
    )
    opened.save_page(again, "k")
    sheet = opened.sheets()[0].sheet_id
    found = import_copy(opened, tmp_path, columns, lines[:2])
    assert found.decisions == ()
    assert (f"{sheet}-r01", "name") in found.overtaken


def test_what_became_doubtful_since_a_copy_was_made_still_waits(
    opened: Store, tmp_path: Path
) -> None:
    columns, lines = copied(tmp_path)
    sheet = opened.sheets()[0].sheet_id
    opened.save_repeats([Repeat(f"{sheet}-r02", f"{sheet}-r01", 0.8, certain=False)])
    lines[1]["review_fields"] = ""
    assert told(import_copy(opened, tmp_path, columns, lines)) == []
    assert [r.status.value for r in opened.records()] == ["counted", "review", "counted"]
