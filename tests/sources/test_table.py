"""Tables: what any source promises, what a row may say, and what it may not."""

import csv
import gzip
import json
import os
import shutil
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monoprint.errors import Refused, StoreError, Unreadable, UsageError
from monoprint.model.asset import Status, path_text
from monoprint.sources import rows
from monoprint.sources.folder import Folder
from monoprint.sources.opening import locate, open_source
from monoprint.testing.source import SourceContract
from tests.sources.test_folder import append, patch_fstat

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX names and links")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep registers away from the user's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "monoprint" / "tables"


def opened(location, max_bytes=1 << 20):
    return open_source(str(locate(location)), follow_symlinks=False, max_bytes=max_bytes)


def write_csv(path, records, **how):
    encoding = how.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, **how).writerows(records)
    return path


class TableHarness:
    """A table whose rows name files beside it; ids and names are the same."""

    def __init__(self, root, monkeypatch):
        self.root = root
        self.monkeypatch = monkeypatch
        self.names = []
        (root / "files").mkdir(parents=True)
        self.save()

    def save(self):
        write_csv(self.root / "listings.csv", [["key", "file"], *([n, n] for n in self.names)])

    def open(self):
        root = self.root / "files"
        return opened(f"{self.root}/listings.csv#path=file,id=key,root={root}")

    def put(self, name, data):
        path = self.root / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if name not in self.names:
            self.names.append(name)
            self.save()

    def remove(self, name):
        self.names.remove(name)
        self.save()

    def bar(self, name):
        self.names.append(name)
        self.save()

    @contextmanager
    def changing(self, name):
        list(self.open().listing())  # the register is there, so that only the file is looked at
        with self.monkeypatch.context() as patch:
            patch_fstat(patch, lambda: append(self.root / "files" / name))
            yield

    def remove_store(self):
        shutil.rmtree(self.root)


class TestTable(SourceContract):
    # A table is text of one encoding, so it cannot hold what is not.
    NAMES = tuple(
        n for n in SourceContract.NAMES if n.isascii() or n.encode("utf-8", "replace").decode() == n
    )

    @pytest.fixture
    def harness(self, tmp_path, monkeypatch):
        return TableHarness(tmp_path / "store", monkeypatch)


def entries(source):
    return {entry.path: entry for entry in source.listing()}


def barred(source):
    return {e.path: (e.status, e.barred) for e in source.listing() if e.barred}


@pytest.fixture
def photos(tmp_path):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def told(entry):
    return dict(entry.attributes)


# Kinds of tables

LISTINGS = [
    {"listing": 12, "photo": "a.jpg", "property": "P-1", "price": 1.5},
    {"listing": 3, "photo": "b.jpg", "property": "P-2", "price": None},
]


def as_csv(path, records, delimiter=","):
    return write_csv(path, [list(records[0]), *(r.values() for r in records)], delimiter=delimiter)


def as_jsonl(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def as_parquet(path, records):
    pq.write_table(pa.Table.from_pylist(records), path)
    return path


def as_gzip(path, records):
    plain = as_csv(path.with_suffix(""), records)
    path.write_bytes(gzip.compress(plain.read_bytes()))
    return path


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("t.csv", as_csv),
        ("t.tsv", lambda path, records: as_csv(path, records, "\t")),
        ("t.csv.gz", as_gzip),
        ("t.jsonl", as_jsonl),
        ("t.ndjson", as_jsonl),
        ("t.parquet", as_parquet),
        ("T.Parquet", as_parquet),
    ],
)
def test_every_kind_of_table_gives_the_same_entries(photos, name, write):
    table = write(photos / name, LISTINGS)
    source = opened(f"{table}#path=photo,id=listing,number=property,price=price")
    first, second = source.listing()
    assert (first.path, second.path) == ("12", "3")
    assert told(first) == {"number": "P-1", "price": "1.5"}
    assert told(second) == {"number": "P-2"}
    assert (first.bytes, source.read("12").data) == (5, b"a.jpg")
    assert source.open("3").read() == b"b.jpg"


def test_a_mark_of_utf_8_is_no_part_of_the_first_name(photos):
    table = write_csv(photos / "t.csv", [["photo", "n"], ["a.jpg", "1"]], encoding="utf-8-sig")
    assert [e.path for e in opened(f"{table}#path=photo").listing()] == ["a.jpg"]


