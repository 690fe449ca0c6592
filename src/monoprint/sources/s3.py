"""Buckets of S3 and of what speaks its protocol."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote_plus, urlsplit
from xml.etree import ElementTree

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError

from monoprint.errors import StoreError, Unreadable, UsageError
from monoprint.model.asset import Listed, Status, path_text
from monoprint.sources import pace
from monoprint.sources.credentials import credential
from monoprint.sources.location import Location
from monoprint.sources.objects import ObjectStore, Stream
from monoprint.sources.options import bucket_of, switched
from monoprint.sources.patience import Again, patiently

OPTIONS: Final = ("allow_http", "anonymous", "credentials", "endpoint", "region", *pace.OPTIONS)

# Seconds to connect, and between two pieces of an answer.
_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 30

# Connections kept by a process: as many as it has requests in flight.
_CONNECTIONS: Final = 32

# What is read of an answer at a time: most pictures whole.
_CHUNK: Final = 1 << 20

# A single part's ETag is the MD5 of the content; those of several parts have a dash and a count.
_MD5: Final = re.compile(r'"?([0-9a-f]{32})"?')

# The checksums that the store may keep of a content, those to go by first, and their bytes.
_KEPT: Final = {
    "ChecksumSHA256": ("sha-256", 32),
    "ChecksumCRC64NVME": ("crc-64-nvme", 8),
    "ChecksumCRC32C": ("crc-32c", 4),
    "ChecksumCRC32": ("crc-32", 4),
}

_PASSING: Final = frozenset(
    {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling",
     "ThrottlingException", "RequestLimitExceeded", "BandwidthLimitExceeded"}
)  # fmt: skip
_PASSING_STATUS: Final = frozenset({429, 500, 502, 503, 504})

_WHY: Final = {
    "AccessDenied": "not allowed to read it",
    "InvalidObjectState": "in an archive class: it has to be restored before it can be read",
    "NoSuchKey": "vanished during the scan",
    "PreconditionFailed": "changed while it was read",
    "403": "not allowed to read it",
    "404": "vanished during the scan",
    "412": "changed while it was read",
}

# Encryption that leaves the ETag the MD5 of the content (SSE-S3).
_STORES_OWN_KEY: Final = "AES256"

_PLACEHOLDER: Final = "placeholder of a folder, empty"


def locate(location: Location) -> Location:
    """Return the location without a slash at its end. Raises UsageError."""
    bucket, prefix = bucket_of(location, OPTIONS)
    endpoint = location.option("endpoint")
    if endpoint and urlsplit(endpoint).scheme not in {"http", "https"}:
        raise UsageError(f"the endpoint {endpoint} is no http or https address")
    prefix = prefix.rstrip("/")
    return Location("s3", f"//{bucket}/{prefix}" if prefix else f"//{bucket}", location.options)


def open_store(location: Location, *, follow_symlinks: bool, max_bytes: int) -> ObjectStore:  # noqa: ARG001
    """Return the source that reads a bucket or a folder in it. Raises UsageError."""
    return ObjectStore(
        str(location), S3(location), max_bytes=max_bytes, pace=pace.pace_of(location)
    )


class S3:
    """A bucket, or what lies below a prefix in it, as `Objects`."""

    vouches = True

    def __init__(self, location: Location) -> None:
        self._bucket, _, prefix = location.place.removeprefix("//").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._location = location
        self._pace = pace.pace_of(location)
        self._client = _client(location)
        host = urlsplit(location.option("endpoint")).netloc or "s3.amazonaws.com"
        self._identity = f"s3://{host}/{self._bucket}/"

    def entries(self) -> Iterator[Listed]:
        """Yield the objects in the order of their keys, page by page; see `Objects.entries`."""
        asked: dict[str, str] = {"Bucket": self._bucket, "Prefix": self._prefix}
        while True:
            try:
                page = patiently(lambda: self._page(asked))
            except Unreadable as error:
                raise StoreError(
                    f"cannot list {self._location}: {error}",
                    advice="Check the bucket's name, region and endpoint, and that your keys may "
                    "list it.",
                ) from error
            for key, size, modified, etag in page["Entries"]:
                if key != self._prefix:  # the store's own placeholder
                    yield self._listed(key, size, modified, etag)
            before, token = asked.get("ContinuationToken"), page["NextContinuationToken"]
            if not page["IsTruncated"]:
                return
            if not token or token == before:
                raise StoreError(
                    f"cannot list {self._location}: it says that there is more, and not where",
                    advice="The endpoint has to know ListObjectsV2.",
                )
            asked["ContinuationToken"] = token

    def stream(self, name: str, start: int, stop: int | None, version: str) -> Stream:
        """Return a part of an object; see `Objects.stream`."""
        asked = {"Bucket": self._bucket, "Key": self._prefix + name}
        if version:
            asked["IfMatch"] = version
        if start or stop is not None:
            asked["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        try:
            got = _sent(self._client.get_object, asked)
        except _BehindTheEnd as end:
            return Stream(end.size, version, 0, iter(()))
        try:
            size = int(got.get("ContentRange", "").rpartition("/")[2] or got["ContentLength"])
            modified_ns = int(got["LastModified"].timestamp()) * 1_000_000_000
        except (KeyError, ValueError) as error:
            raise _senseless(error) from error
        return Stream(
            size, got.get("ETag", ""), modified_ns, _chunks(got["Body"]), checksum=_told_with(got)
        )

    def checksums(self, name: str) -> frozenset[str]:
        """Return the SHA-256 that the store keeps, and the MD5 that it has as its ETag.

        The ETag of what is encrypted with a key of one's own (SSE-KMS, SSE-C) is no checksum.
        """
        asked = {"Bucket": self._bucket, "Key": self._prefix + name, "ChecksumMode": "ENABLED"}
        self._pace.request()
        told = _sent(self._client.head_object, asked)
        found = set()
        if not _is_sealed(told):
            found.add(_md5(told.get("ETag", "")))
        found.add(_kept(told, "ChecksumSHA256"))
        return frozenset(found - {""})

    def close(self) -> None:
        """Give up connections."""
        self._client.close()

    def _page(self, asked: dict[str, str]) -> dict[str, Any]:
        self._pace.request()
        return _sent(self._client.list_objects_v2, asked)

    def _listed(self, key: str, size: int, modified: str, etag: str) -> Listed:
        path = path_text(key.removeprefix(self._prefix))
        identity = self._identity + path_text(key)
        if key.endswith("/") and not size:
            return Listed(path, barred=_PLACEHOLDER, status=Status.UNSUPPORTED, identity=identity)
        at = datetime.fromisoformat(modified).replace(tzinfo=UTC)
        return Listed(
            path, size, int(at.timestamp()) * 1_000_000_000, version=etag, checksum=_md5(etag),
            identity=identity,
        )  # fmt: skip


def _client(location: Location) -> Any:
    """Return a client with the credentials that are named, or those that the SDK finds."""
    endpoint = location.option("endpoint")
    anonymous = switched(location, "anonymous")
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": 1},  # `patiently` does that
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        signature_version=UNSIGNED if anonymous else None,
        s3={"addressing_style": "path" if endpoint else "auto"},
    )
    keys: dict[str, str] = {}
    if name := location.option("credentials"):
        fields = ("access_key_id", "secret_access_key", "session_token")
        found = {f"aws_{field}": credential(name, field) for field in fields}
        keys = {field: value for field, value in found.items() if value is not None}
        if not {"aws_access_key_id", "aws_secret_access_key"} <= keys.keys():
            raise UsageError(
                f"the credentials {name} have no access_key_id or no secret_access_key",
                advice="`monoprint sources` says where credentials are looked for.",
            )
    session = botocore.session.get_session()
    region = location.option("region") or session.get_config_variable("region") or "us-east-1"
    client = session.create_client(
        "s3", region_name=region, endpoint_url=endpoint or None, config=config, **keys
    )
    client.meta.events.register("before-parse.s3.ListObjectsV2", _parse_page)
    client.meta.events.register("before-call.s3.GetObject", _ask_for_checksum)
    return client


def _ask_for_checksum(params: dict[str, Any], **_: object) -> None:
    """Have the store tell a whole object's checksum with it.

    As an argument of the operation it would have botocore compute the checksum as well, and keep
    the bytes back where it differs.
    """
    if "Range" not in params["headers"]:
        params["headers"]["x-amz-checksum-mode"] = "ENABLED"


def _parse_page(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Read a page of a listing: botocore's own way takes longer than listing all may take."""
    if response_dict["status_code"] != 200:
        return
    try:
        root = ElementTree.fromstring(response_dict["body"])  # noqa: S314 - expat bounds entities
    except ElementTree.ParseError as error:
        raise ResponseParserError(f"the listing cannot be parsed: {error}") from error
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    plain = root.findtext(f"{space}EncodingType") != "url"
    names = [f"{space}{name}" for name in ("Key", "Size", "LastModified", "ETag")]
    entries = []
    for each in root.iterfind(f"{space}Contents"):
        key, size, modified, etag = (each.findtext(name, "") for name in names)
        entries.append((key if plain else unquote_plus(key), int(size), modified, etag))
    customized_response_dict["Entries"] = entries
    customized_response_dict["IsTruncated"] = root.findtext(f"{space}IsTruncated") == "true"
    token = root.findtext(f"{space}NextContinuationToken", "")
    customized_response_dict["NextContinuationToken"] = token
    response_dict["body"] = f"<{root.tag.rpartition('}')[2]}/>".encode()


