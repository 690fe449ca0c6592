"""Readings: what came of opening one listed file."""

import builtins
from dataclasses import dataclass

from monoprint.model.asset import Listed, Status
from monoprint.model.fingerprint import LocalCode, PdqCode
from monoprint.model.fixity import Flaw


@dataclass(frozen=True, slots=True)
class Reading:
    """How the reading of a file ended, and what it gave.

    `sha256` and `bytes` are of the content that was read (None and 0 where none was). `width`
    and `height` are those of the upright first frame. `sketch` (17 bytes) is equal for two JPEG
    files of equal pixels that were decoded by the same path, and None for other formats.
    `features` is None where nobody asked for them. `derived` and `attributes` are as in
    `monoprint.model.asset.Asset`; `members` are the entries that a container holds,
    `flaws` what the bytes show to be wrong with the entry's fixity.
    """

    status: Status
    reason: str = ""
    note: str = ""
    format: str = ""
    bytes: int = 0
    modified_ns: int = 0
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    sha256: builtins.bytes | None = None
    sketch: builtins.bytes | None = None
    iscc: str | None = None
    codes: tuple[PdqCode, ...] = ()
    features: tuple[LocalCode, ...] | None = None
    derived: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    members: tuple[Listed, ...] = ()
    flaws: tuple[Flaw, ...] = ()
