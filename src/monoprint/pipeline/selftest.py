"""The self-test: golden vectors, computed on this machine.

`selftest.json` holds pictures given by integer formulas, with codes of an independent PDQ
implementation (pdqhash 0.2.8), and small drawn files in several formats with the code that
implementation gives for their pixels. Descriptors of keypoints and layouts have no independent
implementation: their vectors hold the recipes still.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monoprint.fingerprints import bytes as whole_bytes
from monoprint.fingerprints import local
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import recipe_frames
from monoprint.kernels import brief, hamming, pdq


@dataclass(frozen=True, slots=True)
class Check:
    """One check's name, whether it passed, and what was found."""

    name: str
    passed: bool
    found: str


def checks() -> Iterator[Check]:
    """Run every check against the vectors."""
    vectors = json.loads(resources.files(__package__).joinpath("selftest.json").read_text())
    yield _sha256(vectors["sha256"])
    for vector in vectors["arrays"]:
        yield _array(vector)
    for vector in vectors["files"]:
        yield _file(vector, vectors["file_tolerance"])
    yield _join(vectors["join"])
    for vector in vectors["descriptors"]:
        yield _descriptors(vector, vectors["descriptor_tolerance"])
    for vector in vectors["layouts"]:
        yield _layout(vector)


def picture(height: int, width: int, a: int, b: int) -> NDArray[np.uint8]:
    """Return the grey picture of a vector, uint8 (H, W): two crossed waves, in integers."""
    y, x = np.mgrid[:height, :width].astype(np.int64)
    waves = np.abs((a * x + 3 * y) % 510 - 255) + np.abs((b * y - 2 * x) % 510 - 255)
    grey: NDArray[np.uint8] = (waves // 2).astype(np.uint8)
    return grey


def _sha256(vector: dict[str, Any]) -> Check:
    found = whole_bytes.fingerprint(vector["text"].encode()).hex()
    return Check("SHA-256 (FIPS 180-4 example)", found == vector["digest"], found[:16])


def _array(vector: dict[str, Any]) -> Check:
    height, width = vector["height"], vector["width"]
    codes, quality = pdq.codes(picture(height, width, vector["a"], vector["b"]))
    found = codes[0].tobytes().hex()
    passed = found == vector["pdq"] and quality == vector["quality"]
    return Check(f"PDQ of a {width} x {height} picture, to the bit", passed, found[:16])


def _file(vector: dict[str, Any], tolerance: int) -> Check:
    opened = open_picture(base64.b64decode(vector["data"]), "")
    _, pixels = next(recipe_frames(opened))
    codes, _ = pdq.codes(pixels)
    distance = (int(vector["pdq"], 16) ^ int.from_bytes(codes[0].tobytes())).bit_count()
    name = f"{vector['name']}, within {tolerance} bits"
    return Check(name, distance <= tolerance, f"{distance} bits")


def _join(vector: dict[str, Any]) -> Check:
    codes = np.array([[int(word, 16) for word in code] for code in vector["codes"]], np.uint64)
    pairs, distances = hamming.self_join(codes, vector["radius"])
    found = [
        [*pair, distance] for pair, distance in zip(pairs.tolist(), distances.tolist(), strict=True)
    ]
    return Check("Hamming join, all pairs within reach", found == vector["pairs"], str(found))


def _descriptors(vector: dict[str, Any], tolerance: int) -> Check:
    grey = picture(vector["height"], vector["width"], vector["a"], vector["b"])
    x, y, degrees = np.array(vector["keypoints"], np.float32).T.copy()
    found = brief.describe(grey, x, y, np.deg2rad(degrees))
    expected = np.array([[int(word, 16) for word in code] for code in vector["codes"]], np.uint64)
    distance = int(np.bitwise_count(found ^ expected).sum(axis=1).max())
    name = f"Descriptors of {len(x)} keypoints, within {tolerance} bits"
    return Check(name, distance <= tolerance, f"{distance} bits")


def _layout(vector: dict[str, Any]) -> Check:
    height, width = vector["height"], vector["width"]
    grey = picture(height, width, vector["a"], vector["b"])
    colours = np.stack([grey, grey[::-1], np.full_like(grey, vector["blue"])], axis=2)
    found = local.layout(np.ascontiguousarray(colours)).hex()
    name = f"Layout of a {width} x {height} picture, to the bit"
    return Check(name, found == vector["layout"], found[:16])
