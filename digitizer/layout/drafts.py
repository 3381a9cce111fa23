"""Draft a form definition from a page: table, headers, kinds, box and phrases.

The draft says what is printed and guesses what people write there; a person
reads it over. It works from a blank sheet, and mostly from a filled one, since
headers stand outside the rows and captions are read in what all rows share. It
fails where the headers are pictures.
"""

from collections.abc import Sequence
from itertools import pairwise

from digitizer.errors import FormError
from digitizer.layout.draftbox import draft_box, fresh_name, slug
from digitizer.layout.drafted import Draft, DraftColumn, DraftField
from digitizer.layout.fieldkinds import (
    asks_foreign_code,
    complete_address,
    guess_kinds,
    guess_language,
)
from digitizer.layout.linedgrid import line_places
from digitizer.layout.pagetitle import page_title, type_size
from digitizer.layout.signergrid import MIN_FIELD_PX, even_rows, header_texts, quad
from digitizer.layout.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.wording import (
    line_pieces,
    plain,
    text_lines,
)
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import FieldKind, PrintedWord, RectifiedPage, Rule

# Rows of more lines than this are not looked for.
MAX_LINES = 3
# What fewer rows have in common may be chance: with lines of two kinds in turn, two of
# three rows look alike.
MIN_ALIKE = 4
# Heads that were read over this share of the columns are heads, whatever they say.
MIN_HEADS_SHARE = 0.6
# So many ticks in one cell make it a comb of single characters.
MIN_COMB = 3
# A phrase has this many words and characters at least; so many are taken.
PHRASE_WORDS, PHRASE_LETTERS, PHRASES = 3, 16, 5
# Titles that name no petition: what stands below them does.
NAMELESS = frozenset({"", "petition", "petitions"})
# Words surer than this are what is printed.
SURE_WORD = 0.4
# A word that lies across a column's border by this on both sides is no header's, px.
CROSSING_PX = 4
# What the sides of a box beside a caption are read as.
BOX_SIDES = "[]|_{}()<>\u25a1\u2610"
# The foot of a row in which the ticks of a comb stand, as a share of its height.
TICKS = 0.2


def draft_form(
    page: RectifiedPage,
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    read: ReadPrint,
    name: str,
) -> Draft:
    """Draft the definition of the form that a page shows.

    ``words``: the page's print; ``read`` reads the print of pixels. Raises
    FormError where the page holds no ruled table of even rows.
    """
    runs = [(table, even_rows(table)) for table in tables if table.column_count >= 2]
    runs = [(table, run) for table, run in runs if len(run) >= 3]
    if not runs:
        raise FormError(
            "no ruled table with even rows was found on this page: give a clean, complete scan "
            "of the blank sheet"
        )
    table, run = max(runs, key=lambda pair: (len(pair[1]), pair[0].column_count))
    sure = [word for word in words if word.confidence >= SURE_WORD]
    columns, lines, rows_top = _columns(page, table, run, sure, read)
    alike = [(t, r[-1]) for t, r in runs if t.column_count == table.column_count]
    outside = [word for word in sure if not _within(word, alike, rows_top)]
    box_title, box, in_box = draft_box(outside)
    text = " ".join(word.text for word in outside)
    said = [word for word in outside if word not in in_box]
    phrases, title = _phrases(said, page_title(said, table))
    return Draft(name, guess_language(text), title, phrases, lines, columns, box_title, box)


def _within(word: PrintedWord, tables: Sequence[tuple[Table, Rule]], top: float) -> bool:
    """Whether a word stands in the rows of a table (down to a ruling) or in its header."""
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    for table, last in tables:
        low = min(rule_at(table.across[0], x), top)
        if low <= y <= rule_at(last, x) and (
            rule_at(table.down[0], y) <= x <= rule_at(table.down[-1], y)
        ):
            return True
    return False


def _columns(
    page: RectifiedPage,
    table: Table,
    run: Sequence[Rule],
    words: Sequence[PrintedWord],
    read: ReadPrint,
) -> tuple[tuple[DraftColumn, ...], int, float]:
    """The columns, how many ruled lines a row has, and where the table's print begins, px."""
    words = _without_paragraphs(words, table)
    said = _row_words(page, table, run, read)
    first = _first_row(table, run, words, said)
    spans, texts = header_texts(table, words, first, by_header=True)
    top = float(table.across[0].points[:, 1].mean())
    told = sum(bool(guess_kinds(text)) and bool(plain(text)) for text in texts)
    if told < 2:
        try:
            lines, columns = _captioned(page, table, run, read)
        except FormError:
            # Heads of a language that no kind is guessed in are heads all the same.
            if sum(len(plain(text)) > 1 for text in texts) < max(2, MIN_HEADS_SHARE * len(texts)):
                raise
        else:
            return columns, lines, top
    rules = [rule for rule in run if _height(rule) >= _height(table.across[first]) - 1]
    ticks = line_places(table, rules, page.gray, 0, 1, TICKS)
    drafted = []
    left, right = table.down[0], table.down[-1]
    width = _at(right) - _at(left)
    for (a, b), header in zip(spans, texts, strict=True):
        cell = ((_at(table.down[a]) - _at(left)) / width, (_at(table.down[b]) - _at(left)) / width)
        inside = [w for w in said if cell[0] <= (w.box[0] + w.box[2]) / 2 <= cell[1]]
        if (cell[1] - cell[0]) * width < MIN_FIELD_PX and not plain(header):
            continue  # the rows' numbers, with nothing over them
        comb = sum(cell[0] + 0.005 < tick < cell[1] - 0.005 for tick in ticks) >= MIN_COMB
        drafted.append(_column(header, _captions(inside), comb=comb))
    return _named(drafted), 1, top


