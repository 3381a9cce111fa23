"""Fetch the handwriting fonts that fine-tuning draws with, from npm's @fontsource packages.

    python -m training.finetune_fonts --fonts DIR

``fonts.txt`` pins them: a page of one line each was looked at, and what nobody
would fill a form with was left out. All are under the SIL Open Font License or
Apache-2.0 (packages of the 4.x series name their own code's licence, MIT, instead);
only pictures are drawn with them, no font ships.
"""

import argparse
import sys
from pathlib import Path

from scripts.sheets.fonts import FontsMissingError, install_packages

LIST = Path(__file__).with_name("fonts.txt")


def packages() -> list[str]:
    """npm's names of the packages, with their versions."""
    return [f"@fontsource/{line}" for line in LIST.read_text(encoding="utf-8").split()]


def main() -> int:
    """Fetch what the list names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--fonts", type=Path, required=True, help="folder to fetch them into")
    options = parser.parse_args()
    try:
        install_packages(options.fonts, packages())
    except FontsMissingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
