"""Photoshop files: merged pictures of 8 and 16 bits, in grey, RGB and CMYK, packed or not."""

import struct

import numpy as np
import pytest
from PIL import Image

from monoprint.errors import Refused, Unreadable, Unsupported
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.normalize import canonical_frames, recipe_pixels

GREY, RGB, CMYK, LAB = 1, 3, 4, 9


def packbits(row):
    """Return a row as PackBits literals, which is a valid if poor way to pack it."""
    pieces = [row[at : at + 128] for at in range(0, len(row), 128)]
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)


def resource(number, content):
    padded = content + bytes(len(content) % 2)
    return b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(content)) + padded


def psd(planes, colours, packed=False, version=1, resources=b"", layers=b"", depth=None):
    """Return a Photoshop file of planes, uint8 or uint16 (H, W), merged."""
    height, width = planes[0].shape
    depth = depth or 8 * planes[0].dtype.itemsize
    head = b"8BPS" + struct.pack(">H6xHIIHH", version, len(planes), height, width, depth, colours)
    wide = version == 2
    body = struct.pack(">I", 0) + struct.pack(">I", len(resources)) + resources
    body += struct.pack(">Q" if wide else ">I", len(layers)) + layers
    rows = [
        row.tobytes() for plane in planes for row in plane.astype(plane.dtype.newbyteorder(">"))
    ]
    if packed:
        rows = [packbits(row) for row in rows]
        counts = b"".join(struct.pack(">I" if wide else ">H", len(row)) for row in rows)
        return head + body + b"\0\1" + counts + b"".join(rows)
    return head + body + b"\0\0" + b"".join(rows)


def planes_of(image, depth):
    bands = [np.asarray(band) for band in image.split()]
    return [band.astype(np.uint16) * 257 for band in bands] if depth == 16 else bands


@pytest.mark.parametrize("packed", [False, True], ids=["raw", "packed"])
@pytest.mark.parametrize("version", [1, 2], ids=["psd", "psb"])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("colours", [GREY, RGB, CMYK])
def test_the_merged_picture_is_the_one_drawn(
    colours, depth, version, packed, picture, recipe, apart
):
    stored = picture.convert({GREY: "L", RGB: "RGB", CMYK: "CMYK"}[colours])
    planes = planes_of(stored, depth)
    if colours == CMYK:  # Photoshop keeps ink as its lack
        planes = [np.iinfo(plane.dtype).max - plane for plane in planes]
    data = psd(planes, colours, packed, version)
    opened = open_picture(data, "a.psd")
    assert (opened.format, opened.image.size, opened.notes) == ("PSD", picture.size, [])
    assert apart(recipe(data), stored) <= 0.5


def test_the_layers_are_passed_over(picture, recipe, apart):
    layers = struct.pack(">I", 4) + struct.pack(">hH", 0, 0) + bytes(80)
    for depth in (8, 16):
        data = psd(planes_of(picture, depth), RGB, layers=layers)
        assert apart(recipe(data), picture) == 0


@pytest.mark.parametrize("depth", [8, 16])
def test_a_blank_in_place_of_the_merged_picture_is_not_compared(depth, picture):
    version_info = resource(1057, struct.pack(">IB", 1, 0) + bytes(9))
    data = psd(planes_of(picture, depth), RGB, resources=version_info)
    with pytest.raises(Unreadable, match="no merged picture"):
        open_picture(data, "a.psd")


def test_a_merged_picture_that_is_real_is_read(picture, recipe, apart):
    version_info = resource(1057, struct.pack(">IB", 1, 1) + bytes(9))
    other = resource(1005, b"12345") + version_info
    assert apart(recipe(psd(planes_of(picture, 8), RGB, resources=other)), picture) == 0


def test_a_colour_profile_is_used(picture, profile, recipe, apart):
    data = psd(planes_of(picture, 16), RGB, resources=resource(1039, profile()))
    plain = psd(planes_of(picture, 8), RGB, resources=resource(1039, profile()))
    assert apart(recipe(data), Image.fromarray(recipe(plain))) < 0.5
    assert apart(recipe(data), picture) > 10


@pytest.mark.parametrize(
    ("depth", "colours", "said"),
    [(32, RGB, "32 bits a channel"), (16, LAB, "16 bits with Lab"), (16, 77, "unknown")],
)
def test_what_is_not_read_is_said(depth, colours, said, picture):
    data = psd(planes_of(picture, 16), colours, depth=depth)
    with pytest.raises(Unsupported, match=said):
        open_picture(data, "a.psd")


def test_a_cut_merged_picture_is_unreadable(picture, recipe):
    for packed in (False, True):
        data = psd(planes_of(picture, 16), RGB, packed)
        with pytest.raises(Unreadable), guarded():
            recipe(data[:-2000])


def test_zip_compression_and_too_few_channels_are_said(picture):
    data = bytearray(psd(planes_of(picture, 16), RGB))
    at = data.index(bytes(12), 26) + 12
    data[at : at + 2] = b"\0\2"
    opened = open_picture(bytes(data), "a.psd")
    with pytest.raises(Unsupported, match="ZIP"):
        recipe_pixels(opened, opened.image)
    with pytest.raises(Unreadable, match="fewer channels"):
        open_picture(psd(planes_of(picture, 16)[:2], RGB), "a.psd")


def test_layers_have_no_identity_of_pixels(picture):
    with pytest.raises(Refused, match="PSD"):
        list(canonical_frames(open_picture(psd(planes_of(picture, 16), RGB), "")))


@pytest.mark.parametrize("depth", [8, 16])
def test_the_pixel_limit_is_told_from_the_header(depth, picture, monkeypatch):
    data = psd(planes_of(picture, depth), RGB)
    monkeypatch.setattr("monoprint.imaging.limits.MAX_PIXELS", 96 * 64 - 1)
    with pytest.raises(Refused, match="pixel limit"):
        open_picture(data, "")
