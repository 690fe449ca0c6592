"""SVG drawings: what is drawn, at which size, and what is refused before anything is fetched."""

import base64
import gzip
import http.server
import threading
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.errors import Refused, Unread, Unreadable, Unsupported
from monoprint.imaging import limits
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.svg import SIDE

pytest.importorskip("resvg_py")

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(content="", size='width="200" height="100"'):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {XLINK} {size}>{content}</svg>'.encode()


BOX = '<rect x="100" width="100" height="100" fill="#3070b0"/>'


def test_the_drawing_is_drawn_on_white(recipe):
    shown = recipe(svg(BOX))
    assert shown.shape == (256, 512, 3)
    assert (shown[:, :250] == 255).all()
    assert (shown[:, 262:] == (0x30, 0x70, 0xB0)).all()


def test_format_and_size_are_told_without_drawing(monkeypatch):
    monkeypatch.setattr("monoprint.imaging.svg.Drawing._decode", lambda _: pytest.fail("drawn"))
    opened = open_picture(svg(BOX), "a.svg")
    assert (opened.format, opened.image.size) == ("SVG", (SIDE, SIDE // 2))
    assert (opened.frames, opened.notes) == (1, [])


@pytest.mark.parametrize(
    ("size", "drawn"),
    [
        ('width="30mm" height="60mm"', (800, 1600)),
        ('width="1in" height="48px"', (1600, 800)),
        ('viewBox="0 0 40 10"', (1600, 400)),
        ('viewBox="0,0,40,10" width="100%"', (1600, 400)),
        ('width="10" height="20" viewBox="0 0 40 10"', (800, 1600)),
        ('width="100000" height="1"', (1600, 1)),
        ('viewBox="0 0 1e8 2e8"', (800, 1600)),
    ],
)
def test_the_longer_side_is_drawn_to_a_stated_size(size, drawn, recipe):
    assert open_picture(svg(BOX, size), "").image.size == drawn
    assert recipe(svg(BOX, size)).size > 0


@pytest.mark.parametrize(
    "size",
    ["", 'width="100%" height="100%"', 'width="0" height="5"', 'viewBox="0 0 -3 5"',
     'viewBox="0 0 nan 5"', 'viewBox="0 0 1e308 5"'],
)  # fmt: skip
def test_a_drawing_without_a_size_is_unreadable(size):
    with pytest.raises(Unreadable, match="bad size"):
        open_picture(svg(BOX, size), "a.svg")


def test_before_the_drawing_may_stand_what_xml_allows(recipe):
    plain = recipe(svg(BOX))
    before = (
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n<!-- <html> -->'
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://127.0.0.1:9/svg11.dtd">\n'
    )
    assert (recipe(before + svg(BOX)) == plain).all()
    prefixed = svg(BOX).replace(b"xmlns=", b"xmlns:s=").replace(b"<svg", b"<s:svg")
    prefixed = prefixed.replace(b"<rect", b"<s:rect").replace(b"</svg", b"</s:svg")
    assert (recipe(prefixed) == plain).all()


def test_a_packed_drawing_is_unpacked(recipe):
    packed = gzip.compress(svg(BOX))
    assert open_picture(packed, "a.svgz").notes == []
    assert (recipe(packed) == recipe(svg(BOX))).all()


def test_a_packed_drawing_is_unpacked_to_a_limit():
    bomb = gzip.compress(svg(" " * (limits.MAX_DRAWING_BYTES + 1)))
    assert len(bomb) < 100_000
    with pytest.raises(Refused, match="drawing limit"):
        open_picture(bomb, "a.svgz")
    with pytest.raises(Unreadable, match="truncated"):
        open_picture(gzip.compress(svg(BOX))[:-12], "a.svgz")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!doctype html><html><body><svg></svg>", "HTML page"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>", "HTML page"),
        (b"<kml><svg/></kml>", "XML or HTML text"),
        (b"<svg:svg xmlns:svg='urn:other'/>", "XML text that is no SVG drawing"),
        (gzip.compress(b"<html><svg/></html>", mtime=0), "gzip data"),
        (gzip.compress(b"plain text", mtime=0), "gzip data"),
    ],
)
def test_what_is_no_drawing_is_unsupported(data, said):
    with pytest.raises(Unsupported, match=said):
        open_picture(data, "")


# Text


def test_text_is_drawn_in_one_font_whatever_is_asked_for(recipe):
    said = '<text y="60" font-size="30" font-family="{}">Saddle</text>'
    drawn = [recipe(svg(said.format(name))) for name in ("serif", "Arial", "'No Such Font'")]
    assert (drawn[0] < 128).sum() > 500
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] == drawn[2]).all()


@pytest.mark.parametrize(("one", "other"), [("Hallo", "Hällo"), ("張三", "李四")])
def test_drawings_that_differ_in_a_letter_look_different(one, other, recipe):
    def said(text):
        return svg(f'<text y="60" font-size="30"><tspan>{text}</tspan></text>')

    first, second = recipe(said(one)), recipe(said(other))
    assert np.abs(first.astype(int) - second).max() > 100


def test_letters_that_the_font_lacks_are_noted():
    data = svg("<text>Aä<tspan>日</tspan>本</text><desc>日本</desc>")
    assert open_picture(data, "").notes == [
        "3 letters drawn as their numbers: the font here lacks them"
    ]


# What is refused


