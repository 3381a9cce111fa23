"""Plane transforms undo and compose; polygons measure what they should."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from digitizer.geometry import (
    Points,
    apply_homography,
    as_points,
    as_polygon,
    bbox_from_polygon,
    convex_iou,
    homography_from_quad,
    inverse,
    order_corners,
    polygon_area,
    quarter_turn,
    rectangle,
    rotation,
    scaling,
    translation,
)

QUARTERS = (0, 90, 180, 270)
coordinates = st.floats(-3000, 3000)
points = st.tuples(coordinates, coordinates)
angles = st.floats(-720, 720)


@st.composite
def sheets(draw: st.DrawFn) -> Points:
    """A rectangle whose corners moved by at most a fifth of its sides: convex, clockwise."""
    width, height = draw(st.floats(200, 3000)), draw(st.floats(200, 3000))
    left, top = draw(points)
    shift = st.floats(-0.2, 0.2)
    moved = [[draw(shift) * width, draw(shift) * height] for _ in range(4)]
    return as_points(rectangle(left, top, left + width, top + height) + np.array(moved))


@given(sheets(), st.floats(100, 4000), st.floats(100, 4000))
def test_a_sheets_corners_go_to_the_rectangles(quad: Points, width: float, height: float) -> None:
    moved = apply_homography(homography_from_quad(quad, width, height), quad)
    assert moved == pytest.approx(rectangle(0, 0, width, height), abs=0.05)


@given(sheets(), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1))
def test_the_inverse_undoes_a_homography(quad: Points, inside: list[tuple[float, float]]) -> None:
    there = homography_from_quad(quad, 1700, 2200)
    at = as_points(as_points(inside) * [1700, 2200])
    scan = apply_homography(inverse(there), at)
    assert apply_homography(there, scan) == pytest.approx(at, abs=1e-3)


@given(
    st.sampled_from(QUARTERS),
    st.sampled_from(QUARTERS),
    st.floats(1, 5000),
    st.floats(1, 5000),
)
def test_quarter_turns_compose(first: int, second: int, width: float, height: float) -> None:
    turned = (height, width) if first in (90, 270) else (width, height)
    both = quarter_turn(second, *turned) @ quarter_turn(first, width, height)
    assert both == pytest.approx(quarter_turn(first + second, width, height), abs=1e-9)


@given(st.sampled_from(QUARTERS), st.integers(1, 6), st.integers(1, 6), st.data())
def test_a_quarter_turn_is_what_happens_to_the_pixels(
    turn: int, width: int, height: int, data: st.DataObject
) -> None:
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    image = np.zeros((height, width))
    image[y, x] = 1
    (row,), (column,) = np.nonzero(np.rot90(image, -turn // 90))
    moved = apply_homography(quarter_turn(turn, width, height), [(x + 0.5, y + 0.5)])
    assert moved[0] == pytest.approx([column + 0.5, row + 0.5])


@pytest.mark.parametrize("angle", [1, 45, -30])
def test_a_turn_by_less_than_a_quarter_is_refused(angle: int) -> None:
    with pytest.raises(ValueError, match="not a quarter turn"):
        quarter_turn(angle, 10, 10)


def test_a_positive_angle_turns_clockwise_on_screen() -> None:
    # What lies right of the centre goes down, where y grows.
    assert apply_homography(rotation(90, (10, 20)), [(15, 20)])[0] == pytest.approx([10, 25])


@given(angles, angles, points, points)
def test_turns_about_one_point_add_up(
    first: float, second: float, center: tuple[float, float], point: tuple[float, float]
) -> None:
    one_by_one = rotation(second, center) @ rotation(first, center)
    at_once = rotation(first + second, center)
    assert apply_homography(one_by_one, [point]) == pytest.approx(
        apply_homography(at_once, [point]), abs=1e-6
    )


@given(angles, points, points, points)
def test_a_turn_keeps_its_centre_and_all_distances(
    angle: float,
    center: tuple[float, float],
    p: tuple[float, float],
    q: tuple[float, float],
) -> None:
    turned = apply_homography(rotation(angle, center), [center, p, q])
    assert turned[0] == pytest.approx(center, abs=1e-6)
    assert np.hypot(*(turned[2] - turned[1])) == pytest.approx(
        np.hypot(q[0] - p[0], q[1] - p[1]), abs=1e-6
    )


def test_transforms_are_read_from_right_to_left() -> None:
    chain = translation(5, 7) @ scaling(2, 3)
    assert apply_homography(chain, [(10, 10)])[0] == pytest.approx([25, 37])


def test_nothing_writes_into_the_points_it_was_given() -> None:
    given_points = rectangle(3, 4, 10, 20)[::-1].copy()
    before = given_points.copy()
    apply_homography(rotation(30, (0, 0)), given_points)
    homography_from_quad(given_points, 10, 10)
    order_corners(given_points)
    as_polygon(given_points)
    polygon_area(given_points)
    convex_iou(given_points, given_points)
    assert np.array_equal(given_points, before)


def test_a_polygon_holds_plain_rounded_numbers() -> None:
    polygon = as_polygon(np.array([[1.23456, 2.0], [3.005, 4.0]], dtype=np.float32))
    assert polygon[0] == (1.23, 2.0)
    assert all(type(v) is float for point in polygon for v in point)


@given(sheets())
def test_a_bounding_box_touches_the_outermost_corners(quad: Points) -> None:
    left, top, right, bottom = bbox_from_polygon(quad)
    assert (left, top) == tuple(quad.min(axis=0))
    assert (right, bottom) == tuple(quad.max(axis=0))
    assert bbox_from_polygon(rectangle(left, top, right, bottom)) == (left, top, right, bottom)


@given(sheets(), st.floats(0.1, 10), angles)
def test_area_grows_with_the_square_and_does_not_turn(
    quad: Points, factor: float, angle: float
) -> None:
    area = polygon_area(quad)
    moved = apply_homography(rotation(angle, (50, 60)) @ scaling(factor, factor), quad)
    assert polygon_area(moved) == pytest.approx(area * factor**2, rel=1e-6)
    assert polygon_area(moved[::-1]) == pytest.approx(polygon_area(moved))


def test_a_rectangles_area_is_width_times_height() -> None:
    assert polygon_area(rectangle(10, 20, 13, 24)) == 12


@given(sheets())
def test_a_polygon_overlaps_itself_wholly(quad: Points) -> None:
    assert convex_iou(quad, quad) == pytest.approx(1, abs=1e-3)
    assert convex_iou(quad, quad[::-1]) == pytest.approx(1, abs=1e-3)


@given(
    st.tuples(st.floats(0, 90), st.floats(0, 90), st.floats(1, 60), st.floats(1, 60)),
    st.tuples(st.floats(0, 90), st.floats(0, 90), st.floats(1, 60), st.floats(1, 60)),
)
def test_overlap_of_boxes_is_common_area_over_joint_area(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> None:
    (x, y, w, h), (u, v, p, q) = first, second
    common_width = max(0.0, min(x + w, u + p) - max(x, u))
    common_height = max(0.0, min(y + h, v + q) - max(y, v))
    common = common_width * common_height
    wanted = common / (w * h + p * q - common)
    a, b = rectangle(x, y, x + w, y + h), rectangle(u, v, u + p, v + q)
    assert convex_iou(a, b) == pytest.approx(wanted, abs=2e-3)
    assert convex_iou(b, a) == pytest.approx(convex_iou(a, b), abs=2e-3)


@given(sheets(), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_the_part_of_a_sheet_below_a_line_overlaps_it_by_its_own_area(
    quad: Points, left: float, right: float
) -> None:
    # Three sides in common, as a sheet has with what lies below a band printed across it.
    first, second, third, fourth = quad
    part = as_points([first + left * (fourth - first), second + right * (third - second),
                      third, fourth])  # fmt: skip
    wanted = polygon_area(part) / polygon_area(quad)
    assert convex_iou(quad, part) == pytest.approx(wanted, abs=1e-3)
    assert convex_iou(part, quad) == pytest.approx(wanted, abs=1e-3)


def test_a_polygon_without_area_overlaps_nothing() -> None:
    line = rectangle(5, 5, 5, 20)
    assert convex_iou(line, line) == 0
    assert convex_iou(rectangle(0, 0, 10, 10), line) == 0


@given(sheets())
def test_corners_come_out_clockwise_in_whatever_order_they_went_in(quad: Points) -> None:
    sums = np.sort(quad.sum(axis=1))
    assume(sums[1] - sums[0] > 1e-6)  # else either of two may be first
    ordered = [order_corners(quad[list(order)]) for order in permutations(range(4))]
    assert all(np.array_equal(ordered[0], other) for other in ordered)
    x, y = ordered[0].T
    # Shoelace with its sign: positive is clockwise where y points down.
    assert np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) > 0
    assert ordered[0][0].sum() == sums[0]
