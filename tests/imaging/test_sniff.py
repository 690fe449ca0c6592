"""What bytes are said to be that are no picture."""

import io
import json
import sqlite3
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.imaging import sniff


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "a")
    return out.getvalue()


def tarred():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return out.getvalue()


def database():
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table a (b)")
        data = connection.serialize()
    connection.close()
    return data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty file"),
        (b"%PDF-1.4\n%\xe2\xe3", "PDF document"),
        (zipped(), "zip archive or office document"),
        (b"PK\x05\x06" + bytes(18), "zip archive"),
        (tarred(), "tar archive"),
        (database(), "SQLite database"),
        (b"\x1f\x8b\x08\0", "gzip data"),
        (b"BZh91AY", "bzip2 data"),
        (b"\xfd7zXZ\x00\x00", "xz data"),
        (b"\x28\xb5\x2f\xfd\0", "Zstandard data"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z archive"),
        (b"Rar!\x1a\x07\x01\0", "RAR archive"),
        (b"\x7fELF\2", "program"),
        (b"MZ\x90\0", "program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "office document"),
        (b"%!PS-Adobe-3.0", "PostScript"),
        (b"OggS\0", "Ogg media"),
        (b"\x1aE\xdf\xa3", "Matroska video"),
        (b"ID3\x04", "MP3 audio"),
        (b"PAR1", "Parquet table"),
        (b"\0\0\0\x18ftypmp42" + bytes(9),
         "ISO media file (video, or a picture kind that is not read here)"),
        (bytes(5000), "nothing but zero bytes"),
        (b"\0\1\2\3", "unknown binary data"),
        (b"\xff\xfe\xfd" * 40, "unknown binary data"),
        (b"\x01\x02\x03\x04" * 40, "unknown binary data"),
        (b"plain text, line by line\r\n\tand so on\n", "text"),
        ("Grüße aus Köln, 日本".encode(), "text"),
        (json.dumps({"error": "not found"}).encode(), "JSON text"),
        (b"\n  [1, 2]", "JSON text"),
        (b"<!DOCTYPE html>\n<html><body>404", "HTML page"),
        (b"\xef\xbb\xbf <HTML><head>", "HTML page"),
        (b"<?xml version='1.0'?><a/>", "XML or HTML text"),
        (b"<?xml version='1.0'?><!-- --><drawing/>", "XML or HTML text"),
        (b"<!DOCTYPE html><body>", "HTML page"),
    ],
)  # fmt: skip
def test_describe(data, said):
    assert sniff.describe(data) == said


def test_a_character_cut_at_the_end_of_what_is_looked_at_is_still_text():
    for shift in range(4):
        assert sniff.describe(b"a" * shift + "é日🖼".encode() * 2000) == "text"


@given(st.binary(max_size=400))
def test_any_bytes_are_described_in_one_printable_line(data):
    said = sniff.describe(data)
    assert said
    assert said.isprintable()


@given(
    st.text(
        st.characters(categories=["L", "N", "P"], include_characters=" \n"),
        min_size=10,
        max_size=200,
    )
)
def test_printable_text_is_never_called_binary(text):
    signatures = ("OggS", "PAR1", "BZh", "ID3", "MZ", "%PDF-", "%!PS")
    if not text.startswith(signatures):
        assert "binary" not in sniff.describe(text.encode())


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.jpg", ".jpg"),
        ("A.JPG", ".jpg"),
        ("a.b/c.tar.jpeg", ".jpeg"),
        ("a.jpg/b", ""),
        ("noending", ""),
        (".hidden", ""),
        ("folder/.jpg", ""),
        (".hidden.jpg", ".jpg"),
        ("a.", "."),
        ("", ""),
    ],
)
def test_ending(name, ending):
    assert sniff.ending(name) == ending


def test_every_promised_format_is_one_that_is_read():
    from monoprint.imaging.decode import FORMATS
    from monoprint.model.formats import RAW

    assert set(sniff.PICTURE_ENDINGS.values()) <= {*FORMATS, *RAW, "JXL", "SVG", "TGA"}
