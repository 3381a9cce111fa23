"""Crops of nothing, and of nonsense: no error, no certainty, and the same in every process."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from drawn import blank, draw_text

from digitizer.engines.cells import read_image
from digitizer.records import FieldKind, Pixels, Reading

MARKS = {FieldKind.SIGNATURE, FieldKind.CHECKBOX, FieldKind.ROW_NUMBER, FieldKind.IGNORE}


def noise(*shape: int) -> Pixels:
    return np.random.default_rng(5).integers(0, 256, shape).astype(np.uint8)


NOTHING: Mapping[str, Pixels] = {
    "1x1, black": np.zeros((1, 1), np.uint8),
    "1x1, white, in colour": np.full((1, 1, 3), 255, np.uint8),
    "0x0": np.zeros((0, 0), np.uint8),
    "no rows": np.zeros((0, 9, 3), np.uint8),
    "no columns": np.zeros((9, 0), np.uint8),
    "all black": np.zeros((60, 300), np.uint8),
    "all white": np.full((60, 300, 3), 255, np.uint8),
    "1 px high": np.zeros((1, 400), np.uint8),
    "1 px wide": np.zeros((400, 1), np.uint8),
}
NONSENSE: Mapping[str, Pixels] = {
    "1 px high, noise": noise(1, 400),
    "1 px wide, noise": noise(400, 1),
    "noise with a fourth channel": noise(40, 200, 4),
    "squares": ((np.indices((64, 256)).sum(axis=0) % 2) * 255).astype(np.uint8),
    "a dash of 2 m": np.pad(np.zeros((8, 8000), np.uint8), 9, constant_values=255),
}


@pytest.mark.model
@pytest.mark.parametrize("kind", FieldKind)
@pytest.mark.parametrize("name", NOTHING)
def test_a_crop_of_nothing_is_nothing_in_every_kind(name: str, kind: FieldKind) -> None:
    reading = read_image(NOTHING[name], kind)
    assert (reading.field, reading.kind, reading.text) == (kind.value, kind, "")
    assert reading.raw_confidence == 0.0


@pytest.mark.model
@pytest.mark.parametrize("kind", FieldKind)
@pytest.mark.parametrize("name", NONSENSE)
def test_a_crop_of_nonsense_is_never_sure_in_any_kind(name: str, kind: FieldKind) -> None:
    reading = read_image(NONSENSE[name], kind)
    assert reading.kind is kind
    assert 0.0 <= reading.raw_confidence < 0.5
    if kind in MARKS:
        # A signature is never read as text, whatever it looks like.
        assert (reading.text, reading.greedy) == ("", "")


@pytest.mark.model
def test_a_page_of_noise_given_as_a_crop_is_read_in_little_time_and_memory() -> None:
    reading = read_image(noise(1200, 2400), FieldKind.ADDRESS)
    assert reading.raw_confidence < 0.5


def readings_of(folder: Path) -> list[str]:
    """What is read of the crops of a folder as each kind, down to the last digit."""
    told: list[str] = []
    for file in sorted(folder.glob("*.npy")):
        for kind in FieldKind:
            reading: Reading = read_image(np.load(file), kind)
            told.append(f"{file.stem} {reading!r}")
    return told


@pytest.mark.model
def test_two_processes_read_the_same_crops_alike(tmp_path: Path, root: Path) -> None:
    line = blank(320, 60)
    draw_text(line, 12, 10, "Anna Roy 12", 34)
    np.save(tmp_path / "line.npy", line)
    np.save(tmp_path / "noise.npy", NONSENSE["noise with a fourth channel"])
    code = (
        "import json, sys; from pathlib import Path; from test_absurd import readings_of; "
        "json.dump(readings_of(Path(sys.argv[1])), sys.stdout)"
    )
    path = [str(root / "tests"), str(root), *filter(None, sys.path)]

    def fresh(seed: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}", str(tmp_path)],
            # The order of sets of texts is another one in each process.
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        return done.stdout

    first, second = fresh("1"), fresh("2")
    assert first == second
    told = json.loads(first)
    assert len(told) == 2 * len(FieldKind)
    assert any("text='Anna Roy" in one for one in told)
