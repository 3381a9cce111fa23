"""A large workspace for review, invented and written straight into the database.

Ten rows a sheet; one field in ``DOUBTFUL`` waits for a person. Everybody is
drawn from ``population``; the crops of all fields share some small pictures of
drawn words, so that a picture is a real file of a usual size.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.population import Signed, population
from digitizer.store import DATABASE_FILE, Store

ROWS_A_SHEET = 10
# Share of the fields in review: as on sheets in hands that no model saw, rather more than less.
DOUBTFUL = 0.25
KINDS = ("name", "address", "postal_code", "phone", "email", "signature")
BOX = ("collector_name", "event_location", "date_collected")
PETITIONS = ("Water for all", "Free them all", "De l'eau potable pour tous")
PICTURES = 64
# A crop of a usual cell at 200 dpi.
CROP_PX = (120, 620)
SETTINGS = "benchmark"


def build(folder: Path, records: int, seed: int = 6) -> Path:
    """Make the workspace ``folder`` with about ``records`` rows; returns it."""
    (folder / "crops").mkdir(parents=True)
    _draw_crops(folder / "crops")
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
            " reasons, rotation_deg, skew_deg, rows_on_form, fingerprint, overlay, saved) VALUES"
            " (?, ?, 1, ?, ?, 'review', ?, 'amnesty-en', '[]', 0, 0.1, 10, '[]', 0, '2026')",
            (
                (n + 1, _sha(n), SETTINGS, f"{_sha(n)[:12]}-p1", PETITIONS[n % len(PETITIONS)])
                for n in range(len(sheets))
            ),
        )
        for n, signers in enumerate(sheets):
            _add_rows(base, n, signers, rng)
    base.close()
    return folder


def _sha(number: int) -> str:
    return hashlib.sha256(f"sheet {number}".encode()).hexdigest()


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
        kind = ("name", "text", "date")[place]
        doubt = number % 20 == place
        fields.append(_field(sheet, 0, place, name, kind, text, doubt, rng))
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


def _words() -> Iterator[str]:
    while True:
        yield from ("Ana Tremblay", "12 Main Street", "K1A 0B1", "613-555-0123", "ana@mail.ca")
