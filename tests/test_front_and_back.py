"""Front and back of one sheet in one file: two definitions, one petition."""

import csv
from pathlib import Path

import numpy as np
import pytest
from layout_pages import ODD_FORMS, drawn, registered_on
from PIL import Image

from digitizer import execution
from digitizer.batch import RunSettings, run_batch
from digitizer.counting.tally import tally
from digitizer.export import RECORDS_FILE, SHEETS_FILE
from digitizer.store import Store
from scripts.sheets.draw import Blank
from scripts.sheets.fill import RowKind, fill_sheet
from scripts.sheets.fonts import system_fonts
from scripts.sheets.scribes import FontScribe

SIDES = ("ferry-front-en", "ferry-back-en")
PETITION = "Keep the Night Ferry Running"
SIGNED = (4, 7)  # rows that are filled in on each side


def lines(file: Path) -> list[dict[str, str]]:
    """A CSV file as a spreadsheet would read it."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def sides() -> tuple[list[Image.Image], list[Blank]]:
    """Both sides filled in, as pictures, and their blanks."""
    blanks = [drawn(name, seed) for seed, name in enumerate(SIDES, start=5)]
    scribe = FontScribe(system_fonts())
    rng = np.random.default_rng(11)
    sheets = [
        fill_sheet(blank, [RowKind.FULL] * count, scribe, rng)
        for blank, count in zip(blanks, SIGNED, strict=True)
    ]
    return [Image.fromarray(sheet.pixels[:, :, ::-1]) for sheet in sheets], blanks


def test_each_side_is_known_among_both_and_has_all_its_rows(
    sides: tuple[list[Image.Image], list[Blank]],
) -> None:
    for name, picture, blank in zip(SIDES, *sides, strict=True):
        found = registered_on(np.asarray(picture)[:, :, ::-1].copy(), *ODD_FORMS)
        assert found.form == name
        assert [row.row for row in found.rows] == [row.row for row in blank.rows]
        assert (found.collector_box is not None) == (name == SIDES[0])


def test_rows_of_both_sides_of_a_file_are_of_one_petition(
    sides: tuple[list[Image.Image], list[Blank]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "process_pool", lambda workers, **_: execution.SerialExecutor())
    scan, out = tmp_path / "sheet.pdf", tmp_path / "out"
    front, back = sides[0]
    front.save(scan, save_all=True, append_images=[back], resolution=200)
    forms = tuple(str(ODD_FORMS[name]) for name in SIDES)
    report = run_batch(RunSettings((scan,), out, jobs=1, forms=forms))
    assert report.pages_read == 2 and not report.failed
    sheets = lines(out / SHEETS_FILE)
    assert [(one["page"], one["form"]) for one in sheets] == [("1", SIDES[0]), ("2", SIDES[1])]
    records = lines(out / RECORDS_FILE)
    assert {one["petition"] for one in records} == {PETITION}
    rows = [[one["row"] for one in records if one["page"] == page] for page in ("1", "2")]
    assert [len(side) for side in rows] == list(SIGNED)
    assert rows == [[str(n + 1) for n in range(count)] for count in SIGNED]
    # The box is the front's: what a collector wrote there is said of the front's rows alone.
    collected = {one["page"]: one["collector_name"] for one in records}
    assert collected["1"] and not collected["2"]
    with Store.open(out / "digitizer.db") as store:
        counts = tally(tuple(store.records()), ["petition"])
    assert [line.group for line in counts.lines] == [(PETITION,)]
    assert counts.total[0] == sum(SIGNED)
