"""Values of a form definition: each read and checked, with the line of what is wrong."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from digitizer.errors import FormError
from digitizer.forms.definitionlines import DefinitionLines, Part
from digitizer.records import FieldKind
from digitizer.states import INK_KINDS, UNWRITTEN_KINDS, DateOrder
from digitizer.validity import PATTERN, folded_signs

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
# No field's errors are tolerated beyond this share: what is more often wrong is no reading.
MOST_ERRORS = 0.1


def _is_writable(value: object) -> bool:
    return isinstance(value, str) and bool(folded_signs(value))


class DefinitionValues:
    """Reads values of one definition and notes what is wrong with them, with its line."""

    def __init__(self, source: str, text: str) -> None:
        """``source``: what problems name; ``text``: the file, empty where lines are not told."""
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
        # A kind may be anything, a list as well: that is told elsewhere.
        if data.get("kind") in tuple(UNWRITTEN_KINDS):
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

    def patterns(
        self, data: Mapping[str, object], kind: FieldKind, place: str
    ) -> tuple[tuple[str, ...], ...]:
        """What a code may look like, each pattern alone as a value; none for other kinds."""
        if kind is not FieldKind.CODE:
            if "patterns" in data:
                self.problem(f'{place}: only a field of kind "code" has patterns', "patterns")
            return ()
        given = data.get("patterns")
        listed = given if isinstance(given, list) else []
        if not listed or not all(isinstance(p, str) and PATTERN.fullmatch(p) for p in listed):
            self.problem(
                f'{place}: patterns must list what codes look like, as in ["99999", "99999-9999"]: '
                "9 stands for a figure, A for a letter, up to 24 of them, with a space, hyphen or "
                "point between where the form has one",
                "patterns",
            )
            return ()
        for signs, times in Counter(map(folded_signs, listed)).items():
            if times > 1:
                same = " and ".join(repr(p) for p in listed if folded_signs(p) == signs)
                self.problem(f"{place}: codes of {same} cannot be told apart", "patterns")
        return tuple((pattern,) for pattern in listed)

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

    def target_error(self, data: Mapping[str, object], kind: FieldKind, place: str) -> float | None:
        """The share of wrong values that a field may have; None where it is left out."""
        key = "target_error"
        if key not in data:
            return None
        value = data[key]
        if kind in INK_KINDS:
            self.problem(
                f"{place}: of kind {kind.value!r} nothing is read, so it has no {key}", key
            )
        elif isinstance(value, float) and 0 < value <= MOST_ERRORS:
            return value
        else:
            self.problem(
                f"{place}: {key} must be a share above 0 and up to {MOST_ERRORS}; "
                "0.02 is one wrong in 50",
                key,
            )
        return None
