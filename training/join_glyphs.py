"""Lines of joined single glyphs: honest digits and codes, letter by letter.

Real strokes and real confusions of many hands, set side by side with uneven
gaps and baselines. Signs that the glyph set lacks are drawn with a round pen.
Not real cursive. Used for fitting and for benchmarks, never for tests of
layout; sheets are written by ``scripts/sheets``.
"""

import cv2
import numpy as np
import numpy.typing as npt

from training.ink import Glyphs

Gray = npt.NDArray[np.uint8]

# Height of a line before its margin, as the glyphs have it.
LINE_PX = 28

# White kept around the line.
MARGIN_PX = 4

# Ink of a glyph is darker than this: the glyph set is white 255 to black 0.
_INK_BELOW = 215


def join_text(text: str, glyphs: Glyphs, rng: np.random.Generator) -> Gray:
    """Write ``text`` with random glyphs: (h, w) uint8, dark on white.

    Raises ``KeyError`` for a character that is neither a glyph nor drawn.
    """
    spread = int(rng.integers(0, 5))
    columns: list[Gray] = []
    for character in text:
        if character in glyphs:
            piece = _tight(glyphs.pick(character, rng))
        else:
            piece = _draw(character)
        columns.append(np.roll(piece, int(rng.integers(-1, 2)), axis=0))
        gap = max(1, spread + int(rng.integers(0, 3)))
        columns.append(np.full((LINE_PX, gap), 255, np.uint8))
    line = np.concatenate(columns[:-1], axis=1)
    return np.pad(line, MARGIN_PX, constant_values=255)


def _tight(glyph: Gray) -> Gray:
    """A glyph without the white at its sides."""
    inked = np.nonzero((glyph < _INK_BELOW).any(axis=0))[0]
    if inked.size == 0:
        return glyph
    return glyph[:, max(0, inked[0] - 1) : inked[-1] + 2]


def _draw(character: str) -> Gray:
    """A sign the glyph set has not, as a pen would draw it."""
    width = {" ": 14, ".": 6, ",": 7, "'": 6, "(": 10, ")": 10, "/": 14, "-": 14, "_": 16}
    if character == "@":
        piece = np.full((LINE_PX, 28), 255, np.uint8)
        cv2.ellipse(piece, (13, 14), (4, 5), 0, 0, 360, 0, 2, cv2.LINE_AA)
        cv2.ellipse(piece, (13, 14), (11, 11), 0, 30, 355, 0, 2, cv2.LINE_AA)
        return piece
    wide = width[character]
    piece = np.full((LINE_PX, wide), 255, np.uint8)
    if character == ".":
        cv2.circle(piece, (2, 22), 1, 0, -1, cv2.LINE_AA)
    elif character == ",":
        cv2.line(piece, (4, 21), (2, 26), 0, 2, cv2.LINE_AA)
    elif character == "'":
        cv2.line(piece, (4, 3), (2, 8), 0, 2, cv2.LINE_AA)
    elif character == "-":
        cv2.line(piece, (2, 14), (wide - 3, 13), 0, 2, cv2.LINE_AA)
    elif character == "_":
        cv2.line(piece, (1, 25), (wide - 2, 25), 0, 2, cv2.LINE_AA)
    elif character == "/":
        cv2.line(piece, (wide - 3, 4), (2, 24), 0, 2, cv2.LINE_AA)
    elif character == "(":
        cv2.ellipse(piece, (12, 14), (9, 12), 0, 110, 250, 0, 2, cv2.LINE_AA)
    elif character == ")":
        cv2.ellipse(piece, (-3, 14), (9, 12), 0, -70, 70, 0, 2, cv2.LINE_AA)
    return piece
