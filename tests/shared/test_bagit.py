"""The conformance suite of BagIt: valid bags read clean, invalid ones are told with their fault."""

import csv
import os
from pathlib import Path

import pytest

from monoprint.model.asset import path_text
from monoprint.model.fixity import Breach
from monoprint.pipeline import worker
from monoprint.sources.opening import open_source

pytestmark = pytest.mark.shared

SHARED = Path(
    os.environ.get("MONOPRINT_SHARED") or Path(__file__).resolve().parents[2].parent / "shared"
)
FOLDER = SHARED / "conformance" / "bagit"
HERE = (FOLDER / "expected.csv").exists()

# What each bag that is not simply valid must be told of: the file that shows it, how, in words.
FAULTS = {
    "v0.97/invalid/corrupt-data-file": ("data/bare-filename", "altered", "another checksum"),
    "v0.97/invalid/extra-file-in-bag": ("data/bar", "extra", "in no manifest"),
    "v0.97/invalid/missing-bagit.txt": ("bagit.txt", "missing", "has a declaration"),
    "v0.97/invalid/out-of-scope-file-paths-using-dot-notation": (
        "manifest-md5.txt", "invalid", "outside of the bag, refused: ../../../README.md"),
    "v0.97/invalid/bom-in-bagit.txt": ("bagit.txt", "invalid", "byte order mark"),
    "v0.97/invalid/same-filename-listed-twice-with-different-hashes": (
        "manifest-sha256.txt", "invalid", "data/README twice, with two checksums"),
    "v0.97/linux-only/out-of-scope-file-paths-using-absolute-path": (
        "manifest-md5.txt", "invalid", "outside of the bag, refused: /tmp/foo"),
    "v0.97/linux-only/out-of-scope-file-paths-using-shortcut": (
        "manifest-md5.txt", "invalid", "outside of the bag, refused: ~/foo"),
    "v0.97/linux-only/out-of-scope-file-paths-using-shortcut-username-for-fetch": (
        "fetch.txt", "invalid", "outside of the bag, refused: ~root/foo"),
    "v0.97/windows-only/out-of-scope-file-paths-using-absolute-path": (
        "manifest-md5.txt", "invalid", "outside of the bag, refused: C:"),
    "v0.97/windows-only/out-of-scope-file-paths-using-unc": (
        "manifest-md5.txt", "invalid", "outside of the bag, refused: "),
    "v1.0/invalid/bagit-with-invalid-whitespace": ("bagit.txt", "invalid", "not the two lines"),
    "v1.0/invalid/notAllManifestsListAllFiles": (
        "data/missingFromManifest.txt", "extra", "in no manifest"),
    "v0.97/warning/made-with-md5sum-tools": ("manifest-md5.txt", "doubtful", "star of md5sum"),
    "v0.97/warning/relative-path": ("manifest-sha512.txt", "doubtful", "begins with ./"),
    "v0.97/warning/duplicate-file-with-different-case": (
        "data/hello.txt", "doubtful", "differs in case"),
}  # fmt: skip

# Some bags of the suite are held valid although a line of theirs begins with ``./``, for which
# others of it are warned of.
DOUBTFUL = {"v0.97/valid/bag-with-leading-dot-slash-in-manifest"}


def rows():
    if not HERE:
        return []
    with (FOLDER / "expected.csv").open(encoding="utf-8", newline="") as file:
        return [(row["bag"], row["expected"]) for row in csv.DictReader(file)]


def findings(bag):
    """List a bag and read what may be read of it, as a scan does."""
    location = f"bag:{path_text(str((FOLDER / bag).resolve()))}"
    source = open_source(location, follow_symlinks=False, max_bytes=1 << 20)
    found, read = [], 0
    for entry in source.listing():
        found += [(entry.path, flaw.what.value, flaw.told) for flaw in entry.flaws]
        if not entry.barred:
            task = {
                "location": location, "path": entry.path, "follow_symlinks": False, "iscc": False,
                "local": False, "checksum": entry.checksum, "modified_ns": entry.modified_ns,
            }  # fmt: skip
            answer = worker.read(task)
            assert len(answer["sha256"]) == 64
            found += [(entry.path, str(what), told) for what, told, *_ in answer["flaws"]]
            read += 1
    return found, read


@pytest.mark.parametrize(("bag", "expected"), rows())
def test_each_bag_is_told_as_it_is(bag, expected):
    found, read = findings(bag)
    assert read > 0
    if bag in FAULTS:
        path, what, said = FAULTS[bag]
        assert any(p == path and w == what and said in told for p, w, told in found), found
    else:
        assert expected == "valid"
    if expected.startswith("valid"):
        assert {what for _, what, _ in found} <= {Breach.DOUBTFUL}
    if expected == "valid" and bag not in DOUBTFUL:
        assert found == []
