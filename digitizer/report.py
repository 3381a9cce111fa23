"""`digitizer report`: the numbers of a workspace as one page to send or print.

It stands alone: no script, no other file, no other host. Nothing of a signer is in
it, only counts, names of files and what the collector boxes say, which may be
left out as well. Numbers, tables and plots are those of the first review page.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

from markupsafe import Markup

from digitizer import __version__
from digitizer.counting.overview import By, Overview, SheetFacts, Totals
from digitizer.counting.quality import Quality, measure_quality
from digitizer.counting.reliability import Bin, gap, shipped_reliability
from digitizer.counting.tally import Minimum
from digitizer.export import replacing
from digitizer.profiles.profiles import DuplicatePolicy, Profile
from digitizer.records import FieldKind, RowStatus
from digitizer.review import charts
from digitizer.review.render import environment
from digitizer.review.texts import LANGUAGES, load_texts, say
from digitizer.review.words import failure_words
from digitizer.store import Store
from digitizer.workspace import history

# Lines of a table, pages of a list: more than anybody reads, fewer than a browser bears.
GROUPS_SHOWN = 500
SHEETS_SHOWN = 500
RUNS_SHOWN = 50
_STATIC = Path(__file__).parent / "review" / "static"
_STYLES = ("report.css", "plots.css")
_NAMED = frozenset({By.COLLECTOR, By.EVENT})


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as the report tells it."""

    started: str
    version: str
    outcome: str
    target_error: float | None
    forms: str


@dataclass(frozen=True, slots=True)
class Shipped:
    """How the calibration of a kind held when it was fitted; ``distance`` as ``gap``."""

    kind: str
    bins: tuple[Bin, ...]
    distance: float

    @property
    def cases(self) -> int:
        """Values that were judged."""
        return sum(b.cases for b in self.bins)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """All that the report shows; ``name`` is the workspace folder's, empty without names."""

    name: str
    at: str
    version: str
    with_names: bool
    totals: Totals
    groups: tuple[tuple[By, tuple[charts.Line, ...], int], ...]
    waits: tuple[tuple[str, str, int], ...]
    refused: tuple[tuple[str, str, int], ...]
    minimums: tuple[Minimum, ...]
    profile: str
    not_read: int
    quality: Quality
    shipped: tuple[Shipped, ...]
    failed: tuple[str, ...]
    unrecognised: tuple[str, ...]
    same_hand: tuple[tuple[str, str], ...]
    rescans: tuple[tuple[str, str], ...]
    engines: str
    runs: tuple[RunLine, ...]


def write_report(store: Store, file: Path, language: str, *, with_names: bool = True) -> Path:
    """Write the report in ``language`` (en, fr); returns the file.

    ``with_names``: False leaves out collectors, events and names of files.
    Raises StoreError where the file cannot be written.
    """
    page = report_page(store, file.resolve().parent.name, language, with_names=with_names)
    text = report_text(page, language)
    with replacing(file) as out:
        out.write(text)
    return file


def report_page(store: Store, name: str, language: str, *, with_names: bool) -> ReportPage:
    """Work out all that the report shows; goes through the whole workspace once."""
    overview = Overview()
    for sheet, records in store.listing():
        overview.replace(sheet, records)
    profile = store.profile()
    once = profile.duplicates is DuplicatePolicy.FIRST
    totals = overview.totals(once=once)
    named = functools.partial(_sheet_name, language=language, with_names=with_names)
    return ReportPage(
        name=name if with_names else "",
        at=datetime.now(UTC).isoformat(timespec="minutes"),
        version=__version__,
        with_names=with_names,
        totals=totals,
        groups=_groups(overview, with_names=with_names, once=once),
        waits=_reasons(totals, waits=True),
        refused=_reasons(totals, waits=False),
        minimums=overview.minimums(profile.minimum_signatures, once=once),
        profile=_profile_name(profile),
        not_read=store.pending(),
        quality=measure_quality(store),
        shipped=_shipped(shipped_reliability()),
        failed=tuple(
            _failure(sheet, named(sheet), language, with_names=with_names)
            for sheet in totals.failed[:SHEETS_SHOWN]
        ),
        unrecognised=tuple(named(sheet) for sheet in totals.unrecognised[:SHEETS_SHOWN]),
        same_hand=tuple(
            (named(sheet), sheet.same_hand.replace(",", ", "))
            for sheet in totals.same_hand[:SHEETS_SHOWN]
        ),
        rescans=tuple(
            (named(sheet), named(first) if first is not None else str(sheet.duplicate_of))
            for sheet in totals.repeated[:SHEETS_SHOWN]
            for first in (overview.sheet(str(sheet.duplicate_of)),)
        ),
        engines=", ".join(name for name, _ in store.read(history.engines)),
        runs=tuple(_run_line(run) for run in store.read(history.runs)[-RUNS_SHOWN:]),
    )


