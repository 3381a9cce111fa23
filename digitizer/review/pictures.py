"""Pictures of fields, rows and pages, for people who are signed in.

A field's picture is the file that was cut when the page was read; where there is
none (an empty cell needs none) it is cut from the page's picture by its geometry. What is
asked for is looked up in the store first and only paths that the store knows are opened,
so no name leads out of the workspace.
"""

import threading
from collections import OrderedDict
from pathlib import Path

import cv2
import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digitizer.geometry import bbox_from_polygon
from digitizer.records import PAGE_PX_PER_MM, PageGeometry, Pixels, Polygon
from digitizer.review.desk import Desk, desk_of
from digitizer.review.routing import Reviewer, get
from digitizer.workspace.decisions import SHEET
from digitizer.workspace.shown import reading_id

# Decoded pages kept, bytes: eight letter pages of 11 MB.
CACHE_BYTES = 90_000_000
# White around a cell cut from its page, as around the crops made when reading: 5.5 mm.
FIELD_MARGIN_PX = 5.5 * PAGE_PX_PER_MM
TIGHT_MARGIN_PX = 1 * PAGE_PX_PER_MM
# Around rows: 1 mm, and to the sides 3 mm.
ROW_MARGIN_PX = 1 * PAGE_PX_PER_MM
SIDE_MARGIN_PX = 3 * PAGE_PX_PER_MM
# Neighbours shown above and below a row at most.
MAX_AROUND = 5
JPEG_QUALITY = 85

Box = tuple[int, int, int, int]


class PageCache:
    """Decoded pages, the ones used last; safe to use from several threads."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        """``limit_bytes``: of pixels kept; the newest page always is."""
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._pages: OrderedDict[Path, tuple[int, Pixels]] = OrderedDict()

    def get(self, file: Path) -> Pixels | None:
        """Pixels (H, W, 3) BGR of a page's picture; None where there is none."""
        try:
            changed = file.stat().st_mtime_ns
        except OSError:
            return None
        with self._lock:
            known = self._pages.get(file)
            if known is not None and known[0] == changed:
                self._pages.move_to_end(file)
                return known[1]
        found = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if found is None:
            return None
        pixels: Pixels = np.asarray(found, dtype=np.uint8)
        with self._lock:
            self._pages[file] = (changed, pixels)
            self._pages.move_to_end(file)
            while len(self._pages) > 1 and self.kept_bytes > self._limit:
                self._pages.popitem(last=False)
        return pixels

    @property
    def kept_bytes(self) -> int:
        """Bytes of the pixels kept."""
        return sum(pixels.nbytes for _, pixels in self._pages.values())


_PAGES = PageCache()


def field_picture(request: Request, me: Reviewer) -> Response:
    """The picture of a field; row 0 is the collector box.

    ``tight``: the cell alone with 1 mm around it, where the geometry tells it.
    """
    desk = desk_of(request)
    sheet, row, field = _asked(request)
    if request.query_params.get("tight"):
        found = _cell(desk, sheet, row, field, TIGHT_MARGIN_PX, ".jpg")
        if found is not None:
            return found
    crop = desk.store.crop(sheet, row, field)
    if crop is not None:
        file = (desk.workspace / crop).resolve()
        if file.is_relative_to(desk.workspace.resolve()) and file.is_file():
            return Response(file.read_bytes(), media_type="image/png")
    found = _cell(desk, sheet, row, field, FIELD_MARGIN_PX, ".png")
    if found is None:
        raise HTTPException(404)
    return found


def row_picture(request: Request, me: Reviewer) -> Response:
    """A row with its neighbours above and below (``around``); row 0 is the collector box."""
    desk = desk_of(request)
    sheet, row, _ = _asked(request)
    around = request.query_params.get("around", "1")
    geometry = desk.store.geometry(sheet)
    neighbours = min(int(around), MAX_AROUND) if around.isdecimal() else 1
    box = row_frame(geometry, row, neighbours) if geometry is not None else None
    found = _cut(desk, sheet, box, ".jpg") if box is not None else None
    if found is None:
        raise HTTPException(404)
    return found


