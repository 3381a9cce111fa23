"""A workspace as DataFrames."""

import subprocess
import sys
from pathlib import Path

import pytest
from fake_pages import field, page_ref, page_result, row

import digitizer
from digitizer import export
from digitizer.errors import DependencyError, StoreError
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.stored import Source

pd = pytest.importorskip("pandas", reason="pandas is not installed (extra analysis)")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with one sheet that was read and a file that could not be opened."""
    from digitizer.records import Failure

    result = page_result(
        page_ref(),
        row(1, "=Ana", phone="0135550123", riding="Laurier"),
        row(3, "Bo", email="", review="name"),
        collector=(field("date_collected", "2026-03-01"), field("chair", "Cy")),
    )
    with Store.open(tmp_path / DATABASE_FILE) as store:
        failure = Failure("scan", "empty-file", "m")
        sources = [Source("a", 1, result.ref.sha256), Source("b", 1, "", failure)]
        store.register(store.start_run("k", {}, "0"), "k", sources)
        store.save_page(result, "k")
    return tmp_path


def test_columns_are_those_of_the_csv_files_and_typed(workspace: Path) -> None:
    found = digitizer.load(workspace)
    records, sheets = found.records, found.sheets
    assert [records.index.name, *records.columns] == [
        *export.RECORD_COLUMNS,
        "riding",
        "riding_confidence",
    ]
    assert [sheets.index.name, *sheets.columns] == [
        *export.SHEET_COLUMNS,
        "chair",
        "chair_confidence",
    ]
    kinds = {name: str(kind) for name, kind in records.dtypes.items()}
    assert kinds["status"] == kinds["province"] == kinds["petition"] == "category"
    assert kinds["row"] == "Int64"
    assert kinds["name"] == kinds["riding"] == "string"
    assert kinds["contact_consent"] == "boolean"
    assert kinds["name_confidence"] == kinds["riding_confidence"] == "Float64"
    assert kinds["date_collected"].startswith("datetime64")
    assert str(sheets.dtypes["skew_deg"]) == "Float64"


def test_values_are_as_stored_and_what_is_not_known_is_missing(workspace: Path) -> None:
    found = digitizer.load(str(workspace))
    first, second = found.records.iloc[0], found.records.iloc[1]
    assert (first["name"], first["phone"], first["riding"]) == ("=Ana", "0135550123", "Laurier")
    assert first["date_collected"] == pd.Timestamp("2026-03-01")
    assert second["email"] is pd.NA
    assert second["email_confidence"] is pd.NA
    assert list(found.records["row"]) == [1, 3]
    assert list(found.records["status"]) == ["counted", "review"]
    assert list(found.records["status"].cat.categories)[:2] == ["counted", "review"]
    assert list(found.sheets["status"]) == ["review", "failed"]
    assert pd.isna(found.sheets["date_collected"].iloc[1])


def test_an_empty_workspace_has_empty_frames(tmp_path: Path) -> None:
    Store.open(tmp_path / DATABASE_FILE).close()
    found = digitizer.load(tmp_path)
    assert (len(found.records), len(found.sheets)) == (0, 0)
    assert str(found.records.dtypes["date_collected"]).startswith("datetime64")


def test_a_folder_that_is_no_workspace_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no workspace"):
        digitizer.load(tmp_path)


def test_without_pandas_the_package_to_install_is_named(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(DependencyError, match=r"pip install -e .*\[analysis\]"):
        digitizer.load(workspace)


def test_importing_the_package_loads_neither_pandas_nor_a_database() -> None:
    code = (
        "import sys, digitizer; "
        "print([m for m in ('pandas', 'sqlalchemy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="nothing"):
        _ = digitizer.nothing
