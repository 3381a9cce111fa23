"""A workspace against ground truth."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import field, page_ref, page_result, row

from digitizer.errors import UsageError
from digitizer.evaluate import (
    Figures,
    as_json,
    as_table,
    comparable,
    evaluate,
    load_truth,
)
from digitizer.metrics import Rate
from digitizer.records import FieldState, Route, RowStatus, SheetStatus
from digitizer.store import Store
from digitizer.workspace.decisions import SHEET, Action, Decision
from digitizer.workspace.stored import Source


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store.open(tmp_path / "digitizer.db") as found:
        yield found


def add(opened: Store, *results: object) -> None:
    """Save pages."""
    run = opened.start_run("k", {}, "0")
    for result in results:
        ref = result.ref  # type: ignore[attr-defined]
        opened.register(run, "k", [Source(ref.source_file, ref.page, ref.sha256)])
        opened.save_page(result, "k")  # type: ignore[arg-type]


def truth_row(number: int, name: str, **more: object) -> dict[str, object]:
    """A row of the truth that agrees with ``fake_pages.row``."""
    return {
        "row": number,
        "name": name,
        "address": f"{number} Main Street",
        "postal_code": "K1A 0B1",
        "phone": "613-555-0123",
        "email": f"{name.split()[0].lower()}@example.org",
        "signed": True,
        "status": "counted",
        **more,
    }


def figures(opened: Store, folder: Path, *pages: dict[str, object]) -> Figures:
    """Figures of the store against these pages."""
    file = folder / "truth.json"
    file.write_text(json.dumps(pages), encoding="utf-8")
    return evaluate(load_truth(file), tuple(opened.listing()))


BOX = {"collector_name": "Ana Roy", "event_location": "Ottawa", "date_collected": "2026-03-01"}


def page(*rows: dict[str, object], **more: object) -> dict[str, object]:
    """A page of the truth."""
    return {"file": "a.pdf", "page": 1, "rows": rows, "collector": BOX, "kind": "clean", **more}


def test_a_page_read_as_written_has_perfect_figures(opened: Store, tmp_path: Path) -> None:
    add(opened, page_result(page_ref(), row(1, "Éloïse  Côté"), row(4, "Bo Li")))
    # Case, accents, spacing and punctuation do not matter.
    first = truth_row(1, "ELOISE COTE", phone="1 (613) 555 0123", email="éloïse@example.org")
    found = figures(opened, tmp_path, page(first, truth_row(4, "Bo Li", postal_code="k1a0b1")))
    assert found.rows == Rate(2, 2)
    assert (found.missed, found.phantom) == ((), ())
    assert found.signatures == Rate(2, 2)
    assert found.boxes == Rate(1, 1)
    assert {name: f.exact for name, f in found.fields.items() if f.exact.hits < f.exact.cases} == {}
    assert found.fields["name"].cer == 0.0
    assert found.statuses == {("clean", "read"): 1}
    assert found.row_statuses == {("counted", "counted"): 2}


def test_missed_and_phantom_rows_are_named(opened: Store, tmp_path: Path) -> None:
    add(opened, page_result(page_ref(), row(2, "Ana"), row(5, "Bo")))
    found = figures(opened, tmp_path, page(truth_row(2, "Ana"), truth_row(3, "Cy")))
    assert found.rows == Rate(1, 2)
    assert found.missed == ("a.pdf page 1 row 3",)
    assert found.phantom == ("a.pdf page 1 row 5",)
    # A field of a row that was not found is a field not read.
    assert found.fields["name"].exact == Rate(1, 2)
    assert found.fields["name"].passed.accepted == Rate(1, 2)


def test_straight_through_and_its_error_stand_side_by_side(opened: Store, tmp_path: Path) -> None:
    rows = (row(1, "Ana"), row(2, "Wrong"), row(3, "Doubtful", review="name"))
    add(opened, page_result(page_ref(), *rows))
    wanted = page(truth_row(1, "Ana"), truth_row(2, "Bo"), truth_row(3, "Cy"))
    name = figures(opened, tmp_path, wanted).fields["name"]
    assert name.exact == Rate(1, 3)
    assert name.passed.accepted == Rate(2, 3)
    assert name.passed.wrong == Rate(1, 2)


def test_what_people_decided_is_no_straight_through(opened: Store, tmp_path: Path) -> None:
    """Typed values were "accepted", the wrong ones among them the program's errors."""
    result = page_result(page_ref(), row(1, "Ana"), row(2, "Bo", review="name"), row(3, "Cy"))
    add(opened, result)
    sheet = result.sheet_id
    typed = [(2, "name", "Bou"), (3, "name", "Cyd"), (SHEET, "collector_name", "Ana Ray")]
    opened.decide([Decision(sheet, n, f, Action.SET, "", after, "eva") for n, f, after in typed])
    wanted = page(truth_row(1, "Ana"), truth_row(2, "Bo"), truth_row(3, "Cy"))
    found = figures(opened, tmp_path, wanted)
    name, collector = found.fields["name"], found.fields["collector_name"]
    assert (name.exact.hits, name.exact.cases) == (1, 3)
    assert (name.passed.accepted.hits, name.passed.accepted.cases) == (1, 3)
    assert (name.passed.wrong.hits, name.passed.wrong.cases) == (0, 1)
    assert (name.decided, collector.decided) == (2, 1)
    assert collector.passed.accepted.hits == 0
    assert name.calibration_error == pytest.approx(0.01)
    assert "decided by people, so neither" in as_table(found)
    assert json.loads(as_json(found))["fields"]["name"]["decided"] == 2


