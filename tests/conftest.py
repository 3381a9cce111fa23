"""What all tests share, and the rules of a run on the machine that checks changes (CI).

There, a test or a whole file that is skipped because a program, a package or
the recogniser is missing would be a hole nobody sees: it fails instead. Real
handwriting is the one thing that may be absent, since it is not part of the
project. What needs torch is run apart, see ``.ci/run``.
"""

import hashlib
import os
import shutil
import signal
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from scripts.sheets.fonts import FontSet, FontsMissingError, system_fonts
from training.ink import HANDWRITING_VARIABLE, handwriting_root

if TYPE_CHECKING:
    from digitizer.records import Pixels

# Workspace, server and browser for the tests of the review pages.
pytest_plugins = ["review_pages"]

# A shell that runs tests in the background has Ctrl-C ignored, and so would every program
# that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent

# No test is timed: beside other jobs the same example takes many times as long.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Files that take longest, longest first. They are begun before all others: one that came last
# would keep one core busy while the others idle.
LONGEST = (
    "test_batch.py",
    "test_review_keys.py",
    "test_two_sheets.py",
    "test_pipeline.py",
    "test_layouts.py",
    "test_odd_layouts.py",
    "test_roundcorners.py",
    "test_filled_drafts.py",
    "test_page_edits.py",
    "test_locate_moves.py",
    "test_contracts.py",
    "test_review_sheets.py",
    "test_review_add.py",
    "test_linkage.py",
    "test_review_ahead.py",
    "test_make_samples.py",
    "test_intake.py",
)

# Words in the reason of a skip that is allowed in CI.
ALLOWED_SKIPS = ("DIGITIZER_HANDWRITING",)


def is_ci() -> bool:
    """Whether this is the checking machine; every CI service sets CI."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that rewrites the files in tests/golden."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what is found into tests/golden instead of comparing; read the diff",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a CI run that could not fail where it should."""
    if not is_ci():
        return
    if config.getoption("--update-golden"):
        raise pytest.UsageError("--update-golden compares nothing and is refused in CI")
    missing = [name for name in ("tesseract", "pdftoppm") if shutil.which(name) is None]
    if missing:
        raise pytest.UsageError(f"not installed, but needed in CI: {' '.join(missing)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first, those of each file in their order."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI, unless its reason is an allowed one."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and (reason := _hole(report.longrepr)):
        report.outcome = "failed"
        report.longrepr = reason
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into a failure in CI, too."""
    report = yield
    if report.skipped and (reason := _hole(report.longrepr)):
        report.outcome = "failed"
        report.longrepr = reason
    return report


def _hole(skipped: object) -> str:
    """What is wrong with a skip on the checking machine; empty if it is allowed."""
    reason = str(skipped)
    if not is_ci() or any(word in reason for word in ALLOWED_SKIPS):
        return ""
    return f"skipped, which CI does not allow: {reason}"


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written rather than compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project's checkout."""
    return ROOT


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of invented scans that comes with the project."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def handwriting() -> Path:
    """The folder of real handwriting, which no checkout contains."""
    folder = handwriting_root()
    if folder is None:
        pytest.skip(f"{HANDWRITING_VARIABLE} names no folder of real handwriting")
    return folder


@pytest.fixture(scope="session")
def fonts() -> FontSet:
    """One font of this machine for all print and all hands."""
    try:
        return system_fonts()
    except FontsMissingError as error:
        pytest.skip(str(error))  # scripts/test installs one with apt; CI allows no skip


@pytest.fixture
def print_read_once(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Print of one picture is read once in all tests that ask for this, in whatever process.

    For tests of what follows from the print: the same sheets stand in many of them, and
    Tesseract, which reads the same pixels the same (see ``test_printed``), takes half of their
    time. Never for tests of whether a page read again reads the same.
    """
    # What it brings along is slow to load, and few tests need it.
    from digitizer.engines import printed

    base = tmp_path_factory.getbasetemp()
    # xdist's processes have a folder each, in one that is the run's.
    known = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "print-read"
    known.mkdir(exist_ok=True)
    read = printed._Server.read

    def once(server: printed._Server, gray: "Pixels", languages: str) -> str | None:
        picture = f"{languages} {gray.shape} ".encode() + gray.tobytes()
        file = known / hashlib.blake2b(picture).hexdigest()
        if file.exists():
            return file.read_text(encoding="utf-8")
        text = read(server, gray, languages)
        if text is not None:
            fresh = file.with_suffix(f".{os.getpid()}")
            fresh.write_text(text, encoding="utf-8")
            fresh.rename(file)
        return text

    monkeypatch.setattr(printed._Server, "read", once)
