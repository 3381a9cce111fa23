"""A run of fine-tuning that is stopped and taken up again ends as one that never stopped."""

import lzma
import pickle
import sys
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from drawn import font_bytes

from digitizer.recognisers import find_model

torch = pytest.importorskip("torch", reason="torch is installed for training only")
pytest.importorskip("onnx", reason="onnx is installed for training only")

from training import finetune, finetune_lines, finetune_pools  # noqa: E402
from training.finetune import Way, checkpoint, save, start, way_of  # noqa: E402
from training.finetune_lines import InkLine, Sources  # noqa: E402
from training.ink import Glyphs  # noqa: E402
from training.recogniser_net import read_network  # noqa: E402

CPU = torch.device("cpu")
EXACT = Way(CPU, half=False, layout=torch.channels_last)
HALF = Way(CPU, half=True, layout=torch.contiguous_format)
# Three pools of some seven lines.
LINES = 18


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of two drawn places and a font, and pools of few lines drawn of them."""
    rng = np.random.default_rng(3)
    places = [
        InkLine(rng.integers(0, 2, (40, 90)).repeat(2, axis=1).astype(np.uint8) * 255, word)
        for word in ("Laval", "Hull")
    ]
    # No kind that is left is drawn of single letters.
    found = Sources(places, [], cast(Glyphs, None), (font_bytes(),))
    file = tmp_path / "sources.xz"
    file.write_bytes(lzma.compress(pickle.dumps(found)))
    monkeypatch.setattr(finetune_lines, "SHARES", {"names": 0.0, "places": 0.6, "fonts": 0.4})
    monkeypatch.setattr(finetune_pools, "POOL_LINES", 7)
    monkeypatch.setattr(finetune_pools, "LINES_SHARE", 10**6)
    return file


def train(monkeypatch: pytest.MonkeyPatch, sources: Path, out: Path, way: Way, *more: str) -> None:
    """The command line, where ``way`` is the quickest."""
    monkeypatch.setattr(finetune, "quickest_way", lambda first, device: way)
    told = ["--sources", str(sources), "--out", str(out), "--lines", str(LINES), "--columns", "640"]
    monkeypatch.setattr(sys, "argv", ["finetune", *told, *more])
    assert finetune.main() == 0


@pytest.mark.model
def test_a_run_that_is_stopped_and_resumed_equals_one_that_never_stopped(
    tmp_path: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(monkeypatch, sources, whole, EXACT)
    # Time is up after each pool; meanwhile another way of calculating became the quickest.
    train(monkeypatch, sources, parts, EXACT, "--hours", "0")
    begun = torch.load(parts / "last.pt", weights_only=True)
    assert 0 < begun["lines"] < LINES
    assert not list(parts.glob("*.onnx"))
    train(monkeypatch, sources, parts, HALF, "--hours", "0", "--resume")
    train(monkeypatch, sources, parts, HALF, "--resume")

    once, again = (torch.load(out / "last.pt", weights_only=True) for out in (whole, parts))
    assert once["lines"] == again["lines"] >= LINES
    assert once["pool"] == again["pool"] >= 3
    for part in ("network", "average"):
        for name, tensor in once[part].items():
            assert torch.equal(tensor, again[part][name]), (part, name)
    first = read_network(find_model("stock")).state_dict()
    assert not torch.equal(once["average"]["head.weight"], first["head.weight"])
    (kept,), (same,) = (list(out.glob("*.onnx")) for out in (whole, parts))
    assert kept.name == same.name and kept.read_bytes() == same.read_bytes()
    log, log_again = (
        [line.split(",")[2:] for line in (out / "log.csv").read_text().splitlines()]
        for out in (whole, parts)
    )
    assert log == log_again and len(log) == once["pool"]


@pytest.mark.model
@pytest.mark.parametrize("way", [EXACT, HALF], ids=["exact", "half"])
def test_a_checkpoint_tells_how_it_was_calculated_where_that_is_possible(
    tmp_path: Path, way: Way
) -> None:
    file = tmp_path / "last.pt"
    save(start(find_model("stock"), way), file, 10, way)
    content = checkpoint(file, tmp_path / "steady.pt", 10, 0.3)
    assert content is not None
    assert way_of(content, CPU) == way
    # On a GPU nothing of a processor's speed holds, and old checkpoints tell nothing.
    assert way_of(content, torch.device("cuda")) is None
    del content["way"]
    assert way_of(content, CPU) is None
