"""Light print on a coloured band, which flattening the light of a page spoils.

A band as wide as the page is taken for paper in the shade where no print shows how dark it
is: light letters end in nothing. On the page as it was photographed they stand out, so the
band is taken from there, its print dark on white. It fails where letters are hardly
lighter than the band, and on pictures, which hold lights and darks alike.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.print.wording import Box
from digitizer.records import PAGE_PX_PER_MM, Pixels

# Looked for at a quarter of the page's resolution, by a window of 20 x 5 mm.
STEP = 4
WINDOW = (round(20 * PAGE_PX_PER_MM / STEP), round(5 * PAGE_PX_PER_MM / STEP))
# A band is darker than this share of the paper, in more than this share of the window, and
# where less of a line across it is, it ends.
DARKER, BAND_SHARE, ENDS = 0.75, 0.55, 0.1
# Above or below its print a band is dark without a gap over 20 x 1.5 mm, as bold print is not; a
# narrower one than 40 mm is a picture.
SOLID = (round(20 * PAGE_PX_PER_MM / STEP), round(1.5 * PAGE_PX_PER_MM / STEP))
LEAST_WIDE = round(40 * PAGE_PX_PER_MM / STEP)
# Strokes of letters are narrower than this, at a quarter of the resolution: 5 mm.
STROKES = round(5 * PAGE_PX_PER_MM / STEP)
# Letters differ from the band by so many gray levels at least, over so much of it, and what is
# darker than it covers at most this share of what is lighter.
LETTER_LEVELS, LETTERS_SHARE, DARK_SHARE = 50, 0.005, 0.3
PAPER_LEVEL = 245.0
EDGE_PX = 4
# So wide a rim of a band may be paper, at a quarter of the resolution.
RIM = 2
# A band that flattening left darker than this, over this share of it, is read as it is.
DARK_LEVEL, WHOLE_SHARE = 128, 0.95

Floats = npt.NDArray[np.float32]


def with_bands(gray: Pixels, color: Pixels) -> tuple[Pixels, tuple[Box, ...]]:
    """The flattened page (H, W) with spoilt bands of light print turned to dark print on white.

    And where those bands are, page px. ``color``: (H, W, 3) BGR, the same page as photographed.
    """
    raw = cv2.cvtColor(color, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(raw, None, fx=1 / STEP, fy=1 / STEP, interpolation=cv2.INTER_AREA)
    paper = float(np.quantile(small, 0.8))
    dark = (small < DARKER * paper).astype(np.float32)
    band = (cv2.blur(dark, WINDOW) > BAND_SHARE).astype(np.uint8)
    solid = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones(SOLID[::-1], np.uint8))
    out, bands = gray, []
    _, _, stats, _ = cv2.connectedComponentsWithStats(band)
    for left, top, width, height, _ in stats[1:]:
        block = _block(dark, int(left), int(top), int(width), int(height))
        if not solid[block].any() or block[1].stop - block[1].start < LEAST_WIDE:
            continue
        light = _light_print(raw, block)
        if light is not None and not _is_whole(gray, light, block):
            out = gray.copy() if out is gray else out
            y, x = block[0].start * STEP, block[1].start * STEP
            high, wide = light.shape
            # Its edge is a line on the flattened page.
            upper, before = max(0, y - EDGE_PX), max(0, x - EDGE_PX)
            out[upper : y + high + EDGE_PX, before : x + wide + EDGE_PX] = PAPER_LEVEL
            out[y : y + high, x : x + wide] = light
            bands.append((float(x), float(y), float(x + wide), float(y + high)))
    return out, tuple(bands)


def _block(dark: Floats, left: int, top: int, width: int, height: int) -> tuple[slice, slice]:
    """A band from where paper ends to where it begins again, above, below and beside it."""
    y0, y1 = _reach(dark[:, left : left + width].mean(axis=1), top, top + height)
    x0, x1 = _reach(dark[y0:y1].mean(axis=0), left, left + width)
    return np.s_[y0:y1, x0:x1]


def _reach(shares: Floats, start: int, stop: int) -> tuple[int, int]:
    paper = np.flatnonzero(shares < ENDS).tolist()
    low = max((n + 1 for n in paper if n < start), default=0)
    return low, min((n for n in paper if n >= stop), default=len(shares))


def _light_print(raw: Pixels, block: tuple[slice, slice]) -> Pixels | None:
    """A band's print, dark on white; None where it holds none that is light."""
    rows, columns = block
    piece = raw[STEP * rows.start : STEP * rows.stop, STEP * columns.start : STEP * columns.stop]
    piece = piece.astype(np.float32)
    if not piece.size:
        return None
    small = cv2.resize(piece, None, fx=1 / STEP, fy=1 / STEP, interpolation=cv2.INTER_AREA)
    if _is_dark_print(small):
        return None
    kernel = np.ones((STROKES, STROKES), np.uint8)
    # What is left of the band without strokes lighter than it, and without darker ones.
    ground = cv2.morphologyEx(small, cv2.MORPH_OPEN, kernel)
    ground = cv2.morphologyEx(ground, cv2.MORPH_CLOSE, kernel)
    ground = cv2.resize(ground, piece.shape[::-1], interpolation=cv2.INTER_LINEAR)
    lighter, darker = piece - ground > LETTER_LEVELS, ground - piece > LETTER_LEVELS
    if lighter.mean() < LETTERS_SHARE or darker.mean() > DARK_SHARE * lighter.mean():
        return None
    stands_out = np.clip((piece - ground) / np.maximum(255 - ground, 1), 0, 1)
    return np.asarray(np.round(PAPER_LEVEL * (1 - stands_out)), dtype=np.uint8)


def _is_dark_print(band: Floats) -> bool:
    """Whether a band's letters are darker than it, as on gray heads.

    ``band``: at a quarter of the resolution. What it is like without letters is the middle level
    of all that lies around: dark letters between dark lines leave nothing lighter to start from.
    """
    usual = cv2.medianBlur(np.round(band).astype(np.uint8), 2 * STROKES + 1).astype(np.float32)
    # Paper that a band's edge lets in is no print.
    inner = (band - usual)[RIM:-RIM, RIM:-RIM]
    darker, lighter = (int((side * inner > LETTER_LEVELS).sum()) for side in (-1, 1))
    return darker >= LETTERS_SHARE * inner.size and darker > lighter


def _is_whole(gray: Pixels, light: Pixels, block: tuple[slice, slice]) -> bool:
    """Whether the band is dark all over on the flattened page, but for its print."""
    y, x = block[0].start * STEP, block[1].start * STEP
    high, wide = light.shape
    ground = gray[y : y + high, x : x + wide][light > PAPER_LEVEL / 2]
    return bool((ground < DARK_LEVEL).mean() >= WHOLE_SHARE)
