"""Write the pictures of a page into the workspace: pages, crops, overlays.

Files appear by rename, so a killed run leaves no half picture behind.
"""

import contextlib
import errno
import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from digitizer.errors import StoreError
from digitizer.records import (
    CellPlace,
    FieldState,
    FieldValue,
    PageResult,
    Pixels,
    RegisteredPage,
    Route,
    RowStatus,
)
from digitizer.sharing import make_folder

# Colours (BGR) by what happens to a field next; told apart by colour-blind eyes.
ACCEPTED = (120, 140, 0)
REVIEWED = (0, 90, 230)
EMPTY = (190, 190, 190)
STRUCK = (150, 60, 150)
BOX = (160, 90, 0)
JPEG_QUALITY = 88
OVERLAY_SCALE = 1.6
TEXT_SIZE = 0.7
# Signatures put together for comparing: so many in a line, with a label above each.
SIDE_BY_SIDE = 4
GAP_PX = 12
LABEL_PX = 24


def write_page(workspace: Path, sheet_id: str, color: Pixels) -> str:
    """Write the rectified page; returns its path inside the workspace."""
    return _write(workspace, f"pages/{sheet_id}.jpg", color)


def write_crop(workspace: Path, sheet_id: str, row: int | None, field: str, picture: Pixels) -> str:
    """Write the picture of one field; returns its path inside the workspace."""
    place = "box" if row is None else f"r{row:02d}"
    return _write(workspace, f"crops/{sheet_id}-{place}_{field}.png", picture)


