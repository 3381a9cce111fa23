"""Which network reads the ink: chosen by ``DIGITIZER_RECOGNISER``.

``stock``      PP-OCRv6 small inside the ``rapidocr`` wheel (only the file is used,
               the package is never imported)
``petition``   the same network fine-tuned on real ink, which ships here; see
               ``models/MODEL_CARD.md``
``stock-8bit`` the stock one with its inner layers in 8 bits and the classes that
               petitions need, which ships here and reads names a second time
``medium``     PP-OCRv6 medium, where it lies in rapidocr's folder ``models``
               (``scripts/fetch_recogniser.py`` brings it there)
a path         an ``.onnx`` file with the same input, output and metadata

Light on purpose: a run that finds nothing to read loads no network.
"""

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from digitizer.errors import DependencyError

RECOGNISER_VARIABLE = "DIGITIZER_RECOGNISER"
DEFAULT_RECOGNISER = "petition"

# Name of each recogniser: as records name it, and its file in rapidocr's
# folder (``models/``) or in this package's.
RECOGNISERS = {
    "stock": ("PP-OCRv6_rec_small", "rapidocr"),
    "medium": ("PP-OCRv6_rec_medium", "rapidocr"),
    "petition": ("petition-hands", "digitizer"),
    "stock-8bit": ("PP-OCRv6_rec_small-8bit", "digitizer"),
}

# Which recogniser is asked for a second reading where one reads: another network
# errs on other letters. Without an entry there is none.
SECOND = {"petition": "stock-8bit"}


def chosen_recogniser() -> str:
    """The name (or path) of the recogniser that reads, from the environment or by default."""
    return os.environ.get(RECOGNISER_VARIABLE) or DEFAULT_RECOGNISER


def engine_name() -> str:
    """The chosen recogniser as records name it."""
    chosen = chosen_recogniser()
    return RECOGNISERS[chosen][0] if chosen in RECOGNISERS else Path(chosen).stem


def engine_fingerprint() -> str:
    """The chosen recogniser's name and the start of its file's SHA-256, and of its second's."""
    chosen = chosen_recogniser()
    files = [find_model(name) for name in (chosen, SECOND.get(chosen)) if name]
    starts = [hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files]
    return " ".join((engine_name(), *starts))


def find_model(chosen: str | None = None) -> Path:
    """Where the file of a recogniser lies, by default of the chosen one.

    Raises ``DependencyError`` where it is not there.
    """
    chosen = chosen or chosen_recogniser()
    if chosen not in RECOGNISERS:
        path = Path(chosen)
        if path.is_file() and path.suffix == ".onnx":
            return path
        known = ", ".join(RECOGNISERS)
        raise DependencyError(
            f"{RECOGNISER_VARIABLE} names no recogniser: give one of {known}, or an .onnx file"
        )
    name, package = RECOGNISERS[chosen]
    spec = find_spec(package)
    for folder in list(spec.submodule_search_locations or ()) if spec else []:
        path = Path(folder) / "models" / f"{name}.onnx"
        if path.is_file():
            return path
    if chosen == "medium":
        raise DependencyError(
            "the larger recogniser is not there: fetch it once with 'python -m "
            f"scripts.fetch_recogniser', or put {name}.onnx into the folder models of the "
            "installed package rapidocr, or unset " + RECOGNISER_VARIABLE
        )
    if package == "digitizer":
        raise DependencyError(f"models/{name}.onnx is missing: install digitizer anew")
    raise DependencyError(
        "the handwriting recogniser is missing: install it with 'pip install rapidocr' "
        f"(version 3.10 or later, which holds models/{name}.onnx)"
    )
