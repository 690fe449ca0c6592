"""The identity of pixels: equal where every sample is, and only there."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from monoprint.errors import Unread, Unreadable
from monoprint.fingerprints.pixels import identity, sketch
from monoprint.imaging import limits
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import recipe_pixels


def of(data):
    return identity(open_picture(data, ""))


def sketch_of(data):
    opened = open_picture(data, "")
    return sketch(opened, recipe_pixels(opened, opened.image))


def changed(image, at=(7, 11)):
    """Return a copy in which one sample of one pixel is one off."""
    copy = image.copy()
    value = copy.getpixel(at)
    if isinstance(value, tuple):
        copy.putpixel(at, (value[0] ^ 1, *value[1:]))
    else:
        copy.putpixel(at, value ^ 1)
    return copy


@pytest.fixture
def grey(picture):
    return picture.convert("L")


@pytest.fixture
def half_clear(picture):
    """A picture half of which is transparent."""
    image = picture.convert("RGBA")
    image.putalpha(Image.linear_gradient("L").point(lambda v: 255 * (v > 99)).resize(image.size))
    return image


# Equal


LOSSLESS = [
    ("WEBP", {"lossless": True, "exact": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("BMP", {}),
    ("PPM", {}),
    ("JPEG2000", {}),
    ("QOI", {}),
    ("PNG", {"compress_level": 0}),
]


@pytest.mark.parametrize(("kind", "options"), LOSSLESS)
def test_equal_in_any_lossless_format(kind, options, picture, encode):
    assert of(encode(picture, kind, **options)) == of(encode(picture, "PNG"))


@pytest.mark.parametrize("kind", ["WEBP", "TIFF", "JPEG2000", "QOI"])
def test_equal_with_alpha_in_any_lossless_format(kind, half_clear, encode):
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    assert of(encode(half_clear, kind, **options)) == of(encode(half_clear, "PNG"))


@pytest.mark.parametrize("progressive", [False, True])
def test_equal_after_an_edit_of_metadata(progressive, picture, encode):
    plain = encode(picture, "JPEG", progressive=progressive)
    block = Image.Exif()
    block[0x010E] = "a description"
    tagged = plain[:2] + b"\xff\xfe\x00\x09comment" + plain[2:]
    length = struct.pack(">H", len(block.tobytes()) + 2)
    more = tagged[:2] + b"\xff\xe1" + length + block.tobytes() + tagged[2:]
    assert len({plain, tagged, more}) == 3
    assert of(plain) == of(tagged) == of(more)
    assert sketch_of(plain) == sketch_of(tagged) == sketch_of(more)


def test_equal_as_palette_and_in_true_colour(picture, encode):
    palette = picture.quantize(40)
    colours = palette.convert("RGB")
    first, *others = (
        encode(palette, "PNG"),
        encode(palette, "GIF"),
        encode(palette, "TIFF"),
        encode(colours, "PNG"),
    )
    assert {of(other) for other in others} == {of(first)}


def test_equal_as_grey_and_in_equal_channels(grey, encode):
    assert of(encode(grey, "PNG")) == of(encode(grey.convert("RGB"), "PNG"))
    assert of(encode(grey, "PNG")) == of(encode(grey.convert("P"), "PNG"))
    assert of(encode(grey, "PNG")) == of(encode(grey.convert("LA"), "PNG"))


def test_equal_as_one_bit_and_in_grey(grey, encode):
    bits = grey.convert("1")
    assert of(encode(bits, "PNG")) == of(encode(bits.convert("L"), "PNG"))
    assert of(encode(bits, "PNG")) == of(encode(bits, "TIFF", compression="group4"))


def test_equal_with_an_alpha_channel_that_hides_nothing(picture, encode):
    assert of(encode(picture.convert("RGBA"), "PNG")) == of(encode(picture, "PNG"))


def test_equal_in_sixteen_bits_of_either_byte_order(grey, encode):
    wide = np.asarray(grey).astype(np.uint16) * 200 + 7
    little = Image.frombytes("I;16", grey.size, wide.astype("<u2").tobytes())
    big = Image.frombytes("I;16B", grey.size, wide.astype(">u2").tobytes())
    identities = {
        of(encode(little, "PNG")), of(encode(little, "TIFF")), of(encode(big, "TIFF"))
    }  # fmt: skip
    assert len(identities) == 1


def test_equal_with_an_srgb_profile_and_without(picture, encode):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert of(encode(picture, "PNG", icc_profile=srgb)) == of(encode(picture, "PNG"))


def test_equal_stored_upright_or_turned_with_a_tag(picture, encode):
    block = Image.Exif()
    block[0x0112] = 6
    turned = encode(picture.transpose(Image.Transpose.ROTATE_90), "PNG", exif=block)
    assert of(turned) == of(encode(picture, "PNG"))


def test_equal_in_every_frame_of_two_formats(paint, encode):
    frames = [paint(seed) for seed in range(3)]
    options = {"save_all": True, "append_images": frames[1:]}
    webp = encode(frames[0], "WEBP", lossless=True, exact=True, **options)
    assert of(webp) == of(encode(frames[0], "PNG", **options))


# Different


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA", "CMYK"])
def test_different_by_one_sample(mode, picture, encode):
    image = picture.convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert of(encode(image, kind)) != of(encode(changed(image), kind))


def test_different_by_the_last_bit_of_sixteen(grey, encode):
    wide = np.asarray(grey).astype(np.uint16) * 257
    other = wide.copy()
    other[3, 3] ^= 1
    assert of(encode(Image.fromarray(wide), "PNG")) != of(encode(Image.fromarray(other), "PNG"))


def test_different_in_the_same_bytes_of_another_shape(encode):
    samples = np.arange(24, dtype=np.uint8)
    shapes = [(4, 6), (6, 4), (2, 12), (3, 8), (24, 1)]
    pictures = [encode(Image.fromarray(samples.reshape(shape)), "PNG") for shape in shapes]
    assert len({of(data) for data in pictures}) == len(shapes)


def test_different_in_the_same_bytes_of_another_mode(encode):
    grey = Image.frombytes("L", (9, 4), bytes(range(36)))
    colours = Image.frombytes("RGB", (3, 4), bytes(range(36)))
    assert of(encode(grey, "PNG")) != of(encode(colours, "PNG"))


def test_different_by_colours_under_transparency(paint, encode):
    first, second = paint(1).convert("RGBA"), paint(2).convert("RGBA")
    first.putalpha(0)
    second.putalpha(0)
    assert of(encode(first, "PNG")) != of(encode(second, "PNG"))


def test_different_by_alpha(picture, encode):
    first, second = picture.convert("RGBA"), picture.convert("RGBA")
    second.putpixel((5, 5), (*second.getpixel((5, 5))[:3], 254))
    assert of(encode(first, "PNG")) != of(encode(second, "PNG"))


def test_different_by_a_profile(picture, encode):
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    name = "sRGB".encode("utf-16-be")
    while name in profile:
        at = profile.index(name)
        profile[at : at + len(name)] = "wide".encode("utf-16-be")
    data = encode(picture, "PNG", icc_profile=bytes(profile).replace(b"sRGB", b"wide"))
    with Image.open(io.BytesIO(data)) as image:
        found = ImageCms.getProfileName(io.BytesIO(image.info["icc_profile"]))
    assert "wide" in found
    assert of(data) != of(encode(picture, "PNG"))


def test_different_at_another_depth(grey, encode):
    wide = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert of(encode(grey, "PNG")) != of(encode(wide, "PNG"))


def test_different_by_one_more_frame_or_another_order(paint, encode):
    one, two = paint(1), paint(2)

    def pages(*images):
        return encode(images[0], "TIFF", save_all=True, append_images=list(images[1:]))

    stored = [pages(one), pages(one, two), pages(two, one), pages(one, two, two), pages(two)]
    assert len({of(data) for data in stored}) == len(stored)


def test_different_after_a_lossy_save(picture, encode):
    assert of(encode(picture, "JPEG")) != of(encode(picture, "PNG"))


def test_pages_over_the_limit_are_not_said_to_be_equal(paint, encode, monkeypatch):
    """Files that differ in a page that is not read must not pass for the same picture."""
    monkeypatch.setattr(limits, "MAX_FRAMES", 2)

    def pages(last):
        images = [paint(1), paint(2), last]
        return encode(images[0], "TIFF", save_all=True, append_images=images[1:])

    try:
        same = of(pages(paint(3))) == of(pages(paint(4)))
    except Unread:
        same = False
    assert not same


@pytest.mark.parametrize("kind", ["ICO", "MPO"])
def test_pictures_that_are_left_out_are_not_said_to_be_equal(kind, paint, encode):
    """An icon's other sizes and a phone's second picture are content too."""

    def stored(second):
        if kind == "MPO":
            return encode(paint(1), "MPO", save_all=True, append_images=[second])
        sizes = [(120, 90), (60, 45)]
        return encode(
            paint(1).convert("RGBA"), "ICO", sizes=sizes, append_images=[second.convert("RGBA")]
        )

    first, second = (
        stored(paint(seed, (60, 45) if kind == "ICO" else (120, 90))) for seed in (2, 3)
    )
    assert first != second
    try:
        same = of(first) == of(second)
    except Unread:
        same = False
    assert not same


def test_a_frame_that_cannot_be_decoded_has_no_identity(picture, encode):
    data = encode(picture, "PNG")
    opened = open_picture(data[: len(data) // 2], "")
    with pytest.raises((OSError, Unreadable)):
        identity(opened)


samples = st.binary(min_size=12, max_size=12)


@settings(max_examples=60, deadline=None)
@given(first=samples, second=samples)
def test_equal_exactly_if_the_samples_are(first, second):
    def stored(data, kind):
        out = io.BytesIO()
        Image.frombytes("RGB", (2, 2), data).save(out, kind)
        return out.getvalue()

    assert (of(stored(first, "PNG")) == of(stored(second, "TIFF"))) == (first == second)


# The sketch


def test_the_sketch_of_a_jpeg_is_17_bytes(picture, encode):
    assert len(sketch_of(encode(picture, "JPEG"))) == 17


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "GIF"])
def test_other_formats_have_no_sketch(kind, picture, encode):
    assert sketch_of(encode(picture, kind)) is None


def test_sketches_of_other_pictures_differ(picture, paint, encode):
    sketches = {sketch_of(encode(paint(seed), "JPEG")) for seed in range(5)}
    assert len(sketches) == 5


def test_the_sketch_tells_the_path_of_decoding(picture, encode):
    baseline = sketch_of(encode(picture, "JPEG"))
    progressive = sketch_of(encode(picture, "JPEG", progressive=True))
    assert baseline[:1] != progressive[:1]


@pytest.mark.parametrize("size", [(120, 90), (1300, 900)])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpegs_of_one_identity_have_one_sketch(size, progressive, paint, encode):
    """A sketch rules out only what cannot be equal."""
    image = paint(4, size)
    plain = encode(image, "JPEG", progressive=progressive)
    optimised = encode(image, "JPEG", progressive=progressive, optimize=True)
    restarts = encode(image, "JPEG", progressive=progressive, restart_marker_rows=2)
    for other in (optimised, restarts, plain + b"trailer"):
        assert of(other) == of(plain)
        assert sketch_of(other) == sketch_of(plain)
