"""Formats: what the names of real formats tell of a file's part in a collection."""

from typing import Final

# Camera raw: what a sensor saw. A file that no maker can be told of is "RAW".
RAW: Final = frozenset({
    "3FR", "ARW", "CR2", "CR3", "CRW", "DCR", "DNG", "ERF", "IIQ", "MEF", "MOS", "MRW", "NEF",
    "ORF", "PEF", "RAF", "RAW", "RW2", "SRW", "X3F",
})  # fmt: skip

# Endings of files of rows, which may point at pictures; each but Parquet is also packed (`.gz`).
TABLES: Final = ("csv", "tsv", "jsonl", "ndjson", "parquet")

# Formats that masters are made in; what is made from them for use is in others.
MASTERS: Final = frozenset({"TIFF", "JPEG2000", "PSD", "FITS", "SVG"}) | RAW
