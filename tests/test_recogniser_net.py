"""The network as a PyTorch module answers like the stock file, and is written back whole."""

from pathlib import Path

import numpy as np
import pytest

from digitizer.engines.handwritten import load_recogniser
from digitizer.recognisers import find_model

torch = pytest.importorskip("torch", reason="torch is installed for training only")

from network_line import LINE, answers_of  # noqa: E402

from training.finetune import step_factor  # noqa: E402
from training.finetune_pools import squeeze  # noqa: E402
from training.recogniser_net import mix_networks, read_network, trainable, write_network  # noqa: E402


@pytest.mark.model
@pytest.mark.parametrize("name", ["stock", "petition"])
def test_module_answers_like_the_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITIZER_RECOGNISER", str(trainable(name)))
    (shipped,) = load_recogniser().logits([LINE])
    ours = answers_of(read_network(trainable(name)))
    assert np.abs(np.exp(shipped) - np.exp(ours)).max() < 1e-4


@pytest.mark.model
def test_written_file_holds_the_same_network_and_reads_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = read_network(find_model("stock"))
    with torch.no_grad():
        network.head.bias[5] += 0.5
    file = tmp_path / "ours.onnx"
    write_network(network, find_model("stock"), file, {"squeeze": "1"})
    assert file.stat().st_size < 16 * 2**20
    again = read_network(file)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    monkeypatch.setenv("DIGITIZER_RECOGNISER", str(file))
    (answers,) = load_recogniser().logits([LINE])
    assert np.abs(np.exp(answers) - np.exp(answers_of(network))).max() < 1e-4


@pytest.mark.model
def test_no_share_of_a_tuned_network_is_the_stock_one() -> None:
    stock, tuned = read_network(find_model("stock")), read_network(find_model("stock"))
    with torch.no_grad():
        tuned.head.bias += 1.0
    mixed = mix_networks(stock, tuned, 0.0)
    assert torch.equal(mixed.head.bias, stock.head.bias)


def test_steps_rise_stay_and_fall_to_nothing() -> None:
    assert step_factor(0, 0.0, 0.2) < 0.1
    assert step_factor(1000, 0.5, 0.2) == 1.0
    assert 0.0 < step_factor(1000, 0.9, 0.2) < 1.0
    assert step_factor(1000, 0.5, 1.0) == 0.5
    assert step_factor(1000, 1.0, 0.2) == 0.0


@pytest.mark.parametrize("text", ["aa", "l" * 30, "1234 Main St"])
def test_squeezed_line_keeps_steps_for_every_sign(text: str) -> None:
    line = np.full((48, 320), 255, np.uint8)
    narrow = squeeze(line, 0.5, text)
    assert narrow.shape[1] % 8 == 0
    assert narrow.shape[1] // 8 >= min(40, len(text))
    assert narrow.shape[1] <= line.shape[1]
