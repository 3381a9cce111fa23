"""The same sheet of paper, scanned twice."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from digitizer import rescans
from digitizer.rescans import (
    Match,
    SheetPrint,
    correlations,
    find_beside,
    find_rescans,
    row_agreement,
)

NAMES = ("Ana Roy 12 Main Street", "Bo Li 7 rue des Pins", "Cy Ng 99 King Road")
ROWS = tuple(enumerate(NAMES, start=1))


def fingerprint(seed: int, noise: float = 0.0, gain: float = 1.0) -> tuple[float, ...]:
    """Where ink lies on sheet ``seed``; noise and gain are its scan's."""
    ink = np.random.default_rng(seed).gamma(0.5, 0.1, 96)
    scan = np.random.default_rng([seed, int(1000 * noise)]).normal(0, noise, 96)
    return tuple((gain * ink + scan).tolist())


def sheet(
    name: str,
    seed: int,
    rows: tuple[tuple[int, str], ...] = ROWS,
    noise: float = 0.0,
    gain: float = 1.0,
) -> SheetPrint:
    """A sheet as scanned."""
    return SheetPrint(name, "form", fingerprint(seed, noise, gain), rows)


MISREAD = ((1, "Ana Rov 12 Main Sreet"), (2, "Bo L! 7 rue des Plns"), (3, "Cy Ng 99 King Road"))


def test_a_fainter_scan_read_a_little_differently_is_the_same_sheet() -> None:
    found = find_rescans([sheet("a", 1), sheet("b", 1, MISREAD, noise=0.02, gain=0.7)])
    assert found == (Match("b", "a", 1.0),)


def test_three_scans_are_two_repeats_of_the_first() -> None:
    found = find_rescans([sheet("a", 1), sheet("b", 1, MISREAD, noise=0.02), sheet("c", 1)])
    assert [(m.sheet_id, m.first) for m in found] == [("b", "a"), ("c", "a")]


def test_other_ink_with_the_same_names_is_another_sheet() -> None:
    assert find_rescans([sheet("a", 1), sheet("b", 2)]) == ()


def test_like_ink_with_other_names_is_another_sheet() -> None:
    others = ((1, "Zoe Quill 4 Elm"), (2, "Max Huff 8 Oak"), (3, "Ida Wex 3 Fir"))
    assert find_rescans([sheet("a", 1), sheet("b", 1, others)]) == ()


def test_a_sheet_filled_further_is_another_sheet() -> None:
    more = (*ROWS, *((n, f"Signer {n} of Elm Road") for n in range(4, 9)))
    assert find_rescans([sheet("a", 1), sheet("b", 1, more)]) == ()


def test_too_little_text_proves_nothing() -> None:
    short = ((1, "Bo Li"),)
    assert find_rescans([sheet("a", 1, short), sheet("b", 1, short)]) == ()


def test_sheets_of_other_forms_and_row_counts_are_not_compared() -> None:
    one = sheet("a", 1)
    other_form = SheetPrint("b", "other", one.fingerprint, ROWS)
    longer = SheetPrint("c", "form", (*one.fingerprint, 0.0), ROWS)
    blank = SheetPrint("d", "form", (), ())
    assert find_rescans([one, other_form, longer, blank]) == ()


def test_blocks_find_what_one_comparison_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = [sheet(f"s{n}", n % 7, MISREAD if n > 7 else ROWS, noise=0.01) for n in range(20)]
    whole = find_rescans(sheets)
    assert len(whole) == 13
    monkeypatch.setattr(rescans, "BLOCK_SHEETS", 3)
    assert find_rescans(sheets) == whole


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=12))
def test_each_paper_has_one_sheet_that_counts_and_it_is_the_first(papers: list[int]) -> None:
    sheets = [sheet(f"{n}", paper) for n, paper in enumerate(papers)]
    found = {match.sheet_id: match.first for match in find_rescans(sheets)}
    expected = {
        str(n): str(papers.index(paper))
        for n, paper in enumerate(papers)
        if papers.index(paper) != n
    }
    assert found == expected


@given(
    arrays.arrays(np.float64, st.tuples(st.integers(1, 5), st.just(8)), elements=st.floats(0, 1))
)
def test_correlations_agree_with_numpy_and_flat_rows_correlate_with_nothing(
    rows: npt.NDArray[np.float64],
) -> None:
    found = correlations(rows, rows)
    assert np.all(np.abs(found) <= 1 + 1e-9)
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            if min(one.std(), other.std()) > 1e-6:
                assert found[i, j] == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-6)
            elif min(np.ptp(one), np.ptp(other)) == 0:
                assert found[i, j] == pytest.approx(0, abs=1e-6)


def test_agreement_counts_rows_filled_on_either_sheet() -> None:
    assert row_agreement(ROWS, MISREAD) == 1.0
    assert row_agreement(ROWS, MISREAD[:2]) == pytest.approx(2 / 3)
    assert row_agreement(ROWS, ()) == 0.0


def written(
    name: str, rows: tuple[int, ...], form_rows: int = 8, noise: float = 0.0, **more: object
) -> SheetPrint:
    """A scan of one sheet of ``form_rows`` rows with these of them filled."""
    ink = np.random.default_rng(5).gamma(0.5, 0.1, (form_rows, 12))
    ink[[row - 1 for row in range(1, form_rows + 1) if row not in rows]] = 0.0
    scan = np.random.default_rng(len(name)).uniform(0, noise, ink.shape)
    texts = tuple((row, f"Signer {row} of {97 * row} Elm Road") for row in rows)
    prints = tuple((ink + scan).ravel().tolist())
    return SheetPrint(name, "form", prints, texts, rows_on_form=form_rows, **more)  # type: ignore[arg-type]