def test_encoding_and_delimiter_are_named(photos):
    table = write_csv(
        photos / "t.csv",
        [["photo", "title"], ["a.jpg", "Stra\u00dfe; 1"]],
        encoding="latin-1",
        delimiter=";",
    )
    (entry,) = opened(f"{table}#path=photo,title=title,encoding=latin-1,delimiter=;").listing()
    assert told(entry) == {"title": "Stra\u00dfe; 1"}


def test_text_of_another_encoding_is_not_guessed_at(photos):
    table = write_csv(photos / "t.csv", [["photo"], ["a.jpg"], ["\u00e9.jpg"]], encoding="latin-1")
    with pytest.raises(StoreError, match=r"not utf-8"):
        list(opened(f"{table}#path=photo").listing())


def test_cells_may_hold_line_breaks_and_quotes(photos):
    table = write_csv(
        photos / "t.csv", [["photo", "note"], ["a.jpg", 'one\ntwo "three"'], [], ["b.jpg", "x"]]
    )
    first, second = opened(f"{table}#path=photo,note=note").listing()
    assert told(first) == {"note": 'one two "three"'}
    assert second.path == "b.jpg"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no line with names"),
        (b'photo\na.jpg\n"open', "line 3: no CSV"),
        (b'photo\n"a"b.jpg\n', "line 2: no CSV"),
        (b"photo\n" + b"x" * (2 << 20), "no CSV"),
        (b"photo\n" + b"x\0\n" + b"\xff\n", "not utf-8"),
    ],
)
def test_a_table_that_cannot_be_read_on_is_an_error_of_the_store(photos, data, why):
    (photos / "t.csv").write_bytes(data)
    with pytest.raises(StoreError, match=why):
        list(opened(f"{photos}/t.csv#path=photo").listing())


@pytest.mark.parametrize("name", ["t.parquet", "t.csv.gz"])
def test_a_damaged_file_is_an_error_of_the_store(photos, name):
    whole = (as_parquet if name.endswith("parquet") else as_gzip)(photos / name, LISTINGS * 500)
    whole.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(StoreError, match="t"):
        list(opened(f"{whole}#path=photo").listing())


def test_rows_that_are_no_rows_are_told_by_their_number(photos):
    (photos / "t.csv").write_text("photo,n\na.jpg,1\nb.jpg\nc.jpg,1,2\n")
    source = opened(f"{photos}/t.csv#path=photo")
    assert barred(source) == {
        "#row=3": (Status.UNREADABLE, "it has 1 cells, and there are 2 columns"),
        "#row=4": (Status.UNREADABLE, "it has 3 cells, and there are 2 columns"),
    }
    (photos / "t.jsonl").write_text('{"photo": "a.jpg"}\n[1]\n\n{"photo": \n' + "[" * 100_000)
    assert set(barred(opened(f"{photos}/t.jsonl#path=photo"))) == {"#row=2", "#row=4", "#row=5"}


# Columns


def test_a_column_that_is_not_there_is_told_with_those_that_are(photos):
    table = as_csv(photos / "t.csv", LISTINGS)
    with pytest.raises(UsageError, match="no column 'photos'") as error:
        locate(f"{table}#path=photos,id=listing")
    assert "'listing', 'photo', 'property', 'price'" in error.value.advice
    with pytest.raises(UsageError, match="no column 'branch'"):
        locate(f"{table}#path=photo,from=branch")


@pytest.mark.parametrize(
    ("name", "write"), [("t.csv", as_csv), ("t.PARQUET", as_parquet), ("t.jsonl", as_jsonl)]
)
def test_a_table_named_without_options_says_what_to_put_behind_it(photos, name, write):
    write(photos / name, LISTINGS)
    with pytest.raises(UsageError, match="needs the name of the column") as error:
        locate(f"{photos}/{name}")
    assert f"#path=COLUMN or #url=COLUMN behind {photos}/{name}" in error.value.advice
    assert "'listing', 'photo', 'property', 'price'" in error.value.advice


def test_a_folder_that_is_called_like_a_table_is_a_folder(photos):
    (photos / "scans.csv").mkdir()
    assert not locate(f"{photos}/scans.csv").scheme


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("id=listing", "needs the name of the column"),
        ("path=photo,url=photo", "needs the name of the column"),
        ("path=photo,encoding=klingon", "no encoding"),
        ("path=photo,encoding=rot13", "no encoding"),
        ("path=photo,delimiter=--", "no delimiter"),
        ("path=photo,root=/nowhere/at/all", "not there"),
        ("url=photo,root=/tmp", "root="),
        ("url=photo,private=maybe", "private="),
    ],
)
def test_options_that_make_no_sense_are_refused(photos, options, why):
    as_csv(photos / "t.csv", LISTINGS)
    with pytest.raises(UsageError, match=why):
        locate(f"{photos}/t.csv#{options}")


