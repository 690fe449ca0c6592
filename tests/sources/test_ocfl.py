"""OCFL objects: what any source promises, versions told once, and what hostile ones try."""

import json
import os
import shutil
import sys
from contextlib import contextmanager

import pytest

from monoprint.model.asset import Status, path_text
from monoprint.model.fixity import Breach
from monoprint.sources import ocfl as ocfl_module
from monoprint.sources.opening import locate, open_source
from monoprint.testing.source import SourceContract
from tests.sources.packing import Within, digest, make_object, told, words, write_inventory
from tests.sources.test_folder import append, patch_fstat

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX names and links")


def opened(root):
    return open_source(str(locate(f"ocfl:{root}")), follow_symlinks=False, max_bytes=1 << 20)


class ObjectHarness:
    """An object of one version, made anew with each change."""

    def __init__(self, root, monkeypatch):
        self.root = root
        self.state = {}
        self.lost = []
        self.monkeypatch = monkeypatch
        self._make()

    def _make(self):
        shutil.rmtree(self.root, ignore_errors=True)
        make_object(self.root, "urn:x", [self.state])
        # Each content is stored once in an object; the contract's entries are apart.
        inventory = json.loads((self.root / "inventory.json").read_text())
        for name, data in self.state.items():
            content = f"v1/content/{name}"
            paths = inventory["manifest"][digest("sha512", data)]
            if content not in paths:
                paths.append(content)
                (self.root / content).parent.mkdir(parents=True, exist_ok=True)
                (self.root / content).write_bytes(data)
        for folder in (self.root, self.root / "v1"):
            write_inventory(folder, inventory)
        for name in self.lost:
            (self.root / "v1/content" / name).unlink()

    def open(self):
        location = f"ocfl:{path_text(str(self.root))}"
        source = open_source(location, follow_symlinks=False, max_bytes=1 << 20)
        return Within(source, "v1/content/")

    def put(self, name, data):
        self.state[name] = data
        self._make()

    def remove(self, name):
        del self.state[name]
        self._make()

    def bar(self, name):
        self.lost.append(name)
        self.put(name, b"lost")

    @contextmanager
    def changing(self, name):
        with self.monkeypatch.context() as patch:
            patch_fstat(patch, lambda: append(self.root / "v1/content" / name))
            yield

    def remove_store(self):
        shutil.rmtree(self.root)


class TestObject(SourceContract):
    # An inventory is JSON in UTF-8, so a name that is not UTF-8 cannot stand in it.
    NAMES = tuple(name for name in SourceContract.NAMES if "\udce9" not in name)

    @pytest.fixture
    def harness(self, tmp_path, monkeypatch):
        return ObjectHarness(tmp_path / "object", monkeypatch)


VERSIONS = [
    {"deed.tif": b"one", "map.tif": b"map"},
    {"deed.tif": b"two", "map.tif": b"map"},
    {"deed.tif": b"two", "atlas/map.tif": b"map", "copy.tif": b"two"},
]


@pytest.mark.parametrize("algorithm", ["sha512", "sha256"])
@pytest.mark.parametrize("spec", ["1.0", "1.1"])
def test_each_stored_file_is_listed_once_with_where_it_stands(tmp_path, algorithm, spec):
    root = make_object(tmp_path / "o", "ark:/1/2", VERSIONS, algorithm, spec)
    entries = list(opened(root).listing())
    assert [entry.path for entry in entries] == [
        "v1/content/deed.tif", "v1/content/map.tif", "v2/content/deed.tif",
    ]  # fmt: skip
    old, kept, new = (dict(entry.attributes) for entry in entries)
    assert old == {
        "ocfl:object": "ark:/1/2",
        "ocfl:versions": "v1",
        "ocfl:paths": "deed.tif",
    }
    assert (kept["ocfl:versions"], kept["ocfl:paths"]) == ("v1, v2, v3", "atlas/map.tif")
    assert (new["ocfl:versions"], new["ocfl:paths"]) == ("v2, v3", "deed.tif; copy.tif")
    name = {"sha512": "sha-512", "sha256": "sha-256"}[algorithm]
    assert entries[0].checksum == f"{name}:{digest(algorithm, b'one')}"
    assert {entry.unit for entry in entries} == {f"ocfl:{os.path.realpath(root)}"}
    state = (root / "v1/content/deed.tif").stat()
    assert (entries[0].inode, entries[0].device) == (state.st_ino, state.st_dev)
    assert not any(entry.flaws for entry in entries)


def test_a_storage_root_lists_every_object(tmp_path):
    root = tmp_path / "root"
    make_object(root / "ab/one", "one", [{"x": b"1"}])
    make_object(root / "ab/two", "two", [{"x": b"2"}])
    (root / "0=ocfl_1.1").write_text("ocfl_1.1\n")
    (root / "ocfl_layout.json").write_text("{}")
    (root / "ab/stray.jpg").write_bytes(b"stray")
    source = opened(root)
    assert [entry.path for entry in source.listing()] == [
        "0=ocfl_1.1", "ab/one/v1/content/x", "ab/stray.jpg", "ab/two/v1/content/x",
        "ocfl_layout.json",
    ]  # fmt: skip
    assert told(source) == [("ab/stray.jpg", Breach.EXTRA)]


