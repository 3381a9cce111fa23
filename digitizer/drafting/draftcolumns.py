"""The columns of a draft: kinds guessed from heads and captions, and names for all fields.

A head says what is written below it; where the cells have captions each is a field. It
fails where neither tells a kind: what is written there is drafted as text.
"""

from collections.abc import Sequence
from dataclasses import replace

from digitizer.drafting.draftbox import fresh_name, slug
from digitizer.drafting.drafted import DraftColumn, DraftField
from digitizer.drafting.fieldkinds import (
    asks_birth_place,
    asks_civic_number,
    asks_first_name,
    asks_flat,
    asks_number,
    asks_street_alone,
    complete_address,
    division,
    guess_kinds,
    is_abroad,
    is_choice,
    is_street_word,
    tells_person,
)
from digitizer.forms.definitionvalues import OWN_COLUMNS
from digitizer.layout.print.wording import plain
from digitizer.records import FieldKind
from digitizer.states import APARTMENT, CIVIC_NUMBER


def draft_column(
    header: str, captions: Sequence[str], *, line: int = 1, comb: bool = False
) -> DraftColumn:
    """A column, unnamed yet: a field a caption, or what its head asks for."""
    kinds = guess_kinds(header) if plain(header) else ()
    if len(captions) > 1 or (captions and not header):
        fields = []
        ticked = any(FieldKind.CHECKBOX in guess_kinds(caption) for caption in captions)
        for caption in captions:
            found = guess_kinds(caption) or (FieldKind.TEXT,)
            if ticked and is_choice(caption):
                found = (FieldKind.CHECKBOX,)  # "No" beside "Yes" is no number
            fields += [
                DraftField("", kind, caption if number == 0 else "")
                for number, kind in enumerate(found)
            ]
        return DraftColumn("", header, tuple(fields), line, comb)
    fields = [DraftField("", kind) for kind in kinds or (FieldKind.TEXT,)]
    return DraftColumn("", header, tuple(fields), line, comb)


def number_column(header: str) -> DraftColumn:
    """A column of the rows' printed numbers; a head of signs that tell nothing is none."""
    said = header if plain(header) or asks_number(header) else ""
    return DraftColumn("", said, (DraftField("", FieldKind.ROW_NUMBER),))


def once_beside(columns: Sequence[DraftColumn]) -> tuple[DraftColumn, ...]:
    """Columns without those of a second signer beside the first, who has the same ones."""
    kept: list[DraftColumn] = []
    for line in sorted({column.line for column in columns}):
        ours = [column for column in columns if column.line == line]
        half = len(ours) // 2
        said = [
            (column.header, *((one.kind, one.caption) for one in column.fields)) for column in ours
        ]
        if len(ours) % 2 or said[:half] != said[half:]:
            return tuple(columns)
        kept += ours[:half]
    return tuple(kept)


def with_ticks(column: DraftColumn, boxes: int) -> DraftColumn:
    """A column whose cells hold so many printed boxes: as many fields of no kind are ticked."""
    unknown = [one for one in column.fields if one.kind is FieldKind.TEXT]
    if not boxes or len(unknown) != boxes:
        return column
    fields = [
        replace(one, kind=FieldKind.CHECKBOX) if one in unknown else one for one in column.fields
    ]
    return replace(column, fields=tuple(fields))


