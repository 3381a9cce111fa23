"""How often sheets signed in one hand are told from sheets signed by many.

    python benchmarks/samehand.py --handwriting DIR [--fonts DIR | --system-fonts]

Real ink: place names of the eight test writers stand for signatures (nobody's
signature is in the data). A sheet has eight rows: one writer each (a warning
is a false alarm), or four, six or all of one writer's. Drawn signatures: loops
and names as ``make_samples.py`` writes them, another hand each or all in one. The test writers
were seen neither by the model nor by its threshold; being eight, they give
false alarms with wide limits, and all sheets share them.
"""

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digitizer.samehand import Features, load_model, measure, most_alike
from scripts.sheets.fonts import FontSet, default_cache, fetch_fonts, system_fonts
from scripts.sheets.hands import invent_hand, write_signature
from scripts.sheets.people import invent_person
from training.fit_samehand import drawn_signatures, features_by_writer, scores, stamp_gray
from training.ink import Split

SEED = 77
ROWS = 8
SHEETS = 1000
FONT_SHEETS = 60


def one_font(fonts: FontSet, rng: np.random.Generator) -> list[Features]:
    """Signatures of a sheet in one hand: one font, one slant, another name each."""
    hand = replace(invent_hand(rng, fonts), scrawl=False)
    stamps = [write_signature(invent_person(rng, "en").name, hand, rng) for _ in range(ROWS)]
    return [one for one in map(measure, map(stamp_gray, stamps)) if one is not None]


def show(title: str, found: npt.NDArray[np.float64], threshold: float) -> None:
    """Print the share of sheets with a warning."""
    print(f"{title:52} warned {np.mean(found >= threshold):6.1%} of {len(found)}")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = os.environ.get("DIGITIZER_HANDWRITING")
    parser.add_argument("--handwriting", type=Path, default=folder, metavar="DIR")
    parser.add_argument("--fonts", type=Path, default=default_cache())
    parser.add_argument("--system-fonts", action="store_true")
    parser.add_argument("--no-fonts", action="store_true", help="real ink only")
    options = parser.parse_args()
    model = load_model()
    if options.handwriting:
        writers = features_by_writer(options.handwriting, Split.TEST)
        for alike in (1, 4, 6, ROWS):
            found = scores(
                writers, model, alike=alike, rows=(ROWS,), sheets=SHEETS, seed=SEED + alike
            )
            told = "one writer each" if alike == 1 else f"{alike} of {ROWS} rows one writer"
            show(f"real ink, {told}", found, model.threshold)
    if not options.no_fonts:
        fonts = system_fonts() if options.system_fonts else fetch_fonts(options.fonts)
        for loops in (True, False):
            drawn = drawn_signatures(fonts, ROWS * FONT_SHEETS, loops=loops, seed=SEED)
            sheets = [drawn[n : n + ROWS] for n in range(0, len(drawn), ROWS)]
            found = np.array([most_alike(sheet, model)[1] for sheet in sheets])
            show("loops of many hands" if loops else "another font each", found, model.threshold)
        rng = np.random.default_rng(SEED)
        found = np.array([most_alike(one_font(fonts, rng), model)[1] for _ in range(FONT_SHEETS)])
        show("one font", found, model.threshold)


if __name__ == "__main__":
    main()