def test_what_is_missing_and_what_is_extra_is_told(tmp_path):
    root = make_object(tmp_path / "o", "urn:x", VERSIONS)
    (root / "v1/content/map.tif").unlink()
    (root / "v2/content/extra.tif").write_bytes(b"extra")
    (root / "README").write_bytes(b"none of OCFL's")
    source = opened(root)
    assert told(source) == [
        ("README", Breach.EXTRA),
        ("v1/content/map.tif", Breach.MISSING),
        ("v2/content/extra.tif", Breach.EXTRA),
    ]
    lost = next(entry for entry in source.listing() if entry.barred)
    assert lost.barred == "missing: named in inventory.json"
    assert lost.status is Status.UNREADABLE


def test_an_altered_inventory_is_told_with_both_digests(tmp_path):
    root = make_object(tmp_path / "o", "urn:x", VERSIONS)
    with (root / "inventory.json").open("a") as file:
        file.write("\n")
    found = [(e.path, f) for e in opened(root).listing() for f in e.flaws]
    assert [(path, flaw.what) for path, flaw in found] == [
        ("inventory.json", Breach.ALTERED), ("v3/inventory.json", Breach.INVALID),
    ]  # fmt: skip
    assert found[0][1].expected != found[0][1].found


def test_an_older_version_s_inventory_is_checked_by_its_sidecar(tmp_path):
    root = make_object(tmp_path / "o", "urn:x", VERSIONS)
    with (root / "v1/inventory.json").open("a") as file:
        file.write("\n")
    assert told(opened(root)) == [("v1/inventory.json", Breach.ALTERED)]


def test_a_lost_sidecar_is_told(tmp_path):
    root = make_object(tmp_path / "o", "urn:x", VERSIONS)
    (root / "inventory.json.sha512").unlink()
    assert told(opened(root)) == [("inventory.json.sha512", Breach.INVALID)]


def test_a_lost_declaration_and_an_unknown_version_are_told(tmp_path):
    root = make_object(tmp_path / "o", "urn:x", VERSIONS)
    (root / "0=ocfl_object_1.1").rename(root / "0=ocfl_object_9.0")
    assert told(opened(root)) == [("0=ocfl_object_9.0", Breach.INVALID)]
    (root / "0=ocfl_object_9.0").unlink()
    assert told(opened(root)) == [("0=ocfl_object_1.1", Breach.MISSING)]


def change(root, act):
    inventory = json.loads((root / "inventory.json").read_text())
    act(inventory)
    for folder in (root, root / inventory["head"]) if "head" in inventory else (root,):
        folder.mkdir(exist_ok=True)
        write_inventory(folder, inventory)


@pytest.mark.parametrize(
    "path",
    ["../../outside", "/etc/passwd", "v1/content/../../../outside", "v1/content/./x", "content/x",
     "v1/elsewhere/x", "v1/content//x", "v0/content/x", "v1/content/x\0y"],
)  # fmt: skip
def test_a_content_path_that_leads_elsewhere_is_refused_and_told(tmp_path, path):
    root = make_object(tmp_path / "o", "urn:x", VERSIONS)
    (tmp_path / "outside").write_text("secret")
    change(root, lambda inventory: inventory["manifest"].update({"ab" * 64: [path]}))
    found = words(opened(root))
    assert list(found) == ["inventory.json"]
    assert "outside of the versions' content, refused" in found["inventory.json"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda i: i.pop("manifest"), "has no manifest"),
        (lambda i: i.update(manifest=[]), "has no manifest"),
        (lambda i: i.update(head="v9"), "head is not the newest"),
        (lambda i: i["versions"].pop("v2"), "without a gap"),
        (lambda i: i["versions"].update({"v" + "9" * 5000: {}}), "without a gap"),
        (lambda i: i["versions"]["v1"].update(state=3), "state of v1 is no object"),
        (lambda i: i["manifest"].update(x="y"), "no list of paths"),
        (lambda i: i["versions"]["v1"]["state"].update({"cd" * 64: ["x"]}), "not in the manifest"),
        (lambda i: i.update(contentDirectory="../.."), "no name of a folder"),
    ],
)
def test_an_inventory_that_breaks_the_standard_is_told(tmp_path, act, said):
    root = make_object(tmp_path / "o", "urn:x", VERSIONS)
    change(root, act)
    assert said in words(opened(root))["inventory.json"]


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, "\x00", '"x"'])
def test_an_inventory_that_is_none_is_told_and_its_files_are_extra(tmp_path, text):
    root = make_object(tmp_path / "o", "urn:x", [{"a": b"a"}])
    (root / "inventory.json").write_text(text)
    found = words(opened(root))
    assert "inventory" in found["inventory.json"]
    assert found["v1/content/a"] == "extra: in no inventory"


def test_a_weak_digest_is_no_address(tmp_path):
    root = make_object(tmp_path / "o", "urn:x", [{"a": b"a"}], algorithm="md5")
    assert "neither sha512 nor sha256" in words(opened(root))["inventory.json"]


def test_an_inventory_over_the_limit_is_refused(tmp_path, monkeypatch):
    root = make_object(tmp_path / "o", "urn:x", [{"a": b"a"}])
    monkeypatch.setattr(ocfl_module, "MAX_INVENTORY_BYTES", 100)
    assert "size limit" in words(opened(root))["inventory.json"]
