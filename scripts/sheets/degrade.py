"""What scanners, fax machines and phones do to a sheet, with exact geometry.

All movement (turn, skew, scale, perspective, margins) is one homography
``scan_from_page``, applied once; everything after it changes only brightness.
So a polygon of the page lands where the homography says, to the pixel. A sheet
that is bent (``paper.Bend``) is bent before it: ``Scan.placed`` does both.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from scripts.sheets.paper import Bend, bent, fold_corner, staple, stick_tape, with_edge

Pixels: TypeAlias = npt.NDArray[np.uint8]
Matrix: TypeAlias = npt.NDArray[np.float64]

FAX_DPI = (204, 196)  # ITU-T T.4, fine mode: horizontal, vertical


@dataclass(frozen=True, slots=True)
class Recipe:
    """One scan. Angles in degrees, clockwise positive; shares are 0..1.

    ``turn_deg``: quarter turn of the page in the scan (90: its top points
    right). ``skew_deg`` is added to it. ``perspective``: how far corners move,
    as a share of the page's width. ``margin_mm``: bed or desk around the page.
    ``bed``: "white", "black", "gray" or "desk". ``faint``: share of contrast
    lost. ``bilevel``: threshold of 1-bit fax, None for gray levels. ``bend_mm``: rows
    bend by this much. ``cast``: the light's colour, BGR. ``motion_px``: the camera moved
    by so much while it looked.
    """

    dpi: int = 200
    turn_deg: int = 0
    skew_deg: float = 0.0
    perspective: float = 0.0
    margin_mm: float = 0.0
    bed: str = "white"
    gray: bool = False
    faint: float = 0.0
    noise: float = 0.0
    specks: int = 0
    blur_px: float = 0.0
    shadow: float = 0.0
    vignette: float = 0.0
    fold: bool = False
    punch: bool = False
    streaks: int = 0
    bilevel: int | None = None
    jpeg: int | None = None
    bend_mm: float = 0.0
    bend_shape: str = "arch"
    folded_corner_mm: float = 0.0
    tape: bool = False
    staples: bool = False
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    motion_px: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A degraded page: (H, W, 3) BGR and the homography that made it.

    ``rotation_deg``: clockwise turn that makes it upright; ``skew_deg``:
    clockwise skew left after that turn, measured along the page's middle.
    """

    pixels: Pixels
    scan_from_page: Matrix
    rotation_deg: int
    skew_deg: float
    dpi: int
    bend: Bend | None = None

    def placed(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Points (N, 2) of the flat page, px, where they are on the scan."""
        moved = points if self.bend is None else self.bend.moved(points)
        return apply_homography(self.scan_from_page, moved)


def degrade(page: Pixels, page_dpi: int, recipe: Recipe, rng: np.random.Generator) -> Scan:
    """The page as ``recipe`` scans it. ``page``: (H, W, 3) BGR, upright."""
    sheet = page.copy()
    if recipe.punch:
        _punch(sheet, page_dpi, recipe.bed, rng)
    if recipe.fold:
        sheet = folded(sheet, rng)
    height, width = page.shape[:2]
    matrix, size = _movement((width, height), page_dpi, recipe, rng)
    sheet, cover, bend, edge = _damaged(sheet, page_dpi, recipe, rng)
    shifted = matrix @ np.array([[1.0, 0.0, -edge], [0.0, 1.0, -edge], [0.0, 0.0, 1.0]])
    scan = _moved(sheet, cover, shifted, size, recipe, rng)
    scan = _light(scan, recipe, rng)
    return Scan(
        _sensor(scan, recipe, rng),
        matrix,
        (360 - recipe.turn_deg) % 360,
        measured_skew(matrix, (width, height), recipe.turn_deg),
        recipe.dpi,
        bend,
    )


def _damaged(
    sheet: Pixels, dpi: int, recipe: Recipe, rng: np.random.Generator
) -> tuple[Pixels, Pixels, Bend | None, int]:
    """The sheet as the paper has suffered, its cover, its bend, and the edge around it in px.

    Draws nothing at random for paper that is whole.
    """
    height, width = sheet.shape[:2]
    cover = np.full((height, width), 255, np.uint8)
    if recipe.tape:
        stick_tape(sheet, dpi, rng)
    if recipe.staples:
        staple(sheet, 0, dpi, rng)
    if recipe.bend_mm <= 0 and recipe.folded_corner_mm <= 0:
        return sheet, cover, None, 0
    edge = 8 + round(2 * recipe.bend_mm * dpi / 25.4)
    sheet, cover = with_edge(sheet, edge)
    if recipe.folded_corner_mm > 0:
        fold_corner(sheet, cover, edge, round(recipe.folded_corner_mm * dpi / 25.4), rng)
    if recipe.bend_mm <= 0:
        return sheet, cover, None, edge
    bend = Bend(
        width,
        height,
        rise=recipe.bend_mm * dpi / 25.4 * float(rng.choice([-1.0, 1.0])),
        shape=recipe.bend_shape,
        fan=float(rng.uniform(-0.3, 0.3)),
        sway=float(rng.uniform(-0.25, 0.25)) * recipe.bend_mm * dpi / 25.4,
        at=float(rng.uniform(0.35, 0.65)),
    )
    sheet, cover = bent(sheet, cover, bend, edge)
    return sheet, cover, bend, edge


def apply_homography(matrix: Matrix, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points (N, 2) moved by a 3 x 3 homography."""
    flat = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    return np.asarray(flat[:, :2] / flat[:, 2:])


def measured_skew(matrix: Matrix, size: tuple[int, int], turn_deg: int) -> float:
    """Clockwise skew of the page's horizontal middle line once it is upright."""
    width, height = size
    middle = np.array([[0.0, height / 2], [float(width), height / 2]])
    left, right = apply_homography(matrix, middle)
    angle = float(np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0]))) - turn_deg
    return (angle + 180) % 360 - 180


