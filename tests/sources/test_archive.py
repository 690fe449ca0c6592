"""Archives: every member is read or told of, in any order, whatever the archive says."""

import gzip
import io
import random
import struct
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monoprint.errors import Refused, Unread, Unreadable, Unsupported
from monoprint.imaging import limits
from monoprint.model.asset import Status, path_name, path_text
from monoprint.sources import nested
from monoprint.sources.archive import members, sevenzip, tar
from monoprint.sources.nested import Nested
from monoprint.sources.opening import open_source
from tests.sources.archives import KINDS, seven_zipped, tarred, zipped


@pytest.fixture
def opened(tmp_path):
    """Give a function that puts archives into a folder and returns what reads from it."""
    sources = []

    def opening(**files):
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        source = open_source(path_text(str(tmp_path)), follow_symlinks=False, max_bytes=1 << 30)
        sources.append(Nested(source))
        return sources[-1]

    yield opening
    for source in sources:
        source.close()


def listed(source, path="a"):
    found = source.members(path, source.read(path))
    assert found is not None, f"{path} is no container"
    return {each.path.removeprefix(path): each for each in found.listed}


def content(source, path):
    """Return a member's bytes, or the reason why it is not read."""
    try:
        return source.read(path).data
    except Unread as error:
        return str(error)


def read(source, path="a"):
    """Return what each member holds, or why it is not read, by its name in the archive."""
    found = {}
    for place, each in listed(source, path).items():
        got = content(source, path + place)
        if isinstance(got, str):
            assert got.isprintable()
        else:
            assert not each.barred
            assert len(got) == each.bytes
        found[path_name(place.removeprefix("!"))] = got
    return found


# Tar has checksums of its headers only, and zstd one of the whole if it was asked for.
UNCHECKED = {"tar", "tar.zst"}

NAMES = st.lists(
    st.text(st.characters(blacklist_characters="/\\\0:", blacklist_categories=("Cs",)), min_size=1,
            max_size=12).filter(lambda name: name not in {".", ".."}),
    min_size=1, max_size=3,
).map("/".join)  # fmt: skip
TREES = st.dictionaries(NAMES, st.binary(max_size=3000), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("held", [True, False])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=TREES, order=st.randoms(use_true_random=False))
def test_any_tree_comes_out_as_it_went_in(kind, held, files, order, opened, monkeypatch):
    for module in (tar, sevenzip):
        monkeypatch.setattr(module, "MAX_HELD_BYTES", 1 << 20 if held else 100)
    source = opened(a=KINDS[kind](files))
    assert read(source) == files
    shuffled = list(files)
    order.shuffle(shuffled)
    for name in shuffled:  # also backwards, and again
        assert source.read(f"a!{path_text(name)}").data == files[name]


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1 << 32))
def test_damage_gives_members_or_reasons_and_never_other_bytes_untold(kind, seed, opened):
    moments = random.Random(seed)
    files = {f"d/{n}.bin": moments.randbytes(moments.randrange(2000)) for n in range(6)}
    data = bytearray(KINDS[kind](files))
    if moments.random() < 0.5:
        del data[moments.randrange(600, len(data)) :]
    else:
        for _ in range(moments.randrange(1, 6)):
            data[moments.randrange(len(data))] ^= 1 << moments.randrange(8)
    source = opened(a=bytes(data))
    try:
        found = source.members("a", source.read("a"))
    except Unread:
        return  # as a whole, with a reason
    if found is None:
        return  # its first bytes are no archive's any more
    for each in found.listed:
        got = content(source, each.path)
        if isinstance(got, str):
            assert got
            assert got.isprintable()
        elif kind not in UNCHECKED:
            assert got in {*files.values(), b""} or "may be damaged too" in found.note


@pytest.mark.parametrize("kind", ["zip", "7z"])
def test_an_empty_archive_is_an_archive_of_nothing(kind, opened):
    assert read(opened(a=KINDS[kind]({}))) == {}
    assert read(opened(a=KINDS[kind]({"empty.jpg": b""}))) == {"empty.jpg": b""}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../up.jpg", "leads out"),
        ("a/../../up.jpg", "leads out"),
        ("/abs.jpg", "absolute"),
        ("C:x.jpg", "drive"),
        ("..\\up.jpg", "backslash"),
        ("a//b.jpg", "no plain path"),
    ],
)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_that_lead_elsewhere_are_told_and_not_read(name, reason, pack, opened):
    found = read(opened(a=pack({name: b"x", "ok.jpg": b"y"})))
    assert reason in found[name]
    assert found["ok.jpg"] == b"y"