def repeats(*sheets: SheetPrint) -> dict[str, str]:
    return {match.sheet_id: match.first for match in find_rescans(sheets)}


SEVEN, ALL = tuple(range(1, 8)), tuple(range(1, 9))


def test_who_signed_between_two_scans_of_a_sheet_is_counted() -> None:
    """The first scan counted, and the last signer nowhere."""
    first, further = written("a", SEVEN), written("b", ALL, noise=0.002)
    assert repeats(first, further) == {"a": "b"}
    assert repeats(further, first) == {"a": "b"}
    assert repeats(first, further, written("c", SEVEN)) == {"a": "b", "c": "b"}
    assert repeats(written("c", SEVEN), first, further) == {"a": "b", "c": "b"}


def test_who_was_crossed_out_between_two_scans_of_a_sheet_is_not_counted() -> None:
    """The first scan counted, and with it who had been crossed out since."""
    first, crossed = written("a", ALL), written("b", ALL, struck=frozenset({3}), noise=0.002)
    assert repeats(first, crossed) == {"a": "b"}
    assert repeats(crossed, first) == {"a": "b"}
    # A better scan on which the stroke was not seen does not count in its place.
    better = written("a", ALL, doubts=2)
    assert repeats(replace(crossed, doubts=20), better) == {"a": "b"}
    # Each shows what the other does not: both count, and their rows are looked at.
    one_more = written("c", ALL)
    assert repeats(written("b", SEVEN, struck=frozenset({3})), one_more) == {}
    assert repeats(replace(first, kept=True), crossed) == {"b": "a"}


def test_where_people_worked_on_the_first_scan_both_count() -> None:
    worked_on = written("a", SEVEN, kept=True)
    assert repeats(worked_on, written("b", ALL)) == {}
    assert repeats(worked_on, written("b", SEVEN)) == {"b": "a"}
    assert repeats(written("b", ALL), worked_on) == {"a": "b"}


def test_rows_of_scans_that_both_count_may_be_one_persons() -> None:
    worked_on, further = written("a-p1", SEVEN, kept=True), written("b-p1", ALL)
    shared = tuple((f"b-p1-r0{row}", f"a-p1-r0{row}") for row in SEVEN)
    assert find_beside([worked_on, further], set()) == shared
    assert find_beside([worked_on, further], {"b-p1"}) == ()
    assert find_beside([worked_on, replace(further, apart=True)], set()) == ()
    assert find_beside([written("a-p1", SEVEN), sheet("b-p1", 1)], set()) == ()


def test_who_says_that_it_is_no_other_scan_is_believed() -> None:
    first, further = written("a", SEVEN), written("b", ALL)
    assert repeats(first, replace(further, apart=True)) == {}
    assert repeats(replace(first, apart=True), further) == {}
    assert repeats(replace(first, apart=True), replace(first, sheet_id="b")) == {"b": "a"}
    better = written("b", SEVEN, doubts=2, apart=True)
    assert "a" not in repeats(written("a", SEVEN, doubts=20), better)


def test_where_each_scan_has_a_row_that_is_empty_on_the_other_both_count() -> None:
    assert repeats(written("a", SEVEN), written("b", ALL[1:])) == {}
    # A bad scan that shows more than the better one goes on to count.
    assert repeats(written("a", ALL, gives_way=True), written("b", SEVEN)) == {"b": "a"}


def test_a_speck_in_an_empty_row_is_nobodys_signature() -> None:
    speck = written("b", SEVEN)
    speck = SheetPrint(
        "b",
        "form",
        (*speck.fingerprint[:-1], 0.01),
        (*speck.rows, (8, "")),
        rows_on_form=8,
    )
    assert repeats(written("a", SEVEN), speck) == {"b": "a"}
    assert repeats(speck, written("a", SEVEN)) == {"a": "b"}


def test_of_two_scans_the_clearly_better_one_counts() -> None:
    def doubts(first: int, second: int, *, kept: bool = False) -> dict[str, str]:
        return repeats(
            written("a", SEVEN, doubts=first, kept=kept), written("b", SEVEN, doubts=second)
        )

    assert doubts(20, 6) == {"a": "b"}
    assert doubts(6, 20) == {"b": "a"}
    assert doubts(20, 18) == {"b": "a"}
    assert doubts(5, 2) == {"b": "a"}
    assert doubts(20, 6, kept=True) == {"b": "a"}
    worse = written("b", SEVEN, doubts=2, gives_way=True)
    assert repeats(written("a", SEVEN, doubts=20), worse) == {"b": "a"}


def test_a_sheet_that_is_cut_off_below_gives_way_to_the_whole_one() -> None:
    def cut(rows: tuple[int, ...], number: int) -> SheetPrint:
        return written("cut", rows, number, gives_way=True, cut_off=True)

    whole = written("whole", SEVEN)
    # The ink of its last row, half of which is there, says nothing.
    for number in (4, 5, 6):
        top = cut(SEVEN[:number], number)
        top = SheetPrint(
            "cut",
            "form",
            (*whole.fingerprint[: 12 * (number - 1)], *([0.02] * 12)),
            top.rows,
            rows_on_form=number,
            gives_way=True,
            cut_off=True,
        )
        assert repeats(top, whole) == {"cut": "whole"}
        assert repeats(whole, top) == {"cut": "whole"}
    assert repeats(cut(SEVEN[:3], 3), whole) == {}, "too few rows"
    assert repeats(cut(SEVEN[:5], 5), written("whole", SEVEN[5:])) == {}
    assert repeats(cut(SEVEN[:5], 5), written("whole", (1, 2, 4, 5, 6))) == {}
    assert repeats(cut(SEVEN[:5], 5), replace(whole, fingerprint=fingerprint(9))) == {}
