"""A form definition and a page: draft one from it, or see how it fits."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2

from digitizer import pictures
from digitizer.drafting.banners import with_bands
from digitizer.drafting.drafted import Draft, as_toml
from digitizer.drafting.drafts import draft_form
from digitizer.drafting.fieldkinds import guess_kinds
from digitizer.errors import FormError, ScanError, UsageError
from digitizer.forms.definitionlines import DefinitionLines, Part
from digitizer.forms.forms import Form, load_forms
from digitizer.layout.identification.printmask import print_image
from digitizer.layout.print.wording import Box, contains, plain, text_blocks, text_lines
from digitizer.layout.rows.leftout import tables_left_out
from digitizer.layout.table.headsides import HEAD_GAP
from digitizer.layout.table.openrows import find_open_lines, open_table
from digitizer.layout.table.signergrid import even_rows
from digitizer.lines.folds import without_folds
from digitizer.lines.rulings import trace_rules
from digitizer.lines.tables import Table, find_tables
from digitizer.pipeline import read_both, register_image
from digitizer.records import (
    PAGE_PX_PER_MM,
    CellPlace,
    Failure,
    PageImage,
    PrintedWord,
    RectifiedPage,
    RegisteredPage,
    Rule,
)
from digitizer.rectify import rectify_page, told_turn
from digitizer.scans import list_pages, load_page

# Likeness below which a wording counts as not read on a page.
PRINTED = 0.75
# Heads stand so far above the first row, 20 mm.
HEAD_PX = 20 * PAGE_PX_PER_MM
# A page that fits no form, and what to tell of it where one definition was tried.
UNKNOWN = "unknown-form"
NO_SUCH_TABLE = (
    "no table of this page has the definition's columns beside each other: compare them with the "
    "sheet's, from left to right, each with the head that stands right over it"
)
GUESSED_ROWS = (
    "not all rows lie between lines of the sheet, or its printed numbers say otherwise: some are "
    "guessed (`rows-guessed` in sheets.csv); compare them with the sheet's own"
)
# Print on its head is read less surely than this.
SURE_PRINT = 0.8


@dataclass(frozen=True, slots=True)
class FormFit:
    """How a definition fits a page: whether at all, in one line, and what does not.

    ``problems``: one line each, those about a part of the definition with its file and line.
    ``complete``: whether a place was found for everything that people write, no row is a guess,
    and no table or frame that is like the rows' was left out.
    """

    fits: bool
    summary: str
    problems: tuple[str, ...]
    complete: bool = True


def draft_from_file(path: Path, name: str) -> str:
    """A drafted form definition (TOML) of a file's first page. Raises ScanError, FormError."""
    image = _first_page(path)
    seen = _seen(rectify_page(image))
    if told_turn(seen.page) is None:
        # Nothing but its print says which end of a page without rulings is up.
        upended = _seen(rectify_page(image, turn_deg=(seen.page.rotation_deg + 180) % 360))
        seen = max(seen, upended, key=lambda one: _letters_read(one.words))
    page, rules, tables, bands, words = seen.page, seen.rules, seen.tables, seen.bands, seen.words

    def drafted(tables: Sequence[Table]) -> Draft:
        return draft_form(page, tables, words, read_both, name, rules=rules, bands=bands)

    if not any(len(even_rows(table)) >= 3 for table in tables if table.column_count >= 2):
        with suppress(FormError):
            # Rows without columns may be cards: what is printed in all of them says so.
            return as_toml(drafted(tables))
        lines = find_open_lines(rules)
        # Heads in a language that no kind is guessed in are heads all the same.
        table = (
            open_table(lines, page.gray, words, lambda text: bool(guess_kinds(text)))
            or open_table(lines, page.gray, words, lambda text: len(plain(text)) > 1)
            if lines
            else None
        )
        tables = (table, *tables) if table is not None else tables
    return as_toml(drafted(tables))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A page as a draft is made from it: rulings, tables, bands of light print, its print."""

    page: RectifiedPage
    rules: tuple[Rule, ...]
    tables: tuple[Table, ...]
    bands: tuple[Box, ...]
    words: tuple[PrintedWord, ...]


def _seen(page: RectifiedPage) -> _Seen:
    rules = trace_rules(page.gray)
    tables = find_tables(without_folds(rules, page.gray.shape), page.gray.shape)
    gray, bands = with_bands(page.gray, page.color)
    words = read_both(print_image(gray, rules, tables))
    return _Seen(page, tuple(rules), tuple(tables), tuple(bands), tuple(words))


def _letters_read(words: Sequence[PrintedWord]) -> int:
    """How many letters of a page were surely read: of print on its head few are."""
    return sum(len(plain(word.text)) for word in words if word.confidence >= SURE_PRINT)


def check_fit(path: Path, definition: str, picture: Path) -> FormFit:
    """Try a definition on a file's first page, and draw what was found into ``picture``.

    Raises ScanError for the page, FormError for the definition, UsageError where
    the picture cannot be written.
    """
    (form,) = load_forms((definition,))
    registered, _ = register_image(_first_page(path), (form,), every_word=True)
    canvas = pictures.draw_places(registered)
    if not picture.suffix or not cv2.haveImageWriter(picture.name):
        raise UsageError(f"{picture}: name a picture, such as {picture.stem}.png")
    done, data = cv2.imencode(picture.suffix, canvas)
    try:
        picture.write_bytes(data.tobytes() if done else b"")
    except OSError as error:
        raise UsageError(f"{picture} cannot be written: {error.strerror}") from error
    place = _Lines(form)
    problems = _unread(form, registered, place)
    if registered.form is None:
        failure = registered.failure
        why = NO_SUCH_TABLE if failure is None or failure.kind == UNKNOWN else failure.message
        return FormFit(False, f"does not fit, score {registered.form_score:.2f}", (why, *problems))
    places = [cell for row in registered.rows for cell in row.cells]
    cells = {cell.column for cell in places}
    placed = {spec.name for cell in places for spec in cell.fields}
    unfound: list[str] = []
    for number, column in enumerate(form.columns):
        found = cells & set(column.cell_names)
        told = f"column {column.name!r}"
        if not found:
            told += " was not found in the table"
        # A part may be called like its column.
        elif len(column.cell_names) > 1 and found == {column.name}:
            told += ": its captions were not found"
        elif lost := [spec.name for spec in column.fields if spec.name not in placed]:
            told += f": no place was found for {', '.join(lost)}"
        else:
            continue
        unfound.append(place.told(told, place.column(number)))
    box = registered.collector_box
    boxed = {cell.column for cell in box.fields} if box is not None else set()
    if form.box is not None and box is None:
        unfound.append(place.told("the collector box was not found", place.box))
    elif form.box is not None:
        unfound += [
            place.told(
                f"no place to write was found for {one.field.name!r} of the collector box",
                place.box_field(number),
            )
            for number, one in enumerate(form.box.fields)
            if one.field.name not in boxed
        ]
    problems += tuple(unfound)
    left_out = tables_left_out(registered, form, written=False)
    if left_out:
        told = f"no row was found in {left_out} more table(s) ruled like that of the rows"
        problems += (f"{told}: who signs there is left out",)
    if registered.rows_guessed:
        problems += (GUESSED_ROWS,)
    summary = (
        f"fits, score {registered.form_score:.2f}, {len(registered.rows)} rows with "
        f"{', '.join(_cells_told(places))}"
        + (f", collector box with {', '.join(sorted(boxed))}" if boxed else "")
    )
    return FormFit(True, summary, problems, not (unfound or left_out or registered.rows_guessed))


def _cells_told(places: Sequence[CellPlace]) -> list[str]:
    """What the cells of the rows are called, with their fields where those are several."""
    told = {cell.column: [spec.name for spec in cell.fields] for cell in places}
    return [
        f"{name} ({', '.join(fields)})" if len(fields) > 1 else name
        for name, fields in sorted(told.items())
    ]


def _first_page(path: Path) -> PageImage:
    listed = list_pages(path, str(path))
    if isinstance(listed, Failure):
        raise ScanError(listed.message)
    return load_page(listed[0])


class _Lines(DefinitionLines):
    """The lines of a form's own file, to tell problems with."""

    def __init__(self, form: Form) -> None:
        self._source = form.source
        super().__init__(Path(form.source).read_text(encoding="utf-8"))

    def told(self, what: str, part: Part) -> str:
        """A problem with the file and the line that it is about."""
        return f"{self._source}, line {self.line_of(part)}: {what}"


