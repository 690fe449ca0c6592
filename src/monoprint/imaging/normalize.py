"""Normalising: the recipe that makes every picture's pixels comparable.

This is part of the published recipe ``pdq/1``; a change here that moves codes is a new version.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from monoprint.errors import Unreadable
from monoprint.imaging import jpeg
from monoprint.imaging.decode import Opened, decode_png
from monoprint.imaging.jxl import JxlImage
from monoprint.imaging.raw import RawImage
from monoprint.imaging.scaling import smaller

# The side that `pdq/1` works at: the picture is scaled down to fit, never up.
RECIPE_SIDE: Final = 512

# The most pixels a side that pages are looked at for their print.
PAGE_SIDE: Final = 1024

# ISO 24138's Image-Code is made from this many grey values a side, after cropping borders whose
# samples differ from the corner's by no more than this.
ISCC_SIDE: Final = 32
ISCC_BORDER: Final = 100

# Pillow first averages whole blocks of pixels as long as the rest to scale by is at least this;
# with 1 that costs 0.08 bits on average against its 2, and 40 % less time.
_REDUCING_GAP: Final = 1.0

_WHITE: Final = (255, 255, 255)
_EXIF_ORIENTATION: Final = 0x0112
_SIXTEEN_BIT: Final = {"I;16", "I;16B", "I;16L", "I;16N"}
# How sRGB profiles begin their names, besides those that name the standard, IEC 61966-2-1.
_SRGB_NAMES: Final = ("srgb", "gimp built-in srgb", "artifex srgb")
_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_LAB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
_PROFILE_SPACES: Final = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}


def oriented_size(image: Image.Image) -> tuple[int, int]:
    """Return width and height as the upright picture has them."""
    width, height = image.size
    return (height, width) if _orientation(image) >= 5 else (width, height)


def recipe_frames(opened: Opened) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the number and the `recipe_pixels` of each frame that may be decoded."""
    for frame, image in opened.each_frame():
        yield frame, recipe_pixels(opened, image)


def recipe_pixels(opened: Opened, image: Image.Image, side: int = RECIPE_SIDE) -> NDArray[np.uint8]:
    """Return the current frame at the size that fingerprints are made from.

    Scaled decode to at least `side` pixels a side where the format allows it, at most so many on
    the longer side then, 8 bits, sRGB, alpha on white, upright. Gives uint8 (H, W) where the
    luminance could be had directly, else (H, W, 3). Raises Unreadable.
    """
    image = proposed(image)
    profile = _profile(opened, image)
    if opened.format == "JPEG":
        image = _draft(opened, image, side, grey=profile is None)
    small = scaled_srgb(image, profile, side)
    return np.asarray(small if small.mode == "L" else small.convert("RGB"))


def colour_pixels(opened: Opened, image: Image.Image) -> NDArray[np.uint8]:
    """Return the current frame as `recipe_pixels` does, but with its colours: uint8 (H, W, 3)."""
    image = proposed(image)
    profile = _profile(opened, image)
    if opened.format == "JPEG":
        image.draft("RGB", (RECIPE_SIDE, RECIPE_SIDE))
    return np.asarray(scaled_srgb(image, profile, RECIPE_SIDE).convert("RGB"))


def proposed(image: Image.Image) -> Image.Image:
    """Return what stands for a picture where none is compared: of a raw file its preview."""
    shown = image.preview(RECIPE_SIDE) if isinstance(image, RawImage) else None
    return image if shown is None else shown


def _draft(opened: Opened, image: Image.Image, side: int, *, grey: bool) -> Image.Image:
    """Set up a scaled JPEG decode, of the luminance alone where no profile needs the colours."""
    if opened.frames == 1 and min(image.size) >= 2 * side:
        early = jpeg.first_scans(opened.data)
        if len(early) < len(opened.data):
            image = Image.open(io.BytesIO(early), formats=["JPEG"])
    mode = "L" if grey and image.mode in {"L", "RGB"} else None
    image.draft(mode, (side, side))
    return image


def _averaged(image: Image.Image, side: int) -> Image.Image:
    """Scale a picture to at most `side` pixels a side, as the recipe says."""
    image = image.copy()
    image.thumbnail((side, side), reducing_gap=_REDUCING_GAP)
    return image


def _quickly(image: Image.Image, side: int) -> Image.Image:
    """Scale a picture for comparing and looking at, of which nobody publishes codes."""
    if image.mode not in {"L", "RGB"}:
        return _averaged(image, side)
    scale = side / max(image.size)
    width, height = (max(1, round(each * scale)) for each in image.size)
    return Image.fromarray(smaller(np.asarray(image), (width, height)))


