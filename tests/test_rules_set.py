"""Sets that measure marks: what they hold, what their truth says, how they are scored."""

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from fake_pages import page_ref, page_result
from fake_pages import row as signer

from benchmarks.rules_score import Detector, score_sheets, truly_counted
from digitizer.records import RowStatus
from digitizer.workspace.stored import RecordRow, SheetRow
from scripts.sheets import rules_plan
from scripts.sheets.fonts import FontSet
from scripts.sheets.rules_plan import DECOY_KINDS, plan_blocks
from scripts.sheets.rules_set import draw_rules_set
from scripts.sheets.scribes import FontScribe
from scripts.sheets.truth import write_truth

SHEETS = 6


@pytest.fixture(scope="module")
def pages(fonts: FontSet, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("rules")
    drawn = list(draw_rules_set(folder, FontScribe(fonts), fonts, seed=3, sheets=SHEETS, dense=5))
    write_truth(drawn, folder / "truth.json", folder / "geometry.json", marks=True)
    assert {path.name for path in folder.glob("*.png")} == {page.file for page in drawn}
    listed: list[dict[str, Any]] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return listed


def test_a_full_set_holds_what_was_promised() -> None:
    blocks = plan_blocks(np.random.default_rng(1), rules_plan.FULL_SHEETS)
    count = Counter(block.what for block in blocks)
    assert (count["struck"], count["duplicate"], count["decoy"]) == (60, 80, 200)
    assert sum(block.rows - 1 for block in blocks if block.what == "ditto") == 120
    assert {block.kind for block in blocks if block.what == "decoy"} == set(DECOY_KINDS)
    assert rules_plan.rescan_count(rules_plan.FULL_SHEETS) == 40


@pytest.mark.parametrize("sheets", [20, 60, 200])
def test_a_smaller_set_keeps_the_proportions(sheets: int) -> None:
    blocks = plan_blocks(np.random.default_rng(1), sheets)
    assert sum(block.what == "struck" for block in blocks) == round(60 * sheets / 400)
    assert sum(b.rows - 1 for b in blocks if b.what == "ditto") == round(120 * sheets / 400)


def test_the_same_seed_plans_the_same_set() -> None:
    one, other = (plan_blocks(np.random.default_rng(7), 60) for _ in range(2))
    assert one == other


def test_dittos_name_the_row_above_that_holds_their_value(pages: list[dict[str, Any]]) -> None:
    dittoed = 0
    for page in pages:
        rows = {row["row"]: row for row in page["rows"]}
        for row in page["rows"]:
            for name in row["ditto_fields"]:
                dittoed += 1
                source = rows[row["source_row"]]
                assert source["row"] < row["row"]
                assert name not in source["ditto_fields"]
                if name == "signature":
                    assert not row["signed"]
                elif name == "name":
                    assert row[name].split()[-1] == source[name].split()[-1]
                else:
                    assert row[name] == source[name] != ""
    assert dittoed > 0


def test_rescans_repeat_a_sheet_of_the_set(pages: list[dict[str, Any]]) -> None:
    by_file = {page["file"]: page for page in pages}
    again = [page for page in pages if page["rescan_of"]]
    assert len(again) == rules_plan.rescan_count(SHEETS)
    for page in again:
        assert page["rows"] == by_file[page["rescan_of"]]["rows"]


def test_who_signs_twice_signs_the_same_petition_again(pages: list[dict[str, Any]]) -> None:
    by_file = {page["file"]: page for page in pages}
    repeats = [
        (page, row["duplicate_of"].partition("#")[0])
        for page in pages
        for row in page["rows"]
        if row["duplicate_of"]
    ]
    assert repeats
    assert all(by_file[first]["petition"] == page["petition"] for page, first in repeats)


def test_struck_rows_and_second_signatures_do_not_count() -> None:
    def row(**changes: object) -> dict[str, object]:
        return {"status": "counted", "duplicate_of": None} | changes

    first = {"rescan_of": None, "rows": [row(), row(status="struck"), row(duplicate_of="a#1")]}
    assert truly_counted([first, {"rescan_of": "a", "rows": [row()]}]) == 1


def test_a_detector_counts_hits_misses_and_false_alarms() -> None:
    one = Detector()
    for true, seen in ((True, True), (True, False), (False, True), (False, False)):
        one.add(true=true, seen=seen, where="here")
    assert (one.precision.hits, one.precision.cases) == (1, 2)
    assert (one.recall.hits, one.recall.cases) == (1, 2)
    assert one.wrong == ["missed here", "false here"]


def test_a_second_signature_is_scored_by_whether_the_right_person_was_told() -> None:
    truths = [
        {
            "file": f"{name}.png",
            "rescan_of": None,
            "rows": [truth_row(None if name == "one" else "one.png#1")],
        }
        for name in ("one", "two")
    ]
    records = [record_row("a-r01", ()), record_row("b-r01", ("name:possible-duplicate",))]
    found = {
        f"{name}.png": (record.sheet, [record])
        for name, record in zip(("one", "two"), records, strict=True)
    }
    for first, hits in (("a-r01", 1), ("x-r01", 0)):
        score = score_sheets(truths, found, {"b-r01": first})
        assert (score.same_signer.found, score.same_person.found) == (1, hits)
        assert score.same_signer_certain.false == 0


def truth_row(duplicate_of: str | None) -> dict[str, Any]:
    """A row as the truth of a set has it."""
    return {
        "row": 1,
        "status": "counted",
        "marks": [],
        "ditto_fields": {},
        "source_row": None,
        "duplicate_of": duplicate_of,
    }


def record_row(record_id: str, reasons: tuple[str, ...]) -> RecordRow:
    """A row as the store lists it."""
    result = page_result(page_ref(), signer(1, "Ana Roy"))
    sheet = SheetRow(
        record_id, record_id, "a.pdf", 1, "", None, None, result.status, (), 0, 0.0, 8, 1, 0,
        (), None, None, (),
    )  # fmt: skip
    status = RowStatus.COUNTED
    return RecordRow(record_id, sheet, 1, status, status, reasons, result.rows[0].fields, False)
