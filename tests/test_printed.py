"""Tesseract: what is read, and what is said when it is not there."""

import shutil

import cv2
import numpy as np
import pytesseract
import pytest

from digitizer.engines.printed import read_print
from digitizer.errors import DependencyError

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed"
)


@needs_tesseract
def test_words_come_with_boxes_around_them() -> None:
    page = np.full((200, 700), 255, np.uint8)
    cv2.putText(page, "Signature", (100, 120), cv2.FONT_HERSHEY_DUPLEX, 2, 0, 3)
    words = read_print(page, "eng")
    (word,) = [w for w in words if w.text.lower() == "signature"]
    left, top, right, bottom = word.box
    assert 80 < left < 120 < 380 < right < 460
    assert 60 < top < 90 < 115 < bottom < 150
    assert 0.0 < word.confidence <= 1.0


@needs_tesseract
def test_blank_paper_has_no_words() -> None:
    assert read_print(np.full((300, 300), 255, np.uint8), "eng") == ()


@needs_tesseract
def test_missing_language_says_what_to_install() -> None:
    with pytest.raises(DependencyError, match="tesseract-ocr-fra"):
        read_print(np.full((300, 300), 255, np.uint8), "xyz")


def test_missing_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "no-such-tesseract")
    with pytest.raises(DependencyError, match="apt-get install tesseract-ocr"):
        read_print(np.full((300, 300), 255, np.uint8), "eng")
