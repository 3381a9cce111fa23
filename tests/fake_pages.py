"""Page functions and results for tests of what happens around the pipeline."""

import hashlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from digitizer.ids import sheet_id
from digitizer.records import (
    Candidate,
    Failure,
    FieldKind,
    FieldState,
    FieldValue,
    Finding,
    PageRef,
    PageResult,
    PageTask,
    Route,
    RowStatus,
    SheetStatus,
    SignerRow,
    Step,
)

KINDS = {
    "name": FieldKind.NAME,
    "first_name": FieldKind.NAME,
    "address": FieldKind.ADDRESS,
    "city": FieldKind.CITY,
    "province": FieldKind.PROVINCE,
    "postal_code": FieldKind.POSTAL_CODE,
    "phone": FieldKind.PHONE,
    "email": FieldKind.EMAIL,
    "signature": FieldKind.SIGNATURE,
    "date_collected": FieldKind.DATE,
}


def field(name: str, value: str, confidence: float | None = 0.99, **more: object) -> FieldValue:
    """A field as the pipeline would give it."""
    plain = FieldValue(
        name,
        KINDS.get(name, FieldKind.TEXT),
        FieldState.READ if value else FieldState.EMPTY,
        value,
        raw_text=value,
        confidence=confidence if value else None,
        raw_confidence=confidence,
        engine="fake",
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def row(number: int, name: str, **more: object) -> SignerRow:
    """A signer row; ``review`` names a field that goes to review."""
    review = more.pop("review", None)
    values = {
        "name": name,
        "address": f"{number} Main Street",
        "postal_code": "K1A 0B1",
        "phone": "613-555-0123",
        "email": f"{name.split()[0].lower()}@example.org" if name else "",
        "signature": "present",
        **{key: str(value) for key, value in more.items() if key not in ("status",)},
    }
    fields = tuple(
        field(
            key,
            value,
            route=Route.REVIEW if key == review else Route.ACCEPT,
            findings=(Finding(key, "doubtful"),) if key == review else (),
            alternatives=(Candidate(value + "x", 0.25),) if key == review else (),
            crop=f"crops/r{number:02d}_{key}.png",
        )
        for key, value in values.items()
    )
    status = more.get("status", RowStatus.REVIEW if review else RowStatus.COUNTED)
    return SignerRow(number, RowStatus(str(status)), fields, contact_consent=True)


def page_ref(content: str = "one", page: int = 1, source_file: str = "scans/a.pdf") -> PageRef:
    """A page whose digest comes from ``content``."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    return PageRef(f"/nowhere/{source_file}", source_file, page, digest)


def page_result(ref: PageRef, *rows: SignerRow, **more: object) -> PageResult:
    """A page that was read."""
    given: dict[str, object] = {
        "status": SheetStatus.REVIEW if any(r.review_fields for r in rows) else SheetStatus.READ,
        "petition": "Free them all",
        "form": "fake-form",
        "rotation_deg": 90,
        "skew_deg": -1.25,
        "rows_on_form": 8,
        "rows": rows,
        "collector": (
            field("collector_name", "Ana Roy"),
            field("event_location", "Ottawa"),
            field("date_collected", "2026-03-01"),
        ),
        "steps": (Step("load", "10x10", 0.25),),
        **more,
    }
    return PageResult(ref, sheet_id(ref.sha256, ref.page), **given)  # type: ignore[arg-type]


def fail(task: PageTask, kind: str = "truncated") -> PageResult:
    """A page that failed."""
    failure = Failure("scan", kind, f"{task.ref.source_file}: ends too early; scan it again")
    return PageResult(task.ref, task.sheet_id, SheetStatus.FAILED, failure=failure)


# The smallest PNG: a "scan" is this and, after its end, words.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a4944415478da63f80f00010501012718e3660000000049454e44ae426082"
)


def write_scan(file: Path, words: str) -> Path:
    """Write a "scan" that ``read_text_page`` reads."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(PNG + words.encode())
    return file


def read_text_page(task: PageTask) -> PageResult:
    """Read a "scan" of one word for each signer.

    A word may tell what happens: ``FAIL`` the page fails, ``RAISE`` the function
    raises, ``DIE`` its worker is killed, ``DIEONCE`` only the first time,
    ``SLOW`` it takes a while, ``FULL`` the disk is full.
    """
    words = Path(task.ref.path).read_bytes()[len(PNG) :].decode().split()
    log = os.environ.get("FAKE_PAGES_LOG")
    if log:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(f"{task.sheet_id}\n")
    if "SLOW" in words:
        time.sleep(float(os.environ.get("FAKE_PAGES_SLOW_S", "0.2")))
    if "FAIL" in words:
        return fail(task)
    if "RAISE" in words:
        raise RuntimeError(f"what {words} is about")
    if "FULL" in words:
        raise OSError(28, "No space left on device")
    once = Path(f"{task.ref.path}.died")
    if "DIE" in words or ("DIEONCE" in words and not once.exists()):
        once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    crops = Path(task.workspace) / "crops"
    crops.mkdir(exist_ok=True)
    (crops / f"{task.sheet_id}.png").write_bytes(b"picture")
    rows = [
        row(number, word, review="name" if word.endswith("?") else None)
        for number, word in enumerate(words, start=1)
        if word.isupper() is False
    ]
    return page_result(task.ref, *rows)
