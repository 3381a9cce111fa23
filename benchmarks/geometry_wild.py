"""Photographs as people take them and pairs of sheets: what is found, and what is said of the rest.

The pictures are ``geometry_snapshots``. A row that the picture shows whole is right if a
polygon of its sheet covers it at IoU 0.8. A sheet with rows missed or invented is counted by
what the project says of it:

- to a person: it is of no known form, or its rows are guessed, so that it waits in review
  whatever is read of it (``pipeline``, ``rules``);
- remark only: a word in sheets.csv about its cells or its picture; its fields wait only where
  they are in doubt themselves;
- without a word: nothing of this. A sheet that was left out whole counts here, too.

Of rows that are right and that nobody wrote in are counted those with a cell that is said to be
written: an edge of a shadow or a fold taken for ink makes a signer of nobody.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.geometry_common import Options, Table
from benchmarks.geometry_photos import MIN_IOU, as_image, overlap
from benchmarks.geometry_sheets import all_forms, names
from benchmarks.geometry_snapshots import Photographer, Points, Seen, Snapshot
from digitizer.assemble import sheet_reasons
from digitizer.forms.forms import Form
from digitizer.geometry import bbox_from_polygon, polygon_area
from digitizer.locate import located_sheet
from digitizer.pagewords import INK_BESIDE, RETAKES, ROWS_GUESSED
from digitizer.records import InkState, RegisteredPage
from digitizer.segment import cut_cells
from digitizer.sheets.pagekinds import retake_reason
from digitizer.sheets.sheetpages import sheets_on
from digitizer.states import PRINTED_KINDS
from scripts.sheets.fonts import default_cache, fetch_fonts

UNKNOWN = "unknown-form"
# Words with which a sheet waits for a person whatever is read of it.
TO_A_PERSON = (UNKNOWN, ROWS_GUESSED)
# Words that only tell that rows or cells may lie wrong.
REMARKS = ("column-not-found", "cells-off-lines", INK_BESIDE, *RETAKES)
# A row is to be found if so much of its outline is in the picture.
IN_PICTURE = 0.97
# A found row that lies on a true one no better than this is invented.
MIN_LIKE = 0.5
# Pairs cost as much as two photographs.
PAIR_SHARE = 2


@dataclass(frozen=True, slots=True, eq=False)
class FoundSheet:
    """What the project tells of a sheet: polygons of its rows, of their cells, its words.

    ``inked``: which of the rows have a cell that is said to be written.
    """

    rows: tuple[tuple[Any, dict[str, Any]], ...]
    words: tuple[str, ...]
    area: float
    inked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class TrueSheet:
    """A drawn sheet: polygons of its rows with those of their cells, and which are in view.

    ``blank``: in which of them nobody wrote.
    """

    rows: tuple[tuple[Points, dict[str, Points]], ...]
    whole: tuple[bool, ...]
    blank: tuple[bool, ...] = ()


@dataclass(slots=True)
class Count:
    """What was found on all pictures of a kind; ``lost`` and ``invented`` by what was said."""

    sheets: int = 0
    rows: int = 0
    right: int = 0
    cells: int = 0
    cells_right: int = 0
    blank: int = 0
    blank_inked: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    invented: Counter[str] = field(default_factory=Counter)
    not_right: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)


SAID = ("to a person", "remark only", "without a word")


def measure(options: Options) -> Iterator[Table]:
    """The one table."""
    photographer = Photographer(options.seed, fetch_fonts(default_cache()))
    kinds: dict[str, tuple[int, Callable[[int], Snapshot]]] = {
        "photographs": (options.sheets, photographer.photograph),
        "pairs": (max(1, options.sheets // PAIR_SHARE), photographer.pair),
    }
    forms = all_forms()
    counts = {}
    for kind, (pictures, draw) in kinds.items():
        counts[kind] = Count()
        for number in range(pictures):
            count_picture(counts[kind], draw(number), forms)
    yield wild_table(counts)


def count_picture(count: Count, shot: Snapshot, forms: Sequence[Form]) -> None:
    """Run the project on a picture and count each sheet that was drawn on it."""
    image = as_image(shot.pixels, shot.dpi)
    found = [_found(image.ref, one, forms) for one, _ in sheets_on(image, forms)]
    true = [_true(seen, forms) for seen in shot.sheets]
    for one, other in zip(true, assigned(true, found), strict=True):
        count_sheet(count, one, other)


def _found(ref: Any, registered: RegisteredPage, forms: Sequence[Form]) -> FoundSheet:
    told: Any = located_sheet(ref, registered)
    rows = tuple((row["polygon"], row["cells"]) for row in told["rows"])
    words: tuple[str, ...] = (UNKNOWN,)
    form = next((form for form in forms if form.name == registered.form), None)
    if form is not None and registered.failure is None:
        # No row is read here: what is said for want of readings is none of ``said``'s words.
        again = retake_reason(registered.page, recognised=True)
        words = (*sheet_reasons(registered, form, ()), *((again,) if again else ()))
    inked = _inked(registered)
    return FoundSheet(rows, words, polygon_area(told["page_polygon"]), inked)


def _inked(registered: RegisteredPage) -> frozenset[int]:
    """Which rows of a sheet have a cell that is said to be written, where nothing is printed."""
    numbers = {row.row: at for at, row in enumerate(registered.rows)}
    return frozenset(
        numbers[crop.row]
        for crop in cut_cells(registered)
        if crop.row is not None
        and crop.ink is InkState.WRITTEN
        and not all(field.kind in PRINTED_KINDS for field in crop.fields)
    )


def _true(seen: Seen, forms: Sequence[Form]) -> TrueSheet:
    blank = seen.filled.blank
    known = next(names(form) for form in forms if form.name == blank.wording.form)
    written = {row.row for row in seen.filled.rows}
    rows, whole = [], []
    for row in blank.rows:
        cells = {name: seen.polygon(rect) for name, rect in row.cells if name in known}
        polygon = seen.polygon(row.rect)
        within = (polygon >= -1) & (polygon <= np.add(seen.view.size, 1))
        rows.append((polygon, cells))
        whole.append(float(within.all(axis=1).mean()) >= IN_PICTURE)
    nobody = tuple(row.row not in written for row in blank.rows)
    return TrueSheet(tuple(rows), tuple(whole), nobody)


def said(words: Sequence[str]) -> str:
    """What happens to a sheet with these words: one of ``SAID``."""
    plain = {word.partition(":")[0] for word in words}
    if plain.intersection(TO_A_PERSON):
        return SAID[0]
    return SAID[1] if plain.intersection(REMARKS) else SAID[2]


def matched(true: Sequence[Any], found: Sequence[Any], min_iou: float) -> dict[int, int]:
    """Which true polygon lies on which found one, one to one, best overlaps first."""
    pairs = []
    for i, one in enumerate(true):
        for j, other in enumerate(found):
            if _touch(one, other) and (iou := overlap(other, one)) >= min_iou:
                pairs.append((iou, i, j))
    of_true: dict[int, int] = {}
    for _, i, j in sorted(pairs, reverse=True):
        if i not in of_true and j not in of_true.values():
            of_true[i] = j
    return of_true


def _touch(one: Any, other: Any) -> bool:
    a, b = bbox_from_polygon(one), bbox_from_polygon(other)
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def assigned(true: Sequence[TrueSheet], found: Sequence[FoundSheet]) -> list[FoundSheet | None]:
    """The found sheet of each true one, by its rows, else the largest that is left; None: none."""
    scores = [
        (len(_rows_of(one, other)), other.area, i, j)
        for i, one in enumerate(true)
        for j, other in enumerate(found)
    ]
    taken: dict[int, int] = {}
    for _, _, i, j in sorted(scores, reverse=True):
        if i not in taken and j not in taken.values():
            taken[i] = j
    return [found[taken[i]] if i in taken else None for i in range(len(true))]


def _rows_of(true: TrueSheet, found: FoundSheet) -> dict[int, int]:
    return matched([row for row, _ in true.rows], [row for row, _ in found.rows], MIN_IOU)


def count_sheet(count: Count, true: TrueSheet, found: FoundSheet | None) -> None:
    """Count a sheet beside what was found of it."""
    right = _rows_of(true, found) if found else {}
    found_rows = found.rows if found else ()
    like = matched([row for row, _ in true.rows], [row for row, _ in found_rows], MIN_LIKE)
    lost = sum(whole and i not in right for i, whole in enumerate(true.whole))
    invented = len(found_rows) - len(like)
    way = said(found.words) if found else SAID[2]
    count.sheets += 1
    count.rows += sum(true.whole)
    count.right += sum(i in right for i, whole in enumerate(true.whole) if whole)
    for i, j in right.items():
        if found and true.blank[i : i + 1] == (True,):
            count.blank += 1
            count.blank_inked += j in found.inked
        cells = found_rows[j][1]
        for name, polygon in true.rows[i][1].items():
            count.cells += 1
            seen = cells.get(name, ())
            count.cells_right += len(seen) > 2 and overlap(seen, polygon) >= MIN_IOU
    if lost or invented:
        count.lost[way] += lost
        count.invented[way] += invented
        count.not_right[way] += 1
        plain = {word.partition(":")[0] for word in (found.words if found else ("left-out",))}
        count.words.update(plain.intersection((*TO_A_PERSON, *REMARKS, "left-out")))


def wild_table(counts: dict[str, Count]) -> Table:
    """The counts of each kind."""
    rows = []
    for kind, count in counts.items():
        ways = [
            f"{count.not_right[way]}: {count.lost[way]} + {count.invented[way]}" for way in SAID
        ]
        rows.append(
            (
                kind,
                str(count.sheets),
                f"{count.right} of {count.rows}",
                f"{count.cells_right} of {count.cells}",
                f"{count.blank_inked} of {count.blank}",
                *ways,
            )
        )
    words = [
        f"{kind}: {', '.join(f'{w} {n}' for w, n in sorted(count.words.items()))}"
        for kind, count in counts.items()
        if count.words
    ]
    notes = (
        "Right of the rows: sheets not right: rows lost + rows invented, by what is said of them.",
        *("Words of sheets not right, " + line for line in words),
    )
    columns = ("pictures of", "sheets", "rows right", "cells of these", "blank, inked", *SAID)
    return Table(f"As people take them: found at IoU {MIN_IOU}", columns, tuple(rows), notes)
