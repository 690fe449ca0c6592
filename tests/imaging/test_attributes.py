"""Attributes: which place wins, dates and degrees in one form, sidecars, and hostile forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from monoprint.imaging.attributes import attributes, sidecar_attributes
from monoprint.imaging.decode import guarded, open_picture
from tests.cameras import dng
from tests.imaging.test_metadata import iptc
from tests.imaging.test_psd import RGB, planes_of, psd, resource

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" {more}>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">(c) Harbour Office</rdf:li></rdf:Alt></dc:rights>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def told(data):
    with guarded():
        found = attributes(open_picture(data, "x"))
    assert list(found) == sorted(found)
    return dict(found)


def packet(more=""):
    return XMP.format(more=more).encode()


@pytest.fixture
def shot(draw):
    """A JPEG with EXIF, IPTC and XMP that say different things."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Acme", "Acme One"
    exif[0x010E], exif[0x013B], exif[0x8298] = "by exif", "A. Exif", "exif rights"
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x9011] = "1996:05:04 12:00:00", "+08:00"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (22.0, 22.0, 48.0)
    gps[3], gps[4] = "E", (114.0, 16.0, 30.0)
    more = 'photoshop:DateCreated="2001-01-01" xmpMM:PreservedFileName="P0001.NEF"'
    data = draw.file(draw.photo(1), "JPEG", exif=exif, xmp=packet(more))
    records = iptc(
        (5, b"Pier"), (55, b"20020202"), (80, b"I. Iptc"), (110, b"Harbour/Archive"),
        (116, b"iptc rights"), (120, "by iptc, Fähre".encode()),
    )  # fmt: skip
    return data[:2] + records + data[2:]


def test_each_attribute_is_told_once_from_the_place_that_wins(shot):
    assert told(shot) == {
        "camera": "Acme One",
        "caption": "by iptc, Fähre",
        "creator": "I. Iptc",
        "credit": "Harbour/Archive",
        "date": "1996-05-04T12:00:00+08:00",
        "gps": "22.380000, 114.275000",
        "original-name": "P0001.NEF",
        "rights": "(c) Harbour Office",
        "title": "Pier",
    }


def test_a_picture_that_says_nothing_has_none(draw):
    assert told(draw.file(draw.photo(1), "PNG")) == {}


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ('exif:DateTimeOriginal="2020-05-17T10:11:12.50+02:00"', "2020-05-17T10:11:12+02:00"),
        ('exif:DateTimeOriginal="2020-05-17T10:11:12Z"', "2020-05-17T10:11:12Z"),
        ('exif:DateTimeOriginal="2020-05-17T10:11"', "2020-05-17T10:11:00"),
        ('photoshop:DateCreated="2020-05-17"', "2020-05-17"),
        ('photoshop:DateCreated="20200517"', "2020-05-17"),
        ('exif:DateTimeOriginal="0000:00:00 00:00:00" photoshop:DateCreated="2020-05-17"',
         "2020-05-17"),
        ('exif:DateTimeOriginal="yesterday"', None),
        ('exif:DateTimeOriginal="2020-13-41"', None),
        ('exif:DateTimeOriginal="0000-01-01"', None),
    ],
)  # fmt: skip
def test_dates_have_one_form(said, date):
    assert dict(sidecar_attributes(packet(said))).get("date") == date


def test_a_time_of_iptc_stands_apart(draw):
    data = draw.file(draw.photo(1), "JPEG")
    records = iptc((55, b"20200517"), (60, b"101112+0200"))
    assert told(data[:2] + records + data[2:]) == {"date": "2020-05-17T10:11:12+02:00"}


def test_a_broken_offset_does_not_cost_the_date(draw):
    exif = Image.Exif()
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x9011] = "1996:05:04 12:00:00", "<noon>"
    assert told(draw.file(draw.photo(1), "JPEG", exif=exif)) == {"date": "1996-05-04T12:00:00"}


@pytest.mark.parametrize(
    ("latitude", "longitude", "place"),
    [
        ("22,22.8N", "114,16.5E", "22.380000, 114.275000"),
        ("33,51,31S", "151,12,40E", "-33.858611, 151.211111"),
        ("91,0N", "10,0E", None),
        ("22,22.8", "114,16.5E", None),
        ("1e9,0N", "10,0E", None),
    ],
)
def test_degrees_of_xmp_have_one_form(latitude, longitude, place):
    more = f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="{longitude}"'
    assert dict(sidecar_attributes(packet(more))).get("gps") == place


def test_a_sidecar_says_what_an_embedded_packet_says(draw):
    more = 'photoshop:Credit="Archive" photoshop:Headline="A pier"'
    beside = sidecar_attributes(packet(more))
    assert dict(beside) == {"rights": "(c) Harbour Office", "credit": "Archive", "title": "A pier"}
    assert (
        attributes(open_picture(draw.file(draw.photo(1), "JPEG", xmp=packet(more)), "")) == beside
    )


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_packets_are_found_in_other_formats(kind, draw):
    options = {"TIFF": {"tiffinfo": {700: packet()}}, "WEBP": {"xmp": packet()}}.get(kind, {})
    if kind == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet().decode())
        options = {"pnginfo": info}
    assert told(draw.file(draw.photo(1), kind, **options))["rights"] == "(c) Harbour Office"


@pytest.mark.parametrize("depth", [8, 16])
def test_packets_are_found_in_photoshop_files(depth, draw):
    stored = psd(planes_of(draw.photo(1), depth), RGB, resources=resource(1060, packet()))
    assert told(stored) == {"rights": "(c) Harbour Office"}


def test_packets_are_found_in_raw_files(draw):
    pytest.importorskip("rawpy")
    data = dng(draw.photo(1), tags={700: (1, packet())})
    assert told(data) == {"camera": "Acme One", "rights": "(c) Harbour Office"}


# Hostile


@pytest.mark.parametrize(
    "hostile",
    [
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + packet('dc:title="&a;"'),
        b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>' + packet('dc:title="&b;"'),
    ],
)
def test_entities_are_never_expanded(hostile, draw):
    ((name, said),) = sidecar_attributes(hostile)
    assert name == "xmp-unread"
    assert said.startswith("refused: entity limit")
    assert told(draw.file(draw.photo(1), "JPEG", xmp=hostile)) == {name: said}


def test_broken_and_oversized_sidecars_say_so():
    assert dict(sidecar_attributes(b"<x:xmpmeta"))["xmp-unread"].startswith("damaged")
    assert dict(sidecar_attributes(b" " * 5 + b"x" * (2 << 20)))["xmp-unread"].startswith("refused")
    assert sidecar_attributes(b"") == ()


def test_texts_are_one_short_line_as_they_are(draw):
    exif = Image.Exif()
    exif[0x8298] = "<script>alert(1)</script>\x1b[31m\n\u202ered" + "x" * 5000
    rights = told(draw.file(draw.photo(1), "JPEG", exif=exif))["rights"]
    assert rights.startswith("<script>alert(1)</script> [31m")
    assert rights.isprintable()
    assert len(rights) < 520


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_packet_is_read_or_said_to_be_unread(data):
    for name, text in sidecar_attributes(data):
        assert name
        assert text.isprintable()