def name_columns(columns: Sequence[DraftColumn]) -> tuple[DraftColumn, ...]:
    """Columns and fields with names, each once; addresses with their unasked parts."""
    taken = set(OWN_COLUMNS)
    named = []
    columns = _with_signers(columns)
    numbered = any(map(asks_civic_number, (t for one in columns for t in column_texts(one))))
    for column in columns:
        fields = list(column.fields)
        if not any(f.caption for f in fields):
            others = {f.kind for other in columns if other is not column for f in other.fields}
            if any(_is_abroad(other) for other in columns):
                others.add(FieldKind.POSTAL_CODE)
            wanted = tuple(f.kind for f in fields)
            street = asks_street_alone(column.header) or (
                numbered and is_street_word(column.header)
            )
            if not street:
                wanted = complete_address(wanted, frozenset(others))
            fields = [DraftField("", kind) for kind in wanted]
        else:
            fields = _with_unasked(fields, columns)
        done = []
        for one in fields:
            base = one.kind.value
            if one.kind is FieldKind.NAME and asks_first_name(one.caption or column.header):
                several = sum(f.kind is FieldKind.NAME for other in columns for f in other.fields)
                base = "first_name" if several > 1 else base
            elif one.kind in (FieldKind.TEXT, FieldKind.CHECKBOX, FieldKind.IGNORE):
                asked = one.caption or column.header
                place = _text_name(asked, columns) if one.kind is FieldKind.TEXT else ""
                base = place or slug(asked) or base
            done.append(DraftField(fresh_name(base, taken), one.kind, one.caption))
        several = len(done) > 1
        # Fields with captions are cells of their own, called like them.
        both = "_".join(one.name for one in done[:2])
        name = (slug(column.header) if several else done[0].name) or both
        named.append(DraftColumn(name, column.header, tuple(done), column.line, column.comb))
    return tuple(_once(named))


def _text_name(asked: str, columns: Sequence[DraftColumn]) -> str:
    """What a field of text is called that exports or people know by a name of its own; or ""."""
    if asks_birth_place(asked):
        return "birth_place"
    if any(one.kind is FieldKind.ADDRESS for column in columns for one in column.fields):
        # Parts of the address beside its street.
        if asks_civic_number(asked):
            return CIVIC_NUMBER
        if asks_flat(asked):
            return APARTMENT
    return division(asked)


def _with_signers(columns: Sequence[DraftColumn]) -> list[DraftColumn]:
    """Columns whose head says who signs as names, where no head and no caption asks for one."""
    if any(one.kind is FieldKind.NAME for column in columns for one in column.fields):
        return list(columns)
    alone = [
        column
        for column in columns
        if tells_person(column.header)
        and [one.kind for one in column.fields] == [FieldKind.TEXT]
        and not column.fields[0].caption
    ]
    return [
        replace(column, fields=(DraftField("", FieldKind.NAME),)) if column in alone[:1] else column
        for column in columns
    ]


def _with_unasked(fields: Sequence[DraftField], columns: Sequence[DraftColumn]) -> list[DraftField]:
    """Captioned fields with city, province and code behind an address, where none is asked for."""
    told = [f for column in columns for f in column.fields]
    asked = {f.kind for f in told} - {FieldKind.ADDRESS}
    if any(_is_abroad(column) for column in columns):
        asked.add(FieldKind.POSTAL_CODE)
    found: list[DraftField] = []
    for one in fields:
        found.append(one)
        alone = one.kind is FieldKind.ADDRESS and sum(f.kind is one.kind for f in told) == 1
        if alone and not asks_street_alone(one.caption):
            kinds = complete_address((FieldKind.ADDRESS,), frozenset(asked))
            found += [DraftField("", kind) for kind in kinds if kind is not FieldKind.ADDRESS]
    return found


def column_texts(column: DraftColumn) -> tuple[str, ...]:
    """A column's head and the captions in its cells."""
    return column.header, *(one.caption for one in column.fields)


def _is_abroad(column: DraftColumn) -> bool:
    """Whether a column's head or one of its captions is one of another country's sheets."""
    return any(map(is_abroad, column_texts(column)))


def _once(columns: Sequence[DraftColumn]) -> list[DraftColumn]:
    captioned = ([f.name for f in c.fields if f.caption] for c in columns)
    taken = {name for names in captioned if len(names) > 1 for name in names}
    return [
        DraftColumn(fresh_name(c.name, taken), c.header, c.fields, c.line, c.comb) for c in columns
    ]
