"""Which lines of a crop are the field, told by what they read as."""

import pytest

from digitizer.engines.captions import SeenLine, field_lines, find_caption
from digitizer.engines.reading import make_lattice
from digitizer.engines.replay import lattice_of
from digitizer.records import FieldKind


def line(
    text: str, caption: str | None = None, *, cut: bool = False, even: bool = False
) -> SeenLine:
    return SeenLine(make_lattice(lattice_of(text), 20), caption, cut, even)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([line("MASART", "NOM")], ["MASART"], id="caption left of it"),
        pytest.param(
            [line("0311168B", "CODERNEUAI", cut=True), line("FRERE", "NOM", cut=True)],
            ["FRERE"],
            id="cut line with its own caption",
        ),
        pytest.param(
            [line("RENOM", even=True), line("TIFFANY"), line("DATE DE NAISSANCE CLASSE")],
            ["TIFFANY"],
            id="caption above, another below",
        ),
        pytest.param(
            [line("PRENOM"), line("TOM"), line("DATE DE NAlSSANCE")], ["TOM"], id="TOM is no NOM"
        ),
        pytest.param(
            [line("PKENOM", cut=True, even=True), line("Thibault", cut=True)],
            ["Thibault"],
            id="both cut: print is left out",
        ),
        pytest.param([line("AMANDINE", "PRENOM"), line("09 12 2001", cut=True)], ["AMANDINE"],
                     id="cut line below"),
        pytest.param([line("MARIE"), line("TREMBLAY")], ["MARIE", "TREMBLAY"], id="two lines"),
        pytest.param([line("PRENOM", even=True)], [], id="a printed caption alone is no name"),
        pytest.param([line("Nom"), line("", cut=True)], [], id="nothing but a caption"),
        pytest.param([], [], id="nothing"),
    ],
)  # fmt: skip
def test_name_is_told_from_captions_and_neighbours(
    lines: list[SeenLine], expected: list[str]
) -> None:
    assert [lattice.text for lattice in field_lines(lines, FieldKind.NAME)] == expected


def test_caption_of_the_kind_decides() -> None:
    lines = [line("Ana Roy", "NAME"), line("613-555-0199", "PHONE")]
    assert [n.text for n in field_lines(lines, FieldKind.PHONE)] == ["613-555-0199"]
    assert [n.text for n in field_lines(lines, FieldKind.NAME)] == ["Ana Roy"]


@pytest.mark.parametrize(
    ("text", "colon", "caption"),
    [
        ("PRENOM:", True, "PRENOM"),
        ("N0M :", True, "NOM"),
        ("ENO", True, "PRENOM"),
        ("ENO", False, None),
        ("Fair:", True, None),
        ("GEORGES", False, None),
        ("", True, None),
    ],
)
def test_caption_is_known_by_what_it_reads_as(text: str, colon: bool, caption: str | None) -> None:
    assert find_caption(text, colon=colon) == caption
