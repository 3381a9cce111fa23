"""Find the sheet of paper in a photograph (or on a scan bed): its four corners.

Method: straight segments (LSD) on the closed lightness and on Lab's b channel
are joined to lines; every quadrilateral of two lines each way is scored by its
weakest side, where a side counts as far as the picture steps from bright paper
inside to something darker or of another hue outside. A table's border cannot
win: paper lies on both sides of it. Edges cut by the picture's frame have no
step, so a page that fills its scan has no outline; that is the common case and
no failure. Sheets that lie apart are found one by one. Fails on white sheets on
white desks.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import Points, common_area, order_corners, polygon_area
from digitizer.paper.bleed import with_banners
from digitizer.records import Pixels

# Longer side at which lines are looked for, px: corners come out to about
# 0.2 % of the diagonal, and desk texture is mostly gone.
WORK_PX = 640
# Strokes of text are closed away by this kernel, px at WORK_PX.
CLOSE_PX = 9
LINES_EACH_WAY = 16
# LSD sees no segment where the picture steps by fewer gray levels, as hue does in a gray scan.
LEAST_SEGMENT_STEP = 5
# Least difference across a side, gray levels, over bands STEP_NEAR..STEP_FAR px off it.
STEP_LEVEL = 5.0
STEP_NEAR_PX, STEP_FAR_PX = 2.0, 7.0
SAMPLES_PER_SIDE = 48
# A step smaller than this, gray levels, may be a band of gray print: then no paper
# may lie so far behind it, px.
BAND_STEP = 60.0
BEHIND_PX = (18.0, 28.0, 40.0)
# A sheet covers at least this share of the picture, and each side must step
# along at least this share of its length.
MIN_AREA = 0.2
MIN_SIDE = 0.55
# Several sheets on one picture: each covers this much of it, each side must step along more of
# its length (a page has many lines, and a pair is the rarer thing), the smaller is no
# smaller than this share of the other, they overlap by no more than this share (staple,
# lens), and lie beside each other along this share of a side.
MIN_PAIR_AREA = 0.15
MIN_PAIR_SIDE = 0.8
MIN_ALIKE = 0.7
MAX_OVERLAP = 0.02
MIN_BESIDE = 0.7
# What lies around sheets begins half of this off them, px, and what lies between ends as far
# within the outermost; edges are as wide as the other. Fewer pixels tell nothing.
AROUND_PX = 21
EDGE_PX = 7
FEWEST_BETWEEN = 100
# Between sheets it is nearer to the desk's tone than to the paper's, and at the ends, where a
# sheet has its margins, so much of it at most is nearer to the paper's.
HALF_PAPER = 0.5
MARGIN_SHARE = 0.3
# So many of the best quadrilaterals are tried as the one sheet of a pair.
PAIRS_TRIED = 12
# A quadrilateral may be cut off at a band or a shadow on the sheet. One that holds all of it
# but this, px, and is larger by this share is the sheet, if what it adds is paper.
WITHIN_PX, LARGER = 4.0, 1.03
# ... that is, as light again as the sheet beside it, beyond this share of the sides.
BEYOND_SHARE = 0.75
# ... or, where a shadow's edge cuts the sheet, in its shade: then the sides go on beyond the
# cut, and end in another one, each stepping along at least this share of what is added.
SHADED_SIDE = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Corners (4, 2) clockwise in pixels of the picture; ``quality`` 0..1."""

    corners: Points
    quality: float