def _without_paragraphs(words: Sequence[PrintedWord], table: Table) -> list[PrintedWord]:
    """Words but those of lines above the table that run on over the columns' borders."""
    borders = [_at(rule) for rule in table.down]
    top = _height(table.across[0])
    kept: list[PrintedWord] = []
    for line in text_lines(words):
        crossed = [
            word
            for word in line
            if word.box[3] < top
            and any(word.box[0] + CROSSING_PX < x < word.box[2] - CROSSING_PX for x in borders)
        ]
        if not crossed:
            kept += line
    return kept


def _first_row(
    table: Table,
    run: Sequence[Rule],
    words: Sequence[PrintedWord],
    said: Sequence[PrintedWord],
) -> int:
    """Number of the ruling at which the signer rows begin: below the header.

    ``said``: what is printed in all rows, which is no header.
    """
    first = next((i for i, rule in enumerate(table.across) if rule is run[0]), 0)
    # A header as high as the rows is one of the even rows itself.
    if first + 1 < len(table.across):
        _, texts = header_texts(table, words, first + 1, by_header=False)
        _, above = header_texts(table, words, first, by_header=False)
        fresh = [t for t, before in zip(texts, above, strict=False) if plain(t) != plain(before)]
        common = {plain(word.text) for word in said}
        told = [
            t
            for t in fresh
            if len(plain(t)) > 1 and guess_kinds(t) and not common & set(plain(t).split())
        ]
        if len(told) >= max(2, len(texts) / 2):
            return first + 1
    return first


def _row_words(
    page: RectifiedPage, table: Table, rules: Sequence[Rule], read: ReadPrint, lines: int = 1
) -> tuple[PrintedWord, ...]:
    """Words that all rows share, in pixels of a row of its usual size divided by its width."""
    count = (len(rules) - 1) // lines * lines
    sides = table.down[0], table.down[-1]
    rows = [quad(rules[i], sides[0], rules[i + lines], sides[1]) for i in range(0, count, lines)]
    if not rows:
        return ()
    return read_typical_row(page.gray, rows, read)


def _captioned(
    page: RectifiedPage, table: Table, run: Sequence[Rule], read: ReadPrint
) -> tuple[int, tuple[DraftColumn, ...]]:
    """Columns told by captions: as many lines a row as make the most captions agree."""
    best: tuple[float, int, list[DraftColumn]] = (0.0, 1, [])
    for lines in range(1, MAX_LINES + 1):
        for first in range(lines):
            rules = run[first:]
            if (len(rules) - 1) // lines < MIN_ALIKE:
                continue
            columns = _lined_columns(page, table, rules, read, lines)
            # Once a cell: a caption that a border cuts is no two.
            told = sum(
                any(f.caption and f.kind is not FieldKind.TEXT for f in column.fields)
                for column in columns
            )
            # More lines repeat the same captions: what counts is how many a line.
            score = told / lines - 0.01 * first
            if score > best[0] + 0.05:
                best = (score, lines, columns)
    if not best[2]:
        raise FormError(
            "neither headers over the columns nor captions inside the cells could be read: "
            "give a sharper scan of the blank sheet"
        )
    return best[1], _named(best[2])


def _lined_columns(
    page: RectifiedPage, table: Table, rules: Sequence[Rule], read: ReadPrint, lines: int
) -> list[DraftColumn]:
    said = _row_words(page, table, rules, read, lines)
    width = _at(table.down[-1]) - _at(table.down[0])
    columns = []
    for line in range(lines):
        places = line_places(table, rules, page.gray, line, lines)
        for low, high in pairwise(places):
            inside = [
                w
                for w in said
                if low <= (w.box[0] + w.box[2]) / 2 <= high
                and line / lines <= (w.box[1] + w.box[3]) / 2 <= (line + 1) / lines
            ]
            # A number alone is the row's own, seen through the others.
            captions = [one for one in _captions(inside) if not plain(one).isdigit()]
            narrow = (high - low) * width < MIN_FIELD_PX
            if captions and not (narrow and not any(guess_kinds(one) for one in captions)):
                columns.append(_column("", captions, line=line + 1))
    return columns


