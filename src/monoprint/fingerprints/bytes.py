"""The identity of a file's bytes."""

import hashlib
from typing import BinaryIO, Final

# What is read of a large file at a time.
_PART: Final = 1 << 20


def fingerprint(data: bytes) -> bytes:
    """Return the SHA-256 (FIPS 180-4) of `data`, 32 bytes."""
    return hashlib.sha256(data).digest()


def of_file(file: BinaryIO) -> tuple[bytes, int]:
    """Return the SHA-256 of what is left to read of a file, and how many bytes that was."""
    digest, size = hashlib.sha256(), 0
    while part := file.read(_PART):
        digest.update(part)
        size += len(part)
    return digest.digest(), size
