"""Bags: what any source promises, their manifests, and what hostile ones try."""

import os
import shutil
import sys
import unicodedata
from contextlib import contextmanager

import pytest

from monoprint.errors import StoreError
from monoprint.model.asset import Status, path_text
from monoprint.model.fixity import Breach
from monoprint.sources import bag as bag_module
from monoprint.sources.opening import locate, open_source
from monoprint.testing.source import SourceContract
from tests.sources.packing import Within, describe_bag, digest, make_bag, told, words
from tests.sources.test_folder import append, patch_fstat

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX names and links")


def opened(root, **options):
    return open_source(str(locate(f"bag:{root}")), follow_symlinks=False, max_bytes=1 << 20)


class BagHarness:
    """A bag whose manifests are written anew with each change."""

    def __init__(self, root, monkeypatch):
        self.root = make_bag(root, {})
        self.lost = []
        self.monkeypatch = monkeypatch

    def open(self):
        location = f"bag:{path_text(str(self.root))}"
        return Within(open_source(location, follow_symlinks=False, max_bytes=1 << 20), "data/")

    def put(self, name, data):
        make_bag(self.root, {name: data})
        self._name_the_lost()

    def remove(self, name):
        (self.root / "data" / name).unlink()
        describe_bag(self.root)

    def bar(self, name):
        self.lost.append(name)
        self._name_the_lost()

    def _name_the_lost(self):
        with (self.root / "manifest-sha256.txt").open("a") as file:
            file.writelines(f"{digest('sha256', b'lost')}  data/{name}\n" for name in self.lost)

    @contextmanager
    def changing(self, name):
        with self.monkeypatch.context() as patch:
            patch_fstat(patch, lambda: append(self.root / "data" / name))
            yield

    def remove_store(self):
        shutil.rmtree(self.root)


class TestBag(SourceContract):
    # A manifest is text in its bag's encoding, so a name that is none cannot stand in it.
    NAMES = tuple(name for name in SourceContract.NAMES if "\udce9" not in name)

    @pytest.fixture
    def harness(self, tmp_path, monkeypatch):
        return BagHarness(tmp_path / "bag", monkeypatch)


# What is listed


def test_a_bag_s_files_carry_checksum_unit_attributes_and_where_they_are_stored(tmp_path):
    info = {"External-Identifier": "ms-1", "Contact-Name": "Archive"}
    root = make_bag(tmp_path / "b", {"a.tif": b"a"}, ("md5", "sha256", "sha512"), info)
    (entry,) = opened(root).listing()
    state = (root / "data/a.tif").stat()
    assert entry.path == "data/a.tif"
    assert entry.checksum == f"sha-512:{digest('sha512', b'a')}"
    assert entry.unit == f"bag:{os.path.realpath(root)}"
    assert (entry.inode, entry.device) == (state.st_ino, state.st_dev)
    assert dict(entry.attributes) == {
        "bag-info:External-Identifier": "ms-1",
        "bag-info:Contact-Name": "Archive",
        "bag-info:Payload-Oxum": "1.1",
    }
    assert not entry.flaws


def test_a_folder_of_bags_lists_each_with_its_own_unit_and_tells_what_is_in_none(tmp_path):
    make_bag(tmp_path / "s/0001", {"x.jpg": b"1"})
    make_bag(tmp_path / "s/deep/0002", {"x.jpg": b"2"})
    (tmp_path / "s/0001.jpg").write_bytes(b"stray")
    entries = list(opened(tmp_path / "s").listing())
    assert [e.path for e in entries] == [
        "0001.jpg", "0001/data/x.jpg", "deep/0002/data/x.jpg",
    ]  # fmt: skip
    assert [e.unit.rpartition("/")[2] for e in entries] == ["", "0001", "0002"]
    assert [flaw.what for flaw in entries[0].flaws] == [Breach.EXTRA]
    assert not entries[0].barred


def test_a_bag_in_a_payload_is_payload(tmp_path):
    inner = make_bag(tmp_path / "b/data/inner", {"x.jpg": b"x"})
    describe_bag(tmp_path / "b")
    (inner / "data/x.jpg").write_bytes(b"y")
    listed = {entry.path for entry in opened(tmp_path / "b").listing() if not entry.flaws}
    assert "data/inner/bagit.txt" in listed
    assert "data/inner/data/x.jpg" in listed


def test_attributes_are_bounded(tmp_path):
    info = {f"Field-{n:03}": "x" * 1000 for n in range(100)}
    (entry,) = opened(make_bag(tmp_path / "b", {"a": b"a"}, info=info)).listing()
    assert len(entry.attributes) == 24
    assert max(len(value) for _, value in entry.attributes) == 300


def test_repeated_and_continued_fields_are_kept_whole(tmp_path):
    root = make_bag(tmp_path / "b", {"a": b"a"})
    (root / "bag-info.txt").write_text("Note: one\nNote: two\n  and more\n")
    (root / "tagmanifest-sha256.txt").unlink()
    (entry,) = opened(root).listing()
    assert dict(entry.attributes)["bag-info:Note"] == "one; two and more"


