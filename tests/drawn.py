"""Pages drawn for tests: rulings exact to a fraction of a pixel, print, records.

Coordinates are continuous as everywhere in the package: the middle of the
first pixel is (0.5, 0.5).
"""

import io
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from digitizer.records import (
    PageImage,
    PageRef,
    Pixels,
    PrintedWord,
    RectifiedPage,
    Rule,
)

PAPER = 245
Curve = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


def blank(width: int, height: int) -> Pixels:
    """Clean paper, (height, width)."""
    return np.full((height, width), PAPER, dtype=np.uint8)


def draw_across(
    page: Pixels,
    height: float | Curve,
    left: float,
    right: float,
    *,
    thickness: float = 2.0,
    gray: int = 60,
) -> None:
    """Draw a horizontal ruling whose middle is at ``height``, a number or a curve over x."""
    x = np.arange(page.shape[1], dtype=np.float64) + np.float64(0.5)
    middle = height(x) if callable(height) else np.full(len(x), float(height))
    np.minimum(page, PAPER, out=page)
    # Elsewhere nothing of the ruling is to be seen.
    reach = thickness / 2 + 1
    first, last = max(0, int(middle.min() - reach)), max(0, int(middle.max() + reach) + 1)
    y = np.arange(page.shape[0])[first:last, None] + 0.5
    cover = np.clip(thickness / 2 + 0.5 - np.abs(y - middle[None, :]), 0.0, min(1.0, thickness))
    cover *= np.clip(np.minimum(x - left, right - x) + 0.5, 0.0, 1.0)[None, :]
    page[first:last] = np.minimum(page[first:last], np.round(PAPER - cover * (PAPER - gray)))


def draw_down(
    page: Pixels,
    position: float | Curve,
    top: float,
    bottom: float,
    *,
    thickness: float = 2.0,
    gray: int = 60,
) -> None:
    """Draw a vertical ruling; ``position`` is x or a curve over y."""
    draw_across(page.T, position, top, bottom, thickness=thickness, gray=gray)


def draw_grid(page: Pixels, xs: Sequence[float], ys: Sequence[float], *, gray: int = 60) -> None:
    """Draw a closed table with vertical rulings at ``xs`` and horizontal ones at ``ys``."""
    for y in ys:
        draw_across(page, y, xs[0], xs[-1], gray=gray)
    for x in xs:
        draw_down(page, x, ys[0], ys[-1], gray=gray)


def print_font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font inside Pillow: there on every machine."""
    return ImageFont.load_default(size)


def draw_text(page: Pixels, x: float, y: float, text: str, size: float, gray: int = 30) -> None:
    """Print ``text`` with its top left corner at (x, y)."""
    picture = Image.fromarray(page)
    ImageDraw.Draw(picture).text((x, y), text, font=print_font(size), fill=gray)
    page[:] = np.asarray(picture)


def draw_letter(width: int = 850, height: int = 1100) -> Pixels:
    """A page of print at 100 dpi."""
    page = blank(width, height)
    sentence = "we ask the council to keep the ferry running every day of the year and "
    for number in range(int((height - 160) / 22)):
        start = 7 * number % len(sentence)
        line = (sentence[start:] + sentence)[: int((width - 160) / 7.2)]
        draw_text(page, 80, 80 + 22 * number, line, 15)
    return page


def in_color(gray: Pixels) -> Pixels:
    """A gray page as (H, W, 3) BGR."""
    return np.repeat(gray[:, :, None], 3, axis=2)


def page_image(pixels: Pixels, dpi: float | None = None) -> PageImage:
    """Decoded pixels of a page that stands nowhere; gray pages get their colours."""
    color = in_color(pixels) if pixels.ndim == 2 else pixels
    return PageImage(PageRef("/nowhere/page.png", "page.png", 1, "0" * 64), color, dpi)


def rectified(gray: Pixels) -> RectifiedPage:
    """``gray`` as a page that was upright and level from the start."""
    height, width = gray.shape
    image = page_image(gray)
    polygon = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    return RectifiedPage(
        image=image,
        colors=image.pixels,
        gray=gray,
        page_from_scan=np.eye(3),
        rotation_deg=0,
        skew_deg=0.0,
        rotation_quality=1.0,
        skew_quality=30.0,
        page_polygon_scan=polygon,
    )


def across(y: float, left: float, right: float, *, slope: float = 0.0, count: int = 9) -> Rule:
    """A traced horizontal ruling through (left, y)."""
    x = np.linspace(left, right, count)
    return Rule(np.column_stack([x, y + slope * (x - left)]), True, 2.0, 1.0)


def down(x: float, top: float, bottom: float, *, slope: float = 0.0, count: int = 9) -> Rule:
    """A traced vertical ruling through (x, top)."""
    y = np.linspace(top, bottom, count)
    return Rule(np.column_stack([x + slope * (y - top), y]), False, 2.0, 1.0)


def grid_rules(xs: Sequence[float], ys: Sequence[float]) -> list[Rule]:
    """Rulings of a closed table."""
    return [across(y, xs[0], xs[-1]) for y in ys] + [down(x, ys[0], ys[-1]) for x in xs]


def words_at(x: float, y: float, text: str, *, height: float = 22.0) -> list[PrintedWord]:
    """``text`` as a print engine reads it, its first word's top left corner at (x, y)."""
    words = []
    for word in text.split():
        width = 0.55 * height * len(word)
        words.append(PrintedWord(word, (x, y, x + width, y + height), 0.95))
        x += width + 0.35 * height
    return words


def font_bytes() -> bytes:
    """The font inside Pillow as a file's bytes."""
    font = print_font(20)
    assert isinstance(font, ImageFont.FreeTypeFont) and isinstance(font.path, io.BytesIO)
    return font.path.getvalue()