def test_a_leading_dot_is_no_part_of_a_name(opened):
    assert read(opened(a=tarred({"./a.jpg": b"x"}))) == {"a.jpg": b"x"}


def test_of_one_name_the_last_is_read_and_the_others_are_told(opened):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for data in (b"first", b"second", b"last"):
            info = tarfile.TarInfo("a.jpg")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    source = opened(a=out.getvalue())
    found = listed(source)
    assert list(found) == ["!a.jpg\\1", "!a.jpg\\2", "!a.jpg"]
    assert source.read("a!a.jpg").data == b"last"
    assert found["!a.jpg\\1"].barred == "the same name 3 times in the archive: the last one is read"
    with pytest.raises(Refused, match="the last one is read"):
        source.read("a!a.jpg\\1")


def test_a_name_that_looks_like_an_earlier_one_is_another(opened):
    source = opened(a=zipped({"a\\1": b"x"}))
    assert list(listed(source)) == ["!a\\\\1"]


def test_names_are_bytes_that_need_not_be_utf_8(opened):
    name = b"caf\xe9-\xff.jpg".decode("utf-8", "surrogateescape")
    source = opened(a=tarred({name: b"x"}, encoding="utf-8", errors="surrogateescape"))
    assert list(listed(source)) == ["!caf\\xe9-\\xff.jpg"]
    assert source.read("a!caf\\xe9-\\xff.jpg").data == b"x"


def test_a_zip_without_the_flag_is_taken_for_utf_8(opened):
    data = zipped({"caf\u00e9.jpg": b"x"})
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        where = data.index(signature) + at
        assert data[where + 1] & 0x08
        data = data[: where + 1] + bytes([data[where + 1] & ~0x08]) + data[where + 2 :]
    assert read(opened(a=data)) == {"caf\u00e9.jpg": b"x"}


def test_links_and_devices_are_told_and_not_read(opened):
    out = io.BytesIO()
    kinds = {"sym": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "dev": tarfile.CHRTYPE,
             "fifo": tarfile.FIFOTYPE, "odd": b"V"}  # fmt: skip
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd\n"
            archive.addfile(info)
    found = listed(opened(a=out.getvalue()))
    assert {each.status for each in found.values()} == {Status.REFUSED}
    assert [each.barred.split()[0] for each in found.values()] == [
        "symbolic", "hard", "not", "not", "entry",
    ]  # fmt: skip
    assert all(each.barred.isprintable() for each in found.values())


def test_a_symbolic_link_in_a_zip_is_not_followed(opened):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.jpg")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert "symbolic link" in listed(opened(a=out.getvalue()))["!link.jpg"].barred


