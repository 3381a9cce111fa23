"""The cells of a page that hold a box to tick: where their boxes are, and whose ink is doubtful."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from digitizer.records import CellPlace, FieldKind, InkState, RegisteredPage
from digitizer.writing import tickboxes
from digitizer.writing.amounts import ink_state, weighted_ink

# What most cells of a column have is told by those with little, per cent. More than that is ink of
# so many px around a box, a ring's quarter, and so much more, as its word varies; and in it such a
# share of its hole.
USUAL = 25
MORE_AROUND_PX, MORE_AROUND, MORE_WITHIN = 40, 0.35, 0.05

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]


def _is_tick_cell(place: CellPlace) -> bool:
    return all(spec.kind is FieldKind.CHECKBOX for spec in place.fields) and bool(place.fields)


def bounds(place: CellPlace, origin: tuple[int, int]) -> Box:
    """Bounds (left, top, right, bottom) of a cell, in px as from ``origin`` (x, y)."""
    corners = np.rint(np.array(place.polygon) - origin).astype(int)
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return int(x0), int(y0), int(x1), int(y1)


def tick_frames(
    mask: Mask, registered: RegisteredPage, places: Sequence[CellPlace], origin: tuple[int, int]
) -> dict[int, Box | None]:
    """The printed box of each check box's cell (from 1), where one is seen."""
    signers = sum(len(row.cells) for row in registered.rows)
    columns: dict[tuple[str, bool], list[int]] = {}
    for number, place in enumerate(places, start=1):
        if _is_tick_cell(place):
            columns.setdefault((place.column, number <= signers), []).append(number)
    cells = [[bounds(places[n - 1], origin) for n in column] for column in columns.values()]
    found = tickboxes.frames_of(mask, cells)
    return {
        number: frame
        for column, frames in zip(columns.values(), found, strict=True)
        for number, frame in zip(column, frames, strict=True)
    }


def words_beside(
    place: CellPlace, frame: Box, origin: tuple[int, int]
) -> list[tuple[float, float, float, float]]:
    """A cell's own words (page px) without the check box that they may have been read with.

    ``frame``: the check box, in px as from ``origin`` (x, y).
    """
    x0, y0, x1, y1 = bounds(place, (0, 0))
    start, end = frame[0] + origin[0] - tickboxes.LINE_PX, frame[2] + origin[0] + tickboxes.LINE_PX
    found = []
    for left, top, right, bottom in place.captions:
        x, y = (left + right) / 2, (top + bottom) / 2
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            continue
        if x >= (start + end) / 2:
            found.append((min(max(left, end), right), top, right, bottom))
        else:
            found.append((left, top, max(min(right, start), left), bottom))
    return found


def unticked(
    owner: Ints,
    printed: Mask,
    places: Sequence[CellPlace],
    frames: Mapping[int, Box | None],
    origin: tuple[int, int],
) -> frozenset[int]:
    """Cells (from 1) of check boxes that are neither surely ticked nor surely empty.

    ``owner`` (H, W): whose ink a pixel is; ``printed``: ink that was taken out as print.
    """
    found: set[int] = set()
    others: dict[str, list[tuple[int, Mask]]] = {}
    for number, frame in frames.items():
        place = places[number - 1]
        x0, y0, x1, y1 = bounds(place, origin)
        here = slice(max(0, y0), y1 + 1), slice(max(0, x0), x1 + 1)
        words = [
            (box[0] - origin[0], box[1] - origin[1], box[2] - origin[0], box[3] - origin[1])
            for box in place.captions
        ]
        ink = np.asarray(owner[here] == number)
        start = here[1].start, here[0].start
        marks = tickboxes.beside_words(ink, start, words, frame)
        whole, apart = _state_of(ink), _state_of(marks)
        if place.guessed or InkState.LOOK in (whole, apart):
            found.add(number)
        elif whole is InkState.WRITTEN:
            # Beside a box may stand a word that could not be read.
            outside = frame is not None and not tickboxes.is_touched(owner == number, frame)
            if apart is InkState.EMPTY or outside or tickboxes.is_outline(marks):
                found.add(number)
            elif frame is None:
                others.setdefault(place.column, []).append((number, ink))
        elif frame is not None:
            if tickboxes.is_touched(owner == number, frame):
                found.add(number)
        else:
            # What all rows show may be a mark that all have made.
            taken = tickboxes.beside_words(printed[here], start, words, frame)
            if _state_of(taken) is not InkState.EMPTY and not tickboxes.is_outline(taken):
                found.add(number)
    for cells in others.values():
        for (one, first), (other, second) in itertools.combinations(cells, 2):
            if tickboxes.alike(first, second):
                found |= {one, other}
    return frozenset(found)


def perhaps_marked(
    mask: Mask,
    owner: Ints,
    places: Sequence[CellPlace],
    frames: Mapping[int, Box | None],
    origin: tuple[int, int],
) -> frozenset[int]:
    """Cells (from 1) that seem empty though in or around their box is more ink than in others.

    ``mask`` (H, W): all ink, that of rulings and print too; ``owner`` (H, W): whose it is. A thin
    ring or stroke may be lost with the print that it touches.
    """
    found: set[int] = set()
    columns: dict[str, list[tuple[int, Box]]] = {}
    for number, frame in frames.items():
        if frame is not None:
            columns.setdefault(places[number - 1].column, []).append((number, frame))
    for boxes in columns.values():
        within = np.array([tickboxes.ink_within(mask, frame) for _, frame in boxes])
        most = tickboxes.usual_line(mask, [frame for _, frame in boxes])
        around = np.array([_ink_around(mask, owner, n, frame, most) for n, frame in boxes])
        usual_within, usual = (np.percentile(counts, USUAL) for counts in (within, around))
        more = around - usual > np.maximum(MORE_AROUND_PX, MORE_AROUND * usual)
        more |= within - usual_within > MORE_WITHIN
        found |= {number for (number, _), is_more in zip(boxes, more, strict=True) if is_more}
    return frozenset(n for n in found if _seems_empty(owner, n, places[n - 1], origin))


def _ink_around(mask: Mask, owner: Ints, number: int, frame: Box, most: int) -> int:
    """``tickboxes.ink_around`` without what is another cell's: its mark may reach so far."""
    reach = tickboxes.AROUND_PX + tickboxes.LINE_PX + tickboxes.EDGE_PX
    left, top = max(0, frame[0] - reach), max(0, frame[1] - reach)
    here = slice(top, frame[3] + reach), slice(left, frame[2] + reach)
    own = np.asarray(mask[here] & np.isin(owner[here], (0, number)))
    moved = frame[0] - left, frame[1] - top, frame[2] - left, frame[3] - top
    return tickboxes.ink_around(own, moved, most)


def _seems_empty(owner: Ints, number: int, place: CellPlace, origin: tuple[int, int]) -> bool:
    x0, y0, x1, y1 = bounds(place, origin)
    here = owner[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1] == number
    return _state_of(np.asarray(here)) is InkState.EMPTY


def _state_of(ink: Mask) -> InkState:
    return ink_state(weighted_ink(ink, (0, 0, ink.shape[1], ink.shape[0])))[0]