def scaled_srgb(
    image: Image.Image,
    profile: bytes | None,
    side: int,
    scaled: Callable[[Image.Image, int], Image.Image] = _averaged,
) -> Image.Image:
    """Return an upright copy of at most `side` pixels a side: 8-bit, sRGB, alpha on white.

    `scaled` brings a larger one to that size.
    """
    orientation = _orientation(image)
    image = eight_bit(image)
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode in {"PA", "La", "RGBa"}:
        image = image.convert("RGBA")
    elif image.mode in {"YCbCr", "HSV"}:
        image = image.convert("RGB")
    if max(image.size) > side:
        image = scaled(image, side)
    image = _on_white(image)
    image = _to_srgb(image, profile)
    return oriented(image, orientation)


def eight_bit(image: Image.Image) -> Image.Image:
    """Bring 1-bit, 16-bit, 32-bit and float samples to 8 bits by scaling, never by clipping.

    16-bit samples span 0 to 65,535. Integers and floats have no stated range: floats within 0 to
    1 and integers within 0 to 65,535 are taken to span that, values within 0 to 255 stay, and
    anything else spans what it has. Raises Unreadable if no sample is finite.
    """
    if image.mode == "1":
        return image.convert("L")
    if image.mode in _SIXTEEN_BIT:
        return _sixteen_to_eight(image)
    if image.mode not in {"I", "F"}:
        return image
    samples = np.asarray(image).astype(np.float64)
    finite = samples[np.isfinite(samples)]
    if finite.size == 0:
        raise Unreadable("float samples: none is a number")
    low, high = float(finite.min()), float(finite.max())
    if image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    elif image.mode == "I" and low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    return _grey(np.nan_to_num(samples, nan=low, posinf=high, neginf=low), low, high)


