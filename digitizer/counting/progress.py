"""What a person sees while a run is under way: pages a minute, time left, flagged.

Only on a terminal; elsewhere the same calls do nothing.
"""

import sys
from types import TracebackType
from typing import Protocol, Self

from digitizer.records import PageResult, Route, RowStatus


class Watcher(Protocol):
    """Is told how a run goes on."""

    def looking(self, files: int, of: int) -> None:
        """``files`` of ``of`` input files were looked through."""

    def begin(self, pages: int) -> None:
        """Reading of ``pages`` pages begins."""

    def page(self, result: PageResult) -> None:
        """A page was read and saved."""


class Silence:
    """A watcher that shows nothing."""

    def looking(self, files: int, of: int) -> None:
        """Do nothing."""

    def begin(self, pages: int) -> None:
        """Do nothing."""

    def page(self, result: PageResult) -> None:
        """Do nothing."""


def flagged_fields(result: PageResult) -> int:
    """Fields of a page that a person must see."""
    fields = [*result.collector]
    for row in result.rows:
        if row.status is not RowStatus.BLANK:
            fields += row.fields
    return sum(f.route is Route.REVIEW for f in fields)


class ProgressBar:
    """A watcher that draws a bar on stderr; a context manager."""

    def __init__(self) -> None:
        """Prepare the bar; nothing is drawn before something is to be told."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[flagged]}"),
            console=Console(file=sys.stderr),
            # Pages come unevenly at first, while workers load their models.
            speed_estimate_period=120.0,
            transient=True,
        )
        self._looking = self._bar.add_task(
            "Looking through the files", total=None, visible=False, pace="", flagged=""
        )
        self._reading = self._bar.add_task(
            "Reading", total=None, visible=False, start=False, pace="", flagged=""
        )
        self._flagged = 0

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        self._bar.stop()

    def looking(self, files: int, of: int) -> None:
        """Show how many files were looked through."""
        self._bar.update(self._looking, completed=files, total=of, visible=True)

    def begin(self, pages: int) -> None:
        """Show how many pages there are to read."""
        self._bar.update(self._looking, visible=False)
        self._bar.update(self._reading, total=pages, visible=True)
        self._bar.start_task(self._reading)

    def page(self, result: PageResult) -> None:
        """Move on by one page."""
        self._flagged += flagged_fields(result)
        task = self._bar.tasks[self._reading]
        done, elapsed_s = task.completed + 1, task.elapsed or 0.0
        pace = f"{60 * done / elapsed_s:.0f} pages/min" if elapsed_s > 0 else ""
        self._bar.update(
            self._reading, advance=1, pace=pace, flagged=f"{self._flagged} fields to look at"
        )
