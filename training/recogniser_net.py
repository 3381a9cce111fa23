"""The PP-OCRv6 small recogniser as a PyTorch module, read from and written to its ONNX file.

The network is convolutions (a stem, then blocks of a depthwise and two 1 x 1
convolutions with GELU, some with squeeze and excitation), a pooling that
leaves one row, and two transformer blocks over the columns. Its batch norms
are folded into the convolutions but for three in the neck; those stay as they
are, statistics frozen. Loading takes the tensors in the order in which the
graph uses them; writing puts changed tensors back under their old names, so
the shipped file is the stock graph with other weights and a shorter head:
nothing is traced, and the two answer alike (tests: equal to 1e-4).

Source: PaddleOCR, PP-OCRv6_rec_small, Apache-2.0, as the rapidocr wheel has it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from digitizer.engines.handwritten import ALPHABET, fold_to_alphabet
from digitizer.recognisers import chosen_recogniser, find_model

# What ships reads in 8 bits (``training.quantise``), and this is what it was made of.
FULL = Path(__file__).with_name("petition-hands.onnx")

# Channels that leave, stride of the rows, and whether the block squeezes and excites.
_STAGES: tuple[tuple[tuple[int, int, bool], ...], ...] = (
    ((96, 1, True), (96, 1, False), (96, 1, False), (192, 2, False)),
    (*((192, 1, True), (192, 1, False)) * 3, (384, 2, False)),
    ((384, 1, True), (384, 1, False)),
)

# Channels inside each block of the stock network.
STOCK_HIDDEN = (192,) * 4 + (384,) * 7 + (768,) * 2

HEADS = 8

# Rows of the pictures that come in; the stem takes four to one, all layers sixteen.
LINE_ROWS, STEM_ROWS, LEAST_ROWS = 48, 4, 16

# Rows of white that a network which looks at fewer leaves out above the ink (of the seven there,
# ``PAD_ABOVE``): one of what the stem makes, so that all of it lies as it did. From there so
# many rows hold the ink.
WHITE_ROWS, INK_ROWS = 4, 36

# Where a network that looks at fewer rows keeps how it makes them.
_ROWS_NAME = "rows.matrix"


class Block(nn.Module):
    """Depthwise 3 x 3 (+ squeeze and excite), then two 1 x 1 with GELU around the residual."""

    def __init__(
        self, channels: int, out: int, stride: int, excite: bool, hidden: int, pads: tuple[int, int]
    ) -> None:
        """Layers for ``channels`` that enter, ``hidden`` inside and ``out`` that leave.

        ``pads``: rows of zeros above and below.
        """
        super().__init__()
        alike = min(pads)
        # What the convolution cannot do by itself, which is quicker.
        self.pads = (pads[0] - alike, pads[1] - alike)
        self.depth = nn.Conv2d(channels, channels, 3, (stride, 1), (alike, 1), groups=channels)
        self.squeeze = nn.Conv2d(channels, channels // 4, 1) if excite else None
        self.excite = nn.Conv2d(channels // 4, channels, 1) if excite else None
        self.widen = nn.Conv2d(channels, hidden, 1)
        self.narrow = nn.Conv2d(hidden, out, 1)
        self.residual = channels == out

    def forward(self, x: Tensor) -> Tensor:
        """Maps (n, channels, h, w) to (n, out, h / stride, w)."""
        if any(self.pads):
            x = functional.pad(x, (0, 0, *self.pads))
        x = self.depth(x)
        if self.squeeze is not None and self.excite is not None:
            gate = functional.relu(self.squeeze(x.mean((2, 3), keepdim=True)))
            x = x * functional.hardsigmoid(self.excite(gate))
        inner = self.narrow(functional.gelu(self.widen(x)))
        return x + inner if self.residual else inner


class _Attention(nn.Module):
    """Pre-norm transformer block over the columns: 8 heads, then a SiLU layer twice as wide."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first_norm = nn.LayerNorm(width, eps=1e-5)
        self.qkv = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.second_norm = nn.LayerNorm(width, eps=1e-5)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        lines, steps, width = x.shape
        parts = self.qkv(self.first_norm(x)).view(lines, steps, 3, HEADS, width // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        x = x + self.join(mixed.transpose(1, 2).reshape(lines, steps, width))
        return x + self.narrow(functional.silu(self.widen(self.second_norm(x))))


class _FrozenNorm(nn.Module):
    """A batch norm whose statistics never move: a fixed scale and shift."""

    scale: Tensor
    shift: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(channels))
        self.register_buffer("shift", torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale[:, None, None] + self.shift[:, None, None]


class RecogniserNet(nn.Module):
    """Lines (n, 3, 48, w) to log-probabilities (n, steps, 1 + len(ALPHABET)), blank first.

    ``classes``: what each class of the head writes, the blank ("") first.
    Classes that are forms of one character share its column, as in
    ``digitizer.engines.handwritten``. ``hidden``: channels between the two
    1 x 1 convolutions of each block, in their order (default: those of the
    stock network, twice as many as enter). ``rows``: to how many the 48 rows are
    brought first, a multiple of 4: columns stay as they are, so the steps do too.
    """

    column_of: Tensor
    fewer: Tensor

    def __init__(
        self,
        classes: Sequence[str],
        hidden: Sequence[int] = STOCK_HIDDEN,
        rows: int = LINE_ROWS,
    ) -> None:
        """Make the layers; ``read_network`` fills them."""
        super().__init__()
        if rows % STEM_ROWS or not LEAST_ROWS <= rows <= LINE_ROWS:
            raise ValueError(f"{rows} rows: 16, 20, 24 ... 48 are possible")
        self.hidden, self.rows = tuple(hidden), rows
        self.register_buffer("fewer", torch.from_numpy(fewer_rows(rows)), persistent=False)
        inner = iter(self.hidden)
        self.stem = nn.ModuleList(
            (
                nn.Conv2d(3, 48, 3, 2, 1),
                nn.Conv2d(48, 24, 2),
                nn.Conv2d(24, 48, 2),
                nn.Conv2d(96, 48, 3, 2, 1),
                nn.Conv2d(48, 96, 1),
            )
        )
        channels, stages, strided = 96, [], iter(pads_of(rows))
        for stage in _STAGES:
            blocks = []
            for out, stride, excite in stage:
                around = next(strided) if stride > 1 else (1, 1)
                blocks.append(Block(channels, out, stride, excite, next(inner), around))
                channels = out
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        width = 120
        self.skip = nn.Conv2d(384, width, 1, bias=False)
        self.enter = nn.Conv2d(384, width, 1, bias=False)
        self.along = nn.Conv2d(width, width, (1, 7), 1, (0, 3), groups=width, bias=False)
        self.norms = nn.ModuleList(_FrozenNorm(width) for _ in range(3))
        self.mixers = nn.Sequential(_Attention(width), _Attention(width))
        self.last_norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, len(classes))
        self.classes = tuple(classes)
        columns = [0, *(1 + ALPHABET.index(fold_to_alphabet(c) or " ") for c in classes[1:])]
        self.register_buffer("column_of", torch.tensor(columns))

    def forward(self, x: Tensor, told: list[Tensor] | None = None) -> Tensor:
        """Log-probabilities by column; what each block answers is added to ``told``."""
        logits = self.logits(x, told).float()
        total = torch.logsumexp(logits, 2, keepdim=True)
        top = logits.amax(2, keepdim=True).detach()
        shape = (*logits.shape[:2], 1 + len(ALPHABET))
        index = self.column_of.expand_as(logits)
        sums = torch.zeros(shape, dtype=logits.dtype).to(logits.device)
        sums = sums.scatter_add(2, index, torch.exp(logits - top))
        return torch.log(sums + 1e-9) + top - total

    def logits(self, x: Tensor, told: list[Tensor] | None = None) -> Tensor:
        """What the head says, by class; what each block answers is added to ``told``."""
        stem = list(self.stem)
        if self.rows != LINE_ROWS:
            x = torch.matmul(self.fewer, x)
        x = functional.relu(stem[0](x))
        inner = functional.relu(stem[1](functional.pad(x, (0, 1, 0, 1))))
        inner = functional.relu(stem[2](functional.pad(inner, (0, 1, 0, 1))))
        # The greatest of a pixel and its right and lower neighbours; all are >= 0.
        pooled = functional.max_pool2d(functional.pad(x, (0, 1, 0, 1)), 2, 1)
        x = functional.relu(stem[3](torch.cat((pooled, inner), 1)))
        x = functional.relu(stem[4](x))
        for block in self.blocks():
            x = block(x)
            if told is not None:
                told.append(x)
        x = functional.avg_pool2d(x, (last_rows(self.rows), 2))
        skip = functional.silu(self.norms[0](self.skip(x)))
        x = functional.silu(self.norms[1](self.enter(x)))
        x = x + functional.silu(self.norms[2](self.along(x)))
        tokens = self.last_norm(self.mixers(x.squeeze(2).transpose(1, 2)))
        logits: Tensor = self.head(tokens + skip.squeeze(2).transpose(1, 2))
        return logits

    def blocks(self) -> list[Block]:
        """The blocks of all stages, first to last."""
        found = [block for stage in self.stages for block in stage.children()]
        return [block for block in found if isinstance(block, Block)]

    def block_names(self) -> list[str]:
        """Where each block's tensors stand in ``state_dict``."""
        return [name for name, module in self.named_modules() if isinstance(module, Block)]

    def _layers(self) -> list[nn.Module]:
        """All layers with weights, in the order in which the graph uses them."""
        layers: list[nn.Module] = list(self.stem)
        for stage in self.stages:
            for block in stage.children():
                parts = (block.depth, block.squeeze, block.excite, block.widen, block.narrow)
                layers.extend(part for part in parts if isinstance(part, nn.Module))
        layers += [self.skip, self.norms[0], self.enter, self.norms[1], self.along, self.norms[2]]
        for mixer in self.mixers.children():
            layers += [getattr(mixer, name) for name in ("first_norm", "qkv", "join")]
            layers += [getattr(mixer, name) for name in ("second_norm", "widen", "narrow")]
        return [*layers, self.last_norm, self.head]


