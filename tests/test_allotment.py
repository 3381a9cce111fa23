"""Which line of a cell goes to which field, by what each grammar makes of it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.engines.allotment import allot
from digitizer.engines.reading import make_lattice
from digitizer.engines.replay import lattice_of
from digitizer.records import FieldKind, FieldSpec

PLACE = (FieldKind.ADDRESS, FieldKind.CITY, FieldKind.PROVINCE, FieldKind.POSTAL_CODE)
NAME, STREET = (FieldKind.NAME,), (FieldKind.ADDRESS,)
PHONE, EMAIL, DATE = (FieldKind.PHONE,), (FieldKind.EMAIL,), (FieldKind.DATE,)


def given_out(
    slots: tuple[tuple[FieldKind, ...], ...], *lines: str, sure: float = 0.98
) -> list[list[str]]:
    fields = [[FieldSpec(kind.value, kind) for kind in kinds] for kinds in slots]
    return parts_of(fields, *lines, sure=sure)


def parts_of(
    slots: Sequence[Sequence[FieldSpec]], *lines: str, sure: float = 0.98
) -> list[list[str]]:
    lattices = [make_lattice(lattice_of(line, sure=sure), 30) for line in lines]
    return [[part.text for part in parts] for parts in allot(lattices, slots)]


@pytest.mark.parametrize("sure", [0.98, 0.7])
@pytest.mark.parametrize(
    ("slots", "lines", "expected"),
    [
        ((NAME, EMAIL), ["jroy@gmail.com"], [[], ["jroy@gmail.com"]]),
        ((NAME, EMAIL), ["Jean Roy"], [["Jean Roy"], []]),
        ((NAME, EMAIL), ["jroy@gmail.com", "Jean Roy"], [["Jean Roy"], ["jroy@gmail.com"]]),
        ((NAME, EMAIL), ["Jean Roy", "jroy(gmail.com"], [["Jean Roy"], ["jroy(gmail.com"]]),
        ((STREET, PHONE), ["613 555 0123"], [[], ["613 555 0123"]]),
        ((STREET, PHONE), ["12 Main St"], [["12 Main St"], []]),
        (
            (STREET, PHONE),
            ["613 555 0123", "12 Main St"],
            [["12 Main St"], ["613 555 0123"]],
        ),
        (
            (STREET, PHONE),
            ["12 Main St", "613 555 0123", "Ottawa"],
            [["12 Main St", "Ottawa"], ["613 555 0123"]],
        ),
        ((NAME, STREET), ["12 Main St"], [[], ["12 Main St"]]),
        ((NAME, STREET), ["12 Main St", "Jean Roy"], [["Jean Roy"], ["12 Main St"]]),
        ((NAME, DATE), ["2026-03-05"], [[], ["2026-03-05"]]),
        (
            (NAME, PHONE, EMAIL),
            ["613 555 0123", "jroy@gmail.com"],
            [[], ["613 555 0123"], ["jroy@gmail.com"]],
        ),
        (
            (PLACE, PHONE),
            ["613 555 0123", "12 Main St", "Ottawa ON K1A 0B1"],
            [["12 Main St", "Ottawa ON K1A 0B1"], ["613 555 0123"]],
        ),
    ],
)
def test_a_line_goes_to_the_field_that_explains_it(
    slots: tuple[tuple[FieldKind, ...], ...],
    lines: list[str],
    expected: list[list[str]],
    sure: float,
) -> None:
    assert given_out(slots, *lines, sure=sure) == expected


@pytest.mark.parametrize(
    ("slots", "line", "expected"),
    [
        ((NAME, EMAIL), "Jean Roy jroy@gmail.com", [["Jean Roy"], ["jroy@gmail.com"]]),
        ((STREET, PHONE), "12 Main St 613 555 0123", [["12 Main St"], ["613 555 0123"]]),
        ((NAME, STREET), "Jean Roy 12 Main St", [["Jean Roy"], ["12 Main St"]]),
        ((NAME, DATE), "3 mai 2026, Jean Roy", [["Jean Roy"], ["3 mai 2026"]]),
        ((NAME, (FieldKind.POSTAL_CODE,)), "Jean Roy K1A 0B1", [["Jean Roy"], ["K1A 0B1"]]),
    ],
)
def test_a_line_that_holds_two_fields_is_cut(
    slots: tuple[tuple[FieldKind, ...], ...], line: str, expected: list[list[str]]
) -> None:
    assert given_out(slots, line) == expected


def test_a_field_may_have_several_lines() -> None:
    assert given_out((NAME, EMAIL), "Jean-François", "Tremblay") == [
        ["Jean-François", "Tremblay"],
        [],
    ]
    assert given_out((NAME, EMAIL), "Jean Roy", "jean.roy", "@gmail.com") == [
        ["Jean Roy"],
        ["jean.roy", "@gmail.com"],
    ]


def test_lines_that_may_be_either_go_in_the_order_of_the_form() -> None:
    assert given_out((NAME, NAME), "Jean Roy", "Marie Cyr") == [["Jean Roy"], ["Marie Cyr"]]
    assert given_out((NAME, NAME), "Jean Roy") == [["Jean Roy"], []]
    assert given_out((NAME, (FieldKind.TEXT,)), "Jean Roy", "see above") == [
        ["Jean Roy"],
        ["see above"],
    ]


LINES = st.lists(
    st.sampled_from(["Jean Roy", "12 Main St", "613 555 0123", "jroy@gmail.com", "K1A 0B1", "x"]),
    min_size=1,
    max_size=4,
)


@settings(max_examples=15, deadline=None)
@given(LINES, st.permutations([NAME, STREET, PHONE, EMAIL]))
def test_no_sign_is_lost_or_given_twice(
    lines: list[str], slots: list[tuple[FieldKind, ...]]
) -> None:
    parts = [text for part in given_out(tuple(slots), *lines) for text in part]
    told, written = ("".join(sorted("".join(one).replace(" ", ""))) for one in (parts, lines))
    assert told == written


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Springfield 62704"], [["Springfield"], ["62704"]]),
        (["Springfield, IL 62704-1234"], [["Springfield, IL"], ["62704-1234"]]),
        (["62704", "Springfield"], [["Springfield"], ["62704"]]),
        (["Springfield"], [["Springfield"], []]),
        (["62704"], [[], ["62704"]]),
    ],
)
def test_a_code_of_the_forms_patterns_is_told_from_the_text_beside_it(
    lines: list[str], expected: list[list[str]]
) -> None:
    patterns = (("99999",), ("99999-9999",))
    slots = [
        [FieldSpec("city", FieldKind.TEXT)],
        [FieldSpec("zip", FieldKind.CODE, values=patterns)],
    ]
    assert parts_of(slots, *lines) == expected
