"""What fine-tuning bought: the stock and other recognisers on the same lines of the test split.

    python -m benchmarks.recognisers --ink DIR [--fonts DIR] [--lines N] [NAME ...]

NAMEs as in ``DIGITIZER_RECOGNISER`` (default ``petition``). For each kind the
share of fields read exactly (case and accents ignored) with its 95 % interval,
and the lines that only one of the two read right, with the sign test's chance
of that by luck. Places also by writer. Fonts are those no training saw.
Before it stands what reading takes: a crop with all that is done to it, and the
network alone, processor time of one thread for a line 320 px wide, the networks in turn.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from digitizer.engines.handwritten import INPUT_HEIGHT_PX, load_recogniser
from digitizer.metrics import wilson_interval
from digitizer.recognisers import RECOGNISER_VARIABLE
from training.finetune_cases import Case, choosing_cases, judge
from training.ink import Split, handwriting_root

# The line on which networks are timed, and how often each reads it.
WIDE_PX, REPEATS = 320, 40


def share(right: npt.NDArray[np.bool_]) -> str:
    """Right ones in percent with their interval."""
    low, high = wilson_interval(int(right.sum()), right.size)
    return f"{100 * right.mean():5.1f} ({100 * low:.0f}-{100 * high:.0f})"


def compare(
    cases: Sequence[Case], stock: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]
) -> None:
    """Print the table of one recogniser beside stock."""
    groups = np.array([case.group for case in cases])
    writers = np.array([case.writer for case in cases])
    for group in dict.fromkeys(groups.tolist()):
        of = groups == group
        won, lost = int((other & ~stock & of).sum()), int((stock & ~other & of).sum())
        chance = binomtest(won, won + lost).pvalue if won + lost else 1.0
        print(
            f"  {group:<12} {int(of.sum()):4} lines  stock {share(stock[of])}  "
            f"this {share(other[of])}  won {won}, lost {lost} (chance {chance:.3f})"
        )
    for writer in sorted(set(writers.tolist()) - {0}):
        of = writers == writer
        counted = f"{int(of.sum()):4} lines"
        print(
            f"  writer w{writer:02}   {counted}  stock {share(stock[of])}  this {share(other[of])}"
        )


def network_ms(names: Sequence[str]) -> list[float]:
    """Median time of each network on a line of ``WIDE_PX``, milliseconds of one thread."""
    line = np.random.default_rng(1).integers(0, 256, (INPUT_HEIGHT_PX, WIDE_PX)).astype(np.uint8)
    networks = []
    for name in names:
        os.environ[RECOGNISER_VARIABLE] = name
        networks.append(load_recogniser())
    spent: list[list[float]] = [[] for _ in networks]
    # In turn, so that what else the machine does slows all alike.
    for _ in range(REPEATS):
        for network, times in zip(networks, spent, strict=True):
            start = time.process_time()
            network.logits_of_prepared(line)
            times.append(1000 * (time.process_time() - start))
    return [float(np.median(times)) for times in spent]


def main() -> int:
    """Read the lines with each recogniser and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--ink", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--fonts", type=Path, help="font cache, as scripts.sheets.fonts fills it")
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("names", nargs="*", default=["petition"])
    options = parser.parse_args()
    root = handwriting_root(options.ink)
    if root is None:
        print("no handwriting folder: give --ink DIR", file=sys.stderr)
        return 2
    cases = choosing_cases(root, Split.TEST, options.fonts, options.lines, options.seed)
    stock = judge("stock", cases)
    first, *others = network_ms(["stock", *options.names])
    print(f"stock: {stock.ms:.0f} ms a crop, network alone {first:.1f}")
    for name, alone in zip(options.names, others, strict=True):
        outcome = judge(name, cases)
        print(f"{name}: {outcome.ms:.0f} ms a crop, network alone {alone:.1f}")
        compare(cases, stock.right, outcome.right)
    return 0


if __name__ == "__main__":
    sys.exit(main())
