"""Colour profiles: those that are not sRGB are applied, broken ones are said and ignored."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import canonical_frames, recipe_frames, thumbnail

IGNORED = "colour profile unreadable, ignored"


@pytest.fixture(scope="module")
def srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def in_space(picture):
    """Return a function that converts the picture into a profile's space."""

    def convert(profile):
        source = ImageCms.createProfile("sRGB")
        target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        image = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
        image.info.clear()
        return image

    return convert


STORES = [
    ("JPEG", {"quality": 95, "subsampling": 0}),
    ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
    ("PNG", {}),
    ("TIFF", {}),
    ("WEBP", {"lossless": True}),
]


@pytest.mark.parametrize(("kind", "options"), STORES)
def test_a_profile_brings_the_right_colours(
    kind, options, picture, in_space, profile, encode, recipe, apart
):
    space = profile()
    stored = in_space(space)
    assert apart(np.asarray(stored), picture) > 15  # the stored samples are far from the colours
    assert apart(recipe(encode(stored, kind, icc_profile=space, **options)), picture) < 4


@pytest.mark.parametrize(("kind", "options"), STORES)
def test_thumbnails_have_the_right_colours_too(
    kind, options, picture, in_space, profile, encode, apart
):
    space = profile()
    data = encode(in_space(space), kind, icc_profile=space, **options)
    with Image.open(io.BytesIO(thumbnail(open_picture(data, ""), 96))) as small:
        assert apart(np.asarray(small), picture) < 6


def test_a_grey_profile_is_applied(picture, profile, encode, recipe):
    """A gamma of 1 makes everything lighter once it is told for sRGB."""
    data = encode(picture.convert("L"), "PNG", icc_profile=profile(b"GRAY", gamma=1.0))
    lighter = recipe(data).mean() - np.asarray(picture.convert("L")).mean()
    assert lighter > 20


def test_a_profile_under_alpha_is_applied(picture, in_space, profile, encode, recipe, apart):
    space = profile()
    stored = in_space(space).convert("RGBA")
    assert apart(recipe(encode(stored, "PNG", icc_profile=space)), picture) < 4


def test_srgb_changes_no_sample(picture, srgb, encode, recipe, apart):
    data = encode(picture, "PNG", icc_profile=srgb)
    assert apart(recipe(data), picture) == 0
    assert open_picture(data, "").notes == []


@pytest.mark.parametrize(
    "name",
    [b"sRGB IEC61966-2.1", b"GIMP built-in sRGB", b"IEC 61966-2.1 Default RGB colour space - sRGB"],
)
def test_srgb_is_told_by_its_name(picture, profile, encode, recipe, apart, name):
    data = encode(picture, "PNG", icc_profile=profile(description=name))
    assert apart(recipe(data), picture) == 0


@pytest.mark.parametrize("name", [b"Linear sRGB", b"sRGB linear", b"Not sRGB at all"])
def test_a_name_that_only_holds_srgb_is_another_profile(
    picture, profile, encode, recipe, apart, name
):
    data = encode(picture, "PNG", icc_profile=profile(gamma=1.0, description=name))
    assert apart(recipe(data), picture) > 0


def test_a_profile_of_another_colour_space_is_not_applied(picture, profile, encode, recipe, apart):
    """A grey profile in a picture of three channels says nothing about it."""
    data = encode(picture, "PNG", icc_profile=profile(b"GRAY", gamma=1.0))
    assert apart(recipe(data), picture) == 0


BROKEN = {
    "zeroes": bytes(3000),
    "text": b"no profile at all",
    "cut": "cut",
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_broken_profile_is_said_and_ignored(kind, broken, picture, profile, encode, apart):
    data = profile()[:150] if broken == "cut" else BROKEN[broken]
    opened = open_picture(encode(picture, kind, icc_profile=data), "")
    ((_, pixels),) = recipe_frames(opened)
    assert apart(pixels, picture) < 4
    assert opened.notes == [IGNORED]


def test_a_broken_profile_of_every_page_is_said_once(picture, encode):
    data = encode(
        picture, "TIFF", save_all=True, append_images=[picture] * 3, icc_profile=b"broken"
    )
    opened = open_picture(data, "")
    assert len(list(recipe_frames(opened))) == 4
    assert opened.notes == [IGNORED]


def test_a_profile_in_parts_of_which_some_are_missing(
    picture, profile, encode, with_segment, apart
):
    payload = b"ICC_PROFILE\0\x01\x03" + profile()
    opened = open_picture(with_segment(encode(picture, "JPEG", quality=92), 0xE2, payload), "")
    ((_, pixels),) = recipe_frames(opened)
    assert apart(pixels, picture) < 4


def test_a_profile_names_the_colours_of_the_canonical_picture(picture, srgb, profile, encode):
    def colours(**options):
        ((_, name),) = canonical_frames(open_picture(encode(picture, "PNG", **options), ""))
        return name

    assert colours() == colours(icc_profile=srgb) == "sRGB"
    first, second = colours(icc_profile=profile()), colours(icc_profile=profile(gamma=2.2))
    assert len({"sRGB", first, second}) == 3
