"""Scanning: what is read and what is not, store by store."""

import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image

import monoprint
from monoprint.catalog.store import open_catalog
from monoprint.errors import StoreError, UsageError
from monoprint.fingerprints import local
from monoprint.model.asset import Status
from monoprint.model.reading import Reading
from monoprint.pipeline.progress import Silent
from monoprint.pipeline.scan import Scanned, ScanOptions, enter_stores, scan
from monoprint.pipeline.workers import Workers


@pytest.fixture(scope="module")
def workers():
    with Workers() as crew:
        yield crew


@pytest.fixture
def catalog(tmp_path):
    opened = open_catalog(tmp_path / "catalog.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path, draw):
    files = {name: draw.jpeg(n) for n, name in enumerate(("a.jpg", "b.jpg", "sub/c.jpg"))}
    return draw.store(tmp_path / "store", files)


@pytest.fixture
def scanned(catalog, workers):
    """Give a function that scans folders and returns what it did."""

    def scanning(*folders, **options):
        entered = enter_stores(catalog, [(None, str(folder)) for folder in folders])
        return scan(catalog, entered, ScanOptions(**options), workers, Silent())

    return scanning


def found(catalog):
    """Return every entry's status and content by path."""
    named = [(store_id, name) for name, (store_id, _) in catalog.stores().items()]
    return {f"{a.store}/{a.path}": (a.status, a.sha256) for a in catalog.assets(named)}


def spoil(path):
    """Replace a file's content so that only reading can tell: same size, time and inode."""
    info = path.stat()
    with path.open("r+b") as file:
        file.write(bytes(info.st_size))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    after = path.stat()
    assert (info.st_size, info.st_mtime_ns, info.st_ino) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ino,
    )


def test_a_first_scan_reads_every_file(catalog, store, scanned):
    assert scanned(store) == Scanned(listed=3, read=3, gone=0)
    assert {status for status, _ in found(catalog).values()} == {Status.OK}
    assert set(found(catalog)) == {"store/a.jpg", "store/b.jpg", "store/sub/c.jpg"}


def test_unchanged_files_are_not_opened_again_but_by_verify(catalog, store, scanned):
    scanned(store)
    before = found(catalog)
    spoil(store / "a.jpg")
    assert scanned(store) == Scanned(listed=3, read=0, gone=0)
    assert found(catalog) == before
    assert scanned(store, verify=True) == Scanned(listed=3, read=3, gone=0)
    assert found(catalog)["store/a.jpg"][0] == Status.UNREADABLE
    assert found(catalog)["store/b.jpg"] == before["store/b.jpg"]


def test_a_file_with_another_time_is_read_again(catalog, store, scanned):
    scanned(store)
    spoil(store / "a.jpg")
    os.utime(store / "a.jpg", (1_600_000_001, 1_600_000_001))
    assert scanned(store) == Scanned(listed=3, read=1, gone=0)
    assert found(catalog)["store/a.jpg"][0] == Status.UNREADABLE