def _movement(
    size: tuple[int, int], page_dpi: int, recipe: Recipe, rng: np.random.Generator
) -> tuple[Matrix, tuple[int, int]]:
    """The homography and the scan's (width, height)."""
    width, height = size
    scale = recipe.dpi / page_dpi
    angle = np.radians(recipe.turn_deg + recipe.skew_deg)
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]], dtype=np.float64)
    matrix: Matrix = turn @ centre
    if recipe.perspective > 0:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
        moved = apply_homography(matrix, corners)
        reach = recipe.perspective * width * scale
        target = moved + rng.uniform(-reach, reach, moved.shape)
        lens = cv2.getPerspectiveTransform(moved.astype(np.float32), target.astype(np.float32))
        matrix = np.asarray(lens, np.float64) @ matrix
    sideways = recipe.turn_deg in (90, 270)
    frame = np.array([height, width] if sideways else [width, height]) * scale
    margin = recipe.margin_mm * recipe.dpi / 25.4
    canvas = np.round(frame + 2 * margin).astype(int)
    shift = np.array([[1, 0, canvas[0] / 2], [0, 1, canvas[1] / 2], [0, 0, 1]])
    return np.asarray(shift @ matrix), (int(canvas[0]), int(canvas[1]))


def _moved(
    sheet: Pixels,
    inside: Pixels,
    matrix: Matrix,
    size: tuple[int, int],
    recipe: Recipe,
    rng: np.random.Generator,
) -> npt.NDArray[np.float32]:
    """The sheet warped onto its bed, with a soft edge and a shadow under it."""
    source = sheet
    if recipe.dpi < 170:  # warping alone would skip pixels
        source = cv2.GaussianBlur(sheet, (0, 0), 0.5).astype(np.uint8)
    warped = cv2.warpPerspective(source, matrix, size, flags=cv2.INTER_LINEAR).astype(np.float32)
    cover = cv2.warpPerspective(inside, matrix, size, flags=cv2.INTER_LINEAR)
    share = cover.astype(np.float32)[..., None] / 255
    bed = bed_pixels(size, recipe, rng)
    if recipe.bed in ("desk", "black"):
        fallen = cv2.GaussianBlur(np.roll(cover, (6, 5), (0, 1)), (0, 0), 9)
        bed *= 1 - 0.45 * fallen.astype(np.float32)[..., None] / 255
    return np.asarray(warped * share + bed * (1 - share), np.float32)


