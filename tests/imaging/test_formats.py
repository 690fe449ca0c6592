"""Every format that is promised decodes to the picture that was drawn."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from monoprint.errors import Unreadable
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import recipe_frames, recipe_pixels

# What is stored, how, and the largest mean difference of a sample that is still the picture.
LOSSLESS = 0.0
LOSSY = 4.0

STORED = [
    ("JPEG", "RGB", {"quality": 92}, LOSSY),
    ("JPEG", "RGB", {"quality": 92, "progressive": True}, LOSSY),
    ("JPEG", "RGB", {"quality": 92, "subsampling": "4:1:1"}, LOSSY),
    ("JPEG", "RGB", {"quality": 92, "restart_marker_rows": 1}, LOSSY),
    ("JPEG", "L", {"quality": 92}, LOSSY),
    ("JPEG", "L", {"quality": 92, "progressive": True}, LOSSY),
    ("JPEG", "CMYK", {"quality": 92}, LOSSY),
    ("MPO", "RGB", {"quality": 92}, LOSSY),
    ("PNG", "RGB", {}, LOSSLESS),
    ("PNG", "L", {}, LOSSLESS),
    ("PNG", "RGBA", {}, LOSSLESS),
    ("PNG", "LA", {}, LOSSLESS),
    ("GIF", "L", {}, LOSSLESS),
    ("BMP", "RGB", {}, LOSSLESS),
    ("BMP", "L", {}, LOSSLESS),
    ("DIB", "RGB", {}, LOSSLESS),
    ("TIFF", "RGB", {}, LOSSLESS),
    ("TIFF", "L", {}, LOSSLESS),
    ("TIFF", "RGBA", {}, LOSSLESS),
    ("TIFF", "CMYK", {}, LOSSLESS),
    ("TIFF", "RGB", {"compression": "tiff_lzw"}, LOSSLESS),
    ("TIFF", "RGB", {"compression": "tiff_deflate"}, LOSSLESS),
    ("TIFF", "RGB", {"compression": "packbits"}, LOSSLESS),
    ("TIFF", "RGB", {"compression": "jpeg", "quality": 92}, LOSSY),
    ("TIFF", "RGB", {"big_tiff": True}, LOSSLESS),
    ("TIFF", "YCbCr", {}, 2.0),
    ("WEBP", "RGB", {"lossless": True}, LOSSLESS),
    ("WEBP", "RGBA", {"lossless": True}, LOSSLESS),
    ("WEBP", "RGB", {"quality": 92}, LOSSY),
    ("AVIF", "RGB", {"quality": 92}, LOSSY),
    ("JPEG2000", "RGB", {}, LOSSLESS),
    ("JPEG2000", "L", {}, LOSSLESS),
    ("JPEG2000", "RGB", {"no_jp2": True}, LOSSLESS),
    ("ICO", "RGBA", {"sizes": [(96, 64)]}, LOSSLESS),
    ("PPM", "RGB", {}, LOSSLESS),
    ("PPM", "L", {}, LOSSLESS),
    ("TGA", "RGB", {}, LOSSLESS),
    ("PCX", "RGB", {}, LOSSLESS),
    ("SGI", "RGB", {}, LOSSLESS),
    ("QOI", "RGB", {}, LOSSLESS),
    ("DDS", "RGB", {}, LOSSLESS),
]  # fmt: skip

NEEDS = {"WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}


def ident(case):
    kind, mode, options, _ = case
    return "-".join([kind, mode, *(f"{key}={value}" for key, value in options.items())])


@pytest.mark.parametrize("case", STORED, ids=ident)
def test_decodes_to_the_picture_drawn(case, picture, encode, recipe, apart):
    kind, mode, options, tolerance = case
    if kind in NEEDS and not features.check(NEEDS[kind]):
        pytest.skip(f"this Pillow has no {kind}")
    stored = picture.convert(mode)
    name = "a.tga" if kind == "TGA" else ""
    assert apart(recipe(encode(stored, kind, **options), name), stored) <= tolerance


@pytest.mark.parametrize("case", STORED, ids=ident)
def test_tells_format_and_size(case, picture, encode):
    kind, mode, options, _ = case
    if kind in NEEDS and not features.check(NEEDS[kind]):
        pytest.skip(f"this Pillow has no {kind}")
    name = "a.tga" if kind == "TGA" else ""
    opened = open_picture(encode(picture.convert(mode), kind, **options), name)
    assert opened.format == {"MPO": "JPEG"}.get(kind, kind)
    assert opened.image.size == picture.size
    assert (opened.frames, opened.read_frames, opened.notes) == (1, 1, [])


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM", "XBM", "MSP"])
def test_one_bit(kind, picture, encode, recipe, apart):
    stored = picture.convert("1")
    assert apart(recipe(encode(stored, kind)), stored.convert("RGB")) == 0


def test_fax_group_4(picture, encode, recipe, apart):
    stored = picture.convert("1")
    assert apart(recipe(encode(stored, "TIFF", compression="group4")), stored) == 0


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF", "PCX"])
def test_palette(kind, picture, encode, recipe, apart):
    stored = picture.quantize(32)
    assert apart(recipe(encode(stored, kind)), stored) == 0


def test_interlaced_png(picture, png, recipe, apart):
    samples = np.asarray(picture)
    raw = b""
    for x, y, dx, dy in (
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):  # fmt: skip
        raw += b"".join(b"\0" + row.tobytes() for row in samples[y::dy, x::dx])
    assert apart(recipe(png(*picture.size, 8, 2, raw, interlace=1)), picture) == 0


def test_bmp_stored_top_row_first(picture, recipe, apart):
    rows = b"".join(row[:, ::-1].tobytes() for row in np.asarray(picture))  # width * 3 % 4 == 0
    head = struct.pack(
        "<IHHIIiiHHIIiiII", 54 + len(rows), 0, 0, 54, 40, 96, -64, 1, 24, 0, len(rows), 0, 0, 0, 0
    )
    assert apart(recipe(b"BM" + head + rows), picture) == 0


def test_ycck_jpeg(picture, encode, recipe, apart):
    """The planes are those of the negative: Pillow inverts CMYK, and YCCK inverts once more."""
    negative = picture.point(lambda value: 255 - value).convert("YCbCr")
    planes = [band.point(lambda value: 255 - value) for band in negative.split()]
    planes.append(Image.new("L", picture.size, 0))
    data = bytearray(encode(Image.merge("CMYK", planes), "JPEG", quality=92, subsampling=0))
    data[data.index(b"Adobe") + 11] = 2
    assert apart(recipe(bytes(data)), picture) < 6


def test_jpeg_with_one_scan_for_each_component(picture, one_by_one, recipe, apart):
    assert apart(recipe(one_by_one(picture)), picture) < LOSSY


def test_lab_tiff_is_close_to_the_picture(picture, encode, recipe, apart):
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    stored = ImageCms.profileToProfile(picture, srgb, lab, outputMode="LAB")
    stored.info.clear()
    assert apart(recipe(encode(stored, "TIFF")), picture) < 3


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG2000"])
def test_sixteen_bit_grey_is_scaled_not_clipped(kind, picture, encode, recipe, apart):
    grey = picture.convert("L")
    stored = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert apart(recipe(encode(stored, kind)), grey) == 0


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_tiff_of_either_byte_order(order, picture, encode, recipe, apart):
    grey = picture.convert("L")
    wide = np.asarray(grey).astype(order + "u2") * 257
    stored = Image.frombytes(
        "I;16" if order == "<" else "I;16B", grey.size, wide.astype(order + "u2").tobytes()
    )
    assert apart(recipe(encode(stored, "TIFF")), grey) == 0


def test_sixteen_bit_colour_png(picture, png, recipe, apart):
    wide = (np.asarray(picture).astype(np.uint16) * 257).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in wide)
    assert apart(recipe(png(*picture.size, 16, 2, raw)), picture) == 0


def test_sixteen_bit_pgm(picture, recipe, apart):
    grey = picture.convert("L")
    wide = (np.asarray(grey).astype(np.uint16) * 257).astype(">u2")
    assert apart(recipe(b"P5 96 64 65535\n" + wide.tobytes()), grey) <= 1


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.0, 1.0), (0.0, 255.0), (-4.0, 12.0), (0.0, 9000.0)],
)
def test_float_tiff_is_scaled(low, high, picture, encode, recipe, apart):
    grey = picture.convert("L")
    samples = np.asarray(grey).astype(np.float32)
    samples[0, 0], samples[0, 1] = 0, 255  # the range of samples that has no stated one
    reference = Image.fromarray(samples.astype(np.uint8))
    stored = Image.fromarray((samples / 255 * (high - low) + low).astype(np.float32))
    assert apart(recipe(encode(stored, "TIFF")), reference) < 0.6


def test_integer_tiff_of_sixteen_bit_values_is_scaled(picture, encode, recipe, apart):
    grey = picture.convert("L")
    stored = Image.fromarray(np.asarray(grey).astype(np.int32) * 257)
    assert stored.mode == "I"
    assert apart(recipe(encode(stored, "TIFF")), grey) == 0


def test_float_tiff_with_nan_and_infinity(picture, encode, recipe):
    samples = np.asarray(picture.convert("L")).astype(np.float32) / 255
    holes = samples.copy()
    holes[::7, ::5] = np.nan
    holes[1, 1] = np.inf
    holes[1, 2] = -np.inf
    whole = recipe(encode(Image.fromarray(samples), "TIFF")).astype(int)
    pixels = recipe(encode(Image.fromarray(holes), "TIFF")).astype(int)
    sound = np.isfinite(holes)
    assert np.abs(pixels - whole)[sound].max() <= 1


def test_float_tiff_without_a_number_is_unreadable(picture, encode, recipe):
    stored = Image.fromarray(np.full((9, 9), np.nan, np.float32))
    with pytest.raises(Unreadable, match="none is a number"):
        recipe(encode(stored, "TIFF"))


# Transparency


def test_alpha_is_put_on_white(picture, encode, recipe, apart):
    stored = picture.convert("RGBA")
    alpha = Image.new("L", picture.size, 255)
    alpha.paste(0, (0, 0, 40, 64))
    alpha.paste(128, (40, 0, 60, 64))
    stored.putalpha(alpha)
    reference = Image.composite(picture, Image.new("RGB", picture.size, "white"), alpha)
    assert apart(recipe(encode(stored, "PNG")), reference) < 0.5
    assert apart(recipe(encode(stored, "WEBP", lossless=True)), reference) < 0.5
    grey = stored.convert("LA")
    assert apart(recipe(encode(grey, "PNG")), reference.convert("L")) < 0.6


def test_hidden_colours_do_not_show(picture, encode, recipe):
    stored = picture.convert("RGBA")
    stored.putalpha(0)
    assert (recipe(encode(stored, "PNG")) == 255).all()


def test_hidden_colours_do_not_bleed_when_scaled_down(paint, encode, recipe):
    stored = paint(1200, 800).convert("RGBA")
    alpha = Image.new("L", stored.size, 0)
    alpha.paste(255, (600, 0, 1200, 800))
    stored.putalpha(alpha)
    pixels = recipe(encode(stored, "PNG", compress_level=1))
    assert pixels.shape == (341, 512, 3)
    assert (pixels[:, :252] == 255).all()


def test_palette_with_a_transparency_table(picture, encode, recipe):
    stored = picture.quantize(16)
    pixels = recipe(encode(stored, "PNG", transparency=bytes(16)))
    assert (pixels == 255).all()


def test_a_transparent_colour(png, recipe):
    raw = b"\0" + bytes([10, 20, 30, 40, 50, 60])
    pixels = recipe(png(2, 1, 8, 2, raw, before=[(b"tRNS", struct.pack(">HHH", 10, 20, 30))]))
    assert pixels.tolist() == [[[255, 255, 255], [40, 50, 60]]]


def test_a_transparent_grey_of_sixteen_bits(png, recipe):
    raw = b"\0" + struct.pack(">HH", 1000, 40000)
    pixels = recipe(png(2, 1, 16, 0, raw, before=[(b"tRNS", struct.pack(">H", 1000))]))
    assert pixels.reshape(1, 2, -1)[0, :, 0].tolist() == [255, round(40000 / 257)]


# Size


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((512, 300), (300, 512)),
        ((1024, 512), (256, 512)),
        ((300, 1500), (512, 102)),
        ((90, 30), (30, 90)),
        ((3000, 2), (1, 512)),
        ((1, 1), (1, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_scaled_down_to_512_and_never_up(kind, size, shape, paint, encode, recipe):
    assert recipe(encode(paint(*size), kind)).shape[:2] == shape


@pytest.mark.parametrize("size", [(1024, 768), (2100, 1300), (300, 2600)])
def test_a_scaled_jpeg_decode_is_close_to_a_full_one(size, paint, encode, recipe, apart):
    image = paint(*size)
    reference = image.copy()
    reference.thumbnail((512, 512))
    assert apart(recipe(encode(image, "JPEG", quality=90)), reference) < 2


# Frames


@pytest.fixture(scope="module")
def three(paint):
    return [paint(seed=seed) for seed in (0, 4, 8)]


@pytest.mark.parametrize(
    ("kind", "options"),
    [("TIFF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("GIF", {}), ("AVIF", {})],
)
def test_every_frame_is_given_in_order(kind, options, three, encode, apart):
    frames = [frame.convert("L") for frame in three] if kind == "GIF" else three
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    opened = open_picture(data, "")
    assert (opened.frames, opened.read_frames) == (3, 3)
    found = list(recipe_frames(opened))
    assert [number for number, _ in found] == [0, 1, 2]
    for (_, pixels), frame in zip(found, frames, strict=True):
        assert apart(pixels, frame) < LOSSY


def test_pages_of_other_sizes_and_modes(three, encode, apart):
    pages = [three[0], three[1].convert("L").resize((40, 80)), three[2].convert("1")]
    data = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    for (_, pixels), page in zip(recipe_frames(open_picture(data, "")), pages, strict=True):
        assert apart(pixels, page) == 0


def test_only_the_first_picture_of_a_phone_and_the_largest_icon(three, encode, apart):
    data = encode(three[0], "MPO", save_all=True, append_images=three[1:])
    opened = open_picture(data, "a.jpg")
    assert (opened.format, opened.frames, opened.read_frames) == ("JPEG", 3, 1)
    assert opened.notes == []
    data = encode(three[0].convert("RGBA"), "ICO", sizes=[(96, 64), (48, 32)])
    opened = open_picture(data, "a.ico")
    assert opened.read_frames == 1
    assert apart(recipe_pixels(opened, opened.image), three[0]) == 0


def test_a_chain_of_directories_that_loops_ends(three, encode, apart):
    data = bytearray(encode(three[0], "TIFF"))
    start = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[start : start + 2], "little")
    after = start + 2 + 12 * entries
    data[after : after + 4] = data[4:8]
    opened = open_picture(bytes(data), "a.tif")
    assert opened.frames == 1
    assert apart(recipe_pixels(opened, opened.image), three[0]) == 0


# Names


@pytest.mark.parametrize(
    ("kind", "name", "note"),
    [
        ("PNG", "a.jpg", "named .jpg but is PNG"),
        ("JPEG", "a.png", "named .png but is JPEG"),
        ("WEBP", "folder.png/a.gif", "named .gif but is WEBP"),
        ("TIFF", "a.JPEG", "named .jpeg but is TIFF"),
        ("MPO", "a.tif", "named .tif but is JPEG"),
        ("GIF", "a.gif", None),
        ("JPEG", "UPPER.JPG", None),
        ("JPEG", "two.dots.tar.jpeg", None),
        ("MPO", "a.jpg", None),
        ("DIB", "a.dib", None),
        ("DIB", "a.bmp", None),
        ("JPEG", "no-ending", None),
        ("JPEG", "folder.png/no-ending", None),
        ("JPEG", ".png", None),
        ("JPEG", "a.unknown", None),
        ("PNG", "a.apng", None),
        ("AVIF", "a.avif", None),
        ("JPEG2000", "a.jp2", None),
        ("PPM", "a.ppm", None),
    ],
)
def test_the_format_is_told_from_the_bytes_not_the_name(kind, name, note, picture, encode):
    opened = open_picture(encode(picture, kind), name)
    assert opened.format == {"MPO": "JPEG"}.get(kind, kind)
    assert opened.notes == ([note] if note else [])


def test_bytes_are_not_taken_for_targa_without_its_name_or_footer(picture, encode, recipe, apart):
    data = encode(picture, "TGA")
    footer = b"TRUEVISION-XFILE.\x00"
    bare = data.removesuffix(bytes(8) + footer) if data.endswith(footer) else data
    assert open_picture(bare, "a.tga").format == "TGA"
    with pytest.raises(Exception, match="unknown binary data"):
        open_picture(bare, "a.dat")
    assert open_picture(bare + bytes(8) + footer, "a.dat").format == "TGA"


def test_a_polyglot_is_read_as_its_picture(picture, encode, recipe, apart):
    archive = b"PK\x05\x06" + bytes(18)
    assert apart(recipe(encode(picture, "JPEG", quality=92) + archive), picture) < LOSSY


def test_the_bytes_are_not_changed_by_reading(picture, encode):
    data = encode(picture, "PNG")
    opened = open_picture(data, "")
    assert opened.data == data
    with Image.open(io.BytesIO(opened.data)) as again:
        assert again.size == picture.size
