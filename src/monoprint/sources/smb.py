"""Shares of Windows and Samba (SMB 2 and 3)."""

import stat
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import smbclient
from smbprotocol.exceptions import (
    SMBAuthenticationError,
    SMBException,
    SMBOSError,
    SMBResponseException,
)
from smbprotocol.header import NtStatus

from monoprint.errors import Unreadable, UsageError
from monoprint.sources import pace
from monoprint.sources.credentials import credential
from monoprint.sources.location import Location
from monoprint.sources.objects import ObjectStore
from monoprint.sources.options import known
from monoprint.sources.tree import BARRED, GONE, Seen, Tree

OPTIONS: Final = ("credentials", *pace.OPTIONS)

_SECONDS: Final = 30
_NANO: Final = 1_000_000_000

# What a server answers for good (MS-ERREF, 2.3.1): smbclient makes no FileNotFoundError of it.
_LASTING: Final = {
    NtStatus.STATUS_ACCESS_DENIED: BARRED,
    NtStatus.STATUS_BAD_NETWORK_NAME: "the server has no such share",
    NtStatus.STATUS_NO_SUCH_FILE: GONE,
    NtStatus.STATUS_NOT_FOUND: GONE,
    NtStatus.STATUS_OBJECT_NAME_NOT_FOUND: GONE,
    NtStatus.STATUS_OBJECT_PATH_NOT_FOUND: GONE,
}


def locate(location: Location) -> Location:
    """Return the location without a slash at its end. Raises UsageError."""
    parts = urlsplit(f"x:{location.place}")
    if not location.place.startswith("//") or not parts.hostname or not parts.path.strip("/"):
        raise UsageError(
            f"{location} names no share", advice="For example: smb://server/share/folder"
        )
    known(location, OPTIONS)
    pace.pace_of(location)
    return Location("smb", location.place.rstrip("/"), location.options)


def open_store(location: Location, *, follow_symlinks: bool, max_bytes: int) -> ObjectStore:  # noqa: ARG001
    """Return the source that reads a folder of a share. Raises UsageError."""
    kept = pace.pace_of(location)
    return ObjectStore(str(location), Smb(location, kept), max_bytes=max_bytes, pace=kept)


class Smb(Tree):
    """A folder of a share; a backslash ends a name there."""

    passing = (SMBException, ValueError)  # it has no other name for a failed connection
    backslashes = True

    def __init__(self, location: Location, kept: pace.Pace) -> None:
        parts = urlsplit(f"x:{location.place}")
        try:
            self._port = parts.port or 445
        except ValueError as error:
            raise UsageError(f"{location} is no address: {error}") from error
        self._host = parts.hostname or ""
        below = unquote(parts.path).strip("/").replace("/", "\\")
        self._root = f"\\\\{self._host}\\{below}\\"
        name = location.option("credentials")
        self._user = credential(name, "username") or parts.username
        self._password = credential(name, "password")
        super().__init__(str(location), f"smb://{self._host}{parts.path}/", kept)

    def connect(self) -> Any:
        """Return the connections that are kept, with a session on the server."""
        cache: dict[str, Any] = {}
        try:
            smbclient.register_session(
                self._host, self._user, self._password, self._port, connection_timeout=_SECONDS,
                connection_cache=cache,
            )  # fmt: skip
        except (SMBAuthenticationError, SMBResponseException) as error:
            # Not tried again: servers lock the accounts of those who fail to log in repeatedly.
            # Their own words hold what the server sent.
            what = type(error).__name__
            raise Unreadable(f"could not log in to {self._host} ({what})") from error
        return {"connection_cache": cache, "port": self._port}

    def disconnect(self, connection: Any) -> None:
        """Log out."""
        smbclient.reset_connection_cache(
            fail_on_error=False, connection_cache=connection["connection_cache"]
        )

    def lasting(self, error: Exception) -> str:
        """Return the reason of a fault that will not pass, "" for one that may."""
        if isinstance(error, SMBOSError):
            return _LASTING.get(error.ntstatus, "")
        if isinstance(error, SMBResponseException):
            return _LASTING.get(error.status, "")
        return super().lasting(error)

    def scan(self, connection: Any, folder: str) -> list[Seen]:
        """Return what lies in a folder."""
        found = []
        for each in smbclient.scandir(self._root + folder.replace("/", "\\"), **connection):
            told = each.smb_info  # what came with the listing: no request for each
            mode = stat.S_IFREG
            if told.file_attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT:
                mode = stat.S_IFLNK
            elif told.file_attributes & stat.FILE_ATTRIBUTE_DIRECTORY:
                mode = stat.S_IFDIR
            modified = int(told.last_write_time.timestamp()) * _NANO
            found.append(Seen(each.name, mode, told.end_of_file, modified))
        return found

    def open_file(self, connection: Any, name: str) -> Any:
        """Open a file, which others may go on to use."""
        path = self._root + name.replace("/", "\\")
        return smbclient.open_file(path, "rb", share_access="rwd", **connection)

    def state(self, connection: Any, name: str, file: Any) -> tuple[int, int]:  # noqa: ARG002
        """Return a file's size and time."""
        told = smbclient.stat(self._root + name.replace("/", "\\"), **connection)
        return told.st_size, int(told.st_mtime) * _NANO
