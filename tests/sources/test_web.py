"""HTTP for sources: what is safe, what is whole, and what is tried again."""

import io
import socket

import pytest

from monoprint.errors import Refused, TooLarge, Unreadable, UsageError
from monoprint.sources import pace, patience, web
from monoprint.sources.location import parse
from monoprint.sources.pace import Pace
from monoprint.sources.web import NotThere, Web, web_of

from .web_server import Answer, reset, web_server


@pytest.fixture
def server():
    with web_server() as running:
        yield running


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(patience, "_FIRST_WAIT", 0.001)


def asking(server, **options):
    return Web([server.host], private=True, **options)


def get(server, path="/a.jpg", max_bytes=1000, **options):
    return asking(server, **options).get(server.url + path, max_bytes=max_bytes)


# What comes


def test_gives_bytes_version_and_time(server):
    told = {"ETag": '"v1"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
    server.answers["/a.jpg"] = Answer(body=b"picture", headers=told)
    got = get(server)
    assert (got.data, got.version) == (b"picture", '"v1"')
    assert got.modified_ns == 1_445_412_480 * 10**9
    assert got.headers["etag"] == '"v1"'


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ({"ETag": 'W/"weak"'}, ""),
        ({"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, "Wed, 21 Oct 2015 07:28:00 GMT"),
        ({"Last-Modified": "yesterday"}, "yesterday"),
        ({}, ""),
    ],
)
def test_only_a_strong_tag_or_a_time_is_a_version(server, told, version):
    server.answers["/a.jpg"] = Answer(body=b"x", headers=told)
    assert get(server).version == version


def test_what_is_not_there_is_told_apart(server):
    with pytest.raises(NotThere):
        get(server)
    assert server.asked["/a.jpg"] == 1


@pytest.mark.parametrize("status", [400, 401, 403, 405, 418, 501])
def test_what_will_not_pass_is_asked_once(server, status):
    server.answers["/a.jpg"] = Answer(status)
    with pytest.raises(Unreadable, match=str(status)):
        get(server)
    assert server.asked["/a.jpg"] == 1


# Faults


def failing(times, fault, then):
    """Answer so many times with a fault, then well."""
    left = [times]

    def answer(handler):
        left[0] -= 1
        if left[0] < 0:
            return then
        if callable(fault):
            fault(handler)
            return Answer(cut=0)
        return fault

    return answer


FAULTS = {
    "busy": Answer(503),
    "too many": Answer(429, headers={"Retry-After": "0"}),
    "reset": reset,
    "cut": Answer(body=b"picture", cut=3),
    "longer than it is": Answer(body=b"picture", length=9),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_passes_is_got_over(server, fault):
    server.answers["/a.jpg"] = failing(2, fault, Answer(body=b"picture"))
    assert get(server).data == b"picture"
    assert server.asked["/a.jpg"] == 3


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_stays_is_told_after_some_tries(server, fault):
    server.answers["/a.jpg"] = failing(99, fault, Answer())
    with pytest.raises(Unreadable, match="5 times"):
        get(server)
    assert server.asked["/a.jpg"] == 5


def test_a_server_that_says_nothing(server, monkeypatch):
    monkeypatch.setattr(web, "_READ_SECONDS", 0.05)
    monkeypatch.setattr(patience, "TRIES", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unreadable, match="no answer from"):
            Web([host], private=True).get(f"http://{host}/", max_bytes=10)


def test_a_server_that_dribbles(server, monkeypatch):
    monkeypatch.setattr(web, "_BODY_SECONDS", -1.0)
    server.answers["/a.jpg"] = Answer(body=b"picture")
    with pytest.raises(Unreadable, match="time limit"):
        get(server)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("7", 7), ("", 0), ("soon", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("-3", 0)],
)
def test_retry_after_is_a_number_or_a_date(told, seconds):
    assert web._retry_after(told) == seconds


def test_retry_after_is_waited_for(server, monkeypatch):
    slept = []
    monkeypatch.setattr(patience.time, "sleep", slept.append)
    busy = Answer(503, headers={"Retry-After": "7"})
    server.answers["/a.jpg"] = failing(1, busy, Answer(body=b"picture"))
    assert get(server).data == b"picture"
    assert slept == [7]


def test_a_wait_that_is_too_long_is_told(server):
    server.answers["/a.jpg"] = Answer(503, headers={"Retry-After": "3600"})
    with pytest.raises(Unreadable, match=r"asked to wait 3,600 seconds"):
        get(server)


# Size


def test_a_body_that_says_it_is_too_large_is_not_read(server):
    server.answers["/a.jpg"] = Answer(body=b"x" * 1001)
    with pytest.raises(TooLarge, match="1,001 bytes"):
        get(server)


def test_a_body_that_does_not_say_how_large_it_is(server):
    def answer(handler):
        handler.close_connection = True
        return Answer(body=b"x" * 5000, headers={"Content-Length": "", "Connection": "close"})

    server.answers["/a.jpg"] = answer
    with pytest.raises(TooLarge):
        get(server)


def test_packed_bodies_are_not_unpacked(server):
    server.answers["/a.jpg"] = Answer(body=b"bomb", headers={"Content-Encoding": "gzip"})
    with pytest.raises(Unreadable, match="content encoding"):
        get(server)


# Who is asked


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/a.jpg",
        "http://127.0.0.1:1/a.jpg",
        "ftp://127.0.0.1/a.jpg",
        "file:///etc/passwd",
        "//127.0.0.1/a",
        "http://user:secret@127.0.0.1/a.jpg",
        "http://[::1/a.jpg",
        "http://127.0.0.1:port/a.jpg",
        "",
    ],
)
def test_other_hosts_schemes_and_ports_are_refused(server, url):
    with pytest.raises(Refused):
        asking(server).get(url, max_bytes=10)
    assert not server.asked


