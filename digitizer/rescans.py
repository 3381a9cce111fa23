"""Finds sheets of paper that were scanned twice.

Method: two scans of one sheet carry the same ink in the same cells, so their
fingerprints (numbers computed by the pipeline from where ink lies in the form)
correlate; and they were read alike. Both must hold: a fingerprint alone could
join two sheets with the same rows filled, readings alone two sheets on which
a household signed twice, and a sheet taken for another's copy loses its
signers from the count. Compared is all text of each row, as read.

Of two scans the first one counts, but where the second shows more, and shows all that
the first does: rows that were written or crossed out in between, or clearly fewer fields that
wait for a person. And a sheet that must be photographed again gives way to the better picture that
was asked for, as does one that is cut off below to one that shows it whole. A scan on which people
worked gives way to none. Where each of two scans has a row written that is empty on the other, or
the one that would not count has one, both count: nobody's signature may be lost. The rows that they
share are then people who may have signed twice.
The outcome depends on the sheets and their order only, not on when or where they were read.
The time grows with the square of the number of sheets; the comparison of fingerprints is one
matrix product.

A page of which nothing was read and that must be photographed again, or whose file is damaged
(half copied when it was first seen), has no ink to
compare. It gives way to what was put in its file's place since: whoever puts a better
picture there, under the same name, says themselves that it is the same page.

Fails when a sheet holds so little ink that nothing is proven, or was filled so much further
between its scans that their ink is no longer alike: then both count, and its people are found
twice by their names.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from digitizer.ids import record_id
from digitizer.pagewords import CUT_OFF, needs_retake
from digitizer.records import Route, RowStatus, SheetStatus, page_of
from digitizer.workspace.decisions import SHEET, STATUS, Decision, Place, decided_sheet_status
from digitizer.workspace.stored import RecordRow, Rescan, SheetRow, Source

# Correlation of two fingerprints above which their readings are compared. Ten
# scans of two sample sheets (turned by 3 degrees, at 70 % of the resolution
# with noise, as a photo with perspective and shadow, as fax) correlated by 0.997
# or more with each other, 150 pairs of different sheets by 0.74 or less.
MIN_CORRELATION = 0.90
# Share of characters in agreement above which two rows are one row, read twice.
MIN_ROW_AGREEMENT = 0.60
# Share of rows, of those filled on either sheet, that must be one row.
MIN_ROWS_SHARE = 0.70
# Characters read on a sheet below which two sheets are never called the same.
MIN_CHARACTERS = 20
# Ink in a row, as a share of the middle one of the filled rows, from which somebody wrote there:
# in drawn and photographed sheets empty rows had 0.01 at most, the shortest entries 0.4.
WRITTEN = 0.1
# A row is empty beside the same row of another scan with less than this share of its ink: the
# same row had 0.5 to 1 of it under blur and at other resolutions.
EMPTY_BESIDE = 0.2
# A second scan is clearly better with at most this share of the first one's fields in
# review, and so many fewer: two good scans of one sheet differ by some.
FEWER_SHARE = 0.7
FEWER_FIELDS = 4
# Whole rows of a sheet that is cut off below must be as many.
MIN_WHOLE_ROWS = 3
# Kind of failure of a page whose file is cut off or damaged (``scans.TruncatedError``).
TRUNCATED = "truncated"
# Length of a centred fingerprint below which it has no variation: its numbers
# are shares with three decimals, so anything real is far above.
FLAT = 1e-9
# Sheets compared at a time: 1,000 x 10,000 correlations are 80 MB.
BLOCK_SHEETS = 1_000


@dataclass(frozen=True, slots=True)
class SheetPrint:
    """A sheet as compared: its fingerprint and the text of each filled row.

    ``gives_way``: to a better scan that came later, which then counts. ``apart``: a
    person says that it is no other scan of what came before. ``kept``: people worked on
    it. ``doubts``: fields that wait for a person. ``cut_off``: it goes on outside of
    its picture. ``struck``: rows that are crossed out for sure.
    """

    sheet_id: str
    form: str | None
    fingerprint: tuple[float, ...]
    rows: tuple[tuple[int, str], ...]
    gives_way: bool = False
    apart: bool = False
    rows_on_form: int = 0
    kept: bool = False
    doubts: int = 0
    cut_off: bool = False
    struck: frozenset[int] = frozenset()

    @property
    def row_ink(self) -> npt.NDArray[np.float64]:
        """Ink of each row (rows of the form,); empty where nobody knows how many there are."""
        number = self.rows_on_form
        if not number or len(self.fingerprint) % number:
            return np.zeros(0)
        rows = np.array(self.fingerprint, dtype=np.float64).reshape(number, -1)
        ink: npt.NDArray[np.float64] = rows.sum(axis=1)
        return ink


@dataclass(frozen=True, slots=True)
class Match:
    """``sheet_id`` is another scan of ``first``, which counts; ``score`` 0..1."""

    sheet_id: str
    first: str
    score: float


@dataclass(frozen=True, slots=True)
class GivenPage:
    """A page that was handed in, in order of arrival: its file's path, its number, its content.

    ``empty``: nothing was read of it, it must be photographed or copied again, and nobody
    decided otherwise. ``failed``: it could not be opened.
    """

    sheet_id: str
    path: str
    page: int
    sha256: str
    empty: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class StoredRescans:
    """``sheets`` that repeat one that counts; ``rows``: (later, earlier) record ids, one row's.

    The rows are those of scans of one sheet that both count, since each, or the one that
    people did not work on, shows somebody whom the other does not.
    """

    sheets: tuple[Rescan, ...]
    rows: tuple[tuple[str, str], ...]


def find_stored_rescans(
    listing: Iterable[tuple[SheetRow, Sequence[RecordRow]]],
    decided: Mapping[str, Mapping[Place, Decision]],
    sources: Iterable[Source],
) -> StoredRescans:
    """Which sheets of ``listing`` repeat one that counts, and what was put in a page's place.

    ``decided``: what people decided that holds, by sheet; their work on a sheet is kept.
    ``sources``: all that was handed in.
    """
    paths = {(s.source_file, page_of(s.page), s.sha256): s.path for s in sources}
    prints: dict[str, SheetPrint] = {}
    pages: list[GivenPage] = []
    for sheet, records in listing:
        ours = decided.get(sheet.sheet_id, {})
        again = needs_retake(sheet.reasons)
        pages.append(
            GivenPage(
                sheet.reading_id,
                paths.get((sheet.source_file, sheet.page, sheet.sha256), ""),
                sheet.page,
                sheet.sha256,
                empty=(again or _is_broken(sheet)) and not records and not ours,
                failed=sheet.status is SheetStatus.FAILED,
            )
        )
        if sheet.fingerprint and sheet.reading_id not in prints:
            rows = tuple(
                (record.row, " ".join(f.raw_text for f in record.fields if f.raw_text))
                for record in records
                if record.reading_status is not RowStatus.BLANK
            )
            prints[sheet.reading_id] = SheetPrint(
                sheet.reading_id,
                sheet.form,
                sheet.fingerprint,
                rows,
                gives_way=again and not ours.keys() - {(SHEET, STATUS)},
                apart=decided_sheet_status(ours) is not None,
                rows_on_form=sheet.rows_on_form or 0,
                kept=bool(ours.keys() - {(SHEET, STATUS)}),
                doubts=sum(len(_doubtful(record)) for record in records),
                cut_off=CUT_OFF in sheet.reasons,
                struck=frozenset(r.row for r in records if _is_struck(r)),
            )
    matches = find_rescans(tuple(prints.values()))
    beside = find_beside(tuple(prints.values()), {match.sheet_id for match in matches})
    matches += find_replaced(pages, {match.sheet_id: match.first for match in matches})
    return StoredRescans(tuple(Rescan(m.sheet_id, m.first, m.score) for m in matches), beside)


def find_replaced(
    pages: Sequence[GivenPage], repeats: Mapping[str, str] | None = None
) -> tuple[Match, ...]:
    """Empty ``pages``, given in order of arrival, with what lies in their files' place now.

    ``repeats``: sheets already known to be other scans, with the ones that count.
    """
    repeats = repeats or {}
    places: dict[tuple[str, int], list[GivenPage]] = {}
    for page in pages:
        if page.path:
            places.setdefault((page.path, page.page), []).append(page)
    found = {}
    for there in places.values():
        opened = [place for place, page in enumerate(there) if not page.failed]
        if not opened:
            continue
        now = next(p for p in there if p.sha256 == there[opened[-1]].sha256)
        first = repeats.get(now.sheet_id, now.sheet_id)
        # A file that is damaged since may be meant to be another sheet.
        for page in there[: opened[-1]]:
            if page.empty and page.sha256 != now.sha256 and page.sheet_id not in repeats:
                found[page.sheet_id] = Match(page.sheet_id, first, 1.0)
    return tuple(found.values())


def find_rescans(prints: Sequence[SheetPrint]) -> tuple[Match, ...]:
    """Which of ``prints``, given in their order, repeat one that counts.

    A third scan is matched to the one that counts, never to another repeat.
    """
    order = {sheet.sheet_id: place for place, sheet in enumerate(prints)}
    prints = sorted(prints, key=lambda sheet: sheet.gives_way)
    found: dict[str, Match] = {}
    for group in _comparable(prints):
        for later, earlier in _candidates(group, prints):
            one, other = prints[later], prints[earlier]
            if one.sheet_id in found or other.sheet_id in found:
                continue
            if other.apart and order[other.sheet_id] > order[one.sheet_id]:
                continue
            score = row_agreement(one.rows, other.rows)
            if score < MIN_ROWS_SHARE:
                continue
            said = other.kept or other.apart or one.apart
            if _shows_more(one, other) and not said:
                one, other = other, one
            if not _written_beside(one, other):
                found[one.sheet_id] = Match(one.sheet_id, other.sheet_id, score)
    for sheet in prints:
        if sheet.cut_off and sheet.gives_way and not (sheet.apart or sheet.sheet_id in found):
            whole = _whole_of(sheet, [p for p in prints if p.sheet_id not in found])
            if whole is not None:
                found[sheet.sheet_id] = whole
    firsts = {name: match.first for name, match in found.items()}
    return tuple(
        replace(found[name], first=_last_of(name, firsts))
        for name in sorted(found, key=lambda n: order[n])
    )


def find_beside(
    prints: Sequence[SheetPrint], repeats: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """(later, earlier) rows (record ids) that are one, of scans of one sheet that both count.

    ``prints``: in order of arrival; ``repeats``: sheets that do not count.
    """
    counting = [sheet for sheet in prints if sheet.sheet_id not in repeats]
    found: list[tuple[str, str]] = []
    for group in _comparable(counting):
        for later, earlier in _candidates(group, counting):
            one, other = counting[later], counting[earlier]
            if one.apart or row_agreement(one.rows, other.rows) < MIN_ROWS_SHARE:
                continue
            there = dict(other.rows)
            found += [
                (record_id(one.sheet_id, row), record_id(other.sheet_id, row))
                for row, text in one.rows
                if _alike(text, there.get(row, ""))
            ]
    return tuple(found)


def _alike(one: str, other: str) -> bool:
    return bool(one and other) and fuzz.ratio(one, other) >= 100 * MIN_ROW_AGREEMENT


def _last_of(name: str, firsts: Mapping[str, str]) -> str:
    while name in firsts:
        name = firsts[name]
    return name


def _shows_more(later: SheetPrint, earlier: SheetPrint) -> bool:
    """Whether a scan is to count instead of one before it, of which it shows everything."""
    if _written_beside(earlier, later) or earlier.struck - later.struck:
        return False
    fewer = earlier.doubts - later.doubts >= FEWER_FIELDS
    better = fewer and later.doubts <= FEWER_SHARE * earlier.doubts and not later.gives_way
    # A row is crossed out once and stays so.
    return better or bool(_written_beside(later, earlier) or later.struck - earlier.struck)


def _written_beside(one: SheetPrint, other: SheetPrint) -> tuple[int, ...]:
    """Rows of ``one`` that somebody wrote on and that are empty on ``other``."""
    here, there = one.row_ink, other.row_ink
    filled = [here[row - 1] for row, text in one.rows if text and row <= len(here)]
    if not filled or not len(there):
        return ()
    least = WRITTEN * float(np.median(filled))
    beside = np.zeros(len(here))
    beside[: len(there)] = there[: len(here)]
    written = (here >= least) & (beside < EMPTY_BESIDE * here)
    return tuple(int(place) + 1 for place in np.flatnonzero(written))


def _whole_of(cut: SheetPrint, prints: Sequence[SheetPrint]) -> Match | None:
    """The sheet that shows whole what ``cut`` does, which ends within its last row or behind it."""
    rows = cut.rows_on_form - 1
    if rows < MIN_WHOLE_ROWS or not len(cut.row_ink):
        return None
    width = len(cut.fingerprint) // cut.rows_on_form
    shown = [(row, text) for row, text in cut.rows if row <= rows]
    for sheet in prints:
        more = sheet.rows_on_form > cut.rows_on_form and sheet.form == cut.form
        if not more or sheet.cut_off or len(sheet.fingerprint) != width * sheet.rows_on_form:
            continue
        there = [(row, text) for row, text in sheet.rows if row <= rows]
        ends = slice(0, rows * width)
        alike = correlations(np.array([cut.fingerprint[ends]]), np.array([sheet.fingerprint[ends]]))
        score = row_agreement(shown, there)
        if alike[0, 0] >= MIN_CORRELATION and score >= MIN_ROWS_SHARE:
            if not _written_beside(cut, sheet):
                return Match(cut.sheet_id, sheet.sheet_id, score)
    return None


def row_agreement(one: Sequence[tuple[int, str]], other: Sequence[tuple[int, str]]) -> float:
    """Share of rows, among those of which anything was read on either sheet, read alike."""
    first, second = dict(one), dict(other)
    if min(_characters(one), _characters(other)) < MIN_CHARACTERS:
        return 0.0
    rows = [row for row in first.keys() | second.keys() if first.get(row) or second.get(row)]
    same = sum(_alike(first.get(row, ""), second.get(row, "")) for row in rows)
    return same / len(rows)


def correlations(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Pearson's r of each row of ``one`` (A, D) with each of ``other`` (B, D): (A, B).

    A row without variation correlates with nothing: 0.
    """
    product: npt.NDArray[np.float64] = _standard(one) @ _standard(other).T
    return product


