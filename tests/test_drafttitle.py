"""What a drafted petition is called: titles in banners, in a typewriter's type, within the text."""

import cv2
import numpy as np
import pytest
from drawn import across, blank, down, draw_text

from digitizer.drafting.banners import with_bands
from digitizer.drafting.drafttitle import draft_phrases, draft_title
from digitizer.lines.tables import Table, find_tables
from digitizer.records import Pixels, PrintedWord
from digitizer.rectify import flatten


def line(x: float, y: float, text: str, high: float) -> list[PrintedWord]:
    """Words of a line of capitals of this height."""
    found = []
    for word in text.split():
        wide = 0.7 * high * len(word)
        found.append(PrintedWord(word, (x, y, x + wide, y + high), 0.95))
        x += wide + 0.5 * high
    return found


def table() -> Table:
    ys, xs = range(800, 1401, 100), (100, 600, 1500)
    rules = [across(y, 100, 1500) for y in ys] + [down(x, 800, 1400) for x in xs]
    return find_tables(rules, (1600, 1700))[0]


BODY = [
    word
    for k, text in enumerate(("WE ASK THE COUNCIL TO KEEP", "THE LIBRARY OPEN FOR ALL OF US"))
    for word in line(100, 400 + 40 * k, text, 16)
]


def named(*lines: tuple[float, str, float]) -> str:
    words = [word for y, text, high in lines for word in line(100, y, text, high)] + BODY
    return draft_title(words, table(), draft_phrases(words)[1])


def test_a_petitions_own_name_is_its_title_though_whoever_collects_stands_larger() -> None:
    title = "PETITION FOR A VOTE ON THE QUARRY"
    assert named((50, "KEEP OUR WATER COMMITTEE", 34), (200, title, 26)) == title
    # An address by e-mail that has the word is none, and whom it goes to stands below its title.
    wells = "FRIENDS OF THE WELLS"
    assert named((50, wells, 34), (200, "PETITION@WELLS.EXAMPLE", 26)) == wells
    assert named((50, wells, 34), (200, "FOR ALL OF US HERE", 26)) == wells
    low = (200, "PETITION TO THE TOWN COUNCIL", 26)
    assert named((50, "SAVE THE WELLS", 34), low) == "SAVE THE WELLS"


def test_a_stamp_or_a_logo_is_no_title_where_a_line_stands_out_beside_it() -> None:
    title = line(100, 60, "SAVE THE OLD FOREST", 22)
    stamp = line(900, 50, "SIGN NOW", 60)
    words = [*title, *stamp, *BODY]
    assert draft_title(words, table(), draft_phrases(words)[1]) == "SAVE THE OLD FOREST"
    assert named((50, "OAKRIDGE", 60), (200, "FOR A NEW PLAYGROUND", 22)) == "FOR A NEW PLAYGROUND"
    # Two words over a smaller line may be the title, and one word with the text alone below it is.
    assert named((50, "CLEAN AIR", 60), (200, "FOR ALL OF US HERE", 22)) == "CLEAN AIR"
    assert named((50, "BREATHE", 60)) == "BREATHE"


def test_a_sheet_headed_by_what_it_is_in_german_is_named_by_what_stands_below() -> None:
    assert named((50, "Unterschriftenliste", 34), (200, "RETTET DAS FREIBAD", 22)) == (
        "RETTET DAS FREIBAD"
    )


def test_a_petition_that_the_text_names_at_its_start_is_called_so() -> None:
    said = "PETITION: OPEN THE LIBRARY AT NIGHT. WE THE UNDERSIGNED STUDENTS"
    assert named((50, "STUDENT UNION NORTH", 34), (300, said, 16)) == "OPEN THE LIBRARY AT NIGHT."


def test_of_lines_in_one_type_the_uppermost_names_the_petition() -> None:
    lines = (200, "PETITION TO THE PARISH COUNCIL", 16.0), (300, "FROM ALL WHO LIVE HERE NOW", 16.2)
    assert named(*lines) == "PETITION TO THE PARISH COUNCIL"


def banner(wide: int = 1700) -> tuple[Pixels, Pixels]:
    """A page with a green banner and white print in it, and where its ink should be seen."""
    page = np.full((2200, 1700, 3), 250, np.uint8)
    page[0:160, 0:wide] = (87, 107, 31)
    print_ = blank(1700, 2200)
    draw_text(print_, 240, 50, "Keep Our Water", 60, gray=0)
    page[print_ < 128] = 255
    draw = np.ascontiguousarray(page[:, :, 0])
    for k in range(20):
        draw_text(draw, 100, 400 + 80 * k, "We ask the council to keep the wells", 40, gray=0)
    return np.where(draw[..., None] < 60, draw[..., None], page).astype(np.uint8), print_


def test_light_print_on_a_banner_as_wide_as_the_page_is_seen_whole() -> None:
    color, print_ = banner()
    gray = flatten(cv2.cvtColor(color, cv2.COLOR_BGR2GRAY))
    out, ((left, top, right, bottom),) = with_bands(gray, color)
    assert left <= 8 and top == 0 and right >= 1692 and abs(bottom - 160) <= 4
    wanted, seen = print_[:150] < 128, out[:150] < 128
    assert (wanted & seen).sum() > 0.9 * wanted.sum()
    assert (seen & ~wanted).sum() < 0.1 * wanted.sum()
    # The rest of the page is as it was.
    assert np.array_equal(out[170:], gray[170:])


@pytest.mark.parametrize("case", ["bold", "dark print", "shadow"])
def test_what_is_no_band_of_light_print_stays(case: str) -> None:
    page = np.full((2200, 1700), 250, np.uint8)
    if case == "bold":
        for off in range(8):
            draw_text(page, 100 + off, 100, "STOP THE QUARRY NOW AND HERE", 70, gray=0)
    else:
        page[:300] = 150 if case == "dark print" else np.linspace(90, 250, 300)[:, None]
        draw_text(page, 100, 100, "Keep Our Water", 60, gray=0)
    color = cv2.cvtColor(page, cv2.COLOR_GRAY2BGR)
    out, bands = with_bands(page, color)
    assert bands == () and np.array_equal(out, page)


def test_dark_heads_on_gray_between_rulings_are_no_light_print() -> None:
    page = np.full((1600, 2300), 250, np.uint8)
    page[240:310, 104:2230] = 187
    for y in (240, 309):
        page[y - 1 : y + 2, 104:2230] = 0
    for x, head in ((115, "Nr"), (180, "Parent or guardian"), (570, "Class"), (700, "Signature")):
        draw_text(page, x, 262, head, 26, gray=0)
        draw_text(page, x + 1110, 262, head, 26, gray=0)
    out, bands = with_bands(page, cv2.cvtColor(page, cv2.COLOR_GRAY2BGR))
    assert bands == () and np.array_equal(out, page)


def test_a_places_name_is_no_title_where_what_it_is_asked_stands_below() -> None:
    title = "PETITION FOR DRAINAGE WORKS"
    assert named((50, "TOWNSHIP OF NORTH HARWELL", 34), (100, title, 18)) == title
    assert named((50, "TOWNSHIP OF NORTH HARWELL", 34), (100, "ROADS", 18)) == (
        "TOWNSHIP OF NORTH HARWELL"
    )
