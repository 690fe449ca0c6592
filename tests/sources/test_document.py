"""PDF documents: scans come out in their own bytes, other pages rendered, pictures on them too."""

import io
import random

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from monoprint.errors import Refused, Unreadable, Unsupported
from monoprint.model.asset import Status, path_text
from monoprint.pipeline.workers import Workers
from monoprint.sources import document
from monoprint.sources.nested import Nested
from monoprint.sources.opening import open_source
from tests.sources.documents import jpeg_object, pdf, shown, stream, text

SIZE = (300, 400)


@pytest.fixture
def opened(tmp_path):
    """Give a function that puts a document into a folder, opens it, and says what it holds."""
    sources = []

    def opening(data):
        (tmp_path / "a").write_bytes(data)
        source = open_source(path_text(str(tmp_path)), follow_symlinks=False, max_bytes=1 << 30)
        sources.append(Nested(source))
        found = sources[-1].members("a", sources[-1].read("a"))
        assert found is not None
        return sources[-1], [each.path.removeprefix("a") for each in found.listed], found

    yield opening
    for source in sources:
        source.close()


@pytest.fixture(scope="module")
def jpeg(draw):
    return draw.file(draw.photo(1, SIZE), "JPEG", quality=90)


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_a_page_that_is_a_jpeg_is_that_jpeg(opened, jpeg):
    data = pdf([(*SIZE, shown(b"O0", *SIZE), b"")], [jpeg_object(jpeg, SIZE)])
    source, places, _ = opened(data)
    assert places == ["#page=1"]
    got = source.read("a#page=1")
    assert (got.data, got.derived, got.attributes) == (jpeg, "", ())


def test_letters_that_are_not_drawn_leave_a_scan_a_scan(opened, jpeg):
    drawing = shown(b"O0", *SIZE) + text(b"recognised", mode=3)
    source, places, _ = opened(pdf([(*SIZE, drawing, b"")], [jpeg_object(jpeg, SIZE)]))
    assert places == ["#page=1"]
    assert source.read("a#page=1").data == jpeg


@pytest.mark.parametrize(
    "drawing",
    [
        shown(b"O0", *SIZE) + text(b"stamped"),
        shown(b"O0", *SIZE) + b"1 0 0 rg 10 10 50 50 re f\n",
        shown(b"O0", 150, 200, 50, 50),
        shown(b"O0", 600, 800, -100, -100),
        b"q -300 0 0 400 300 0 cm /O0 Do Q",  # mirrored
    ],
)
def test_a_page_with_more_on_it_is_rendered_and_its_picture_told(drawing, opened, jpeg):
    source, places, _ = opened(pdf([(*SIZE, drawing, b"")], [jpeg_object(jpeg, SIZE)]))
    assert places == ["#page=1", "#page=1&image=1"]
    page = source.read("a#page=1")
    assert page.derived == "PDF page rendered at 150 dpi"
    assert pixels(page.data).shape[:2] == (834, 625)  # 150 / 72 pixels a point, rounded up
    assert source.read("a#page=1&image=1").data == jpeg


def test_a_note_on_a_page_is_seen_and_a_link_is_not(opened, jpeg):
    square = b"/Annots [<< /Type /Annot /Subtype /%s /Rect [10 10 90 90] /C [1 0 0] >>]"
    pages = [(*SIZE, shown(b"O0", *SIZE), square % kind) for kind in (b"Square", b"Link")]
    source, _, _ = opened(pdf(pages, [jpeg_object(jpeg, SIZE)]))
    assert source.read("a#page=1").derived == "PDF page rendered at 150 dpi"
    assert source.read("a#page=2").data == jpeg


def test_a_page_without_pictures_is_rendered(opened):
    source, places, _ = opened(pdf([(*SIZE, text(b"words"), b"")]))
    assert places == ["#page=1"]
    assert pixels(source.read("a#page=1").data).min() < 100


def test_how_a_jpeg_is_turned_is_told(opened, jpeg):
    page = (*SIZE, shown(b"O0", *SIZE), b"/Rotate 90")
    source, _, _ = opened(pdf([page], [jpeg_object(jpeg, SIZE)]))
    got = source.read("a#page=1")
    assert got.data == jpeg
    assert got.attributes == (("pdf.shown-turned", "90 degrees clockwise"),)


