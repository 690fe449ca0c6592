"""Fingerprints: short codes of a picture, each bound to the recipe that made it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FingerprintSpec:
    """A recipe's name and version, and the length of its codes in bits.

    Codes of different recipes are never compared, so a change that moves codes is a new version.
    """

    name: str
    version: int
    bits: int

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


PDQ = FingerprintSpec("pdq", 1, 256)


@dataclass(frozen=True, slots=True)
class PdqCode:
    """The PDQ code of one frame, upright and in the seven other orientations.

    `code` is 32 bytes, most significant bit first as PDQ's hexadecimal form is written; `turned`
    holds the codes of the other seven orientations, 7 x 32 bytes in the order of
    `monoprint.kernels.pdq.ORIENTATIONS`; `quality` is 0 to 100.
    """

    frame: int
    code: bytes
    turned: bytes
    quality: int
