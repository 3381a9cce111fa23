"""Move the letters of a comb together, one box a letter, to the words that they are.

Readers of handwriting have learnt words; letters that stand a box apart are read as
well, but never surely. So white columns are taken out between them: little is left
between letters, and more where a box was left empty between two words. It fails where
letters reach over into the next box: these stay as they are.
"""

import numpy as np

from digitizer.records import Pixels

# What is left between letters, and between words, as a share of the letters' height.
LETTER_GAP, WORD_GAP = 0.2, 0.8
# Letters so much farther apart than usual, middle to middle, have an empty box between them.
EMPTY_BOX = 1.6
# Pieces usually wider than this, of the line's height, are words: nobody kept to the boxes.
MAX_LETTER_WIDTH = 1.2
# Ink is darker than this.
INK_GRAY = 160


def close_up(line: Pixels) -> Pixels:
    """A line of a comb, (h, w) gray, dark on white, with its letters moved together.

    Returns (h, w') with w' at most w; a line that is no row of single letters as it is.
    """
    dark = line < INK_GRAY
    columns, rows = np.flatnonzero(dark.any(axis=0)), np.flatnonzero(dark.any(axis=1))
    breaks = np.flatnonzero(np.diff(columns) > 1)
    if len(breaks) == 0:
        return line
    starts = np.concatenate((columns[:1], columns[breaks + 1]))
    ends = np.concatenate((columns[breaks], columns[-1:])) + 1
    height = float(rows[-1] - rows[0] + 1)
    if np.median(ends - starts) > MAX_LETTER_WIDTH * height:
        return line
    apart = np.diff((starts + ends) / 2)
    empty = apart > EMPTY_BOX * np.median(apart)
    left = np.maximum(np.where(empty, WORD_GAP, LETTER_GAP) * height, 3).astype(int)
    kept = np.ones(line.shape[1], np.bool_)
    for end, start, most in zip(ends[:-1], starts[1:], left, strict=True):
        if start - end > most:
            kept[end + most // 2 : start - (most - most // 2)] = False
    return np.ascontiguousarray(line[:, kept])
