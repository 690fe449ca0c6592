"""TIFF files of several pages: each page comes out with the samples it had, and nothing else."""

import io
import random
import struct

import numpy as np
import pytest
from PIL import Image, ImageSequence

from monoprint.errors import Refused, Unreadable
from monoprint.imaging import pdf, tiff
from monoprint.model.asset import path_text
from monoprint.sources import tiff as source_tiff
from monoprint.sources.nested import Nested
from monoprint.sources.opening import open_source

KINDS = {
    "bilevel": ("1", {"compression": "group4"}),
    "grey": ("L", {"compression": "tiff_lzw"}),
    "colour": ("RGB", {"compression": "tiff_adobe_deflate"}),
    "jpeg": ("RGB", {"compression": "jpeg", "quality": 85}),
    "raw": ("RGB", {}),
    "palette": ("P", {"compression": "packbits"}),
    "cmyk": ("CMYK", {"compression": "tiff_lzw"}),
    "sixteen": ("I;16", {"compression": "tiff_lzw"}),
    "float": ("F", {}),
}


WIDTHS = (b"\0\1\3", b"\0\1\4")


def pages(draw, mode, count=3):
    drawn = [draw.photo(n, (200 + 10 * n, 150)) for n in range(count)]
    if mode == "I;16":
        return [Image.fromarray(np.asarray(p.convert("L")).astype(np.uint16) * 257) for p in drawn]
    return [page.convert(mode) for page in drawn]


def filed(drawn, **options):
    out = io.BytesIO()
    drawn[0].save(out, "TIFF", save_all=True, append_images=drawn[1:], **options)
    return out.getvalue()


@pytest.fixture
def opened(tmp_path):
    sources = []

    def opening(data):
        (tmp_path / "a").write_bytes(data)
        source = open_source(path_text(str(tmp_path)), follow_symlinks=False, max_bytes=1 << 30)
        sources.append(Nested(source))
        return sources[-1], sources[-1].members("a", sources[-1].read("a"))

    yield opening
    for source in sources:
        source.close()


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_each_page_has_the_samples_that_it_had(kind, big, opened, draw):
    mode, options = KINDS[kind]
    if big:
        options = options | {"big_tiff": True}
    data = filed(pages(draw, mode), **options)
    source, found = opened(data)
    assert [each.path for each in found.listed] == ["a#page=1", "a#page=2", "a#page=3"]
    assert found.format == "TIFF"
    frames = ImageSequence.Iterator(Image.open(io.BytesIO(data)))
    for frame, each in zip(frames, found.listed, strict=True):
        content = source.read(each.path)
        assert content.derived == "page of a TIFF file, re-wrapped with the same samples"
        page = Image.open(io.BytesIO(content.data))
        assert page.n_frames == 1
        assert (page.mode, page.size, page.info.get("compression")) == (
            frame.mode, frame.size, frame.info.get("compression"),
        )  # fmt: skip
        assert page.tobytes() == frame.tobytes()
        assert page.info.get("icc_profile") == frame.info.get("icc_profile")


def test_profile_resolution_and_orientation_stay_with_the_page(opened, draw):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    drawn = pages(draw, "RGB", 2)
    data = filed(drawn, icc_profile=profile, dpi=(300, 300), tiffinfo={274: 6})
    source, _ = opened(data)
    page = Image.open(io.BytesIO(source.read("a#page=1").data))
    assert page.info["icc_profile"] == profile
    assert page.info["dpi"] == (300, 300)
    assert page.tag_v2[274] == 6


def test_a_page_is_the_same_wherever_it_stands(opened, draw):
    one, two, three = pages(draw, "L")
    source, _ = opened(filed([one, two, three]))
    first = source.read("a#page=2").data
    source, _ = opened(filed([two, three]))
    assert source.read("a#page=1").data == first


