"""The network computed by OpenVINO answers as by onnxruntime, and nobody gets it unasked."""

import os
import subprocess
import sys

import numpy as np
import pytest

from digitizer.engines.cells import read_image
from digitizer.engines.handwritten import load_recogniser
from digitizer.engines.runtimes import open_session
from digitizer.errors import DependencyError
from digitizer.recognisers import RUNTIME_VARIABLE, engine_fingerprint, find_model
from digitizer.records import FieldKind, Pixels

# A code in block strokes: rows of a 5 x 7 raster.
_GLYPHS = {
    "K": "10001 10010 10100 11000 10100 10010 10001",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "0": "01110 10001 10001 10001 10001 10001 01110",
    "B": "11110 10001 10001 11110 10001 10001 11110",
}


@pytest.fixture
def code() -> Pixels:
    """K1A 0B1, gray (84, about 430), dark on white."""
    columns = []
    for sign in "K1A 0B1":
        bits = _GLYPHS.get(sign, " ".join(["00000"] * 7)).split()
        columns.append(np.array([[bit == "1" for bit in row] + [False] for row in bits]))
    ink = np.pad(np.kron(np.hstack(columns), np.ones((9, 9), bool)), 12)
    return np.where(ink, 30, 255).astype(np.uint8)


@pytest.mark.model
def test_openvino_answers_as_onnxruntime(code: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    widths = [code, code[:, :200], code[:, :60], code]
    monkeypatch.delenv(RUNTIME_VARIABLE, raising=False)
    plain = load_recogniser().logits(widths)
    monkeypatch.setenv(RUNTIME_VARIABLE, "openvino")
    other = load_recogniser().logits(widths)
    for one, two in zip(plain, other, strict=True):
        assert one.shape == two.shape
        assert two.dtype == np.float32
        # bfloat16 has 8 bits: a share of a few hundredths, and the same sign on top.
        assert np.abs(np.exp(one) - np.exp(two)).max() < 0.1
        sure = np.exp(one).max(axis=1) > 0.6
        assert (one.argmax(axis=1) == two.argmax(axis=1))[sure].all()
    assert np.array_equal(other[0], other[3])


@pytest.mark.model
def test_a_line_is_read_alike_in_both(code: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    read = {}
    for runtime in ("onnxruntime", "openvino"):
        monkeypatch.setenv(RUNTIME_VARIABLE, runtime)
        read[runtime] = read_image(code, FieldKind.POSTAL_CODE).text
    assert read["openvino"] == read["onnxruntime"] == "K1A 0B1"


def test_other_runtimes_are_named_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, "abacus")
    with pytest.raises(DependencyError, match="DIGITIZER_RUNTIME must be one of onnxruntime, ope"):
        engine_fingerprint()


def test_a_missing_openvino_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(DependencyError, match="pip install openvino"):
        open_session(find_model(), "openvino")


@pytest.mark.model
def test_nothing_that_sends_statistics_is_loaded() -> None:
    read = (
        "import sys; from digitizer.engines.handwritten import load_recogniser; load_recogniser();"
        "assert 'openvino' in sys.modules;"
        "print([name for name, module in sys.modules.items() if 'telemetry' in name and module])"
    )
    command = [sys.executable, "-c", read]
    done = subprocess.run(
        command, env=os.environ | {RUNTIME_VARIABLE: "openvino"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "openvino_telemetry" not in done.stdout


def test_what_another_runtime_read_is_not_taken_for_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RUNTIME_VARIABLE, raising=False)
    plain = engine_fingerprint()
    monkeypatch.setenv(RUNTIME_VARIABLE, "openvino")
    assert engine_fingerprint() == f"{plain} openvino"
