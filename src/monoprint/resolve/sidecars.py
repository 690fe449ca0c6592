"""Sidecar records: what only a copy said of the picture, kept for the file that stays.

They are lines of JSON in a file beside the journal, outside of every store.
"""

import json
import os
from pathlib import Path
from typing import Any

from monoprint.errors import PlanError
from monoprint.model.history import canonical


def place_of(plan: Path) -> Path:
    """Return where the sidecar records of a plan file are: beside it."""
    return plan.with_name(plan.name + ".sidecars.jsonl")


class Sidecars:
    """A file of sidecar records that is written to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = {(line["step"], line["state"]) for line in read(path)}
        self._waiting: list[str] = []

    def add(self, intent: dict[str, Any], state: str) -> None:
        """Add the record of a step that is ``kept`` or ``undone``; one that is there stays one."""
        key = (intent["step"], state)
        if key in self._known:
            return
        self._known.add(key)
        store, path = intent["copy"]
        record = {
            "step": intent["step"], "state": state,
            "keeper": intent["keeper"], "keeper_sha256": intent["keeper_sha256"],
            "copy": intent["copy"], "sha256": intent["sha256"],
            "stood_in": [store, path.rpartition("/")[0]],
            "only_in_copy": intent.get("only_in_copy", {}),
        }  # fmt: skip
        self._waiting.append(canonical(record) + "\n")

    def sync(self) -> None:
        """Put the records on the disk. Raises PlanError if there is no room."""
        if not self._waiting:
            return
        try:
            with self._path.open("ab") as file:
                size = file.tell()
                try:
                    file.write("".join(self._waiting).encode())
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    os.ftruncate(file.fileno(), size)
                    raise
        except OSError as error:
            raise PlanError(
                f"the sidecar records {self._path} cannot be written: {error.strerror}",
                advice="Make room, then run the same command again: it goes on.",
            ) from error
        self._waiting.clear()


def read(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file, none if it is not there; a torn last line says nothing."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PlanError(f"cannot read {path}: {error.strerror}") from error
    found = []
    for line in data.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
