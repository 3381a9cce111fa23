"""Drawn sheets: same seed same bytes, truth where the ink is, samples complete."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.forms.forms import load_forms
from scripts.sheets.degrade import Recipe, apply_homography, degrade
from scripts.sheets.draw import MM_PER_INCH, PAPERS_MM, Blank, draw_blank, random_layout
from scripts.sheets.fill import RowKind, fill_sheet, plan_rows
from scripts.sheets.fonts import FontSet, FontsMissingError, fetch_fonts
from scripts.sheets.people import POSTAL_LETTERS, invent_person
from scripts.sheets.rulestyles import RULE_STYLES
from scripts.sheets.scribes import FontScribe
from scripts.sheets.truth import PageTruth, write_truth
from scripts.sheets.wording import WORDINGS

MAX_SAMPLES_BYTES = 12_000_000
WANTED_KINDS = {
    "clean", "skewed", "turned", "faint", "noisy", "fax", "phone", "struck-row", "ditto-row",
    "missing-signature", "empty-collector-box", "blank-rows", "rescan", "blank",
    "not-a-petition", "damaged",
}  # fmt: skip


@pytest.fixture(scope="session")
def script(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", root / "scripts/make_samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def truth(samples: Path) -> list[dict[str, Any]]:
    pages = json.loads((samples / "truth.json").read_text(encoding="utf-8"))
    assert isinstance(pages, list)
    return pages


def _blank(fonts: FontSet, form: str, seed: int = 3, dpi: int = 100) -> Blank:
    rng = np.random.default_rng(seed)
    layout = random_layout(rng, fonts=1, paper="letter-landscape" if form != "x" else None)
    return draw_blank(WORDINGS[form], layout, fonts, dpi=dpi)


# --- samples as committed ------------------------------------------------------


def test_samples_show_every_case_in_sixteen_pages_or_more(truth: list[dict[str, Any]]) -> None:
    assert len(truth) >= 16
    assert {page["kind"] for page in truth} >= WANTED_KINDS


def test_samples_and_truth_name_the_same_files(samples: Path, truth: list[dict[str, Any]]) -> None:
    files = {path.relative_to(samples / "scans").as_posix() for path in _files(samples / "scans")}
    assert files == {page["file"] for page in truth}
    readme = (samples / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in files)


def test_samples_stay_small(samples: Path) -> None:
    assert sum(path.stat().st_size for path in _files(samples / "scans")) < MAX_SAMPLES_BYTES


def test_truth_has_the_keys_of_the_contract(truth: list[dict[str, Any]]) -> None:
    row_keys = ["row", "name", "address", "postal_code", "phone", "email", "signed", "status"]
    for page in truth:
        assert list(page)[:4] == ["file", "page", "rows", "collector"]
        assert list(page["collector"]) == ["collector_name", "event_location", "date_collected"]
        numbers = [row["row"] for row in page["rows"]]
        assert numbers == sorted(set(numbers))
        for row in page["rows"]:
            assert list(row)[:8] == row_keys
            assert row["name"] and row["address"] and row["postal_code"]
            assert (row["status"] == "incomplete") is (not row["signed"])


def test_a_ditto_row_holds_the_value_above_it(truth: list[dict[str, Any]]) -> None:
    page = next(page for page in truth if page["kind"] == "ditto-row")
    above, ditto = page["rows"][0], page["rows"][1]
    assert ditto["address"] == above["address"]
    assert ditto["postal_code"] == above["postal_code"]
    assert ditto["name"] != above["name"]


def test_the_rescan_says_what_the_first_scan_says(truth: list[dict[str, Any]]) -> None:
    first = next(page for page in truth if page["file"] == "clean-en.png")
    again = next(page for page in truth if page["kind"] == "rescan")
    assert again["rows"] == first["rows"]
    assert again["collector"] == first["collector"]


def test_geometry_of_the_samples_lies_on_their_rules(samples: Path) -> None:
    pages = json.loads((samples / "truth_geometry.json").read_text(encoding="utf-8"))
    ruled = [page for page in pages if page["file"].endswith((".png", ".jpg")) and page["rows"]]
    assert len(ruled) > 8
    for page in ruled:
        gray = cv2.imread(str(samples / "scans" / page["file"]), cv2.IMREAD_GRAYSCALE)
        assert gray is not None
        assert gray.shape == (page["height_px"], page["width_px"])
        flat = cv2.medianBlur(gray, 25).astype(np.int16) - gray
        for row in page["rows"]:
            top = np.array(row["polygon"][:2])
            assert _darkness_along(flat, top[0], top[1]) > 8, (page["file"], row["row"])


# --- drawing -------------------------------------------------------------------


def test_the_same_seed_writes_the_same_bytes(script: ModuleType, tmp_path: Path) -> None:
    common = ["--system-fonts", "--sheets", "1", "--seed", "5", "--degrade", "hard"]
    for name in ("one", "two"):
        assert script.main([*common, "--out", str(tmp_path / name)]) == 0
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["sheet_001.png", "truth.json", "truth_geometry.json"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_seed_writes_another_sheet(fonts: FontSet) -> None:
    first, second = (_blank(fonts, "amnesty-canada-en", seed) for seed in (1, 2))
    assert first.rows != second.rows


@pytest.mark.parametrize("form", sorted(WORDINGS))
def test_columns_of_a_wording_are_those_of_its_form_definition(form: str, root: Path) -> None:
    installed = root / "digitizer" / "forms" / f"{form}.toml"
    path = installed if installed.is_file() else root / "tests" / "forms" / f"{form}.toml"
    (definition,) = load_forms([str(path)])
    wording = WORDINGS[form]
    assert [c.name for c in definition.columns] == [c.name for c in wording.columns]
    for column, printed in zip(definition.columns, wording.columns, strict=True):
        assert printed.header in column.header
    fields = tuple(item.field.name for item in definition.box.fields) if definition.box else ()
    assert fields == tuple(name for name, _ in wording.box_fields)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), paper=st.sampled_from(sorted(PAPERS_MM)))
def test_every_printing_fits_its_paper_and_has_rows(fonts: FontSet, seed: int, paper: str) -> None:
    layout = random_layout(np.random.default_rng(seed), fonts=1, paper=paper)
    blank = draw_blank(WORDINGS["amnesty-canada-fr"], layout, fonts, dpi=50)
    assert len(blank.rows) >= 4
    assert blank.box is not None
    for x0, y0, x1, y1 in [blank.box.rect, *(row.rect for row in blank.rows)]:
        assert 0 < x0 < x1 < blank.paper_mm[0]
        assert 0 < y0 < y1 < blank.paper_mm[1]
    assert all(9 <= row.rect[3] - row.rect[1] <= 14.5 for row in blank.rows)


def test_rules_lie_where_the_truth_says(fonts: FontSet) -> None:
    blank = _blank(fonts, "municipal-fr", dpi=200)
    dark = 255 - blank.pixels.astype(np.int16)
    scale = 200 / 25.4
    for row in blank.rows:
        x0, y0, x1, _ = (v * scale for v in row.rect)
        line = dark[round(y0) - 1 : round(y0) + 2, round(x0) + 4 : round(x1) - 4].max(axis=0)
        assert float((line > 60).mean()) > 0.98


# --- filling -------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(RULE_STYLES))
def test_every_style_rules_where_the_truth_says(name: str, fonts: FontSet) -> None:
    style = RULE_STYLES[name]
    layout = random_layout(np.random.default_rng(5), fonts=len(fonts.printed), paper="letter")
    layout = replace(layout, rules=style, outer_border=True, header="inside")
    blank = draw_blank(WORDINGS["commons-en"], layout, fonts)
    darkness = 255.0 - blank.printed.reshape(*blank.pixels.shape, -1).min(axis=2)
    px = blank.dpi / MM_PER_INCH
    for row in blank.rows[1:]:
        left, top, right, _ = (value * px for value in row.rect)
        line = darkness[round(top) - 2 : round(top) + 3, round(left) + 4 : round(right) - 4]
        if style.bands is None:
            assert 0.1 < (line.max(axis=0) > 20).mean() <= 1
        else:
            assert abs(float(np.median(line[0]) - np.median(line[-1]))) > 20
    left, top, right, bottom = (round(value * px) for value in blank.rows[2].rect)
    inner = np.s_[top + 8 : bottom - 8]
    for x, is_open in ((left, style.open_left), (right, style.open_right)):
        side = darkness[inner, x - 2 : x + 3].max(axis=1)
        assert ((side > 20).mean() > 0.1) is not is_open


def test_blank_rows_get_no_ink_and_no_truth(fonts: FontSet) -> None:
    blank = _blank(fonts, "amnesty-canada-en")
    kinds = (RowKind.FULL, RowKind.BLANK, RowKind.FULL)
    filled = fill_sheet(blank, kinds, FontScribe(fonts), np.random.default_rng(1))
    assert [row.row for row in filled.rows] == [1, 3]


def test_an_unsigned_row_has_an_empty_signature_cell(fonts: FontSet) -> None:
    blank = _blank(fonts, "amnesty-canada-en")
    kinds = (RowKind.BLANK, RowKind.UNSIGNED, RowKind.BLANK)
    filled = fill_sheet(blank, kinds, FontScribe(fonts), np.random.default_rng(4))
    cell = np.array(dict(blank.rows[1].cells)["signature"]) * 100 / 25.4
    x0, y0, x1, y1 = np.round(cell).astype(int)
    inside = filled.pixels[y0 + 4 : y1 - 4, x0 + 16 : x1 - 4]
    assert inside.min() > 225
    assert not filled.rows[0].signed
    assert filled.rows[0].status == "incomplete"


def test_an_empty_collector_box_is_empty_in_truth(fonts: FontSet) -> None:
    blank = _blank(fonts, "amnesty-canada-fr")
    filled = fill_sheet(blank, (), FontScribe(fonts), np.random.default_rng(1), collector=False)
    assert set(filled.collector.values()) == {""}


@given(seed=st.integers(0, 10**6), rows=st.integers(6, 12))
def test_a_plan_never_dittoes_the_first_row(seed: int, rows: int) -> None:
    kinds = plan_rows(np.random.default_rng(seed), rows, odd=0.5)
    assert 1 <= len(kinds) <= rows
    assert kinds[0] is not RowKind.DITTO


@given(seed=st.integers(0, 10**6), language=st.sampled_from(["en", "fr"]))
def test_invented_people_have_legal_codes_and_fictional_phones(seed: int, language: str) -> None:
    person = invent_person(np.random.default_rng(seed), language)
    fsa, unit = person.postal_code.split(" ")
    assert all(c in POSTAL_LETTERS for c in (fsa[0], fsa[2], unit[1]))
    assert all(c.isdigit() for c in (fsa[1], unit[0], unit[2]))
    area, exchange, line = person.phone.split("-")
    assert area[0] in "23456789" and exchange == "555" and line.startswith("01")
    local, _, domain = person.email.partition("@")
    assert domain.startswith("example.") or (domain == "gmail.com" and len(local) < 6)


# --- degrading -----------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(turn=st.sampled_from([0, 90, 180, 270]), skew=st.floats(-20, 20))
def test_turn_and_skew_come_back_from_the_homography(turn: int, skew: float) -> None:
    page = np.full((110, 85, 3), 250, np.uint8)
    recipe = Recipe(dpi=100, turn_deg=turn, skew_deg=skew)
    scan = degrade(page, 100, recipe, np.random.default_rng(0))
    assert scan.rotation_deg == (360 - turn) % 360
    assert scan.skew_deg == pytest.approx(skew, abs=1e-6)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_mark_lands_where_the_homography_says(turn: int) -> None:
    page = np.full((440, 340, 3), 250, np.uint8)
    page[60:70, 250:260] = 0
    recipe = Recipe(dpi=150, turn_deg=turn, skew_deg=3, perspective=0.03, margin_mm=8, bed="white")
    scan = degrade(page, 100, recipe, np.random.default_rng(7))
    ys, xs = np.nonzero(scan.pixels[..., 0] < 100)
    (expected,) = apply_homography(scan.scan_from_page, np.array([[254.5, 64.5]]))
    assert np.allclose([xs.mean(), ys.mean()], expected, atol=1.0)


def test_a_fax_has_two_tones_only() -> None:
    page = np.tile(np.linspace(0, 255, 200, dtype=np.uint8)[None, :, None], (150, 1, 3))
    scan = degrade(page, 204, Recipe(dpi=204, bilevel=128), np.random.default_rng(0))
    assert set(np.unique(scan.pixels)) == {0, 255}


def test_truth_geometry_lists_blank_rows_and_truth_does_not(fonts: FontSet, tmp_path: Path) -> None:
    blank = _blank(fonts, "commons-en")
    rng = np.random.default_rng(2)
    filled = fill_sheet(blank, (RowKind.BLANK, RowKind.FULL), FontScribe(fonts), rng)
    scan = degrade(filled.pixels, blank.dpi, Recipe(dpi=100), rng)
    page = PageTruth("a.png", 1, "clean", filled, scan)
    write_truth([page], tmp_path / "t.json", tmp_path / "g.json")
    (texts,) = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    (shape,) = json.loads((tmp_path / "g.json").read_text(encoding="utf-8"))
    assert [row["row"] for row in texts["rows"]] == [2]
    assert len(shape["rows"]) == len(blank.rows)
    assert shape["collector_box"] is None


# --- command line --------------------------------------------------------------


def test_missing_fonts_are_named_not_downloaded_without_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FontsMissingError, match="npm"):
        fetch_fonts(tmp_path / "cache")


def test_sheets_without_a_folder_are_refused(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--system-fonts", "--sheets", "1"]) == 3
    assert "--out" in capsys.readouterr().err


def test_missing_ink_is_refused_by_name(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--system-fonts", "--sheets", "1", "--out", str(tmp_path / "o"), "--ink"]
    assert script.main([*arguments, str(tmp_path)]) == 3
    assert "labels.csv" in capsys.readouterr().err


def test_sheets_in_real_ink_have_truth_of_their_split(
    script: ModuleType, handwriting: Path, tmp_path: Path
) -> None:
    arguments = ["--system-fonts", "--sheets", "1", "--out", str(tmp_path)]
    arguments += ["--ink", str(handwriting)]
    assert script.main([*arguments, "--split", "calibrate"]) == 0
    (page,) = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert len(page["rows"]) >= 3


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _darkness_along(
    flat: np.ndarray[tuple[int, ...], np.dtype[np.int16]],
    start: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    end: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> float:
    """Median over a line of how much darker it is than its surroundings, within 1 px."""
    steps = np.linspace(0.03, 0.97, 200)[:, None]
    points = start + (end - start) * steps
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]])
    best = np.full(len(points), -255)
    for shift in (-1.5, -0.75, 0.0, 0.75, 1.5):
        xs, ys = np.round(points + across * shift).astype(int).T
        ok = (xs >= 0) & (ys >= 0) & (xs < flat.shape[1]) & (ys < flat.shape[0])
        best[ok] = np.maximum(best[ok], flat[ys[ok], xs[ok]])
    return float(np.median(best))
