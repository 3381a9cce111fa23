"""What a card shows of the paper: the crop large, its row for context, the sheet with an outline.

Where the page's geometry is known, one picture (the row with its neighbours)
serves for crop and context: the template cuts it by ``viewBox``. Sheets read
before geometry was kept show the stored crop and those above and below it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from digitizer.records import FieldValue, PageGeometry, Point
from digitizer.review.pictures import page_file, row_frame
from digitizer.review.verbs import Place
from digitizer.workspace.decisions import SHEET

# Paper around a cell that is shown with it: letters reach over their cell.
MARGIN_SHARE = 0.12
# Rows above and below shown for context.
NEIGHBOURS = 1

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """A polygon on the page as SVG writes it; ``here``: of the field itself."""

    points: str
    here: bool


@dataclass(frozen=True, slots=True)
class Near:
    """The crop of the same field in a row nearby."""

    row: int
    url: str


@dataclass(frozen=True, slots=True)
class Sight:
    """Addresses of pictures and boxes (left, top, width, height) in page px.

    ``strip``: picture of the row with its neighbours, empty without geometry;
    ``crop``: of the field alone, empty where none was kept; ``page``: the whole.
    """

    strip: str
    strip_box: Box
    cell_box: Box
    crop: str
    near: tuple[Near, ...]
    page: str
    page_size: tuple[int, int]
    outlines: tuple[Outline, ...]


def sight_of(place: Place, geometry: PageGeometry | None, workspace: Path) -> Sight:
    """The pictures of a place. ``workspace``: its folder, with crops and pages."""
    sheet = place.sheet.sheet_id
    crop = _crop(place.value, place, place.row, workspace)
    page = f"/pictures/page/{sheet}.jpg"
    frame = row_frame(geometry, place.row, NEIGHBOURS) if geometry is not None else None
    has_page = page_file(workspace, sheet).is_file()
    if geometry is None or frame is None or not has_page:
        near = tuple(_near(place, workspace))
        return Sight("", (0, 0, 0, 0), (0, 0, 0, 0), crop, near, page, (0, 0), ())
    strip = (frame[0], frame[1], frame[2] - frame[0], frame[3] - frame[1])
    cell = geometry.field(place.row, place.field)
    row = geometry.row(place.row)
    # Where no cell is asked about, the row itself is.
    outlines = [Outline(_points(row.polygon), here=cell is None)] if row is not None else []
    box = strip if row is None else _within(_grown(_bounds(row.polygon)), strip)
    if cell is not None:
        outlines.append(Outline(_points(cell.polygon), here=True))
        box = _within(_grown(_bounds(cell.polygon)), strip)
    return Sight(
        strip=row_url(sheet, place.row),
        strip_box=strip,
        cell_box=box,
        crop=crop,
        near=(),
        page=page,
        page_size=(geometry.width, geometry.height),
        outlines=tuple(outlines),
    )


def row_url(sheet_id: str, row: int) -> str:
    """Where the picture of a row with its neighbours is served."""
    return f"/pictures/row/{sheet_id}/{row}.jpg?around={NEIGHBOURS}"


def crop_url(sheet_id: str, row: int, field: str) -> str:
    """Where the stored crop of a field is served."""
    return f"/pictures/field/{sheet_id}/{row}/{field}.png"


def _crop(value: FieldValue | None, place: Place, row: int, workspace: Path) -> str:
    if value is None or not value.crop or not (workspace / value.crop).is_file():
        return ""
    return crop_url(place.sheet.sheet_id, row, value.field)


def _near(place: Place, workspace: Path) -> Iterable[Near]:
    if place.row == SHEET:
        return
    for record in place.records:
        if 0 < abs(record.row - place.row) <= NEIGHBOURS:
            url = _crop(record.get(place.field), place, record.row, workspace)
            if url:
                yield Near(record.row, url)


def _bounds(points: Iterable[Point]) -> Box:
    found = list(points)
    left, top = min(x for x, _ in found), min(y for _, y in found)
    right, bottom = max(x for x, _ in found), max(y for _, y in found)
    return int(left), int(top), int(right - left) + 1, int(bottom - top) + 1


def _grown(box: Box) -> Box:
    left, top, width, height = box
    margin = int(MARGIN_SHARE * height)
    return left - margin, top - margin, width + 2 * margin, height + 2 * margin


def _within(box: Box, outer: Box) -> Box:
    left, top = max(box[0], outer[0]), max(box[1], outer[1])
    right = min(box[0] + box[2], outer[0] + outer[2])
    bottom = min(box[1] + box[3], outer[1] + outer[3])
    return left, top, max(right - left, 1), max(bottom - top, 1)


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
