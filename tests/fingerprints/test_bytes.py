"""The fingerprint of bytes is SHA-256."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.fingerprints import bytes as whole_bytes


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
