"""Read and check form definitions.

A definition says what is printed on a sheet and what people write where; it
holds no positions. See docs/forms.md for the language.
"""

import functools
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

    ``lines``: ruled lines that make up one signer row. ``box`` may stand for several
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

    @property
    def lined(self) -> bool:
        """Whether rows have several lines, or captions inside cells tell the columns."""
        return self.lines > 1 or any(not column.header for column in self.columns)

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
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FormError(f"{path}: cannot be read as a form definition: {error}") from error
    return parse_form(data, source=path)


def parse_form(data: Mapping[str, object], *, source: str) -> Form:
    """Check the parsed TOML of a definition; FormError names the place and the cure."""
    where = _Place(source)
    where.only(data, ("form", "table", "collector_box"), "the top level")
    form = where.table(data, "form")
    where.only(form, ("name", "language", "petition", "phrases"), "[form]")
    table = where.table(data, "table")
    where.only(table, ("columns", "lines"), "[table]")
    lines = where.count(table, "lines", "[table]")
    columns = tuple(
        _column(where, entry, number, lines)
        for number, entry in enumerate(where.tables(table, "columns"))
    )
    if not columns:
        raise where.error("[[table.columns]] is missing: a petition has at least one column")
    where.once("column", [column.name for column in columns])
    names = [spec.name for column in columns for spec in column.fields]
    box = None
    if "collector_box" in data:
        box = _box(where, where.table(data, "collector_box"))
        names += [item.field.name for item in box.fields]
    where.once("field", names)
    return Form(
        name=where.text(form, "name"),
        language=where.text(form, "language", "en"),
        petition=where.text(form, "petition", ""),
        phrases=where.texts(form, "phrases", ()),
        columns=columns,
        box=box,
        source=source,
        lines=lines,
    )


def _column(where: "_Place", entry: Mapping[str, object], number: int, lines: int) -> Column:
    place = f"[[table.columns]] number {number + 1}"
    where.only(entry, ("name", "header", "fields", "consent", "line", "comb"), place)
    fields = where.tables(entry, "fields")
    captions = tuple(where.texts(item, "caption", ()) for item in fields)
    header = where.texts(entry, "header", () if any(captions) else None)
    line = where.count(entry, "line", place)
    if line > lines:
        raise where.error(f"{place}: a row has {lines} ruled lines ([table] lines), none {line}")
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
    """Reads values of one definition and words what is wrong with them."""

    def __init__(self, source: str) -> None:
        self.source = source

    def error(self, what: str) -> FormError:
        return FormError(f"{self.source}: {what}.")

    def only(self, data: Mapping[str, object], known: Iterable[str], place: str) -> None:
        for key in data:
            if key not in known:
                raise self.error(f"{place} has no key {key!r}; known are {', '.join(known)}")

    def once(self, what: str, names: Sequence[str]) -> None:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise self.error(f"{what} {twice[0]!r} is there twice; each name may stand once")

    def table(self, data: Mapping[str, object], key: str) -> Mapping[str, object]:
        value = data.get(key)
        if not isinstance(value, dict):
            raise self.error(f"the section [{key}] is missing")
        return value

    def tables(self, data: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(f"{key!r} must be a list of tables")
        return value

    def text(self, data: Mapping[str, object], key: str, default: str | None = None) -> str:
        value = data.get(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self.error(f"{key!r} must be a text in quotes")
        return value

    def texts(
        self, data: Mapping[str, object], key: str, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        value = data.get(key, list(default) if default is not None else None)
        texts = value if isinstance(value, list) else [None]
        # A wording that must be there and is not would match nothing, ever.
        missing = default is None and not texts
        if missing or not all(isinstance(item, str) and item.strip() for item in texts):
            raise self.error(f'{key!r} must be a list of texts, as in ["Name", "Nom"]')
        return tuple(texts)

    def flag(self, data: Mapping[str, object], key: str, place: str) -> bool:
        value = data.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"{place}: {key} must be true or false")
        return value

    def count(self, data: Mapping[str, object], key: str, place: str) -> int:
        value = data.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.error(f"{place}: {key} must be a number from 1")
        return value

    def kind(self, data: Mapping[str, object], place: str) -> FieldKind:
        value = self.text(data, "kind")
        try:
            return FieldKind(value)
        except ValueError:
            known = ", ".join(kind.value for kind in FieldKind)
            raise self.error(f"{place}: no kind {value!r}; known are {known}") from None
