"""Fine-tune the stock recogniser on petition hands.

    pip install -e '.[training]'
    python -m training.finetune --handwriting DIR --out DIR [--fonts DIR] [--hours H]
        [--lines N] [--seed N] [--resume] [--start FILE] [--without-names]

Lines of every kind are drawn anew all the time (``finetune_lines``), so the
network never forgets one kind for another. Everything is a function of the
seed and of how many lines were seen: a run stopped by ``--hours`` (or killed)
goes on with ``--resume`` from its last checkpoint as if it had never stopped.
The step size is constant and falls to nothing over the last fifth of
``--lines``; ``--resume`` with more lines starts again from the checkpoint that
was kept before the fall. Uses a GPU when there is one. Writes to ``--out``:

``last.pt``, ``steady.pt``   to go on from (the second before the fall)
``NNNNNN.onnx``              weights averaged over the last thousand steps or so
``log.csv``                  loss by kind

What comes out is one end of a line whose other end is the stock network:
``training.finetune_choose`` picks the place between them on the calibrate
split and writes the file that ships.
"""

import argparse
import csv
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from digitizer.engines.handwritten import ALPHABET, MIN_WIDTH_PX, STEP_PX, prepare_line
from digitizer.recognisers import find_model
from training.finetune_lines import InkLine, Sources, draw_line, hand_fonts
from training.finetune_names import labelled_names, place_lines, sure_names
from training.ink import Glyphs, Split, handwriting_root
from training.recogniser_net import RecogniserNet, read_network, write_network

# Lines drawn together, sorted by width and cut into batches of about so many
# columns: little of a batch is padding.
POOL_LINES = 384
BATCH_COLUMNS = 4096

# Wider lines are left out: few, and each costs as much as three.
MAX_WIDTH_PX = 640

# Lines are squeezed sideways to between these shares of their width: time is
# proportional to width, and how much of it reading can do without is chosen later.
SQUEEZES = (0.7, 1.0)

# Step sizes of the new and the old parts; the stem (rows of pixels, alike in
# all writing) stays as it is.
HEAD_STEP = 6e-4
BODY_STEP = 2.5e-4
WARM_STEPS = 150
FALL_SHARE = 0.2
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 5.0

# Share of the average that a step keeps.
KEPT = 0.998

# Weight of staying unsure: the mean entropy of steps is worth this much loss.
UNSURE = 0.01

# Real ink that is named more often than once in the list of names: the
# labelled ones beside those that are read by the network itself.
LABELLED_WEIGHT = 4

