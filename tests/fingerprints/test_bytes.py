"""The fingerprint of bytes is SHA-256."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.fingerprints import bytes as whole_bytes
from monoprint.fingerprints.bytes import flaw
from monoprint.model.fixity import ALGORITHMS, CRCS, Breach


@pytest.mark.parametrize(
    ("data", "digest"),
    [  # FIPS 180-4 examples and the empty message
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ],
)
def test_published_vectors(data, digest):
    assert whole_bytes.fingerprint(data).hex() == digest


@given(st.binary(max_size=1000))
def test_agrees_with_hashlib(data):
    assert whole_bytes.fingerprint(data) == hashlib.sha256(data).digest()


@pytest.mark.parametrize(("name", "python"), ALGORITHMS.items())
def test_content_is_held_against_what_a_store_claims_of_it(name, python):
    digest = hashlib.new(python, b"content", usedforsecurity=False).hexdigest()
    assert flaw([b"con", b"tent"], f"{name}:{digest}") is None
    assert flaw([b"content"], f"{name}:{digest.upper()}") is None
    found = flaw([b"Content"], f"{name}:{digest}")
    other = hashlib.new(python, b"Content", usedforsecurity=False).hexdigest()
    assert (found.what, found.expected, found.found) == (
        Breach.ALTERED, f"{name}:{digest}", f"{name}:{other}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "digits"),
    [  # check values of the catalogue of parametrised CRC algorithms
        ("crc-32", "cbf43926"),
        ("crc-32c", "e3069283"),
        ("crc-64-nvme", "ae8b14860a799888"),
    ],
)
def test_content_is_held_against_a_crc(name, digits):
    assert flaw([b"1234", b"56789"], f"{name}:{digits}") is None
    found = flaw([b"12345678"], f"{name}:{digits}")
    assert found.what is Breach.ALTERED
    assert found.expected == f"{name}:{digits}"
    assert len(found.found) == len(found.expected)


@pytest.mark.parametrize("name", CRCS)
def test_a_crc_has_all_its_digits_and_is_no_hash(name):
    assert flaw([b""], f"{name}:{'0' * CRCS[name]}") is None
    assert name not in ALGORITHMS


@pytest.mark.parametrize("claim", ["", "crc32c:00", "nonsense"])
def test_what_claims_nothing_that_is_known_is_not_contradicted(claim):
    assert flaw([b"x"], claim) is None
