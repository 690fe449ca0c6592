"""Files that hold more than is decoded are never called equal in pixels."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from monoprint.errors import Refused
from monoprint.fingerprints.pixels import identity
from monoprint.imaging.decode import open_picture


def identity_of(data):
    return identity(open_picture(data, ""))


def png(samples, colour, *chunks):
    """Write a 16-bit PNG by hand: Pillow writes none of more than one channel."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    height, width = samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *(chunk(*c) for c in chunks)]
    parts += [chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def deep():
    return np.random.default_rng(1).integers(0, 65536, (20, 30, 3))


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_in_several_channels_have_no_identity(deep, colour, channels):
    samples = np.resize(deep, (20, 30, channels))
    with pytest.raises(Refused, match="8 bits a channel"):
        identity_of(png(samples, colour))


def test_sixteen_bits_of_grey_count_to_the_last(deep):
    grey = deep[..., 0]
    nearly = grey.copy()
    nearly[3, 4] ^= 1
    assert identity_of(png(grey, 0)) == identity_of(png(grey, 0))
    assert identity_of(png(grey, 0)) != identity_of(png(nearly, 0))


def test_a_transparent_value_of_sixteen_bits_counts(deep):
    grey = deep[..., 0]
    clear = png(grey, 0, (b"tRNS", struct.pack(">H", int(grey[0, 0]))))
    assert identity_of(clear) != identity_of(png(grey, 0))


def test_a_palette_s_profile_counts(picture, encode):
    palette = picture.quantize(16)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert identity_of(encode(palette, "PNG", icc_profile=lab)) != identity_of(
        encode(palette, "PNG")
    )


def test_a_profile_that_cannot_be_read_counts(picture, encode):
    broken = encode(picture, "PNG", icc_profile=b"no profile at all" * 20)
    assert identity_of(broken) != identity_of(encode(picture, "PNG"))


def test_a_tiff_whose_white_is_zero_in_sixteen_bits_has_no_identity(deep):
    out = io.BytesIO()
    Image.fromarray(deep[..., 0].astype(np.uint16)).save(out, "TIFF", tiffinfo={262: 0})
    with pytest.raises(Refused):
        identity_of(out.getvalue())


def test_large_values_in_a_netpbm_picture_have_no_identity(deep):
    data = b"P6 30 20 65535\n" + deep.astype(">u2").tobytes()
    with pytest.raises(Refused, match="8 bits a channel"):
        identity_of(data)


@pytest.mark.parametrize("kind", ["AVIF", "PPM", "TIFF", "JPEG2000"])
def test_eight_bits_a_channel_have_an_identity(picture, encode, kind):
    assert len(identity_of(encode(picture, kind))) == 32


@pytest.mark.parametrize("kind", ["SGI", "DDS"])
def test_formats_that_may_hold_more_have_no_identity(picture, encode, kind):
    with pytest.raises(Refused, match="may hold more"):
        identity_of(encode(picture, kind))


def test_every_page_of_a_tiff_counts(picture, deep):
    """A later page whose white is zero in 16 bits is found, too."""
    out = io.BytesIO()
    page = Image.fromarray(deep[..., 0].astype(np.uint16))
    page.encoderinfo = {"tiffinfo": {262: 0}}
    picture.save(out, "TIFF", save_all=True, append_images=[page])
    with pytest.raises(Refused, match="8 bits a channel"):
        identity_of(out.getvalue())