@pytest.mark.parametrize(("turn", "matrix"), [
    (0, b"300 0 0 400 0 0"), (90, b"300 0 0 400 0 0"), (180, b"300 0 0 400 0 0"),
    (270, b"300 0 0 400 0 0"), (0, b"0 400 -300 0 300 0"), (0, b"0 -400 300 0 0 400"),
])  # fmt: skip
def test_other_scans_are_kept_without_loss_and_turned_as_they_are_shown(turn, matrix, opened, draw):
    """The scan, made as large as the rendered page, must look like it."""
    picture = draw.photo(3, SIZE)
    if not matrix.startswith(b"300"):
        picture = picture.resize((400, 300))
    raw = np.asarray(picture).tobytes()
    width, height = picture.size
    body = jpeg_object(raw, picture.size).replace(b"/Filter /DCTDecode", b"")
    drawing = b"q %s cm /O0 Do Q\n" % matrix
    pages = [
        (*SIZE, drawing, b"/Rotate %d" % turn),
        (*SIZE, drawing + text(b"."), b"/Rotate %d" % turn),
    ]
    source, _, _ = opened(pdf(pages, [body]))
    got = source.read("a#page=1")
    assert got.derived == "picture in a PDF document, re-wrapped as PNG"
    scan, page = (
        Image.open(io.BytesIO(got.data)),
        Image.open(io.BytesIO(source.read("a#page=2").data)),
    )
    assert sorted(scan.size) == sorted(SIZE)
    assert scan.tobytes() in {
        picture.rotate(angle, expand=True).tobytes() for angle in (0, 90, 180, 270)
    }
    looks = np.asarray(scan.resize(page.size)).astype(int) - np.asarray(page.convert("RGB"))
    assert np.abs(looks).mean() < 4, (width, height)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_scans_of_any_kind_keep_their_pixels(mode, opened, draw):
    picture = draw.photo(4, SIZE).convert("RGB").convert(mode)
    if mode in {"L", "RGB"}:
        samples, space = picture.tobytes(), {"L": b"Gray", "RGB": b"RGB"}[mode]
        data = pdf(
            [(*SIZE, shown(b"O0", *SIZE), b"")],
            [
                jpeg_object(samples, SIZE)
                .replace(b"/Filter /DCTDecode", b"")
                .replace(b"DeviceRGB", b"Device" + space)
            ],
        )
    else:
        data = draw.file(picture, "PDF")
    source, places, _ = opened(data)
    assert places == ["#page=1"]
    got = Image.open(io.BytesIO(source.read("a#page=1").data))
    assert got.convert("RGB").tobytes() == picture.convert("RGB").tobytes()


def grey(image, size=(60, 80)):
    return np.asarray(image.convert("L").resize(size, Image.Resampling.BOX), np.float64)


@pytest.mark.parametrize("more", [
    b"/ColorSpace /DeviceGray", b"/ColorSpace /DeviceGray /Decode [1 0]",
    b"/ImageMask true", b"/ImageMask true /Decode [1 0]",
])  # fmt: skip
def test_a_bilevel_scan_is_as_dark_as_its_page(more, opened, draw):
    size = (304, 400)
    picture = draw.photo(6, size).convert("L").point(lambda v: 255 * (v > 90)).convert("1")
    entries = b"/Type /XObject /Subtype /Image /Width 304 /Height 400 /BitsPerComponent 1 "
    scan = stream(entries + more, picture.tobytes())
    drawing = shown(b"O0", *size)
    pages = [(*size, drawing, b""), (*size, drawing + text(b"."), b"")]
    source, _, _ = opened(pdf(pages, [scan]))
    one, page = (source.read(f"a#page={n}") for n in (1, 2))
    assert one.derived == "picture in a PDF document, re-wrapped as PNG"
    made = Image.open(io.BytesIO(one.data))
    assert made.size == size
    assert np.abs(grey(made) - grey(Image.open(io.BytesIO(page.data)))).mean() < 8


def test_a_scan_that_shows_through_a_mask_is_rendered(opened, draw, jpeg):
    mask = np.zeros((400, 300), np.uint8)
    mask[:150] = 255
    entries = (
        b"/Type /XObject /Subtype /Image /Width 300 /Height 400 /BitsPerComponent 8 "
        b"/ColorSpace /DeviceGray"
    )
    scan = jpeg_object(jpeg, SIZE, b"/SMask 7 0 R")
    source, _, _ = opened(
        pdf([(*SIZE, shown(b"O0", *SIZE), b"")], [scan, stream(entries, mask.tobytes())])
    )
    page = source.read("a#page=1")
    assert page.derived == "PDF page rendered at 150 dpi"
    assert pixels(page.data)[500:].min() == 255  # below, nothing shows


