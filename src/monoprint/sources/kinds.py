"""The kinds of stores that can be read, and what each of them needs."""

import importlib.util
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is read only where the packages of an extra are installed.

    `needs` are the packages by the names they are imported by.
    """

    what: str
    extra: str
    needs: tuple[str, ...]


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


def missing(kind: Kind | FileKind) -> tuple[str, ...]:
    """Return the packages that a kind needs and that are not installed."""
    return tuple(name for name in kind.needs if importlib.util.find_spec(name) is None)


def install(kind: Kind | FileKind) -> str:
    """Return the command that installs what a kind needs."""
    return f"pip install 'monoprint[{kind.extra}]'"


FILES: Final[tuple[FileKind, ...]] = (
    FileKind("PDF documents: pages and pictures", "documents", ("pypdfium2",)),
    FileKind("7z archives", "archives", ("py7zr",)),
    FileKind("Camera raw (NEF, CR2, CR3, ARW, DNG, ...)", "raw", ("rawpy",)),
    FileKind("JPEG XL", "jxl", ("pylibjxl",)),
    FileKind("SVG drawings", "svg", ("resvg_py",)),
    FileKind("C2PA content credentials", "c2pa", ("c2pa",)),
)


KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "Bucket of S3, or of what speaks its protocol",
        ("s3",),
        "monoprint.sources.s3",
        "s3://bucket/folder#region=eu-central-1",
        "s3",
        ("botocore", "awscrt"),
    ),
    Kind(
        "Bucket of Google Cloud Storage",
        ("gs",),
        "monoprint.sources.bucket",
        "gs://bucket/folder",
        "gcs",
        ("obstore",),
    ),
    Kind(
        "Container of Azure Blob Storage",
        ("az",),
        "monoprint.sources.bucket",
        "az://container/folder#account=name",
        "azure",
        ("obstore",),
    ),
    Kind(
        "Folder on a web server, whose page links to what lies in it",
        ("http", "https"),
        "monoprint.sources.webfolder",
        "https://example.org/pictures/#requests=5",
        "remote",
        ("protego", "urllib3"),
    ),
    Kind(
        "WebDAV collection",
        ("webdav", "webdavs"),
        "monoprint.sources.webfolder",
        "webdavs://cloud.example.org/remote.php/dav/files/ann/#credentials=cloud",
        "remote",
        ("protego", "urllib3"),
    ),
    Kind(
        "Folder reached by SFTP",
        ("sftp",),
        "monoprint.sources.sftp",
        "sftp://ann@files.example.org/srv/scans",
        "remote",
        ("paramiko",),
    ),
    Kind(
        "Share of Windows (SMB)",
        ("smb",),
        "monoprint.sources.smb",
        "smb://server/share/folder#credentials=archive",
        "remote",
        ("smbprotocol",),
    ),
    Kind("Bag (BagIt), or a folder of bags", ("bag",), "monoprint.sources.bag", "bag:/mnt/bags"),
    Kind("OCFL object, or a root of them", ("ocfl",), "monoprint.sources.ocfl", "ocfl:/mnt/ocfl"),
    Kind(
        "IIIF manifest or collection",
        ("iiif",),
        "monoprint.sources.iiif",
        "https://example.org/book1/manifest.json",
        "iiif",
        ("urllib3",),
    ),
    Kind(
        "Table of paths or URLs (CSV, TSV, JSON Lines, Parquet)",
        ("table",),
        "monoprint.sources.table",
        "listings.csv#path=photo,id=listing_id,number=property_no",
    ),
    Kind(
        "Query of PostgreSQL",
        ("postgresql", "postgres"),
        "monoprint.sources.sql",
        "postgresql://host/land?query=SELECT id, image FROM deeds",
        "sql",
        ("psycopg",),
    ),
    Kind(
        "Query of another database, if its driver is installed",
        ("sql", "sqlite", "mysql", "mariadb"),
        "monoprint.sources.sql",
        "sqlite:///land.sqlite?query=SELECT id, image FROM deeds",
    ),
)


def kind_of(scheme: str) -> Kind | None:
    """Return the kind of store that a scheme names, or None."""
    return next((kind for kind in KINDS if scheme in kind.schemes), None)
