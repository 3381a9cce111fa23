"""The recogniser in 8 bits: which layers, within what range, and that it answers as before."""

from pathlib import Path

import numpy as np
import pytest

from digitizer.engines.handwritten import load_recogniser
from digitizer.recognisers import RECOGNISER_VARIABLE, find_model
from digitizer.records import FieldKind

onnx = pytest.importorskip("onnx", reason="onnx is installed for training only")
pytest.importorskip("torch", reason="torch is installed for training only")

from network_line import LINE, answers_of  # noqa: E402

from training.quantise import quantise  # noqa: E402
from training.recogniser_net import (  # noqa: E402
    read_network,
    trainable,
    without_needless_classes,
)

# Weights within so much never overflow where products are added in 16 bits.
LARGEST = 64
# Of the two convolutions of each block.
LAYERS = 26


def weights_in_8_bits(file: Path) -> list[np.ndarray]:
    """The integer weights of the convolutions."""
    model = onnx.load(str(file))
    return [
        onnx.numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 4
    ]


def answers(file: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Shares that the recogniser in a file gives each sign of the line."""
    monkeypatch.setenv(RECOGNISER_VARIABLE, str(file))
    (found,) = load_recogniser().logits([LINE])
    return np.exp(found)


@pytest.mark.model
def test_what_ships_is_the_trained_network_in_8_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    small, whole = find_model("petition"), trainable("petition")
    assert small.stat().st_size < 0.5 * whole.stat().st_size
    stored = weights_in_8_bits(small)
    assert len(stored) == LAYERS
    assert all(np.abs(array.astype(int)).max() <= LARGEST for array in stored)
    one, other = answers(small, monkeypatch), answers(whole, monkeypatch)
    assert one.shape == other.shape
    assert (one.argmax(axis=1) == other.argmax(axis=1))[other.max(axis=1) > 0.8].all()


@pytest.mark.model
def test_what_reads_names_again_is_the_stock_network_in_8_bits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small, whole = find_model("stock-8bit"), find_model("stock")
    assert small.stat().st_size < 0.3 * whole.stat().st_size
    assert len(weights_in_8_bits(small)) == LAYERS
    one, other = answers(small, monkeypatch), answers(whole, monkeypatch)
    assert one.shape == other.shape
    assert (one.argmax(axis=1) == other.argmax(axis=1))[other.max(axis=1) > 0.8].all()


@pytest.mark.model
def test_classes_that_no_petition_needs_are_left_out_and_only_then(tmp_path: Path) -> None:
    target = tmp_path / "needed.onnx"
    assert without_needless_classes(trainable("petition"), target) == trainable("petition")
    assert not target.exists()
    assert without_needless_classes(find_model("stock"), target) == target
    one, other = (answers_of(read_network(file)) for file in (target, find_model("stock")))
    assert one == pytest.approx(other, abs=1e-4)


@pytest.mark.model
def test_a_network_is_written_in_8_bits_and_keeps_its_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "small.onnx"
    quantise(trainable("petition"), file, [(FieldKind.TEXT, LINE, "")])
    assert len(weights_in_8_bits(file)) == LAYERS
    one, other = answers(file, monkeypatch), np.exp(answers_of(read_network(trainable("petition"))))
    assert (one.argmax(axis=1) == other.argmax(axis=1)).mean() > 0.9


@pytest.mark.model
def test_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    rules = find_model("petition").with_name("rulenet.onnx")
    with pytest.raises(ValueError, match="no convolutions around a GELU"):
        quantise(rules, tmp_path / "small.onnx", [(FieldKind.TEXT, LINE, "")])
    assert not list(tmp_path.iterdir())


@pytest.mark.model
def test_8_bits_are_not_taught() -> None:
    with pytest.raises(ValueError, match="give the file that it was made of"):
        read_network(find_model("petition"))