def test_a_file_replaced_under_its_name_is_read_again(catalog, store, scanned, draw):
    scanned(store)
    before = (store / "a.jpg").stat()
    (store / "new").write_bytes(bytes(before.st_size))
    (store / "new").replace(store / "a.jpg")
    os.utime(store / "a.jpg", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert scanned(store).read == 1
    assert found(catalog)["store/a.jpg"][0] == Status.UNREADABLE


def test_new_changed_vanished_and_unchanged_files_are_told_apart(catalog, store, scanned, draw):
    scanned(store)
    draw.store(store, {"new.jpg": draw.jpeg(7), "b.jpg": draw.jpeg(8)})
    (store / "a.jpg").unlink()
    assert scanned(store) == Scanned(listed=3, read=2, gone=1)
    assert set(found(catalog)) == {"store/b.jpg", "store/new.jpg", "store/sub/c.jpg"}
    assert scanned(store) == Scanned(listed=3, read=0, gone=0)


def test_a_file_that_becomes_a_folder_and_back_is_followed(catalog, store, scanned, draw):
    scanned(store)
    content = (store / "a.jpg").read_bytes()
    (store / "a.jpg").unlink()
    draw.store(store, {"a.jpg/inner.jpg": content})
    assert scanned(store) == Scanned(listed=3, read=1, gone=1)
    assert set(found(catalog)) == {"store/a.jpg/inner.jpg", "store/b.jpg", "store/sub/c.jpg"}
    shutil.rmtree(store / "a.jpg")
    draw.store(store, {"a.jpg": content})
    assert scanned(store) == Scanned(listed=3, read=1, gone=1)
    assert set(found(catalog)) == {"store/a.jpg", "store/b.jpg", "store/sub/c.jpg"}


def test_a_moved_file_is_gone_here_and_new_there(catalog, store, scanned):
    scanned(store)
    (_, content) = found(catalog)["store/a.jpg"]
    (store / "a.jpg").rename(store / "sub" / "z.jpg")
    assert scanned(store) == Scanned(listed=3, read=1, gone=1)
    assert "store/a.jpg" not in found(catalog)
    assert found(catalog)["store/sub/z.jpg"] == (Status.OK, content)


def test_an_emptied_store_keeps_nothing(catalog, store, scanned):
    scanned(store)
    for entry in (store / "a.jpg", store / "b.jpg", store / "sub" / "c.jpg"):
        entry.unlink()
    assert scanned(store) == Scanned(listed=0, read=0, gone=3)
    assert found(catalog) == {}


def test_a_file_becomes_readable_once_it_is_whole(catalog, store, scanned, draw):
    whole = (store / "a.jpg").read_bytes()
    draw.store(store, {"a.jpg": whole[:200]})
    scanned(store)
    assert found(catalog)["store/a.jpg"][0] == Status.UNREADABLE
    draw.store(store, {"a.jpg": whole})
    assert scanned(store).read == 1
    assert found(catalog)["store/a.jpg"][0] == Status.OK


def test_two_stores_are_kept_apart(catalog, tmp_path, store, scanned, draw):
    other = draw.store(tmp_path / "other", {"a.jpg": draw.jpeg(9)})
    assert scanned(store, other) == Scanned(listed=4, read=4, gone=0)
    (store / "a.jpg").unlink()
    assert scanned(other) == Scanned(listed=1, read=0, gone=0)
    assert "store/a.jpg" in found(catalog)  # its store was not looked at
    assert scanned(store, other).gone == 1
    assert "other/a.jpg" in found(catalog)


def test_symbolic_links_and_pipes_are_listed_and_not_read(catalog, store, scanned):
    (store / "link.jpg").symlink_to(store / "a.jpg")
    os.mkfifo(store / "pipe.jpg")
    assert scanned(store) == Scanned(listed=5, read=3, gone=0)
    assert found(catalog)["store/link.jpg"] == (Status.REFUSED, None)
    assert found(catalog)["store/pipe.jpg"] == (Status.REFUSED, None)
    assert scanned(store, follow_symlinks=True).read == 1
    assert found(catalog)["store/link.jpg"] == found(catalog)["store/a.jpg"]


def test_iscc_codes_are_made_for_files_that_lack_them(catalog, store, scanned):
    pytest.importorskip("iscc_lib")
    scanned(store)
    assert scanned(store, iscc=True).read == 3
    codes = [asset.iscc for asset in catalog.assets([(1, "store")])]
    assert all(code.startswith("ISCC:") for code in codes)
    assert scanned(store, iscc=True).read == 0


def test_an_interrupted_scan_keeps_what_it_has_read(catalog, store, workers):
    entered = enter_stores(catalog, [(None, str(store))])
    seen = []

    class Interrupting(Workers):
        def answers(self, tasks, ahead):
            for answer in workers.answers(tasks, ahead):
                seen.append(answer)
                yield answer
                if len(seen) == 2:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(catalog, entered, ScanOptions(), Interrupting(), Silent())
    assert len(found(catalog)) == 2
    assert scan(catalog, entered, ScanOptions(), workers, Silent()).read == 1


# Stores and their names


def names(catalog, *places):
    return [store.name for _, store in enter_stores(catalog, [(n, str(p)) for n, p in places])]


def test_a_store_without_a_name_gets_its_folders(catalog, tmp_path):
    for folder in ("x/scans", "y/scans", "y/deeds"):
        (tmp_path / folder).mkdir(parents=True)
    places = [(None, tmp_path / folder) for folder in ("x/scans", "y/scans", "y/deeds")]
    assert names(catalog, *places) == ["scans", "y-scans", "deeds"]
    assert names(catalog, places[1]) == ["y-scans"]
    assert len(catalog.stores()) == 3


def test_a_store_keeps_the_name_it_has(catalog, tmp_path):
    assert names(catalog, ("landreg", tmp_path)) == ["landreg"]
    assert names(catalog, (None, tmp_path)) == ["landreg"]
    assert names(catalog, (None, f"{tmp_path}/../{tmp_path.name}/.")) == ["landreg"]


def test_one_name_cannot_stand_for_two_places(catalog, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError, match="landreg"):
        names(catalog, ("landreg", tmp_path / "a"), ("landreg", tmp_path / "b"))
    names(catalog, ("housing", tmp_path / "a"))
    with pytest.raises(UsageError, match="housing"):
        names(catalog, ("housing", tmp_path / "b"))


def test_a_store_is_renamed_and_not_read_again(catalog, store, workers):
    entered = enter_stores(catalog, [("housing", str(store))])
    scan(catalog, entered, ScanOptions(), workers, Silent())
    entered = enter_stores(catalog, [("landreg", str(store))])
    assert list(catalog.stores()) == ["landreg"]
    assert scan(catalog, entered, ScanOptions(), workers, Silent()) == Scanned(3, 0, 0)
    assert "landreg/a.jpg" in found(catalog)


def test_two_stores_cannot_change_names_at_once(catalog, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    names(catalog, ("a", tmp_path / "x"), ("b", tmp_path / "y"))
    with pytest.raises(UsageError):
        names(catalog, ("b", tmp_path / "x"), ("a", tmp_path / "y"))
    assert {n: s.location for n, (_, s) in catalog.stores().items()} == {
        "a": str(tmp_path / "x"),
        "b": str(tmp_path / "y"),
    }


def test_the_name_a_store_gives_up_is_free(catalog, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    names(catalog, ("a", tmp_path / "x"))
    assert names(catalog, ("b", tmp_path / "x"), ("a", tmp_path / "y")) == ["b", "a"]
    assert {n: s.location for n, (_, s) in catalog.stores().items()} == {
        "b": str(tmp_path / "x"),
        "a": str(tmp_path / "y"),
    }


@pytest.mark.parametrize("inner", [".", "inner", "inner/most"])
def test_stores_inside_each_other_are_refused(catalog, tmp_path, inner):
    (tmp_path / "inner" / "most").mkdir(parents=True)
    (tmp_path / "inner-not").mkdir()
    for places in ([tmp_path, tmp_path / inner], [tmp_path / inner, tmp_path]):
        with pytest.raises(UsageError, match="counted twice"):
            names(catalog, *((f"s{n}", place) for n, place in enumerate(places)))
    assert catalog.stores() == {}


def test_stores_inside_each_other_by_a_link_are_refused(catalog, tmp_path):
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "inner")
    with pytest.raises(UsageError, match="counted twice"):
        names(catalog, (None, tmp_path / "real"), (None, tmp_path / "link"))


def test_stores_beside_each_other_are_not_inside(catalog, tmp_path):
    for folder in ("a", "a-b", "a b"):
        (tmp_path / folder).mkdir()
    assert names(catalog, *((None, tmp_path / f) for f in ("a", "a-b", "a b"))) == [
        "a",
        "a-b",
        "a b",
    ]


@pytest.mark.parametrize(("name", "what"), [("none", "does not exist"), ("pipe", "is neither")])
def test_a_folder_that_is_not_there_is_a_store_error(catalog, tmp_path, name, what):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match=what) as raised:
        names(catalog, (None, tmp_path / name))
    assert raised.value.exit_code == 3
    assert catalog.stores() == {}


def test_a_store_that_goes_away_keeps_its_files(catalog, store, scanned, workers):
    scanned(store)
    entered = enter_stores(catalog, [(None, str(store))])
    shutil.rmtree(store)
    with pytest.raises(StoreError):
        scan(catalog, entered, ScanOptions(), workers, Silent())
    assert len(found(catalog)) == 3


def test_a_file_from_the_far_future_is_read(catalog, store, scanned):
    os.utime(store / "a.jpg", (13_569_465_600, 13_569_465_600))  # the year 2400
    assert scanned(store).read == 3
    assert scanned(store).read == 0
    assert found(catalog)["store/a.jpg"][0] == Status.OK


def test_a_file_that_could_not_be_read_is_tried_again(catalog, store, scanned):
    scanned(store)
    store_id = catalog.stores()["store"][0]
    (known, *_) = catalog.known(store_id)
    catalog.read_again([store_id])
    failed = Reading(Status.UNREADABLE, reason="permission denied")
    catalog.record([(known.id, failed)])
    assert scanned(store).read == 3
    assert {status for status, _ in found(catalog).values()} == {Status.OK}


def test_verify_keeps_iscc_codes_up_to_date(catalog, store, scanned):
    pytest.importorskip("iscc_lib")
    scanned(store, iscc=True)
    scanned(store, verify=True)
    named = [(store_id, name) for name, (store_id, _) in catalog.stores().items()]
    assert all(asset.iscc for asset in catalog.assets(named))


def test_an_audit_of_files_still_to_be_read_is_refused(catalog, store, scanned):
    scanned(store)
    catalog.read_again([catalog.stores()["store"][0]])
    with pytest.raises(UsageError, match="3 files are still to be read"):
        monoprint.audit(catalog, {"store": store})


def test_local_features_are_made_for_files_that_lack_them(catalog, store, scanned, draw):
    blank = Image.new("RGB", (200, 100), "red")
    draw.store(store, {"blank.jpg": draw.file(blank, "JPEG")})
    pages = [draw.photo(n) for n in range(20, 30)]
    draw.store(store, {"film.gif": draw.file(pages[0], "GIF", save_all=True,
                                             append_images=pages[1:])})  # fmt: skip
    scanned(store)
    assert len(catalog.features([1])) == 0
    assert scanned(store, local=True).read == 5
    held = catalog.features([1])
    frames = dict(zip(*np.unique(held.file_id, return_counts=True), strict=True))
    assert sorted(frames.values()) == [1, 1, 1, 1, 8]
    told = dict(zip(held.plain.tolist(), held.layout, strict=True))
    bare = np.flatnonzero(np.diff(held.starts) == 0)
    assert [told[row].tobytes() for row in bare] == [local.layout(np.asarray(blank))]
    assert np.diff(held.starts)[0] > 40  # a photograph's
    assert scanned(store, local=True).read == 0
    scanned(store, verify=True)  # what was made once is kept up
    np.testing.assert_array_equal(catalog.features([1]).keypoints, held.keypoints)


PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Archive"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def test_pictures_and_the_sidecars_beside_them_tell_of_pictures(catalog, store, scanned, draw):
    exif = Image.Exif()
    exif[0x013B] = "A. Author"  # Artist
    (store / "a.jpg").write_bytes(draw.file(draw.photo(1), "JPEG", exif=exif))
    (store / "a.xmp").write_text(PACKET)
    (store / "b.xmp").write_bytes(draw.jpeg(7))  # a picture by another name
    (store / "sub" / "c.jpg.xmp").write_text(PACKET[:-20])
    scanned(store)
    assets = {a.path: a for a in catalog.assets([(catalog.stores()["store"][0], "store")])}
    told = {path: dict(asset.attributes) for path, asset in assets.items()}
    assert told["a.jpg"] == {"creator": "A. Author", "credit": "Archive"}
    assert told["b.jpg"] == told["b.xmp"] == {}
    assert "xmp-unread" in told["sub/c.jpg"]
    assert assets["b.xmp"].status is Status.OK
    assert assets["a.xmp"].status is Status.UNSUPPORTED
    assert assets["a.xmp"].reason.startswith("sidecar")
    assert len(assets) == 6
    (store / "a.xmp").unlink()
    scanned(store)
    (asset, *_) = catalog.assets([(catalog.stores()["store"][0], "store")])
    assert dict(asset.attributes) == {"creator": "A. Author"}


def test_a_damaged_png_is_unreadable_though_its_metadata_are_asked_for(catalog, scanned, tmp_path):
    """What a decoder swallowed for the metadata must not pass for a whole picture."""
    made = io.BytesIO()
    rng = np.random.default_rng(3)
    Image.fromarray(rng.integers(0, 255, (240, 320, 3), np.uint8)).save(made, "PNG")
    data = bytearray(made.getvalue())
    data[len(data) // 2] ^= 1
    store = tmp_path / "pngs"
    store.mkdir()
    (store / "damaged.png").write_bytes(bytes(data))
    scanned(store)
    ((store_id, _),) = (entry for entry in catalog.stores().values())
    (asset,) = catalog.assets([(store_id, "pngs")])
    assert asset.status == "unreadable"
    assert asset.reason.startswith("damaged")
