"""A large workspace for review, invented and written straight into the database.

Ten rows a sheet; one field in ``DOUBTFUL`` waits for a person. Everybody is
drawn from ``population``; crops and pages share some drawn pictures (pages by
hard links), so that each is a real file of a usual size.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.population import Signed, population
from digitizer.records import (
    BoxPlace,
    CellPlace,
    FieldKind,
    FieldSpec,
    PageGeometry,
    Polygon,
    RowPlace,
)
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.placed import geometry_to_text

ROWS_A_SHEET = 10
# Share of the fields in review: as on sheets in hands that no model saw, rather more than less.
DOUBTFUL = 0.25
KINDS = ("name", "address", "postal_code", "phone", "email", "signature")
BOX = ("collector_name", "event_location", "date_collected")
BOX_KINDS = ("name", "text", "date")
PETITIONS = ("Water for all", "Free them all", "De l'eau potable pour tous")
PICTURES = 64
# A crop of a usual cell at 200 dpi.
CROP_PX = (120, 620)
# A letter page at 200 dpi, its table and rows.
PAGE_PX = (1700, 2200)
MARGIN_PX, TABLE_TOP_PX, ROW_PX = 60, 380, 110
SETTINGS = "benchmark"


def build(folder: Path, records: int, seed: int = 6) -> Path:
    """Make the workspace ``folder`` with about ``records`` rows; returns it."""
    (folder / "crops").mkdir(parents=True)
    (folder / "pages").mkdir()
    _draw_crops(folder / "crops")
    page = _draw_page(folder / "pages" / "page.jpg")
    place = geometry_to_text(_geometry())
    with Store.open(folder / DATABASE_FILE):
        pass
    people = population(records, seed)
    rng = np.random.default_rng(seed)
    base = sqlite3.connect(folder / DATABASE_FILE)
    with base:
        base.execute("PRAGMA synchronous=OFF")
        base.execute(
            "INSERT INTO runs (id, started, ended, version, settings_hash, settings, outcome) "
            "VALUES (1, '2026-01-01', '2026-01-02', '0', ?, '{}', 'done')",
            (SETTINGS,),
        )
        sheets = [
            people[start : start + ROWS_A_SHEET] for start in range(0, len(people), ROWS_A_SHEET)
        ]
        base.executemany(
            "INSERT INTO sources (source_file, page, sha256, run_id, place, settings_hash) "
            "VALUES (?, 1, ?, 1, ?, ?)",
            ((f"scans/{n:05d}.pdf", _sha(n), n, SETTINGS) for n in range(len(sheets))),
        )
        base.executemany(
            "INSERT INTO sheets (id, sha256, page, settings_hash, sheet_id, status, petition, form,"
            " reasons, rotation_deg, skew_deg, rows_on_form, fingerprint, overlay, saved, geometry)"
            " VALUES (?, ?, 1, ?, ?, 'review', ?, 'amnesty-en', '[]', 0, 0.1, 10, '[]', 0, '2026',"
            " ?)",
            (
                (n + 1, _sha(n), SETTINGS, _name(n), PETITIONS[n % len(PETITIONS)], place)
                for n in range(len(sheets))
            ),
        )
        for n in range(len(sheets)):
            os.link(page, page.with_name(f"{_name(n)}.jpg"))
        for n, signers in enumerate(sheets):
            _add_rows(base, n, signers, rng)
    base.close()
    return folder


def _sha(number: int) -> str:
    return hashlib.sha256(f"sheet {number}".encode()).hexdigest()


def _name(number: int) -> str:
    return f"{_sha(number)[:12]}-p1"


def _add_rows(
    base: sqlite3.Connection, number: int, signers: list[Signed], rng: np.random.Generator
) -> None:
    sheet = number + 1
    fields: list[tuple[object, ...]] = []
    rows = []
    for row, signer in enumerate(signers, start=1):
        doubts = rng.random(len(KINDS)) < DOUBTFUL
        texts = (signer.name, signer.address, signer.postal_code, signer.phone, signer.email)
        rows.append((sheet, row, "review" if doubts.any() else "counted", "[]", 1))
        for place, (kind, text, doubt) in enumerate(
            zip(KINDS, (*texts, "present"), doubts, strict=True)
        ):
            fields.append(_field(sheet, row, place, kind, kind, text, bool(doubt), rng))
    box = (f"Collector {number % 40}", f"Event {number % 60}", f"2026-0{1 + number % 9}-15")
    for place, (name, text) in enumerate(zip(BOX, box, strict=True)):
        doubt = number % 20 == place
        fields.append(_field(sheet, 0, place, name, BOX_KINDS[place], text, doubt, rng))
    base.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", rows)
    base.executemany(
        "INSERT INTO fields (sheet, row, place, field, kind, state, value, raw_text, confidence,"
        " raw_confidence, engine, alternatives, route, findings, mark, crop)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'fake', ?, ?, '[]', 'none', ?)",
        fields,
    )


def _field(
    sheet: int,
    row: int,
    place: int,
    name: str,
    kind: str,
    text: str,
    doubt: bool,
    rng: np.random.Generator,
) -> tuple[object, ...]:
    confidence = round(float(rng.uniform(0.2, 0.97) if doubt else rng.uniform(0.97, 1)), 4)
    others = [[text[:-1] + c, 0.1] for c in "aeo"] if doubt and text else []
    return (
        sheet,
        row,
        place,
        name,
        kind,
        "read" if text else "empty",
        text,
        text,
        confidence if text else None,
        confidence,
        json.dumps(others) if others else "[]",
        "review" if doubt else "accept",
        f"crops/{(sheet * 31 + row * 7 + place) % PICTURES:02d}.png",
    )


def _draw_crops(folder: Path) -> None:
    for number, words in zip(range(PICTURES), _words(), strict=False):
        picture = np.full((*CROP_PX, 3), 245, np.uint8)
        noise = np.random.default_rng(number).integers(0, 10, CROP_PX, np.uint8)
        picture -= noise[..., None]
        cv2.putText(picture, words, (20, 80), cv2.FONT_HERSHEY_SCRIPT_COMPLEX, 1.6, (90, 30, 20), 3)
        cv2.imwrite(str(folder / f"{number:02d}.png"), picture)


def _geometry() -> PageGeometry:
    left, top = MARGIN_PX, TABLE_TOP_PX
    width = (PAGE_PX[0] - 2 * left) / len(KINDS)
    rows = []
    for row in range(1, ROWS_A_SHEET + 1):
        y = top + (row - 1) * ROW_PX
        cells = [
            _cell(kind, kind, (left + n * width, y, left + (n + 1) * width, y + ROW_PX))
            for n, kind in enumerate(KINDS)
        ]
        edge = (left, y, PAGE_PX[0] - left, y + ROW_PX)
        rows.append(RowPlace(row, _polygon(*edge), tuple(cells)))
    y = top + (ROWS_A_SHEET + 1) * ROW_PX
    fields = [
        _cell(name, kind, (left, y + n * ROW_PX, left + 700, y + (n + 1) * ROW_PX))
        for n, (name, kind) in enumerate(zip(BOX, BOX_KINDS, strict=True))
    ]
    box = BoxPlace(_polygon(left, y, left + 700, y + 3 * ROW_PX), tuple(fields))
    sheet = _polygon(0, 0, *PAGE_PX)
    return PageGeometry(*PAGE_PX, tuple(rows), box, sheet, (1, 0, 0, 0, 1, 0, 0, 0, 1))


def _cell(name: str, kind: str, edges: tuple[float, float, float, float]) -> CellPlace:
    return CellPlace(name, (FieldSpec(name, FieldKind(kind)),), _polygon(*edges))


def _polygon(left: float, top: float, right: float, bottom: float) -> Polygon:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _draw_page(file: Path) -> Path:
    """A page with its ruled table and something written in each cell."""
    page = np.full((PAGE_PX[1], PAGE_PX[0], 3), 245, np.uint8)
    page -= np.random.default_rng(0).integers(0, 10, page.shape[:2], np.uint8)[..., None]
    words = _words()
    for place in _geometry().rows:
        for cell in place.cells:
            (x, y), (right, bottom) = cell.polygon[0], cell.polygon[2]
            cv2.rectangle(page, (round(x), round(y)), (round(right), round(bottom)), (60,) * 3, 2)
            at = (round(x) + 10, round(bottom) - 35)
            cv2.putText(
                page, next(words), at, cv2.FONT_HERSHEY_SCRIPT_COMPLEX, 0.9, (90, 30, 20), 2
            )
    cv2.imwrite(str(file), page, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return file


def _words() -> Iterator[str]:
    while True:
        yield from ("Ana Tremblay", "12 Main Street", "K1A 0B1", "613-555-0123", "ana@mail.ca")
