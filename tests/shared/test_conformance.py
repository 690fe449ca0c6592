"""PDQ codes of the published pictures against the published hashes."""

import csv
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from monoprint.fingerprints import pdq as fingerprint
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import recipe_frames
from monoprint.kernels import pdq

pytestmark = pytest.mark.shared

SHARED = Path(
    os.environ.get("MONOPRINT_SHARED") or Path(__file__).resolve().parents[2].parent / "shared"
)
FOLDER = SHARED / "conformance" / "pdq"
HERE = (FOLDER / "expected.csv").exists()
needs_files = pytest.mark.skipif(not HERE, reason="the PDQ pictures are not here")

# What the published rule asks of an implementation with its own decoder.
BITS, QUALITY = 10, 80


def rows():
    if not HERE:
        return []
    with (FOLDER / "expected.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    return [
        pytest.param(row, id=f"{row['file']}-{row['source']}-{row['expected_hex'][:6]}")
        for row in found
    ]


def distance(code, hexadecimal):
    expected = np.frombuffer(bytes.fromhex(hexadecimal), np.uint8)
    return int(np.bitwise_count(np.frombuffer(code, np.uint8) ^ expected).sum())


@cache
def of_thumbnail(file):
    """Return code and quality of the pixels that the profile `thumbnail512` names."""
    with Image.open(FOLDER / file) as image:
        small = image.convert("RGB")
    small.thumbnail((512, 512))
    codes, quality = pdq.codes(np.asarray(small))
    return codes[0].tobytes(), quality


@cache
def of_file(file):
    """Return the first frame's code as the product makes it of the file."""
    opened = open_picture((FOLDER / file).read_bytes(), file)
    number, pixels = next(recipe_frames(opened))
    (code,) = fingerprint.fingerprint([(number, pixels)])
    return code


@cache
def turned(file):
    """Tell whether the file has an orientation other than upright."""
    with Image.open(FOLDER / file) as image:
        return image.getexif().get(0x0112, 1) != 1


@cache
def otherwise(file):
    """Return what our recipe does to the file on purpose and the published hashes do not."""
    with Image.open(FOLDER / file) as image:
        if turned(file):
            return "stored turned: we turn it upright"
        if image.mode.startswith("I"):
            return "more than 8 bits a sample: we scale them, the published hash clips"
        if image.has_transparency_data and image.convert("RGBA").getextrema()[3][0] < 255:
            return (
                "transparent in part: we put it on white, the published hash shows what is hidden"
            )
    return ""


@needs_files
@pytest.mark.parametrize("row", rows())
def test_equal_pixels_give_the_reference_code(row):
    """The distance to the published hash is the one that the reference itself has."""
    code, quality = of_thumbnail(row["file"])
    assert distance(code, row["expected_hex"]) == int(row["d_thumbnail512"])
    assert quality == int(row["q_thumbnail512"])


@needs_files
@pytest.mark.parametrize("row", rows())
def test_our_decode_is_near_the_published_code(row):
    if reason := otherwise(row["file"]):
        pytest.skip(reason)
    code = of_file(row["file"])
    assert abs(code.quality - int(row["q_thumbnail512"])) <= 2
    if code.quality >= QUALITY:
        assert distance(code.code, row["expected_hex"]) <= BITS


@needs_files
def test_most_rows_are_compared():
    """Few pictures are stored otherwise or too plain, so the test above compares most."""
    names = {param.values[0]["file"] for param in rows()}
    compared = [name for name in names if not otherwise(name) and of_file(name).quality >= QUALITY]
    assert len(compared) > len(names) * 0.6
    with_cmyk = []
    for name in compared:
        with Image.open(FOLDER / name) as image:
            with_cmyk.append(image.mode == "CMYK")
    assert any(with_cmyk)


@needs_files
def test_turned_pictures_have_the_published_code_in_one_orientation():
    """What is stored turned is compared too: one of the eight codes is the published one."""
    for param in rows():
        row = param.values[0]
        if not turned(row["file"]) or int(row["q_thumbnail512"]) < QUALITY:
            continue
        code = of_file(row["file"])
        eight = [code.code, *(code.turned[at : at + 32] for at in range(0, 7 * 32, 32))]
        assert min(distance(one, row["expected_hex"]) for one in eight) <= 16, row["file"]
