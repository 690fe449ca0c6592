"""Which kinds of files are opened and looked into, told by their bytes."""

import importlib.util
from collections.abc import Callable
from typing import BinaryIO, Final

from monoprint.errors import Unsupported
from monoprint.sources.interface import Container

# The most of a file that a kind may want to see before it says that the file is of it.
HEAD: Final = 4096

Opener = Callable[[BinaryIO, str], Container | None]
Kind = Callable[[bytes, str], Opener | None]


def _zip(head: bytes, name: str) -> Opener | None:  # noqa: ARG001 - told by its bytes alone
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return None

    def opener(file: BinaryIO, name: str) -> Container:  # noqa: ARG001
        from monoprint.sources.archive import zip  # noqa: A004

        return zip.opened(file, head)

    return opener


def _tar(head: bytes, name: str) -> Opener | None:  # noqa: ARG001
    from monoprint.sources.archive import tar

    if head.startswith((tar.GZIP, tar.BZIP2, tar.XZ, tar.ZSTD)):
        return lambda file, name: tar.opened_compressed(file, head, name)
    return (lambda file, _: tar.opened(file)) if tar.is_tar(head) else None


def _seven_zip(head: bytes, name: str) -> Opener | None:  # noqa: ARG001
    if not head.startswith(b"7z\xbc\xaf\x27\x1c"):
        return None

    def opener(file: BinaryIO, name: str) -> Container:  # noqa: ARG001
        _require("py7zr", "7z archive", "archives")
        from monoprint.sources.archive.sevenzip import SevenZip

        return SevenZip(file)

    return opener


def _pdf(head: bytes, name: str) -> Opener | None:  # noqa: ARG001
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return None

    def opener(file: BinaryIO, name: str) -> Container:  # noqa: ARG001
        _require("pypdfium2", "PDF document", "documents")
        from monoprint.sources.document import PdfDocument

        return PdfDocument(file)

    return opener


def _tiff(head: bytes, name: str) -> Opener | None:  # noqa: ARG001
    if not head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return None

    def opener(file: BinaryIO, name: str) -> Container | None:  # noqa: ARG001
        from monoprint.sources.tiff import opened_tiff

        return opened_tiff(file)

    return opener


def _require(package: str, what: str, extra: str) -> None:
    """Raise Unsupported, which says what to install, if a package is not there."""
    if importlib.util.find_spec(package) is None:
        raise Unsupported(f"{what}: it is read after pip install 'monoprint[{extra}]'")


# Each takes a file's first bytes and its name, and gives what opens it, or None. That gives None
# where the file is no container after all, as a TIFF file of one page.
KINDS: Final[tuple[Kind, ...]] = (_zip, _tar, _seven_zip, _pdf, _tiff)


def opener_of(head: bytes, name: str) -> Opener | None:
    """Return what opens a file with these first bytes and this name; None if it holds no others."""
    for kind in KINDS:
        opener = kind(head, name)
        if opener is not None:
            return opener
    return None
