"""Journals: what was about to be done and what was done, line by line, each chained to the last.

A line is on the disk before the step that it announces, and its outcome after it. What a journal
says is enough to undo everything, without the plan and without the catalog.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from monoprint.errors import PlanError
from monoprint.model.history import GENESIS, canonical, now

JOURNAL_SCHEMA: Final = "urn:monoprint:journal:1"
_LONGEST_LINE: Final = 1 << 20


class Kind(StrEnum):
    """What a line of a journal is about."""

    BEGIN = "begin"
    INTENT = "intent"
    DONE = "done"
    SKIPPED = "skipped"
    END = "end"
    UNDO_INTENT = "undo-intent"
    UNDONE = "undone"
    NOT_UNDONE = "not-undone"


@dataclass(slots=True)
class Trace:
    """What a journal says about one step: its intent, and the last thing that became of it."""

    intent: dict[str, Any]
    last: Kind
    said: dict[str, Any]


@dataclass(slots=True)
class Told:
    """What a journal says: how it began, each step's trace, whether it ended."""

    begin: dict[str, Any] = field(default_factory=dict)
    steps: dict[int, Trace] = field(default_factory=dict)
    ended: bool = False
    last: bytes = GENESIS
    lines: int = 0
    good_bytes: int = 0

    def take(self, line: dict[str, Any]) -> None:
        """Take in one line."""
        kind = Kind(line["kind"])
        if kind is Kind.BEGIN:
            self.begin = line
        elif kind is Kind.END:
            self.ended = True
        elif kind is Kind.INTENT:
            self.steps[line["step"]] = Trace(line, kind, line)
        else:
            step = line["step"]
            if step not in self.steps:
                self.steps[step] = Trace({}, kind, line)
            self.steps[step].last, self.steps[step].said = kind, line


def place_of(plan: Path) -> Path:
    """Return where the journal of a plan file is: beside it."""
    return plan.with_name(plan.name + ".journal")


class Journal:
    """A journal that is written to. Use it as a context manager.

    What was torn by a crash at its end is cut off; whatever else is not whole raises PlanError.
    `told` is what it said when it was opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.told = read(path) if path.exists() else Told()
            # Journals name files and owners: nobody else's business.
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _cannot_write(path, error) from error
        try:
            self._lock()
            os.ftruncate(self._handle, self.told.good_bytes)
            os.lseek(self._handle, self.told.good_bytes, os.SEEK_SET)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            os.close(self._handle)
            raise _cannot_write(path, error) from error
        self._size = self.told.good_bytes
        self._waiting: list[bytes] = []
        self._last = self.told.last

    def _lock(self) -> None:
        import fcntl

        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._handle)
            raise PlanError(
                f"the journal {self.path} is in use: this plan is being carried out or undone",
                advice="Wait for it to end, then run the same command again.",
            ) from error

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def add(self, kind: Kind, **said: Any) -> None:
        """Add a line; it is on the disk after the next `sync`."""
        text = canonical({"kind": kind, "at": now(), "prev": self._last.hex(), **said})
        digest = hashlib.sha256(text.encode()).digest()
        # The digest stands last, after what it is over.
        self._waiting.append(f'{text[:-1]},"digest":"{digest.hex()}"}}\n'.encode())
        self._last = digest

    def sync(self) -> None:
        """Put all lines on the disk, or none of them. Raises PlanError if there is no room."""
        data = b"".join(self._waiting)
        if not data:
            return
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._handle, left) :]
            os.fsync(self._handle)
        except OSError as error:
            os.ftruncate(self._handle, self._size)
            raise _cannot_write(self.path, error) from error
        self._size += len(data)
        self._waiting.clear()

    @property
    def last(self) -> bytes:
        """The digest of the last line."""
        return self._last


def _cannot_write(path: Path, error: OSError) -> PlanError:
    return PlanError(
        f"the journal {path} cannot be written: {error.strerror}",
        advice="Nothing was changed without being written down. Make room, then run the same "
        "command again: it goes on.",
    )


def read(path: Path) -> Told:
    """Read a journal and prove its chain; what a crash tore at its end is left out.

    Raises PlanError if it cannot be read, is no journal, or a line was changed, removed or moved.
    """
    told = Told()
    for line, size in _lines(path, told):
        told.take(line)
        told.good_bytes += size
    if told.lines and told.begin.get("schema") != JOURNAL_SCHEMA:
        raise PlanError(f"{path} is no journal of this version")
    return told


def _lines(path: Path, told: Told) -> Iterator[tuple[dict[str, Any], int]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise PlanError(
            f"cannot read the journal {path}: {error.strerror}",
            advice="It lies beside the plan, unless somebody moved it.",
        ) from error
    with file:
        for data in iter(lambda: file.readline(_LONGEST_LINE), b""):
            if not data.endswith(b"\n"):
                return  # torn while it was written: what it announced was not begun
            told.lines += 1
            try:
                line = json.loads(data)
                digest = line.pop("digest")
                whole = line["prev"] == told.last.hex() and digest == _digest(line)
                Kind(line["kind"])
            except (ValueError, KeyError, TypeError, AttributeError):
                whole = False
            if not whole:
                if not file.read(1) and b"\0" in data:
                    return  # a power cut can leave zeros where the last line was to be
                raise PlanError(
                    f"line {told.lines} of {path} was changed, removed or moved",
                    advice="Take the journal from a backup; without it nothing is undone.",
                )
            told.last = bytes.fromhex(digest)
            yield line, len(data)


def _digest(line: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(line).encode("utf-8", "surrogatepass")).hexdigest()
