"""What files say of themselves: EXIF, GPS, IPTC, XMP, quality; and hostile forms of them."""

import struct

import pytest
from PIL import Image

from monoprint.imaging import metadata
from monoprint.imaging.decode import guarded, open_picture

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Sai Kung">'
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">A pier</rdf:li></rdf:Alt></dc:title>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def told(data: bytes) -> dict:
    with guarded():
        return metadata.facts(open_picture(data, "x"))


def iptc(*sets: tuple[int, bytes]) -> bytes:
    """Return an APP13 segment with IPTC datasets of record 2."""
    block = b"".join(struct.pack(">BBBH", 0x1C, 2, n, len(v)) + v for n, v in sets)
    block += b"\0" * (len(block) % 2)
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block
    body = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def test_exif_and_gps_are_told_by_name(draw):
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    exif[0x010E] = "the old pier\nat noon"
    exif.get_ifd(0x8769)[0x9003] = "1996:05:04 12:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    found = told(draw.file(draw.photo(1), "JPEG", exif=exif))
    assert found["exif.Make"] == "Acme"
    assert found["exif.ImageDescription"] == "the old pier at noon"
    assert found["exif.DateTimeOriginal"] == "1996:05:04 12:00:00"
    assert found["gps.GPSLatitudeRef"] == "N"


def test_iptc_and_xmp_are_told(draw):
    data = draw.file(draw.photo(2), "JPEG", xmp=XMP.encode())
    data = data[:2] + iptc((120, "Fähre".encode()), (116, b"(c) Harbour Office")) + data[2:]
    found = told(data)
    assert found["iptc.Caption"] == "Fähre"
    assert found["iptc.CopyrightNotice"] == "(c) Harbour Office"
    assert found["xmp.dc:title"] == "A pier"
    assert found["xmp.photoshop:City"] == "Sai Kung"


@pytest.mark.parametrize("quality", [30, 50, 75, 90, 95])
def test_quality_is_that_of_the_encoder(draw, quality):
    found = told(draw.file(draw.photo(3), "JPEG", quality=quality))
    assert found["encoding.quality"] == quality
    assert found["encoding.lossless"] is False


@pytest.mark.parametrize(
    ("kind", "options", "lossless"),
    [
        ("PNG", {}, True),
        ("TIFF", {}, True),
        ("TIFF", {"compression": "jpeg"}, False),
        ("WEBP", {"lossless": True}, True),
        ("WEBP", {"quality": 80}, False),
        ("JPEG2000", {"irreversible": False}, True),
        ("JPEG2000", {"irreversible": True}, False),
    ],
)
def test_lossless_is_told_from_the_bytes(draw, kind, options, lossless):
    assert told(draw.file(draw.photo(4), kind, **options))["encoding.lossless"] is lossless


def test_a_lossless_webp_is_one_whatever_stands_before_its_picture(draw):
    picture = draw.photo(4)
    data = draw.file(picture, "WEBP", lossless=True, icc_profile=b"\0" * 600)
    assert told(data)["encoding.lossless"] is True
    data = draw.file(picture, "WEBP", quality=80, icc_profile=b"VP8L" * 4)
    assert told(data)["encoding.lossless"] is False


def test_xmp_with_entities_is_refused(draw):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + XMP
    found = told(draw.file(draw.photo(5), "JPEG", xmp=bomb.encode()))
    assert found["xmp.unread"].startswith("refused")
    assert "xmp.dc:title" not in found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("subset", ['<!ENTITY a "aaaa">', '<!ENTITY % p SYSTEM "file:///x"> %p;'])
def test_entities_are_found_in_any_encoding(encoding, subset):
    packet = f"<!DOCTYPE x [{subset}]>{XMP}".encode(encoding)
    ((name, said),) = metadata.packet_facts(packet)
    assert name == "xmp.unread"
    assert said.startswith("refused: entity limit")


def test_only_the_picture_itself_is_described():
    within = (
        '<xmpMM:Pantry xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"><rdf:Bag><rdf:li>'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:rights="of another"/>'
        "</rdf:li></rdf:Bag></xmpMM:Pantry></rdf:Description>"
    )
    told = dict(metadata.packet_facts(XMP.replace("</rdf:Description>", within).encode()))
    assert "xmp.dc:rights" not in told
    assert told["xmp.dc:title"] == "A pier"


def test_broken_exif_costs_itself_alone(draw):
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x69\x87\x04\0\x01\0\0\0\x08\0\0\0" * 3
    data = draw.file(draw.photo(6), "JPEG", xmp=XMP.encode())
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    found = told(data[:2] + segment + data[2:])
    assert found["xmp.dc:title"] == "A pier"


def test_broken_xmp_and_iptc_cost_themselves_alone(draw):
    data = draw.file(draw.photo(6), "JPEG", xmp=b"<x:xmpmeta")
    damaged = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x06\x1c\x02\x78\xff\xff\xff"
    segment = b"\xff\xed" + struct.pack(">H", len(damaged) + 2) + damaged
    found = told(data[:2] + segment + data[2:])
    assert found["xmp.unread"].startswith("damaged")
    assert found["encoding.format"] == "JPEG"


def test_a_long_caption_is_cut_and_shows_it(draw):
    exif = Image.Exif()
    exif[0x010E] = "x" * 10_000
    caption = told(draw.file(draw.photo(7), "JPEG", exif=exif))["exif.ImageDescription"]
    assert len(caption) < 2_100
    assert caption.endswith("[...]")
