"""Labels of a box among other print: none inside another, some broken over two lines."""

from drawn import across, words_at

from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.layout.boxlabels import said, title_and_labels
from digitizer.records import FieldKind, FieldSpec, PrintedWord, Rule


def found(words: list[PrintedWord], *labels: str, rules: list[Rule] | None = None) -> list[str]:
    """What is read where each label is found, with its left end."""
    fields = tuple(
        BoxField(FieldSpec(f"field_{n}", FieldKind.TEXT), (label,))
        for n, label in enumerate(labels)
    )
    hits = title_and_labels(CollectorBox((), fields), words, rules or [])[1]
    return ["" if hit is None else f"{said(hit)} {round(hit.box[0])}" for hit in hits]


def test_a_word_of_a_longer_label_is_no_label() -> None:
    declare = "solemnly declare that I circulated this petition at"
    words = words_at(700, 200, declare)
    assert found(words, "I,", declare) == ["", f"{declare} 700"]
    words += words_at(110, 200, "I,")
    assert found(words, "I,", declare) == ["I, 110", f"{declare} 700"]


def test_a_label_may_go_on_in_the_next_line() -> None:
    words = [
        *words_at(900, 200, "being duly sworn say that I"),
        *words_at(110, 276, "circulated this sheet on"),
    ]
    label = "being duly sworn say that I circulated this sheet on"
    assert found(words, label) == [f"{label} 110"]


def test_a_label_that_stands_all_over_a_text_is_the_one_before_a_line() -> None:
    words = [
        *words_at(110, 124, "electors of the district"),
        *words_at(110, 200, "of"),
        *words_at(700, 200, "being duly sworn"),
    ]
    line = across(220, 150, 680)
    assert found(words, "of", "being duly sworn", rules=[line])[0] == "of 110"
