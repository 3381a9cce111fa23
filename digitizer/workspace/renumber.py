"""What people decided about rows, carried over to a page whose rows lie elsewhere now.

A decision names its row by number. Once a person adds or deletes a row line the
numbers shift, and a decision must follow its ink. Rows (and cells) before and after
are laid over each other in the scan: one that covers mostly the same paper is the
same one. Nothing is overwritten: what stood at a place is taken back there and said
again at the new place, by who said it. Decisions on ink that is in no row any more
are taken back, and said again when a later edit brings their row back.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from digitizer.records import PageGeometry, Polygon
from digitizer.workspace.decisions import (
    PAGE_EDIT,
    SHEET,
    Action,
    Decision,
    Place,
    history,
    taken_back,
)

# Share (intersection over union) from which two rows, or two cells, are the same
# one: a row line dragged by a third of a row's height leaves 0.67, a row cut in two
# 0.5 on each side, a grid that is off by half a row 0.33.
SAME_INK = 0.55

# How the ``why`` of a decision begins that an edit of the page made, with its number.
MARK = PAGE_EDIT
_GONE = re.compile(rf"^{MARK} (\d+): row \d+ is gone$")


@dataclass(frozen=True, slots=True)
class Carried:
    """Decisions to append, and how many fields' decisions moved, went, came back."""

    decisions: tuple[Decision, ...] = ()
    moved: int = 0
    gone: int = 0
    back: int = 0


def match_rows(before: PageGeometry, after: PageGeometry) -> dict[int, int]:
    """Old row number -> the row that covers the same paper now."""
    old = {row.row: _in_scan(row.polygon, before) for row in before.rows}
    new = {row.row: _in_scan(row.polygon, after) for row in after.rows}
    pairs = sorted(
        ((_overlap(a, b), i, j) for i, a in old.items() for j, b in new.items()), reverse=True
    )
    found: dict[int, int] = {}
    for share, i, j in pairs:
        if share >= SAME_INK and i not in found and j not in found.values():
            found[i] = j
    return found


class Moves:
    """Where a place of the page before is after an edit."""

    def __init__(self, before: PageGeometry, after: PageGeometry) -> None:
        """Lay the one over the other."""
        self._before, self._after = before, after
        self.rows: Mapping[int, int] = match_rows(before, after)
        self.rows_before = tuple(row.row for row in before.rows)

    def __call__(self, place: Place) -> Place | None:
        """The place now, None where its ink is in no row or in another field's cell."""
        row, field = place
        if row == SHEET:
            return place
        if row > max(self.rows_before, default=0):
            # A row that a person split off stands behind the form's own, on no paper.
            return row + len(self._after.rows) - len(self._before.rows), field
        new = self.rows.get(row)
        if new is None:
            return None
        cell, now = self._before.field(row, field), self._after.field(new, field)
        if cell is not None and now is not None:
            here = _in_scan(cell.polygon, self._before)
            if _overlap(here, _in_scan(now.polygon, self._after)) < SAME_INK:
                return None
        return new, field


def carry(
    decisions: Sequence[Decision],
    geometries: Mapping[int, PageGeometry],
    after: PageGeometry,
    *,
    edit: int,
    who: str,
) -> Carried:
    """What to append to the ``decisions`` on one sheet (all there are, in order).

    ``geometries``: by number of the page's edits, the page before that edit;
    ``edit``: number of the one just read, ``who``: by whom.
    """
    before = geometries.get(edit)
    moves = None if before is None else Moves(before, after)
    standing = history(decisions)
    made: list[Decision] = []
    again: list[Decision] = []
    moved = gone = back = 0
    taken: set[Place] = set()
    for place, stack in (p for places in standing.values() for p in places.items()):
        target = place if moves is None else moves(place)
        if target is not None:
            taken.add(target)
        if target == place:
            continue
        why = f"row {place[0]} is gone" if target is None else f"row {place[0]} is row {target[0]}"
        made += [_undo(d, who, f"{MARK} {edit}: {why}") for d in reversed(stack)]
        if target is None:
            gone += 1
            continue
        moved += 1
        again += [_at(d, target, f"{MARK} {edit}: was row {place[0]}") for d in stack]
    for number, lost in _lost(decisions):
        then = geometries.get(number)
        if number == edit or then is None:
            continue
        place = lost[0].place
        target = Moves(then, after)(place)
        said = f"{MARK} {edit}: row {place[0]} of edit {number} is back"
        if target is not None and target not in taken:
            taken.add(target)
            back += 1
            again += [_at(d, target, said) for d in lost]
    return Carried((*made, *again), moved, gone, back)


def _lost(decisions: Sequence[Decision]) -> list[tuple[int, tuple[Decision, ...]]]:
    """Decisions that an edit took back and none brought back: (its number, oldest first)."""
    stacks: dict[Place, list[Decision]] = {}
    lost: dict[tuple[int, Place], list[Decision]] = {}
    for decision in decisions:
        stack = stacks.setdefault(decision.place, [])
        if decision.action is not Action.UNDO:
            stack.append(decision)
            came = re.search(r": row (\d+) of edit (\d+) is back(?:, of \S+)?$", decision.why)
            if came is not None:
                lost.pop((int(came[2]), (int(came[1]), decision.field)), None)
            continue
        known = stack.pop() if stack else None
        went = _GONE.match(decision.why)
        if went is not None and known is not None:
            lost.setdefault((int(went[1]), decision.place), []).insert(0, known)
    return [(number, tuple(stack)) for (number, _), stack in lost.items()]


def _undo(decision: Decision, who: str, why: str) -> Decision:
    return replace(taken_back(decision, who), why=why)


def _at(decision: Decision, place: Place, why: str) -> Decision:
    """The same decision about another place; it took nobody any time."""
    why = f"{why}, of {decision.repeats}" if decision.repeats else why
    return replace(decision, row=place[0], field=place[1], why=why, at="", seconds=None)


def _overlap(first: Polygon, second: Polygon) -> float:
    # Imported when needed: a run that has nothing to read loads no OpenCV.
    from digitizer.geometry import convex_iou

    return convex_iou(first, second)


def _in_scan(polygon: Polygon, geometry: PageGeometry) -> Polygon:
    import numpy as np

    from digitizer.geometry import apply_homography

    scan_from_page = np.array(geometry.scan_from_page, dtype=np.float64).reshape(3, 3)
    return tuple((float(x), float(y)) for x, y in apply_homography(scan_from_page, polygon))
