"""The larger recogniser is fetched whole, once, and only the file that was named."""

import hashlib
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from digitizer import recognisers
from digitizer.engines.handwritten import load_recogniser
from digitizer.errors import DependencyError
from digitizer.recognisers import RECOGNISER_VARIABLE, find_model
from scripts import fetch_recogniser

NAME = "PP-OCRv6_rec_medium"


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """A package like rapidocr's that lists the larger network at an address; its folder."""
    folder = tmp_path / "package"
    (folder / "models").mkdir(parents=True)
    place = SimpleNamespace(submodule_search_locations=[str(folder)])
    for module in (fetch_recogniser, recognisers):
        monkeypatch.setattr(module, "find_spec", lambda _: place)

    def write(address: str, digest: str) -> Path:
        text = f"onnxruntime:\n  rec:\n    multi_{NAME}:\n      model_dir: {address}\n"
        (folder / "default_models.yaml").write_text(f"{text}      SHA256: {digest}\n")
        return folder

    return write


@pytest.mark.model
def test_the_network_that_is_listed_is_fetched_and_reads(
    listing: Callable[[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The network that ships stands in for the larger one.
    there = tmp_path / "there.onnx"
    shutil.copy(Path(recognisers.__file__).parent / "models" / "petition-hands.onnx", there)
    folder = listing(there.as_uri(), hashlib.sha256(there.read_bytes()).hexdigest())
    monkeypatch.setenv(RECOGNISER_VARIABLE, "medium")
    with pytest.raises(DependencyError, match="fetch_recogniser"):
        find_model()
    path = fetch_recogniser.fetch_medium()
    assert path == folder / "models" / f"{NAME}.onnx" == find_model()
    (answers,) = load_recogniser().logits([np.full((48, 96), 255, np.uint8)])
    assert np.abs(np.exp(answers).sum(axis=1) - 1).max() < 1e-3
    # What is there is not fetched again.
    there.unlink()
    assert fetch_recogniser.fetch_medium() == path


def test_another_file_than_the_one_named_is_not_kept(
    listing: Callable[[str, str], Path], tmp_path: Path
) -> None:
    there = tmp_path / "there.onnx"
    there.write_bytes(b"something else")
    folder = listing(there.as_uri(), "0" * 64)
    with pytest.raises(DependencyError, match="another file"):
        fetch_recogniser.fetch_medium()
    assert list((folder / "models").iterdir()) == []


def test_what_cannot_be_fetched_is_told_in_one_line(
    listing: Callable[[str, str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing((tmp_path / "nowhere.onnx").as_uri(), "0" * 64)
    assert fetch_recogniser.main() == 5
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and f"{NAME}.onnx" in told


def test_a_package_that_lists_no_such_network_is_told(
    listing: Callable[[str, str], Path],
) -> None:
    folder = listing("", "")
    (folder / "default_models.yaml").unlink()
    with pytest.raises(DependencyError, match=r"3\.10"):
        fetch_recogniser.fetch_medium()


def test_the_installed_package_lists_the_larger_network() -> None:
    spec = find_spec("rapidocr")
    assert spec is not None and spec.submodule_search_locations
    listing = Path(spec.submodule_search_locations[0]) / fetch_recogniser.LIST_FILE
    address, digest = fetch_recogniser._listed(listing, NAME)
    assert address.startswith("https://") and address.endswith(f"{NAME}.onnx")
    assert len(digest) == 64
