"""Train the network that tells strokes from rulings (``digitizer/writing/rulenet.py``).

    python -m training.fit_rulenet --handwriting DIR [--mixes 4000] [--steps 1500] [--seed 1]
                                   [--places-only]

Place names and first names of the train split, in many sizes and pens, lying down and
standing, are multiplied with drawn rulings: thin and thick, faint and black, dotted,
dashed, double, slanted and wavy, on paper of different grain, blurred, printed dark over
light, compressed. Where the word alone is darker than half its own contrast there is a
stroke. No paper and no hand of any benchmark is among them. The first tenth of the mixes is
held back to print how well it does: other rulings, of words that may also be in the rest.
Writes ``digitizer/models/rulenet.onnx``; minutes on one core.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from digitizer.rectify import flatten
from digitizer.writing import ink
from digitizer.writing.marks import longest_runs
from digitizer.writing.rulenet import MODEL_FILE, REACH_PX, as_input, sample_strip
from training.ink import Split, iter_clean_names, iter_places

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

WIDTH, HEIGHT = 288, 128
PAPER = 245.0
CHANNELS = 12
# Along the ruling the layers look ever farther: 31 px to both sides in all.
DILATIONS = (1, 2, 4, 8)
BATCH = 24
# Columns of a sample that are shown at a time.
SHOWN = 192
RATE = 3e-3
# A stroke is darker than the paper by this share of the word's own contrast.
STROKE_SHARE = 0.45
# A word paler than this, gray levels, is lost in the paper.
LEAST_CONTRAST = 40.0
# Longer straight runs are frames of the forms that words were cut from, px.
LONGEST_PX = 60
# Strokes' soft edges, where either answer is right, px: they count this much.
EDGE_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Sample:
    """A strip as the network is shown it, where strokes are, and what each place counts."""

    shown: Floats
    stroke: Floats
    weight: Floats


def words(root: Path, *, places_only: bool) -> list[Gray]:
    """The train split's words, dark on light."""
    places = (crop.pixels for crop in iter_places(root, Split.TRAIN))
    clean = () if places_only else iter_clean_names(root, Split.TRAIN)
    names = (crop.pixels for crop in clean)
    return [cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) for both in (places, names) for pixels in both]


