"""The committed samples as tests need them: their exact geometry, each registered once."""

import functools
import json
from pathlib import Path
from typing import Any

from digitizer.forms.forms import load_forms
from digitizer.pipeline import register_image
from digitizer.records import PageRef, RegisteredPage
from digitizer.scans import list_pages, load_page

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

# Each shows something else; all of them would take a minute.
CHOSEN = (
    ("skewed-plus-5.jpg", 1),
    ("turned-90.jpg", 1),
    ("faint.jpg", 1),
    ("noisy.jpg", 1),
    ("fax.tif", 2),
    ("phone.jpg", 1),
    ("batch.pdf", 3),  # folded through its column heads
    ("corrections.jpg", 1),
)


@functools.cache
def geometry() -> dict[tuple[str, int], dict[str, Any]]:
    """Exact places of every page, by file name and page."""
    pages = json.loads((SAMPLES / "truth_geometry.json").read_text(encoding="utf-8"))
    return {(page["file"], page["page"]): page for page in pages}


def page_ref(file: str, page: int = 1) -> PageRef:
    """A page of a sample."""
    pages = list_pages(SAMPLES / "scans" / file, file)
    assert isinstance(pages, tuple), pages
    return pages[page - 1]


@functools.cache
def registered(file: str, page: int = 1) -> RegisteredPage:
    """A page of a sample, recognised among the installed forms."""
    found, _ = register_image(load_page(page_ref(file, page)), load_forms())
    return found