def test_two_columns_of_one_name_are_not_chosen_between(photos):
    table = write_csv(photos / "t.csv", [["photo", "photo"], ["a.jpg", "b.jpg"]])
    with pytest.raises(UsageError, match="several columns 'photo'"):
        locate(f"{table}#path=photo")


def test_the_location_can_be_opened_again_and_is_whole(photos, monkeypatch):
    as_csv(photos / "t.csv", LISTINGS)
    monkeypatch.chdir(photos)
    location = str(locate("t.csv#path=photo,id=listing"))
    assert location == f"table:{os.path.realpath(photos)}/t.csv#id=listing,path=photo"
    assert str(locate(location)) == location


# Ids


def test_ids_that_cannot_be_used_are_told_and_none_is_lost(photos):
    table = write_csv(
        photos / "t.csv",
        [
            ["id", "photo"],
            ["1", "a.jpg"],
            ["", "b.jpg"],
            ["1", "c.jpg"],
            ["1 !", "a.jpg"],
            ["1#row=4", "b.jpg"],
            ["#row=3", "b.jpg"],
            ["x" * 2_000, "b.jpg"],
            ["1", "a.jpg"],
        ],
    )
    source = opened(f"{table}#path=photo,id=id")
    found = list(source.listing())
    paths = [entry.path for entry in found]
    assert len(paths) == 8
    assert paths == sorted(set(paths))
    assert barred(source) == {
        "#row=3#row=7": (Status.REFUSED, "another row has the same id"),
        "#row=3": (Status.REFUSED, "its id is empty: id"),
        "#row=8": (Status.REFUSED, "its id is too long: id"),
        "1#row=4#row=4": (Status.REFUSED, "another row has the same id"),
        "1#row=9": (Status.REFUSED, "another row has the same id"),
    }
    assert source.read("1").data == b"a.jpg"
    assert source.read("1#row=4").data == b"b.jpg"


def test_a_column_of_one_value_is_no_column_of_ids(photos, monkeypatch):
    monkeypatch.setattr(rows, "_MOST_WAITING", 10)
    table = write_csv(photos / "t.csv", [["id", "photo"], *([["1", "a.jpg"]] * 20)])
    with pytest.raises(StoreError, match="an id that another row has"):
        list(opened(f"{table}#path=photo,id=id").listing())


def test_rows_are_sorted_in_parts(photos, monkeypatch):
    monkeypatch.setattr(rows, "by_path", lambda entries: rows_by_path(entries, 7))
    from monoprint.sources.order import by_path as rows_by_path

    names = [f"{n * 7919 % 1000}" for n in range(200)]
    table = write_csv(photos / "t.csv", [["id", "photo"], *([n, "a.jpg"] for n in names)])
    source = opened(f"{table}#path=photo,id=id")
    assert [e.path for e in source.listing()] == sorted(names)


# Several pictures a row


def test_several_columns_give_a_picture_each(photos):
    table = write_csv(
        photos / "t.csv",
        [["id", "one", "two"], ["7", "a.jpg", "b.jpg"], ["8", "", "c.jpg"], ["9", "", " "]],
    )
    source = opened(f"{table}#path=one+two,id=id,n=id")
    found = entries(source)
    assert {path: told(e) for path, e in found.items()} == {
        "7/1": {"n": "7"},
        "7/2": {"n": "7"},
        "8/2": {"n": "8"},
        "9": {},
    }
    assert barred(source) == {"9": (Status.UNSUPPORTED, "no picture: nothing in one and two")}
    assert source.read("8/2").data == b"c.jpg"


@pytest.mark.parametrize("write", [as_jsonl, as_parquet])
def test_a_list_gives_a_picture_for_each_of_its_values(photos, write):
    table = write(
        photos / f"t.{'jsonl' if write is as_jsonl else 'parquet'}",
        [{"id": "7", "photos": ["a.jpg", None, "b.jpg"]}, {"id": "8", "photos": []}],
    )
    source = opened(f"{table}#path=photos,id=id")
    assert [e.path for e in source.listing()] == ["7/1", "7/3", "8"]
    assert source.read("7/3").data == b"b.jpg"


