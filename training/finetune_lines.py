"""Written lines with their texts, of every kind petitions hold, for fine-tuning.

Real ink first: place names of the train writers, names of the train part, the
unlabelled names as the stock recogniser reads them where it is sure, and
joined glyphs of the train part. Handwriting fonts add wording and variety;
some are kept out for choosing and for testing. Everything drawn depends on the
generator's state alone. Lines are gray, dark on white, before ``augment``.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from digitizer.engines.handwritten import ALPHABET
from training import finetune_text as text
from training.finetune_augment import augment, dark
from training.ink import Glyphs
from training.join_glyphs import join_text

Gray = npt.NDArray[np.uint8]
Rng = np.random.Generator

FONT_PX = 56

# Fonts nobody trains on: for choosing among models, and for the final figures.
CHOOSING_FONTS = ("indie-flower", "kalam", "la-belle-aurore", "pangolin", "reenie-beanie")
TESTING_FONTS = (
    "annie-use-your-telescope", "architects-daughter", "caveat", "gochi-hand",
    "nothing-you-could-do", "patrick-hand", "sedgwick-ave",
)  # fmt: skip

# No handwriting: print, outlines, and flourishes that no one fills forms with. And
# other cuts of the fonts that are kept for testing.
_NO_HANDS = frozenset(
    """
    arimo averia-libre ballet baloo-2 black-and-white-picture bonbon cabin-sketch capriola
    caveat-brush coiny cute-font dongle eb-garamond explora fleur-de-leah gideon-roman handjet
    herr-von-muellerhoff hina-mincho kablammo kiwi-maru kranky lato league-script londrina-sketch
    londrina-solid miss-fajardose mitr monsieur-la-doulaise mr-dafoe mrs-saint-delafield
    nanum-gothic neonderthaw oleo-script open-sans patrick-hand-sc playpen-sans-arabic roboto
    rubik-doodle-shadow ruda sanchez sedgwick-ave-display slackey sonsie-one splash stylish
    tinos ubuntu-sans varela-round vt323
    """.split()
)

# Shares of the kinds of lines.
SHARES = {"places": 0.2, "names": 0.24, "glyphs": 0.22, "fonts": 0.24, "composed": 0.1}

# Share of lines with a strip of another line's ink above or below them.
SPILL_SHARE = 0.06

# Of the composed lines, those of two names side by side.
NAMES_SHARE = 0.4

# Letters that are lower than capitals, and those that hang below the line, in
# natural writing; the glyph set has every sign as tall as its box.
_LOW, _HANGING = "acemnorsuvwxz", "gpqyj"


@dataclass(frozen=True, slots=True, eq=False)
class InkLine:
    """One line and what stands there. ``pixels``: (h, w) uint8, trimmed to the ink."""

    pixels: Gray
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """All that lines are drawn from."""

    places: Sequence[InkLine]
    names: Sequence[InkLine]
    glyphs: Glyphs
    fonts: Sequence[bytes]  # font files


def draw_line(sources: Sources, rng: Rng) -> tuple[str, InkLine]:
    """A kind and a damaged line of it, ready for ``prepare_line``."""
    shares = dict(SHARES)
    for kind, there in (("names", sources.names), ("fonts", sources.fonts)):
        if not there:
            shares.pop(kind)
    kinds = list(shares)
    weights = np.array([shares[kind] for kind in kinds])
    kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
    line = _MAKERS[kind](sources, rng)
    beside = _place(sources, rng).pixels if rng.random() < SPILL_SHARE else None
    return kind, InkLine(augment(line.pixels, rng, beside=beside), normal_text(line.text))


def normal_text(written: str) -> str:
    """The text as the recogniser's alphabet has it: one space, no sign it lacks."""
    return " ".join("".join(c for c in written if c in ALPHABET).split())


