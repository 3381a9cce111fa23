"""Let a recogniser look at fewer rows with fewer channels, so that it reads in 0.6 of the time.

    pip install -e '.[training]'
    python -m training.shrink --sources FILE --out DIR [--start FILE] [--rows N] [--share S]
        [--seed N]
    python -m training.finetune --sources FILE --out DIR --start DIR/cut.onnx \
        --teacher FULL.onnx --stem --fall 0.9 --step-scale 0.35 --minutes M

The first command writes ``cut.onnx``, the second teaches it to answer as the
whole network does. Of the 48 rows of a line only the 36 that hold the ink go to the first
convolution, and what is left of them is halved downwards: 9, 4 and 2 rows in the three stages for
12, 6 and 3, three tenths of the work. Columns stay as they are, since
the steps of the answer are made of these. Then channels go, only those between the
two 1 x 1 convolutions of a block: four fifths of the work are there, and nothing else
in the network sees them.

What a channel is worth is told as in Optimal Brain Surgeon (Hassibi and Stork,
1993), a whole channel at a time: the others' weights are moved to make up for it
as well as they can (least squares over what they answer on drawn lines), and the
error that is left is weighed by how much the log-probabilities change with the
block's output (the Fisher information: gradients for labels drawn from the
network's own answers). How many go from each block follows from one price for a
multiplication. At last the second convolution of each block is fitted, block
after block, to what the whole network has there.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from digitizer.recognisers import find_model
from training.finetune import add_sources, sources_of
from training.finetune_pools import BATCH_COLUMNS, Batch, Pools
from training.ink import handwriting_root
from training.recogniser_net import Block, RecogniserNet, read_network, trainable, write_network

# Channels go by so many: what a processor multiplies at once.
TOGETHER = 16

# Added to moments, as a share of their mean: channels that are all but alike.
RIDGE = 1e-4

# Share of the multiplications in blocks that stay, and to how many rows the 48 are brought.
SHARE = 0.85
ROWS = 36

Moments = npt.NDArray[np.float64]


@dataclass(slots=True)
class Seen:
    """What a block was seen to do.

    ``inner``: second moments (c + 1, c + 1) of its inner channels and a constant,
    summed over places; ``slopes``: mean outer product (o, o) of the gradients at
    its output; ``places``: rows times columns for each step of the answer.
    """

    inner: Moments
    slopes: Moments
    places: float = 0.0


def pictures_of(batch: Batch) -> Tensor:
    """What the network takes, (n, 3, 48, w)."""
    gray = torch.from_numpy(batch.pictures).float()[:, None] / 127.5 - 1.0
    return gray.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def watch(network: RecogniserNet, batches: Sequence[Batch]) -> list[Seen]:
    """What each block does on some lines, gradients for labels drawn from the answers."""
    blocks = network.blocks()
    seen = [
        Seen(np.zeros((b.narrow.in_channels + 1,) * 2), np.zeros((b.narrow.out_channels,) * 2))
        for b in blocks
    ]
    steps = 0

    def hook(told: Seen) -> Callable[[object, tuple[Tensor], Tensor], None]:
        def look(_: object, given: tuple[Tensor], out: Tensor) -> None:
            rows = _rows(given[0].detach(), constant=True)
            told.inner += (rows.T @ rows).numpy()
            told.places += len(rows)
            out.register_hook(grade)

        def grade(gradient: Tensor) -> None:
            rows = _rows(gradient)
            told.slopes += (rows.T @ rows).numpy()

        return look

    hooks = [b.narrow.register_forward_hook(hook(s)) for b, s in zip(blocks, seen, strict=True)]
    for batch in batches:
        answers = network(pictures_of(batch))
        drawn = torch.distributions.Categorical(logits=answers.detach()).sample()
        functional.nll_loss(answers.flatten(0, 1), drawn.flatten(), reduction="sum").backward()
        network.zero_grad(set_to_none=True)
        steps += answers.shape[0] * answers.shape[1]
    for handle in hooks:
        handle.remove()
    for told in seen:
        told.slopes /= told.places
        told.places /= steps
    return seen


def removal(inner: Moments, weights: Moments, slopes: Moments) -> tuple[list[int], list[float]]:
    """In which order inner channels go, and what each costs, in natural logs over all lines.

    ``weights``: (o, c + 1), those of the second convolution, its shift last. The
    last ``TOGETHER`` channels stay.
    """
    count = weights.shape[1] - 1
    left = np.linalg.inv(inner + RIDGE * np.diag(inner).mean() * np.eye(count + 1))
    weights = weights.copy()
    gone, order, costs = np.zeros(count, bool), [], []
    for _ in range(count - TOGETHER):
        price = ((slopes @ weights[:, :-1]) * weights[:, :-1]).sum(0)
        price = np.where(gone, np.inf, price / np.diag(left)[:-1])
        at = int(price.argmin())
        order.append(at)
        costs.append(float(price[at]))
        gone[at] = True
        step = left[at] / left[at, at]
        weights -= np.outer(weights[:, at], step)
        left -= np.outer(left[:, at], step)
        left[at, at] = 1.0
    return order, costs


def choose_hidden(
    costs: Sequence[Sequence[float]], work: Sequence[float], most: float
) -> list[int]:
    """How many inner channels each block keeps, so that they make at most ``most`` work.

    ``costs``: by block, of its channels in the order in which they go; ``work``:
    multiplications of one channel, in any unit.
    """
    sums = [np.concatenate(([0.0], np.cumsum(c)))[::TOGETHER] for c in costs]
    for price in np.geomspace(1e-9, 1e9, 3000):
        gone = [
            TOGETHER * int((s - price * w * TOGETHER * np.arange(len(s))).argmin())
            for s, w in zip(sums, work, strict=True)
        ]
        kept = [len(c) + TOGETHER - g for c, g in zip(costs, gone, strict=True)]
        if sum(k * w for k, w in zip(kept, work, strict=True)) <= most:
            return kept
    raise ValueError("so little work is not to be had")


def look_at(full: RecogniserNet, rows: int) -> RecogniserNet:
    """The same weights, looking at fewer rows."""
    network = RecogniserNet(full.classes, full.hidden, rows)
    network.load_state_dict(full.state_dict())
    network.eval().to(memory_format=torch.channels_last)
    return network


def cut(full: RecogniserNet, orders: Sequence[Sequence[int]], kept: Sequence[int]) -> RecogniserNet:
    """The network without the channels that go first."""
    network = RecogniserNet(full.classes, kept, full.rows)
    state = full.state_dict()
    for name, order, count in zip(full.block_names(), orders, kept, strict=True):
        stay = torch.ones(len(order) + TOGETHER, dtype=torch.bool)
        stay[torch.tensor(order[: len(stay) - count], dtype=torch.long)] = False
        for part in ("widen.weight", "widen.bias"):
            state[f"{name}.{part}"] = state[f"{name}.{part}"][stay]
        state[f"{name}.narrow.weight"] = state[f"{name}.narrow.weight"][:, stay]
    network.load_state_dict(state)
    return network


def refit(full: RecogniserNet, small: RecogniserNet, batches: Sequence[Batch]) -> None:
    """Fit the second convolution of each block to the whole network's output there."""
    with torch.no_grad():
        for old, new in zip(full.blocks(), small.blocks(), strict=True):
            _refit_block(full, small, old, new, batches)