CHECKPOINT_S = 300.0
ONNX_EVERY_LINES = 6000


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Padded pictures (n, 3, 48, w), texts as columns, and the kinds of the lines."""

    pictures: Tensor
    targets: Tensor
    lengths: Tensor
    kinds: Sequence[str]


@dataclass(slots=True)
class State:
    """All that a run carries on."""

    network: RecogniserNet
    average: RecogniserNet
    optimiser: torch.optim.AdamW
    pool: int = 0
    lines: int = 0
    steps: int = 0


def load_sources(root: Path, out: Path, fonts: Path | None, *, names: bool) -> Sources:
    """The ink and fonts to draw from; what reading the names gave is kept in ``out``."""
    kept = out / "names.pickle"
    found: list[InkLine] = []
    if names and kept.is_file():
        # Written by this program into its own folder.
        found = [InkLine(pixels, text) for pixels, text in pickle.loads(kept.read_bytes())]
    elif names:
        found = [*labelled_names(root)] * LABELLED_WEIGHT + [*sure_names(root)]
        kept.write_bytes(pickle.dumps([(line.pixels, line.text) for line in found]))
    return Sources(
        places=place_lines(root, Split.TRAIN),
        names=found,
        glyphs=Glyphs(root, Split.TRAIN),
        fonts=hand_fonts(fonts, "train") if fonts else (),
    )


def pool_batches(sources: Sources, seed: int, pool: int, device: torch.device) -> Iterator[Batch]:
    """The batches of one pool of lines; the same for the same seed and number."""
    rng = np.random.default_rng((seed, pool))
    drawn: list[tuple[str, npt.NDArray[np.uint8], str]] = []
    for _ in range(POOL_LINES):
        kind, line = draw_line(sources, rng)
        if min(line.pixels.shape) < 2 or not line.text:
            continue
        prepared = squeeze(prepare_line(line.pixels), float(rng.uniform(*SQUEEZES)), line.text)
        if prepared.shape[1] <= MAX_WIDTH_PX:
            drawn.append((kind, prepared, line.text))
    drawn.sort(key=lambda item: item[1].shape[1])
    groups: list[list[tuple[str, npt.NDArray[np.uint8], str]]] = [[]]
    for item in drawn:
        if (len(groups[-1]) + 1) * item[1].shape[1] > BATCH_COLUMNS:
            groups.append([])
        groups[-1].append(item)
    for index in rng.permutation(len(groups)):
        yield _batch(groups[int(index)], device)


def squeeze(prepared: npt.NDArray[np.uint8], share: float, text: str) -> npt.NDArray[np.uint8]:
    """The line made narrower, but with steps enough for every sign of ``text``."""
    twins = sum(a == b for a, b in pairwise(text))
    least = STEP_PX * (1.2 * len(text) + twins + 1)
    width = max(share * prepared.shape[1], min(least, prepared.shape[1]))
    whole = max(MIN_WIDTH_PX, round(width / STEP_PX) * STEP_PX)
    narrow: npt.NDArray[np.uint8] = cv2.resize(
        prepared, (whole, prepared.shape[0]), interpolation=cv2.INTER_AREA
    )
    return narrow


def _batch(items: Sequence[tuple[str, npt.NDArray[np.uint8], str]], device: torch.device) -> Batch:
    width = max(pixels.shape[1] for _, pixels, _ in items)
    pictures = np.ones((len(items), 1, 48, width), np.float32)
    for row, (_, pixels, _) in enumerate(items):
        pictures[row, 0, :, : pixels.shape[1]] = pixels / 127.5 - 1.0
    targets = [1 + ALPHABET.index(c) for _, _, written in items for c in written]
    whole = torch.from_numpy(pictures).expand(-1, 3, -1, -1)
    return Batch(
        pictures=whole.contiguous(memory_format=torch.channels_last).to(device),
        targets=torch.tensor(targets),
        lengths=torch.tensor([len(written) for _, _, written in items]),
        kinds=[kind for kind, _, _ in items],
    )


def losses(network: RecogniserNet, batch: Batch) -> tuple[Tensor, Tensor]:
    """CTC loss a character for each line, and the mean entropy of all steps."""
    answers = network(batch.pictures)
    steps = torch.full((answers.shape[0],), answers.shape[1])
    by_line = functional.ctc_loss(
        answers.transpose(0, 1).cpu() if answers.device.type == "mps" else answers.transpose(0, 1),
        batch.targets.to(answers.device),
        steps,
        batch.lengths,
        reduction="none",
        zero_infinity=True,
    )
    entropy = -(answers.exp() * answers).sum(2).mean()
    return by_line / batch.lengths.to(by_line.device), entropy


def start(first: Path, device: torch.device) -> State:
    """The network of a file, about to be trained."""
    network = read_network(first).to(device=device, memory_format=torch.channels_last)
    average = read_network(first).to(device=device, memory_format=torch.channels_last)
    for parameter in [*network.stem.parameters(), *average.parameters()]:
        parameter.requires_grad_(False)
    fresh = {id(p) for part in (network.head, network.mixers) for p in part.parameters()}
    groups = [
        {
            "params": [
                p for p in network.parameters() if p.requires_grad and (id(p) in fresh) is new
            ],
            "lr": step,
            "step": step,
        }
        for new, step in ((True, HEAD_STEP), (False, BODY_STEP))
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.99))
    return State(network, average, optimiser)


def step_factor(steps: int, lines: int, total: int) -> float:
    """Share of the full step size: rising at first, falling over the last fifth."""
    rise = min(1.0, (steps + 1) / WARM_STEPS)
    left = (total - lines) / max(1.0, FALL_SHARE * total)
    return rise * min(1.0, max(0.0, left))


def train_batch(state: State, batch: Batch, factor: float) -> Tensor:
    """One step; the loss of each line."""
    for group in state.optimiser.param_groups:
        group["lr"] = group["step"] * factor
    by_line, entropy = losses(state.network, batch)
    # One hopeless line (a wrong label) must not steer the batch.
    loss = by_line.clamp(max=6.0).mean() - UNSURE * entropy
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(state.network.parameters(), LARGEST_GRADIENT)
    state.optimiser.step()
    kept = min(KEPT, (state.steps + 1) / (state.steps + 10))
    with torch.no_grad():
        for old, new in zip(state.average.parameters(), state.network.parameters(), strict=True):
            old.lerp_(new, 1.0 - kept)
    state.steps += 1
    state.lines += len(batch.kinds)
    return by_line.detach()


def save(state: State, path: Path, total: int) -> None:
    """Write a checkpoint, whole or not at all; ``total``: lines the run was to see."""
    content = {
        "total": total,
        "network": state.network.state_dict(),
        "average": state.average.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "pool": state.pool,
        "lines": state.lines,
        "steps": state.steps,
    }
    torch.save(content, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def restore(state: State, path: Path, device: torch.device) -> int:
    """Go on from a checkpoint; the lines that run was to see."""
    content = torch.load(path, map_location=device, weights_only=True)
    state.network.load_state_dict(content["network"])
    state.average.load_state_dict(content["average"])
    state.optimiser.load_state_dict(content["optimiser"])
    state.pool, state.lines, state.steps = content["pool"], content["lines"], content["steps"]
    return int(content["total"])


def run(options: argparse.Namespace, root: Path) -> None:
    """Train until the lines or the hours are used up."""
    began, saved = time.monotonic(), time.monotonic()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(options.seed)
    cv2.setNumThreads(1)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    stock = find_model("stock")
    state = start(options.start or stock, device)
    last, steady = out / "last.pt", out / "steady.pt"
    if options.resume and last.is_file():
        total = restore(state, last, device)
        if steady.is_file() and state.lines > (1 - FALL_SHARE) * total and options.lines > total:
            restore(state, steady, device)
    sources = load_sources(root, out, options.fonts, names=not options.without_names)
    print(
        f"{len(sources.places)} places, {len(sources.names)} names, {len(sources.fonts)} fonts; "
        f"from line {state.lines} to {options.lines} on {device}",
        flush=True,
    )
    tally: dict[str, list[float]] = defaultdict(list)
    next_onnx = (state.lines // ONNX_EVERY_LINES + 1) * ONNX_EVERY_LINES
    fall_at = (1 - FALL_SHARE) * options.lines
    with (out / "log.csv").open("a", newline="") as handle:
        log = csv.writer(handle)
        while state.lines < options.lines:
            before = state.lines
            for batch in pool_batches(sources, options.seed, state.pool, device):
                factor = step_factor(state.steps, state.lines, options.lines)
                for kind, loss in zip(batch.kinds, train_batch(state, batch, factor), strict=True):
                    tally[kind].append(float(loss))
            state.pool += 1
            # Checkpoints fall between pools, where a run can be taken up exactly.
            if before < fall_at <= state.lines:
                save(state, steady, options.lines)
            if state.lines >= next_onnx or state.lines >= options.lines:
                next_onnx += ONNX_EVERY_LINES
                _export(state, stock, out / f"{state.lines:06d}.onnx")
            seconds = round(time.monotonic() - began)
            means = {k: round(float(np.mean(v)), 4) for k, v in sorted(tally.items())}
            log.writerow([state.lines, seconds, *(f"{k}={v}" for k, v in means.items())])
            handle.flush()
            tally.clear()
            over = time.monotonic() - began > 3600 * options.hours
            if over or time.monotonic() - saved > CHECKPOINT_S or state.lines >= options.lines:
                saved = time.monotonic()
                save(state, last, options.lines)
            if over:
                print(f"time is up at line {state.lines}; go on with --resume")
                return


def _export(state: State, stock: Path, path: Path) -> None:
    write_network(state.average, stock, path, {"lines": str(state.lines)})
    print(f"{path.name} after {state.steps} steps", flush=True)


def main() -> int:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--handwriting", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--fonts", type=Path, help="font cache, as scripts.sheets.fonts fills it")
    parser.add_argument("--hours", type=float, default=24.0, help="stop after so long")
    parser.add_argument("--lines", type=int, default=60000, help="lines to see in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="start from this .onnx file, not from stock")
    parser.add_argument("--resume", action="store_true", help="go on from --out")
    parser.add_argument("--without-names", action="store_true", help="use no name crops")
    options = parser.parse_args()
    root = handwriting_root(options.handwriting)
    if root is None:
        print("no handwriting folder: give --handwriting DIR", file=sys.stderr)
        return 2
    run(options, root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
