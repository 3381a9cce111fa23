"""Gray that a scanner told in black dots on white, made gray again.

Office scanners in black and white ("text and photo") spread the gray of the paper
over single dots. Each would be ink: blank cells fill with it, letters lose their
edges in it. Such a scan is told by its lone black pixels, with only white around:
black and white scans made by a threshold hold next to none. It is blurred by a
pixel and a half, which makes dots gray and leaves strokes. Dots in clusters, as
printed pictures have, are not told.
"""

import cv2
import numpy as np

from digitizer.records import Pixels

# Black, gray level.
BLACK_BELOW = 128
# Share of pixels that are black and alone: 0.017 and more on dithered sheets of paper of
# gray 245 to 225, 0.0004 at most on noisy ones, 0.00001 on faxes.
LONE_SHARE = 0.003
# The blur, px (standard deviation): at 1.0 the few dots of the lightest paper still are ink;
# 1.4 and 1.7 read one sheet on paper of gray 230 to 254 like the sheet itself.
BLUR_PX = 1.4
# Looked at are bands of so many rows, one in four.
BAND_PX = 64


def without_dots(gray: Pixels) -> Pixels:
    """A scan (H, W) as it is, or smooth where its gray is made of single dots."""
    bands = [gray[top : top + BAND_PX] for top in range(0, gray.shape[0], 4 * BAND_PX)]
    lone = sum(_count_alone(band) for band in bands)
    if lone <= LONE_SHARE * sum(band.size for band in bands):
        return gray
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), BLUR_PX), dtype=np.uint8)


def _count_alone(gray: Pixels) -> int:
    """How many black pixels touch no other."""
    black = np.asarray(cv2.compare(gray, BLACK_BELOW, cv2.CMP_LT) & 1, dtype=np.uint8)
    around = cv2.boxFilter(black, -1, (3, 3), normalize=False)
    return int(np.count_nonzero((black == 1) & (around == 1)))
