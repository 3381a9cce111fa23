"""The scoring that puts peers beside digitizer: kind to them, but not blind."""

import pytest

from benchmarks.peers import SeenPage, SeenText
from benchmarks.scoring import Answer, best_answer, judge, score_page, score_peer
from digitizer.evaluate import TruthPage, TruthRow, comparable


def texts(*seen: str, score: float | None = 0.9) -> tuple[SeenText, ...]:
    return tuple(SeenText(text, score) for text in seen)


def page(*rows: dict[str, str]) -> TruthPage:
    made = tuple(TruthRow(n, fields, True, "counted") for n, fields in enumerate(rows, start=1))
    return TruthPage("a.png", 1, "clean", made, None)


def test_a_value_within_a_longer_line_counts_as_read() -> None:
    truth = comparable("K1A 0B1", "postal_code")
    answer = best_answer("postal_code", truth, texts("12 Elm St", "Ottawa ON K1A OB1 K1A 0B1"))
    assert answer.value == truth


def test_part_of_a_longer_word_is_not_the_name() -> None:
    assert best_answer("name", "ann", texts("Mrs Joanna Lee")).value == "joanna"


@pytest.mark.parametrize("seen", [(), ("",), ("Petition Signers",)], ids=["none", "empty", "print"])
def test_unlike_texts_are_no_answer(seen: tuple[str, ...]) -> None:
    assert best_answer("phone", "6135550123", texts(*seen)).value == ""


def test_the_likest_stretch_is_taken_where_nothing_fits() -> None:
    answer = best_answer("name", "marie tremblay", texts("zzzz", "x Marie Trenblay, Ottawa"))
    assert answer.value == "marie trenblay"


def test_rows_of_a_table_answer_only_for_one_row_each() -> None:
    truth = page({"name": "Ann Lee"}, {"name": "Bob Roy"})
    seen = SeenPage((), (texts("Bob Roy", "x", score=None), texts("Ann Lee", score=None)), "")
    answers, rows = score_page(truth, seen)
    assert [answer.value for answer in answers] == ["ann lee", "bob roy"]
    assert rows == 2
    one_row = SeenPage((), (texts("Ann Lee", "Bob Roy", score=None),), "")
    answers, rows = score_page(truth, one_row)
    assert rows == 1


def test_a_crashed_page_has_no_answers() -> None:
    figures = score_peer([page({"name": "Ann Lee"})], [SeenPage((), (), "crashed")])
    assert [answer.value for answer in figures.answers] == [""]
    assert figures.rows.hits == 0 and figures.rows.cases == 1


def test_the_surest_answers_are_accepted_first() -> None:
    answers = [
        Answer("name", "a", "a", 0.9),
        Answer("name", "b", "x", 0.5),
        Answer("name", "", "y", None),
    ]
    assert [one.accepted for one in judge(answers, 1)] == [True, False, False]
    assert [one.accepted for one in judge(answers, 3)] == [True, True, False]


def test_a_peer_without_scores_accepts_all_it_gives() -> None:
    answers = [Answer("name", "a", "a", None), Answer("name", "", "y", None)]
    assert [one.accepted for one in judge(answers, 0)] == [True, False]