def draw_word(word: Gray, random: np.random.Generator) -> tuple[Gray, float]:
    """A word alone on a patch of paper, sometimes standing on its side, and its contrast."""
    height = int(random.integers(34, 92))
    width = int(np.clip(word.shape[1] * height / word.shape[0] * random.uniform(0.7, 1.2), 40, 900))
    scaled = flatten(cv2.resize(word, (width, height), interpolation=cv2.INTER_AREA))
    fade = random.uniform(0.45, 1.15)
    scaled = np.clip(PAPER - fade * (PAPER - scaled.astype(np.float32)), 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        scaled = np.ascontiguousarray(scaled.T)
    alone = np.full((HEIGHT, WIDTH), round(PAPER), np.uint8)
    # The ruling runs through it, or close by.
    top = HEIGHT // 2 - int(random.integers(-6, scaled.shape[0] + 6))
    left = int(random.integers(-max(0, scaled.shape[1] - WIDTH // 2), WIDTH // 2))
    y0, x0 = max(0, top), max(0, left)
    part = scaled[y0 - top :, x0 - left :][: HEIGHT - y0, : WIDTH - x0]
    alone[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part
    return alone, PAPER - float(np.percentile(scaled, 3))


def draw_ruling(random: np.random.Generator) -> tuple[Floats, Floats, float]:
    """Paper with a ruling (H, W), the ruling's row at each column, and its thickness."""
    x = np.arange(WIDTH)
    middle = HEIGHT / 2 + random.uniform(-3, 3) + random.normal(0, 0.006) * (x - WIDTH / 2)
    middle = middle + random.uniform(0, 0.6) * np.sin(
        x / random.uniform(20, 90) + random.uniform(0, 6)
    )
    thickness = float(
        random.choice([random.uniform(0.8, 2.5), random.uniform(1.5, 5)], p=[0.6, 0.4])
    )
    dark = float(random.uniform(25, 225))
    along = cv2.GaussianBlur(random.normal(0, 1, (1, WIDTH)), (0, 0), random.uniform(1, 12))[0]
    along = 1 + random.uniform(0, 0.25) * along / max(float(along.std()), 1e-6)
    kind = random.random()
    if kind < 0.1:  # dotted or dashed
        period = random.uniform(4, 24)
        along = along * (
            (x + random.uniform(0, period)) % period < random.uniform(0.4, 0.7) * period
        )
    elif kind < 0.2:  # worn
        wear = cv2.GaussianBlur(random.normal(0, 1, (1, WIDTH)), (0, 0), random.uniform(2, 8))[0]
        along = along * (wear > -0.8 * wear.std())
    wobble = cv2.GaussianBlur(random.normal(0, 1, (1, WIDTH)), (0, 0), 2)[0] * random.uniform(
        0, 0.5
    )
    soft = random.uniform(0.25, 1.1)
    rows = np.arange(HEIGHT)[:, None]
    far = np.abs(rows - (middle + wobble)[None, :])
    shape = 1 / (1 + np.exp((far - thickness / 2) / (soft / 2)))
    if random.random() < 0.06:  # double
        beside = np.abs(rows - (middle + thickness + random.uniform(3, 8))[None, :])
        shape = np.maximum(shape, 1 / (1 + np.exp((beside - thickness / 2) / (soft / 2))))
    patch = PAPER - dark * np.clip(along, 0, None)[None, :] * shape
    return patch.astype(np.float32), middle.astype(np.float32), thickness


def make_sample(word: Gray | None, random: np.random.Generator) -> Sample | None:
    """A mix as the network will meet it; None where the word holds a frame's line."""
    patch, middle, thickness = draw_ruling(random)
    alone, contrast = np.full((HEIGHT, WIDTH), round(PAPER), np.uint8), PAPER
    if word is not None:
        alone, contrast = draw_word(word, random)
    stroke = alone < PAPER - STROKE_SHARE * max(contrast, LEAST_CONTRAST)
    if longest_runs(stroke, 1).max() > LONGEST_PX:
        return None
    if random.random() < 0.75:
        mixed = patch * alone / PAPER
    else:
        mixed = np.minimum(patch, alone)
    grain = random.normal(0, 1, mixed.shape).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), random.uniform(0.3, 1.2))
    mixed = mixed + random.uniform(0.5, 9) * grain / float(grain.std())
    if random.random() < 0.5:
        mixed = cv2.GaussianBlur(mixed, (0, 0), random.uniform(0.3, 0.9))
    gray = np.clip(mixed, 0, 255).astype(np.uint8)
    if random.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 96))]
        gray = cv2.imdecode(cv2.imencode(".jpg", gray, quality)[1], cv2.IMREAD_GRAYSCALE)
    page = ink.measure_ink(gray)
    at = np.arange(0, WIDTH, 16)
    off = random.uniform(-1.5, 1.5)
    points = np.column_stack([at, middle[at] + off]).astype(np.float64)
    path = ink.snap_rule(page.darkness, points, True, max(1.0, round(thickness)))
    if path is None:
        return None
    columns = np.arange(path.start, path.start + len(path.centers), dtype=np.int32)
    # A page's print is darker or lighter than this ruling: it is not told by it alone.
    strong = max(page.print_darkness, 40.0) * random.uniform(0.8, 1.3)
    shown = as_input(sample_strip(page.darkness, columns, path.centers), strong)
    true = sample_strip(stroke.astype(np.uint8) * 255, columns, path.centers) / 255
    certain = np.abs(true - 0.5) > 0.4
    weight = np.where(certain, 1.0, EDGE_WEIGHT).astype(np.float32)
    # Only what lies on the ruling or touches it is asked of the network.
    reach = np.abs(np.arange(-REACH_PX, REACH_PX + 1))[:, None]
    weight = weight * np.clip((thickness / 2 + 5 - reach) / 2, 0.05, 1).astype(np.float32)
    return Sample(shown, true.astype(np.float32), weight)


