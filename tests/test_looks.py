"""How ink lies on a page: letters by hand and envelopes are told, sheets for signers never."""

import cv2
import numpy as np
import pytest
from drawn import blank, draw_across, draw_grid

from digitizer.paper.looks import looks_like_envelope, looks_like_running_text
from digitizer.records import Pixels

WORDS = (
    "please find with this letter the sheets that our group has filled at the market last week "
    "and on the Sunday before when it did not rain so much some who signed asked whether"
).split()
SCRIPT = cv2.FONT_HERSHEY_SCRIPT_SIMPLEX


def write(page: Pixels, x: int, y: int, text: str, *, size: float = 1.0) -> None:
    """Write by hand, beginning at the foot of a line."""
    cv2.putText(page, text, (x, y), SCRIPT, size, (50,), 2, cv2.LINE_AA)


def running(rng: np.random.Generator, width_px: int) -> str:
    """Words that fill a line of so many px."""
    text = ""
    while True:
        more = f"{text} {WORDS[rng.integers(len(WORDS))]}".strip()
        if cv2.getTextSize(more, SCRIPT, 1.0, 2)[0][0] > width_px:
            return text
        text = more


def letter(*, lines: int = 20, width: int = 1000, height: int = 1300) -> Pixels:
    """A page of handwriting; each fifth line is the end of a paragraph."""
    page, rng = blank(width, height), np.random.default_rng(6)
    for number in range(lines):
        wide = (0.4 if number % 5 == 4 else 1.0) * (width - 200)
        left = 100 + int(rng.integers(-8, 9))
        write(page, left, 140 + 52 * number, running(rng, round(wide)))
    return page


def test_a_letter_by_hand_is_running_text_either_end_up() -> None:
    page = letter()
    assert looks_like_running_text(page)
    assert not looks_like_envelope(page)
    edge = page.copy()
    edge[:, :8] = edge[-6:] = 60  # the paper ends there
    assert looks_like_running_text(edge)


def test_a_few_lines_by_hand_are_no_letter() -> None:
    assert not looks_like_running_text(letter(lines=6))
    assert not looks_like_running_text(blank(1000, 1300))


def test_rows_of_signers_are_no_running_text_though_no_ruling_is_seen() -> None:
    page, rng = blank(1000, 1300), np.random.default_rng(8)
    for number in range(20):
        y = 140 + 52 * number
        write(page, 100, y, running(rng, 250))
        write(page, 420 + int(rng.integers(0, 30)), y, running(rng, 300))
        write(page, 800, y, "AB")
    assert not looks_like_running_text(page)


def test_a_list_whose_lines_end_anywhere_is_no_running_text() -> None:
    page, rng = blank(1000, 1300), np.random.default_rng(9)
    for number in range(20):
        write(page, 100, 140 + 52 * number, running(rng, int(rng.integers(250, 800))))
    assert not looks_like_running_text(page)


@pytest.mark.parametrize("ruled", ["one line", "every line", "a table"])
def test_nothing_with_a_ruling_is_running_text(ruled: str) -> None:
    page = letter()
    if ruled == "one line":
        draw_across(page, 700, 300, 700)
    elif ruled == "every line":
        for y in range(150, 1200, 52):
            draw_across(page, y, 90, 910)
    else:
        draw_grid(page, (90, 400, 910), tuple(range(100, 1200, 52)))
    assert not looks_like_running_text(page)


def envelope(*, stamp: bool = True, sender: bool = True) -> Pixels:
    """A C6 envelope at 200 dpi: an address by hand, who sent it, a stamp."""
    page = blank(1276, 898)
    for number, text in enumerate(("Committee for Rivers", "312 Laurier Avenue", "Ottawa K1N 6P6")):
        write(page, 480, 460 + 75 * number, text, size=1.6)
    if sender:
        for number, text in enumerate(("Ana Roy", "12 Main Street")):
            write(page, 60, 80 + 40 * number, text, size=0.9)
    if stamp:
        shade = np.random.default_rng(4).integers(60, 180, (6, 5)).astype(np.uint8)
        page[60:290, 1020:1210] = cv2.resize(shade, (190, 230), interpolation=cv2.INTER_CUBIC)
    return page


def test_an_envelope_as_wide_as_a_sheet_is_told_by_its_stamp_either_end_up() -> None:
    for sender in (True, False):
        page = envelope(sender=sender)
        assert looks_like_envelope(page)
        assert looks_like_envelope(np.ascontiguousarray(page[::-1, ::-1]))
        assert not looks_like_running_text(page)
    assert not looks_like_envelope(envelope(stamp=False))


def test_a_page_with_a_picture_in_its_corner_and_more_than_an_address_is_no_envelope() -> None:
    ruled, written, upright = envelope(), envelope(), blank(898, 1276)
    draw_grid(ruled, (100, 500, 1200), (700, 760, 820))
    for number in range(4):
        write(written, 60, 690 + 52 * number, "and these are rows of signers all over the page")
    upright[:] = 245
    upright[60:290, 640:830] = 90
    write(upright, 300, 600, "Petition to the council")
    write(upright, 300, 660, "of the island")
    for page in (ruled, written, upright):
        assert not looks_like_envelope(page)
