"""Make the recogniser that ships once more: one command from ink to weights and confidences.

    python -m training.reproduce --handwriting DIR --out OUT [--seed 1] [--hours 1]

Fetches the handwriting fonts, fine-tunes three times, mixes the weights after each time as
MODEL_CARD.md tells, writes the last with its inner layers in 8 bits, and fits the confidence of
that. It ends after ``--hours`` at
the latest (the last steps, of some 20 minutes, are not broken off); the same command goes on
where it ended. The first two runs take an hour or two each on two cores and the third, of
772,052 lines, half a day or more: where there is a GPU it takes four minutes.
``--third-lines`` shortens it. In OUT:

``fonts``                            the handwriting fonts
``first``, ``second``, ``third``     the runs with their checkpoints, and ``petition-hands.onnx``,
                                     the weights mixed after each
``petition-hands.onnx``              the third's in 8 bits, which would ship
``calibration-petition-hands.json``  its confidences
"""

import argparse
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from digitizer.recognisers import RECOGNISER_VARIABLE, find_model
from scripts.sheets.fonts import FontsMissingError, install_packages
from training import finetune
from training.finetune_choose import mixed_file
from training.finetune_fonts import packages
from training.ink import handwriting_root

# Drawing is what a GPU waits for; large batches bear larger steps, and its minutes end the run.
GPU_LINES, GPU_MINUTES = 100_000_000, 4.0
GPU_OPTIONS = ("--columns", "49152", "--step-scale", "2.5")
# What the shipped confidences were fitted on (MODEL_CARD.md).
FIT_OPTIONS = ("--draw", "200", "--lines", "1500")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of fine-tuning, and how far its weights are mixed into what it began with.

    Shares were chosen on the calibrate split (docs/design/issue-4-recogniser.md). ``labels``:
    the run whose readings of the unlabelled names it learns from, where it makes none itself.
    """

    name: str
    lines: int
    share: float
    stem: bool = False
    labels: str = ""


RUNS = (
    Run("first", 22_000, 0.45),
    Run("second", 18_000, 0.3),
    Run("third", 772_052, 0.75, stem=True, labels="second"),
)


def weights_of(out: Path, run: str) -> Path:
    """Where the mixed weights of a run lie. Confidences are found by the file's name."""
    return out / run / "petition-hands.onnx"


def tuning(
    run: Run, first: Path, out: Path, ink: Path, *, seed: int, hours: float, workers: int
) -> list[str]:
    """Arguments of ``training.finetune``; ``workers``: processes that draw for a GPU, or 0."""
    folder = out / run.name
    told = ["--handwriting", str(ink), "--fonts", str(out / "fonts"), "--out", str(folder)]
    told += ["--start", str(first), "--seed", str(seed), "--hours", f"{hours:.4f}"]
    lines = run.lines
    if run.stem:
        told.append("--stem")
        if workers:
            lines = GPU_LINES
            told += [*GPU_OPTIONS, "--minutes", f"{GPU_MINUTES:g}", "--workers", str(workers)]
    if (folder / "last.pt").is_file():
        told.append("--resume")
    return [*told, "--lines", str(lines)]


def make_weights(
    run: Run, first: Path, out: Path, ink: Path, *, seed: int, hours: float, workers: int
) -> bool:
    """Do a run, or go on with it, and mix its weights; False: time was up before its end.

    ``first``: the weights it begins with, which also label its names.
    """
    folder = out / run.name
    folder.mkdir(parents=True, exist_ok=True)
    if run.labels:
        shutil.copyfile(out / run.labels / finetune.NAMES_FILE, folder / finetune.NAMES_FILE)
    os.environ[RECOGNISER_VARIABLE] = str(first)
    told = tuning(run, first, out, ink, seed=seed, hours=hours, workers=workers)
    tuned = finetune.run(finetune.options_of(told), ink)
    if tuned is None:
        return False
    written = weights_of(out, run.name)
    part = mixed_file(first, tuned, run.share, 1.0, written.with_suffix(".part"))
    part.replace(written)
    return True


def reproduce(options: argparse.Namespace, ink: Path, runs: Sequence[Run] = RUNS) -> int:
    """All steps not done yet, until time is up; not 0 where fonts or a last step failed."""
    began = time.monotonic()
    out: Path = options.out
    try:
        install_packages(out / "fonts", packages())
    except FontsMissingError as error:
        print(error, file=sys.stderr)
        return 1
    workers = max(1, (os.cpu_count() or 2) - 1) if torch.cuda.is_available() else 0
    first = find_model("stock")
    for number, run in enumerate(runs):
        written = weights_of(out, run.name)
        left = options.hours - (time.monotonic() - began) / 3600
        if not written.is_file() and (
            left <= 0
            or not make_weights(
                run, first, out, ink, seed=options.seed + number, hours=left, workers=workers
            )
        ):
            print(f"time is up in the {run.name} run; the same command goes on")
            return 0
        print(f"{run.name}: {written}", flush=True)
        first = written
    small, fitted = out / "petition-hands.onnx", out / "calibration-petition-hands.json"
    steps = (("quantise", [str(first)], small), ("fit_calibration", [*FIT_OPTIONS], fitted))
    for name, told, written in steps:
        if not written.is_file():
            words = [*told, "--ink", str(ink), "--output", str(written)]
            command = [sys.executable, "-m", f"training.{name}", *words]
            # The second step is of what the first wrote.
            reads = {RECOGNISER_VARIABLE: str(small if small.is_file() else first)}
            done = subprocess.run(command, check=False, env=os.environ | reads)
            if done.returncode:
                return done.returncode
    return 0


def main() -> int:
    """Read the options and go on from what is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--handwriting", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--out", type=Path, required=True, help="folder of all that is made")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=math.inf, help="end after so long")
    parser.add_argument("--third-lines", type=int, help="lines of the third run, on processors")
    options = parser.parse_args()
    ink = handwriting_root(options.handwriting)
    if ink is None:
        print("no handwriting folder: give --handwriting DIR", file=sys.stderr)
        return 2
    runs = RUNS
    if options.third_lines:
        third = RUNS[-1]
        runs = (*RUNS[:-1], Run("third", options.third_lines, third.share, True, third.labels))
    return reproduce(options, ink, runs)


if __name__ == "__main__":
    sys.exit(main())
