"""Who has which field open, so that two people do not work on the same one.

A lease lasts a short while, is renewed as long as the card is open, and ends
with the decision; a browser that goes away keeps nobody waiting for long. It
only spares double work: that nobody overwrites another is seen to where
decisions are written (``desk``). The table is shared by all servers of a
workspace; what is known of it here saves asking for fields that are taken.

The card that somebody's browser holds for later is set apart, which is less:
others come to its row last, and it is leased when it is shown.
"""

import threading
import time
from collections.abc import Callable
from itertools import chain

from digitizer.store import Store

Key = tuple[str, int, str]

# Long enough for a hard field, short enough to wait for after a crash.
LEASE_S = 120.0
# A lease this young need not be renewed: the next card is leased and shown in one go.
FRESH_S = 5.0


class Leases:
    """Leases of one workspace; safe to use from several threads."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        """``clock``: seconds since 1970, the same on all servers."""
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[Key, tuple[str, float]] = {}
        self._apart: dict[Key, tuple[str, float]] = {}
        store.drop_expired_leases(clock())
        self.refresh()

    def take(self, key: Key, who: str) -> bool:
        """Lease a field, or renew the lease; False where another has it open."""
        now = self._clock()
        with self._lock:
            holder, until = self._known.get(key, ("", 0.0))
        if holder == who and until > now + LEASE_S - FRESH_S:
            return True
        holder, until = self._store.take_lease(key, who, now, now + LEASE_S)
        self._note(key, holder, until)
        return holder == who

    def set_apart(self, key: Key, who: str) -> None:
        """Let others come to this field last: ``who`` gets it next, if all goes on as it is."""
        now = self._clock()
        with self._lock:
            self._apart = {k: held for k, held in self._apart.items() if held[1] > now}
            if self._apart.get(key, (who, 0.0))[0] == who:
                self._apart[key] = (who, now + LEASE_S)

    def holder(self, key: Key) -> str | None:
        """Who has the field open, as far as is known here."""
        with self._lock:
            who, until = self._known.get(key, ("", 0.0))
        return who if until > self._clock() else None

    def release(self, key: Key, who: str) -> None:
        """Give a field back."""
        self._store.release_lease(key, who)
        self.forget(key, who)

    def forget(self, key: Key, who: str) -> None:
        """Take note that a lease has ended in the database."""
        with self._lock:
            for held in (self._known, self._apart):
                if held.get(key, ("", 0.0))[0] == who:
                    del held[key]

    def rows_of_others(self, who: str) -> frozenset[tuple[str, int]]:
        """(sheet, row) in which somebody else has a field open, or set apart."""
        now = self._clock()
        with self._lock:
            return frozenset(
                (key[0], key[1])
                for key, (holder, until) in chain(self._known.items(), self._apart.items())
                if holder != who and until > now
            )

    def refresh(self) -> None:
        """Take in what other servers lease."""
        found = self._store.leases(self._clock())
        with self._lock:
            self._known = dict(found)

    def _note(self, key: Key, who: str, until: float) -> None:
        with self._lock:
            self._known[key] = (who, until)
            # Whoever has it open now, it is nobody's for later.
            self._apart.pop(key, None)
