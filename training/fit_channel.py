"""Measure what the recogniser answers for each digit and letter of real ink.

    python -m training.fit_channel --ink DIR

Writes ``digitizer/engines/data/channel.json``: for places where only a digit
(or only a letter) can stand, the probability that each of them was meant when
the network says a given character, from joined glyphs of the train split.
Decoding then sums the network's probabilities through these shares: a ``B``
where a digit must stand is an 8 in six cases of ten, and so on.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from digitizer.engines import grammars
from digitizer.engines.decode import Automaton
from digitizer.engines.handwritten import ALPHABET, load_recogniser
from digitizer.engines.trim import trim_line
from training.ink import Glyphs, Split, handwriting_root
from training.join_glyphs import join_text
from training.lines import invent_email

OUTPUT = Path(__file__).resolve().parents[1] / "digitizer/engines/data/channel.json"

# Shares under this are left out: noise of a few hundred glyphs a character.
LEAST_SHARE = 0.004

# Added to every count of the sign itself, so that rare answers stay near
# what they look like.
OWN_PRIOR = 0.5

# A step counts for a sign when this much of it is no blank.
LEAST_INK = 0.02

# For each kind of place: (character read, sign meant) -> how often.
Counts: TypeAlias = dict[str, "defaultdict[tuple[str, str], float]"]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of ink with its signs, the kind of place of each, and the grammar."""

    pixels: npt.NDArray[np.uint8]
    signs: Sequence[str]
    kinds: Sequence[str]
    automaton: Automaton


def align(
    log_probs: npt.NDArray[np.float32], symbols: list[int], automaton: Automaton
) -> list[int]:
    """The step at which each symbol is most probable on the best path through all."""
    emissions = np.log(np.exp(log_probs.astype(np.float64)) @ automaton.mix + 1e-12)
    spaced = np.zeros(2 * len(symbols) + 1, np.int64)
    spaced[1::2] = symbols
    skip = np.zeros(spaced.size, bool)
    skip[2:] = (spaced[2:] != 0) & (spaced[2:] != spaced[:-2])
    score = np.full(spaced.size, -np.inf)
    score[:2] = emissions[0, spaced[:2]]
    back = np.zeros((len(emissions), spaced.size), np.int64)
    for step in range(1, len(emissions)):
        one = np.concatenate(([-np.inf], score[:-1]))
        two = np.where(skip, np.concatenate(([-np.inf] * 2, score[:-2])), -np.inf)
        options = np.stack((score, one, two))
        back[step] = options.argmax(axis=0)
        score = options.max(axis=0) + emissions[step, spaced]
    place = spaced.size - 1 - int(score[-1] < score[-2])
    best: dict[int, tuple[float, int]] = {}
    for step in range(len(emissions) - 1, -1, -1):
        if place % 2:
            value = float(emissions[step, spaced[place]])
            if place // 2 not in best or value > best[place // 2][0]:
                best[place // 2] = value, step
        place -= int(back[step, place])
    return [best[k][1] if k in best else -1 for k in range(len(symbols))]


def main() -> int:
    """Fit and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ink", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--lines", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    root = handwriting_root(options.ink)
    if root is None:
        print("no handwriting folder: give --ink DIR", file=sys.stderr)
        return 2
    counts: Counts = {kind: defaultdict(float) for kind in ("digit", "letter", "email")}
    rng = np.random.default_rng(options.seed)
    for line in _joined(root, options.lines, rng):
        _count(line, counts)
    OUTPUT.write_text(json.dumps(_shares(counts), indent=0, ensure_ascii=False) + "\n", "utf-8")
    print(f"{sum(map(len, counts.values()))} pairs -> {OUTPUT.name}")
    return 0


def _count(line: Line, counts: Counts) -> None:
    """Add up what the network answers at each sign of a line."""
    pixels = trim_line(line.pixels)
    if pixels is None:
        return
    (log_probs,) = load_recogniser().logits([pixels])
    symbols = [line.automaton.outputs.index(s) for s in line.signs]
    if len(log_probs) < 2 * len(symbols) // 2 + 1:
        return
    steps = align(log_probs, symbols, line.automaton)
    for sign, kind, step in zip(line.signs, line.kinds, steps, strict=True):
        shares = np.exp(log_probs[step].astype(np.float64))[1:]
        if step >= 0 and shares.sum() >= LEAST_INK:
            shares /= shares.sum()
            for column in np.nonzero(shares > 0.01)[0]:
                counts[kind][ALPHABET[column], sign] += float(shares[column])


def _joined(root: Path, lines: int, rng: np.random.Generator) -> Iterator[Line]:
    """Codes, phones and emails of joined glyphs."""
    glyphs = Glyphs(root, Split.TRAIN)
    for number in range(lines):
        if number % 4 < 2:
            shown, signs, kinds = _code(rng)
            automaton = grammars.postal_code()
        elif number % 4 == 2:
            shown, signs, kinds = _phone(rng)
            automaton = grammars.phone()
        else:
            shown = invent_email(rng)
            signs, kinds = list(shown), ["email"] * len(shown)
            automaton = grammars.email()
        yield Line(join_text(shown, glyphs, rng), signs, kinds, automaton)


def _code(rng: np.random.Generator) -> tuple[str, list[str], list[str]]:
    code = "".join(
        str(rng.choice(list(grammars.DIGITS if k % 2 else grammars.CODE_LETTERS))) for k in range(6)
    )
    shown = code.lower() if rng.random() < 0.1 else code
    gap = str(rng.choice([" ", " ", "", "-"]))
    return shown[:3] + gap + shown[3:], list(code), ["letter", "digit"] * 3


def _phone(rng: np.random.Generator) -> tuple[str, list[str], list[str]]:
    digits = "".join(str(rng.integers(2 if k in (0, 3) else 0, 10)) for k in range(10))
    style = str(rng.choice(["{}-{}-{}", "({}) {}-{}", "{} {} {}", "{}.{}.{}", "{}{}{}"]))
    return style.format(digits[:3], digits[3:6], digits[6:]), list(digits), ["digit"] * 10


def _shares(counts: Counts) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for kind, pairs in counts.items():
        totals: defaultdict[str, float] = defaultdict(float)
        meant: defaultdict[str, float] = defaultdict(float)
        for (_, sign), count in pairs.items():
            meant[sign] += count
        # Where the place names the class, as if each sign were meant equally
        # often; emails keep their own frequencies.
        level = kind in ("digit", "letter")
        even = {p: c / meant[p[1]] * 100 if level else c for p, c in pairs.items()}
        for sign in meant:
            even[sign, sign] = even.get((sign, sign), 0.0) + OWN_PRIOR
        for (read, _), count in even.items():
            totals[read] += count
        found[kind] = {
            f"{read}>{sign}": round(count / (totals[read] + OWN_PRIOR), 4)
            for (read, sign), count in sorted(even.items())
            if count / (totals[read] + OWN_PRIOR) >= LEAST_SHARE
        }
    return found


if __name__ == "__main__":
    sys.exit(main())
