"""Points, polygons and plane transforms: numbers in, numbers out, no pixels.

Points are (N, 2) float64 arrays of (x, y); transforms are 3 x 3 homographies
named ``dst_from_src``; angles are in degrees, clockwise positive as seen on a
screen (y points down). Nothing here writes into its arguments.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import shapely

from digitizer.records import Homography, Point, Polygon

Points = npt.NDArray[np.float64]


def as_points(points: Sequence[Point] | npt.ArrayLike) -> Points:
    """Return ``points`` as an (N, 2) float64 array."""
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


def as_polygon(points: npt.ArrayLike, decimals: int = 2) -> Polygon:
    """Return an (N, 2) array as a tuple of rounded (x, y) tuples."""
    rounded = np.round(as_points(points), decimals)
    return tuple((float(x), float(y)) for x, y in rounded)


def apply_homography(dst_from_src: Homography, points: npt.ArrayLike) -> Points:
    """Map (N, 2) points through a 3 x 3 homography."""
    source = as_points(points)
    homogeneous = np.column_stack([source, np.ones(len(source))]) @ dst_from_src.T
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:3], dtype=np.float64)


def inverse(dst_from_src: Homography) -> Homography:
    """Return ``src_from_dst``."""
    return np.asarray(np.linalg.inv(dst_from_src), dtype=np.float64)


def rotation(angle_deg: float, center: Point) -> Homography:
    """Return the turn by ``angle_deg``, clockwise on screen, about ``center``."""
    a = np.deg2rad(angle_deg)
    c, s = np.cos(a), np.sin(a)
    x, y = center
    return np.array(
        [[c, -s, x - c * x + s * y], [s, c, y - s * x - c * y], [0.0, 0.0, 1.0]], dtype=np.float64
    )


def scaling(factor_x: float, factor_y: float) -> Homography:
    """Return the scaling about the origin."""
    return np.diag([factor_x, factor_y, 1.0]).astype(np.float64)


def translation(dx: float, dy: float) -> Homography:
    """Return the shift by (dx, dy)."""
    return np.array([[1.0, 0.0, dx], [0.0, 1.0, dy], [0.0, 0.0, 1.0]], dtype=np.float64)


def quarter_turn(rotation_deg: int, width: float, height: float) -> Homography:
    """Return the clockwise turn by 0, 90, 180 or 270 of a ``width`` x ``height`` image.

    Coordinates are continuous: the image covers [0, width] x [0, height], and
    the turned one starts again at the origin.
    """
    match rotation_deg % 360:
        case 0:
            return np.eye(3)
        case 90:
            return np.array([[0.0, -1.0, height], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        case 180:
            return np.array([[-1.0, 0.0, width], [0.0, -1.0, height], [0.0, 0.0, 1.0]])
        case 270:
            return np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, width], [0.0, 0.0, 1.0]])
    raise ValueError(f"not a quarter turn: {rotation_deg}")


def homography_from_quad(quad: npt.ArrayLike, width: float, height: float) -> Homography:
    """Return the homography that takes ``quad`` to the ``width`` x ``height`` rectangle.

    ``quad``: 4 points, clockwise from the corner that becomes top left.
    """
    source = as_points(quad).astype(np.float32)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, target), dtype=np.float64)


def rectangle(left: float, top: float, right: float, bottom: float) -> Points:
    """Return the corners of an upright box, clockwise from top left."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def bbox_from_polygon(polygon: npt.ArrayLike) -> tuple[float, float, float, float]:
    """Return (left, top, right, bottom) of a polygon."""
    points = as_points(polygon)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def polygon_area(polygon: npt.ArrayLike) -> float:
    """Return the area inside a polygon (shoelace), never negative."""
    x, y = as_points(polygon).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0)


def subdivided(polygon: npt.ArrayLike, step: float) -> Points:
    """Return the closed polygon with points along its sides, at most ``step`` apart."""
    corners = as_points(polygon)
    sides = []
    for start, stop in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        count = max(1, int(np.ceil(np.linalg.norm(stop - start) / step)))
        sides.append(start + (stop - start) * np.arange(count)[:, None] / count)
    return np.concatenate(sides)


def common_area(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Return the area that two convex polygons have in common.

    Not by OpenCV: its ``intersectConvexConvex`` (5.0) tells up to twice the true area where
    the polygons have sides in common.
    """
    a, b = (shapely.convex_hull(shapely.multipoints(as_points(p))) for p in (first, second))
    return float(shapely.intersection(a, b).area)


def convex_iou(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Return intersection over union of two convex polygons, 0..1."""
    common = common_area(first, second)
    union = polygon_area(first) + polygon_area(second) - common
    return common / union if union > 0 else 0.0


def order_corners(quad: npt.ArrayLike) -> Points:
    """Return 4 points clockwise, the one nearest the origin's diagonal first."""
    points = as_points(quad)
    center = points.mean(axis=0)
    angles = np.arctan2(points[:, 1] - center[1], points[:, 0] - center[0])
    points = points[np.argsort(angles)]
    return np.roll(points, -int(np.argmin(points.sum(axis=1))), axis=0)
