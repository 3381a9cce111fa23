"""Fine-tuning on an office's names: what is taken, what is too little, what is refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from office import doubtful, open_office, says, sheet

from digitizer.counting.judged import find_judged
from digitizer.records import Pixels

pytest.importorskip("torch", reason="torch is installed for training only")
pytest.importorskip("onnx", reason="onnx is installed for training only")

from training import finetune_office
from training.finetune_office import OfficeLine, Verdict, finetune, office_lines


def drawn(text: str) -> Pixels:
    page = np.full((60, 34 * len(text) + 30), 255, np.uint8)
    cv2.putText(page, text, (12, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2, cv2.LINE_AA)
    return page


def test_pages_whose_scans_are_gone_give_no_lines(tmp_path: Path) -> None:
    page = sheet("a", [[doubtful("name", "Ana Roy", 0.7)]])
    with open_office(tmp_path, [page]) as store:
        store.decide([says(page, 1, "name", "Ana Roy", "Ana Roy")])
        assert list(office_lines(store, find_judged(store, {}))) == []


def test_too_few_names_teach_no_recogniser(tmp_path: Path) -> None:
    lines = [OfficeLine(drawn("ROY"), "Roy", f"sheet {n}") for n in range(3)]
    verdict = finetune(lines, tmp_path / "own.onnx")
    assert not verdict.kept
    assert "too few" in verdict.as_text()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("verdict", "kept"),
    [
        (Verdict(200, 50, (40, 42), (-2.0, -1.5), 1, 100), True),
        (Verdict(200, 50, (40, 39), (-2.0, -1.5), 1, 100), False),
        (Verdict(200, 50, (40, 42), (-2.0, -2.5), 1, 100), False),
        (Verdict(200, 50, (40, 42), (-2.0, -1.5), 9, 100), False),
        (Verdict(20, 50, (40, 42), (-2.0, -1.5), 1, 100), False),
    ],
    ids=["better", "fewer right", "truth less likely", "forgets other kinds", "too few"],
)
def test_a_recogniser_is_kept_only_if_nothing_is_worse(verdict: Verdict, kept: bool) -> None:
    assert verdict.kept is kept


@pytest.mark.model
def test_a_short_training_is_judged_and_written_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetune_office, "MIN_LINES", 4)
    monkeypatch.setattr(finetune_office, "MIN_HELD_LINES", 1)
    monkeypatch.setattr(finetune_office, "PASSES", 1)
    lines = [OfficeLine(drawn("ANA"), "Ana", f"sheet {n}") for n in range(10)]
    lines += [OfficeLine(drawn("613"), "", f"sheet {n}") for n in range(2)]
    target = tmp_path / "own.onnx"
    verdict = finetune(lines, target)
    assert verdict.lines + verdict.held == 10
    assert verdict.others == 2
    assert target.is_file() is verdict.kept
    assert [path.name for path in tmp_path.iterdir()] == (["own.onnx"] if verdict.kept else [])
