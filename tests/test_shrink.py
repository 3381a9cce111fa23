"""A network with fewer channels and rows: which go, how many, and what is left answers alike."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitizer.engines.handwritten import load_recogniser
from digitizer.recognisers import find_model

torch = pytest.importorskip("torch", reason="torch is installed for training only")

from network_line import LINE, answers_of  # noqa: E402

from training.finetune import Way, losses, start  # noqa: E402
from training.finetune_choose import mixed_file  # noqa: E402
from training.finetune_pools import Batch  # noqa: E402
from training.recogniser_net import (  # noqa: E402
    RecogniserNet,
    fewer_rows,
    read_network,
    same_rows,
    trainable,
    write_network,
)
from training.shrink import (  # noqa: E402
    TOGETHER,
    choose_hidden,
    cut,
    look_at,
    pictures_of,
    refit,
    removal,
    watch,
)


def _batch(seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 2, (3, 12, 24)).repeat(4, 1).repeat(4, 2)
    return Batch((blocks * 255).astype(np.uint8), ["abc", "Z 9", "une"], ["word"] * 3)


def test_a_channel_that_others_stand_in_for_goes_first_and_costs_nothing() -> None:
    rng = np.random.default_rng(1)
    seen = rng.normal(size=(4000, 40))
    seen[:, 7] = 2 * seen[:, 3] - seen[:, 11]
    rows = np.hstack([seen, np.ones((4000, 1))])
    weights = rng.normal(size=(5, 41))
    order, costs = removal(rows.T @ rows, weights, np.eye(5))
    assert order[0] in {3, 7, 11}
    # The ridge holds a little against it.
    assert costs[0] < 1e-2 * costs[1]
    assert len(set(order)) == len(order) == 40 - TOGETHER


def test_a_channel_on_which_no_answer_depends_goes_before_all_that_matter() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(500, 33))
    weights = rng.normal(size=(4, 33))
    weights[:, 5] = [0, 0, 3, 3]
    weights[:2, 9] = 0
    slopes = np.diag([1.0, 1.0, 0.0, 0.0])
    order, _ = removal(rows.T @ rows, weights, slopes)
    assert set(order[:2]) == {5, 9}


def test_cheap_channels_of_dear_blocks_go_until_the_work_fits() -> None:
    cheap, dear = [0.1 * at for at in range(48)], [50.0] * 48
    kept = choose_hidden([cheap, dear], [2.0, 2.0], most=200.0)
    assert kept == [TOGETHER + 16, 48 + TOGETHER]
    assert sum(2 * k for k in kept) <= 200
    with pytest.raises(ValueError, match="so little work"):
        choose_hidden([cheap, dear], [2.0, 2.0], most=10.0)


@pytest.mark.model
def test_a_cut_network_is_written_and_reads_as_it_does_in_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = read_network(trainable("petition"))
    orders = [list(range(count - TOGETHER)) for count in full.hidden]
    whole = cut(full, orders, full.hidden)
    for name, tensor in full.state_dict().items():
        assert torch.equal(tensor, whole.state_dict()[name]), name

    small = cut(full, orders, [count // 2 for count in full.hidden])
    file = tmp_path / "small.onnx"
    write_network(small, find_model("stock"), file, {"squeeze": "1"})
    assert read_network(file).hidden == small.hidden
    assert file.stat().st_size < 0.75 * trainable("petition").stat().st_size
    monkeypatch.setenv("DIGITIZER_RECOGNISER", str(file))
    (answers,) = load_recogniser().logits([LINE])
    assert np.abs(np.exp(answers) - np.exp(answers_of(small))).max() < 1e-4
    assert read_network(mixed_file(find_model("stock"), file, 1.0, 1.0, tmp_path / "m.onnx")).hidden
    with pytest.raises(ValueError, match="other channels"):
        mixed_file(find_model("stock"), file, 0.5, 1.0, tmp_path / "n.onnx")


def test_fewer_rows_are_means_of_the_rows_there() -> None:
    assert np.abs(fewer_rows(48) - np.eye(48)).max() < 1e-6
    # Four rows of white above are left out; what lies below 36 more is, too.
    assert np.array_equal(fewer_rows(36), np.eye(48)[4:40])
    matrix = fewer_rows(32)
    assert matrix.shape == (32, 48)
    assert np.abs(matrix.sum(1) - 1).max() < 1e-5
    assert not matrix[:, :4].any() and not matrix[:, 40:].any()
    middles = matrix @ (np.arange(48) + 0.5)
    assert np.abs(middles - 4 - 36 / 32 * (np.arange(32) + 0.5))[1:-1].max() < 0.15
    with pytest.raises(ValueError, match="42 rows"):
        RecogniserNet(["", "a"], rows=42)


def test_rows_of_blocks_lie_where_those_of_the_whole_network_do() -> None:
    whole = RecogniserNet(["", "a"])
    for count in (12, 6, 3):
        assert torch.equal(same_rows(whole, count), torch.eye(count))
    fewer = RecogniserNet(["", "a"], rows=36)
    told: list[Any] = []
    fewer(torch.zeros(1, 3, 48, 64), told)
    assert [maps.shape[2] for maps in told] == [9] * 3 + [4] * 7 + [2] * 3
    # White above is one row of the stem: what is left of it is as it was, and so is each second.
    assert torch.equal(same_rows(fewer, 9), torch.eye(12)[1:10])
    assert torch.equal(same_rows(fewer, 4), torch.eye(6)[1:5])
    assert same_rows(fewer, 2).tolist() == [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]


@pytest.mark.model
def test_a_network_of_fewer_rows_is_written_and_reads_as_it_does_in_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = read_network(trainable("petition"))
    as_is = RecogniserNet(full.classes, full.hidden, full.rows)
    as_is.load_state_dict(full.state_dict())
    low = look_at(as_is, 32)
    file, again = tmp_path / "low.onnx", tmp_path / "again.onnx"
    write_network(low, find_model("stock"), file, {})
    # A run that goes on starts from such a file and writes into its graph.
    write_network(read_network(file), file, again, {})
    assert file.read_bytes() == again.read_bytes()
    assert read_network(file).rows == 32
    # How it makes the rows is the file's own, not what is usual now.
    low.fewer.copy_(low.fewer.roll(1, dims=1))
    write_network(low, find_model("stock"), file, {})
    assert torch.equal(read_network(file).fewer, low.fewer)
    monkeypatch.setenv("DIGITIZER_RECOGNISER", str(file))
    (answers,) = load_recogniser().logits([LINE])
    assert np.abs(np.exp(answers) - np.exp(answers_of(low))).max() < 1e-4
    with pytest.raises(ValueError, match="fewer rows already"):
        write_network(look_at(low, 16), file, again, {})
    with pytest.raises(ValueError, match="other channels or rows"):
        mixed_file(find_model("stock"), file, 0.5, 1.0, tmp_path / "n.onnx")


@pytest.mark.model
def test_a_network_of_fewer_rows_is_taught_block_by_block(tmp_path: Path) -> None:
    way = Way(torch.device("cpu"), half=False, layout=torch.channels_last)
    whole, file = trainable("petition"), tmp_path / "low.onnx"
    write_network(look_at(read_network(whole), 32), find_model("stock"), file, {})
    state = start(file, way, teacher=whole)
    by_line, loss = losses(state, _batch(3), way)
    loss.backward()
    assert torch.isfinite(loss)
    assert loss.item() > 0.3 * by_line.detach().clamp(max=6.0).mean().item()
    widen = state.network.blocks()[0].widen.weight
    assert widen.grad is not None and widen.grad.abs().max() > 0


@pytest.mark.model
def test_fitting_brings_the_cut_network_nearer_to_the_whole_one() -> None:
    torch.manual_seed(0)
    full = read_network(trainable("petition"))
    batches = [_batch(1)]
    seen = watch(full, batches)
    # Each block of the first stage has 12 rows for the 1 of the answer, 2 columns a step.
    assert seen[0].places == 24
    assert [told.places for told in seen[-2:]] == [6, 6]
    orders = [list(range(0, count - TOGETHER)) for count in full.hidden]
    small = cut(full, orders, [count - 64 for count in full.hidden])

    def apart() -> float:
        with torch.no_grad():
            pictures = pictures_of(batches[0])
            taught, said = full(pictures), small(pictures)
            return float((taught.exp() * (taught - said)).sum())

    before = apart()
    refit(full, small, batches)
    assert apart() < 0.5 * before


@pytest.mark.model
def test_a_network_taught_by_itself_has_only_its_labels_to_learn() -> None:
    way = Way(torch.device("cpu"), half=False, layout=torch.channels_last)
    file = trainable("petition")
    alone, taught = start(file, way), start(file, way, teacher=file)
    by_line, _ = losses(alone, _batch(3), way)
    same, loss = losses(taught, _batch(3), way)
    assert torch.allclose(by_line, same)
    assert loss.item() == pytest.approx(0.3 * same.detach().clamp(max=6.0).mean().item(), rel=1e-4)
    other, loss = losses(start(find_model("stock"), way, teacher=file), _batch(3), way)
    assert loss.item() > 1.1 * 0.3 * other.detach().clamp(max=6.0).mean()
