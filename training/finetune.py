"""Fine-tune the stock recogniser on petition hands.

    pip install -e '.[training]'
    python -m training.finetune --handwriting DIR --out DIR [--fonts DIR] [--hours H]
        [--lines N] [--seed N] [--resume] [--start FILE] [--without-names]
        [--workers N] [--columns N] [--minutes M] [--step-scale X] [--teacher FILE]

Lines of every kind are drawn anew all the time (``finetune_lines``), so the
network never forgets one kind for another. Everything is a function of the
seed and of how many lines were seen: a run stopped by ``--hours`` (or killed)
goes on with ``--resume`` from its last checkpoint as if it had never stopped, and
calculates the way it began with (bfloat16 or not), whatever is quickest by then.
The step size is constant and falls to nothing over the last third (``--fall``) of
``--lines``; ``--resume`` with more lines starts again from the checkpoint that
was kept before the fall. Uses a GPU when there is one: with ``--workers`` processes
that draw lines, ``--columns`` of some ten thousand and ``--step-scale 2`` it
sees more lines in ten seconds than two cores do in an hour; where drawing is too
slow for it, ``--echo 2`` shows each line twice (Choi et al., Faster neural network
training with data echoing, 2019). ``--minutes`` brings the
fall to its end by then, however many lines were seen. On a GPU weights differ
in their last digits from run to run. ``--sources FILE`` writes the ink and
fonts to one file and ends, or starts from that file where it is there already:
for machines without the folders. Writes to ``--out``:

``last.pt``, ``steady.pt``   to go on from (the second before the fall)
``NNNNNN.onnx``              weights averaged over the last thousand steps or so
``log.csv``                  loss by kind

What comes out is one end of a line whose other end is the stock network:
``training.finetune_choose`` picks the place between them on the calibrate
split and writes the file that ships.
"""

import argparse
import contextlib
import csv
import lzma
import math
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from digitizer.engines.handwritten import ALPHABET
from digitizer.recognisers import find_model
from training.finetune_augment import clean
from training.finetune_lines import InkLine, Sources, hand_fonts
from training.finetune_names import labelled_names, place_lines, sure_names
from training.finetune_pools import BATCH_COLUMNS, Batch, Pools, echoed
from training.ink import Glyphs, Split, handwriting_root
from training.recogniser_net import RecogniserNet, read_network, same_rows, write_network

# A try of a way to calculate.
TRIED_LINES, TRIED_STEPS = 192, 6
# A way is not tried further if a step takes so many times as long as of the best so far.
HOPELESS = 3.0

COLUMN_OF = {c: 1 + i for i, c in enumerate(ALPHABET)}

# Step sizes of the new and the old parts; the stem (rows of pixels, alike in
# all writing) stays as it is.
HEAD_STEP = 6e-4
BODY_STEP = 2.5e-4
WARM_STEPS = 150
FALL_SHARE = 0.3
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 5.0

# A line's loss a character counts up to here.
LARGEST_LOSS = 6.0

# Weight of the labels beside a teacher's answers, and of what its blocks say inside
# (squared error as a share of the square, summed over blocks).
LABELS_SHARE, BLOCKS_SHARE = 0.3, 0.3

# Share of the average that a step keeps.
KEPT = 0.998

# Weight of staying unsure: the mean entropy of steps is worth this much loss.
UNSURE = 0.01

# Real ink that is named more often than once in the list of names: the
# labelled ones beside those that are read by the network itself.
LABELLED_WEIGHT = 4

# What the unlabelled names were read as, in the folder of a run.
NAMES_FILE = "names.pickle"

CHECKPOINT_S = 300.0
ONNX_EVERY_LINES = 6000


@dataclass(frozen=True, slots=True)
class Way:
    """Where and how to calculate: ``half`` is bfloat16 where that is enough."""

    device: torch.device
    half: bool
    layout: torch.memory_format


@dataclass(slots=True)
class State:
    """All that a run carries on."""

    network: RecogniserNet
    average: RecogniserNet
    optimiser: torch.optim.AdamW
    pool: int = 0
    lines: int = 0
    steps: int = 0
    teacher: RecogniserNet | None = None


def load_sources(
    root: Path, out: Path, fonts: Path | None, *, names: bool, other: str | None = None
) -> Sources:
    """The ink and fonts to draw from; what reading the names gave is kept in ``out``."""
    kept = out / NAMES_FILE
    found: list[InkLine] = []
    if names and kept.is_file():
        # Written by this program into its own folder.
        found = [InkLine(pixels, text) for pixels, text in pickle.loads(kept.read_bytes())]
    elif names:
        found = [*labelled_names(root)] * LABELLED_WEIGHT + [*sure_names(root, other)]
        kept.write_bytes(pickle.dumps([(line.pixels, line.text) for line in found]))
    # As ``augment`` would make them, which packs better.
    cleaned = {id(line): InkLine(clean(line.pixels), line.text) for line in found}
    return Sources(
        places=[InkLine(clean(n.pixels), n.text) for n in place_lines(root, Split.TRAIN)],
        names=[cleaned[id(line)] for line in found],
        glyphs=Glyphs(root, Split.TRAIN),
        fonts=tuple(font.read_bytes() for font in hand_fonts(fonts, "train")) if fonts else (),
    )


