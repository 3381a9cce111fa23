"""Names of fields and states, and why a row waits, in the reader's language."""

from digitizer.records import RowStatus, SheetStatus
from digitizer.review.reasons import message_of
from digitizer.review.texts import load_texts, say


def field_name(field: str, language: str) -> str:
    """A field's name for people; of a form's own field the name it gives."""
    name = f"words.field-{field}"
    if name in load_texts():
        return say(name, language)
    return field.replace("_", " ").capitalize()


def row_state(status: RowStatus | str, language: str) -> str:
    """A row's state, in the plural."""
    return say(f"words.row-{RowStatus(status).value}", language)


def sheet_state(status: SheetStatus | str, language: str) -> str:
    """A sheet's state, in the plural."""
    return say(f"words.sheet-{SheetStatus(status).value}", language)


def failure_words(kind: str, language: str) -> str:
    """Why a page could not be read, and what to do; empty where there are no words for it."""
    name = f"sheet.why-{kind}"
    return say(name, language) if name in load_texts() else ""


def reason(word: str, language: str) -> tuple[str, str]:
    """Field and reason of a ``field:reason`` word, both for people."""
    field, _, why = word.partition(":")
    return field_name(field, language), say(message_of(why), language)
