"""Read and check form definitions.

A definition says what is printed on a sheet and what people write where; it
holds no positions. See docs/forms.md for the language.
"""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitizer.errors import FormError
from digitizer.records import FieldKind, FieldSpec

_FOLDER = Path(__file__).parent


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
    printed boxes: all their fields together are the collector box's.
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

    @property
    def lined(self) -> bool:
        """Whether rows have several lines, or captions inside cells tell the columns."""
        return self.lines > 1 or any(c.all_captions and not c.header for c in self.columns)

    @property
    def cards(self) -> bool:
        """Whether a signer has one cell for all, with several captions in it."""
        return len(self.columns) == 1 and len(self.columns[0].cell_names) > 1

    @property
    def has_captions(self) -> bool:
        """Whether words are printed inside the cells."""
        return any(column.all_captions for column in self.columns)

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """All fields of a signer row, in column order."""
        return tuple(spec for column in self.columns for spec in column.fields)


def installed_forms() -> tuple[str, ...]:
    """Names of the definitions that come with the package."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_forms(names_or_paths: Sequence[str] = ()) -> tuple[Form, ...]:
    """Read definitions by installed name or file path; all installed ones if none is named.

    Raises FormError for a name or file that does not exist or does not check,
    and where two files define a form of one name.
    """
    paths = dict.fromkeys(_path_of(name) for name in (names_or_paths or installed_forms()))
    forms: dict[str, Form] = {}
    for form in map(_load, paths):
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


@functools.cache
def _load(path: str) -> Form:
    try:
        text = Path(path).read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
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
    where.only(form, ("name", "language", "petition", "phrases"), "[form]")
    name, language = where.text(form, "name"), where.text(form, "language", "en")
    petition, phrases = where.text(form, "petition", ""), where.texts(form, "phrases", ())
    table = where.table(data, "table")
    where.only(table, ("columns", "lines", "example"), "[table]")
    lines = where.count(table, "lines", "[table]")
    example = where.texts(table, "example", ())
    columns = tuple(
        _column(where, entry, number, lines)
        for number, entry in enumerate(where.tables(table, "columns"))
    )
    if not columns and not where.problems:
        where.problem("[[table.columns]] is missing: a petition has at least one column")
    where.once("column", [column.name for column in columns])
    names = [spec.name for column in columns for spec in column.fields]
    box = None
    if "collector_box" in data:
        box = _box(where, where.table(data, "collector_box"))
        names += [item.field.name for item in box.fields]
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
    )
    where.raise_problems()
    return made


def _column(where: "_Place", entry: Mapping[str, object], number: int, lines: int) -> Column:
    place = f"[[table.columns]] number {number + 1}"
    where.only(entry, ("name", "header", "untitled", "fields", "consent", "line", "comb"), place)
    fields = where.tables(entry, "fields")
    captions = tuple(where.texts(item, "caption", ()) for item in fields)
    untitled = where.flag(entry, "untitled", place)
    if untitled and "header" in entry:
        where.problem(f"{place}: a column is untitled or has a header, not both")
    header = where.texts(entry, "header", () if untitled or any(captions) else None)
    line = where.count(entry, "line", place)
    if line > lines:
        where.problem(f"{place}: a row has {lines} ruled lines ([table] lines), none {line}")
    return Column(
        name=where.text(entry, "name"),
        header=header,
        fields=tuple(_field(where, item, place) for item in fields),
        consent=where.flag(entry, "consent", place),
        captions=captions,
        line=line,
        comb=where.flag(entry, "comb", place),
    )


def _field(where: "_Place", entry: Mapping[str, object], place: str) -> FieldSpec:
    where.only(entry, ("name", "kind", "required", "caption"), f"{place}, fields")
    required = where.flag(entry, "required", place)
    return FieldSpec(where.text(entry, "name"), where.kind(entry, place), required)


def _box(where: "_Place", data: Mapping[str, object]) -> CollectorBox:
    where.only(data, ("title", "fields"), "[collector_box]")
    fields = []
    for number, entry in enumerate(where.tables(data, "fields")):
        place = f"[[collector_box.fields]] number {number + 1}"
        where.only(entry, ("name", "kind", "label"), place)
        spec = FieldSpec(where.text(entry, "name"), where.kind(entry, place))
        fields.append(BoxField(spec, where.texts(entry, "label")))
    return CollectorBox(where.texts(data, "title", ()), tuple(fields))


class _Place:
    """Reads values of one definition and notes what is wrong with them, with its line."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.problems: list[str] = []
        self._lines = text.splitlines()
        self._section = (0, len(self._lines))

    def problem(self, what: str) -> None:
        """Note a problem; its line is the first of the section that says what it is about."""
        start, stop = self._section
        names = re.findall(r"'([^']+)'|: (\w+) must", what)
        wanted = [name for pair in names for name in pair if name]
        found = [
            number
            for number in range(start, stop)
            if any(re.search(rf"\b{re.escape(name)}\b", self._lines[number]) for name in wanted)
        ]
        line = (found[0] if found else start) + 1
        where = f"{self.source}, line {line}" if self._lines else self.source
        self.problems.append(f"{where}: {what}.")

    def raise_problems(self) -> None:
        """Raise FormError if there was any problem."""
        if self.problems:
            raise FormError("\n".join(dict.fromkeys(self.problems)))

    def only(self, data: Mapping[str, object], known: Iterable[str], place: str) -> None:
        """Begin with a section; note keys that it does not have."""
        self._section = self._find(place)
        for key in data:
            if key not in known:
                self.problem(f"{place} has no key {key!r}; known are {', '.join(known)}")

    def _find(self, place: str) -> tuple[int, int]:
        """From which to before which line a section's text stands."""
        match = re.match(r"(\[+[\w.]+\]+)(?: number (\d+))?", place)
        heads = [n for n, line in enumerate(self._lines) if line.lstrip().startswith("[")]
        if match is None:
            return 0, len(self._lines)
        ours = [n for n in heads if self._lines[n].strip().startswith(match[1])]
        number = int(match[2] or 1) - 1
        if number >= len(ours):
            return 0, len(self._lines)
        after = [n for n in heads if n > ours[number]]
        return ours[number], after[0] if after else len(self._lines)

    def once(self, what: str, names: Sequence[str]) -> None:
        """Note a name that is there twice."""
        self._section = 0, len(self._lines)
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self.problem(f"{what} {name!r} is there twice; each name may stand once")

    def table(self, data: Mapping[str, object], key: str) -> Mapping[str, object]:
        """A section that must be there."""
        value = data.get(key)
        if isinstance(value, dict):
            return value
        self.problem(f"the section [{key}] is missing")
        return {}

    def tables(self, data: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
        """A list of sections or inline tables."""
        value = data.get(key, [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.problem(f"{key!r} must be a list of tables")
        return []

    def text(self, data: Mapping[str, object], key: str, default: str | None = None) -> str:
        """A text; ``default`` where it may be left out."""
        value = data.get(key, default)
        if isinstance(value, str) and (default is not None or value):
            return value
        if data or default is not None:
            self.problem(f"{key!r} must be a text in quotes")
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
        self.problem(f'{key!r} must be a list of texts, as in ["Name", "Nom"]')
        return ()

    def flag(self, data: Mapping[str, object], key: str, place: str) -> bool:
        """True or false; false where it is left out."""
        value = data.get(key, False)
        if isinstance(value, bool):
            return value
        self.problem(f"{place}: {key} must be true or false")
        return False

    def count(self, data: Mapping[str, object], key: str, place: str) -> int:
        """A number from 1; 1 where it is left out."""
        value = data.get(key, 1)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        self.problem(f"{place}: {key} must be a number from 1")
        return 1

    def kind(self, data: Mapping[str, object], place: str) -> FieldKind:
        """A field's kind."""
        value = self.text(data, "kind")
        try:
            return FieldKind(value) if value else FieldKind.TEXT
        except ValueError:
            known = ", ".join(kind.value for kind in FieldKind)
            self.problem(f"{place}: no kind {value!r}; known are {known}")
            return FieldKind.TEXT
