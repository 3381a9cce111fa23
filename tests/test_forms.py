"""Form definitions: every one in the project loads, every mistake is named with its place."""

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawn import words_at
from hypothesis import given
from hypothesis import strategies as st

from digitizer.errors import FormError
from digitizer.export import COLLECTOR_FIELDS, RECORD_COLUMNS, ROW_FIELDS, SHEET_COLUMNS
from digitizer.forms.definitionlines import DefinitionLines
from digitizer.forms.definitionvalues import CONFIDENCE, OWN_COLUMNS
from digitizer.forms.forms import (
    Form,
    installed_forms,
    load_forms,
    missing_signer,
    name_from,
    parse_form,
)
from digitizer.forms.unchanged import digest_of_texts, form_text, load_unchanged
from digitizer.layout.identification.formscore import labels_score
from digitizer.records import FieldKind
from digitizer.states import DateOrder

ROOT = Path(__file__).resolve().parent.parent
DEFINITIONS = sorted([*ROOT.glob("digitizer/forms/*.toml"), *ROOT.glob("tests/forms/**/*.toml")])

GOOD = """
[form]
name = "parks"
language = "en"
petition = "Save the parks"
phrases = ["Save the parks"]

[[table.columns]]
name = "name"
header = ["Name", "Full name"]
fields = [{ name = "name", kind = "name", required = true }]

[[table.columns]]
name = "contact"
header = ["Email and phone"]
consent = true
fields = [{ name = "email", kind = "email" }, { name = "phone", kind = "phone" }]

[collector_box]
title = ["Collected by"]

[[collector_box.fields]]
name = "collector_name"
kind = "name"
label = ["Your name:"]
"""


def good() -> dict[str, Any]:
    """A definition without a mistake, to be spoilt."""
    return copy.deepcopy(tomllib.loads(GOOD))