def test_loopback_is_refused_unless_it_is_allowed(server):
    with pytest.raises(Refused, match="private address"):
        Web([server.host]).get(f"{server.url}/a.jpg", max_bytes=10)
    assert not server.asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "ff02::1", "192.0.2.1", "198.18.0.1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_open_to_all(address):
    assert not web._is_global(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_addresses_that_are(address):
    assert web._is_global(address)


def test_the_address_that_is_checked_is_the_one_connected_to(monkeypatch):
    """A name that leads elsewhere when it is asked for a second time is asked for once."""
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    dialled = []

    def getaddrinfo(host, port, **_):
        return [(2, 1, 6, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(web.socket, "getaddrinfo", getaddrinfo)
    web._open_address("rebind.example", 80, False, dialled.append)
    assert dialled == ["93.184.215.14"]


def test_a_name_with_one_private_address_is_refused(monkeypatch):
    def getaddrinfo(host, port, **_):
        return [(2, 1, 6, "", (address, port)) for address in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(web.socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        Web(["two.example"]).get("http://two.example/", max_bytes=10)


# Redirects


def test_redirects_are_followed_within_what_is_allowed(server):
    server.answers["/a.jpg"] = Answer(302, headers={"Location": "b.jpg"})
    server.answers["/b.jpg"] = Answer(body=b"there")
    got = get(server)
    assert (got.data, got.url) == (b"there", f"{server.url}/b.jpg")


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "file:///etc/passwd", "gopher:x"])
def test_redirects_elsewhere_are_refused(server, target):
    server.answers["/a.jpg"] = Answer(302, headers={"Location": target})
    with pytest.raises(Refused):
        get(server)


def test_redirects_are_limited(server):
    server.answers["/a.jpg"] = Answer(302, headers={"Location": "/a.jpg"})
    with pytest.raises(Refused, match="redirect limit"):
        get(server)
    assert server.asked["/a.jpg"] == web.MAX_REDIRECTS + 1


def test_credentials_go_to_the_own_host_alone(server):
    with web_server() as other:
        server.answers["/a.jpg"] = Answer(302, headers={"Location": f"{other.url}/a.jpg"})
        other.answers["/a.jpg"] = Answer(body=b"there")
        asks = Web([server.host, other.host], private=True, credentials=("ann", "secret"))
        assert asks.get(f"{server.url}/a.jpg", max_bytes=10).data == b"there"
        assert server.headers[0]["authorization"].startswith("Basic ")
        assert not any(name.lower() == "authorization" for name in other.headers[0])


# Ranges


DATA = bytes(range(256)) * 4096


def ranged(data, etag='"v1"'):
    def answer(handler):
        told = handler.headers.get("Range")
        if handler.headers.get("If-Match", etag) != etag:
            return Answer(412)
        start, _, stop = told.removeprefix("bytes=").partition("-")
        if int(start) >= len(data):
            return Answer(416, headers={"Content-Range": f"bytes */{len(data)}"})
        part = data[int(start) : int(stop) + 1]
        span = f"bytes {start}-{int(start) + len(part) - 1}/{len(data)}"
        return Answer(206, part, {"Content-Range": span, "ETag": etag})

    return answer


def test_reads_here_and_there(server):
    server.answers["/a.tif"] = ranged(DATA)
    with asking(server).open(f"{server.url}/a.tif") as file:
        assert file.read(10) == DATA[:10]
        assert file.seek(-7, io.SEEK_END) == len(DATA) - 7
        assert file.read() == DATA[-7:]
        file.seek(500_000)
        assert file.read(300_000) == DATA[500_000:800_000]
        assert file.read(0) == b""


def test_an_empty_file_by_ranges(server):
    server.answers["/a.tif"] = ranged(b"")
    assert asking(server).open(f"{server.url}/a.tif").read() == b""


def test_a_small_file_of_a_server_without_ranges(server):
    server.answers["/a.tif"] = Answer(body=b"small")
    assert asking(server).open(f"{server.url}/a.tif").read() == b"small"


def test_a_change_between_two_ranges_is_told(server):
    server.answers["/a.tif"] = ranged(DATA)
    file = asking(server).open(f"{server.url}/a.tif")
    server.answers["/a.tif"] = ranged(DATA[::-1], '"v2"')
    file.seek(700_000)
    with pytest.raises(Unreadable, match="changed while it was read"):
        file.read(10)


def test_another_range_than_was_asked_for_is_told(server):
    server.answers["/a.tif"] = Answer(206, b"abc", {"Content-Range": "bytes 5-7/100"})
    with pytest.raises(Unreadable, match="another range"):
        asking(server).open(f"{server.url}/a.tif")


# Options and pace


def test_the_options_of_a_location(server, monkeypatch):
    server.answers["/a.jpg"] = Answer(body=b"here")
    at = parse(f"{server.url}/#private=yes")
    assert web_of(at).get(f"{server.url}/a.jpg", max_bytes=10).data == b"here"
    elsewhere = parse(f"http://other.example/#private=yes,allow={server.host}")
    assert web_of(elsewhere).get(f"{server.url}/a.jpg", max_bytes=10).data == b"here"
    with pytest.raises(UsageError):
        web_of(parse("http://other.example/#private=perhaps"))


def test_named_credentials_are_sent(server, monkeypatch):
    monkeypatch.setenv("MONOPRINT_SHELF_TOKEN", "open sesame")
    server.answers["/a.jpg"] = Answer(body=b"here")
    at = parse(f"{server.url}/#private=yes,credentials=shelf")
    web_of(at).get(f"{server.url}/a.jpg", max_bytes=10)
    assert server.headers[0]["authorization"] == "Bearer open sesame"


def waited(monkeypatch, location, do, workers="1"):
    """Return how long a pace makes its caller wait, by a clock of its own."""
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(pace.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setenv(pace.SHARED_BY, workers)
    do(pace.pace_of(parse(location)))
    return now[0] - 100


def ten_requests(of):
    for _ in range(10):
        of.request()
        of.received(1_000_000)


@pytest.mark.parametrize(
    ("options", "workers", "seconds"),
    [
        ("requests=5", "1", 9 / 5),
        ("requests=5", "2", 9 / 2.5),
        ("bandwidth=2MB", "1", 9 / 2),
        ("bandwidth=2 MB/s", "4", 9 / 0.5),
        ("bandwidth=1MiB", "1", 9 / 1.048576),
        ("private=no", "1", 0),
    ],
)
def test_a_pace_is_kept_and_shared(monkeypatch, options, workers, seconds):
    at = waited(monkeypatch, f"http://a.example/#{options}", ten_requests, workers)
    assert at == pytest.approx(seconds)


@pytest.mark.parametrize("options", ["requests=0", "requests=many", "bandwidth=-1", "bandwidth=MB"])
def test_a_pace_that_is_none_is_refused(options):
    with pytest.raises(UsageError):
        pace.pace_of(parse(f"http://a.example/#{options}"))


def test_requests_are_paced(server):
    class Counting(Pace):
        sent = 0

        def request(self):
            self.sent += 1

    counting = Counting()
    server.answers["/a.jpg"] = failing(2, Answer(503), Answer(body=b"picture"))
    get(server, pace=counting)
    assert counting.sent == 3