def losses(state: State, batch: Batch, way: Way) -> tuple[Tensor, Tensor]:
    """CTC loss a character for each line, and what is to become small.

    That is the mean CTC loss less a reward for staying unsure; with a teacher, how
    far the answers are from the teacher's (Kullback-Leibler, a character: Hinton,
    Vinyals and Dean, 2015), how far each block's are (Romero et al., FitNets, 2015),
    and a share of the CTC loss.
    """
    pictures = torch.from_numpy(batch.pictures).to(way.device).float()[:, None] / 127.5 - 1.0
    whole = pictures.expand(-1, 3, -1, -1).contiguous(memory_format=way.layout)
    ours: list[Tensor] | None = None if state.teacher is None else []
    with torch.autocast(way.device.type, torch.bfloat16, enabled=way.half):
        answers = state.network(whole, ours)
    lengths = torch.tensor([len(text) for text in batch.texts])
    by_line = functional.ctc_loss(
        answers.transpose(0, 1),
        torch.tensor([COLUMN_OF[c] for text in batch.texts for c in text]).to(way.device),
        torch.full((answers.shape[0],), answers.shape[1]),
        lengths,
        reduction="none",
        zero_infinity=True,
    )
    lengths = lengths.to(way.device)
    by_line = by_line / lengths
    # One hopeless line (a wrong label) must not steer the batch.
    read = by_line.clamp(max=LARGEST_LOSS).mean()
    if state.teacher is None or ours is None:
        entropy = -(answers.exp() * answers).sum(2).mean()
        return by_line, read - UNSURE * entropy
    theirs: list[Tensor] = []
    with torch.no_grad(), torch.autocast(way.device.type, torch.bfloat16, enabled=way.half):
        taught = state.teacher(whole, theirs)
    apart = ((taught.exp() * (taught - answers)).sum((1, 2)) / lengths).clamp(max=LARGEST_LOSS)
    # Ours may look at fewer rows.
    pairs = [
        (a.float(), torch.matmul(same_rows(state.network, a.shape[2]), b.float()))
        for a, b in zip(ours, theirs, strict=True)
    ]
    inside = sum(((a - b) ** 2).mean() / (b**2).mean() for a, b in pairs)
    return by_line, apart.mean() + BLOCKS_SHARE * inside + LABELS_SHARE * read


def quickest_way(first: Path, device: torch.device) -> Way:
    """How this network is trained most quickly here, tried out for a second or so each.

    Some processors have bfloat16 and win a third by it, on others it is slower.
    """
    on_gpu = device.type == "cuda"
    lines = TRIED_LINES if on_gpu else TRIED_LINES // 48
    pictures = np.full((lines, 48, 256), 255, np.uint8)
    batch = Batch(pictures, ["word"] * lines, ["none"] * lines)
    spent: dict[Way, float] = {}
    # Where a processor has no bfloat16 a step takes some seconds: what is sure comes first.
    for half in (False, True):
        for layout in (torch.channels_last, torch.contiguous_format):
            way = Way(device, half, layout)
            state = start(first, way)
            _seconds(state, batch, way, 1)
            spent[way] = _seconds(state, batch, way, 1)
            if spent[way] < HOPELESS * min(spent.values()):
                spent[way] = _seconds(state, batch, way, TRIED_STEPS)
            print(f"{way}: {1000 * spent[way]:.1f} ms a step of {lines} lines", flush=True)
    return min(spent, key=lambda way: spent[way])


def _seconds(state: State, batch: Batch, way: Way, steps: int) -> float:
    """What a step takes, of so many."""
    _finish_steps(way.device)
    began = time.perf_counter()
    for _ in range(steps):
        train_batch(state, batch, 0.0, way)
    _finish_steps(way.device)
    return (time.perf_counter() - began) / steps


def way_of(content: Mapping[str, Any], device: torch.device) -> Way | None:
    """The way a checkpoint was calculated in; None: on another kind of device, or not told."""
    kept = content.get("way")
    if kept is None or kept["device"] != device.type:
        return None
    layout = torch.channels_last if kept["channels_last"] else torch.contiguous_format
    return Way(device, kept["half"], layout)


