"""Where the fonts come from: npm's @fontsource packages, kept outside the repo.

Only pictures drawn with them are committed. Every package listed here is
under the SIL Open Font License 1.1; ``samples/README.md`` credits them.
Versions are pinned, because the same seed must give the same bytes.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FONT_VERSION = "5.3.0"

# Handwriting, by how people read it. Tidy hands come twice as often on sheets
# as cursive ones, because forms ask to print.
CAPITALS = ("annie-use-your-telescope", "covered-by-your-grace", "loved-by-the-king")
PRINT_HANDS = (
    "architects-daughter",
    "delius",
    "gloria-hallelujah",
    "gochi-hand",
    "grape-nuts",
    "handlee",
    "indie-flower",
    "just-me-again-down-here",
    "kalam",
    "mali",
    "mansalva",
    "mynerve",
    "neucha",
    "over-the-rainbow",
    "pangolin",
    "patrick-hand",
    "sedgwick-ave",
    "shadows-into-light",
    "shantell-sans",
    "short-stack",
    "sue-ellen-francisco",
    "the-girl-next-door",
    "waiting-for-the-sunrise",
)
CURSIVE_HANDS = (
    "bad-script",
    "caveat",
    "cedarville-cursive",
    "dancing-script",
    "dawning-of-a-new-day",
    "la-belle-aurore",
    "marck-script",
    "nothing-you-could-do",
    "reenie-beanie",
    "zeyada",
)
SIGNATURE_HANDS = (
    "herr-von-muellerhoff",
    "la-belle-aurore",
    "mr-dafoe",
    "mrs-saint-delafield",
    "nothing-you-could-do",
    "reenie-beanie",
    "sacramento",
    "zeyada",
)
PRINT_FONTS = ("arimo", "tinos", "open-sans", "roboto", "lato", "eb-garamond")

# For machines that have no npm fonts (tests): the first of these that exists
# is used for print and handwriting alike.
SYSTEM_FONTS = (
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    "/System/Library/Fonts/Supplemental/Arial.ttf",
)


class FontsMissingError(Exception):
    """No usable font, and no way to fetch one; the message says what to do."""


@dataclass(frozen=True, slots=True)
class FontSet:
    """Paths of the fonts to draw with, by use. Print fonts come as (regular, bold)."""

    capitals: tuple[str, ...]
    prints: tuple[str, ...]
    cursives: tuple[str, ...]
    signatures: tuple[str, ...]
    printed: tuple[tuple[str, str], ...]


def default_cache() -> Path:
    """Folder that holds the fetched fonts: the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "digitizer-sheet-fonts"


def fetch_fonts(cache: Path) -> FontSet:
    """Fonts of ``cache``, fetched with npm where they are missing.

    Raises FontsMissingError where npm is absent or fails.
    """
    wanted = sorted({*CAPITALS, *PRINT_HANDS, *CURSIVE_HANDS, *SIGNATURE_HANDS, *PRINT_FONTS})
    missing = [name for name in wanted if not (_package(cache, name) / "files").is_dir()]
    if missing:
        install_packages(cache, [f"@fontsource/{name}@{FONT_VERSION}" for name in missing])
    return FontSet(
        capitals=tuple(_font(cache, name) for name in CAPITALS),
        prints=tuple(_font(cache, name) for name in PRINT_HANDS),
        cursives=tuple(_font(cache, name) for name in CURSIVE_HANDS),
        signatures=tuple(_font(cache, name) for name in SIGNATURE_HANDS),
        printed=tuple((_font(cache, n), _font(cache, n, weight=700)) for n in PRINT_FONTS),
    )


def system_fonts() -> FontSet:
    """One font of this machine for every use; raises FontsMissingError without any."""
    found = next((path for path in SYSTEM_FONTS if Path(path).is_file()), None)
    if found is None:
        raise FontsMissingError("no TrueType font found; install fonts-dejavu-core")
    return FontSet((found,), (found,), (found,), (found,), ((found, found),))


def _package(cache: Path, name: str) -> Path:
    return cache / "node_modules" / "@fontsource" / name


def install_packages(cache: Path, packages: Sequence[str]) -> None:
    """Fetch npm packages (name@version) into the cache; raises FontsMissingError."""
    npm = shutil.which("npm")
    if npm is None:
        raise FontsMissingError(
            f"{len(packages)} fonts are missing in {cache} and npm is not installed; "
            "install npm or give --fonts with a folder that has them"
        )
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "package.json").write_text('{"name": "sheet-fonts", "private": true}\n')
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", *packages]
    done = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FontsMissingError(f"npm could not fetch the fonts: {done.stderr[-400:]}")


def _font(cache: Path, name: str, *, weight: int = 400) -> str:
    """The Latin face of a package: ``weight`` where it exists, else its lightest."""
    files = _package(cache, name) / "files"
    exact = files / f"{name}-latin-{weight}-normal.woff2"
    if exact.is_file():
        return str(exact)
    found = sorted(files.glob(f"{name}-latin-[0-9]*-normal.woff2"))
    if not found:
        raise FontsMissingError(f"{files} holds no Latin face of {name}")
    return str(found[0])
