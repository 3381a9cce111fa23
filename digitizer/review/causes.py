"""Why a decision was taken, as it is kept, in the reader's words.

Kept are short English words for programs; what people wrote themselves
(``digitizer decide --why``) is shown as they wrote it.
"""

import re

from digitizer.review.texts import say
from digitizer.review.twice import CONFIRMED, SETTLED
from digitizer.review.verbs import Verb
from digitizer.workspace.decisions import PAGE_EDIT

_CAUSES = (
    (re.compile(Verb.BLANK), "blank"),
    (re.compile(Verb.ILLEGIBLE), "illegible"),
    (re.compile(Verb.NOT_SIGNATURE), "not_signature"),
    (re.compile(Verb.DITTO), "ditto"),
    (re.compile(r"ditto of row (?P<row>\d+)"), "ditto_of"),
    (re.compile(r"of \S+-r0*(?P<row>\d+)"), "repeats"),
    (re.compile(r"merged (?:with|into) row (?P<row>\d+)"), "merged"),
    (re.compile(r"split: second person (?:in|of) row (?P<row>\d+)"), "split"),
    (re.compile(r"group"), "group"),
    (re.compile(r"sample (?P<row>\d+)"), "sample"),
    (re.compile(re.escape(CONFIRMED)), "second"),
    (re.compile(re.escape(SETTLED)), "settled"),
    (re.compile(rf"{re.escape(PAGE_EDIT)}.*"), "page_edit"),
)


def cause_words(why: str, language: str) -> str:
    """``why`` of a decision in words."""
    for pattern, name in _CAUSES:
        found = pattern.fullmatch(why)
        if found is not None:
            return say(f"causes.{name}", language, **found.groupdict())
    return why