def test_there_must_be_a_folder(tmp_path):
    with pytest.raises(StoreError, match="no folder"):
        locate(f"bag:{tmp_path / 'none'}")


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_any_encoding_is_read(tmp_path, encoding):
    root = make_bag(tmp_path / "b", {"caf\u00e9.jpg": b"x"}, encoding=encoding)
    (entry,) = opened(root).listing()
    assert entry.path == "data/caf\u00e9.jpg"
    assert entry.checksum
    assert not entry.flaws


@pytest.mark.parametrize(
    ("version", "written"), [("1.0", "data/50%25.jpg"), ("0.97", "data/50%.jpg")]
)
def test_percent_signs_are_written_as_the_version_says(tmp_path, version, written):
    root = make_bag(tmp_path / "b", {"50%.jpg": b"x"}, version=version)
    (root / "manifest-sha256.txt").write_text(f"{digest('sha256', b'x')} {written}\n")
    (root / "tagmanifest-sha256.txt").unlink()
    (entry,) = opened(root).listing()
    assert entry.path == "data/50%.jpg"
    assert entry.checksum
    assert not entry.flaws


def test_a_percent_sign_that_was_not_encoded_is_doubtful_and_read(tmp_path):
    root = make_bag(tmp_path / "b", {"a%0Ab.jpg": b"x"})
    (root / "manifest-sha256.txt").write_text(f"{digest('sha256', b'x')} data/a%0Ab.jpg\n")
    (root / "tagmanifest-sha256.txt").unlink()
    assert told(opened(root)) == [("manifest-sha256.txt", Breach.DOUBTFUL)]


def test_a_name_in_another_unicode_form_is_the_file_that_is_there(tmp_path):
    composed = "caf\u00e9.jpg"
    root = make_bag(tmp_path / "b", {composed: b"x"})
    (root / "data" / composed).rename(root / "data" / unicodedata.normalize("NFD", composed))
    (entry,) = opened(root).listing()
    assert entry.checksum == f"sha-256:{digest('sha256', b'x')}"
    assert [flaw.what for flaw in entry.flaws] == [Breach.DOUBTFUL]


# What is wrong