def page_picture(request: Request, me: Reviewer) -> Response:
    """The whole page, upright and level."""
    desk = desk_of(request)
    sheet, _, _ = _asked(request)
    if not desk.store.is_read(sheet):
        raise HTTPException(404)
    file = page_file(desk.workspace, sheet)
    if not file.is_file():
        raise HTTPException(404)
    return Response(file.read_bytes(), media_type="image/jpeg")


def same_hand_picture(request: Request, me: Reviewer) -> Response:
    """Signatures of a sheet that look like one writer's, side by side."""
    desk = desk_of(request)
    sheet, _, _ = _asked(request)
    file = same_hand_file(desk.workspace, sheet)
    if not desk.store.is_read(sheet) or not file.is_file():
        raise HTTPException(404)
    return Response(file.read_bytes(), media_type="image/png")


def same_hand_file(workspace: Path, sheet_id: str) -> Path:
    """Where that picture lies, if there is one."""
    return workspace / "pages" / f"{reading_id(sheet_id)}_same-hand.png"


def page_file(workspace: Path, sheet_id: str) -> Path:
    """Where the picture of a page lies; ask the store first whether there is such a sheet."""
    return workspace / "pages" / f"{reading_id(sheet_id)}.jpg"


def row_frame(geometry: PageGeometry, row: int, around: int = 1) -> Box | None:
    """What ``row_picture`` shows: (left, top, right, bottom) in px of the page.

    None where the form has no such row. Row 0 is the collector box.
    """
    if row == SHEET:
        box = geometry.collector_box
        polygons = [box.polygon] if box is not None else []
    else:
        numbers = [place.row for place in geometry.rows]
        if row not in numbers:
            return None
        at = numbers.index(row)
        shown = geometry.rows[max(0, at - around) : at + around + 1]
        polygons = [place.polygon for place in shown]
    if not polygons:
        return None
    points = tuple(point for polygon in polygons for point in polygon)
    left, top, right, bottom = _around(points, SIDE_MARGIN_PX, ROW_MARGIN_PX)
    return left, top, min(right, geometry.width), min(bottom, geometry.height)


def _asked(request: Request) -> tuple[str, int, str]:
    given = request.path_params
    return str(given["sheet"]), int(given.get("row", 0)), str(given.get("field", ""))


def _around(polygon: Polygon, beside_px: float, above_px: float) -> Box:
    left, top, right, bottom = bbox_from_polygon(polygon)
    return (
        max(0, round(left - beside_px)),
        max(0, round(top - above_px)),
        round(right + beside_px),
        round(bottom + above_px),
    )


def _cell(
    desk: Desk, sheet_id: str, row: int, field: str, margin_px: float, suffix: str
) -> Response | None:
    """A field's cell cut from its page; None where it is not known."""
    geometry = desk.store.geometry(sheet_id)
    cell = geometry.field(row, field) if geometry is not None else None
    if cell is None:
        return None
    return _cut(desk, sheet_id, _around(cell.polygon, margin_px, margin_px), suffix)


def _cut(desk: Desk, sheet_id: str, box: Box, suffix: str) -> Response | None:
    page = _PAGES.get(page_file(desk.workspace, sheet_id))
    left, top, right, bottom = box
    if page is None or left >= min(right, page.shape[1]) or top >= min(bottom, page.shape[0]):
        return None
    quick = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    options = quick[:2] if suffix == ".png" else quick[2:]
    done, data = cv2.imencode(suffix, page[top:bottom, left:right], options)
    if not done:
        return None
    kind = "image/png" if suffix == ".png" else "image/jpeg"
    return Response(data.tobytes(), media_type=kind)


ROUTES = [
    get("/pictures/field/{sheet}/{row:int}/{field}.png", field_picture),
    get("/pictures/row/{sheet}/{row:int}.jpg", row_picture),
    get("/pictures/page/{sheet}.jpg", page_picture),
    get("/pictures/same-hand/{sheet}.png", same_hand_picture),
]
