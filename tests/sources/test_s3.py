"""Buckets: what any source promises, odd keys, faults on the way, and another server's view."""

import hashlib
from dataclasses import replace

import pytest

from benchmarks.s3_server import Answer, Stored, changing
from monoprint.errors import StoreError, TooLarge, Unreadable, UsageError
from monoprint.model.asset import Status, path_name
from monoprint.sources import patience
from monoprint.sources.location import parse
from monoprint.sources.opening import locate, open_source
from monoprint.testing.source import SourceContract


@pytest.fixture(autouse=True)
def keys_and_no_waiting(monkeypatch):
    monkeypatch.setattr(patience, "_FIRST_WAIT", 0.001)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def opened(url, place="bucket", options="", max_bytes=1 << 20):
    location = f"s3://{place}#endpoint={url},allow_http=yes{options}"
    return open_source(str(locate(location)), follow_symlinks=False, max_bytes=max_bytes)


class S3Harness:
    def __init__(self, server, url, prefix=""):
        self.server = server
        self.url = url
        self.prefix = prefix

    def open(self):
        return opened(self.url, f"bucket/{self.prefix}")

    def put(self, name, data):
        self.server.put(self.prefix + name, data)

    def remove(self, name):
        del self.server.objects[self.prefix + name]

    def bar(self, name):
        self.server.put(f"{self.prefix}{name}/", b"")

    def changing(self, name):
        return changing(self.server)

    def remove_store(self):
        self.server.gone = True


class TestS3(SourceContract):
    # A key is UTF-8.
    NAMES = tuple(name for name in SourceContract.NAMES if "\udce9" not in name)

    @pytest.fixture
    def harness(self, server, url):
        return S3Harness(server, url)

    def test_an_entry_that_cannot_be_read_is_listed_with_the_reason(self, harness):
        """Whether an object may be read is not in the listing; that a folder is none, is."""
        harness.put("a.jpg", b"a")
        harness.bar("b.jpg")
        readable, barred = harness.open().listing()
        assert not readable.barred
        assert (barred.path, barred.status) == ("b.jpg/", Status.UNSUPPORTED)
        assert barred.barred


class TestS3Folder(TestS3):
    """What lies below a prefix, and nothing beside it."""

    @pytest.fixture
    def harness(self, server, url):
        for beside in ("a folder", "a folder/", "a folderful/a.jpg", "b.jpg"):
            server.put(beside, b"")
        return S3Harness(server, url, "a folder/")


# Keys


@pytest.mark.parametrize(
    "key",
    [
        "..", "../../etc/passwd", "a/../b.jpg", "./a", "/leading.jpg", "//", "a//b.jpg", "a/",
        " ", "a b+c%20d%.jpg", "hash#page=1?x&y.jpg", "nul\x00.jpg", "bell\x07", "\u202egpj.exe",
        "\U0001f5bc.jpg", "back\\slash", "~", "<&>\"'", "x" * 1024, "%2e%2e/a",
    ],
)  # fmt: skip
def test_any_key_is_listed_and_read(server, url, key):
    server.put(key, b"here")
    source = opened(url)
    (entry,) = source.listing()
    assert not entry.barred
    assert path_name(entry.path) == key
    assert source.read(entry.path).data == b"here"
    assert source.open(entry.path).read() == b"here"


def test_keys_that_differ_in_slashes_are_different_entries(server, url):
    keys = ["a", "a/", "/a", "//a", "b//a", "b/a"]
    for key in keys:
        server.put(key, key.encode())
    source = opened(url)
    assert {e.path: source.read(e.path).data.decode() for e in source.listing()} == {
        key: key for key in keys
    }


# Listing


def test_an_entry_has_what_the_store_says_of_it(server, url):
    server.put("a.jpg", b"data", 7)
    server.objects["parts.jpg"] = Stored(b"data", '"8d777f385d3dfec8815d20f7496026dc-2"')
    first, parts = opened(url).listing()
    host = url.removeprefix("http://")
    assert first.version == '"8d777f385d3dfec8815d20f7496026dc"'
    assert first.checksum == "md5:8d777f385d3dfec8815d20f7496026dc"
    assert first.identity == f"s3://{host}/bucket/a.jpg"
    assert first.modified_ns == 1_599_999_967 * 10**9
    assert parts.checksum == ""


def test_one_object_has_one_identity_from_the_bucket_and_from_a_folder(server, url):
    server.put("a/b/c.jpg", b"data")
    identities = {
        entry.identity
        for place in ("bucket", "bucket/a", "bucket/a/b/")
        for entry in opened(url, place).listing()
    }
    assert len(identities) == 1