def write_glyphs(written: str, glyphs: Glyphs, rng: Rng) -> Gray:
    """A line of single glyphs as one hand would space and size them."""
    if rng.random() < 0.4 and all(c in glyphs or c in _JOINED_SIGNS for c in written):
        return _to_ink(join_text(written, glyphs, rng))
    natural, wide = rng.random() < 0.6, float(rng.uniform(0.75, 1.15))
    gap = float(rng.uniform(-1.5, 5.0))
    pieces: list[tuple[Gray, int]] = []
    for character in written:
        letter, mark = _letter_and_mark(character)
        if letter in glyphs:
            piece = _tight(glyphs.pick(letter, rng))
            factor = float(rng.uniform(0.92, 1.08))
            drop = 0.0
            if natural and letter in _LOW:
                factor *= 0.68
            elif natural and letter in _HANGING:
                factor, drop = factor * 0.85, 0.3
            size = (
                max(2, round(2 * piece.shape[1] * factor * wide)),
                max(3, round(2 * piece.shape[0] * factor)),
            )
            piece = cv2.resize(piece, size, interpolation=cv2.INTER_CUBIC)
            foot = round(drop * size[1] + rng.normal(0.0, 1.2))
            if mark:
                piece, below = _marked(np.asarray(piece, np.uint8), mark, rng)
                foot += below
        else:
            piece, foot = _sign(character, rng), round(rng.normal(0.0, 1.5))
        pieces.append((np.asarray(piece, np.uint8), foot))
    gaps = [round(2 * max(-2.0, gap + rng.normal(0.0, 1.0))) for _ in pieces]
    width = sum(p.shape[1] + max(0, g) for (p, _), g in zip(pieces, gaps, strict=True)) + 20
    line = np.full((130, width), 255, np.uint8)
    x, base = 8, 85
    for (piece, foot), space in zip(pieces, gaps, strict=True):
        top = base + foot - piece.shape[0]
        there = line[max(0, top) : top + piece.shape[0], x : x + piece.shape[1]]
        np.minimum(there, piece[: there.shape[0], : there.shape[1]], out=there)
        x = max(x + 2, x + piece.shape[1] + space)
    return _to_ink(line)


def write_font(written: str, font: bytes, rng: Rng) -> Gray | None:
    """A line in a handwriting font; None where the font lacks a sign."""
    if not all(_has(font, c) for c in set(written) if c != " "):
        return None
    face = _face(font)
    left, top, right, bottom = face.getbbox(written)
    picture = Image.new("L", (int(right - left) + 40, int(bottom - top) + 40), 255)
    pen = ImageDraw.Draw(picture)
    x = 20.0 - left
    # Word by word, so that gaps and the line they stand on are not even.
    for word in written.split(" "):
        y = 20.0 - top + float(rng.normal(0.0, 1.5))
        pen.text((x, y), word, fill=int(rng.integers(0, 70)), font=face)
        x += face.getlength(word) + face.getlength(" ") * float(rng.uniform(0.6, 1.1))
    return _to_ink(np.asarray(picture, np.uint8))


def hand_fonts(cache: Path, part: str) -> tuple[Path, ...]:
    """Font files of a part: ``train``, ``calibrate`` or ``test``; empty where none lie there."""
    kept = {"calibrate": CHOOSING_FONTS, "test": TESTING_FONTS}
    held = {*CHOOSING_FONTS, *TESTING_FONTS}
    found = []
    for folder in sorted((cache / "node_modules" / "@fontsource").glob("*")):
        wanted = folder.name in kept.get(part, ()) or (part == "train" and folder.name not in held)
        if not wanted or folder.name in _NO_HANDS:
            continue
        faces = sorted((folder / "files").glob(f"{folder.name}-latin-[0-9]*-normal.woff2"))
        regular = [face for face in faces if face.name.endswith("-latin-400-normal.woff2")]
        found.extend((regular or faces)[:1])
    return tuple(found)


def _place(sources: Sources, rng: Rng) -> InkLine:
    return sources.places[int(rng.integers(len(sources.places)))]


def _name(sources: Sources, rng: Rng) -> InkLine:
    return sources.names[int(rng.integers(len(sources.names)))]


def _glyphs(sources: Sources, rng: Rng) -> InkLine:
    written = normal_text(text.choose(text.GLYPH_KINDS, rng))
    known = _writable(written, sources.glyphs)
    return InkLine(write_glyphs(known, sources.glyphs, rng), known)


def _font(sources: Sources, rng: Rng) -> InkLine:
    while True:
        written = normal_text(text.choose(text.FONT_KINDS, rng))
        pixels = write_font(written, sources.fonts[int(rng.integers(len(sources.fonts)))], rng)
        if pixels is not None:
            return InkLine(pixels, written)