def _finish_steps(device: torch.device) -> None:
    """Wait for what a GPU was given to do."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def start(
    first: Path, way: Way, scale: float = 1.0, *, stem: bool = False, teacher: Path | None = None
) -> State:
    """The network of a file, about to be trained; ``scale`` of the steps' sizes."""
    network = read_network(first).to(device=way.device, memory_format=way.layout)
    average = read_network(first).to(device=way.device, memory_format=way.layout)
    for parameter in [*(() if stem else network.stem.parameters()), *average.parameters()]:
        parameter.requires_grad_(False)
    fresh = {id(p) for part in (network.head, network.mixers) for p in part.parameters()}
    groups = [
        {
            "params": [
                p for p in network.parameters() if p.requires_grad and (id(p) in fresh) is new
            ],
            "lr": scale * step,
            "step": scale * step,
        }
        for new, step in ((True, HEAD_STEP), (False, BODY_STEP))
    ]
    optimiser = torch.optim.AdamW(
        groups, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.99), fused=way.device.type == "cuda"
    )
    taught_by = None
    if teacher is not None:
        taught_by = read_network(teacher).to(device=way.device, memory_format=way.layout)
    return State(network, average, optimiser, teacher=taught_by)


def step_factor(steps: int, done: float, fall: float) -> float:
    """Share of the full step size: rising at first, falling over the last ``fall`` of the run.

    ``done``: share of the run that is over.
    """
    rise = min(1.0, (steps + 1) / WARM_STEPS)
    return rise * min(1.0, max(0.0, (1.0 - done) / fall))


def train_batch(state: State, batch: Batch, factor: float, way: Way) -> Tensor:
    """One step; the loss of each line."""
    for group in state.optimiser.param_groups:
        group["lr"] = group["step"] * factor
    by_line, loss = losses(state, batch, way)
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    size = nn.utils.clip_grad_norm_(state.network.parameters(), LARGEST_GRADIENT)
    if torch.isfinite(size):
        state.optimiser.step()
    kept = min(KEPT, (state.steps + 1) / (state.steps + 10))
    with torch.no_grad():
        average, network = (list(n.parameters()) for n in (state.average, state.network))
        torch._foreach_lerp_(average, network, 1.0 - kept)
    state.steps += 1
    state.lines += len(batch.kinds)
    return by_line.detach()


