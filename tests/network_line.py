"""A line of random blocks, and what a network that is being trained answers to it."""

import numpy as np
import numpy.typing as npt
import pytest

from digitizer.engines.handwritten import prepare_line

torch = pytest.importorskip("torch", reason="torch is installed for training only")
pytest.importorskip("onnx", reason="onnx is installed for training only")

from training.recogniser_net import RecogniserNet  # noqa: E402

LINE = np.kron(np.random.default_rng(4).integers(0, 2, (6, 40)), np.ones((7, 7), np.int64)).astype(
    np.uint8
) * np.uint8(255)


def answers_of(network: RecogniserNet) -> npt.NDArray[np.float32]:
    """Log-probabilities (steps, columns) of ``LINE``."""
    prepared = prepare_line(LINE).astype(np.float32) / 127.5 - 1.0
    with torch.no_grad():
        answers = network(torch.from_numpy(prepared)[None, None].expand(1, 3, -1, -1))[0]
    return np.asarray(answers.numpy(), np.float32)
