"""Which files are looked into, and what is said where a package for it is not installed."""

import importlib.util

import pytest

from monoprint.errors import Unsupported
from monoprint.sources import containers
from tests.sources.archives import KINDS, seven_zipped


@pytest.mark.parametrize(
    ("head", "package", "words"),
    [
        (seven_zipped({"a.jpg": b"x"}), "py7zr", "7z archive: it is read after pip install"),
        (b"%PDF-1.7\n", "pypdfium2", "PDF document: it is read after pip install"),
    ],
)
def test_a_missing_package_is_named_with_how_to_get_it(head, package, words, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else there(name)
    )
    opener = containers.opener_of(head, "a")
    assert opener is not None
    with pytest.raises(Unsupported, match=words):
        opener(None, "a")


@pytest.mark.parametrize("name", ["a", "a.jpg", "a.tar"])
@pytest.mark.parametrize("kind", KINDS)
def test_containers_are_told_by_their_bytes_whatever_their_name(kind, name):
    data = KINDS[kind]({"a.jpg": b"x"})
    assert containers.opener_of(data[: containers.HEAD], name) is not None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_pictures_are_no_containers(kind, draw):
    data = draw.file(draw.photo(1), kind)
    assert containers.opener_of(data[: containers.HEAD], "a.zip") is None
    assert containers.opener_of(b"", "a.zip") is None
    assert containers.opener_of(bytes(4096), "a.tar") is None
