"""The page of a card: all that its template shows.

A card is shown three ways: as a page, as the piece of it that a script puts in
place of another card, and ahead of its turn (``ahead``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from digitizer.ids import sheet_of
from digitizer.records import FieldKind
from digitizer.review import livecheck, numbers
from digitizer.review.cardview import (
    Card,
    Other,
    beside,
    card_of,
    other_row,
    standing_words,
    suspects,
)
from digitizer.review.causes import cause_words
from digitizer.review.desk import Conflict, Desk
from digitizer.review.filters import Filter
from digitizer.review.items import Key
from digitizer.review.livecheck import Check
from digitizer.review.pictures import same_hand_file
from digitizer.review.reasons import message_of
from digitizer.review.render import markup
from digitizer.review.routing import Reviewer
from digitizer.review.rowedits import free_row, two_people
from digitizer.review.sights import Sight, crop_url, row_url, sight_of
from digitizer.review.texts import load_texts, say
from digitizer.review.timing import OPENED, TOOK, opened_now
from digitizer.review.verbs import Place, merged_values
from digitizer.review.words import field_name
from digitizer.values.tworows import OVER_TWO_ROWS
from digitizer.workspace.decisions import STATUS
from digitizer.workspace.repeats import NONE_COUNTS
from digitizer.workspace.stored import RecordRow

# Questions about the row that open below the field.
REPEATS, MERGE, SPLIT = "repeats", "merge", "split"
_ONE_PERCENT = 0.01


@dataclass(frozen=True, slots=True)
class Extra:
    """What a card says beside the field: an answer to the last change, or a question.

    ``typed``: text to show instead of the reading; ``sure``: a text that was
    warned of, which may now pass; ``conflict``: what another decided meanwhile,
    and ``again`` the form's fields to send once more.
    """

    typed: str | None = None
    error: str = ""
    check: Check | None = None
    sure: str = ""
    conflict: Conflict | None = None
    again: tuple[tuple[str, str], ...] = ()
    panel: str = ""
    said: str = ""


def card_address(key: Key, wanted: Filter) -> str:
    """The address of a card within a filter."""
    query = wanted.query()
    return f"/field/{key[0]}/{key[1]}/{key[2]}{'?' if query else ''}{query}"


def key_of(request: Request) -> Key:
    """The field that an address is about."""
    path = request.path_params
    return str(path["sheet"]), int(path["row"]), str(path["field"])


def read_key(text: str) -> Key | None:
    """A key written as ``SHEET/ROW/FIELD``."""
    parts = text.split("/")
    if len(parts) != 3 or not parts[1].isdigit():
        return None
    return parts[0], int(parts[1]), parts[2]


def place_of(desk: Desk, key: Key) -> Place:
    """The field on its sheet as it stands. Raises HTTPException 404 where there is none."""
    listed = desk.sheet(key[0])
    if listed is None:
        raise HTTPException(404)
    sheet, records = listed
    place = Place(sheet, tuple(records), key[1], key[2], desk.form_of(sheet))
    known = {v.field for r in records for v in r.fields} | {v.field for v in sheet.collector}
    if key[2] not in known | {STATUS} or not 0 <= key[1] <= max(
        sheet.rows_on_form or 0, *(r.row for r in records), 0
    ):
        raise HTTPException(404)
    return place


def card_text(request: Request, me: Reviewer, desk: Desk, key: Key, extra: Extra) -> str:
    """A card as a page or as a piece of one; it is leased, unless another has it open."""
    wanted = Filter.of(request.query_params)
    shown = shown_of(me, desk, key, wanted, extra)
    mine = desk.leases.take(key, me.name)
    holder = None if mine else desk.leases.holder(key)
    return markup(request, "card.html", **shown | {"holder": holder})


def shown_of(me: Reviewer, desk: Desk, key: Key, wanted: Filter, extra: Extra) -> dict[str, Any]:
    """What the template of a card is given. Raises HTTPException 404 where there is none."""
    stand, rows = desk.stand(key[0]), desk.rows_mark(key[0])
    place = place_of(desk, key)
    decisions = desk.store.decisions((key[0],))
    card = card_of(place, decisions, stand=stand)
    shown = extra.typed if extra.typed is not None else card.value
    found = extra.check
    if found is None and card.shape == "text" and not card.unread:
        found = livecheck.check(card.kind, shown, beside(place))
    sight = sight_of(place, desk.store.geometry(key[0]), desk.workspace)
    others, own = _others(desk, place, card, extra.panel)
    return {
        "card": card,
        "rows_mark": rows,
        "sight": sight,
        "mark": mark_of(card, sight),
        "shown": shown,
        "check": found,
        "extra": extra,
        "wanted": wanted,
        "query": wanted.query(),
        "waiting": desk.queue.count(wanted),
        "same_hand_url": _same_hand(desk, card),
        "holder": None,
        "ahead": False,
        "others": others,
        "own": own,
        "merging": _merging(place) if extra.panel == MERGE else None,
        "splitting": _splitting(place) if extra.panel == SPLIT else None,
        "only": [
            filter_words(name, str(text), me.language)
            for name, text in wanted.as_dict().items()
            if name not in ("order", "sheet")
        ],
        "opened": opened_now(),
        "opened_name": OPENED,
        "took_name": TOOK,
        **words(me.language),
    }


def mark_of(card: Card, sight: Sight) -> str:
    """What a card asks and shows of it, as a digest: two alike are the same question.

    Without what a script puts right in a card that stands: the rest of the row,
    the grammar's word, what is left.
    """
    asked = (
        card.path,
        card.shape,
        card.value,
        card.raw_text,
        card.unread,
        card.alternatives,
        card.reasons,
        card.about_row,
        card.next_cell,
        card.before,
        card.ditto is None,
        sight,
    )
    return hashlib.blake2b(repr(asked).encode(), digest_size=12).hexdigest()


def words(language: str) -> dict[str, Any]:
    """What templates say about fields, checks and decisions."""
    return {
        "name_of": partial(field_name, language=language),
        "percent": partial(_whole_percent, language=language),
        "moment": partial(numbers.moment, language=language),
        "words_of": partial(check_words, language=language),
        "evidence_of": partial(_evidence_words, language=language),
        "did": standing_words,
        "cause_of": partial(cause_words, language=language),
    }


def _whole_percent(share: float, language: str) -> str:
    """A share in whole percent: more would only look exact."""
    text = "<1" if 0 < share < _ONE_PERCENT else numbers.number(min(100 * share, 99), language)
    return f"{text}\u00a0%" if language == "fr" else f"{text}%"


def check_words(check: Check, language: str) -> str:
    """A remark of the grammar in words."""
    provinces = ", ".join(say(f"check.{code}", language) for code in check.provinces)
    return say(check.message, language, province=provinces, **check.values)


def _evidence_words(word: str, language: str) -> str:
    name = f"evidence.{word}"
    return say(name if name in load_texts() else "evidence.other", language)


def _same_hand(desk: Desk, card: Card) -> str:
    """Where the signatures of a sheet that look like one hand lie side by side."""
    if not card.same_hand or not same_hand_file(desk.workspace, card.sheet_id).is_file():
        return ""
    return f"/pictures/same-hand/{card.sheet_id}.png"


def _others(
    desk: Desk, place: Place, card: Card, panel: str
) -> tuple[tuple[Other, ...], Other | None]:
    """Rows that this one may repeat, with its own first; none unless that is asked."""
    record = place.record
    asked = panel == REPEATS or any("duplicate" in why.word for why in card.about_row)
    if record is None or not asked:
        return (), None
    if any(why.word == NONE_COUNTS for why in card.about_row) and panel != REPEATS:
        own = _pictured(desk, other_row(place, record, own=True))
        return _rows_called(desk, place, desk.person_of(record.record_id)), own
    repeat = desk.repeat_of(record.record_id)
    listed: Mapping[str, RecordRow] = {r.record_id: r for r in place.records}
    if repeat is not None and repeat.duplicate_of not in listed:
        far = desk.sheet(repeat.duplicate_of.rpartition("-r")[0])
        listed = {**listed, **{r.record_id: r for r in (far[1] if far else ())}}
    found = suspects(place, repeat, listed)
    if panel != REPEATS and repeat is not None:
        found = found[:1]
    own = _pictured(desk, other_row(place, record, own=True))
    return tuple(_pictured(desk, other) for other in found), own


def _rows_called(desk: Desk, place: Place, names: Sequence[str]) -> tuple[Other, ...]:
    """Rows by their names, beside that of ``place``."""
    found = []
    for sheet_id in dict.fromkeys(sheet_of(name) for name in names):
        listed = desk.sheet(sheet_id)
        rows = listed[1] if listed is not None else ()
        found += [other_row(place, r) for r in rows if r.record_id in names]
    return tuple(_pictured(desk, other) for other in found)


def _pictured(desk: Desk, other: Other) -> Other:
    """With the picture of the row, or of its name where no geometry was kept."""
    if desk.store.geometry(other.sheet_id) is not None:
        picture = f"{row_url(other.sheet_id, other.row).partition('?')[0]}?around=0"
    else:
        name = next((c.name for c in other.cells if c.kind is FieldKind.NAME), "name")
        picture = crop_url(other.sheet_id, other.row, name)
    return replace(other, picture=picture)


def _merging(place: Place) -> tuple[int, dict[str, str]] | None:
    """The row that this one most likely goes on in, and what both say together."""
    record = place.record
    beside = [place.record_of(place.row + 1), place.record_of(place.row - 1)]
    others = [row for row in beside if row is not None]
    if record is None or not others:
        return None
    other = next((row for row in others if _is_part(row)), others[0])
    upper, lower = sorted((record, other), key=lambda r: r.row)
    return other.row, merged_values(upper, lower)


def _is_part(row: RecordRow) -> bool:
    """Whether a row was said to be a part of an entry over two rows."""
    return any(f.reason == OVER_TWO_ROWS for value in row.fields for f in value.findings)


def _splitting(place: Place) -> tuple[dict[str, str], dict[str, str], int] | None:
    """What both people of this row may be called, and the row that the second one gets."""
    if place.record is None:
        return None
    first, second = two_people(place.record)
    return first, second, free_row(place.sheet, place.records, place.row)


def filter_words(condition: str, value: str, language: str) -> str:
    """A condition of a filter as people call it."""
    if condition == "field":
        return field_name(value, language)
    if condition == "reason":
        return say(message_of(value), language).rstrip(".")
    return value