def _composed(sources: Sources, rng: Rng) -> InkLine:
    """Two real names, or a real place with a number before it and a code behind it."""
    if sources.names and rng.random() < NAMES_SHARE:
        return _side_by_side(_lone_name(sources, rng), _lone_name(sources, rng), rng=rng)
    place = _place(sources, rng)
    parts: list[InkLine] = [place]
    if rng.random() < 0.75:
        written = text.number(rng)
        parts.insert(0, InkLine(write_glyphs(written, sources.glyphs, rng), written))
    if len(parts) == 1 or rng.random() < 0.25:
        written = text.postal_code(rng) if rng.random() < 0.6 else text.province(rng)
        known = _writable(written, sources.glyphs)
        parts.append(InkLine(write_glyphs(known, sources.glyphs, rng), known))
    return _side_by_side(*parts, rng=rng, full=place)


def _lone_name(sources: Sources, rng: Rng) -> InkLine:
    """A name without a caption; whatever comes where there is hardly any."""
    for _ in range(20):
        line = _name(sources, rng)
        if ":" not in line.text:
            break
    return line


def _side_by_side(*parts: InkLine, rng: Rng, full: InkLine | None = None) -> InkLine:
    """Pieces on one line; all but ``full`` may be lower than the line."""
    height = 60
    pieces: list[Gray] = []
    for part in parts:
        ink = dark(part.pixels)
        share = 1.0 if part is full else float(rng.uniform(0.6, 0.9))
        size = max(8, round(height * share))
        wide = max(4, round(ink.shape[1] * size / ink.shape[0]))
        piece = cv2.resize(ink, (wide, size), interpolation=cv2.INTER_AREA)
        above = max(0, round((height - size) * float(rng.uniform(0.4, 0.9))))
        pieces.append(np.pad(piece, ((above, height - size - above), (0, 0)), constant_values=255))
        # A gap between words is wider than one between spread capitals.
        gap = max(20.0, 1.5 * wide / max(1, len(part.text)) * float(rng.uniform(0.7, 1.2)))
        pieces.append(np.full((height, round(gap)), 255, np.uint8))
    joined = np.concatenate(pieces[:-1], axis=1)
    return InkLine(_to_ink(joined), " ".join(part.text for part in parts))


_MAKERS: dict[str, Callable[[Sources, Rng], InkLine]] = {
    "places": _place,
    "names": _name,
    "glyphs": _glyphs,
    "fonts": _font,
    "composed": _composed,
}


