"""Fetch the larger recogniser, once, on a machine with a network.

    python -m scripts.fetch_recogniser

Nothing in ``digitizer`` uses a network, and no run calls this. ``rapidocr`` says where its
networks lie and what their SHA-256 is (``default_models.yaml``); the file goes to where
``recognisers`` looks for it, and only if it is the one that was named.
"""

import hashlib
import re
import sys
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

from digitizer.errors import DependencyError
from digitizer.recognisers import RECOGNISERS

# Where the package lists its networks.
LIST_FILE = "default_models.yaml"
WAIT_S = 60.0
CHUNK = 1 << 20


def fetch_medium() -> Path:
    """The file of the larger recogniser, fetched where it is not there yet.

    Raises ``DependencyError`` where ``rapidocr`` is missing, lists no such network, or the
    file cannot be had whole.
    """
    name, package = RECOGNISERS["medium"]
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise DependencyError("rapidocr is missing: install it with 'pip install rapidocr'")
    folder = Path(folders[0])
    path = folder / "models" / f"{name}.onnx"
    if not path.is_file():
        address, digest = _listed(folder / LIST_FILE, name)
        _fetch(address, digest, path)
    return path


def _listed(listing: Path, name: str) -> tuple[str, str]:
    """Address and SHA-256 of a network as an ONNX file."""
    text = listing.read_text("utf-8") if listing.is_file() else ""
    entry = rf"{re.escape(name)}:\s+model_dir:\s*(\S+\.onnx)\s+SHA256:\s*([0-9a-fA-F]{{64}})"
    found = re.search(entry, text)
    if found is None:
        raise DependencyError(
            f"this version of rapidocr lists no {name}: upgrade it to 3.10 or later"
        )
    return found[1], found[2].lower()


def _fetch(address: str, digest: str, path: Path) -> None:
    """Bring a file, whole or not at all."""
    part = path.with_suffix(".part")
    seen = hashlib.sha256()
    try:
        with urllib.request.urlopen(address, timeout=WAIT_S) as source, part.open("wb") as target:
            while chunk := source.read(CHUNK):
                seen.update(chunk)
                target.write(chunk)
        if seen.hexdigest() != digest:
            raise DependencyError(
                f"{address} gave another file than rapidocr names: try again, or put "
                f"{path.name} into {path.parent} by hand"
            )
        part.replace(path)
    except (OSError, urllib.error.URLError) as error:
        raise DependencyError(
            f"cannot fetch {address} ({error}): on a machine with a network put {path.name} "
            f"into {path.parent}"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def main() -> int:
    """Fetch and say where the file lies."""
    try:
        path = fetch_medium()
    except DependencyError as error:
        print(error, file=sys.stderr)
        return 5
    print(f"{path}: DIGITIZER_RECOGNISER=medium reads with it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
