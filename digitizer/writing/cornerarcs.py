"""The arcs of rounded corners, taken out of a page's ink: rulings are wiped, which arcs are none.

Where two traced sides of a box meet in a corner that holds no ink, the quarter of a circle that
is printed most of the way from one to the other is theirs. It fails where an arc is no quarter of
a circle, or is worn by more than a little.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import crossing, rule_span
from digitizer.records import PAGE_PX_PER_MM, Rule
from digitizer.writing.ink import Unruled

Mask = npt.NDArray[np.bool_]

# Sides that meet in a corner end this near to it, px.
MEET_PX = 3.0
# Corners are rounded with radii from 1.25 to 8 mm.
RADII_PX = range(round(1.25 * PAGE_PX_PER_MM), round(8 * PAGE_PX_PER_MM) + 1)
# So much of an arc is inked, looked at in so many places, this near to it, px; it is wiped with
# its soft edge.
INKED_SHARE, PLACES, NEAR_PX, EDGE_PX = 0.85, 24, 1, 2


def without_arcs(
    unruled: Unruled, mask: Mask, rules: Sequence[Rule], origin: tuple[int, int]
) -> Unruled:
    """Take the arcs of rounded corners out of the ink.

    ``mask`` (H, W): all ink, rulings with it; ``rules``: the printed ones, page px; ``origin``:
    where the mask lies on the page.
    """
    near = cv2.dilate(mask.view(np.uint8), np.ones((2 * NEAR_PX + 1,) * 2, np.uint8)) > 0
    arcs = np.zeros(mask.shape, np.uint8)
    downs = [rule for rule in rules if not rule.horizontal and rule.thickness_px > 0]
    for across in (rule for rule in rules if rule.horizontal and rule.thickness_px > 0):
        for down in downs:
            corner = _corner(across, down)
            if corner is None:
                continue
            (x, y), ways = corner
            place = x - origin[0], y - origin[1]
            radius = _radius(mask, near, place, ways)
            if radius is not None:
                wide = round(max(across.thickness_px, down.thickness_px)) + 2 * EDGE_PX
                points = np.rint(_arc(place, ways, radius)).astype(np.int32)
                cv2.polylines(arcs, [points], False, 255, wide)
    if not arcs.any():
        return unruled
    found = (arcs > 0) & unruled.mask
    return Unruled(
        mask=unruled.mask & ~found,
        wiped=unruled.wiped | found,
        band_h=unruled.band_h | (arcs > 0),
        band_v=unruled.band_v | (arcs > 0),
    )


def _corner(across: Rule, down: Rule) -> tuple[tuple[float, float], tuple[int, int]] | None:
    """Where two sides end at each other, and which way each lies from there (1 or -1)."""
    x, y = crossing(across, down)
    ways = []
    for rule, at in ((across, x), (down, y)):
        start, stop = rule_span(rule)
        if abs(start - at) <= MEET_PX:
            ways.append(1)
        elif abs(stop - at) <= MEET_PX:
            ways.append(-1)
        else:
            return None
    return (x, y), (ways[0], ways[1])


def _arc(
    place: tuple[float, float], ways: tuple[int, int], radius: float
) -> npt.NDArray[np.float64]:
    """Points (N, 2) of the quarter of a circle that rounds a corner, px."""
    turn = np.linspace(0, np.pi / 2, PLACES)
    inside = radius * (1 - np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return np.asarray(np.array(place) + inside * np.array(ways))


def _radius(
    mask: Mask, near: Mask, place: tuple[float, float], ways: tuple[int, int]
) -> float | None:
    """The radius of the arc that is printed most of the way; None for a corner that is none."""
    height, width = mask.shape
    x, y = round(place[0]), round(place[1])
    if not (0 < x < width - 1 and 0 < y < height - 1) or mask[y - 1 : y + 2, x - 1 : x + 2].any():
        return None
    shares: dict[int, float] = {}
    for radius in RADII_PX:
        points = np.rint(_arc(place, ways, radius)).astype(int)
        if points.min() < 0 or points[:, 0].max() >= width or points[:, 1].max() >= height:
            break
        shares[radius] = float(near[points[:, 1], points[:, 0]].mean())
    most = max(shares.values(), default=0.0)
    if most < INKED_SHARE:
        return None
    return float(np.median([radius for radius, share in shares.items() if share == most]))
