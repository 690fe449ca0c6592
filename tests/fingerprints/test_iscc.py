"""ISCC Image-Codes, where the optional package is there and where it is not."""

import sys
from importlib.util import find_spec

import pytest

from monoprint.errors import MissingExtra
from monoprint.fingerprints import iscc

needs_package = pytest.mark.skipif(find_spec("iscc_lib") is None, reason="iscc-lib is missing")


@pytest.fixture
def without_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "iscc_lib", None)


def test_a_missing_package_is_told_with_what_to_do(without_package):
    with pytest.raises(MissingExtra, match="iscc-lib") as told:
        iscc.require()
    assert "pip install" in told.value.advice


def test_no_code_without_the_package(without_package, picture, opened):
    with pytest.raises(MissingExtra):
        iscc.fingerprint(opened(picture))
    with pytest.raises(MissingExtra):
        iscc.code(bytes(1024))


@needs_package
def test_require_passes_with_the_package():
    iscc.require()


@needs_package
def test_a_code_is_a_unit_of_64_bits(picture, opened):
    code = iscc.fingerprint(opened(picture))
    assert code.startswith("ISCC:")
    assert len(code.removeprefix("ISCC:")) == 16  # (16 + 64) bits in base 32


@needs_package
def test_one_picture_in_two_containers_has_one_code(picture, opened):
    assert iscc.fingerprint(opened(picture)) == iscc.fingerprint(opened(picture, "TIFF"))


@needs_package
def test_another_picture_has_another_code(paint, opened):
    assert iscc.fingerprint(opened(paint(1))) != iscc.fingerprint(opened(paint(2)))


@needs_package
def test_the_first_frame_counts(paint, opened):
    many = opened(paint(1), "TIFF", save_all=True, append_images=[paint(2)])
    assert iscc.fingerprint(many) == iscc.fingerprint(opened(paint(1)))