def last_rows(rows: int) -> int:
    """Rows that the last block leaves to the pooling, of ``rows`` that came in."""
    return rows // LEAST_ROWS


def pads_of(rows: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows of zeros above and below in the two blocks of stride 2, of ``rows`` that came in.

    With fewer rows than a line has the first of them begins a row later, and neither leaves
    more than half: 36 rows are 9, 4 and 2 where 48 are 12, 6 and 3. The two that are left
    lie between the three.
    """
    if rows == LINE_ROWS:
        return (1, 1), (1, 1)
    return (0, 1 - rows // STEM_ROWS % 2), (1, 0)


def fewer_rows(rows: int) -> npt.NDArray[np.float32]:
    """The matrix (rows, 48) that leaves out rows of white; fewer than 36 are means of what is left.

    Linear and without aliasing.
    """
    if rows == LINE_ROWS:
        return np.eye(LINE_ROWS, dtype=np.float32)
    seen = max(rows, INK_ROWS)
    each = torch.eye(seen)[None, None]
    made: Tensor = functional.interpolate(each, (rows, seen), mode="bilinear", antialias=True)[0, 0]
    around = (WHITE_ROWS, LINE_ROWS - WHITE_ROWS - seen)
    return np.asarray(functional.pad(made, around).numpy(), dtype=np.float32)


def same_rows(network: RecogniserNet, count: int) -> Tensor:
    """What brings the rows of a block of the whole network to those ``network`` has there.

    ``count``: how many these are. The matrix (count, those of the whole network) takes
    between two rows what lies between them.
    """
    step, left = STEM_ROWS, network.rows // STEM_ROWS
    while left > count:
        step, left = 2 * step, left // 2
    places = network.fewer.cpu() @ torch.arange(float(LINE_ROWS))
    # The first block of stride 2 begins a row later (``pads_of``).
    first = STEM_ROWS if step > STEM_ROWS and network.rows < LINE_ROWS else 0
    middles = places[torch.arange(count) * step + first] / step
    whole = torch.arange(LINE_ROWS // step)
    middles = middles.clamp(max=float(whole[-1]))
    return (1.0 - (middles[:, None] - whole).abs()).clamp(min=0.0).to(network.fewer.device)


def trainable(chosen: str | None = None) -> Path:
    """The file in 32 bits of a recogniser, by default of the chosen one, as training wants it.

    Raises ``DependencyError`` as ``find_model`` does.
    """
    chosen = chosen or chosen_recogniser()
    return FULL if chosen == "petition" else find_model(chosen)


def read_network(path: Path) -> RecogniserNet:
    """The network of an ONNX file: the stock one (its head is cut) or one written here.

    Raises ``ValueError`` for another network, and for one in 8 bits.
    """
    model = onnx.load(str(path))
    if any(node.op_type == "QuantizeLinear" for node in model.graph.node):
        raise ValueError(f"{path.name} is in 8 bits: give the file that it was made of")
    classes = ["", *_characters(model), " "]
    chosen = [0, *(i for i, c in enumerate(classes) if i and fold_to_alphabet(c) is not None)]
    stored = [numpy_helper.to_array(tensor) for tensor in _weights(model)]
    network = RecogniserNet([classes[i] for i in chosen], _hidden(stored), _rows(model))
    arrays = iter(stored)
    with torch.no_grad():
        for layer in network._layers():
            if isinstance(layer, _FrozenNorm):
                gain, shift, mean, variance = (next(arrays).astype(np.float64) for _ in range(4))
                scale = gain / np.sqrt(variance + 1e-5)
                _copy(layer.scale, scale)
                _copy(layer.shift, shift - mean * scale)
                continue
            for name, parameter in layer.named_parameters(recurse=False):
                array = next(arrays)
                if isinstance(layer, nn.Linear) and name == "weight":
                    array = array.T
                if layer is network.head:
                    array = array[chosen]
                _copy(parameter, array.reshape(parameter.shape))
    network.fewer.copy_(torch.from_numpy(_matrix(model)))
    if next(arrays, None) is not None:
        raise ValueError(f"{path.name} holds another network than PP-OCRv6 small")
    return network


def without_needless_classes(source: Path, target: Path) -> Path:
    """``source``, or ``target`` written without the classes that no petition needs, if it has any.

    Raises ``ValueError`` as ``read_network`` does where there are some.
    """
    model = onnx.load(str(source))
    told = any(prop.key == "character" for prop in model.metadata_props)
    classes = _characters(model) if told else []
    if all(fold_to_alphabet(one) is not None for one in classes):
        return source
    write_network(read_network(source), source, target, {})
    return target


def mix_networks(stock: RecogniserNet, tuned: RecogniserNet, share: float) -> RecogniserNet:
    """``tuned`` with its weights moved back: ``share`` of them, the rest of ``stock``.

    Wortsman et al., Robust fine-tuning of zero-shot models, 2022 (WiSE-FT). A network
    that was cut shares no weights with a whole one: ``ValueError`` but for all of it.
    """
    if share == 1.0:
        return tuned
    if (stock.hidden, stock.rows) != (tuned.hidden, tuned.rows):
        raise ValueError("networks with other channels or rows cannot be mixed: take all of one")
    with torch.no_grad():
        for new, old in zip(tuned.parameters(), stock.parameters(), strict=True):
            new.copy_(torch.lerp(old, new, share))
    return tuned


def write_network(
    network: RecogniserNet, stock: Path, path: Path, notes: Mapping[str, str]
) -> None:
    """Write the network's weights into the stock graph; ``notes`` go into its metadata."""
    model = onnx.load(str(stock))
    tensors = iter(_weights(model))
    for layer in network._layers():
        if isinstance(layer, _FrozenNorm):
            # Frozen: what the stock file has.
            for _ in range(4):
                next(tensors)
            continue
        for name, parameter in layer.named_parameters(recurse=False):
            array = parameter.detach().cpu().numpy().astype(np.float32)
            if isinstance(layer, nn.Linear) and name == "weight":
                array = array.T
            tensor = next(tensors)
            if array.ndim == 1:
                # Shifts are stored with the axes they are added along.
                array = array.reshape([-1 if size > 1 else 1 for size in tensor.dims])
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(array), tensor.name))
    if network.rows != _rows(model):
        _look_at_fewer(model, network)
    # Shapes of the old head.
    del model.graph.value_info[:]
    output = model.graph.output[0].type.tensor_type.shape.dim
    output[2].dim_value = len(network.classes)
    del model.metadata_props[:]
    for key, value in {"character": "\n".join(network.classes[1:-1]), **notes}.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _matrix(model: onnx.ModelProto) -> npt.NDArray[np.float32]:
    """What brings a picture to the rows that the network looks at, (rows, 48)."""
    stored = (numpy_helper.to_array(t) for t in model.graph.initializer if t.name == _ROWS_NAME)
    return np.array(next(stored, fewer_rows(LINE_ROWS)), dtype=np.float32)


def _rows(model: onnx.ModelProto) -> int:
    """Rows that the network looks at."""
    return len(_matrix(model))


def _look_at_fewer(model: onnx.ModelProto, network: RecogniserNet) -> None:
    """Put before a graph that looks at all rows what brings them to fewer."""
    if _rows(model) != LINE_ROWS:
        raise ValueError("the graph looks at fewer rows already")
    graph = model.graph
    came, brought = graph.input[0].name, "rows.fewer"
    strided = iter(pads_of(network.rows))
    for node in graph.node:
        for at, name in enumerate(node.input):
            if name == came:
                node.input[at] = brought
        attributes = {attribute.name: attribute for attribute in node.attribute}
        if node.op_type == "AveragePool":
            for name in ("kernel_shape", "strides"):
                attributes[name].ints[0] = last_rows(network.rows)
        elif node.op_type == "Conv" and list(attributes["strides"].ints) == [2, 1]:
            above, below = next(strided)
            attributes["pads"].ints[:] = [above, 1, below, 1]
    matrix = np.asarray(network.fewer.cpu().numpy(), dtype=np.float32)
    graph.initializer.append(numpy_helper.from_array(matrix, _ROWS_NAME))
    graph.node.insert(0, onnx.helper.make_node("MatMul", [_ROWS_NAME, came], [brought]))


