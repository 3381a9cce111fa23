"""Geometry and edits of a page as text and back."""

import json
from pathlib import Path

from fake_pages import page_ref, page_result, row
from hypothesis import given
from hypothesis import strategies as st
from placed_pages import drawn_geometry

from digitizer.records import (
    NO_EDIT,
    BoxPlace,
    CellPlace,
    ColumnEdit,
    FieldKind,
    FieldSpec,
    PageEdit,
    PageGeometry,
    Polygon,
    RowPlace,
    SpaceEdit,
)
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.placed import (
    edit_from_text,
    edit_to_text,
    geometry_from_text,
    geometry_to_text,
)
from digitizer.workspace.stored import Source

NUMBERS = st.integers(-20_000, 90_000).map(lambda n: n / 10)
POINTS = st.tuples(NUMBERS, NUMBERS)
POLYGONS: st.SearchStrategy[Polygon] = st.lists(POINTS, min_size=2, max_size=6).map(tuple)
NAMES = st.text(min_size=1, max_size=8)
VALUES = st.lists(st.lists(NAMES, min_size=1, max_size=2).map(tuple), max_size=3).map(tuple)
SPECS = st.builds(FieldSpec, NAMES, st.sampled_from(FieldKind), st.booleans(), VALUES)
CELLS = st.builds(
    CellPlace,
    NAMES,
    st.lists(SPECS, max_size=3).map(tuple),
    POLYGONS,
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=2).map(tuple),
    st.booleans(),
)
CELL_LISTS = st.lists(CELLS, max_size=3).map(tuple)
GEOMETRIES = st.builds(
    PageGeometry,
    st.integers(1, 9000),
    st.integers(1, 9000),
    st.lists(st.builds(RowPlace, st.integers(1, 40), POLYGONS, CELL_LISTS), max_size=3).map(tuple),
    st.none() | st.builds(BoxPlace, POLYGONS, CELL_LISTS),
    POLYGONS,
    st.tuples(*[st.floats(-1e6, 1e6)] * 9),
)
EDITS = st.builds(
    PageEdit,
    st.none() | st.sampled_from([0, 90, 180, 270]),
    st.none() | NAMES,
    POLYGONS | st.just(()),
    st.lists(POLYGONS, max_size=3).map(tuple),
    st.lists(st.builds(ColumnEdit, NAMES, POLYGONS, POLYGONS), max_size=2).map(tuple),
    st.lists(st.builds(SpaceEdit, NAMES, POLYGONS), max_size=2).map(tuple),
    st.booleans(),
)


@given(GEOMETRIES)
def test_geometry_comes_back_as_it_was(geometry: PageGeometry) -> None:
    assert geometry_from_text(geometry_to_text(geometry)) == geometry


@given(EDITS)
def test_an_edit_comes_back_as_it_was(edit: PageEdit) -> None:
    assert edit_from_text(edit_to_text(edit)) == edit


def test_an_edit_that_changes_nothing_says_nothing() -> None:
    assert json.loads(edit_to_text(NO_EDIT)) == {}


def test_the_store_keeps_the_geometry_of_a_page(tmp_path: Path) -> None:
    geometry = drawn_geometry()
    page = page_result(page_ref("one"), row(1, "Ana Roy"), geometry=geometry)
    with Store.open(tmp_path / DATABASE_FILE) as store:
        run = store.start_run("settings-1", {}, "0")
        store.register(run, "settings-1", [Source("scans/a.pdf", 1, page.ref.sha256)])
        store.save_page(page, "settings-1")
        assert store.geometry(page.sheet_id) == geometry
        assert store.geometry("0" * 12 + "-p1") is None


def test_a_field_is_found_by_row_and_name() -> None:
    geometry = drawn_geometry()
    found = geometry.field(2, "email")
    assert found is not None and found.polygon[0] == (425.0, 260.0)
    assert geometry.field(0, "collector_name") is not None
    assert geometry.field(9, "email") is None
