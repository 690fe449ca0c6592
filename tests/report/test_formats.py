"""What all report formats have in common."""

import subprocess
import sys
from pathlib import Path

import pytest

from monoprint.report import FORMATS
from monoprint.report.interface import ReportInput

ALL_FILES = {
    "report.json",
    "files.csv",
    "files.parquet",
    "groups.csv",
    "groups.parquet",
    "differing.csv",
    "differing.parquet",
    "warnings.csv",
    "warnings.parquet",
    "fixity.csv",
    "fixity.parquet",
    "report.html",
}


def write_all(report: ReportInput, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    paths = [path for form in FORMATS for path in form.write(report, folder)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("name", ["odd", "empty"])
def test_equal_input_gives_equal_bytes(name, request, tmp_path):
    report = request.getfixturevalue(name)
    first = write_all(report, tmp_path / "first")
    second = write_all(report, tmp_path / "second")
    assert set(first) == ALL_FILES
    assert first == second


def test_what_is_returned_is_what_was_written(odd, tmp_path):
    written = write_all(odd, tmp_path / "report")
    assert {path.name for path in (tmp_path / "report").iterdir()} == set(written)


def test_importing_the_room_loads_no_writer():
    code = "import sys, monoprint.report; print({'pyarrow', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