def _captions(words: Sequence[PrintedWord]) -> list[str]:
    """The captions that words of a cell make: one a line, or a piece of a line."""
    # Boxes are shares of a row, far wider than high: brought to about equal scale.
    scaled = [
        PrintedWord(w.text, (w.box[0] * 1500, w.box[1] * 100, w.box[2] * 1500, w.box[3] * 100), 1.0)
        for w in words
        if w.confidence >= SURE_WORD and plain(w.text)
    ]
    return [_bare(" ".join(w.text for w in line)) for line in line_pieces(scaled)]


def _bare(caption: str) -> str:
    """A caption without what a check box's sides were read as: "[Oui", "]Non"."""
    cut = caption.strip(BOX_SIDES + " ")
    # Brackets of its own come in pairs.
    return cut + ")" if caption.endswith(")") and "(" in cut else cut


def _column(
    header: str, captions: Sequence[str], *, line: int = 1, comb: bool = False
) -> DraftColumn:
    kinds = guess_kinds(header) if plain(header) else ()
    if len(captions) > 1 or (captions and not header):
        fields = []
        for caption in captions:
            found = guess_kinds(caption) or (FieldKind.TEXT,)
            fields += [
                DraftField("", kind, caption if number == 0 else "")
                for number, kind in enumerate(found)
            ]
        return DraftColumn("", header, tuple(fields), line, comb)
    fields = [DraftField("", kind) for kind in kinds or (FieldKind.TEXT,)]
    return DraftColumn("", header, tuple(fields), line, comb)


def _named(columns: Sequence[DraftColumn]) -> tuple[DraftColumn, ...]:
    """Columns and fields with names, each once; addresses with their unasked parts."""
    taken: set[str] = set()
    named = []
    for column in columns:
        fields = list(column.fields)
        if not any(f.caption for f in fields):
            others = {f.kind for other in columns if other is not column for f in other.fields}
            if any(_asks_foreign_code(other) for other in columns):
                others.add(FieldKind.POSTAL_CODE)
            wanted = complete_address(tuple(f.kind for f in fields), frozenset(others))
            fields = [DraftField("", kind) for kind in wanted]
        else:
            fields = _with_unasked(fields, columns)
        done = []
        for one in fields:
            base = one.kind.value
            if one.kind in (FieldKind.TEXT, FieldKind.CHECKBOX):
                base = slug(one.caption or column.header) or base
            done.append(DraftField(fresh_name(base, taken), one.kind, one.caption))
        several = len(done) > 1
        name = (slug(column.header) if several else done[0].name) or done[0].name
        named.append(DraftColumn(name, column.header, tuple(done), column.line, column.comb))
    return tuple(_once(named))


def _with_unasked(fields: Sequence[DraftField], columns: Sequence[DraftColumn]) -> list[DraftField]:
    """Captioned fields with city, province and code behind an address, where none is asked for."""
    told = [f for column in columns for f in column.fields]
    asked = {f.kind for f in told} - {FieldKind.ADDRESS}
    if any(_asks_foreign_code(column) for column in columns):
        asked.add(FieldKind.POSTAL_CODE)
    found: list[DraftField] = []
    for one in fields:
        found.append(one)
        if one.kind is FieldKind.ADDRESS and sum(f.kind is one.kind for f in told) == 1:
            kinds = complete_address((FieldKind.ADDRESS,), frozenset(asked))
            found += [DraftField("", kind) for kind in kinds if kind is not FieldKind.ADDRESS]
    return found


def _asks_foreign_code(column: DraftColumn) -> bool:
    """Whether a column's head or one of its captions asks for another country's postal code."""
    return any(
        asks_foreign_code(text) for text in (column.header, *(f.caption for f in column.fields))
    )


def _once(columns: Sequence[DraftColumn]) -> list[DraftColumn]:
    taken: set[str] = set()
    return [
        DraftColumn(fresh_name(c.name, taken), c.header, c.fields, c.line, c.comb) for c in columns
    ]


def _phrases(words: Sequence[PrintedWord], title: str) -> tuple[tuple[str, ...], str]:
    """Sentences that tell this form from others, and its title: the largest where none is known."""
    lines = [
        line
        for line in line_pieces(words)
        if len(line) >= PHRASE_WORDS
        and sum(len(w.text) for w in line) >= PHRASE_LETTERS
        and sum(w.confidence for w in line) / len(line) >= 0.8
    ]
    if not lines:
        return (), title
    first = max(lines, key=type_size)
    others = sorted(
        (x for x in lines if x is not first), key=lambda x: -sum(len(w.text) for w in x)
    )
    chosen = [first, *others[: PHRASES - 1]]
    chosen.sort(key=lambda line: line[0].box[1])
    said = tuple(" ".join(word.text for word in line) for line in chosen)
    # "PETITION" over what it is for names none.
    named = title if plain(title) not in NAMELESS else ""
    return said, named or " ".join(word.text for word in first)


def _height(rule: Rule) -> float:
    return float(rule.points[:, 1].mean())


def _at(rule: Rule) -> float:
    return float(rule.points[:, 0].mean())
