"""What `digitizer read` says of a picture, with a recogniser that answers from a list."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitizer.cropreading import read_crop
from digitizer.engines import cells
from digitizer.engines.handwritten import LogProbs
from digitizer.engines.replay import lattice_of
from digitizer.records import Pixels


class Says:
    """A recogniser to which every line says the same."""

    def __init__(self, text: str) -> None:
        self.text = text

    def logits(self, lines: list[Pixels]) -> list[LogProbs]:
        return [lattice_of(self.text) for _ in lines]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    pixels = np.full((60, 300), 255, np.uint8)
    cv2.putText(pixels, "KIA OBI", (20, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2)
    file = tmp_path / "code.png"
    cv2.imwrite(str(file), pixels)
    return file


def test_the_recogniser_s_own_text_stays_available(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "load_recogniser", lambda: Says("KIA OBI"))
    told = read_crop(picture, "postal_code").as_dict()
    assert (told["text"], told["greedy"]) == ("K1A 0B1", "KIA OBI")
    assert list(told)[-1] == "greedy"
    alternatives = told["alternatives"]
    assert isinstance(alternatives, list)
    assert alternatives[0]["text"] == "K1A 0B1"


def test_a_picture_that_cannot_be_read_has_no_text_of_either_kind(tmp_path: Path) -> None:
    told = read_crop(tmp_path / "missing.png", "name").as_dict()
    assert (told["text"], told["greedy"], told["confidence"]) == ("", "", 0.0)