def test_a_column_with_a_plus_in_its_name_is_one_column(photos):
    table = write_csv(photos / "t.csv", [["a+b"], ["a.jpg"]])
    assert [e.path for e in opened(f"{table}#path=a+b").listing()] == ["a.jpg"]


# Files


def test_urls_in_a_column_of_paths_are_told_as_such_and_not_shown(photos):
    table = write_csv(
        photos / "t.csv", [["id", "photo"], ["7", "https://h.example/a.jpg?key=secret"]]
    )
    ((status, why),) = barred(opened(f"{table}#path=photo,id=id")).values()
    assert status is Status.REFUSED
    assert "url= instead of path=" in why
    assert "secret" not in why


def test_nothing_leads_out_of_the_folder(tmp_path):
    root = tmp_path / "store"
    root.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "up").symlink_to(tmp_path)
    (root / "in.jpg").write_bytes(b"in")
    cells = ["../secret.jpg", "a/../../secret.jpg", "/etc/passwd", f"{tmp_path}/secret.jpg",
             "link.jpg", "up/secret.jpg", ".", "/", f"{root}/in.jpg", "./in.jpg", "gone.jpg",
             ]  # fmt: skip
    table = as_jsonl(
        root / "t.jsonl", [{"id": str(n), "f": cell} for n, cell in enumerate(cells, 10)]
    )
    source = opened(f"{table}#path=f,id=id")
    told_of = barred(source)
    assert set(told_of) == {"10", "11", "12", "13", "14", "15", "16", "17", "20"}
    assert all("leads out" in told_of[n][1] for n in ("10", "11", "12", "13", "17"))
    assert told_of["20"] == (Status.UNREADABLE, "there is no such file")
    assert source.read("18").data == source.read("19").data == b"in"
    for path in sorted(set(told_of) - {"20"}):
        with pytest.raises((Refused, Unreadable)):
            source.read(path)


def test_a_row_and_its_file_are_told_as_one(photos):
    table = write_csv(photos / "t.csv", [["id", "photo"], ["7", "a.jpg"]])
    entry = entries(opened(f"{table}#path=photo,id=id"))["7"]
    there = {e.path: e for e in Folder(str(photos), max_bytes=1 << 20).listing()}["a.jpg"]
    assert (entry.inode, entry.device, entry.bytes) == (there.inode, there.device, there.bytes)


# Registers


def test_a_table_that_was_edited_is_read_as_it_is_now(photos):
    table = write_csv(photos / "t.csv", [["id", "photo"], ["7", "a.jpg"], ["8", "b.jpg"]])
    source = opened(f"{table}#path=photo,id=id")
    assert len(list(source.listing())) == 2
    write_csv(table, [["id", "photo"], ["7", "c.jpg"]])
    os.utime(table, (1, 1))
    assert source.read("7").data == b"c.jpg"
    with pytest.raises(Unreadable, match="no such row"):
        source.read("8")
    table.unlink()
    with pytest.raises(Unreadable, match="cannot read the table"):
        source.read("7")


def test_the_register_is_this_users_alone_and_made_again_when_it_is_gone(photos, cache):
    table = write_csv(photos / "t.csv", [["id", "photo"], *([f"{n}", "a.jpg"] for n in range(500))])
    source = opened(f"{table}#path=photo,id=id")
    list(source.listing())
    (kept,) = cache.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert cache.stat().st_mode & 0o077 == 0
    assert all(source.read(f"{n}").data == b"a.jpg" for n in range(500))
    for path in ("", "500", "00", "zzz"):
        with pytest.raises(Unreadable, match="no such row"):
            source.read(path)
    kept.unlink()
    assert opened(f"{table}#path=photo,id=id").read("499").data == b"a.jpg"


def test_a_register_that_was_written_elsewhere_is_taken_and_not_made_again(photos, monkeypatch):
    table = write_csv(photos / "t.csv", [["id", "photo"], ["7", "a.jpg"]])
    location = f"{table}#path=photo,id=id"
    reading = opened(location)
    assert reading.read("7").data == b"a.jpg"
    write_csv(table, [["id", "photo"], ["7", "b.jpg"]])
    os.utime(table, (1, 1))
    assert len(list(opened(location).listing())) == 1
    monkeypatch.setattr(reading, "listing", lambda: pytest.fail("it was listed again"))
    assert reading.read("7").data == b"b.jpg"


