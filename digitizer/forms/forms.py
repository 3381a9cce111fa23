"""Read and check form definitions.

A definition says what is printed on a sheet and what people write where; it
holds no positions. See docs/forms.md for the language.
"""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitizer.errors import FormError
from digitizer.forms.definitionvalues import MOST_LETTERS, DefinitionValues
from digitizer.records import FieldKind, FieldSpec
from digitizer.states import DateOrder

_FOLDER = Path(__file__).parent
# Definitions kept in memory.
_KEPT_FORMS = 64
# What tells a definition's text from a name or path, and what it is called in messages.
_HEAD = re.compile(r"^\s*\[\s*form\s*\]\s*(#.*)?$", re.MULTILINE)
_KEPT = "the definition that the workspace keeps"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the signer table: its printed header texts and its fields.

    ``header`` holds the wordings it may have, none where its cells have captions
    instead; ``consent``: ink in this column is the signer's consent to be contacted.
    ``captions``: for each field the words printed with it inside every cell, none
    for fields without. ``line``: which of a row's ruled lines it is on, from 1.
    ``comb``: its cells are ruled into one box a character.
    """

    name: str
    header: tuple[str, ...]
    fields: tuple[FieldSpec, ...]
    consent: bool = False
    captions: tuple[tuple[str, ...], ...] = ()
    line: int = 1
    comb: bool = False

    @property
    def cell_names(self) -> tuple[str, ...]:
        """What its cells are called: a cell with several captions is cut at them."""
        labelled = [
            spec.name for spec, said in zip(self.fields, self.captions, strict=True) if said
        ]
        return (self.name, *labelled) if len(labelled) > 1 else (self.name,)

    @property
    def all_captions(self) -> tuple[str, ...]:
        """Every wording printed inside the column's cells."""
        return tuple(wording for wordings in self.captions for wording in wordings)


