"""Fixity: whether bytes are still those that a manifest, an inventory or a store says they are."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# Hash algorithms by the names of the IANA registry, each as Python's hashlib calls it; the weakest
# first. A store's claim of a checksum is one of these names, a colon and hexadecimal digits.
ALGORITHMS: Final = {
    "md5": "md5",
    "sha-1": "sha1",
    "sha-224": "sha224",
    "sha-256": "sha256",
    "sha-384": "sha384",
    "sha-512": "sha512",
}

# Checksums against accidents alone, with their hexadecimal digits. A store may vouch by them for
# the bytes that it gives; that two of them agree does not make two contents one, and no manifest
# has them.
CRCS: Final = {"crc-64-nvme": 16, "crc-32c": 8, "crc-32": 8}


class Breach(StrEnum):
    """How something is not what was written down of it.

    `altered`: its checksum differs. `missing`: it is named and not there. `extra`: it is there and
    named nowhere. `invalid`: what should vouch for it (a declaration, manifest or inventory) breaks
    its own standard. `doubtful`: it can be read as it was meant, and is not as it should be.
    """

    ALTERED = "altered"
    MISSING = "missing"
    EXTRA = "extra"
    INVALID = "invalid"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One breach of an entry's fixity: in words, with both checksums where there are two."""

    what: Breach
    told: str
    expected: str = ""
    found: str = ""