def test_a_table_that_changes_while_it_is_listed_is_told(photos):
    table = write_csv(photos / "t.csv", [["photo"], ["a.jpg"], ["b.jpg"]])
    listing = opened(f"{table}#path=photo").listing()
    next(listing)
    write_csv(table, [["photo"], ["a.jpg"]])
    with pytest.raises(StoreError, match="changed while it was listed"):
        list(listing)


# URLs


class Serving(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/away.jpg":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/a.jpg")
            self.end_headers()
            return
        found = self.path == "/a.jpg?w=1"
        self.send_response(200 if found else 404)
        data = b"a picture" if found else b""
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Serving) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_pictures_are_read_from_urls(tmp_path, server):
    table = write_csv(
        tmp_path / "t.csv",
        [
            ["id", "url"],
            ["1", f"{server}/a.jpg?w=1"],
            ["2", f"{server}/gone.jpg"],
            ["3", f"{server}/away.jpg"],
        ],
    )
    source = opened(f"{table}#url=url,id=id,private=yes")
    assert not source.atomic
    assert not barred(source)
    assert source.read("1").data == b"a picture"
    with pytest.raises(Unreadable, match=r"\w"):
        source.read("2")
    with pytest.raises(Refused, match="host not allowed: localhost"):
        source.read("3")


def test_private_addresses_and_other_hosts_are_not_asked(tmp_path, server):
    table = write_csv(tmp_path / "t.csv", [["id", "url"], ["1", f"{server}/a.jpg?w=1"]])
    with pytest.raises(Refused, match="private address"):
        opened(f"{table}#url=url,id=id").read("1")
    with pytest.raises(Refused, match="host not allowed"):
        opened(f"{table}#url=url,id=id,private=yes,allow=example.org").read("1")


def test_only_web_addresses_are_asked_and_no_secret_is_in_a_listing(tmp_path):
    urls = [
        "file:///etc/passwd", "ftp://example.org/a.jpg", "/etc/passwd", "gopher://x/1", "http://",
        "https://user:secret@example.org/a.jpg", "https://example.org/a b.jpg", "http://[::1/a.jpg",
        "http://example.org:99999/",
        f"https://example.org/{'a' * 9_000}", "javascript:alert(1)", "data:image/png;base64,AAAA",
    ]  # fmt: skip
    good = "https://example.org/a.jpg?token=secret"
    table = as_jsonl(
        tmp_path / "t.jsonl",
        [{"id": f"{n:02}", "u": url} for n, url in enumerate([*urls, good, good])],
    )
    source = opened(f"{table}#url=u,id=id")
    assert set(barred(source)) == {f"{n:02}" for n in range(len(urls))}
    found = entries(source)
    assert "secret" not in repr(found)
    assert found["12"].identity == found["13"].identity != ""
    assert found["12"].version


def test_an_entry_whose_url_changed_has_another_version(tmp_path):
    table = write_csv(tmp_path / "t.csv", [["id", "u"], ["1", "https://example.org/a.jpg"]])
    before = entries(opened(f"{table}#url=u,id=id"))["1"]
    write_csv(table, [["id", "u"], ["1", "https://example.org/b.jpg"]])
    assert entries(opened(f"{table}#url=u,id=id"))["1"].version != before.version


# Attributes


def test_attributes_are_printable_texts(tmp_path):
    table = tmp_path / "t.jsonl"
    table.write_text(
        json.dumps(
            {
                "p": "a.jpg",
                "a": "one\u202etwo\nthree\ud800",
                "b": True,
                "c": [1, "x"],
                "d": "y" * 5_000,
            }
        )
    )
    (entry,) = opened(f"{table}#path=p,a=a,b=b,c=c,d=d,e=p").listing()
    assert entry.barred  # no such file: it is told of all the same
    found = told(entry)
    assert found["a"] == "one two three?"
    assert (found["b"], found["c"], found["e"]) == ("true", '[1, "x"]', "a.jpg")
    assert found["d"].endswith("y [...]")
    assert len(found["d"]) < 2_100


def test_paths_are_text_forms_of_ids(photos):
    table = as_jsonl(photos / "t.jsonl", [{"id": "a\\b\n", "p": "a.jpg"}])
    source = opened(f"{table}#path=p,id=id")
    assert [e.path for e in source.listing()] == [path_text("a\\b\n")]
    assert source.read(path_text("a\\b\n")).data == b"a.jpg"
