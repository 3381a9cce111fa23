"""The workspace as the pages see it: what waits, what a sheet says, what people decide."""

import gc
import secrets
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.requests import Request

from digitizer.counting.overview import Overview
from digitizer.errors import DigitizerError
from digitizer.forms.forms import Form
from digitizer.ids import record_id
from digitizer.profiles.profiles import Profile
from digitizer.review.csvfiles import CsvFiles
from digitizer.review.filters import Filter
from digitizer.review.items import Item, items_of
from digitizer.review.leases import Leases
from digitizer.review.queue import Queue
from digitizer.store import Store
from digitizer.workspace import definitions
from digitizer.workspace.decisions import CONSENT, STATUS, Decision, history, taken_back
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.stored import RecordRow, SheetRow

Listed = tuple[SheetRow, tuple[RecordRow, ...]]

# Other processes' work is looked for at most this often, when somebody asks for a page.
LOOK_EVERY_S = 1.0
# A workspace of some hundred sheets is taken in before the first page is
# shown; a larger one in the background, while the pages say so.
WAIT_FOR_QUEUE_S = 3.0
# Sheets taken in at a time; whoever decides meanwhile waits for no more than these.
SHEETS_A_TURN = 20
# How long the loader keeps the interpreter from threads that answer people: with the
# usual 5 ms each of a page's dozen looks into the database would wait as long.
TURN_S = 0.001
# From so many sheets on the queue is kept out of garbage collection.
SHEETS_FROZEN = 1000
# Sheets kept as they were last listed: some for each of dozens of people.
SHEETS_KEPT = 256
# How often a decision is tried anew because others decide on the same sheet.
ATTEMPTS = 20


class Conflict(Exception):  # noqa: N818 - an answer to a reviewer, no error of the program
    """Somebody decided the field since the card was made, or its value is another by now.

    ``decision``: the refused one; ``now``: the value that stands; ``who`` it is
    from, empty where no person decided it. ``moved``: the page was read again and its
    rows lie elsewhere, so that this may be another signer's.
    """

    def __init__(self, decision: Decision, now: str, who: str, *, moved: bool = False) -> None:
        """See the class."""
        super().__init__("somebody decided this field meanwhile")
        self.moved = moved
        self.decision = decision
        self.now = now
        self.who = who


@dataclass(frozen=True, slots=True)
class Loading:
    """How much of the workspace the queue has taken in: ``done`` of ``sheets``."""

    done: int
    sheets: int
    ready: bool


