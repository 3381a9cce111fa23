"""Any pages with marked cells can be measured: what is found beyond them is wrong."""

import json
from itertools import pairwise
from pathlib import Path

import cv2
import pytest
from drawn import blank, draw_grid

from benchmarks.geometry_common import Options, Skipped, Table
from benchmarks.geometry_tables import measure

XS, YS = (200.0, 500.0, 900.0, 1400.0), (200.0, 300.0, 400.0, 500.0)


def measured(scans: Path | None, tmp_path: Path) -> list[Table]:
    options = Options(scans=scans, peers=False, handwriting=None, sheets=1, seed=1, work=tmp_path)
    return list(measure(options))


@pytest.mark.parametrize(("rows", "f1", "whole"), [(3, "1.000", "1 of 1"), (2, "0.800", "0 of 1")])
def test_pages_of_any_kind_are_measured_by_their_marked_cells(
    tmp_path: Path, rows: int, f1: str, whole: str
) -> None:
    folder = tmp_path / "marked_tables"
    folder.mkdir()
    page = blank(1600, 2200)
    draw_grid(page, XS, YS)
    cv2.imwrite(str(folder / "one.png"), page)
    marked = [
        [[left, top], [right, top], [right, bottom], [left, bottom]]
        for top, bottom in list(pairwise(YS))[:rows]
        for left, right in pairwise(XS)
    ]
    (folder / "one.json").write_text(json.dumps({"cells": marked}), encoding="utf-8")
    (table,) = measured(tmp_path, tmp_path)
    assert table.title == f"1 pages of any kind, {3 * rows} marked cells"
    assert table.rows[0][1:5] == (f1, f1, f1, whole)


def test_without_a_folder_of_pages_it_is_said_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="ruled_forms"):
        measured(tmp_path, tmp_path)