def _tight(glyph: Gray) -> Gray:
    """A glyph without the white around it."""
    ink = glyph < 215
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    if rows.size == 0:
        return glyph
    return glyph[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _to_ink(line: Gray) -> Gray:
    ink = line < 170
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    if rows.size == 0:
        return line
    return line[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


_SIGNS = " .,'()/-_@+#&"

# Those of them that ``join_text`` draws.
_JOINED_SIGNS = " .,'()/-_@"

# Accents of letters, as Unicode takes them apart, and points of their strokes on
# a box one wide and one high.
_MARKS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "\u0301": (((0.3, 0.9), (0.75, 0.1)),),
    "\u0300": (((0.25, 0.1), (0.7, 0.9)),),
    "\u0302": (((0.15, 0.9), (0.5, 0.1), (0.85, 0.9)),),
    "\u0308": (((0.25, 0.5), (0.27, 0.6)), ((0.75, 0.5), (0.77, 0.6))),
    "\u0303": (((0.1, 0.7), (0.35, 0.25), (0.65, 0.7), (0.9, 0.25)),),
    "\u0327": (((0.55, 0.0), (0.5, 0.35), (0.7, 0.55), (0.45, 0.9)),),
}
_CEDILLA = "\u0327"


def _letter_and_mark(character: str) -> tuple[str, str]:
    """A letter and its accent (empty where it has none that is drawn here)."""
    apart = unicodedata.normalize("NFD", character)
    return (apart[0], apart[1]) if len(apart) == 2 and apart[1] in _MARKS else (character, "")


def _writable(written: str, glyphs: Glyphs) -> str:
    """What of a text can be written with glyphs, signs and accents."""
    return "".join(c for c in written if _letter_and_mark(c)[0] in glyphs or c in _SIGNS)


def _marked(piece: Gray, mark: str, rng: Rng) -> tuple[Gray, int]:
    """A glyph with its accent, and how far that hangs below its foot."""
    height, width = int(rng.integers(9, 17)), piece.shape[1]
    strip = np.full((height, width), 255, np.uint8)
    reach = min(width, 30)
    left = (width - reach) / 2 + float(rng.normal(0.0, 2.0))
    thick = int(rng.integers(2, 5))
    for stroke in _MARKS[mark]:
        way = [(left + x * reach, y * (height - 1)) for x, y in stroke]
        cv2.polylines(strip, [np.array(way, np.int32)], False, 0, thick, cv2.LINE_AA)
    if mark == _CEDILLA:
        return np.concatenate((piece, strip)), height
    return np.concatenate((strip, piece)), 0


def _sign(character: str, rng: Rng) -> Gray:
    """A sign the glyph set has not, 40 px from foot to top of a capital, ink at the bottom."""
    wide = {" ": 26, ".": 10, ",": 12, "'": 10, "(": 18, ")": 18, "/": 26, "-": 26, "_": 30,
            "@": 46, "+": 30, "#": 32, "&": 36}[character]  # fmt: skip
    piece = np.full((48, wide), 255, np.uint8)
    thick = int(rng.integers(2, 5))

    def wobble(value: float, reach: float = 2.0) -> int:
        return round(value + float(rng.uniform(-reach, reach)))

    def stroke(*points: tuple[float, float]) -> None:
        way = np.array([[wobble(x), wobble(y)] for x, y in points], np.int32)
        cv2.polylines(piece, [way], False, 0, thick, cv2.LINE_AA)

    if character == ".":
        cv2.circle(piece, (5, wobble(43)), int(rng.integers(1, 4)), 0, -1, cv2.LINE_AA)
    elif character == ",":
        stroke((7, 40), (4, 47))
    elif character == "'":
        stroke((6, 6), (4, 16))
    elif character == "(":
        stroke((14, 4), (6, 14), (5, 32), (13, 46))
    elif character == ")":
        stroke((4, 4), (12, 14), (13, 32), (5, 46))
    elif character == "/":
        stroke((22, 3), (4, 46))
    elif character == "-":
        stroke((4, wobble(27, 3)), (wide - 4, wobble(26, 3)))
    elif character == "_":
        stroke((1, 46), (wide - 2, 46))
    elif character == "+":
        stroke((15, 14), (15, 40))
        stroke((3, 27), (27, 27))
    elif character == "#":
        for points in (((11, 8), (9, 46)), ((22, 8), (20, 46)), ((3, 20), (29, 19)),
                       ((2, 34), (28, 33))):  # fmt: skip
            stroke(*points)
    elif character == "&":
        stroke((32, 46), (8, 16), (14, 6), (20, 12), (4, 34), (12, 45), (30, 28))
    elif character == "@":
        _at(piece, thick, rng)
    return piece


def _at(piece: Gray, thick: int, rng: Rng) -> None:
    """An ``@``: a small round with a tail that runs around it, closed or open."""
    middle = (22, int(rng.integers(24, 30)))
    inner = (int(rng.integers(5, 9)), int(rng.integers(6, 10)))
    outer = (int(rng.integers(15, 20)), int(rng.integers(15, 20)))
    end = int(rng.integers(300, 375))
    cv2.ellipse(piece, middle, inner, 0, int(rng.integers(0, 40)), 360, 0, thick, cv2.LINE_AA)
    start = int(rng.integers(10, 60))
    cv2.ellipse(piece, middle, outer, 0, start, end, 0, thick, cv2.LINE_AA)
    if rng.random() < 0.7:
        tail = (middle[0] + inner[0], middle[1] + inner[1])
        top = (middle[0] + inner[0], middle[1] - inner[1])
        cv2.line(piece, top, tail, 0, thick, cv2.LINE_AA)


@lru_cache(maxsize=512)
def _face(font: bytes) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(font), FONT_PX)


@cache
def _has(font: bytes, character: str) -> bool:
    """Whether the font draws the character, and not its box for signs it lacks."""
    face = _face(font)
    mask, none = face.getmask(character), face.getmask("\uffff")
    return mask.getbbox() is not None and (mask.size, bytes(mask)) != (none.size, bytes(none))