def _standard(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    flat = length <= FLAT
    standard: npt.NDArray[np.float64] = np.where(flat, 0.0, centred / np.where(flat, 1.0, length))
    return standard


def _is_broken(sheet: SheetRow) -> bool:
    """Whether a page's file ended too early or was damaged, as when it was still being copied."""
    return sheet.failure is not None and sheet.failure.kind == TRUNCATED


def _doubtful(record: RecordRow) -> list[str]:
    return [value.field for value in record.fields if value.route is Route.REVIEW]


def _is_struck(record: RecordRow) -> bool:
    return record.reading_status is RowStatus.STRUCK and not _doubtful(record)


def _characters(rows: Sequence[tuple[int, str]]) -> int:
    return sum(len(text) for _, text in rows)


def _comparable(prints: Sequence[SheetPrint]) -> list[list[int]]:
    """Places of sheets whose fingerprints mean the same: of one form and length."""
    groups: dict[tuple[str | None, int], list[int]] = {}
    for place, sheet in enumerate(prints):
        if sheet.fingerprint:
            groups.setdefault((sheet.form, len(sheet.fingerprint)), []).append(place)
    return list(groups.values())


def _candidates(group: Sequence[int], prints: Sequence[SheetPrint]) -> list[tuple[int, int]]:
    """(later, earlier) places of like fingerprints, in order."""
    values = np.array([prints[place].fingerprint for place in group], dtype=np.float64)
    found: list[tuple[int, int]] = []
    for start in range(0, len(group), BLOCK_SHEETS):
        block = values[start : start + BLOCK_SHEETS]
        alike = correlations(block, values[: start + len(block)])
        for row, column in np.argwhere(alike >= MIN_CORRELATION).tolist():
            if column < start + row:
                found.append((group[start + row], group[column]))
    return sorted(found)
