"""Plots as SVG text: no script, no style attribute, so that the strictest policy shows them.

Axes begin at zero and intervals are drawn. Colours and type come from the classes
in ``plots.css``, which the pages link and the report carries inside. Each plot has
a name for people who do not see it; the numbers stand in a table beside it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from digitizer.counting.reliability import Bin

Number = Callable[[float], str]

# All lengths in the plots' own unit, which is a pixel at full width.
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 14, 62
HEIGHT = 300
# An axis of a plot that is one of many.
LOW_HEIGHT = 170
_STEP = 62
_DOT = 5.0


@dataclass(frozen=True, slots=True)
class Series:
    """Bins to plot; ``look``: ``one`` (filled dots) or ``two`` (open squares)."""

    name: str
    look: str
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar; ``look`` names its colour."""

    look: str
    size: float
    name: str


@dataclass(frozen=True, slots=True)
class ReliabilityWords:
    """What stands on a reliability plot; ``percent`` writes a share."""

    title: str
    across: str
    up: str
    predicted: str
    cases: str
    percent: Number
    number: Number


def reliability_plot(
    series: Sequence[Series], words: ReliabilityWords, *, height: int = HEIGHT
) -> Markup:
    """Share found right beside the confidence given, bin by bin, with 95 % intervals.

    Bins without cases are left out and all get the same room, since nearly all
    that is accepted lies between 0.9 and 1. The short line is the mean confidence
    of a bin: within the bar, the confidence holds. ``height`` of the axis, in pixels.
    """
    edges = sorted({(b.low, b.high) for one in series for b in one.bins})
    width = _LEFT + _RIGHT + _STEP * max(1, len(edges))
    bottom = _TOP + height

    def y(share: float) -> float:
        return bottom - share * height

    parts = [_grid(width, y, words.number)]
    for place, (low, high) in enumerate(edges):
        left = _LEFT + place * _STEP
        middle = left + _STEP / 2
        here = [(one, b) for one in series for b in one.bins if (b.low, b.high) == (low, high)]
        for at, (one, found) in zip(_spread(middle, len(here)), here, strict=True):
            parts.append(_reliability_point(one, found, at, y, words))
        label = f"{100 * low:g}–{100 * high:g}"
        parts.append(_text(middle, bottom + 16, label, "middle"))
        for line, (one, found) in enumerate(here):
            shown = words.cases.format(n=words.number(found.cases))
            parts.append(
                _text(middle, bottom + 32 + 14 * line, shown, "middle", f"note {one.look}")
            )
    parts.append(_text(width / 2, bottom + _BOTTOM - 2, words.across, "middle"))
    parts.append(
        Markup(
            '<text class="label" text-anchor="middle" transform="translate(11 {}) rotate(-90)">'
        ).format(_TOP + height / 2)
        + escape(words.up)
        + Markup("</text>")
    )
    return _svg(width, bottom + _BOTTOM + 4, words.title, parts, "plot reliability")


def stacked_bar(
    parts: Sequence[Part],
    title: str,
    *,
    whole: float | None = None,
    interval: tuple[float, float] | None = None,
    width: int = 640,
    height: int = 22,
) -> Markup:
    """One bar of parts from left to right; ``interval`` is drawn above it as a bracket.

    ``whole``: what the full width stands for, at least the sum of the parts.
    """
    top = 12 if interval else 0
    scale = width / max(whole or 0.0, sum(p.size for p in parts), 1e-9)
    drawn = [
        Markup('<rect class="track" x="0" y="{}" width="{}" height="{}" rx="3"/>').format(
            top, width, height
        )
    ]
    x = 0.0
    for part in parts:
        if part.size > 0:
            drawn.append(
                Markup(
                    '<rect class="part {}" x="{}" y="{}" width="{}" height="{}">'
                    "<title>{}</title></rect>"
                ).format(part.look, _n(x), top, _n(part.size * scale), height, part.name)
            )
        x += part.size * scale
    if interval:
        low, high = (_n(min(width - 1.0, max(1.0, v * scale))) for v in interval)
        drawn.append(
            Markup('<path class="bracket" d="M{} {}V3H{}V{}"/>').format(low, top - 1, high, top - 1)
        )
    return _svg(width, top + height, title, drawn, "plot bar")


