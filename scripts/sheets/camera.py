"""How a hand-held camera sees a sheet: bent paper, a pinhole tilted in any direction, a lens.

``View`` maps points of the flat sheet into the picture exactly; pixels follow by its
inverse, solved on a coarse grid, since nothing here bends within a few pixels.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from scripts.sheets.degrade import apply_homography
from scripts.sheets.paper import Bend

Points: TypeAlias = npt.NDArray[np.float64]
Floats: TypeAlias = npt.NDArray[np.float32]

# Between points of this grid, px, the inverse is linear: less than 0.01 px off on what is drawn.
GRID_PX = 8
# Rounds in which a point before the lens is found from one behind it; three are enough
# for the strongest lens drawn.
LENS_ROUNDS = 6


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A sheet (px) as it lies in a picture of ``size`` (width, height), px.

    ``lens``: what radial distortion adds at half the picture's diagonal, as a share of it;
    below 0 a barrel.
    """

    picture_from_flat: npt.NDArray[np.float64]
    size: tuple[int, int]
    bend: Bend | None = None
    lens: float = 0.0

    def placed(self, points: npt.ArrayLike) -> Points:
        """Points (N, 2) of the flat sheet, where they are in the picture."""
        flat: Points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        bent = flat if self.bend is None else self.bend.moved(flat)
        out = (apply_homography(self.picture_from_flat, bent) - self._middle) / self._radius
        squares = (out**2).sum(axis=1, keepdims=True)
        return np.asarray(self._middle + out * (1 + self.lens * squares) * self._radius)

    def sources(self) -> tuple[Floats, Floats]:
        """x and y of the flat sheet for each pixel of the picture, as ``cv2.remap`` takes them."""
        width, height = self.size
        rows, columns = height // GRID_PX + 2, width // GRID_PX + 2
        ys, xs = np.mgrid[0:rows, 0:columns].astype(np.float64) * GRID_PX
        x, y = self._before_lens(xs + 0.5, ys + 0.5)
        seen = np.column_stack([x.ravel(), y.ravel()])
        flat_from_picture: Points = np.asarray(np.linalg.inv(self.picture_from_flat), np.float64)
        fx, fy = apply_homography(flat_from_picture, seen).T
        if self.bend is not None:
            fx, fy = self.bend.flat(fx, fy)
        return self._fine(fx.reshape(x.shape)), self._fine(fy.reshape(x.shape))

    @property
    def _middle(self) -> Points:
        return np.array(self.size, dtype=np.float64) / 2

    @property
    def _radius(self) -> float:
        return float(np.hypot(*self.size)) / 2

    def _before_lens(self, x: Points, y: Points) -> tuple[Points, Points]:
        dx, dy = (x - self._middle[0]) / self._radius, (y - self._middle[1]) / self._radius
        ux, uy = dx, dy
        for _ in range(LENS_ROUNDS if self.lens else 0):
            share = 1 + self.lens * (ux**2 + uy**2)
            ux, uy = dx / share, dy / share
        return ux * self._radius + self._middle[0], uy * self._radius + self._middle[1]

    def _fine(self, coarse: Points) -> Floats:
        """Values of the grid for each pixel; pixels are counted from the first one's middle."""
        matrix = np.array([[GRID_PX, 0, 0], [0, GRID_PX, 0]], np.float64)
        fine = cv2.warpAffine(
            coarse.astype(np.float32),
            matrix,
            self.size,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(fine - np.float32(0.5), np.float32)


def pinhole(
    size: tuple[int, int],
    *,
    tilt_deg: float,
    toward_deg: float,
    roll_deg: float,
    scale: float,
    focal: float,
) -> npt.NDArray[np.float64]:
    """Homography of a flat sheet of ``size`` px seen by a camera over its middle.

    The camera leans by ``tilt_deg`` about an axis in the sheet at ``toward_deg``, and is
    rolled; the middle is enlarged by ``scale``. ``focal``: length in longer sides of the sheet.
    """
    width, height = size
    distance = focal * max(width, height)
    tilt, toward, roll = np.radians([tilt_deg, toward_deg, roll_deg])
    cos, sin = np.cos(roll), np.sin(roll)
    rolled = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    across, down = np.cos(toward), np.sin(toward)
    axis = np.array([[0, 0, down], [0, 0, -across], [-down, across, 0]])
    turned = (np.eye(3) + np.sin(tilt) * axis + (1 - np.cos(tilt)) * axis @ axis) @ rolled
    middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    seen = np.column_stack([turned[:, 0], turned[:, 1], [0, 0, distance]]) @ middle
    return np.asarray(np.diag([distance * scale, distance * scale, 1]) @ seen)


def framed(
    picture_from_flat: npt.NDArray[np.float64], outline: Points, margins_px: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    """The homography moved so that ``outline`` has these margins, and the picture's size.

    ``outline``: (N, 2) points of the sheet. ``margins_px``: left, top, right, bottom; below
    0 the sheet is cut there.
    """
    left, top, right, bottom = np.asarray(margins_px, dtype=np.float64)
    seen = apply_homography(picture_from_flat, outline)
    low, high = seen.min(axis=0) - (left, top), seen.max(axis=0) + (right, bottom)
    moved = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ picture_from_flat
    return moved, (int(high[0] - low[0]), int(high[1] - low[1]))