def test_encrypted_members_are_told(opened):
    data = bytearray(zipped({"a.jpg": b"x"}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    source = opened(
        zip=bytes(data),
        seven=seven_zipped({"a.jpg": b"x"}, password="p"),
        names=seven_zipped({"a.jpg": b"x"}, password="p", header_encryption=True),
    )
    for path in ("zip", "seven"):
        each = listed(source, path)["!a.jpg"]
        assert (each.status, each.barred) == (Status.UNSUPPORTED, "encrypted in its archive")
    with pytest.raises(Unsupported, match="encrypted archive"):
        listed(source, "names")


def test_an_unknown_method_is_told(opened):
    data = bytearray(zipped({"a.jpg": b"x"}))
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(signature) + at] = 9
    each = listed(opened(a=bytes(data)))["!a.jpg"]
    assert (each.status, each.barred) == (
        Status.UNSUPPORTED,
        "compression method that is not read: Deflate64",
    )


def test_members_that_overlap_are_refused(opened):
    """Two entries of the directory name one place: D. Fifield's bomb in small."""
    data = zipped({"a.jpg": b"x" * 100}, zipfile.ZIP_STORED)
    begin = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[begin:end]
    record = bytearray(data[end:])
    record[8:12] = struct.pack("<HH", 2, 2)
    record[12:16] = struct.pack("<L", 2 * len(entry))
    second = entry.replace(b"a.jpg", b"b.jpg")
    found = listed(opened(a=data[:begin] + entry + second + bytes(record)))
    assert {each.barred for each in found.values()} == {
        "overlaps another member of its archive: made to be a bomb"
    }


@pytest.mark.parametrize("kind", KINDS)
def test_what_unpacks_to_too_much_is_refused(kind, opened):
    source = opened(a=KINDS[kind]({"a.png": bytes(20 << 20)}))
    if kind == "tar":
        assert listed(source)["!a.png"].bytes == 20 << 20  # it takes what it says
        return
    with pytest.raises(Refused, match="ratio limit"):
        listed(source)


def test_a_sparse_member_counts_with_what_it_unpacks_to(opened):
    """Of a gigabyte of holes, four bytes are there (GNU sparse format 1.0)."""
    size = 1 << 30
    table = b"1\n0\n4\n".ljust(512, b"\0")
    info = tarfile.TarInfo("GNUSparseFile.0/a.bin")
    info.size = len(table) + 4
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                        "GNU.sparse.name": "a.bin", "GNU.sparse.realsize": str(size)}  # fmt: skip
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(table + b"data"))
    with pytest.raises(Refused, match="ratio limit"):
        listed(opened(a=out.getvalue()))


def test_a_sparse_member_is_read_with_its_holes(opened):
    table = b"1\n100\n4\n".ljust(512, b"\0")
    info = tarfile.TarInfo("GNUSparseFile.0/a.bin")
    info.size = len(table) + 4
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                        "GNU.sparse.name": "a.bin", "GNU.sparse.realsize": "1000"}  # fmt: skip
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(table + b"data"))
    assert read(opened(a=out.getvalue())) == {"a.bin": bytes(100) + b"data" + bytes(896)}


