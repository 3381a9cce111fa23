"""Make a recogniser's file smaller and faster with 8-bit arithmetic, and judge it.

    pip install -e '.[training]'
    python -m training.quantise MODEL -o OUT.onnx --ink DIR [--lines N] [--force]

MODEL is an ``.onnx`` file or the name of a recogniser (``petition``, ``stock``); classes of
its head that no petition needs are left out.

Static quantisation (QDQ) of the 1 x 1 convolutions around each block's GELU alone: they
are three quarters of the time, while the first, the depthwise and the last layers lose most
accuracy (all of them in 8 bits: names 90 -> 75 % exact on the stock network). Weights
take 7 of the 8 bits: processors without VNNI add two products in 16 bits, which 8 would
overflow, and so the sums are the same on all. Ranges come from ink of the train split,
each bound the mean over lines: the outliers of one line would widen them. The result is
judged beside the original on the calibrate split: exact matches by kind, and how well
shares tell right from wrong (Brier score). It is written only where no kind loses more
than ``TOLERANCE``, or with ``--force``.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import version_converter
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from digitizer.engines.handwritten import load_recogniser, prepare_line
from digitizer.engines.reading import join_lattices, make_lattice, read_lattice
from digitizer.engines.trim import trim_lines
from digitizer.recognisers import RECOGNISER_VARIABLE
from digitizer.records import FieldKind, Pixels
from training.ink import Glyphs, Split, handwriting_root, iter_clean_names, iter_places
from training.join_glyphs import join_text
from training.lines import invent_email, invent_phone, invent_postal_code
from training.recogniser_net import trainable, without_needless_classes
from training.sheet_readings import is_right

# Operator set with scales for each channel, and GELU as one operator.
OPSET = 20

# Lines of a kind whose ranges are looked at, and share of exact lines a kind may lose.
RANGE_LINES = 24
TOLERANCE = 0.01

Tensor = npt.NDArray[np.float32]
Line = tuple[FieldKind, Pixels, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Share of exact lines, Brier score of the shares, and milliseconds a line."""

    exact: float
    brier: float
    ms: float


class _Ranges(CalibrationDataReader):  # type: ignore[misc]
    """Hands the quantiser its inputs."""

    def __init__(self, tensors: list[Tensor]) -> None:
        self._left = iter(tensors)

    def get_next(self) -> dict[str, Tensor] | None:
        tensor = next(self._left, None)
        return None if tensor is None else {"x": tensor}


def lines_of(root: Path, split: Split, count: int, seed: int) -> Iterator[Line]:
    """``count`` lines of each kind from a split."""
    rng = np.random.default_rng(seed)
    names, places = list(iter_clean_names(root, split)), list(iter_places(root, split))
    glyphs = Glyphs(root, split)
    for index in rng.permutation(len(names))[:count]:
        yield FieldKind.NAME, names[int(index)].pixels, names[int(index)].text
    for index in rng.permutation(len(places))[:count]:
        yield FieldKind.TEXT, places[int(index)].pixels, places[int(index)].text
    for _ in range(count):
        shown, truth = invent_postal_code(rng)
        yield FieldKind.POSTAL_CODE, join_text(shown, glyphs, rng), truth
        shown, truth = invent_phone(rng)
        yield FieldKind.PHONE, join_text(shown, glyphs, rng), truth
        truth = invent_email(rng)
        yield FieldKind.EMAIL, join_text(truth, glyphs, rng), truth