@pytest.fixture
def server():
    """A server on loopback, and the list of what was asked of it."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()
        thread.join()


REACHING = [
    '<image href="{at}/a.png" width="9" height="9"/>',
    '<image xlink:href="{at}/b.svg" width="9" height="9"/>',
    '<use href="{at}/c.svg#a"/>',
    '<filter id="f"><feImage href="{at}/d.png"/></filter><rect filter="url(#f)" width="9"/>',
    '<style>@import url("{at}/e.css");</style>',
    "<style>@font-face {{ font-family: A; src: url( '{at}/f.ttf' ) }}</style>",
    '<rect style="fill: URL({at}/g.svg#a)" width="9" height="9"/>',
    '<rect fill="url({at}/h.svg#a)" width="9" height="9"/>',
    '<script href="{at}/i.js"/>',
    "<script>fetch('{at}/j')</script>",
    '<foreignObject><img src="{at}/k.png"/></foreignObject>',
    '<image href="data:image/svg+xml,&lt;svg&gt;{at}" width="9" height="9"/>',
]


@pytest.mark.parametrize("content", REACHING)
def test_nothing_is_fetched(content, server, recipe):
    at, asked = server
    with pytest.raises(Refused, match="drawing rule"), guarded():
        recipe(svg(content.format(at=at)))
    assert asked == []


@pytest.mark.parametrize("content", REACHING[:4])
def test_no_file_is_read(content, tmp_path, recipe):
    with pytest.raises(Refused, match="drawing rule"), guarded():
        recipe(svg(content.format(at=tmp_path.as_uri())))
    with pytest.raises(Refused, match="drawing rule"), guarded():
        recipe(svg(content.format(at="..")))


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY x SYSTEM "file:///etc/hostname">',
        '<!ENTITY x "lol"><!ENTITY y "&x;&x;">',
        '<!ENTITY % p SYSTEM "{at}/p.dtd"> %p;',
        '<!ENTITY x SYSTEM "{at}/x">',
        '<!ATTLIST rect fill CDATA "red">',
    ],
)
def test_entities_are_refused(subset, server, recipe):
    at, asked = server
    head = f"<!DOCTYPE svg [{subset.format(at=at)}]>".encode()
    with pytest.raises(Refused, match="entity limit"), guarded():
        recipe(head + svg("<text>&x;</text>"))
    assert asked == []


def test_a_document_type_elsewhere_is_not_fetched(server, recipe):
    at, asked = server
    head = f'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "{at}/svg.dtd">'.encode()
    assert recipe(head + svg(BOX)).size > 0
    with pytest.raises(Unread), guarded():
        recipe(head + svg("<text>&nbsp;</text>"))
    assert asked == []


def test_links_of_what_is_drawn_are_no_references(recipe):
    linked = svg(f'<a href="http://127.0.0.1:9/" xlink:href="http://127.0.0.1:9/">{BOX}</a>')
    assert (recipe(linked) == recipe(svg(BOX))).all()


def test_a_picture_inside_is_drawn(picture, encode, recipe, apart):
    content = base64.b64encode(encode(picture, "PNG")).decode()
    placed = svg(
        f'<image href="data:image/png;base64,{content}" width="96" height="64"/>',
        'viewBox="0 0 96 64"',
    )
    assert apart(recipe(placed), picture.resize((512, 341))) < 6


def test_a_picture_inside_is_bounded(picture, encode, monkeypatch):
    content = base64.b64encode(encode(picture, "PNG")).decode()
    placed = svg(f'<image href="data:image/png;base64,{content}" width="96" height="64"/>')
    monkeypatch.setattr("monoprint.imaging.limits.MAX_PLACED_PIXELS", 96 * 64 - 1)
    with pytest.raises(Refused, match="pixel limit"):
        open_picture(placed, "")
    with pytest.raises(Unreadable, match="a picture inside"):
        open_picture(svg('<image href="data:image/png;base64,AAAA"/>'), "")


# Limits


def test_elements_and_depth_are_bounded(monkeypatch):
    monkeypatch.setattr("monoprint.imaging.limits.MAX_ELEMENTS", 1000)
    assert open_picture(svg("<g/>" * 999), "").format == "SVG"
    with pytest.raises(Refused, match="element limit: more than 1,000"):
        open_picture(svg("<g/>" * 1000), "")
    assert open_picture(svg("<g>" * 99 + "</g>" * 99), "").format == "SVG"
    with pytest.raises(Refused, match="depth limit"):
        open_picture(svg("<g>" * 100 + "</g>" * 100), "")


def test_what_is_used_again_counts_each_time():
    tenfold = "".join(
        f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 10)
    )
    with pytest.raises(Refused, match="element limit"):
        open_picture(svg(f'<g id="a0"/>{tenfold}<use href="#a9"/>'), "")
    chain = "".join(f'<g id="a{n}"><use href="#a{n - 1}"/></g>' for n in range(1, 2000))
    with pytest.raises(Refused, match="depth limit"):
        open_picture(svg(f'<g id="a0"/>{chain}<use href="#a1999"/>'), "")
    with pytest.raises(Refused, match="uses itself"):
        open_picture(svg('<g id="a"><use href="#a"/></g>'), "")


def test_a_missing_package_is_named(hidden):
    hidden("resvg_py")
    with pytest.raises(Unsupported, match=r"^SVG drawing; pip install 'monoprint\[svg\]'$"):
        open_picture(svg(BOX), "a.svg")


DRAWING = svg(
    '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient>'
    '<g id="a"><path d="M0 0L50 50H3Z"/></g></defs><rect fill="url(#g)" width="50" height="50"/>'
    '<use href="#a" transform="rotate(5)"/><text y="20">Saddle</text>'
)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_drawing_is_a_picture_or_unread(recipe, draws):
    data = bytearray(DRAWING[: draws.draw(st.integers(40, len(DRAWING)) | st.just(len(DRAWING)))])
    for _ in range(draws.draw(st.integers(1, 4))):
        data[draws.draw(st.integers(0, len(data) - 1))] = draws.draw(st.integers(9, 255))
    with suppress(Unread), guarded():
        assert recipe(bytes(data)).size > 0