def _characters(model: onnx.ModelProto) -> list[str]:
    """Characters of the classes, without blank and space."""
    for prop in model.metadata_props:
        if prop.key == "character":
            return str(prop.value).split("\n")
    raise ValueError("the file does not say which characters it reads")


def _weights(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    """Tensors of weights in the order of use: floats of more than one value."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    return [
        stored[name]
        for node in model.graph.node
        for name in node.input
        if name in stored
        and name != _ROWS_NAME
        and stored[name].data_type == onnx.TensorProto.FLOAT
        and int(np.prod(stored[name].dims)) > 1
    ]


def _hidden(arrays: Sequence[npt.NDArray[np.floating]]) -> list[int]:
    """Channels inside each block, from the weights in their order of use."""
    blocks = sum(len(stage) for stage in _STAGES)
    shapes = [array.shape for array in arrays if array.ndim == 4 and array.shape[0] > 1]
    # A block is a depthwise convolution, two of the excitation if any, and the pair.
    found, at = [], 5
    for _, _, excite in (block for stage in _STAGES for block in stage):
        at += 3 if excite else 1
        found.append(shapes[at][0])
        at += 2
    assert len(found) == blocks
    return found


def _copy(target: Tensor, array: npt.NDArray[np.floating]) -> None:
    target.copy_(torch.from_numpy(np.array(array, dtype=np.float32)))
