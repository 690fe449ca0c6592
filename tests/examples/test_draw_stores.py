"""The drawn stores hold what their list says, and come out the same each time."""

import csv
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

SCRIPT = Path(__file__).parents[2] / "examples" / "draw_stores.py"
STORES = {"housing", "landreg", "tourism"}
ALONE = {"empty", "not-a-picture"}
KINDS = ALONE | {
    "exact", "hard-link", "metadata", "pixels", "wrong-extension", "re-encode", "resize", "page",
    "rotated", "rotated-exif", "mirrored", "look-alike", "corrupt",
}  # fmt: skip


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), str(folder), *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def scan_data(data: bytes) -> bytes:
    return data[data.index(b"\xff\xdb") :]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> tuple[Path, Path]:
    room = tmp_path_factory.mktemp("drawn")
    folders = (room / "one", room / "other")
    running = [start(folder) for folder in folders]
    for process in running:
        words, complaints = process.communicate(timeout=600)
        assert (process.returncode, complaints) == (0, "")
        assert "seed 1" in words
    return folders


@pytest.fixture(scope="module")
def stores(drawn) -> Path:
    return drawn[0]


@pytest.fixture(scope="module")
def planted(stores) -> list[dict[str, str]]:
    with (stores / "planted.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def pairs(stores, planted):
    def of_kind(kind: str) -> list[tuple[Path, Path]]:
        found = [(stores / row["a"], stores / row["b"]) for row in planted if row["kind"] == kind]
        assert found, kind
        return found

    return of_kind


def test_one_seed_draws_the_same_bytes_and_times(drawn):
    one, other = drawn
    assert contents(one) == contents(other)
    for name in contents(one):
        assert (one / name).stat().st_mtime == (other / name).stat().st_mtime


def test_the_folder_holds_three_small_stores_and_the_list(stores):
    assert {path.name for path in stores.iterdir()} == {*STORES, "planted.csv"}
    assert sum(map(len, contents(stores).values())) < 8_000_000


def test_names_are_nfc(stores):
    assert all(unicodedata.is_normalized("NFC", name) for name in contents(stores))


def test_every_row_names_files_that_exist(stores, planted):
    assert {row["kind"] for row in planted} == KINDS
    for row in planted:
        assert (stores / row["a"]).is_file()
        assert (row["b"] == "") == (row["kind"] in ALONE)
        assert not row["b"] or (stores / row["b"]).is_file()
        assert row["a"].split("/")[0] in STORES


@pytest.mark.parametrize("kind", ["exact", "hard-link", "wrong-extension"])
def test_copies_have_the_same_bytes(pairs, kind):
    for one, other in pairs(kind):
        assert one.read_bytes() == other.read_bytes()


def test_exact_copies_lie_in_the_same_store_and_in_others(stores, pairs):
    same = {
        one.relative_to(stores).parts[0] == other.relative_to(stores).parts[0]
        for one, other in pairs("exact")
    }
    assert same == {True, False}


def test_a_hard_link_is_one_file(pairs):
    assert all(one.samefile(other) for one, other in pairs("hard-link"))


def test_a_wrong_extension_names_another_format(pairs):
    for _, other in pairs("wrong-extension"):
        with Image.open(other) as image:
            assert (other.suffix, image.format) == (".jpg", "PNG")


@pytest.mark.parametrize("kind", ["pixels", "metadata", "page"])
def test_other_files_decode_to_the_same_pixels(pairs, kind):
    for one, other in pairs(kind):
        assert one.read_bytes() != other.read_bytes()
        assert np.array_equal(pixels(one), pixels(other))


@pytest.mark.parametrize("kind", ["metadata", "rotated-exif"])
def test_only_the_exif_block_changes(pairs, kind):
    for one, other in pairs(kind):
        assert scan_data(one.read_bytes()) == scan_data(other.read_bytes())
        with Image.open(one) as before, Image.open(other) as after:
            assert dict(before.getexif()) != dict(after.getexif())
            assert (after.getexif().get(274, 1) == 6) == (kind == "rotated-exif")


def test_the_long_document_has_three_pages(pairs):
    for _, document in pairs("page"):
        with Image.open(document) as image:
            assert image.n_frames == 3


def test_turned_resized_and_mirrored_versions_have_the_shape_they_should(pairs):
    for one, other in pairs("rotated"):
        assert np.array_equal(np.rot90(pixels(one)), pixels(other))
    for one, other in pairs("resize"):
        assert pixels(one).shape[0] / pixels(other).shape[0] in (2, 4)
    for one, other in pairs("mirrored"):
        gap = np.abs(pixels(one)[:, ::-1].astype(int) - pixels(other))
        assert gap.mean() < 6
    for one, other in pairs("re-encode"):
        before, after = pixels(one), pixels(other)
        assert before.shape == after.shape
        assert 0 < np.abs(before.astype(int) - after).mean() < 12


def test_look_alikes_are_not_copies(pairs):
    for one, other in pairs("look-alike"):
        before, after = pixels(one), pixels(other)
        assert before.shape == after.shape
        assert np.abs(before.astype(int) - after).mean() > 0.5


def test_the_corrupt_file_opens_and_breaks_off(pairs):
    for whole, cut in pairs("corrupt"):
        assert whole.read_bytes().startswith(cut.read_bytes())
        with Image.open(cut) as image, pytest.raises(OSError, match="truncated"):
            image.load()


def test_what_is_no_picture_does_not_open(pairs):
    for kind in sorted(ALONE):
        for path, _ in pairs(kind):
            assert (path.stat().st_size == 0) == (kind == "empty")
            with pytest.raises(UnidentifiedImageError):
                Image.open(path)


def test_every_other_file_is_a_picture_that_loads_whole(stores, planted):
    odd = {row["a"] for row in planted if row["kind"] in ALONE}
    odd |= {row["b"] for row in planted if row["kind"] == "corrupt"} | {"planted.csv"}
    formats = set()
    for name in contents(stores).keys() - odd:
        with Image.open(stores / name) as image:
            image.load()
            formats.add(image.format)
    assert formats == {"JPEG", "PNG", "TIFF", "WEBP", "AVIF", "GIF"}


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    process = start(tmp_path)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "not an empty folder" in complaints
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
