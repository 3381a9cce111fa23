"""One command makes the recogniser anew, and goes on where its time was up."""

import argparse
import math
import pickle
import subprocess
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from drawn import font_bytes

from digitizer.recognisers import RECOGNISER_VARIABLE, chosen_recogniser, find_model

torch = pytest.importorskip("torch", reason="torch is installed for training only")
pytest.importorskip("onnx", reason="onnx is installed for training only")

from training import finetune, finetune_lines, finetune_pools, reproduce  # noqa: E402
from training.finetune import Way  # noqa: E402
from training.finetune_lines import InkLine, Sources  # noqa: E402
from training.ink import Glyphs  # noqa: E402
from training.recogniser_net import mix_networks, read_network  # noqa: E402
from training.reproduce import RUNS, Run, tuning, weights_of  # noqa: E402

EXACT = Way(torch.device("cpu"), half=False, layout=torch.channels_last)
# Two pools of some seven lines each.
SHORT = (
    Run("first", 8, 0.5),
    Run("second", 8, 0.25),
    Run("third", 8, 0.75, stem=True, labels="second"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Two drawn words and a font stand in for the ink; who labelled the names of each run."""
    told: list[tuple[str, str]] = []

    def sources_of(options: argparse.Namespace, root: Path | None) -> Sources:
        kept = options.out / finetune.NAMES_FILE
        told.append((options.out.name, "known" if kept.is_file() else chosen_recogniser()))
        kept.write_bytes(pickle.dumps([]))
        rng = np.random.default_rng(3)
        words = [
            InkLine(rng.integers(0, 2, (40, 90)).repeat(2, axis=1).astype(np.uint8) * 255, word)
            for word in ("Laval", "Hull")
        ]
        return Sources(words, [], cast(Glyphs, None), (font_bytes(),))

    monkeypatch.setattr(finetune, "sources_of", sources_of)
    monkeypatch.setattr(finetune, "quickest_way", lambda first, device: EXACT)
    monkeypatch.setattr(finetune_lines, "SHARES", {"names": 0.0, "places": 0.6, "fonts": 0.4})
    monkeypatch.setattr(finetune_pools, "POOL_LINES", 7)
    monkeypatch.setattr(finetune_pools, "LINES_SHARE", 10**6)
    monkeypatch.setattr(reproduce, "install_packages", lambda folder, names: None)
    monkeypatch.setenv(RECOGNISER_VARIABLE, "petition")
    return told


def options_for(out: Path, hours: float) -> argparse.Namespace:
    return argparse.Namespace(out=out, seed=1, hours=hours)


@pytest.mark.model
def test_the_command_goes_on_where_its_time_was_up_until_all_is_made(
    tmp_path: Path, asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[tuple[list[str], str]] = []

    def fit(told: list[str], *, check: bool, env: dict[str, str]) -> Any:
        fitted.append((told, env[RECOGNISER_VARIABLE]))
        Path(told[told.index("--output") + 1]).write_text("{}")
        return subprocess.CompletedProcess(told, 0)

    monkeypatch.setattr(subprocess, "run", fit)
    assert reproduce.reproduce(options_for(tmp_path, 0.0), tmp_path, SHORT) == 0
    assert not asked
    # Time to begin, and for one pool each.
    for _ in range(12):
        assert reproduce.reproduce(options_for(tmp_path, 1e-4), tmp_path, SHORT) == 0
        if fitted:
            break
    first, second, third = (weights_of(tmp_path, run.name) for run in SHORT)
    assert all(file.is_file() for file in (first, second, third))
    assert not list(tmp_path.rglob("*.part"))
    by_run = dict(reversed(asked))
    assert by_run == {"first": str(find_model("stock")), "second": str(first), "third": "known"}
    (told_small, _), (told, judged) = fitted
    assert str(third) in told_small and "training.quantise" in told_small
    assert judged == str(tmp_path / "petition-hands.onnx") and "--draw" in told
    # A third time there is nothing to do.
    done = len(asked)
    assert reproduce.reproduce(options_for(tmp_path, math.inf), tmp_path, SHORT) == 0
    assert len(asked) == done and len(fitted) == 2


@pytest.mark.model
def test_what_is_written_lies_as_far_from_the_start_as_the_share_says(
    tmp_path: Path, asked: list[tuple[str, str]]
) -> None:
    stock = find_model("stock")
    assert reproduce.make_weights(
        SHORT[0], stock, tmp_path, tmp_path, seed=1, hours=math.inf, workers=0
    )
    (tuned,) = (tmp_path / "first").glob("0*.onnx")
    mixed = mix_networks(read_network(stock), read_network(tuned), 0.5)
    written = read_network(weights_of(tmp_path, "first"))
    for one, other in zip(mixed.parameters(), written.parameters(), strict=True):
        assert torch.allclose(one, other)


def test_a_gpu_ends_the_third_run_by_the_clock(tmp_path: Path) -> None:
    def told(run: Run, workers: int) -> argparse.Namespace:
        return finetune.options_of(
            tuning(run, Path("x.onnx"), tmp_path, Path("ink"), seed=7, hours=1.5, workers=workers)
        )

    on_cpu, on_gpu = told(RUNS[2], 0), told(RUNS[2], 15)
    assert (on_cpu.lines, on_cpu.minutes, on_cpu.workers) == (772_052, math.inf, 0)
    assert (on_gpu.minutes, on_gpu.workers, on_gpu.stem) == (4.0, 15, True)
    assert on_cpu.seed == 7 and on_cpu.hours == 1.5 and not on_cpu.resume
    assert told(RUNS[0], 15).minutes == math.inf and not told(RUNS[0], 15).stem
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "last.pt").touch()
    assert told(RUNS[0], 0).resume
