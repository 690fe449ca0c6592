"""Telling what bytes are, whatever their name says."""

from typing import Final

from monoprint.model.formats import RAW

# What is not a raster picture, by its first bytes; names for people, not media types.
_SIGNATURES: Final = (
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "zip archive or office document"),
    (b"PK\x05\x06", "zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"\xd0\xcf\x11\xe0", "office document"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"OggS", "Ogg media"),
    (b"\x1aE\xdf\xa3", "Matroska video"),
    (b"ID3", "MP3 audio"),
    (b"PAR1", "Parquet table"),
)

_LOOKED_AT: Final = 4096

# Name endings that promise a picture: a file of other content under one of these is broken.
PICTURE_ENDINGS: Final = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".jfif": "JPEG", ".mpo": "JPEG",
    ".png": "PNG", ".apng": "PNG", ".gif": "GIF", ".bmp": "BMP", ".dib": "BMP",
    ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP", ".avif": "AVIF", ".avifs": "AVIF",
    ".heic": "HEIF", ".heif": "HEIF", ".heics": "HEIF", ".hif": "HEIF",
    ".jp2": "JPEG2000", ".j2k": "JPEG2000", ".jpf": "JPEG2000", ".jpx": "JPEG2000",
    ".j2c": "JPEG2000", ".jpc": "JPEG2000",
    ".ico": "ICO", ".cur": "CUR", ".icns": "ICNS",
    ".ppm": "PPM", ".pgm": "PPM", ".pbm": "PPM", ".pnm": "PPM", ".pfm": "PPM",
    ".psd": "PSD", ".tga": "TGA", ".pcx": "PCX", ".dcx": "DCX", ".sgi": "SGI",
    ".xbm": "XBM", ".xpm": "XPM", ".qoi": "QOI", ".dds": "DDS",
    ".jxl": "JXL", ".svg": "SVG", ".svgz": "SVG", ".psb": "PSD",
    **{f".{name.lower()}": name for name in RAW - {"RAW"}},  # `.raw` is also what disks are kept in
}  # fmt: skip


def ending(name: str) -> str:
    """Return the file name's ending in lower case with its dot, or an empty string."""
    base = name.rpartition("/")[2]
    stem, dot, last = base.rpartition(".")
    return f".{last.lower()}" if dot and stem else ""


def describe(data: bytes) -> str:
    """Say in a few words what bytes that are no picture seem to be."""
    if not data:
        return "empty file"
    head = data[:_LOOKED_AT]
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head[257:262] == b"ustar":
        return "tar archive"
    if head[4:8] == b"ftyp":
        return "ISO media file (video, or a picture kind that is not read here)"
    if not head.strip(b"\x00"):
        return "nothing but zero bytes"
    return _describe_text(head)


def _describe_text(head: bytes) -> str:
    if b"\x00" in head:
        return "unknown binary data"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # not merely a character cut at the end of what we look at
            return "unknown binary data"
        text = head[: error.start].decode("utf-8")
    lower = text.lstrip("\ufeff \t\r\n").lower()
    if lower.startswith(("<!doctype html", "<html")):
        return "HTML page"
    if lower.startswith("<"):
        return "XML or HTML text"
    if lower.startswith(("{", "[")):
        return "JSON text"
    printable = sum(char.isprintable() or char in "\r\n\t\f" for char in text)
    return "text" if printable >= 0.95 * len(text) else "unknown binary data"
