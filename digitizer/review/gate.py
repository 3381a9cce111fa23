"""Who may come in: the names of reviewers, and the access code of a server that others can reach.

On this computer alone a name is enough: whoever sits at it can open the
workspace's files as well. Served to other computers, a code that the office
hands on by word of mouth is asked for too. It is kept in the workspace, so that
sessions outlive a restart; another code ends every session that the old one
opened. There are no accounts: a name says whose a decision is, it proves nothing.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from digitizer.errors import UsageError
from digitizer.store import Store
from digitizer.workspace import ledger, reviewers
from digitizer.workspace.reviewers import KnownReviewer

# Longer names are typing errors or worse.
MAX_NAME = 60
# Figures and letters that nobody takes for another when a code is read aloud:
# no 0 and O, 1, I and L, U and V. Ten of 29 signs are 48 bits.
_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_CODE_LENGTH = 10
# A code of the office's own: with the limit below, eight signs cannot be guessed.
MIN_CODE = 8
_CODE_SETTING = "access-code"

# Wrong codes from one address, then it waits until the first of them is so old.
MAX_WRONG = 5
WAIT_S = 300.0
# Addresses remembered; more than an office has computers.
_MAX_ADDRESSES = 10_000

# How long another process's change of a reviewer may go unseen.
_ROSTER_S = 5.0


@dataclass(slots=True)
class WrongCodes:
    """Counts wrong codes by address, so that nobody can try them all; safe between threads."""

    now: Callable[[], float] = time.monotonic
    _wrong: dict[str, list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, address: str) -> float:
        """Seconds until this address may try again; 0: now."""
        with self._lock:
            recent = self._recent(address)
            return 0.0 if len(recent) < MAX_WRONG else recent[0] + WAIT_S - self.now()

    def add(self, address: str) -> None:
        """Note a wrong code from this address."""
        with self._lock:
            if len(self._wrong) >= _MAX_ADDRESSES:
                for known in tuple(self._wrong):
                    self._recent(known)
            self._wrong[address] = [*self._recent(address), self.now()]

    def _recent(self, address: str) -> list[float]:
        recent = [at for at in self._wrong.get(address, ()) if at > self.now() - WAIT_S]
        if recent:
            self._wrong[address] = recent
        else:
            self._wrong.pop(address, None)
        return recent


class Gate:
    """Reviewers of a workspace, and its code where one is asked for (``code``; None: none)."""

    def __init__(self, store: Store, code: str | None = None) -> None:
        """``store``: open."""
        self.code = code
        self.wrong = WrongCodes()
        self._store = store
        self._known: dict[str, KnownReviewer] = {}
        self._loaded = -_ROSTER_S
        self._lock = threading.Lock()

    def everybody(self) -> tuple[KnownReviewer, ...]:
        """Everybody who ever signed in, by name."""
        return tuple(self._roster().values())

    def find(self, name: str) -> KnownReviewer | None:
        """The reviewer of exactly that name, or None."""
        return self._roster().get(name)

    def register(self, name: str, *, supervisor: bool = False) -> KnownReviewer:
        """The reviewer of that name in the spelling first used; a new one is added."""
        found = self._store.write(lambda c: reviewers.register(c, name, supervisor=supervisor))
        self.forget()
        return found

    def set_supervisor(self, name: str, *, supervisor: bool) -> None:
        """Make somebody a supervisor, or one no more."""
        self._store.write(lambda c: reviewers.set_supervisor(c, name, supervisor=supervisor))
        self.forget()

    def set_language(self, name: str, language: str) -> None:
        """Remember the language that somebody chose."""
        self._store.write(lambda c: reviewers.set_language(c, name, language))
        self.forget()

    def forget(self) -> None:
        """Look the names up again at the next request."""
        with self._lock:
            self._loaded = -_ROSTER_S

    def admits(self, code: str) -> bool:
        """Whether this is the access code, however it is spaced and written."""
        return self.code is None or hmac.compare_digest(
            _plain(code).encode(), _plain(self.code).encode()
        )

    def mark(self) -> str:
        """What a session keeps of the code it was opened with."""
        return hashlib.sha256(_plain(self.code or "").encode()).hexdigest()[:16]

    def lets_in(self, mark: object) -> bool:
        """Whether a session that keeps ``mark`` was opened with the code of now."""
        return self.code is None or mark == self.mark()

    def _roster(self) -> dict[str, KnownReviewer]:
        now = time.monotonic()
        with self._lock:
            if now - self._loaded >= _ROSTER_S:
                everybody = self._store.read(reviewers.known_reviewers)
                self._known = {one.name: one for one in everybody}
                self._loaded = now
            return self._known


def access_code(store: Store, wanted: str | None = None) -> str:
    """The workspace's access code, made at first use; ``wanted`` puts another in force.

    Raises UsageError for a code that is too short.
    """
    if wanted is None:
        return store.setting(_CODE_SETTING, _new_code)
    if len(_plain(wanted)) < MIN_CODE:
        raise UsageError(f"--code must have at least {MIN_CODE} letters and figures")
    store.write(lambda c: ledger.set_setting(c, _CODE_SETTING, wanted))
    return wanted


def clean_name(name: str) -> str:
    """A name as it is kept: one line, no signs that cannot be seen, not too long."""
    visible = "".join(c for c in name if c.isprintable() or c.isspace())
    return " ".join(visible.split())[:MAX_NAME].strip()


def _new_code() -> str:
    signs = "".join(secrets.choice(_CODE_SIGNS) for _ in range(_CODE_LENGTH))
    return f"{signs[:5]}-{signs[5:]}"


def _plain(code: str) -> str:
    return "".join(c for c in code.casefold() if c.isalnum())
