"""docs/files.md tells every column and key that scripts may rely on."""

import re
from pathlib import Path

import pytest

from digitizer.cropreading import CropReading
from digitizer.export import RECORD_COLUMNS, SHEET_COLUMNS
from digitizer.locate import locate_file

DOCUMENT = (Path(__file__).parent.parent / "docs" / "files.md").read_text("utf-8")


def told(heading: str) -> set[str]:
    """Names in the first column of the table under a heading."""
    section = re.split(r"^##+ ", DOCUMENT, flags=re.MULTILINE)
    (table,) = (text for text in section if text.startswith(heading))
    lines = (line for line in table.splitlines() if line.startswith("| `"))
    return {name for line in lines for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}


@pytest.mark.parametrize(
    ("heading", "columns"), [("`records.csv`", RECORD_COLUMNS), ("`sheets.csv`", SHEET_COLUMNS)]
)
def test_every_column_is_told(heading: str, columns: tuple[str, ...]) -> None:
    plain = {name for name in columns if not name.endswith("_confidence")}
    assert plain <= told(heading)
    assert told(heading) <= {*columns, "_confidence"}


def test_every_key_of_a_located_page_and_of_a_crop_is_told(tmp_path: Path) -> None:
    (page,) = locate_file(tmp_path / "missing.png", ())
    assert set(page) == told("`digitizer locate`")
    assert set(CropReading("a.png").as_dict()) == told("`digitizer read`")
