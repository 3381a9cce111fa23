"""The numbers of the first page, worked out aside so that no page waits for them.

What is shown is at most some seconds old where the workspace is large. Where
working it out takes no time a person would notice, it is always new.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from digitizer.counting.overview import By, Totals
from digitizer.counting.quality import Quality, measure_quality
from digitizer.counting.tally import Minimum, TallyLine
from digitizer.errors import DigitizerError
from digitizer.profiles.profiles import DuplicatePolicy
from digitizer.review.desk import Desk
from digitizer.workspace import history

# A page works numbers out by itself where that took no longer than this last time.
WAIT_S = 0.06
# How long the first page after a start waits for the first numbers: libraries are
# loaded then. While a large workspace is being taken in it is not kept waiting.
WAIT_FIRST_S = 5.0
WAIT_LOADING_S = 0.15
# The same for numbers of which something changed since they were last worked out.
WAIT_STALE_S = 1.0
# Numbers that took longer are worked out at most this often.
REST_S = 5.0
# What people found changes slowly and takes longest.
QUALITY_REST_S = 30.0
# Groups shown of each kind; the report has them all.
GROUPS_SHOWN = 12
DATES_SHOWN = 30

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Board:
    """All numbers at one moment; ``groups``: the largest of each kind, and how many there are."""

    totals: Totals
    groups: Mapping[By, tuple[tuple[TallyLine, ...], int]]
    minimums: tuple[Minimum, ...]
    quality: Quality


class Boards:
    """Keeps the latest board of a workspace; safe to use from several threads."""

    def __init__(self, desk: Desk) -> None:
        """Nothing is worked out before somebody asks."""
        self._desk = desk
        self._lock = threading.Lock()
        self._quality_lock = threading.Lock()
        self._board: Board | None = None
        self._of: tuple[int, int] | None = None
        self._took = 0.0
        self._at = -REST_S
        self._quality: Quality | None = None
        self._quality_of: tuple[object, ...] = ()
        self._quality_at = 0.0
        self._quality_took = 0.0

    def latest(self) -> Board | None:
        """The numbers as they are, or, in a large workspace, as they were a moment ago.

        None where they are being worked out for the first time.
        """
        if self._board is not None and self._took <= WAIT_S:
            return self._work_out()
        if time.monotonic() - self._at > REST_S and not self._lock.locked():
            stale = self._of != self._now()
            aside = threading.Thread(target=self._work_aside, name="review-board", daemon=True)
            aside.start()
            if self._board is None:
                aside.join(WAIT_FIRST_S if self._desk.loading.ready else WAIT_LOADING_S)
            elif stale:
                # Perhaps nobody looked for hours; what others decided is to show.
                aside.join(WAIT_STALE_S)
        return self._board

    def forget_quality(self) -> None:
        """Measure what people found anew the next time: somebody checked a field."""
        self._quality = None

    def quality(self) -> Quality:
        """What people found, as it is now."""
        return self._measured()

    def _work_aside(self) -> None:
        try:
            self._work_out()
        except DigitizerError as error:
            _LOG.warning("no numbers: %s", error)

    def _work_out(self) -> Board:
        with self._lock:
            started = time.monotonic()
            of = self._now()
            quality = self._measured()
            if self._board is None or of != self._of or quality is not self._board.quality:
                self._of = of
                overview, profile = self._desk.overview, self._desk.profile
                once = profile.duplicates is DuplicatePolicy.FIRST
                self._board = Board(
                    totals=overview.totals(once=once),
                    groups={
                        by: overview.groups(
                            by, DATES_SHOWN if by is By.DATE else GROUPS_SHOWN, once=once
                        )
                        for by in By
                    },
                    minimums=overview.minimums(profile.minimum_signatures, once=once),
                    quality=quality,
                )
                self._took = time.monotonic() - started
            self._at = time.monotonic()
            return self._board

    def _now(self) -> tuple[int, int]:
        """What the numbers depend on, by version."""
        return self._desk.overview.version, id(self._desk.profile)

    def _measured(self) -> Quality:
        with self._quality_lock:
            return self._measure()

    def _measure(self) -> Quality:
        rested = time.monotonic() - self._quality_at > QUALITY_REST_S
        if self._quality is None or rested or self._quality_took <= WAIT_S:
            of = (self._desk.store.read(history.last_decision),)
            if self._quality is None or of != self._quality_of:
                started = time.monotonic()
                self._quality = measure_quality(self._desk.store)
                self._quality_of = of
                self._quality_took = time.monotonic() - started
            self._quality_at = time.monotonic()
        return self._quality
