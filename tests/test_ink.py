"""The reader of real handwriting: splits hold apart, crops come out clean."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.engines.lexicon import fold
from scripts.sheets.scribes import InkScribe
from training.ink import (
    CORRECTED_PLACES,
    DOUBTED_GLYPHS,
    HANDWRITING_VARIABLE,
    Glyphs,
    InkMissingError,
    Split,
    handwriting_root,
    isolate_name,
    iter_clean_names,
    iter_names,
    iter_places,
    split_of_glyph,
    split_of_name,
    split_of_writer,
)


@pytest.mark.parametrize(
    ("writer", "split"),
    [
        pytest.param(1, Split.TRAIN, id="first"),
        pytest.param(14, Split.TRAIN, id="last to train"),
        pytest.param(15, Split.CALIBRATE, id="first to calibrate"),
        pytest.param(20, Split.CALIBRATE, id="last to calibrate"),
        pytest.param(21, Split.TEST, id="first to test"),
        pytest.param(28, Split.TEST, id="last"),
    ],
)
def test_a_writer_belongs_to_one_split(writer: int, split: Split) -> None:
    assert split_of_writer(writer) is split


@given(st.integers(min_value=0, max_value=10**6))
def test_names_and_glyphs_are_split_by_their_last_digit(number: int) -> None:
    assert split_of_name(number) is split_of_name(number % 10)
    assert split_of_glyph(number) is split_of_glyph(number % 10)


def test_shares_of_the_splits_are_as_agreed() -> None:
    names = [split_of_name(n) for n in range(10)]
    glyphs = [split_of_glyph(n) for n in range(10)]
    assert [names.count(s) for s in Split] == [4, 3, 3]
    assert [glyphs.count(s) for s in Split] == [6, 2, 2]


def test_a_missing_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InkMissingError, match="places"):
        next(iter_places(tmp_path, Split.TEST))
    with pytest.raises(InkMissingError, match="glyphs"):
        Glyphs(tmp_path, Split.TEST)


def test_no_folder_is_none_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HANDWRITING_VARIABLE, raising=False)
    assert handwriting_root() is None
    assert handwriting_root("/no/such/folder") is None


def _plain_crop() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Three letters in a crop of the plain layout, 44 px high."""
    crop = np.full((44, 324), 250, np.uint8)
    for x in (40, 70, 100):
        crop[14:32, x : x + 12] = 30
    return crop


def test_ink_of_the_line_above_is_wiped_from_a_name() -> None:
    crop = _plain_crop()
    crop[0:5, 60:110] = 20
    clean = isolate_name(crop, "ABC")
    assert clean is not None
    assert clean.shape[0] <= 24
    assert int((clean < 100).sum()) == 3 * 18 * 12


def test_a_crop_whose_pieces_do_not_fit_its_label_is_refused() -> None:
    assert isolate_name(_plain_crop(), "BARTHOLOMEW") is None


def test_clean_names_are_of_their_split_and_hold_ink(handwriting: Path) -> None:
    all_files = {crop.file for crop in iter_names(handwriting, Split.TEST)}
    clean = list(iter_clean_names(handwriting, Split.TEST))
    assert len(clean) > 80
    assert {crop.file for crop in clean} <= all_files
    assert all((crop.pixels < 128).any() for crop in clean)


def test_splits_share_no_writer_and_no_name(handwriting: Path) -> None:
    names = [{c.file for c in iter_names(handwriting, split)} for split in Split]
    assert all(not (a & b) for a, b in pairwise([*names, names[0]]))


def test_mended_labels_are_of_the_calibrate_split_and_of_no_other(handwriting: Path) -> None:
    crops = {crop.file: crop.text for crop in iter_places(handwriting, Split.CALIBRATE)}
    assert {file: crops[file] for file in CORRECTED_PLACES} == CORRECTED_PLACES
    for split in (Split.TRAIN, Split.TEST):
        assert not {crop.file for crop in iter_places(handwriting, split)} & set(CORRECTED_PLACES)


def test_glyphs_come_dark_on_white(handwriting: Path) -> None:
    glyphs = Glyphs(handwriting, Split.CALIBRATE)
    rng = np.random.default_rng(0)
    for char in "0123456789ABCXYZabcxyz":
        assert char in glyphs
        glyph = glyphs.pick(char, rng)
        assert glyph.shape == (28, 28)
        assert glyph[0, 0] > 200 and glyph.min() < 100
    assert all(split_of_glyph(i) is Split.CALIBRATE for i in glyphs.indices("7")[:50])


def test_own_emails_change_nothing_but_emails(handwriting: Path) -> None:
    pairs = []
    for own_emails in (False, True):
        scribe = InkScribe(handwriting, Split.CALIBRATE, own_emails=own_emails)
        rng = np.random.default_rng(4)
        pairs.append([scribe.row(rng, "en") for _ in range(20)])
    changed = 0
    for other, own in zip(*pairs, strict=True):
        texts = dict(own.texts)
        local = texts.pop("email").partition("@")[0]
        assert texts == {k: v for k, v in other.texts.items() if k != "email"}
        assert np.array_equal(own.stamps["phone"].ink, other.stamps["phone"].ink)
        changed += any(word[:4].lower() in local for word in fold(own.texts["name"]).split())
    assert changed >= 10


@pytest.mark.parametrize("split", [Split.CALIBRATE, Split.TEST])
def test_a_glyph_of_a_doubted_label_is_stood_in_for_and_all_else_stays(
    handwriting: Path, split: Split
) -> None:
    sound = Glyphs(handwriting, split, sound=True)
    doubted = [i for i in sound.indices("O") if i in DOUBTED_GLYPHS]
    assert doubted
    shunned = {sound.glyph(index).tobytes() for index in doubted}
    rng = np.random.default_rng(1)
    picked = {sound.pick("O", rng).tobytes() for _ in range(20 * len(sound.indices("O")))}
    assert not picked & shunned
    assert len(picked | shunned) == len({sound.glyph(i).tobytes() for i in sound.indices("O")})
    # The draw goes on as it would have with the glyph itself.
    one, other = np.random.default_rng(1), np.random.default_rng(1)
    for _ in range(50):
        sound.pick("O", one)
        other.integers(len(sound.indices("O")))
    assert one.random() == other.random()
