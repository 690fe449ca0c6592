"""The identity of a file's bytes."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final

from monoprint.model.fixity import ALGORITHMS, CRCS, Breach, Flaw

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

    The claim is ``sha-256:`` or ``crc-32:`` and hexadecimal digits, as for any name of `ALGORITHMS`
    or `CRCS`. Returns None if nothing differs, or if the algorithm is none that is known.
    """
    name, _, expected = claim.partition(":")
    if name in ALGORITHMS:
        found = _digest(name, content)
    elif name in CRCS:
        found = _crc(name, content)
    else:
        return None
    if found == expected.lower():
        return None
    return Flaw(
        Breach.ALTERED, "altered: the bytes have another checksum", claim, f"{name}:{found}"
    )


def _digest(name: str, content: Iterable[bytes]) -> str:
    digest = hashlib.new(ALGORITHMS[name], usedforsecurity=False)
    for part in content:
        digest.update(part)
    return digest.hexdigest()


def _crc(name: str, content: Iterable[bytes]) -> str:
    going_on = _going_on(name)
    found = 0
    for part in content:
        found = going_on(part, found)
    return f"{found:0{CRCS[name]}x}"


def _going_on(name: str) -> Callable[[bytes, int], int]:
    """Return the function that takes a part and the CRC of what came before it."""
    if name == "crc-32":
        return zlib.crc32
    from awscrt import checksums  # for those whose store tells these

    going_on: Callable[[bytes, int], int] = (
        checksums.crc32c if name == "crc-32c" else checksums.crc64nvme
    )
    return going_on
