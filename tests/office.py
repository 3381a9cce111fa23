"""An invented workspace whose fields people judged, in SQLite."""

import random
from pathlib import Path

from fake_pages import field, page_ref, page_result

from digitizer.ids import sheet_id
from digitizer.records import (
    Candidate,
    FieldKind,
    FieldState,
    FieldValue,
    Finding,
    PageResult,
    Route,
    RowStatus,
    SignerRow,
    Step,
)
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.stored import DOUBTFUL_REASON, Source

KEY = "settings"
ROWS = 5


def doubtful(
    name: str, value: str, confidence: float, *, other: str = "", reason: str = DOUBTFUL_REASON
) -> FieldValue:
    """A field that waits for a person, with another candidate close behind."""
    return field(
        name,
        value,
        confidence,
        route=Route.REVIEW,
        findings=(Finding(name, reason),),
        alternatives=(Candidate(value, 0.5), Candidate(other, 0.4)) if other else (),
    )


def sheet(content: str, rows: list[list[FieldValue]], detail: str = "9 lines") -> PageResult:
    """A page with rows of these fields; ``detail``: provenance of its reading."""
    return page_result(
        page_ref(content, source_file=f"{content}.png"),
        *(
            SignerRow(number, RowStatus.REVIEW, tuple(values))
            for number, values in enumerate(rows, start=1)
        ),
        collector=(),
        steps=(Step("read", detail, 0.1),),
    )


def open_office(folder: Path, pages: list[PageResult]) -> Store:
    """A workspace in ``folder`` with these pages read."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.open(folder / DATABASE_FILE)
    run = store.start_run(KEY, {}, "0")
    sources = [Source(p.ref.source_file, p.ref.page, p.ref.sha256) for p in pages]
    store.register(run, KEY, sources)
    for page in pages:
        store.save_page(page, KEY)
    return store


def says(page: PageResult, row: int, name: str, before: str, after: str) -> Decision:
    """What Ann decided about a field."""
    action = Action.CONFIRM if before == after else Action.SET
    return Decision(page.sheet_id, row, name, action, before, after, "ann", at="2026-05-01")


def phone_office(
    folder: Path, *, sheets: int, right_share: float, confidence: float = 0.9, seed: int = 1
) -> Store:
    """Sheets of doubtful phones of this confidence, of which this share proved right."""
    rng = random.Random(seed)
    pages, decisions = [], []
    for number in range(sheets):
        told = [f"613-555-01{rng.randrange(100):02d}" for _ in range(ROWS)]
        spread = [min(0.97, max(0.05, confidence + rng.uniform(-0.05, 0.05))) for _ in told]
        page = sheet(
            f"page {number}",
            [[doubtful("phone", text, c)] for text, c in zip(told, spread, strict=True)],
        )
        pages.append(page)
        for row, text in enumerate(told, start=1):
            truth = text if rng.random() < right_share else f"{text[:-1]}{9 - int(text[-1])}"
            decisions.append(says(page, row, "phone", text, truth))
    store = open_office(folder, pages)
    store.decide(decisions)
    return store


__all__ = [
    "ROWS",
    "Candidate",
    "FieldKind",
    "FieldState",
    "doubtful",
    "open_office",
    "phone_office",
    "says",
    "sheet",
    "sheet_id",
]
