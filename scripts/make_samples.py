"""Draw filled petition sheets with ground truth.

Without ``--sheets`` this writes the committed samples (``samples/scans`` and
``samples/truth.json``); the same seed writes the same bytes. With ``--sheets
N --out DIR`` it draws N sheets for measuring, in fonts or, with ``--ink DIR``,
in real handwriting of one split; those never go into the repository. With
``--rules-set`` as well they hold dittos, strikes, people who sign twice, second
scans and decoys. What the truth files hold is told in ``scripts/sheets/truth.py``.
"""

import argparse
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from scripts.sheets.batch import DEGRADATIONS, draw_batch  # noqa: E402
from scripts.sheets.fill import Scribe  # noqa: E402
from scripts.sheets.fonts import (  # noqa: E402
    FontSet,
    FontsMissingError,
    default_cache,
    fetch_fonts,
    system_fonts,
)
from scripts.sheets.layouts import PLANS  # noqa: E402
from scripts.sheets.odd_layouts import ODD_PLANS  # noqa: E402
from scripts.sheets.rules_set import draw_rules_set  # noqa: E402
from scripts.sheets.rulestyles import RULE_STYLES  # noqa: E402
from scripts.sheets.scribes import FontScribe, InkScribe  # noqa: E402
from scripts.sheets.truth import write_truth  # noqa: E402
from scripts.sheets.wording import WORDINGS  # noqa: E402
from training.ink import InkMissingError, Split  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 where everything was written."""
    options = _parser().parse_args(arguments)
    try:
        fonts = system_fonts() if options.system_fonts else fetch_fonts(options.fonts)
        if options.sheets is None:
            return _committed_samples(options, fonts)
        return _batch(options, fonts)
    except (FontsMissingError, InkMissingError, ValueError) as error:
        sys.stderr.write(f"make_samples: {error}\n")
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=2, help="same seed, same bytes (default 2)")
    parser.add_argument("--out", type=Path, help="folder to write (default: samples)")
    parser.add_argument("--sheets", type=int, help="draw this many sheets for measuring")
    parser.add_argument("--ink", type=Path, help="folder of real handwriting to fill them with")
    parser.add_argument(
        "--split",
        type=Split,
        choices=list(Split),
        default=Split.TEST,
        help="whose ink (default test)",
    )
    parser.add_argument(
        "--own-emails", action="store_true", help="with --ink: most emails hold their signer's name"
    )
    parser.add_argument(
        "--sound-glyphs", action="store_true", help="with --ink: no glyph of a doubted label"
    )
    parser.add_argument("--degrade", choices=DEGRADATIONS, default="mild")
    parser.add_argument("--max-skew", type=float, default=1.5, help="degrees, up to 20")
    parser.add_argument("--odd", type=float, default=0.08, help="share of struck, ditto ... rows")
    parser.add_argument(
        "--rules-set", action="store_true", help="sheets that measure marks (with --sheets)"
    )
    parser.add_argument("--dense", type=float, default=1.0, help="times as many marks a sheet")
    parser.add_argument(
        "--forms",
        nargs="+",
        choices=sorted({*WORDINGS, *PLANS, *ODD_PLANS}),
        default=[],
        help="cycle through",
    )
    parser.add_argument(
        "--rulings", nargs="+", choices=sorted(RULE_STYLES), default=[], help="cycle through"
    )
    parser.add_argument("--fonts", type=Path, default=default_cache(), help="cache of fonts")
    parser.add_argument(
        "--system-fonts", action="store_true", help="one font of this machine for all hands"
    )
    return parser


def _batch(options: argparse.Namespace, fonts: FontSet) -> int:
    if options.out is None:
        raise ValueError("--sheets needs --out DIR")
    options.out.mkdir(parents=True, exist_ok=True)
    scribe: Scribe = FontScribe(fonts)
    if options.ink is not None:
        scribe = InkScribe(
            options.ink,
            options.split,
            own_emails=options.own_emails,
            sound_glyphs=options.sound_glyphs,
        )
    scans = {
        "seed": options.seed,
        "sheets": options.sheets,
        "degradation": options.degrade,
        "max_skew_deg": min(20.0, options.max_skew),
    }
    drawn = (
        draw_rules_set(options.out, scribe, fonts, dense=options.dense, **scans)
        if options.rules_set
        else draw_batch(
            options.out,
            scribe,
            fonts,
            forms=tuple(options.forms),
            odd=options.odd,
            rulings=tuple(options.rulings),
            **scans,
        )
    )
    pages, rows = write_truth(
        drawn,
        options.out / "truth.json",
        options.out / "truth_geometry.json",
        marks=options.rules_set,
    )
    sys.stderr.write(f"{pages} sheets, {rows} filled rows in {options.out}\n")
    return 0


def _committed_samples(options: argparse.Namespace, fonts: FontSet) -> int:
    from scripts.sheets.committed import write_samples

    count, size = write_samples(options.out or REPOSITORY / "samples", fonts, seed=options.seed)
    sys.stderr.write(f"{count} pages, {size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
