"""A form definition in the making, and how it is written down as TOML."""

import json
import re
from dataclasses import dataclass, field

from digitizer.drafting.fieldkinds import asks_foreign_code
from digitizer.records import FieldKind

_CHECKED_BY = "Drafted by `digitizer form new`: read it over, then `digitizer form check`."
# Which country's code it is nobody can tell from "Postcode".
_CODE_HINT = (
    '# kind = "code" with patterns = ["99999", "99999-9999"], or as the code looks, reads it surer'
)


@dataclass(frozen=True, slots=True)
class DraftField:
    """A field: its name, kind, and the caption printed with it, if any."""

    name: str
    kind: FieldKind
    caption: str = ""


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """A column: its name, header and fields; ``line`` of a row, ``comb`` as in a definition."""

    name: str
    header: str
    fields: tuple[DraftField, ...]
    line: int = 1
    comb: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A form definition in the making."""

    name: str
    language: str
    title: str
    phrases: tuple[str, ...]
    lines: int
    columns: tuple[DraftColumn, ...]
    box_title: str = ""
    box: tuple[tuple[str, FieldKind, str], ...] = field(default=())
    example: str = ""


def as_toml(draft: Draft) -> str:
    """The draft as the text of a definition file."""
    text = [
        f"# {_CHECKED_BY}",
        "",
        "[form]",
        f"name = {_quoted(draft.name)}",
        f"language = {_quoted(draft.language)}",
        f"petition = {_quoted(draft.title)} # as records.csv names it; empty: the printed title",
        "phrases = [ # printed on the sheet outside the table; they tell this form from others",
        *(f"  {_quoted(phrase)}," for phrase in draft.phrases),
        "]",
        "",
    ]
    table = []
    if draft.lines > 1:
        table.append(f"lines = {draft.lines} # ruled lines that make up one signer")
    if draft.example:
        table += [
            "# Printed in the first row, to show how to fill in the others: it is no signer's.",
            f"example = [{_quoted(draft.example)}]",
        ]
    if table:
        text += ["[table]", *table, ""]
    for column in draft.columns:
        text += ["[[table.columns]]", f"name = {_quoted(column.name)}"]
        if column.header:
            text.append(f"header = [{_quoted(column.header)}]")
        elif not any(one.caption for one in column.fields):
            text.append('untitled = true # if something is printed over it: header = ["..."]')
        if draft.lines > 1:
            text.append(f"line = {column.line}")
        if column.comb:
            text.append("comb = true # one box for each character")
        if any(f.kind in (FieldKind.PHONE, FieldKind.EMAIL) for f in column.fields):
            text.append("# consent = true # if writing here means that the signer may be contacted")
        if any(_asks_code(one, column.header) for one in column.fields):
            text.append(_CODE_HINT)
        text += ["fields = [", *(f"  {_field(one)}," for one in column.fields), "]", ""]
    if draft.box:
        text.append("[collector_box]")
        if draft.box_title:
            text.append(f"title = [{_quoted(draft.box_title)}]")
        text.append("")
        for name, kind, label in draft.box:
            text += [
                "[[collector_box.fields]]",
                f"name = {_quoted(name)}",
                f"kind = {_quoted(kind.value)}",
                f"label = [{_quoted(label)}]",
                "",
            ]
    return "\n".join(text)


def _asks_code(one: DraftField, header: str) -> bool:
    return one.kind is FieldKind.TEXT and asks_foreign_code(one.caption or header)


def _field(one: DraftField) -> str:
    parts = [f"name = {_quoted(one.name)}", f"kind = {_quoted(one.kind.value)}"]
    if one.caption:
        parts.append(f"caption = [{_quoted(one.caption)}]")
    if one.kind in (FieldKind.NAME, FieldKind.ADDRESS, FieldKind.SIGNATURE):
        parts.append("required = true")
    return "{ " + ", ".join(parts) + " }"


def _quoted(text: str) -> str:
    # A TOML basic string takes the same escapes as a JSON string.
    return json.dumps(re.sub(r"\s+", " ", text).strip(), ensure_ascii=False)
