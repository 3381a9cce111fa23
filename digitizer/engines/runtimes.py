"""What computes the handwriting network: onnxruntime, or OpenVINO where ``DIGITIZER_RUNTIME`` asks.

onnxruntime computes in 32 bits, the same on every processor. OpenVINO (180 MB, not
installed by default) takes the processor's own 16-bit floating point where it has
one (bfloat16 on AMD since Zen 4 and Intel's servers since Cooper Lake, float16 on
ARM), in which this network takes half the time, and 32 bits elsewhere, no faster
than onnxruntime. Why and at what price: docs/decisions/0019-openvino-on-request.md.
"""

import sys
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from digitizer.errors import DependencyError
from digitizer.recognisers import RUNTIME_VARIABLE

Floats = npt.NDArray[np.float32]


class Session(Protocol):
    """An open network, in one thread."""

    def run(self, names: None, feed: dict[str, Floats]) -> list[Floats]:
        """All outputs for the inputs by name."""
        ...


class _OpenVino:
    """A network in OpenVINO, asked as onnxruntime's session is."""

    def __init__(self, path: Path, openvino: Any) -> None:
        core = openvino.Core()
        able = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        half = next((short for name, short in _HALVES.items() if name in able), "f32")
        settings = {
            # Processes share the cores, as with onnxruntime.
            "INFERENCE_NUM_THREADS": 1,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": half,
        }
        self._request = core.compile_model(str(path), "CPU", settings).create_infer_request()

    def run(self, names: None, feed: dict[str, Floats]) -> list[Floats]:
        return [np.asarray(answer, np.float32) for answer in self._request.infer(feed).values()]


# Half precision as OpenVINO says that a processor has it, and as it is asked for it.
_HALVES = {"BF16": "bf16", "FP16": "f16"}


def open_session(path: Path, runtime: str) -> tuple[Session, dict[str, str]]:
    """The network of an ONNX file in one of ``RUNTIMES``, and the file's metadata.

    Raises ``DependencyError`` where the runtime is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise DependencyError(
            "onnxruntime is missing: install it with 'pip install onnxruntime'"
        ) from error
    options = onnxruntime.SessionOptions()
    # Processes share the cores; threads of one session would fight for them.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    if runtime == "onnxruntime":
        return session, told
    # Its converter, which nobody asks here, would load a sender of usage statistics.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        raise DependencyError(
            f"{RUNTIME_VARIABLE} asks for openvino, which is not installed: install it with "
            f"'pip install openvino', or unset {RUNTIME_VARIABLE}"
        ) from error
    return _OpenVino(path, openvino), told