def write_same_hand(workspace: Path, sheet_id: str, signatures: Mapping[int, Pixels]) -> str:
    """Write signatures (h, w, 3) BGR of some rows side by side, each with its row's number."""
    height = max(picture.shape[0] for picture in signatures.values())
    width = max(picture.shape[1] for picture in signatures.values())
    lines = -(-len(signatures) // SIDE_BY_SIDE)
    sheet = np.full(
        (lines * (height + LABEL_PX), min(len(signatures), SIDE_BY_SIDE) * (width + GAP_PX), 3),
        255,
        np.uint8,
    )
    for place, (row, picture) in enumerate(signatures.items()):
        line, column = divmod(place, SIDE_BY_SIDE)
        x, y = column * (width + GAP_PX), line * (height + LABEL_PX)
        _text(sheet, f"row {row}", (x + 4, y + LABEL_PX - 6), BOX)
        y += LABEL_PX
        sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return _write(workspace, f"pages/{sheet_id}_same-hand.png", sheet)


def _write(workspace: Path, name: str, pixels: Pixels) -> str:
    target = workspace / name
    options = (
        [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        if target.suffix == ".jpg"
        else [cv2.IMWRITE_PNG_COMPRESSION, 4]
    )
    done, data = cv2.imencode(target.suffix, pixels, options)
    if not done:
        raise StoreError(f"{target}: the picture could not be encoded")
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        make_folder(target.parent)
        partial.write_bytes(data.tobytes())
        partial.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        cause = "the disk is full" if error.errno == errno.ENOSPC else str(error.strerror)
        raise StoreError(
            f"{workspace}: cannot write pictures: {cause}; free some space or choose another "
            "--out, then run the same command again"
        ) from error
    return name


def write_overlay(
    workspace: Path,
    sheet_id: str,
    registered: RegisteredPage,
    values: Mapping[tuple[int | None, str], FieldValue],
    result: PageResult,
) -> str:
    """Write the page with its grid, cells and readings, coloured by route."""
    # Enlarged, so that small letters beside the ink stay readable.
    canvas = cv2.resize(registered.page.color, None, fx=OVERLAY_SCALE, fy=OVERLAY_SCALE)
    status = {row.row: row.status for row in result.rows}
    for place in registered.rows:
        for cell in place.cells:
            found = [values.get((place.row, spec.name)) for spec in cell.fields]
            struck = status.get(place.row) is RowStatus.STRUCK
            _draw_cell(canvas, cell, [v for v in found if v is not None], struck=struck)
        x, y = (OVERLAY_SCALE * v for v in place.polygon[0])
        label = f"{place.row} {status.get(place.row, RowStatus.BLANK).value}"
        _text(canvas, label, (x + 4, y + 13), BOX)
    if registered.collector_box is not None:
        _outline(canvas, registered.collector_box.polygon, BOX, 3)
        for cell in registered.collector_box.fields:
            value = values.get((None, cell.column))
            _draw_cell(canvas, cell, [value] if value is not None else [], struck=False)
    head = (
        f"{registered.form} {registered.form_score:.2f}  turn {registered.page.rotation_deg}"
        f"  skew {_figure(registered.page.skew_deg, 'deg')}"
        f"  off its lines {_figure(registered.residual_mm, 'mm')}  rows {len(registered.rows)}"
    )
    _text(canvas, head, (12, 24), BOX, 0.7)
    return _write(workspace, f"pages/{sheet_id}_overlay.jpg", canvas)


def draw_places(registered: RegisteredPage) -> Pixels:
    """The page with its rows, cells and collector box, each cell with its name."""
    canvas = cv2.resize(registered.page.color, None, fx=OVERLAY_SCALE, fy=OVERLAY_SCALE)
    for place in registered.rows:
        for cell in place.cells:
            _outline(canvas, cell.polygon, ACCEPTED, 2)
            _name_cell(canvas, cell, ACCEPTED)
        x, y = (OVERLAY_SCALE * v for v in place.polygon[0])
        _text(canvas, str(place.row), (x - 34, y + 20), BOX)
    if registered.collector_box is not None:
        _outline(canvas, registered.collector_box.polygon, BOX, 3)
        for cell in registered.collector_box.fields:
            _outline(canvas, cell.polygon, REVIEWED, 2)
            _name_cell(canvas, cell, REVIEWED)
    head = (
        f"{registered.form} {registered.form_score:.2f}"
        f"  off its lines {_figure(registered.residual_mm, 'mm')}  rows {len(registered.rows)}"
    )
    _text(canvas, head, (12, 24), BOX, 0.7)
    return np.asarray(canvas, dtype=np.uint8)


def _figure(value: float | None, unit: str) -> str:
    """A measurement with its unit; "?" where none could be taken."""
    return "?" if value is None else f"{value:.2f} {unit}"


def _name_cell(canvas: Pixels, cell: CellPlace, color: tuple[int, int, int]) -> None:
    x, y = (OVERLAY_SCALE * v for v in cell.polygon[0])
    _text(canvas, " + ".join(spec.name for spec in cell.fields), (x + 4, y + 20), color)


def _outline(
    canvas: Pixels,
    polygon: tuple[tuple[float, float], ...],
    color: tuple[int, int, int],
    width: int,
) -> None:
    corners = np.round(np.array(polygon) * OVERLAY_SCALE).astype(np.int32)
    cv2.polylines(canvas, [corners], True, color, width, cv2.LINE_AA)


def _draw_cell(canvas: Pixels, cell: CellPlace, values: list[FieldValue], *, struck: bool) -> None:
    shown = [v for v in values if v.state is not FieldState.EMPTY or v.route is Route.REVIEW]
    if struck:
        color = STRUCK
    elif any(v.route is Route.REVIEW for v in shown):
        color = REVIEWED
    else:
        color = ACCEPTED if shown else EMPTY
    _outline(canvas, cell.polygon, color, 2)
    # Right-aligned from the top: writing starts at the left, its end is mostly free.
    right = OVERLAY_SCALE * max(x for x, _ in cell.polygon)
    top = OVERLAY_SCALE * min(y for _, y in cell.polygon)
    for number, value in enumerate(shown):
        percent = "" if value.confidence is None else f" {value.confidence:.0%}"
        text = f"{value.value or '-'}{percent}"
        tone = REVIEWED if value.route is Route.REVIEW else ACCEPTED
        (width, _), _ = cv2.getTextSize(_plain(text), cv2.FONT_HERSHEY_SIMPLEX, TEXT_SIZE, 1)
        _text(canvas, text, (right - width - 6, top + 20 + 21 * number), tone)


def _plain(text: str) -> str:
    """What OpenCV's font can draw: ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _text(
    canvas: Pixels,
    text: str,
    at: tuple[float, float],
    color: tuple[int, int, int],
    size: float = TEXT_SIZE,
) -> None:
    plain = _plain(text)
    origin = (round(at[0]), round(at[1]))
    cv2.putText(
        canvas, plain, origin, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 4, cv2.LINE_AA
    )
    cv2.putText(canvas, plain, origin, cv2.FONT_HERSHEY_SIMPLEX, size, color, 1, cv2.LINE_AA)
