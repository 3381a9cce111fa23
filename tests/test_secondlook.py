"""Words in doubt are looked at twice, once slanted; everything else once."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.engines import cells
from digitizer.engines.cells import read_cells, read_image
from digitizer.engines.handwritten import INPUT_HEIGHT_PX, LogProbs, Recogniser, slant_line
from digitizer.engines.replay import lattice_of
from digitizer.engines.secondlook import SLANT, UNSURE, TwoLooks, has_unsure_words, with_words_of
from digitizer.records import CellCrop, FieldKind, FieldSpec, LineCrop, Pixels, Reading
from digitizer.states import InkState, Mark

LINE = np.full((40, 200), 255, np.uint8)
LINE[10:30, 20:180:9] = 0


class _Leaning(Recogniser):
    """Reads one text as the line is, and another one slanted."""

    def __init__(self, straight: str, slanted: str, *, sure: float) -> None:
        self._texts, self._sure = {0.0: straight, SLANT: slanted}, sure
        self.asked: list[float] = []

    def logits(self, lines: Sequence[Pixels], *, slant: float = 0.0) -> list[LogProbs]:
        self.asked.append(slant)
        sure = self._sure if not slant else 0.98
        return [lattice_of(self._texts[slant], sure=sure) for _ in lines]


def reading(kind: FieldKind, raw: float, text: str = "x") -> Reading:
    return Reading(kind.value, kind, text, raw, "test")


@given(st.floats(-0.3, 0.3), st.integers(8, 60))
def test_a_slanted_line_leans_as_far_as_it_says_and_keeps_its_shape(
    slant: float, steps: int
) -> None:
    line = np.full((INPUT_HEIGHT_PX, steps * 8), 255, np.uint8)
    middle = line.shape[1] // 2
    line[:, middle - 1 : middle + 2] = 0
    leant = slant_line(line, slant)
    assert leant.shape == line.shape and leant.dtype == np.uint8
    dark = (255.0 - leant) @ np.arange(line.shape[1]) / (255.0 - leant).sum(axis=1)
    assert dark[0] - dark[-1] == pytest.approx(slant * (INPUT_HEIGHT_PX - 1), abs=0.1)


def test_the_mean_of_two_looks_is_a_distribution_between_them() -> None:
    (mean,) = TwoLooks(_Leaning("Main", "Mian", sure=0.6)).logits([LINE])
    assert np.exp(mean).sum(axis=1) == pytest.approx(1.0)
    one, other = lattice_of("Main", sure=0.6), lattice_of("Mian", sure=0.98)
    # Of any two signs the odds are the geometric mean of both looks' odds.
    shift = mean - (one + other) / 2.0
    assert np.ptp(shift, axis=1) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("kind", list(FieldKind))
def test_only_words_in_doubt_are_worth_it(kind: FieldKind) -> None:
    words = kind in {FieldKind.ADDRESS, FieldKind.CITY, FieldKind.TEXT}
    assert has_unsure_words([reading(kind, UNSURE - 0.01)]) == words
    assert not has_unsure_words([reading(kind, UNSURE)])
    assert not has_unsure_words([reading(kind, 0.0, text="")])


def test_what_is_no_word_stays_as_it_was_read_first() -> None:
    first = (reading(FieldKind.ADDRESS, 0.3, "1 Mian"), reading(FieldKind.POSTAL_CODE, 0.9, "K1A"))
    again = [reading(FieldKind.ADDRESS, 0.8, "1 Main"), reading(FieldKind.POSTAL_CODE, 0.2, "X1A")]
    assert [r.text for r in with_words_of(first, again)] == ["1 Main", "K1A"]
    assert with_words_of(first, again[:1]) == first


@pytest.mark.parametrize(("sure", "says", "looks"), [(0.5, "Oakville", 2), (0.98, "Oakvilla", 1)])
def test_a_cell_and_a_crop_take_the_second_look_where_the_first_is_in_doubt(
    sure: float, says: str, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    recogniser = _Leaning("Oakvilla", "Oakville", sure=sure)
    monkeypatch.setattr(cells, "load_recogniser", lambda: recogniser)
    assert read_image(LINE, FieldKind.TEXT).text == says
    assert len(set(recogniser.asked)) == looks
    recogniser.asked.clear()
    line = LineCrop(LINE, (0, 0, LINE.shape[1], LINE.shape[0]))
    picture = np.stack([LINE] * 3, axis=2)
    cell = CellCrop(
        1, "place", (FieldSpec("place", FieldKind.TEXT),), picture, LINE, (line,),
        InkState.WRITTEN, 1.0, Mark.NONE, 0.0, 0.1,
    )  # fmt: skip
    (((found),),) = read_cells([cell], "en")
    assert found.text == says
    assert len(set(recogniser.asked)) == looks
