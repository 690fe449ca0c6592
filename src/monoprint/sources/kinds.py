"""The kinds of stores that can be read, and what each of them needs."""

import importlib.util
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of store: its schemes, the module that reads it, and what must be installed.

    The module has `locate(location) -> Location`, which makes a location whole (absolute paths,
    nothing secret) or raises UsageError or StoreError, and `open_store(location, *,
    follow_symlinks, max_bytes) -> Source`. `needs` are the packages, by the names they are imported
    by, that the extra of the name `extra` installs.
    """

    what: str
    schemes: tuple[str, ...]
    module: str
    example: str
    extra: str = ""
    needs: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """Return the packages that are not installed."""
        return tuple(name for name in self.needs if importlib.util.find_spec(name) is None)


KINDS: Final[tuple[Kind, ...]] = (
    Kind("Bags (BagIt)", ("bag",), "monoprint.sources.bag", "bag:/mnt/bags"),
    Kind(
        "IIIF manifests and collections",
        ("iiif",),
        "monoprint.sources.iiif",
        "https://example.org/book1/manifest.json",
        "iiif",
        ("urllib3",),
    ),
    Kind("OCFL objects", ("ocfl",), "monoprint.sources.ocfl", "ocfl:/mnt/ocfl"),
    Kind(
        "tables of paths or URLs (CSV, TSV, JSON Lines, Parquet)",
        ("table",),
        "monoprint.sources.table",
        "listings.csv#path=photo,id=listing_id,number=property_no",
    ),
    Kind(
        "PostgreSQL",
        ("postgresql", "postgres"),
        "monoprint.sources.sql",
        "postgresql://host/land?query=SELECT id, image FROM deeds",
        extra="sql",
        needs=("psycopg",),
    ),
    Kind(
        "other databases",
        ("sql", "sqlite", "mysql", "mariadb"),
        "monoprint.sources.sql",
        "sqlite:///land.sqlite?query=SELECT id, image FROM deeds",
    ),
    Kind(
        "a bucket of S3, or of what speaks its protocol",
        ("s3",),
        "monoprint.sources.s3",
        "s3://bucket/folder#region=eu-central-1",
        "s3",
        ("botocore",),
    ),
    Kind(
        "a bucket of Google Cloud Storage",
        ("gs",),
        "monoprint.sources.bucket",
        "gs://bucket/folder",
        "gcs",
        ("obstore",),
    ),
    Kind(
        "a container of Azure Blob Storage",
        ("az",),
        "monoprint.sources.bucket",
        "az://container/folder#account=name",
        "azure",
        ("obstore",),
    ),
    Kind(
        "a folder on a web server, whose page links to what lies in it",
        ("http", "https"),
        "monoprint.sources.webfolder",
        "https://example.org/pictures/#requests=5",
        "remote",
        ("protego", "urllib3"),
    ),
    Kind(
        "a WebDAV collection",
        ("webdav", "webdavs"),
        "monoprint.sources.webfolder",
        "webdavs://cloud.example.org/remote.php/dav/files/ann/#credentials=cloud",
        "remote",
        ("protego", "urllib3"),
    ),
    Kind(
        "a folder reached by SFTP",
        ("sftp",),
        "monoprint.sources.sftp",
        "sftp://ann@files.example.org/srv/scans",
        "remote",
        ("paramiko",),
    ),
    Kind(
        "a share of Windows (SMB)",
        ("smb",),
        "monoprint.sources.smb",
        "smb://server/share/folder#credentials=archive",
        "remote",
        ("smbprotocol",),
    ),
)


def kind_of(scheme: str) -> Kind | None:
    """Return the kind of store that a scheme names, or None."""
    return next((kind for kind in KINDS if scheme in kind.schemes), None)
