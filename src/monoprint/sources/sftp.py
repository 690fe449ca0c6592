"""Folders reached by SFTP."""

import stat
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import paramiko

from monoprint.errors import Unreadable, UsageError
from monoprint.sources import pace
from monoprint.sources.credentials import credential
from monoprint.sources.location import Location
from monoprint.sources.objects import ObjectStore
from monoprint.sources.options import known
from monoprint.sources.tree import Seen, Tree

OPTIONS: Final = ("credentials", *pace.OPTIONS)

_SECONDS: Final = 30.0
_NANO: Final = 1_000_000_000


def locate(location: Location) -> Location:
    """Return the location without a slash at its end. Raises UsageError."""
    parts = urlsplit(f"x:{location.place}")
    if not location.place.startswith("//") or not parts.hostname or not parts.path:
        raise UsageError(
            f"{location} names no folder of a host",
            advice="For example: sftp://ann@files.example.org/srv/scans",
        )
    known(location, OPTIONS)
    pace.pace_of(location)
    return Location("sftp", location.place.rstrip("/") or location.place, location.options)


def open_store(location: Location, *, follow_symlinks: bool, max_bytes: int) -> ObjectStore:  # noqa: ARG001
    """Return the source that reads a folder by SFTP. Raises UsageError."""
    kept = pace.pace_of(location)
    return ObjectStore(str(location), Sftp(location, kept), max_bytes=max_bytes, pace=kept)


class Sftp(Tree):
    """A folder of an SSH server whose key is among the known hosts."""

    passing = (paramiko.SSHException,)

    def __init__(self, location: Location, kept: pace.Pace) -> None:
        parts = urlsplit(f"x:{location.place}")
        try:
            self._port = parts.port or 22
        except ValueError as error:
            raise UsageError(f"{location} is no address: {error}") from error
        self._host = parts.hostname or ""
        self._root = unquote(parts.path).rstrip("/") + "/"
        name = location.option("credentials")
        self._user = credential(name, "username") or parts.username
        self._password = credential(name, "password")
        identity = f"sftp://{self._host}:{self._port}{parts.path.rstrip('/')}/"
        super().__init__(str(location), identity, kept)

    def connect(self) -> Any:
        """Log in, with the named password, the agent's keys or those in ~/.ssh."""
        client = paramiko.SSHClient()
        client.load_system_host_keys()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.connect(
                self._host, self._port, self._user, self._password, timeout=_SECONDS,
                banner_timeout=_SECONDS, auth_timeout=_SECONDS, channel_timeout=_SECONDS,
                allow_agent=self._password is None, look_for_keys=self._password is None,
            )  # fmt: skip
            session = client.open_sftp()
        except (paramiko.AuthenticationException, paramiko.BadHostKeyException) as error:
            client.close()
            raise Unreadable(f"could not log in to {self._host}: {error}") from error
        except paramiko.SSHException as error:
            client.close()
            if "known_hosts" in str(error):
                raise Unreadable(f"the key of {self._host} is not in ~/.ssh/known_hosts") from error
            if "No authentication methods" in str(error):
                raise Unreadable(
                    f"could not log in to {self._host}: neither a key nor a password is at hand"
                ) from error
            raise
        channel = session.get_channel()
        if channel is not None:
            channel.settimeout(_SECONDS)
        return client, session

    def disconnect(self, connection: Any) -> None:
        """Log out."""
        connection[0].close()

    def scan(self, connection: Any, folder: str) -> list[Seen]:
        """Return what lies in a folder."""
        return [
            Seen(each.filename, each.st_mode or stat.S_IFREG, each.st_size or 0,
                 int(each.st_mtime or 0) * _NANO)
            for each in connection[1].listdir_attr(self._root + folder)
        ]  # fmt: skip

    def open_file(self, connection: Any, name: str) -> Any:
        """Open a file."""
        return connection[1].open(self._root + name, "rb")

    def state(self, connection: Any, name: str, file: Any) -> tuple[int, int]:  # noqa: ARG002
        """Return an open file's size and time."""
        told = file.stat()
        return told.st_size or 0, int(told.st_mtime or 0) * _NANO