def test_jpeg_2000_keeps_its_bytes(opened, draw):
    data = draw.file(draw.photo(5, SIZE), "JPEG2000")
    body = jpeg_object(data, SIZE).replace(b"DCTDecode", b"JPXDecode")
    source, _, _ = opened(pdf([(*SIZE, shown(b"O0", *SIZE), b"")], [body]))
    assert source.read("a#page=1").data == data


def test_a_picture_on_many_pages_is_told_once_and_small_ones_are_counted(opened, draw, jpeg):
    icon = jpeg_object(draw.jpeg(9, (32, 400)), (32, 400))
    drawing = text(b"words") + shown(b"O0", 100, 100, 50, 50) + shown(b"O1", 10, 10)
    _, places, found = opened(pdf([(*SIZE, drawing, b"")] * 3, [jpeg_object(jpeg, SIZE), icon]))
    assert places == ["#page=1", "#page=1&image=1", "#page=2", "#page=3"]
    assert found.note == (
        "3 pictures of less than 64 pixels on a side are only counted; "
        "2 pictures stand on an earlier page too and are told of there"
    )


def test_a_huge_page_is_refused_before_it_is_rendered(opened, jpeg):
    source, _, _ = opened(pdf([(14_400, 14_400, text(b"words"), b"")]))
    with pytest.raises(Refused, match="pixel limit"):
        source.read("a#page=1")


def test_too_many_pages_are_refused(opened, monkeypatch):
    monkeypatch.setattr(document, "MAX_PAGES", 2)
    with pytest.raises(Refused, match="page limit"):
        opened(pdf([(*SIZE, b"", b"")] * 3))


def test_an_encrypted_document_is_told(opened):
    """A standard security handler whose password nobody has (ISO 32000-2, 7.6.4)."""
    entry = (
        b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00> <00>] /Size"
        % (b"00" * 32, b"11" * 32)
    )
    with pytest.raises(Unsupported, match="encrypted"):
        opened(pdf([(*SIZE, b"", b"")]).replace(b"/Size", entry))


@pytest.mark.parametrize("place", ["#page=0", "#page=2", "#page=1&image=9", "#page=x", "!page=1"])
def test_a_place_that_is_not_there_is_unreadable(place, opened):
    source, _, _ = opened(pdf([(*SIZE, text(b"words"), b"")]))
    with pytest.raises(Unreadable):
        source.read(f"a{place}")


def test_a_script_is_not_run(opened):
    action = b"/AA << /O << /S /JavaScript /JS (this.getField) >> >>"
    source, _, _ = opened(pdf([(*SIZE, text(b"words"), action)]))
    assert source.read("a#page=1").data
    assert not pypdfium2.PDFIUM_INFO.flags  # built without V8 and XFA


def test_damaged_documents_end_in_members_or_reasons(tmp_path, draw, jpeg):
    drawing = text(b"words") + shown(b"O0", 100, 100, 50, 50)
    whole = pdf([(*SIZE, drawing, b""), (*SIZE, shown(b"O0", *SIZE), b"")],
                [jpeg_object(jpeg, SIZE)])  # fmt: skip
    moments = random.Random(11)
    names = []
    for n in range(40):
        data = bytearray(whole)
        if n % 2:
            del data[moments.randrange(100, len(data)) :]
        else:
            for _ in range(moments.randrange(1, 12)):
                data[moments.randrange(len(data))] ^= 1 << moments.randrange(8)
        (tmp_path / f"{n}.pdf").write_bytes(data)
        names.append(f"{n}.pdf")

    def read(paths):
        task = {"do": "read", "location": path_text(str(tmp_path)), "follow_symlinks": False,
                "iscc": False, "local": False, "modified_ns": 0, "checksum": ""}  # fmt: skip
        return dict(workers.answers((path, task | {"path": path}) for path in paths))

    with Workers(1) as workers:
        answers = read(names)
        members = [
            path for answer in answers.values()
            for path, _, _, barred, _ in answer.get("members", ()) if not barred
        ]  # fmt: skip
        answers |= read(members)
    assert len(members) > 20
    for path, answer in answers.items():
        assert answer["status"] in set(Status)
        assert answer["status"] == "ok" or answer["reason"], path
        assert "time limit" not in answer.get("reason", "")
