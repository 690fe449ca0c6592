"""The identity of a file's bytes."""

import hashlib


def fingerprint(data: bytes) -> bytes:
    """Return the SHA-256 (FIPS 180-4) of `data`, 32 bytes."""
    return hashlib.sha256(data).digest()