def find_outline(color: Pixels) -> Outline | None:
    """Return the outline of the sheet in a (H, W, 3) BGR picture, or None.

    A dark banner with light print at the sheet's edge is the sheet's, whatever lies beyond it.
    """
    found = find_outlines(color)
    if len(found) != 1:
        return None
    gray = np.asarray(cv2.cvtColor(color, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    return replace(found[0], corners=with_banners(gray, found[0].corners))


def find_outlines(color: Pixels) -> tuple[Outline, ...]:
    """Return the outlines of the sheet, or of those that lie apart, in a (H, W, 3) BGR picture.

    Several come from the left, or from the top where one lies above the other.
    """
    scale = WORK_PX / max(color.shape[:2])
    size = round(color.shape[1] * scale), round(color.shape[0] * scale)
    if scale < 0.5:  # halving is quick, where the rest of the way is not
        even = color[: color.shape[0] // 2 * 2, : color.shape[1] // 2 * 2]
        half = (even.shape[1] // 2, even.shape[0] // 2)
        color = cv2.resize(even, half, interpolation=cv2.INTER_AREA)
    small = cv2.resize(color, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (CLOSE_PX, CLOSE_PX))
    light = cv2.morphologyEx(lab[:, :, 0], cv2.MORPH_CLOSE, kernel)
    hue = cv2.medianBlur(lab[:, :, 2], 5)
    lines = _lines(light) + _lines(hue)
    flat = _strongest([line for line in lines if abs(line[2] - line[0]) >= abs(line[3] - line[1])])
    steep = _strongest([line for line in lines if abs(line[2] - line[0]) < abs(line[3] - line[1])])
    if len(flat) < 2 or len(steep) < 2:
        return ()
    found = _best_quads(flat, steep, light.astype(np.float32), hue.astype(np.float32))
    return tuple(Outline(order_corners(corners / scale), quality) for corners, quality in found)


_Line = tuple[float, float, float, float]


def _lines(channel: Pixels) -> list[_Line]:
    low, high, _, _ = cv2.minMaxLoc(channel)
    if high - low < LEAST_SEGMENT_STEP:
        return []
    segments = cv2.createLineSegmentDetector(0).detect(channel)[0]
    if segments is None:
        return []
    lines = []
    for x1, y1, x2, y2 in segments.reshape(-1, 4):
        if np.hypot(x2 - x1, y2 - y1) >= 0.04 * WORK_PX:
            lines.append((float(x1), float(y1), float(x2), float(y2)))
    return lines


def _strongest(lines: list[_Line]) -> list[_Line]:
    """Join segments that lie on one line and keep the ones with most length."""
    lines = sorted(lines, key=lambda s: -np.hypot(s[2] - s[0], s[3] - s[1]))
    groups: list[list[_Line]] = []
    for line in lines:
        p = np.array(line).reshape(2, 2)
        for group in groups:
            a, b = np.array(group[0]).reshape(2, 2)
            normal = np.array([a[1] - b[1], b[0] - a[0]]) / max(np.hypot(*(b - a)), 1e-6)
            turn = np.arctan2(*(p[1] - p[0])[::-1]) - np.arctan2(*(b - a)[::-1])
            turn = (turn + np.pi / 2) % np.pi - np.pi / 2
            if abs(turn) < 0.06 and np.abs((p - a) @ normal).max() < 4.0:
                group.append(line)
                break
        else:
            groups.append([line])
    joined = []
    for group in groups:
        points = np.array(group).reshape(-1, 2)
        weight = sum(np.hypot(s[2] - s[0], s[3] - s[1]) for s in group)
        center = points.mean(axis=0)
        axis = np.linalg.svd(points - center)[2][0]
        along = (points - center) @ axis
        a, b = center + axis * along.min(), center + axis * along.max()
        joined.append((float(weight), (float(a[0]), float(a[1]), float(b[0]), float(b[1]))))
    joined.sort(key=lambda pair: -pair[0])
    return [line for _, line in joined[:LINES_EACH_WAY]]


def _cross(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> Points:
    """Crossings (N, M, 2) of homogeneous lines (N, 3) and (M, 3)."""
    meet = np.cross(first[:, None, :], second[None, :, :])
    w = meet[..., 2:]
    return np.asarray(meet[..., :2] / np.where(np.abs(w) < 1e-9, 1e-9, w))


def _homogeneous(lines: list[_Line]) -> npt.NDArray[np.float64]:
    a = np.array(lines)
    ones = np.ones(len(a))
    return np.cross(np.column_stack([a[:, :2], ones]), np.column_stack([a[:, 2:], ones]))


def _best_quads(
    flat: list[_Line],
    steep: list[_Line],
    light: npt.NDArray[np.float32],
    hue: npt.NDArray[np.float32],
) -> list[tuple[Points, float]]:
    """The best quadrilateral with its quality, or those of sheets that lie apart."""
    height, width = light.shape
    corners = _cross(_homogeneous(flat), _homogeneous(steep))
    quads, made_of = [], []
    margin = 0.03 * WORK_PX
    for i, j in combinations(range(len(flat)), 2):
        for k, m in combinations(range(len(steep)), 2):
            quad = corners[[i, i, j, j], [k, m, m, k]]
            outside = (quad < -margin).any() or (quad > [width + margin, height + margin]).any()
            if outside or not cv2.isContourConvex(quad.astype(np.float32)):
                continue
            if polygon_area(quad) >= MIN_PAIR_AREA * width * height:
                quads.append(order_corners(quad))
                made_of.append({i, j, len(flat) + k, len(flat) + m})
    if not quads:
        return []
    all_quads = np.array(quads)
    sides = _side_scores(all_quads, light, hue)
    weakest = sides.min(axis=1)
    # Among equally well supported ones the larger sheet: inner edges of a
    # folded corner or a shadow must not cut the page.
    area = np.array([polygon_area(q) for q in quads]) / (width * height)
    score = weakest + 0.5 * sides.mean(axis=1) + 0.15 * area
    score[weakest < MIN_SIDE] = -1
    sure = np.where(weakest >= MIN_PAIR_SIDE, score, -1.0)
    several = _lying_apart(all_quads, sure, area, (light, hue))
    if several:
        return [(all_quads[k], float(weakest[k])) for k in several]
    score[area < MIN_AREA] = -1
    best = int(np.argmax(score))
    if score[best] < 0:
        return []
    best = _whole_sheet(best, all_quads, score, area, light)
    best = _sheet_in_shade(best, all_quads, made_of, (score, area), (light, hue))
    return [(all_quads[best], float(weakest[best]))]


def _whole_sheet(
    best: int,
    quads: npt.NDArray[np.float64],
    score: npt.NDArray[np.float64],
    area: npt.NDArray[np.float64],
    light: npt.NDArray[np.float32],
) -> int:
    """The quadrilateral around the best one that is cut off within the sheet, else the best.

    A gray band across the sheet that is too high for what is looked at behind a side ends
    in a step as clear as the sheet's. Then there is paper, not desk, beyond it.
    """
    larger = np.flatnonzero((score >= 0) & (area > LARGER * area[best]))
    for other in map(int, larger[np.argsort(-score[larger])]):
        hull = quads[other].astype(np.float32)
        if any(
            cv2.pointPolygonTest(hull, (float(x), float(y)), measureDist=True) < -WITHIN_PX
            for x, y in quads[best]
        ):
            continue
        if _paper_beyond(quads[best], quads[other], light) >= BEYOND_SHARE:
            return other
    return best


def _sheet_in_shade(
    best: int,
    quads: npt.NDArray[np.float64],
    made_of: list[set[int]],
    scored: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    picture: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
) -> int:
    """The sheet of which the best quadrilateral is the part in the light, else the best.

    The edge of a hand's or a phone's shadow steps as clearly as the sheet's own. The sheet
    has three of its lines, and beyond the fourth two of these go on to another one.
    ``scored``: scores and areas; ``picture``: light and hue.
    """
    score, area = scored
    larger = np.flatnonzero((score >= 0) & (area > LARGER * area[best]))
    for other in map(int, larger[np.argsort(-score[larger])]):
        moved = made_of[best] - made_of[other]
        if len(moved) != 1:
            continue
        added = _added(quads[best], quads[other])
        if added is not None and (_side_scores(added[None], *picture)[0][:3] >= SHADED_SIDE).all():
            return other
    return best


def _added(inner: Points, outer: Points) -> Points | None:
    """What one moved side adds to a quadrilateral: three new sides first, the old one last."""
    # Both go clockwise; two corners are common.
    apart = np.linalg.norm(inner[:, None] - outer[None], axis=2)
    common = [(a, int(np.argmin(apart[a]))) for a in range(4) if apart[a].min() < 1e-6]
    if len(common) != 2:
        return None
    (a, b), (c, d) = common
    if (c - a) % 4 == 1 and (d - b) % 4 == 1:  # inner goes on from c, outer from d
        first, last = (c + 1) % 4, (a - 1) % 4
        there = (d + 1) % 4, (b - 1) % 4
    elif (a - c) % 4 == 1 and (b - d) % 4 == 1:
        first, last = (a + 1) % 4, (c - 1) % 4
        there = (b + 1) % 4, (d - 1) % 4
    else:
        return None
    hull = outer.astype(np.float32)
    if any(
        cv2.pointPolygonTest(hull, (float(x), float(y)), measureDist=True) < -WITHIN_PX
        for x, y in inner[[first, last]]
    ):
        return None
    return np.asarray([inner[first], outer[there[0]], outer[there[1]], inner[last]])


def _paper_beyond(inner: Points, outer: Points, light: npt.NDArray[np.float32]) -> float:
    """Share of the sides of ``inner`` within ``outer`` beyond which it is as light as inside.

    Light differs from one end of a desk to the other, so each place is held against the
    paper right beside it.
    """
    mask = np.zeros(light.shape, np.uint8)
    cv2.fillConvexPoly(mask, np.round(outer).astype(np.int32), 1)
    steps = np.arange(STEP_FAR_PX, max(light.shape), STEP_FAR_PX)
    again = []
    for start, stop in zip(inner, np.roll(inner, -1, axis=0), strict=True):
        along = (stop - start) / max(float(np.linalg.norm(stop - start)), 1e-6)
        inward = np.array([-along[1], along[0]])
        for t in np.linspace(0.05, 0.95, SAMPLES_PER_SIDE):
            place = start + t * (stop - start)
            x, y = np.round(place + STEP_FAR_PX * inward).astype(int)
            ray = np.round(place - steps[:, None] * inward).astype(int)
            ray = ray[(ray >= 0).all(axis=1) & (ray < light.shape[::-1]).all(axis=1)]
            seen = light[ray[:, 1], ray[:, 0]][mask[ray[:, 1], ray[:, 0]] > 0]
            if len(seen) > 2 and 0 <= y < light.shape[0] and 0 <= x < light.shape[1]:
                again.append(float(seen.max()) > float(light[y, x]) - STEP_LEVEL)
    return float(np.mean(again)) if again else 0.0


def _lying_apart(
    quads: npt.NDArray[np.float64],
    score: npt.NDArray[np.float64],
    area: npt.NDArray[np.float64],
    picture: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
) -> list[int]:
    """Sheets of one size that lie side by side, apart: places in ``quads``; none for a single one.

    They come from the left, or from the top where they lie one above the other.
    """
    order = [int(k) for k in np.argsort(-score) if score[k] >= 0]
    # The best one may be all of them together; then each of them lies within it.
    for first in order[:PAIRS_TRIED]:
        sheets = [first]
        for other in order:
            sizes = area[[*sheets, other]]
            if sizes.min() < MIN_ALIKE * sizes.max():
                continue
            beside = [_apart(quads[one], quads[other]) for one in sheets]
            if any(beside) and not any(_overlap(quads[one], quads[other]) for one in sheets):
                sheets.append(other)
        if len(sheets) > 1 and _desk_between(quads[sheets], *picture):
            middles = quads[sheets].mean(axis=1)
            along = 0 if np.ptp(middles[:, 0]) > np.ptp(middles[:, 1]) else 1
            return sorted(sheets, key=lambda k: float(quads[k][:, along].mean()))
    return []


def _desk_between(
    sheets: npt.NDArray[np.float64],
    light: npt.NDArray[np.float32],
    hue: npt.NDArray[np.float32],
) -> bool:
    """Whether what lies beside sheets (N, 4, 2), between them, looks like what lies around all.

    Gray bands of a table end in steps on both sides, too; then the margins of the one sheet go
    on beside them. True, too, where there is too little between or around to tell.
    """
    on_a_sheet = np.zeros(light.shape, np.uint8)
    for sheet in sheets:
        cv2.fillConvexPoly(on_a_sheet, np.rint(sheet).astype(np.int32), 1)
    hull = cv2.convexHull(np.rint(sheets.reshape(-1, 2)).astype(np.int32))
    within = cv2.fillConvexPoly(np.zeros(light.shape, np.uint8), hull, 1)
    off = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (AROUND_PX, AROUND_PX))
    edge = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (EDGE_PX, EDGE_PX))
    beside = cv2.dilate(within, off)
    next_to_one = (cv2.dilate(on_a_sheet, off) > 0) & (cv2.dilate(on_a_sheet, edge) == 0)
    between = (cv2.erode(within, edge) > 0) & next_to_one
    around = (cv2.dilate(beside, off) > 0) & (beside == 0)
    if min(between.sum(), around.sum()) < FEWEST_BETWEEN:
        return True
    tones = np.stack([light, hue], axis=-1)
    desk, paper = np.median(tones[around], axis=0), np.median(tones[on_a_sheet > 0], axis=0)
    apart = paper - desk
    if np.linalg.norm(apart) < STEP_LEVEL:
        return True
    like_paper = (tones - desk) @ apart / (apart @ apart)
    ends = between & (cv2.erode(within, off) == 0)
    return bool(
        np.median(like_paper[between]) < HALF_PAPER
        and (not ends.any() or (like_paper[ends] > HALF_PAPER).mean() < MARGIN_SHARE)
    )


def _overlap(first: Points, second: Points) -> bool:
    """Whether two sheets cover more of each other than a lens or a staple makes them."""
    smaller = min(polygon_area(first), polygon_area(second))
    return common_area(first, second) > MAX_OVERLAP * smaller


def _apart(first: Points, second: Points) -> bool:
    """Whether two sheets do not overlap and lie along a common side."""
    if _overlap(first, second):
        return False
    low = np.maximum(first.min(axis=0), second.min(axis=0))
    high = np.minimum(first.max(axis=0), second.max(axis=0))
    shorter = np.minimum(np.ptp(first, axis=0), np.ptp(second, axis=0))
    return bool(((high - low) >= MIN_BESIDE * shorter).any())


def _side_scores(
    quads: npt.NDArray[np.float64],
    light: npt.NDArray[np.float32],
    hue: npt.NDArray[np.float32],
) -> npt.NDArray[np.float64]:
    """Share of each side (Q, 4) along which the picture steps as at a sheet's edge."""
    start, stop = quads, np.roll(quads, -1, axis=1)
    t = np.linspace(0.03, 0.97, SAMPLES_PER_SIDE)
    points = start[:, :, None, :] + (stop - start)[:, :, None, :] * t[None, None, :, None]
    direction = stop - start
    direction = direction / np.maximum(np.linalg.norm(direction, axis=2, keepdims=True), 1e-6)
    # Clockwise on screen: the inside lies to the right of the direction of travel.
    inward = np.stack([-direction[..., 1], direction[..., 0]], axis=-1)[:, :, None, :]
    inside_light = outside_light = inside_hue = outside_hue = 0.0
    offsets = np.linspace(STEP_NEAR_PX, STEP_FAR_PX, 3)
    height, width = light.shape
    for offset in offsets:
        for sign in (1, -1):
            p = points + sign * offset * inward
            x = np.clip(np.round(p[..., 0]).astype(int), 0, width - 1)
            y = np.clip(np.round(p[..., 1]).astype(int), 0, height - 1)
            if sign > 0:
                inside_light = inside_light + light[y, x] / len(offsets)
                inside_hue = inside_hue + hue[y, x] / len(offsets)
            else:
                outside_light = outside_light + light[y, x] / len(offsets)
                outside_hue = outside_hue + hue[y, x] / len(offsets)
    step = np.asarray(inside_light - outside_light)
    hue_step = np.abs(np.asarray(inside_hue - outside_hue))
    stepped = (step > STEP_LEVEL) | ((hue_step > STEP_LEVEL) & (step > -STEP_LEVEL))
    # A gray band printed over a table is a small step with paper again behind it.
    small = (step < BAND_STEP) & (hue_step < STEP_LEVEL)
    behind = np.zeros(step.shape, dtype=np.int64)
    for offset in BEHIND_PX:
        p = points - offset * inward
        x, y = np.round(p[..., 0]).astype(int), np.round(p[..., 1]).astype(int)
        seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        again = light[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
        behind += seen & (again > np.asarray(inside_light) - STEP_LEVEL)
    stepped &= ~(small & (behind > 0))
    return np.asarray(stepped.mean(axis=2), dtype=np.float64)
