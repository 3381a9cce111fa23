"""Quality samples and the error they measure."""

import csv
import random
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.counting import sampling
from digitizer.counting.sampling import (
    accepted_fields,
    clopper_pearson,
    draw_sample,
    error_text,
    measure,
    read_checks,
    wilson,
    write_sample,
)
from digitizer.errors import UsageError
from digitizer.records import RowStatus
from digitizer.store import Store
from digitizer.workspace.ledger import Sample, SampledField
from digitizer.workspace.stored import RecordRow, Rescan, Source


def records(tmp_path: Path) -> tuple[RecordRow, ...]:
    """A sheet with a doubtful and a struck row, and another scan of it."""
    rows = (
        row(1, "Ana", review="phone"),
        replace(row(2, "Bo"), status=RowStatus.STRUCK),
        row(3, "Cy", email=""),
    )
    first, again = page_result(page_ref("1"), *rows), page_result(page_ref("2"), *rows)
    with Store.open(tmp_path / "a.db") as opened:
        run = opened.start_run("k", {}, "0")
        for name, result in (("a", first), ("b", again)):
            opened.register(run, "k", [Source(name, 1, result.ref.sha256)])
            opened.save_page(result, "k")
        opened.save_rescans([Rescan(again.sheet_id, first.sheet_id, 1.0)])
        return tuple(opened.records())


def test_only_fields_that_nobody_looked_at_are_drawn(tmp_path: Path) -> None:
    found = accepted_fields(records(tmp_path))
    assert {(one.record_id[-3:], one.field) for one in found} == {
        *(("r01", name) for name in ("name", "address", "postal_code", "email", "signature")),
        *(("r03", name) for name in ("name", "address", "postal_code", "phone", "signature")),
    }


def test_a_seed_draws_the_same_fields_and_all_have_the_same_chance() -> None:
    population = [SampledField("r", str(n), "v", 0.9, None) for n in range(20)]
    assert draw_sample(population, 5, 3) == draw_sample(population, 5, 3)
    seed, drawn = draw_sample(population, 99)
    assert len(drawn) == 20
    assert draw_sample(population, 99, seed)[1] == drawn
    times = dict.fromkeys(range(20), 0)
    for one in range(2000):
        for field in draw_sample(population, 5, one)[1]:
            times[int(field.field)] += 1
    # Each is drawn 500 times, give or take 19 (one sd).
    assert all(400 < count < 600 for count in times.values())


def fill(file: Path, answers: list[tuple[str, str]]) -> None:
    """Check a sample file as a person does."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = list(csv.DictReader(text))
    for line, (correct, right_value) in zip(lines, answers, strict=True):
        line["correct"], line["right_value"] = correct, right_value
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.DictWriter(text, sampling.SAMPLE_COLUMNS)
        writer.writeheader()
        writer.writerows(lines)


def test_a_checked_file_comes_back_in_any_spelling(tmp_path: Path) -> None:
    fields = [SampledField("r", "phone", "0135550123", 0.9, "crops/a.png") for _ in range(6)]
    file = tmp_path / "sample.csv"
    write_sample(7, fields, Path("out"), file)
    fill(
        file,
        [("Y", ""), ("oui", "0135550123"), ("N", "1"), ("", "2"), ("", ""), ("yes", "other")],
    )
    number, checks = read_checks(file)
    assert number == 7
    assert checks == (
        (1, True, ""),
        (2, True, ""),
        (3, False, "1"),
        (4, False, "2"),
        (6, False, "other"),
    )


def test_a_file_that_is_no_sample_is_told(tmp_path: Path) -> None:
    file = tmp_path / "records.csv"
    file.write_text("record_id,name\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is no sample"):
        read_checks(file)
    write_sample(1, [SampledField("r", "name", "A", None, None)], tmp_path, file)
    fill(file, [("perhaps", "")])
    with pytest.raises(UsageError, match="line 2"):
        read_checks(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_checks(tmp_path / "nothing.csv")


def test_the_error_is_told_with_what_is_still_open() -> None:
    fields = tuple(
        SampledField("r", "name", "A", None, None, right) for right in (True, False, True, None)
    )
    measured = measure(Sample(1, "", 5, 100, fields))
    assert (measured.drawn, measured.checked, measured.errors) == (4, 3, 1)
    assert "1 of 3 fields checked are wrong: 33.33%" in error_text(measured)
    assert "1 of the 4 drawn are still open" in error_text(measured)
    nothing = measure(Sample(1, "", 5, 100, fields[3:]))
    assert nothing.exact is None
    assert "fill in the column correct" in error_text(nothing)


def test_intervals_agree_with_published_tables() -> None:
    # Clopper and Pearson for 0 of 200: 1 - 0.025 ** (1 / 200).
    assert clopper_pearson(0, 200) == pytest.approx((0.0, 1 - 0.025 ** (1 / 200)))
    assert clopper_pearson(200, 200) == pytest.approx((0.025 ** (1 / 200), 1.0))
    # Newcombe 1998, table I: 81 of 263 and 15 of 148.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 1.0), st.integers(1, 300), st.integers(0, 2**16))
def test_intervals_are_ordered_and_the_exact_one_holds_the_truth(
    share: float, checked: int, seed: int
) -> None:
    rng = random.Random(seed)
    held, times = 0, 60
    for _ in range(times):
        errors = sum(rng.random() < share for _ in range(checked))
        low, high = clopper_pearson(errors, checked)
        assert 0.0 <= low <= errors / checked <= high <= 1.0
        assert 0.0 <= wilson(errors, checked)[0] <= wilson(errors, checked)[1] <= 1.0
        held += low <= share <= high
    # At least 95 %, in 60 tries: fewer than 49 come once in 100,000 examples.
    assert held >= 49
