"""Invented people's rows: what is written can be written, and repeats."""

from pathlib import Path

import numpy as np
import pytest

from digitizer.engines import lexicon, people
from digitizer.engines.regions import load_regions
from digitizer.records import FieldKind
from digitizer.validity import EMAIL, PHONE, POSTAL_CODE, provinces_of
from training.home_rows import LEAST_WEIGHT, home_rows, invent_home, name_cells
from training.ink import Split
from training.lines import UNLISTED_WORD, invent_name


@pytest.fixture(scope="module")
def homes() -> list[dict[str, str]]:
    rng = np.random.default_rng(3)
    return [invent_home(rng) for _ in range(200)]


def test_every_field_is_as_the_rules_want_it(homes: list[dict[str, str]]) -> None:
    for home in homes:
        assert POSTAL_CODE.fullmatch(home["postal_code"])
        assert PHONE.fullmatch(home["phone"])
        assert EMAIL.fullmatch(home["email"])
        assert home["province"] in provinces_of(home["postal_code"])
        assert home["name"].isascii() and len(home["name"].split()) == 2


def test_towns_are_places_and_mostly_near_their_code(homes: list[dict[str, str]]) -> None:
    regions = load_regions()
    towns = [(lexicon.fold(h["city"]), h["postal_code"][:3]) for h in homes]
    assert all(lexicon.known_places()[town][1] > LEAST_WEIGHT for town, _ in towns)
    near = [
        town in regions.towns and area in [regions.areas[k] for k in regions.towns[town][0]]
        for town, area in towns
    ]
    assert 0.6 < np.mean(near) < 0.98


def test_emails_are_of_the_signer_and_of_others(homes: list[dict[str, str]]) -> None:
    own = [
        any(word.lower()[:4] in home["email"] for word in home["name"].split()) for home in homes
    ]
    assert 0.4 < np.mean(own) < 0.8


def test_the_same_seed_writes_the_same_rows(handwriting: Path) -> None:
    one, other = (
        list(home_rows(handwriting, 3, np.random.default_rng(1), Split.CALIBRATE)) for _ in range(2)
    )
    assert [texts for _, texts in one] == [texts for _, texts in other]
    for (cells, _), (again, _) in zip(one, other, strict=True):
        for cell, same in zip(cells, again, strict=True):
            assert len(cell.lines) == len(same.lines) > 0
            for line, copy in zip(cell.lines, same.lines, strict=True):
                assert np.array_equal(line.pixels, copy.pixels)
                assert line.pixels.min() < 128
    kinds = {spec.kind for cell in one[0][0] for spec in cell.fields}
    assert {FieldKind.NAME, FieldKind.CITY, FieldKind.EMAIL} <= kinds


def test_invented_names_are_mostly_listed_and_never_of_one_word() -> None:
    rng = np.random.default_rng(8)
    names = [lexicon.fold(invent_name(rng)).split() for _ in range(200)]
    assert all(len(words) == 2 for words in names)
    listed = np.mean([word in people.shares() for words in names for word in words])
    assert abs(listed - (1.0 - UNLISTED_WORD)) < 0.08


def test_a_cell_of_a_name_holds_its_ink(handwriting: Path) -> None:
    (cell, name), *_ = name_cells(handwriting, 2, np.random.default_rng(1), Split.CALIBRATE)
    assert [spec.kind for spec in cell.fields] == [FieldKind.NAME]
    assert cell.lines[0].pixels.shape[1] > 8 * len(name)
    assert cell.lines[0].pixels.min() < 128