@dataclass(frozen=True, slots=True)
class BoxField:
    """A labelled line of the collector box."""

    field: FieldSpec
    label: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectorBox:
    """What is printed in the collector box."""

    title: tuple[str, ...]
    fields: tuple[BoxField, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One printed form. ``petition`` is empty where the sheet's title names it.

    ``lines``: ruled lines that make up one signer row. ``example``: what is printed in rows
    at the table's top that show how to fill in the others. ``box`` may stand for several
    printed boxes: all their fields together are the collector box's. ``date_order``: what
    dates in figures begin with, None where the sheet does not say it.
    """

    name: str
    language: str
    petition: str
    phrases: tuple[str, ...]
    columns: tuple[Column, ...]
    box: CollectorBox | None
    source: str
    lines: int = 1
    example: tuple[str, ...] = ()
    date_order: DateOrder | None = None

    @property
    def lined(self) -> bool:
        """Whether rows have several lines, or captions inside cells tell the columns."""
        return self.lines > 1 or any(c.all_captions and not c.header for c in self.columns)

    @property
    def has_captions(self) -> bool:
        """Whether words are printed inside the cells."""
        return any(column.all_captions for column in self.columns)

    @property
    def has_heads(self) -> bool:
        """Whether anything printed over or in its columns tells them."""
        return self.has_captions or any(column.header for column in self.columns)

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """All fields of a signer row, in column order."""
        return tuple(spec for column in self.columns for spec in column.fields)

    @property
    def all_fields(self) -> tuple[FieldSpec, ...]:
        """The fields of a signer row and those of the collector box."""
        return (*self.fields, *(item.field for item in (self.box.fields if self.box else ())))


def missing_signer(form: Form) -> tuple[str, ...]:
    """What of a signer a definition has no field for, one line each: a name, a signature.

    Such a definition is well formed, but its rows are nobody's.
    """
    kinds = {spec.kind for spec in form.fields}
    return tuple(
        f"no field of the table is of kind {kind.value!r}: {told}"
        for kind, told in (
            (FieldKind.NAME, "who signed is then not known"),
            (FieldKind.SIGNATURE, "rows then count without a signature"),
        )
        if kind not in kinds
    )


def installed_forms() -> tuple[str, ...]:
    """Names of the definitions that come with the package."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_forms(names_or_paths: Sequence[str] = (), *, unchanged_from: str = "") -> tuple[Form, ...]:
    """Read definitions by installed name or file path; all installed ones if none is named.

    The text of a definition, as a workspace keeps it, stands for itself.
    Raises FormError for a name or file that does not exist or does not check,
    and where two files define a form of one name.
    """
    named = dict.fromkeys(_place_of(name) for name in (names_or_paths or installed_forms()))
    forms: dict[str, Form] = {}
    for path, text in named:
        form = _parsed(path, _text_of(path) if text is None else text)
        if form.name in forms:
            raise FormError(
                f"{form.source}: {forms[form.name].source} defines a form {form.name!r} too; "
                "give one of them another name."
            )
        forms[form.name] = form
    return tuple(forms.values())


def own_definitions(names_or_paths: Sequence[str]) -> dict[str, str]:
    """The text of each definition among these that does not come with the package, by its name.

    Raises FormError as ``load_forms`` does.
    """
    own = {}
    for name in names_or_paths:
        if name not in installed_forms():
            path, text = _place_of(name)
            text = _text_of(path) if text is None else text
            own[_parsed(path, text).name] = text
    return own


def _place_of(name: str) -> tuple[str, str | None]:
    """Path of a definition, or what it is called and its text where that is given."""
    return (_KEPT, name) if _HEAD.search(name) else (_path_of(name), None)


def _path_of(name: str) -> str:
    if name in installed_forms():
        return str(_FOLDER / f"{name}.toml")
    if Path(name).is_file():
        return str(Path(name).resolve())
    known = ", ".join(installed_forms())
    raise FormError(f"No form definition called {name!r}: give a TOML file or one of {known}.")


def _text_of(path: str) -> str:
    try:
        # Editors on Windows put a mark before the first line.
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FormError(f"{path}: cannot be read as a form definition: {error}") from error


# Kept by what a file holds: servers and watches go on for days, and people mend definitions.
@functools.lru_cache(maxsize=_KEPT_FORMS)
def _parsed(path: str, text: str) -> Form:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{path}: cannot be read as a form definition: {error}") from error
    return parse_form(data, source=path, text=text)


def parse_form(data: Mapping[str, object], *, source: str, text: str = "") -> Form:
    """Check the parsed TOML of a definition.

    ``text``: the file, so that problems can be told with their lines. Raises
    FormError that names every problem, one a line, with its place and cure.
    """
    where = DefinitionValues(source, text)
    where.only(data, ("form", "table", "collector_box"), "the top level")
    form = where.table(data, "form")
    where.part = where.lines.form
    where.only(form, ("name", "language", "petition", "phrases", "date_order"), "[form]")
    name, language = where.name(form, "[form]"), where.language(form)
    petition, phrases = where.text(form, "petition", ""), where.texts(form, "phrases", ())
    date_order = where.date_order(form)
    table = where.table(data, "table")
    where.part = where.lines.table
    where.only(table, ("columns", "lines", "example"), "[table]")
    lines = where.count(table, "lines", "[table]")
    example = where.texts(table, "example", ())
    columns = tuple(
        _column(where, entry, number, lines)
        for number, entry in enumerate(where.tables(table, "columns"))
    )
    where.part = where.lines.table
    if not columns and not where.problems:
        where.problem("[[table.columns]] is missing: a petition has at least one column")
    lines_of = where.lines
    for n, one in enumerate(columns):
        if one.cell_names.count(one.name) > 1:
            where.part = lines_of.column(n)
            where.problem(
                f"column {one.name!r} is called like one of its fields: with several captions each "
                "of them is a cell of that name; call the column otherwise, such as 'card'",
                "name",
            )
    where.part = where.lines.table
    cells = [dict.fromkeys(one.cell_names) for one in columns]
    where.once(
        "column", [(cell, lines_of.column(n)) for n, one in enumerate(cells) for cell in one]
    )
    names = [
        (spec.name, lines_of.column_field(n, k))
        for n, column in enumerate(columns)
        for k, spec in enumerate(column.fields)
    ]
    box = None
    if "collector_box" in data:
        box = _box(where, where.table(data, "collector_box"))
        boxes = enumerate(box.fields)
        names += [(item.field.name, lines_of.box_field(n)) for n, item in boxes]
    where.once("field", names)
    made = Form(
        name=name,
        language=language,
        petition=petition,
        phrases=phrases,
        columns=columns,
        box=box,
        source=source,
        lines=lines,
        example=example,
        date_order=date_order,
    )
    where.raise_problems()
    return made


def _column(
    where: DefinitionValues, entry: Mapping[str, object], number: int, lines: int
) -> Column:
    place = f"[[table.columns]] number {number + 1}"
    where.part = own = where.lines.column(number)
    where.only(entry, ("name", "header", "untitled", "fields", "consent", "line", "comb"), place)
    fields = where.tables(entry, "fields")
    captions = tuple(where.texts(item, "caption", ()) for item in fields)
    untitled = where.flag(entry, "untitled", place)
    if untitled and "header" in entry:
        where.problem(f"{place}: a column is untitled or has a header, not both", "untitled")
    header = where.texts(entry, "header", () if untitled or any(captions) else None)
    line = where.count(entry, "line", place)
    if line > lines:
        where.problem(
            f"{place}: a row has {lines} ruled lines ([table] lines), none {line}", "line"
        )
    made = []
    for count, item in enumerate(fields):
        where.part = where.lines.column_field(number, count)
        made.append(_field(where, item, place))
    where.part = own
    return Column(
        name=where.name(entry, place),
        header=header,
        fields=tuple(made),
        consent=where.flag(entry, "consent", place),
        captions=captions,
        line=line,
        comb=where.flag(entry, "comb", place),
    )


def _field(where: DefinitionValues, entry: Mapping[str, object], place: str) -> FieldSpec:
    known = ("name", "kind", "required", "caption", "values", "patterns", "target_error")
    where.only(entry, known, f"{place}, fields")
    return _spec(where, entry, place, required=where.flag(entry, "required", place))


def _spec(
    where: DefinitionValues, entry: Mapping[str, object], place: str, *, required: bool = False
) -> FieldSpec:
    kind = where.kind(entry, place)
    return FieldSpec(
        where.field_name(entry, place),
        kind,
        required,
        where.values(entry, kind, place) or where.patterns(entry, kind, place),
        where.target_error(entry, kind, place),
    )


def _box(where: DefinitionValues, data: Mapping[str, object]) -> CollectorBox:
    where.part = own = where.lines.box
    where.only(data, ("title", "fields"), "[collector_box]")
    fields = []
    for number, entry in enumerate(where.tables(data, "fields")):
        place = f"[[collector_box.fields]] number {number + 1}"
        where.part = where.lines.box_field(number)
        where.only(entry, ("name", "kind", "label", "values", "patterns", "target_error"), place)
        fields.append(BoxField(_spec(where, entry, place), where.texts(entry, "label")))
    where.part = own
    return CollectorBox(where.texts(data, "title", ()), tuple(fields))


def name_from(text: str) -> str:
    """A text, such as a file's name, as a form's name."""
    return re.sub(r"[^\w-]+", "-", text).strip("-_")[:MOST_LETTERS] or "form"