def test_files_that_are_all_unknown_are_one_line(opened: Store, tmp_path: Path) -> None:
    add(opened, page_result(page_ref(), row(1, "Ana")))
    text = as_table(figures(opened, tmp_path, page(truth_row(1, "Ana"), file="other.pdf")))
    assert "none of the truth's files" in text
    assert "missed:" not in text


def test_a_value_lost_or_made_up_is_wrongly_accepted(opened: Store, tmp_path: Path) -> None:
    lost = row(1, "Ana", phone="")
    add(opened, page_result(page_ref(), lost, row(2, "Bo"), row(3, "Cy", phone="")))
    wanted = (truth_row(1, "Ana"), truth_row(2, "Bo", phone=""), truth_row(3, "Cy", phone=""))
    phone = figures(opened, tmp_path, page(*wanted)).fields["phone"]
    # Row 3, where there is nothing and nothing was read, proves nothing.
    assert phone.exact == Rate(0, 2)
    assert phone.passed.wrong == Rate(2, 2)


def test_an_unread_field_for_review_is_not_accepted(opened: Store, tmp_path: Path) -> None:
    unread = replace(
        row(1, "Ana"),
        fields=(field("name", "", None, state=FieldState.UNREAD, route=Route.REVIEW),),
    )
    add(opened, page_result(page_ref(), unread))
    name = figures(opened, tmp_path, page(truth_row(1, "Ana"))).fields["name"]
    assert (name.passed.accepted, name.passed.wrong) == (Rate(0, 1), Rate(0, 0))


def test_signatures_are_right_only_when_present_or_absent_is(opened: Store, tmp_path: Path) -> None:
    rows = [row(n, "Ana", signature=s) for n, s in enumerate(("present", "absent", "unclear"), 1)]
    add(opened, page_result(page_ref(), *rows))
    wanted = [truth_row(n, "Ana", signed=signed) for n, signed in enumerate((True, True, False), 1)]
    found = figures(opened, tmp_path, page(*wanted))
    assert found.signatures == Rate(1, 3)
    assert found.unclear_signatures == 1


def test_a_box_counts_where_the_page_has_one(opened: Store, tmp_path: Path) -> None:
    empty = dict.fromkeys(BOX, "")
    missing = page_result(page_ref("2", 2), row(1, "Bo"), reasons=("collector-box-not-found",))
    nothing = page_result(page_ref("3", 3), form=None, status=SheetStatus.UNRECOGNISED)
    add(opened, page_result(page_ref("1"), row(1, "Ana")), missing, nothing)
    found = figures(
        opened,
        tmp_path,
        page(truth_row(1, "Ana"), collector=empty),
        page(truth_row(1, "Bo"), page=2),
        page(page=3, collector=empty, kind="no petition"),
    )
    assert found.boxes == Rate(1, 2)
    assert found.statuses[("no petition", "unrecognised")] == 1


def test_text_of_struck_rows_is_neither_asked_for_nor_accepted(
    opened: Store, tmp_path: Path
) -> None:
    struck = row(1, "Ana", status=RowStatus.STRUCK)
    wrongly = row(2, "Bo", status=RowStatus.STRUCK)
    add(opened, page_result(page_ref("1", source_file="a.pdf"), struck, wrongly))
    rows = (truth_row(1, "Anna", status="struck"), truth_row(2, "Bo"))
    name = figures(opened, tmp_path, page(*rows, file="a.pdf")).fields["name"]
    assert name.exact == Rate(1, 1)
    assert name.passed.accepted == Rate(0, 1)


