"""How long somebody looked at a card before deciding, in seconds.

The browser says how long its tab was in sight; the server knows when it made
the card, which is the most it can have been, and serves where scripts are off.
"""

import time
from collections.abc import Mapping

# Longer is a break, a telephone call or the end of the day: no measure of the work.
LONGEST_S = 600.0
# Names of the hidden fields of a card's form.
OPENED, TOOK = "opened", "took"


def opened_now() -> str:
    """The time for hidden field ``OPENED`` of a card made now."""
    return f"{time.time():.1f}"


def seconds_spent(form: Mapping[str, object], now: float | None = None) -> float | None:
    """Seconds from showing a card to its decision; None where nothing sensible is known."""
    passed = _number(form.get(OPENED))
    if passed is not None:
        passed = (time.time() if now is None else now) - passed
        passed = passed if 0 <= passed <= LONGEST_S else None
    took = _number(form.get(TOOK))
    if took is None or not 0 <= took <= LONGEST_S:
        took = passed
    elif passed is not None:
        took = min(took, passed)
    return None if took is None else round(took, 1)


def _number(text: object) -> float | None:
    try:
        found = float(str(text))
    except ValueError:
        return None
    return found if found == found and abs(found) != float("inf") else None
