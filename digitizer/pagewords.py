"""Words of sheets.csv for pages that hold no petition or must be photographed again.

Light on purpose: what tells of a run loads nothing that reads pictures.
"""

from collections.abc import Iterable

BLANK, BACK, LETTER, ENVELOPE = "blank-page", "back-of-sheet", "letter", "envelope"
BLURRED, COARSE, FADED = "too-blurred", "too-coarse", "too-faint"
RETAKES = (BLURRED, COARSE, FADED)

MESSAGES = {
    BACK: "it looks like the back of a sheet: print shows through; nothing on it is counted",
    LETTER: "it looks like a letter or another page of print; nothing on it is counted",
    ENVELOPE: "it looks like an envelope; nothing on it is counted",
    BLURRED: "too blurred to read: photograph again from above, holding the phone still, "
    "or scan again",
    COARSE: "too small to read: photograph again from nearer, so that the sheet fills the "
    "picture, or scan again at 200 dpi",
    FADED: "rows seem empty but for crumbs of writing: look at the paper, and scan again "
    "in gray or darker",
}


def needs_retake(reasons: Iterable[str]) -> bool:
    """Whether a page with these words of sheets.csv must be photographed or scanned again."""
    return any(word in RETAKES for word in reasons)