def paired_convolutions(model: onnx.ModelProto) -> list[str]:
    """Names of the 1 x 1 convolutions before and after each GELU, in the graph's order."""
    used: dict[str, list[onnx.NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input:
            used.setdefault(name, []).append(node)
    found: set[str] = set()
    for node in model.graph.node:
        if node.op_type == "Conv":
            (answer,) = node.output
            found.update(node.name for other in used.get(answer, ()) if other.op_type == "Gelu")
        elif node.op_type == "Gelu":
            (answer,) = node.output
            found.update(other.name for other in used[answer] if other.op_type == "Conv")
    return [node.name for node in model.graph.node if node.name in found]


def quantise(source: Path, target: Path, lines: list[Line]) -> None:
    """Write ``target``: ``source`` with the convolutions around its GELUs in 8 bits.

    ``lines``: ink that tells the ranges. Raises ``ValueError`` where there are no such layers.
    """
    with tempfile.TemporaryDirectory() as folder:
        newer, prepared = Path(folder) / "newer.onnx", Path(folder) / "prepared.onnx"
        needed = without_needless_classes(source, Path(folder) / "needed.onnx")
        onnx.save(version_converter.convert_version(onnx.load(needed), OPSET), newer)
        # Operators of one GELU become one here.
        quant_pre_process(newer, prepared, skip_symbolic_shape=True)
        layers = paired_convolutions(onnx.load(prepared))
        if not layers:
            raise ValueError(f"{source.name} has no convolutions around a GELU")
        quantize_static(
            prepared,
            target,
            _Ranges([tensor for _, pixels, _ in lines for tensor in _tensors(pixels)]),
            quant_format=QuantFormat.QDQ,
            nodes_to_quantize=layers,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"CalibMovingAverage": True},
        )


def _tensors(pixels: Pixels) -> Iterator[Tensor]:
    for line in trim_lines(pixels):
        scaled = (prepare_line(line).astype(np.float32) / 255.0 - 0.5) / 0.5
        yield np.ascontiguousarray(np.broadcast_to(scaled, (1, 3, *scaled.shape)))


def judge(model: Path, lines: list[Line]) -> dict[FieldKind, Figures]:
    """How the recogniser in a file reads lines, by kind."""
    os.environ[RECOGNISER_VARIABLE] = str(model)
    recogniser = load_recogniser()
    outcomes: dict[FieldKind, list[tuple[float, bool]]] = {}
    spent: dict[FieldKind, float] = {}
    for kind, pixels, truth in lines:
        found = trim_lines(pixels)
        start = time.process_time()
        answers = recogniser.logits(found)
        spent[kind] = spent.get(kind, 0.0) + time.process_time() - start
        share, right = 0.0, False
        if answers:
            seen = [make_lattice(a, p.shape[0]) for a, p in zip(answers, found, strict=True)]
            joined = join_lattices(seen, space=kind is not FieldKind.EMAIL)
            reading = read_lattice(joined, kind.value, kind)
            share, right = dict(reading.evidence).get("share", 0.0), is_right(reading, truth)
        outcomes.setdefault(kind, []).append((share, right))
    return {
        kind: Figures(
            sum(right for _, right in told) / len(told),
            sum((share - right) ** 2 for share, right in told) / len(told),
            1000 * spent[kind] / len(told),
        )
        for kind, told in outcomes.items()
    }


def main() -> int:
    """Quantise, judge, print, and write where nothing is lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("model", help="an .onnx file, or the name of a recogniser")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--ink", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--lines", type=int, default=100, help="lines a kind to judge on")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--force", action="store_true", help="write it whatever it loses")
    options = parser.parse_args()
    root = handwriting_root(options.ink)
    if root is None:
        print("no handwriting folder: give --ink DIR", file=sys.stderr)
        return 2
    source = trainable(options.model)
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.onnx"
        ranges = list(lines_of(root, Split.TRAIN, RANGE_LINES, options.seed))
        quantise(source, small, ranges)
        lines = list(lines_of(root, Split.CALIBRATE, options.lines, options.seed))
        before, after = judge(source, lines), judge(small, lines)
        for kind, old in before.items():
            new = after[kind]
            print(
                f"{kind.value:12} exact {100 * old.exact:5.1f} -> {100 * new.exact:5.1f} %  "
                f"Brier {old.brier:.3f} -> {new.brier:.3f}  {old.ms:.1f} -> {new.ms:.1f} ms"
            )
        worse = [k for k in before if after[k].exact < before[k].exact - TOLERANCE]
        if worse and not options.force:
            print(f"refused, not written: {', '.join(worse)} read worse")
            return 1
        options.output.write_bytes(small.read_bytes())
    print(f"{options.output}: {options.output.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
