"""What other people's scripts, and other modules, rely on."""

import ast
import importlib
import os
import pickle
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest
from conftest import LONGEST

from digitizer import errors
from digitizer.cli import main
from digitizer.errors import DigitizerError, ExitCode

PACKAGE = Path(errors.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# A module longer than this holds two subjects.
MAX_MODULE_LINES = 500

EXIT_CODES = {
    "OK": 0,
    "BUG": 1,
    "USAGE": 2,
    "SCAN": 3,
    "FORM": 4,
    "DEPENDENCY": 5,
    "STORE": 6,
    "WORKER_LOST": 7,
    "PAGES_FAILED": 8,
    "INTERRUPTED": 130,
}

RECORD_COLUMNS = """
record_id petition sheet_id source_file page row status review_fields reasons name address city
province postal_code phone email contact_consent signature collector_name event_location
date_collected name_confidence address_confidence city_confidence province_confidence
postal_code_confidence phone_confidence email_confidence signature_confidence
""".split()

SHEET_COLUMNS = """
sheet_id source_file page sha256 petition form status reasons rotation_deg skew_deg rows_on_form
rows_filled rows_flagged collector_name event_location date_collected collector_name_confidence
event_location_confidence date_collected_confidence duplicate_of
""".split()

COMMANDS = (
    "run",
    "read",
    "locate",
    "evaluate",
    "export",
    "tally",
    "form",
    "decide",
    "sample",
    "reconcile",
    "review",
    "report",
    "watch",
    "learn",
    "purge",
)


def error_classes() -> list[type[DigitizerError]]:
    """Every error class of the package, wherever it is defined."""
    for path in MODULES:
        if "migrations" not in path.parts and path.stem != "__main__":
            parts = path.relative_to(ROOT).with_suffix("").parts
            importlib.import_module(".".join(parts).removesuffix(".__init__"))

    def below(parent: type[DigitizerError]) -> Iterator[type[DigitizerError]]:
        yield parent
        for child in parent.__subclasses__():
            yield from below(child)

    return list(below(DigitizerError))


def column_orders(module: ModuleType) -> list[list[str]]:
    """Every constant of ``module`` that is a plain sequence of words."""
    return [
        list(value)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, tuple | list) and value
    ]


def normal(distribution: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def imported_roots(path: Path) -> set[str]:
    """First words of what a module imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_a_module_imports_only_from_layers_below_it() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.__name__)
def test_an_error_comes_back_whole_from_a_worker(error: type[DigitizerError]) -> None:
    returned = pickle.loads(pickle.dumps(error("what happened; what to do")))
    assert type(returned) is error
    assert str(returned) == "what happened; what to do"
    assert returned.exit_code == error.exit_code


def test_exit_codes_never_move() -> None:
    assert {code.name: code.value for code in ExitCode} == EXIT_CODES


def test_csv_columns_keep_their_order() -> None:
    from digitizer import export

    orders = column_orders(export)
    # Additions come at the end.
    for wanted in (RECORD_COLUMNS, SHEET_COLUMNS):
        assert any(order[: len(wanted)] == wanted for order in orders)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_stays_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_MODULE_LINES


@pytest.mark.parametrize("command", COMMANDS)
def test_each_flag_is_in_the_readme(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main([command, "--help"])
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", capsys.readouterr().out))
    assert flags, "no flag at all in the help: the pattern is wrong"
    assert f"digitizer {command}" in readme
    assert {flag for flag in flags if f"{flag}" not in readme} == set()


def test_each_command_of_the_contract_exists() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("digitizer"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    text = done.stdout
    assert [command for command in COMMANDS if not re.search(rf"\b{command}\b", text)] == []


def test_declared_packages_are_those_imported() -> None:
    """A package used and not declared is missing on the next machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    every = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        every += extra
    declared = {normal(re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0]) for line in every}
    providers = packages_distributions()
    imported = {name for path in MODULES for name in imported_roots(path)}
    imported -= {*sys.stdlib_module_names, "digitizer"}
    undeclared = {
        name for name in imported if not {normal(d) for d in providers.get(name, [name])} & declared
    }
    assert undeclared == set()


def test_both_opencv_packages_are_pinned_to_one_version() -> None:
    """They write the same folder: docs/decisions/0003-opencv-twins.md."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^(opencv-python(?:-headless)?)==(\S+)$", text, re.MULTILINE))
    assert len(pins) == 2
    assert len(set(pins.values())) == 1


@pytest.mark.parametrize(
    ("skip", "ends"),
    [
        ("pytest.importorskip('no_such_package')", pytest.ExitCode.INTERRUPTED),
        ("def test_x() -> None:\n    pytest.skip('no such program')", pytest.ExitCode.TESTS_FAILED),
        ("def test_x() -> None:\n    pytest.skip('DIGITIZER_HANDWRITING')", pytest.ExitCode.OK),
    ],
    ids=["a whole file", "a test", "allowed"],
)
def test_what_is_skipped_where_changes_are_checked_fails(
    skip: str, ends: int, tmp_path: Path
) -> None:
    (tmp_path / "test_skips.py").write_text(f"import pytest\n\n{skip}\n")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests"), *filter(None, sys.path)])
    options = ("-q", "-p", "conftest", "-p", "no:cacheprovider", f"--rootdir={tmp_path}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        env={**os.environ, "CI": "1", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ends, done.stdout
    assert ("skipped, which CI does not allow" in done.stdout) == (ends != pytest.ExitCode.OK)


def test_nothing_tells_people_to_install_the_package_of_this_name_on_pypi() -> None:
    """It is somebody else's, and would run where the scans are."""
    told = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *MODULES]
    wrong = re.compile(r"pip install [^\n]{0,3}digitizer")
    assert [path.name for path in told if wrong.search(path.read_text("utf-8"))] == []


def test_what_to_install_is_this_project_with_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    command = errors.how_to_install("scale")
    assert command.startswith(sys.executable) and f"{ROOT}[scale]" in command
    # Without a checkout only its source can tell.
    monkeypatch.setattr(errors, "__file__", "/usr/lib/python3/site-packages/digitizer/errors.py")
    assert "pip" not in errors.how_to_install("scale")


def test_the_files_that_are_begun_first_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).exists()] == []
