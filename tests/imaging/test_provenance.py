"""Content credentials: whether their signature holds, and that nothing is asked of the network."""

import http.server
import threading

import pytest

from monoprint.imaging.attributes import attributes
from monoprint.imaging.decode import open_picture
from monoprint.imaging.provenance import credentials

pytest.importorskip("c2pa")


@pytest.fixture(scope="module")
def authority():
    from tests.imaging.credentials import Authority

    return Authority()


@pytest.fixture(scope="module")
def plain(draw):
    return draw.file(draw.photo(1), "JPEG", quality=90)


@pytest.fixture(scope="module")
def signed(authority, plain):
    return authority.signed(plain)


def signature(data, anchors=""):
    return dict(credentials(data, anchors)).get("provenance-signature")


def test_who_made_and_who_signed_it_is_told(signed):
    told = dict(credentials(signed))
    assert told["provenance"] == "Acme Camera 1.0"
    assert told["provenance-signer"] == "Acme Works"


def test_a_signature_is_trusted_by_the_authorities_that_are_named_alone(signed, authority):
    from tests.imaging.credentials import Authority

    assert signature(signed) == "not trusted"
    assert signature(signed, authority.anchors) == "valid"
    assert signature(signed, Authority().anchors) == "not trusted"


def test_one_byte_changed_breaks_it(signed, authority):
    in_pixels = bytearray(signed)
    in_pixels[-200] ^= 1
    assert signature(bytes(in_pixels), authority.anchors) == "broken: assertion.dataHash.mismatch"
    in_claim = bytearray(signed)
    in_claim[signed.index(b"Acme Camera")] ^= 1
    assert signature(bytes(in_claim), authority.anchors) == "broken: claimSignature.mismatch"


@pytest.mark.parametrize(
    ("kind", "media"), [("PNG", "image/png"), ("WEBP", "image/webp"), ("TIFF", "image/tiff")]
)
def test_other_formats_have_credentials_too(kind, media, authority, draw):
    data = authority.signed(draw.file(draw.photo(1), kind), media)
    assert signature(data, authority.anchors) == "valid"


def test_a_file_without_credentials_says_nothing(plain):
    assert dict(credentials(plain)) == {}
    comment = b"\xff\xfe\0\x0bjumb c2pa"
    assert dict(credentials(plain[:2] + comment + plain[2:])) == {}


def test_they_are_among_the_attributes(signed, authority):
    told = dict(attributes(open_picture(signed, "a.jpg"), authority.anchors))
    assert told["provenance"] == "Acme Camera 1.0"
    assert told["provenance-signature"] == "valid"


def test_damaged_credentials_are_said_to_be_unchecked_or_broken(signed):
    at = signed.index(b"jumb")
    for place in range(at - 20, at + 400, 7):
        data = bytearray(signed)
        data[place] ^= 0x55
        said = signature(bytes(data))
        assert said is None or said.startswith(("broken: ", "not checked: ", "not trusted"))


def test_a_missing_package_is_named(signed, hidden):
    hidden("c2pa")
    assert dict(credentials(signed)) == {
        "provenance-signature": "not checked: pip install 'monoprint[c2pa]'"
    }


def test_credentials_that_lie_elsewhere_are_not_fetched(authority, plain):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/manifest.c2pa"
        data = authority.signed(plain, elsewhere=address)
        assert signature(data) == "not checked: its credentials lie elsewhere"
        # Even where the marks of a manifest make the library look at the file.
        said = signature(data[:2] + b"\xff\xfe\0\x0bjumb c2pa" + data[2:])
        server.shutdown()
        thread.join()
    assert said.startswith("not checked: ")
    assert asked == []
