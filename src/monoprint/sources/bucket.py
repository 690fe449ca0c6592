"""Buckets of Google Cloud Storage and containers of Azure Blob Storage, through obstore."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, GCSStore

from monoprint.errors import Refused, StoreError, Unreadable, UsageError
from monoprint.model.asset import Listed, path_text
from monoprint.sources import pace
from monoprint.sources.credentials import credential
from monoprint.sources.location import Location
from monoprint.sources.objects import ObjectStore, Stream
from monoprint.sources.options import bucket_of, switched
from monoprint.sources.patience import Again

OPTIONS: Final = ("account", "allow_http", "anonymous", "credentials", "endpoint", *pace.OPTIONS)

_PAGE: Final = 1000
_CHUNK: Final = 1 << 18
_CONNECT: Final = timedelta(seconds=10)
_READ: Final = timedelta(seconds=30)
_WHOLE: Final = timedelta(minutes=10)

# The fields of named credentials, and what the store calls them.
_FIELDS: Final = {
    "gs": {"service_account_key": "service_account_key"},
    "az": {"account_key": "account_key", "sas_token": "sas_key"},
}


def locate(location: Location) -> Location:
    """Return the location without a slash at its end. Raises UsageError."""
    bucket, prefix = bucket_of(location, OPTIONS)
    prefix = prefix.strip("/")
    place = f"//{bucket}/{prefix}" if prefix else f"//{bucket}"
    return Location(location.scheme, place, location.options)


def open_store(location: Location, *, follow_symlinks: bool, max_bytes: int) -> ObjectStore:  # noqa: ARG001
    """Return the source that reads a bucket or a folder in it. Raises UsageError."""
    return ObjectStore(
        str(location), Bucket(location), max_bytes=max_bytes, pace=pace.pace_of(location)
    )


class Bucket:
    """A bucket, or what lies below a prefix in it, as `Objects`."""

    vouches = False

    def __init__(self, location: Location) -> None:
        self._location = location
        bucket, _, prefix = location.place.removeprefix("//").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._pace = pace.pace_of(location)
        try:
            self._store = _store(location, bucket)
        except (BaseError, ValueError) as error:
            raise UsageError(f"{location} cannot be opened: {_first_line(error)}") from error
        host = urlsplit(location.option("endpoint")).netloc or location.option("account")
        self._identity = f"{location.scheme}://{host}/{bucket}/"

    def entries(self) -> Iterator[Listed]:
        """Yield the objects, page by page; see `Objects.entries`."""
        advice = "Check the bucket's name and endpoint, and that your keys may list it."
        try:
            for page in obstore.list(self._store, self._prefix or None, chunk_size=_PAGE):
                self._pace.request()
                for meta in page:
                    yield self._listed(meta)
        except InvalidPathError as error:
            raise StoreError(
                f"cannot list {self._location}: it holds a name that cannot be asked for: "
                f"{_first_line(error)}",
                advice="Name the folders beside it, or rename the object.",
            ) from error
        except (BaseError, OSError, ValueError) as error:
            raise StoreError(
                f"cannot list {self._location}: {_first_line(error)}", advice=advice
            ) from error

    def stream(self, name: str, start: int, stop: int | None, version: str) -> Stream:
        """Return a part of an object; see `Objects.stream`."""
        options: dict[str, Any] = {}
        if version:
            options["if_match"] = version
        if stop is not None:
            options["range"] = (start, stop)
        elif start:
            options["range"] = {"offset": start}
        try:
            got = obstore.get(self._store, self._prefix + name, options=options or None)  # type: ignore[arg-type]
        except FileNotFoundError as error:
            raise Unreadable("vanished during the scan") from error
        except PreconditionError as error:
            raise Unreadable("changed while it was read") from error
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise Unreadable("not allowed to read it") from error
        except (InvalidPathError, ValueError) as error:
            raise Refused(f"a name that cannot be asked for: {_first_line(error)}") from error
        except BaseError as error:
            if "416" in str(error):  # a range behind the end, which is all of an empty object
                return Stream(0, version, 0, iter(()))
            raise Again(f"no whole answer: {_first_line(error)}") from error
        meta = got.meta
        return Stream(
            meta["size"], meta["e_tag"] or "", _nanoseconds(meta["last_modified"]), _chunks(got)
        )

    def checksums(self, name: str) -> frozenset[str]:  # noqa: ARG002
        """Nothing: obstore does not pass on the checksums that these stores keep."""
        return frozenset()

    def close(self) -> None:
        """Do nothing: connections end with the store."""

    def _listed(self, meta: Any) -> Listed:
        key = meta["path"]
        return Listed(
            path_text(key.removeprefix(self._prefix)),
            meta["size"],
            _nanoseconds(meta["last_modified"]),
            version=meta["e_tag"] or "",
            identity=self._identity + path_text(key),
        )


def _store(location: Location, bucket: str) -> Any:
    """Return what asks the store, with the credentials that are named or that the SDK finds."""
    client: Any = {"connect_timeout": _CONNECT, "read_timeout": _READ, "timeout": _WHOLE}
    if switched(location, "allow_http"):
        client["allow_http"] = True
    retry: Any = {"max_retries": 0}  # `patiently` does that
    config: dict[str, Any] = {}
    if switched(location, "anonymous"):
        config["skip_signature"] = True
    if name := location.option("credentials"):
        fields = _FIELDS[location.scheme]
        found = {theirs: credential(name, ours) for ours, theirs in fields.items()}
        config |= {field: value for field, value in found.items() if value is not None}
        if not any(found.values()):
            raise UsageError(
                f"the credentials {name} have none of {', '.join(fields)}",
                advice="`monoprint sources` says where credentials are looked for.",
            )
    endpoint = location.option("endpoint")
    if location.scheme == "gs":
        if endpoint:
            config["base_url"] = endpoint
        return GCSStore(bucket, client_options=client, retry_config=retry, **config)
    if endpoint:
        config["endpoint"] = endpoint
    if account := location.option("account"):
        config["account_name"] = account
    return AzureStore(bucket, client_options=client, retry_config=retry, **config)


def _chunks(got: Any) -> Iterator[bytes]:
    try:
        for chunk in got.stream(min_chunk_size=_CHUNK):
            yield bytes(chunk)
    except (BaseError, OSError) as error:
        raise Again(f"broke off: {_first_line(error)}") from error


def _nanoseconds(at: Any) -> int:
    """Return a time in whole seconds: an answer's header has no more."""
    return int(at.timestamp()) * 1_000_000_000


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