def test_big_endian_files_are_read(opened):
    """Two pages of four grey pixels each, written out by hand."""

    def directory(at, after, samples):
        fields = [(256, 4, 2), (257, 4, 2), (258, 3, 8 << 16), (262, 3, 1 << 16),
                  (273, 4, at), (278, 4, 2), (279, 4, len(samples))]  # fmt: skip
        body = struct.pack(">H", len(fields))
        body += b"".join(struct.pack(">HHII", tag, kind, 1, value) for tag, kind, value in fields)
        return body + struct.pack(">I", after)

    length = len(directory(0, 0, b""))
    first, second = 8, 8 + length
    at = second + length
    data = b"MM\0*" + struct.pack(">I", first)
    data += directory(at, second, b"abcd") + directory(at + 4, 0, b"efgh") + b"abcdefgh"
    source, found = opened(data)
    assert len(found.listed) == 2
    assert Image.open(io.BytesIO(source.read("a#page=2").data)).tobytes() == b"efgh"


def test_one_page_is_a_picture_and_no_container(opened, draw):
    _, found = opened(filed(pages(draw, "RGB", 1)))
    assert found is None


def with_kinds(data, *kinds):
    """Set NewSubfileType of a little-endian file's directories in turn."""
    data = bytearray(data)
    place = struct.unpack_from("<I", data, 4)[0]
    for kind in kinds:
        count = struct.unpack_from("<H", data, place)[0]
        for n in range(count):
            at = place + 2 + 12 * n
            if struct.unpack_from("<H", data, at)[0] == 254:
                struct.pack_into("<I", data, at + 8, kind)
        place = struct.unpack_from("<I", data, place + 2 + 12 * count)[0]
    return bytes(data)


def test_smaller_versions_and_masks_are_no_pages(opened, draw):
    data = filed(pages(draw, "L", 4), tiffinfo={254: 0})
    _, found = opened(with_kinds(data, 0, 1, 2, 4))
    assert [each.path for each in found.listed] == ["a#page=1", "a#page=2"]
    assert found.note == "2 smaller versions and masks of pages are no pages"
    _, found = opened(with_kinds(data, 0, 1, 1, 1))
    assert found is None  # a picture with its pyramid


def test_directories_that_name_each_other_are_for_the_decoder_to_judge(opened, draw):
    data = bytearray(filed(pages(draw, "L", 2)))
    first = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, first)[0]
    second = struct.unpack_from("<I", data, first + 2 + 12 * count)[0]
    count = struct.unpack_from("<H", data, second)[0]
    struct.pack_into("<I", data, second + 2 + 12 * count, first)
    _, found = opened(bytes(data))
    assert found is None


def test_too_many_pages_are_refused(opened, draw, monkeypatch):
    monkeypatch.setattr(source_tiff, "MAX_PAGES", 2)
    with pytest.raises(Refused, match="page limit"):
        opened(filed(pages(draw, "L", 3)))


@pytest.mark.parametrize("place", ["#page=0", "#page=4", "#page=1&image=1", "!1"])
def test_a_place_that_is_not_there_is_unreadable(place, opened, draw):
    source, _ = opened(filed(pages(draw, "L", 3)))
    with pytest.raises(Unreadable):
        source.read(f"a{place}")


@pytest.mark.parametrize("seed", range(60))
def test_damage_ends_in_pages_or_reasons(seed, opened, draw):
    moments = random.Random(seed)
    data = bytearray(filed(pages(draw, "L", 3), compression="tiff_lzw"))
    if seed % 3 == 0:
        del data[moments.randrange(8, len(data)) :]
    else:
        # A directory begins with the field of the width, which may be of two types.
        directories = [n for n in range(len(data)) if data[n : n + 3] in WIDTHS]
        for _ in range(moments.randrange(1, 8)):
            near = moments.choice(directories) + moments.randrange(-2, 160)
            data[min(near, len(data) - 1)] = moments.randrange(256)
    source, found = opened(bytes(data))
    for each in found.listed if found else ():
        try:
            got = source.read(each.path).data
        except Unreadable as error:
            assert "damaged" in str(error)  # noqa: PT017
        else:
            assert len(got) < 2 * len(data)


def test_the_rooms_that_read_pages_say_which_library_they_need():
    """Only PDF needs one; a base install reads TIFF."""
    assert hasattr(pdf, "pypdfium2")
    assert not hasattr(tiff, "pypdfium2")
