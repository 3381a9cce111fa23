"""The workspace as the pages see it: what waits, what a sheet says, what people decide."""

import threading
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request

from digitizer import export
from digitizer.decisions import Decision
from digitizer.review.queue import Queue, items_of
from digitizer.store import Store
from digitizer.stored import RecordRow, SheetRow

Listed = tuple[SheetRow, tuple[RecordRow, ...]]


class Desk:
    """One workspace under review; safe to use from several threads."""

    def __init__(self, store: Store, workspace: Path) -> None:
        """``store``: open; ``workspace``: its folder, with crops and pages."""
        self.store = store
        self.workspace = workspace
        self.queue = Queue()
        self._lock = threading.Lock()
        self.reload()

    def reload(self) -> None:
        """Take in what was read or decided elsewhere."""
        for sheet, records in self.store.listing():
            self.queue.replace(sheet.sheet_id, items_of(sheet, records))

    def sheet(self, sheet_id: str) -> Listed | None:
        """A sheet as it stands now, with its rows that hold ink; None where there is none."""
        found = (listed for listed in self.store.listing() if listed[0].sheet_id == sheet_id)
        return next(found, None)

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Append decisions; queue and CSV files follow."""
        with self._lock:
            self.store.decide(decisions)
            for name in {d.sheet_id for d in decisions}:
                listed = self.sheet(name)
                if listed is not None:
                    self.queue.replace(name, items_of(*listed))
            self.write_files()

    def write_files(self) -> None:
        """Write records.csv and sheets.csv anew."""
        export.write_workspace(self.store.listing(), self.store.field_names(), self.workspace)


def desk_of(request: Request) -> Desk:
    """The workspace that a request is about."""
    found: Desk = request.app.state.desk
    return found
