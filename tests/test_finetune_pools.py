"""Pools of lines for fine-tuning: the same by seed and number, whoever draws them."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from digitizer.engines.handwritten import ALPHABET, STEP_PX
from training.finetune_lines import InkLine, Sources, write_glyphs
from training.finetune_pools import MAX_WIDTH_PX, WIDTH_PX, Batch, Pools, echoed, pool_batches
from training.ink import Glyphs, Split

COLUMNS = 4096


@pytest.fixture(scope="module")
def sources(handwriting: Path) -> Sources:
    glyphs = Glyphs(handwriting, Split.TRAIN)
    rng = np.random.default_rng(0)
    line = InkLine(write_glyphs("Élan d'Anaïs", glyphs, rng), "Élan d'Anaïs")
    return Sources(places=[line], names=[line], glyphs=glyphs, fonts=())


def same(one: list[Batch], other: list[Batch]) -> bool:
    return all(
        np.array_equal(a.pictures, b.pictures) and (a.texts, a.kinds) == (b.texts, b.kinds)
        for a, b in zip(one, other, strict=True)
    )


def test_a_pool_is_the_same_for_the_same_seed_and_number_only(sources: Sources) -> None:
    first = pool_batches(sources, 5, 0, COLUMNS)
    assert same(first, pool_batches(sources, 5, 0, COLUMNS))
    other = pool_batches(sources, 5, 1, COLUMNS)
    assert [b.texts for b in first] != [b.texts for b in other]


def test_batches_keep_to_their_size_and_give_every_sign_a_step(sources: Sources) -> None:
    for batch in pool_batches(sources, 5, 2, COLUMNS):
        lines, height, width = batch.pictures.shape
        assert (height, lines) == (48, len(batch.texts))
        assert width <= MAX_WIDTH_PX + WIDTH_PX
        assert lines == 1 or lines * (width - WIDTH_PX) <= COLUMNS
        assert all(set(text) <= set(ALPHABET) for text in batch.texts)
        assert sum(len(text) * STEP_PX <= width for text in batch.texts) >= 0.9 * lines


def test_processes_draw_what_one_alone_would(sources: Sources) -> None:
    alone = Pools(sources, 9, COLUMNS, first=3)
    shared = Pools(sources, 9, COLUMNS, first=3, workers=2)
    try:
        for one, other in itertools.islice(zip(alone, shared, strict=False), 3):
            assert same(one, other)
    finally:
        shared.close()


def test_echoes_hold_every_line_again_but_not_its_pixels(sources: Sources) -> None:
    pool = pool_batches(sources, 5, 3, COLUMNS)
    batches = list(echoed(pool, 2, 5, 3))
    assert same(batches[: len(pool)], pool)
    again = batches[len(pool) :]
    assert sorted(map(list, (b.texts for b in again))) == sorted(map(list, (b.texts for b in pool)))
    before = {tuple(b.texts): b.pictures for b in pool}
    assert not any(np.array_equal(b.pictures, before[tuple(b.texts)]) for b in again)


def test_accented_letters_are_written_with_their_accents(sources: Sources) -> None:
    plain, accented = (
        write_glyphs(text, sources.glyphs, np.random.default_rng(4)) for text in ("EEEE", "ÉÈÊË")
    )
    assert accented.shape[0] > plain.shape[0]