def columns(
    bars: Sequence[tuple[str, Sequence[Part]]], title: str, across: str, show: Number
) -> Markup:
    """Upright stacked bars side by side, each with its label; counts from zero."""
    most = max((sum(p.size for p in parts) for _, parts in bars), default=0.0)
    top = nice_top(most)
    step = min(64, max(22, 620 // max(1, len(bars))))
    left = 20 + 8 * len(show(top))
    width = left + _RIGHT + step * max(1, len(bars))
    height, bottom = 180, _TOP + 180
    drawn = []
    for tick in range(5):
        value = top * tick / 4
        level = bottom - height * tick / 4
        drawn.append(_line(left, level, width - _RIGHT, level, "grid" if tick else "axis"))
        if value == round(value):
            drawn.append(_text(left - 6, level + 4, show(value), "end"))
    for place, (label, parts) in enumerate(bars):
        x = left + place * step + step * 0.15
        y = float(bottom)
        for part in parts:
            tall = part.size / top * height
            y -= tall
            if tall > 0:
                drawn.append(
                    Markup(
                        '<rect class="part {}" x="{}" y="{}" width="{}" height="{}">'
                        "<title>{}</title></rect>"
                    ).format(part.look, _n(x), _n(y), _n(step * 0.7), _n(tall), part.name)
                )
        at = left + place * step + step / 2
        drawn.append(
            Markup(
                '<text class="label" text-anchor="end" '
                'transform="translate({} {}) rotate(-45)">{}</text>'
            ).format(_n(at + 4), bottom + 14, label)
        )
    drawn.append(_text(width / 2, bottom + 82, across, "middle"))
    return _svg(width, bottom + 90, title, drawn, "plot columns")


def nice_top(most: float) -> float:
    """The end of an axis that holds ``most``: 4, 8, 20, 40, 80, 200 ..., quarters are round."""
    top = 4.0
    factors = (2.0, 2.5, 2.0)
    place = 0
    while top < most:
        top *= factors[place % 3]
        place += 1
    return top


def _reliability_point(
    one: Series, found: Bin, x: float, y: Callable[[float], float], words: ReliabilityWords
) -> Markup:
    low, high = found.interval
    name = (
        f"{one.name}: {words.percent(found.accuracy)} "
        f"({words.percent(low)}–{words.percent(high)}), "
        f"{words.predicted} {words.percent(found.predicted)}, "
        + words.cases.format(n=words.number(found.cases))
    )
    mark = (
        Markup('<circle cx="{}" cy="{}" r="{}"/>').format(_n(x), _n(y(found.accuracy)), _DOT)
        if one.look == "one"
        else Markup('<rect x="{}" y="{}" width="{}" height="{}"/>').format(
            _n(x - _DOT), _n(y(found.accuracy) - _DOT), 2 * _DOT, 2 * _DOT
        )
    )
    return (
        Markup('<g class="point {}"><title>{}</title>').format(one.look, name)
        + _line(x, y(low), x, y(high), "whisker")
        + _line(x - 5, y(low), x + 5, y(low), "whisker")
        + _line(x - 5, y(high), x + 5, y(high), "whisker")
        + mark
        + _line(x - 13, y(found.predicted), x + 13, y(found.predicted), "given")
        + Markup("</g>")
    )


def _grid(width: float, y: Callable[[float], float], number: Number) -> Markup:
    lines = []
    for tick in range(0, 101, 20):
        level = y(tick / 100)
        lines.append(_line(_LEFT, level, width - _RIGHT, level, "grid" if tick else "axis"))
        lines.append(_text(_LEFT - 6, level + 4, number(tick), "end"))
    return Markup("").join(lines)


def _spread(middle: float, count: int) -> list[float]:
    """Places side by side around ``middle``."""
    return [middle + (place - (count - 1) / 2) * 26 for place in range(count)]


def _line(x1: float, y1: float, x2: float, y2: float, look: str) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        look, _n(x1), _n(y1), _n(x2), _n(y2)
    )


def _text(x: float, y: float, words: str, anchor: str, look: str = "label") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        look, _n(x), _n(y), anchor, words
    )


def _svg(
    width: float, height: float, title: str, parts: Iterable[Markup | str], look: str
) -> Markup:
    head = Markup(
        '<svg class="{}" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{}" '
        'width="{}" height="{}" viewBox="0 0 {} {}">'
    ).format(look, title, _n(width), _n(height), _n(width), _n(height))
    return head + Markup("").join(parts) + Markup("</svg>")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