class Desk:
    """One workspace under review; safe to use from several threads."""

    def __init__(self, store: Store, workspace: Path) -> None:
        """``store``: open; ``workspace``: its folder, with crops and pages."""
        self.store = store
        self.workspace = workspace
        self.leases = Leases(store)
        self.queue = Queue(self.leases, self._still_waits)
        self.overview = Overview()
        self._files = CsvFiles(store, workspace)
        self._look = threading.Lock()
        self._looked = 0.0
        self._seen = store.progress()
        self._profile = store.profile()
        self._done = self._total = 0
        self._ready = threading.Event()
        self._closing = threading.Event()
        self._taking_in = threading.RLock()
        self._again = False
        self._changed: set[str] = set()
        # Number of the last decision that the queue knows of, by sheet.
        self._stands: dict[str, int] = {}
        # Sheets in use, each with the number of the last decision it shows.
        self._kept: OrderedDict[str, tuple[int, Listed]] = OrderedDict()
        self._keeping = threading.Lock()
        self._listeners: list[Callable[[Sequence[Decision]], None]] = []
        self._loader: threading.Thread | None = None
        self.reload(WAIT_FOR_QUEUE_S)

    # What stands -------------------------------------------------------------

    def sheet(self, sheet_id: str) -> Listed | None:
        """A sheet as it stands now, with its rows that hold ink; None where there is none."""
        return self._sheets(self.store.last_decisions((sheet_id,))).get(sheet_id)

    def form_of(self, sheet: SheetRow) -> Form | None:
        """A sheet's definition, as the workspace keeps it or as it is installed; or None."""
        name = sheet.form
        return self.store.read(lambda c: definitions.form_called(c, name)) if name else None

    def repeat_of(self, record_id: str) -> Repeat | None:
        """The earlier row that a row may be the same person's as, and why; None: none known."""
        return self.store.signer_repeats((record_id,)).get(record_id)

    def uncounted_beside(self, decisions: Sequence[Decision]) -> tuple[str, ...]:
        """Rows that wait because, with these decisions, no row of their person counts."""
        if all(d.field != STATUS for d in decisions):
            return ()
        records = sorted({record_id(d.sheet_id, d.row) for d in decisions})
        return tuple(sorted(self.store.uncounted_people(records)))

    def person_of(self, record_id: str) -> tuple[str, ...]:
        """The other rows (ids) of a person none of whose rows counts; empty: another counts."""
        people = self.store.uncounted_people((record_id,)).values()
        return tuple(sorted(name for person in people for name in person - {record_id}))

    def stand(self, sheet_id: str) -> int:
        """Number of the last decision on a sheet: ask before ``sheet``, give to ``decide``."""
        return self.store.last_decisions((sheet_id,))[sheet_id]

    def rows_mark(self, sheet_id: str) -> str:
        """What tells whether a sheet's rows lie where they lay: for ``decide``, as ``stand``."""
        return self.store.rows_marks((sheet_id,))[sheet_id]

    @property
    def profile(self) -> Profile:
        """The validity profile in force."""
        return self._profile

    @property
    def loading(self) -> Loading:
        """How far the queue is; it holds everything once ``ready``."""
        return Loading(self._done, self._total, self._ready.is_set())

    # What people do ----------------------------------------------------------

    def decide(
        self,
        decisions: Sequence[Decision],
        expect: int | None = None,
        rows: str | None = None,
    ) -> tuple[Decision, ...]:
        """Append decisions, all or none; the queue follows at once, the CSV files soon.

        Several at a time are taken back as one. ``expect``: ``stand`` when the
        card was made (of several sheets the smallest). ``rows``: ``rows_mark`` of the
        sheet then, None: whatever it was. Returns what was
        written: what another has decided the same way since is left out.
        Raises Conflict where a value is not the decision's ``before`` any more, and
        where the rows lie elsewhere by now.
        """
        if not decisions:
            return ()
        if len(decisions) > 1:
            batch = decisions[0].batch or new_batch()
            decisions = [replace(d, batch=batch) for d in decisions]
        sheets = tuple(dict.fromkeys(d.sheet_id for d in decisions))
        free = [(d.sheet_id, d.row, d.field) for d in decisions]
        marks = None if rows is None else dict.fromkeys(sheets, rows)
        for _ in range(ATTEMPTS):
            known = self.store.last_decisions(sheets)
            listed = self._sheets(known)
            self._unless_moved(decisions, marks, listed)
            made = self._unless_conflict(decisions, expect, listed)
            if not made or self.store.decide_unless_changed(made, known, free, marks):
                break
        else:
            raise DigitizerError("too many people decide on this sheet at once: try again")
        self._after(sheets, made)
        # Not before the queue knows: nobody is to be led to what was just decided.
        for key in free:
            self.leases.forget(key, decisions[0].who)
        return tuple(made)

    def undo(self, who: str) -> Decision | None:
        """Take back what a person did last and nobody changed since; None: nothing is left.

        Returns the first of the decisions taken back.
        """
        undone = self.store.undo_last(who, new_batch())
        if not undone:
            return None
        changes = [taken_back(d, who) for d in undone]
        self._after(tuple(dict.fromkeys(d.sheet_id for d in undone)), changes)
        return undone[0]

    def follow(self, listener: Callable[[Sequence[Decision]], None]) -> None:
        """Call ``listener`` after each change made here, with what was decided or undone."""
        self._listeners.append(listener)

    # Keeping up --------------------------------------------------------------

    def show_anew(self, sheet_ids: Sequence[str]) -> None:
        """Take in sheets that stand otherwise though nobody decided; the CSV files follow."""
        self.refresh(sheet_ids)
        self._files.follow()

    def refresh(self, sheet_ids: Sequence[str]) -> None:
        """Take in sheets that changed, here or elsewhere."""
        for start in range(0, len(sheet_ids), SHEETS_A_TURN):
            chunk = sheet_ids[start : start + SHEETS_A_TURN]
            # What was read from the database later must not be put in earlier.
            with self._taking_in:
                stands = self.store.last_decisions(chunk)
                listed = self.store.listed(chunk)
                self._stands.update(stands)
                self._keep(listed, stands)
                for name in {*chunk, *listed}:
                    self._changed.add(name)
                    self._put(name, listed.get(name))

    def reload(self, wait_s: float = 0.0) -> None:
        """Take in everything anew, in the background; waits ``wait_s`` for it to be done."""
        with self._taking_in:
            self._again = True
            if self._loader is None or not self._loader.is_alive():
                self._ready.clear()
                self._loader = threading.Thread(target=self._load, name="review-queue", daemon=True)
                self._loader.start()
        self._ready.wait(wait_s)

    def look(self) -> None:
        """Take in what other processes did since the last look; cheap, at most once a second."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S or not self._look.acquire(blocking=False):
            return
        try:
            self._looked = now
            self.leases.refresh()
            progress = self.store.progress()
            if progress == self._seen:
                return
            before, self._seen = self._seen, progress
            changed = self.store.changed_since(before)
            stands = self.store.last_decisions(tuple({sheet for sheet, _ in changed.rows}))
            # What was decided here is known already.
            rows = [row for row in changed.rows if stands[row[0]] != self._stands.get(row[0], 0)]
            same = self.store.sheets_of_same_people([record_id(*row) for row in rows])
            self.refresh(tuple({*changed.sheets, *(sheet for sheet, _ in rows), *same}))
            if (progress.profile, progress.ended) != (before.profile, before.ended):
                # What counts, or who signed twice, may be another for any sheet.
                self.reload()
            if progress.decision != before.decision:
                self._files.follow()
        finally:
            self._look.release()

    def write_files(self) -> None:
        """Write records.csv and sheets.csv anew, now."""
        self._files.write()

    def close(self) -> None:
        """End the background work; the CSV files are up to date afterwards."""
        self._closing.set()
        if self._loader is not None:
            self._loader.join()
        self._files.close()

    def _load(self) -> None:
        # Long to sort at the end; kept from the start it only grows.
        self.queue.count(Filter())
        usual = sys.getswitchinterval()
        sys.setswitchinterval(TURN_S)
        try:
            while True:
                with self._taking_in:
                    if not self._again or self._closing.is_set():
                        self._ready.set()
                        return
                    self._again = False
                    self._changed.clear()
                self._take_in_everything()
        finally:
            sys.setswitchinterval(usual)

    def _take_in_everything(self) -> None:
        self._profile = self.store.profile()
        with self._keeping:
            self._kept.clear()
        stands = self.store.last_decisions()
        names = set()
        self._done, self._total = 0, len(self.store.sources())
        for number, listed in enumerate(self.store.listing(), start=1):
            if self._closing.is_set():
                return
            name = listed[0].sheet_id
            names.add(name)
            with self._taking_in:
                if name not in self._changed:
                    self._stands[name] = stands.get(name, 0)
                    self._put(name, listed)
            self._done = number
        with self._taking_in:
            names |= self._changed
            self.queue.forget(names)
            self.overview.retain(names)
        if len(names) > SHEETS_FROZEN:
            # What stays for good need not be searched for garbage again and again:
            # that would stop everybody for half a second now and then.
            gc.collect()
            gc.freeze()

    def _sheets(self, stands: Mapping[str, int]) -> dict[str, Listed]:
        """Sheets with their last decisions (id -> number) as they stand; kept ones where good."""
        with self._keeping:
            kept = {name: self._kept[name] for name in stands if name in self._kept}
        found = {name: one for name, (at, one) in kept.items() if at == stands[name]}
        missing = tuple(name for name in stands if name not in found)
        if missing:
            listed = self.store.listed(missing)
            self._keep(listed, stands)
            found |= {name: listed[name] for name in missing if name in listed}
        return found

    def _keep(self, listed: Mapping[str, Listed], stands: Mapping[str, int]) -> None:
        with self._keeping:
            for name, one in listed.items():
                if name in stands:
                    self._kept[name] = (stands[name], one)
                    self._kept.move_to_end(name)
            while len(self._kept) > SHEETS_KEPT:
                self._kept.popitem(last=False)

    def _still_waits(self, item: Item) -> bool:
        """Whether nobody, on another server, has decided an item of the queue meanwhile."""
        name = item.sheet_id
        if self.stand(name) != self._stands.get(name, 0):
            self.refresh((name,))
        return self.queue.get(item.key) is not None

    def _put(self, name: str, listed: Listed | None) -> None:
        if listed is None:
            self.queue.replace(name, ())
            return
        self.overview.replace(*listed)
        self.queue.replace(name, items_of(*listed, self._profile))

    def _after(self, sheets: Sequence[str], decisions: Sequence[Decision]) -> None:
        rows = tuple({record_id(d.sheet_id, d.row) for d in decisions})
        self.refresh((*sheets, *self.store.sheets_of_same_people(rows)))
        self._files.follow()
        for listener in self._listeners:
            listener(decisions)

    def _unless_moved(
        self,
        decisions: Sequence[Decision],
        marks: Mapping[str, str] | None,
        listed: Mapping[str, Listed],
    ) -> None:
        if marks and self.store.rows_marks(tuple(marks)) != marks:
            first = decisions[0]
            now = _value(listed.get(first.sheet_id), first, None)
            raise Conflict(first, now, "", moved=True)

    def _unless_conflict(
        self, decisions: Sequence[Decision], expect: int | None, listed: dict[str, Listed]
    ) -> list[Decision]:
        numbered = self.store.numbered_decisions(tuple(listed))
        numbers = {id(d): number for number, d in numbered}
        stacks = history(d for _, d in numbered)
        made = []
        for decision in decisions:
            stack = stacks.get(decision.sheet_id, {}).get(decision.place, ())
            last = stack[-1] if stack else None
            new = last is not None and expect is not None and numbers[id(last)] > expect
            if last is not None and new and last.after == decision.after:
                continue
            if last is not None and last.who == decision.who:
                made.append(decision)
                continue
            now = _value(listed.get(decision.sheet_id), decision, last)
            if new or now != decision.before:
                raise Conflict(decision, now, last.who if last is not None else "")
            made.append(decision)
        return made


def _value(listed: Listed | None, decision: Decision, last: Decision | None) -> str:
    """The value that stands where a decision is about to be written."""
    if last is not None:
        return last.after
    if listed is None or decision.field == STATUS:
        # A row's status follows from its fields until a person says it.
        return decision.before
    sheet, records = listed
    record = next((r for r in records if r.row == decision.row), None)
    if decision.field == CONSENT:
        return "Y" if record is not None and record.contact_consent else "N"
    value = sheet.get(decision.field) if not decision.row else None
    if record is not None:
        value = record.get(decision.field)
    return value.value if value is not None else ""


def new_batch() -> str:
    """A name for decisions that are one."""
    return secrets.token_hex(8)


def desk_of(request: Request) -> Desk:
    """The workspace that a request is about, with what other processes did to it."""
    found: Desk = request.app.state.desk
    found.look()
    return found
