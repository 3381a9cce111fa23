"""What happens to a sheet before it is scanned: curl, folds, a turned-down corner, tape, staples.

Bending moves points by an exact map (``Bend.moved``), which the pixels follow by
its exact inverse; the rest only paints. All on a sheet that got a transparent
edge first, so that what bends out of its rectangle is not lost.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Pixels: TypeAlias = npt.NDArray[np.uint8]
Points: TypeAlias = npt.NDArray[np.float64]

SHAPES = ("arch", "edge", "wave", "fold")
MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Bend:
    """How the sheet's points move, in px of a sheet of ``width`` x ``height``.

    ``rise``: rows bend by this much from their highest to their lowest point.
    ``shape``: "arch" (a book's page), "edge" (one side curls up), "wave", or
    "fold" (a kink). ``fan``: the share by which the bend is stronger at the
    bottom than at the top. ``sway``: columns bend by this much.
    """

    width: int
    height: int
    rise: float
    shape: str
    fan: float = 0.0
    sway: float = 0.0
    at: float = 0.5

    def _profile(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """How far rows sink at x, 0..1."""
        t = np.clip(x / self.width, -0.1, 1.1)
        if self.shape == "arch":
            return np.asarray(np.sin(np.pi * t))
        if self.shape == "edge":
            return np.asarray(np.clip((t - self.at) / (1.0 - self.at), 0, None) ** 2)
        if self.shape == "wave":
            return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * t))
        # A fold is rounded over about 6 mm.
        far = t - self.at
        kink = np.sqrt(far**2 + 0.015**2)
        return np.asarray(kink / max(self.at, 1 - self.at))

    def moved(self, points: npt.ArrayLike) -> Points:
        """Points (N, 2) of the flat sheet on the bent one."""
        x, y = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
        strength = 1.0 + self.fan * (y / self.height - 0.5)
        y = y + self.rise * self._profile(x) * strength
        return np.column_stack([x + self._sway(y), y])

    def _sway(self, y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(self.sway * np.sin(np.pi * np.clip(y / self.height, 0, 1)))

    def flat(
        self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The inverse of ``moved``, exactly."""
        x = x - self._sway(y)
        sink = self.rise * self._profile(x)
        y = (y - sink * (1 - self.fan / 2)) / (1 + sink * self.fan / self.height)
        return x, y


def bent(sheet: Pixels, cover: Pixels, bend: Bend, edge: int) -> tuple[Pixels, Pixels]:
    """Sheet and cover (255 paper, 0 none) bent; both have ``edge`` px more on all sides."""
    height, width = sheet.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = bend.flat(xs - edge, ys - edge)
    across, down = (x + edge).astype(np.float32), (y + edge).astype(np.float32)
    moved = cv2.remap(sheet, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    paper = cv2.remap(cover, across, down, cv2.INTER_LINEAR)
    # Paper that leans away from the lamp is darker.
    slope = np.gradient(bend.rise * bend._profile(xs[0] - edge))
    light = np.clip(1.0 - 1.6 * slope, 0.72, 1.04)[None, :, None]
    return np.clip(moved * light, 0, 255).astype(np.uint8), np.asarray(paper, np.uint8)


def with_edge(sheet: Pixels, edge: int) -> tuple[Pixels, Pixels]:
    """The sheet with ``edge`` px around it, and its cover."""
    grown = cv2.copyMakeBorder(sheet, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    cover = np.zeros(grown.shape[:2], np.uint8)
    cover[edge : cover.shape[0] - edge, edge : cover.shape[1] - edge] = 255
    return np.asarray(grown, np.uint8), cover


def fold_corner(
    sheet: Pixels, cover: Pixels, edge: int, size: int, rng: np.random.Generator
) -> None:
    """Turn a corner down: its triangle is gone, and its back lies on the sheet."""
    height, width = cover.shape
    right, bottom = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    x = width - edge if right else edge
    y = height - edge if bottom else edge
    dx, dy = (-size if right else size), (-size if bottom else size)
    gone = np.array([[x, y], [x + dx, y], [x, y + dy]])
    outer = np.array([[x - dx, y - dy], [x + dx, y], [x, y + dy]])
    cv2.fillPoly(cover, [outer.astype(np.int32), gone.astype(np.int32)], 0)
    flap = np.array([[x + dx, y + dy], [x + dx, y], [x, y + dy]])
    cv2.fillPoly(sheet, [flap.astype(np.int32)], (226, 229, 230), cv2.LINE_AA)
    crease = (150, 152, 153)
    cv2.line(sheet, (x + dx, y), (x, y + dy), crease, 2, cv2.LINE_AA)
    cv2.line(sheet, (x + dx, y), (x + dx, y + dy), (185, 187, 188), 1, cv2.LINE_AA)
    cv2.line(sheet, (x, y + dy), (x + dx, y + dy), (185, 187, 188), 1, cv2.LINE_AA)


def stick_tape(sheet: Pixels, dpi: int, rng: np.random.Generator) -> None:
    """A strip of yellowed clear tape across an edge, and one over the page."""
    per_mm = dpi / MM_PER_INCH
    height, width = sheet.shape[:2]
    for _ in range(2):
        centre = np.array([rng.uniform(0.1, 0.9) * width, rng.choice([0.04, 0.5, 0.96]) * height])
        angle = float(rng.uniform(-0.5, 0.5))
        along = np.array([np.cos(angle), np.sin(angle)]) * float(rng.uniform(25, 60)) * per_mm
        across = np.array([-np.sin(angle), np.cos(angle)]) * 9 * per_mm
        strip = np.array([centre - along - across, centre + along - across,
                          centre + along + across, centre - along + across])  # fmt: skip
        mask = np.zeros(sheet.shape[:2], np.uint8)
        cv2.fillPoly(mask, [strip.astype(np.int32)], 255, cv2.LINE_AA)
        tint = sheet.astype(np.float32) * np.array([0.80, 0.91, 0.95], np.float32)
        share = mask.astype(np.float32)[..., None] / 255
        np.copyto(sheet, (tint * share + sheet * (1 - share)).astype(np.uint8))
        cv2.polylines(sheet, [strip.astype(np.int32)], True, (178, 196, 204), 1, cv2.LINE_AA)


def staple(sheet: Pixels, edge: int, dpi: int, rng: np.random.Generator) -> None:
    """Two staples near the top, bright wire with a shadow."""
    per_mm = dpi / MM_PER_INCH
    for place in (float(rng.uniform(0.06, 0.15)), float(rng.uniform(0.4, 0.6))):
        x = edge + place * (sheet.shape[1] - 2 * edge)
        y = edge + float(rng.uniform(4, 9)) * per_mm
        angle = float(rng.uniform(-0.6, 0.6))
        half = 6 * per_mm * np.array([np.cos(angle), np.sin(angle)])
        a, b = np.array([x, y]) - half, np.array([x, y]) + half
        points = [tuple(int(v) for v in p) for p in (a, b, a + 3, b + 3)]
        cv2.line(sheet, points[2], points[3], (120, 120, 120), max(2, round(0.6 * per_mm)))
        cv2.line(sheet, points[0], points[1], (205, 205, 200), max(2, round(0.5 * per_mm)))