def at(data: dict[str, Any], *path: str | int) -> Any:
    """The part of ``data`` that lies at ``path``."""
    part: Any = data
    for step in path:
        part = part[step]
    return part


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """A mistake: something else at a place."""

    def change(data: dict[str, Any]) -> None:
        at(data, *path[:-1])[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """A mistake: a place left out."""

    def change(data: dict[str, Any]) -> None:
        del at(data, *path[:-1])[path[-1]]

    return change


COLUMN = ("table", "columns", 1)
FIELD = (*COLUMN, "fields", 0)
BOX = ("collector_box", "fields", 0)


def choice_of(*values: object) -> Callable[[dict[str, Any]], None]:
    """A field that is a choice between these."""

    def change(data: dict[str, Any]) -> None:
        at(data, *FIELD).update(kind="choice", values=list(values))

    return change


def code_of(*patterns: object) -> Callable[[dict[str, Any]], None]:
    """A field that is a code of these patterns."""

    def change(data: dict[str, Any]) -> None:
        at(data, *FIELD).update(kind="code", patterns=list(patterns))

    return change


def target_of(kind: str, share: object) -> Callable[[dict[str, Any]], None]:
    """A field of a kind that tolerates this share of errors."""

    def change(data: dict[str, Any]) -> None:
        at(data, *FIELD).update(kind=kind, target_error=share)

    return change


MISTAKES = [
    ("unknown section", put("tabel", value={}), "'tabel'"),
    ("unknown key of the form", put("form", "lang", value="en"), r"\[form\].*'lang'"),
    ("unknown key of the table", put("table", "rows", value=8), r"\[table\].*'rows'"),
    ("unknown key of a column", put(*COLUMN, "width", value=3), "number 2.*'width'"),
    ("unknown key of a field", put(*FIELD, "must", value=True), "number 2.*'must'"),
    ("unknown key of the box", put("collector_box", "x", value=1), r"\[collector_box\].*'x'"),
    ("unknown key of a box field", put(*BOX, "required", value=True), "number 1.*'required'"),
    ("no form", drop("form"), r"\[form\] is missing"),
    ("form is a text", put("form", value="parks"), r"\[form\] is missing"),
    ("no table", drop("table"), r"\[table\] is missing"),
    ("no columns", drop("table", "columns"), "columns"),
    ("empty columns", put("table", "columns", value=[]), "columns"),
    ("columns are no tables", put("table", "columns", value=["name"]), "'columns'"),
    ("columns are one table", put("table", "columns", value={"name": "x"}), "'columns'"),
    ("no name", drop("form", "name"), "'name'"),
    ("empty name", put("form", "name", value=""), "'name'"),
    ("name is a number", put("form", "name", value=3), "'name'"),
    ("language is a list", put("form", "language", value=["en"]), "'language'"),
    ("petition is a number", put("form", "petition", value=7), "'petition'"),
    ("phrases are one text", put("form", "phrases", value="Save"), "'phrases'"),
    ("a phrase is a number", put("form", "phrases", value=["Save", 3]), "'phrases'"),
    ("no column name", drop(*COLUMN, "name"), "'name'"),
    ("no header", drop(*COLUMN, "header"), "'header'"),
    ("header is a text", put(*COLUMN, "header", value="Name"), "'header'"),
    ("consent is a text", put(*COLUMN, "consent", value="yes"), "number 2.*consent"),
    ("consent is a number", put(*COLUMN, "consent", value=1), "number 2.*consent"),
    ("fields are a text", put(*COLUMN, "fields", value="email"), "'fields'"),
    ("field without name", drop(*FIELD, "name"), "'name'"),
    ("field without kind", drop(*FIELD, "kind"), "'kind'"),
    ("values of no choice", put(*FIELD, "values", value=["a", "b"]), "only.*choice.*values"),
    ("choice without values", put(*FIELD, "kind", value="choice"), "values must list"),
    ("patterns of no code", put(*FIELD, "patterns", value=["99999"]), "only.*code.*patterns"),
    ("code without patterns", put(*FIELD, "kind", value="code"), "patterns must list"),
    ("a pattern of other letters", code_of("99999", "ZIP"), "patterns must list"),
    ("a pattern of two signs between", code_of("99 -99"), "patterns must list"),
    ("a pattern is a number", code_of(99999), "patterns must list"),
    ("patterns alike", code_of("99-999", "999-99"), "'99-999' and '999-99' cannot be told apart"),
    ("choice of one", choice_of("Yes"), "values must list"),
    ("a value of no letter", choice_of("Yes", "--"), "values must list"),
    ("a value is a number", choice_of("Yes", 3), "values must list"),
    ("a value without spelling", choice_of("Yes", []), "values must list"),
    ("a target of ink", target_of("signature", 0.02), "'signature' nothing is read"),
    ("a target in percent", target_of("email", 2), "target_error must be a share"),
    ("a target of nothing", target_of("email", 0.0), "target_error must be a share"),
    ("a target too large", target_of("email", 0.5), "target_error must be a share"),
    ("a target as a text", target_of("email", "0.02"), "target_error must be a share"),
    ("values alike", choice_of("Été", ["Hiver", "ETE"]), "'Été' and 'ETE' cannot be told apart"),
    ("field of no kind", put(*FIELD, "kind", value="mail"), "number 2.*'mail'.*email"),
    ("kind is a number", put(*FIELD, "kind", value=1), "'kind'"),
    ("required is a text", put(*FIELD, "required", value="yes"), "number 2.*required"),
    ("header of no text", put(*COLUMN, "header", value=[]), "'header'"),
    ("untitled with a header", put(*COLUMN, "untitled", value=True), "untitled.*not both"),
    ("blank header", put(*COLUMN, "header", value=["Name", " "]), "'header'"),
    ("blank phrase", put("form", "phrases", value=[""]), "'phrases'"),
    ("label of no text", put(*BOX, "label", value=[]), "'label'"),
    ("same column twice", put(*COLUMN, "name", value="name"), "column 'name'.*twice"),
    ("same field twice", put(*FIELD, "name", value="name"), "'name'.*twice"),
    ("box field named as a column's", put(*BOX, "name", value="email"), "'email'.*twice"),
    ("box is a list", put("collector_box", value=[]), r"\[collector_box\]"),
    ("box title is a text", put("collector_box", "title", value="By"), "'title'"),
    ("box field without label", drop(*BOX, "label"), "'label'"),
    ("language without a code", put("form", "language", value="English"), r"'English'.*code"),
    ("order of dates is none", put("form", "date_order", value="mm/dd"), "date_order.*month-first"),
    ("order of dates is a list", put("form", "date_order", value=["day-first"]), "date_order"),
    ("form's name is a path", put("form", "name", value="../parks"), r"\[form\].*'\.\./parks'"),
    ("column's name is a path", put(*COLUMN, "name", value="a/b"), "number 2.*'a/b'"),
    ("field's name is a path", put(*FIELD, "name", value="a/b"), "number 2.*'a/b'"),
    ("field's name goes up", put(*FIELD, "name", value=".."), "number 2.*'\\.\\.'"),
    ("field's name is a formula", put(*FIELD, "name", value="-a"), "number 2.*'-a'"),
    ("field's name has a colon", put(*FIELD, "name", value="a:b"), "number 2.*'a:b'"),
    ("field's name fills a line", put(*FIELD, "name", value="a" * 61), "number 2.*60"),
    ("field called as a column", put(*FIELD, "name", value="status"), "number 2.*'status'"),
    ("field called as a chance", put(*FIELD, "name", value="x_confidence"), "'x_confidence'"),
    ("box field's name is a path", put(*BOX, "name", value="a\\b"), "number 1.*no name"),
    ("box field called as a column", put(*BOX, "name", value="form"), "number 1.*'form'"),
    ("box field of no kind", put(*BOX, "kind", value="person"), "number 1.*'person'"),
]


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_every_definition_of_the_project_loads(path: Path) -> None:
    (form,) = load_forms([str(path)])
    assert form.name == path.stem
    assert form.language in ("en", "fr")
    assert form.source == str(path)
    names = [spec.name for spec in form.fields]
    assert len(set(names)) == len(names) > 0
    assert any(spec.kind is FieldKind.SIGNATURE for spec in form.fields)


def test_definitions_are_there_to_be_loaded() -> None:
    assert len(DEFINITIONS) >= 4
    assert set(installed_forms()) == {"amnesty-canada-en", "amnesty-canada-fr"}


def test_all_installed_definitions_are_loaded_where_none_is_named() -> None:
    assert tuple(form.name for form in load_forms()) == installed_forms()


def test_a_definition_is_loaded_by_name_or_by_file(tmp_path: Path) -> None:
    file = tmp_path / "any file name.toml"
    file.write_text(GOOD, encoding="utf-8")
    named, given_file = load_forms(["amnesty-canada-fr", str(file)])
    assert (named.name, named.language) == ("amnesty-canada-fr", "fr")
    assert given_file.name == "parks"


def test_a_choice_says_each_value_in_all_ways_to_write_it() -> None:
    data = good()
    choice_of(["Owner", "Own."], "Tenant")(data)
    field = parse_form(data, source="x.toml").columns[1].fields[0]
    assert field.values == (("Owner", "Own."), ("Tenant",))


def test_two_definitions_of_one_name_are_refused(tmp_path: Path) -> None:
    files = [tmp_path / "one.toml", tmp_path / "two.toml"]
    for file in files:
        file.write_text(GOOD, encoding="utf-8")
    with pytest.raises(FormError, match=r"two\.toml.*one\.toml.*'parks'"):
        load_forms([str(file) for file in files])


def test_one_definition_named_twice_is_one() -> None:
    assert len(load_forms(["amnesty-canada-en", "amnesty-canada-en"])) == 1


def test_a_definition_says_what_stands_in_it() -> None:
    form = parse_form(good(), source="parks.toml")
    assert (form.name, form.language, form.petition) == ("parks", "en", "Save the parks")
    assert form.phrases == ("Save the parks",)
    assert [(c.name, c.header, c.consent) for c in form.columns] == [
        ("name", ("Name", "Full name"), False),
        ("contact", ("Email and phone",), True),
    ]
    assert [(s.name, s.kind, s.required) for s in form.fields] == [
        ("name", FieldKind.NAME, True),
        ("email", FieldKind.EMAIL, False),
        ("phone", FieldKind.PHONE, False),
    ]
    assert form.box is not None and form.box.title == ("Collected by",)
    assert [(i.field.name, i.field.kind, i.label) for i in form.box.fields] == [
        ("collector_name", FieldKind.NAME, ("Your name:",))
    ]


def test_what_may_be_left_out_has_its_default() -> None:
    data = good()
    del data["collector_box"], data["form"]["petition"], data["form"]["phrases"]
    del data["form"]["language"], data["table"]["columns"][1]["consent"]
    form = parse_form(data, source="parks.toml")
    assert (form.language, form.petition, form.phrases, form.box) == ("en", "", (), None)
    assert not form.columns[1].consent


def test_a_column_may_hold_no_field() -> None:
    data = good()
    data["table"]["columns"][1]["fields"] = []
    assert parse_form(data, source="parks.toml").columns[1].fields == ()


@pytest.mark.parametrize(
    ("change", "told"), [pytest.param(c, told, id=name) for name, c, told in MISTAKES]
)
def test_a_mistake_is_named_with_file_and_place(
    change: Callable[[dict[str, Any]], None], told: str
) -> None:
    data = good()
    change(data)
    with pytest.raises(FormError, match=told) as caught:
        parse_form(data, source="here/parks.toml")
    assert str(caught.value).startswith("here/parks.toml: ")
    assert "\n" not in str(caught.value)


TOLD_LINES = """\
# name = "a comment"
[form]
name = "parks" # language = "x"
language = "x"
phrases = [
  "kind = 'no'",
  7,
]

[[table.columns]]
name = "who"
header = ["A name = of whom"]
untitled = true
fields = [
  { name = "first_name", kind = "name" },
  { name = "na/me", kind = "name" },
  { name = "last", kind = "nom", required = 1 },
]

[[table.columns]]
name = "where"
header = ["Address"]
consent = "no"
line = 3
fields = [{ kind = "address" }]

[[table.columns]]
name = "who"
header = "Name"

[[table.columns.fields]]
name = "phone"
kind = "phone"

[[table.columns.fields]]
name = "first_name"
kind = "name"

[collector_box]
heading = ["x"]

[[collector_box.fields]]
name = "phone"
kind = "phone"
label = ["Phone"]
"""


def test_each_mistake_is_told_with_the_line_that_it_is_on() -> None:
    with pytest.raises(FormError) as caught:
        parse_form(tomllib.loads(TOLD_LINES), source="parks.toml", text=TOLD_LINES)
    told = [line.removeprefix("parks.toml, line ") for line in str(caught.value).splitlines()]
    found = {
        (int(line.split(":")[0]), words) for line in told for words in [line.split(": ", 1)[1]]
    }
    wanted = {
        (4, "no language 'x'"),
        (5, "'phrases' must be"),
        (13, "untitled or has a header"),
        (16, "no name 'na/me'"),
        (17, "no kind 'nom'"),
        (17, "required must be"),
        (23, "consent must be"),
        (24, "none 3"),
        (25, "'name' must be"),
        (28, "column 'who' is there twice (first on line 11)"),
        (29, "'header' must be"),
        (36, "field 'first_name' is there twice (first on line 15)"),
        (40, "no key 'heading'"),
        (43, "field 'phone' is there twice (first on line 32)"),
    }
    assert {
        (line, words) for line, words in wanted if any(n == line and words in w for n, w in found)
    } == wanted
    assert len(told) == len(wanted), told


def test_columns_and_fields_written_in_one_list_have_their_lines() -> None:
    text = """\
form = { name = "x", language = "en" }
[table]
columns = [
  { name = "a", header = ["A"], fields = [{ name = "a", kind = "text" }] },
  { name = "b", header = [], fields = [
      { name = "b", kind = "text" },
      { name = "a", kind = "text" } ] },
]
"""
    with pytest.raises(FormError) as caught:
        parse_form(tomllib.loads(text), source="x.toml", text=text)
    told = str(caught.value).splitlines()
    assert told[0].startswith("x.toml, line 5: 'header' must")
    assert told[1].startswith("x.toml, line 7: field 'a' is there twice (first on line 4)")
    assert len(told) == 2


def test_a_name_may_be_of_any_script() -> None:
    data = good()
    at(data, *FIELD)["name"] = "prénom_2-b"
    assert parse_form(data, source="x.toml").columns[1].fields[0].name == "prénom_2-b"


def test_no_field_may_hide_behind_a_column_of_the_csv_files() -> None:
    fields = {*ROW_FIELDS, *COLLECTOR_FIELDS}
    columns = {*RECORD_COLUMNS, *SHEET_COLUMNS}
    assert {c for c in columns - fields if not c.endswith(CONFIDENCE)} == OWN_COLUMNS


@pytest.mark.parametrize(
    ("text", "name"),
    [("Petition June 2026", "Petition-June-2026"), ("a.b/c", "a-b-c"), ("...", "form"),
     ("é" * 80, "é" * 60), ("parks", "parks")],
)  # fmt: skip
def test_a_files_name_becomes_a_forms_name(text: str, name: str) -> None:
    assert name_from(text) == name
    data = good()
    data["form"]["name"] = name_from(text)
    assert parse_form(data, source="x.toml").name == name


@given(st.text(max_size=200))
def test_lines_are_told_of_any_text(text: str) -> None:
    lines = DefinitionLines(text)
    for part in (lines.form, lines.column(1), lines.column_field(0, 1), lines.box_field(2)):
        for key in ("name", "fields"):
            assert 1 <= lines.line_of(lines.key(part, key)) <= text.count("\n") + 1


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A good definition with any value at any of its places."""
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    )
    data = good()
    part: Any = data
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = draw(st.sampled_from(keys))
        if isinstance(part[key], dict | list) and part[key] and draw(st.booleans()):
            part = part[key]
            continue
        part[key] = draw(values)
        return data


@given(spoilt())
def test_whatever_stands_in_a_definition_it_loads_or_is_told_as_wrong(data: dict[str, Any]) -> None:
    try:
        form = parse_form(data, source="parks.toml")
    except FormError as error:
        assert str(error).startswith("parks.toml: ")
    else:
        assert isinstance(form, Form) and form.columns


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[form", id="no TOML"),
        pytest.param(b"[form]\nname = 1\nname = 2", id="key twice"),
        pytest.param(b"\xff\xfe[\x00", id="no UTF-8"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_file_that_is_no_definition_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(FormError, match=r"broken\.toml: "):
        load_forms([str(file)])


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(FormError, match=r"'amnesty'.*amnesty-canada-en, amnesty-canada-fr"):
        load_forms(["amnesty"])


def test_a_folder_is_no_definition(tmp_path: Path) -> None:
    with pytest.raises(FormError):
        load_forms([str(tmp_path)])


@pytest.mark.parametrize("kind", ["row_number", "ignore"])
def test_what_is_not_written_to_csv_may_be_called_as_a_column_there(kind: str) -> None:
    text = f"""
    [form]
    name = "parks"

    [[table.columns]]
    name = "row"
    header = ["No."]
    fields = [{{ name = "row", kind = "{kind}" }}]
    """
    form = parse_form(tomllib.loads(text), source="parks.toml", text=text)
    assert form.columns[0].fields[0].name == "row"


def test_a_form_may_say_what_its_dates_begin_with() -> None:
    data = good()
    assert parse_form(data, source="parks.toml").date_order is None
    data["form"]["date_order"] = "month-first"
    assert parse_form(data, source="parks.toml").date_order is DateOrder.MONTH_FIRST


@pytest.mark.parametrize(("written", "language"), [("de", "de"), ("fr-CA", "fr"), ("EN", "en")])
def test_a_sheet_may_be_in_any_language(written: str, language: str) -> None:
    text = f"""
    [form]
    name = "parks of the town"
    language = "{written}"

    [[table.columns]]
    name = "name"
    header = ["Name"]
    fields = [{{ name = "name", kind = "name" }}]
    """
    form = parse_form(tomllib.loads(text), source="parks.toml", text=text)
    assert (form.language, form.name) == (language, "parks of the town")


def test_a_definition_without_a_name_or_a_signature_is_told() -> None:
    whole = good()
    (told,) = missing_signer(parse_form(whole, source="x.toml"))
    assert "'signature'" in told
    whole["table"]["columns"][0]["fields"] = [{"name": "who", "kind": "text"}]
    assert len(missing_signer(parse_form(whole, source="x.toml"))) == 2
    whole["table"]["columns"][0]["fields"] = [
        {"name": "name", "kind": "name"},
        {"name": "signature", "kind": "signature"},
    ]
    assert missing_signer(parse_form(whole, source="x.toml")) == ()


def test_a_label_of_one_letter_tells_nothing_of_a_form() -> None:
    data = good()
    fields = [("who", "I,"), ("at", "of"), ("on", "circulated this sheet on")]
    data["collector_box"]["fields"] = [
        {"name": name, "kind": "text", "label": [label]} for name, label in fields
    ]
    form = parse_form(data, source="x.toml")
    assert labels_score(form, words_at(100, 100, "|, of circulated this sheet on")) == 1.0


def test_a_definition_mended_while_a_program_runs_is_read_anew(tmp_path: Path) -> None:
    """Servers and watches went on with what it said when they began."""
    file = tmp_path / "parks.toml"
    file.write_text(GOOD, encoding="utf-8")
    (before,) = load_forms((str(file),))
    digest = digest_of_texts([form_text(before)])
    assert load_unchanged((str(file),), digest) == (before,)
    file.write_text(GOOD.replace('"Full name"', '"Nom"'), encoding="utf-8")
    (after,) = load_forms((str(file),))
    assert after.columns[0].header == ("Name", "Nom")
    with pytest.raises(FormError, match="was changed while"):
        load_unchanged((str(file),), digest)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_definition_saved_by_windows_is_read(tmp_path: Path, newline: str) -> None:
    file = tmp_path / "parks.toml"
    file.write_bytes(GOOD.replace("\n", newline).encode("utf-8-sig"))
    assert load_forms((str(file),))[0].name == "parks"


def test_a_cell_cut_at_captions_has_no_other_columns_name() -> None:
    """Cells go by their names: one of the two was lost."""
    captioned = """
[form]
name = "parks"

[[table.columns]]
name = "phone"
header = ["Home phone"]
fields = [{ name = "home_phone", kind = "phone" }]

[[table.columns]]
name = "contact"
header = ["Contact"]
fields = [
    { name = "phone", kind = "phone", caption = ["Phone:"] },
    { name = "email", kind = "email", caption = ["Email:"] },
]
"""
    with pytest.raises(FormError, match="column 'phone' is there twice"):
        parse_form(tomllib.loads(captioned), source="parks.toml", text=captioned)


def test_a_column_called_like_one_of_its_captioned_fields_is_told_what_to_do() -> None:
    """A drafted card's other captions, added as the page says, were refused with no way out."""
    text = """
[form]
name = "cards"

[[table.columns]]
name = "name"
fields = [
    { name = "name", kind = "name", caption = ["Print name:"] },
    { name = "address", kind = "address", caption = ["Home address:"] },
]
"""
    with pytest.raises(FormError) as told:
        parse_form(tomllib.loads(text), source="cards.toml", text=text)
    (line,) = str(told.value).splitlines()
    assert line.startswith("cards.toml, line 6: column 'name' is called like one of its fields")
    assert "call the column otherwise" in line
    own = text.replace('name = "name"\nfields', 'name = "card"\nfields')
    assert parse_form(tomllib.loads(own), source="cards.toml", text=own).columns[0].name == "card"


def test_a_field_may_tolerate_other_errors_than_the_run() -> None:
    data = good()
    at(data, *FIELD).update(target_error=0.02)
    at(data, *BOX).update(target_error=0.05)
    form = parse_form(data, source="parks.toml")
    told = {spec.name: spec.target_error for spec in form.all_fields if spec.target_error}
    assert told == {at(data, *FIELD)["name"]: 0.02, at(data, *BOX)["name"]: 0.05}