def _refit_block(
    full: RecogniserNet, small: RecogniserNet, old: Block, new: Block, batches: Sequence[Batch]
) -> None:
    inner = np.zeros((new.narrow.in_channels + 1,) * 2)
    wanted = np.zeros((new.narrow.in_channels + 1, new.narrow.out_channels))
    for batch in batches:
        pictures = pictures_of(batch)
        _, target = _until(full, old, pictures)
        given, now = _until(small, new, pictures)
        rows = _rows(given, constant=True)
        # What is missing from the block's output; what goes around stays as it is.
        missing = _rows(target - now)
        inner += (rows.T @ rows).numpy()
        wanted += (rows.T @ missing).numpy()
    inner += RIDGE * np.diag(inner).mean() * np.eye(len(inner))
    step = torch.from_numpy(np.linalg.solve(inner, wanted)).float()
    new.narrow.weight[:, :, 0, 0] += step[:-1].T
    assert new.narrow.bias is not None
    new.narrow.bias += step[-1]


class _ReachedError(Exception):
    """A block has answered; the rest of the network need not run."""


def _until(network: RecogniserNet, block: torch.nn.Module, pictures: Tensor) -> tuple[Tensor, ...]:
    """Inner channels and output of a block."""
    found: list[Tensor] = []

    def inside(_: object, given: tuple[Tensor], __: Tensor) -> None:
        found.append(given[0])

    def outside(_: object, __: object, out: Tensor) -> None:
        found.append(out)
        raise _ReachedError

    narrow = block.get_submodule("narrow")
    hooks = [narrow.register_forward_hook(inside), block.register_forward_hook(outside)]
    try:
        network.logits(pictures)
    except _ReachedError:
        pass
    finally:
        for handle in hooks:
            handle.remove()
    return tuple(found)


