"""Which decided fields a second person enters, without seeing the first one's value.

A share of all decided fields is drawn by a keyed hash of their place: every
field has the same chance, the draw is the same after a restart, a larger share
keeps what a smaller one drew, and nobody can know beforehand which of their own
fields will be checked. Fields that somebody asks for come first. Whoever ever
decided a field never enters it.
"""

import contextlib
import functools
import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digitizer.corrections import spelled_value
from digitizer.counting.agreement import same_entry
from digitizer.errors import UsageError
from digitizer.records import FieldKind, FieldValue, Mark, RowStatus
from digitizer.review.desk import Conflict, Desk
from digitizer.store import Store
from digitizer.workspace import ledger, reviewers
from digitizer.workspace.decisions import CONSENT, STATUS, Action, Decision
from digitizer.workspace.reviewers import Cause, Key, SecondEntry, same_name

_SHARE = "second-entry-share"
_SEED = "second-entry-seed"
# One field in twenty: of 2,000 decided fields 100, which measure an error of
# 0.3 % to within 2 % (Clopper-Pearson), at a twentieth of the work once more.
DEFAULT_SHARE = 0.05
# The hash is compared as a number of so many bytes.
_HASH_BYTES = 8

# A settled value is written again when somebody changed the field in that very moment.
_ATTEMPTS = 3