class _BehindTheEnd(Exception):
    """A range begins where an object of this size has ended."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


def _sent(operation: Any, asked: dict[str, str]) -> dict[str, Any]:
    """Send a request. Raises Again, Unreadable, _BehindTheEnd."""
    try:
        answer: dict[str, Any] = operation(**asked)
    except ClientError as error:
        raise _told(error) from error
    except (HTTPClientError, IncompleteReadError, ResponseParserError) as error:
        raise Again(f"no whole answer: {type(error).__name__}") from error
    except BotoCoreError as error:
        raise Unreadable(_first_line(error)) from error
    except ValueError as error:
        raise _senseless(error) from error
    return answer


def _senseless(error: Exception) -> Unreadable:
    return Unreadable(f"the store's answer makes no sense: {_first_line(error)}")


def _told(error: ClientError) -> Exception:
    said = error.response.get("Error", {})
    code = str(said.get("Code", ""))
    meta = error.response.get("ResponseMetadata", {})
    status = int(meta.get("HTTPStatusCode", 0))
    if code in _PASSING or status in _PASSING_STATUS:
        after = str(meta.get("HTTPHeaders", {}).get("retry-after", ""))
        return Again(f"{code or 'HTTP'} ({status})", float(after) if after.isdigit() else 0.0)
    if status == 416:
        return _BehindTheEnd(int(said.get("ActualObjectSize", 0)))
    return Unreadable(_WHY.get(code) or f"{code}: {said.get('Message', '')}".strip(": "))


def _chunks(body: Any) -> Iterator[bytes]:
    try:
        while chunk := body.read(_CHUNK):
            yield chunk
    except (HTTPClientError, IncompleteReadError, ResponseStreamingError) as error:
        raise Again(f"broke off: {type(error).__name__}") from error
    finally:
        body.close()


def _is_sealed(told: dict[str, Any]) -> bool:
    """Say whether an object's ETag is no checksum of it, for how it is encrypted."""
    encrypted = told.get("ServerSideEncryption", _STORES_OWN_KEY)
    return encrypted != _STORES_OWN_KEY or bool(told.get("SSECustomerAlgorithm"))


def _told_with(got: dict[str, Any]) -> str | None:
    """Return the checksum that a store told with an object; see `Content.checksum`."""
    if "ContentRange" not in got:
        for field in _KEPT:
            if checksum := _kept(got, field):
                return checksum
    return "" if _is_sealed(got) else None


def _kept(told: dict[str, Any], field: str) -> str:
    """Return a checksum that the store keeps of a content; "" for none, or one of its parts'."""
    name, size = _KEPT[field]
    try:
        digest = base64.b64decode(told.get(field, ""), validate=True)
    except ValueError:  # that of several parts has a dash and their number
        return ""
    is_whole = len(digest) == size and told.get("ChecksumType") != "COMPOSITE"
    return f"{name}:{digest.hex()}" if is_whole else ""


def _md5(etag: str) -> str:
    match = _MD5.fullmatch(etag)
    return f"md5:{match[1]}" if match else ""


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
