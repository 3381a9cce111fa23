"""The paper's own tone, place by place: what ink is darker than.

Method: the median of a window that is wider than ink and narrower than shadows. Near the end of a
gray band more than half of what the median sees is white, so that all of the band's end would
seem ink: there the band's own tone is taken. It fails in bands shorter than a scribble, and
where a band is as dark as ink.
"""

import cv2
import numpy as np

from digitizer.records import Pixels

# The median's window, px of a page at a quarter of its size: 16 mm.
WINDOW_PX = 31
# Strokes are thinner than 3.5 mm. Where the median is lighter than nearby by such a step, gray
# levels, and all but strokes as dark as there, a band ends. Bands are longer than scribbles, 38 mm,
# and paler.
STROKE_PX, LONG_PX = 7, 75
BAND_STEP, SAME_TONE, LEAST_TONE = 12, 6, 150


def paper_tone(small: Pixels) -> Pixels:
    """The tone of the paper (h, w) under a page at a quarter of its size (h, w), gray levels."""
    paper = cv2.medianBlur(small, WINDOW_PX)
    long = cv2.morphologyEx(paper, cv2.MORPH_CLOSE, np.ones((1, LONG_PX), np.uint8))
    inner = cv2.erode(long, np.ones((1, WINDOW_PX), np.uint8))
    tone = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((STROKE_PX, STROKE_PX), np.uint8))
    # Shadows fade; a band ends at once.
    ends = (cv2.subtract(paper, inner) >= BAND_STEP) & (cv2.absdiff(tone, inner) <= SAME_TONE)
    return np.asarray(np.where(ends & (inner >= LEAST_TONE), inner, paper), dtype=np.uint8)