def bed_pixels(
    size: tuple[int, int], recipe: Recipe, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """What lies under the sheet, (width, height) px: a flat tone, or a wooden desk."""
    width, height = size
    flat = {"white": 252.0, "black": 14.0, "gray": 128.0}
    if recipe.bed in flat:
        return np.full((height, width, 3), flat[recipe.bed], np.float32)
    # A wooden desk: slow bands along the grain, fine streaks, one brown.
    bands = cv2.resize(
        rng.normal(0, 1, (max(6, height // 90), 4)).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    streaks = cv2.resize(
        rng.normal(0, 1, (height // 3, 12)).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_LINEAR,
    )
    tone = 1 + 0.10 * bands + 0.05 * streaks
    base = np.array([62, 96, 138], np.float32) * float(rng.uniform(0.6, 1.05))
    return np.asarray(np.clip(tone[..., None] * base, 0, 255), np.float32)


def _punch(sheet: Pixels, dpi: int, bed: str, rng: np.random.Generator) -> None:
    """Three holes of 6 mm along the left edge, through which the bed shows."""
    tone = {"black": (14, 14, 14), "desk": (50, 80, 120)}.get(bed, (190, 190, 190))
    per_mm = dpi / 25.4
    for share in (0.12, 0.5, 0.88):
        at = (round(float(rng.uniform(8.5, 9.5)) * per_mm), round(share * sheet.shape[0]))
        cv2.circle(sheet, at, round(3 * per_mm), tone, -1, cv2.LINE_AA)


def folded(sheet: Pixels, rng: np.random.Generator) -> Pixels:
    """Two folds as of a letter in an envelope: a dark line in a soft gradient."""
    height = sheet.shape[0]
    rows = np.arange(height, dtype=np.float32)
    light = np.ones(height, np.float32)
    for third in (1, 2):
        at = height * third / 3 + float(rng.normal(0, height * 0.01))
        far = (rows - at) / (height * 0.03)
        light -= 0.10 * np.exp(-np.abs(far)) * (far > 0) + 0.22 * np.exp(-((rows - at) ** 2) / 3)
    return np.asarray(np.clip(sheet * light[:, None, None], 0, 255), np.uint8)


def _light(
    scan: npt.NDArray[np.float32], recipe: Recipe, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Faint toner, a hand's shadow, a lamp at one side."""
    height, width = scan.shape[:2]
    if recipe.faint > 0:
        scan = 250 - (250 - scan) * (1 - recipe.faint)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    if recipe.vignette > 0:
        lamp = rng.uniform(0.2, 0.8, 2) * (width, height)
        far = np.hypot(xs - lamp[0], ys - lamp[1]) / float(np.hypot(width, height))
        scan = scan * (1 - recipe.vignette * far)[..., None]
    if recipe.shadow > 0:
        angle = float(rng.uniform(0.3, 1.2))
        edge = (xs * np.cos(angle) + ys * np.sin(angle)) / (width + height)
        place = float(rng.uniform(0.42, 0.6))
        wave = 0.02 * np.sin(ys / height * float(rng.uniform(4, 9)))
        dark = 1 / (1 + np.exp(-(edge - place + wave) / 0.02))
        scan = scan * (1 - recipe.shadow * dark)[..., None]
    if recipe.cast != (1.0, 1.0, 1.0):
        scan = scan * np.array(recipe.cast, np.float32)
    return np.asarray(scan, np.float32)


def _sensor(scan: npt.NDArray[np.float32], recipe: Recipe, rng: np.random.Generator) -> Pixels:
    """Blur, dust, streaks, noise, bilevel or JPEG, in the order of a device."""
    height, width = scan.shape[:2]
    if recipe.blur_px > 0:
        scan = np.asarray(cv2.GaussianBlur(scan, (0, 0), recipe.blur_px), np.float32)
    if recipe.motion_px > 0:
        scan = _shaken(scan, recipe.motion_px, float(rng.uniform(0, np.pi)))
    if recipe.gray or recipe.bilevel is not None:
        gray = scan @ np.array([0.114, 0.587, 0.299], np.float32)
        scan = np.repeat(gray[..., None], 3, axis=2)
    for _ in range(recipe.streaks):
        x = int(rng.integers(width))
        scan[:, x : x + 2] -= float(rng.uniform(15, 60))
    for _ in range(recipe.specks):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        tone = float(rng.uniform(20, 170))
        cv2.circle(scan, at, int(rng.integers(0, 3)), (tone, tone, tone), -1)
    if recipe.noise > 0:
        grain = rng.normal(0, recipe.noise, (height, width, 1 if recipe.gray else 3))
        scan = scan + grain.astype(np.float32)
    out = np.clip(scan, 0, 255).astype(np.uint8)
    if recipe.bilevel is not None:
        out = _fax(out, recipe.bilevel)
    if recipe.jpeg is not None:
        done, packed = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, recipe.jpeg])
        if done:
            out = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return out


def _shaken(
    scan: npt.NDArray[np.float32], length_px: float, angle: float
) -> npt.NDArray[np.float32]:
    """Smeared along a straight way of ``length_px`` at ``angle`` (radians)."""
    size = 2 * int(np.ceil(length_px / 2)) + 3
    way = np.zeros((size, size), np.float32)
    middle = (size - 1) / 2
    for t in np.linspace(-length_px / 2, length_px / 2, 8 * size):
        x, y = middle + t * np.cos(angle), middle + t * np.sin(angle)
        x0, y0 = int(x), int(y)
        for dx in (0, 1):
            for dy in (0, 1):
                way[y0 + dy, x0 + dx] += (1 - abs(x - x0 - dx)) * (1 - abs(y - y0 - dy))
    return np.asarray(cv2.filter2D(scan, -1, way / way.sum()), np.float32)


def _fax(scan: Pixels, threshold: int) -> Pixels:
    """Sampled at 204 x 196 dpi, cut to one bit, brought back to square pixels."""
    height, width = scan.shape[:2]
    lines = max(1, round(height * FAX_DPI[1] / FAX_DPI[0]))
    sampled = cv2.resize(scan, (width, lines), interpolation=cv2.INTER_AREA)
    bits = np.where(sampled[..., :1] < threshold, 0, 255).astype(np.uint8)
    square = cv2.resize(bits, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.repeat(square.reshape(height, width, 1), 3, axis=2)


def mild_recipe(rng: np.random.Generator, *, max_skew_deg: float = 1.5) -> Recipe:
    """An ordinary office scan: a little skew, noise and blur, JPEG."""
    return Recipe(
        dpi=int(rng.choice([200, 200, 240, 300])),
        skew_deg=float(rng.uniform(-max_skew_deg, max_skew_deg)),
        bed=str(rng.choice(["white", "white", "black", "gray"])),
        margin_mm=float(rng.choice([0.0, 0.0, 3.0])),
        gray=bool(rng.random() < 0.4),
        faint=float(rng.uniform(0.0, 0.25)),
        noise=float(rng.uniform(1.0, 5.0)),
        specks=int(rng.integers(0, 25)),
        blur_px=float(rng.uniform(0.3, 0.8)),
        fold=bool(rng.random() < 0.15),
        punch=bool(rng.random() < 0.15),
        jpeg=int(rng.integers(70, 93)),
    )