def test_many_pages_are_listed_once_even_where_they_overlap(server, url):
    for number in range(2500):
        server.put(f"{number:05}.jpg", b"")
    server.overlap = 3
    paths = [entry.path for entry in opened(url).listing()]
    assert paths == [f"{number:05}.jpg" for number in range(2500)]
    assert server.asked["list"] == 3


def test_a_listing_that_does_not_go_on_is_told(server, url):
    server.put("a.jpg", b"")
    page = b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"
    server.fault = lambda asked, answer: replace(answer, body=page)
    with pytest.raises(StoreError, match="there is more"):
        list(opened(url).listing())


@pytest.mark.parametrize("page", [b"", b"<html>log in</html", b"<!DOCTYPE x [<!ENTITY a 'b'>"])
def test_a_listing_that_is_none_is_told(server, url, page):
    server.fault = lambda asked, answer: replace(answer, body=page)
    with pytest.raises(StoreError, match="cannot list"):
        list(opened(url).listing())


# Faults


def at_times(fault, every=3):
    """Have a fault at every so many answers."""
    count = [0]

    def maybe(asked, answer):
        count[0] += 1
        return fault(answer) if count[0] % every == 0 else answer

    return maybe


FAULTS = {
    "busy": lambda answer: Answer(503, {}, b"<Error><Code>SlowDown</Code></Error>"),
    "broken": lambda answer: Answer(500, {}, b"<html>"),
    "reset": lambda answer: replace(answer, cut=0),
    "cut": lambda answer: replace(answer, cut=len(answer.body) // 2),
    "longer than it is": lambda answer: replace(answer, length=len(answer.body) + 5),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_with_faults_all_is_listed_and_read_and_nothing_twice(server, url, fault):
    contents = {f"{number:04}.jpg": bytes([number % 256]) * number for number in range(1100)}
    for key, data in contents.items():
        server.put(key, data)
    server.fault = at_times(fault)
    source = opened(url)
    listed = list(source.listing())
    assert [entry.path for entry in listed] == sorted(contents)
    for entry in listed[::20]:
        assert source.read(entry.path).data == contents[entry.path]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_read_whose_fault_stays_is_told(server, url, fault):
    server.put("a.jpg", b"picture")
    server.fault = at_times(fault, 1)
    with pytest.raises(Unreadable, match="5 times"):
        opened(url).read("a.jpg")


# A page that is whole is taken, whatever was said of its length.
@pytest.mark.parametrize("name", sorted(FAULTS.keys() - {"longer than it is"}))
def test_a_listing_whose_fault_stays_is_told(server, url, name):
    server.put("a.jpg", b"picture")
    server.fault = at_times(FAULTS[name], 1)
    with pytest.raises(StoreError, match="5 times"):
        list(opened(url).listing())


def test_a_server_that_says_nothing_is_given_up(server, url, monkeypatch):
    monkeypatch.setattr("monoprint.sources.s3._READ_SECONDS", 0.05)
    monkeypatch.setattr(patience, "TRIES", 2)
    server.put("a.jpg", b"picture")
    source = opened(url)
    server.fault = lambda asked, answer: replace(answer, silent=True)
    with pytest.raises(Unreadable, match="2 times"):
        source.read("a.jpg")


def test_a_read_goes_on_where_it_broke_off(server, url):
    server.put("a.jpg", bytes(range(256)) * 1000)
    ranges = []

    def fault(asked, answer):
        ranges.append(asked.headers.get("range"))
        return replace(answer, cut=100_000)

    server.fault = fault
    assert opened(url).read("a.jpg").data == bytes(range(256)) * 1000
    assert ranges[0] is None
    assert all(told.startswith("bytes=") for told in ranges[1:])
    assert server.sent < 3 * 256_000


def test_an_object_of_several_pieces_is_read_whole_in_one_request(server, url):
    data = bytes(range(251)) * 10_000
    server.put("a.jpg", data)
    assert opened(url, max_bytes=1 << 22).read("a.jpg").data == data
    assert server.asked["get"] == 1


def test_a_change_in_the_middle_of_a_read_is_told(server, url):
    server.put("a.jpg", b"a" * 1000)

    def fault(asked, answer):
        server.put("a.jpg", b"b" * 1000)
        return replace(answer, cut=500)

    server.fault = fault
    with pytest.raises(Unreadable, match="changed while it was read"):
        opened(url).read("a.jpg")


def test_a_server_that_knows_no_if_match_is_seen_through(server, url):
    server.put("a.jpg", b"a" * 1000)

    def fault(asked, answer):
        if "if-match" not in asked.headers:
            return replace(answer, cut=500)
        told = answer.headers | {
            "ETag": Stored.of(b"b").etag,
            "Content-Range": "bytes 500-999/1000",
        }
        return Answer(206, told, b"b" * 500)

    server.fault = fault
    with pytest.raises(Unreadable, match="changed while it was read"):
        opened(url).read("a.jpg")


def test_a_change_between_two_ranges_is_told(server, url):
    server.put("a.tif", bytes(1_000_000))
    file = opened(url).open("a.tif")
    server.put("a.tif", bytes(1_000_001))
    file.seek(900_000)
    with pytest.raises(Unreadable, match="changed while it was read"):
        file.read(10)


def test_an_archived_object_says_so(server, url):
    server.put("a.jpg", b"picture")
    refusal = Answer(403, {}, b"<Error><Code>InvalidObjectState</Code></Error>")
    server.fault = lambda asked, answer: refusal
    with pytest.raises(Unreadable, match="archive class"):
        opened(url).read("a.jpg")


def test_an_object_over_the_limit_is_refused_and_can_be_opened(server, url):
    server.put("a.tif", bytes(2000))
    source = opened(url, max_bytes=1999)
    with pytest.raises(TooLarge, match="2,000 bytes"):
        source.read("a.tif")
    assert len(source.open("a.tif").read()) == 2000


# Checksums


MD5 = f"md5:{hashlib.md5(b'data').hexdigest()}"
SHA256 = f"sha-256:{hashlib.sha256(b'data').hexdigest()}"
CRC32 = {"x_amz_checksum_crc32": "rfPzYw=="}
CRC32C = {"x_amz_checksum_crc32c": "rth90Q=="}
CRC64 = {"x_amz_checksum_crc64nvme": "7a5hQ478J4A="}
KMS = {"x_amz_server_side_encryption": "aws:kms"}
KEPT = {"x_amz_checksum_sha256": "Om6weQ85rIfJTzhWst0sXREOaBFgImGpqSPTuyOtyLc="}


@pytest.mark.parametrize(
    ("told", "checksums"),
    [
        ({}, {MD5}),
        ({"x_amz_server_side_encryption": "AES256"}, {MD5}),
        ({"x_amz_server_side_encryption": "aws:kms"}, set()),
        ({"x_amz_server_side_encryption": "aws:kms:dsse"}, set()),
        ({"x_amz_server_side_encryption_customer_algorithm": "AES256"}, set()),
        (KEPT, {MD5, SHA256}),
        (KEPT | {"x_amz_server_side_encryption": "aws:kms"}, {SHA256}),
        ({"x_amz_checksum_sha256": KEPT["x_amz_checksum_sha256"] + "-3"}, {MD5}),
    ],
)
def test_what_the_store_vouches_for(server, url, told, checksums):
    server.put("a.jpg", b"data", **told)
    assert opened(url).checksums("a.jpg", "") == checksums


@pytest.mark.parametrize(
    ("told", "checksum"),
    [
        ({}, None),
        ({"x_amz_server_side_encryption": "AES256"}, None),
        (KMS, ""),
        ({"x_amz_server_side_encryption_customer_algorithm": "AES256"}, ""),
        (KEPT, SHA256),
        (CRC32, "crc-32:adf3f363"),
        (CRC32C, "crc-32c:aed87dd1"),
        (CRC64, "crc-64-nvme:edae61438efc2780"),
        (CRC32 | CRC32C, "crc-32c:aed87dd1"),
        (CRC32 | CRC32C | CRC64, "crc-64-nvme:edae61438efc2780"),
        (CRC32 | CRC32C | CRC64 | KEPT, SHA256),
        (CRC32 | {"x_amz_checksum_type": "FULL_OBJECT"}, "crc-32:adf3f363"),
        (CRC32 | KMS, "crc-32:adf3f363"),
        ({"x_amz_checksum_crc32": "rfPzYw==-2"}, None),
        ({"x_amz_checksum_crc32": "rfPzYw==-2"} | KMS, ""),
        (CRC32 | {"x_amz_checksum_type": "COMPOSITE"}, None),
        ({"x_amz_checksum_crc32": "rfPz"}, None),
        ({"x_amz_checksum_crc32": "nonsense!"}, None),
    ],
)
def test_what_the_store_tells_with_an_object_stands_for_what_it_listed(server, url, told, checksum):
    server.put("a.jpg", b"data", **told)
    assert opened(url).read("a.jpg").checksum == checksum


def test_a_checksum_is_asked_of_what_is_read_whole_alone(server, url):
    server.put("a.tif", bytes(1_000_000), **CRC32)
    asked = []

    def note(request, answer):
        asked.append((request.headers.get("range"), request.headers.get("x-amz-checksum-mode")))
        return replace(answer, cut=500_000) if len(asked) == 1 else answer

    server.fault = note
    source = opened(url)
    assert source.read("a.tif").checksum == "crc-32:adf3f363"  # as the first answer told
    file = source.open("a.tif")
    file.seek(900_000)
    file.read(10)
    assert asked[0] == (None, "ENABLED")
    assert len(asked) > 3
    assert all(span and mode is None for span, mode in asked[1:])


def test_a_checksum_told_with_a_part_is_none_of_the_whole(server, url):
    server.put("a.jpg", b"data", **CRC32)
    server.fault = lambda asked, answer: replace(
        answer, status=206, headers=answer.headers | {"Content-Range": "bytes 0-3/4"}
    )
    assert opened(url).read("a.jpg").checksum is None


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_object_whose_time_means_nothing_is_unreadable(server, url, date):
    server.put("a.jpg", b"data")

    def fault(asked, answer):
        if asked.what != "get":
            return answer
        headers = {name: value for name, value in answer.headers.items() if name != "Last-Modified"}
        return replace(answer, headers=headers | ({"Last-Modified": date} if date else {}))

    server.fault = fault
    with pytest.raises(Unreadable, match="makes no sense"):
        opened(url).read("a.jpg")
    assert server.asked["get"] == 1


# Locations


def test_a_location_is_made_whole_and_says_no_secret():
    named = parse("s3://bucket/a/b//#region=eu-central-1,credentials=archive")
    assert str(locate(str(named))) == "s3://bucket/a/b#credentials=archive,region=eu-central-1"


@pytest.mark.parametrize(
    "named",
    [
        "s3:bucket", "s3://", "s3:///a", "s3://bucket#endpoint=minio:9000",
        "s3://bucket#endpoint=http://minio:9000", "s3://bucket#anonymous=perhaps",
        "s3://bucket#reigon=x", "s3://key:secret@bucket/a", "s3://bucket#requests=none",
    ],
)  # fmt: skip
def test_a_location_that_means_nothing_is_refused(named):
    with pytest.raises(UsageError):
        locate(named)


def test_named_credentials_sign_and_anonymous_does_not(server, url, monkeypatch):
    seen = []

    def note(asked, answer):
        seen.append(asked.headers.get("authorization", ""))
        return answer

    server.fault = note
    monkeypatch.setenv("MONOPRINT_ARCHIVE_ACCESS_KEY_ID", "archivekey")
    monkeypatch.setenv("MONOPRINT_ARCHIVE_SECRET_ACCESS_KEY", "hidden")
    list(opened(url, options=",credentials=archive").listing())
    list(opened(url, options=",anonymous=yes").listing())
    assert "Credential=archivekey/" in seen[0]
    assert seen[1] == ""
    with pytest.raises(UsageError, match="no access_key_id"):
        opened(url, options=",credentials=nobody")


# Another server


@pytest.mark.filterwarnings("ignore")
def test_moto_is_read_as_well(monkeypatch):
    import botocore.session
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        url = "http://{}:{}".format(*moto.get_host_and_port())
        client = botocore.session.get_session().create_client(
            "s3", endpoint_url=url, region_name="us-east-1"
        )
        client.create_bucket(Bucket="bucket")
        contents = {"a/b.jpg": b"b", "a.jpg": b"a" * 3000, "caf\u00e9 +%.jpg": b"", "a//b": b"c"}
        for key, data in contents.items():
            client.put_object(Bucket="bucket", Key=key, Body=data)
        client.put_object(Bucket="bucket", Key="sum", Body=b"data", ChecksumAlgorithm="SHA256")
        source = opened(url)
        listed = {entry.path: entry for entry in source.listing()}
        assert sorted(listed) == sorted([*contents, "sum"])
        for path, data in contents.items():
            assert source.read(path).data == data
            assert source.read(path).modified_ns == listed[path].modified_ns
            assert listed[path].bytes == len(data)
        with source.open("a.jpg") as file:
            file.seek(2990)
            assert file.read() == b"a" * 10
        assert source.open("caf\u00e9 +%.jpg").read() == b""
        assert source.checksums("sum", "") == {MD5, SHA256}
        assert source.checksums("a.jpg", "") == {listed["a.jpg"].checksum}
    finally:
        moto.stop()