def report_text(page: ReportPage, language: str) -> str:
    """The report as HTML, styles and plots inside."""
    styles = "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in _STYLES)
    return (
        environment()
        .get_template("report.html")
        .render(
            t=functools.partial(say, language=language),
            lang=language,
            chart=charts.Charts(language),
            page=page,
            totals=page.totals,
            quality=page.quality,
            styles=Markup(styles),
            known=frozenset(load_texts()),
        )
    )


def _groups(
    overview: Overview, *, with_names: bool, once: bool
) -> tuple[tuple[By, tuple[charts.Line, ...], int], ...]:
    found = []
    for by in By:
        if by in _NAMED and not with_names:
            continue
        lines, count = overview.groups(by, GROUPS_SHOWN, once=once)
        if count > 1 or any(line.group[0] for line in lines):
            found.append((by, tuple(charts.Line.of(line) for line in lines), count))
    return tuple(found)


def _reasons(totals: Totals, *, waits: bool) -> tuple[tuple[str, str, int], ...]:
    """(state, ``field:reason``, rows), the most frequent first."""
    return tuple(
        (status.value, word, rows)
        for (status, word), rows in totals.reasons.items()
        if (status is RowStatus.REVIEW) == waits
    )


def _sheet_name(sheet: SheetFacts, *, language: str, with_names: bool) -> str:
    if with_names:
        return say("report.page", language, file=sheet.source_file, page=sheet.page)
    return say("report.sheet", language, id=sheet.sheet_id)


def _failure(sheet: SheetFacts, name: str, language: str, *, with_names: bool) -> str:
    """A failed sheet's line: as the run told it, in French by its kind."""
    words = failure_words(sheet.failure_kind, language) if language != LANGUAGES[0] else ""
    if words:
        return f"{name}: {words}"
    return sheet.failure if with_names else _without_file(sheet, name)


def _without_file(sheet: SheetFacts, name: str) -> str:
    """A failure's line with the sheet's name in place of its file's.

    Whatever comes before the first colon names the file; where a message has it
    further on as well, only the sheet is told.
    """
    _, colon, why = sheet.failure.partition(": ")
    file = PurePath(sheet.source_file)
    if not colon or file.name in why:
        return name
    return f"{name}: {why}"


def _profile_name(profile: Profile) -> str:
    """A profile's name; of a file's nothing of its path."""
    return PurePath(profile.name).name


def _shipped(found: Mapping[FieldKind, tuple[Bin, ...]]) -> tuple[Shipped, ...]:
    return tuple(
        Shipped(kind.value, bins, distance)
        for kind, bins in found.items()
        if (distance := gap(bins)) is not None
    )


def _run_line(run: history.Run) -> RunLine:
    target, forms = run.settings.get("target_error"), run.settings.get("forms")
    names = [PurePath(str(form)).name for form in forms] if isinstance(forms, list) else []
    return RunLine(
        started=run.started,
        version=run.version,
        outcome=run.outcome or "unknown",
        target_error=target if isinstance(target, float) else None,
        forms=", ".join(names),
    )
