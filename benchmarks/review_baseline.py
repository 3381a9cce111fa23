"""The simplest review page that could work: all doubtful fields in a table, one Save.

Nobody would call it nice, but it needs no queue and no scripts. It is what the
pages of ``digitizer.review`` are measured against.
"""

import html
import time
from pathlib import Path

from digitizer.store import DATABASE_FILE, Store


def measure(workspace: Path) -> list[tuple[str, str]]:
    """How long such a page takes to be made, and how large it is."""
    began = time.monotonic()
    with Store.open(workspace / DATABASE_FILE) as store:
        page, fields = table(store)
    took_s = time.monotonic() - began
    return [
        ("baseline: fields on its one page", f"{fields:,}"),
        ("baseline: the page, and again after Save", f"{took_s:.1f} s, {len(page) / 1e6:.0f} MB"),
        ("baseline: pictures asked for with it", f"{fields:,}"),
        ("baseline: right reading", "0 keystrokes, but nobody said that it was looked at"),
        ("baseline: wrong reading", "1 click, typing; two people overwrite each other"),
    ]


def table(store: Store) -> tuple[bytes, int]:
    """The page, and how many fields are on it."""
    lines = []
    for _, records in store.listing():
        for record in records:
            for name in record.review_fields:
                value = record.get(name)
                if value is not None:
                    crop, text = html.escape(value.crop or ""), html.escape(value.value)
                    key = f"{record.record_id}/{name}"
                    lines.append(
                        f'<tr><td><img src="/{crop}"><td><input name="{key}" value="{text}">'
                    )
    body = "\n".join(lines)
    page = f'<form method="post"><table>{body}</table><button>Save</button></form>'
    return page.encode(), len(lines)