# ``why`` of the decisions that come from checking.
CONFIRMED = "second entry"
SETTLED = "two entries differed"
# Values that are not written in the field's own ink, so nobody can type them from it.
_FROM_ELSEWHERE = ("ditto", "merged", CONFIRMED, SETTLED)
# Not typed, but chosen from two or three.
_CHOSEN = frozenset({STATUS, CONSENT, "signature"})
TYPED_KINDS = frozenset(
    {
        FieldKind.NAME,
        FieldKind.ADDRESS,
        FieldKind.POSTAL_CODE,
        FieldKind.CITY,
        FieldKind.PROVINCE,
        FieldKind.PHONE,
        FieldKind.EMAIL,
        FieldKind.DATE,
        FieldKind.BIRTH_DATE,
        FieldKind.TEXT,
        FieldKind.CHOICE,
        FieldKind.CODE,
    }
)
_ROWS_TO_KEY = (RowStatus.COUNTED, RowStatus.REVIEW, RowStatus.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decided field that waits for a second entry; ``people``: who decided it, ever."""

    first: Decision
    people: frozenset[str]
    cause: Cause

    @property
    def key(self) -> Key:
        """Sheet, row and field."""
        return _key(self.first)


class Standing:
    """The decisions in force of a whole workspace, kept up to date; safe between threads."""

    def __init__(self, store: Store) -> None:
        """Nothing is read before it is asked for."""
        self._store = store
        self._stacks: dict[Key, list[Decision]] = {}
        self._last = 0
        self._lock = threading.Lock()

    def now(self) -> dict[Key, tuple[Decision, ...]]:
        """Of each decided field the decisions that stand, the one in force last."""
        with self._lock:
            self._catch_up()
            return {key: tuple(stack) for key, stack in self._stacks.items() if stack}

    def at(self, key: Key) -> tuple[Decision, ...]:
        """The decisions that stand on one field; empty for none."""
        with self._lock:
            self._catch_up()
            return tuple(self._stacks.get(key, ()))

    def _catch_up(self) -> None:
        for number, decision in self._store.read(lambda c: ledger.decisions_after(c, self._last)):
            self._last = number
            stack = self._stacks.setdefault(_key(decision), [])
            if decision.action is not Action.UNDO:
                stack.append(decision)
            elif stack:
                stack.pop()


class Twice:
    """Second entries of a workspace under review."""

    def __init__(self, desk: Desk) -> None:
        """``desk``: where what comes of them is decided."""
        self._desk = desk
        self._store = desk.store
        self._standing = Standing(desk.store)
        self._seed = bytes.fromhex(desk.store.setting(_SEED, lambda: secrets.token_hex(16)))
        self._lots: dict[Key, float] = {}
        desk.follow(self._follow_undo)

    def decisions(self) -> Iterator[Decision]:
        """Every decision that stands, and those under it that nobody took back."""
        for stack in self._standing.now().values():
            yield from stack

    def share(self) -> float:
        """Share of decided fields that is entered twice."""
        return float(self._store.setting(_SHARE, lambda: str(DEFAULT_SHARE)))

    def set_share(self, share: float) -> None:
        """Draw another share from now on. Raises UsageError for one that is none."""
        if not 0.0 <= share <= 1.0:
            raise UsageError("the share is a number from 0 to 100 %")
        self._store.write(lambda c: ledger.set_setting(c, _SHARE, str(share)))

    def entries(self) -> tuple[SecondEntry, ...]:
        """Every second entry asked for or made."""
        return self._store.read(reviewers.second_entries)

    def waiting(self) -> tuple[Waiting, ...]:
        """Fields that wait for a second entry by anybody; asked ones first, then at random."""
        known = {entry.key: entry for entry in self.entries()}
        share = self.share()
        found = (
            self._wait(key, stack, known.get(key), share)
            for key, stack in self._standing.now().items()
        )
        waiting = [one for one in found if one is not None]
        # The least lots first: should the share become smaller, what was done stays drawn.
        waiting.sort(key=lambda one: (one.cause is Cause.RANDOM, self._lot(one.key)))
        return tuple(waiting)

    def _wait(
        self, key: Key, stack: Sequence[Decision], entry: SecondEntry | None, share: float
    ) -> Waiting | None:
        first = stack[-1]
        if not _is_typed(first) or (entry is not None and entry.second_who is not None):
            return None
        if entry is None and self._lot(key) >= share:
            return None
        cause = Cause.RANDOM if entry is None else entry.cause
        return Waiting(first, frozenset(same_name(d.who) for d in stack), cause)

    def for_person(self, who: str) -> tuple[Waiting, ...]:
        """What waits for a second entry by this person: nothing that was ever theirs."""
        return tuple(one for one in self.waiting() if same_name(who) not in one.people)

    def next_for(self, who: str, after: Key | None = None) -> Key | None:
        """The next field for this person, leased; None: nothing is left.

        ``after``: one they leave for later; it comes last.
        """
        mine = [one.key for one in self.for_person(who)]
        if after in mine:
            place = mine.index(after)
            mine = [*mine[place + 1 :], *mine[: place + 1]]
        for key in mine:
            if self.field(key) is not None and self._desk.leases.take(key, who):
                return key
        return None

    def waits_for(self, key: Key, who: str) -> Waiting | None:
        """The field, if it waits for a second entry and this person may make it."""
        stack = self._standing.at(key)
        if not stack:
            return None
        entry = next((one for one in self.entries() if one.key == key), None)
        found = self._wait(key, stack, entry, self.share())
        return None if found is None or same_name(who) in found.people else found

    def field(self, key: Key) -> FieldValue | None:
        """The field as it stands, if it is one to type and in a row that may count."""
        sheet_id, row, name = key
        listed = self._desk.sheet(sheet_id)
        if listed is None:
            return None
        sheet, records = listed
        if row == 0:
            value = sheet.get(name)
        else:
            record = next((r for r in records if r.row == row), None)
            value = None
            if record is not None and record.status in _ROWS_TO_KEY:
                value = record.get(name)
        if value is None or value.kind not in TYPED_KINDS or value.mark is Mark.DITTO:
            return None
        return value

    def ask(self, key: Key) -> bool:
        """Ask for a second entry of a decided field; False where there is one already.

        Raises UsageError where nobody decided it, or nothing is typed there.
        """
        stack = self._standing.at(key)
        if not stack or stack[-1].field in _CHOSEN:
            raise UsageError("only a field that somebody typed or confirmed can be entered twice")
        first = stack[-1]
        return self._store.write(lambda c: reviewers.ask_second(c, first))

    def enter(self, key: Key, who: str, text: str, seconds: float | None) -> bool:
        """Take what the second person typed; equal to the first's it confirms it.

        False where it does not wait for this person any more. Raises UsageError
        for a text that no field of this kind can have.
        """
        waiting, value = self.waits_for(key, who), self.field(key)
        if waiting is None or value is None:
            return False
        typed = spelled_value(key[2], text, value)
        first = waiting.first
        agreed = same_entry(value.kind, first.after, typed)
        if not self._store.write(
            lambda c: reviewers.save_second(
                c, first, who=who, value=typed, agreed=agreed, seconds=seconds
            )
        ):
            return False
        self._desk.leases.release(key, who)
        if agreed:
            self._confirm(first, who, seconds)
        else:
            # The row waits until somebody says who is right.
            self._desk.show_anew((key[0],))
        return True

    def differences(self) -> tuple[SecondEntry, ...]:
        """What two people entered differently and nobody settled yet, oldest first."""
        return tuple(entry for entry in self.entries() if entry.is_open_difference)

    def settle(self, entry: SecondEntry, who: str, text: str, seconds: float | None) -> bool:
        """Say what holds where two people differ; False where another already did.

        Raises UsageError for a text that the field cannot have.
        """
        value = spelled_value(entry.field, text, self.field(entry.key))
        # Claimed before it is decided: of two who settle at once, one is told.
        if not self._store.write(lambda c: reviewers.settle(c, entry.id, who=who, value=value)):
            return False
        for _ in range(_ATTEMPTS):
            now = self.standing_value(entry)
            decision = Decision(
                sheet_id=entry.sheet_id,
                row=entry.row,
                field=entry.field,
                action=Action.CONFIRM if value == now else Action.SET,
                before=now,
                after=value,
                who=who,
                why=SETTLED,
                seconds=seconds,
            )
            with contextlib.suppress(Conflict):
                self._desk.decide((decision,))
                break
        return True

    def standing_value(self, entry: SecondEntry) -> str:
        """What the field holds now: the first value, unless somebody changed it since."""
        stack = self._standing.at(entry.key)
        if stack:
            return stack[-1].after
        value = self.field(entry.key)
        return value.value if value is not None else ""

    def _follow_undo(self, decisions: Sequence[Decision]) -> None:
        """Take back the entry or the settlement whose decision somebody took back."""
        undone = {_key(d): d.who for d in decisions if d.action is Action.UNDO}
        if not undone:
            return
        for entry in self.entries():
            who = undone.get(entry.key)
            if who is None:
                continue
            left = {(d.who, d.why) for d in self._standing.at(entry.key)}
            if entry.settled_who == who and (who, SETTLED) not in left:
                self._store.write(functools.partial(reviewers.reopen, entry=entry.id))
                self._desk.show_anew((entry.sheet_id,))
            elif entry.agreed and entry.second_who == who and (who, CONFIRMED) not in left:
                self._store.write(functools.partial(reviewers.take_back, entry=entry))

    def _confirm(self, first: Decision, who: str, seconds: float | None) -> None:
        confirmation = Decision(
            sheet_id=first.sheet_id,
            row=first.row,
            field=first.field,
            action=Action.CONFIRM,
            before=first.after,
            after=first.after,
            who=who,
            why=CONFIRMED,
            seconds=seconds,
        )
        # Changed in this very moment: the entry is kept, the newer value stands.
        with contextlib.suppress(Conflict):
            self._desk.decide((confirmation,))

    def _lot(self, key: Key) -> float:
        """A number from 0 to 1 that the workspace drew for this field."""
        if key not in self._lots:
            self._lots[key] = self._drawn(key)
        return self._lots[key]

    def _drawn(self, key: Key) -> float:
        told = "/".join(map(str, key)).encode()
        digest = hmac.digest(self._seed, told, hashlib.sha256)
        return float(int.from_bytes(digest[:_HASH_BYTES], "big") / 2 ** (8 * _HASH_BYTES))


def may_settle(entry: SecondEntry, who: str, *, supervisor: bool) -> bool:
    """Whether somebody may say who is right: a supervisor, or whoever is none of the two."""
    two = (same_name(entry.first_who), same_name(entry.second_who or ""))
    return supervisor or same_name(who) not in two


def choices(entry: SecondEntry, standing: str) -> Sequence[str]:
    """The two values, in an order that does not tell whose is whose, and what stands now."""
    two = sorted({entry.first_value, entry.second_value or ""})
    return two if standing in two else [*two, standing]


def _key(decision: Decision) -> Key:
    return decision.sheet_id, decision.row, decision.field


def _is_typed(first: Decision) -> bool:
    return first.field not in _CHOSEN and not first.why.startswith(_FROM_ELSEWHERE)
