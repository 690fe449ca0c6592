"""ISCC Image-Codes against the published vectors of ISO 24138."""

import base64
import json
import os
from pathlib import Path

import pytest

from monoprint.fingerprints import iscc

pytestmark = pytest.mark.shared

SHARED = Path(
    os.environ.get("MONOPRINT_SHARED") or Path(__file__).resolve().parents[2].parent / "shared"
)
VECTORS = SHARED / "conformance" / "iscc" / "iscc-vectors.json"
HEADER = 2  # bytes before the body of a unit: its type and length


def cases():
    if not VECTORS.exists():
        return []
    vectors = json.loads(VECTORS.read_text())["gen_image_code_v0"]
    return [
        pytest.param(bytes(case["inputs"][0]), case["inputs"][1], case["outputs"]["iscc"], id=name)
        for name, case in vectors.items()
    ]


def body(code):
    text = code.removeprefix("ISCC:")
    return base64.b32decode(text + "=" * (-len(text) % 8))[HEADER:]


@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors are not here")
@pytest.mark.parametrize(("pixels", "bits", "expected"), cases())
def test_image_codes(pixels, bits, expected):
    """A code's body is the beginning of a longer one's."""
    pytest.importorskip("iscc_lib")
    code = iscc.code(pixels)
    shared = min(bits, iscc.BITS) // 8
    assert body(code)[:shared] == body(expected)[:shared]
    if bits == iscc.BITS:
        assert code == expected


@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors are not here")
def test_a_vector_of_our_length_is_among_them():
    assert any(case.values[1] == iscc.BITS for case in cases())
