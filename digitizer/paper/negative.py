"""Pages whose black and white are exchanged: white strokes on black paper.

Files of one bit do so whose writer and reader do not agree which of the two is black, copies of
microfilm, and screenshots of a reader in its dark dress. What is light on such a page is strokes
alone: paper on a dark desk, however small in its picture, is wider than any stroke.
"""

import cv2
import numpy as np

from digitizer.records import Pixels

# Longer side at which the page is looked at, px: strokes are 1 to 4 of them wide.
LOOKED_PX = 1200
# Of a negative so much is dark and so much light at least, and of what is light no more than this
# is left without what is as narrow as strokes, px, as black banners leave it; the two differ by
# so many gray levels.
MIN_DARK, MIN_LIGHT, MAX_WIDE, STROKE_PX, MIN_CONTRAST = 0.8, 0.005, 0.6, 11, 100


def is_negative(color: Pixels) -> bool:
    """Whether a (H, W, 3) picture shows nothing but light strokes on dark ground."""
    scale = min(1.0, LOOKED_PX / max(color.shape[:2]))
    gray = cv2.cvtColor(color, cv2.COLOR_BGR2GRAY)
    gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    level, light = cv2.threshold(gray, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    share = float(light.mean())
    if not MIN_LIGHT <= share <= 1 - MIN_DARK:
        return False
    if float(gray[gray > level].mean()) - float(gray[gray <= level].mean()) < MIN_CONTRAST:
        return False
    wide = cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((STROKE_PX, STROKE_PX), np.uint8))
    return float(wide.mean()) <= MAX_WIDE * share
