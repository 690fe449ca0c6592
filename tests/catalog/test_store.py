"""Filling and reading a catalog, on both databases."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from monoprint.catalog.store import Catalog, Compared, open_catalog
from monoprint.errors import CatalogError
from monoprint.model.asset import UNKNOWN_SIZE, Listed, Status, Store, path_text
from monoprint.model.finding import Fixity, Problem
from monoprint.model.fingerprint import LocalCode, PdqCode
from monoprint.model.fixity import Breach, Flaw
from monoprint.model.reading import Reading

ODD_NAMES = (
    "line\nbreak.png",
    "turn\u202egnp.exe",
    "back\\slash.png",
    "latin-\udce9t\udce9.png",
    "nul\x01.png",
    "quote' \"and, comma.png",
    "Zebra.png",
    "apple.png",
    "Äpfel.png",
    "日本/🦊.png",
    "=1+1.jpg",
    " ",
    "z" * 255,
)


@pytest.fixture
def catalog(catalog_url):
    opened = open_catalog(catalog_url)
    yield opened
    opened.close()


def code(seed: int, frame: int = 0, quality: int = 100) -> PdqCode:
    rng = np.random.default_rng((seed, frame))
    return PdqCode(frame, rng.bytes(32), rng.bytes(224), quality)


def ok(seed: int, **changed) -> Reading:
    """Return the reading of some picture."""
    return Reading(
        **{
            "status": Status.OK,
            "format": "JPEG",
            "bytes": 1000 + seed,
            "modified_ns": seed,
            "width": 320,
            "height": 240,
            "frames": 1,
            "sha256": hashlib.sha256(bytes([seed])).digest(),
            "sketch": bytes([seed]) * 17,
            "codes": (code(seed),),
        }
        | changed
    )


def listed_store(catalog: Catalog, name: str, *entries: Listed) -> int:
    store_id = catalog.add_store(Store(name, f"/{name}"))
    catalog.list_entries(store_id, sorted(entries, key=lambda e: e.path), [], [], [])
    return store_id


def ids(catalog: Catalog, store_id: int) -> dict[str, int]:
    return {known.listed.path: known.id for known in catalog.known(store_id)}


def test_stores_come_back_by_name(catalog):
    second = catalog.add_store(Store("b", path_text("/latin-\udce9")))
    first = catalog.add_store(Store("a", "/a"))
    assert list(catalog.stores().items()) == [
        ("a", (first, Store("a", "/a"))),
        ("b", (second, Store("b", "/latin-\\xe9"))),
    ]


def test_listed_entries_come_back_as_they_were_in_the_order_of_their_paths(catalog):
    entries = [
        Listed(path_text(name), 1 << 40, 1_700_000_000_123_456_789 + n, n + 1, 7, 2)
        for n, name in enumerate(ODD_NAMES)
    ]
    store_id = listed_store(catalog, "a", *entries)
    known = list(catalog.known(store_id))
    assert [k.listed for k in known] == sorted(entries, key=lambda e: e.path)
    assert all(k.pending for k in known)


@pytest.mark.parametrize("number", [0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
def test_inodes_and_devices_are_unsigned_64_bits(catalog, number):
    store_id = listed_store(catalog, "a", Listed("x", 1, 1, inode=number, device=number))
    (known,) = catalog.known(store_id)
    assert (known.listed.inode, known.listed.device) == (number, number)


def test_a_barred_entry_has_its_status_at_once(catalog):
    barred = Listed("pipe", barred="not a regular file: named pipe")
    broken = Listed("gone", barred="dangling symbolic link", status=Status.UNREADABLE)
    store_id = listed_store(catalog, "a", barred, broken)
    assert [(k.listed, k.pending) for k in catalog.known(store_id)] == [
        (broken, False),
        (barred, False),
    ]
    assert catalog.pending_total([store_id]) == (0, 0)
    assert catalog.problems([(store_id, "a")]) == (
        Problem("a", "gone", Status.UNREADABLE, "dangling symbolic link"),
        Problem("a", "pipe", Status.REFUSED, "not a regular file: named pipe"),
    )


def test_pending_files_are_those_without_a_reading(catalog):
    first = listed_store(catalog, "a", Listed("x", 10), Listed("y", 20))
    second = listed_store(catalog, "b", Listed("z", 30))
    assert catalog.pending_total([first, second]) == (3, 60)
    catalog.record([(ids(catalog, first)["x"], ok(1))])
    assert [(p.store_id, p.path, p.bytes) for p in catalog.pending([second, first])] == [
        (second, "z", 30),
        (first, "y", 20),
    ]
    assert catalog.pending_total([first, second]) == (2, 50)


def test_a_reading_comes_back_as_an_asset(catalog):
    store_id = listed_store(catalog, "a", Listed("x", 10, 5), Listed("later", 7))
    reading = ok(1, note="odd", iscc="ISCC:X", width=400, height=300, frames=3)
    catalog.record([(ids(catalog, store_id)["x"], reading)])
    (asset,) = catalog.assets([(store_id, "a")])
    assert (asset.store, asset.path, asset.status, asset.note) == ("a", "x", Status.OK, "odd")
    assert (asset.bytes, asset.width, asset.height, asset.frames) == (1001, 400, 300, 3)
    assert (asset.sha256, asset.pdq) == (reading.sha256, reading.codes[0].code)
    assert (asset.quality, asset.iscc, asset.format) == (100, "ISCC:X", "JPEG")


def test_one_batch_takes_readings_with_and_without_content(catalog):
    store_id = listed_store(catalog, "a", *(Listed(name, 10, 5) for name in "xyz"))
    at = ids(catalog, store_id)
    catalog.record(
        [
            (at["x"], Reading(Status.UNREADABLE, "permission denied")),
            (at["y"], ok(1)),
            (at["z"], Reading(Status.REFUSED, "time limit")),
        ]
    )
    assets = list(catalog.assets([(store_id, "a")]))
    assert [(a.path, a.status, a.bytes) for a in assets] == [
        ("x", Status.UNREADABLE, 10),
        ("y", Status.OK, 1001),
        ("z", Status.REFUSED, 10),
    ]
    times = {k.listed.path: k.listed.modified_ns for k in catalog.known(store_id)}
    assert times == {"x": 5, "y": 1, "z": 5}
    totals, pending = catalog.counts(store_id)
    assert (totals.files, totals.ok, totals.unreadable, totals.refused) == (3, 1, 1, 1)
    assert (totals.bytes, pending) == (1021, 0)


def test_nothing_of_a_batch_is_kept_if_a_part_fails(catalog):
    store_id = listed_store(catalog, "a", Listed("x"), Listed("y"))
    at = ids(catalog, store_id)
    with pytest.raises(CatalogError):
        catalog.record([(at["x"], ok(1)), (at["y"], ok(2, codes=(code(1), code(1))))])
    assert catalog.pending_total([store_id])[0] == 2
    assert len(catalog.codes([store_id]).file_id) == 0


def test_a_changed_entry_is_pending_again_and_loses_its_codes(catalog):
    store_id = listed_store(catalog, "a", Listed("x", 1), Listed("y", 1))
    at = ids(catalog, store_id)
    catalog.record([(at["x"], ok(1, note="odd")), (at["y"], ok(2))])
    catalog.list_entries(store_id, [], [(at["x"], Listed("x", 2))], [], [])
    assert [p.path for p in catalog.pending([store_id])] == ["x"]
    assert catalog.codes([store_id]).file_id.tolist() == [at["y"]]
    catalog.record([(at["x"], ok(3))])
    assert catalog.notices([(store_id, "a")]) == ()
    assert sorted(catalog.codes([store_id]).file_id.tolist()) == sorted(at.values())


def test_an_entry_that_is_gone_leaves_nothing(catalog):
    store_id = listed_store(catalog, "a", Listed("x"), Listed("y"))
    at = ids(catalog, store_id)
    catalog.record([(at["x"], ok(1)), (at["y"], ok(2))])
    catalog.list_entries(store_id, [Listed("z")], [], [], [at["x"]])
    assert list(ids(catalog, store_id)) == ["y", "z"]
    assert [a.path for a in catalog.assets([(store_id, "a")])] == ["y"]
    assert catalog.codes([store_id]).file_id.tolist() == [at["y"]]


def test_reading_again_takes_all_that_may_be_read(catalog):
    first = listed_store(catalog, "a", Listed("x"), Listed("pipe", barred="pipe"))
    other = listed_store(catalog, "b", Listed("x"))
    catalog.record([(ids(catalog, first)["x"], ok(1)), (ids(catalog, other)["x"], ok(2))])
    catalog.read_again([first])
    assert [p.store_id for p in catalog.pending([first, other])] == [first]
    assert len(catalog.codes([first]).file_id) == 0


def test_reading_again_can_take_only_what_lacks_an_iscc_code(catalog):
    store_id = listed_store(catalog, "a", *(Listed(name) for name in "xyz"))
    at = ids(catalog, store_id)
    catalog.record(
        [
            (at["x"], ok(1, iscc="ISCC:X")),
            (at["y"], ok(2)),
            (at["z"], Reading(Status.UNREADABLE, "broken")),
        ]
    )
    catalog.read_again([store_id], lacking_iscc=True)
    assert [p.path for p in catalog.pending([store_id])] == ["y"]


def test_pictures_are_columns_in_the_order_of_stores_and_paths(catalog):
    first = listed_store(catalog, "a", Listed("b", inode=1 << 63), Listed("a"), Listed("bad"))
    other = listed_store(catalog, "b", Listed("c"))
    at, there = ids(catalog, first), ids(catalog, other)
    catalog.record(
        [
            (at["b"], ok(1)),
            (at["a"], ok(2, format="PNG", sketch=None)),
            (at["bad"], Reading(Status.UNREADABLE, "broken")),
            (there["c"], ok(3)),
        ]
    )
    catalog.record_pixels([(at["b"], b"p" * 32)])
    found = catalog.pictures([other, first])
    assert found.ids.tolist() == [there["c"], at["a"], at["b"]]
    assert found.store.tolist() == [0, 1, 1]
    assert [found.formats[n] for n in found.format] == ["JPEG", "PNG", "JPEG"]
    assert found.inode.astype(np.uint64).tolist() == [0, 0, 1 << 63]
    assert found.sha256[0].tobytes() == ok(3).sha256
    assert [row.any() for row in found.sketch] == [True, False, True]
    assert [row.tobytes() for row in found.pixels] == [bytes(32), bytes(32), b"p" * 32]
    types = {name: getattr(found, name).dtype for name in found.__slots__ if name != "formats"}
    assert types == {
        "ids": np.int64, "store": np.int32, "bytes": np.int64, "inode": np.int64,
        "device": np.int64, "width": np.int32, "height": np.int32, "frames": np.int32,
        "format": np.int16, "sha256": np.uint8, "sketch": np.uint8, "pixels": np.uint8,
    }  # fmt: skip
    shapes = (found.sha256.shape, found.sketch.shape, found.pixels.shape)
    assert shapes == ((3, 32), (3, 17), (3, 32))


def test_code_columns_align_with_those_of_the_other_orientations(catalog):
    first = listed_store(catalog, "a", Listed("x"), Listed("y"), Listed("bad"))
    other = listed_store(catalog, "b", Listed("z"))
    at, there = ids(catalog, first), ids(catalog, other)
    frames = (code(1, 0), code(1, 1, quality=7), code(1, 10))
    codes = {at["x"]: frames, at["y"]: (code(2),), there["z"]: (code(3),)}
    catalog.record([(there["z"], ok(3)), (at["y"], ok(2)), (at["x"], ok(1, codes=frames[::-1]))])
    expected = [(file_id, c) for file_id in sorted(codes) for c in codes[file_id]]
    found = catalog.codes([other, first])
    assert (found.code.dtype, found.code.shape) == (np.uint64, (5, 4))
    assert (found.file_id.dtype, found.frame.dtype) == (np.int64, np.int32)
    assert found.quality.dtype == np.uint8
    assert found.file_id.tolist() == [file_id for file_id, _ in expected]
    assert found.frame.tolist() == [c.frame for _, c in expected]
    assert found.quality.tolist() == [c.quality for _, c in expected]
    assert [row.tobytes() for row in found.code] == [c.code for _, c in expected]
    turned = catalog.turned_codes([other, first])
    assert (turned.dtype, turned.shape) == (np.uint64, (5, 7, 4))
    assert [row.tobytes() for row in turned] == [c.turned for _, c in expected]


def test_columns_of_an_empty_store_are_empty(catalog):
    store_id = listed_store(catalog, "a")
    assert len(catalog.pictures([store_id])) == 0
    assert catalog.pictures([store_id]).sha256.shape == (0, 32)
    assert catalog.codes([store_id]).code.shape == (0, 4)
    assert catalog.turned_codes([store_id]).shape == (0, 7, 4)
    assert list(catalog.assets([(store_id, "a")])) == []


def test_another_device_or_link_count_costs_no_reading(catalog):
    store_id = listed_store(catalog, "a", Listed("x", 5, 6, 7, 8, 1))
    at = ids(catalog, store_id)
    catalog.record([(at["x"], ok(1))])
    catalog.list_entries(store_id, [], [], [(at["x"], Listed("x", 5, 6, 7, 9, 2))], [])
    (known,) = catalog.known(store_id)
    assert (known.listed.device, known.listed.links, known.pending) == (9, 2, False)


def test_paths_come_back_by_id_in_any_number(catalog):
    store_id = listed_store(catalog, "a", *(Listed(f"{n:05}") for n in range(1200)))
    at = ids(catalog, store_id)
    assert catalog.paths(list(at.values())) == {v: k for k, v in at.items()}
    assert catalog.paths([]) == {}


def local_code(seed, frame=0, keypoints=7, layout=b""):
    rng = np.random.default_rng((seed, frame))
    return LocalCode(frame, 512, 300 + frame, rng.bytes(38 * keypoints), layout)


def test_local_features_come_back_as_columns(catalog):
    store_id = listed_store(catalog, "s", *map(Listed, "abcd"))
    at = ids(catalog, store_id)
    made = {
        "a": (local_code(1), local_code(1, frame=2, keypoints=0, layout=bytes(range(32)))),
        "b": (local_code(2, keypoints=900),),
        "c": None,
        "d": (local_code(4, layout=b"\x01" * 32),),
    }
    catalog.record([(at[k], ok(n, features=codes)) for n, (k, codes) in enumerate(made.items())])
    held = catalog.features([store_id])
    assert held.file_id.tolist() == [at["a"], at["a"], at["b"], at["d"]]
    assert held.frame.tolist() == [0, 2, 0, 0]
    assert held.size.tolist() == [[512, 300], [512, 302], [512, 300], [512, 300]]
    assert held.starts.tolist() == [0, 7, 7, 907, 914]
    told = [code.keypoints for codes in made.values() for code in codes or ()]
    assert held.keypoints.tobytes() == b"".join(told)
    assert held.plain.tolist() == [1, 3]
    assert held.layout.tobytes() == bytes(range(32)) + b"\x01" * 32
    assert len(catalog.features([])) == 0


def test_reading_again_can_take_only_what_lacks_local_features(catalog):
    store_id = listed_store(catalog, "s", *map(Listed, "xyz"))
    at = ids(catalog, store_id)
    catalog.record(
        [
            (at["x"], ok(1, features=(local_code(1, keypoints=0),))),
            (at["y"], ok(2)),
            (at["z"], Reading(Status.UNREADABLE, "truncated", sha256=bytes(32))),
        ]
    )
    catalog.read_again([store_id], lacking_local=True)
    assert [(p.path, p.local) for p in catalog.pending([store_id])] == [("y", False)]
    catalog.record([(at["y"], ok(2, features=(local_code(2),)))])
    catalog.read_again([store_id])
    assert [p.local for p in catalog.pending([store_id])] == [True, True, False]
    catalog.record([(at["y"], ok(2, features=(local_code(5),)))])  # takes the place of the old
    held = catalog.features([store_id])
    assert held.keypoints.tobytes() == local_code(5).keypoints


def test_features_go_with_their_file(catalog):
    store_id = listed_store(catalog, "s", Listed("x"), Listed("y"))
    at = ids(catalog, store_id)
    catalog.record([(i, ok(1, features=(local_code(1),))) for i in at.values()])
    catalog.list_entries(store_id, [], [(at["x"], Listed("x", 9))], [], [at["y"]])
    assert [p.local for p in catalog.pending([store_id])] == [False]
    assert len(catalog.features([store_id])) == 0


# Verdicts


def compared(seed: int, first_frame: int = 0, second_frame: int = 0) -> Compared:
    rng = np.random.default_rng(seed)
    return Compared(rng.bytes(32), first_frame, rng.bytes(32), second_frame)


def test_verdicts_come_back_by_contents_and_frames(catalog):
    told = {
        compared(1): {"relation": "cropped", "certainty": 0.1 + 0.2, "changes": [["crop", None]]},
        compared(1, 0, 2): {"relation": None},
        compared(2, 65535, 0): {"text": "rotated 90°, \u202e日本"},
    }
    catalog.record_verdicts("ladder/1", list(told.items()))
    assert catalog.verdicts("ladder/1", [*told, compared(3), compared(1, 2, 0)]) == told
    page = compared(1, 0, 2)
    assert catalog.verdicts("ladder/1", [page]) == {page: told[page]}


def test_another_recipe_s_verdicts_are_not_taken(catalog):
    catalog.record_verdicts("ladder/1", [(compared(1), {"relation": None})])
    assert catalog.verdicts("ladder/2", [compared(1)]) == {}
    catalog.record_verdicts("ladder/2", [(compared(1), {"relation": "resized"})])
    assert catalog.verdicts("ladder/1", [compared(1)]) == {compared(1): {"relation": None}}


def test_a_pair_the_other_way_around_is_another_pair(catalog):
    one = compared(1)
    catalog.record_verdicts("ladder/1", [(one, {"source": 1})])
    back = Compared(one.second, one.second_frame, one.first, one.first_frame)
    assert catalog.verdicts("ladder/1", [back]) == {}


def test_any_number_of_verdicts_can_be_asked_for(catalog):
    told = {compared(n): {"n": n} for n in range(450)}
    catalog.record_verdicts("ladder/1", list(told.items()))
    assert catalog.verdicts("ladder/1", list(told)) == told
    catalog.record_verdicts("ladder/1", [])
    assert catalog.verdicts("ladder/1", []) == {}


def test_nothing_of_a_batch_of_verdicts_is_kept_if_one_is_there_already(catalog):
    catalog.record_verdicts("ladder/1", [(compared(1), {"n": 1})])
    with pytest.raises(CatalogError):
        catalog.record_verdicts("ladder/1", [(compared(2), {"n": 2}), (compared(1), {"n": 3})])
    assert catalog.verdicts("ladder/1", [compared(1), compared(2)]) == {compared(1): {"n": 1}}


def test_verdicts_outlive_the_files_they_are_of(catalog):
    store_id = listed_store(catalog, "store", Listed("a.jpg", 1))
    catalog.record_verdicts("ladder/1", [(compared(1), {"n": 1})])
    catalog.list_entries(store_id, [], [], [], list(ids(catalog, store_id).values()))
    assert catalog.verdicts("ladder/1", [compared(1)]) == {compared(1): {"n": 1}}


# What stores other than folders tell


def test_what_a_store_tells_of_an_entry_comes_back(catalog):
    entry = Listed(
        "x", 10, 5, version='"etag"', checksum="sha-256:ab", identity="s3://b/x", unit="bag-1",
        attributes=(("branch", "Sha Tin 沙田"), ("number", "12")),
    )  # fmt: skip
    store_id = listed_store(catalog, "a", entry)
    (known,) = catalog.known(store_id)
    assert known.listed == entry


def test_attributes_of_store_and_file_are_told_together_and_the_store_goes_first(catalog):
    store_id = listed_store(
        catalog, "a", Listed("x", 1, attributes=(("rights", "store"), ("z", "1"))), Listed("y", 1)
    )
    row = ids(catalog, store_id)
    read = (("camera", "Nikon"), ("rights", "file"))
    catalog.record([(row["x"], ok(1, attributes=read)), (row["y"], ok(2))])
    assert catalog.attributes([row["x"], row["y"]]) == {
        row["x"]: (("camera", "Nikon"), ("rights", "store"), ("z", "1")),
        row["y"]: (),
    }
    asset, _ = catalog.assets([(store_id, "a")])
    assert asset.attributes == (("camera", "Nikon"), ("rights", "store"), ("z", "1"))


def test_new_attributes_are_noted_without_reading_again(catalog):
    store_id = listed_store(catalog, "a", Listed("x", 10, 5))
    row_id = ids(catalog, store_id)["x"]
    catalog.record([(row_id, ok(1))])
    changed = Listed("x", 10, 5, attributes=(("branch", "2"),))
    catalog.list_entries(store_id, [], [], [(row_id, changed)], [])
    (known,) = catalog.known(store_id)
    assert not known.pending
    assert catalog.attributes([row_id]) == {row_id: (("branch", "2"),)}


def test_when_a_store_was_listed_is_kept(catalog):
    store_id = catalog.add_store(Store("a", "s3://b"))
    catalog.note_listing(store_id, "2026-11-24T12:00:00+00:00")
    assert catalog.stores()["a"][1] == Store("a", "s3://b", "2026-11-24T12:00:00+00:00")


# Entries that lie in others


def container(*members: Listed, **changed) -> Reading:
    return Reading(
        Status.CONTAINER, "ZIP", format="ZIP", bytes=99, frames=len(members),
        sha256=bytes([7]) * 32, members=members, **changed,
    )  # fmt: skip


@pytest.fixture
def archive(catalog):
    """A store with an archive of an archive, all of it read; its rows by path."""
    store_id = listed_store(catalog, "a", Listed("a.zip", 99, 5), Listed("z.jpg", 10, 5))
    outer = ids(catalog, store_id)["a.zip"]
    barred = Listed("a.zip!../up", barred="leads out of the archive", status=Status.REFUSED)
    inside = container(Listed("a.zip!b.zip", 50), Listed("a.zip!c.jpg", 40, 3), barred)
    catalog.record([(outer, inside), (ids(catalog, store_id)["z.jpg"], ok(9))])
    inner = next(p.id for p in catalog.pending([store_id]) if p.path == "a.zip!b.zip")
    catalog.record([(inner, container(Listed("a.zip!b.zip!d.jpg", 20)))])
    for pending in list(catalog.pending([store_id])):
        catalog.record([(pending.id, ok(pending.id))])
    return store_id


def paths_of(catalog, store_id):
    return [(asset.path, asset.status.value) for asset in catalog.assets([(store_id, "a")])]


def test_members_become_entries_and_are_told_with_their_container(catalog, archive):
    assert paths_of(catalog, archive) == [
        ("a.zip", "container"),
        ("a.zip!../up", "refused"),
        ("a.zip!b.zip", "container"),
        ("a.zip!b.zip!d.jpg", "ok"),
        ("a.zip!c.jpg", "ok"),
        ("z.jpg", "ok"),
    ]
    totals, pending = catalog.counts(archive)
    assert pending == 0
    assert (totals.files, totals.ok, totals.container, totals.refused) == (6, 3, 2, 1)
    assert totals.bytes == 99 + ok(9).bytes
    assert [p.path for p in catalog.problems([(archive, "a")])] == ["a.zip!../up"]


def test_members_are_no_part_of_a_listing(catalog, archive):
    assert [known.listed.path for known in catalog.known(archive)] == ["a.zip", "z.jpg"]


def test_what_lies_in_a_container_is_told_to_be_inside(catalog, archive):
    pictures = catalog.pictures([archive])
    held = catalog.holdings(pictures.ids.tolist())
    paths = catalog.paths(pictures.ids.tolist())
    assert {paths[n]: held[n].inside for n in pictures.ids.tolist()} == {
        "a.zip": False, "a.zip!b.zip": True, "a.zip!b.zip!d.jpg": True, "a.zip!c.jpg": True,
        "z.jpg": False,
    }  # fmt: skip
    assert [w > 0 for w in pictures.width.tolist()] == [False, False, True, True, True]


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_what_lay_in_a_container_goes_with_it(catalog, archive, how):
    outer = ids(catalog, archive)["a.zip"]
    if how == "gone":
        catalog.list_entries(archive, [], [], [], [outer])
        assert paths_of(catalog, archive) == [("z.jpg", "ok")]
    else:
        catalog.list_entries(archive, [], [(outer, Listed("a.zip", 100, 6))], [], [])
        assert paths_of(catalog, archive) == [("z.jpg", "ok")]
        assert [p.path for p in catalog.pending([archive])] == ["a.zip"]


def test_a_container_read_again_tells_anew_what_lies_in_it(catalog, archive):
    catalog.read_again([archive])
    assert [p.path for p in catalog.pending([archive])] == ["a.zip", "z.jpg"]
    catalog.record([(ids(catalog, archive)["a.zip"], container(Listed("a.zip!new.jpg", 4)))])
    assert sorted(p.path for p in catalog.pending([archive])) == ["a.zip!new.jpg", "z.jpg"]


def test_a_member_with_the_path_of_a_file_beside_is_told_and_takes_nothing_away(catalog):
    store_id = listed_store(catalog, "a", Listed("a.zip", 9, 5), Listed("a.zip!b.jpg", 10, 5))
    row = ids(catalog, store_id)
    members = (Listed("a.zip!b.jpg", 1), Listed("a.zip!c.jpg", 2))
    catalog.record([(row["a.zip!b.jpg"], ok(1)), (row["a.zip"], container(*members, note="odd"))])
    assert ids(catalog, store_id) == row
    assert [p.path for p in catalog.pending([store_id])] == ["a.zip!c.jpg"]
    (notice,) = catalog.notices([(store_id, "a")])
    assert notice.path == "a.zip"
    assert notice.note == "odd; 1 of its entries have the path of a file beside it: a.zip!b.jpg"


def test_flaws_of_a_listing_and_of_a_reading_come_back_as_fixity(catalog):
    store_id = catalog.add_store(Store("a", "/a"))
    extra = Flaw(Breach.EXTRA, "extra: in no manifest")
    altered = Flaw(Breach.ALTERED, "altered", "md5:00", "md5:11")
    listed = Listed("b.jpg", 5, flaws=(extra,), checksum="md5:00")
    lost = Listed("c.jpg", barred="missing", status=Status.UNREADABLE, flaws=(extra, altered))
    catalog.list_entries(store_id, [listed, lost, Listed("a.jpg", 5)], [], [], [])
    assert [known.listed for known in catalog.known(store_id)] == [Listed("a.jpg", 5), listed, lost]
    pending = {p.path: p for p in catalog.pending([store_id])}
    assert pending["b.jpg"].checksum == "md5:00"
    number = pending["b.jpg"].id
    catalog.record([(number, ok(1, flaws=(altered,)))])
    assert catalog.fixity([(store_id, "named")]) == (
        Fixity("named", "b.jpg", Breach.EXTRA, "", "", "extra: in no manifest"),
        Fixity("named", "b.jpg", Breach.ALTERED, "md5:00", "md5:11", "altered"),
        Fixity("named", "c.jpg", Breach.EXTRA, "", "", "extra: in no manifest"),
        Fixity("named", "c.jpg", Breach.ALTERED, "md5:00", "md5:11", "altered"),
    )
    catalog.list_entries(store_id, [], [(number, Listed("b.jpg", 6))], [], [])
    assert [finding.path for finding in catalog.fixity([(store_id, "x")])] == ["c.jpg", "c.jpg"]


def test_an_unknown_size_is_none_and_a_derivative_s_bytes_are_not_the_store_s(catalog):
    store_id = catalog.add_store(Store("a", "/a"))
    names = ("a", "b", "c")
    catalog.list_entries(store_id, [Listed(n, UNKNOWN_SIZE) for n in names], [], [], [])
    numbers = {pending.path: pending.id for pending in catalog.pending([store_id])}
    catalog.record([
        (numbers["a"], Reading(Status.UNREADABLE, "gone")),
        (numbers["b"], ok(1, derived="IIIF derivative, 1024 px")),
        (numbers["c"], ok(2)),
    ])  # fmt: skip
    assert [asset.bytes for asset in catalog.assets([(store_id, "a")])] == [None, 1001, 1002]
    assert catalog.counts(store_id)[0].bytes == 1002


# Attributes


def test_attributes_are_found_by_place_and_a_row_tells_of_the_file_that_it_points_at(catalog):
    folder = catalog.add_store(Store("folder", "/folder"))
    table = catalog.add_store(Store("table", "table:/t.csv#path=p"))
    catalog.list_entries(
        folder, [Listed("a.jpg", 1, 1, 7, 3), Listed("b.jpg", 1, 1, 8, 3)], [], [], []
    )
    rows = [
        Listed("1", 1, 1, 7, 3, attributes=(("branch", "main"), ("number", "P-1"))),
        Listed("2", 1, 1, 7, 3, attributes=(("number", "P-2"),)),
        Listed("3", 1, 1, 7, 4, attributes=(("number", "P-3"),)),  # on another device
        Listed("4", attributes=(("number", "P-4"),)),
    ]
    catalog.list_entries(table, rows, [], [], [])
    places = [("folder", "a.jpg"), ("folder", "b.jpg"), ("table", "2"), ("table", "4"), ("x", "y")]
    assert catalog.attributes_at(places) == {
        ("folder", "a.jpg"): {"branch": ("main",), "number": ("P-1", "P-2")},
        ("folder", "b.jpg"): {},
        ("table", "2"): {"number": ("P-2", "P-1"), "branch": ("main",)},
        ("table", "4"): {"number": ("P-4",)},
    }
    assert catalog.attribute_names([folder, table]) == {"branch", "number"}
    assert catalog.attribute_names([folder]) == set()


def test_a_sidecar_tells_of_the_pictures_beside_it(catalog):
    store = catalog.add_store(Store("s", "/s"))
    paths = ("a/p.cr2", "a/p.jpg", "a/p.jpg.xmp", "a/p.xmp", "b/p.jpg", "c/q.XMP", "c/q.jpg")
    catalog.list_entries(store, [Listed(path, 1, 1) for path in paths], [], [], [])
    ids = {pending.path: pending.id for pending in catalog.pending([store])}

    def aside(**told):
        reading = ok(1, status=Status.UNSUPPORTED, format="XMP", codes=())
        return replace(reading, attributes=tuple(sorted(told.items())))

    own = (("camera", "Acme"), ("rights", "of the file"))
    told = {
        "a/p.xmp": aside(rights="of the raw", title="Deed"),
        "a/p.jpg.xmp": aside(rights="of the copy"),
        "c/q.XMP": aside(title="Map"),
    }
    catalog.record(
        [(ids[path], told.get(path, ok(n, attributes=own))) for n, path in enumerate(paths)]
    )
    camera = ("camera", "Acme")
    expected = {
        "a/p.cr2": (camera, ("rights", "of the raw"), ("title", "Deed")),
        "a/p.jpg": (camera, ("rights", "of the copy"), ("title", "Deed")),
        "b/p.jpg": own,
        "c/q.jpg": (camera, ("rights", "of the file"), ("title", "Map")),
    }
    found = catalog.attributes(list(ids.values()))
    assert {path: found[ids[path]] for path in expected} == expected
    assets = {asset.path: asset.attributes for asset in catalog.assets([(store, "s")])}
    assert {path: assets[path] for path in expected} == expected
    at = catalog.attributes_at([("s", "a/p.jpg")])
    assert at["s", "a/p.jpg"]["rights"] == ("of the copy",)