def test_a_file_that_is_named_and_gone_is_missing(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a", "b.jpg": b"b", "c.jpg": b"c"})
    (root / "data/b.jpg").unlink()
    info, a, b, c = opened(root).listing()
    assert (a.path, b.path, c.path) == ("data/a.jpg", "data/b.jpg", "data/c.jpg")
    assert b.status is Status.UNREADABLE
    assert b.barred == "missing: named in manifest-sha256.txt"
    assert [(f.what, f.expected) for f in b.flaws] == [(Breach.MISSING, b.checksum)]
    assert "incomplete: Payload-Oxum is 3.3, and 2.2 is there" in info.barred


def test_what_is_to_be_fetched_is_told_and_not_fetched(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"})
    (root / "data/a.jpg").unlink()
    (root / "fetch.txt").write_text("http://127.0.0.1:9/a.jpg 1 data/a.jpg\n")
    (root / "bag-info.txt").unlink()
    (root / "tagmanifest-sha256.txt").unlink()
    (entry,) = opened(root).listing()
    assert "to be fetched by fetch.txt: not fetched" in entry.barred


def test_a_file_that_is_in_no_manifest_is_extra_and_read(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"}, info={"Payload-Oxum": "2.2"})
    (root / "data/z.jpg").write_bytes(b"z")
    source = opened(root)
    assert told(source) == [("data/z.jpg", Breach.EXTRA)]
    assert source.read("data/z.jpg").data == b"z"


def test_an_altered_tag_file_is_told_with_both_checksums(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"})
    with (root / "bag-info.txt").open("a") as file:
        file.write("Added: later\n")
    info, _ = opened(root).listing()
    (flaw,) = info.flaws
    assert flaw.what is Breach.ALTERED
    assert flaw.found == f"sha-256:{digest('sha256', (root / 'bag-info.txt').read_bytes())}"
    assert flaw.expected != flaw.found
    assert info.status is Status.UNREADABLE


def test_a_lost_tag_file_is_missing(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"})
    (root / "bag-info.txt").unlink()
    assert told(opened(root)) == [("bag-info.txt", Breach.MISSING)]


def test_manifests_must_all_name_all_files_from_version_1_on(tmp_path):
    for version, count in (("1.0", 1), ("0.97", 0)):
        root = make_bag(
            tmp_path / version, {"a": b"a", "b": b"b"}, ("md5", "sha256"), None, version
        )
        (root / "manifest-md5.txt").write_text(f"{digest('md5', b'a')} data/a\n")
        (root / "tagmanifest-md5.txt").unlink()
        (root / "tagmanifest-sha256.txt").unlink()
        found = words(opened(root))
        assert len(found) == count
        assert all("does not name 1 files" in said for said in found.values())


@pytest.mark.parametrize(
    "path",
    [
        "../outside", "data/../../outside", "/etc/passwd", "~/x", "~root/x", "data/./x", "data//x",
        "C:\\x", "\\\\server\\x", "data/../data/a.jpg", "a.jpg", "data/x\0y",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused_and_told(tmp_path, path, monkeypatch):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"})
    (tmp_path / "outside").write_text("secret")
    with (root / "manifest-sha256.txt").open("a") as file:
        file.write(f"{digest('sha256', b'secret')}  {path}\n")
    (root / "tagmanifest-sha256.txt").unlink()
    asked = []
    real = os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda name: asked.append(name) or real(name))
    listed = list(opened(root).listing())
    assert [(e.path, e.flaws[0].what) for e in listed if e.flaws] == [
        ("manifest-sha256.txt", Breach.INVALID)
    ]
    assert [entry.path for entry in listed] == ["data/a.jpg", "manifest-sha256.txt"]
    assert all(os.path.realpath(name).startswith(os.path.realpath(root)) for name in asked)


def test_percent_encoded_dots_are_a_name_and_not_a_way_out(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"})
    with (root / "manifest-sha256.txt").open("a") as file:
        file.write(f"{digest('sha256', b'x')}  data/%2e%2e/%2e%2e/x\n")
    (root / "tagmanifest-sha256.txt").unlink()
    assert told(opened(root)) == [("data/%2e%2e/%2e%2e/x", Breach.MISSING)]


def test_a_link_in_a_payload_is_not_followed(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"})
    (tmp_path / "outside").write_bytes(b"a")
    (root / "data/a.jpg").unlink()
    (root / "data/a.jpg").symlink_to(tmp_path / "outside")
    entry = next(e for e in opened(root).listing() if e.path == "data/a.jpg")
    assert "symbolic link" in entry.barred
    assert [flaw.what for flaw in entry.flaws] == [Breach.INVALID]


@pytest.mark.parametrize(
    "lines",
    ["", "BagIt-Version: 1.0\n", "BagIt-Version: one\nTag-File-Character-Encoding: UTF-8\n",
     "BagIt-Version: 1.0\nTag-File-Character-Encoding: no-such\n",
     "BagIt-Version: 1.0\nTag-File-Character-Encoding: hex\n",
     "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nMore: 1\n",
     "\ufeffBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"],
)  # fmt: skip
def test_a_bad_declaration_is_told_and_the_payload_still_read(tmp_path, lines):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"})
    (root / "bagit.txt").write_text(lines, encoding="utf-8")
    (root / "tagmanifest-sha256.txt").unlink()
    source = opened(root)
    assert told(source) == [("bagit.txt", Breach.INVALID)]
    assert [e.checksum != "" for e in source.listing()] == [False, True]


def test_a_manifest_in_another_encoding_is_told(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"})
    (root / "manifest-sha256.txt").write_bytes(b"\xff\xfe\x00")
    (root / "tagmanifest-sha256.txt").unlink()
    assert ("manifest-sha256.txt", Breach.INVALID) in told(opened(root))
    assert ("data/a.jpg", Breach.EXTRA) in told(opened(root))


def test_a_bag_without_a_manifest_is_told(tmp_path):
    root = make_bag(tmp_path / "b", {"a.jpg": b"a"}, algorithms=())
    found = words(opened(root))
    assert "no payload manifest" in found["manifest-sha512.txt"]
    assert found["data/a.jpg"] == "extra: in no manifest"


def test_limits_end_a_manifest_and_are_told(tmp_path, monkeypatch):
    root = make_bag(tmp_path / "b", {f"{n}": b"x" for n in range(9)})
    (root / "tagmanifest-sha256.txt").unlink()
    monkeypatch.setattr(bag_module, "MAX_LINES", 5)
    assert "limit passed in line 6" in words(opened(root))["manifest-sha256.txt"]
    (root / "manifest-sha256.txt").write_text("0" * 100_000)
    assert "limit passed in line 1" in words(opened(root))["manifest-sha256.txt"]


def test_many_faults_of_one_manifest_are_not_all_told(tmp_path):
    root = make_bag(tmp_path / "b", {"a": b"a"})
    with (root / "manifest-sha256.txt").open("a") as file:
        file.write("nonsense\n" * 1000)
    (root / "tagmanifest-sha256.txt").unlink()
    entry = next(e for e in opened(root).listing() if e.flaws)
    assert len(entry.flaws) == 21
    assert "more of the kind" in entry.flaws[-1].told


@pytest.mark.parametrize("oxum", ["many", "9" * 4900 + ".1", "1", "-1.1"])
def test_a_payload_oxum_that_is_none_is_told(tmp_path, oxum):
    root = make_bag(tmp_path / "b", {"a": b"a"}, info={"Payload-Oxum": oxum})
    assert "no octets and streams" in words(opened(root))["bag-info.txt"]