def _sixteen_to_eight(image: Image.Image) -> Image.Image:
    samples = np.asarray(image).astype(np.uint32)
    grey = Image.fromarray(((samples + 128) // 257).astype(np.uint8))
    transparent = image.info.get("transparency")  # PNG: the one sample value that is not there
    if isinstance(transparent, int):
        opaque = np.where(samples == transparent, 0, 255).astype(np.uint8)
        grey = Image.merge("LA", (grey, Image.fromarray(opaque)))
    return grey


def _grey(samples: NDArray[np.float64], low: float, high: float) -> Image.Image:
    span = (high - low) or 1.0
    return Image.fromarray(np.rint((samples - low) * (255.0 / span)).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in {"RGBA", "LA"}:
        return image
    colours = image.convert("RGBA")
    white = Image.new("RGBA", image.size, (*_WHITE, 255))
    return Image.alpha_composite(white, colours).convert("RGB" if image.mode == "RGBA" else "L")


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 for none, a bad one or EXIF that cannot be read.

    A TIFF has been turned by Pillow as it was loaded, each page by its own tag.
    """
    if image.format == "TIFF":
        return 1
    decode_png(image)
    if not {"exif", "xmp", "Raw profile type exif", "XML:com.adobe.xmp"} & image.info.keys():
        return 1
    try:
        value = image.getexif().get(_EXIF_ORIENTATION, 1)
    except (SyntaxError, ValueError, OSError, KeyError, IndexError, TypeError):
        return 1  # a broken EXIF block says nothing; the pixels stand as they are stored
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


# What undoes each: the quarter turns undo each other, all others themselves.
_BACK: Final = {6: 8, 8: 6}


def oriented(image: Image.Image, orientation: int) -> Image.Image:
    """Return a stored picture upright, as its EXIF orientation (1 to 8) asks."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def stored(image: Image.Image, orientation: int) -> Image.Image:
    """Return an upright picture as a file of that EXIF orientation stores it."""
    return oriented(image, _BACK.get(orientation, orientation))


def embedded_profile(image: Image.Image) -> bytes | None:
    """Return the colour profile that is embedded in a picture, None for none."""
    if isinstance(image, JxlImage):
        image.load()  # its profile comes with its pixels
    profile: bytes | None = image.info.get("icc_profile")
    return profile


def _profile(opened: Opened, image: Image.Image) -> bytes | None:
    """Return the colour profile if there is a sound one that is not sRGB."""
    data = embedded_profile(image)
    if not data or image.mode in {"P", "PA"}:
        return None
    kind = _profile_kind(data)
    if kind is None:
        if "colour profile unreadable, ignored" not in opened.notes:
            opened.notes.append("colour profile unreadable, ignored")
        return None
    return None if kind == "sRGB" else data


@lru_cache(maxsize=64)
def _profile_kind(data: bytes) -> str | None:
    """Return "sRGB", or the profile's colour space signature, or None if it cannot be read."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        name = ImageCms.getProfileName(profile)
    except (OSError, ImageCms.PyCMSError):
        return None
    plain = name.lower()
    named = plain.startswith(_SRGB_NAMES) or ("srgb" in plain and "61966-2" in plain)
    if named and "linear" not in plain:
        return "sRGB"
    return str(profile.profile.xcolor_space)


@lru_cache(maxsize=64)
def _transform(data: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    source = _LAB if data is None else ImageCms.ImageCmsProfile(io.BytesIO(data))
    try:
        return ImageCms.buildTransform(source, _SRGB, mode, "RGB")
    except ImageCms.PyCMSError:
        return None  # a profile for another use (a proof, a named colour): nothing to convert by


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    transform = None
    if image.mode == "LAB":
        transform = _transform(None, "LAB")
    elif profile is not None and _profile_kind(profile) == _PROFILE_SPACES.get(image.mode):
        transform = _transform(profile, image.mode)
    if transform is not None:
        converted = ImageCms.applyTransform(image, transform)
        assert converted is not None  # noqa: S101 - None is only for in-place transforms
        return converted
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def canonical_frames(opened: Opened) -> Iterator[tuple[Image.Image, str]]:
    """Yield every frame in full and upright, with its colours' name.

    Nothing that tells two pictures apart is lost: colours under a transparent pixel stay, and a
    profile that is not sRGB, even one that cannot be read, is named by its hash. Palettes are
    resolved; an alpha channel that hides nothing and equal colour channels are dropped, since
    both change no sample. Raises Refused for a file that holds more than is decoded.
    """
    for _, image in opened.every_frame():
        profile = embedded_profile(image)
        colours = "sRGB"
        if profile and _profile_kind(profile) != "sRGB":
            colours = hashlib.sha256(profile).hexdigest()
        if image.mode in {"1", *_SIXTEEN_BIT} and "transparency" in image.info:
            # `_canonical` resolves it in all other modes
            colours += f" transparent {image.info['transparency']}"
        yield _canonical(oriented(image, _orientation(image))), colours


def _canonical(image: Image.Image) -> Image.Image:
    if image.mode == "1":
        return image.convert("L")
    if image.mode in _SIXTEEN_BIT:
        return Image.fromarray(np.asarray(image).astype("<u2"))
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in {"RGBA", "LA"} and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert(image.mode[:-1])
    if image.mode in {"RGB", "RGBA"}:
        samples = np.asarray(image)
        first = samples[..., :1]
        if (samples[..., :3] == first).all():
            image = image.convert("L" if image.mode == "RGB" else "LA")
    return image


def picture(opened: Opened, frame: int, side: int) -> NDArray[np.uint8]:
    """Return a frame for comparing and drawing: uint8 (H, W, 3), at most `side` pixels a side.

    Upright, sRGB, alpha on white; a JPEG is decoded scaled down. Raises Unreadable for a frame
    that is not there, or cannot be decoded.
    """
    for number, image in opened.each_frame():
        if number == frame:
            return np.asarray(_small(opened, image, side).convert("RGB"))
    raise Unreadable(f"frame {frame + 1} of {opened.frames} is not compared")


def thumbnail(opened: Opened, side: int) -> bytes:
    """Return the first frame as a JPEG of at most `side` pixels a side, for people to look at."""
    out = io.BytesIO()
    _small(opened, proposed(opened.image), side).save(out, "JPEG", quality=80)
    return out.getvalue()


def _small(opened: Opened, image: Image.Image, side: int) -> Image.Image:
    profile = _profile(opened, image)
    if opened.format == "JPEG":
        image.draft(None, (side, side))
    return scaled_srgb(image, profile, side, _quickly)


def iscc_pixels(opened: Opened) -> bytes:
    """Return the first frame as ISO 24138 asks: 32 x 32 grey values, row by row.

    Upright, alpha on white, empty borders cropped, grey, scaled with a bicubic filter.
    """
    image = proposed(opened.image)
    image = eight_bit(oriented(image, _orientation(image)))
    if image.has_transparency_data:
        image = _on_white(image.convert("RGBA"))
    image = _without_border(image.convert("RGB"))
    grey = image.convert("L").resize((ISCC_SIDE, ISCC_SIDE), Image.Resampling.BICUBIC)
    return grey.tobytes()


def _without_border(image: Image.Image) -> Image.Image:
    """Crop rows and columns at the rim that have the colour of the upper left corner."""
    samples = np.asarray(image).astype(np.int16)
    differs = (np.abs(samples - samples[0, 0]) > ISCC_BORDER).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if rows.size == 0:
        return image
    return image.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