def save(state: State, path: Path, total: int, way: Way) -> None:
    """Write a checkpoint, whole or not at all; ``total``: lines the run was to see."""
    content = {
        "total": total,
        # Which is quickest is found by the clock, and another one gives other last digits.
        "way": {
            "device": way.device.type,
            "half": way.half,
            "channels_last": way.layout is torch.channels_last,
        },
        "network": state.network.state_dict(),
        "average": state.average.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "pool": state.pool,
        "lines": state.lines,
        "steps": state.steps,
    }
    torch.save(content, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def checkpoint(last: Path, steady: Path, lines: int, fall: float) -> dict[str, Any] | None:
    """What to go on from: the last checkpoint, or the one before the step size fell."""
    if not last.is_file():
        return None
    content: dict[str, Any] = torch.load(last, map_location="cpu", weights_only=True)
    fell = content["lines"] > (1 - fall) * content["total"]
    if steady.is_file() and fell and lines > content["total"]:
        content = torch.load(steady, map_location="cpu", weights_only=True)
    return content


def restore(state: State, content: Mapping[str, Any]) -> None:
    """Go on from a checkpoint."""
    state.network.load_state_dict(content["network"])
    state.average.load_state_dict(content["average"])
    state.optimiser.load_state_dict(content["optimiser"])
    state.pool, state.lines, state.steps = content["pool"], content["lines"], content["steps"]


def run(options: argparse.Namespace, root: Path | None) -> Path | None:
    """Train until the lines, the minutes or the hours are used up.

    The file of the weights at the end; None where the hours ended first, or only
    sources were written.
    """
    began, saved = time.monotonic(), time.monotonic()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.manual_seed(options.seed)
    cv2.setNumThreads(1)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    sources = sources_of(options, root)
    if sources is None:
        return None
    last, steady = out / "last.pt", out / "steady.pt"
    content = checkpoint(last, steady, options.lines, options.fall) if options.resume else None
    drawn = Pools(
        sources,
        options.seed,
        options.columns,
        first=content["pool"] if content else 0,
        workers=options.workers,
    )
    first = options.start or find_model("stock")
    way = (way_of(content, device) if content else None) or quickest_way(first, device)
    state = start(first, way, options.step_scale, stem=options.stem, teacher=options.teacher)
    if content:
        restore(state, content)
    print(
        f"{len(sources.places)} places, {len(sources.names)} names, {len(sources.fonts)} fonts; "
        f"from line {state.lines} to {options.lines}, {way}",
        flush=True,
    )
    next_onnx = (state.lines // options.keep_every + 1) * options.keep_every
    opened = time.monotonic()
    with (out / "log.csv").open("a", newline="") as handle, contextlib.closing(drawn):
        log = csv.writer(handle)
        done = state.lines / options.lines
        while done < 1.0:
            before = done
            tally: dict[str, list[Tensor]] = defaultdict(list)
            for batch in echoed(next(drawn), options.echo, options.seed, state.pool):
                done = _done(state, options, opened)
                factor = step_factor(state.steps, done, options.fall)
                by_line = train_batch(state, batch, factor, way)
                for kind in set(batch.kinds):
                    rows = [row for row, other in enumerate(batch.kinds) if other == kind]
                    tally[kind].append(by_line[torch.tensor(rows).to(way.device)])
            state.pool += 1
            done = _done(state, options, opened)
            # Checkpoints fall between pools, where a run can be taken up exactly.
            if before < 1 - options.fall <= done:
                save(state, steady, options.lines, way)
            if state.lines >= next_onnx or done >= 1.0:
                next_onnx += options.keep_every
                _export(state, first, out / f"{state.lines:06d}.onnx")
            seconds = round(time.monotonic() - began)
            means = {k: round(float(torch.cat(v).mean()), 4) for k, v in sorted(tally.items())}
            log.writerow([state.lines, seconds, *(f"{k}={v}" for k, v in means.items())])
            handle.flush()
            over = time.monotonic() - began > 3600 * options.hours
            if over or time.monotonic() - saved > CHECKPOINT_S or done >= 1.0:
                saved = time.monotonic()
                save(state, last, options.lines, way)
            if over and done < 1.0:
                print(f"time is up at line {state.lines}; go on with --resume")
                return None
    return out / f"{state.lines:06d}.onnx"


def _done(state: State, options: argparse.Namespace, opened: float) -> float:
    """Share of the run that is over, by lines or by minutes."""
    minutes = (time.monotonic() - opened) / 60
    return float(max(state.lines / options.lines, minutes / options.minutes))


def sources_of(options: argparse.Namespace, root: Path | None) -> Sources | None:
    """The sources to draw from; None where they were only to be written to a file."""
    packed: Path | None = options.sources
    if packed is not None and packed.is_file():
        # Written by this program.
        found = pickle.loads(lzma.decompress(packed.read_bytes()))
        assert isinstance(found, Sources)
        return found
    assert root is not None
    sources = load_sources(
        root, options.out, options.fonts, names=not options.without_names, other=options.other
    )
    if packed is None:
        return sources
    packed.write_bytes(lzma.compress(pickle.dumps(sources), preset=2))
    print(f"{packed}: {packed.stat().st_size >> 20} MiB")
    return None


def _export(state: State, first: Path, path: Path) -> None:
    write_network(state.average, first, path, {"lines": str(state.lines)})
    print(f"{path.name} after {state.steps} steps", flush=True)


def add_sources(parser: argparse.ArgumentParser) -> None:
    """The options that ``sources_of`` needs."""
    parser.add_argument("--handwriting", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--fonts", type=Path, help="font cache, as scripts.sheets.fonts fills it")
    parser.add_argument("--without-names", action="store_true", help="use no name crops")
    parser.add_argument("--other", help="a second recogniser, to label names with")
    parser.add_argument("--sources", type=Path, help="file of ink and fonts to write or read")


def options_of(told: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of a command line, by default of this program's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    add_sources(parser)
    parser.add_argument("--hours", type=float, default=24.0, help="stop after so long")
    parser.add_argument("--lines", type=int, default=60000, help="lines to see in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="start from this .onnx file, not from stock")
    parser.add_argument("--resume", action="store_true", help="go on from --out")
    parser.add_argument("--teacher", type=Path, help="answer as this .onnx file does")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw lines")
    parser.add_argument("--columns", type=int, default=BATCH_COLUMNS, help="size of a batch")
    parser.add_argument("--minutes", type=float, default=math.inf, help="whole run in so long")
    parser.add_argument("--step-scale", type=float, default=1.0, help="factor of the step sizes")
    parser.add_argument(
        "--fall", type=float, default=FALL_SHARE, help="last share of the run, with falling steps"
    )
    parser.add_argument("--echo", type=int, default=1, help="times each line is seen once drawn")
    parser.add_argument("--stem", action="store_true", help="train the first layers too")
    parser.add_argument("--keep-every", type=int, default=ONNX_EVERY_LINES, metavar="LINES")
    return parser.parse_args(told)


def main() -> int:
    """Train as the options say."""
    options = options_of()
    root = handwriting_root(options.handwriting)
    if root is None and not (options.sources and options.sources.is_file()):
        print("no handwriting folder: give --handwriting DIR", file=sys.stderr)
        return 2
    run(options, root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