def _rows(maps: Tensor, *, constant: bool = False) -> Tensor:
    """Channels (places, c) of maps (n, c, h, w), a one last with ``constant``."""
    rows = maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[1])
    return torch.cat((rows, torch.ones(len(rows), 1, dtype=rows.dtype)), 1) if constant else rows


def shrink(full: RecogniserNet, batches: Iterator[list[Batch]], share: float) -> RecogniserNet:
    """The network with ``share`` of its multiplications in blocks and stem, fitted anew."""
    seen = watch(full, next(batches))
    orders, costs = [], []
    for told, block in zip(seen, full.blocks(), strict=True):
        assert block.narrow.bias is not None
        weights = torch.cat((block.narrow.weight[:, :, 0, 0], block.narrow.bias[:, None]), 1)
        order, cost = removal(told.inner, weights.detach().double().numpy(), told.slopes)
        orders.append(order)
        costs.append(cost)
    ends = [
        (b.narrow.in_channels, b.widen.in_channels + b.narrow.out_channels) for b in full.blocks()
    ]
    work = [told.places * size for told, (_, size) in zip(seen, ends, strict=True)]
    whole = sum(w * count for w, (count, _) in zip(work, ends, strict=True))
    kept = choose_hidden(costs, work, share * whole)
    print(f"channels kept: {kept}", flush=True)
    small = cut(full, orders, kept)
    small.to(memory_format=torch.channels_last)
    refit(full, small, next(batches))
    return small


def main() -> int:
    """Cut, fit and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    add_sources(parser)
    parser.add_argument("--start", type=Path, help="network to cut (default: the one that ships)")
    parser.add_argument("--share", type=float, default=SHARE, help="of the blocks' work that stays")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows that it looks at")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    root = handwriting_root(options.handwriting)
    if root is None and not (options.sources and options.sources.is_file()):
        print("no handwriting folder: give --handwriting DIR", file=sys.stderr)
        return 2
    torch.manual_seed(options.seed)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    sources = sources_of(options, root)
    if sources is None:
        return 0
    first = options.start or trainable("petition")
    full = look_at(read_network(first), options.rows)
    pools = Pools(sources, options.seed, BATCH_COLUMNS)
    small = shrink(full, pools, options.share)
    write_network(small, find_model("stock"), options.out / "cut.onnx", {"cut from": first.stem})
    print(f"{options.out / 'cut.onnx'}: {(options.out / 'cut.onnx').stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
