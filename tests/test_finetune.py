"""Fine-tuning: lines are drawn by seed, texts fit the alphabet, the network is the stock one."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digitizer.engines.handwritten import ALPHABET
from digitizer.records import FieldKind, Reading
from training import finetune_text as text
from training.finetune_augment import augment
from training.finetune_lines import (
    CHOOSING_FONTS,
    TESTING_FONTS,
    hand_fonts,
    normal_text,
)
from training.finetune_names import agreed

MAKERS = (text.name, text.address, text.city, text.email, text.postal_code, text.phone,
          text.date, text.number, text.province)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(MAKERS))
def test_invented_texts_can_be_written_in_the_alphabet(seed: int, make: object) -> None:
    assert callable(make)
    written = normal_text(make(np.random.default_rng(seed)))
    assert written
    assert set(written) <= set(ALPHABET)


def test_texts_are_the_same_for_the_same_seed() -> None:
    first, again = (
        [text.choose(text.FONT_KINDS, rng) for _ in range(20)]
        for rng in (np.random.default_rng(3), np.random.default_rng(3))
    )
    assert first == again


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200), st.integers(1, 400), st.integers(0, 255), st.integers(0, 1000))
@example(192, 1, 0, 0)
def test_damage_takes_any_crop(height: int, width: int, gray: int, seed: int) -> None:
    line = np.full((height, width), gray, np.uint8)
    damaged = augment(line, np.random.default_rng(seed))
    assert damaged.dtype == np.uint8
    assert min(damaged.shape) >= 1


def test_damage_keeps_the_line_it_is_given() -> None:
    line = np.random.default_rng(0).integers(0, 256, (40, 200)).astype(np.uint8)
    before = line.copy()
    augment(line, np.random.default_rng(1))
    assert np.array_equal(line, before)


def test_fonts_for_choosing_and_testing_are_never_trained_on(tmp_path: Path) -> None:
    for name in (*CHOOSING_FONTS, *TESTING_FONTS, "handlee"):
        files = tmp_path / "node_modules" / "@fontsource" / name / "files"
        files.mkdir(parents=True)
        (files / f"{name}-latin-400-normal.woff2").touch()
    parts = {
        part: {path.parent.parent.name for path in hand_fonts(tmp_path, part)}
        for part in ("train", "calibrate", "test")
    }
    assert parts == {
        "train": {"handlee"},
        "calibrate": set(CHOOSING_FONTS),
        "test": set(TESTING_FONTS),
    }


@pytest.mark.parametrize(
    ("given_", "kept"), [("  a   b ", "a b"), ("x→y", "xy"), ("Montréal", "Montréal")]
)
def test_texts_lose_what_the_recogniser_cannot_write(given_: str, kept: str) -> None:
    assert normal_text(given_) == kept


@pytest.mark.parametrize(
    ("one", "other", "learnt"),
    [
        (("Élodie", 0.7), ("ELODIE", 0.6), "Élodie"),
        (("Élodie", 0.6), ("ELODIE", 0.7), "ELODIE"),
        (("Élodie", 0.97), ("ELODIE", 0.3), ""),
        (("ROGER", 0.97), ("BOGER", 0.6), "ROGER"),
        (("ROGER", 0.9), ("BOGER", 0.6), ""),
    ],
)
def test_a_name_is_learnt_where_two_networks_agree_or_one_is_certain(
    one: tuple[str, float], other: tuple[str, float], learnt: str
) -> None:
    first, second = (Reading("name", FieldKind.NAME, *said, engine="net") for said in (one, other))
    assert agreed(first, second) == agreed(second, first) == learnt
