"""Tesseract: what is read, and what is said when it is not there."""

import shutil

import cv2
import numpy as np
import pytesseract
import pytest

from digitizer.engines import printed
from digitizer.engines.printed import languages_of, read_print
from digitizer.errors import DependencyError, ScanError
from digitizer.records import Pixels

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


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has the program alone."""
    monkeypatch.setattr(printed._SERVER, "_missing", True)


@pytest.fixture
def captions() -> Pixels:
    page = np.full((400, 900), 255, np.uint8)
    for line, text in enumerate(("Name (please print)", "Signature", "Date signed")):
        place = (60, 90 + 110 * line)
        cv2.putText(page, text, place, cv2.FONT_HERSHEY_DUPLEX, 1.6, 0, 3)
    return page


@pytest.mark.usefixtures("without_library")
def test_missing_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "no-such-tesseract")
    with pytest.raises(DependencyError, match="apt-get install tesseract-ocr"):
        read_print(np.full((300, 300), 255, np.uint8), "eng")


@needs_tesseract
def test_the_library_and_the_program_read_the_same(
    captions: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, again = read_print(captions, "eng"), read_print(captions, "eng")
    monkeypatch.setattr(printed._SERVER, "_missing", True)
    assert once == again == read_print(captions, "eng")
    assert len(once) == 6


@needs_tesseract
@pytest.mark.usefixtures("without_library")
def test_the_program_alone_tells_of_a_missing_language_too() -> None:
    with pytest.raises(DependencyError, match="tesseract-ocr-fra"):
        read_print(np.full((300, 300), 255, np.uint8), "xyz")


@needs_tesseract
def test_a_page_on_which_the_engine_breaks_off_costs_itself_only(captions: Pixels) -> None:
    wanted = read_print(captions, "eng")
    running = printed._SERVER._process
    if running is None:
        pytest.skip("the library is not installed")
    running.kill()
    running.wait()
    with pytest.raises(ScanError, match="broke off"):
        read_print(captions, "eng")
    assert read_print(captions, "eng") == wanted


@needs_tesseract
def test_print_that_was_not_read_in_time_is_not_taken_for_none(
    captions: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printed, "TIMEOUT_S", 0.001)
    with pytest.raises(ScanError, match="not read within"):
        read_print(captions, "eng")


@pytest.mark.parametrize(
    ("forms", "wanted"),
    [((), "eng+fra"), (("fr",), "fra"), (("fr", "en", "fr"), "eng+fra"), (("de",), "eng+fra")],
)
def test_only_the_languages_of_the_forms_are_read(forms: tuple[str, ...], wanted: str) -> None:
    assert languages_of(forms) == wanted