def _unread(form: Form, registered: RegisteredPage, place: _Lines) -> tuple[str, ...]:
    """What the definition says is printed and was not read on the page, one line each."""
    words = registered.words
    whole = " ".join(word.text for line in text_lines(words) for word in line)
    # Heads side by side stand nearer than columns of text do.
    texts = {whole, *text_blocks(words), *text_blocks(words, HEAD_GAP)}
    wanted: list[tuple[str, tuple[str, ...], Part]] = []
    over = {name: " ".join(said) for name, said in _heads(registered).items()}
    phrases = place.key(place.form, "phrases")
    for phrase in form.phrases:
        line = place.text(Part(phrases.start, place.form.stop), phrase) or phrases
        wanted.append((f"phrase {phrase!r}", (phrase,), line))
    for number, one in enumerate(form.columns):
        if one.header:
            line = place.key(place.column(number), "header")
            wanted.append((f"header of column {one.name!r}", one.header, line))
    box = registered.collector_box
    placed = {cell.column for cell in box.fields} if box is not None else set()
    for number, label in enumerate(form.box.fields if form.box is not None else ()):
        if label.field.name in placed and all(len(plain(one)) == 1 for one in label.label):
            continue  # "I," is read as a stroke: its line tells it
        line = place.key(place.box_field(number), "label")
        wanted.append((f"label of {label.field.name!r}", label.label, line))
    found = [
        (what, max(contains(w, text) for w in wordings for text in said), line, wordings)
        for what, wordings, line in wanted
        for said in ({*texts, over.get(what, "")},)
    ]
    return tuple(
        place.told(f"{what} was not read on this page ({_likeness(score, wordings)})", line)
        for what, score, line, wordings in found
        if score < PRINTED
    )


def _heads(registered: RegisteredPage) -> dict[str, list[str]]:
    """What is read over each column, line by line: heads of several lines in narrow columns."""
    heads: dict[str, list[str]] = {}
    for cell in registered.rows[0].cells if registered.rows else ():
        left, right = (side(x for x, _ in cell.polygon) for side in (min, max))
        top = min(y for _, y in cell.polygon)
        above = [
            word
            for word in registered.words
            if left <= word.middle[0] <= right and top - HEAD_PX <= word.middle[1] <= top
        ]
        heads[f"header of column {cell.column!r}"] = [
            word.text for line in text_lines(above) for word in line
        ]
    return heads


def _likeness(score: float, wordings: Sequence[str]) -> str:
    """How like the page's print is, or what to do about a sign that is hardly ever read."""
    if any(map(plain, wordings)):
        return f"likeness {score:.0%}"
    return "a sign alone seldom is: give untitled = true instead of the header"
