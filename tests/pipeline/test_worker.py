"""What a worker process does with a task, without the process."""

import base64
import io
import zipfile
from dataclasses import replace

import pytest

from benchmarks.s3_server import Stored
from monoprint.pipeline import worker


@pytest.fixture(autouse=True)
def opened(monkeypatch):
    """Forget the stores that are open; gives the locations that are opened, as they are."""
    worker._opened.cache_clear()
    locations = []

    def open_source(location, open_source=worker.open_source, **options):
        locations.append(location)
        return open_source(location, **options)

    monkeypatch.setattr(worker, "open_source", open_source)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield locations
    worker._opened.cache_clear()


def ahead(place):
    return worker.open_ahead({"do": "open", "location": place, "follow_symlinks": False})


def test_a_store_that_was_opened_as_it_was_named_is_not_opened_again(server, url, opened, draw):
    server.put("folder/a.png", draw.file(draw.photo(1, (64, 48)), "PNG"))
    options = f"allow_http=yes,endpoint={url}"
    assert ahead(f"s3://bucket/folder/#{options}") == {}
    located = f"s3://bucket/folder#{options}"
    assert opened == [located]
    task = {"do": "read", "location": located, "path": "a.png", "checksum": "", "modified_ns": 0,
            "follow_symlinks": False, "iscc": False, "local": False}  # fmt: skip
    assert worker.read(task)["status"] == "ok"
    assert opened == [located]


SECOND_NS = 1_599_999_960_000_000_000
KMS = {"x-amz-server-side-encryption": "aws:kms"}
OTHER = "md5:" + "0" * 32


@pytest.fixture
def read(server, url, opened):
    """Put an object whose ETag is not its MD5; gives what the worker says of it."""

    def reading(name, data, headers):
        server.objects[name] = Stored(data, f'"{OTHER[4:]}"', 0, headers)
        location = f"s3://bucket#allow_http=yes,endpoint={url}"
        task = {"do": "read", "location": location, "path": name, "checksum": OTHER,
                "modified_ns": SECOND_NS, "follow_symlinks": False, "iscc": False,
                "local": False}  # fmt: skip
        return worker.read(task)

    return reading


@pytest.mark.parametrize(("headers", "altered"), [({}, 1), (KMS, 0)])
def test_an_etag_is_held_against_an_object_only_where_it_is_its_md5(read, draw, headers, altered):
    answer = read("a.png", draw.file(draw.photo(1, (64, 48)), "PNG"), headers)
    assert answer["status"] == "ok"
    assert len(answer.get("flaws", ())) == altered


WRONG = {
    "sha-256": {"x-amz-checksum-sha256": "A" * 43 + "="},
    "crc-64-nvme": {"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="},
    "crc-32c": {"x-amz-checksum-crc32c": "AAAAAA=="},
    "crc-32": {"x-amz-checksum-crc32": "AAAAAA=="},
}


@pytest.mark.parametrize("encrypted", [{}, KMS])
@pytest.mark.parametrize("name", WRONG)
def test_an_object_is_held_against_what_its_store_keeps_of_it(read, draw, name, encrypted):
    picture = draw.file(draw.photo(1, (64, 48)), "PNG")
    ((what, _, expected, found),) = read("a.png", picture, WRONG[name] | encrypted)["flaws"]
    assert (what, expected.strip("0")) == ("altered", f"{name}:")
    digits = bytes.fromhex(found.removeprefix(f"{name}:"))
    (header,) = WRONG[name]
    right = {header: base64.b64encode(digits).decode()} | encrypted
    assert not read("a.png", picture, right).get("flaws")  # whatever its ETag is


def test_so_is_one_whose_reading_broke_off(server, read, draw):
    def fault(asked, answer):
        return answer if "range" in asked.headers else replace(answer, cut=100)

    server.fault = fault
    answer = read("a.png", draw.file(draw.photo(1, (64, 48)), "PNG"), WRONG["crc-32"])
    assert [flaw[2] for flaw in answer["flaws"]] == ["crc-32:00000000"]
    assert server.asked["get"] == 2


def test_and_not_against_what_it_keeps_of_the_parts(read, draw):
    picture = draw.file(draw.photo(1, (64, 48)), "PNG")
    parts = {"x-amz-checksum-crc32": "AAAAAA==-2"}
    assert [flaw[2] for flaw in read("a.png", picture, parts)["flaws"]] == [OTHER]
    assert not read("a.png", picture, parts | KMS)["flaws"]


@pytest.mark.parametrize(("headers", "altered"), [({}, 1), (KMS, 0)])
def test_nor_against_an_archive_too_large_to_be_held(
    server, read, draw, monkeypatch, headers, altered
):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", draw.file(draw.photo(1, (64, 48)), "PNG"))
    monkeypatch.setattr(worker.limits, "MAX_FILE_BYTES", 100)
    answer = read("a.zip", file.getvalue(), headers)
    assert answer["status"] == "container"
    assert len(answer.get("flaws", ())) == altered
    assert server.asked["head"] == 1


def test_nothing_is_asked_of_a_store_that_is_opened_ahead(server, url):
    ahead(f"s3://bucket#endpoint={url},allow_http=yes")
    assert not server.asked


@pytest.mark.parametrize(
    "place", ["nothing:://at.all", "s3://bucket#reigon=x", "s3://bucket#credentials=nobody"]
)
def test_a_store_that_cannot_be_opened_is_left_to_who_reads_it(place, opened):
    assert ahead(place) == {}
    assert worker._opened.cache_info().currsize == 0
