"""The recogniser itself: its classes, its input, and that lines do not mix."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer import recognisers
from digitizer.engines import handwritten
from digitizer.engines.cells import read_image
from digitizer.engines.decode import greedy_path
from digitizer.engines.handwritten import (
    ALPHABET,
    MAX_WIDTH_PX,
    STEP_PX,
    load_recogniser,
    prepare_line,
)
from digitizer.errors import DependencyError
from digitizer.recognisers import find_model
from digitizer.records import FieldKind, Pixels


def printed(text: str, *, scale: float = 1.2) -> Pixels:
    size, _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
    page = np.full((size[1] + 30, size[0] + 20), 255, np.uint8)
    cv2.putText(page, text, (10, size[1] + 10), cv2.FONT_HERSHEY_SIMPLEX, scale, 0, 2, cv2.LINE_AA)
    return page


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 80), st.integers(1, 3000))
def test_prepared_line_fits_the_network_whatever_its_size(height: int, width: int) -> None:
    prepared = prepare_line(np.full((height, width), 128, np.uint8))
    assert prepared.shape[0] == handwritten.INPUT_HEIGHT_PX
    assert prepared.shape[1] % STEP_PX == 0
    assert prepared.shape[1] <= MAX_WIDTH_PX + STEP_PX


def test_preparing_does_not_write_into_the_line() -> None:
    line = printed("Roy")
    before = line.copy()
    prepare_line(line)
    assert np.array_equal(line, before)


def test_no_character_stands_twice_in_the_alphabet() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET)


def test_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognisers, "find_spec", lambda name: None)
    with pytest.raises(DependencyError, match="pip install rapidocr"):
        find_model("stock")


def test_fine_tuned_recogniser_ships_small_with_its_card_and_its_own_confidence() -> None:
    model = find_model("petition")
    assert model.stat().st_size < 16 * 2**20
    card = (model.parent / "MODEL_CARD.md").read_text("utf-8")
    assert "CC BY 4.0" in card
    assert (model.parent / f"calibration-{model.stem}.json").is_file()


@pytest.mark.model
def test_fine_tuned_recogniser_reads_print_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(recognisers.RECOGNISER_VARIABLE, "petition")
    (lattice,) = load_recogniser().logits([printed("Quebec 42")])
    columns, _ = greedy_path(lattice)
    assert "".join(ALPHABET[c - 1] for c in columns).split() == ["Quebec", "42"]


def test_recogniser_is_chosen_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "ours.onnx"
    file.write_bytes(find_model("stock").read_bytes())
    before = recognisers.engine_fingerprint()
    monkeypatch.setenv(recognisers.RECOGNISER_VARIABLE, str(file))
    assert find_model() == file
    assert recognisers.engine_name() == "ours"
    assert recognisers.engine_fingerprint() != before


@pytest.mark.parametrize("chosen", ["nothing-like-it", "folder/none.onnx"])
def test_unknown_recogniser_is_refused_with_the_names_there_are(
    monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    monkeypatch.setenv(recognisers.RECOGNISER_VARIABLE, chosen)
    with pytest.raises(DependencyError, match="stock, medium, petition"):
        find_model()


@given(st.integers(1, 160), st.floats(0.5, 1.0))
def test_squeezed_line_is_narrower_and_fits_the_network(steps: int, share: float) -> None:
    line = np.full((48, steps * STEP_PX), 255, np.uint8)
    narrow = handwritten.squeeze_line(line, share)
    assert narrow.shape[0] == 48
    assert narrow.shape[1] % STEP_PX == 0
    assert narrow.shape[1] <= max(line.shape[1], handwritten.MIN_WIDTH_PX)


def test_finding_the_model_does_not_import_its_package() -> None:
    assert importlib.util.find_spec("rapidocr") is not None
    assert find_model().is_file()


@pytest.mark.model
@pytest.mark.parametrize("text", ["K1A 0B1", "613-555-0123", "Jean Tremblay", "M5V 3L9"])
def test_clear_print_is_read(text: str) -> None:
    (lattice,) = load_recogniser().logits([printed(text)])
    columns, _ = greedy_path(lattice)
    assert "".join(ALPHABET[c - 1] for c in columns).replace(" ", "") == text.replace(" ", "")


@pytest.mark.model
def test_every_step_is_a_distribution() -> None:
    (lattice,) = load_recogniser().logits([printed("Québec")])
    assert lattice.shape[1] == len(ALPHABET) + 1
    assert np.exp(lattice).sum(axis=1) == pytest.approx(np.ones(len(lattice)), abs=1e-3)


@pytest.mark.model
def test_answer_for_a_line_does_not_depend_on_the_others() -> None:
    lines = [printed("Ottawa"), printed("a much longer line of text"), printed("x")]
    together = load_recogniser().logits(lines)
    backwards = load_recogniser().logits(lines[::-1])[::-1]
    for line, one, other in zip(lines, together, backwards, strict=True):
        (alone,) = load_recogniser().logits([line])
        assert np.array_equal(alone, one)
        assert np.array_equal(alone, other)


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("KIA OBI", FieldKind.POSTAL_CODE, "K1A 0B1"),
        ("(613) 555.0123", FieldKind.PHONE, "613-555-0123"),
        ("jroy@gmail.com", FieldKind.EMAIL, "jroy@gmail.com"),
        ("NOM: TREMBLAY", FieldKind.NAME, "TREMBLAY"),
    ],
)
def test_single_crop_is_read_as_its_kind(text: str, kind: FieldKind, expected: str) -> None:
    assert read_image(printed(text), kind).text == expected


@pytest.mark.model
def test_color_and_margins_do_not_matter() -> None:
    line = np.pad(printed("Gagnon"), 60, constant_values=255)
    color = np.stack([line] * 3, axis=2)
    assert read_image(color, FieldKind.NAME).text == "Gagnon"


@pytest.mark.model
@pytest.mark.parametrize("kind", [FieldKind.NAME, FieldKind.EMAIL, FieldKind.POSTAL_CODE])
@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1), np.uint8),
        np.full((1, 1), 255, np.uint8),
        np.zeros((40, 160), np.uint8),
        np.full((40, 160), 255, np.uint8),
        np.zeros((0, 0), np.uint8),
        np.zeros((2, 3000), np.uint8),
    ],
    ids=["black pixel", "white pixel", "all black", "all white", "no pixels", "black strip"],
)
def test_absurd_crop_is_read_without_a_fault(pixels: Pixels, kind: FieldKind) -> None:
    reading = read_image(pixels, kind)
    assert 0.0 <= reading.raw_confidence <= 1.0
    assert bool(reading.text) or reading.raw_confidence == 0.0


@pytest.mark.model
def test_crop_with_a_caption_is_read_alike_every_time() -> None:
    crop = np.hstack([printed("NOM:"), np.full((printed("NOM:").shape[0], 60), 255, np.uint8)])
    name = printed("Tremblay")
    height = max(len(crop), len(name))
    parts = [np.pad(p, ((height - len(p), 0), (0, 0)), constant_values=255) for p in (crop, name)]
    page = np.hstack(parts)
    first = read_image(page, FieldKind.NAME)
    assert first.text == "Tremblay"
    assert first == read_image(page, FieldKind.NAME)
