"""One petition keeps one name."""

from hypothesis import given
from hypothesis import strategies as st

from digitizer.layout.identification.titles import name_petitions


def test_a_misread_letter_makes_no_new_petition() -> None:
    counts = {"Clean water for every community now": 3, "Clean water for every community mow": 1}
    assert set(name_petitions(counts).values()) == {"Clean water for every community now"}


def test_lost_spaces_and_marks_that_are_none_make_no_new_petition() -> None:
    title = "De l'eau potable pour toutes"
    for other in ("| Del'eau potable pour toutes", "De l' eaupotable pour toutes.", title.upper()):
        assert set(name_petitions({title: 3, other: 1}).values()) == {title}


def test_stains_beside_a_title_make_no_new_petition() -> None:
    title = "End attacks in Xinjiang"
    for other in (
        "SM = End attacks in Xinjiang =",
        "End attacks in Kinjiang —",
        "J End attacks in Xinjiang",
    ):
        assert set(name_petitions({title: 3, other: 1}).values()) == {title}
    title = "De l'eau potable pour tous"
    assert set(name_petitions({title: 3, f"ol {title} J": 1}).values()) == {title}
    title = "End attacks in Xinjiang"
    for other in ("End attacks in Xinjiang 2", "Never end attacks in Xinjiang"):
        assert set(name_petitions({title: 3, other: 1}).values()) == {title, other}


def test_a_letter_lost_from_a_long_word_makes_no_new_petition() -> None:
    title = "Libérez les prisonniers d’opinion"
    for other in ("L bérez les prisonniers d’opinion", "Libérez les prison iers d’opinion"):
        assert set(name_petitions({title: 3, other: 1}).values()) == {title}
    title = "Build the tram line, phase II"
    assert len(set(name_petitions({title: 3, "Build the tram line, phase I": 1}).values())) == 2


def test_a_letter_read_as_another_and_a_gap_makes_no_new_petition() -> None:
    """A softer scan of a sheet was another petition's, and its people signed twice unseen."""
    title = "De l'eau potable pour toutes les communautés"
    other = "De l'eau potable pour toutes les con munautés"
    assert set(name_petitions({title: 3, other: 1}).values()) == {title}
    for one, two in (
        ("Save the park in ward A now", "Save the park in ward B now"),
        ("Save the park in ward A now", "Save thepark in ward B now"),
        ("Save the park on line 12 today", "Save the park online 13 today"),
    ):
        assert len(set(name_petitions({one: 3, two: 1}).values())) == 2


def test_two_petitions_keep_their_names() -> None:
    for other in ("Protect the park in ward 13", "Protect the bark in ward B", "Protect the park"):
        counts = {"Protect the park in ward 12": 5, other: 3}
        assert name_petitions(counts) == {title: title for title in counts}


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.integers(1, 50), max_size=8))
def test_every_title_gets_the_name_of_a_title(counts: dict[str, int]) -> None:
    names = name_petitions(counts)
    assert set(names) == set(counts)
    assert all(names[name] == name for name in names.values())
    assert names == name_petitions(dict(reversed(list(counts.items()))))