def test_rows_of_a_sheet_scanned_twice_are_judged_by_their_reading(
    opened: Store, tmp_path: Path
) -> None:
    struck = row(1, "Ana", status=RowStatus.STRUCK)
    add(opened, page_result(page_ref("1"), struck))
    run = opened.start_run("k", {}, "0")
    opened.register(run, "k", [Source("b/a.pdf", 1, page_ref("1").sha256)])
    found = figures(opened, tmp_path, page(truth_row(1, "Ana", status="struck"), file="b/a.pdf"))
    assert found.row_statuses == {("struck", "struck"): 1}
    assert found.statuses == {("clean", "duplicate"): 1}


@pytest.mark.parametrize(
    ("file", "is_found"),
    [
        ("a.pdf", True),
        ("scans/a.pdf", True),
        ("samples/scans/a.pdf", True),
        ("other/a.pdf", False),
        ("b.pdf", False),
    ],
)
def test_files_are_matched_by_the_end_of_their_path(
    file: str, is_found: bool, opened: Store, tmp_path: Path
) -> None:
    add(opened, page_result(page_ref(), row(1, "Ana")))
    found = figures(opened, tmp_path, page(truth_row(1, "Ana"), file=file))
    assert found.pages == Rate(int(is_found), 1)
    assert found.rows == Rate(int(is_found), 1)


def test_of_two_files_of_one_name_the_better_match_is_taken(opened: Store, tmp_path: Path) -> None:
    add(
        opened,
        page_result(page_ref("1", source_file="in/x/a.pdf"), row(1, "Ana")),
        page_result(page_ref("2", source_file="in/y/a.pdf"), row(1, "Bo")),
    )
    found = figures(opened, tmp_path, page(truth_row(1, "Bo"), file="y/a.pdf"))
    assert found.fields["name"].exact == Rate(1, 1)


@pytest.mark.parametrize(
    ("field_name", "one", "other", "same"),
    [
        ("name", "O'Neil-Roy", "ONEIL ROY", True),
        ("name", "Cœur", "coeur", True),
        ("name", "Roy", "Ray", False),
        ("postal_code", "K1A 0B1", "k1a-0b1", True),
        ("phone", "+1 613 555 0123", "613-555-0123", True),
        ("email", "A.Roy@Example.org", "a.roy@example.org", True),
        ("email", "a.roy@example.org", "aroy@example.org", False),
        ("address", "12, rue des Pins", "12 rue des pins", True),
    ],
)
def test_texts_are_compared_by_what_they_say(
    field_name: str, one: str, other: str, same: bool
) -> None:
    assert (comparable(one, field_name) == comparable(other, field_name)) is same


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "{}", '{"file": 1}', '[{"page": 1}]', '[{"file": "a", "rows": [{}]}]', "[{"],
    ids=["empty", "numbers", "nothing", "object", "no file", "no row number", "torn"],
)
def test_what_is_no_truth_file_is_told_in_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text(text)
    with pytest.raises(UsageError, match=r"truth\.json") as caught:
        load_truth(tmp_path / "truth.json")
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="no such file"):
        load_truth(tmp_path / "missing.json")


def test_table_and_json_hold_all_figures(opened: Store, tmp_path: Path) -> None:
    add(opened, page_result(page_ref(), row(1, "Ana"), row(2, "Bo")))
    found = figures(opened, tmp_path, page(truth_row(1, "Ana"), truth_row(3, "Cy")))
    table = as_table(found)
    assert "filled rows found        1 of 2  50.0%" in table
    assert "missed:  a.pdf page 1 row 3" in table
    assert "phantom: a.pdf page 1 row 2" in table
    line = next(text for text in table.splitlines() if text.startswith("name "))
    assert "50.0% (9.5%-90.5%)" in line
    content = json.loads(as_json(found))
    assert content["rows"]["hits"] == 1
    assert content["fields"]["name"]["wrong_among_accepted"]["cases"] == 1
    assert content["sheet_status_by_kind"] == {"clean": {"read": 1}}


def test_an_empty_truth_gives_empty_figures(opened: Store, tmp_path: Path) -> None:
    assert "filled rows found        0 of 0  -" in as_table(figures(opened, tmp_path))
