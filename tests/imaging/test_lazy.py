"""What only some files need is loaded when the first of them comes, not before."""

import subprocess
import sys

from tests.conftest import SOURCES

OPTIONAL = ("rawpy", "pylibjxl", "resvg_py", "c2pa")


def test_nothing_optional_is_loaded_to_read_a_jpeg(draw, tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(draw.jpeg(1))
    program = f"""
import sys
sys.path.insert(0, {str(SOURCES)!r})
from pathlib import Path
from monoprint.imaging.attributes import attributes
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import recipe_pixels
opened = open_picture(Path(sys.argv[1]).read_bytes(), "a.jpg")
attributes(opened)
recipe_pixels(opened, opened.image)
print(*(name for name in {OPTIONAL!r} if name in sys.modules))
"""
    command = [sys.executable, "-c", program, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == []
