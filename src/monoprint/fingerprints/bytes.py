"""The identity of a file's bytes."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from monoprint.model.fixity import ALGORITHMS, Breach, Flaw

# What is read of a large file at a time.
_PART: Final = 1 << 20


def fingerprint(data: bytes) -> bytes:
    """Return the SHA-256 (FIPS 180-4) of `data`, 32 bytes."""
    return hashlib.sha256(data).digest()


def parts(file: BinaryIO) -> Iterator[bytes]:
    """Yield what is left to read of a file, part by part."""
    while part := file.read(_PART):
        yield part


def of_file(file: BinaryIO) -> tuple[bytes, int]:
    """Return the SHA-256 of what is left to read of a file, and how many bytes that was."""
    digest, size = hashlib.sha256(), 0
    for part in parts(file):
        digest.update(part)
        size += len(part)
    return digest.digest(), size


def flaw(content: Iterable[bytes], claim: str) -> Flaw | None:
    """Say how content (in parts) differs from what its store claims of it.

    The claim is ``sha-256:`` and hexadecimal digits. Returns None if nothing differs, or if the
    algorithm is none that is known.
    """
    name, _, expected = claim.partition(":")
    if name not in ALGORITHMS:
        return None
    digest = hashlib.new(ALGORITHMS[name], usedforsecurity=False)
    for part in content:
        digest.update(part)
    found = digest.hexdigest()
    if found == expected.lower():
        return None
    return Flaw(
        Breach.ALTERED, "altered: the bytes have another checksum", claim, f"{name}:{found}"
    )
