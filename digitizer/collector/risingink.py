"""Take into an answer's place the ink that goes on above it where no line is printed over it.

People write higher than what is printed: where a box has no frame, or a paragraph stands over its
first line, the place of an answer ends a little above its label, and figures cut in half there are
read as others. It fails where letters stand above the place as a whole.
"""

from collections.abc import Mapping, Sequence

import cv2

from digitizer.collector.underink import without_lines
from digitizer.layout.print.wording import Box
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

# Writing rises at most so far above its place, 6 mm, and crosses its edge by more than this, px.
RISE_PX, CROSSING_PX = 6 * PAGE_PX_PER_MM, 3
# So much of a stroke at least lies inside the place.
INSIDE_SHARE = 0.2
# A word that was read this surely is print, or writing above that belongs to something else.
PRINT_SURE = 0.6
# Longer runs are lines, 6 mm across and 12 mm down.
ACROSS_PX, DOWN_PX = 6 * PAGE_PX_PER_MM, 12 * PAGE_PX_PER_MM
# Between what stands above and the place, and above what was taken in, px.
OFF_PX, MARGIN_PX = 2, 6


def with_rising_ink(
    spaces: Mapping[int, Box], words: Sequence[PrintedWord], rules: Sequence[Rule], gray: Pixels
) -> dict[int, Box]:
    """The places of answers (px of the page), higher where ink goes on across their upper edge.

    ``words``: the page's print; ``gray``: (H, W) uint8, the page. Not above a ruling, nor into
    print that was read.
    """
    return {i: _raised(space, words, rules, gray) for i, space in spaces.items()}


def _raised(space: Box, words: Sequence[PrintedWord], rules: Sequence[Rule], gray: Pixels) -> Box:
    left, top, right, bottom = space
    roof = max(0.0, top - RISE_PX)
    over = [
        word.box[3] + OFF_PX
        for word in words
        if word.confidence >= PRINT_SURE
        and word.box[2] > left
        and word.box[0] < right
        and word.box[1] < top
        and word.box[3] <= top + CROSSING_PX
    ]
    lines = [
        rule_at(rule, min(max((left + right) / 2, rule_span(rule)[0]), rule_span(rule)[1]))
        + rule.thickness_px
        for rule in rules
        if rule.horizontal and rule_span(rule)[1] > left and rule_span(rule)[0] < right
    ]
    roof = max([roof, *over, *(y for y in lines if y <= top + OFF_PX + CROSSING_PX)])
    x0, y0, x1, y1 = round(left), round(roof), round(right), round(bottom)
    if roof >= top - CROSSING_PX or x1 - x0 < 2 or y1 - y0 < 2:
        return space
    ink = without_lines(gray[y0:y1, x0:x1], ACROSS_PX, DOWN_PX)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype("uint8"), connectivity=8)
    edge = top - y0
    # What is taken in may reach beside what stands higher still, in the same line of writing.
    for _ in range(3):
        tops, feet = (
            stats[1:, cv2.CC_STAT_TOP],
            stats[1:, cv2.CC_STAT_TOP] + stats[1:, cv2.CC_STAT_HEIGHT],
        )
        crossing = (tops < edge - CROSSING_PX) & (feet > edge + CROSSING_PX)
        crossing &= feet - edge >= INSIDE_SHARE * (feet - tops)
        if not crossing.any():
            break
        edge = float(max(0, tops[crossing].min() - MARGIN_PX))
    return left, min(top, y0 + edge), right, bottom
