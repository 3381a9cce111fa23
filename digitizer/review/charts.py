"""The plots of progress page and report: numbers and words put into ``plots``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from markupsafe import Markup

from digitizer.counting.overview import Totals
from digitizer.counting.reliability import Bin
from digitizer.counting.tally import COUNT_COLUMNS, REASONS, TallyLine
from digitizer.records import RowStatus, SheetStatus
from digitizer.review import numbers, plots, words
from digitizer.review.texts import say

# Bars of tables are this wide and high, in pixels.
_SMALL = (180, 10)
# Dates beyond this many would stand too close: the last ones are shown.
DATES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Line:
    """A group's counts by name."""

    name: str
    raw: int
    counted: int
    review: int
    low: int
    high: int

    @classmethod
    def of(cls, line: TallyLine) -> Self:
        """From the tally's line."""
        counts = dict(zip(COUNT_COLUMNS, line.counts, strict=True))
        return cls(
            line.group[0] if line.group else "",
            counts["raw"],
            counts["counted"],
            counts["review"],
            line.final.low,
            line.final.high,
        )

    @property
    def refused(self) -> int:
        """Rows that do not count."""
        return self.raw - self.counted - self.review


class Charts:
    """Plots and numbers in one language; templates call its methods."""

    def __init__(self, language: str) -> None:
        """``language``: of words and numbers."""
        self.language = language

    # Words and numbers -------------------------------------------------------

    def number(self, value: float) -> str:
        """A whole number."""
        return numbers.number(value, self.language)

    def percent(self, share: float | None) -> str:
        """A share."""
        return numbers.percent(share, self.language)

    def shares(self, interval: tuple[float, float]) -> str:
        """An interval of shares."""
        return numbers.percent_span(*interval, self.language)

    def span(self, low: float, high: float) -> str:
        """An interval of counts."""
        return numbers.span(low, high, self.language)

    def duration(self, seconds: float) -> str:
        """A time to work."""
        return numbers.duration(seconds, self.language)

    def each(self, seconds: float) -> str:
        """A time for one field, to a tenth of a second where it is short."""
        digits = 1 if seconds < 10 else 0
        return f"{numbers.number(seconds, self.language, digits)}\u00a0s"

    def moment(self, iso: str) -> str:
        """A stored time."""
        return numbers.moment(iso, self.language)

    def row_state(self, status: RowStatus | str) -> str:
        """A row's state."""
        return words.row_state(status, self.language)

    def sheet_state(self, status: SheetStatus | str) -> str:
        """A sheet's state."""
        return words.sheet_state(status, self.language)

    def field(self, name: str) -> str:
        """A field's name."""
        return words.field_name(name, self.language)

    def reason(self, word: str) -> tuple[str, str]:
        """Field and reason of a ``field:reason`` word."""
        return words.reason(word, self.language)

    def _say(self, name: str) -> str:
        return say(name, self.language)

    # Plots -------------------------------------------------------------------

    def states(self, totals: Totals) -> list[tuple[str, str, int]]:
        """(look, name, rows) of each state that rows are in: a legend of ``whole``."""
        counts = totals.counts
        order = (RowStatus.COUNTED, RowStatus.REVIEW, *REASONS)
        return [(s.value, self.row_state(s), counts[s.value]) for s in order if counts[s.value]]

    def whole(self, totals: Totals) -> Markup:
        """All rows by state, with the interval of the final count."""
        parts = [
            plots.Part(look, rows, f"{name}: {self.number(rows)}")
            for look, name, rows in self.states(totals)
        ]
        final = totals.line.final
        return plots.stacked_bar(
            parts,
            self._say("home.bar"),
            whole=totals.counts["raw"],
            interval=(final.low, final.high) if final.low != final.high else None,
        )

    def small(self, line: Line, most: int) -> Markup:
        """A group's rows by state; ``most``: rows of the largest group."""
        parts = [
            plots.Part("counted", line.counted, self._part("home.counts", line.counted)),
            plots.Part("review", line.review, self._part("home.waits", line.review)),
            plots.Part("refused", line.refused, self._part("home.not-counted", line.refused)),
        ]
        title = "; ".join(p.name for p in parts)
        return plots.stacked_bar(
            parts,
            title,
            whole=most,
            interval=(line.low, line.high) if line.review else None,
            width=_SMALL[0],
            height=_SMALL[1],
        )

    def handled(self, through: int, decided: int, waiting: int) -> Markup:
        """A field's values by who dealt with them."""
        parts = [
            plots.Part("counted", through, self._part("home.accepted", through)),
            plots.Part("decided", decided, self._part("home.decided", decided)),
            plots.Part("review", waiting, self._part("home.waits", waiting)),
        ]
        title = "; ".join(p.name for p in parts)
        return plots.stacked_bar(parts, title, width=_SMALL[0], height=_SMALL[1])

    def dates(self, lines: Sequence[Line]) -> Markup:
        """Rows by date, as columns."""
        bars = [
            (
                line.name,
                (
                    plots.Part("counted", line.counted, self._part("home.counts", line.counted)),
                    plots.Part("review", line.review, self._part("home.waits", line.review)),
                    plots.Part(
                        "refused", line.refused, self._part("home.not-counted", line.refused)
                    ),
                ),
            )
            for line in lines
            if line.name
        ][-DATES_SHOWN:]
        title = self._say("home.by-date")
        return plots.columns(bars, title, self._say("words.field-date_collected"), self.number)

    def reliability(
        self, bins: tuple[Bin, ...], name: str, look: str = "one", *, low: bool = False
    ) -> Markup:
        """Share right beside confidence; ``low``: a plot that is one of many."""
        return plots.reliability_plot(
            (plots.Series(name, look, bins),),
            plots.ReliabilityWords(
                title=name,
                across=self._say("home.confidence"),
                up=self._say("home.right-axis"),
                predicted=self._say("home.predicted"),
                cases=say("home.cases", self.language, n="{n}"),
                percent=self.percent,
                number=self.number,
            ),
            height=plots.LOW_HEIGHT if low else plots.HEIGHT,
        )

    def _part(self, name: str, rows: int) -> str:
        return f"{self._say(name)}: {self.number(rows)}"
