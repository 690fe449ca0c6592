"""JPEG 2000: depths, alpha, and component counts that are no picture's."""

import cv2
import numpy as np
import pytest
from PIL import Image

from monoprint.errors import Refused, Unreadable
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.normalize import canonical_frames


def wide(image):
    """Return a JP2 file of 16 bits a channel, without loss."""
    samples = np.asarray(image).astype(np.uint16) * 257
    if samples.ndim == 3:
        samples = samples[..., ::-1]
    lossless = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000]
    done, data = cv2.imencode(".jp2", samples, lossless)
    assert done
    return data.tobytes()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_sixteen_bits_are_scaled_not_clipped(mode, picture, recipe, apart):
    stored = picture.convert(mode)
    assert apart(recipe(wide(stored)), stored) <= 1


def test_sixteen_bits_of_colour_have_no_identity_of_pixels(picture):
    with pytest.raises(Refused, match="more than the 8 bits"):
        list(canonical_frames(open_picture(wide(picture), "")))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_is_put_on_white(mode, picture, encode, recipe, apart):
    stored = picture.convert(mode)
    alpha = Image.new("L", picture.size, 255)
    alpha.paste(0, (0, 0, 40, 64))
    stored.putalpha(alpha)
    reference = Image.composite(
        picture.convert(mode[:-1]), Image.new(mode[:-1], picture.size, "white"), alpha
    )
    assert apart(recipe(encode(stored, "JPEG2000")), reference) < 1


def test_five_components_are_unreadable_with_a_reason(picture, encode):
    data = bytearray(encode(picture, "JPEG2000", no_jp2=True))
    at = data.index(b"\xff\x51") + 2
    data[at + 36 : at + 38] = (5).to_bytes(2, "big")
    with pytest.raises(Unreadable, match="JPEG 2000 kind"), guarded():
        open_picture(bytes(data), "a.j2k")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_file_is_not_taken_for_whole(share, picture, encode, recipe):
    data = encode(picture, "JPEG2000")
    with pytest.raises(Unreadable), guarded():
        recipe(data[: int(len(data) * share)])
