"""What a report format is: something that writes an audit into a folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from monoprint.model.asset import Asset
from monoprint.model.finding import Audit


@dataclass(frozen=True, slots=True)
class ReportInput:
    """What every format is given.

    `files` starts a new pass over all listed files, ordered by store and path; there may be
    millions, so they are never all held. `thumbnails` maps a SHA-256 (hexadecimal) to the
    picture's file below the report's folder, with forward slashes.
    """

    audit: Audit
    files: Callable[[], Iterator[Asset]]
    thumbnails: dict[str, str]


class ReportFormat(Protocol):
    """Writes one or more files of a report; the same input gives the same bytes."""

    def write(self, report: ReportInput, folder: Path) -> list[Path]:
        """Write into `folder`, which exists, and return the files written."""
        ...
