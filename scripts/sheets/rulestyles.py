"""How rulings are printed, from solid to gray bands: data for ``draw``.

Lengths in mm; gray 0 (black) to 255. What a style leaves as it is comes from the
layout.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class RuleStyle:
    """One way to rule a table.

    ``dash_mm``: printed and left out in turn. ``worn``: share of a ruling that did
    not print, in pieces of ``worn_mm``. ``double_mm``: distance of a second line.
    ``color``: of rulings, RGB. ``open_left``, ``open_right``: no ruling on that
    side. ``bands``: gray of every other row, which then has no rulings of its own.
    ``columns``: whether any ruling runs down the table.
    """

    mm: float | None = None
    gray: int | None = None
    dash_mm: tuple[float, float] | None = None
    worn: float = 0.0
    worn_mm: float = 4.0
    double_mm: float | None = None
    color: tuple[int, int, int] | None = None
    open_left: bool = False
    open_right: bool = False
    bands: int | None = None
    columns: bool = True


# As the layout says.
PLAIN = RuleStyle()
RULE_STYLES = {
    "solid": PLAIN,
    "hairline": RuleStyle(mm=0.1, gray=90),
    "faint": RuleStyle(mm=0.2, gray=205),
    "broken": RuleStyle(mm=0.25, worn=0.3),
    "dotted": RuleStyle(mm=0.3, gray=40, dash_mm=(0.3, 0.7)),
    "dashed": RuleStyle(mm=0.25, gray=40, dash_mm=(2.0, 1.5)),
    "blue": RuleStyle(mm=0.25, color=(120, 170, 235)),
    "green": RuleStyle(mm=0.25, color=(150, 215, 160)),
    "yellow": RuleStyle(mm=0.35, color=(250, 225, 120)),
    "double": RuleStyle(mm=0.15, double_mm=0.8),
    "open-left": RuleStyle(open_left=True),
    "open-right": RuleStyle(open_right=True),
    "bands": RuleStyle(bands=222),
    "rows-only": RuleStyle(columns=False),
    "bands-only": RuleStyle(bands=222, columns=False),
}


def pieces(
    style: RuleStyle, start: float, stop: float, seed: tuple[int, int]
) -> Iterator[tuple[float, float]]:
    """The printed pieces of a ruling from ``start`` to ``stop``, in mm.

    ``seed``: of the ruling, so that what is worn away is the same on every sheet.
    """
    if style.dash_mm is not None:
        on, off = style.dash_mm
        at = start
        while at < stop:
            yield at, min(at + on, stop)
            at += on + off
        return
    if not style.worn:
        yield start, stop
        return
    random = np.random.default_rng(seed)
    at = start
    while at < stop:
        end = min(at + float(random.uniform(0.3, 1.7)) * style.worn_mm, stop)
        if random.random() >= style.worn:
            yield at, end
        at = end
