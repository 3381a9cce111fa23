"""Why a field waits for a person, in words: a reason of the records -> a message's name.

The words themselves lie in ``texts/reasons.toml``, one message a reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from digitizer.review.texts import load_texts
from digitizer.workspace.decisions import ROW_REASONS
from digitizer.workspace.judging import MISSING
from digitizer.workspace.repeats import NONE_COUNTS

# About the row as a whole: only a decision on the row settles them.
ABOUT_ROW = frozenset({"struck", NONE_COUNTS, *ROW_REASONS})
# Remarks on what people did; no reason to look.
_SILENT = frozenset({"decided"})
_FAMILY = "reasons"


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: its ``word`` as in records.csv, and its message."""

    word: str
    message: str

    @property
    def about_row(self) -> bool:
        """Whether only a decision on the row settles it."""
        return self.word in ABOUT_ROW


def message_of(word: str) -> str:
    """The message for a reason; words that nobody described share one."""
    name = f"{_FAMILY}.{word}"
    if name in load_texts():
        return name
    return f"{_FAMILY}.missing" if word.endswith(MISSING) else f"{_FAMILY}.other"


def whys(words: Iterable[str]) -> tuple[Why, ...]:
    """Reasons worth telling, each once, those about the row first."""
    told = [Why(word, message_of(word)) for word in dict.fromkeys(words) if word not in _SILENT]
    return tuple(sorted(told, key=lambda why: not why.about_row))