@pytest.mark.parametrize("style", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_of_tar_are_read(style, opened):
    name = "/".join(["folder with a long name"] * 20) + "/ü.jpg"
    assert read(opened(a=tarred({name: b"x"}, format=style))) == {name: b"x"}


def test_a_header_that_claims_to_be_huge_is_refused(opened):
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 32
    data = info.tobuf() + bytes(members.CHUNK * 8)
    with pytest.raises(Refused, match="header limit"):
        listed(opened(a=data))


@pytest.mark.parametrize("pack", [tarred, lambda files: gzip.compress(tarred(files), mtime=0)])
def test_a_broken_off_tar_gives_what_comes_before_the_break(pack, opened):
    moments = random.Random(7)
    files = {f"{n}.bin": moments.randbytes(5000) for n in range(10)}
    data = pack(files)
    source = opened(a=data[: len(data) // 2])
    found = source.members("a", source.read("a"))
    assert 3 <= len(found.listed) <= 6
    assert found.note.startswith(f"breaks off after {len(found.listed)} entries: ")
    whole = read(source)
    assert {name: data for name, data in whole.items() if isinstance(data, bytes)} == {
        name: files[name] for name in list(whole)[: len(whole) - 1]
    } | ({name: data for name, data in list(whole.items())[-1:] if isinstance(data, bytes)})


def test_gzip_in_several_parts_is_read_to_the_end(opened):
    data = tarred({"a.bin": b"x" * 3000, "b.bin": b"y" * 3000})
    parts = gzip.compress(data[:2000]) + gzip.compress(data[2000:])
    assert read(opened(a=parts)) == {"a.bin": b"x" * 3000, "b.bin": b"y" * 3000}


def test_a_wrong_checksum_makes_one_member_unreadable(opened):
    data = bytearray(zipped({"a.bin": b"AAAA", "b.bin": b"BBBB"}, zipfile.ZIP_STORED))
    data[data.index(b"AAAA")] ^= 1
    found = read(opened(a=bytes(data)))
    assert "Bad CRC-32" in found["a.bin"]
    assert found["b.bin"] == b"BBBB"


def test_a_member_that_is_too_large_is_told(opened, monkeypatch):
    monkeypatch.setattr(members, "MAX_FILE_BYTES", 10)
    found = read(opened(a=zipped({"a.bin": b"x" * 11, "b.bin": b"x" * 10})))
    assert found["a.bin"] == "size limit: unpacks to 11 bytes, over 10"
    assert found["b.bin"] == b"x" * 10
    assert limits.MAX_FILE_BYTES > 10


def test_too_many_members_are_refused(opened, monkeypatch):
    monkeypatch.setattr(members, "MAX_MEMBERS", 3)
    with pytest.raises(Refused, match="entry limit"):
        listed(opened(a=zipped({f"{n}": b"" for n in range(4)})))


def test_archives_lie_in_each_other_to_a_depth(opened):
    data = b"x"
    for _ in range(nested.MAX_DEPTH + 1):
        data = zipped({"a": data})
    source = opened(a=data)
    path = "a"
    for _ in range(nested.MAX_DEPTH):
        assert list(listed(source, path)) == ["!a"]
        path += "!a"
    with pytest.raises(Refused, match="depth limit"):
        listed(source, path)


def test_a_picture_may_lie_as_deep_as_archives_do(opened, draw):
    picture = draw.file(draw.photo(1), "TIFF")  # of one page: no container, though TIFF can be one
    data = picture
    for _ in range(nested.MAX_DEPTH):
        data = zipped({"a": data})
    source = opened(a=data)
    path = "a" + "!a" * nested.MAX_DEPTH
    content = source.read(path)
    assert content.data == picture
    assert source.members(path, content) is None


def test_a_member_is_found_whatever_is_still_open(opened, monkeypatch):
    """Another worker opened the outer archive, and not the inner one."""
    inner = zipped({"x.jpg": b"x", "y#1!.jpg": b"y"})
    source = opened(a=zipped({"b.zip": inner, "c#2.jpg": b"c"}))
    assert source.read("a!c#2.jpg").data == b"c"
    assert source.read("a!b.zip!x.jpg").data == b"x"
    assert source.read("a!b.zip!y#1!.jpg").data == b"y"
    monkeypatch.setattr(nested, "_KEPT_OPEN", 1)
    assert source.read("a!c#2.jpg").data == b"c"
    assert source.read("a!b.zip!x.jpg").data == b"x"


def test_an_archive_that_was_replaced_is_opened_anew(opened, monkeypatch):
    monkeypatch.setattr(nested, "_KEPT_SECONDS", -1.0)
    source = opened(a=zipped({"a.jpg": b"before"}))
    assert source.read("a!a.jpg").data == b"before"
    opened(a=zipped({"a.jpg": b"after it was replaced"}))
    assert source.read("a!a.jpg").data == b"after it was replaced"


def test_compressed_data_that_is_no_archive_is_said_to_be_so(opened):
    source = opened(a=gzip.compress(b"text" * 1000), **{"b.jpg": gzip.compress(b"text" * 1000)})
    with pytest.raises(Unsupported, match="gzip data"):
        listed(source, "a")
    with pytest.raises(Unreadable, match=r"not an image: gzip data named \.jpg"):
        listed(source, "b.jpg")


def test_a_picture_with_a_zip_at_its_end_is_a_picture(opened, draw):
    source = opened(a=draw.jpeg(1) + zipped({"a.jpg": b"x"}))
    assert source.members("a", source.read("a")) is None


OFFICE = {
    "DOCX": {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>",
             "word/media/image1.png": b"PICTURE", "docProps/thumbnail.jpeg": b"t"},
    "PPTX": {"[Content_Types].xml": b"<x/>", "ppt/media/image1.emf": b"PICTURE"},
    "XLSX": {"[Content_Types].xml": b"<x/>", "xl/media/image1.png": b"PICTURE"},
    "ODT": {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>",
            "Pictures/1.svg": b"PICTURE", "Thumbnails/thumbnail.png": b"t"},
    "EPUB": {"mimetype": b"application/epub+zip", "OEBPS/cover.jpg": b"PICTURE"},
}  # fmt: skip


@pytest.mark.parametrize("kind", OFFICE)
def test_of_an_office_document_the_pictures_are_members(kind, opened):
    files = OFFICE[kind]
    source = opened(a=zipped(files, zipfile.ZIP_STORED))
    found = source.members("a", source.read("a"))
    assert found.format == kind
    (only,) = found.listed
    assert source.read(only.path).data == b"PICTURE"
    assert found.note.startswith(f"{len(files) - 1} other parts")