def network() -> torch.nn.Sequential:
    """Convolutions that look ever farther along the ruling."""
    layers: list[torch.nn.Module] = []
    count = 2
    for dilation in DILATIONS:
        layers += [
            torch.nn.Conv2d(count, CHANNELS, 3, padding=(1, dilation), dilation=(1, dilation)),
            torch.nn.ReLU(),
        ]
        count = CHANNELS
    layers.append(torch.nn.Conv2d(count, 1, (3, 3), padding=(1, 1)))
    return torch.nn.Sequential(*layers)


def train(samples: list[Sample], steps: int, seed: int) -> torch.nn.Sequential:
    """Fit the network on samples of one length each."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    net = network()
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for step in range(steps):
        chosen = [samples[int(k)] for k in random.integers(len(samples), size=BATCH)]
        left = int(random.integers(0, 256 - SHOWN + 1))
        shown, true, weight = (
            torch.from_numpy(np.stack([getattr(s, name)[..., left : left + SHOWN] for s in chosen]))
            for name in ("shown", "stroke", "weight")
        )
        if random.random() < 0.5:
            shown, true, weight = (one.flip(-1) for one in (shown, true, weight))
        if random.random() < 0.5:
            shown, true, weight = (one.flip(-2) for one in (shown, true, weight))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            net(shown)[:, 0], true, weight=weight
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)
    return net


def write_model(net: torch.nn.Sequential, file: Path) -> None:
    """The network as ONNX, any strip length."""
    nodes, weights, name = [], [], "strip"
    for number, layer in enumerate(net):
        out = "logits" if number == len(net) - 1 else f"h{number}"
        if isinstance(layer, torch.nn.Conv2d):
            for kind, values in (("w", layer.weight), ("b", layer.bias)):
                assert values is not None  # every layer has a bias
                weights.append(numpy_helper.from_array(values.detach().numpy(), f"{kind}{number}"))
            (down, along), (_, apart) = layer.padding, layer.dilation
            nodes.append(
                helper.make_node(
                    "Conv", [name, f"w{number}", f"b{number}"], [out],
                    pads=[down, along, down, along], dilations=[1, apart],
                )
            )  # fmt: skip
        else:
            nodes.append(helper.make_node("Relu", [name], [out]))
        name = out
    rows = 2 * REACH_PX + 1
    graph = helper.make_graph(
        nodes,
        "rulenet",
        [helper.make_tensor_value_info("strip", TensorProto.FLOAT, [1, 2, rows, "along"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 1, rows, "along"])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())


def main(arguments: list[str] | None = None) -> None:
    """Draw the mixes, train, print what the held-back tenth shows, write the model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = os.environ.get("DIGITIZER_HANDWRITING")
    parser.add_argument("--handwriting", type=Path, default=folder, required=not folder)
    parser.add_argument("--mixes", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--places-only", action="store_true", help="train without first names")
    parser.add_argument("--to", type=Path, default=MODEL_FILE)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    random = np.random.default_rng(options.seed)
    hands = words(options.handwriting, places_only=options.places_only)
    samples: list[Sample] = []
    while len(samples) < options.mixes:
        word = None if random.random() < 0.08 else hands[int(random.integers(len(hands)))]
        sample = make_sample(word, random)
        if sample is not None and sample.shown.shape[2] >= 256:
            samples.append(sample)
    held = len(samples) // 10
    net = train(samples[held:], options.steps, options.seed)
    right, missed, false = 0.0, 0.0, 0.0
    with torch.no_grad():
        for one in samples[:held]:
            said = net(torch.from_numpy(one.shown[None]))[0, 0].numpy() > 0
            near = one.weight > 0.5
            stroke = one.stroke > 0.9
            right += float((said & stroke & near).sum())
            missed += float((~said & stroke & near).sum())
            false += float((said & (one.stroke < 0.1) & near).sum())
    print(
        f"held back: {right / (right + missed):.2%} of strokes kept, {false / right:.2%} too many"
    )
    write_model(net, options.to)


if __name__ == "__main__":
    main()
