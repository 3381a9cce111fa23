"""The scan itself, as it was handed in, for dragging the corners of the sheet on it.

It is decoded from its file when somebody asks, a second for a page of a PDF, and a
few smaller pictures are kept.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digitizer.errors import DigitizerError
from digitizer.records import PageRef, page_of
from digitizer.review.desk import Desk, desk_of
from digitizer.review.rereading import Unreadable, find_scan
from digitizer.review.routing import Reviewer, get
from digitizer.scans import load_page

# Longer side of the picture shown, px: corners are dragged to a thousandth of it.
SHOWN_PX = 1600
JPEG_QUALITY = 80
# Pictures kept, 0.3 MB each.
KEPT = 8


@dataclass(frozen=True, slots=True)
class ScanView:
    """A picture of a scan; ``width`` and ``height`` are the scan's own, px."""

    width: int
    height: int
    jpeg: bytes


_LOCK = threading.Lock()
_VIEWS: OrderedDict[tuple[str, str, int], ScanView] = OrderedDict()


def scan_view(desk: Desk, sheet_id: str) -> ScanView:
    """The scan of a sheet. Raises Unreadable where its file is not what it was."""
    readable = desk.store.readable(sheet_id)
    if readable is None or not readable.sources:
        raise Unreadable("sheet.failed_unknown")
    source, path = find_scan(readable)
    key = (str(path), source.sha256, page_of(source.page))
    with _LOCK:
        known = _VIEWS.get(key)
        if known is not None:
            _VIEWS.move_to_end(key)
            return known
    try:
        pixels = load_page(
            PageRef(str(path), source.source_file, page_of(source.page), source.sha256)
        ).pixels
    except DigitizerError as error:
        raise Unreadable("sheet.failed_because", why=str(error)) from error
    height, width = pixels.shape[:2]
    scale = min(1.0, SHOWN_PX / max(height, width))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise Unreadable("sheet.failed_unknown")
    view = ScanView(width, height, np.asarray(data).tobytes())
    with _LOCK:
        _VIEWS[key] = view
        while len(_VIEWS) > KEPT:
            _VIEWS.popitem(last=False)
    return view


def scan_picture(request: Request, me: Reviewer) -> Response:
    """The scan of a sheet, as it was handed in."""
    try:
        view = scan_view(desk_of(request), request.path_params["sheet"])
    except Unreadable:
        raise HTTPException(404) from None
    return Response(view.jpeg, media_type="image/jpeg")


ROUTES = [get("/pictures/scan/{sheet}.jpg", scan_picture)]
