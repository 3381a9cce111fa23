"""Judge fine-tuned recognisers on the calibrate split, and write the one that ships.

    python -m training.finetune_choose --handwriting DIR [--fonts DIR] FILE [FILE ...]
        [--base FILE] [--shares 0.5 0.75 1] [--squeezes 1 0.8] [--write FILE]

Each FILE (from ``training.finetune``) is moved back towards the base (the stock
network, or an earlier one that ships) by each share, and read with lines
squeezed to each width; the base stands first. The table shows whole-field exact
match by kind (names, places of unseen writers, joined glyphs, fonts nobody
trained on) in percent, what a squared error of the raw confidence says about
the score's meaning, and the time a line. ``--write`` takes exactly one file, share and squeeze.

Rule of choice, fixed before looking: the greatest mean over the kinds, among
those that lose at most one line in a hundred on any kind against the base.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from digitizer.engines.handwritten import SQUEEZE_KEY
from digitizer.recognisers import find_model
from training.finetune_cases import Case, Outcome, choosing_cases, judge
from training.ink import Split, handwriting_root
from training.recogniser_net import mix_networks, read_network, write_network


def show(name: str, outcome: Outcome, base: Outcome, cases: Sequence[Case]) -> None:
    """One line of the table."""
    groups = list(dict.fromkeys(case.group for case in cases))
    of = np.array([case.group for case in cases])
    shares = {g: 100 * outcome.right[of == g].mean() for g in groups}
    before = {g: 100 * base.right[of == g].mean() for g in groups}
    worst = min(shares[g] - before[g] for g in groups)
    parts = "  ".join(f"{g} {shares[g]:5.1f}" for g in groups)
    print(
        f"{name:<22} {parts}  | mean {np.mean(list(shares.values())):5.1f}  worst {worst:+5.1f}  "
        f"brier {outcome.brier:.3f}  {outcome.ms:.0f} ms",
        flush=True,
    )


def mixed_file(base: Path, tuned: Path, share: float, squeeze: float, path: Path) -> Path:
    """Write a file a share of the way from ``base`` to ``tuned``, with its squeeze."""
    network = mix_networks(read_network(base), read_network(tuned), share)
    notes = {SQUEEZE_KEY: f"{squeeze:g}", "share": f"{share:g}", "from": tuned.stem}
    write_network(network, find_model("stock"), path, notes)
    return path


def main() -> int:
    """Print the table, or write one file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--handwriting", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--fonts", type=Path)
    parser.add_argument("--base", type=Path, help="network to mix with (default: stock)")
    parser.add_argument("--lines", type=int, default=150)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--shares", type=float, nargs="+", default=[1.0])
    parser.add_argument("--squeezes", type=float, nargs="+", default=[1.0])
    parser.add_argument("--write", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    base: Path = options.base or find_model("stock")
    if options.write is not None:
        mixed_file(base, options.files[0], options.shares[0], options.squeezes[0], options.write)
        print(f"{options.write.name}: {options.write.stat().st_size} bytes")
        return 0
    root = handwriting_root(options.handwriting)
    if root is None:
        print("no handwriting folder: give --handwriting DIR", file=sys.stderr)
        return 2
    cases = choosing_cases(root, Split.CALIBRATE, options.fonts, options.lines, options.seed)
    before = judge(str(base), cases)
    show(base.stem, before, before, cases)
    with tempfile.TemporaryDirectory() as folder:
        for file in options.files:
            for share in options.shares:
                for squeeze in options.squeezes:
                    # A path of its own each: recognisers are kept by path.
                    path = Path(folder) / f"{file.stem}-{share:g}-{squeeze:g}.onnx"
                    outcome = judge(str(mixed_file(base, file, share, squeeze, path)), cases)
                    show(f"{file.stem} a{share:g} s{squeeze:g}", outcome, before, cases)
    return 0


if __name__ == "__main__":
    sys.exit(main())
