"""Read and check form definitions.

A definition says what is printed on a sheet and what people write where; it
holds no positions. See docs/forms.md for the language.
"""

import functools
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitizer.errors import FormError
from digitizer.forms.definitionlines import DefinitionLines, Part
from digitizer.records import FieldKind, FieldSpec
from digitizer.states import DateOrder
from digitizer.validity import folded_signs

_FOLDER = Path(__file__).parent
# A language by its code. Words and spellings of English and French are known; print in another
# is read, and what depends on the language is read as English.
ENGLISH = "en"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*", re.IGNORECASE)
# Names are parts of CSV words, of addresses and of files: crops/SHEET-r01_NAME.png.
MOST_LETTERS = 60
_NAME = re.compile(rf"[^\W_][\w .'-]{{0,{MOST_LETTERS - 1}}}")
# Columns of records.csv and sheets.csv that hold no field: one called so would not be seen there.
OWN_COLUMNS = frozenset(
    {
        "record_id", "petition", "sheet_id", "source_file", "page", "row", "status",
        "review_fields", "reasons", "contact_consent", "sha256", "form", "rotation_deg",
        "skew_deg", "rows_on_form", "rows_filled", "rows_flagged", "duplicate_of",
    }
)  # fmt: skip
CONFIDENCE = "_confidence"
# A choice is between so many values at least.
LEAST_VALUES = 2
# Definitions kept in memory.
_KEPT_FORMS = 64
# Kinds that have no column there.
UNLISTED_KINDS = (FieldKind.ROW_NUMBER, FieldKind.IGNORE)


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
    def fields(self) -> tuple[FieldSpec, ...]:
        """All fields of a signer row, in column order."""
        return tuple(spec for column in self.columns for spec in column.fields)


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

    Raises FormError for a name or file that does not exist or does not check,
    and where two files define a form of one name.
    """
    paths = dict.fromkeys(_path_of(name) for name in (names_or_paths or installed_forms()))
    forms: dict[str, Form] = {}
    for path in paths:
        form = _parsed(path, _text_of(path))
        if form.name in forms:
            raise FormError(
                f"{form.source}: {forms[form.name].source} defines a form {form.name!r} too; "
                "give one of them another name."
            )
        forms[form.name] = form
    return tuple(forms.values())


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
    where = _Place(source, text)
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
    where.once(
        "column",
        [(cell, lines_of.column(n)) for n, one in enumerate(columns) for cell in one.cell_names],
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


def _column(where: "_Place", entry: Mapping[str, object], number: int, lines: int) -> Column:
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


def _field(where: "_Place", entry: Mapping[str, object], place: str) -> FieldSpec:
    where.only(entry, ("name", "kind", "required", "caption", "values"), f"{place}, fields")
    required = where.flag(entry, "required", place)
    kind = where.kind(entry, place)
    return FieldSpec(
        where.field_name(entry, place), kind, required, where.values(entry, kind, place)
    )


def _box(where: "_Place", data: Mapping[str, object]) -> CollectorBox:
    where.part = own = where.lines.box
    where.only(data, ("title", "fields"), "[collector_box]")
    fields = []
    for number, entry in enumerate(where.tables(data, "fields")):
        place = f"[[collector_box.fields]] number {number + 1}"
        where.part = where.lines.box_field(number)
        where.only(entry, ("name", "kind", "label", "values"), place)
        kind = where.kind(entry, place)
        values = where.values(entry, kind, place)
        spec = FieldSpec(where.field_name(entry, place), kind, values=values)
        fields.append(BoxField(spec, where.texts(entry, "label")))
    where.part = own
    return CollectorBox(where.texts(data, "title", ()), tuple(fields))


def name_from(text: str) -> str:
    """A text, such as a file's name, as a form's name."""
    return re.sub(r"[^\w-]+", "-", text).strip("-_")[:MOST_LETTERS] or "form"


def _is_writable(value: object) -> bool:
    return isinstance(value, str) and bool(folded_signs(value))


class _Place:
    """Reads values of one definition and notes what is wrong with them, with its line."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.problems: list[str] = []
        self.lines = DefinitionLines(text)
        self.part = self.lines.whole
        self._has_text = bool(text)

    def problem(self, what: str, key: str = "", part: Part | None = None) -> None:
        """Note a problem with a key of ``part``, else of the part that is read now."""
        place = part or self.part
        line = self.lines.line_of(self.lines.key(place, key) if key else place)
        where = f"{self.source}, line {line}" if self._has_text else self.source
        self.problems.append(f"{where}: {what}.")

    def raise_problems(self) -> None:
        """Raise FormError if there was any problem."""
        if self.problems:
            raise FormError("\n".join(dict.fromkeys(self.problems)))

    def only(self, data: Mapping[str, object], known: Iterable[str], place: str) -> None:
        """Note keys that a section does not have."""
        for key in data:
            if key not in known:
                message = f"{place} has no key {key!r}; known are {', '.join(known)}"
                self.problem(message, key)

    def once(self, what: str, names: Sequence[tuple[str, Part]]) -> None:
        """Note each name that is there again, where it is."""
        first: dict[str, Part] = {}
        for name, part in names:
            if name in first:
                line = self.lines.line_of(self.lines.key(first[name], "name"))
                on = f" (first on line {line})" if self._has_text else ""
                message = f"{what} {name!r} is there twice{on}; each name may stand once"
                self.problem(message, "name", part)
            elif name:
                first[name] = part

    def name(self, data: Mapping[str, object], place: str) -> str:
        """A name that files, addresses and words of a CSV file can hold."""
        value = self.text(data, "name")
        if value and not _NAME.fullmatch(value):
            self.problem(
                f"{place}: no name {value!r}; a name is of letters, digits, spaces and - _ . ', "
                f"begins with a letter or a digit and has {MOST_LETTERS} of them at most",
                "name",
            )
        return value

    def field_name(self, data: Mapping[str, object], place: str) -> str:
        """A field's name: it may be no other column's of the CSV files."""
        value = self.name(data, place)
        if data.get("kind") in UNLISTED_KINDS:
            return value
        if value in OWN_COLUMNS or value.endswith(CONFIDENCE):
            self.problem(
                f"{place}: no field may be called {value!r}, as another column of records.csv or "
                "sheets.csv is",
                "name",
            )
        return value

    def language(self, data: Mapping[str, object]) -> str:
        """The code of a form's language, without its country; English where it is left out."""
        value = self.text(data, "language", ENGLISH)
        if value and not _LANGUAGE.fullmatch(value):
            self.problem(
                f'[form]: no language {value!r}; give its code, as "en" or "fr"', "language"
            )
        return value.partition("-")[0].lower()

    def date_order(self, data: Mapping[str, object]) -> DateOrder | None:
        """What the form's dates in figures begin with; None where it is left out."""
        if "date_order" not in data:
            return None
        value = data["date_order"]
        if isinstance(value, str) and value in frozenset(DateOrder):
            return DateOrder(value)
        known = ", ".join(f'"{order}"' for order in DateOrder)
        self.problem(f"[form]: date_order must be one of {known}", "date_order")
        return None

    def table(self, data: Mapping[str, object], key: str) -> Mapping[str, object]:
        """A section that must be there."""
        value = data.get(key)
        if isinstance(value, dict):
            return value
        self.problem(f"the section [{key}] is missing", part=self.lines.whole)
        return {}

    def tables(self, data: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
        """A list of sections or inline tables."""
        value = data.get(key, [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.problem(f"{key!r} must be a list of tables", key)
        return []

    def text(self, data: Mapping[str, object], key: str, default: str | None = None) -> str:
        """A text; ``default`` where it may be left out."""
        value = data.get(key, default)
        if isinstance(value, str) and (default is not None or value):
            return value
        if data or default is not None:
            self.problem(f"{key!r} must be a text in quotes", key)
        return ""

    def texts(
        self, data: Mapping[str, object], key: str, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """A list of texts; ``default`` where it may be left out."""
        value = data.get(key, list(default) if default is not None else None)
        texts = value if isinstance(value, list) else [None]
        # A wording that must be there and is not would match nothing, ever.
        missing = default is None and not texts
        if not missing and all(isinstance(item, str) and item.strip() for item in texts):
            return tuple(texts)
        self.problem(f'{key!r} must be a list of texts, as in ["Name", "Nom"]', key)
        return ()

    def values(
        self, data: Mapping[str, object], kind: FieldKind, place: str
    ) -> tuple[tuple[str, ...], ...]:
        """What a choice may say, each with the ways to write it; none for other kinds."""
        if kind is not FieldKind.CHOICE:
            if "values" in data:
                self.problem(f'{place}: only a field of kind "choice" has values', "values")
            return ()
        given = data.get("values")
        listed = given if isinstance(given, list) else []
        ways = [item if isinstance(item, list) else [item] for item in listed]
        texts = [text for item in ways for text in item]
        if len(ways) < LEAST_VALUES or not all(ways) or not all(map(_is_writable, texts)):
            self.problem(
                f'{place}: values must list what may be written there, as in ["Owner", "Tenant"] '
                'or [["Owner", "Own."], "Tenant"], each with a letter or a figure',
                "values",
            )
            return ()
        for text, times in Counter(map(folded_signs, texts)).items():
            if times > 1:
                same = " and ".join(repr(t) for t in texts if folded_signs(t) == text)
                self.problem(f"{place}: of the values {same} cannot be told apart", "values")
        return tuple(tuple(item) for item in ways)

    def flag(self, data: Mapping[str, object], key: str, place: str) -> bool:
        """True or false; false where it is left out."""
        value = data.get(key, False)
        if isinstance(value, bool):
            return value
        self.problem(f"{place}: {key} must be true or false", key)
        return False

    def count(self, data: Mapping[str, object], key: str, place: str) -> int:
        """A number from 1; 1 where it is left out."""
        value = data.get(key, 1)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        self.problem(f"{place}: {key} must be a number from 1", key)
        return 1

    def kind(self, data: Mapping[str, object], place: str) -> FieldKind:
        """A field's kind."""
        value = self.text(data, "kind")
        try:
            return FieldKind(value) if value else FieldKind.TEXT
        except ValueError:
            known = ", ".join(kind.value for kind in FieldKind)
            self.problem(f"{place}: no kind {value!r}; known are {known}", "kind")
            return FieldKind.TEXT
