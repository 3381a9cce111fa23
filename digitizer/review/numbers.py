"""Numbers as people write them: 12,345 and 98.5% in English, 12 345 and 98,5 % in French."""

from datetime import UTC, datetime

# Below this share a percentage gets a second decimal: error rates lie there.
SMALL_SHARE = 0.02
# Spaces that no line is broken at.
_THIN, _FULL = "\u202f", "\u00a0"


def number(value: float, language: str, digits: int = 0) -> str:
    """A number with its thousands apart."""
    text = f"{value:,.{digits}f}"
    if language == "fr":
        return text.replace(",", _THIN).replace(".", ",")
    return text


def percent(share: float | None, language: str) -> str:
    """A share (0..1) in percent; a dash for None."""
    if share is None:
        return "–"
    digits = 0 if share in (0.0, 1.0) else 2 if share < SMALL_SHARE else 1
    text = number(100 * share, language, digits)
    if text == "100.0" or text == "100,0":
        # What is not all must not look like it.
        text = number(99.9, language, 1)
    return f"{text}{_FULL}%" if language == "fr" else f"{text}%"


def span(low: float, high: float, language: str) -> str:
    """A range of whole numbers; one number where both ends are the same."""
    if round(low) == round(high):
        return number(low, language)
    return f"{number(low, language)}–{number(high, language)}"


def percent_span(low: float, high: float, language: str) -> str:
    """A range of shares in percent."""
    return f"{percent(low, language)}–{percent(high, language)}"


def duration(seconds: float, language: str) -> str:
    """A time to work, to two places: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{number(seconds, language)}{_FULL}s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}{_FULL}min"
    hours, rest = divmod(minutes, 60)
    if hours >= 10 or rest == 0:
        return f"{number(round(minutes / 60), language)}{_FULL}h"
    return f"{hours}{_FULL}h{_FULL}{rest}{_FULL}min"


def moment(iso: str, language: str) -> str:
    """A stored time (UTC, ISO 8601) as date and time of day, in UTC; as it is if it is none."""
    del language
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M}{_FULL}UTC"
