"""Whether signatures look like one writer's."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer import pictures, samehand
from digitizer.records import CellCrop, FieldKind, FieldSpec, InkState, Mark, Pixels
from digitizer.samehand import check_signatures, load_model, log_odds, measure, most_alike

SIGNATURE = (FieldSpec("signature", FieldKind.SIGNATURE),)


def signature(seed: int, *, lean: float, loops: float, tall: float = 1.0) -> Pixels:
    """Ink of a hand (its lean and loops) that writes something (the seed)."""
    rng = np.random.default_rng(seed)
    turns = np.linspace(0, 2 * np.pi * 7, 400)
    height = np.interp(turns, np.linspace(0, turns[-1], 8), rng.uniform(0.5, 1.0, 8)) * 18 * tall
    y = 34 + height * np.cos(turns)
    x = 30 + turns * 4.2 + loops * 9 * np.sin(turns) + lean * (34 - y)
    image = np.full((70, 260), 245, np.uint8)
    points = np.stack([x, y], axis=1).round().astype(np.int32)
    cv2.polylines(image, [points], False, (40.0,), 2, cv2.LINE_AA)
    return image


def crop(row: int | None, pixels: Pixels) -> CellCrop:
    """The signature cell of a row."""
    color = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return CellCrop(
        row, "signature", SIGNATURE, color, pixels, (), InkState.WRITTEN, 1.0, Mark.NONE, 1.0, 0.1
    )


ONE_HAND = [crop(n, signature(n, lean=1.3, loops=1.6)) for n in range(1, 9)]
LEANS = (-0.8, 1.5, 0.0, 0.7, -0.4, 2.0, 0.2, 1.0)
HANDS = tuple(zip(LEANS, (0.2, 0.0, 1.8, 0.9, 1.4, 1.2, 0.0, 2.2), strict=True))
MANY = [
    crop(n, signature(n, lean=lean, loops=loops, tall=0.6 + 0.1 * n))
    for n, (lean, loops) in enumerate(HANDS, start=1)
]


def test_signatures_in_one_hand_are_warned_of_with_their_rows() -> None:
    found = check_signatures(ONE_HAND)
    assert found is not None
    assert set(found.rows) <= set(range(1, 9))
    assert len(found.rows) >= 6


def test_signatures_in_many_hands_are_not() -> None:
    assert check_signatures(MANY) is None


def test_three_signatures_prove_nothing() -> None:
    assert check_signatures(ONE_HAND[:3]) is None
    assert check_signatures([]) is None


def test_half_the_rows_in_one_hand_are_a_family() -> None:
    assert check_signatures([*ONE_HAND[:3], *MANY[3:]]) is None


def test_specks_and_paper_are_not_measured() -> None:
    paper = np.full((60, 200), 245, np.uint8)
    assert measure(paper) is None
    paper[10:14, 10:14] = 0
    assert measure(paper) is None


def test_only_signature_cells_of_rows_are_signatures() -> None:
    assert samehand.is_signature(ONE_HAND[0])
    assert not samehand.is_signature(crop(None, ONE_HAND[0].clean))


@pytest.mark.parametrize("scale", [0.5, 1.7])
def test_size_hardly_matters(scale: float) -> None:
    image = signature(3, lean=0.5, loops=1.0)
    resized = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    one, other = measure(image), measure(np.asarray(resized, dtype=np.uint8))
    assert one is not None and other is not None
    # Far nearer than another hand's.
    another = measure(signature(3, lean=-0.8, loops=0.1))
    assert another is not None
    assert np.linalg.norm(one - other) < 0.5 * np.linalg.norm(one - another)


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 12), st.integers(0, 2**32 - 1))
def test_order_does_not_matter_and_the_group_is_large_enough(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = load_model()
    features = list(rng.normal(model.mean, 0.1, (count, len(model.mean))))
    members, score = most_alike(features, model)
    order = rng.permutation(count)
    again, same = most_alike([features[i] for i in order], model)
    assert {int(order[i]) for i in again} == set(members)
    assert same == pytest.approx(score)
    assert len(members) >= max(4, 0.75 * count)


def test_odds_grow_where_points_agree_and_fall_where_they_scatter() -> None:
    between = np.array([4.0, 2.0])
    together = np.tile([2.0, -1.0], (6, 1))
    apart = np.array([[3, 2], [-3, -2], [3, -2], [-3, 2], [0, 3], [0, -3.0]])
    assert log_odds(together, between) > 0 > log_odds(apart, between)


def test_an_unusual_kind_of_writing_is_no_hand() -> None:
    model = load_model()
    scattered = np.random.default_rng(1).normal(0, 3, (8, len(model.between)))
    assert log_odds(scattered, model.between) == pytest.approx(
        log_odds(scattered + 50, model.between)
    )


def test_the_picture_shows_each_signature_with_its_row(tmp_path: Path) -> None:
    shown = {c.row or 0: c.picture for c in ONE_HAND[:5]}
    name = pictures.write_same_hand(tmp_path, "s-p1", shown)
    assert name == "pages/s-p1_same-hand.png"
    written = cv2.imread(str(tmp_path / name))
    assert written is not None
    assert written.shape[:2] == (2 * (70 + pictures.LABEL_PX), 4 * (260 + pictures.GAP_PX))
    top = pictures.LABEL_PX
    assert np.array_equal(written[top : top + 70, :260], ONE_HAND[0].picture)
